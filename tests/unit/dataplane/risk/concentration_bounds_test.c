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

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_share_is_asked_about_from_one_above_its_part_of_the_capital),
		desk_test(a_share_of_which_something_is_missing_is_always_asked_about),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.risk.concentration_bounds", tests, NULL, NULL);
}
