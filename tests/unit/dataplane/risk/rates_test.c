/* rates_test.c - what is priced in another currency, in sums of the base: by hand, at each limit and one past it, and refused
   by name where a rate is lacking.

   Symbol 1 is priced in EUR (1.0850 USD, an hour good), symbol 2 in JPY, of which nobody stated a rate. */
#include "tests/unit/dataplane/risk/told.h"
#include "tests/unit/dataplane/risk/abroad.h"

#include "dataplane/risk/measure.h"

#define rates_test(name) cmocka_unit_test_setup_teardown(name, abroad_setup, desk_teardown)

static const int64_t *parts(const struct desk *desk, uint32_t at)
{
	return desk->risk->rows.rows[at].stake.parts;
}

static void a_stake_is_converted_up_and_profit_down(void **state)
{
	struct desk *desk = *state;
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 3, 0, 100001);
	risk_mark(desk->risk, 7, 1, 99003);
	assert_int_equal(parts(desk, 0)[STAKE_LONG], 322255);   /* 297009 x 1.085 = 322254.765 */
	assert_int_equal(parts(desk, 0)[STAKE_SHORT], -322254); /* towards more */
	assert_int_equal(parts(desk, 0)[STAKE_GROSS], 322255);
	assert_int_equal(parts(desk, 0)[STAKE_PNL], -3249); /* -2994 x 1.085 = -3248.49 */
	assert_int_equal(parts(desk, 0)[STAKE_MARGIN], 322255);
	assert_int_equal(desk->risk->accounts[7].money.executed_e4, 325504); /* 300003 x 1.085 */
	assert_int_equal(desk->risk->money.executed_e4, 325504);
	risk_unfill(desk->risk, 7, 1, SIDE_BUY, 3, 100001);
	assert_int_equal(desk->risk->money.executed_e4, 0);
	assert_int_equal(parts(desk, 0)[STAKE_PNL], 0);
}

/* Open values add up rows, each converted whole, and not orders. */
static void open_value_is_that_of_rows_converted_whole(void **state)
{
	struct desk *desk = *state;
	const int64_t *open_e4 = desk->risk->accounts[7].open_value_e4;
	risk_reserve(desk->risk, 7, 1, SIDE_BUY, 1, 100001);
	assert_int_equal(open_e4[SIDE_BUY], 108502); /* 108501.085 */
	risk_reserve(desk->risk, 7, 1, SIDE_BUY, 1, 100001);
	assert_int_equal(open_e4[SIDE_BUY], 217003); /* 217002.17 */
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 100000);
	assert_int_equal(open_e4[SIDE_BUY], 317003);
	assert_int_equal(desk->risk->open_value_e4[SIDE_BUY], 317003);
	risk_release(desk->risk, 7, 1, SIDE_BUY, 1, 100001);
	assert_int_equal(open_e4[SIDE_BUY], 208502);
	risk_release(desk->risk, 7, 1, SIDE_BUY, 9, INT64_MAX);
	assert_int_equal(open_e4[SIDE_BUY], 100000);
	assert_int_equal(desk->risk->open_value_e4[SIDE_BUY], 100000);
}

/* What an order's money is added to, and who refuses it. */
static const struct {
	enum limit limit;
	unsigned lane;
} sums[] = {
	{LIMIT_max_order_value, LANE_MAX_ORDER_VALUE},
	{LIMIT_max_open_buy_value, LANE_OPEN_BUY_VALUE},
	{LIMIT_max_gross_exposure, LANE_GROSS_EXPOSURE},
	{LIMIT_max_net_exposure, LANE_NET_EXPOSURE},
	{LIMIT_credit, LANE_CREDIT},
	{LIMIT_collateral, LANE_MARGIN},
	{LIMIT_max_stress, LANE_PORTFOLIO_RISK},
};

static void each_limit_of_money_binds_in_the_base_currency(void **state)
{
	struct desk *desk = *state;
	desk_size(desk, 7);
	desk->order.price_e4 = 100001;
	desk->top.top.bid_e4 = 100001;
	for (unsigned i = 0; i < ARRAY_COUNT(sums); i++) {
		desk_limit(desk, sums[i].limit, 759508); /* 700007 x 1.085 = 759507.595 */
		desk_expect(desk, LANE_NONE);
		desk_limit(desk, sums[i].limit, 759507);
		desk_expect(desk, sums[i].lane);
		assert_int_equal(desk->verdict.usage, 759508);
		assert_int_equal(desk->verdict.limit, 759507);
		desk_limit(desk, sums[i].limit, 1000000000);
	}
}

static void a_loss_counts_at_the_rate_in_force(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_max_loss, 1085000);
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 100, 0, 110000);
	risk_mark(desk->risk, 7, 1, 100000); /* 100.0000 EUR lost */
	struct risk_loss loss;
	assert_false(risk_loss(desk->risk, 7, &loss));
	assert_true(risk_rate(desk->risk, EUR, DOLLARS + 1, BEGUN_NS));
	assert_true(risk_loss(desk->risk, 7, &loss));
	assert_int_equal(loss.used_e4, 1085001);
	assert_true(risk_rate(desk->risk, EUR, DOLLARS, BEGUN_NS));
	assert_false(risk_loss(desk->risk, 7, &loss));
}

