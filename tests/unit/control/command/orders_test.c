/* orders_test.c - orders uncertain, and what two persons say of one: by whom, in which words, and what the gate is told.
   rooms: control_command */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

static int begin_uncertain(void **state)
{
	begin(state);
	standin.uncertain = (struct order_row){.order_id = 42,
		.account = 17,
		.strategy = 2,
		.session = 1,
		.qty = 100,
		.open_qty = 70,
		.executed_qty = 30,
		.venue_ref = 9,
		.side = SIDE_BUY,
		.price_e4 = 1632500,
		.entered_wall_ns = clock_wall_ns() - 90500000000u,
		.state_name = "uncertain",
		.venue_name = {
			'0', '1', '1', '0', '0', '0', '0', '0', '0', '0', '0', '0', '2', 'A'}};
	return 0;
}

static void a_viewer_sees_how_old_it_is_what_it_holds_and_its_name_at_the_venue(void **state)
{
	(void)state;
	assert_int_equal(look_as(WATCHER_UID, "orders uncertain"), CODE_ROWS);
	says("1 uncertain orders");
	says("exchange");
	says("     90  buy   AAPL");
	says("163.2500  11427.5000");
	says("0110000000002A");
	says("uncertain");
	assert_int_equal(look_as(WATCHER_UID, "orders uncertain 17"), CODE_ROWS);
	assert_int_equal(look_as(WATCHER_UID, "orders uncertain 4095"), CODE_NOT_FOUND);
	standin.uncertain.order_id = 0;
	assert_int_equal(look_as(WATCHER_UID, "orders uncertain"), CODE_ROWS);
	says("0 uncertain orders");
}

static void one_person_asks_another_agrees_and_the_gate_is_told(void **state)
{
	static const char line[] = "orders resolve 42 --as filled 70@163.2 because \"their desk\"";
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, line), CODE_SECOND_PERSON);
	says("who repeats: orders resolve 42 --as filled 70@163.2000");
	assert_int_equal(standin.resolve_asked.order_id, 0);
	assert_int_equal(ask(OPERATOR_UID, line), CODE_SAME_PERSON);
	assert_int_equal(ask(WATCHER_UID, line), CODE_ROLE_TOO_LOW);
	/* What another number or price says is another word. */
	assert_int_equal(ask(SECOND_UID, "orders resolve 42 --as filled 70@163.3 because x"),
		CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, line), CODE_DONE);
	says("order 42 of account 17 at exchange is filled 70@163.2000 by the word of");
	const struct resolve_record *word = &standin.resolve_asked;
	assert_int_equal(word->order_id, 42);
	assert_int_equal(word->venue, 0);
	assert_int_equal(word->venue_ref, 9);
	assert_int_equal(word->as, RESOLVE_FILLED);
	assert_int_equal(word->qty, 70);
	assert_int_equal(word->price_e4, 1632000);
	assert_int_equal(word->uid, OPERATOR_UID);
	assert_int_equal(word->second_uid, SECOND_UID);
	assert_string_equal(word->reason, "their desk");
}

static unsigned by_two(const char *line)
{
	assert_int_equal(ask(OPERATOR_UID, line), CODE_SECOND_PERSON);
	return ask(SECOND_UID, line);
}

static void each_word_is_told_as_it_was_said(void **state)
{
	(void)state;
	assert_int_equal(by_two("orders resolve 42 --as cancelled because x"), CODE_DONE);
	assert_int_equal(standin.resolve_asked.as, RESOLVE_CANCELLED);
	says("is cancelled by the word of");
	assert_int_equal(by_two("orders resolve 42 --as working because x"), CODE_DONE);
	assert_int_equal(standin.resolve_asked.as, RESOLVE_WORKING);
	assert_int_equal(standin.resolve_asked.qty, 0);
}

