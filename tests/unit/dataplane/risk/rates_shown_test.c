/* rates_shown_test.c - what operators are shown of limits in a currency that nobody gave a rate yet. */
#include "tests/unit/dataplane/risk/told.h"
#include "tests/unit/dataplane/risk/abroad.h"

#define shown_test(name) cmocka_unit_test_setup_teardown(name, abroad_setup, desk_teardown)

/* What is shown of limits of money: where one is missing, 0 or USAGE_LACKS_RATE says why. */
static const struct shown_limit {
	enum limit limit, shown; /* stated; the row that is looked at */
	enum scope scope;
} shown_limits[] = {
	{LIMIT_max_order_value, LIMIT_max_order_value, SCOPE_ACCOUNT},
	{LIMIT_credit, LIMIT_credit, SCOPE_ACCOUNT},
	{LIMIT_credit, LIMIT_credit, SCOPE_FIRM},
	{LIMIT_max_loss, LIMIT_max_loss, SCOPE_ACCOUNT},
	{LIMIT_max_loss, LIMIT_max_loss, SCOPE_FIRM},
	{LIMIT_capital, LIMIT_max_gross_exposure, SCOPE_ACCOUNT},
	{LIMIT_capital, LIMIT_max_stress, SCOPE_FIRM},
};

static void unstate(struct desk *desk, unsigned row, enum limit limit)
{
	desk->rows[row].stated &= ~(UINT64_C(1) << limit);
	desk->rows[row].limits[limit] = (struct limit_value){.value = INT64_MIN};
}

static void expect_lacking(struct desk *desk, const struct shown_limit *of, uint8_t flags)
{
	struct usage_row row = {.flags = 0};
	desk_adopt(desk);
	assert_true(shown(
		desk, of->scope == SCOPE_FIRM ? 0 : 7, of->shown, of->scope, SYMBOL_NONE, &row));
	assert_int_equal(row.flags, flags);
	assert_true(flags == 0 || row.limit == INT64_MIN);
}

static void a_limit_without_a_rate_is_not_shown_as_one_that_nobody_states(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(shown_limits); i++) {
		const struct shown_limit *of = &shown_limits[i];
		struct limit_row *row =
			&desk->rows[of->scope == SCOPE_FIRM ? DESK_FIRM : DESK_ACCOUNT_7];
		struct limit_row before = *row;
		expect_lacking(desk, of, 0);
		limit_in(desk, (unsigned)(row - desk->rows), of->limit, 1000000000, JPY);
		expect_lacking(desk, of, USAGE_LACKS_RATE);
		limit_in(desk, (unsigned)(row - desk->rows), of->limit, 1000000000, EUR);
		expect_lacking(desk, of, 0);
		unstate(desk, (unsigned)(row - desk->rows), of->limit);
		expect_lacking(desk, of, 0);
		*row = before;
	}
}

static void a_loss_without_a_rate_is_shown_where_a_strategy_or_a_symbol_states_it(void **state)
{
	struct desk *desk = *state;
	static const enum scope scopes[] = {SCOPE_STRATEGY, SCOPE_SYMBOL};
	struct usage_row row = {.flags = 0};
	desk_hold(desk, 0, 10);
	for (unsigned i = 0; i < ARRAY_COUNT(scopes); i++) {
		bool is_strategy = scopes[i] == SCOPE_STRATEGY;
		uint32_t id = is_strategy ? 70 : 0, symbol = is_strategy ? SYMBOL_NONE : 0;
		assert_false(
			shown(desk, is_strategy ? 7 : 0, LIMIT_max_loss, scopes[i], symbol, &row));
		row_in(desk, scopes[i], id, symbol, LIMIT_max_loss, 1000000, JPY);
		assert_true(
			shown(desk, is_strategy ? 7 : 0, LIMIT_max_loss, scopes[i], symbol, &row));
		assert_int_equal(row.limit, INT64_MIN);
		assert_int_equal(row.flags, USAGE_LACKS_RATE);
	}
}

static void an_account_whose_firm_states_a_limit_without_a_rate_is_told_so(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {.flags = 0};
	unstate(desk, DESK_ACCOUNT_7, LIMIT_max_order_value);
	limit_in(desk, DESK_FIRM, LIMIT_max_order_value, 1000000, JPY);
	desk_adopt(desk);
	assert_true(shown(desk, 7, LIMIT_max_order_value, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
	assert_int_equal(row.flags, USAGE_LACKS_RATE);
}

/* From the moment that a rate is as of to the last at which it may be used; the base's is always good. */
static void a_rate_is_shown_as_good_from_its_first_to_its_last_moment(void **state)
{
	struct desk *desk = *state;
	struct rate_row rows[CURRENCY_COUNT_MAX];
	static const struct {
		uint64_t wall_ns;
		bool is_good;
	} moments[] = {{BEGUN_NS - 1, false}, {BEGUN_NS, true}, {BEGUN_NS + HOUR_NS, true},
		{BEGUN_NS + HOUR_NS + 1, false}};
	for (unsigned i = 0; i < ARRAY_COUNT(moments); i++) {
		assert_int_equal(risk_rates(desk->risk, moments[i].wall_ns, rows), 3);
		assert_int_equal(rows[0].is_good, 1);
		assert_int_equal(rows[EUR].is_good, moments[i].is_good);
		assert_int_equal(rows[JPY].is_good, 0);
	}
	assert_true(rows[EUR].rate_e8 == DOLLARS && rows[EUR].as_of_wall_ns == BEGUN_NS);
	assert_true(rows[EUR].max_age_ns == HOUR_NS && rows[JPY].max_age_ns == HOUR_NS);
	assert_true(rows[JPY].rate_e8 == 0 && rows[JPY].as_of_wall_ns == 0);
}

/* What is held, and what a limit is stated in, asks for its own rate and for no other's. */
static void a_rate_is_shown_as_used_and_as_stated_by_itself(void **state)
{
	struct desk *desk = *state;
	struct rate_row rows[CURRENCY_COUNT_MAX];
	for (uint32_t currency = EUR; currency <= JPY; currency++) {
		limit_in(desk, DESK_FIRM, LIMIT_credit, 1000000000, currency);
		desk_adopt(desk);
		risk_day(desk->risk); /* what is held goes on, what was only traded does not */
		desk_hold(desk, currency, 10);
		risk_rates(desk->risk, BEGUN_NS, rows);
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(rows[i].currency, i);
			assert_int_equal(rows[i].is_used, i == currency);
			assert_int_equal(rows[i].is_stated, i == currency);
			assert_int_equal(rows[i].is_charged, i == 0);
		}
		desk_hold(desk, currency, -10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		shown_test(a_limit_without_a_rate_is_not_shown_as_one_that_nobody_states),
		shown_test(a_loss_without_a_rate_is_shown_where_a_strategy_or_a_symbol_states_it),
		shown_test(an_account_whose_firm_states_a_limit_without_a_rate_is_told_so),
		shown_test(a_rate_is_shown_as_good_from_its_first_to_its_last_moment),
		shown_test(a_rate_is_shown_as_used_and_as_stated_by_itself),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.rates_shown", tests, NULL, NULL);
}