/* The sums are those of the rows and the rates in force, whatever the rates were before. */
static void another_rate_leaves_nothing_of_the_one_before(void **state)
{
	struct desk *desk = *state;
	static const int64_t rates[] = {1, 99999999, RATE_E8_MAX, 73210007, DOLLARS};
	struct money before = desk->risk->money;
	int64_t open_e4[2];
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 333, 0, 100001);
	risk_reserve(desk->risk, 7, 1, SIDE_SELL, 77, 7777777);
	risk_fill(desk->risk, 8, 0, SIDE_SELL, 11, 0, 100100);
	before = desk->risk->money;
	memcpy(open_e4, desk->risk->open_value_e4, sizeof open_e4);
	for (unsigned i = 0; i < ARRAY_COUNT(rates); i++) {
		assert_true(risk_rate(desk->risk, EUR, rates[i], BEGUN_NS));
		assert_int_equal(
			desk->risk->open_value_e4[SIDE_SELL], currency_up(7777777, rates[i]));
		assert_int_equal(
			desk->risk->accounts[7].money.executed_e4, currency_up(33300333, rates[i]));
	}
	assert_memory_equal(before.sums, desk->risk->money.sums, sizeof before.sums);
	assert_int_equal(before.executed_e4, desk->risk->money.executed_e4);
	assert_memory_equal(open_e4, desk->risk->open_value_e4, sizeof open_e4);
}

/* A moment in which only some rows have the new rate is nobody's best. */
static void the_best_is_looked_for_when_every_row_has_its_rate(void **state)
{
	struct desk *desk = *state;
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 100, 0, 100000);
	risk_fill(desk->risk, 8, 1, SIDE_BUY, 100, 0, 100000);
	risk_mark(desk->risk, 7, 1, 110000); /* gains 100 EUR */
	risk_mark(desk->risk, 8, 1, 90000);  /* loses 100 EUR */
	int64_t peak_e4 = desk->risk->money.peak_e4;
	assert_int_equal(peak_e4, 1085000);
	assert_true(risk_rate(desk->risk, EUR, 4 * RATE_E8_ONE, BEGUN_NS));
	assert_int_equal(desk->risk->money.peak_e4, peak_e4);
	assert_int_equal(desk->risk->accounts[7].money.peak_e4, 4000000);
}

static void an_old_rate_refuses_what_needs_it_and_no_way_out(void **state)
{
	struct desk *desk = *state;
	desk->turn.wall_ns = BEGUN_NS + HOUR_NS;
	desk_expect(desk, LANE_NONE);
	desk->turn.wall_ns = BEGUN_NS + HOUR_NS + 1;
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	assert_true(desk->verdict.usage == INT64_MAX);
	for (unsigned lane = LANE_GROSS_EXPOSURE; lane <= LANE_PORTFOLIO_RISK; lane++)
		assert_true((desk->verdict.mask >> lane & 1) != 0);
	desk->turn.wall_ns = BEGUN_NS - 1; /* of a later time than now */
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	desk->order.symbol = 0; /* in the base currency, and nothing is held in another */
	desk->turn.wall_ns = BEGUN_NS + HOUR_NS + 1;
	desk_expect(desk, LANE_NONE);
	risk_fill(desk->risk, 8, 1, SIDE_BUY, 1, 0, 100000);
	desk_expect(desk, LANE_GROSS_EXPOSURE); /* now the firm's sums hold it */
	assert_true(risk_rate(desk->risk, EUR, DOLLARS, BEGUN_NS + 1));
	desk_expect(desk, LANE_NONE);
	desk->turn.wall_ns += 1;
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	desk_hold(desk, 1, 100);
	desk->order.symbol = 1;
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.is_way_out, 1);
}

/* 10,850,000 is a little less than half of the limit, at 1.0851 it is half. */
static void a_mark_that_a_rate_passes_is_told(void **state)
{
	struct desk *desk = *state;
	static struct usage_row events[EVENT_COUNT_MAX];
	unsigned found = 0;
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 100, 0, 100000);
	desk_limit(desk, LIMIT_max_gross_exposure, 21702000);
	risk_mark(desk->risk, 7, 1, 100000);
	risk_events(desk->risk, events, EVENT_COUNT_MAX);
	assert_true(risk_rate(desk->risk, EUR, 108510000, BEGUN_NS));
	uint32_t count = risk_events(desk->risk, events, EVENT_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++)
		if (events[i].lane == LANE_GROSS_EXPOSURE && events[i].scope == SCOPE_ACCOUNT) {
			assert_int_equal(events[i].id, 7);
			assert_int_equal(events[i].usage, 10851000);
			found++;
		}
	assert_int_equal(found, 1);
}

/* Each thing that puts a currency into sums, alone. */
static void what_only_works_needs_its_rate_on_either_side(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 0;
	desk->turn.wall_ns = BEGUN_NS + 2 * HOUR_NS;
	for (unsigned side = 0; side < 2; side++) {
		desk_expect(desk, LANE_NONE);
		risk_reserve(desk->risk, 8, 1, (enum side)side, 1, 100000);
		desk_expect(desk, LANE_GROSS_EXPOSURE);
		risk_release(desk->risk, 8, 1, (enum side)side, 1, 100000);
		desk_expect(desk, LANE_GROSS_EXPOSURE); /* of this day */
		risk_day(desk->risk);
	}
	desk_expect(desk, LANE_NONE);
}

