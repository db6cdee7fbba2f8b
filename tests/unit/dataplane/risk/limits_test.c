/* limits_test.c - rows of an epoch collapse to the tightest, and a profile is shared by all whom the
   same rows cover. */
#include "tests/unit/dataplane/risk/desk.h"

static struct limits limits;
static const struct site_limits site = {.control_silence_ns = 5, .journal_behind = 6};

static int clear(void **state)
{
	(void)state;
	limits_clear(&limits);
	limits.epoch = 1;
	return 0;
}

static bool state_one(
	enum scope scope, uint32_t id, uint32_t symbol, enum limit limit, struct limit_value value)
{
	struct limit_row row;
	limit_row_init(&row, scope, id, symbol);
	row.stated = UINT64_C(1) << limit;
	row.limits[limit] = value;
	return limits_add(&limits, &row);
}

static bool state_value(
	enum scope scope, uint32_t id, uint32_t symbol, enum limit limit, int64_t value)
{
	return state_one(scope, id, symbol, limit, (struct limit_value){value, 0, 0, 0});
}

static int64_t lane_of(uint16_t account, uint32_t symbol, enum lane lane, unsigned owner)
{
	struct coverage coverage = limits_coverage(&limits, account, symbol);
	struct profile profile;
	profile_fill(&profile, &limits, &site, &coverage);
	assert_int_equal(profile.owners[lane], owner);
	return profile.limits[lane];
}

static void the_tightest_wins_and_says_whose_it_is(void **state)
{
	(void)state;
	assert_true(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_order_quantity, 500));
	assert_int_equal(lane_of(7, 3, LANE_MAX_ORDER_QUANTITY, SCOPE_FIRM), 500);
	assert_true(state_value(SCOPE_ACCOUNT, 7, SYMBOL_NONE, LIMIT_max_order_quantity, 500));
	assert_int_equal(lane_of(7, 3, LANE_MAX_ORDER_QUANTITY, SCOPE_FIRM), 500);
	assert_true(state_value(SCOPE_ACCOUNT_SYMBOL, 7, 3, LIMIT_max_order_quantity, 499));
	assert_int_equal(lane_of(7, 3, LANE_MAX_ORDER_QUANTITY, SCOPE_ACCOUNT_SYMBOL), 499);
	assert_true(state_value(SCOPE_SYMBOL, 0, 3, LIMIT_max_order_quantity, 0));
	assert_int_equal(lane_of(7, 3, LANE_MAX_ORDER_QUANTITY, SCOPE_SYMBOL), 0);
	assert_int_equal(lane_of(8, 4, LANE_MAX_ORDER_QUANTITY, SCOPE_FIRM), 500);
	assert_int_equal(lane_of(0, SYMBOL_NONE, LANE_MAX_ORDER_QUANTITY, SCOPE_FIRM), 500);
}

static void what_counts_over_all_accounts_is_apart(void **state)
{
	(void)state;
	assert_true(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_long_position, 10));
	assert_true(lane_of(7, 3, LANE_POSITION_LONG, SCOPE_COUNT) == INT64_MIN);
	assert_true(state_value(SCOPE_ACCOUNT, 7, SYMBOL_NONE, LIMIT_max_long_position, 20));
	assert_true(state_value(SCOPE_SYMBOL, 0, 3, LIMIT_max_long_position, 8));
	assert_true(state_value(SCOPE_ACCOUNT_SYMBOL, 7, 3, LIMIT_max_long_position, 30));
	assert_int_equal(lane_of(7, 3, LANE_POSITION_LONG, SCOPE_ACCOUNT), 20);
	assert_int_equal(lane_of(7, 3, LANE_FIRM_POSITION_LONG, SCOPE_SYMBOL), 8);
	assert_int_equal(lane_of(7, 4, LANE_FIRM_POSITION_LONG, SCOPE_FIRM), 10);
	assert_true(lane_of(8, 3, LANE_POSITION_LONG, SCOPE_COUNT) == INT64_MIN);
}

