#include "dataplane/fold/said.h"

#include "dataplane/fold/booking.h"
#include "dataplane/fold/parents.h"
#include "dataplane/fold/standing.h"
#include "dataplane/fold/stops.h"
#include "dataplane/fold/tell.h"

void said_take_back(struct fold *fold, struct fill *said, uint32_t qty)
{
	bool is_all = qty == said->qty;
	struct ouch_out out = {.type = is_all ? 'B' : 'F',
		.code = 'E',
		.ref = said->venue_ref,
		.qty = is_all ? said->qty : said->qty - qty,
		.price_e4 = (uint64_t)said->price_e4,
		.match = said->match,
		.time_ns = fold_time_ns(fold)};
	booking_take_back(fold, said);
	parents_fill(fold, said, -(int64_t)qty);
	struct fill rest = *said;
	rest.qty -= qty;
	standing_change(fold, said, is_all ? NULL : &rest);
	if (is_all) {
		booking_write(fold, said, TRADE_BROKEN, &out, false);
		said->state = FILL_BROKEN;
		fold->said_fills--;
	} else {
		said->qty -= qty;
		booking_again(fold, said);
		booking_write(fold, said, TRADE_CORRECTED, &out, false);
	}
	tell_trader(fold, said, &out);
}

void said_denied(struct fold *fold, uint32_t venue, uint64_t order_id)
{
	char reason[44] = "venue denies persons on order ";
	uint64_t rest = order_id;
	uint32_t digits = 1, at = (uint32_t)strlen(reason);
	for (; rest >= 10; rest /= 10)
		digits++;
	for (; digits > 0; order_id /= 10)
		if (at + --digits < sizeof reason - 1)
			reason[at + digits] = (char)('0' + order_id % 10);
	metrics_add(fold->metrics, METRIC_gate_resolved_denied, 1);
	stops_latch(fold, SCOPE_VENUE, venue, STATE_REDUCE_ONLY, reason);
}

struct fill *said_find(const struct fold *fold, uint8_t venue, uint32_t venue_ref)
{
	struct fill *said = fills_find(&fold->fills, venue, venue_ref, SAID_MATCH);
	return said != NULL && said->state == FILL_COUNTED ? said : NULL;
}

void said_executed(struct fold *fold, uint8_t venue, uint32_t slot, const struct ouch_out *out)
{
	const struct fill *past = fills_past(&fold->fills, venue, out->ref);
	struct fill *said = said_find(fold, venue, out->ref);
	bool was_theirs = slot != ORDER_NONE ? fold->orders.slots[slot].resolved == RESOLVED_BACK
					     : past != NULL && past->ended_by == SPEAKER_PERSONS;
	bool is_so = said != NULL && said->qty >= out->qty &&
		     said->price_e4 == ouch50_price(out->price_e4);
	uint64_t order_id = slot != ORDER_NONE ? fold->orders.slots[slot].id
			    : past != NULL     ? past->order_id
					       : 0;
	if (said != NULL)
		said_take_back(fold, said, out->qty < said->qty ? out->qty : said->qty);
	if (was_theirs && !is_so)
		said_denied(fold, venue, order_id);
}

void said_over(struct fold *fold, const struct own_order *order)
{
	struct fill *said = said_find(fold, order->venue, order->venue_ref);
	if (said == NULL)
		return;
	said_take_back(fold, said, said->qty);
	said_denied(fold, order->venue, order->id);
}

void said_unseen(struct fold *fold, uint8_t venue, uint32_t ref, uint64_t end)
{
	const struct fills *fills = &fold->fills;
	uint64_t kept = fills->total < fills->count_max ? fills->total : fills->count_max;
	for (uint64_t n = fills->total - kept; n < fills->total && fold->said_fills != 0; n++) {
		struct fill *fill = &fills->ring[n % fills->count_max];
		if (fill->match != SAID_MATCH || fill->state != FILL_COUNTED ||
			fill->venue != venue || fill->venue_ref < ref || fill->venue_ref >= end ||
			fill->venue_ref < fold->venues[venue].session_first_ref)
			continue;
		uint64_t order_id = fill->order_id;
		said_take_back(fold, fill, fill->qty);
		said_denied(fold, venue, order_id);
	}
}