/* Where there never was a rate nothing is worth anything, and so no order's value is known. */
static void without_a_rate_nothing_passes_in_it_and_nothing_trips(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	risk_start(desk->risk, 7, 2, 100, 90000, 100000);
	assert_int_equal(parts(desk, 0)[STAKE_GROSS], 0);
	assert_false(risk_loss(desk->risk, 7, &loss));
	desk->order.symbol = 2;
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	assert_true(desk->verdict.usage == INT64_MAX);
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 1);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	desk->order.side = SIDE_BUY;
	desk->order.price_e4 = 100000;
	desk->order.symbol = 0;
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	assert_true(risk_rate(desk->risk, JPY, 671000, BEGUN_NS));
	desk_expect(desk, LANE_NONE);
	desk->order.symbol = 2;
	desk_expect(desk,
		LANE_NONE); /* what was refused for want of a rate was not refused for its size */
	assert_int_equal(parts(desk, 0)[STAKE_GROSS], 67100);
}

/* A day that begins needs the rates of what it still holds. */
static void a_day_needs_what_it_holds(void **state)
{
	struct desk *desk = *state;
	risk_fill(desk->risk, 8, 1, SIDE_BUY, 1, 0, 100000);
	risk_fill(desk->risk, 8, 1, SIDE_SELL, 1, 0, 100000);
	desk->order.symbol = 0;
	desk->turn.wall_ns = BEGUN_NS + 2 * HOUR_NS;
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	risk_day(desk->risk);
	assert_int_equal(desk->risk->money.executed_e4, 0);
	desk_expect(desk, LANE_NONE);
	risk_charge(desk->risk, 8, 1, 1); /* a fee is all there is in it */
	risk_mark(desk->risk, 8, 1, 100000);
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	risk_day(desk->risk);
	desk_expect(desk, LANE_NONE);
	risk_fill(desk->risk, 8, 1, SIDE_BUY, 1, 0, 100000);
	risk_day(desk->risk);
	desk_expect(desk, LANE_GROSS_EXPOSURE);
}

static void what_is_no_rate_changes_nothing(void **state)
{
	struct desk *desk = *state;
	struct rate_row rows[CURRENCY_COUNT_MAX];
	assert_false(risk_rate(desk->risk, 0, DOLLARS, BEGUN_NS));
	assert_false(risk_rate(desk->risk, 3, DOLLARS, BEGUN_NS));
	assert_false(risk_rate(desk->risk, EUR, 0, BEGUN_NS));
	assert_false(risk_rate(desk->risk, EUR, -1, BEGUN_NS));
	assert_false(risk_rate(desk->risk, EUR, RATE_E8_MAX + 1, BEGUN_NS));
	assert_int_equal(risk_rates(desk->risk, BEGUN_NS + HOUR_NS, rows), 3);
	assert_int_equal(rows[EUR].rate_e8, DOLLARS);
	assert_int_equal(rows[EUR].is_good, 1);
	assert_int_equal(rows[EUR].is_used, 0);
	assert_int_equal(rows[0].is_good, 1);
	assert_int_equal(rows[JPY].is_good, 0);
	assert_int_equal(rows[JPY].as_of_wall_ns, 0);
	desk_pass(desk);
	risk_rates(desk->risk, BEGUN_NS + HOUR_NS + 1, rows);
	assert_int_equal(rows[EUR].is_good, 0);
	assert_int_equal(rows[EUR].is_used, 1);
}

/* A rate so late that it never ages does not wrap around. */
static void the_end_of_time_is_no_beginning(void **state)
{
	struct desk *desk = *state;
	assert_true(risk_rate(desk->risk, EUR, DOLLARS, UINT64_MAX - 1));
	desk->turn.wall_ns = UINT64_MAX;
	desk_expect(desk, LANE_NONE);
}

/* What no 64 bits hold stays saturated at any rate, and refuses. */
static void what_is_saturated_stays_so_at_a_small_rate(void **state)
{
	struct desk *desk = *state;
	assert_true(risk_rate(desk->risk, EUR, 1, BEGUN_NS));
	for (unsigned i = 0; i < 3; i++)
		risk_fill(desk->risk, 7, 1, SIDE_BUY, UINT32_MAX, 0, 1999999999);
	assert_int_equal(desk->risk->rows.rows[0].stake.is_saturated, 1);
	desk->order.symbol = 0;
	desk_judge(desk);
	assert_true((desk->verdict.mask >> LANE_OVERFLOW & 1) != 0);
}

static void equal_histories_have_equal_states_and_other_rates_others(void **state)
{
	struct desk *desk = *state;
	uint64_t begun = desk_hash(desk);
	assert_true(risk_rate(desk->risk, EUR, DOLLARS, BEGUN_NS + 1));
	assert_true(desk_hash(desk) != begun);
	assert_true(risk_rate(desk->risk, EUR, DOLLARS + 1, BEGUN_NS));
	assert_true(desk_hash(desk) != begun);
	assert_true(risk_rate(desk->risk, EUR, DOLLARS, BEGUN_NS));
	assert_true(desk_hash(desk) == begun);
}

