/* lease_test.c - one limit raised for a time: who must agree, what is refused, and how it ends. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

#define RAISE                                                                                      \
	"limits raise account 17 max_order_quantity 3000 shares for 30 min because \"a "           \
	"\\\"large\\\" client\""

static void wait_kept(void)
{
	for (unsigned i = 0; i < PATIENT_TURNS && control.kept_hash[0] == 0; i++)
		turn();
	assert_int_not_equal(control.kept_hash[0], 0);
}

static int begin_kept(void **state)
{
	int failed = begin(state);
	wait_kept();
	return failed;
}

#define RAISE_OTHER                                                                                \
	"limits raise account 18 max_order_quantity 1500 shares for 1 h because \"another one\""

static struct leases_page page_of_standin(void)
{
	struct leases_page page;
	leases_page_take(&standin.own->gate.leases, &page);
	return page;
}

static void raise_it(void)
{
	assert_int_equal(ask(ROOT, RAISE), CODE_SECOND_PERSON);
	says("a second person with role risk who asks for the same");
	assert_int_equal(ask(ROOT, RAISE), CODE_SAME_PERSON);
	assert_int_equal(page_of_standin().count, 0);
	assert_int_equal(ask(SECOND_UID, RAISE), CODE_DONE);
	says("lease 1: account 17 max_order_quantity is 3000 shares for 1800 s, asked by root");
}

static void raise_other(void)
{
	assert_int_equal(ask(ROOT, RAISE_OTHER), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, RAISE_OTHER), CODE_DONE);
	says("lease 2: account 18 max_order_quantity is 1500 shares for 3600 s");
}

static void a_lease_raises_one_limit_for_its_time_and_is_no_epoch(void **state)
{
	(void)state;
	uint64_t kept = control.kept_hash[0];
	raise_it();
	struct leases_page page = page_of_standin();
	assert_int_equal(page.count, 1);
	const struct lease_record *lease = &page.rows[0].lease;
	assert_int_equal(lease->scope, SCOPE_ACCOUNT);
	assert_int_equal(lease->id, 17);
	assert_int_equal(lease->limit, LIMIT_max_order_quantity);
	assert_int_equal(lease->value.value, 3000);
	assert_int_equal(lease->whole.value, 3000);
	assert_int_equal(lease->within_ns, 1800ull * 1000000000u);
	assert_int_equal(lease->epoch, 1);
	assert_int_equal(lease->persons, 2);
	assert_int_equal(lease->uid, ROOT);
	assert_int_equal(lease->second_uid, SECOND_UID);
	assert_string_equal(lease->reason, "a \"large\" client");
	assert_int_equal(control.publishing.epoch, 1);
	assert_int_equal(control.kept_hash[0], kept);
	assert_int_equal(ask(SECOND_UID, "limits confirm"), CODE_STATE_WRONG);
	assert_int_equal(ask(WATCHER_UID, "status"), CODE_ROWS);
	says("1 limits are raised for a time: limits leases");
	ask(WATCHER_UID, "health");
	says("epoch 1 in force; 1 limits are raised for a time");
	assert_int_equal(ask(WATCHER_UID, "show limits"), CODE_ROWS);
	says("limits in use; 1 limits are raised for a time");
}

static void a_reason_may_be_in_any_language(void **state)
{
	(void)state;
	static const char raise[] =
		"limits raise account 17 max_order_quantity 3000 shares for 30 min "
		"because Gro\xc3\x9f"
		"kunde M\xc3\xbcller";
	assert_int_equal(ask(ROOT, raise), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, raise), CODE_DONE);
	struct leases_page page = page_of_standin();
	assert_string_equal(page.rows[0].lease.reason, "Gro\xc3\x9f"
						       "kunde M\xc3\xbcller");
	ask(ROOT, "limits leases");
	says("Gro\xc3\x9f"
	     "kunde M\xc3\xbcller");
}

static void several_stand_beside_each_other_each_with_its_persons_and_reason(void **state)
{
	(void)state;
	raise_it();
	raise_other();
	assert_int_equal(page_of_standin().count, 2);
	assert_int_equal(look("limits leases"), CODE_ROWS);
	says("2 limits are raised for a time");
	says("account 17 max_order_quantity");
	says("3000 shares");
	says("2000 shares");
	says("a \"large\" client");
	says("another one");
	says("3600");
	assert_int_equal(ask(ROOT, RAISE), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, RAISE), CODE_STATE_WRONG);
	says("account 17 max_order_quantity has lease 1 already");
	says("first limits undo lease 1, or wait 1801 s");
}

static void a_lease_is_given_up_by_one_and_the_other_stays(void **state)
{
	(void)state;
	raise_it();
	raise_other();
	assert_int_equal(ask(OPERATOR_UID, "limits undo because enough"), CODE_STATE_WRONG);
	says("found 2 leases, expected one");
	assert_int_equal(ask(OPERATOR_UID, "limits undo lease because enough"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(OPERATOR_UID, "limits undo leash 1"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(OPERATOR_UID, "limits undo lease 1 2"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(OPERATOR_UID, "limits undo lease 3 because enough"), CODE_NOT_FOUND);
	says("found no lease 3");
	assert_int_equal(ask(OPERATOR_UID, "limits undo lease 1 because enough"), CODE_DONE);
	says("lease 1 is given up");
	struct leases_page page = page_of_standin();
	assert_int_equal(page.count, 1);
	assert_int_equal(page.rows[0].lease.number, 2);
	assert_int_equal(ask(OPERATOR_UID, "limits undo because enough"), CODE_DONE);
	says("lease 2 is given up");
	assert_int_equal(ask(OPERATOR_UID, "limits undo"), CODE_STATE_WRONG);
	says("nothing is on trial, and no limit is raised for a time: epoch 1 stays");
}

/* Its end is the gate's, and told. */
static void an_end_is_a_line_of_the_audit(void **state)
{
	(void)state;
	char command[PATH_BYTES * 2];
	raise_it();
	assert_int_equal(ask(OPERATOR_UID, "limits undo lease 1 because enough"), CODE_DONE);
	snprintf(command, sizeof command,
		"grep -q '\"event\":\"lease\".*\"lease\":1.*\"ended\":\"undone\"' %s/audit.jsonl",
		control.site.journal_directory);
	/* Written by a thread of its own. */
	int found = system(command);
	for (unsigned i = 0; i < PATIENT_TURNS && found != 0; i++) {
		turn();
		found = system(command);
	}
	assert_int_equal(found, 0);
}

