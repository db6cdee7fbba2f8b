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

/* The same written down slowly: every order looks at everything. */
struct slow {
	int64_t peak, mark, told;
	uint64_t told_ns;
};

/* Whether usage is at least so many percent of the limit. */
static bool reaches(int64_t usage, int64_t limit, int64_t percent)
{
	return limit > 0 && usage * 100 >= limit * percent;
}

static bool slow_use(struct slow *slow, int64_t limit, int64_t usage, uint64_t now_ns)
{
	static const int64_t percent[] = {25, 50, 80, 100};
	int64_t before = slow->mark;
	slow->peak = usage > slow->peak ? usage : slow->peak;
	while (slow->mark < 3 && reaches(usage, limit, percent[slow->mark + 1]))
		slow->mark++;
	while (limit > 0 && slow->mark > 0 && !reaches(usage, limit, percent[slow->mark - 1]))
		slow->mark--;
	if (slow->mark <= before ||
		(slow->mark <= slow->told && now_ns - slow->told_ns < METER_QUIET_NS))
		return false;
	slow->told = slow->mark;
	slow->told_ns = now_ns;
	return true;
}

static void a_meter_agrees_with_one_that_looks_at_everything(void **state)
{
	struct meter meter = {0};
	struct slow slow = {0};
	uint64_t random = 7, now_ns = 0, told = 0;
	int64_t limit = 0;
	(void)state;
	for (unsigned i = 0; i < 300000; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		uint64_t drawn = random >> 33;
		if (i % 1000 == 0) {
			limit = i % 7000 == 0 ? INT64_MIN : (int64_t)(drawn % 300);
			meter_set(&meter, LIMIT_collar, limit);
			slow.mark = slow.told = 0;
		}
		int64_t usage = (int64_t)(drawn % 64 == 0 ? drawn % 400 : drawn % 120);
		bool is_told = meter_feed(&meter, LIMIT_collar, usage) &&
			       meter_move(&meter, LIMIT_collar, limit, usage, now_ns);
		assert_int_equal(is_told, slow_use(&slow, limit, usage, now_ns));
		assert_int_equal(meter.peak[LIMIT_collar], slow.peak);
		assert_int_equal(meter.marks[LIMIT_collar], slow.mark);
		told += is_told;
		now_ns += drawn % 5 == 0 ? METER_QUIET_NS / 3 : 1000;
	}
	assert_true(told > 1000);
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
		cmocka_unit_test(a_meter_agrees_with_one_that_looks_at_everything),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.meter", tests, NULL, NULL);
}
