/* measure_test.c - the way out: which orders it is, what still binds them, and replaces. */
#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/measure.h"

/* A sell that closes what the account holds. */
static void sell(struct desk *desk, uint32_t qty)
{
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_size(desk, qty);
}

/* The original: so much is reserved at a price; the replace asks for qty at the order's price. */
static void replace(struct desk *desk, uint32_t reserved, int64_t old_price_e4, uint32_t qty)
{
	desk->order.kind = DECISION_REPLACE;
	desk->order.reserved_qty = reserved;
	desk->order.reserved_value_e4 = old_price_e4 * (int64_t)reserved;
	desk_size(desk, qty);
}

static bool is_way_out(struct desk *desk)
{
	desk_judge(desk);
	return desk->verdict.is_way_out;
}

static void a_sell_of_what_is_held_is_a_way_out_and_no_share_more(void **state)
{
	struct desk *desk = *state;
	sell(desk, 100);
	assert_false(is_way_out(desk));
	desk_hold(desk, 0, 100);
	assert_true(is_way_out(desk));
	desk_size(desk, 101);
	assert_false(is_way_out(desk));
	desk_size(desk, 60);
	risk_reserve(desk->risk, 7, 0, SIDE_SELL, 40, 0);
	assert_true(is_way_out(desk));
	risk_reserve(desk->risk, 7, 0, SIDE_SELL, 1, 0);
	assert_false(is_way_out(desk));
	/* Buys that may fill are not counted on. */
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1000, 0);
	assert_false(is_way_out(desk));
	desk->order.side = SIDE_BUY;
	assert_false(is_way_out(desk));
	desk->order.account = 8;
	assert_false(is_way_out(desk));
}

static void a_buy_of_a_short_is_a_way_out_and_no_share_more(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, -100);
	assert_true(is_way_out(desk));
	desk_size(desk, 101);
	assert_false(is_way_out(desk));
	desk_size(desk, 100);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 0);
	assert_false(is_way_out(desk));
	desk_size(desk, 99);
	assert_true(is_way_out(desk));
}

static void reduce_only_passes_a_way_out_and_nothing_else(void **state)
{
	struct desk *desk = *state;
	desk->order.stop_state = STATE_REDUCE_ONLY;
	desk_expect(desk, LANE_REDUCE_ONLY);
	desk_hold(desk, 0, 100);
	sell(desk, 100);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 101);
	desk_expect(desk, LANE_REDUCE_ONLY);
}

static void halted_and_killed_pass_no_way_out(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 100);
	sell(desk, 100);
	desk->order.stop_state = STATE_HALTED;
	desk_expect(desk, LANE_HALTED);
	desk->order.stop_state = STATE_KILLED;
	desk_expect(desk, LANE_KILLED);
}

static void silence_of_control_follows_the_sites_policy(void **state)
{
	struct desk *desk = *state;
	struct risk *kept = desk->risk;
	desk_hold(desk, 0, 100);
	sell(desk, 100);
	desk->turn.control_silent_ns = 1000001;
	desk_expect(desk, LANE_CONTROL_SILENT);
	desk->site.silent_policy = SILENT_REDUCE_ONLY;
	desk->risk = risk_open(&desk->site);
	desk_adopt(desk);
	desk_expect(desk, LANE_CONTROL_SILENT);
	desk_hold(desk, 0, 100);
	desk_expect(desk, LANE_NONE);
	risk_close(desk->risk);
	desk->risk = kept;
}

static void a_way_out_passes_over_every_limit_that_opens(void **state)
{
	struct desk *desk = *state;
	static const uint8_t none_left[] = {LIMIT_collar, LIMIT_collar_ticks,
		LIMIT_max_long_position, LIMIT_max_short_position, LIMIT_max_open_buy_value,
		LIMIT_max_open_sell_value, LIMIT_order_rate};
	desk_hold(desk, 0, 100);
	sell(desk, 100);
	for (unsigned i = 0; i < ARRAY_COUNT(none_left); i++)
		desk_limit(desk, (enum limit)none_left[i], 0);
	desk_expect(desk, LANE_NONE);
	for (unsigned i = 0; i < ARRAY_COUNT(none_left); i++)
		desk_unstate(desk, (enum limit)none_left[i]);
	desk_expect(desk, LANE_NONE);
}

