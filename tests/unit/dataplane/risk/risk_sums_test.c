/* risk_sums_test.c - limits on what adds up, full tables, and what an epoch of limits must hold. */
#include "tests/unit/dataplane/risk/desk.h"

static void worst_case_positions_stop_at_the_limit(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 2500);
	desk_size(desk, 500);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 501);
	desk_expect(desk, LANE_POSITION_LONG);
	assert_int_equal(desk->verdict.usage, 3001);
	assert_int_equal(desk->verdict.limit, 3000);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
	desk_hold(desk, 0, -2500);
	desk_hold(desk, 0, -1500);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_size(desk, 500);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 501);
	desk_expect(desk, LANE_POSITION_SHORT);
	assert_int_equal(desk->verdict.usage, 2001);
}

static void a_broken_trade_gives_its_room_back_and_takes_the_other_sides(void **state)
{
	struct desk *desk = *state;
	struct position_row rows[8];
	uint32_t count;
	desk_hold(desk, 0, 2500);
	desk_size(desk, 501);
	desk_expect(desk, LANE_POSITION_LONG);
	risk_unfill(desk->risk, 7, 0, SIDE_BUY, 2500, 100000); /* as desk_hold filled it */
	desk_size(desk, 501);
	desk_expect(desk, LANE_NONE);
	risk_positions(desk->risk, 7, 0, rows, 8, &count);
	assert_int_equal(rows[0].position, 0);
	assert_int_equal(rows[0].bought_qty, 0);
	assert_int_equal(rows[0].bought_value_e4, 0);
	/* A sale that was judged while the shares were there may now go short. */
	risk_reserve(desk->risk, 7, 0, SIDE_SELL, 1500, 0);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_size(desk, 500);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 501);
	desk_expect(desk, LANE_POSITION_SHORT);
	assert_int_equal(desk->verdict.usage, 2001);
	/* Without a row to take it from nothing is known of the account. */
	desk->risk->rows.count = ROW_COUNT_MAX;
	assert_false(desk->risk->is_torn);
	risk_unfill(desk->risk, 7, 2, SIDE_BUY, 100, 100000);
	assert_true(desk->risk->is_torn);
}

static void unconfirmed_orders_count_and_sides_are_not_netted(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 2500);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 400, 0);
	risk_reserve(desk->risk, 7, 0, SIDE_SELL, 2000, 0);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 101);
	desk_expect(desk, LANE_POSITION_LONG);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 1, 0);
	desk_expect(desk, LANE_NONE);
}

static void the_firm_counts_all_accounts(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_max_long_position, 3000);
	risk_fill(desk->risk, 8, 0, SIDE_BUY, 2900, 0, 100000);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 101);
	desk_expect(desk, LANE_FIRM_POSITION_LONG);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_FIRM);
	desk_limit(desk, LIMIT_max_short_position, 2000);
	desk_size(desk, 100);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	risk_fill(desk->risk, 8, 0, SIDE_SELL, 4801, 0, 100000); /* short 1,901 */
	desk_expect(desk, LANE_FIRM_POSITION_SHORT);
	assert_int_equal(desk->verdict.usage, 2001);
}

static void open_value_stops_at_the_limit(void **state)
{
	struct desk *desk = *state;
	risk_reserve(desk->risk, 7, 2, SIDE_BUY, 1, 290000000);
	desk_expect(desk, LANE_NONE);
	risk_reserve(desk->risk, 7, 2, SIDE_BUY, 1, 1);
	desk_expect(desk, LANE_OPEN_BUY_VALUE);
	assert_int_equal(desk->verdict.usage, 300000001);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	risk_reserve(desk->risk, 7, 2, SIDE_SELL, 1, 200000000 - 10020000);
	desk_expect(desk, LANE_NONE);
	risk_reserve(desk->risk, 7, 2, SIDE_SELL, 1, 1);
	desk_expect(desk, LANE_OPEN_SELL_VALUE);
	risk_release(desk->risk, 7, 2, SIDE_SELL, 2, 200000000);
	desk_expect(desk, LANE_NONE);
	risk_reserve(desk->risk, 8, 2, SIDE_SELL, 1, 400000000);
	desk_expect(desk, LANE_FIRM_OPEN_SELL_VALUE);
	desk->order.side = SIDE_BUY;
	risk_release(desk->risk, 7, 2, SIDE_BUY, 2, 290000001);
	risk_reserve(desk->risk, 8, 2, SIDE_BUY, 1, 600000000);
	desk->order.price_e4 = 100000;
	desk_expect(desk, LANE_FIRM_OPEN_BUY_VALUE);
}