static void a_gate_that_does_not_take_it_is_told(void **state)
{
	(void)state;
	static const struct {
		int32_t code;
		const char *says;
	} rows[] = {{ENOSPC, "as many limits as can be"}, {EEXIST, "has a lease already"},
		{EBUSY, "limits are on trial"}, {ESTALE, "other limits came into force"},
		{EINVAL, "is not looser"}};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		atomic_store(&standin.lease_code, rows[i].code);
		assert_int_equal(ask(ROOT, RAISE), CODE_SECOND_PERSON);
		assert_int_equal(ask(SECOND_UID, RAISE), CODE_STATE_WRONG);
		says(rows[i].says);
	}
	assert_int_equal(page_of_standin().count, 0);
}

static void a_control_started_again_knows_the_leases(void **state)
{
	(void)state;
	raise_it();
	control_close(&control);
	control_start();
	wait_attached();
	wait_adopted();
	assert_int_equal(control.publishing.epoch, 1);
	assert_int_equal(look("limits leases"), CODE_ROWS);
	says("account 17 max_order_quantity");
	wait_kept();
	raise_other();
}

static void nothing_is_raised_beside_limits_on_trial(void **state)
{
	(void)state;
	const char *looser =
		limits_with("max_order_quantity: 10000 shares", "max_order_quantity: 10500 shares");
	static const char load[] = "limits load --confirm-within 60s because x";
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, load, looser), CODE_SECOND_PERSON);
	assert_int_equal(ask_with(SECOND_UID, SOCKET_CONTROL, load, looser), CODE_DONE);
	assert_int_equal(ask(ROOT, RAISE), CODE_STATE_WRONG);
	says("limits are on trial");
	says("first: limits confirm, or limits undo");
}

static void every_scope_that_has_limits_can_be_named(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"limits raise firm max_loss 1000001.00 USD for 1 h because x",
		"limits raise symbol AAPL order_rate 1000 per 1 s burst 300 for 24 h because x",
		"limits raise session 1 cancel_rate 2000 per 1 s burst 501 for 60s because x",
		("limits raise account 17 symbol ZVZZT max_long_position 1001 shares for 1 h "
		 "because x"),
		"limits raise symbol AAPL margin_rate 2599 bps for 1 h because x",
	};
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		if (ask(ROOT, lines[i]) != CODE_SECOND_PERSON)
			fail_msg("%s: %s", lines[i], answer_text);
		says("1 of 1 changes loosen");
	}
}

