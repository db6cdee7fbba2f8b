/* limits_test.c - rows of an epoch collapse to the tightest, and a profile is what the rows of its
   coverage collapse to. */
#include "config/binds.h"
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
	assert_int_equal(limits_owner(&limits, &coverage, lane), owner);
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

static void each_lane_that_a_limit_binds_names_it_and_no_other_lane_does(void **state)
{
	(void)state;
	static const uint8_t limits_by_lane[LANE_COUNT] = {
		/* and one; 0: none */
		[LANE_STALE_MARKET_DATA] = 1 + LIMIT_max_market_data_age,
		[LANE_MAX_ORDER_QUANTITY] = 1 + LIMIT_max_order_quantity,
		[LANE_MAX_ORDER_VALUE] = 1 + LIMIT_max_order_value,
		[LANE_SLICING] = 1 + LIMIT_max_slicing,
		[LANE_PRICE_COLLAR] = 1 + LIMIT_collar,
		[LANE_PRICE_COLLAR_TICKS] = 1 + LIMIT_collar_ticks,
		[LANE_EXIT_COLLAR] = 1 + LIMIT_exit_collar,
		[LANE_COLLAR_WINDOW] = 1 + LIMIT_collar_window,
		[LANE_NO_LOCATE] = 1 + LIMIT_locates,
		[LANE_DUPLICATE_ORDER] = 1 + LIMIT_max_duplicates,
		[LANE_POSITION_LONG] = 1 + LIMIT_max_long_position,
		[LANE_POSITION_SHORT] = 1 + LIMIT_max_short_position,
		[LANE_FIRM_POSITION_LONG] = 1 + LIMIT_max_long_position,
		[LANE_FIRM_POSITION_SHORT] = 1 + LIMIT_max_short_position,
		[LANE_OPEN_BUY_VALUE] = 1 + LIMIT_max_open_buy_value,
		[LANE_OPEN_SELL_VALUE] = 1 + LIMIT_max_open_sell_value,
		[LANE_FIRM_OPEN_BUY_VALUE] = 1 + LIMIT_max_open_buy_value,
		[LANE_FIRM_OPEN_SELL_VALUE] = 1 + LIMIT_max_open_sell_value,
		[LANE_GROSS_EXPOSURE] = 1 + LIMIT_max_gross_exposure,
		[LANE_NET_EXPOSURE] = 1 + LIMIT_max_net_exposure,
		[LANE_CREDIT] = 1 + LIMIT_credit,
		[LANE_LOSS] = 1 + LIMIT_max_loss,
		[LANE_DRAWDOWN] = 1 + LIMIT_max_drawdown,
		[LANE_MARGIN] = 1 + LIMIT_collateral,
		[LANE_PORTFOLIO_RISK] = 1 + LIMIT_max_stress,
		[LANE_CONCENTRATION] = 1 + LIMIT_max_symbol_share,
		[LANE_SESSION_RATE] = 1 + LIMIT_order_rate,
		[LANE_SESSION_WINDOW] = 1 + LIMIT_order_rate,
		[LANE_ACCOUNT_RATE] = 1 + LIMIT_order_rate,
		[LANE_ACCOUNT_WINDOW] = 1 + LIMIT_order_rate,
		[LANE_SYMBOL_RATE] = 1 + LIMIT_order_rate,
		[LANE_SYMBOL_WINDOW] = 1 + LIMIT_order_rate,
		[LANE_ORDER_TO_TRADE] = 1 + LIMIT_order_to_trade,
		[LANE_EXIT_RATE] = 1 + LIMIT_exit_rate,
	};
	for (unsigned lane = 0; lane < LANE_COUNT; lane++)
		assert_int_equal(limit_of_lane(lane),
			limits_by_lane[lane] == 0 ? LIMIT_COUNT : limits_by_lane[lane] - 1);
}

