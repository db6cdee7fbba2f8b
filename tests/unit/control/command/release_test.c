/* release_test.c - stops over several gates: each has latched by a number of its own, and is released by it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

#define KILL  "kill account 17 because x"
#define REARM "rearm account 17 because mended"

static int begin_both(void **state)
{
	begin_gates(state);
	atomic_store(&standin.is_second, true);
	return 0;
}

static void lacks(const char *part)
{
	if (strstr(answer_text, part) != NULL)
		fail_msg("expected no \"%s\" in: %.4000s", part, answer_text);
}

static void a_kill_names_the_latch_of_each_gate(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, KILL), CODE_DONE);
	says("as latch 1 of east, 101 of west");
	says("latches  ");
	assert_int_equal(
		ask(OPERATOR_UID, "{\"command\": \"kill account 18\", \"because\": \"x\"}"),
		CODE_DONE);
	says("\"latches\":\"2 of east, 102 of west\"");
}

static void both_gates_are_released_by_their_own_numbers(void **state)
{
	(void)state;
	ask(OPERATOR_UID, KILL);
	assert_int_equal(ask(OPERATOR_UID, REARM), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, REARM), CODE_DONE);
	says("active again: latch 1 of east, 101 of west (killed) released by");
	assert_int_equal(ask(OPERATOR_UID, REARM), CODE_ALREADY);
}

static void a_gate_that_refuses_hides_no_other_that_is_released(void **state)
{
	(void)state;
	ask(OPERATOR_UID, KILL);
	atomic_store(&standin.second_code, ESTALE);
	assert_int_equal(ask(OPERATOR_UID, REARM), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, REARM), CODE_LATCH_STALE);
	says("at west is no longer the one in force");
	says("released already: latch 1 of east");
	atomic_store(&standin.second_code, 0);
	assert_int_equal(ask(OPERATOR_UID, REARM), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, REARM), CODE_DONE);
	says("latch 101 of west (killed)");
	lacks("east");
}

static void a_gate_that_falls_silent_hides_no_other_that_is_released(void **state)
{
	(void)state;
	ask(OPERATOR_UID, KILL);
	atomic_store(&standin.second_code, -1); /* -1: it does not answer */
	assert_int_equal(ask(OPERATOR_UID, REARM), CODE_SECOND_PERSON);
	assert_int_equal(ask(SECOND_UID, REARM), CODE_STAGE_SILENT);
	says("west silent");
	says("released already: latch 1 of east");
}

/* Nobody is told that all goes on where the gate has a trip of its own. */
static void who_lifts_a_stop_is_told_of_the_trip_under_it(void **state)
{
	(void)state;
	ask(OPERATOR_UID, "halt account 17 because lunch");
	standin_hush(&standin);
	standin.under = (struct latch_row){.scope = SCOPE_ACCOUNT,
		.id = 17,
		.state = STATE_REDUCE_ONLY,
		.writer = STOP_BY_GATE,
		.latch = 77,
		.reason = "loss 101.00 above 100.00"};
	standin_speak(&standin);
	assert_int_equal(ask(OPERATOR_UID, "resume account 17 because back"), CODE_DONE);
	says("account 17 (market-making) is reduce-only still: latch 1 of east, 101 of west");
	says("(halted) released by operator; under it stood latch 77, the gate's own because of "
	     "\"loss 101.00 above 100.00\": show stops, then resume");
	lacks("active again");
}

/* The numbers of two gates' latches may be the same. */
static void an_approval_is_bound_to_the_gate_of_a_latch(void **state)
{
	(void)state;
	ask(OPERATOR_UID, KILL);
	standin_hush(&standin);
	standin.second_latch.state = STATE_ACTIVE;
	standin_speak(&standin);
	assert_int_equal(ask(OPERATOR_UID, REARM), CODE_SECOND_PERSON);
	standin_hush(&standin);
	standin_latch(&standin, SCOPE_ACCOUNT, 17)->state = STATE_ACTIVE;
	standin.second_latch.latch = 1;
	standin.second_latch.state = STATE_KILLED;
	standin_speak(&standin);
	assert_int_equal(ask(SECOND_UID, REARM), CODE_SECOND_PERSON);
}

/* A word that no gate has seen yet would be lost if a release that was agreed before it lowered it. */
static void a_stop_while_a_release_is_under_way_stands(void **state)
{
	struct server_hooks hooks = dispatch_hooks(&control);
	const struct peer peer = {.uid = SECOND_UID, .socket = SOCKET_CONTROL};
	static struct request request;
	char error[160];
	size_t used;
	(void)state;
	ask(OPERATOR_UID, KILL);
	assert_int_equal(ask(OPERATOR_UID, REARM), CODE_SECOND_PERSON);
	assert_int_equal(request_line(&request, REARM, strlen(REARM), &used, error), CODE_DONE);
	struct call *call = hooks.start(hooks.context, &peer, &request, CODE_DONE, error);
	ask(ROOT, KILL);
	while (hooks.step(hooks.context, call, clock_now_ns()) != CALL_DONE)
		turn();
	assert_int_equal(hooks.answer(call)->code, CODE_LATCH_STALE);
	assert_non_null(strstr(hooks.answer(call)->text, "stopped again meanwhile"));
	hooks.end(hooks.context, call);
	uint64_t word = atomic_load(&control.plane.own->stops.words[stop_index(SCOPE_ACCOUNT, 17)]);
	assert_int_equal(stop_word_state(word), STATE_KILLED);
	assert_int_equal(standin_latch(&standin, SCOPE_ACCOUNT, 17)->state, STATE_KILLED);
}

int main(void)
{
	clock_start();
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_both, end)
	const struct CMUnitTest tests[] = {
		ONE(a_kill_names_the_latch_of_each_gate),
		ONE(both_gates_are_released_by_their_own_numbers),
		ONE(a_gate_that_refuses_hides_no_other_that_is_released),
		ONE(a_gate_that_falls_silent_hides_no_other_that_is_released),
		ONE(who_lifts_a_stop_is_told_of_the_trip_under_it),
		ONE(an_approval_is_bound_to_the_gate_of_a_latch),
		ONE(a_stop_while_a_release_is_under_way_stands),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.release", tests, NULL, NULL);
}
