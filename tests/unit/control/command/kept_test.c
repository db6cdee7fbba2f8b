/* kept_test.c - what a restart of control must not lose: limits in force, and stops that nobody has taken. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/command/kept.h"
#include "tests/unit/control/command/asking.h"

/* Where the file is written first there is a directory now: as a full disk refuses, so does it. */
static void disk_refuses(bool refuses)
{
	shell(refuses ? "mkdir %s%s" : "rmdir %s%s", control.kept_path, ".new");
}

static void wait_kept(const uint64_t hash[2])
{
	for (unsigned i = 0; i < PATIENT_TURNS && control.kept_hash[0] != hash[0]; i++)
		turn();
	assert_int_equal(control.kept_hash[0], hash[0]);
}

static int begin_kept(void **state)
{
	int failed = begin(state);
	wait_kept(control.publishing.set->hash);
	return failed;
}

static void limits_that_could_not_be_kept_are_tried_again(void **state)
{
	(void)state;
	assert_null(kept_owed(&control));
	disk_refuses(true);
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load because tighter",
				 limits_with("10000 shares", "9000 shares")),
		CODE_DONE);
	says("NOT kept for a restart yet");
	assert_non_null(strstr(kept_owed(&control), "limits.in-force.yaml"));
	assert_int_equal(look("health"), CODE_NOT_READY);
	says("kept limits");
	assert_int_equal(look("metrics"), CODE_ROWS);
	says("sluice_limits_kept 0");
	control.owed_ns = 0; /* once more in vain */
	for (unsigned i = 0; i < PATIENT_TURNS && control.owed_ns == 0; i++)
		turn();
	disk_refuses(false);
	control.owed_ns = 0;
	wait_kept(control.publishing.set->hash);
	assert_null(kept_owed(&control));
	uint64_t hash = control.kept_hash[0];
	control_close(&control);
	control_start();
	assert_int_equal(control.publishing.set->hash[0], hash);
}

static void what_is_owed_is_forgotten_when_other_limits_are_kept(void **state)
{
	(void)state;
	disk_refuses(true);
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load because tighter",
				 limits_with("10000 shares", "9000 shares")),
		CODE_DONE);
	assert_non_null(kept_owed(&control));
	disk_refuses(false);
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load because tighter still",
				 limits_with("10000 shares", "8000 shares")),
		CODE_DONE);
	says_not("NOT kept");
	assert_null(kept_owed(&control));
	assert_null(control.owed);
	assert_int_equal(control.kept_hash[0], control.publishing.set->hash[0]);
}

/* Control dies between the gate's word and the disk's: the next one does not know what the gate has. */
static void a_control_started_meanwhile_publishes_nothing_looser(void **state)
{
	(void)state;
	disk_refuses(true);
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load because tighter",
				 limits_with("10000 shares", "9000 shares")),
		CODE_DONE);
	uint32_t epoch = control.publishing.epoch;
	control_close(&control);
	disk_refuses(false);
	control_start();
	wait_attached();
	for (unsigned i = 0; i < 100; i++)
		turn();
	assert_int_equal(atomic_load(&standin.own->gate.limits_epoch_adopted), epoch);
	assert_true(publishing_is_strange(&control.publishing));
	assert_int_equal(look("health"), CODE_NOT_READY);
	says("neither limits.yaml nor what was kept");
	/* The very file that control started with loosens against what the gate has. */
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load because back",
				 limits_with("10000 shares", "10000 shares")),
		CODE_SECOND_PERSON);
	assert_int_equal(ask_with(SECOND_UID, SOCKET_CONTROL, "limits load because back",
				 limits_with("10000 shares", "10000 shares")),
		CODE_DONE);
	assert_false(publishing_is_strange(&control.publishing));
	wait_adopted();
}

static void a_kill_that_no_dataplane_took_stands_after_a_restart(void **state)
{
	(void)state;
	assert_int_equal(ask(ROOT, "kill account 18 because x"), CODE_PLANE_ABSENT);
	says("also if control is started again");
	for (unsigned i = 0;
		i < PATIENT_TURNS && (control.standing.count == 0 || control.standing.file != NULL);
		i++)
		turn();
	control_close(&control);
	control_start();
	assert_int_equal(look("status"), CODE_ROWS);
	says("1 for a dataplane that latches them: account 18 (momentum) killed");
	assert_true(standin_start(&standin, &control.site, 0));
	wait_attached();
	for (unsigned i = 0; i < PATIENT_TURNS && standing_is_waiting(&control.plane); i++)
		turn();
	assert_false(standing_is_waiting(&control.plane));
	standin_kill(&standin);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_kept, end)
	const struct CMUnitTest tests[] = {
		ONE(limits_that_could_not_be_kept_are_tried_again),
		ONE(what_is_owed_is_forgotten_when_other_limits_are_kept),
		ONE(a_control_started_meanwhile_publishes_nothing_looser),
		cmocka_unit_test_setup_teardown(
			a_kill_that_no_dataplane_took_stands_after_a_restart, begin_alone,
			end_alone),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.kept", tests, NULL, NULL);
}