static void size_value_duplicates_and_market_still_bind_a_way_out(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 5000);
	sell(desk, 1001);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
	desk_size(desk, 999);
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	desk_size(desk, 100);
	assert_true(is_way_out(desk));
	desk_pass(desk);
	desk_pass(desk);
	desk_expect(desk, LANE_DUPLICATE_ORDER);
	desk->turn.now_ns += DESK_SECOND;
	desk->top.top.last_ns = desk->turn.now_ns;
	desk->top.top.state = 'H';
	desk_expect(desk, LANE_MARKET_STATE);
	desk->top.top.state = 'T';
	desk->top.top.stale = 1;
	desk_expect(desk, LANE_STALE_MARKET_DATA);
}

static void a_fat_finger_is_no_way_out(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 100);
	sell(desk, 100);
	desk->top.top.ask_e4 = 100000;
	desk->top.top.bid_e4 = 99900;
	desk->order.price_e4 = 95000; /* 500 bps: far past the collar, at the exit collar */
	desk_expect(desk, LANE_NONE);
	desk->order.price_e4 = 94900;
	desk_expect(desk, LANE_EXIT_COLLAR);
	assert_int_equal(desk->verdict.usage, 510);
	desk->top.top = (struct top_prices){.state = 'T'};
	desk->turn.wall_ns += DESK_SECOND;
	desk_expect(desk, LANE_NO_REFERENCE);
	assert_true(desk->verdict.mask >> LANE_EXIT_COLLAR & 1);
	assert_int_equal(desk->verdict.reference_source, REFERENCE_NONE);
}

static void a_way_out_has_tokens_of_its_own(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 1000);
	sell(desk, 100);
	for (unsigned i = 0; i < 3; i++) {
		desk_size(desk, 100 + i);
		desk_pass(desk);
	}
	desk_size(desk, 103);
	desk_expect(desk, LANE_EXIT_RATE);
	assert_int_equal(desk->verdict.usage, 4);
	assert_int_equal(desk->verdict.limit, 3);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_ACCOUNT);
	assert_int_equal(desk->risk->accounts[7].orders.recorded, 0);
	assert_int_equal(desk->risk->sessions[1].orders.recorded, 0);
	assert_int_equal(desk->risk->symbols[0].orders.recorded, 0);
	/* The ordinary tokens are untouched, and an ordinary order needs no exit token. */
	desk->order.side = SIDE_BUY;
	desk->order.price_e4 = 100000;
	desk_pass(desk);
	sell(desk, 103);
	desk->turn.now_ns += DESK_SECOND / 10 - 1;
	desk->top.top.last_ns = desk->turn.now_ns;
	desk_expect(desk, LANE_EXIT_RATE);
	desk->turn.now_ns += 1;
	desk_expect(desk, LANE_NONE);
}

static void a_replace_reserves_only_what_is_more(void **state)
{
	struct desk *desk = *state;
	replace(desk, 100, 100000, 150);
	desk->order.open_qty = 130; /* 20 of the chain are executed */
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.add_qty, 30);
	assert_int_equal(desk->verdict.add_value_e4, 3000000);
	replace(desk, 100, 100000, 60);
	desk->order.price_e4 = 100200;
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.add_qty, 0);
	assert_int_equal(desk->verdict.add_value_e4, 0);
	/* Fewer shares for more money: either may be the one that works. */
	replace(desk, 100, 50000, 99);
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.add_qty, 0);
	assert_int_equal(desk->verdict.add_value_e4, 99 * 100200 - 5000000);
}

static void a_replace_stops_at_the_position_limit(void **state)
{
	struct desk *desk = *state;
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 2900, 0);
	replace(desk, 500, 100000, 600);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 601);
	desk_expect(desk, LANE_POSITION_LONG);
	assert_int_equal(desk->verdict.usage, 3001);
}

