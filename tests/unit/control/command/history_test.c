/* history_test.c - which loads are held, and one of them brought back under the rules of a load. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

static const char *tighter(const char *value)
{
	return limits_with("max_order_quantity: 10000 shares", value);
}

static unsigned load(uint32_t uid, const char *line, const char *limits)
{
	return ask_with(uid, SOCKET_CONTROL, line, limits);
}

static void wait_held(uint32_t epoch)
{
	for (unsigned i = 0; i < PATIENT_TURNS && history_find(&control.history, epoch) == NULL;
		i++)
		turn();
	assert_non_null(history_find(&control.history, epoch));
}

/* Epoch 1 as the site states it, epoch 2 tighter. */
static void two_loads(void)
{
	wait_held(1);
	assert_int_equal(load(ROOT, "limits load because \"a thin day\"",
				 tighter("max_order_quantity: 9000 shares")),
		CODE_DONE);
	wait_held(2);
}

static const char *how_of(uint32_t epoch)
{
	const struct held_load *held = history_find(&control.history, epoch);
	assert_non_null(held);
	return json_string_value(json_object_get(held->words, "how"));
}

static void an_older_load_that_loosens_takes_two_persons(void **state)
{
	(void)state;
	two_loads();
	uint64_t hash = history_find(&control.history, 1)->hash[0];
	assert_int_equal(ask(WATCHER_UID, "limits restore 1"), CODE_ROLE_TOO_LOW);
	assert_int_equal(ask(ROOT, "limits restore 1"), CODE_REASON_MISSING);
	assert_int_equal(ask(ROOT, "limits restore 1 because calm"), CODE_SECOND_PERSON);
	says("max_order_quantity 9000 shares -> 10000 shares (looser)");
	says("a second person with role risk who restores the same epoch");
	assert_int_equal(ask(SECOND_UID, "limits restore 1"), CODE_REASON_MISSING);
	assert_int_equal(ask(ROOT, "limits restore 1 because calm"), CODE_SAME_PERSON);
	assert_int_equal(control.publishing.epoch, 2);
	assert_int_equal(ask(SECOND_UID, "limits restore 1 because \"it is calm\""), CODE_DONE);
	says("epoch 3 in force");
	says("asked by root");
	wait_held(3);
	assert_int_equal(standin.own->gate.limits.now.persons, 2);
	assert_int_equal(standin.own->gate.limits.now.uid, ROOT);
	assert_int_equal(standin.own->gate.limits.now.second_uid, SECOND_UID);
	assert_int_equal(control.publishing.set->hash[0], hash);
	assert_string_equal(how_of(1), "start");
	assert_string_equal(how_of(2), "load");
	assert_string_equal(how_of(3), "restore of epoch 1");
	assert_int_equal(control.kept_hash[0], hash);
	/* Why the first wanted it is kept beside why the second agreed. */
	const json_t *words = history_find(&control.history, 3)->words;
	assert_string_equal(json_string_value(json_object_get(words, "first_because")), "calm");
	assert_string_equal(json_string_value(json_object_get(words, "because")), "it is calm");
	assert_int_equal(ask(ROOT, "limits restore 1"), CODE_ALREADY);
	/* The file of the third has one head, not two. */
	char path[HISTORY_PATH_BYTES], text[16] = "";
	history_path(&control.history, 3, path);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fgetc(file), '#');
	for (int c = fgetc(file); c != '\n' && c != EOF; c = fgetc(file))
		;
	assert_non_null(fgets(text, sizeof text, file));
	fclose(file);
	assert_true(strncmp(text, "# {", 3) != 0);
}

static void one_that_tightens_takes_one(void **state)
{
	(void)state;
	two_loads();
	assert_int_equal(ask(ROOT, "limits restore 1 because calm"), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, "limits restore 1 because calm"), CODE_DONE);
	assert_int_equal(ask(ROOT, "limits restore 2 because \"thin again\""), CODE_DONE);
	says("epoch 4 in force");
	assert_int_equal(standin.own->gate.limits.now.persons, 1);
	assert_int_equal(standin.own->gate.limits.now.uid, ROOT);
	assert_int_equal(standin.own->gate.limits.now.within_ns, 0);
}