/* The first nanosecond there was is as good for the base currency as any. */
static void the_base_is_worth_one_at_any_time(void **state)
{
	struct desk *desk = *state;
	assert_false(rates_are_old(&desk->risk->rates, 0, 0));
	assert_false(rates_are_old(&desk->risk->rates, 0, UINT64_MAX));
}

/* One more than the base is a currency to be converted as any. */
static void a_site_of_two_currencies_converts_the_second(void **state)
{
	struct desk *desk = *state;
	desk->symbols[2].currency = 0;
	risk_close(desk->risk);
	desk->site.currency_count = 2;
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	desk_adopt(desk);
	each_limit_of_money_binds_in_the_base_currency(state);
}

static void a_site_has_as_many_currencies_as_it_states_and_one_at_least(void **state)
{
	struct desk *desk = *state;
	struct rate_row rows[CURRENCY_COUNT_MAX];
	static const uint32_t counts[] = {0, 1, CURRENCY_COUNT_MAX};
	desk->symbols[1].currency = desk->symbols[2].currency = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(counts); i++) {
		risk_close(desk->risk);
		desk->site.currency_count = counts[i];
		for (uint32_t j = 1; j < CURRENCY_COUNT_MAX; j++)
			desk->site.currencies[j] =
				(struct currency_config){.name = "EUR", .max_age_ns = HOUR_NS};
		desk->risk = risk_open(&desk->site);
		assert_int_equal(
			risk_rates(desk->risk, BEGUN_NS, rows), counts[i] == 0 ? 1 : counts[i]);
		assert_int_equal(rows[0].rate_e8, RATE_E8_ONE);
	}
}

/* Bought and sold within the day: both are in what the account executed, what it began with is not; up. */
static void what_was_executed_is_of_both_sides_and_of_the_day(void **state)
{
	struct desk *desk = *state;
	const struct money *money = &desk->risk->accounts[7].money;
	risk_start(desk->risk, 7, 1, 100, 90000, 100000);
	assert_int_equal(money->executed_e4, 0);
	risk_fill(desk->risk, 7, 1, SIDE_SELL, 10, 0, 100000);
	assert_int_equal(money->executed_e4, 1085000);
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 20, 0, 100000);
	assert_int_equal(money->executed_e4, 3255000);
	risk_start(desk->risk, 8, 1, -100, 90000, 100000);
	assert_int_equal(desk->risk->accounts[8].money.executed_e4, 0);
}

/* Of yesterday's, at today's rates: it was in the credit of yesterday, and is in none of today's. */
static void an_execution_of_a_day_before_moves_no_credit_whatever_becomes_of_it(void **state)
{
	struct desk *desk = *state;
	const struct money *money = &desk->risk->accounts[7].money;
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 100, 0, 100000);
	risk_day(desk->risk);
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 10, 0, 100000);
	assert_int_equal(money->executed_e4, 1085000);
	risk_was_before(desk->risk, 7, 1, -100, 100000);
	risk_unfill(desk->risk, 7, 1, SIDE_BUY, 100, 100000);
	assert_int_equal(money->executed_e4, 1085000);
	risk_was_before(desk->risk, 7, 1, 90, 110000);
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 90, 0, 110000);
	assert_int_equal(money->executed_e4, 1085000);
	assert_true(risk_rate(desk->risk, EUR, 2 * RATE_E8_ONE, BEGUN_NS));
	assert_int_equal(money->executed_e4, 2000000);
	assert_int_equal(desk->risk->money.executed_e4, 2000000);
	risk_day(desk->risk);
	risk_fill(desk->risk, 7, 1, SIDE_SELL, 1, 0, 100000);
	assert_int_equal(money->executed_e4, 200000);
	assert_true(risk_rate(desk->risk, EUR, RATE_E8_ONE, BEGUN_NS));
	assert_int_equal(money->executed_e4, 100000);
}

static void the_least_that_is_left_over_counts_as_one(void **state)
{
	struct desk *desk = *state;
	assert_true(risk_rate(desk->risk, EUR, RATE_E8_ONE + 1, BEGUN_NS));
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 1, 0, 1);
	assert_int_equal(desk->risk->accounts[7].money.executed_e4, 2);
}

/* Of all that a currency is in use for the latest begins and the earliest ends. */
static void rates_in_use_are_good_together(void **state)
{
	struct desk *desk = *state;
	struct rate_row rows[CURRENCY_COUNT_MAX];
	const struct rates *rates = &desk->risk->rates;
	assert_true(risk_rate(desk->risk, JPY, 671000, BEGUN_NS + DESK_SECOND));
	risk_fill(desk->risk, 8, 2, SIDE_BUY, 1, 0, 100000);
	assert_true(rates_are_old(rates, 0, BEGUN_NS));
	risk_fill(desk->risk, 8, 1, SIDE_BUY, 1, 0, 100000);
	assert_true(rates_are_old(rates, 0, BEGUN_NS));
	assert_false(rates_are_old(rates, 0, BEGUN_NS + DESK_SECOND));
	assert_false(rates_are_old(rates, 0, BEGUN_NS + HOUR_NS));
	assert_true(rates_are_old(rates, 0, BEGUN_NS + HOUR_NS + 1));
	risk_day(desk->risk);
	risk_rates(desk->risk, BEGUN_NS, rows);
	assert_int_equal(rows[EUR].is_good, 1);
	assert_int_equal(rows[0].is_used, 0);
	assert_int_equal(rows[EUR].is_used, 1);
	assert_int_equal(rows[JPY].is_used, 1);
}

