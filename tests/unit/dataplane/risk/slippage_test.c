#include "tests/unit/dataplane/risk/told.h"

#include "drivers/machine/memory.h"

enum { WINDOW_NS = 500 };

/* Account 7 may slip three times, the firm five; beyond 50 bps an execution slips. */
static int open_guarded(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	desk_state(&desk.rows[DESK_FIRM], LIMIT_max_slips, 5, WINDOW_NS, 0);
	desk_state(&desk.rows[DESK_ACCOUNT_7], LIMIT_max_slips, 3, WINDOW_NS, 0);
	desk_state(&desk.rows[DESK_FIRM], LIMIT_max_slippage, 50, 0, 0);
	desk_adopt(&desk);
	risk_fill(desk.risk, 7, 0, SIDE_BUY, 1, 0, 100000);
	risk_fill(desk.risk, 8, 0, SIDE_BUY, 1, 0, 100000);
	*state = &desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	return 0;
}

static unsigned executed(
	struct desk *desk, uint16_t account, enum side side, int64_t price_e4, int64_t reference_e4)
{
	const struct risk_execution execution = {.account = account,
		.side = (uint8_t)side,
		.price_e4 = price_e4,
		.reference_e4 = reference_e4};
	return risk_slipped(desk->risk, &desk->turn, &execution);
}

static uint64_t slips_of(const struct desk *desk)
{
	return desk->risk->slips.firm.recorded;
}

/* 50 bps of 10.0000 are 0.0500. */
static void an_execution_slips_one_past_the_limit_on_its_worse_side(void **state)
{
	struct desk *desk = *state;
	executed(desk, 7, SIDE_BUY, 100500, 100000);
	executed(desk, 7, SIDE_BUY, 90000, 100000);
	executed(desk, 7, SIDE_SELL, 99500, 100000);
	executed(desk, 7, SIDE_SELL, 110000, 100000);
	assert_int_equal(slips_of(desk), 0);
	executed(desk, 7, SIDE_BUY, 100501, 100000);
	assert_int_equal(slips_of(desk), 1);
	executed(desk, 7, SIDE_SELL, 99499, 100000);
	assert_int_equal(slips_of(desk), 2);
}

static void the_tightest_limit_of_the_scopes_that_cover_it_counts(void **state)
{
	struct desk *desk = *state;
	desk_state(&desk->rows[DESK_ACCOUNT_8], LIMIT_max_slippage, 20, 0, 0);
	limit_row_init(&desk->rows[5], SCOPE_SYMBOL, 0, 0);
	desk_state(&desk->rows[5], LIMIT_max_slippage, 10, 0, 0);
	desk_adopt(desk);
	executed(desk, 8, SIDE_BUY, 100201, 100000);
	assert_int_equal(slips_of(desk), 1);
	desk->row_count = 6;
	desk_adopt(desk);
	executed(desk, 8, SIDE_BUY, 100100, 100000);
	assert_int_equal(slips_of(desk), 1);
	executed(desk, 8, SIDE_BUY, 100101, 100000);
	assert_int_equal(slips_of(desk), 2);
	limit_row_init(&desk->rows[6], SCOPE_ACCOUNT_SYMBOL, 8, 0);
	desk_state(&desk->rows[6], LIMIT_max_slippage, 0, 0, 0);
	desk->row_count = 7;
	desk_adopt(desk);
	executed(desk, 8, SIDE_BUY, 100000, 100000);
	assert_int_equal(slips_of(desk), 2);
	executed(desk, 8, SIDE_BUY, 100001, 100000);
	assert_int_equal(slips_of(desk), 3);
}

static void an_execution_without_a_reference_slips(void **state)
{
	struct desk *desk = *state;
	executed(desk, 7, SIDE_BUY, 1, 0);
	executed(desk, 7, SIDE_SELL, 100000, 0);
	assert_int_equal(slips_of(desk), 2);
}

static void an_absurd_price_slips(void **state)
{
	struct desk *desk = *state;
	executed(desk, 7, SIDE_SELL, PRICE_E4_MAX, 100000);
	executed(desk, 7, SIDE_BUY, 0, 100000);
	executed(desk, 7, SIDE_BUY, -1, 100000);
	assert_int_equal(slips_of(desk), 3);
}

static void where_nobody_states_how_far_every_execution_slips_and_no_order_passes(void **state)
{
	struct desk *desk = *state;
	desk_unstate(desk, LIMIT_max_slippage);
	executed(desk, 7, SIDE_BUY, 100000, 100000);
	assert_int_equal(slips_of(desk), 1);
	desk_expect(desk, LANE_NOT_CONFIGURED);
}

