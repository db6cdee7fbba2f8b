/* repeat_test.c - what is said again and again is told once for each reason in an interval. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/plane/repeat.h"

enum { MINUTE = 60 };

static struct repeat repeat;
static struct repeat_since since;

static int begin(void **state)
{
	(void)state;
	repeat = (struct repeat){0};
	since = (struct repeat_since){.again = UINT32_MAX, .others = UINT32_MAX};
	return 0;
}

static bool said(uint64_t reason, uint64_t now)
{
	return repeat_is_news(&repeat, reason, now, MINUTE, &since);
}

static void a_reason_is_told_once_in_an_interval_with_how_often_it_was_said(void **state)
{
	(void)state;
	assert_true(said(7, 100));
	assert_int_equal(since.again, 0);
	assert_false(said(7, 100));
	assert_false(said(7, 159));
	assert_true(said(7, 160));
	assert_int_equal(since.again, 2);
	assert_false(said(7, 219));
	assert_true(said(7, 220));
	assert_int_equal(since.again, 1);
}

static void the_first_instant_of_a_clock_is_one_too(void **state)
{
	(void)state;
	assert_true(said(0, 0));
	assert_false(said(0, 1));
}

static void reasons_that_take_turns_are_each_told_once(void **state)
{
	unsigned told = 0;
	(void)state;
	for (uint64_t now = 1; now <= MINUTE; now++)
		told += said(now % 2, now);
	assert_int_equal(told, 2);
	assert_true(said(1, MINUTE + 1));
	assert_int_equal(since.again, MINUTE / 2 - 1);
}

/* Nobody need say it once more: what was counted is told when its interval is over, and once. */
static void what_was_said_again_is_told_when_its_interval_is_over(void **state)
{
	struct repeat_due due;
	(void)state;
	assert_true(said(7, 500));
	assert_true(said(8, 530));
	assert_false(repeat_due(&repeat, 1000, MINUTE, &due));
	assert_true(said(7, 1000));
	assert_true(said(8, 1030));
	assert_false(said(8, 1031));
	assert_false(said(7, 1040));
	assert_false(said(7, 1059));
	assert_false(repeat_due(&repeat, 1059, MINUTE, &due));
	assert_true(repeat_due(&repeat, 1060, MINUTE, &due));
	assert_int_equal(due.reason, 7);
	assert_int_equal(due.told_ns, 1000);
	assert_int_equal(due.since.again, 2);
	assert_int_equal(due.since.others, 0);
	assert_false(repeat_due(&repeat, 1060, MINUTE, &due));
	/* Its interval begins anew. */
	assert_false(said(7, 1119));
	assert_true(repeat_due(&repeat, 1119, MINUTE, &due));
	assert_int_equal(due.reason, 8);
	assert_int_equal(due.since.again, 1);
	assert_true(repeat_due(&repeat, 1120, MINUTE, &due));
	assert_int_equal(due.told_ns, 1060);
	assert_int_equal(due.since.again, 1);
}

/* repeat (1) */
static void more_reasons_than_there_is_room_for_are_told_no_oftener(void **state)
{
	unsigned told = 0;
	(void)state;
	for (uint64_t now = 1; now <= MINUTE; now++)
		told += said(now, now);
	assert_int_equal(told, REPEAT_REASON_COUNT_MAX);
	/* The place of the oldest is free when its interval is over, for another reason without its count. */
	assert_true(said(1000, MINUTE + 1));
	assert_int_equal(since.again, 0);
	assert_int_equal(since.others, MINUTE - REPEAT_REASON_COUNT_MAX);
	assert_false(said(1001, MINUTE + 1));
	assert_true(said(1001, MINUTE + 2));
	assert_int_equal(since.others, 1);
}

/* What there was no room for is counted to nobody's reason but its own. */
static void a_reason_is_not_told_with_the_count_of_others(void **state)
{
	(void)state;
	for (uint64_t reason = 0; reason < REPEAT_REASON_COUNT_MAX; reason++)
		assert_true(said(reason, 1 + reason));
	assert_false(said(0, 20));
	for (unsigned i = 0; i < 57; i++)
		assert_false(said(1000 + i, 20));
	assert_true(said(0, 1 + MINUTE));
	assert_int_equal(since.again, 1);
	assert_int_equal(since.others, 57);
	/* And who makes room leaves what it was not told of. */
	assert_false(said(1, MINUTE + 1));
	assert_true(said(2000, MINUTE + 2));
	assert_int_equal(since.again, 0);
	assert_int_equal(since.others, 1);
	assert_true(said(2001, MINUTE + 3));
	assert_int_equal(since.others, 0);
}

static void counts_are_told_in_words(void **state)
{
	char text[REPEAT_WORDS_BYTES];
	(void)state;
	assert_string_equal(repeat_words(&(struct repeat_since){0}, text), "");
	assert_string_equal(repeat_words(&(struct repeat_since){.again = 2}, text),
		" (2 times more since it was told)");
	assert_string_equal(repeat_words(&(struct repeat_since){.others = 3}, text),
		" (since the last line 3 times something else, not told)");
	assert_string_equal(
		repeat_words(
			&(struct repeat_since){.again = UINT32_MAX, .others = UINT32_MAX}, text),
		" (4294967295 times more since it was told) (since the last line 4294967295 times "
		"something else, not told)");
}

static void texts_that_differ_are_other_reasons(void **state)
{
	(void)state;
	assert_int_equal(repeat_reason_of("no dataplane"), repeat_reason_of("no dataplane"));
	assert_true(repeat_reason_of("no dataplane") != repeat_reason_of("no dataplane "));
	assert_true(repeat_reason_of("ab") != repeat_reason_of("ba"));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup(test, begin)
	const struct CMUnitTest tests[] = {
		ONE(a_reason_is_told_once_in_an_interval_with_how_often_it_was_said),
		ONE(the_first_instant_of_a_clock_is_one_too),
		ONE(reasons_that_take_turns_are_each_told_once),
		ONE(what_was_said_again_is_told_when_its_interval_is_over),
		ONE(more_reasons_than_there_is_room_for_are_told_no_oftener),
		ONE(a_reason_is_not_told_with_the_count_of_others),
		ONE(counts_are_told_in_words),
		ONE(texts_that_differ_are_other_reasons),
	};
	return !!cmocka_run_group_tests_name("unit.control.plane.repeat", tests, NULL, NULL);
}
