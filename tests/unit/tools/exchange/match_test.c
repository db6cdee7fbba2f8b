/* The market by its rules, and after a random day the book rebuilt from its own events. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tools/exchange/match.h"
#include "tools/exchange/refmap.h"

enum { LOCATE = 7, EVENT_MAX = 64, ALICE = 1, BOB = 2 };

static struct match *market;
static struct event events[EVENT_MAX];
static struct match_fill fills[EVENT_MAX];
static uint32_t event_count, fill_count;

static void on_event(void *context, const struct event *event)
{
	(void)context;
	assert_true(event_count < EVENT_MAX);
	events[event_count++] = *event;
}

static void on_fill(void *context, const struct match_fill *fill)
{
	(void)context;
	assert_true(fill_count < EVENT_MAX);
	fills[fill_count++] = *fill;
}

static int market_open(void **state)
{
	const struct match_sink sink = {.publish = on_event, .fill = on_fill};
	(void)state;
	market = match_open(&sink, 1000);
	match_symbol(market, LOCATE, symbol_pack("ZVZZT"));
	event_count = fill_count = 0;
	return 0;
}

static int market_close(void **state)
{
	(void)state;
	match_close(market);
	return 0;
}

static struct match_order order_of(uint32_t owner, enum side side, uint32_t qty, int64_t price_e4)
{
	return (struct match_order){.reference = match_reference(market),
		.owner = owner,
		.owner_index = owner * 100,
		.side = (uint8_t)side,
		.qty = qty,
		.price_e4 = price_e4,
		.locate = LOCATE};
}

static uint64_t enter(uint32_t owner, enum side side, uint32_t qty, int64_t price_e4)
{
	struct match_order order = order_of(owner, side, qty, price_e4);
	match_enter(market, &order);
	return order.reference;
}

static void an_order_that_crosses_nothing_rests_and_is_shown(void **state)
{
	(void)state;
	uint64_t a = enter(ALICE, SIDE_BUY, 100, 100000);
	enter(BOB, SIDE_SELL, 100, 100001);
	assert_int_equal(event_count, 2);
	assert_int_equal(events[0].kind, EVENT_ADD);
	assert_int_equal(events[0].order, a);
	assert_int_equal(events[0].qty, 100);
	assert_int_equal(events[0].symbol, symbol_pack("ZVZZT"));
	assert_int_equal(events[0].locate, LOCATE);
	assert_int_equal(fill_count, 0);
}

static void the_better_price_trades_first_then_the_older_order(void **state)
{
	(void)state;
	uint64_t low = enter(BOB, SIDE_SELL, 100, 100000);
	uint64_t old = enter(BOB, SIDE_SELL, 100, 100100);
	uint64_t young = enter(BOB, SIDE_SELL, 100, 100100);
	event_count = 0;
	enter(ALICE, SIDE_BUY, 250, 100100);
	assert_int_equal(event_count, 3);
	assert_int_equal(events[0].order, low);
	assert_int_equal(events[1].order, old);
	assert_int_equal(events[2].order, young);
	assert_int_equal(events[2].qty, 50);
	assert_int_equal(match_find(market, young)->qty, 50);
	assert_null(match_find(market, old));
}

static void each_side_hears_of_its_fill_at_the_resting_price(void **state)
{
	(void)state;
	enter(BOB, SIDE_SELL, 100, 100000);
	enter(ALICE, SIDE_BUY, 60, 100500);
	assert_int_equal(fill_count, 2);
	assert_int_equal(fills[0].owner, BOB);
	assert_true(fills[0].is_maker);
	assert_int_equal(fills[1].owner, ALICE);
	assert_false(fills[1].is_maker);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fills[i].qty, 60);
		assert_int_equal(fills[i].price_e4, 100000);
		assert_int_equal(fills[i].match, events[1].match);
		assert_int_equal(fills[i].owner_index, fills[i].owner * 100);
	}
}

static void what_is_left_of_a_partial_fill_rests(void **state)
{
	(void)state;
	enter(BOB, SIDE_SELL, 100, 100000);
	uint64_t a = enter(ALICE, SIDE_BUY, 150, 100000);
	assert_int_equal(match_find(market, a)->qty, 50);
	assert_int_equal(events[2].kind, EVENT_ADD);
	assert_int_equal(events[2].qty, 50);
}

static void an_ioc_order_never_rests(void **state)
{
	(void)state;
	enter(BOB, SIDE_SELL, 100, 100000);
	struct match_order order = order_of(ALICE, SIDE_BUY, 150, 100000);
	order.is_ioc = true;
	assert_int_equal(match_enter(market, &order), 50);
	assert_null(match_find(market, order.reference));
	order = order_of(ALICE, SIDE_BUY, 10, 99999);
	order.is_ioc = true;
	assert_int_equal(match_enter(market, &order), 10);
	assert_int_equal(event_count, 2);
}

static void a_replace_goes_to_the_end_even_at_the_same_price(void **state)
{
	(void)state;
	uint64_t first = enter(BOB, SIDE_SELL, 100, 100000);
	uint64_t second = enter(BOB, SIDE_SELL, 100, 100000);
	struct match_order order = order_of(BOB, SIDE_SELL, 100, 100000);
	event_count = 0;
	match_replace(market, first, &order);
	assert_int_equal(event_count, 1);
	assert_int_equal(events[0].kind, EVENT_REPLACE);
	assert_int_equal(events[0].order, first);
	assert_int_equal(events[0].other, order.reference);
	enter(ALICE, SIDE_BUY, 100, 100000);
	assert_int_equal(events[1].order, second);
}

static void a_replace_that_crosses_leaves_trades_and_comes_back(void **state)
{
	(void)state;
	uint64_t bid = enter(ALICE, SIDE_BUY, 100, 99000);
	uint64_t offer = enter(BOB, SIDE_SELL, 40, 100000);
	struct match_order order = order_of(ALICE, SIDE_BUY, 100, 100000);
	event_count = 0;
	assert_int_equal(match_replace(market, bid, &order), 60);
	assert_int_equal(event_count, 3);
	assert_int_equal(events[0].kind, EVENT_DELETE);
	assert_int_equal(events[0].order, bid);
	assert_int_equal(events[1].kind, EVENT_EXECUTE);
	assert_int_equal(events[1].order, offer);
	assert_int_equal(events[2].kind, EVENT_ADD);
	assert_int_equal(events[2].qty, 60);
}

static void a_reduced_order_keeps_its_place(void **state)
{
	(void)state;
	uint64_t first = enter(BOB, SIDE_SELL, 100, 100000);
	enter(BOB, SIDE_SELL, 100, 100000);
	assert_int_equal(match_reduce(market, first, 99), 99);
	assert_int_equal(events[2].kind, EVENT_REDUCE);
	enter(ALICE, SIDE_BUY, 1, 100000);
	assert_int_equal(events[3].order, first);
	assert_int_equal(match_reduce(market, first, 1), 0);
}

static void taking_all_off_deletes(void **state)
{
	(void)state;
	for (uint32_t qty = 100; qty <= 101; qty++) {
		uint64_t first = enter(BOB, SIDE_SELL, 100, 100000);
		assert_int_equal(match_reduce(market, first, qty), 100);
		assert_int_equal(events[event_count - 1].kind, EVENT_DELETE);
		assert_null(match_find(market, first));
	}
}

static void a_hidden_order_trades_after_the_shown_and_prints(void **state)
{
	(void)state;
	struct match_order hidden = order_of(BOB, SIDE_SELL, 100, 100000);
	hidden.is_hidden = true;
	match_enter(market, &hidden);
	assert_int_equal(event_count, 0);
	uint64_t shown = enter(BOB, SIDE_SELL, 100, 100000);
	enter(ALICE, SIDE_BUY, 150, 100000);
	assert_int_equal(events[1].kind, EVENT_EXECUTE);
	assert_int_equal(events[1].order, shown);
	assert_int_equal(events[2].kind, EVENT_TRADE);
	assert_int_equal(events[2].order, 0);
	assert_int_equal(events[2].qty, 50);
	assert_int_equal(events[2].price_e4, 100000);
	event_count = 0;
	assert_int_equal(match_reduce(market, hidden.reference, 50), 50);
	assert_int_equal(event_count, 0);
}

static void who_comes_for_the_background_meets_the_participant_before_it(void **state)
{
	(void)state;
	uint64_t ahead = enter(MATCH_OWNER_NONE, SIDE_SELL, 10, 100000);
	uint64_t target = enter(MATCH_OWNER_NONE, SIDE_SELL, 100, 100000);
	uint64_t behind = enter(ALICE, SIDE_SELL, 100, 100000);
	uint64_t better = enter(ALICE, SIDE_SELL, 30, 99900);
	event_count = 0;
	assert_int_equal(match_hit(market, target, 50), 50);
	assert_int_equal(event_count, 2);
	assert_int_equal(events[0].order, better);
	assert_int_equal(events[0].qty, 30);
	assert_int_equal(events[1].order, target);
	assert_int_equal(events[1].qty, 20);
	assert_int_equal(fill_count, 1);
	assert_int_equal(fills[0].price_e4, 99900);
	assert_int_equal(match_find(market, ahead)->qty, 10);
	assert_int_equal(match_find(market, behind)->qty, 100);
	assert_int_equal(match_hit(market, target, 500), 80);
	assert_int_equal(match_hit(market, target, 500), 0);
}

/* The honest model: every order of the feed in a table, summed anew when asked. */
struct shown {
	uint64_t reference;
	int64_t price_e4;
	uint32_t qty;
	uint8_t side;
};

