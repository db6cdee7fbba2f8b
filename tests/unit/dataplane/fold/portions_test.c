/* portions_test.c - of another whole a gate has what it had of the day's, rounded against us, and no more than all gates may. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/fold/portions.h"

enum { SYMBOL_COUNT = 3 };
#define LONG LIMIT_max_long_position

static struct site_config site;
static struct epochs epochs;
static struct portion told[2 * LIMIT_COUNT];
static uint32_t told_count;

static int open_first(void **state)
{
	site = (struct site_config){.symbol_count = SYMBOL_COUNT, .gate_count = 2};
	epochs = (struct epochs){.taken = 0};
	*state = portions_open(&site);
	return 0;
}

static int close_all(void **state)
{
	portions_close(*state);
	return 0;
}

static void tell(void *context, const struct portion *portion)
{
	assert_null(context);
	told[told_count++] = *portion;
}

static void take(struct portions *portions, unsigned type, const void *body, size_t size,
	const void *more, size_t more_size)
{
	union record_space space = {.record = {.type = (uint8_t)type}};
	space.record.body_bytes = (uint16_t)(size + more_size);
	memcpy(&space.record + 1, body, size);
	if (more_size > 0)
		memcpy((uint8_t *)(&space.record + 1) + size, more, more_size);
	portions_take(portions, &space.record, &epochs);
}

static struct limit_row row_of(enum scope scope, enum limit limit, struct limit_value value)
{
	struct limit_row row;
	limit_row_init(&row, scope, 0, scope == SCOPE_SYMBOL ? 1 : SYMBOL_NONE);
	row.stated = UINT64_C(1) << limit;
	row.limits[limit] = value;
	return row;
}

static void take_epoch(struct portions *portions, uint32_t number, bool is_adopted)
{
	struct limit_epoch_record epoch = {.epoch = number, .row_count = 1};
	if (is_adopted)
		epochs.now.epoch = number;
	take(portions, RECORD_LIMIT_EPOCH, &epoch, sizeof epoch, NULL, 0);
}

static void take_part(struct portions *portions, uint32_t number, int64_t part, int64_t whole)
{
	struct limit_row row = row_of(SCOPE_FIRM, LONG, (struct limit_value){.value = part});
	struct cut_whole of = {.value = whole, .limit = LONG};
	take(portions, RECORD_LIMIT_ROW, &row, sizeof row, &of, sizeof of);
	take_epoch(portions, number, true);
}

/* What the gate has of another whole of the firm's long position. */
static int64_t part_of(const struct portions *portions, uint32_t epoch, int64_t whole)
{
	struct limit_row row = row_of(SCOPE_FIRM, LONG, (struct limit_value){.value = whole});
	told_count = 0;
	portions_cut(portions, epoch, &row, tell, NULL);
	assert_int_equal(told_count, 1);
	return row.limits[LONG].value;
}

/* portions (1), (2): every part of every whole up to 24, against every other up to 40. */
static void parts_of_all_gates_are_never_more_than_the_other_whole(void **state)
{
	struct portions *portions = *state;
	uint32_t number = 1;
	for (int64_t whole = 1; whole <= 24; whole++)
		for (int64_t first = 0; first <= whole; first++)
			for (int64_t other = 0; other <= 40; other += 1 + other / 12) {
				take_part(portions, number, first, whole);
				int64_t ours = part_of(portions, number++, other);
				take_part(portions, number, whole - first, whole);
				int64_t theirs = part_of(portions, number++, other);
				assert_true(ours + theirs <= other);
				assert_true(ours + theirs >= other - 1);
				assert_true(other != whole || ours == first);
				assert_true(other >= whole ? ours >= first : ours <= first);
			}
}

static void the_largest_wholes_do_not_overflow(void **state)
{
	struct portions *portions = *state;
	take_part(portions, 1, INT64_MAX - 8, INT64_MAX - 1);
	assert_int_equal(part_of(portions, 1, INT64_MAX - 1), INT64_MAX - 8);
	assert_int_equal(part_of(portions, 1, 10), 9);
}

static void what_the_day_did_not_state_is_cut_equally(void **state)
{
	struct portions *portions = *state;
	struct limit_row row = row_of(SCOPE_FIRM, LIMIT_credit, (struct limit_value){.value = 11});
	take_part(portions, 1, 0, 0);
	told_count = 0;
	portions_cut(portions, 1, &row, tell, NULL);
	assert_int_equal(row.limits[LIMIT_credit].value, 6);
	assert_int_equal(told[0].whole, PORTION_NONE);
	assert_int_equal(part_of(portions, 1, 11), 6); /* it let nothing: there is no proportion */
	site.gate = 1;
	assert_int_equal(part_of(portions, 1, 11), 5);
}

