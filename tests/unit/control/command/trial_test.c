/* trial_test.c - limits on trial: who may confirm them, what becomes of them by whatever way, and what control knows of
   them after it was started again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "tests/unit/control/command/asking.h"

#define LOAD "limits load --confirm-within 60s because x"

static const char *looser(void)
{
	return limits_with("max_order_quantity: 10000 shares", "max_order_quantity: 10500 shares");
}

static unsigned load(uint32_t uid, const char *line, const char *limits)
{
	return ask_with(uid, SOCKET_CONTROL, line, limits);
}

/* Two persons put looser limits on trial. */
static void try_by_two(void)
{
	assert_int_equal(load(ROOT, LOAD, looser()), CODE_SECOND_PERSON);
	says("with the same --confirm-within");
	assert_int_equal(load(SECOND_UID, LOAD, looser()), CODE_DONE);
	says("1 looser, asked by root");
	says("is on trial, loaded by root: in 60 s epoch 1 is in force again");
}

static bool file_is_there(const char *path)
{
	struct stat facts;
	return stat(path, &facts) == 0;
}

static void wait_file_gone(void)
{
	for (unsigned i = 0; i < PATIENT_TURNS && file_is_there(control.trial_path); i++)
		turn();
	assert_false(file_is_there(control.trial_path));
	for (unsigned i = 0; i < PATIENT_TURNS && control.keeping != NULL; i++)
		turn();
}

static void wait_epoch(uint32_t epoch)
{
	for (unsigned i = 0; i < PATIENT_TURNS && control.publishing.epoch != epoch; i++)
		turn();
	assert_int_equal(control.publishing.epoch, epoch);
}

/* The lines of the audit that hold this; 0 or more. */
static unsigned audit_lines(const char *part)
{
	char path[PATH_BYTES * 2], line[4096];
	unsigned count = 0;
	snprintf(path, sizeof path, "%s/audit.jsonl", control.site.journal_directory);
	for (unsigned i = 0; i < 100; i++)
		turn();
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL)
		count += strstr(line, part) != NULL;
	fclose(file);
	return count;
}

static void wait_audit_once(const char *part)
{
	for (unsigned i = 0; i < 100 && audit_lines(part) == 0; i++)
		turn();
	assert_int_equal(audit_lines(part), 1);
}

static void limits_that_nobody_confirms_are_gone_and_told(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PATIENT_TURNS && control.kept_hash[0] == 0; i++)
		turn();
	uint64_t kept = control.kept_hash[0];
	try_by_two();
	assert_true(file_is_there(control.trial_path));
	ask(WATCHER_UID, "health");
	says("epoch 2 in force; epoch 2 is on trial");
	assert_int_equal(ask(WATCHER_UID, "status"), CODE_ROWS);
	says("in 60 s epoch 1");
	assert_int_equal(ask(WATCHER_UID, "show limits"), CODE_ROWS);
	says("epoch 2 is on trial");
	atomic_store(&standin.is_term_over, true);
	wait_epoch(1);
	wait_adopted();
	wait_file_gone();
	assert_int_equal(control.kept_hash[0], kept);
	assert_int_equal(ask(WATCHER_UID, "status"), CODE_ROWS);
	says("epoch 2 was not confirmed: epoch 1 is in force again");
	wait_audit_once("\"ended\":\"not confirmed\"");
	assert_int_equal(ask(ROOT, "limits confirm"), CODE_STATE_WRONG);
	says("nothing is on trial: epoch 1 stays");
	/* Another load is above the one that returned. */
	const char *tighter = limits_with("10000 shares", "9000 shares");
	assert_int_equal(load(ROOT, "limits load because x", tighter), CODE_DONE);
	assert_int_equal(control.publishing.epoch, 3);
}

static void limits_that_are_confirmed_stay_and_are_kept(void **state)
{
	(void)state;
	try_by_two();
	uint64_t hash = control.publishing.set->hash[0];
	assert_int_not_equal(control.kept_hash[0], hash);
	assert_int_equal(ask(WATCHER_UID, "limits confirm"), CODE_ROLE_TOO_LOW);
	assert_int_equal(ask(ROOT, "limits confirm because \"all is well\""), CODE_DONE);
	says("epoch 2 stays, confirmed by root");
	assert_int_equal(control.kept_hash[0], hash);
	wait_file_gone();
	wait_audit_once("\"ended\":\"confirmed\"");
	assert_int_equal(ask(ROOT, "limits undo"), CODE_STATE_WRONG);
}