static void it_may_be_on_trial_as_any_load(void **state)
{
	(void)state;
	two_loads();
	assert_int_equal(
		ask(ROOT, "limits restore 1 --confirm-within 60s because x"), CODE_SECOND_PERSON);
	says("restores the same epoch with the same --confirm-within");
	assert_int_equal(
		ask(SECOND_UID, "limits restore 1 --confirm-within 60s because x"), CODE_DONE);
	says("epoch 3 is on trial");
	wait_held(3);
	/* What is on trial lets nothing looser in by this way either. */
	assert_int_equal(ask(OPERATOR_UID, "limits undo because no"), CODE_DONE);
	for (unsigned i = 0; i < PATIENT_TURNS && control.publishing.epoch != 2; i++)
		turn();
	assert_int_equal(control.publishing.epoch, 2);
	assert_int_equal(ask(ROOT, "limits restore 1 --confirm-within 60"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(ROOT, "limits restore 1 now"), CODE_ARGUMENT_BAD);
	says("behind the epoch");
}

static void while_limits_are_on_trial_nothing_looser_is_restored(void **state)
{
	(void)state;
	const char *raised = "limits load --confirm-within 60s because x";
	two_loads();
	/* Between the two epochs. */
	const char *between = tighter("max_order_quantity: 9500 shares");
	assert_int_equal(load(ROOT, raised, between), CODE_SECOND_PERSON);
	assert_int_equal(load(SECOND_UID, raised, between), CODE_DONE);
	assert_int_equal(ask(ROOT, "limits restore 1 because x"), CODE_STATE_WRONG);
	says("looser than these");
	assert_int_equal(control.publishing.epoch, 3);
	/* What it would return to is a tightening like any other. */
	assert_int_equal(ask(ROOT, "limits restore 2 because x"), CODE_DONE);
	says("epoch 4 in force");
}

static void one_that_is_not_held_is_refused_with_what_is(void **state)
{
	(void)state;
	two_loads();
	assert_int_equal(ask(ROOT, "limits restore 7"), CODE_NOT_FOUND);
	says("found no file of epoch 7, held are: 1 to 2");
	static const char *const wrong[] = {"limits restore 0", "limits restore x",
		"limits restore 1x", "limits restore 4294967296", "limits restore -1"};
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_int_equal(ask(ROOT, wrong[i]), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(ROOT, "limits restore"), CODE_ARGUMENT_MISSING);
	assert_int_equal(look("limits restore 1"), CODE_VIEW_ONLY);
	assert_int_equal(control.publishing.epoch, 2);
}

static void a_file_that_was_altered_is_not_what_was_in_force(void **state)
{
	(void)state;
	char path[HISTORY_PATH_BYTES];
	two_loads();
	history_path(&control.history, 1, path);
	shell("sed -i 's/max_order_quantity: 10000 shares/max_order_quantity: 10001 shares/' %s%s",
		path, "");
	assert_int_equal(ask(ROOT, "limits restore 1"), CODE_LIMITS_REFUSED);
	says("as epoch 1 had them: its file was altered");
	unlink(path);
	assert_int_equal(ask(ROOT, "limits restore 1"), CODE_LIMITS_REFUSED);
	says("found no readable file (No such file or directory), expected one");
	assert_int_equal(control.publishing.epoch, 2);
}

/* Limits whose history is lost are the ones to go back to most. */
static void what_was_held_is_so_after_a_restart_of_control_and_of_the_gate(void **state)
{
	(void)state;
	two_loads();
	control_close(&control);
	control_start();
	wait_attached();
	wait_adopted();
	assert_string_equal(how_of(2), "load");
	const json_t *words = history_find(&control.history, 2)->words;
	assert_string_equal(json_string_value(json_object_get(words, "because")), "a thin day");
	/* The gate comes back as its journal has it. */
	struct limits_page page = standin.own->gate.limits;
	standin_kill(&standin);
	for (unsigned i = 0; i < PATIENT_TURNS && control.plane.is_attached; i++)
		turn();
	assert_true(standin_start(&standin, &control.site, page.taken));
	standin_hush(&standin);
	standin.own->gate.limits.now = page.now;
	standin_speak(&standin);
	wait_attached();
	wait_adopted();
	assert_int_equal(control.publishing.epoch, 2);
	assert_int_equal(ask(ROOT, "limits restore 1 because x"), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, "limits restore 1 because x"), CODE_DONE);
	says("epoch 3 in force");
}