/* A part of nothing stays nothing, as where control had lost its record and cut all gates first. */
static void a_gate_that_had_nothing_has_nothing(void **state)
{
	struct portions *portions = *state;
	take_part(portions, 1, 0, 1000);
	assert_int_equal(part_of(portions, 1, 5000), 0);
}

static void both_numbers_of_a_symbols_rate_are_cut_and_its_window_is_not(void **state)
{
	struct portions *portions = *state;
	struct limit_row row = row_of(SCOPE_SYMBOL, LIMIT_order_rate,
		(struct limit_value){.value = 30, .window_ns = 1000, .burst = 5});
	struct cut_whole of = {.value = 100, .burst = 20, .limit = LIMIT_order_rate};
	take(portions, RECORD_LIMIT_ROW, &row, sizeof row, &of, sizeof of);
	take_epoch(portions, 1, true);
	row = row_of(SCOPE_SYMBOL, LIMIT_order_rate,
		(struct limit_value){.value = 201, .window_ns = 7, .burst = 7});
	told_count = 0;
	portions_cut(portions, 1, &row, tell, NULL);
	assert_int_equal(row.limits[LIMIT_order_rate].value, 60);
	assert_int_equal(row.limits[LIMIT_order_rate].burst, 1);
	assert_int_equal(row.limits[LIMIT_order_rate].window_ns, 7);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[1].key.part, SLICE_BURST);
	assert_int_equal(told[1].key.symbol, 1);
}

static void what_is_one_gates_or_adds_up_over_none_is_left_alone(void **state)
{
	struct portions *portions = *state;
	struct limit_row row =
		row_of(SCOPE_FIRM, LIMIT_max_order_quantity, (struct limit_value){.value = 77});
	struct limit_row account = row_of(SCOPE_ACCOUNT, LONG, (struct limit_value){.value = 78});
	take_part(portions, 1, 1, 10);
	told_count = 0;
	portions_cut(portions, 1, &row, tell, NULL);
	portions_cut(portions, 1, &account, tell, NULL);
	assert_int_equal(row.limits[LIMIT_max_order_quantity].value, 77);
	assert_int_equal(account.limits[LONG].value, 78);
	assert_int_equal(told_count, 0);
}

static void a_row_with_nothing_behind_it_does_not_tell(void **state)
{
	struct portions *portions = *state;
	struct limit_row row = row_of(SCOPE_FIRM, LONG, (struct limit_value){.value = 7});
	take(portions, RECORD_LIMIT_ROW, &row, sizeof row, NULL, 0);
	take_epoch(portions, 1, true);
	assert_false(portions_are_told(portions, 1));
	assert_false(portions_are_told(portions, 2));
	take_part(portions, 2, 7, 9);
	assert_true(portions_are_told(portions, 2));
	/* Nothing of it adds up: nothing need be told. */
	row = row_of(SCOPE_FIRM, LIMIT_max_order_quantity, (struct limit_value){.value = 7});
	take(portions, RECORD_LIMIT_ROW, &row, sizeof row, NULL, 0);
	take_epoch(portions, 3, true);
	assert_true(portions_are_told(portions, 3));
}

static void what_was_not_adopted_is_forgotten_and_what_returns_is_known(void **state)
{
	struct portions *portions = *state;
	struct boot_record boot = {0};
	struct limit_row row = row_of(SCOPE_FIRM, LONG, (struct limit_value){.value = 1});
	struct cut_whole of = {.value = 10, .limit = LONG};
	take_part(portions, 1, 5, 10);
	epochs.former.epoch = 1;
	for (uint32_t number = 2; number < 9; number++) {
		take_part(portions, number, 2, 10); /* one trial in place of another */
		take(portions, RECORD_LIMIT_ROW, &row, sizeof row, &of, sizeof of);
		take_epoch(portions, 0, false);
		take(portions, RECORD_LIMIT_ROW, &row, sizeof row, &of, sizeof of);
		take(portions, RECORD_BOOT, &boot, sizeof boot, NULL, 0);
		assert_int_equal(part_of(portions, number, 100), 20);
		assert_int_equal(part_of(portions, 1, 100), 50);
	}
	assert_false(portions_are_told(portions, 0));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_first, close_all)
	const struct CMUnitTest tests[] = {
		ONE(parts_of_all_gates_are_never_more_than_the_other_whole),
		ONE(the_largest_wholes_do_not_overflow),
		ONE(what_the_day_did_not_state_is_cut_equally),
		ONE(a_gate_that_had_nothing_has_nothing),
		ONE(both_numbers_of_a_symbols_rate_are_cut_and_its_window_is_not),
		ONE(what_is_one_gates_or_adds_up_over_none_is_left_alone),
		ONE(a_row_with_nothing_behind_it_does_not_tell),
		ONE(what_was_not_adopted_is_forgotten_and_what_returns_is_known),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.portions", tests, NULL, NULL);
#undef ONE
}
