/* risk_test.c - every reason at its limit and one past it, and every input taken away. */
#include "tests/unit/dataplane/risk/desk.h"

static void an_order_within_every_limit_passes(void **state)
{
	struct desk *desk = *state;
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.mask, 0);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
	assert_int_equal(desk->verdict.add_qty, 100);
	assert_int_equal(desk->verdict.add_value_e4, 10000000);
	assert_int_equal(desk->verdict.reference_source, REFERENCE_OWN_SIDE);
	assert_int_equal(desk->verdict.reference_e4, 100000);
	assert_int_equal(desk->verdict.reference_age_ns, 100);
	assert_false(desk->verdict.is_way_out);
	assert_int_equal(risk_limits_epoch(desk->risk), 1);
}

static void without_limits_nothing_passes(void **state)
{
	struct desk *desk = *state;
	struct risk *bare = risk_open(&desk->site), *kept = desk->risk;
	desk->risk = bare;
	desk_expect(desk, LANE_NOT_CONFIGURED);
	assert_int_equal(desk->verdict.usage, 1);
	assert_int_equal(desk->verdict.limit, 0);
	/* An epoch without rows configures nobody. */
	risk_limits_begin(bare);
	risk_limits_adopt(bare, 1);
	desk_expect(desk, LANE_NOT_CONFIGURED);
	desk->risk = kept;
	risk_close(bare);
}

static void each_stop_has_its_own_name(void **state)
{
	struct desk *desk = *state;
	static const unsigned lanes[] = {
		LANE_NONE, LANE_NONE, LANE_REDUCE_ONLY, LANE_HALTED, LANE_KILLED, LANE_KILLED};
	for (unsigned i = 0; i < ARRAY_COUNT(lanes); i++) {
		desk->order.stop_state = (uint8_t)i;
		desk_expect(desk, lanes[i]);
		assert_int_equal(
			desk->verdict.mask, lanes[i] == LANE_NONE ? 0 : UINT64_C(1) << lanes[i]);
	}
}

static void control_and_journal_may_lag_up_to_the_limit(void **state)
{
	struct desk *desk = *state;
	desk->turn.control_silent_ns = 1000000;
	desk_expect(desk, LANE_NONE);
	desk->turn.control_silent_ns = 1000001;
	desk_expect(desk, LANE_CONTROL_SILENT);
	assert_int_equal(desk->verdict.usage, 1000001);
	assert_int_equal(desk->verdict.limit, 1000000);
	desk->turn.control_silent_ns = UINT64_MAX;
	desk_expect(desk, LANE_CONTROL_SILENT);
	desk->turn.control_silent_ns = 0;
	desk->turn.journal_behind = 50;
	desk_expect(desk, LANE_NONE);
	desk->turn.journal_behind = 51;
	desk_expect(desk, LANE_JOURNAL_BEHIND);
	desk->turn.journal_behind = UINT64_MAX;
	desk_expect(desk, LANE_JOURNAL_BEHIND);
}

static void who_asks_must_be_known(void **state)
{
	struct desk *desk = *state;
	desk->order.account = 0;
	desk_expect(desk, LANE_UNKNOWN_ACCOUNT);
	desk->order.account = 9;
	desk_expect(desk, LANE_UNKNOWN_ACCOUNT);
	desk->order.account = 8; /* known, but session 1 does not speak for it */
	desk->order.strategy = 80;
	desk_expect(desk, LANE_UNKNOWN_ACCOUNT);
	desk->order.session = 2;
	desk_expect(desk, LANE_NONE);
	desk->order.strategy = 70; /* another account's */
	desk_expect(desk, LANE_UNKNOWN_STRATEGY);
	desk->order.strategy = 0;
	desk_expect(desk, LANE_UNKNOWN_STRATEGY);
	desk->order.strategy = 80;
	desk->order.has_trader = 0;
	desk_expect(desk, LANE_UNKNOWN_TRADER);
	desk->order.has_trader = 1;
	desk->order.symbol = 3;
	desk_expect(desk, LANE_UNKNOWN_SYMBOL);
	desk->order.symbol = SYMBOL_NONE;
	desk_expect(desk, LANE_UNKNOWN_SYMBOL);
	desk_market(desk);
	desk->order.session = SESSION_COUNT_MAX + 1; /* its low bits are session 1's */
	desk_expect(desk, LANE_UNKNOWN_ACCOUNT);
}

