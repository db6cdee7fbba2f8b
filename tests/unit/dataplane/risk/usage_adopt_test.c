/* usage_adopt_test.c - what operators are told after other limits came in force: marks are those of the limits in force, and what
   was used before is neither told again nor forgotten. */
#include "tests/unit/dataplane/risk/abroad.h"
#include "tests/unit/dataplane/risk/told.h"

/* How often a lane's usage was told since the last call, and the last time it was. */
static unsigned told_lane(
	struct desk *desk, unsigned lane, enum scope scope, struct usage_row *last)
{
	static struct usage_row events[EVENT_COUNT_MAX];
	uint32_t count = risk_events(desk->risk, events, EVENT_COUNT_MAX);
	unsigned found = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].lane != lane || events[i].scope != scope)
			continue;
		*last = events[i];
		found++;
	}
	return found;
}

/* The next order is no duplicate of the last. */
static void passes(struct desk *desk)
{
	desk_size(desk, desk->order.qty + 1);
	desk_pass(desk);
}

static void rate_in(struct desk *desk, struct limit_row *row, int64_t value, uint32_t burst)
{
	desk_state(row, LIMIT_order_rate, value, DESK_SECOND, burst);
	desk_adopt(desk);
}

struct paced {
	uint8_t scope, row, lane;
};

/* Half of four are two; of twenty, ten.  The other of bucket and window is far from its limit. */
static void expect_told_anew(struct desk *desk, const struct paced *of, bool is_window)
{
	struct limit_row *row = &desk->rows[of->row];
	struct usage_row last = {0};
	unsigned lane = of->lane + is_window;
	if (of->row >= desk->row_count) {
		desk->row_count = of->row + 1u;
		limit_row_init(row, (enum scope)of->scope, of->scope == SCOPE_STRATEGY ? 70 : 0,
			of->scope == SCOPE_SYMBOL ? 0 : SYMBOL_NONE);
	}
	rate_in(desk, row, is_window ? 4 : 60, is_window ? 600 : 4);
	passes(desk);
	assert_int_equal(told_lane(desk, lane, (enum scope)of->scope, &last), 0);
	passes(desk);
	assert_int_equal(told_lane(desk, lane, (enum scope)of->scope, &last), 1);
	assert_true(last.usage == 2 && last.limit == 4);
	rate_in(desk, row, is_window ? 20 : 60, is_window ? 600 : 20);
	for (unsigned orders = 3; orders < 10; orders++) {
		passes(desk);
		assert_int_equal(told_lane(desk, lane, (enum scope)of->scope, &last), 0);
	}
	passes(desk);
	assert_int_equal(told_lane(desk, lane, (enum scope)of->scope, &last), 1);
	assert_true(last.usage == 10 && last.limit == 20);
}

static void every_rate_tells_of_the_limit_in_force(void **state)
{
	static const struct paced rates[] = {
		{SCOPE_SESSION, DESK_SESSION_1, LANE_SESSION_RATE},
		{SCOPE_ACCOUNT, DESK_ACCOUNT_7, LANE_ACCOUNT_RATE},
		{SCOPE_STRATEGY, DESK_ACCOUNT_8 + 1, LANE_ACCOUNT_RATE},
		{SCOPE_SYMBOL, DESK_ACCOUNT_8 + 1, LANE_SYMBOL_RATE},
	};
	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_COUNT(rates); i++) {
		static struct desk desk;
		desk_open(&desk);
		expect_told_anew(&desk, &rates[i / 2], i % 2);
		desk_close(&desk);
	}
}

