#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/gauge.h"

/* true: a higher mark was reached */
static bool feed(struct gauge *gauge, int64_t limit, int64_t usage)
{
	return gauge_feed(gauge, usage) && gauge_move(gauge, limit, usage);
}

static void each_mark_speaks_once_on_the_way_up(void **state)
{
	(void)state;
	struct gauge gauge = {0};
	gauge_set(&gauge, 1000, 0);
	assert_false(feed(&gauge, 1000, 499));
	assert_true(feed(&gauge, 1000, 500));
	assert_false(feed(&gauge, 1000, 799));
	assert_true(feed(&gauge, 1000, 800));
	assert_false(feed(&gauge, 1000, 999));
	assert_true(feed(&gauge, 1000, 1000));
	assert_false(feed(&gauge, 1000, 1000));
	assert_int_equal(gauge.peak, 1000);
}

static void a_leap_over_all_marks_speaks_once(void **state)
{
	(void)state;
	struct gauge gauge = {0};
	gauge_set(&gauge, 3, 0);
	assert_true(feed(&gauge, 3, 3));
	assert_false(feed(&gauge, 3, 3));
}

static void half_of_a_limit_is_its_first_mark_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(gauge_first(1), 1);
	assert_int_equal(gauge_first(2), 1);
	assert_int_equal(gauge_first(5), 3);
	assert_int_equal(gauge_first(INT64_MAX), INT64_C(1) << 62);
	assert_true(gauge_first(0) == INT64_MAX && gauge_first(-1) == INT64_MAX);
}

/* What is looked at in place of the gauge leaves out nothing and asks for nothing in vain. */
static void up_to_a_mark_and_down_to_where_it_is_taken_back_a_gauge_is_still(void **state)
{
	(void)state;
	struct gauge gauge = {.peak = 1000};
	gauge_set(&gauge, 1000, 0);
	assert_int_equal(gauge_above(&gauge), 499);
	assert_false(gauge_feed(&gauge, 499));
	gauge_set(&gauge, 1000, 500);
	assert_true(gauge.down > 0);
	assert_false(gauge_feed(&gauge, gauge.down));
	assert_true(gauge_feed(&gauge, gauge.down - 1));
}

static void hovering_does_not_chatter(void **state)
{
	(void)state;
	struct gauge gauge = {0};
	gauge_set(&gauge, 100, 0);
	assert_true(feed(&gauge, 100, 80));
	assert_false(feed(&gauge, 100, 79));
	assert_false(feed(&gauge, 100, 80));
	assert_false(feed(&gauge, 100, 50));
	assert_false(feed(&gauge, 100, 80));
	assert_false(feed(&gauge, 100, 49)); /* 80 % is armed again, 50 % is not */
	assert_false(feed(&gauge, 100, 50));
	assert_true(feed(&gauge, 100, 80));
	assert_false(feed(&gauge, 100, 24));
	assert_true(feed(&gauge, 100, 50));
	assert_int_equal(gauge.peak, 80);
}

static void a_new_limit_is_silent_about_what_is_already_used(void **state)
{
	(void)state;
	struct gauge gauge = {0};
	gauge_set(&gauge, 100, 85);
	assert_false(feed(&gauge, 100, 99));
	assert_true(feed(&gauge, 100, 100));
}

static void no_limit_has_no_marks(void **state)
{
	(void)state;
	struct gauge gauge = {0};
	gauge_set(&gauge, INT64_MIN, 0);
	assert_false(feed(&gauge, INT64_MIN, INT64_MAX - 1));
	assert_int_equal(gauge.peak, INT64_MAX - 1);
	gauge_set(&gauge, 0, 0);
	assert_false(feed(&gauge, 0, 1));
}

static void the_largest_limit_has_marks(void **state)
{
	(void)state;
	struct gauge gauge = {0};
	gauge_set(&gauge, INT64_MAX - 1, 0);
	assert_true(feed(&gauge, INT64_MAX - 1, INT64_MAX / 2));
	assert_true(feed(&gauge, INT64_MAX - 1, INT64_MAX - 1));
}

/* Another limit is another measure: where the gauge stood under the old one does not hold it up. */
static void a_gauge_that_is_set_anew_stands_where_a_fresh_one_would(void **state)
{
	struct gauge gauge = {0}, fresh = {0};
	(void)state;
	gauge_set(&gauge, 100, 90);
	gauge_set(&gauge, 200, 90);
	gauge_set(&fresh, 200, 90);
	assert_int_equal(gauge.mark, fresh.mark);
	assert_int_equal(gauge.up, fresh.up);
	assert_int_equal(gauge.down, fresh.down);
}

/* Usage is saturated: the largest number there is stands for all beyond it. */
static void the_largest_usage_is_past_the_last_mark_and_no_further(void **state)
{
	struct gauge gauge = {0};
	(void)state;
	gauge_set(&gauge, 100, 0);
	assert_true(feed(&gauge, 100, INT64_MAX));
	assert_int_equal(gauge.mark, 3);
	assert_int_equal(gauge.up, INT64_MAX);
	assert_false(feed(&gauge, 100, INT64_MAX));
	assert_int_equal(gauge.mark, 3);
	for (int64_t none = -1; none <= 0; none++) {
		gauge_set(&gauge, none, INT64_MAX);
		assert_false(feed(&gauge, none, INT64_MAX));
		assert_int_equal(gauge.mark, 0);
	}
}

static void below_the_lowest_mark_there_is_none_to_take_back(void **state)
{
	struct gauge gauge = {0};
	(void)state;
	gauge_set(&gauge, 100, 50);
	assert_int_equal(gauge.mark, 1);
	assert_int_equal(gauge.down, 25);
	assert_false(feed(&gauge, 100, INT64_MIN));
	assert_int_equal(gauge.mark, 0);
	assert_int_equal(gauge.up, 50);
	assert_int_equal(gauge.down, INT64_MIN);
}

static void usage_between_two_marks_moves_nothing(void **state)
{
	struct gauge gauge = {0}, before;
	(void)state;
	gauge_set(&gauge, 100, 60);
	before = gauge;
	assert_false(gauge_move(&gauge, 100, 70));
	assert_memory_equal(&gauge, &before, sizeof gauge);
}

static void the_smallest_limit_is_reached_by_one(void **state)
{
	struct gauge gauge = {0};
	(void)state;
	gauge_set(&gauge, 1, 0);
	assert_true(feed(&gauge, 1, 1));
	assert_int_equal(gauge.mark, 3);
	assert_false(feed(&gauge, 1, 0));
	assert_int_equal(gauge.mark, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gauge_that_is_set_anew_stands_where_a_fresh_one_would),
		cmocka_unit_test(each_mark_speaks_once_on_the_way_up),
		cmocka_unit_test(a_leap_over_all_marks_speaks_once),
		cmocka_unit_test(half_of_a_limit_is_its_first_mark_rounded_up),
		cmocka_unit_test(up_to_a_mark_and_down_to_where_it_is_taken_back_a_gauge_is_still),
		cmocka_unit_test(hovering_does_not_chatter),
		cmocka_unit_test(a_new_limit_is_silent_about_what_is_already_used),
		cmocka_unit_test(no_limit_has_no_marks),
		cmocka_unit_test(the_largest_limit_has_marks),
		cmocka_unit_test(the_largest_usage_is_past_the_last_mark_and_no_further),
		cmocka_unit_test(below_the_lowest_mark_there_is_none_to_take_back),
		cmocka_unit_test(usage_between_two_marks_moves_nothing),
		cmocka_unit_test(the_smallest_limit_is_reached_by_one),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.gauge", tests, NULL, NULL);
}