static void equal_values_are_told_apart_by_window_and_burst(void **state)
{
	(void)state;
	uint8_t owner;
	struct coverage coverage;
	assert_true(state_one(
		SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_order_rate, (struct limit_value){10, 100, 5, 0}));
	assert_true(state_one(
		SCOPE_SYMBOL, 0, 1, LIMIT_order_rate, (struct limit_value){10, 200, 9, 0}));
	assert_true(state_one(
		SCOPE_SYMBOL, 0, 2, LIMIT_order_rate, (struct limit_value){10, 100, 4, 0}));
	for (uint32_t symbol = 1; symbol <= 2; symbol++) {
		coverage = limits_coverage(&limits, 0, symbol);
		limits_tightest(&limits, &coverage, LIMIT_order_rate, UINT32_MAX, &owner);
		assert_int_equal(owner, SCOPE_SYMBOL);
	}
	assert_int_equal(lane_of(7, 1, LANE_SYMBOL_RATE, SCOPE_SYMBOL), 9 * 200);
	assert_int_equal(lane_of(7, 0, LANE_SYMBOL_RATE, SCOPE_FIRM), 5 * 100);
	assert_int_equal(lane_of(7, 0, LANE_SYMBOL_WINDOW, SCOPE_FIRM), 10);
	assert_true(lane_of(7, 0, LANE_ACCOUNT_RATE, SCOPE_COUNT) == INT64_MIN);
}

static void no_limit_is_so_large_that_a_missing_measure_passes(void **state)
{
	(void)state;
	assert_true(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_collar, INT64_MAX));
	assert_true(lane_of(7, 3, LANE_PRICE_COLLAR, SCOPE_FIRM) == INT64_MAX - 1);
}

static void a_scope_is_stated_once(void **state)
{
	(void)state;
	assert_true(state_value(SCOPE_ACCOUNT_SYMBOL, 7, 3, LIMIT_collar, 1));
	assert_false(state_value(SCOPE_ACCOUNT_SYMBOL, 7, 3, LIMIT_collar, 2));
	assert_true(state_value(SCOPE_ACCOUNT_SYMBOL, 7, 4, LIMIT_collar, 2));
	assert_true(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_collar, 1));
	assert_false(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_collar, 1));
	assert_int_equal(limits.row_count, 3);
}

static void what_may_not_be_stated_so_is_refused(void **state)
{
	(void)state;
	const struct limit_value wrong_rates[] = {{-1, 1, 1, 0}, {SYMBOL_RATE_MAX + 1, 1, 1, 0},
		{1, 0, 1, 0}, {1, LIMIT_WINDOW_NS_MAX + 1, 1, 0}, {1, 1, BURST_MAX + 1, 0}};
	struct limit_row row;
	for (unsigned i = 0; i < ARRAY_COUNT(wrong_rates); i++)
		assert_false(state_one(SCOPE_SYMBOL, 0, 1, LIMIT_order_rate, wrong_rates[i]));
	assert_true(state_one(SCOPE_SYMBOL, 0, 1, LIMIT_order_rate,
		(struct limit_value){SYMBOL_RATE_MAX, LIMIT_WINDOW_NS_MAX, BURST_MAX, 0}));
	assert_false(state_one(SCOPE_ACCOUNT, 7, SYMBOL_NONE, LIMIT_order_rate,
		(struct limit_value){ACCOUNT_RATE_MAX + 1, 1, 1, 0}));
	assert_false(state_one(SCOPE_SESSION, 1, SYMBOL_NONE, LIMIT_order_rate,
		(struct limit_value){SESSION_RATE_MAX + 1, 1, 1, 0}));
	assert_false(state_one(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_duplicates,
		(struct limit_value){DUPLICATE_TIMES_MAX + 1, 1, 0, 0}));
	assert_false(state_one(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_fills,
		(struct limit_value){STRATEGY_FILLS_MAX + 1, 1, 0, 0}));
	assert_false(state_one(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_fill_rate,
		(struct limit_value){GATE_FILLS_MAX + 1, 1, 0, 0}));
	assert_false(state_one(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_slips,
		(struct limit_value){SLIPS_MAX + 1, 1, 0, 0}));
	assert_false(state_value(
		SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_order_to_trade, ORDER_TO_TRADE_MAX + 1));
	assert_false(
		state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_slippage, SHARE_BPS_MAX + 1));
	assert_false(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_collar_window, 5));
	assert_false(state_one(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_slicing,
		(struct limit_value){SLICING_BPS_MAX + 1, 1, 0, 0}));
	assert_true(state_one(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_slicing,
		(struct limit_value){SLICING_BPS_MAX, 1, 0, 0}));
	assert_false(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_collar, -1));
	assert_false(state_value(SCOPE_SESSION, 1, SYMBOL_NONE, LIMIT_collar, 1));
	assert_false(state_value(SCOPE_SYMBOL, 0, 1, LIMIT_max_open_buy_value, 1));
	limit_row_init(&row, SCOPE_FIRM, 0, SYMBOL_NONE);
	row.stated = UINT64_C(1) << LIMIT_COUNT;
	assert_false(limits_add(&limits, &row));
	assert_int_equal(limits.row_count, 2);
}

