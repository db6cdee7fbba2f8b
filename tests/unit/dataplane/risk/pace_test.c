/* pace_test.c - the rate of a strategy: at its limit and one past it, whose it is, and what counts. */
#include "dataplane/risk/pace.h"

#include "tests/unit/dataplane/risk/desk.h"

static void state_rate(struct desk *desk, uint32_t strategy, int64_t value, uint32_t burst)
{
	struct limit_row *row = &desk->rows[desk->row_count++];
	limit_row_init(row, SCOPE_STRATEGY, strategy, SYMBOL_NONE);
	desk_state(row, LIMIT_order_rate, value, DESK_SECOND, burst);
	desk_adopt(desk);
}

/* The next order is no duplicate of the last. */
static void pass_as(struct desk *desk, uint16_t strategy)
{
	desk->order.strategy = strategy;
	desk_size(desk, desk->order.qty + 1);
	desk_pass(desk);
}

static void expect_strategys(struct desk *desk, unsigned lane, int64_t usage, int64_t limit)
{
	desk_expect(desk, lane);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_STRATEGY);
	assert_true(desk->verdict.usage == usage && desk->verdict.limit == limit);
}

static void a_strategy_takes_its_last_token_and_none_more(void **state)
{
	struct desk *desk = *state;
	state_rate(desk, 70, 100, 2);
	pass_as(desk, 70);
	pass_as(desk, 70);
	expect_strategys(desk, LANE_ACCOUNT_RATE, 3, 2);
	/* A token is back after a hundredth of the window, and not a nanosecond before. */
	desk->turn.now_ns += DESK_SECOND / 100 - 1;
	expect_strategys(desk, LANE_ACCOUNT_RATE, 3, 2);
	desk->turn.now_ns++;
	desk_expect(desk, LANE_NONE);
}

static void a_strategy_fills_its_window_and_not_one_more(void **state)
{
	struct desk *desk = *state;
	state_rate(desk, 70, 2, 10);
	pass_as(desk, 70);
	pass_as(desk, 70);
	expect_strategys(desk, LANE_ACCOUNT_WINDOW, 3, 2);
	desk->turn.now_ns += DESK_SECOND - 1;
	expect_strategys(desk, LANE_ACCOUNT_WINDOW, 3, 2);
	desk->turn.now_ns++;
	desk->top.top.last_ns = desk->turn.now_ns;
	desk_expect(desk, LANE_NONE);
}

static void what_another_strategy_sent_is_not_its_own(void **state)
{
	struct desk *desk = *state;
	state_rate(desk, 70, 1, 1);
	pass_as(desk, 71);
	pass_as(desk, 71);
	pass_as(desk, 70);
	expect_strategys(desk, LANE_ACCOUNT_RATE, 2, 1);
	desk->order.strategy = 71;
	desk_expect(desk, LANE_NONE);
}

static void the_accounts_own_rate_is_named_first(void **state)
{
	struct desk *desk = *state;
	struct limit_value *rate = &desk->rows[DESK_ACCOUNT_7].limits[LIMIT_order_rate];
	*rate = (struct limit_value){1, DESK_SECOND, 1, 0};
	state_rate(desk, 70, 1, 1);
	pass_as(desk, 70);
	desk_expect(desk, LANE_ACCOUNT_RATE);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
	rate->burst = 10;
	desk_adopt(desk);
	expect_strategys(desk, LANE_ACCOUNT_RATE, 2, 1);
	desk->rows[5].limits[LIMIT_order_rate].burst = 10;
	desk_adopt(desk);
	desk_expect(desk, LANE_ACCOUNT_WINDOW);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
	rate->value = 10;
	desk_adopt(desk);
	expect_strategys(desk, LANE_ACCOUNT_WINDOW, 2, 1);
}

static void a_way_out_takes_none_and_needs_none(void **state)
{
	struct desk *desk = *state;
	state_rate(desk, 70, 1, 1);
	pass_as(desk, 70);
	desk_hold(desk, 0, 100);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_size(desk, 50);
	desk_pass(desk);
	assert_true(desk->verdict.is_way_out);
	assert_int_equal(tables_pace(desk->risk, 70)->recorded, 1);
}

/* What came while no rate was stated is no part of it; what counted before is again. */
static void orders_count_while_a_rate_is_stated(void **state)
{
	struct desk *desk = *state;
	pass_as(desk, 70);
	state_rate(desk, 70, 2, 10);
	pass_as(desk, 70);
	desk->row_count--;
	desk_adopt(desk);
	assert_null(tables_pace(desk->risk, 70));
	pass_as(desk, 70);
	desk->row_count++;
	desk_adopt(desk);
	pass_as(desk, 70);
	expect_strategys(desk, LANE_ACCOUNT_WINDOW, 3, 2);
}

