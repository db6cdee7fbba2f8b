/* filling_test.c - how full credit and collateral are, and what is shown of limits that nobody states: at whole percents. */
#include "tests/unit/dataplane/risk/told.h"

/* Seventy thousand of credit's and collateral's 100,000.0000; the firm has twice that. */
enum { USED_E4 = 700000000 };

static void expect_filling(
	struct desk *desk, uint32_t account, unsigned lane, int64_t limit_e4, uint32_t percent)
{
	const struct risk_filling filling = risk_filling(desk->risk, account);
	assert_int_equal(filling.lane, lane);
	assert_int_equal(filling.percent, percent);
	assert_int_equal(filling.limit_e4, limit_e4);
	assert_int_equal(filling.used_e4, percent == 0 ? 0 : USED_E4);
}

static void what_is_open_and_what_was_executed_fill_the_credit(void **state)
{
	struct desk *desk = *state;
	expect_filling(desk, 7, LANE_CREDIT, 0, 0);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, USED_E4 - 1);
	assert_int_equal(risk_filling(desk->risk, 7).percent, 69);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 1, USED_E4 - 1);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, USED_E4);
	desk_limit(desk, LIMIT_collateral, 2000000000);
	desk->rows[DESK_FIRM].limits[LIMIT_credit].value = 2000000000;
	desk_adopt(desk);
	expect_filling(desk, 7, LANE_CREDIT, 1000000000, 70);
	expect_filling(desk, 0, LANE_CREDIT, 2000000000, 35);
	expect_filling(desk, 8, LANE_CREDIT, 0, 0);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 1, USED_E4, USED_E4);
	expect_filling(desk, 7, LANE_CREDIT, 1000000000, 70);
}

/* Of two that are as full credit is named, and else the fuller. */
static void the_fuller_of_credit_and_collateral_is_named(void **state)
{
	struct desk *desk = *state;
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 1, 0, USED_E4);
	desk_limit(desk, LIMIT_credit, 1000000000);
	desk_limit(desk, LIMIT_collateral, 1000000000);
	expect_filling(desk, 7, LANE_CREDIT, 1000000000, 70);
	desk_limit(desk, LIMIT_collateral, 900000000);
	expect_filling(desk, 7, LANE_MARGIN, 900000000, 77);
	expect_filling(desk, 0, LANE_MARGIN, 900000000, 77);
	desk_limit(desk, LIMIT_credit, 800000000);
	expect_filling(desk, 7, LANE_CREDIT, 800000000, 87);
	desk_unstate(desk, LIMIT_credit);
	expect_filling(desk, 7, LANE_MARGIN, 900000000, 77);
	desk_unstate(desk, LIMIT_collateral);
	expect_filling(desk, 7, LANE_CREDIT, 0, 0);
}

static void more_than_most_is_most_and_nothing_of_nothing_is_nothing(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_credit, 0);
	desk_limit(desk, LIMIT_collateral, INT64_MAX - 1);
	expect_filling(desk, 7, LANE_CREDIT, 0, 0);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 1, 0, USED_E4);
	expect_filling(desk, 7, LANE_CREDIT, 0, FILLING_MOST);
	desk_limit(desk, LIMIT_credit, 1);
	expect_filling(desk, 7, LANE_CREDIT, 1, FILLING_MOST);
	desk_limit(desk, LIMIT_credit, 70000000); /* 1,000 % */
	expect_filling(desk, 7, LANE_CREDIT, 70000000, FILLING_MOST);
	desk_limit(desk, LIMIT_credit, 70140280); /* 998 % and a little */
	expect_filling(desk, 7, LANE_CREDIT, 70140280, 998);
}

/* More of a worst case: bought, or to be sold. */
static void grow(struct desk *desk, enum side side, uint16_t account, uint32_t qty)
{
	if (side == SIDE_BUY)
		risk_fill(desk->risk, account, 0, side, qty, 0, 100000);
	else
		risk_reserve(desk->risk, account, 0, side, qty, 0);
}

static void shrink(struct desk *desk, enum side side, uint16_t account, uint32_t qty)
{
	if (side == SIDE_BUY)
		risk_unfill(desk->risk, account, 0, side, qty, 100000);
	else
		risk_release(desk->risk, account, 0, side, qty, 0);
}

/* Marks are placed at what is used when limits change: the next share is the first that reaches one.  The symbol's limit is
   twice an account's. */
