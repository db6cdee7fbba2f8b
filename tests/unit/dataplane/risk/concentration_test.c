/* concentration_test.c - shares of symbols and sectors at their limits and one past them, for each scope that may state them. */
#include "tests/unit/dataplane/risk/told.h"

#include "drivers/machine/memory.h"

/* Account 7 has a capital of 10,000.0000; half of it may be in a symbol, 60 % in a sector.  Symbols 0 and 1 are in one. */
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

static void buys(struct desk *desk, uint32_t symbol, uint32_t qty)
{
	desk->order.symbol = symbol;
	desk_size(desk, qty);
	desk->turn.now_ns += 1000;
	desk->top.top.last_ns += 1000;
}

static void refused(struct desk *desk, int64_t usage, int64_t limit, enum scope owner)
{
	desk_expect(desk, LANE_CONCENTRATION);
	assert_int_equal(desk->verdict.usage, usage);
	assert_int_equal(desk->verdict.limit, limit);
	assert_int_equal(desk->verdict.owner_scope, owner);
}

/* 500 shares at 10.0000 are half of the capital. */
static void a_symbol_takes_its_share_of_the_capital_and_not_one_share_more(void **state)
{
	struct desk *desk = *state;
	buys(desk, 0, 501);
	refused(desk, 5010, 5000, SCOPE_ACCOUNT);
	buys(desk, 0, 500);
	desk_pass(desk);
	buys(desk, 0, 1);
	refused(desk, 5010, 5000, SCOPE_ACCOUNT);
}

/* Half of one unit less than twice what 500 shares at 10.0000 are; of the firm's capital it is far from a share.  Whether it is
   the first order of the symbol or not. */
static void a_symbols_share_ends_with_the_last_unit_of_the_capitals_part(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_capital, 100000000, 0, 0);
	for (uint32_t had = 0; had < 2; had++) {
		desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_capital, 99999999, 0, 0);
		desk_adopt(desk);
		buys(desk, 0, 500 - had);
		refused(desk, 5001, 5000, SCOPE_ACCOUNT);
		desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_capital, 100000000, 0, 0);
		desk_adopt(desk);
		desk_expect(desk, LANE_NONE);
		buys(desk, 0, 1);
		desk_pass(desk);
	}
}

static void a_sector_takes_its_share_whatever_symbols_are_in_it(void **state)
{
	struct desk *desk = *state;
	buys(desk, 0, 500);
	desk_pass(desk);
	buys(desk, 1, 200);
	refused(desk, 7000, 6000, SCOPE_ACCOUNT);
	buys(desk, 1, 100);
	desk_pass(desk);
	buys(desk, 1, 100);
	refused(desk, 7000, 6000, SCOPE_ACCOUNT);
	/* Another sector has a share of its own. */
	buys(desk, 2, 400);
	desk_pass(desk);
}

/* 500 in each of two sectors, beyond the capital: the exposure itself is what shares are of. */
static void beyond_the_capital_shares_are_of_the_exposure(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_capital, 10000000, 0, 0);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_symbol_share, 6000, 0, 0);
	desk_adopt(desk);
	desk_hold(desk, 0, 500);
	desk_hold(desk, 2, 500);
	buys(desk, 0, 250);
	desk_pass(desk);
	buys(desk, 0, 1);
	refused(desk, 6004, 6000, SCOPE_ACCOUNT);
	buys(desk, 2, 50);
	desk_pass(desk);
	buys(desk, 0, 1);
	desk_pass(desk);
}

static void as_account_8(struct desk *desk)
{
	desk->order.session = 2;
	desk->order.account = 8;
	desk->order.strategy = 80;
}

/* The firm has 10,000.0000 too: 40 % in a symbol, by whichever account. */
static void the_firms_share_is_of_all_accounts_together(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_capital, 100000000, 0, 0);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_symbol_share, 4000, 0, 0);
	desk_adopt(desk);
	buys(desk, 0, 300);
	desk_pass(desk);
	as_account_8(desk);
	buys(desk, 0, 101);
	refused(desk, 4010, 4000, SCOPE_FIRM);
	assert_int_equal(desk->verdict.is_second, 0);
	buys(desk, 0, 100);
	desk_pass(desk);
}