static struct shown *shown;
static uint32_t shown_count;
static struct refmap where;

static struct shown *shown_of(uint64_t reference)
{
	uint64_t at;
	return refmap_get(&where, reference, &at) ? &shown[at] : NULL;
}

static void rebuild(void *context, const struct event *e)
{
	struct shown *order = shown_of(e->order);
	(void)context;
	if (e->kind == EVENT_ADD) {
		assert_null(order);
		shown[shown_count] = (struct shown){e->order, e->price_e4, e->qty, e->side};
		refmap_put(&where, e->order, shown_count++);
		return;
	}
	if (e->kind == EVENT_TRADE)
		return;
	assert_non_null(order);
	if (e->kind == EVENT_REPLACE) {
		shown[shown_count] = (struct shown){e->other, e->price_e4, e->qty, order->side};
		refmap_put(&where, e->other, shown_count++);
	}
	if (e->kind == EVENT_DELETE || e->kind == EVENT_REPLACE) {
		order->qty = 0;
	} else {
		assert_true(e->qty <= order->qty);
		order->qty -= e->qty;
	}
	if (order->qty == 0)
		refmap_remove(&where, e->order);
}

static void ignore_fill(void *context, const struct match_fill *fill)
{
	uint64_t *shares = context;
	*shares += fill->qty;
}

