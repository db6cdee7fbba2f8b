/* risk_state_bounds_test.c - where what is told of the state ends: at the last step of a trail, at the end of a table. */
#include "tests/unit/dataplane/risk/state.h"

#include "drivers/machine/memory.h"

enum { WORDS_BYTES = 2 * sizeof(uint64_t) };

/* A side's head, its forgotten and its count, then each step. */
static void each_step_of_a_trail_is_told_and_nothing_behind_the_last(void **state)
{
	struct desk *desk = *state;
	struct rows *rows = &desk->risk->rows;
	desk_hold(desk, 0, 10);
	size_t none_bytes = size_of(desk);
	for (unsigned i = 0; i < 2; i++) {
		struct trail_side *side = &rows->rows[0].trail_sides[i];
		struct trail_step *steps = rows->trails[0].steps[i];
		for (side->count = 1; side->count <= TRAIL_STEP_MAX; side->count += 7) {
			assert_int_equal(size_of(desk),
				none_bytes + (3 + side->count) * (size_t)WORDS_BYTES);
			shows(desk, side->end.key);
			shows(desk, side->end.time_ns);
			for (uint32_t step = 0; step < TRAIL_STEP_MAX - 1; step++)
				if (step + 1 < side->count) {
					shows(desk, steps[step].key);
					shows(desk, steps[step].time_ns);
				} else {
					hides(desk, steps[step].key);
				}
		}
		side->count = 0;
		hides(desk, side->end.key);
	}
}

static void what_a_trail_forgot_is_told(void **state)
{
	struct desk *desk = *state;
	struct row *row = &desk->risk->rows.rows[0];
	desk_hold(desk, 0, 10);
	for (unsigned i = 0; i < 2; i++) {
		struct trail_side *side = &row->trail_sides[i];
		adds(desk, side->past_key, 3 * WORDS_BYTES);
		hides(desk, side->past_ns);
		side->past_key = 1;
		shows(desk, side->past_ns);
		shows(desk, side->past_key);
		side->past_key = 0;
		side->count = 1;
		hides(desk, side->past_ns);
		side->count = 0;
	}
	/* And on which side. */
	row->trail_sides[TRAIL_LOWEST].past_key = 1;
	uint64_t of_lowest = desk_hash(desk);
	row->trail_sides[TRAIL_LOWEST].past_key = 0;
	row->trail_sides[TRAIL_HIGHEST].past_key = 1;
	assert_true(desk_hash(desk) != of_lowest);
}

/* Behind the sides of a row's trail stands the next row, which nobody made. */
static void a_trail_has_two_sides(void **state)
{
	struct desk *desk = *state;
	struct rows *rows = &desk->risk->rows;
	desk_hold(desk, 0, 10);
	assert_int_equal(rows->count, 1);
	hides(desk, rows->rows[1].position.working_qty[0]);
}

/* Moves a table to where one more stands behind its last, a copy of one that shows, and demands that it does not. */
#define ends(desk, table, count, one)                                                              \
	do {                                                                                       \
		uint64_t before = desk_hash(desk);                                                 \
		size_t bytes = ((count) + (size_t)1) * sizeof *(table);                            \
		void *kept = (table);                                                              \
		(table) = memory_take("a table and one more", bytes);                              \
		memcpy((table), kept, (count) * sizeof *(table));                                  \
		(table)[count] = (table)[one];                                                     \
		uint64_t moved = desk_hash(desk);                                                  \
		memory_return((table), bytes);                                                     \
		(table) = kept;                                                                    \
		assert_true(moved == before);                                                      \
	} while (0)

static void what_stands_behind_the_last_of_a_table_does_not_show(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	const struct risk_execution slip = {.account = 7, .price_e4 = 100000};
	desk_pass(desk);
	assert_true(risk_cancel_take(risk, &desk->turn, 1));
	assert_int_equal(risk_executed(risk, &desk->turn, 7, 70), 0);
	assert_int_equal(risk_slipped(risk, &desk->turn, &slip), 0);
	risk->paces.strategies[70].recorded = 1;
	risk->losses.strategies[70].best_e4 = 1;
	risk->symbols[0].best_e4 = 1;
	ends(desk, risk->sessions, SESSION_COUNT_MAX, 1);
	ends(desk, risk->accounts, ACCOUNT_COUNT_MAX, 7);
	ends(desk, risk->symbols, risk->symbol_count, 0);
	ends(desk, risk->slips.accounts, ACCOUNT_COUNT_MAX, 7);
	ends(desk, risk->losses.strategies, STRATEGY_COUNT_MAX, 70);
	ends(desk, risk->tempos.strategies, STRATEGY_COUNT_MAX, 70);
	ends(desk, risk->paces.strategies, STRATEGY_COUNT_MAX, 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(each_step_of_a_trail_is_told_and_nothing_behind_the_last),
		desk_test(what_a_trail_forgot_is_told),
		desk_test(a_trail_has_two_sides),
		desk_test(what_stands_behind_the_last_of_a_table_does_not_show),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.risk.risk_state_bounds", tests, NULL, NULL);
}