static void the_firms_sector_is_of_all_accounts_together(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_capital, 100000000, 0, 0);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_sector_share, 4000, 0, 0);
	desk_adopt(desk);
	buys(desk, 0, 300);
	desk_pass(desk);
	as_account_8(desk);
	buys(desk, 1, 200);
	refused(desk, 5000, 4000, SCOPE_FIRM);
	assert_int_equal(desk->verdict.is_second, 1);
	buys(desk, 1, 100);
	desk_pass(desk);
	buys(desk, 2, 400);
	desk_pass(desk);
}

/* A symbol's own share is of the firm, a symbol's within an account of the account; both only of that symbol. */
static void a_symbol_and_a_symbol_within_an_account_have_shares_of_their_own(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_FIRM], LIMIT_capital, 100000000, 0, 0);
	limit_row_init(&desk->rows[5], SCOPE_SYMBOL, 0, 0);
	desk_state(&desk->rows[5], LIMIT_max_symbol_share, 3000, 0, 0);
	limit_row_init(&desk->rows[6], SCOPE_ACCOUNT_SYMBOL, 7, 0);
	desk_state(&desk->rows[6], LIMIT_max_symbol_share, 2000, 0, 0);
	desk->row_count = 7;
	desk_adopt(desk);
	buys(desk, 0, 201);
	refused(desk, 2010, 2000, SCOPE_ACCOUNT_SYMBOL);
	buys(desk, 0, 200);
	desk_pass(desk);
	as_account_8(desk);
	buys(desk, 0, 101);
	refused(desk, 3010, 3000, SCOPE_SYMBOL);
	buys(desk, 0, 100);
	desk_pass(desk);
	buys(desk, 2, 500);
	desk_pass(desk);
}

static void what_is_given_back_or_sold_makes_room(void **state)
{
	struct desk *desk = *state;
	buys(desk, 0, 500);
	desk_pass(desk);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 300, 30000000);
	buys(desk, 1, 400);
	desk_pass(desk);
	risk_release(desk->risk, 7, 1, SIDE_BUY, 400, 40000000);
	buys(desk, 0, 300);
	desk_pass(desk);
}

static void a_mark_moves_shares(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 500);
	buys(desk, 1, 100);
	desk_pass(desk);
	risk_mark(desk->risk, 7, 0, 100100);
	buys(desk, 1, 100);
	refused(desk, 7005, 6000, SCOPE_ACCOUNT);
	risk_mark(desk->risk, 7, 0, 80000);
	desk_pass(desk);
}

static void a_way_out_passes_whatever_its_share(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 900);
	buys(desk, 0, 1);
	refused(desk, 9010, 5000, SCOPE_ACCOUNT);
	buys(desk, 0, 100);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_pass(desk);
	assert_true(desk->verdict.is_way_out);
}

static void what_nobody_states_is_refused_by_name(void **state)
{
	struct desk *desk = *state;
	static const enum limit limits[] = {LIMIT_max_symbol_share, LIMIT_max_sector_share};
	static const uint8_t rows[] = {DESK_ACCOUNT_7, DESK_FIRM};
	for (unsigned i = 0; i < 4; i++) {
		desk_state_all(desk);
		desk->rows[rows[i / 2]].stated &= ~(UINT64_C(1) << limits[i % 2]);
		desk_adopt(desk);
		buys(desk, 0, 1);
		desk_expect(desk, LANE_CONCENTRATION);
		assert_true(desk->verdict.limit == INT64_MIN);
		assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
		assert_int_equal(desk->verdict.is_second, i % 2);
	}
}

static void without_capital_neither_exposure_nor_share_has_a_limit(void **state)
{
	struct desk *desk = *state;
	static const uint8_t rows[] = {DESK_ACCOUNT_7, DESK_FIRM};
	uint64_t both = UINT64_C(1) << LANE_GROSS_EXPOSURE | UINT64_C(1) << LANE_CONCENTRATION;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		desk_state_all(desk);
		desk->rows[rows[i]].stated &= ~(UINT64_C(1) << LIMIT_capital);
		desk_adopt(desk);
		buys(desk, 0, 1);
		desk_expect(desk, LANE_GROSS_EXPOSURE);
		assert_true((desk->verdict.mask & both) == both);
		assert_true(desk->verdict.limit == INT64_MIN);
	}
}

