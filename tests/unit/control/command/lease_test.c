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

static void wait_epoch(uint32_t epoch)
{
	for (unsigned i = 0; i < PATIENT_TURNS && control.publishing.epoch != epoch; i++)
		turn();
	assert_int_equal(control.publishing.epoch, epoch);
}

static int64_t quantity_of_17(void)
{
	const struct limitset *set = publishing_set(&control.publishing);
	for (uint32_t i = 0; i < set->row_count; i++)
		if (set->rows[i].scope == SCOPE_ACCOUNT && set->rows[i].id == 17)
			return set->rows[i].limits[LIMIT_max_order_quantity].value;
	return -1;
}

static void raise_it(void)
{
	assert_int_equal(ask(ROOT, RAISE), CODE_SECOND_PERSON);
	says("a second person with role risk who asks for the same");
	assert_int_equal(ask(ROOT, RAISE), CODE_SAME_PERSON);
	assert_int_equal(quantity_of_17(), 2000);
	assert_int_equal(ask(SECOND_UID, RAISE), CODE_DONE);
	says("1 limits changed, 1 looser, asked by root");
	says("epoch 2 is a lease, asked for by root: in 1800 s epoch 1 is in force again");
	assert_int_equal(quantity_of_17(), 3000);
}

static void a_lease_raises_one_limit_for_its_time(void **state)
{
	(void)state;
	uint64_t kept = control.kept_hash[0];
	raise_it();
	const struct limit_bank *bank = &control.plane.own->banks[0];
	assert_int_equal(bank->term, LIMITS_LEASE);
	assert_int_equal(bank->within_ns, 1800ull * 1000000000u);
	assert_int_equal(bank->persons, 2);
	assert_int_equal(control.kept_hash[0], kept);
	assert_int_equal(ask(WATCHER_UID, "status"), CODE_ROWS);
	says("epoch 2 is a lease");
	assert_int_equal(ask(SECOND_UID, "limits confirm"), CODE_STATE_WRONG);
	says("a lease ends by itself");
	atomic_store(&standin.is_term_over, true);
	wait_epoch(1);
	assert_int_equal(quantity_of_17(), 2000);
}

static void a_lease_is_given_up_by_one(void **state)
{
	(void)state;
	raise_it();
	assert_int_equal(ask(OPERATOR_UID, "limits undo because enough"), CODE_DONE);
	wait_epoch(1);
	assert_int_equal(quantity_of_17(), 2000);
}

static void a_second_lease_waits_for_the_first(void **state)
{
	(void)state;
	raise_it();
	assert_int_equal(
		ask(ROOT,
			"limits raise account 18 max_order_quantity 1500 shares for 1 h because y"),
		CODE_STATE_WRONG);
	says("first: limits undo, or wait");
}

static void a_control_started_again_knows_the_lease(void **state)
{
	(void)state;
	raise_it();
	control_close(&control);
	control_start();
	wait_attached();
	wait_adopted();
	assert_int_equal(control.publishing.epoch, 2);
	assert_int_equal(quantity_of_17(), 3000);
	assert_int_equal(publishing_former(&control.publishing) != NULL, 1);
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
		{"limits raise account 17 max_order_quantity 3000 sheep for 1 h because x",
			CODE_LIMITS_REFUSED, "found \"3000 sheep\", expected"},
		{"limits raise account 17 max_orders 3000 shares for 1 h because x",
			CODE_LIMITS_REFUSED, "unknown limit \"max_orders\""},
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
		ONE(a_lease_raises_one_limit_for_its_time),
		ONE(a_lease_is_given_up_by_one),
		ONE(a_second_lease_waits_for_the_first),
		ONE(a_control_started_again_knows_the_lease),
		ONE(every_scope_that_has_limits_can_be_named),
		ONE(what_raises_nothing_or_too_much_is_refused),
		ONE(a_file_with_leases_is_not_loaded),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.lease", tests, NULL, NULL);
}
