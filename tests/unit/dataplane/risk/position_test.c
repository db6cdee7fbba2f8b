#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/risk/position.h"

static void worst_cases_never_net_the_sides(void **state)
{
	(void)state;
	struct position position = {.shares = 100};
	position_reserve(&position, SIDE_BUY, 50, 1);
	position_reserve(&position, SIDE_SELL, 500, 1);
	assert_int_equal(position_worst(&position, SIDE_BUY, 0), 150);
	assert_int_equal(position_worst(&position, SIDE_BUY, 7), 157);
	assert_int_equal(position_worst(&position, SIDE_SELL, 0), 400);
	position.shares = -100;
	assert_int_equal(position_worst(&position, SIDE_BUY, 0), -50);
	assert_int_equal(position_worst(&position, SIDE_SELL, 0), 600);
}

static void worst_cases_saturate(void **state)
{
	(void)state;
	struct position position = {.shares = INT64_MIN, .working_qty = {INT64_MAX, INT64_MAX}};
	assert_true(position_worst(&position, SIDE_SELL, UINT32_MAX) == INT64_MAX);
	position.shares = INT64_MAX;
	assert_true(position_worst(&position, SIDE_BUY, 0) == INT64_MAX);
}

static void each_row_has_two_places_for_what_was_refused(void **state)
{
	(void)state;
	struct rows rows;
	rows_init(&rows, 1);
	assert_ptr_equal(rows_slicing(&rows, rows.rows, SIDE_BUY), rows.slicings);
	assert_ptr_equal(rows_slicing(&rows, &rows.rows[ROW_COUNT_MAX - 1], SIDE_SELL),
		&rows.slicings[2 * ROW_COUNT_MAX - 1]);
	rows_free(&rows);
}

static void more_than_is_reserved_leaves_nothing(void **state)
{
	(void)state;
	struct position position = {0};
	position_reserve(&position, SIDE_SELL, 10, 1000);
	position_release(&position, SIDE_SELL, 4, 400);
	assert_int_equal(position.working_qty[SIDE_SELL], 6);
	assert_int_equal(position.working_value_e4[SIDE_SELL], 600);
	position_release(&position, SIDE_SELL, 7, 601);
	assert_int_equal(position.working_qty[SIDE_SELL], 0);
	assert_int_equal(position.working_value_e4[SIDE_SELL], 0);
}

static void totals_are_exact_where_64_bits_end(void **state)
{
	(void)state;
	struct position position = {0};
	struct position_totals totals = {0};
	for (unsigned i = 0; i < 4; i++)
		position_fill(&position, &totals, SIDE_BUY, UINT32_MAX, INT64_C(1999999999));
	assert_true(totals.value_e4[SIDE_BUY] == (int128_t)4 * UINT32_MAX * 1999999999);
	assert_true(saturate_128(totals.value_e4[SIDE_BUY]) == INT64_MAX);
	assert_true(saturate_128(-totals.value_e4[SIDE_BUY]) == INT64_MIN);
	assert_true(position.shares == 4 * (int64_t)UINT32_MAX);
	totals.qty[SIDE_BUY] = (int128_t)INT64_MAX + 5;
	position_fill(&position, &totals, SIDE_SELL, 1, 1);
	assert_true(position.shares == INT64_MAX);
	position_fill(&position, &totals, SIDE_SELL, 10, 1);
	assert_true(position.shares == INT64_MAX - 6); /* exact again */
}

static void a_fill_taken_back_had_never_been(void **state)
{
	(void)state;
	struct position position = {0}, before;
	struct position_totals totals = {0}, totals_before;
	position_fill(&position, &totals, SIDE_BUY, 100, 1630000);
	position_fill(&position, &totals, SIDE_SELL, 40, 1640000);
	before = position;
	totals_before = totals;
	position_fill(&position, &totals, SIDE_SELL, 250, INT64_MAX);
	assert_int_equal(position.shares, -190);
	position_unfill(&position, &totals, SIDE_SELL, 250, INT64_MAX);
	assert_memory_equal(&position, &before, sizeof position);
	assert_memory_equal(&totals, &totals_before, sizeof totals);
	/* What is open is nobody's business here. */
	position_reserve(&position, SIDE_BUY, 7, 70);
	position_unfill(&position, &totals, SIDE_BUY, 100, 1630000);
	assert_int_equal(position.shares, -40);
	assert_int_equal(position.working_qty[SIDE_BUY], 7);
	/* Exact again where 64 bits had ended. */
	totals.qty[SIDE_BUY] = (int128_t)INT64_MAX + 40;
	position_fill(&position, &totals, SIDE_BUY, 10, 1);
	assert_true(position.shares == INT64_MAX);
	position_unfill(&position, &totals, SIDE_BUY, 11, 1);
	assert_true(position.shares == INT64_MAX - 1);
}

static void rows_are_found_made_once_and_full_at_the_end(void **state)
{
	(void)state;
	struct rows rows;
	rows_init(&rows, 1);
	assert_null(rows_find(&rows, row_key(1, 2)));
	for (uint32_t i = 0; i < ROW_COUNT_MAX; i++) {
		struct row *row =
			rows_make(&rows, row_key((uint16_t)(1 + i % 4095), i * 7 & 0xFFFF));
		assert_non_null(row);
		assert_ptr_equal(rows_make(&rows, row->key), row);
		assert_ptr_equal(rows_find(&rows, row->key), row);
	}
	assert_int_equal(rows.count, ROW_COUNT_MAX);
	assert_null(rows_find(&rows, row_key(0, 1)));
	assert_null(rows_make(&rows, row_key(0, 1)));
	assert_non_null(rows_make(&rows, row_key(1, 0)));
	rows_free(&rows);
}