/* What works on either side, behind a row that is in the base: a little less than half of its limit, and half by the rate. */
static void marks_of_what_works_that_a_rate_passes_are_told(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {0};
	static const enum limit limits[] = {LIMIT_max_open_buy_value, LIMIT_max_open_sell_value};
	desk_limit(desk, LIMIT_max_open_buy_value, 21702000);
	desk_limit(desk, LIMIT_max_open_sell_value, 21702000);
	for (unsigned side = 0; side < 2; side++) {
		assert_true(risk_rate(desk->risk, EUR, DOLLARS, BEGUN_NS));
		risk_reserve(desk->risk, 8, 0, (enum side)side, 1, 1);
		risk_release(desk->risk, 8, 0, (enum side)side, 1, 1);
		risk_reserve(desk->risk, 7, 1, (enum side)side, 100, 10000000);
		told(desk, limits[side], SCOPE_ACCOUNT, &row);
		assert_true(risk_rate(desk->risk, EUR, 108510000, BEGUN_NS));
		assert_int_equal(told(desk, limits[side], SCOPE_ACCOUNT, &row), 1);
		assert_int_equal(row.id, 7);
		assert_int_equal(row.usage, 10851000);
		risk_release(desk->risk, 7, 1, (enum side)side, 100, 10000000);
	}
}

/* What no number holds is the largest there is, and at no rate half of it. */
static void a_strategy_that_lost_more_than_numbers_hold_lost_it_at_every_rate(void **state)
{
	struct desk *desk = *state;
	struct risk_trade trade = {.account = 7,
		.strategy = 70,
		.side = SIDE_SELL,
		.symbol = 1,
		.qty = INT64_MAX,
		.price_e4 = 1};
	const int128_t *pnl_e4 = &desk->risk->losses.strategies[70].pnl_e4;
	assert_true(risk_rate(desk->risk, EUR, 50000000, BEGUN_NS));
	risk_traded(desk->risk, &trade);
	risk_fill(desk->risk, 7, 1, SIDE_SELL, 1, 0, 1);
	risk_mark(desk->risk, 7, 1, 1999999999);
	assert_true(*pnl_e4 == -INT64_MAX);
	trade.side = SIDE_BUY;
	for (unsigned i = 0; i < 2; i++)
		risk_traded(desk->risk, &trade);
	risk_mark(desk->risk, 7, 1, 1999999998);
	assert_true(*pnl_e4 == INT64_MAX);
}

/* Nothing is written behind the last currency, and what is shown of an order's value is in the base currency. */
static void traded(struct desk *desk, uint16_t account, uint16_t strategy)
{
	const struct risk_trade trade = {.account = account,
		.strategy = strategy,
		.side = SIDE_BUY,
		.symbol = 1,
		.qty = 100,
		.price_e4 = 100000};
	risk_traded(desk->risk, &trade);
	risk_fill(desk->risk, account, 1, SIDE_BUY, 100, 0, 100000);
	risk_mark(desk->risk, account, 1, 101000);
}

/* Of the first row and of the last. */
static void the_best_of_strategies_and_symbols_is_looked_for_at_another_rate(void **state)
{
	struct desk *desk = *state;
	const struct strategy_loss *of = desk->risk->losses.strategies;
	traded(desk, 7, 70);
	traded(desk, 8, 80);
	assert_true(of[70].best_e4 == 108500 && of[80].best_e4 == 108500);
	assert_true(desk->risk->symbols[1].best_e4 == 217000);
	assert_true(risk_rate(desk->risk, EUR, 2 * DOLLARS, BEGUN_NS + 1));
	assert_true(risk_rate(desk->risk, EUR, DOLLARS, BEGUN_NS + 2));
	assert_true(of[70].best_e4 == 217000 && of[80].best_e4 == 217000);
	assert_true(desk->risk->symbols[1].best_e4 == 434000);
}

static void what_is_shown_ends_with_the_last_currency_and_is_in_the_base(void **state)
{
	struct desk *desk = *state;
	struct rate_row rows[CURRENCY_COUNT_MAX];
	memset(rows, 0xAA, sizeof rows);
	assert_int_equal(risk_rates(desk->risk, BEGUN_NS, rows), 3);
	for (size_t i = 3 * sizeof rows[0]; i < sizeof rows; i++)
		assert_int_equal(((const uint8_t *)rows)[i], 0xAA);
	desk_size(desk, 7);
	desk->order.price_e4 = 100001;
	desk->top.top.bid_e4 = 100001;
	desk_pass(desk);
	assert_int_equal(desk->risk->accounts[7].meter.now[LIMIT_max_order_value], 759508);
}

/* ---- limits in a currency of their own ---- */