static void one_person_gives_limits_up_at_once(void **state)
{
	(void)state;
	try_by_two();
	assert_int_equal(ask(OPERATOR_UID, "limits undo because no"), CODE_DONE);
	says("epoch 2 is given up, epoch 1 is in force again");
	wait_epoch(1);
	wait_file_gone();
	wait_audit_once("\"ended\":\"undone\"");
}

static void who_loaded_limits_alone_does_not_confirm_them(void **state)
{
	(void)state;
	control.site.raise_policy = RAISE_CONFIRMED;
	assert_int_equal(load(ROOT, LOAD, looser()), CODE_DONE);
	assert_int_equal(ask(ROOT, "limits confirm"), CODE_SAME_PERSON);
	says("root loaded them; awaited within 60 s: another person");
	assert_int_equal(ask(SECOND_UID, "limits confirm"), CODE_DONE);
	says("confirmed by second");
	/* Without a term a raise takes two as ever. */
	const char *more = limits_with("10000 shares", "11000 shares");
	assert_int_equal(load(ROOT, "limits load because x", more), CODE_SECOND_PERSON);
}

/* Two uids under one name are one person. */
static void another_uid_of_the_same_person_does_not_confirm(void **state)
{
	(void)state;
	control.site.raise_policy = RAISE_CONFIRMED;
	for (uint32_t i = 0; i < control.site.person_count; i++)
		if (control.site.persons[i].uid == SECOND_UID)
			snprintf(control.site.persons[i].name, sizeof control.site.persons[i].name,
				"root");
	assert_int_equal(load(ROOT, LOAD, looser()), CODE_DONE);
	assert_int_equal(ask(SECOND_UID, "limits confirm"), CODE_SAME_PERSON);
}

static void what_only_tightens_needs_no_confirmation(void **state)
{
	(void)state;
	const char *tighter = limits_with("10000 shares", "9000 shares");
	assert_int_equal(load(ROOT, LOAD, tighter), CODE_DONE);
	says("what only tightens stays, nothing is to be confirmed");
	assert_null(publishing_former(&control.publishing));
	assert_false(file_is_there(control.trial_path));
}

static void while_limits_are_on_trial_only_tighter_ones_are_loaded(void **state)
{
	(void)state;
	try_by_two();
	/* Tighter than what is on trial, looser than what that returns to. */
	const char *between = limits_with("10000 shares", "10200 shares");
	assert_int_equal(load(ROOT, "limits load because x", between), CODE_STATE_WRONG);
	says("found 0 limits looser than these and 1 looser than what they return to");
	const char *more = limits_with("10000 shares", "12000 shares");
	assert_int_equal(load(ROOT, LOAD, more), CODE_STATE_WRONG);
	assert_int_equal(control.publishing.epoch, 2);
	const char *tighter = limits_with("10000 shares", "9000 shares");
	assert_int_equal(load(ROOT, "limits load because now", tighter), CODE_DONE);
	says("epoch 3 in force");
	wait_file_gone();
	wait_audit_once("\"ended\":\"replaced\"");
	assert_int_equal(ask(ROOT, "limits confirm"), CODE_STATE_WRONG);
}

/* By hand, what was in force before is a tightening like any other. */
static void the_former_may_be_loaded_over_a_trial(void **state)
{
	(void)state;
	try_by_two();
	const char *former = limits_with("10000 shares", "10000 shares");
	assert_int_equal(load(ROOT, "limits load because back", former), CODE_DONE);
	says("epoch 3 in force");
}

static void a_control_started_again_knows_what_is_on_trial(void **state)
{
	(void)state;
	try_by_two();
	uint64_t hash = control.publishing.set->hash[0];
	control_close(&control);
	control_start();
	wait_attached();
	wait_adopted();
	assert_int_equal(control.publishing.epoch, 2);
	assert_int_equal(control.publishing.set->hash[0], hash);
	assert_int_equal(standin.own->gate.limits.now.term, LIMITS_TRIAL);
	assert_int_equal(ask(SECOND_UID, "limits confirm"), CODE_DONE);
	assert_int_equal(control.kept_hash[0], hash);
	wait_file_gone();
}

static void a_trial_that_ended_while_control_was_away_is_told(void **state)
{
	(void)state;
	try_by_two();
	control_close(&control);
	atomic_store(&standin.is_term_over, true);
	while (atomic_load(&standin.own->gate.limits_epoch_adopted) != 1)
		sched_yield();
	control_start();
	wait_attached();
	wait_epoch(1);
	wait_file_gone();
	wait_audit_once("\"ended\":\"not confirmed\"");
	assert_int_equal(atomic_load(&control.plane.own->limits_epoch), 0);
	/* Once. */
	control_close(&control);
	control_start();
	wait_attached();
	wait_epoch(1);
	assert_int_equal(audit_lines("\"ended\":\"not confirmed\""), 1);
}