static void every_lane_of_a_limit_says_who_stated_it(void **state)
{
	(void)state;
	static const struct {
		uint8_t lane, limit, scope;
	} lanes[] = {{LANE_STALE_MARKET_DATA, LIMIT_max_market_data_age, SCOPE_FIRM},
		{LANE_SYMBOL_WINDOW, LIMIT_order_rate, SCOPE_FIRM},
		{LANE_SYMBOL_RATE, LIMIT_order_rate, SCOPE_FIRM},
		{LANE_ACCOUNT_RATE, LIMIT_order_rate, SCOPE_ACCOUNT},
		{LANE_EXIT_RATE, LIMIT_exit_rate, SCOPE_ACCOUNT}};
	for (unsigned i = 0; i < ARRAY_COUNT(lanes); i++) {
		limits_clear(&limits);
		struct coverage coverage = limits_coverage(&limits, 7, 3);
		assert_int_equal(limits_owner(&limits, &coverage, lanes[i].lane), SCOPE_COUNT);
		assert_true(state_one((enum scope)lanes[i].scope,
			lanes[i].scope == SCOPE_FIRM ? 0 : 7, SYMBOL_NONE,
			(enum limit)lanes[i].limit, (struct limit_value){5, 5, 5, 0}));
		coverage = limits_coverage(&limits, 7, 3);
		assert_int_equal(limits_owner(&limits, &coverage, lanes[i].lane), lanes[i].scope);
	}
}

/* The first of them, the last, and the one behind it. */
static void a_row_is_metered_that_states_a_limit_of_single_orders(void **state)
{
	(void)state;
	assert_false(limits_are_metered(&limits, 0));
	assert_true(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, (enum limit)0, 1));
	assert_true(state_value(SCOPE_ACCOUNT, 7, SYMBOL_NONE, (enum limit)(METER_COUNT - 1), 1));
	assert_true(state_one(SCOPE_ACCOUNT, 8, SYMBOL_NONE, (enum limit)METER_COUNT,
		(struct limit_value){1, 1, 1, 0}));
	assert_true(limits_are_metered(&limits, limits.firm));
	assert_true(limits_are_metered(&limits, limits.accounts[7]));
	assert_false(limits_are_metered(&limits, limits.accounts[8]));
}

static void gross_exposure_and_stress_have_a_share_of_the_capital_and_nothing_else_has(void **state)
{
	(void)state;
	struct coverage coverage;
	assert_true(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_gross_exposure, 100));
	assert_true(state_value(SCOPE_ACCOUNT, 7, SYMBOL_NONE, LIMIT_max_stress, 100));
	coverage = limits_coverage(&limits, 7, SYMBOL_NONE);
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++) {
		bool is_firms = kind == MONEY_GROSS, is_accounts = kind == MONEY_STRESS;
		assert_int_equal(limits_share(kind), is_firms      ? LIMIT_max_leverage
						     : is_accounts ? LIMIT_max_stress_share
								   : LIMIT_COUNT);
		/* What binds is a share only where it is not what is stated of the kind itself. */
		assert_int_equal(
			limits_is_share(&limits, &coverage, SCOPE_FIRM, kind, 99), is_firms);
		assert_int_equal(
			limits_is_share(&limits, &coverage, SCOPE_ACCOUNT, kind, 99), is_accounts);
		assert_false(limits_is_share(&limits, &coverage, SCOPE_FIRM, kind, 100));
		assert_false(limits_is_share(&limits, &coverage, SCOPE_ACCOUNT, kind, 100));
	}
}

static void equal_values_are_told_apart_by_window_and_burst(void **state)
{
	(void)state;
	uint8_t owner;
	struct limit_value tightest;
	struct coverage coverage;
	assert_true(state_one(
		SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_order_rate, (struct limit_value){10, 100, 5, 0}));
	assert_true(state_one(
		SCOPE_SYMBOL, 0, 1, LIMIT_order_rate, (struct limit_value){10, 200, 9, 0}));
	assert_true(state_one(
		SCOPE_SYMBOL, 0, 2, LIMIT_order_rate, (struct limit_value){10, 100, 4, 0}));
	for (uint32_t symbol = 1; symbol <= 2; symbol++) {
		coverage = limits_coverage(&limits, 0, symbol);
		limits_tightest(
			&limits, &coverage, LIMIT_order_rate, UINT32_MAX, &tightest, &owner);
		assert_int_equal(owner, SCOPE_SYMBOL);
	}
	assert_int_equal(lane_of(7, 1, LANE_SYMBOL_RATE, SCOPE_FIRM), 5 * 200);
	assert_int_equal(lane_of(7, 2, LANE_SYMBOL_RATE, SCOPE_SYMBOL), 4 * 100);
	assert_int_equal(lane_of(7, 0, LANE_SYMBOL_RATE, SCOPE_FIRM), 5 * 100);
	assert_int_equal(lane_of(7, 0, LANE_SYMBOL_WINDOW, SCOPE_FIRM), 10);
	assert_true(lane_of(7, 0, LANE_ACCOUNT_RATE, SCOPE_COUNT) == INT64_MIN);
}