static void without_a_reference_or_a_sector_the_share_is_missing(void **state)
{
	struct desk *desk = *state;
	desk->risk->symbols[0].instrument.sector = 0;
	buys(desk, 0, 1);
	refused(desk, INT64_MAX, 6000, SCOPE_ACCOUNT);
	assert_int_equal(desk->verdict.is_second, 1);
	desk->risk->symbols[0].instrument.sector = 1;
	desk_pass(desk);
	buys(desk, 2, 1);
	desk->top.top.bid_e4 = desk->top.top.ask_e4 = desk->top.top.last_e4 = 0;
	desk_expect(desk, LANE_NO_REFERENCE);
	assert_true((desk->verdict.mask >> LANE_CONCENTRATION & 1) != 0);
}

/* What nobody states is not asked how much of it is used. */
static void without_a_sector_a_share_that_nobody_states_has_no_limit(void **state)
{
	struct desk *desk = *state;
	desk->risk->symbols[0].instrument.sector = 0;
	desk_unstate(desk, LIMIT_max_sector_share);
	buys(desk, 0, 100);
	desk_expect(desk, LANE_CONCENTRATION);
	assert_true(desk->verdict.limit == INT64_MIN);
	assert_int_equal(desk->verdict.usage, 1000);
	assert_int_equal(desk->verdict.owner_scope, SCOPE_COUNT);
	assert_int_equal(desk->verdict.is_second, 1);
}

/* concentration (1): whatever happened, the sums are those of the rows. */
static void sums_are_those_of_the_rows(void **state)
{
	struct desk *desk = *state;
	uint64_t chance = 11;
	for (unsigned step = 0; step < 5000; step++) {
		chance = chance * 6364136223846793005u + 1442695040888963407u;
		uint16_t account = (uint16_t)(7 + (chance >> 62 & 1));
		uint32_t symbol = (uint32_t)(chance >> 40) % 3, qty = 1 + (chance >> 50 & 63);
		enum side side = chance >> 60 & 1 ? SIDE_BUY : SIDE_SELL;
		switch (chance >> 33 & 3) {
		case 0:
			risk_reserve(desk->risk, account, symbol, side, qty, 100000 * (int64_t)qty);
			break;
		case 1:
			risk_release(desk->risk, account, symbol, side, qty, 100000 * (int64_t)qty);
			break;
		case 2:
			risk_fill(desk->risk, account, symbol, side, qty, 100000 * (int64_t)qty,
				100000);
			break;
		default:
			risk_mark(desk->risk, account, symbol, 50000 + (int64_t)qty * 1000);
		}
	}
	const struct risk *risk = desk->risk;
	int64_t sectors[3][3] = {{0}}, symbols[3] = {0};
	for (uint32_t at = 0; at < risk->rows.count; at++) {
		uint32_t key = risk->rows.rows[at].key;
		int64_t gross_e4 = risk->rows.rows[at].stake.parts[STAKE_GROSS];
		sectors[(key >> 16) - 7][risk->symbols[key & 0xFFFF].instrument.sector] += gross_e4;
		sectors[2][risk->symbols[key & 0xFFFF].instrument.sector] += gross_e4;
		symbols[key & 0xFFFF] += gross_e4;
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(risk->sectors.sums[7][i].gross_e4, sectors[0][i]);
		assert_int_equal(risk->sectors.sums[8][i].gross_e4, sectors[1][i]);
		assert_int_equal(risk->sectors.sums[SECTORS_OF_FIRM][i].gross_e4, sectors[2][i]);
		assert_int_equal(risk->symbols[i].gross_e4, symbols[i]);
	}
}

/* Half of the limit is 2500 of ten thousand: 250 shares at 10.0000; a quarter 125, which at 9.9920 are 1249. */
static void a_mark_of_a_share_is_told_again_once_usage_was_below_a_quarter(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	buys(desk, 0, 300);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_int_equal(last.usage, 3000);
	assert_int_equal(last.limit, 5000);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 175, 17500000);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 125, 12500000); /* at a quarter is not below it */
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &last), 0);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 125, 12500000);
	risk_mark(desk->risk, 7, 0, 99920);
	risk_mark(desk->risk, 7, 0, 100000);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 124, 12400000);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &last), 0);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 100000);
	assert_int_equal(told(desk, LIMIT_max_symbol_share, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_int_equal(last.usage, 2500);
	assert_int_equal(last.peak, 3000);
}

/* What was half of a limit is less than half of the next: it is told where that is reached. */
static void marks_of_a_sector_are_those_of_the_limits_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_symbol_share, 9999, 0, 0);
	desk_adopt(desk);
	buys(desk, 0, 300);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &last), 1);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_sector_share, 9000, 0, 0);
	desk_adopt(desk);
	buys(desk, 1, 100);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &last), 0);
	buys(desk, 0, 50);
	desk_pass(desk);
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &last), 1);
	assert_int_equal(last.usage, 4500);
	assert_int_equal(last.limit, 9000);
}

