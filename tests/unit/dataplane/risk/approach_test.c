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

static uint32_t desk_row(const struct desk *desk, uint16_t account, uint32_t symbol)
{
	const struct row *row = rows_find(&desk->risk->rows, row_key(account, symbol));
	assert_non_null(row);
	return (uint32_t)(row - desk->risk->rows.rows) + 1;
}

/* Two accounts hold the same symbol.  What is given back of one is given back of it, whoever was expected. */
static void what_is_expected_of_another_row_changes_no_other_row(void **state)
{
	struct desk *desk = *state;
	uint32_t rows[2];
	for (unsigned i = 0; i < 2; i++) {
		desk->order.account = (uint16_t)(7 + i);
		desk->order.strategy = (uint16_t)(70 + 10 * i);
		desk->order.session = 2;
		desk_pass(desk);
		rows[i] = desk_row(desk, (uint16_t)(7 + i), 0);
	}
	struct risk_held held[2];
	const struct row *own = &desk->risk->rows.rows[rows[0] - 1];
	const struct row *other = &desk->risk->rows.rows[rows[1] - 1];
	const int64_t works = own->position.working_qty[SIDE_BUY];
	const uint32_t expected[] = {0, rows[1], rows[0], rows[1]};
	for (unsigned i = 0; i < ARRAY_COUNT(expected); i++) {
		risk_expect(desk->risk, i % 2 == 0 ? 0 : SYMBOL_NONE, expected[i]);
		risk_release(desk->risk, 7, 0, SIDE_BUY, 10, 0);
		assert_int_equal(
			own->position.working_qty[SIDE_BUY], works - 10 * (int64_t)(i + 1));
		assert_int_equal(other->position.working_qty[SIDE_BUY], works);
	}
	risk_expect(desk->risk, 0, rows[1]);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 5, 0, 100000);
	assert_true(risk_held(desk->risk, rows[0] - 1, &held[0]));
	assert_true(risk_held(desk->risk, rows[1] - 1, &held[1]));
	assert_int_equal(held[0].shares, 5);
	assert_int_equal(held[1].shares, 0);
}

static void a_row_is_made_for_whom_another_was_expected(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	uint32_t row = desk_row(desk, 7, 0), count = desk->risk->rows.count;
	risk_expect(desk->risk, 1, row);
	risk_reserve(desk->risk, 8, 1, SIDE_SELL, 3, 30000);
	assert_int_equal(desk->risk->rows.count, count + 1);
	assert_int_equal(desk->risk->rows.rows[count].key, row_key(8, 1));
	assert_int_equal(desk->risk->rows.rows[count].position.working_qty[SIDE_SELL], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(what_comes_nearer_changes_no_verdict_and_makes_no_row),
		desk_test(a_row_of_a_symbol_with_limits_of_its_own_comes_nearer_whole),
		desk_test(what_is_expected_of_another_row_changes_no_other_row),
		desk_test(a_row_is_made_for_whom_another_was_expected),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.approach", tests, NULL, NULL);
}
