/* concentration_told_test.c - shares of symbols and sectors as operators are told and shown them, by whose they are. */
#include "tests/unit/dataplane/risk/told.h"

/* Account 7 has a capital of 10,000.0000; half of it may be in a symbol, 60 % in a sector. */
static int open_spread(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	desk_state(&desk.rows[DESK_ACCOUNT_7], LIMIT_capital, 100000000, 0, 0);
	desk_state(&desk.rows[DESK_ACCOUNT_7], LIMIT_max_symbol_share, 5000, 0, 0);
	desk_state(&desk.rows[DESK_ACCOUNT_7], LIMIT_max_sector_share, 6000, 0, 0);
	desk_adopt(&desk);
	*state = &desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	return 0;
}

static void buys(struct desk *desk, uint16_t account, uint32_t symbol, uint32_t qty)
{
	desk->order.session = account - 6;
	desk->order.account = account;
	desk->order.strategy = account * 10;
	desk->order.symbol = symbol;
	desk_size(desk, qty);
	desk->turn.now_ns += DESK_SECOND;
	desk->top.top.last_ns += DESK_SECOND;
	desk_pass(desk);
}

static void is_row(
	const struct usage_row *row, uint32_t id, uint32_t symbol, int64_t usage, int64_t limit)
{
	assert_int_equal(row->id, id);
	assert_int_equal(row->symbol, symbol);
	assert_int_equal(row->usage, usage);
	assert_int_equal(row->peak, usage);
	assert_int_equal(row->limit, limit);
}

/* 300 shares of account 7 and 500 of account 8: of the firm's 20,000.0000, 40 %. */
static void both_hold(struct desk *desk, uint32_t symbol)
{
	desk_state(&desk->rows[DESK_FIRM], LIMIT_capital, 200000000, 0, 0);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_symbol_share, 4000, 0, 0);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_sector_share, 5000, 0, 0);
	desk_adopt(desk);
	buys(desk, 7, symbol, 300);
	buys(desk, 8, symbol, 500);
}

static void each_share_is_told_and_shown_of_its_owner(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	/* The last sector there is. */
	desk->risk->symbols[1].instrument.sector = SECTOR_COUNT_MAX - 1;
	both_hold(desk, 1);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_SYMBOL, &row), 1);
	is_row(&row, 0, 1, 4000, 4000);
	assert_true(shown(desk, 0, LIMIT_max_symbol_share, SCOPE_SYMBOL, 1, &row));
	is_row(&row, 0, 1, 4000, 4000);
	assert_true(shown(desk, 0, LIMIT_max_sector_share, SCOPE_FIRM, SYMBOL_NONE, &row));
	is_row(&row, 0, SYMBOL_NONE, 4000, 5000);
	assert_true(shown(desk, 7, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, 1, &row));
	is_row(&row, 7, 1, 3000, 5000);
	assert_true(shown(desk, 7, LIMIT_max_sector_share, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
	is_row(&row, 7, SYMBOL_NONE, 3000, 6000);
}

static void each_share_is_told_where_it_passes_its_mark(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	both_hold(desk, 1);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_FIRM, &row), 1);
	is_row(&row, 0, 1, 4000, 5000);
	risk_release(desk->risk, 7, 1, SIDE_BUY, 300, 30000000);
	told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &row);
	buys(desk, 7, 1, 300);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &row), 1);
	is_row(&row, 7, 1, 3000, 6000);
	risk_release(desk->risk, 7, 1, SIDE_BUY, 300, 30000000);
	buys(desk, 7, 1, 300);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	is_row(&row, 7, 1, 3000, 5000);
}

/* The symbol stays below what was had of it before, and the firm is far from all its limits. */
static void a_sector_alone_that_passes_a_mark_is_told(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	buys(desk, 7, 0, 240);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 240, 24000000);
	buys(desk, 7, 1, 200);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &row), 0);
	buys(desk, 7, 0, 150);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &row), 1);
	is_row(&row, 7, 0, 3500, 6000);
}

/* 441 shares of the firm's 20,000.0000, of which 400 are half of a symbol's share: what each account has of it is far from its own. */
static void a_symbol_alone_that_passes_a_mark_is_told(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_capital, 200000000, 0, 0);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_symbol_share, 4000, 0, 0);
	desk_adopt(desk);
	buys(desk, 8, 2, 1);
	buys(desk, 7, 2, 240);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_SYMBOL, &row), 0);
	buys(desk, 8, 2, 200);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_SYMBOL, &row), 1);
	is_row(&row, 0, 2, 2205, 4000);
}