static void an_account_trips_one_past_its_limit_and_another_does_not(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(executed(desk, 7, SIDE_BUY, 102000, 100000), 0);
	assert_int_equal(executed(desk, 8, SIDE_BUY, 102000, 100000), 0);
	assert_int_equal(executed(desk, 7, SIDE_BUY, 102000, 100000), RISK_TRIP_ACCOUNT_SLIPS);
}

static void the_firm_trips_one_past_its_limit_whoever_slips(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(executed(desk, 7, SIDE_BUY, 102000, 100000), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(executed(desk, 8, SIDE_BUY, 102000, 100000), 0);
	assert_int_equal(executed(desk, 8, SIDE_BUY, 102000, 100000), RISK_TRIP_FIRM_SLIPS);
	/* Of nobody that the site knows: the firm counts it. */
	assert_int_equal(executed(desk, 0, SIDE_BUY, 100000, 100000), RISK_TRIP_FIRM_SLIPS);
	assert_int_equal(
		executed(desk, UINT16_MAX, SIDE_BUY, 100000, 100000), RISK_TRIP_FIRM_SLIPS);
}

static void a_window_ends_on_the_nanosecond(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++)
		executed(desk, 7, SIDE_BUY, 102000, 100000);
	desk->turn.now_ns += WINDOW_NS - 1;
	assert_int_equal(executed(desk, 7, SIDE_BUY, 102000, 100000), RISK_TRIP_ACCOUNT_SLIPS);
	desk->turn.now_ns += 1; /* the first three are out, the fourth counts */
	assert_int_equal(executed(desk, 7, SIDE_BUY, 102000, 100000), 0);
}

static void a_new_epoch_forgets_no_slip(void **state)
{
	struct desk *desk = *state;
	for (unsigned i = 0; i < 3; i++)
		executed(desk, 7, SIDE_BUY, 102000, 100000);
	desk->turn.now_ns += 2 * WINDOW_NS;
	assert_int_equal(executed(desk, 7, SIDE_BUY, 102000, 100000), 0);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_slips, 3, 3 * WINDOW_NS, 0);
	desk_adopt(desk);
	assert_int_equal(executed(desk, 7, SIDE_BUY, 102000, 100000), RISK_TRIP_ACCOUNT_SLIPS);
}

static void what_nobody_states_trips_nothing_and_refuses_orders(void **state)
{
	struct desk *desk = *state;
	desk_unstate(desk, LIMIT_max_slips);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(executed(desk, 7, SIDE_BUY, 102000, 100000), 0);
	desk_expect(desk, LANE_NOT_CONFIGURED);
}