/* Eight were used when the limit became twenty, ten are a mark, one takes it back: ten tell it again. */
static void a_rate_that_fell_below_its_mark_is_told_again(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	for (unsigned order = 1; order <= 10; order++) {
		if (order == 1 || order == 9)
			rate_in(desk, &desk->rows[DESK_ACCOUNT_7], order == 1 ? 40 : 20,
				order == 1 ? 40 : 20);
		passes(desk);
		assert_int_equal(
			told_lane(desk, LANE_ACCOUNT_RATE, SCOPE_ACCOUNT, &last), order == 10);
	}
	desk->turn.now_ns += DESK_SECOND;
	for (unsigned order = 1; order <= 10; order++) {
		desk->top.top.last_ns = desk->turn.now_ns - 1000;
		passes(desk);
		assert_int_equal(
			told_lane(desk, LANE_ACCOUNT_RATE, SCOPE_ACCOUNT, &last), order == 10);
	}
	assert_true(last.usage == 10 && last.limit == 20);
}

/* Half of 30,000.0000, and of twice that, of whichever account and side. */
static void every_accounts_open_value_is_told_by_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	for (unsigned i = 0; i < 4; i++) {
		uint16_t account = (uint16_t)(7 + i % 2);
		enum side side = (enum side)(i / 2);
		enum limit limit = (enum limit)(LIMIT_max_open_buy_value + side);
		desk_limit(desk, limit, 300000000);
		risk_reserve(desk->risk, account, 0, side, 1500, 150000000);
		assert_int_equal(told(desk, limit, SCOPE_ACCOUNT, &last), 1);
		desk_limit(desk, limit, 600000000);
		risk_reserve(desk->risk, account, 0, side, 1499, 149999999);
		assert_int_equal(told(desk, limit, SCOPE_ACCOUNT, &last), 0);
		risk_reserve(desk->risk, account, 0, side, 1, 1);
		assert_int_equal(told(desk, limit, SCOPE_ACCOUNT, &last), 1);
		assert_true(last.id == account && last.usage == 300000000);
		assert_int_equal(last.limit, 600000000);
	}
}

/* Half of what the firm may hold of a symbol, and of twice that, on either side. */
static void what_the_firm_holds_of_a_symbol_is_told_by_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	for (unsigned side = 0; side < 2; side++) {
		enum limit limit = (enum limit)(LIMIT_max_long_position + side);
		for (int64_t allowed = 6000; allowed <= 12000; allowed += 6000) {
			desk_state(&desk->rows[DESK_FIRM], limit, allowed, 0, 0);
			desk_adopt(desk);
			risk_reserve(desk->risk, 7, 0, (enum side)side, 2999, 2999);
			assert_int_equal(told(desk, limit, SCOPE_SYMBOL, &last), 0);
			risk_reserve(desk->risk, 8, 0, (enum side)side, 1, 1);
			assert_int_equal(told(desk, limit, SCOPE_SYMBOL, &last), 1);
			assert_true(last.usage == allowed / 2 && last.limit == allowed);
		}
	}
}

/* 2,900 of 6,000 were held before the limits were adopted again, 3,000 are a mark, 1,499 take it back: 3,000 tell it again. */
static void what_the_firm_holds_of_a_symbol_that_fell_below_its_mark_is_told_again(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_long_position, 100000, 0, 0);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 2900, 2900);
	desk_adopt(desk);
	for (unsigned i = 0; i < 2; i++) {
		risk_reserve(desk->risk, 7, 0, SIDE_BUY, i == 0 ? 100 : 1501, 1501);
		assert_int_equal(told(desk, LIMIT_max_long_position, SCOPE_SYMBOL, &last), 1);
		risk_release(desk->risk, 7, 0, SIDE_BUY, 1501, 1501);
	}
	assert_true(last.usage == 3000 && last.limit == 6000);
}