/* What was half of a limit is less than half of the next. */
static void marks_of_every_share_are_those_of_the_limits_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	both_hold(desk, 1);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_SYMBOL, &row), 1);
	for (unsigned i = 0; i < 2; i++) {
		struct limit_row *stated = &desk->rows[i == 0 ? DESK_FIRM : DESK_ACCOUNT_7];
		desk_state(stated, LIMIT_max_symbol_share, 10000, 0, 0);
		desk_state(stated, LIMIT_max_sector_share, 10000, 0, 0);
	}
	desk_adopt(desk);
	risk_reserve(desk->risk, 7, 1, SIDE_BUY, 100, 10000000);
	risk_reserve(desk->risk, 7, 1, SIDE_BUY, 90, 9000000);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_SYMBOL, &row), 0);
	risk_reserve(desk->risk, 8, 1, SIDE_BUY, 10, 1000000);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_SYMBOL, &row), 1);
	is_row(&row, 0, 1, 5000, 10000);
	risk_reserve(desk->risk, 7, 1, SIDE_BUY, 10, 1000000);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	is_row(&row, 7, 1, 5000, 10000);
}

static void marks_of_sectors_are_those_of_the_limits_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	both_hold(desk, 1);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_sector_share, 10000, 0, 0);
	desk_adopt(desk);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_FIRM, &row), 1);
	risk_reserve(desk->risk, 8, 1, SIDE_BUY, 200, 20000000);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_FIRM, &row), 1);
	is_row(&row, 0, 1, 5000, 10000);
}

/* A peak that stands on a mark is no reason to keep silent when it is reached again. */
static void a_mark_that_is_the_peak_is_told_again(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	buys(desk, 7, 0, 250);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 200, 20000000);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 200, 20000000);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	is_row(&row, 7, 0, 2500, 5000);
}

/* Of the sector, and of the firm, it is far from half. */
static void a_share_that_fell_to_nothing_is_told_again(void **state)
{
	struct desk *desk = *state;
	struct usage_row row;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_sector_share, 10000, 0, 0);
	desk_adopt(desk);
	buys(desk, 7, 0, 300);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 300, 30000000);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 300, 30000000);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &row), 1);
	is_row(&row, 7, 0, 3000, 5000);
}

static int64_t share_shown(struct desk *desk)
{
	struct usage_row row = {0};
	assert_true(shown(desk, 7, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, 0, &row));
	return row.usage;
}

static void the_smallest_share_is_shown_rounded_up_and_nothing_as_nothing(void **state)
{
	struct desk *desk = *state;
	static const int64_t capitals_e4[] = {1, 9999, 10000, 10001};
	static const int64_t shares_bps[] = {10000, 2, 1, 1};
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 1);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 1, 1);
	assert_int_equal(share_shown(desk), 0);
	desk_unstate(desk, LIMIT_capital);
	assert_int_equal(share_shown(desk), 0);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 1);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 1, 1);
	assert_int_equal(share_shown(desk), 0);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 1, 0, 1);
	risk_mark(desk->risk, 7, 0, 1);
	for (unsigned i = 0; i < ARRAY_COUNT(capitals_e4); i++) {
		desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_capital, capitals_e4[i], 0, 0);
		desk_adopt(desk);
		assert_int_equal(share_shown(desk), shares_bps[i]);
	}
}

/* What is in no sector is in one that has no name. */
static void what_is_held_without_a_sector_is_shown_and_told_as_one(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {0};
	desk->risk->symbols[0].instrument.sector = 0;
	desk_adopt(desk);
	desk_hold(desk, 0, 299);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &row), 0);
	desk_hold(desk, 0, 1);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &row), 1);
	is_row(&row, 7, 0, 3000, 6000);
	assert_true(shown(desk, 7, LIMIT_max_sector_share, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
	is_row(&row, 7, SYMBOL_NONE, 3000, 6000);
}

static void a_share_of_nothing_is_a_limit_and_shown_as_one(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {0};
	desk_hold(desk, 0, 1);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_symbol_share, 0, 0, 0);
	desk_adopt(desk);
	assert_true(shown(desk, 7, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, 0, &row));
	assert_int_equal(row.limit, 0);
	desk_unstate(desk, LIMIT_max_symbol_share);
	assert_true(shown(desk, 7, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, 0, &row));
	assert_true(row.limit == INT64_MIN);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_spread, close_desk)
	const struct CMUnitTest tests[] = {
		ONE(each_share_is_told_and_shown_of_its_owner),
		ONE(each_share_is_told_where_it_passes_its_mark),
		ONE(a_sector_alone_that_passes_a_mark_is_told),
		ONE(a_symbol_alone_that_passes_a_mark_is_told),
		ONE(marks_of_every_share_are_those_of_the_limits_in_force),
		ONE(marks_of_sectors_are_those_of_the_limits_in_force),
		ONE(a_mark_that_is_the_peak_is_told_again),
		ONE(a_share_that_fell_to_nothing_is_told_again),
		ONE(the_smallest_share_is_shown_rounded_up_and_nothing_as_nothing),
		ONE(what_is_held_without_a_sector_is_shown_and_told_as_one),
		ONE(a_share_of_nothing_is_a_limit_and_shown_as_one),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.risk.concentration_told", tests, NULL, NULL);
}