/* Also where others took the first of its slots, which is where nearly half of the rows of a full table stand. */
static void a_guess_is_the_right_row_but_for_one_in_thousands(void **state)
{
	(void)state;
	struct rows rows;
	uint32_t wrong = 0;
	rows_init(&rows, 1);
	assert_int_equal(rows_guess(&rows, row_key(1, 2)), 0);
	for (uint32_t i = 0; i < ROW_COUNT_MAX; i++)
		rows_make(&rows, row_key((uint16_t)(1 + i % 4095), i * 7 & 0xFFFF));
	for (uint32_t i = 0; i < rows.count; i++)
		wrong += rows_guess(&rows, rows.rows[i].key) != i + 1;
	assert_in_range(wrong, 0, ROW_COUNT_MAX / 4000);
	rows_free(&rows);
}

/* A slot keeps only a mark of its key: two of one slot and one mark are not each other's. */
static void keys_that_look_alike_are_told_apart(void **state)
{
	(void)state;
	const uint32_t one = row_key(7, 0), other = one + UINT32_C(2971215073);
	struct rows rows;
	rows_init(&rows, 1);
	assert_int_equal(row_slot_at(one), row_slot_at(other));
	assert_int_equal(row_slot_mark(one), row_slot_mark(other));
	struct row *first = rows_make(&rows, one);
	assert_null(rows_find(&rows, other));
	struct row *second = rows_make(&rows, other);
	assert_ptr_not_equal(first, second);
	assert_ptr_equal(rows_find(&rows, one), first);
	assert_ptr_equal(rows_find(&rows, other), second);
	rows_free(&rows);
}

static void rows_are_ordered_by_account_then_symbol(void **state)
{
	(void)state;
	struct rows rows;
	uint32_t *order = calloc(2 * ROW_COUNT_MAX, sizeof *order);
	uint32_t key = 12345;
	memset(order, 0xFF, 2 * ROW_COUNT_MAX * sizeof *order);
	rows_init(&rows, 1);
	rows_order(&rows, order, order + ROW_COUNT_MAX);
	for (unsigned i = 0; i < 5000; i++) {
		key = key * 1103515245 + 12345;
		rows_make(&rows, key & 0x0FFFFFFF);
	}
	rows_order(&rows, order, order + ROW_COUNT_MAX);
	for (uint32_t i = 1; i < rows.count; i++)
		assert_true(rows.rows[order[i - 1]].key < rows.rows[order[i]].key);
	rows_free(&rows);
	free(order);
}

static void a_full_table_is_ordered_within_its_room(void **state)
{
	(void)state;
	struct rows rows;
	uint32_t *order = calloc(2 * (ROW_COUNT_MAX + 1), sizeof *order);
	uint32_t *spare = order + ROW_COUNT_MAX + 1;
	rows_init(&rows, 1);
	for (uint32_t i = 0; i < ROW_COUNT_MAX; i++)
		rows_make(&rows, row_key((uint16_t)(1 + i % 4095), i * 7 & 0xFFFF));
	order[ROW_COUNT_MAX] = spare[ROW_COUNT_MAX] = UINT32_C(0x5EA1ED00);
	rows_order(&rows, order, spare);
	for (uint32_t i = 1; i < rows.count; i++)
		assert_true(rows.rows[order[i - 1]].key < rows.rows[order[i]].key);
	assert_int_equal(order[ROW_COUNT_MAX], UINT32_C(0x5EA1ED00));
	assert_int_equal(spare[ROW_COUNT_MAX], UINT32_C(0x5EA1ED00));
	rows_free(&rows);
	free(order);
}

/* Of two that differ in a bit alone, whichever it is, the greater was made first. */
static void every_bit_of_a_key_orders_rows(void **state)
{
	(void)state;
	struct rows rows;
	uint32_t *order = calloc(2 * ROW_COUNT_MAX, sizeof *order);
	rows_init(&rows, 1);
	for (unsigned bit = 0; bit < 32; bit++)
		for (unsigned pair = 0; pair < 3; pair++) {
			static const uint32_t others[] = {0, UINT32_MAX, 0x3C5A96E1};
			rows_make(&rows, others[pair] | UINT32_C(1) << bit);
			rows_make(&rows, others[pair] & ~(UINT32_C(1) << bit));
		}
	rows_order(&rows, order, order + ROW_COUNT_MAX);
	for (uint32_t i = 1; i < rows.count; i++)
		assert_true(rows.rows[order[i - 1]].key < rows.rows[order[i]].key);
	rows_free(&rows);
	free(order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worst_cases_never_net_the_sides),
		cmocka_unit_test(worst_cases_saturate),
		cmocka_unit_test(each_row_has_two_places_for_what_was_refused),
		cmocka_unit_test(more_than_is_reserved_leaves_nothing),
		cmocka_unit_test(totals_are_exact_where_64_bits_end),
		cmocka_unit_test(a_fill_taken_back_had_never_been),
		cmocka_unit_test(rows_are_found_made_once_and_full_at_the_end),
		cmocka_unit_test(a_guess_is_the_right_row_but_for_one_in_thousands),
		cmocka_unit_test(keys_that_look_alike_are_told_apart),
		cmocka_unit_test(rows_are_ordered_by_account_then_symbol),
		cmocka_unit_test(a_full_table_is_ordered_within_its_room),
		cmocka_unit_test(every_bit_of_a_key_orders_rows),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.position", tests, NULL, NULL);
}
