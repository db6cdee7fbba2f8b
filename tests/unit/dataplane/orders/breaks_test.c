/* Rows that two tellers write: found, evened, aged, bounded.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "dataplane/orders/breaks.h"

static int open_table(void **state)
{
	struct breaks *breaks = calloc(1, sizeof *breaks);
	assert_non_null(breaks);
	breaks_open(breaks);
	*state = breaks;
	return 0;
}

static int close_table(void **state)
{
	breaks_close(*state);
	free(*state);
	return 0;
}

static void words_of_one_key_add_up_until_both_are_even(void **state)
{
	struct breaks *breaks = *state;
	struct break_row *row = breaks_take(breaks, 1, 7, 'C', 0, 100);
	assert_ptr_equal(breaks_find(breaks, 1, 7, 'D', 0), row); /* a cancel, whoever asked */
	assert_null(breaks_find(breaks, 0, 7, 'C', 0));
	assert_null(breaks_find(breaks, 1, 8, 'C', 0));
	assert_null(breaks_find(breaks, 1, 7, 'E', 0));
	assert_null(breaks_find(breaks, 1, 7, 'C', 1));
	breaks_tell(row, BREAK_OURS, 40, 0, 0);
	breaks_tell(row, BREAK_OURS, 60, 0, 0);
	breaks_tell(row, BREAK_THEIRS, 60, 0, 0);
	assert_false(breaks_is_even(row));
	breaks_tell(row, BREAK_THEIRS, 40, 0, 0);
	assert_true(breaks_is_even(row));
	breaks_drop(breaks, row);
	assert_null(breaks_find(breaks, 1, 7, 'C', 0));
	assert_int_equal(breaks->count, 0);
}

static void each_difference_is_one(void **state)
{
	struct breaks *breaks = *state;
	for (uint32_t i = 0; i < 4; i++) {
		struct break_row *row = breaks_take(breaks, 0, i + 1, 'A', 0, 0);
		breaks_tell(row, BREAK_OURS, 100, 1630000, 'B');
		breaks_tell(row, BREAK_THEIRS, i == 1 ? 99 : 100, i == 2 ? 1630001 : 1630000,
			i == 3 ? 'S' : 'B');
		assert_int_equal(breaks_is_even(row), i == 0);
	}
}

static void a_row_is_due_at_the_limit_after_its_word_or_the_sessions_return(void **state)
{
	struct breaks *breaks = *state;
	struct break_row *first = breaks_take(breaks, 0, 1, 'A', 0, 1000);
	struct break_row *second = breaks_take(breaks, 0, 2, 'A', 0, 1000);
	struct break_row *third = breaks_take(breaks, 0, 3, 'A', 0, 1001);
	assert_null(breaks_alarm(breaks, 0, 5999, 0, 5000));
	assert_false(breaks_is_due(breaks, 0, 6000, 1001, 5000));
	assert_false(breaks_is_due(breaks, 0, 6000, UINT64_MAX, 5000)); /* it comes back later */
	assert_ptr_equal(breaks_alarm(breaks, 0, 6000, 0, 5000), first);
	breaks_drop(breaks, second); /* the next that would be */
	assert_null(breaks_alarm(breaks, 0, 6000, 0, 5000));
	assert_ptr_equal(breaks_alarm(breaks, 0, 6001, 0, 5000), third);
	assert_null(breaks_alarm(breaks, 0, UINT64_MAX, 0, 5000));
	assert_int_equal(breaks->alarmed[0], 2);
	breaks_drop(breaks, first);
	assert_int_equal(breaks->alarmed[0], 1);
	assert_int_equal(breaks->heads[0], (uint32_t)(third - breaks->rows));
	assert_int_equal(breaks->heads[0], breaks->tails[0]);
	/* One that comes after all others were alarmed is young again. */
	assert_non_null(breaks_take(breaks, 0, 4, 'A', 0, 7000));
	assert_true(breaks_is_due(breaks, 0, 12000, 0, 5000));
	assert_false(breaks_is_due(breaks, 1, 12000, 0, 5000));
}

static void what_finds_no_room_is_counted(void **state)
{
	struct breaks *breaks = *state;
	for (uint32_t i = 1; i <= BREAK_COUNT_MAX; i++)
		assert_non_null(breaks_take(breaks, 0, i, 'E', i, 0));
	assert_null(breaks_take(breaks, 0, 1, 'E', 999999, 0));
	assert_int_equal(breaks->lost, 1);
	breaks_drop(breaks, breaks_find(breaks, 0, 77, 'E', 77));
	assert_non_null(breaks_take(breaks, 0, 1, 'E', 999999, 0));
	assert_int_equal(breaks->count, BREAK_COUNT_MAX);
}