static void the_table_of_rows_is_bounded(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < LIMIT_ROW_COUNT_MAX; i++)
		assert_true(state_value(SCOPE_ACCOUNT_SYMBOL, 1 + i % 64, i / 64, LIMIT_collar, i));
	assert_false(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_collar, 1));
	assert_int_equal(lane_of(5, 100, LANE_PRICE_COLLAR, SCOPE_ACCOUNT_SYMBOL), 6404);
	assert_true(lane_of(65, 100, LANE_PRICE_COLLAR, SCOPE_COUNT) == INT64_MIN);
}

static void one_profile_serves_all_whom_the_same_rows_cover(void **state)
{
	(void)state;
	struct profiles profiles = {.site = site};
	struct coverage a, b, c;
	profiles_init(&profiles);
	assert_true(state_value(SCOPE_ACCOUNT, 7, SYMBOL_NONE, LIMIT_collar, 10));
	assert_true(state_value(SCOPE_SYMBOL, 0, 3, LIMIT_collar, 9));
	a = limits_coverage(&limits, 7, 1);
	b = limits_coverage(&limits, 7, 2);
	c = limits_coverage(&limits, 7, 3);
	assert_int_equal(profiles_find(&profiles, &a), UINT32_MAX);
	assert_int_equal(
		profiles_make(&profiles, &limits, &a), profiles_make(&profiles, &limits, &b));
	assert_int_not_equal(profiles_make(&profiles, &limits, &c), profiles_find(&profiles, &a));
	assert_int_equal(profiles.count, 2);
	assert_int_equal(profiles.profiles[0].limits[LANE_CONTROL_SILENT], 5);
	assert_int_equal(profiles.profiles[0].limits[LANE_JOURNAL_BEHIND], 6);
	assert_int_equal(profiles.profiles[0].limits[LANE_NOT_CONFIGURED], 0);
	profiles_clear(&profiles);
	assert_int_equal(profiles_find(&profiles, &a), UINT32_MAX);
	profiles_free(&profiles);
}

/* Whether an account's orders are configured when one of what trips is left out; LIMIT_COUNT: none is. */
static bool is_configured_without(enum limit left_out, enum scope scope)
{
	static const struct {
		enum limit limit;
		enum scope scope;
	} trips[] = {{LIMIT_max_fills, SCOPE_ACCOUNT}, {LIMIT_max_fill_rate, SCOPE_FIRM},
		{LIMIT_max_slippage, SCOPE_FIRM}, {LIMIT_max_slips, SCOPE_FIRM},
		{LIMIT_max_slips, SCOPE_ACCOUNT}};
	struct limit_row rows[2];
	struct profile profile;
	limits_clear(&limits);
	limit_row_init(&rows[0], SCOPE_FIRM, 0, SYMBOL_NONE);
	limit_row_init(&rows[1], SCOPE_ACCOUNT, 7, SYMBOL_NONE);
	for (unsigned i = 0; i < ARRAY_COUNT(trips); i++) {
		struct limit_row *row = &rows[trips[i].scope == SCOPE_ACCOUNT];
		if (trips[i].limit == left_out && trips[i].scope == scope)
			continue;
		row->stated |= UINT64_C(1) << trips[i].limit;
		row->limits[trips[i].limit] = (struct limit_value){1, 1, 0, 0};
	}
	assert_true(limits_add(&limits, &rows[0]) && limits_add(&limits, &rows[1]));
	limits.epoch = 1;
	struct coverage coverage = limits_coverage(&limits, 7, 1);
	profile_fill(&profile, &limits, &site, &coverage);
	return profile.limits[LANE_NOT_CONFIGURED] == 1;
}

