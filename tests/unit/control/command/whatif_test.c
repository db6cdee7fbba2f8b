/* whatif_test.c - what a day is judged again by is told with what was read of it.  The judge itself is a program of its own, which
   is not beside a test: tests/system/operator_test.py and slices_test.py ask it.
   rooms: control_command */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

/* The limits end with their text, which goes to the judge: their hash was once read from what had been given back. */
static void the_audit_has_the_hash_of_limits_that_a_day_was_judged_by(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"limits dry-run limits.yaml", "what-if --limits limits.yaml day"};
	char hash[HASH_TEXT_BYTES], told[HASH_TEXT_BYTES + 16];
	hash_format(control.publishing.set->hash, hash);
	snprintf(told, sizeof told, "\"limits\":\"%s\"", hash);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		assert_int_equal(ask(ROOT, lines[i]), CODE_CHILD_FAILED);
		says("found no sluice-dataplane beside sluice-control");
		wait_audit(lines[i], told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_audit_has_the_hash_of_limits_that_a_day_was_judged_by, begin, end),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.whatif", tests, NULL, NULL);
}