static void what_raises_nothing_or_too_much_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum code code;
		const char *says;
	} rows[] = {
		{"limits raise account 17 max_order_quantity 3000 shares for 1 h",
			CODE_REASON_MISSING, "found no reason"},
		{"limits raise account 17 max_order_quantity 1000 shares for 1 h because x",
			CODE_LIMITS_REFUSED, "0 looser, expected one that is raised"},
		{"limits raise account 17 max_order_quantity 2000 shares for 1 h because x",
			CODE_ALREADY, "exactly these"},
		{"limits raise account 17 symbol AAPL max_order_quantity 9000 shares for 1 h "
		 "because x",
			CODE_LIMITS_REFUSED, "states none, expected the scope that owns the limit"},
		{"limits raise symbol AAPL margin_rate 5001 bps for 1 h because x",
			CODE_LIMITS_REFUSED, "0 looser, expected one that is raised"},
		{"limits raise sector test margin_rate 1 bps for 1 h because x",
			CODE_LIMITS_REFUSED,
			"found a lease of margin_rate for sector test, which states none"},
		{"limits raise sector tech margin_rate 1 bps for 1 h because x", CODE_NOT_FOUND,
			"found sector \"tech\", expected one that symbols.yaml names"},
		{"limits raise account 17 max_order_quantity 3000 sheep for 1 h because x",
			CODE_LIMITS_REFUSED, "found \"3000 sheep\", expected"},
		{"limits raise account 17 max_orders 3000 shares for 1 h because x",
			CODE_LIMITS_REFUSED,
			"440 found the unknown limit \"max_orders\", expected one that the "
			"limits file may state, such as max_order_quantity, max_order_value"},
		{"limits raise account 17 max_order_quantity 2000000000 shares for 1 h because x",
			CODE_LIMITS_REFUSED, "so high that they do nothing"},
		{"limits raise account 17 max_order_quantity 3000 shares for 25 h because x",
			CODE_ARGUMENT_BAD, "from 1 s to 24 h"},
		{"limits raise account 17 max_order_quantity 3000 shares for 0 s because x",
			CODE_ARGUMENT_BAD, "from 1 s to 24 h"},
		{"limits raise account 17 max_order_quantity 3000 shares because x",
			CODE_ARGUMENT_BAD, "a value, and for how long"},
		{"limits raise account 17 max_order_quantity for 1 h because x", CODE_ARGUMENT_BAD,
			"a value, and for how long"},
		{"limits raise account 17 max_order_quantity 3000 shares for ever because x",
			CODE_ARGUMENT_BAD, "a duration"},
		{"limits raise account 17 because x", CODE_ARGUMENT_BAD, "its name in the limits"},
		{"limits raise account 17 symbol because x", CODE_ARGUMENT_BAD, "its name"},
		{"limits raise account 99 max_loss 1.00 USD for 1 h because x", CODE_NOT_FOUND,
			"found account \"99\""},
		{"limits raise venue exchange max_loss 9.00 USD for 1 h because x",
			CODE_ARGUMENT_BAD, "a scope that limits are stated for"},
	};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		unsigned code = ask(ROOT, rows[i].line);
		if (code != rows[i].code || strstr(answer_text, rows[i].says) == NULL)
			fail_msg("%s: found %u %s, expected %u %s", rows[i].line, code, answer_text,
				rows[i].code, rows[i].says);
	}
	assert_int_equal(control.publishing.epoch, 1);
}

static void a_file_with_leases_is_not_loaded(void **state)
{
	(void)state;
	const char *leased = limits_with("# What every account has unless",
		"leases:\n  - {account: 17, limit: max_order_quantity, value: 3000 shares, reason: "
		"r}\n"
		"# What every");
	assert_int_equal(ask_with(ROOT, SOCKET_CONTROL, "limits load because x", leased),
		CODE_LIMITS_REFUSED);
	says("found 1 leases, expected none in a file that is loaded");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_kept, end)
	const struct CMUnitTest tests[] = {
		ONE(a_lease_raises_one_limit_for_its_time_and_is_no_epoch),
		ONE(a_reason_may_be_in_any_language),
		ONE(several_stand_beside_each_other_each_with_its_persons_and_reason),
		ONE(a_lease_is_given_up_by_one_and_the_other_stays),
		ONE(an_end_is_a_line_of_the_audit),
		ONE(a_gate_that_does_not_take_it_is_told),
		ONE(a_control_started_again_knows_the_leases),
		ONE(nothing_is_raised_beside_limits_on_trial),
		ONE(every_scope_that_has_limits_can_be_named),
		ONE(what_raises_nothing_or_too_much_is_refused),
		ONE(a_file_with_leases_is_not_loaded),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.lease", tests, NULL, NULL);
}
