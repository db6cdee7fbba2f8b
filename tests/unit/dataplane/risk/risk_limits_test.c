/* risk_limits_test.c - whom a row of limits may name: nobody beyond a table, whatever stands there. */
#include "drivers/machine/memory.h"
#include "tests/unit/dataplane/risk/desk.h"

static bool is_taken(struct desk *desk, enum scope scope, uint32_t id, uint32_t symbol)
{
	struct limit_row row;
	risk_limits_begin(desk->risk);
	limit_row_init(&row, scope, id, symbol);
	return risk_limits_row(desk->risk, &row);
}

/* Sector 0 is that of symbols that are in none. */
static void a_row_may_name_each_sector_and_nothing_else_for_one(void **state)
{
	struct desk *desk = *state;
	for (uint32_t id = 0; id <= SECTOR_COUNT_MAX; id++)
		assert_int_equal(is_taken(desk, SCOPE_SECTOR, id, SYMBOL_NONE),
			id != 0 && id < SECTOR_COUNT_MAX);
	assert_false(is_taken(desk, SCOPE_SECTOR, 1, 0));
	assert_false(is_taken(desk, SCOPE_SECTOR, UINT32_MAX, SYMBOL_NONE));
	assert_false(is_taken(desk, SCOPE_COUNT, 1, SYMBOL_NONE));
}

/* Moves a table to where one more stands behind its last, a copy of one that may be named, and demands that it may not. */
#define ends(desk, table, count, one, scope, symbol)                                               \
	do {                                                                                       \
		size_t bytes = ((count) + (size_t)1) * sizeof *(table);                            \
		void *kept = (table);                                                              \
		(table) = memory_take("a table and one more", bytes);                              \
		memcpy((table), kept, (count) * sizeof *(table));                                  \
		(table)[count] = (table)[one];                                                     \
		bool last_is_taken = is_taken(desk, scope, one, symbol);                           \
		bool next_is_taken = is_taken(desk, scope, count, symbol);                         \
		memory_return((table), bytes);                                                     \
		(table) = kept;                                                                    \
		assert_true(last_is_taken && !next_is_taken);                                      \
	} while (0)

static void a_row_that_names_what_stands_behind_a_table_is_refused(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	ends(desk, risk->sessions, SESSION_COUNT_MAX, 1, SCOPE_SESSION, SYMBOL_NONE);
	ends(desk, risk->accounts, ACCOUNT_COUNT_MAX, 7, SCOPE_ACCOUNT, SYMBOL_NONE);
	ends(desk, risk->accounts, ACCOUNT_COUNT_MAX, 7, SCOPE_ACCOUNT_SYMBOL, 0);
	ends(desk, risk->tempos.strategies, STRATEGY_COUNT_MAX, 70, SCOPE_STRATEGY, SYMBOL_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_row_may_name_each_sector_and_nothing_else_for_one),
		desk_test(a_row_that_names_what_stands_behind_a_table_is_refused),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.risk_limits", tests, NULL, NULL);
}
