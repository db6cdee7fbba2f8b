/* limits_bounds_test.c - each bound of a limit holds to the last unit, and profiles that fall on one slot are told apart. */
#include "config/binds.h"
#include "tests/unit/dataplane/risk/desk.h"

static struct limits limits;

/* Whether a limit may be stated so at a scope. */
static bool may(
	enum limit limit, enum scope scope, int64_t value, uint64_t window_ns, uint32_t burst)
{
	struct limit_row row;
	limits_clear(&limits);
	limit_row_init(&row, scope, scope == SCOPE_SESSION || scope == SCOPE_ACCOUNT, SYMBOL_NONE);
	row.symbol = scope == SCOPE_SYMBOL || scope == SCOPE_ACCOUNT_SYMBOL ? 0 : SYMBOL_NONE;
	row.id = scope == SCOPE_FIRM || scope == SCOPE_SYMBOL ? 0 : 1;
	row.stated = UINT64_C(1) << limit;
	row.limits[limit] = (struct limit_value){value, window_ns, burst, 0};
	return limits_add(&limits, &row);
}

static int64_t rate_max(enum scope scope)
{
	return scope == SCOPE_SESSION    ? SESSION_RATE_MAX
	       : scope == SCOPE_ACCOUNT  ? ACCOUNT_RATE_MAX
	       : scope == SCOPE_STRATEGY ? STRATEGY_RATE_MAX
					 : SYMBOL_RATE_MAX;
}

/* The largest value that a limit may have. */
static int64_t value_max(enum limit limit, enum scope scope)
{
	if (limit_is_small(limit))
		return SHARE_BPS_MAX;
	if (limit_is_floor(limit))
		return SYMBOL_RATE_BPS_MAX;
	if (limit == LIMIT_max_slicing)
		return SLICING_BPS_MAX;
	switch ((enum limit_unit)limit_keys[limit].unit) {
	case RATE:
		return rate_max(scope);
	case COUNT:
		return limit_times_max(limit);
	case RATIO:
		return ORDER_TO_TRADE_MAX;
	case FLAG:
		return 1;
	default:
		return INT64_MAX;
	}
}

static void every_limit_holds_its_bounds_at_every_scope(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		for (unsigned scope = SCOPE_FIRM; scope < SCOPE_COUNT; scope++) {
			enum limit limit = (enum limit)i;
			unsigned unit = limit_keys[i].unit;
			bool is_there = limit_keys[i].scopes >> scope & 1;
			bool has_window = unit == RATE || unit == COUNT || unit == WALK;
			uint64_t window_ns = has_window || limit == LIMIT_max_slicing;
			int64_t most = value_max(limit, (enum scope)scope);
			assert_int_equal(
				may(limit, scope, limit_is_floor(limit), window_ns, 0), is_there);
			assert_false(limit_is_floor(limit) && may(limit, scope, 0, window_ns, 0));
			assert_int_equal(may(limit, scope, most, window_ns, 0), is_there);
			assert_false(may(limit, scope, -1, window_ns, 0));
			if (most < INT64_MAX)
				assert_false(may(limit, scope, most + 1, window_ns, 0));
			if (!is_there || !has_window)
				continue;
			assert_false(may(limit, scope, 1, 0, 0));
			assert_true(may(limit, scope, 1, LIMIT_WINDOW_NS_MAX, 0));
			assert_false(may(limit, scope, 1, LIMIT_WINDOW_NS_MAX + 1, 0));
			assert_true(may(limit, scope, 1, 1, BURST_MAX));
			assert_int_equal(may(limit, scope, 1, 1, BURST_MAX + 1), unit != RATE);
		}
}

/* What a unit does not have is kept as nothing. */
static void only_what_a_unit_has_is_kept(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		for (unsigned scope = SCOPE_FIRM; scope < SCOPE_COUNT; scope++) {
			unsigned unit = limit_keys[i].unit;
			if (!may((enum limit)i, scope, 1, 7, 9))
				continue;
			const struct limit_value *kept = &limits.rows[0].limits[i];
			bool has_window = unit == RATE || unit == COUNT || unit == WALK;
			assert_int_equal(kept->value, 1);
			assert_int_equal(kept->window_ns, has_window ? 7 : 0);
			assert_int_equal(kept->burst, unit == RATE || unit == RATIO ? 9 : 0);
		}
}

static void a_row_that_states_what_is_no_limit_is_refused_whole(void **state)
{
	struct limit_row row;
	(void)state;
	limits_clear(&limits);
	limit_row_init(&row, SCOPE_FIRM, 0, SYMBOL_NONE);
	row.stated = UINT64_C(1) << LIMIT_collar;
	row.limits[LIMIT_collar].value = 5;
	for (unsigned bit = LIMIT_COUNT; bit < 64; bit++) {
		struct limit_row wrong = row;
		wrong.stated |= UINT64_C(1) << bit;
		assert_false(limits_add(&limits, &wrong));
	}
	assert_int_equal(limits.row_count, 0);
	assert_int_equal(limits.firm, 0);
	assert_true(limits_add(&limits, &row));
}

/* Without rates there is the base currency alone. */
static void money_of_another_currency_needs_rates(void **state)
{
	(void)state;
	struct limit_row row;
	limit_row_init(&row, SCOPE_FIRM, 0, SYMBOL_NONE);
	row.stated = UINT64_C(1) << LIMIT_max_order_value;
	row.limits[LIMIT_max_order_value] = (struct limit_value){.value = 5};
	for (uint8_t currency = 0; currency < CURRENCY_COUNT_MAX; currency++) {
		limits_clear(&limits);
		limits.rates = NULL;
		row.limits[LIMIT_max_order_value].currency = currency;
		assert_int_equal(limits_add(&limits, &row), currency == 0);
	}
}

static void lanes_know_their_limits(void **state)
{
	static const struct {
		unsigned lane;
		enum limit limit;
	} known[] = {{LANE_SESSION_RATE, LIMIT_order_rate}, {LANE_SESSION_WINDOW, LIMIT_order_rate},
		{LANE_ACCOUNT_RATE, LIMIT_order_rate}, {LANE_SYMBOL_WINDOW, LIMIT_order_rate},
		{LANE_EXIT_RATE, LIMIT_exit_rate}, {LANE_NO_LOCATE, LIMIT_locates},
		{LANE_ORDER_TO_TRADE, LIMIT_order_to_trade},
		{LANE_GROSS_EXPOSURE, LIMIT_max_gross_exposure},
		{LANE_PORTFOLIO_RISK, LIMIT_max_stress}, {LANE_CREDIT, LIMIT_credit},
		{LANE_KILLED, LIMIT_COUNT}, {LANE_MARKET_STATE, LIMIT_COUNT},
		{LANE_GROSS_EXPOSURE - 1, LIMIT_max_open_sell_value},
		{LANE_TABLE_FULL, LIMIT_COUNT}, {LANE_OVERFLOW, LIMIT_COUNT}};
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(known); i++)
		assert_int_equal(limit_of_lane(known[i].lane), known[i].limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_limit_holds_its_bounds_at_every_scope),
		cmocka_unit_test(only_what_a_unit_has_is_kept),
		cmocka_unit_test(a_row_that_states_what_is_no_limit_is_refused_whole),
		cmocka_unit_test(money_of_another_currency_needs_rates),
		cmocka_unit_test(lanes_know_their_limits),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.risk.limits_bounds", tests, NULL, NULL);
}