/* 1,400 were held before, which was no mark: half of what may be held since is one. */
static void a_mark_of_a_tighter_limit_is_told_below_an_older_peak(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1400, 1400);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 1400, 1400);
	assert_int_equal(told(desk, LIMIT_max_long_position, SCOPE_ACCOUNT_SYMBOL, &last), 0);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_max_long_position, 1000, 0, 0);
	desk_adopt(desk);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 499, 499);
	assert_int_equal(told(desk, LIMIT_max_long_position, SCOPE_ACCOUNT_SYMBOL, &last), 0);
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1, 1);
	assert_int_equal(told(desk, LIMIT_max_long_position, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_true(last.usage == 500 && last.limit == 1000 && last.peak == 1400);
}

/* Half of what an execution may slip in the symbol of the account, which states it since the last one. */
static void an_execution_that_slips_is_told_by_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	const struct risk_execution execution = {
		.account = 7, .price_e4 = 100100, .reference_e4 = 100000};
	desk_hold(desk, 0, 1);
	limit_row_init(&desk->rows[5], SCOPE_ACCOUNT_SYMBOL, 7, 0);
	desk_state(&desk->rows[5], LIMIT_max_slippage, 20, 0, 0);
	desk->row_count = 6;
	desk_adopt(desk);
	risk_slipped(desk->risk, &desk->turn, &execution);
	assert_int_equal(told(desk, LIMIT_max_slippage, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_true(last.usage == 10 && last.limit == 20 && last.id == 7 && last.symbol == 0);
}

/* 600 shares are six tenths of each of these, and more than eight of what they become: marks begin anew with the limit. */
static void marks_of_what_one_order_uses_begin_anew_with_each_limit(void **state)
{
	static const struct {
		enum limit limit;
		int64_t from, to;
	} limits[] = {{LIMIT_max_order_quantity, 1000, 700},
		{LIMIT_max_order_value, 100000000, 70000000}, {LIMIT_max_adv_share, 1000, 700},
		{LIMIT_max_outstanding_share, 100, 70}};
	static const enum scope scopes[] = {SCOPE_ACCOUNT, SCOPE_ACCOUNT_SYMBOL};
	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_COUNT(limits); i++) {
		static struct desk desk;
		enum limit limit = limits[i / 2].limit;
		struct usage_row last = {0};
		desk_open(&desk);
		unsigned row = i % 2 ? desk.row_count++ : DESK_ACCOUNT_7;
		if (i % 2)
			limit_row_init(&desk.rows[row], SCOPE_ACCOUNT_SYMBOL, 7, 0);
		desk_state(&desk.rows[row], limit, limits[i / 2].from, 0, 0);
		desk_adopt(&desk);
		desk_size(&desk, 600);
		desk_pass(&desk);
		assert_int_equal(told(&desk, limit, scopes[i % 2], &last), 1);
		desk_state(&desk.rows[row], limit, limits[i / 2].to, 0, 0);
		desk_adopt(&desk);
		desk_pass(&desk);
		assert_int_equal(told(&desk, limit, scopes[i % 2], &last), 1);
		assert_int_equal(last.limit, limits[i / 2].to);
		desk_close(&desk);
	}
}

/* Half of four cancels, and then of twenty. */
static void cancels_and_ways_out_tell_of_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_state(&desk->rows[DESK_SESSION_1], LIMIT_cancel_rate, 10, DESK_SECOND, 4);
	desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_exit_rate, 10, DESK_SECOND, 4);
	desk_adopt(desk);
	desk_hold(desk, 0, 3000);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_size(desk, 1);
	for (unsigned i = 1; i <= 10; i++) {
		unsigned is_told = i == 2 || i == 10;
		assert_true(risk_cancel_take(desk->risk, &desk->turn, 1));
		assert_int_equal(told(desk, LIMIT_cancel_rate, SCOPE_SESSION, &last), is_told);
		passes(desk);
		assert_int_equal(told(desk, LIMIT_exit_rate, SCOPE_ACCOUNT, &last), is_told);
		if (i != 2)
			continue;
		desk_state(&desk->rows[DESK_SESSION_1], LIMIT_cancel_rate, 10, DESK_SECOND, 20);
		desk_state(&desk->rows[DESK_ACCOUNT_7], LIMIT_exit_rate, 10, DESK_SECOND, 20);
		desk_adopt(desk);
	}
	assert_true(last.usage == 10 && last.limit == 20);
}