/* An order of symbol 0, 10.0000 USD a share, and of limits 70.0000 EUR: they are 75.9500 USD. */
static void a_limit_in_another_currency_binds_at_its_value_rounded_down(void **state)
{
	struct desk *desk = *state;
	static const unsigned rows[] = {DESK_FIRM, DESK_ACCOUNT_7};
	static const uint8_t owners[] = {SCOPE_FIRM, SCOPE_ACCOUNT};
	desk->order.symbol = 0;
	desk_size(desk, 7);
	for (unsigned i = 0; i < ARRAY_COUNT(sums); i++)
		for (unsigned at = 0; at < ARRAY_COUNT(rows); at++) {
			struct limit_value before = desk->rows[rows[at]].limits[sums[i].limit];
			/* 645161.29 would be 700000 whole: this comes to 700000.0003, that to 699999.9992 */
			limit_in(desk, rows[at], sums[i].limit, 645162, EUR);
			desk_adopt(desk);
			desk_expect(desk, LANE_NONE);
			limit_in(desk, rows[at], sums[i].limit, 645161, EUR);
			desk_adopt(desk);
			unsigned lane = sums[i].lane == LANE_OPEN_BUY_VALUE && rows[at] == DESK_FIRM
						? LANE_FIRM_OPEN_BUY_VALUE
						: sums[i].lane;
			desk_expect(desk, lane);
			assert_int_equal(desk->verdict.usage, 700000);
			assert_int_equal(desk->verdict.limit, 699999);
			assert_int_equal(desk->verdict.owner_scope, owners[at]);
			desk->rows[rows[at]].limits[sums[i].limit] = before;
		}
}

static void a_limit_of_a_symbol_or_of_a_pair_is_converted_too(void **state)
{
	struct desk *desk = *state;
	static const enum scope scopes[] = {SCOPE_SYMBOL, SCOPE_ACCOUNT_SYMBOL};
	desk->order.symbol = 0;
	desk_size(desk, 7);
	for (unsigned i = 0; i < ARRAY_COUNT(scopes); i++) {
		uint32_t id = scopes[i] == SCOPE_SYMBOL ? 0 : 7;
		row_in(desk, scopes[i], id, 0, LIMIT_max_order_value, 645162, EUR);
		desk_expect(desk, LANE_NONE);
		row_in(desk, scopes[i], id, 0, LIMIT_max_order_value, 645161, EUR);
		desk_expect(desk, LANE_MAX_ORDER_VALUE);
		assert_int_equal(desk->verdict.limit, 699999);
		assert_int_equal(desk->verdict.owner_scope, scopes[i]);
		row_in(desk, scopes[i], id, 0, LIMIT_max_order_value, INT64_MAX, JPY);
		desk_expect(desk, LANE_MAX_ORDER_VALUE); /* a yen has no rate */
	}
}

/* 100 shares bought at 11.0000 and worth 10.0000: 100.0000 USD are lost. */
static void a_loss_of_a_strategy_or_of_a_symbol_is_held_against_its_own_currency(void **state)
{
	struct desk *desk = *state;
	static const enum scope scopes[] = {SCOPE_STRATEGY, SCOPE_SYMBOL};
	struct risk_loss loss;
	desk->order.symbol = 0;
	desk->order.strategy = 70;
	risk_traded(desk->risk, &(struct risk_trade){.account = 7,
					.strategy = 70,
					.side = SIDE_BUY,
					.qty = 100,
					.price_e4 = 110000});
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 100, 0, 110000);
	risk_mark(desk->risk, 7, 0, 100000);
	for (unsigned i = 0; i < ARRAY_COUNT(scopes); i++) {
		bool is_strategy = scopes[i] == SCOPE_STRATEGY;
		uint32_t id = is_strategy ? 70 : 0, symbol = is_strategy ? SYMBOL_NONE : 0;
		row_in(desk, scopes[i], id, symbol, LIMIT_max_loss, 921659, EUR);
		assert_false(risk_stop_loss(desk->risk, scopes[i], id, &loss));
		row_in(desk, scopes[i], id, symbol, LIMIT_max_loss, 921658, EUR);
		assert_true(risk_stop_loss(desk->risk, scopes[i], id, &loss));
		assert_int_equal(loss.used_e4, 1000000);
		assert_int_equal(loss.limit_e4, 999998);
		row_in(desk, scopes[i], id, symbol, LIMIT_max_loss, INT64_MAX, JPY);
		assert_false(risk_stop_loss(desk->risk, scopes[i], id, &loss));
		desk_judge(desk);
		assert_true((desk->verdict.mask >> LANE_LOSS & 1) != 0); /* a yen has no rate */
	}
}

/* The firm's 100.0000 USD, or the account's 93.0000 EUR: 100.9050 USD, and less when a euro is worth less. */
static void the_tightest_limit_is_that_of_the_rate_in_force(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 0;
	desk_size(desk, 11);
	limit_in(desk, DESK_FIRM, LIMIT_max_order_value, 1000000, 0);
	limit_in(desk, DESK_ACCOUNT_7, LIMIT_max_order_value, 930000, EUR);
	desk_adopt(desk);
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_FIRM);
	assert_int_equal(desk->verdict.limit, 1000000);
	assert_true(risk_rate(desk->risk, EUR, 107000000, BEGUN_NS));
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
	assert_int_equal(desk->verdict.limit, 995100);
	assert_true(risk_rate(desk->risk, EUR, 120000000, BEGUN_NS));
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_FIRM);
	struct effective_row row = desk_effective(
		desk, (struct effective_named){.account = 8}, LIMIT_max_order_value, SCOPE_FIRM);
	assert_int_equal(row.in_force, 1000000);
	assert_true(risk_rate(desk->risk, EUR, 100000000, BEGUN_NS));
	row = desk_effective(
		desk, (struct effective_named){.account = 7}, LIMIT_max_order_value, SCOPE_FIRM);
	assert_int_equal(row.owner_scope, SCOPE_ACCOUNT);
	assert_int_equal(row.value.value, 930000);
	assert_int_equal(row.value.currency, EUR);
	assert_int_equal(row.in_force, 930000);
}