static void a_sum_that_does_not_fit_is_a_breach(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_max_open_buy_value, INT64_MAX);
	desk_limit(desk, LIMIT_max_long_position, INT64_MAX);
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		desk_limit(desk, (enum limit)i, INT64_MAX);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, INT64_MAX - 10000000 - 1);
	desk_expect(desk, LANE_NONE);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 1);
	desk_expect(desk, LANE_OPEN_BUY_VALUE);
	assert_true(desk->verdict.mask >> LANE_FIRM_OPEN_BUY_VALUE & 1);
	assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
	/* Even a way out does not overflow a sum. */
	desk_hold(desk, 0, -5000);
	desk_expect(desk, LANE_OVERFLOW);
	assert_true(desk->verdict.is_way_out);
}

static void a_full_table_refuses_new_rows_only(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk->risk->rows.count = ROW_COUNT_MAX;
	desk_size(desk, 101);
	desk_expect(desk, LANE_NONE);
	desk->order.symbol = 2;
	desk_expect(desk, LANE_TABLE_FULL);
	/* A fill that has no row tears the account: nothing passes any more. */
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 100, 0, 100000);
	risk_reserve(desk->risk, 7, 2, SIDE_BUY, 100, 0);
	risk_release(desk->risk, 7, 2, SIDE_BUY, 100, 0);
	desk->order.symbol = 0;
	desk_expect(desk, LANE_TABLE_FULL);
	desk->risk->rows.count = 1;
}

static void a_full_log_of_duplicates_refuses_until_it_may_forget(void **state)
{
	struct desk *desk = *state;
	struct duplicate_key key = {.qty = 1};
	for (uint32_t i = 0; i < DUPLICATE_COUNT_MAX; i++)
		duplicate_add(
			&desk->risk->duplicate, &key, duplicate_bucket(&key), desk->turn.now_ns);
	desk_expect(desk, LANE_TABLE_FULL);
	desk->turn.now_ns += 499;
	desk_expect(desk, LANE_TABLE_FULL);
	desk->turn.now_ns += 1;
	desk_expect(desk, LANE_NONE);
}