/* Half of four executions of the whole gate, and then of twenty. */
static void executions_of_the_gate_are_told_by_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	desk_state(&desk->rows[DESK_FIRM], LIMIT_max_fill_rate, 4, DESK_SECOND, 0);
	desk_adopt(desk);
	for (unsigned i = 1; i <= 10; i++) {
		risk_executed(desk->risk, &desk->turn, 7, 70);
		assert_int_equal(
			told(desk, LIMIT_max_fill_rate, SCOPE_FIRM, &last), i == 2 || i == 10);
		if (i != 2)
			continue;
		desk_state(&desk->rows[DESK_FIRM], LIMIT_max_fill_rate, 20, DESK_SECOND, 0);
		desk_adopt(desk);
	}
	assert_true(last.usage == 10 && last.limit == 20);
}

/* A hundred shares that fell by 0.1000: half of 20.0000, and at 0.2000 of 40.0000. */
static void a_symbols_loss_and_fall_are_told_by_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	static const enum limit limits[] = {LIMIT_max_loss, LIMIT_max_drawdown};
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 100, 0, 100000);
	for (unsigned i = 0; i < 2; i++) {
		risk_mark(desk->risk, 7, 2, 100000);
		row_in(desk, SCOPE_SYMBOL, 0, 2, limits[i], 200000, 0);
		risk_mark(desk->risk, 7, 2, 99000);
		assert_int_equal(told(desk, limits[i], SCOPE_SYMBOL, &last), 1);
		row_in(desk, SCOPE_SYMBOL, 0, 2, limits[i], 400000, 0);
		risk_mark(desk->risk, 7, 2, 98300);
		assert_int_equal(told(desk, limits[i], SCOPE_SYMBOL, &last), 0);
		risk_mark(desk->risk, 7, 2, 98000);
		assert_int_equal(told(desk, limits[i], SCOPE_SYMBOL, &last), 1);
		assert_true(last.usage == 200000 && last.limit == 400000);
	}
}

/* Five of ten located; of one, one is all. */
static void located_shares_are_told_by_the_limit_in_force(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	limit_row_init(&desk->rows[5], SCOPE_ACCOUNT_SYMBOL, 7, 0);
	desk_state(&desk->rows[5], LIMIT_locates, 10, 0, 0);
	desk->row_count = 6;
	desk_adopt(desk);
	desk_hold(desk, 0, 1);
	risk_located(desk->risk, 7, 0, 4, 0);
	risk_located(desk->risk, 7, 0, -4, 0);
	desk_state(&desk->rows[5], LIMIT_locates, 1, 0, 0);
	desk_adopt(desk);
	assert_int_equal(told(desk, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, &last), 0);
	risk_located(desk->risk, 7, 0, 1, 0);
	assert_int_equal(told(desk, LIMIT_locates, SCOPE_ACCOUNT_SYMBOL, &last), 1);
	assert_true(last.usage == 1 && last.limit == 1 && last.peak == 4);
}

/* 100 shares, each 0.1000 euros below what was paid: 9.0000 dollars lost of 20.0000, and then 10.8500. */
static void a_rate_that_moves_a_loss_past_a_mark_of_a_limit_stated_since_tells_it(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	assert_true(risk_rate(desk->risk, EUR, 90000000, BEGUN_NS));
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 100, 0, 100000);
	risk_mark(desk->risk, 7, 1, 99000);
	row_in(desk, SCOPE_SYMBOL, 0, 1, LIMIT_max_loss, 200000, 0);
	assert_int_equal(told(desk, LIMIT_max_loss, SCOPE_SYMBOL, &last), 0);
	assert_true(risk_rate(desk->risk, EUR, DOLLARS, BEGUN_NS));
	assert_int_equal(told(desk, LIMIT_max_loss, SCOPE_SYMBOL, &last), 1);
	assert_true(last.usage == 108500 && last.limit == 200000 && last.symbol == 1);
}