/* Account 7 has all it has in one sector, account 8 as much in another: half of the firm's each. */
static void a_sector_is_shown_as_a_part_of_its_owners(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_capital, 1, 0, 0);
	desk_state(&desk->rows[DESK_FIRM], LIMIT_capital, 1, 0, 0);
	desk_adopt(desk);
	desk_hold(desk, 0, 500);
	risk_fill(desk->risk, 8, 2, SIDE_BUY, 500, 0, 100000);
	const struct concentration_limits shares =
		profiles_of_account(&desk->risk->profiles, desk->risk->limits, 7)->shares;
	struct usage_row own = concentration_sector(desk->risk, 7, &shares);
	struct usage_row all = concentration_sector(desk->risk, 0, &shares);
	assert_int_equal(own.usage, 10000);
	assert_int_equal(own.limit, 6000);
	assert_int_equal(all.usage, 5000);
	assert_int_equal(all.scope, SCOPE_FIRM);
}

static void what_sectors_take_is_given_back(void **state)
{
	struct desk *desk = *state;
	size_t before = memory_taken_bytes();
	risk_close(risk_open(&desk->site));
	assert_int_equal(memory_taken_bytes(), before);
}

/* One sector is high while orders of another come: nothing is told again of the first. */
static void a_small_sector_does_not_make_a_large_one_speak_again(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_symbol_share, 9999, 0, 0);
	desk_adopt(desk);
	for (unsigned i = 0; i < 6; i++) {
		buys(desk, i % 2 ? 2 : 0, i % 2 ? 1 : 100);
		desk_pass(desk);
	}
	assert_int_equal(told(desk, LIMIT_max_sector_share, SCOPE_ACCOUNT, &last), 1);
	assert_int_equal(last.usage, 3000);
	assert_int_equal(last.symbol, 0);
}

/* One ten-thousandth more than half of the capital, by a first order. */
static void a_first_order_adds_all_that_it_is_worth(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_capital, 19999998, 0, 0);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_symbol_share, 10000, 0, 0);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_sector_share, 5000, 0, 0);
	desk_adopt(desk);
	buys(desk, 0, 100);
	refused(desk, 5001, 5000, SCOPE_ACCOUNT);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_spread, close_desk)
	const struct CMUnitTest tests[] = {
		ONE(a_symbol_takes_its_share_of_the_capital_and_not_one_share_more),
		ONE(a_symbols_share_ends_with_the_last_unit_of_the_capitals_part),
		ONE(a_sector_takes_its_share_whatever_symbols_are_in_it),
		ONE(beyond_the_capital_shares_are_of_the_exposure),
		ONE(the_firms_share_is_of_all_accounts_together),
		ONE(the_firms_sector_is_of_all_accounts_together),
		ONE(a_symbol_and_a_symbol_within_an_account_have_shares_of_their_own),
		ONE(what_is_given_back_or_sold_makes_room),
		ONE(a_mark_moves_shares),
		ONE(a_way_out_passes_whatever_its_share),
		ONE(what_nobody_states_is_refused_by_name),
		ONE(without_capital_neither_exposure_nor_share_has_a_limit),
		ONE(without_a_reference_or_a_sector_the_share_is_missing),
		ONE(without_a_sector_a_share_that_nobody_states_has_no_limit),
		ONE(sums_are_those_of_the_rows),
		ONE(a_mark_of_a_share_is_told_again_once_usage_was_below_a_quarter),
		ONE(marks_of_a_sector_are_those_of_the_limits_in_force),
		ONE(a_sector_is_shown_as_a_part_of_its_owners),
		ONE(what_sectors_take_is_given_back),
		ONE(a_small_sector_does_not_make_a_large_one_speak_again),
		ONE(a_first_order_adds_all_that_it_is_worth),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.risk.concentration", tests, NULL, NULL);
}