/* A restart is no way to looser limits, whatever became of the file that holds those in force. */
static void control_begins_with_what_was_in_force_or_not_at_all(void **state)
{
	static const char *const spoilt[] = {"echo '- what' > %s", ": > %s",
		"mv %s %s.away && mkdir %s", "mv %s %s.away && ln -s /nowhere %s"};
	struct config_error error;
	(void)state;
	two_loads();
	for (unsigned i = 0; i < PATIENT_TURNS && control.kept_hash[0] == 0; i++)
		turn();
	assert_int_not_equal(control.kept_hash[0], 0);
	char path[sizeof control.kept_path], command[4 * sizeof path];
	memcpy(path, control.kept_path, sizeof path);
	control_close(&control);
	for (unsigned i = 0; i < ARRAY_COUNT(spoilt); i++) {
		shell("cp %s %s.whole", path, path);
		snprintf(command, sizeof command, spoilt[i], path, path, path);
		assert_int_equal(system(command), 0);
		assert_false(control_open(&control, directory, NULL, &error));
		assert_non_null(strstr(error.text, path));
		assert_non_null(
			strstr(error.text, "these limits were in force when control ended"));
		assert_non_null(strstr(error.text, "limits.yaml"));
		snprintf(command, sizeof command, "rm -rf %s && mv %s.whole %s", path, path, path);
		assert_int_equal(system(command), 0);
	}
	control_start();
	wait_attached();
	wait_adopted();
	assert_int_equal(control.publishing.epoch, 2);
}

/* CONTROLS 32: a waiver is recorded. */
static void waivers_and_their_reasons_are_in_the_audit_and_in_the_history(void **state)
{
	(void)state;
	wait_held(1);
	char *waived = limits_with("max_order_quantity: 10000 shares\n  max_order_value",
		"max_order_quantity: 40000000 shares\n  max_order_value");
	snprintf(answer_text, sizeof answer_text,
		"%swaivers:\n  - {limit: max_order_quantity, reason: \"held at the accounts\"}\n",
		waived);
	waived = strdup(answer_text);
	static const char line[] = "limits load because \"as agreed\"";
	assert_int_equal(load(ROOT, line, waived), CODE_SECOND_PERSON);
	assert_int_equal(load(SECOND_UID, line, waived), CODE_DONE);
	free(waived);
	static const char entry[] =
		"\"waivers\":[{\"scope\":\"firm\",\"limit\":\"max_order_quantity\",\"reason\":"
		"\"held at the accounts\"}]";
	wait_audit(entry, "\"outcome\":\"asked\"");
	wait_audit(entry, "\"outcome\":\"about to act\"");
	wait_audit(entry, "\"outcome\":\"ended\"");
	wait_held(2);
	const json_t *words = history_find(&control.history, 2)->words;
	assert_int_equal(json_array_size(json_object_get(words, "waivers")), 1);
	/* It is restored with its waiver: nothing else lets it in. */
	assert_int_equal(
		load(ROOT, "limits load because back", tighter("max_order_quantity: 9000 shares")),
		CODE_DONE);
	assert_int_equal(ask(ROOT, "limits restore 2 because x"), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, "limits restore 2 because x"), CODE_DONE);
	says("1 limits do nothing, by waivers of the file");
	wait_audit(entry, "limits restore 2");
}

/* Both agree to the same waivers, for the same reasons: who waives something else asks for something else. */
static void what_is_waived_and_why_is_part_of_what_two_persons_agree_to(void **state)
{
	(void)state;
	static const char line[] = "limits load because x";
	static const char *const reasons[] = {"held at the accounts", "none of your concern"};
	char *files[2];
	const char *high = limits_with("max_order_quantity: 10000 shares\n  max_order_value",
		"max_order_quantity: 40000000 shares\n  max_order_value");
	for (unsigned i = 0; i < 2; i++) {
		snprintf(answer_text, sizeof answer_text,
			"%swaivers:\n  - {limit: max_order_quantity, reason: \"%s\"}\n", high,
			reasons[i]);
		files[i] = strdup(answer_text);
	}
	uint32_t before = control.publishing.epoch;
	assert_int_equal(load(ROOT, line, files[0]), CODE_SECOND_PERSON);
	assert_int_equal(load(SECOND_UID, line, files[1]), CODE_SECOND_PERSON);
	assert_int_equal(control.publishing.epoch, before);
	assert_int_equal(load(ROOT, line, files[1]), CODE_DONE);
	assert_int_equal(control.publishing.epoch, before + 1);
	free(files[0]);
	free(files[1]);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(an_older_load_that_loosens_takes_two_persons),
		ONE(one_that_tightens_takes_one),
		ONE(it_may_be_on_trial_as_any_load),
		ONE(while_limits_are_on_trial_nothing_looser_is_restored),
		ONE(one_that_is_not_held_is_refused_with_what_is),
		ONE(a_file_that_was_altered_is_not_what_was_in_force),
		ONE(what_was_held_is_so_after_a_restart_of_control_and_of_the_gate),
		ONE(control_begins_with_what_was_in_force_or_not_at_all),
		ONE(waivers_and_their_reasons_are_in_the_audit_and_in_the_history),
		ONE(what_is_waived_and_why_is_part_of_what_two_persons_agree_to),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.history", tests, NULL, NULL);
}