/* Nobody holds anything in euros, and the order is in dollars. */
static void a_limit_needs_its_rate_and_a_way_out_takes_the_last(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 0;
	desk_expect(desk, LANE_NONE);
	desk->turn.wall_ns = BEGUN_NS + HOUR_NS + 1;
	desk_expect(desk, LANE_NONE);
	limit_in(desk, DESK_ACCOUNT_8, LIMIT_max_order_value, 100000000, EUR);
	desk_adopt(desk);
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	assert_int_equal(desk->verdict.usage, MEASURE_MISSING);
	desk->turn.wall_ns = BEGUN_NS + HOUR_NS;
	desk_expect(desk, LANE_NONE);
	desk->turn.wall_ns = BEGUN_NS - 1;
	desk_expect(desk, LANE_GROSS_EXPOSURE);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 500, 0, 100000);
	desk_expect(desk, LANE_NONE); /* closes */
	limit_in(desk, DESK_ACCOUNT_8, LIMIT_max_order_value, 100000000, 0);
	desk_adopt(desk);
	desk->order.side = SIDE_SELL;
	desk->order.mark = SALE_SHORT;
	desk_expect(desk, LANE_NONE);
}

static void a_limit_without_a_rate_refuses_at_every_scope_and_trips_nobody(void **state)
{
	struct desk *desk = *state;
	struct risk_loss loss;
	static const enum limit limits[] = {LIMIT_max_order_value, LIMIT_max_loss,
		LIMIT_max_drawdown, LIMIT_credit, LIMIT_capital, LIMIT_max_stress};
	static const unsigned lanes[] = {LANE_MAX_ORDER_VALUE, LANE_LOSS, LANE_DRAWDOWN,
		LANE_CREDIT, LANE_GROSS_EXPOSURE, LANE_PORTFOLIO_RISK};
	static const unsigned rows[] = {DESK_FIRM, DESK_ACCOUNT_7};
	desk->order.symbol = 0;
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 1, 0, 110000);
	risk_mark(desk->risk, 7, 0, 100000);
	for (unsigned i = 0; i < ARRAY_COUNT(limits); i++)
		for (unsigned at = 0; at < ARRAY_COUNT(rows); at++) {
			struct limit_value before = desk->rows[rows[at]].limits[limits[i]];
			limit_in(desk, rows[at], limits[i], 1000000000, JPY);
			desk_adopt(desk);
			desk_judge(desk);
			assert_true((desk->verdict.mask >> lanes[i] & 1) != 0);
			assert_false(risk_loss(desk->risk, 7, &loss));
			assert_false(risk_loss(desk->risk, 0, &loss));
			assert_int_equal(risk_filling(desk->risk, 7).percent, 0);
			desk->rows[rows[at]].limits[limits[i]] = before;
		}
	desk_adopt(desk);
	desk_expect(desk, LANE_NONE);
}

static void a_limit_beyond_numbers_is_the_largest_there_is(void **state)
{
	struct desk *desk = *state;
	const struct effective_named nobody = {0};
	desk->order.symbol = 0;
	limit_in(desk, DESK_FIRM, LIMIT_max_order_value, INT64_MAX - 1, EUR);
	desk_adopt(desk);
	assert_true(risk_rate(desk->risk, EUR, RATE_E8_MAX, BEGUN_NS));
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk_effective(desk, nobody, LIMIT_max_order_value, SCOPE_FIRM).in_force,
		INT64_MAX - 1);
	assert_true(risk_rate(desk->risk, EUR, 1, BEGUN_NS));
	assert_int_equal(desk_effective(desk, nobody, LIMIT_max_order_value, SCOPE_FIRM).in_force,
		92233720368);
}

/* Limits that may return, and such as are collected, have the rate of the moment when they come in force. */
static void limits_aside_follow_the_rate_too(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 0;
	desk_size(desk, 10);
	limit_in(desk, DESK_FIRM, LIMIT_max_order_value, 950000, EUR);
	desk_adopt(desk);
	desk_expect(desk, LANE_NONE);
	risk_limits_hold(desk->risk);
	limit_in(desk, DESK_FIRM, LIMIT_max_order_value, 940000, EUR);
	risk_limits_begin(desk->risk);
	for (uint32_t i = 0; i < desk->row_count; i++)
		assert_true(risk_limits_row(desk->risk, &desk->rows[i]));
	assert_true(risk_rate(desk->risk, EUR, 106000000, BEGUN_NS));
	risk_limits_adopt(desk->risk, ++desk->epoch);
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	assert_int_equal(desk->verdict.limit, 996400);
	assert_true(risk_rate(desk->risk, EUR, 105000000, BEGUN_NS));
	risk_limits_return(desk->risk);
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	assert_int_equal(desk->verdict.limit, 997500);
}