/* Account 8 may slip three times too: it has told half and all of it when the firm has told three of its five. */
static void slips_are_told_and_shown_of_the_firm_and_of_each_account(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {0};
	desk_state(&desk->rows[DESK_ACCOUNT_8], LIMIT_max_slips, 3, WINDOW_NS, 0);
	desk_adopt(desk);
	for (unsigned i = 0; i < 3; i++)
		executed(desk, 8, SIDE_BUY, 102000, 100000);
	assert_true(shown(desk, 8, LIMIT_max_slips, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
	assert_int_equal(row.id, 8);
	assert_int_equal(row.usage, 3);
	assert_int_equal(row.limit, 3);
	assert_true(shown(desk, 7, LIMIT_max_slips, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
	assert_int_equal(row.id, 7);
	assert_int_equal(row.usage, 0);
	assert_true(shown(desk, 0, LIMIT_max_slips, SCOPE_FIRM, SYMBOL_NONE, &row));
	assert_int_equal(row.id, 0);
	assert_int_equal(row.usage, 3);
	assert_int_equal(row.limit, 5);
	assert_false(shown(desk, 9, LIMIT_max_slips, SCOPE_ACCOUNT, SYMBOL_NONE, &row));
	assert_int_equal(told(desk, LIMIT_max_slips, SCOPE_ACCOUNT, &row), 2);
	assert_int_equal(row.id, 8);
	executed(desk, 7, SIDE_BUY, 102000, 100000);
	executed(desk, 7, SIDE_BUY, 102000, 100000);
	assert_int_equal(told(desk, LIMIT_max_slips, SCOPE_ACCOUNT, &row), 1);
	assert_int_equal(row.id, 7);
	assert_int_equal(row.usage, 2);
}

static void the_firms_slips_are_told_at_its_own_marks(void **state)
{
	struct desk *desk = *state;
	struct usage_row row = {0};
	for (unsigned i = 0; i < 3; i++)
		executed(desk, 8, SIDE_BUY, 102000, 100000);
	assert_int_equal(told(desk, LIMIT_max_slips, SCOPE_FIRM, &row), 1);
	assert_int_equal(row.usage, 3);
	assert_int_equal(row.limit, 5);
	assert_int_equal(row.id, 0);
}

/* A ring for the firm, then one for each account of the site, and what was taken is given back. */
static void each_account_of_the_site_has_a_ring_of_its_own(void **state)
{
	struct desk *desk = *state;
	const struct slips *slips = &desk->risk->slips;
	assert_int_equal(slips->times_bytes, 3 * SLIP_RING * sizeof(uint64_t));
	assert_ptr_equal(slips->firm.times, slips->times);
	for (unsigned i = 0; i < ACCOUNT_COUNT_MAX; i++)
		assert_ptr_equal(slips->accounts[i].times,
			i == 7 || i == 8 ? slips->times + SLIP_RING * (i - 6) : NULL);
	size_t before = memory_taken_bytes();
	risk_close(risk_open(&desk->site));
	assert_int_equal(memory_taken_bytes(), before);
}

/* Half of four slips, of the account that the site names last. */
static void every_accounts_slips_are_told_by_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	for (uint16_t account = 7; account <= 8; account++) {
		unsigned row = DESK_ACCOUNT_7 + account - 7u;
		desk_state(&desk->rows[row], LIMIT_max_slips, 4, WINDOW_NS, 0);
		desk_adopt(desk);
		executed(desk, account, SIDE_BUY, 102000, 100000);
		assert_int_equal(told(desk, LIMIT_max_slips, SCOPE_ACCOUNT, &last), 0);
		executed(desk, account, SIDE_BUY, 102000, 100000);
		assert_int_equal(told(desk, LIMIT_max_slips, SCOPE_ACCOUNT, &last), 1);
		assert_true(last.id == account && last.usage == 2 && last.limit == 4);
	}
}

/* Nine of twenty are no mark; of eight they are all of them, which is known when the limit comes. */
static void what_slipped_before_a_tighter_limit_is_not_told_as_new(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_slips, 20, WINDOW_NS, 0);
	for (unsigned i = 0; i < 2; i++) {
		desk_state(&desk->rows[DESK_FIRM], LIMIT_max_slips, i == 0 ? 20 : 8, WINDOW_NS, 0);
		desk_adopt(desk);
		for (unsigned slip = 0; slip < (i == 0 ? 9 : 1); slip++)
			executed(desk, 7, SIDE_BUY, 102000, 100000);
		assert_int_equal(told(desk, LIMIT_max_slips, SCOPE_FIRM, &last), 0);
	}
}

/* Of a table with one more behind its last. */
static void what_stands_behind_the_accounts_slips_for_nobody(void **state)
{
	struct desk *desk = *state;
	struct slips *slips = &desk->risk->slips;
	struct tempo *kept = slips->accounts;
	size_t bytes = (ACCOUNT_COUNT_MAX + (size_t)1) * sizeof *kept;
	slips->accounts = memory_take("slips and one more", bytes);
	slips->accounts[ACCOUNT_COUNT_MAX] = kept[7];
	executed(desk, ACCOUNT_COUNT_MAX, SIDE_BUY, 102000, 100000);
	uint64_t recorded = slips->accounts[ACCOUNT_COUNT_MAX].recorded;
	memory_return(slips->accounts, bytes);
	slips->accounts = kept;
	assert_int_equal(recorded, 0);
	assert_int_equal(slips->firm.recorded, 1);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_guarded, close_desk)
	const struct CMUnitTest tests[] = {
		ONE(an_execution_slips_one_past_the_limit_on_its_worse_side),
		ONE(the_tightest_limit_of_the_scopes_that_cover_it_counts),
		ONE(an_execution_without_a_reference_slips),
		ONE(an_absurd_price_slips),
		ONE(where_nobody_states_how_far_every_execution_slips_and_no_order_passes),
		ONE(an_account_trips_one_past_its_limit_and_another_does_not),
		ONE(the_firm_trips_one_past_its_limit_whoever_slips),
		ONE(a_window_ends_on_the_nanosecond),
		ONE(a_new_epoch_forgets_no_slip),
		ONE(what_nobody_states_trips_nothing_and_refuses_orders),
		ONE(slips_are_told_and_shown_of_the_firm_and_of_each_account),
		ONE(the_firms_slips_are_told_at_its_own_marks),
		ONE(each_account_of_the_site_has_a_ring_of_its_own),
		ONE(every_accounts_slips_are_told_by_the_limit_in_force),
		ONE(what_slipped_before_a_tighter_limit_is_not_told_as_new),
		ONE(what_stands_behind_the_accounts_slips_for_nobody),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.slippage", tests, NULL, NULL);
}
