/* approach_test.c - what comes nearer stays what it was. */
#include "tests/unit/dataplane/risk/desk.h"

/* Whose lines are asked for: of a row, of none, of a symbol that is none. */
static const struct {
	uint16_t account;
	uint32_t symbol;
} announced[] = {{7, 0}, {7, 1}, {8, 0}, {7, 3}, {0, SYMBOL_NONE}, {ACCOUNT_COUNT_MAX, 0}};

static void approach_all(struct desk *desk)
{
	for (unsigned i = 0; i < ARRAY_COUNT(announced); i++) {
		desk->order.account = announced[i].account;
		desk->order.symbol = announced[i].symbol;
		risk_announce(desk->risk, announced[i].account, announced[i].symbol);
		risk_approach(desk->risk, announced[i].account, announced[i].symbol);
		risk_prefetch(desk->risk, &desk->order);
	}
	desk->order.account = 7;
	desk->order.symbol = 0;
}

static void expect_the_same_verdict(struct desk *desk)
{
	desk_expect(desk, LANE_NONE);
	const struct verdict before = desk->verdict;
	uint32_t rows = desk->risk->rows.count;
	approach_all(desk);
	desk_expect(desk, LANE_NONE);
	assert_memory_equal(&desk->verdict, &before, sizeof before);
	assert_int_equal(desk->risk->rows.count, rows);
}

static void what_comes_nearer_changes_no_verdict_and_makes_no_row(void **state)
{
	struct desk *desk = *state;
	expect_the_same_verdict(desk);
	desk_pass(desk);
	expect_the_same_verdict(desk);
}

/* A row whose symbol a row of limits names has a part and a meter of its own, which come nearer too. */
static void a_row_of_a_symbol_with_limits_of_its_own_comes_nearer_whole(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	limit_row_init(&desk->rows[desk->row_count], SCOPE_SYMBOL, 0, 0);
	desk_state(&desk->rows[desk->row_count++], LIMIT_max_order_quantity, 500, 0, 0);
	desk_adopt(desk);
	expect_the_same_verdict(desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(what_comes_nearer_changes_no_verdict_and_makes_no_row),
		desk_test(a_row_of_a_symbol_with_limits_of_its_own_comes_nearer_whole),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.approach", tests, NULL, NULL);
}
