/* phases_test.c - a boot says where its time went. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/plan/phases.h"

static const uint64_t ms = 1000 * 1000;

static void every_phase_is_told_with_what_it_took(void **state)
{
	struct phases phases;
	char text[PHASES_TEXT_BYTES];
	(void)state;
	phases_begin(&phases, 500 * ms);
	assert_string_equal(phases_tell(&phases, text), "ready after 0 ms");
	phases_end(&phases, "configuration", 594 * ms);
	phases_end(&phases, "regions", 594 * ms);
	phases_end(&phases, "journal", 1312 * ms + 999999);
	assert_string_equal(phases_tell(&phases, text),
		"ready after 812 ms: configuration 94, regions 0, journal 718");
}

static void a_phase_of_each_gate_is_summed(void **state)
{
	struct phases phases;
	char text[PHASES_TEXT_BYTES];
	(void)state;
	phases_begin(&phases, 0);
	for (uint64_t gate = 0; gate < 4; gate++) {
		phases_end(&phases, "replay", (gate * 10 + 3) * ms);
		phases_end(&phases, "journal", (gate * 10 + 10) * ms);
	}
	assert_string_equal(phases_tell(&phases, text), "ready after 40 ms: replay 12, journal 28");
}

static void names_that_do_not_fit_are_cut(void **state)
{
	static const char long_name[] =
		"0123456789012345678901234567890123456789012345678901234567";
	struct phases phases;
	char text[PHASES_TEXT_BYTES];
	(void)state;
	phases_begin(&phases, 0);
	for (uint32_t i = 0; i < PHASE_COUNT_MAX; i++)
		phases_end(&phases, long_name + i, i * ms);
	assert_int_equal(phases.count, PHASE_COUNT_MAX);
	phases_tell(&phases, text);
	assert_int_equal(strlen(text), PHASES_TEXT_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_phase_is_told_with_what_it_took),
		cmocka_unit_test(a_phase_of_each_gate_is_summed),
		cmocka_unit_test(names_that_do_not_fit_are_cut),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.plan.phases", tests, NULL, NULL);
}
