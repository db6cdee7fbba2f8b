/* losses_bounds_test.c - losses of owners at the ends of their tables, and where what they stand at is one. */
#include "drivers/machine/memory.h"
#include "tests/unit/dataplane/risk/told.h"

static void bought(struct desk *desk, int64_t qty, int64_t price_e4)
{
	const struct risk_trade trade = {
		.account = 7, .strategy = 70, .side = SIDE_BUY, .qty = qty, .price_e4 = price_e4};
	risk_traded(desk->risk, &trade);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, (uint32_t)qty, 0, price_e4);
}

/* The row that a limits file begins with is as good as any. */
static void a_loss_that_the_first_row_states_trips(void **state)
{
	static const struct {
		enum scope scope;
		uint32_t id, symbol, asked;
	} owners[] = {{SCOPE_STRATEGY, 70, SYMBOL_NONE, 70}, {SCOPE_SYMBOL, 0, 0, 0}};
	struct desk *desk = *state;
	struct limit_row firm = desk->rows[DESK_FIRM];
	bought(desk, 100, 100000);
	risk_mark(desk->risk, 7, 0, 99000);
	desk->rows[desk->row_count++] = firm;
	desk->top.top.bid_e4 = desk->order.price_e4 = 99000;
	desk->top.top.ask_e4 = 99200;
	for (unsigned i = 0; i < ARRAY_COUNT(owners); i++) {
		struct risk_loss loss;
		limit_row_init(&desk->rows[0], owners[i].scope, owners[i].id, owners[i].symbol);
		desk_state(&desk->rows[0], LIMIT_max_loss, 99999, 0, 0);
		desk_adopt(desk);
		assert_true(risk_stop_loss(desk->risk, owners[i].scope, owners[i].asked, &loss));
		assert_true(loss.used_e4 == 100000 && loss.limit_e4 == 99999);
		assert_int_equal(loss.lane, LANE_LOSS);
		desk_expect(desk, LANE_LOSS);
		assert_int_equal(desk->verdict.owner_scope, owners[i].scope);
	}
}

/* losses (3), whatever a day begins with: by hand, for it begins at its marks, where nothing is won. */
static void the_best_of_a_day_is_at_least_what_it_begins_with(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	static const uint32_t strategies[] = {1, 70, STRATEGY_COUNT_MAX - 1};
	for (int64_t begun_e4 = -1; begun_e4 <= 2; begun_e4++) {
		for (uint32_t i = 0; i < risk->symbol_count; i++) {
			risk->symbols[i].pnl_e4 = begun_e4;
			risk->symbols[i].best_e4 = 5;
		}
		for (unsigned i = 0; i < ARRAY_COUNT(strategies); i++) {
			risk->losses.strategies[strategies[i]].pnl_e4 = begun_e4;
			risk->losses.strategies[strategies[i]].best_e4 = 5;
		}
		risk_day(risk);
		int64_t best_e4 = begun_e4 > 0 ? begun_e4 : 0;
		for (uint32_t i = 0; i < risk->symbol_count; i++)
			assert_true(risk->symbols[i].best_e4 == best_e4);
		for (unsigned i = 0; i < ARRAY_COUNT(strategies); i++)
			assert_true(risk->losses.strategies[strategies[i]].best_e4 == best_e4);
	}
}

/* Of a table with one more behind its last. */
static void a_day_begins_for_no_more_than_there_are(void **state)
{
	struct desk *desk = *state;
	struct losses *losses = &desk->risk->losses;
	struct strategy_loss *kept = losses->strategies;
	size_t bytes = (STRATEGY_COUNT_MAX + (size_t)1) * sizeof *kept;
	losses->strategies = memory_take("strategies and one more", bytes);
	losses->strategies[STRATEGY_COUNT_MAX].best_e4 = 5;
	risk_day(desk->risk);
	bool is_left = losses->strategies[STRATEGY_COUNT_MAX].best_e4 == 5;
	memory_return(losses->strategies, bytes);
	losses->strategies = kept;
	assert_true(is_left);
}

/* It fell by 50.0000 of 80.0000 before, and then by 70.0000. */
static void a_fall_before_a_limit_is_not_told_as_new(void **state)
{
	struct desk *desk = *state;
	struct usage_row last = {0};
	bought(desk, 100, 100000);
	risk_mark(desk->risk, 7, 0, 110000);
	risk_mark(desk->risk, 7, 0, 105000);
	limit_row_init(&desk->rows[desk->row_count], SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(&desk->rows[desk->row_count++], LIMIT_max_drawdown, 800000, 0, 0);
	desk_adopt(desk);
	risk_mark(desk->risk, 7, 0, 104900);
	assert_int_equal(told(desk, LIMIT_max_drawdown, SCOPE_STRATEGY, &last), 0);
	risk_mark(desk->risk, 7, 0, 103000);
	assert_int_equal(told(desk, LIMIT_max_drawdown, SCOPE_STRATEGY, &last), 1);
	assert_true(last.usage == 700000 && last.limit == 800000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_loss_that_the_first_row_states_trips),
		desk_test(the_best_of_a_day_is_at_least_what_it_begins_with),
		desk_test(a_day_begins_for_no_more_than_there_are),
		desk_test(a_fall_before_a_limit_is_not_told_as_new),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.risk.losses_bounds", tests, NULL, NULL);
}