/* A smaller number for a nanosecond is no tighter limit, and displaces none. */
static void a_smaller_value_takes_neither_the_window_nor_the_burst_of_another(void **state)
{
	(void)state;
	static const struct {
		enum limit limit;
		struct limit_value firms;
	} wide[] = {{LIMIT_collar_window, {1000, 5000, 0, 0}},
		{LIMIT_max_slicing, {5000, 6000, 0, 0}}, {LIMIT_max_duplicates, {20, 7000, 0, 0}},
		{LIMIT_max_fills, {900, 8000, 0, 0}}};
	struct limit_value tightest;
	struct profile profile;
	uint8_t owner;
	struct limit_row firm, account;
	limit_row_init(&firm, SCOPE_FIRM, 0, SYMBOL_NONE);
	limit_row_init(&account, SCOPE_ACCOUNT, 7, SYMBOL_NONE);
	for (unsigned i = 0; i < ARRAY_COUNT(wide); i++) {
		enum limit limit = wide[i].limit;
		firm.stated |= UINT64_C(1) << limit;
		account.stated |= UINT64_C(1) << limit;
		firm.limits[limit] = wide[i].firms;
		account.limits[limit] = (struct limit_value){wide[i].firms.value - 1, 1, 0, 0};
	}
	assert_true(limits_add(&limits, &firm) && limits_add(&limits, &account));
	struct coverage coverage = limits_coverage(&limits, 7, 3);
	for (unsigned i = 0; i < ARRAY_COUNT(wide); i++) {
		assert_non_null(limits_tightest(
			&limits, &coverage, wide[i].limit, UINT32_MAX, &tightest, &owner));
		assert_int_equal(tightest.value, wide[i].firms.value - 1);
		assert_int_equal(tightest.window_ns, wide[i].firms.window_ns);
		assert_int_equal(owner, SCOPE_ACCOUNT);
	}
	profile_fill(&profile, &limits, &site, &coverage);
	assert_int_equal(profile.walk_window_ns, 5000);
	assert_int_equal(profile.slicing_window_ns, 6000);
	assert_int_equal(profile.duplicate_window_ns, 7000);
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
	assert_int_equal(lane_of(1, 100, LANE_PRICE_COLLAR, SCOPE_ACCOUNT_SYMBOL), 6400);
	assert_true(lane_of(65, 100, LANE_PRICE_COLLAR, SCOPE_COUNT) == INT64_MIN);
}

static void what_a_row_holds_and_does_not_state_is_not_kept(void **state)
{
	(void)state;
	struct limit_row row;
	limit_row_init(&row, SCOPE_FIRM, 0, SYMBOL_NONE);
	row.stated = UINT64_C(1) << LIMIT_collar;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		row.limits[i] = (struct limit_value){7, 8, 9, 0};
	assert_true(limits_add(&limits, &row));
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		assert_true(limits.rows[0].limits[i].value == (i == LIMIT_collar ? 7 : INT64_MIN));
}

