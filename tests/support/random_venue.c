/* rooms: dataplane_gate */
#include "tests/support/random_venue.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

uint32_t random_any(struct random_venue *venue, uint32_t below)
{
	return dice_any(&venue->dice, below);
}

static struct random_order *order_of(struct random_venue *venue, uint32_t ref)
{
	for (uint32_t i = 0; i < venue->open_count; i++) {
		if (venue->open[i].ref == ref)
			return &venue->open[i];
	}
	return NULL;
}

static void order_less(struct random_venue *venue, struct random_order *order, uint32_t qty)
{
	order->open -= qty;
	if (order->open == 0)
		*order = venue->open[--venue->open_count];
}

static void order_cancels(struct random_venue *venue, struct random_order *order, uint32_t qty)
{
	uint32_t ref = order->ref;
	order_less(venue, order, qty);
	rig_cancelled(venue->rig, ref, qty, random_any(venue, 2) ? 'U' : 'S');
}

/* By itself: self match prevention, a smaller size of its own, a cancel that waits, another price, a display refreshed. */
static void order_changes(struct random_venue *venue, struct random_order *order, uint32_t qty)
{
	bool is_42 = venue->rig->site.venues[0].protocol == ORDERS_OUCH42;
	static const uint8_t types[] = "DMPTR";
	struct ouch_out out = {.ref = order->ref,
		.qty = qty,
		.type = types[random_any(venue, is_42 ? 4 : 5)],
		.side = order->side,
		.display = 'Y',
		.code = 'R'};
	if (out.type == 'D')
		out.code = 'Q';
	if (out.type == 'M')
		out.qty = order->open - qty;
	if (out.type == 'T') {
		order->price_e4 -= order->price_e4 > 1600000 ? 100 : 0;
		out.price_e4 = order->price_e4;
		out.order_reference = 900000 + random_any(venue, 100000);
	}
	if (out.type == 'D' || out.type == 'M')
		order_less(venue, order, qty);
	rig_answer(venue->rig, &out);
}

static void order_executes(struct random_venue *venue, struct random_order *order, uint32_t qty)
{
	uint64_t match = ++venue->trade_count;
	struct ouch_out out = {.type = 'E',
		.ref = order->ref,
		.qty = qty,
		.price_e4 = order->price_e4,
		.code = 'A',
		.match = match};
	venue->trades[match % RANDOM_TRADE_COUNT] = (struct random_trade){
		.ref = order->ref, .qty = qty, .match = match, .price_e4 = order->price_e4};
	order->executed += qty;
	order_less(venue, order, qty);
	rig_answer(venue->rig, &out);
}

/* A trade has second thoughts: it is broken, or was for another price. */
static void trade_changes(struct random_venue *venue)
{
	struct random_trade *trade = &venue->trades[random_any(venue, RANDOM_TRADE_COUNT)];
	bool is_bust = random_any(venue, 2) == 0;
	if (trade->qty == 0)
		return;
	trade->price_e4 -= 100;
	struct ouch_out out = {.type = is_bust ? 'B' : 'F',
		.ref = trade->ref,
		.qty = trade->qty,
		.price_e4 = trade->price_e4,
		.match = trade->match,
		.code = is_bust ? 'E' : 'N',
		.liquidity = 'A'};
	if (is_bust)
		trade->qty = 0;
	rig_answer(venue->rig, &out);
}

static void refuses(struct random_venue *venue, uint32_t ref, uint8_t type)
{
	rig_answer(venue->rig,
		&(struct ouch_out){
			.type = type, .ref = ref, .reject_code = type == 'J' ? 0x15 : 0});
}

static void order_enters(struct random_venue *venue, const struct ouch_in *in)
{
	uint32_t dice = random_any(venue, 12);
	venue->rig->next_reference = (uint64_t)in->ref + 1;
	if (dice == 0) {
		refuses(venue, in->ref, 'J');
		return;
	}
	struct ouch_out out = rig_accepted(in);
	out.order_state = dice == 1 ? 'D' : 'L';
	assert_true(venue->open_count < RANDOM_ORDER_COUNT);
	if (dice != 1)
		venue->open[venue->open_count++] = (struct random_order){.ref = in->ref,
			.open = in->qty,
			.symbol = in->symbol,
			.price_e4 = in->price_e4,
			.side = in->side};
	rig_answer(venue->rig, &out);
}

