/* permission_test.c - each permission at its bound and one past it, and without what it is judged by. */
#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/permission.h"

static void sell(struct desk *desk, uint8_t mark)
{
	desk->order.side = SIDE_SELL;
	desk->order.mark = mark;
	desk->order.price_e4 = 100200;
}

static void each_side_and_mark_asks_for_its_own_flag(void **state)
{
	struct desk *desk = *state;
	for (unsigned flag = LIMIT_allow_buy; flag <= LIMIT_allow_exempt; flag++) {
		desk_limit(desk, (enum limit)flag, 0);
		for (unsigned mark = SALE_LONG; mark < SALE_MARK_COUNT; mark++) {
			sell(desk, (uint8_t)mark);
			desk_expect(desk,
				flag == LIMIT_allow_sell + mark ? LANE_RESTRICTED : LANE_NONE);
			assert_int_equal(desk->verdict.limit, 0);
		}
		desk_market(desk);
		desk_expect(desk, flag == LIMIT_allow_buy ? LANE_RESTRICTED : LANE_NONE);
		desk_limit(desk, (enum limit)flag, 1);
	}
}

static void a_restriction_names_the_scope_that_states_it(void **state)
{
	struct desk *desk = *state;
	struct limit_row *symbol = &desk->rows[desk->row_count++];
	limit_row_init(symbol, SCOPE_SYMBOL, 0, 0);
	desk_state(symbol, LIMIT_allow_buy, 0, 0, 0);
	desk_adopt(desk);
	desk_expect(desk, LANE_RESTRICTED);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_SYMBOL);
	assert_int_equal(desk->verdict.usage, 1);
	assert_int_equal(desk->verdict.limit, 0);
	desk->order.symbol = 2;
	desk_expect(desk, LANE_NONE);
}

/* What a restriction forbids is not a way out either. */
static void a_restriction_binds_a_way_out(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 100);
	sell(desk, SALE_LONG);
	desk_expect(desk, LANE_NONE);
	assert_true(desk->verdict.is_way_out);
	desk_limit(desk, LIMIT_allow_sell, 0);
	desk_expect(desk, LANE_RESTRICTED);
}

static void a_mark_that_is_none_is_not_supported(void **state)
{
	struct desk *desk = *state;
	sell(desk, SALE_MARK_COUNT);
	desk_expect(desk, LANE_NOT_SUPPORTED);
}

static void prices_on_the_band_pass_and_one_tick_outside_does_not(void **state)
{
	struct desk *desk = *state;
	desk->top.top.band_lower_e4 = 99900;
	desk->top.top.band_upper_e4 = 100100;
	static const struct {
		int64_t price_e4;
		unsigned lane;
	} rows[] = {{99800, LANE_PRICE_BAND}, {99900, LANE_NONE}, {100100, LANE_NONE},
		{100200, LANE_PRICE_BAND}};
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		desk->order.price_e4 = rows[i].price_e4;
		desk_expect(desk, rows[i].lane);
	}
	desk->top.top.band_upper_e4 = 0; /* not said */
	desk_expect(desk, LANE_NONE);
	desk->top.top.band_lower_e4 = 0;
	desk->order.price_e4 = 99800;
	desk_expect(desk, LANE_NONE);
	desk->order.price_e4 = -1; /* below no band either */
	desk_expect(desk, LANE_TICK_SIZE);
	assert_false(desk->verdict.mask >> LANE_PRICE_BAND & 1);
}

static void an_order_is_at_most_its_share_of_a_days_volume(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_max_adv_share, 99); /* of 10,000 shares: 99 */
	desk_size(desk, 99);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 100);
	desk_expect(desk, LANE_VOLUME_SHARE);
	assert_int_equal(desk->verdict.usage, 100);
	assert_int_equal(desk->verdict.limit, 99);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_FIRM);
}

static void a_share_is_rounded_against_us(void **state)
{
	struct desk *desk = *state;
	desk->risk->symbols[0].instrument.outstanding_qty = 100001;
	desk_limit(desk, LIMIT_max_outstanding_share, 10); /* 100.001 shares */
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 101);
	desk_expect(desk, LANE_VOLUME_SHARE);
	assert_int_equal(desk->verdict.usage, 11);
	assert_int_equal(desk->verdict.limit, 10);
}

/* The least that is left over is one more. */
static void a_share_that_is_hardly_above_is_named_as_one_more(void **state)
{
	struct desk *desk = *state;
	desk->risk->symbols[0].instrument.adv_qty = 9999;
	desk_limit(desk, LIMIT_max_adv_share, 1);
	desk_size(desk, 1); /* 1.0001 hundredths of a percent */
	desk_expect(desk, LANE_VOLUME_SHARE);
	assert_int_equal(desk->verdict.usage, 2);
	assert_int_equal(desk->verdict.limit, 1);
}