/* What is kept beside the sums spares the gauges of money most of their food: they stand as if they had all of it. */
static void a_gauge_of_money_stands_as_if_it_were_fed_every_time(void **state)
{
	struct desk *desk = *state;
	struct gauge fed[2][MONEY_KIND_COUNT];
	const struct money *owners[2] = {&desk->risk->accounts[7].money, &desk->risk->money};
	const int64_t *open_e4[2] = {
		desk->risk->accounts[7].open_value_e4, desk->risk->open_value_e4};
	int64_t used[MONEY_KIND_COUNT], limit_e4 = 1000000000;
	uint64_t chance = 7, marks = 0;
	risk_fill(desk->risk, 7, 2, SIDE_BUY, 10000, 0, 100000);
	for (unsigned step = 0; step < 20000; step++) {
		chance = chance * 6364136223846793005u + 1442695040888963407u;
		bool is_anew = step % 64 == 0;
		if (is_anew) {
			limit_e4 = 1 + (int64_t)(chance >> 34);
			for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
				desk_limit(desk, (enum limit)i, limit_e4);
		} else {
			risk_mark(desk->risk, 7, 2, 1 + (int64_t)(chance >> 46));
		}
		for (unsigned i = 0; i < 2 * MONEY_KIND_COUNT; i++) {
			const struct money *money = owners[i & 1];
			struct gauge *gauge = &fed[i & 1][i / 2];
			money_used(money, open_e4[i & 1], used);
			if (step == 0)
				*gauge = money->gauges[i / 2];
			else if (is_anew)
				gauge_set(gauge, limit_e4, used[i / 2]);
			else if (gauge_feed(gauge, used[i / 2]))
				marks += gauge_move(gauge, limit_e4, used[i / 2]);
			assert_memory_equal(gauge, &money->gauges[i / 2], sizeof *gauge);
		}
	}
	assert_true(marks > 1000);
}

/* Half of what may work was told, a third of it still does: what a rate is that no limit is stated in changes nothing of it. */
static void a_rate_that_no_limit_is_stated_in_makes_no_mark_speak_again(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 1500, 150000000);
	assert_int_equal(told(desk, LIMIT_max_open_buy_value, SCOPE_ACCOUNT, &last), 1);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 500, 50000000);
	assert_true(risk_rate(desk->risk, EUR, 2 * DOLLARS, BEGUN_NS));
	risk_reserve(desk->risk, 7, 0, SIDE_BUY, 500, 50000000);
	assert_int_equal(told(desk, LIMIT_max_open_buy_value, SCOPE_ACCOUNT, &last), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rate_tells_of_the_limit_in_force),
		desk_test(every_accounts_open_value_is_told_by_the_limit_in_force),
		desk_test(what_the_firm_holds_of_a_symbol_is_told_by_the_limit_in_force),
		desk_test(a_rate_that_fell_below_its_mark_is_told_again),
		desk_test(what_the_firm_holds_of_a_symbol_that_fell_below_its_mark_is_told_again),
		desk_test(a_mark_of_a_tighter_limit_is_told_below_an_older_peak),
		desk_test(an_execution_that_slips_is_told_by_the_limit_in_force),
		cmocka_unit_test(marks_of_what_one_order_uses_begin_anew_with_each_limit),
		desk_test(cancels_and_ways_out_tell_of_the_limit_in_force),
		desk_test(executions_of_the_gate_are_told_by_the_limit_in_force),
		desk_test(a_symbols_loss_and_fall_are_told_by_the_limit_in_force),
		desk_test(located_shares_are_told_by_the_limit_in_force),
		desk_test(a_gauge_of_money_stands_as_if_it_were_fed_every_time),
		cmocka_unit_test_setup_teardown(
			a_rate_that_moves_a_loss_past_a_mark_of_a_limit_stated_since_tells_it,
			abroad_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(
			a_rate_that_no_limit_is_stated_in_makes_no_mark_speak_again, abroad_setup,
			desk_teardown),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.usage_adopt", tests, NULL, NULL);
}