static void compare_with_market(struct match *m)
{
	static struct match_level levels[4096];
	for (int side = 0; side < 2; side++) {
		uint32_t count = match_levels(m, LOCATE, (enum side)side, levels, 4096);
		uint64_t orders = 0, in_levels = 0;
		for (uint32_t i = 1; i < count; i++)
			assert_true(side == SIDE_BUY ? levels[i].price_e4 < levels[i - 1].price_e4
						     : levels[i].price_e4 > levels[i - 1].price_e4);
		for (uint32_t i = 0; i < count; i++)
			in_levels += levels[i].order_count;
		for (uint32_t s = 0; s < shown_count; s++) {
			if (shown[s].qty == 0 || shown[s].side != side)
				continue;
			const struct match_order *order = match_find(m, shown[s].reference);
			assert_non_null(order);
			assert_int_equal(order->qty, shown[s].qty);
			assert_int_equal(order->price_e4, shown[s].price_e4);
			orders++;
		}
		assert_int_equal(orders, in_levels);
	}
	struct match_level bid, offer;
	if (match_levels(m, LOCATE, SIDE_BUY, &bid, 1) == 1 &&
		match_levels(m, LOCATE, SIDE_SELL, &offer, 1) == 1)
		assert_true(bid.price_e4 < offer.price_e4);
}

static void random_day(uint64_t seed)
{
	enum { STEPS = 30000, ORDERS = 100000 };
	uint64_t shares = 0, references[256] = {0};
	const struct match_sink sink = {
		.context = &shares, .publish = rebuild, .fill = ignore_fill};
	struct match *m = match_open(&sink, ORDERS);
	market = m;
	match_symbol(m, LOCATE, symbol_pack("ZVZZT"));
	shown = calloc(ORDERS, sizeof shown[0]);
	shown_count = 0;
	refmap_init(&where);
	srand48((long)seed);
	for (int step = 0; step < STEPS; step++) {
		uint64_t *slot = &references[lrand48() % 256];
		struct match_order order = order_of((uint32_t)(lrand48() % 3),
			lrand48() % 2 == 0 ? SIDE_BUY : SIDE_SELL, (uint32_t)(lrand48() % 500 + 1),
			100000 + (lrand48() % 60 - 30) * 100);
		order.is_hidden = lrand48() % 10 == 0;
		order.is_ioc = lrand48() % 10 == 0;
		const struct match_order *old = match_find(m, *slot);
		long what = lrand48() % 10;
		if (old == NULL || what < 4) {
			match_enter(m, &order);
			*slot = order.reference;
		} else if (what < 6) {
			order.side = old->side;
			match_replace(m, *slot, &order);
			*slot = order.reference;
		} else if (what < 8) {
			match_reduce(m, *slot, (uint32_t)(lrand48() % 500 + 1));
		} else if (what < 9) {
			match_hit(m, *slot, (uint32_t)(lrand48() % 500 + 1));
		} else {
			match_print(m, *slot, (uint32_t)(lrand48() % 500 + 1), 100000, 'Y');
		}
		if (step % 1000 == 0)
			compare_with_market(m);
	}
	compare_with_market(m);
	assert_true(shares > 0);
	refmap_free(&where);
	free(shown);
	match_close(m);
}