static void what_the_gate_says_of_the_order_is_a_reason(void **state)
{
	struct desk *desk = *state;
	desk->order.is_supported = 0;
	desk_expect(desk, LANE_NOT_SUPPORTED);
	desk->order.is_supported = 1;
	desk->order.side = 2;
	desk_expect(desk, LANE_NOT_SUPPORTED);
	desk->order.side = SIDE_BUY;
	desk->order.is_duplicate_id = 1;
	desk_expect(desk, LANE_DUPLICATE_ID);
	desk->order.is_duplicate_id = 0;
	desk->order.is_unrouted = 1;
	desk_expect(desk, LANE_NO_ROUTE);
	desk->order.is_unrouted = 0;
	desk->order.is_disabled = 1;
	desk_expect(desk, LANE_DISABLED);
	desk->order.is_disabled = 0;
	desk->order.is_self_trade = 1;
	desk_expect(desk, LANE_SELF_TRADE);
	desk->order.is_self_trade = 0;
	desk->order.is_table_full = 1;
	desk_expect(desk, LANE_TABLE_FULL);
}

static void the_venue_must_be_up_and_empty(void **state)
{
	struct desk *desk = *state;
	desk->turn.venue_up_mask = 2;
	desk_expect(desk, LANE_VENUE_DOWN);
	desk->order.venue_index = 1;
	desk_expect(desk, LANE_NONE);
	desk->turn.venue_slow_mask = 1;
	desk_expect(desk, LANE_NONE);
	desk->turn.venue_slow_mask = 2;
	desk_expect(desk, LANE_VENUE_SLOW);
	desk->turn.venue_slow_mask = 0;
	desk->turn.venue_up_mask = UINT32_C(1) << 31;
	desk->order.venue_index = 31;
	desk_expect(desk, LANE_NONE);
	desk->turn.venue_slow_mask = UINT32_C(1) << 31;
	desk_expect(desk, LANE_VENUE_SLOW);
	desk->turn.venue_slow_mask = 0;
	desk->turn.venue_up_mask = UINT32_MAX;
	desk->order.venue_index = 32;
	desk_expect(desk, LANE_VENUE_DOWN);
}

static void only_a_trading_symbol_is_traded(void **state)
{
	struct desk *desk = *state;
	static const uint8_t states[] = {'H', 'P', 'Q', 0, 'X'};
	for (unsigned i = 0; i < ARRAY_COUNT(states); i++) {
		desk->top.top.state = states[i];
		desk_expect(desk, LANE_MARKET_STATE);
	}
	desk->top.top.state = 'T';
	desk->top.top.operational = 1;
	desk_expect(desk, LANE_MARKET_STATE);
}

static void without_market_data_nothing_passes(void **state)
{
	struct desk *desk = *state;
	const uint64_t missing =
		UINT64_C(1) << LANE_MARKET_STATE | UINT64_C(1) << LANE_STALE_MARKET_DATA;
	risk_judge(desk->risk, &desk->turn, NULL, &desk->order, &desk->verdict);
	assert_int_equal(desk->verdict.lane, LANE_MARKET_STATE);
	assert_int_equal(desk->verdict.usage, INT64_MAX);
	assert_int_equal(desk->verdict.mask & missing, missing);
	assert_int_equal(desk->verdict.reference_source, REFERENCE_PREVIOUS_CLOSE);
	/* A top of another symbol is none. */
	desk->top.symbol = 1;
	risk_judge(desk->risk, &desk->turn, &desk->top, &desk->order, &desk->verdict);
	assert_int_equal(desk->verdict.lane, LANE_MARKET_STATE);
	assert_int_equal(desk->verdict.mask & missing, missing);
}

static void market_data_may_be_old_up_to_the_limit(void **state)
{
	struct desk *desk = *state;
	desk->top.channel_age_ns = 5000;
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.reference_source, REFERENCE_LAST_TRADE);
	desk->top.channel_age_ns = 5001;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_FIRM);
	desk->top.channel_age_ns = UINT64_MAX;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
	desk->top.channel_age_ns = 0;
	desk->top.top.stale = 1;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
	assert_int_equal(desk->verdict.usage, INT64_MAX);
	assert_int_equal(desk->verdict.is_second, 0);
}