static void a_row_in_a_currency_of_nobody_is_not_taken(void **state)
{
	struct desk *desk = *state;
	struct limit_row row = desk->rows[DESK_ACCOUNT_7];
	const struct limit_place place = {
		.scope = SCOPE_FIRM, .limit = LIMIT_max_order_value, .symbol = SYMBOL_NONE};
	risk_limits_begin(desk->risk);
	row.limits[LIMIT_max_order_value].currency = 3;
	assert_false(risk_limits_row(desk->risk, &row));
	row.limits[LIMIT_max_order_value].currency = CURRENCY_COUNT_MAX;
	assert_false(risk_limits_row(desk->risk, &row));
	row.limits[LIMIT_max_order_value].currency = 0;
	row.limits[LIMIT_max_order_quantity].currency = EUR;
	assert_false(risk_limits_row(desk->risk, &row));
	assert_false(risk_limits_put(desk->risk, RISK_IN_FORCE, &place,
		&(struct limit_value){.value = 1, .currency = EUR}));
}

/* What works of the order's own side is converted with the order, in one: of 1.085 and 1.085 the second adds less. */
static void an_order_is_converted_with_what_works_of_its_side(void **state)
{
	struct desk *desk = *state;
	static const struct {
		enum side side;
		enum limit limit;
		enum lane lane;
		int64_t price_e4, used_e4;
	} orders[] = {{SIDE_BUY, LIMIT_max_open_buy_value, LANE_OPEN_BUY_VALUE, 100001, 217003},
		{SIDE_SELL, LIMIT_max_open_sell_value, LANE_OPEN_SELL_VALUE, 100201, 108719}};
	risk_reserve(desk->risk, 7, 1, SIDE_BUY, 1, 100001);
	for (unsigned i = 0; i < ARRAY_COUNT(orders); i++) {
		desk->order.side = (uint8_t)orders[i].side;
		desk->order.price_e4 = orders[i].price_e4;
		desk_size(desk, 1);
		desk_limit(desk, orders[i].limit, orders[i].used_e4);
		desk_expect(desk, LANE_NONE);
		desk_limit(desk, orders[i].limit, orders[i].used_e4 - 1);
		desk_expect(desk, orders[i].lane);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rates_test(a_stake_is_converted_up_and_profit_down),
		rates_test(open_value_is_that_of_rows_converted_whole),
		rates_test(each_limit_of_money_binds_in_the_base_currency),
		rates_test(a_site_of_two_currencies_converts_the_second),
		rates_test(a_loss_counts_at_the_rate_in_force),
		rates_test(another_rate_leaves_nothing_of_the_one_before),
		rates_test(the_best_is_looked_for_when_every_row_has_its_rate),
		rates_test(an_old_rate_refuses_what_needs_it_and_no_way_out),
		rates_test(a_mark_that_a_rate_passes_is_told),
		rates_test(what_only_works_needs_its_rate_on_either_side),
		rates_test(without_a_rate_nothing_passes_in_it_and_nothing_trips),
		rates_test(a_day_needs_what_it_holds),
		rates_test(what_is_no_rate_changes_nothing),
		rates_test(the_end_of_time_is_no_beginning),
		rates_test(what_is_saturated_stays_so_at_a_small_rate),
		rates_test(equal_histories_have_equal_states_and_other_rates_others),
		rates_test(the_base_is_worth_one_at_any_time),
		rates_test(a_site_has_as_many_currencies_as_it_states_and_one_at_least),
		rates_test(what_was_executed_is_of_both_sides_and_of_the_day),
		rates_test(an_execution_of_a_day_before_moves_no_credit_whatever_becomes_of_it),
		rates_test(the_least_that_is_left_over_counts_as_one),
		rates_test(rates_in_use_are_good_together),
		rates_test(marks_of_what_works_that_a_rate_passes_are_told),
		rates_test(a_strategy_that_lost_more_than_numbers_hold_lost_it_at_every_rate),
		rates_test(the_best_of_strategies_and_symbols_is_looked_for_at_another_rate),
		rates_test(what_is_shown_ends_with_the_last_currency_and_is_in_the_base),
		rates_test(a_limit_in_another_currency_binds_at_its_value_rounded_down),
		rates_test(a_limit_of_a_symbol_or_of_a_pair_is_converted_too),
		rates_test(a_loss_of_a_strategy_or_of_a_symbol_is_held_against_its_own_currency),
		rates_test(the_tightest_limit_is_that_of_the_rate_in_force),
		rates_test(a_limit_needs_its_rate_and_a_way_out_takes_the_last),
		rates_test(a_limit_without_a_rate_refuses_at_every_scope_and_trips_nobody),
		rates_test(a_limit_beyond_numbers_is_the_largest_there_is),
		rates_test(limits_aside_follow_the_rate_too),
		rates_test(a_row_in_a_currency_of_nobody_is_not_taken),
		rates_test(an_order_is_converted_with_what_works_of_its_side),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.rates", tests, NULL, NULL);
}