static void a_book_rebuilt_from_the_feed_is_the_market(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++)
		random_day(seed);
}

static struct match_prevented prevented[EVENT_MAX];
static uint32_t prevented_count;

static void on_prevent(void *context, const struct match_prevented *p)
{
	(void)context;
	prevented[prevented_count++] = *p;
}

/* meet lets a buy of 80 of a side meet sells of the same side (100) and of another (50) behind it; the shares
   that are left of the buy. */
static uint32_t meet(enum match_self self)
{
	const struct match_sink sink = {
		.publish = on_event, .fill = on_fill, .prevent = on_prevent};
	match_close(market);
	market = match_open(&sink, 1000);
	match_symbol(market, LOCATE, symbol_pack("ZVZZT"));
	match_self(market, self);
	event_count = fill_count = prevented_count = 0;
	struct match_order mine = order_of(ALICE, SIDE_SELL, 100, 100000);
	mine.self = 7;
	match_enter(market, &mine);
	enter(BOB, SIDE_SELL, 50, 100000);
	struct match_order order = order_of(ALICE, SIDE_BUY, 80, 100000);
	order.self = 7;
	uint32_t left = match_enter(market, &order);
	const struct match_order *rests = match_find(market, mine.reference);
	assert_int_equal(rests == NULL ? 0 : rests->qty, self == SELF_CANCELS_OLDEST   ? 0
							 : self == SELF_CANCELS_NEWEST ? 100
										       : 20);
	return left;
}

static void a_side_does_not_trade_with_itself(void **state)
{
	(void)state;
	assert_int_equal(meet(SELF_TRADES), 0);
	assert_int_equal(prevented_count, 0);
	assert_int_equal(fill_count, 2);
	assert_int_equal(meet(SELF_CANCELS_OLDEST), 30);
	assert_int_equal(prevented_count, 1);
	assert_int_equal(prevented[0].qty, 100);
	assert_int_equal(prevented[0].prevented, 80);
	assert_int_equal(fill_count, 2); /* with the other */
	assert_int_equal(meet(SELF_CANCELS_NEWEST), 0);
	assert_int_equal(prevented_count, 1);
	assert_int_equal(prevented[0].qty, 80);
	assert_int_equal(prevented[0].price_e4, 100000);
	assert_int_equal(fill_count, 0);
	assert_int_equal(meet(SELF_DECREMENTS), 0);
	assert_int_equal(prevented_count, 2);
	assert_int_equal(prevented[0].qty + prevented[1].qty, 160);
	assert_int_equal(fill_count, 0);
	assert_int_equal(events[event_count - 1].kind, EVENT_REDUCE);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, market_open, market_close)
	const struct CMUnitTest tests[] = {
		EACH(an_order_that_crosses_nothing_rests_and_is_shown),
		EACH(a_side_does_not_trade_with_itself),
		EACH(the_better_price_trades_first_then_the_older_order),
		EACH(each_side_hears_of_its_fill_at_the_resting_price),
		EACH(what_is_left_of_a_partial_fill_rests),
		EACH(an_ioc_order_never_rests),
		EACH(a_replace_goes_to_the_end_even_at_the_same_price),
		EACH(a_replace_that_crosses_leaves_trades_and_comes_back),
		EACH(a_reduced_order_keeps_its_place),
		EACH(taking_all_off_deletes),
		EACH(a_hidden_order_trades_after_the_shown_and_prints),
		EACH(who_comes_for_the_background_meets_the_participant_before_it),
		cmocka_unit_test(a_book_rebuilt_from_the_feed_is_the_market),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.match", tests, NULL, NULL);
}