/* It lived in a session of its venue's which is over: nobody can say that it works. */
static void an_order_of_a_session_that_is_over_is_cancelled_or_filled(void **state)
{
	(void)state;
	standin.uncertain.is_session_over = 1;
	assert_int_equal(look_as(WATCHER_UID, "orders uncertain"), CODE_ROWS);
	says("session over");
	assert_int_equal(
		ask(OPERATOR_UID, "orders resolve 42 --as working because x"), CODE_STATE_WRONG);
	says("found order 42 of a session of its venue's that is over, expected --as cancelled or "
	     "--as filled QTY@PRICE");
	assert_int_equal(standin.resolve_asked.order_id, 0);
	assert_int_equal(by_two("orders resolve 42 --as cancelled because x"), CODE_DONE);
	assert_int_equal(standin.resolve_asked.as, RESOLVE_CANCELLED);
}

static void what_is_no_word_is_refused_with_what_was_expected(void **state)
{
	static const char *const lines[] = {"orders resolve 42 because x",
		"orders resolve 42 as cancelled because x", "orders resolve 42 --as because x",
		"orders resolve 42 --as gone because x", "orders resolve 42 --as filled because x",
		"orders resolve 42 --as filled 70 because x",
		"orders resolve 42 --as filled 0@163 because x",
		"orders resolve 42 --as filled 70@0 because x",
		"orders resolve 42 --as filled x@163 because x",
		"orders resolve 42 --as filled 123456789012345678901234@163 because x",
		"orders resolve 42 --as filled 4294967296@163 because x",
		"orders resolve 42 --as cancelled 70@163 because x",
		"orders resolve 42 --as filled 70@163 more because x",
		"orders resolve x --as cancelled because x",
		"orders resolve 0 --as cancelled because x"};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		if (ask(OPERATOR_UID, lines[i]) != CODE_ARGUMENT_BAD)
			fail_msg("%s: %s", lines[i], answer_text);
		says("expected: orders resolve <order> --as cancelled");
	}
	assert_int_equal(
		ask(OPERATOR_UID, "orders resolve 42 --as cancelled"), CODE_REASON_MISSING);
	assert_int_equal(ask(OPERATOR_UID, "orders resolve 42 --as filled 71@163 because x"),
		CODE_ARGUMENT_BAD);
	says("expected at most 70");
	assert_int_equal(
		ask(OPERATOR_UID, "orders resolve 41 --as cancelled because x"), CODE_NOT_FOUND);
	says("see orders uncertain");
}

static void what_the_gate_does_not_take_is_said(void **state)
{
	(void)state;
	atomic_store(&standin.resolve_code, ESTALE);
	assert_int_equal(by_two("orders resolve 42 --as cancelled because x"), CODE_STATE_WRONG);
	says("order 42 is no longer to be resolved: its venue or the drop copy was first; see why "
	     "42");
	atomic_store(&standin.resolve_code, EINVAL);
	assert_int_equal(by_two("orders resolve 42 --as cancelled because x"), CODE_STATE_WRONG);
	says("the gate did not take it");
	atomic_store(&standin.resolve_code, EBUSY);
	assert_int_equal(by_two("orders resolve 42 --as cancelled because x"), CODE_STATE_WRONG);
	says("found no room in the gate's journal, expected room for it: see health, and repeat");
	standin_hush(&standin);
	assert_int_equal(
		ask(OPERATOR_UID, "orders resolve 42 --as working because x"), CODE_STAGE_SILENT);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_uncertain, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(a_viewer_sees_how_old_it_is_what_it_holds_and_its_name_at_the_venue),
		ONE(one_person_asks_another_agrees_and_the_gate_is_told),
		ONE(each_word_is_told_as_it_was_said),
		ONE(an_order_of_a_session_that_is_over_is_cancelled_or_filled),
		ONE(what_is_no_word_is_refused_with_what_was_expected),
		ONE(what_the_gate_does_not_take_is_said),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.orders", tests, NULL, NULL);
}