static void a_crossed_or_locked_book_refuses(void **state)
{
	struct desk *desk = *state;
	desk->top.top.ask_e4 = 100100;
	desk_expect(desk, LANE_NONE);
	desk->top.top.ask_e4 = 100000;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
	assert_int_equal(desk->verdict.is_second, 1);
	assert_int_equal(desk->verdict.usage, 100);
	assert_int_equal(desk->verdict.limit, 5000);
	desk->top.top.ask_e4 = 99900;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
	assert_int_equal(desk->verdict.is_second, 1);
	/* Too old or with a gap as well, it is that. */
	desk->top.channel_age_ns = 5001;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
	assert_int_equal(desk->verdict.is_second, 0);
	assert_int_equal(desk->verdict.usage, 5001);
	desk->top.channel_age_ns = 100;
	desk->top.top.stale = 1;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
	assert_int_equal(desk->verdict.is_second, 0);
	desk->top.top.stale = 0;
	desk_unstate(desk, LIMIT_max_market_data_age);
	desk_expect(desk, LANE_STALE_MARKET_DATA);
	assert_int_equal(desk->verdict.is_second, 0);
	desk_state_all(desk);
	desk_adopt(desk);
	desk->top.top.ask_e4 = 0;
	desk_expect(desk, LANE_NONE);
	/* Locked at the lowest price there is. */
	desk->order.symbol = 1;
	desk->order.price_e4 = desk->top.top.bid_e4 = 1;
	desk->top.top.ask_e4 = 2;
	desk_expect(desk, LANE_NONE);
	desk->top.top.ask_e4 = 1;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
}

static void prices_stand_on_the_tick_and_are_prices(void **state)
{
	struct desk *desk = *state;
	static const int64_t absurd[] = {0, -1, INT64_MIN, INT64_MAX, 2000000000, 2000000001};
	desk->order.price_e4 = 100001;
	desk_expect(desk, LANE_TICK_SIZE);
	assert_int_equal(desk->verdict.usage, 1);
	desk->order.price_e4 = 99999;
	desk_expect(desk, LANE_TICK_SIZE);
	assert_int_equal(desk->verdict.usage, 99);
	for (unsigned i = 0; i < ARRAY_COUNT(absurd); i++) {
		desk->order.price_e4 = absurd[i];
		desk_expect(desk, LANE_TICK_SIZE);
		assert_int_equal(desk->verdict.usage, INT64_MAX);
		assert_true(desk->verdict.mask >> LANE_MAX_ORDER_VALUE & 1);
		assert_true(desk->verdict.mask >> LANE_PRICE_COLLAR & 1);
		assert_true(desk->verdict.mask >> LANE_COLLAR_WINDOW & 1);
		assert_true(desk->verdict.mask >> LANE_OVERFLOW & 1);
	}
}

static void quantities_are_whole_lots_and_not_nothing(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 1;
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 101);
	desk_expect(desk, LANE_LOT_SIZE);
	assert_int_equal(desk->verdict.usage, 1);
	desk_size(desk, 0);
	desk_expect(desk, LANE_LOT_SIZE);
	assert_int_equal(desk->verdict.usage, INT64_MAX);
}

static void one_order_has_a_quantity_and_a_value(void **state)
{
	struct desk *desk = *state;
	desk_size(desk, 1000);
	desk_expect(desk, LANE_NONE); /* value is 100,000,000: the limit itself */
	desk->order.price_e4 = 100100;
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	assert_int_equal(desk->verdict.usage, 100100000);
	assert_int_equal(desk->verdict.limit, 100000000);
	desk->order.price_e4 = 99500;
	desk_size(desk, 1001);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(desk->verdict.usage, 1001);
	desk_size(desk, UINT32_MAX);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
}

static void the_collar_holds_to_the_basis_point_on_both_sides(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 1;
	desk_limit(desk, LIMIT_collar_ticks, 100000);
	desk->order.price_e4 = 101000; /* 100 bps exactly */
	desk_expect(desk, LANE_NONE);
	desk->order.price_e4 = 101001;
	desk_expect(desk, LANE_PRICE_COLLAR);
	assert_int_equal(desk->verdict.usage, 101); /* rounded up, against us */
	assert_int_equal(desk->verdict.limit, 100);
	desk->order.price_e4 = 99000;
	desk_expect(desk, LANE_NONE);
	desk->order.price_e4 = 98999;
	desk_expect(desk, LANE_PRICE_COLLAR);
}

