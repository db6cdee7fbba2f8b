#include "dataplane/fold/resolve.h"

#include <errno.h>

#include "dataplane/fold/answer.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/stops.h"
#include "dataplane/fold/sweep.h"
#include "dataplane/fold/trade.h"

int32_t resolve_may(const struct fold *fold, const struct resolve_record *word)
{
	uint32_t slot = order_table_find_venue(&fold->orders, word->venue, word->venue_ref);
	if (word->as < RESOLVE_CANCELLED || word->as > RESOLVE_WORKING)
		return EINVAL;
	if (slot == ORDER_NONE || fold->orders.slots[slot].id != word->order_id)
		return ENOENT;
	const struct own_order *order = &fold->orders.slots[slot];
	if (order->state != ORDER_UNCERTAIN)
		return ESTALE;
	if (word->as == RESOLVE_FILLED &&
		(word->qty == 0 || word->qty > order->open_qty || word->price_e4 <= 0))
		return EINVAL;
	return 0;
}

/* --- what they say, as the venue would have said it --- */

static struct ouch_out resolve_word(const struct fold *fold, uint32_t slot, uint8_t type)
{
	const struct own_order *order = &fold->orders.slots[slot];
	struct ouch_out out = {.type = type,
		.order_state = 'L',
		.ref = order->venue_ref,
		.side = order->wire_side,
		.qty = order->open_qty,
		.symbol = fold->site->symbols[order->symbol].name,
		.price_e4 = (uint64_t)order->price_e4,
		.time_in_force = order->time_in_force,
		.display = order->display,
		.capacity = order->capacity,
		.iso = order->iso,
		.cross_type = order->cross_type,
		.time_ns = fold_time_ns(fold)};
	if (order->original != ORDER_NONE)
		out.original_ref = fold->orders.slots[order->original].venue_ref;
	return out;
}

/* A replacement that is there has taken the place of its original. */
static void resolve_begin(struct fold *fold, uint8_t venue, uint32_t slot)
{
	bool is_replace = fold->orders.slots[slot].original != ORDER_NONE;
	struct ouch_out out = resolve_word(fold, slot, is_replace ? 'U' : 'A');
	answer_said(fold, venue, &out);
}

/* One that never came about is refused as the venue's own silence would have it: the original stays. */
static void resolve_cancelled(struct fold *fold, uint8_t venue, uint32_t slot)
{
	bool is_replace = fold->orders.slots[slot].original != ORDER_NONE;
	struct ouch_out out = resolve_word(fold, slot, is_replace ? 'J' : 'C');
	out.code = 'S';
	if (is_replace) {
		out.reject_code = lane_rows[LANE_VENUE_DOWN].ouch_code;
		out.lane = LANE_VENUE_DOWN + 1;
	}
	answer_said(fold, venue, &out);
}

static void resolve_filled(
	struct fold *fold, uint8_t venue, uint32_t slot, uint32_t qty, uint64_t price_e4)
{
	struct ouch_out out = resolve_word(fold, slot, 'E');
	out.qty = qty;
	out.price_e4 = price_e4;
	out.match = RESOLVE_MATCH;
	fold->said_fills++;
	answer_said(fold, venue, &out);
}

void resolve_told(struct fold *fold, uint32_t slot, const struct resolve_state *state)
{
	struct own_order *order = &fold->orders.slots[slot];
	uint8_t venue = order->venue;
	uint32_t venue_ref = order->venue_ref;
	bool is_replace = order->original != ORDER_NONE;
	fold->resolved_count++;
	if (state->is_refused) {
		struct ouch_out out = resolve_word(fold, slot, 'J');
		out.reject_code = lane_rows[LANE_VENUE_DOWN].ouch_code;
		out.lane = LANE_VENUE_DOWN + 1;
		answer_said(fold, venue, &out);
		return;
	}
	if (!state->is_over || is_replace) {
		resolve_begin(fold, venue, slot);
		order->order_reference = state->order_reference;
	}
	if (state->qty != 0)
		resolve_filled(fold, venue, slot, state->qty, state->price_e4);
	slot = order_table_find_venue(&fold->orders, venue, venue_ref);
	if (slot != ORDER_NONE && state->is_over)
		resolve_cancelled(fold, venue, slot);
}

static void resolve_persons(struct fold *fold, const struct resolve_record *word, uint32_t slot)
{
	const struct resolve_state state = {.is_over = word->as == RESOLVE_FILLED,
		.qty = word->as == RESOLVE_FILLED ? word->qty : 0,
		.price_e4 = (uint64_t)word->price_e4};
	fold->speaker = SPEAKER_PERSONS;
	if (word->as == RESOLVE_CANCELLED)
		resolve_cancelled(fold, word->venue, slot);
	else
		resolve_told(fold, slot, &state);
	fold->speaker = SPEAKER_SESSION;
	if (word->as == RESOLVE_WORKING)
		fold->orders.slots[slot].resolved = RESOLVE_WORKING;
}

