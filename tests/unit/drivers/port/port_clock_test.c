/* port_clock_test.c - a card's counter of any rate, read now and then, in our time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/port/port_clock.h"

#define SECOND_NS 1000000000ull

static void without_two_readings_nothing_is_known(void **state)
{
	(void)state;
	struct port_clock clock = {0};
	assert_int_equal(port_clock_ns(&clock, 5), 0);
	port_clock_note(&clock, 1000, SECOND_NS);
	assert_int_equal(port_clock_ns(&clock, 1000), 0);
	port_clock_note(&clock, 1000, 2 * SECOND_NS); /* it stands still */
	assert_int_equal(port_clock_ns(&clock, 1000), 0);
}

static void a_stamp_before_and_after_the_latest_reading_is_told(void **state)
{
	(void)state;
	struct port_clock clock = {0};
	/* 156.25 MHz: 6.4 ns a tick */
	port_clock_note(&clock, 1000000, 5 * SECOND_NS);
	port_clock_note(&clock, 1000000 + 156250000, 6 * SECOND_NS);
	assert_int_equal(port_clock_ns(&clock, 157250000), 6 * SECOND_NS);
	assert_int_equal(port_clock_ns(&clock, 157250000 + 100), 6 * SECOND_NS + 640);
	assert_int_equal(port_clock_ns(&clock, 157250000 - 100), 6 * SECOND_NS - 640);
	assert_int_equal(port_clock_ns(&clock, 0), 6 * SECOND_NS - 1006400000);
	/* Long after: what a double cannot hold of a day is below a microsecond. */
	for (uint64_t second = 7; second < 86400; second += 977)
		port_clock_note(&clock, 1000000 + (second - 5) * 156250000, second * SECOND_NS);
	uint64_t told_ns = port_clock_ns(&clock, clock.ticks - 1000000);
	assert_in_range(told_ns, clock.ns - 6400001, clock.ns - 6399999);
}

static void a_counter_that_was_reset_begins_anew(void **state)
{
	(void)state;
	struct port_clock clock = {0};
	port_clock_note(&clock, 1000, SECOND_NS);
	port_clock_note(&clock, 2000, 2 * SECOND_NS);
	port_clock_note(&clock, 10, 3 * SECOND_NS);
	assert_int_equal(port_clock_ns(&clock, 10), 0);
	port_clock_note(&clock, 20, 3 * SECOND_NS + 100);
	assert_int_equal(port_clock_ns(&clock, 20), 3 * SECOND_NS + 100);
	/* From before all time there is none. */
	clock.ns = 50;
	assert_int_equal(port_clock_ns(&clock, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_two_readings_nothing_is_known),
		cmocka_unit_test(a_stamp_before_and_after_the_latest_reading_is_told),
		cmocka_unit_test(a_counter_that_was_reset_begins_anew),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.port.port_clock", tests, NULL, NULL);
}