static void the_collar_holds_to_the_tick(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_collar, 10000);
	desk_limit(desk, LIMIT_collar_window, 10000);
	desk->order.price_e4 = 102000;
	desk_expect(desk, LANE_NONE);
	desk->order.price_e4 = 102100;
	desk_expect(desk, LANE_PRICE_COLLAR_TICKS);
	assert_int_equal(desk->verdict.usage, 21);
	desk->order.price_e4 = 97900;
	desk_expect(desk, LANE_PRICE_COLLAR_TICKS);
}

static void slices_do_not_walk_the_price(void **state)
{
	struct desk *desk = *state;
	desk->order.symbol = 1;
	desk_limit(desk, LIMIT_collar_ticks, 100000);
	desk_pass(desk); /* the window begins at 100,000 */
	desk->top.top.bid_e4 = 101500;
	desk->top.top.ask_e4 = 101600;
	desk->order.price_e4 = 102000; /* 200 bps from where it began */
	desk_pass(desk);
	desk->order.price_e4 = 102001;
	desk_expect(desk, LANE_COLLAR_WINDOW);
	assert_int_equal(desk->verdict.usage, 201);
	desk->turn.now_ns += 10 * DESK_SECOND - 1;
	desk_expect(desk, LANE_COLLAR_WINDOW);
	desk->turn.now_ns += 1; /* the window ends; another begins at 101,500 */
	desk_pass(desk);
	desk->order.price_e4 = 99400;
	desk->top.top.bid_e4 = 99400;
	desk_expect(desk, LANE_COLLAR_WINDOW);
}

/* A clock that is younger than the window has seen no walk that nobody began. */
static void the_first_order_of_a_young_clock_walks_from_its_reference(void **state)
{
	struct desk *desk = *state;
	desk->turn.now_ns = 5 * DESK_SECOND;
	desk->top.top.last_ns = desk->turn.now_ns;
	desk_expect(desk, LANE_NONE);
	assert_int_equal(
		risk_market_price(desk->risk, &desk->turn, &desk->top, &desk->order), 101000);
	/* It begins the walk, at 100,000. */
	desk->order.symbol = 1;
	desk_limit(desk, LIMIT_collar_ticks, 100000);
	desk_pass(desk);
	desk->top.top.bid_e4 = 101500;
	desk->top.top.ask_e4 = 101600;
	desk->order.price_e4 = 102001;
	desk_expect(desk, LANE_COLLAR_WINDOW);
	assert_int_equal(desk->verdict.usage, 201);
}

static void the_same_order_comes_so_often_and_no_more(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk->turn.now_ns += 100;
	desk_pass(desk);
	desk_expect(desk, LANE_DUPLICATE_ORDER);
	assert_int_equal(desk->verdict.usage, 3);
	assert_int_equal(desk->verdict.limit, 2);
	desk->order.qty = desk->order.open_qty = 101;
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 100);
	desk->order.session = 2;
	desk_expect(desk, LANE_NONE);
	desk->order.session = 1;
	desk->turn.now_ns += 399; /* 499 since the first */
	desk_expect(desk, LANE_DUPLICATE_ORDER);
	desk->turn.now_ns += 1;
	desk_expect(desk, LANE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(an_order_within_every_limit_passes),
		desk_test(without_limits_nothing_passes),
		desk_test(each_stop_has_its_own_name),
		desk_test(control_and_journal_may_lag_up_to_the_limit),
		desk_test(who_asks_must_be_known),
		desk_test(what_the_gate_says_of_the_order_is_a_reason),
		desk_test(the_venue_must_be_up_and_empty),
		desk_test(only_a_trading_symbol_is_traded),
		desk_test(without_market_data_nothing_passes),
		desk_test(market_data_may_be_old_up_to_the_limit),
		desk_test(a_crossed_or_locked_book_refuses),
		desk_test(prices_stand_on_the_tick_and_are_prices),
		desk_test(quantities_are_whole_lots_and_not_nothing),
		desk_test(one_order_has_a_quantity_and_a_value),
		desk_test(the_collar_holds_to_the_basis_point_on_both_sides),
		desk_test(the_collar_holds_to_the_tick),
		desk_test(slices_do_not_walk_the_price),
		desk_test(the_first_order_of_a_young_clock_walks_from_its_reference),
		desk_test(the_same_order_comes_so_often_and_no_more),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.risk", tests, NULL, NULL);
}