static void expect_marks(struct desk *desk, enum side side, enum limit limit, uint32_t most)
{
	struct usage_row last = {0};
	grow(desk, side, 7, most / 2 - 1);
	grow(desk, side, 8, most / 2);
	desk_adopt(desk);
	told(desk, LIMIT_COUNT, SCOPE_COUNT, &last);
	grow(desk, side, 7, 1);
	assert_int_equal(desk->risk->rows.gauges[0].positions[side].mark, 1);
	assert_int_equal(desk->risk->rests[0].position_gauges[side].mark, 1);
	assert_int_equal(told(desk, limit, SCOPE_SYMBOL, &last), 1);
	assert_int_equal(last.usage, most);
	shrink(desk, side, 7, 1);
	desk_adopt(desk);
	told(desk, LIMIT_COUNT, SCOPE_COUNT, &last);
	grow(desk, side, 7, 1);
	assert_int_equal(told(desk, limit, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_int_equal(last.usage, most / 2);
	assert_int_equal(last.limit, most);
}

static void marks_stand_at_what_is_used_when_limits_change(void **state)
{
	expect_marks(*state, SIDE_BUY, LIMIT_max_long_position, 3000);
}

static void marks_of_short_sides_stand_at_what_works_when_limits_change(void **state)
{
	expect_marks(*state, SIDE_SELL, LIMIT_max_short_position, 2000);
}

/* Each window names what it would hold with the order, and its rate. */
static void a_full_window_is_named_with_what_it_would_hold(void **state)
{
	static const struct {
		unsigned row, lane;
		enum scope scope;
	} windows[] = {{DESK_SESSION_1, LANE_SESSION_WINDOW, SCOPE_SESSION},
		{DESK_ACCOUNT_7, LANE_ACCOUNT_WINDOW, SCOPE_ACCOUNT},
		{DESK_FIRM, LANE_SYMBOL_WINDOW, SCOPE_FIRM}};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(windows); i++) {
		desk->turn.now_ns += 2 * DESK_SECOND;
		desk->top.top.last_ns = desk->turn.now_ns;
		desk_state(&desk->rows[windows[i].row], LIMIT_order_rate, 3, DESK_SECOND, 900);
		desk_adopt(desk);
		for (unsigned j = 0; j < 4; j++) {
			desk_size(desk, 10 * i + j + 1);
			if (j < 3)
				desk_pass(desk);
		}
		desk_expect(desk, windows[i].lane);
		assert_int_equal(desk->verdict.usage, 4);
		assert_int_equal(desk->verdict.limit, 3);
		assert_int_equal(desk->verdict.owner_scope, windows[i].scope);
		desk_state(&desk->rows[windows[i].row], LIMIT_order_rate, 900, DESK_SECOND, 900);
	}
}

/* What nobody states refuses by its tokens, as nobody's limit, whatever was sent before and a strategy states beside it. */
static void a_rate_that_nobody_states_is_named_as_none(void **state)
{
	static const struct {
		unsigned row, lane;
	} rates[] = {{DESK_SESSION_1, LANE_SESSION_RATE}, {DESK_ACCOUNT_7, LANE_ACCOUNT_RATE},
		{DESK_FIRM, LANE_SYMBOL_RATE}};
	struct desk *desk = *state;
	struct limit_row *own = &desk->rows[desk->row_count++];
	limit_row_init(own, SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(own, LIMIT_order_rate, 1, DESK_SECOND, 1);
	desk_adopt(desk);
	desk_pass(desk);
	for (unsigned i = 0; i < ARRAY_COUNT(rates); i++) {
		desk->rows[rates[i].row].stated ^= UINT64_C(1) << LIMIT_order_rate;
		desk_adopt(desk);
		desk->order.strategy = i == 1 ? 70 : 71;
		desk_expect(desk, rates[i].lane);
		assert_int_equal(desk->verdict.usage, 2);
		assert_true(desk->verdict.limit == INT64_MIN);
		assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
		desk->rows[rates[i].row].stated ^= UINT64_C(1) << LIMIT_order_rate;
	}
}

/* Of what is open likewise, of either side and either owner. */
static void marks_of_open_value_stand_where_it_is_when_limits_change(void **state)
{
	static const enum limit limits[] = {LIMIT_max_open_buy_value, LIMIT_max_open_sell_value};
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_limit(desk, LIMIT_max_open_buy_value, 200000000);
	desk_limit(desk, LIMIT_max_open_sell_value, 200000000);
	for (unsigned side = 0; side < 2; side++)
		risk_reserve(desk->risk, 7, 2, (enum side)side, 1, 99999999);
	desk_adopt(desk);
	told(desk, LIMIT_COUNT, SCOPE_COUNT, &last);
	for (unsigned side = 0; side < 2; side++) {
		risk_reserve(desk->risk, 7, 2, (enum side)side, 1, 1);
		assert_int_equal(desk->risk->accounts[7].open_gauges[side].mark, 1);
		assert_int_equal(desk->risk->open_gauges[side].mark, 1);
		assert_int_equal(told(desk, limits[side], SCOPE_FIRM, &last), 1);
		assert_int_equal(last.usage, 100000000);
	}
}

/* What an account's orders used of limits before is measured by those in force. */
static void an_order_is_told_by_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_size(desk, 400);
	desk_pass(desk);
	desk_limit(desk, LIMIT_max_order_quantity, 500);
	told(desk, LIMIT_COUNT, SCOPE_COUNT, &last);
	desk_size(desk, 399);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_order_quantity, SCOPE_ACCOUNT, &last), 1);
	assert_int_equal(last.usage, 399);
	assert_int_equal(last.limit, 500);
}

