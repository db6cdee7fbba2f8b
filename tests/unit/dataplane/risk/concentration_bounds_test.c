/* concentration_bounds_test.c - from what on a share is asked about, and what is told of shares at their ends. */
#include "tests/unit/dataplane/risk/told.h"

static const struct concentration_limits *shares_of(struct desk *desk, uint16_t account)
{
	desk_adopt(desk);
	return &profiles_of_account(&desk->risk->profiles, desk->risk->limits, account)->shares;
}

static void states_share(struct desk *desk, unsigned row, int64_t capital_e4, int64_t bps)
{
	struct limit_row *states = &desk->rows[row];
	desk_state(states, LIMIT_capital, capital_e4, 0, 0);
	desk_state(states, LIMIT_max_symbol_share, bps, 0, 0);
	desk_state(states, LIMIT_max_sector_share, bps, 0, 0);
}

/* Rounded down; of a capital without end no exposure is more. */
static void a_share_is_asked_about_from_one_above_its_part_of_the_capital(void **state)
{
	static const struct {
		int64_t capital_e4, bps, from_e4;
	} parts[] = {{100000000, 5000, 50000001}, {99999999, 5000, 50000000}, {100000000, 1, 10001},
		{100000000, 0, 1}, {0, 5000, 1}, {INT64_MAX - 1, 10000, INT64_MAX},
		{INT64_MAX - 1, SHARE_BPS_MAX, INT64_MAX}};
	struct desk *desk = *state;
	for (unsigned i = 0; i < ARRAY_COUNT(parts); i++)
		for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
			unsigned row = owner == MONEY_OF_FIRM ? DESK_FIRM : DESK_ACCOUNT_7;
			states_share(desk, row, parts[i].capital_e4, parts[i].bps);
			const struct concentration_limits *shares = shares_of(desk, 7);
			assert_int_equal(shares->symbol_from_e4[owner], parts[i].from_e4);
			assert_int_equal(shares->sector_from_e4[owner], parts[i].from_e4);
		}
}

static void a_share_of_which_something_is_missing_is_always_asked_about(void **state)
{
	static const enum limit missing[][2] = {
		{LIMIT_capital, LIMIT_capital}, {LIMIT_max_symbol_share, LIMIT_max_sector_share}};
	for (unsigned i = 0; i < ARRAY_COUNT(missing); i++) {
		struct desk *desk = *state;
		states_share(desk, DESK_FIRM, 100000000, 0);
		states_share(desk, DESK_ACCOUNT_7, 100000000, 0);
		for (unsigned side = 0; side < 2; side++)
			desk_unstate(desk, missing[i][side]);
		const struct concentration_limits *shares = shares_of(desk, 7);
		for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
			assert_true(shares->symbol_from_e4[owner] == INT64_MIN);
			assert_true(shares->sector_from_e4[owner] == INT64_MIN);
		}
	}
}

/* One of the four shares, each of a capital of 10,000.0000: 10 shares at 10.0000 are a hundredth of it. */
struct share {
	uint8_t row;
	enum limit limit;
	enum scope scope;
};
static const struct share each_share[] = {
	{DESK_ACCOUNT_7, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL},
	{DESK_FIRM, LIMIT_max_symbol_share, SCOPE_SYMBOL},
	{DESK_ACCOUNT_7, LIMIT_max_sector_share, SCOPE_ACCOUNT},
	{DESK_FIRM, LIMIT_max_sector_share, SCOPE_FIRM},
};

/* The others may be all of it, and pass no mark. */
static void opens_with(struct desk *desk, const struct share *of, int64_t bps)
{
	desk_open(desk);
	states_share(desk, DESK_FIRM, 100000000, 10000);
	states_share(desk, DESK_ACCOUNT_7, 100000000, 10000);
	desk_state(&desk->rows[of->row], of->limit, bps, 0, 0);
	desk_adopt(desk);
}

/* A tenth is half of what may be; nine hundredths were held when the limits were adopted again, four take the mark back. */
static void a_share_that_fell_below_its_mark_is_told_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(each_share); i++) {
		static struct desk desk;
		const struct share *of = &each_share[i];
		struct usage_row last = {0};
		opens_with(&desk, of, 2000);
		desk_hold(&desk, 0, 90);
		desk_adopt(&desk);
		for (unsigned rise = 0; rise < 2; rise++) {
			assert_int_equal(told(&desk, of->limit, of->scope, &last), 0);
			desk_hold(&desk, 0, rise == 0 ? 10 : 60);
			assert_int_equal(told(&desk, of->limit, of->scope, &last), 1);
			assert_true(last.usage == 1000 && last.limit == 2000);
			desk_hold(&desk, 0, -60);
		}
		desk_close(&desk);
	}
}

/* Four tenths were held, which was no mark: half of a fifth is one since. */
static void a_mark_of_a_tighter_share_is_told_below_an_older_peak(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(each_share); i++) {
		static struct desk desk;
		const struct share *of = &each_share[i];
		struct usage_row last = {0};
		opens_with(&desk, of, 10000);
		desk_hold(&desk, 0, 400);
		desk_hold(&desk, 0, -400);
		desk_state(&desk.rows[of->row], of->limit, 2000, 0, 0);
		desk_adopt(&desk);
		desk_hold(&desk, 0, 99);
		assert_int_equal(told(&desk, of->limit, of->scope, &last), 0);
		desk_hold(&desk, 0, 1);
		assert_int_equal(told(&desk, of->limit, of->scope, &last), 1);
		assert_true(last.usage == 1000 && last.limit == 2000 && last.peak == 4000);
		desk_close(&desk);
	}
}

/* Account 8 holds what is in no sector; account 7, which may have all of its capital in one, is adopted after it. */
static void whose_sectors_they_are_does_not_depend_on_whose_come_next(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	struct account_config first = desk->accounts[0];
	risk_close(desk->risk);
	desk->accounts[0] = desk->accounts[1];
	desk->accounts[1] = first;
	desk->symbols[0].sector = 0;
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	states_share(desk, DESK_FIRM, 100000000, 10000);
	states_share(desk, DESK_ACCOUNT_7, 100000000, 10000);
	states_share(desk, DESK_ACCOUNT_8, 100000000, 2000);
	desk_adopt(desk);
	risk_fill(desk->risk, 8, 0, SIDE_BUY, 300, 0, 100000);
	risk_fill(desk->risk, 8, 0, SIDE_SELL, 300, 0, 100000);
	desk_adopt(desk);
	told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &last);
	risk_fill(desk->risk, 8, 0, SIDE_BUY, 100, 0, 100000);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &last), 1);
	assert_true(last.id == 8 && last.usage == 1000 && last.limit == 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_share_is_asked_about_from_one_above_its_part_of_the_capital),
		desk_test(a_share_of_which_something_is_missing_is_always_asked_about),
		cmocka_unit_test(a_share_that_fell_below_its_mark_is_told_again),
		cmocka_unit_test(a_mark_of_a_tighter_share_is_told_below_an_older_peak),
		desk_test(whose_sectors_they_are_does_not_depend_on_whose_come_next),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.risk.concentration_bounds", tests, NULL, NULL);
}