/* The reason of an order whose limit nobody states. */
static const uint8_t unstated_lanes[LIMIT_COUNT] = {
	[LIMIT_max_order_quantity] = LANE_MAX_ORDER_QUANTITY,
	[LIMIT_max_order_value] = LANE_MAX_ORDER_VALUE,
	[LIMIT_max_order_quantity_extended] = LANE_NONE, /* the sizes of every phase bind */
	[LIMIT_max_order_value_extended] = LANE_NONE,
	[LIMIT_collar] = LANE_PRICE_COLLAR,
	[LIMIT_collar_ticks] = LANE_PRICE_COLLAR_TICKS,
	[LIMIT_exit_collar] = LANE_EXIT_COLLAR,
	[LIMIT_collar_window] = LANE_COLLAR_WINDOW,
	[LIMIT_max_bbo_age] = LANE_NO_REFERENCE,
	[LIMIT_max_trade_age] = LANE_NO_REFERENCE,
	[LIMIT_max_close_age] = LANE_NO_REFERENCE,
	[LIMIT_max_market_data_age] = LANE_STALE_MARKET_DATA,
	[LIMIT_max_adv_share] = LANE_VOLUME_SHARE,
	[LIMIT_max_outstanding_share] = LANE_VOLUME_SHARE,
	[LIMIT_max_duplicates] = LANE_DUPLICATE_ORDER,
	[LIMIT_max_slicing] = LANE_SLICING,
	[LIMIT_allow_buy] = LANE_RESTRICTED,
	[LIMIT_allow_sell] = LANE_RESTRICTED,
	[LIMIT_allow_short] = LANE_RESTRICTED,
	[LIMIT_allow_exempt] = LANE_RESTRICTED,
	[LIMIT_allow_unmarked_short] = LANE_SHORT_SALE,
	[LIMIT_easy_to_borrow] = LANE_NO_LOCATE,
	[LIMIT_locates] = LANE_NONE, /* what is easy to borrow needs none: locate_test.c */
	[LIMIT_max_long_position] = LANE_POSITION_LONG,
	[LIMIT_max_short_position] = LANE_POSITION_SHORT,
	[LIMIT_max_open_buy_value] = LANE_OPEN_BUY_VALUE,
	[LIMIT_max_open_sell_value] = LANE_OPEN_SELL_VALUE,
	[LIMIT_max_gross_exposure] = LANE_GROSS_EXPOSURE,
	[LIMIT_max_net_exposure] = LANE_NET_EXPOSURE,
	[LIMIT_credit] = LANE_CREDIT,
	[LIMIT_max_loss] = LANE_LOSS,
	[LIMIT_max_drawdown] = LANE_DRAWDOWN,
	[LIMIT_collateral] = LANE_MARGIN,
	[LIMIT_max_stress] = LANE_PORTFOLIO_RISK,
	[LIMIT_order_rate] = LANE_SESSION_RATE,
	[LIMIT_exit_rate] = LANE_EXIT_RATE,
	[LIMIT_cancel_rate] = LANE_NONE, /* cancels pass */
	[LIMIT_max_fills] = LANE_NOT_CONFIGURED,
	[LIMIT_max_fill_rate] = LANE_NOT_CONFIGURED,
	[LIMIT_capital] = LANE_GROSS_EXPOSURE,
	[LIMIT_max_leverage] = LANE_GROSS_EXPOSURE,
	[LIMIT_max_stress_share] = LANE_PORTFOLIO_RISK,
	[LIMIT_max_symbol_share] = LANE_CONCENTRATION,
	[LIMIT_max_sector_share] = LANE_CONCENTRATION,
	[LIMIT_order_to_trade] = LANE_ORDER_TO_TRADE,
	[LIMIT_max_slippage] = LANE_NOT_CONFIGURED,
	[LIMIT_max_slips] = LANE_NOT_CONFIGURED,
	[LIMIT_margin_rate] = LANE_NONE, /* symbols.yaml states both: haircuts_test.c */
	[LIMIT_stress_rate] = LANE_NONE,
};

static void every_limit_taken_away_refuses_by_name(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		bool is_exit = i == LIMIT_exit_collar || i == LIMIT_exit_rate;
		desk_state_all(desk);
		desk_unstate(desk, (enum limit)i);
		bool is_sale = is_exit || (i > LIMIT_allow_buy && i <= LIMIT_easy_to_borrow);
		desk->order.side = is_sale ? SIDE_SELL : SIDE_BUY;
		desk->order.price_e4 = is_sale ? 100200 : 100000;
		bool is_short = i == LIMIT_allow_short || i == LIMIT_easy_to_borrow;
		desk->order.mark = is_short                  ? SALE_SHORT
				   : i == LIMIT_allow_exempt ? SALE_EXEMPT
							     : SALE_LONG;
		if (is_exit)
			desk_hold(desk, 0, 100);
		desk_size(desk, i == LIMIT_allow_unmarked_short ? 900 : 100);
		desk->order.locate_qty = is_short ? desk->order.open_qty : 0;
		desk_expect(desk, unstated_lanes[i]);
		if (unstated_lanes[i] == LANE_NONE)
			continue;
		/* What trips has no lane of its own. */
		assert_true(desk->verdict.limit ==
			    (unstated_lanes[i] == LANE_NOT_CONFIGURED ? 0 : INT64_MIN));
		assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
	}
	assert_true(risk_cancel_take(desk->risk, &desk->turn, 1));
}