/* Orders that left the window are not in its peak. */
static void a_windows_peak_is_the_most_that_was_ever_in_it(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++) {
		desk_size(desk, 10 + i);
		desk_pass(desk);
	}
	desk->turn.now_ns += 2 * DESK_SECOND;
	desk->top.top.last_ns = desk->turn.now_ns;
	desk_pass(desk);
	assert_int_equal(desk->risk->accounts[7].orders.window.peak, 3);
	assert_int_equal(desk->risk->sessions[1].orders.window.peak, 3);
	assert_int_equal(desk->risk->symbols[0].orders.window.peak, 3);
}

/* Of either side alone. */
static void a_symbol_in_which_orders_only_work_is_shown(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	for (uint32_t side = 0; side < 2; side++) {
		uint32_t symbol = 2 * side;
		assert_false(shown(desk, 0, LIMIT_max_long_position, SCOPE_SYMBOL, symbol, &row));
		risk_reserve(desk->risk, 7, symbol, (enum side)side, 5, 0);
		assert_true(shown(desk, 0, LIMIT_max_long_position, SCOPE_SYMBOL, symbol, &row));
	}
}

static void exposure_without_capital_is_shown_as_everything(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {0};
	desk_unstate(desk, LIMIT_capital);
	assert_true(shown(desk, 7, LIMIT_max_leverage, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
	assert_int_equal(row.usage, 0);
	desk_hold(desk, 0, 100);
	assert_true(shown(desk, 7, LIMIT_max_leverage, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
	assert_true(row.usage == INT64_MAX && row.limit == SHARE_BPS_MAX);
	assert_true(shown(desk, 0, LIMIT_max_leverage, SCOPE_FIRM, SYMBOL_NONE, &row));
	assert_true(row.usage == INT64_MAX);
}

/* To the least part of a capital that may be, and the least capital. */
static void parts_of_a_capital_are_rounded_up(void **state)
{
	static const struct {
		int64_t gross_e4, capital_e4, bps;
	} rows[] = {{10000, 10000, 10000}, {10000, 9999, 10002}, {10000, 10001, 10000},
		{10001, 10000, 10001}, {1, 10000, 1}, {1, 20000, 1}, {1, 1, 10000}};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct usage_row row = {0};
		desk_limit(desk, LIMIT_capital, rows[i].capital_e4);
		risk_fill(desk->risk, 7, 0, SIDE_BUY, 1, 0, rows[i].gross_e4);
		risk_mark(desk->risk, 7, 0, rows[i].gross_e4);
		assert_true(shown(desk, 7, LIMIT_max_leverage, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
		assert_int_equal(row.usage, rows[i].bps);
		risk_unfill(desk->risk, 7, 0, SIDE_BUY, 1, rows[i].gross_e4);
	}
}

static void the_least_of_a_credit_fills_the_least_one(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_credit, 1);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 1, 0, 1);
	assert_int_equal(risk_filling(desk->risk, 7).percent, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(what_is_open_and_what_was_executed_fill_the_credit),
		desk_test(the_fuller_of_credit_and_collateral_is_named),
		desk_test(more_than_most_is_most_and_nothing_of_nothing_is_nothing),
		desk_test(marks_stand_at_what_is_used_when_limits_change),
		desk_test(marks_of_short_sides_stand_at_what_works_when_limits_change),
		desk_test(a_full_window_is_named_with_what_it_would_hold),
		desk_test(a_rate_that_nobody_states_is_named_as_none),
		desk_test(marks_of_open_value_stand_where_it_is_when_limits_change),
		desk_test(an_order_is_told_by_the_limit_in_force),
		desk_test(a_windows_peak_is_the_most_that_was_ever_in_it),
		desk_test(a_symbol_in_which_orders_only_work_is_shown),
		desk_test(exposure_without_capital_is_shown_as_everything),
		desk_test(parts_of_a_capital_are_rounded_up),
		desk_test(the_least_of_a_credit_fills_the_least_one),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.filling", tests, NULL, NULL);
}
