/* meter_test.c - what single orders use: the last, the peak, and marks that do not chatter. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/meter.h"

static const uint64_t second_ns = 1000000000;

/* One order's usage of a collar of 100; true: a mark is told. */
static bool use(struct meter *meter, int64_t usage, uint64_t now_ns)
{
	return meter_feed(meter, LIMIT_collar, usage) &&
	       meter_move(meter, LIMIT_collar, 100, usage, now_ns);
}

static void the_last_order_and_the_peak_are_kept(void **state)
{
	struct meter meter = {0};
	(void)state;
	meter_set(&meter, LIMIT_collar, 100);
	assert_false(use(&meter, 40, 1));
	assert_false(use(&meter, 7, 2));
	assert_int_equal(meter.now[LIMIT_collar], 7);
	assert_int_equal(meter.peak[LIMIT_collar], 40);
	assert_int_equal(meter.peak[LIMIT_collar_ticks], 0);
}

static void usage_below_its_peak_moves_nothing(void **state)
{
	struct meter meter = {0};
	(void)state;
	meter_set(&meter, LIMIT_collar, 100);
	assert_true(use(&meter, 60, 1));
	assert_false(meter_feed(&meter, LIMIT_collar, 60));
	assert_false(meter_feed(&meter, LIMIT_collar, 25));
	assert_true(meter_feed(&meter, LIMIT_collar, 61));
	assert_true(meter_feed(&meter, LIMIT_collar, 24));
}

static void each_mark_is_told_on_the_way_up(void **state)
{
	struct meter meter = {0};
	(void)state;
	meter_set(&meter, LIMIT_collar, 100);
	assert_false(use(&meter, 49, 1));
	assert_true(use(&meter, 50, 1));
	assert_false(use(&meter, 79, 1));
	assert_true(use(&meter, 80, 1));
	assert_false(use(&meter, 99, 1));
	assert_true(use(&meter, 100, 1));
	assert_false(use(&meter, 100, 1));
}

static void orders_large_and_small_in_turn_tell_a_mark_once_a_minute(void **state)
{
	struct meter meter = {0};
	unsigned told = 0;
	(void)state;
	meter_set(&meter, LIMIT_collar, 100);
	for (unsigned i = 0; i < 180; i++) {
		told += use(&meter, 85, i * second_ns);
		told += use(&meter, 1, i * second_ns);
	}
	assert_int_equal(told, 3);
}

static void a_higher_mark_waits_for_no_minute(void **state)
{
	struct meter meter = {0};
	(void)state;
	meter_set(&meter, LIMIT_collar, 100);
	assert_true(use(&meter, 55, second_ns));
	assert_false(use(&meter, 1, second_ns));
	assert_true(use(&meter, 100, second_ns));
	assert_false(use(&meter, 1, second_ns));
	assert_false(use(&meter, 55, second_ns));
	assert_false(use(&meter, 1, second_ns));
	assert_false(use(&meter, 55, second_ns + METER_QUIET_NS - 1));
	assert_false(use(&meter, 1, second_ns + METER_QUIET_NS));
	assert_true(use(&meter, 55, second_ns + METER_QUIET_NS));
}

static void a_new_limit_may_be_told_at_once_and_keeps_the_peak(void **state)
{
	struct meter meter = {0};
	(void)state;
	meter_set(&meter, LIMIT_collar, 100);
	assert_true(use(&meter, 90, 1));
	meter_set(&meter, LIMIT_collar, 100);
	assert_int_equal(meter.peak[LIMIT_collar], 90);
	assert_true(use(&meter, 80, 2));
	assert_int_equal(meter.peak[LIMIT_collar], 90);
}

static void without_a_limit_there_is_a_peak_and_no_mark(void **state)
{
	const int64_t none[] = {INT64_MIN, 0};
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(none); i++) {
		struct meter meter = {0};
		meter_set(&meter, LIMIT_collar, none[i]);
		assert_true(meter_feed(&meter, LIMIT_collar, 5));
		assert_false(meter_move(&meter, LIMIT_collar, none[i], 5, 1));
		assert_int_equal(meter.peak[LIMIT_collar], 5);
		assert_false(meter_feed(&meter, LIMIT_collar, 4));
	}
}

static void the_largest_limit_has_marks(void **state)
{
	struct meter meter = {0};
	const int64_t most = INT64_MAX - 1;
	(void)state;
	meter_set(&meter, LIMIT_max_order_value, most);
	assert_true(meter_feed(&meter, LIMIT_max_order_value, most));
	assert_true(meter_move(&meter, LIMIT_max_order_value, most, most, 1));
	assert_int_equal(meter.marks[LIMIT_max_order_value], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_order_and_the_peak_are_kept),
		cmocka_unit_test(usage_below_its_peak_moves_nothing),
		cmocka_unit_test(each_mark_is_told_on_the_way_up),
		cmocka_unit_test(orders_large_and_small_in_turn_tell_a_mark_once_a_minute),
		cmocka_unit_test(a_higher_mark_waits_for_no_minute),
		cmocka_unit_test(a_new_limit_may_be_told_at_once_and_keeps_the_peak),
		cmocka_unit_test(without_a_limit_there_is_a_peak_and_no_mark),
		cmocka_unit_test(the_largest_limit_has_marks),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.meter", tests, NULL, NULL);
}
