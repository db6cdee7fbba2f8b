/* The clock keeps the kernel's time, runs forward only and converts its own cycles. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/clock.h"

#include <cpuid.h>
#include <pthread.h>
#include <time.h>

static uint64_t kernel_ns(clockid_t id)
{
	struct timespec t;
	assert_int_equal(clock_gettime(id, &t), 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The readings bracket each other: whatever steals the core only widens the bracket. */
static void assert_near_monotonic(uint64_t tolerance_ns)
{
	uint64_t before = kernel_ns(CLOCK_MONOTONIC);
	uint64_t now = clock_now_ns();
	uint64_t after = kernel_ns(CLOCK_MONOTONIC);
	assert_true(now + tolerance_ns >= before);
	assert_true(now <= after + tolerance_ns);
}

static void before_the_start_the_kernels_clock_is_read(void **state)
{
	(void)state;
	assert_near_monotonic(0);
	assert_int_equal(clock_cycles_to_ns(12345), 12345);
	uint64_t from = clock_cycles(), to = clock_cycles();
	assert_true(to >= from);
}

static void the_start_finds_a_believable_frequency_or_none(void **state)
{
	(void)state;
	uint64_t hz = clock_start();
	assert_true(hz == 0 || (hz >= 100000000u && hz <= 20000000000u));
}

/* Whatever else a guest hides: of an invariant TSC the calibration needs no other instruction. */
static void an_invariant_tsc_is_used(void **state)
{
	(void)state;
	unsigned int a, b, c, d = 0;
	bool is_invariant = __get_cpuid(0x80000007u, &a, &b, &c, &d) && (d & (1u << 8)) != 0;
	assert_int_equal(clock_start() != 0, is_invariant);
}

static void after_the_start_the_time_is_the_kernels(void **state)
{
	(void)state;
	clock_start();
	/* 100 us covers the drift of 100 ppm over a second of test. */
	for (int i = 0; i < 1000; i++)
		assert_near_monotonic(100000);
}

static void a_second_start_moves_the_time_by_less_than_it_is_wrong(void **state)
{
	(void)state;
	clock_start();
	uint64_t before = clock_now_ns();
	clock_start();
	uint64_t after = clock_now_ns();
	assert_true(after > before);
	assert_near_monotonic(100000);
}

static void the_time_never_runs_backwards(void **state)
{
	(void)state;
	uint64_t latest = 0;
	for (int i = 0; i < 1000000; i++) {
		uint64_t now = clock_now_ns();
		if (now < latest)
			fail_msg("%lu after %lu", (unsigned long)now, (unsigned long)latest);
		latest = now;
	}
}

static void *read_the_clock(void *argument)
{
	*(uint64_t *)argument = clock_now_ns();
	return NULL;
}

static void two_threads_read_the_same_clock(void **state)
{
	(void)state;
	uint64_t before = clock_now_ns(), other = 0;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, read_the_clock, &other), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	uint64_t after = clock_now_ns();
	assert_true(other + 1000 >= before && other <= after + 1000);
}

static void cycles_measure_what_the_kernel_measures(void **state)
{
	(void)state;
	uint64_t outer = kernel_ns(CLOCK_MONOTONIC_RAW);
	uint64_t from = clock_cycles();
	uint64_t inner = kernel_ns(CLOCK_MONOTONIC_RAW);
	while (kernel_ns(CLOCK_MONOTONIC_RAW) - inner < 5000000)
		;
	uint64_t inner_ns = kernel_ns(CLOCK_MONOTONIC_RAW) - inner;
	uint64_t ns = clock_cycles_to_ns(clock_cycles() - from);
	uint64_t outer_ns = kernel_ns(CLOCK_MONOTONIC_RAW) - outer;
	assert_true(ns + 10000 >= inner_ns && ns <= outer_ns + 10000);
}

static void a_century_of_cycles_does_not_overflow(void **state)
{
	(void)state;
	uint64_t hz = clock_start();
	if (hz == 0)
		hz = 1000000000u;
	uint64_t century_s = UINT64_C(3155760000);
	uint64_t ns = clock_cycles_to_ns(hz * (century_s / 100)) / 1000000000u;
	assert_true(ns > century_s / 100 - 100 && ns < century_s / 100 + 100);
}

static void wall_time_is_the_calendars(void **state)
{
	(void)state;
	uint64_t before = kernel_ns(CLOCK_REALTIME);
	uint64_t wall = clock_wall_ns();
	assert_true(wall >= before && wall <= kernel_ns(CLOCK_REALTIME));
	assert_true(wall > UINT64_C(1700000000) * 1000000000u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_start_the_kernels_clock_is_read),
		cmocka_unit_test(the_start_finds_a_believable_frequency_or_none),
		cmocka_unit_test(an_invariant_tsc_is_used),
		cmocka_unit_test(after_the_start_the_time_is_the_kernels),
		cmocka_unit_test(a_second_start_moves_the_time_by_less_than_it_is_wrong),
		cmocka_unit_test(the_time_never_runs_backwards),
		cmocka_unit_test(two_threads_read_the_same_clock),
		cmocka_unit_test(cycles_measure_what_the_kernel_measures),
		cmocka_unit_test(a_century_of_cycles_does_not_overflow),
		cmocka_unit_test(wall_time_is_the_calendars),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.clock", tests, NULL, NULL);
}