/* The scopes that count for themselves: one of them missing is enough. */
static void every_scope_taken_away_refuses_by_name(void **state)
{
	struct desk *desk = *state;
	static const struct {
		uint8_t row, limit, lane;
	} cases[] = {
		{DESK_FIRM, LIMIT_max_long_position, LANE_FIRM_POSITION_LONG},
		{DESK_FIRM, LIMIT_max_short_position, LANE_FIRM_POSITION_SHORT},
		{DESK_FIRM, LIMIT_max_open_buy_value, LANE_FIRM_OPEN_BUY_VALUE},
		{DESK_FIRM, LIMIT_max_open_sell_value, LANE_FIRM_OPEN_SELL_VALUE},
		{DESK_FIRM, LIMIT_capital, LANE_GROSS_EXPOSURE},
		{DESK_ACCOUNT_7, LIMIT_capital, LANE_GROSS_EXPOSURE},
		{DESK_FIRM, LIMIT_max_leverage, LANE_GROSS_EXPOSURE},
		{DESK_ACCOUNT_7, LIMIT_max_leverage, LANE_GROSS_EXPOSURE},
		{DESK_FIRM, LIMIT_max_stress_share, LANE_PORTFOLIO_RISK},
		{DESK_ACCOUNT_7, LIMIT_max_stress_share, LANE_PORTFOLIO_RISK},
		{DESK_FIRM, LIMIT_max_symbol_share, LANE_CONCENTRATION},
		{DESK_ACCOUNT_7, LIMIT_max_symbol_share, LANE_CONCENTRATION},
		{DESK_FIRM, LIMIT_max_sector_share, LANE_CONCENTRATION},
		{DESK_ACCOUNT_7, LIMIT_max_sector_share, LANE_CONCENTRATION},
		{DESK_FIRM, LIMIT_order_to_trade, LANE_ORDER_TO_TRADE},
		{DESK_ACCOUNT_7, LIMIT_order_to_trade, LANE_ORDER_TO_TRADE},
		{DESK_FIRM, LIMIT_order_rate, LANE_SYMBOL_RATE},
		{DESK_SESSION_1, LIMIT_order_rate, LANE_SESSION_RATE},
		{DESK_ACCOUNT_7, LIMIT_order_rate, LANE_ACCOUNT_RATE},
		{DESK_ACCOUNT_7, LIMIT_max_long_position, LANE_POSITION_LONG},
		{DESK_ACCOUNT_7, LIMIT_max_short_position, LANE_POSITION_SHORT},
		{DESK_ACCOUNT_7, LIMIT_max_open_buy_value, LANE_OPEN_BUY_VALUE},
		{DESK_ACCOUNT_7, LIMIT_max_open_sell_value, LANE_OPEN_SELL_VALUE},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		desk_state_all(desk);
		desk->rows[cases[i].row].stated &= ~(UINT64_C(1) << cases[i].limit);
		desk_adopt(desk);
		desk_expect(desk, cases[i].lane);
		assert_true(desk->verdict.limit == INT64_MIN);
	}
}

static void throttles_of_each_scope_have_their_own_name(void **state)
{
	struct desk *desk = *state;
	static const struct {
		uint8_t row, scope, lane;
	} cases[] = {
		{DESK_SESSION_1, SCOPE_SESSION, LANE_SESSION_RATE},
		{DESK_ACCOUNT_7, SCOPE_ACCOUNT, LANE_ACCOUNT_RATE},
		{DESK_FIRM, SCOPE_FIRM, LANE_SYMBOL_RATE},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		struct limit_value *rate = &desk->rows[cases[i].row].limits[LIMIT_order_rate];
		desk_state_all(desk);
		*rate = (struct limit_value){10, DESK_SECOND, 1, 0};
		desk_adopt(desk);
		desk->turn.now_ns += DESK_SECOND;
		desk->order.qty = ++desk->order.open_qty;
		desk_pass(desk);
		desk_expect(desk, cases[i].lane);
		assert_int_equal(desk->verdict.usage, 2);
		assert_int_equal(desk->verdict.limit, 1);
		assert_int_equal(desk->verdict.owner_scope, cases[i].scope);
		desk->turn.now_ns += DESK_SECOND / 10 - 1;
		desk_expect(desk, cases[i].lane);
		desk->turn.now_ns += 1;
		desk_expect(desk, LANE_NONE);
		*rate = (struct limit_value){1, DESK_SECOND, 10, 0};
		desk_adopt(desk);
		desk->turn.now_ns += DESK_SECOND * 9 / 10 - 1;
		desk_expect(desk, cases[i].lane + 1u);
		assert_int_equal(desk->verdict.usage, 2);
		assert_int_equal(desk->verdict.limit, 1);
		desk->turn.now_ns += 1;
		desk_expect(desk, LANE_NONE);
	}
}