/* The hash of break_key taken back: a match whose key is that one. */
static uint64_t match_of(uint64_t key, uint8_t venue, uint32_t venue_ref, uint8_t type)
{
	uint64_t mixed = (key ^ key >> 32) * 0xCFEE444D8B59A89Bull;
	return (mixed ^ (((uint64_t)venue + 1) << 40 | (uint64_t)type << 32 | venue_ref)) *
	       0xF1DE83E19937733Dull;
}

static void a_key_that_by_chance_stands_for_another_is_counted_and_never_mistaken(void **state)
{
	struct breaks *breaks = *state;
	const uint64_t match = match_of(77, 1, 7, 'E');
	struct break_row *row = breaks_take(breaks, 1, 7, 'E', match, 0);
	const struct break_row others[] = {{.venue = 0, .venue_ref = 7, .type = 'E'},
		{.venue = 1, .venue_ref = 8, .type = 'E'},
		{.venue = 1, .venue_ref = 7, .type = 'A'}};
	for (uint32_t i = 0; i < ARRAY_COUNT(others); i++) {
		const struct break_row *o = &others[i];
		uint64_t other = match_of(77, o->venue, o->venue_ref, o->type);
		assert_null(breaks_find(breaks, o->venue, o->venue_ref, o->type, other));
		assert_null(breaks_take(breaks, o->venue, o->venue_ref, o->type, other, 0));
		assert_int_equal(breaks->lost, i + 1);
	}
	assert_ptr_equal(breaks_find(breaks, 1, 7, 'E', match), row);
	/* A key of 0, which no table may hold, is another's too. */
	struct break_row *none = breaks_take(breaks, 1, 7, 'E', match_of(0, 1, 7, 'E'), 0);
	assert_non_null(none);
	assert_null(breaks_find(breaks, 1, 7, 'E', match_of(1, 1, 7, 'E')));
	assert_ptr_equal(breaks_find(breaks, 1, 7, 'E', none->match), none);
	breaks_drop(breaks, none);
	assert_null(breaks_find(breaks, 1, 7, 'E', match_of(0, 1, 7, 'E')));
}

static void a_break_that_was_seen_stays_and_is_no_alarm_until_another_word(void **state)
{
	struct breaks *breaks = *state;
	struct break_row *row = breaks_take(breaks, 1, 7, 'E', 5, 0);
	struct break_row *other = breaks_take(breaks, 1, 8, 'E', 6, 0);
	struct acknowledge_record seen = {
		.number = row->number, .venue = 1, .uid = 1000, .reason = "their error"};
	assert_int_not_equal(row->number, other->number);
	assert_int_equal(breaks_acknowledge(breaks, &seen, true), ESTALE);
	while (breaks_alarm(breaks, 1, 5000, 0, 5000) != NULL)
		;
	assert_int_equal(breaks_acknowledge(breaks, &seen, false), 0);
	assert_int_equal(breaks->alarmed[1], 2);
	assert_int_equal(breaks_acknowledge(breaks, &seen, true), 0);
	assert_int_equal(breaks->alarmed[1], 1);
	assert_int_equal(breaks->seen[1], 1);
	assert_int_equal(row->acknowledged_uid, 1000);
	assert_string_equal(row->acknowledged_reason, "their error");
	assert_int_equal(breaks_acknowledge(breaks, &seen, true), EALREADY);
	breaks_renew(breaks, row);
	breaks_renew(breaks, other); /* which nobody had seen */
	assert_int_equal(breaks->alarmed[1], 2);
	assert_int_equal(breaks->seen[1], 0);
	assert_int_equal(breaks_acknowledge(breaks, &seen, true), 0);
	breaks_drop(breaks, row);
	assert_int_equal(breaks->alarmed[1], 1);
	assert_int_equal(breaks->seen[1], 0);
	assert_int_equal(breaks_acknowledge(breaks, &seen, true), ENOENT);
	seen.venue = VENUE_COUNT_MAX;
	assert_int_equal(breaks_acknowledge(breaks, &seen, true), ENOENT);
}

static void a_site_without_copies_has_nothing_to_acknowledge(void **state)
{
	static struct breaks none;
	const struct acknowledge_record seen = {.number = 1};
	(void)state;
	assert_int_equal(breaks_acknowledge(&none, &seen, true), ENOENT);
}

int main(void)
{
#define TABLE(test) cmocka_unit_test_setup_teardown(test, open_table, close_table)
	const struct CMUnitTest tests[] = {
		TABLE(words_of_one_key_add_up_until_both_are_even),
		TABLE(each_difference_is_one),
		TABLE(a_row_is_due_at_the_limit_after_its_word_or_the_sessions_return),
		TABLE(what_finds_no_room_is_counted),
		TABLE(a_key_that_by_chance_stands_for_another_is_counted_and_never_mistaken),
		TABLE(a_break_that_was_seen_stays_and_is_no_alarm_until_another_word),
		TABLE(a_site_without_copies_has_nothing_to_acknowledge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