/* OUCH 5.0, section 6: silence, C, J or U. */
static void order_is_replaced(struct random_venue *venue, const struct ouch_in *in)
{
	struct random_order *order = order_of(venue, in->original_ref);
	uint32_t dice = random_any(venue, 8);
	if (order == NULL)
		return;
	if (dice == 0 || in->qty <= order->executed) {
		order_cancels(venue, order, order->open);
		return;
	}
	venue->rig->next_reference = (uint64_t)in->ref + 1;
	if (dice == 1) {
		refuses(venue, in->ref, 'J');
		return;
	}
	struct ouch_in now = *in;
	now.symbol = order->symbol;
	now.qty = order->open = in->qty - order->executed;
	order->ref = in->ref;
	order->price_e4 = in->price_e4;
	struct ouch_out out = rig_accepted(&now);
	out.side = order->side;
	if (dice == 2) {
		out.order_state = 'D';
		order_less(venue, order, order->open);
	}
	rig_answer(venue->rig, &out);
}

/* A size is the new intended total; what is not below it is passed over in silence. */
static void order_shrinks(struct random_venue *venue, const struct ouch_in *in)
{
	struct random_order *order = order_of(venue, in->ref);
	if (order == NULL)
		return;
	if (random_any(venue, 6) == 0) {
		refuses(venue, in->ref, 'I');
		return;
	}
	uint32_t open = in->qty > order->executed ? in->qty - order->executed : 0;
	if (in->type == 'X' || open == 0) {
		if (open < order->open)
			order_cancels(venue, order, order->open - open);
		return;
	}
	if (open > order->open)
		return;
	struct ouch_out out = {.type = 'M', .ref = in->ref, .qty = open, .side = order->side};
	order_less(venue, order, order->open - open);
	rig_answer(venue->rig, &out);
}

bool random_venue_reads(struct random_venue *venue)
{
	struct ouch_in in;
	if (!rig_venue_got(venue->rig, &in))
		return false;
	bool is_order = in.type == 'O' || in.type == 'U';
	if (is_order && in.ref < venue->rig->next_reference)
		return true; /* a retransmission: silence */
	if (in.type == 'O')
		order_enters(venue, &in);
	else if (in.type == 'U')
		order_is_replaced(venue, &in);
	else
		order_shrinks(venue, &in);
	return true;
}

static void venue_reads_all(struct rig *rig)
{
	while (random_venue_reads(rig->context))
		;
}

void random_venue_acts(struct random_venue *venue)
{
	if (random_any(venue, 3) != 0 || venue->open_count == 0) {
		for (uint32_t i = random_any(venue, 4); i < 4 && random_venue_reads(venue); i++)
			;
		return;
	}
	struct random_order *order = &venue->open[random_any(venue, venue->open_count)];
	uint32_t qty = random_any(venue, 2) ? order->open : 1 + random_any(venue, order->open);
	uint32_t dice = random_any(venue, venue->is_plain ? 12 : 13);
	if (dice < 8)
		order_executes(venue, order, qty);
	else if (dice < 10)
		order_cancels(venue, order, qty);
	else if (dice < 12)
		order_changes(venue, order, qty);
	else
		trade_changes(venue);
}

/* What it had not read is, perhaps in part, lost with the connection. */
void random_venue_cuts(struct random_venue *venue)
{
	struct rig_peer *peer = &venue->rig->venue;
	if (random_any(venue, 2) == 0)
		peer->count = random_any(venue, peer->count + 1);
	rig_venue_cut(venue->rig);
	rig_venue_up(venue->rig);
}

void random_venue_ends(struct random_venue *venue)
{
	venue_reads_all(venue->rig);
	while (venue->open_count > 0)
		order_cancels(venue, &venue->open[0], venue->open[0].open);
	rig_venue_cut(venue->rig);
	rig_venue_up(venue->rig);
	venue_reads_all(venue->rig);
}

void random_venue_join(struct random_venue *venue, struct rig *rig, uint64_t seed)
{
	*venue = (struct random_venue){.rig = rig, .dice = dice_of(seed)};
	rig->context = venue;
	rig->before_query = venue_reads_all;
}