/* As a lease does: the strategy's own rate is raised and falls back, and no symbol's moves with it. */
static void a_rate_raised_for_a_time_is_the_strategys_alone(void **state)
{
	struct desk *desk = *state;
	const struct limit_place place = {.scope = SCOPE_STRATEGY,
		.limit = LIMIT_order_rate,
		.id = 70,
		.symbol = SYMBOL_NONE};
	const struct limit_value more = {.value = 3, .window_ns = DESK_SECOND, .burst = 10};
	struct limit_value base;
	state_rate(desk, 70, 2, 10);
	const struct throttle *symbol = &desk->risk->symbols[0].orders;
	uint64_t rate = symbol->bucket.rate;
	int64_t capacity = symbol->bucket.capacity;
	base = *risk_limits_stated(desk->risk, RISK_IN_FORCE, &place);
	pass_as(desk, 70);
	pass_as(desk, 70);
	expect_strategys(desk, LANE_ACCOUNT_WINDOW, 3, 2);
	assert_true(risk_limits_put(desk->risk, RISK_IN_FORCE, &place, &more));
	pass_as(desk, 70);
	expect_strategys(desk, LANE_ACCOUNT_WINDOW, 4, 3);
	assert_true(symbol->bucket.rate == rate && symbol->bucket.capacity == capacity);
	assert_true(risk_limits_put(desk->risk, RISK_IN_FORCE, &place, &base));
	expect_strategys(desk, LANE_ACCOUNT_WINDOW, 4, 2);
	assert_true(symbol->bucket.rate == rate && symbol->bucket.capacity == capacity);
}

/* The account has room for one more, in its bucket and then in its window, and not for two. */
static void a_strategy_is_named_where_its_account_has_room_for_just_one_more(void **state)
{
	struct desk *desk = *state;
	struct limit_value *rate = &desk->rows[DESK_ACCOUNT_7].limits[LIMIT_order_rate];
	*rate = (struct limit_value){900, DESK_SECOND, 2, 0};
	state_rate(desk, 70, 1, 1);
	pass_as(desk, 70);
	expect_strategys(desk, LANE_ACCOUNT_RATE, 2, 1);
	*rate = (struct limit_value){1, DESK_SECOND, 900, 0};
	desk->rows[5].limits[LIMIT_order_rate] = (struct limit_value){1, 2 * DESK_SECOND, 900, 0};
	desk_adopt(desk);
	desk->turn.now_ns += DESK_SECOND - 1;
	desk->top.top.last_ns = desk->turn.now_ns;
	desk_expect(desk, LANE_ACCOUNT_WINDOW);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
	desk->turn.now_ns++;
	expect_strategys(desk, LANE_ACCOUNT_WINDOW, 2, 1);
}

/* A strategy's row that states something else leaves its orders to the account. */
static void without_a_rate_of_its_own_only_the_accounts_binds(void **state)
{
	struct desk *desk = *state;
	struct limit_row *row = &desk->rows[desk->row_count++];
	limit_row_init(row, SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(row, LIMIT_max_loss, 1000000000, 0, 0);
	desk_adopt(desk);
	assert_null(tables_pace(desk->risk, 70));
	assert_null(tables_pace(desk->risk, 0));
	assert_null(tables_pace(desk->risk, STRATEGY_COUNT_MAX));
	pass_as(desk, 70);
	pass_as(desk, 70);
}

static void later(struct desk *desk, uint64_t ns)
{
	desk->turn.now_ns += ns;
	desk->top.top.last_ns = desk->turn.now_ns;
}

/* Tokens come back while the window fills, and later the window is empty while tokens go: what moves is seen though the other
   is still. */
static void a_bucket_and_its_window_have_peaks_of_their_own(void **state)
{
	struct desk *desk = *state;
	state_rate(desk, 70, 10, 5);
	const struct throttle *pace = tables_pace(desk->risk, 70);
	pass_as(desk, 70);
	const int64_t token = pace->tokens.peak;
	assert_true(token > 0);
	for (int64_t orders = 2; orders <= 4; orders++) {
		later(desk, DESK_SECOND / 10);
		pass_as(desk, 70);
		assert_int_equal(pace->window.peak, orders);
		assert_int_equal(pace->tokens.peak, token);
	}
	later(desk, 2 * (uint64_t)DESK_SECOND);
	for (int64_t orders = 1; orders <= 3; orders++) {
		pass_as(desk, 70);
		assert_int_equal(pace->window.peak, 4);
		assert_int_equal(pace->tokens.peak, orders * token);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_strategy_takes_its_last_token_and_none_more),
		desk_test(a_strategy_fills_its_window_and_not_one_more),
		desk_test(what_another_strategy_sent_is_not_its_own),
		desk_test(the_accounts_own_rate_is_named_first),
		desk_test(a_way_out_takes_none_and_needs_none),
		desk_test(orders_count_while_a_rate_is_stated),
		desk_test(a_rate_raised_for_a_time_is_the_strategys_alone),
		desk_test(a_strategy_is_named_where_its_account_has_room_for_just_one_more),
		desk_test(without_a_rate_of_its_own_only_the_accounts_binds),
		desk_test(a_bucket_and_its_window_have_peaks_of_their_own),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.pace", tests, NULL, NULL);
}