static void cancels_have_tokens_of_their_own(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 5; i++)
		assert_true(risk_cancel_take(desk->risk, &desk->turn, 1));
	assert_false(risk_cancel_take(desk->risk, &desk->turn, 1));
	assert_true(risk_cancel_take(desk->risk, &desk->turn, 2));
	desk_pass(desk); /* an empty bucket of cancels binds no order */
	desk->turn.now_ns += DESK_SECOND / 10 - 1;
	assert_false(risk_cancel_take(desk->risk, &desk->turn, 1));
	desk->turn.now_ns += 1;
	assert_true(risk_cancel_take(desk->risk, &desk->turn, 1));
	assert_false(risk_cancel_take(desk->risk, &desk->turn, 1));
}

static void a_new_epoch_keeps_all_usage(void **state)
{
	struct desk *desk = *state;
	desk_size(desk, 1000);
	desk_pass(desk);
	desk_limit(desk, LIMIT_max_long_position, 1050);
	desk_size(desk, 50);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 51);
	desk_expect(desk, LANE_POSITION_LONG);
	assert_int_equal(risk_limits_epoch(desk->risk), 2);
}

static void rows_that_name_nobody_are_refused(void **state)
{
	struct desk *desk = *state;
	static const struct {
		uint8_t scope;
		uint32_t id, symbol;
	} cases[] = {
		{SCOPE_FIRM, 1, SYMBOL_NONE},
		{SCOPE_FIRM, 0, 0},
		{SCOPE_SESSION, 3, SYMBOL_NONE},
		{SCOPE_SESSION, 1, 0},
		{SCOPE_SESSION, 0, SYMBOL_NONE},
		{SCOPE_SESSION, 256, SYMBOL_NONE},
		{SCOPE_ACCOUNT, 0, SYMBOL_NONE},
		{SCOPE_ACCOUNT, 9, SYMBOL_NONE},
		{SCOPE_ACCOUNT, 7, 0},
		{SCOPE_ACCOUNT, 4096, SYMBOL_NONE},
		{SCOPE_SYMBOL, 0, 3},
		{SCOPE_SYMBOL, 7, 0},
		{SCOPE_ACCOUNT_SYMBOL, 7, 3},
		{SCOPE_ACCOUNT_SYMBOL, 9, 0},
		{SCOPE_VENUE, 0, SYMBOL_NONE},
		{SCOPE_STRATEGY, 0, SYMBOL_NONE},
		{SCOPE_STRATEGY, 72, SYMBOL_NONE},
		{SCOPE_COUNT, 0, 0},
	};
	struct limit_row row;
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		risk_limits_begin(desk->risk);
		limit_row_init(&row, (enum scope)cases[i].scope, cases[i].id, cases[i].symbol);
		assert_false(risk_limits_row(desk->risk, &row));
	}
	desk_expect(desk, LANE_NONE); /* the old epoch is still in force */
	desk_adopt(desk);
	assert_false(risk_limits_row(desk->risk, &desk->rows[0])); /* nobody began an epoch */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(worst_case_positions_stop_at_the_limit),
		desk_test(a_broken_trade_gives_its_room_back_and_takes_the_other_sides),
		desk_test(unconfirmed_orders_count_and_sides_are_not_netted),
		desk_test(the_firm_counts_all_accounts),
		desk_test(open_value_stops_at_the_limit),
		desk_test(a_sum_that_does_not_fit_is_a_breach),
		desk_test(a_full_table_refuses_new_rows_only),
		desk_test(a_full_log_of_duplicates_refuses_until_it_may_forget),
		desk_test(every_limit_taken_away_refuses_by_name),
		desk_test(every_scope_taken_away_refuses_by_name),
		desk_test(throttles_of_each_scope_have_their_own_name),
		desk_test(cancels_have_tokens_of_their_own),
		desk_test(a_new_epoch_keeps_all_usage),
		desk_test(rows_that_name_nobody_are_refused),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.risk_sums", tests, NULL, NULL);
}