void resolve_apply(struct fold *fold, const struct resolve_record *word)
{
	if (resolve_may(fold, word) != 0)
		return;
	uint32_t slot = order_table_find_venue(&fold->orders, word->venue, word->venue_ref);
	resolve_persons(fold, word, slot);
	fold->resolved_count++;
	metrics_add(fold->metrics, METRIC_gate_resolved, 1);
	sweep_start(fold);
}

/* --- what the venue says later --- */

static void resolve_denied(struct fold *fold, uint32_t venue, uint64_t order_id)
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

/* What persons said was executed of an order and the venue has not told; NULL: nothing stands. */
static struct fill *resolve_said(const struct fold *fold, uint8_t venue, uint32_t venue_ref)
{
	struct fill *said = fills_find(&fold->fills, venue, venue_ref, RESOLVE_MATCH);
	return said != NULL && said->state == FILL_COUNTED ? said : NULL;
}

bool resolve_heard(struct fold *fold, uint32_t slot, const struct ouch_out *out)
{
	struct own_order *order = &fold->orders.slots[slot];
	bool is_accepted = out->type == 'A' && out->order_state != 'D';
	order->resolved = 0;
	if (out->type == 'J' || (out->type == 'A' && !is_accepted))
		resolve_denied(fold, order->venue, order->id);
	if (!is_accepted)
		return false;
	order->order_reference = out->order_reference;
	if (order->executed_qty == 0) {
		selftrade_reprice(&fold->selftrade, slot, ouch50_price(out->price_e4));
		order->open_qty = out->qty;
		life_settle(fold, order);
		life_cover(fold, order);
	}
	return true;
}

void resolve_executed(struct fold *fold, uint8_t venue, uint32_t slot, const struct ouch_out *out)
{
	const struct fill *past = fills_past(&fold->fills, venue, out->ref);
	struct fill *said = resolve_said(fold, venue, out->ref);
	bool was_theirs = slot != ORDER_NONE ? fold->orders.slots[slot].resolved == RESOLVED_BACK
					     : past != NULL && past->ended_by == SPEAKER_PERSONS;
	bool is_so = said != NULL && said->qty >= out->qty &&
		     said->price_e4 == ouch50_price(out->price_e4);
	uint64_t order_id = slot != ORDER_NONE ? fold->orders.slots[slot].id
			    : past != NULL     ? past->order_id
					       : 0;
	if (said != NULL)
		trade_unsay(fold, said, out->qty < said->qty ? out->qty : said->qty);
	if (was_theirs && !is_so)
		resolve_denied(fold, venue, order_id);
}

/* The venue has it, and has told all it has. */
static void resolve_stays(struct fold *fold, struct own_order *order)
{
	struct fill *said = resolve_said(fold, order->venue, order->venue_ref);
	order->resolved = 0;
	if (said != NULL)
		trade_unsay(fold, said, said->qty);
	resolve_denied(fold, order->venue, order->id);
}

void resolve_back(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	const struct fill *past = fills_past(&fold->fills, order->venue, order->venue_ref);
	if (past == NULL || past->ended_by != SPEAKER_PERSONS || past->order_id != order->id)
		return;
	uint16_t client = order_client(past->session, past->client_index);
	if (client != 0 && order_table_own(&fold->orders, slot, client, past->client_ref)) {
		fold->clients[0].orders_open--;
		fold->clients[order->session].orders_open++;
		memcpy(order->clordid, past->clordid, sizeof order->clordid);
	}
	order->strategy = past->strategy;
	order->resolved = RESOLVED_BACK;
	order->flags |= ORDER_CANCEL_LOST;
	order->cancel_cause = CANCEL_BY_PERSONS;
	if (fold->venues[order->venue].is_ready)
		resolve_stays(fold, order);
	sweep_start(fold);
}

void resolve_over(struct fold *fold, const struct own_order *order)
{
	struct fill *said = resolve_said(fold, order->venue, order->venue_ref);
	if (said == NULL)
		return;
	trade_unsay(fold, said, said->qty);
	resolve_denied(fold, order->venue, order->id);
}

void resolve_ready(struct fold *fold, uint32_t venue)
{
	if (fold->resolved_count == 0)
		return;
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		struct own_order *order = &fold->orders.slots[slot];
		if (order->venue == venue && order->resolved == RESOLVED_BACK)
			resolve_stays(fold, order);
	}
}

void resolve_unseen(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	order->resolved = 0;
	if (order->executed_qty == 0)
		life_move(fold, order, ORDER_UNCERTAIN);
	resolve_denied(fold, order->venue, order->id);
}

void resolve_unseen_fills(struct fold *fold, uint8_t venue, uint32_t ref)
{
	const struct fills *fills = &fold->fills;
	uint64_t kept = fills->total < fills->count_max ? fills->total : fills->count_max;
	for (uint64_t n = fills->total - kept; n < fills->total && fold->said_fills != 0; n++) {
		struct fill *fill = &fills->ring[n % fills->count_max];
		if (fill->match != RESOLVE_MATCH || fill->state != FILL_COUNTED ||
			fill->venue != venue || fill->venue_ref < ref ||
			fill->venue_ref < fold->venues[venue].session_first_ref)
			continue;
		uint64_t order_id = fill->order_id;
		trade_unsay(fold, fill, fill->qty);
		resolve_denied(fold, venue, order_id);
	}
}
