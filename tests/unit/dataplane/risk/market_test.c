/* market_test.c - a market order's limit price is the furthest that passes: a tick further is refused. */
#include "tests/unit/dataplane/risk/desk.h"

static int64_t price_of(struct desk *desk)
{
	desk->top.symbol = desk->order.symbol;
	return risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order);
}

/* The price passes, and one tick further breaches the lane. */
static void is_furthest(struct desk *desk, unsigned lane)
{
	int64_t tick_e4 = desk->symbols[desk->order.symbol].tick_e4;
	desk->order.price_e4 = price_of(desk);
	desk_expect(desk, LANE_NONE);
	desk->order.price_e4 += desk->order.side == SIDE_BUY ? tick_e4 : -tick_e4;
	desk_judge(desk);
	assert_true(desk->verdict.mask >> lane & 1);
}

static void sell(struct desk *desk)
{
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
}

static void the_collar_ends_it_on_either_side(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_collar_ticks, 100000);
	assert_int_equal(price_of(desk), 101000); /* 100 bps of the bid */
	is_furthest(desk, LANE_PRICE_COLLAR);
	sell(desk);
	assert_int_equal(price_of(desk), 99200); /* 99,198 of the ask, up to the tick */
	is_furthest(desk, LANE_PRICE_COLLAR);
	desk->order.symbol = 1; /* a tick of a hundredth of a cent */
	assert_int_equal(price_of(desk), 99198);
	is_furthest(desk, LANE_PRICE_COLLAR);
}

static void so_do_ticks_the_walk_and_the_band(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_collar_ticks, 7);
	assert_int_equal(price_of(desk), 100700);
	is_furthest(desk, LANE_PRICE_COLLAR_TICKS);
	desk_limit(desk, LIMIT_collar_ticks, 100000);
	desk_limit(desk, LIMIT_collar_window, 50);
	assert_int_equal(price_of(desk), 100500);
	is_furthest(desk, LANE_COLLAR_WINDOW);
	desk->order.price_e4 = 100000;
	desk_pass(desk); /* the window begins at 100,000 */
	desk->top.top.bid_e4 = 100400;
	desk->top.top.ask_e4 = 100600;
	assert_int_equal(price_of(desk), 100500);
	is_furthest(desk, LANE_COLLAR_WINDOW);
	desk->top.top.band_upper_e4 = 100450;
	assert_int_equal(price_of(desk), 100400);
	is_furthest(desk, LANE_PRICE_BAND);
	/* A band at the lowest price there is binds as any other. */
	desk->order.symbol = 1;
	desk->top.top.band_upper_e4 = 1;
	assert_int_equal(price_of(desk), 1);
}

static void without_an_input_there_is_no_price(void **state)
{
	struct desk *desk = *state;
	static const enum limit limits[] = {
		LIMIT_collar, LIMIT_collar_ticks, LIMIT_collar_window, LIMIT_max_bbo_age};
	for (unsigned i = 0; i < ARRAY_COUNT(limits); i++) {
		desk_state_all(desk);
		desk_adopt(desk);
		assert_true(price_of(desk) > 0);
		desk_unstate(desk, limits[i]);
		if (limits[i] == LIMIT_max_bbo_age) { /* the other sources as well */
			desk_unstate(desk, LIMIT_max_trade_age);
			desk_unstate(desk, LIMIT_max_close_age);
		}
		assert_int_equal(price_of(desk), 0);
	}
	desk->order.symbol = SYMBOL_NONE;
	assert_int_equal(price_of(desk), 0);
}

static void no_collar_is_so_wide_that_the_price_is_none(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_collar, INT64_MAX - 1);
	desk_limit(desk, LIMIT_collar_ticks, INT64_MAX - 1);
	desk_limit(desk, LIMIT_collar_window, INT64_MAX - 1);
	assert_int_equal(price_of(desk), 100000);
	sell(desk);
	assert_int_equal(price_of(desk), 100); /* a tick */
}

/* A tick for a sale is a price too, so nothing is not rounded up to one; a reference of the least there is has a price. */
static void without_a_reference_a_sale_has_no_price_either(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 1;
	desk->top.top.bid_e4 = 1;
	assert_int_equal(price_of(desk), 1);
	desk_unstate(desk, LIMIT_max_bbo_age);
	desk_unstate(desk, LIMIT_max_trade_age);
	desk_unstate(desk, LIMIT_max_close_age);
	sell(desk);
	assert_int_equal(price_of(desk), 0);
}

/* By what its account says of the regular hours and of all others; of whom or when nothing is known, it does not. */
static void an_account_says_when_its_market_orders_become_limit_orders(void **state)
{
	(void)state;
	for (uint8_t says = 0; says < 4; says++) {
		const struct account_config account = {
			.converts_market = {says & 1, says == 2 || says == 3}};
		for (unsigned phase = 0; phase < 256; phase++) {
			const struct top_used top = {.top.phase = (uint8_t)phase};
			assert_int_equal(risk_converts_market(&account, &top),
				phase == 'Q' ? says >> 1 : says & 1);
			assert_false(risk_converts_market(NULL, &top));
		}
		assert_false(risk_converts_market(&account, NULL));
	}
	assert_false(risk_converts_market(NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(the_collar_ends_it_on_either_side),
		desk_test(so_do_ticks_the_walk_and_the_band),
		desk_test(without_an_input_there_is_no_price),
		desk_test(without_a_reference_a_sale_has_no_price_either),
		cmocka_unit_test(an_account_says_when_its_market_orders_become_limit_orders),
		desk_test(no_collar_is_so_wide_that_the_price_is_none),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.market", tests, NULL, NULL);
}