static void of_two_shares_the_one_that_is_exceeded_is_named(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_max_adv_share, 100); /* of 10,000: 100 */
	desk_limit(desk, LIMIT_max_outstanding_share, 9);
	desk_expect(desk, LANE_VOLUME_SHARE);
	assert_int_equal(desk->verdict.is_second, 1);
	assert_true(desk->verdict.usage == 10 && desk->verdict.limit == 9);
	desk_limit(desk, LIMIT_max_adv_share, 99);
	desk_expect(desk, LANE_VOLUME_SHARE);
	assert_int_equal(desk->verdict.is_second, 0);
	assert_true(desk->verdict.usage == 100 && desk->verdict.limit == 99);
}

static void one_share_is_all_of_one(void **state)
{
	struct desk *desk = *state;
	struct instrument *instrument = &desk->risk->symbols[0].instrument;
	instrument->adv_qty = instrument->outstanding_qty = 1;
	desk_limit(desk, LIMIT_max_adv_share, 10000);
	desk_limit(desk, LIMIT_max_outstanding_share, 10000);
	desk_size(desk, 1);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 2);
	desk_expect(desk, LANE_VOLUME_SHARE);
}

static void volumes_that_are_not_known_refuse(void **state)
{
	struct desk *desk = *state;
	struct instrument *instrument = &desk->risk->symbols[0].instrument;
	instrument->adv_qty = 0;
	desk_expect(desk, LANE_VOLUME_SHARE);
	assert_true(desk->verdict.usage == INT64_MAX);
	assert_int_equal(desk->verdict.limit, 1000);
	instrument->adv_qty = 10000;
	instrument->outstanding_qty = 0;
	desk_expect(desk, LANE_VOLUME_SHARE);
	assert_int_equal(desk->verdict.limit, 100);
}

static void the_largest_numbers_do_not_wrap(void **state)
{
	struct desk *desk = *state;
	struct instrument *instrument = &desk->risk->symbols[0].instrument;
	instrument->adv_qty = instrument->outstanding_qty = SYMBOL_SHARES_MAX;
	desk_limit(desk, LIMIT_max_adv_share, SHARE_BPS_MAX);
	desk_limit(desk, LIMIT_max_outstanding_share, SHARE_BPS_MAX);
	desk_limit(desk, LIMIT_max_order_quantity, UINT32_MAX);
	desk_size(desk, UINT32_MAX);
	desk_judge(desk);
	assert_false(desk->verdict.mask >> LANE_VOLUME_SHARE & 1);
	instrument->adv_qty = 1;
	desk_judge(desk);
	assert_true(desk->verdict.mask >> LANE_VOLUME_SHARE & 1);
}

static void a_share_above_its_bound_is_not_taken(void **state)
{
	struct desk *desk = *state;
	desk->rows[DESK_FIRM].limits[LIMIT_max_adv_share].value = SHARE_BPS_MAX + 1;
	risk_limits_begin(desk->risk);
	assert_false(risk_limits_row(desk->risk, &desk->rows[DESK_FIRM]));
	desk->rows[DESK_FIRM].limits[LIMIT_max_adv_share].value = SHARE_BPS_MAX;
	desk->rows[DESK_FIRM].limits[LIMIT_allow_buy].value = 2;
	assert_false(risk_limits_row(desk->risk, &desk->rows[DESK_FIRM]));
}

static void a_sale_that_may_go_short_says_so(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_allow_unmarked_short, 0);
	desk_hold(desk, 0, 100);
	sell(desk, SALE_LONG);
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 101);
	desk_expect(desk, LANE_SHORT_SALE);
	assert_int_equal(desk->verdict.usage, 1);
	assert_int_equal(desk->verdict.limit, 0);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_FIRM);
	sell(desk, SALE_SHORT);
	desk_expect(desk, LANE_NONE);
	sell(desk, SALE_EXEMPT);
	desk_expect(desk, LANE_NONE);
	/* Sales that work count as if they had sold. */
	desk_size(desk, 60);
	sell(desk, SALE_LONG);
	risk_reserve(desk->risk, 7, 0, SIDE_SELL, 40, 0);
	desk_expect(desk, LANE_NONE);
	risk_reserve(desk->risk, 7, 0, SIDE_SELL, 1, 0);
	desk_expect(desk, LANE_SHORT_SALE);
	desk->order.side = SIDE_BUY;
	desk->order.price_e4 = 100000;
	desk_expect(desk, LANE_NONE);
}