static void limits_that_control_lost_cannot_be_confirmed(void **state)
{
	(void)state;
	try_by_two();
	control_close(&control);
	FILE *file = fopen(control.trial_path, "we");
	fputs("version: 1\n", file);
	fclose(file);
	control_start();
	wait_attached();
	for (unsigned i = 0; i < 20; i++)
		turn();
	assert_int_equal(ask(SECOND_UID, "limits confirm"), CODE_STATE_WRONG);
	says("control does not have the limits of epoch 2");
	assert_int_equal(atomic_load(&control.plane.own->limits_epoch), 0);
	assert_int_equal(ask(OPERATOR_UID, "limits undo"), CODE_DONE);
	wait_epoch(1);
}

static void a_directory_that_cannot_be_written_loosens_nothing(void **state)
{
	(void)state;
	assert_int_equal(load(ROOT, LOAD, looser()), CODE_SECOND_PERSON);
	snprintf(control.trial_path, sizeof control.trial_path, "/nowhere/limits.yaml");
	assert_int_equal(load(SECOND_UID, LOAD, looser()), CODE_NOT_KEPT);
	assert_int_equal(control.publishing.epoch, 1);
	assert_null(control.trial);
}

static void a_word_that_comes_too_late_is_told(void **state)
{
	(void)state;
	try_by_two();
	/* The gate has ended it, control has not looked yet. */
	control.publishing.now.now.epoch = 7;
	assert_int_equal(ask(ROOT, "limits undo"), CODE_STATE_WRONG);
	says("epoch 7 is no longer on trial");
}

/* Nobody raises anything by a file whose limits do nothing; what tightens is not held up. */
static void limits_that_do_nothing_are_not_loaded(void **state)
{
	(void)state;
	const char *high = limits_with(
		"max_order_quantity: 10000 shares", "max_order_quantity: 40000000 shares");
	assert_int_equal(
		ask_with(WATCHER_UID, SOCKET_VIEW, "limits lint", high), CODE_LIMITS_REFUSED);
	says("firm: max_order_quantity 40000000 shares does nothing");
	assert_int_equal(load(ROOT, LOAD, high), CODE_LIMITS_REFUSED);
	says("found 1 limits so high that they do nothing");
	assert_int_equal(control.publishing.epoch, 1);
	assert_int_equal(ask(WATCHER_UID, "limits lint"), CODE_ROWS);
	const char *waived = limits_with("# What every account has unless",
		"waivers:\n  - {limit: max_drawdown, reason: \"for now\"}\n# What every account");
	assert_int_equal(
		ask_with(WATCHER_UID, SOCKET_VIEW, "limits lint", waived), CODE_LIMITS_REFUSED);
	says("found a waiver of max_drawdown");
	waived = limits_with("max_order_quantity: 10000 shares\n  max_order_value",
		"max_order_quantity: 40000000 shares\n  max_order_value");
	snprintf(answer_text, sizeof answer_text,
		"%swaivers:\n  - {limit: max_order_quantity, reason: \"held at the accounts\"}\n",
		waived);
	waived = strdup(answer_text);
	assert_int_equal(load(ROOT, LOAD, waived), CODE_SECOND_PERSON);
	assert_int_equal(load(SECOND_UID, LOAD, waived), CODE_DONE);
	says("1 limits do nothing, by waivers of the file");
	free((char *)(uintptr_t)waived);
	/* It tightens, and has a limit that does nothing still. */
	assert_int_equal(ask(OPERATOR_UID, "limits undo"), CODE_DONE);
	wait_epoch(1);
	const char *tighter = limits_with("max_order_quantity: 1000 shares\n    max_order_value: "
					  "250000.00 USD",
		"max_order_quantity: 900 shares\n    max_order_value: 250000.00 USD");
	uint64_t adv = control.site.symbols[0].adv_qty;
	for (uint32_t i = 0; i < control.site.symbol_count; i++)
		control.site.symbols[i].adv_qty = 900;
	assert_int_equal(load(ROOT, "limits load because x", tighter), CODE_DONE);
	says("so high that they do nothing: see limits lint");
	control.site.symbols[0].adv_qty = adv;
}