/* What no epoch states costs nothing to forget, and what one stated is gone. */
static void what_is_cleared_leaves_no_row_behind(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		assert_true(state_value(SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_collar, 5));
		assert_true(state_one(SCOPE_SESSION, 1, SYMBOL_NONE, LIMIT_order_rate,
			(struct limit_value){1, 1, 1, 0}));
		assert_true(state_value(SCOPE_ACCOUNT, 7, SYMBOL_NONE, LIMIT_collar, 4));
		assert_true(state_value(SCOPE_SYMBOL, 0, 3, LIMIT_collar, 3));
		assert_true(state_value(SCOPE_ACCOUNT_SYMBOL, 7, 3, LIMIT_collar, 2));
		assert_true(state_one(SCOPE_ACCOUNT, 8, SYMBOL_NONE, LIMIT_max_duplicates,
			(struct limit_value){1, 9, 0, 0}));
		assert_int_equal(limits.duplicate_window_ns, 9);
		assert_int_equal(lane_of(7, 3, LANE_PRICE_COLLAR, SCOPE_ACCOUNT_SYMBOL), 2);
		limits_clear(&limits);
		assert_int_equal(limits.sessions[1], 0);
		assert_int_equal(limits.epoch, 0);
		assert_int_equal(limits.duplicate_window_ns, 0);
		assert_true(lane_of(7, 3, LANE_PRICE_COLLAR, SCOPE_COUNT) == INT64_MIN);
	}
}

static void a_profile_is_made_once_an_epoch(void **state)
{
	(void)state;
	struct profiles profiles = {.site = site};
	profiles_init(&profiles);
	assert_true(state_value(SCOPE_ACCOUNT, 7, SYMBOL_NONE, LIMIT_collar, 10));
	const struct profile *profile = profiles_of_account(&profiles, &limits, 7);
	assert_int_equal(profile->limits[LANE_CONTROL_SILENT], 5);
	assert_int_equal(profile->limits[LANE_JOURNAL_BEHIND], 6);
	assert_int_equal(profile->limits[LANE_NOT_CONFIGURED], 0);
	assert_int_equal(profile->limits[LANE_PRICE_COLLAR], 10);
	limits_clear(&limits);
	assert_true(state_value(SCOPE_ACCOUNT, 7, SYMBOL_NONE, LIMIT_collar, 11));
	assert_ptr_equal(profiles_of_account(&profiles, &limits, 7), profile);
	assert_int_equal(profile->limits[LANE_PRICE_COLLAR], 10);
	profiles_clear(&profiles);
	assert_ptr_equal(profiles_of_account(&profiles, &limits, 7), profile);
	assert_int_equal(profile->limits[LANE_PRICE_COLLAR], 11);
	profiles_free(&profiles);
}

/* Whether anybody else had its place before, a pair has the limits of its own rows; twice in a row costs nothing. */
static void those_that_are_kept_are_told_apart(void **state)
{
	(void)state;
	struct profiles profiles = {.site = site};
	profiles_init(&profiles);
	for (uint32_t i = 1; i <= 100; i++)
		assert_true(state_value(SCOPE_ACCOUNT, i, SYMBOL_NONE, LIMIT_collar, 1000 + i));
	for (uint32_t j = 0; j < 100; j++)
		assert_true(state_value(SCOPE_SYMBOL, 0, j, LIMIT_max_order_quantity, j));
	assert_true(state_value(SCOPE_ACCOUNT_SYMBOL, 5, 120, LIMIT_max_order_quantity, 77));
	for (unsigned round = 0; round < 2; round++)
		for (uint32_t i = 1; i <= 100; i++)
			for (uint32_t j = 0; j < 130; j++) {
				const struct profile *of = profiles_of_pair(
					&profiles, &limits, row_key((uint16_t)i, j));
				int64_t qty = j < 100 ? (int64_t)j : INT64_MIN;
				if (i == 5 && j == 120)
					qty = 77;
				assert_int_equal(of->limits[LANE_PRICE_COLLAR], 1000 + i);
				assert_true(of->limits[LANE_MAX_ORDER_QUANTITY] == qty);
				assert_ptr_equal(profiles_of_pair(&profiles, &limits,
							 row_key((uint16_t)i, j)),
					of);
			}
	const struct profile *unnamed = profiles_of_pair(&profiles, &limits, row_key(9, 110));
	assert_ptr_equal(unnamed, profiles_of_account(&profiles, &limits, 9));
	profiles_free(&profiles);
}

