/* clock_watch_test.c - a TSC that jumps, runs wrong, stands or differs on another core is seen; one that is as it was is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/clock_watch.h"

/* Without a start a cycle is a nanosecond: so far two readings are apart. */
#define LOOK_NS 100000000u
#define ALLOWED (CLOCK_WATCH_SLACK_NS + LOOK_NS / 1000000 * CLOCK_WATCH_PPM)

static struct clock_watch begun(void)
{
	return (struct clock_watch){.last = {.cycles = 7000, .kernel_ns = 5000}};
}

static struct clock_reading after(
	const struct clock_watch *watch, uint64_t cycles, uint64_t kernel_ns)
{
	return (struct clock_reading){.cycles = watch->last.cycles + cycles,
		.kernel_ns = watch->last.kernel_ns + kernel_ns};
}

static void clocks_that_go_equally_far_have_not_strayed(void **state)
{
	(void)state;
	struct clock_watch watch = begun();
	for (int i = 0; i < 1000; i++)
		assert_int_equal(
			clock_watch_feed(&watch, after(&watch, LOOK_NS + ALLOWED, LOOK_NS)), 0);
	assert_int_equal(clock_watch_feed(&watch, after(&watch, LOOK_NS - ALLOWED, LOOK_NS)), 0);
}

static void one_nanosecond_beyond_what_is_allowed_has_strayed(void **state)
{
	(void)state;
	struct clock_watch watch = begun();
	uint64_t strayed = clock_watch_feed(&watch, after(&watch, LOOK_NS + ALLOWED + 1, LOOK_NS));
	assert_int_equal(strayed, ALLOWED + 1);
	strayed = clock_watch_feed(&watch, after(&watch, LOOK_NS - ALLOWED - 1, LOOK_NS));
	assert_int_equal(strayed, 2 * (ALLOWED + 1));
}

static void a_jump_is_not_forgiven_when_it_is_taken_back(void **state)
{
	(void)state;
	struct clock_watch watch = begun();
	assert_int_equal(clock_watch_feed(&watch, after(&watch, 3000000, 1000000)), 2000000);
	assert_int_equal(clock_watch_feed(&watch, after(&watch, LOOK_NS, LOOK_NS)), 2000000);
	assert_int_equal(clock_watch_feed(&watch, after(&watch, 0, 2000000)), 4000000);
}

static void a_clock_that_stands_strays_by_all_that_passes(void **state)
{
	(void)state;
	struct clock_watch watch = begun();
	for (uint64_t i = 1; i <= 5; i++)
		assert_int_equal(clock_watch_feed(&watch, after(&watch, 0, LOOK_NS)), i * LOOK_NS);
}

static void a_clock_that_goes_back_strays_by_the_way_back_too(void **state)
{
	(void)state;
	struct clock_watch watch = begun();
	struct clock_reading back = {.cycles = 1000, .kernel_ns = 5000 + 50000};
	assert_int_equal(clock_watch_feed(&watch, back), 50000 + 6000);
}

static void another_cores_clock_is_held_against_the_calibration(void **state)
{
	(void)state;
	struct clock_watch watch;
	clock_start();
	clock_watch_start(&watch);
	assert_int_equal(clock_watch_look(&watch), 0);
	if (clock_begun().cycles == 0)
		skip(); /* no TSC: there is one clock only */
	clock_watch_start(&watch);
	watch.last.cycles -= clock_begun().cycles / 2; /* this core's is so far ahead */
	assert_true(clock_watch_look(&watch) > CLOCK_WATCH_SLACK_NS);
}

static void a_reading_that_took_too_long_says_nothing(void **state)
{
	(void)state;
	struct clock_watch watch = begun();
	struct clock_reading slow = after(&watch, LOOK_NS, 2 * LOOK_NS);
	slow.width_ns = CLOCK_WATCH_WIDTH_NS + 1;
	assert_int_equal(clock_watch_feed(&watch, slow), 0);
	assert_int_equal(watch.last.cycles, 7000);
	slow.width_ns = CLOCK_WATCH_WIDTH_NS;
	assert_int_equal(clock_watch_feed(&watch, slow), LOOK_NS);
}

static void what_strayed_saturates(void **state)
{
	(void)state;
	struct clock_watch watch = begun();
	watch.strayed_ns = UINT64_MAX - LOOK_NS;
	assert_int_equal(clock_watch_feed(&watch, after(&watch, 0, LOOK_NS)), UINT64_MAX);
	assert_int_equal(clock_watch_feed(&watch, after(&watch, 0, LOOK_NS)), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* before the start: a cycle is a nanosecond */
		cmocka_unit_test(clocks_that_go_equally_far_have_not_strayed),
		cmocka_unit_test(one_nanosecond_beyond_what_is_allowed_has_strayed),
		cmocka_unit_test(a_jump_is_not_forgiven_when_it_is_taken_back),
		cmocka_unit_test(a_clock_that_stands_strays_by_all_that_passes),
		cmocka_unit_test(a_clock_that_goes_back_strays_by_the_way_back_too),
		cmocka_unit_test(a_reading_that_took_too_long_says_nothing),
		cmocka_unit_test(what_strayed_saturates),
		cmocka_unit_test(another_cores_clock_is_held_against_the_calibration),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.clock_watch", tests, NULL, NULL);
}
