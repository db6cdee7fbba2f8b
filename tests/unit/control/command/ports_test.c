/* ports_test.c - the clock as control shows it, and as it tells the gate. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

static void a_stage_whose_clock_strayed_is_in_doubt_at_the_gate_too(void **state)
{
	(void)state;
	turn();
	assert_int_equal(region_clock_off_ns(control.plane.own), 0);
	assert_int_equal(look("show clock"), CODE_ROWS);
	atomic_store(&standin.own->clocks[STAGE_FEED].strayed_ns, 7000000000);
	turn();
	assert_int_equal(region_clock_off_ns(control.plane.own), 7000000000);
	assert_int_equal(look("show clock"), CODE_NOT_READY);
	says("the TSC of the stage feed strayed by 7000000000 ns from the kernel's clock");
	assert_int_equal(look("metrics"), CODE_ROWS);
	says("sluice_clock_strayed_seconds");
	says("7.000000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_stage_whose_clock_strayed_is_in_doubt_at_the_gate_too, begin, end),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.ports", tests, NULL, NULL);
}
