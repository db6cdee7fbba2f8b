/* repeat_test.c - what is said again and again is told once for each reason in an interval. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/plane/repeat.h"

enum { MINUTE = 60 };

static struct repeat repeat;
static uint32_t again;

static int begin(void **state)
{
	(void)state;
	repeat = (struct repeat){0};
	again = UINT32_MAX;
	return 0;
}

static bool said(uint64_t reason, uint64_t now)
{
	return repeat_is_news(&repeat, reason, now, MINUTE, &again);
}

static void a_reason_is_told_once_in_an_interval_with_how_often_it_was_said(void **state)
{
	(void)state;
	assert_true(said(7, 100));
	assert_int_equal(again, 0);
	assert_false(said(7, 100));
	assert_false(said(7, 159));
	assert_true(said(7, 160));
	assert_int_equal(again, 2);
	assert_false(said(7, 219));
	assert_true(said(7, 220));
	assert_int_equal(again, 1);
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
	assert_int_equal(again, MINUTE / 2 - 1);
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
	assert_int_equal(again, 0);
	assert_false(said(1001, MINUTE + 1));
	assert_true(said(1001, MINUTE + 2));
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
		ONE(more_reasons_than_there_is_room_for_are_told_no_oftener),
		ONE(texts_that_differ_are_other_reasons),
	};
	return !!cmocka_run_group_tests_name("unit.control.plane.repeat", tests, NULL, NULL);
}