static void a_replace_that_only_goes_down_is_a_way_out(void **state)
{
	struct desk *desk = *state;
	replace(desk, 100, 100000, 99);
	assert_true(is_way_out(desk));
	desk->order.stop_state = STATE_REDUCE_ONLY;
	desk_expect(desk, LANE_NONE);
	desk->order.price_e4 = 100100; /* keener */
	assert_false(is_way_out(desk));
	desk_expect(desk, LANE_REDUCE_ONLY);
	desk->order.price_e4 = 99900;
	assert_true(is_way_out(desk));
	desk_size(desk, 100); /* not less */
	assert_false(is_way_out(desk));
	desk_size(desk, 50);
	desk->order.kind = DECISION_ENTER;
	assert_false(is_way_out(desk));
	desk->order.kind = DECISION_REPLACE;
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 99900; /* keener for a sell */
	assert_false(is_way_out(desk));
	desk->order.price_e4 = 100100;
	assert_true(is_way_out(desk));
	desk->order.price_e4 = 200000; /* half the shares for the same money */
	assert_true(is_way_out(desk));
	desk->order.price_e4 = 200100; /* for more */
	assert_false(is_way_out(desk));
}

static void expect_parent(struct desk *desk, int64_t usage, int64_t limit, unsigned owner)
{
	desk_expect(desk, LANE_PARENT);
	assert_true(desk->verdict.usage == usage);
	assert_int_equal(desk->verdict.limit, limit);
	assert_int_equal(desk->verdict.owner_scope, owner);
}

static void children_take_what_their_parent_has_left_and_not_one_share_more(void **state)
{
	struct desk *desk = *state;
	desk->order.parent_word = PARENT_NAMED;
	desk->order.parent_qty = 1000;
	desk->order.parent_used = 900;
	desk_expect(desk, LANE_NONE);
	desk->order.parent_used = 901;
	expect_parent(desk, 1001, 1000, SCOPE_STRATEGY);
	desk->order.parent_used = INT64_MAX;
	expect_parent(desk, INT64_MAX, 1000, SCOPE_STRATEGY);
	/* Whose session has none is held to none, and who named a wrong one passes with none. */
	desk->order.parent_word = PARENT_NONE;
	desk_expect(desk, LANE_NONE);
	desk->order.parent_word = PARENT_WRONG;
	desk->order.parent_used = 0;
	expect_parent(desk, INT64_MAX, 0, SCOPE_COUNT);
}

/* A parent that was overdrawn still lets its children become smaller. */
static void a_child_that_takes_no_more_is_not_held_to_its_parent(void **state)
{
	struct desk *desk = *state;
	replace(desk, 100, 100000, 100);
	desk->order.parent_word = PARENT_NAMED;
	desk->order.parent_qty = 1000;
	desk->order.parent_used = 5000;
	desk_expect(desk, LANE_NONE);
	replace(desk, 100, 100000, 101);
	expect_parent(desk, 5001, 1000, SCOPE_STRATEGY);
}

static void duplicates_of_an_absurd_price_are_nobodys(void **state)
{
	struct desk *desk = *state;
	struct duplicate_key key;
	desk->order.price_e4 = INT64_C(4294967296) + 100000; /* the low 32 bits are a price */
	key = measure_duplicate_key(&desk->order);
	assert_int_equal(key.price_e4, 0);
}

/* A replace at its original's price is no keener, of either side; one tick keener adds to what the account may lose. */
static void a_smaller_replace_at_its_price_is_a_way_out(void **state)
{
	struct desk *desk = *state;
	static const struct {
		enum side side;
		int64_t price_e4, keener_e4;
	} replaces[] = {{SIDE_BUY, 100000, 100100}, {SIDE_SELL, 100200, 100100}};
	for (unsigned i = 0; i < ARRAY_COUNT(replaces); i++) {
		desk->order.kind = DECISION_REPLACE;
		desk->order.side = (uint8_t)replaces[i].side;
		desk->order.price_e4 = replaces[i].price_e4;
		desk->order.reserved_qty = 101;
		desk->order.reserved_value_e4 = 101 * replaces[i].price_e4;
		desk_expect(desk, LANE_NONE);
		assert_true(desk->verdict.is_way_out);
		desk->order.price_e4 = replaces[i].keener_e4;
		desk_expect(desk, LANE_NONE);
		assert_false(desk->verdict.is_way_out);
	}
}