/* Another epoch: who was not asked for in the last one is not what a place holds that nobody had. */
static void no_profile_of_another_epoch_is_given(void **state)
{
	(void)state;
	struct profiles profiles = {.site = site};
	profiles_init(&profiles);
	for (int64_t most = 5; most <= 6; most++) {
		limits_clear(&limits);
		assert_true(state_value(SCOPE_SYMBOL, 0, 3, LIMIT_max_order_quantity, most));
		assert_int_equal(profiles_of_pair(&profiles, &limits, row_key(7, 3))
					 ->limits[LANE_MAX_ORDER_QUANTITY],
			most);
		profiles_clear(&profiles);
		assert_true(profiles_of_account(&profiles, &limits, (uint16_t)most)
				    ->limits[LANE_PRICE_COLLAR] == INT64_MIN);
	}
	profiles_free(&profiles);
}

/* Behind all of them stands what is not theirs, and before those that are kept the accounts' own. */
static void those_that_are_kept_have_places_of_their_own(void **state)
{
	(void)state;
	enum { BEHIND = 2, FIRST = ACCOUNT_COUNT_MAX - PROFILE_KEPT_COUNT };
	static struct profile all[PROFILE_COUNT + BEHIND];
	static const struct profile untouched[BEHIND];
	struct profiles profiles = {.profiles = all, .generation = 1, .site = site};
	for (uint32_t i = FIRST; i < ACCOUNT_COUNT_MAX; i++)
		assert_true(state_value(SCOPE_ACCOUNT, i, SYMBOL_NONE, LIMIT_collar, i));
	for (uint32_t j = 0; j < 2 * PROFILE_KEPT_COUNT; j++)
		assert_true(state_value(SCOPE_SYMBOL, 0, j, LIMIT_max_order_quantity, 9));
	for (uint32_t i = FIRST; i < ACCOUNT_COUNT_MAX; i++)
		profiles_of_account(&profiles, &limits, (uint16_t)i);
	for (uint32_t j = 0; j < 2 * PROFILE_KEPT_COUNT; j++)
		profiles_of_pair(&profiles, &limits, row_key(7, j));
	for (uint32_t i = FIRST; i < ACCOUNT_COUNT_MAX; i++)
		assert_int_equal(profiles_of_account(&profiles, &limits, (uint16_t)i)
					 ->limits[LANE_PRICE_COLLAR],
			i);
	assert_memory_equal(&all[PROFILE_COUNT], untouched, sizeof untouched);
}

/* Strategies whose profiles have the place of the pair's own, and each other's. */
static void what_a_strategy_may_lose_is_never_anothers(void **state)
{
	(void)state;
	static const uint16_t strategies[] = {63, 127, 1};
	struct profiles profiles = {.site = site};
	profiles_init(&profiles);
	assert_true(state_value(SCOPE_SYMBOL, 0, 0, LIMIT_max_order_quantity, 9));
	for (unsigned i = 0; i < ARRAY_COUNT(strategies); i++)
		assert_true(state_value(SCOPE_STRATEGY, strategies[i], SYMBOL_NONE, LIMIT_max_loss,
			100 + (int64_t)i));
	for (unsigned round = 0; round < 2; round++) {
		const struct profile *of;
		for (unsigned i = 0; i < ARRAY_COUNT(strategies); i++) {
			of = profiles_of_strategy(&profiles, &limits, row_key(7, 0), strategies[i]);
			assert_int_equal(of->losses.strategy_e4[OWN_LOSS], 100 + i);
			assert_int_equal(of->strategy, strategies[i]);
			assert_ptr_equal(profiles_of_strategy(
						 &profiles, &limits, row_key(7, 0), strategies[i]),
				of);
			of = profiles_of_pair(&profiles, &limits, row_key(7, 0));
			assert_true(
				of->losses.strategy_e4[OWN_LOSS] == INT64_MAX && of->strategy == 0);
		}
		of = profiles_of_strategy(&profiles, &limits, row_key(7, 0), 64);
		assert_true(of->losses.strategy_e4[OWN_LOSS] == INT64_MAX && of->strategy == 0);
	}
	/* Symbol 64's has the place of symbol 0's. */
	assert_true(state_value(SCOPE_SYMBOL, 0, 64, LIMIT_max_order_quantity, 8));
	profiles_clear(&profiles);
	profiles_of_strategy(&profiles, &limits, row_key(7, 0), strategies[0]);
	assert_int_equal(profiles_of_pair(&profiles, &limits, row_key(7, 64))
				 ->limits[LANE_MAX_ORDER_QUANTITY],
		8);
	assert_int_equal(profiles_of_pair(&profiles, &limits, row_key(7, 0))
				 ->limits[LANE_MAX_ORDER_QUANTITY],
		9);
	for (unsigned i = 0; i < 4; i++) {
		uint32_t symbol = i % 2 * 64;
		const struct profile *of =
			profiles_of_strategy(&profiles, &limits, row_key(7, symbol), strategies[0]);
		assert_int_equal(of->limits[LANE_MAX_ORDER_QUANTITY], 9 - i % 2);
	}
	profiles_free(&profiles);
}