/* Where each account states less the firm's never binds: a warning, which holds up no load. */
static void a_limit_that_never_binds_is_told_with_whoever_is_tighter(void **state)
{
	(void)state;
	assert_int_equal(ask(WATCHER_UID, "limits lint"), CODE_ROWS);
	says("every limit means something, 0 by a waiver; 4 never bind");
	says("max_order_quantity  10000 shares");
	assert_int_equal(ask(WATCHER_UID, "{\"command\": \"limits lint\"}"), CODE_ROWS);
	says("{\"warning\":\"never binds\",\"scope\":\"firm\",\"limit\":\"max_order_quantity\","
	     "\"states\":\"10000 shares\",\"tighter\":\"account 17\",\"which_states\":\"2000 "
	     "shares\","
	     "\"being\":\"the loosest of each account\"}");
	const char *wider = limits_with("    collar: 300 bps", "    collar: 501 bps");
	assert_int_equal(ask_with(WATCHER_UID, SOCKET_VIEW, "limits lint", wider), CODE_ROWS);
	says("never binds  account 18");
	says("501 bps");
	says("it alone");
	assert_int_equal(load(ROOT, LOAD, wider), CODE_SECOND_PERSON);
	assert_int_equal(load(SECOND_UID, LOAD, wider), CODE_DONE);
}

static void words_of_a_load_are_read_strictly(void **state)
{
	(void)state;
	static const struct {
		const char *line, *says;
	} rows[] = {
		{"limits load --confirm-within", "a duration in ns"},
		{"limits load --confirm-within 60", "found \"60\", expected a duration in ns"},
		{"limits load --confirm-within 0 s", "found \"0\", expected from 1 s to 1 h"},
		{"limits load --confirm-within 2 h", "from 1 s to 1 h"},
		{"limits load --confirm-within 60s more", "nothing behind the duration"},
		{"limits load limits.yaml now", "--confirm-within and a duration behind the file"},
		{"limits load --confirm 60s", "--confirm-within and a duration behind the file"},
	};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(ask(ROOT, rows[i].line), CODE_ARGUMENT_BAD);
		says(rows[i].says);
	}
	assert_int_equal(ask(ROOT, "limits load limits.yaml --confirm-within 1 min"), CODE_ALREADY);
	assert_int_equal(ask(ROOT, "limits load --confirm-within 1min"), CODE_ALREADY);
}

static void page_says(uint32_t gate)
{
	struct limits_page *page = &region_gate_writes(standin.own, gate).page->limits;
	atomic_fetch_add(&page->lock, 1);
	page->former = (struct limit_epoch_record){.epoch = 8, .hash = {8}};
	page->now = (struct limit_epoch_record){.epoch = 9, .hash = {9}, .term = LIMITS_TRIAL};
	page->taken = 9;
	atomic_fetch_add(&page->lock, 1);
	atomic_store(&region_gate_writes(standin.own, gate).page->is_recovered, 1);
}

/* To give limits up tightens: whoever is silent holds up nobody else. */
static void limits_are_given_up_at_every_gate_though_the_first_is_silent(void **state)
{
	(void)state;
	atomic_store(&standin.is_second, true);
	standin_hush(&standin);
	page_says(0);
	page_says(1);
	standin_speak(&standin);
	for (unsigned i = 0; i < PATIENT_TURNS && control.publishing.now.now.epoch != 9; i++)
		turn();
	standin_hush(&standin);
	assert_int_equal(ask(OPERATOR_UID, "limits undo because no"), CODE_STAGE_SILENT);
	says("east silent");
	says("east did not");
	says("west took it");
	assert_int_equal(standin.second_word.word, LIMITS_UNDONE);
	assert_int_equal(standin.second_word.epoch, 9);
	standin_speak(&standin);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(limits_that_nobody_confirms_are_gone_and_told),
		ONE(limits_that_are_confirmed_stay_and_are_kept),
		ONE(one_person_gives_limits_up_at_once),
		ONE(who_loaded_limits_alone_does_not_confirm_them),
		ONE(another_uid_of_the_same_person_does_not_confirm),
		ONE(what_only_tightens_needs_no_confirmation),
		ONE(while_limits_are_on_trial_only_tighter_ones_are_loaded),
		ONE(the_former_may_be_loaded_over_a_trial),
		ONE(a_control_started_again_knows_what_is_on_trial),
		ONE(a_trial_that_ended_while_control_was_away_is_told),
		ONE(limits_that_control_lost_cannot_be_confirmed),
		ONE(a_directory_that_cannot_be_written_loosens_nothing),
		ONE(a_word_that_comes_too_late_is_told),
		ONE(limits_that_do_nothing_are_not_loaded),
		ONE(a_limit_that_never_binds_is_told_with_whoever_is_tighter),
		ONE(words_of_a_load_are_read_strictly),
		cmocka_unit_test_setup_teardown(
			limits_are_given_up_at_every_gate_though_the_first_is_silent, begin_gates,
			end),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.trial", tests, NULL, NULL);
}