/* A replace adds what it is worth beyond its original, to the last unit. */
static void a_replace_adds_what_exceeds_its_original(void **state)
{
	struct desk *desk = *state;
	desk->order.kind = DECISION_REPLACE;
	desk->order.reserved_qty = 100;
	for (int64_t more_e4 = -2; more_e4 <= 2; more_e4++) {
		desk->order.reserved_value_e4 = 100 * 100000 - more_e4;
		desk_expect(desk, LANE_NONE);
		assert_int_equal(desk->verdict.add_qty, 0);
		assert_int_equal(desk->verdict.add_value_e4, more_e4 < 0 ? 0 : more_e4);
	}
}

/* Before it opens, when it is over and when it is closed; a phase that nobody has said shuts nothing. */
static void each_phase_without_trading_shuts_the_market(void **state)
{
	static const char shut[] = {'O', 'E', 'C'}, open[] = {0, 'S', 'M', 'Q'};
	struct desk *desk = *state;
	for (unsigned i = 0; i < sizeof shut; i++) {
		desk->top.top.phase = (uint8_t)shut[i];
		desk_expect(desk, LANE_MARKET_STATE);
	}
	for (unsigned i = 0; i < sizeof open; i++) {
		desk->top.top.phase = (uint8_t)open[i];
		desk_expect(desk, LANE_NONE);
	}
}

/* Neither from nothing nor to nothing, be it a few ticks. */
static void without_a_reference_or_a_price_no_distance_is_within_the_ticks(void **state)
{
	struct desk *desk = *state;
	desk->top.top.bid_e4 = 500;
	desk->top.top.ask_e4 = 600;
	desk->order.price_e4 = 0;
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_PRICE_COLLAR_TICKS & 1);
	desk->order.price_e4 = 100;
	desk_judge(desk);
	assert_false(desk->verdict.mask >> LANE_PRICE_COLLAR_TICKS & 1);
	desk->top.top = (struct top_prices){.state = 'T'};
	desk->turn.wall_ns += DESK_SECOND;
	desk_expect(desk, LANE_NO_REFERENCE);
	assert_true(desk->verdict.mask >> LANE_PRICE_COLLAR_TICKS & 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_sell_of_what_is_held_is_a_way_out_and_no_share_more),
		desk_test(a_buy_of_a_short_is_a_way_out_and_no_share_more),
		desk_test(reduce_only_passes_a_way_out_and_nothing_else),
		desk_test(halted_and_killed_pass_no_way_out),
		desk_test(children_take_what_their_parent_has_left_and_not_one_share_more),
		desk_test(a_child_that_takes_no_more_is_not_held_to_its_parent),
		desk_test(silence_of_control_follows_the_sites_policy),
		desk_test(a_way_out_passes_over_every_limit_that_opens),
		desk_test(size_value_duplicates_and_market_still_bind_a_way_out),
		desk_test(a_fat_finger_is_no_way_out),
		desk_test(a_way_out_has_tokens_of_its_own),
		desk_test(a_replace_reserves_only_what_is_more),
		desk_test(a_replace_stops_at_the_position_limit),
		desk_test(a_replace_that_only_goes_down_is_a_way_out),
		desk_test(duplicates_of_an_absurd_price_are_nobodys),
		desk_test(a_smaller_replace_at_its_price_is_a_way_out),
		desk_test(a_replace_adds_what_exceeds_its_original),
		desk_test(each_phase_without_trading_shuts_the_market),
		desk_test(without_a_reference_or_a_price_no_distance_is_within_the_ticks),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.measure", tests, NULL, NULL);
}