static const struct limit_row *covering(
	const struct coverage *coverage, unsigned i, unsigned scopes)
{
	const uint16_t indexes[] = {
		coverage->firm, coverage->account, coverage->symbol, coverage->pair};
	const struct limit_row *row = limits_row(&limits, indexes[i]);
	return row != NULL && (scopes >> row->scope & 1) != 0 ? row : NULL;
}

/* What a limit collapses to, looked for row by row, of each of its parts the tightest. */
static struct limit_value slowly(const struct coverage *coverage, enum limit limit, unsigned scopes)
{
	struct limit_value best = {INT64_MIN, 0, 0, 0};
	for (unsigned i = 0; i < 4; i++) {
		const struct limit_row *row = covering(coverage, i, scopes);
		if (row == NULL || (row->stated >> limit & 1) == 0)
			continue;
		struct limit_value value = row->limits[limit];
		bool is_first = best.value == INT64_MIN;
		if (is_first || value.value < best.value)
			best.value = value.value;
		if (is_first || value.window_ns > best.window_ns)
			best.window_ns = value.window_ns;
		if (is_first || value.burst < best.burst)
			best.burst = value.burst;
	}
	return best;
}

/* A few values and windows, so that rows state the same often. */
static void state_by_chance(struct limit_row *row, uint64_t *seed)
{
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		uint64_t chance = *seed >> 33;
		if ((limit_keys[i].scopes >> row->scope & 1) == 0 || chance % 4 == 0)
			continue;
		row->stated |= UINT64_C(1) << i;
		row->limits[i] = (struct limit_value){
			(int64_t)(chance >> 3 & 1) + limit_is_floor((enum limit)i),
			1 + (chance >> 4 & 3), (uint32_t)(chance >> 6 & 3), 0};
	}
}

static int64_t slow_tokens(const struct coverage *coverage, enum limit limit, unsigned scopes)
{
	struct limit_value value = slowly(coverage, limit, scopes);
	return value.value == INT64_MIN ? INT64_MIN
					: (int64_t)value.burst * (int64_t)value.window_ns;
}