static void what_trips_must_be_stated_each_by_itself(void **state)
{
	(void)state;
	assert_true(is_configured_without(LIMIT_COUNT, SCOPE_COUNT));
	assert_false(is_configured_without(LIMIT_max_fills, SCOPE_ACCOUNT));
	assert_false(is_configured_without(LIMIT_max_fill_rate, SCOPE_FIRM));
	assert_false(is_configured_without(LIMIT_max_slippage, SCOPE_FIRM));
	assert_false(is_configured_without(LIMIT_max_slips, SCOPE_FIRM));
	assert_false(is_configured_without(LIMIT_max_slips, SCOPE_ACCOUNT));
}

static void as_many_profiles_as_rows_are_kept_apart(void **state)
{
	(void)state;
	struct profiles profiles = {.site = site};
	profiles_init(&profiles);
	for (uint32_t i = 1; i <= 128; i++)
		assert_true(state_value(SCOPE_ACCOUNT, i, SYMBOL_NONE, LIMIT_collar, 1000 + i));
	for (uint32_t j = 0; j < 512; j++)
		assert_true(state_value(SCOPE_SYMBOL, 0, j, LIMIT_max_order_quantity, j));
	for (unsigned round = 0; round < 2; round++)
		for (uint32_t i = 1; i <= 128; i++)
			for (uint32_t j = 0; j < 512; j++) {
				struct coverage coverage = limits_coverage(&limits, (uint16_t)i, j);
				uint32_t index = profiles_make(&profiles, &limits, &coverage);
				const int64_t *of = profiles.profiles[index].limits;
				assert_int_equal(of[LANE_PRICE_COLLAR], 1000 + i);
				assert_int_equal(of[LANE_MAX_ORDER_QUANTITY], j);
			}
	assert_int_equal(profiles.count, ROW_COUNT_MAX);
	profiles_free(&profiles);
}

static void profiles_that_differ_only_by_a_pair_are_kept_apart(void **state)
{
	(void)state;
	struct profiles profiles = {.site = site};
	profiles_init(&profiles);
	for (uint32_t i = 0; i < LIMIT_ROW_COUNT_MAX; i++)
		assert_true(state_value(SCOPE_ACCOUNT_SYMBOL, 1 + i % 61, i / 61, LIMIT_collar, i));
	for (uint32_t i = 0; i < LIMIT_ROW_COUNT_MAX; i++) {
		struct coverage coverage = limits_coverage(&limits, (uint16_t)(1 + i % 61), i / 61);
		uint32_t index = profiles_make(&profiles, &limits, &coverage);
		assert_int_equal(profiles.profiles[index].limits[LANE_PRICE_COLLAR], i);
	}
	profiles_free(&profiles);
}

#define limits_test(name) cmocka_unit_test_setup(name, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		limits_test(the_tightest_wins_and_says_whose_it_is),
		limits_test(what_counts_over_all_accounts_is_apart),
		limits_test(equal_values_are_told_apart_by_window_and_burst),
		limits_test(no_limit_is_so_large_that_a_missing_measure_passes),
		limits_test(a_scope_is_stated_once),
		limits_test(what_may_not_be_stated_so_is_refused),
		limits_test(the_table_of_rows_is_bounded),
		limits_test(one_profile_serves_all_whom_the_same_rows_cover),
		limits_test(what_trips_must_be_stated_each_by_itself),
		limits_test(as_many_profiles_as_rows_are_kept_apart),
		limits_test(profiles_that_differ_only_by_a_pair_are_kept_apart),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.limits", tests, NULL, NULL);
}