static void under_the_price_test_a_short_sale_is_above_the_bid(void **state)
{
	struct desk *desk = *state;
	for (const char *test = "12"; *test != '\0'; test++) {
		desk->top.top.short_sale = (uint8_t)*test;
		sell(desk, SALE_SHORT);
		desk->order.price_e4 = 100000;
		desk_expect(desk, LANE_SHORT_SALE);
		assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
		desk->order.price_e4 = 100100;
		desk_expect(desk, LANE_NONE);
		desk->top.top.bid_e4 = 1; /* the least that there is */
		desk_expect(desk, LANE_NONE);
		desk->top.top.bid_e4 = 0; /* against what? */
		desk_expect(desk, LANE_SHORT_SALE);
		assert_true(desk->verdict.usage == INT64_MAX);
		desk->top.top.bid_e4 = 100000;
		sell(desk, SALE_EXEMPT);
		desk->order.price_e4 = 100000;
		desk_expect(desk, LANE_NONE);
		sell(desk, SALE_LONG);
		desk_expect(desk, LANE_NONE);
	}
	desk->top.top.short_sale = '0';
	sell(desk, SALE_SHORT);
	desk->order.price_e4 = 100000;
	desk_expect(desk, LANE_NONE);
	desk->top.top.bid_e4 = 0;
	desk_expect(desk, LANE_NONE);
}

static void without_the_venues_word_nobody_sells_short(void **state)
{
	struct desk *desk = *state;
	desk->top.top.short_sale = 0;
	sell(desk, SALE_SHORT);
	desk_expect(desk, LANE_SHORT_SALE);
	assert_true(desk->verdict.usage == INT64_MAX);
	assert_int_equal(desk->verdict.limit, 0);
	sell(desk, SALE_LONG);
	desk_expect(desk, LANE_NONE);
}

static void an_approval_ends_on_the_nanosecond(void **state)
{
	struct desk *desk = *state;
	desk->turn.wall_ns = 2000 * DESK_SECOND;
	desk_expect(desk, LANE_NONE);
	desk->turn.wall_ns++;
	desk_expect(desk, LANE_ACCOUNT_NOT_APPROVED);
	desk_hold(desk, 0, 100);
	sell(desk, SALE_LONG);
	desk_expect(desk, LANE_NONE); /* the way out stays open */
	assert_true(desk->verdict.is_way_out);
	desk_market(desk);
	desk->turn.wall_ns = 0;
	desk->risk->accounts[7].approved_until_wall_ns = 0; /* never */
	desk_expect(desk, LANE_ACCOUNT_NOT_APPROVED);
	desk->risk->accounts[7].approved_until_wall_ns = 1;
	desk_expect(desk, LANE_NONE);
}

static void a_clock_in_doubt_opens_nothing_and_closes_everything(void **state)
{
	struct desk *desk = *state;
	desk->risk->profiles.site.clock_off_ns = 100;
	desk_adopt(desk);
	desk->turn.clock_off_ns = 100;
	desk_expect(desk, LANE_NONE);
	desk->turn.clock_off_ns = 101;
	desk_expect(desk, LANE_CLOCK_IN_DOUBT);
	assert_int_equal(desk->verdict.usage, 101);
	assert_int_equal(desk->verdict.limit, 100);
	desk->turn.clock_off_ns = UINT64_MAX;
	desk_expect(desk, LANE_CLOCK_IN_DOUBT);
	desk_hold(desk, 0, 100);
	sell(desk, SALE_LONG);
	desk_expect(desk, LANE_NONE);
}

/* What is stated for a phase that is not within market hours binds in none that is. */
static void expect_second(
	struct desk *desk, unsigned lane, enum scope owner, int64_t usage, int64_t limit)
{
	desk_expect(desk, lane);
	assert_int_equal(desk->verdict.is_second, 1);
	assert_int_equal(desk->verdict.owner_scope, owner);
	assert_true(desk->verdict.usage == usage && desk->verdict.limit == limit);
}