static void profile_is_slow_one(const struct coverage *coverage)
{
	enum { F = 1 << SCOPE_FIRM, A = 1 << SCOPE_ACCOUNT, Y = 1 << SCOPE_SYMBOL };
	struct profile profile;
	profile_fill(&profile, &limits, &site, coverage);
	for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
		enum limit limit = limit_of_lane(lane);
		uint8_t owner = limits_owner(&limits, coverage, lane);
		bool is_value = owner != SCOPE_COUNT && lane != LANE_ACCOUNT_RATE &&
				lane != LANE_SYMBOL_RATE && lane != LANE_EXIT_RATE;
		if (!is_value)
			continue;
		bool is_shared = lane == LANE_FIRM_POSITION_LONG ||
				 lane == LANE_FIRM_POSITION_SHORT ||
				 lane == LANE_FIRM_OPEN_BUY_VALUE ||
				 lane == LANE_FIRM_OPEN_SELL_VALUE || lane == LANE_SYMBOL_WINDOW;
		bool is_own = lane == LANE_POSITION_LONG || lane == LANE_POSITION_SHORT ||
			      lane == LANE_OPEN_BUY_VALUE || lane == LANE_OPEN_SELL_VALUE ||
			      lane == LANE_ACCOUNT_WINDOW;
		unsigned scopes = is_shared ? F | Y : is_own ? (unsigned)~(F | Y) : ~0u;
		assert_int_equal(profile.limits[lane], slowly(coverage, limit, scopes).value);
	}
	assert_int_equal(
		profile.limits[LANE_ACCOUNT_RATE], slow_tokens(coverage, LIMIT_order_rate, A));
	assert_int_equal(
		profile.limits[LANE_SYMBOL_RATE], slow_tokens(coverage, LIMIT_order_rate, F | Y));
	assert_int_equal(profile.limits[LANE_EXIT_RATE], slow_tokens(coverage, LIMIT_exit_rate, A));
	assert_int_equal(
		profile.walk_window_ns, slowly(coverage, LIMIT_collar_window, ~0u).window_ns);
	assert_int_equal(
		profile.slicing_window_ns, slowly(coverage, LIMIT_max_slicing, ~0u).window_ns);
	assert_int_equal(
		profile.duplicate_window_ns, slowly(coverage, LIMIT_max_duplicates, ~0u).window_ns);
	for (unsigned i = 0; i < METER_COUNT; i++)
		assert_int_equal(profile.metered[i], slowly(coverage, (enum limit)i, ~0u).value);
}

static void rows_collapse_as_if_looked_for_one_by_one(void **state)
{
	(void)state;
	static const struct {
		enum scope scope;
		uint32_t id, symbol;
	} rows[] = {{SCOPE_FIRM, 0, SYMBOL_NONE}, {SCOPE_ACCOUNT, 7, SYMBOL_NONE},
		{SCOPE_SYMBOL, 0, 3}, {SCOPE_ACCOUNT_SYMBOL, 7, 3}};
	uint64_t seed = 1;
	for (unsigned round = 0; round < 4000; round++) {
		limits_clear(&limits);
		for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
			struct limit_row row;
			limit_row_init(&row, rows[i].scope, rows[i].id, rows[i].symbol);
			state_by_chance(&row, &seed);
			if ((seed >> 40 & 7) != 0)
				assert_true(limits_add(&limits, &row));
		}
		struct coverage coverage = limits_coverage(&limits, 7, 3);
		profile_is_slow_one(&coverage);
	}
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

#define limits_test(name) cmocka_unit_test_setup(name, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		limits_test(the_tightest_wins_and_says_whose_it_is),
		limits_test(what_counts_over_all_accounts_is_apart),
		limits_test(each_lane_that_a_limit_binds_names_it_and_no_other_lane_does),
		limits_test(every_lane_of_a_limit_says_who_stated_it),
		limits_test(a_row_is_metered_that_states_a_limit_of_single_orders),
		limits_test(
			gross_exposure_and_stress_have_a_share_of_the_capital_and_nothing_else_has),
		limits_test(equal_values_are_told_apart_by_window_and_burst),
		limits_test(a_smaller_value_takes_neither_the_window_nor_the_burst_of_another),
		limits_test(no_limit_is_so_large_that_a_missing_measure_passes),
		limits_test(a_scope_is_stated_once),
		limits_test(what_may_not_be_stated_so_is_refused),
		limits_test(the_table_of_rows_is_bounded),
		limits_test(what_a_row_holds_and_does_not_state_is_not_kept),
		limits_test(a_profile_is_made_once_an_epoch),
		limits_test(those_that_are_kept_are_told_apart),
		limits_test(no_profile_of_another_epoch_is_given),
		limits_test(those_that_are_kept_have_places_of_their_own),
		limits_test(what_a_strategy_may_lose_is_never_anothers),
		limits_test(what_is_cleared_leaves_no_row_behind),
		limits_test(rows_collapse_as_if_looked_for_one_by_one),
		limits_test(what_trips_must_be_stated_each_by_itself),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.limits", tests, NULL, NULL);
}