static void outside_of_market_hours_sizes_bind_at_their_limit_and_one_past_it(void **state)
{
	static const uint8_t scopes[] = {
		SCOPE_FIRM, SCOPE_ACCOUNT, SCOPE_SYMBOL, SCOPE_ACCOUNT_SYMBOL};
	static const char phases[] = {0, 'S', 'M'};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(scopes); i++) {
		desk_state_all(desk);
		struct limit_row *row = &desk->rows[i == 0 ? DESK_FIRM : DESK_ACCOUNT_7];
		if (i >= 2) {
			row = &desk->rows[desk->row_count++];
			limit_row_init(row, (enum scope)scopes[i], i == 2 ? 0 : 7, 0);
		}
		desk_state(row, LIMIT_max_order_quantity_extended, 50, 0, 0);
		desk_state(row, LIMIT_max_order_value_extended, 4000000, 0, 0);
		desk_adopt(desk);
		for (unsigned p = 0; p < sizeof phases; p++) {
			desk->top.top.phase = (uint8_t)phases[p];
			desk_size(desk, 40);
			desk_expect(desk, LANE_NONE);
			desk_size(desk, 41);
			expect_second(desk, LANE_MAX_ORDER_VALUE, (enum scope)scopes[i], 4100000,
				4000000);
			desk->order.price_e4 = 99500;
			desk_size(desk, 51);
			expect_second(desk, LANE_MAX_ORDER_QUANTITY, (enum scope)scopes[i], 51, 50);
			desk->order.price_e4 = 100000;
		}
		desk->top.top.phase = 'Q';
		desk_size(desk, 100);
		desk_expect(desk, LANE_NONE);
	}
}

static void at_the_sizes_of_other_phases_an_order_passes_and_one_past_them_is_named_by_them(
	void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_order_quantity_extended, 50, 0, 0);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_order_value_extended, 5000000, 0, 0);
	desk_adopt(desk);
	desk_size(desk, 50);
	desk_expect(desk, LANE_NONE);
	/* Also where it is just what every phase allows. */
	desk_limit(desk, LIMIT_max_order_quantity, 51);
	desk_size(desk, 51);
	expect_second(desk, LANE_MAX_ORDER_QUANTITY, SCOPE_FIRM, 51, 50);
	desk_limit(desk, LIMIT_max_order_quantity_extended, 51);
	desk_limit(desk, LIMIT_max_order_value, 5100000);
	expect_second(desk, LANE_MAX_ORDER_VALUE, SCOPE_FIRM, 5100000, 5000000);
}

static void the_sizes_of_every_phase_bind_outside_of_market_hours_too_and_are_named_first(
	void **state)
{
	struct desk *desk = *state;
	desk_size(desk, 1001);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(desk->verdict.usage, 1001);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_order_quantity_extended, 50, 0, 0);
	desk_adopt(desk);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(desk->verdict.is_second, 0);
	assert_int_equal(desk->verdict.usage, 1001);
	assert_int_equal(desk->verdict.limit, 1000);
	desk_unstate(desk, LIMIT_max_order_quantity);
	desk_size(desk, 10);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
	assert_true(desk->verdict.limit == INT64_MIN);
	assert_int_equal(desk->verdict.is_second, 0);
}

/* It is refused by another name all the same. */
static void a_sale_of_a_mark_that_is_none_is_asked_about_as_a_short_one(void **state)
{
	(void)state;
	for (unsigned mark = 0; mark < 256; mark++) {
		const struct risk_order sale = {.side = SIDE_SELL, .mark = (uint8_t)mark};
		assert_int_equal(permission_asks(&sale),
			ALLOW_SELL + (mark < SALE_MARK_COUNT ? mark : SALE_SHORT));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(each_side_and_mark_asks_for_its_own_flag),
		desk_test(a_restriction_names_the_scope_that_states_it),
		desk_test(a_restriction_binds_a_way_out),
		desk_test(a_mark_that_is_none_is_not_supported),
		desk_test(prices_on_the_band_pass_and_one_tick_outside_does_not),
		desk_test(an_order_is_at_most_its_share_of_a_days_volume),
		desk_test(a_share_is_rounded_against_us),
		desk_test(a_share_that_is_hardly_above_is_named_as_one_more),
		desk_test(of_two_shares_the_one_that_is_exceeded_is_named),
		desk_test(one_share_is_all_of_one),
		desk_test(volumes_that_are_not_known_refuse),
		desk_test(the_largest_numbers_do_not_wrap),
		desk_test(a_share_above_its_bound_is_not_taken),
		desk_test(a_sale_that_may_go_short_says_so),
		desk_test(under_the_price_test_a_short_sale_is_above_the_bid),
		desk_test(without_the_venues_word_nobody_sells_short),
		desk_test(outside_of_market_hours_sizes_bind_at_their_limit_and_one_past_it),
		desk_test(
			at_the_sizes_of_other_phases_an_order_passes_and_one_past_them_is_named_by_them),
		desk_test(
			the_sizes_of_every_phase_bind_outside_of_market_hours_too_and_are_named_first),
		desk_test(an_approval_ends_on_the_nanosecond),
		desk_test(a_clock_in_doubt_opens_nothing_and_closes_everything),
		cmocka_unit_test(a_sale_of_a_mark_that_is_none_is_asked_about_as_a_short_one),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.permission", tests, NULL, NULL);
}
