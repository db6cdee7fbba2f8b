/* stopping_test.c - a stop from its word to the last confirmation, by the test's own hand as the gate. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/kill/stopping.h"
#include "drivers/machine/clock.h"

static struct site_config site;
static struct plane plane;
static struct dataplane_region *other;

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	if (!plane_open(&plane, &site, &error))
		return 1;
	other = region_create_dataplane(&plane.region_fd, &site, &error);
	plane.region = other;
	plane.is_attached = true;
	return other == NULL;
}

static int begin_two(void **state)
{
	site.gate_count = 2;
	return begin(state);
}

static int end(void **state)
{
	(void)state;
	site.gate_count = 0;
	plane_close(&plane);
	return 0;
}

static void see(uint64_t epoch)
{
	atomic_store(&other->gate.stop_epoch_seen[STOP_BY_CONTROL], epoch);
}

static struct stop_result *latch(const struct stopping *s, uint32_t open)
{
	struct stop_result *result = &other->gate.results[5];
	result->stamp = s->stamp;
	result->writer = STOP_BY_CONTROL;
	result->latch = 9;
	result->open_count = result->cancels_sent = open;
	return result;
}

static void the_word_stands_when_set_returns(void **state)
{
	(void)state;
	struct stopping s;
	stopping_set(&s, &plane, SCOPE_ACCOUNT, 17, STATE_KILLED, 1000, "run away");
	uint64_t word = atomic_load(&plane.own->stops.words[stop_index(SCOPE_ACCOUNT, 17)]);
	assert_int_equal(stop_word_state(word), STATE_KILLED);
	assert_int_equal(stop_word_stamp(word), s.stamp);
	assert_int_equal(s.state, STOPPING_SET);
	assert_int_equal(plane.own->stops.changes[0].uid, 1000);
}

static enum trading_state word_state(void)
{
	return stop_word_state(atomic_load(&plane.own->stops.words[stop_index(SCOPE_ACCOUNT, 17)]));
}

/* A kill while no dataplane is there, or before its gate has looked, is not undone by a halt that another person says. */
static void a_weaker_word_does_not_take_the_place_of_one_that_no_gate_has_seen(void **state)
{
	(void)state;
	struct stopping s;
	plane.is_attached = false;
	stopping_set(&s, &plane, SCOPE_ACCOUNT, 17, STATE_KILLED, 1000, "runaway");
	stopping_set(&s, &plane, SCOPE_ACCOUNT, 17, STATE_HALTED, 1001, "look");
	assert_int_equal(word_state(), STATE_KILLED);
	assert_int_equal(s.wanted, STATE_KILLED); /* as he is told */
	plane.is_attached = true;
	see(2);
	atomic_store(&other->gate.control_instance, plane.own->header.instance + 1);
	stopping_set(&s, &plane, SCOPE_ACCOUNT, 17, STATE_HALTED, 1001, "look");
	assert_int_equal(
		word_state(), STATE_KILLED); /* it was another control's that the gate has seen */
	atomic_store(&other->gate.control_instance, plane.own->header.instance);
	stopping_set(&s, &plane, SCOPE_ACCOUNT, 17, STATE_REDUCE_ONLY, 1001, "look");
	assert_int_equal(word_state(), STATE_KILLED);
	see(4);
	stopping_set(&s, &plane, SCOPE_ACCOUNT, 17, STATE_HALTED, 1001, "look");
	assert_int_equal(word_state(), STATE_HALTED); /* the gate's latch says more */
	assert_int_equal(s.wanted, STATE_HALTED);
}

static void it_is_done_when_the_last_cancel_is_confirmed(void **state)
{
	(void)state;
	struct stopping s;
	stopping_set(&s, &plane, SCOPE_ACCOUNT, 17, STATE_KILLED, 1000, "x");
	see(1);
	struct stop_result *result = latch(&s, 2);
	assert_false(stopping_look(&s, &plane, s.set_ns + 1000));
	assert_int_equal(s.state, STOPPING_LATCHED);
	result->cancels_confirmed = 2;
	result->done_ns = 77;
	assert_true(stopping_look(&s, &plane, s.set_ns + 2000));
	assert_int_equal(s.state, STOPPING_DONE);
	assert_int_equal(s.seen_ns - s.set_ns, 1000);
	assert_int_equal(s.result.cancels_confirmed, 2);
}

static void what_is_not_confirmed_in_time_is_told(void **state)
{
	(void)state;
	struct stopping s;
	stopping_set(&s, &plane, SCOPE_FIRM, 0, STATE_KILLED, 1000, "x");
	see(1);
	latch(&s, 2)->cancels_confirmed = 1;
	assert_false(stopping_look(&s, &plane, s.set_ns + STOPPING_WAIT_NS - 1));
	assert_true(stopping_look(&s, &plane, s.set_ns + STOPPING_WAIT_NS));
	assert_int_equal(s.state, STOPPING_UNCONFIRMED);
	assert_int_equal(s.result.cancels_confirmed, 1);
}

static void a_gate_that_does_not_see_is_silent_on_the_nanosecond(void **state)
{
	(void)state;
	struct stopping s;
	stopping_set(&s, &plane, SCOPE_FIRM, 0, STATE_KILLED, 1000, "x");
	assert_false(stopping_look(&s, &plane, s.set_ns + STOPPING_WAIT_NS - 1));
	assert_true(stopping_look(&s, &plane, s.set_ns + STOPPING_WAIT_NS));
	assert_int_equal(s.state, STOPPING_SILENT);
}

static void a_word_seen_without_a_new_latch_was_latched_before(void **state)
{
	(void)state;
	struct stopping s;
	stopping_set(&s, &plane, SCOPE_FIRM, 0, STATE_HALTED, 1000, "x");
	see(1);
	assert_false(stopping_look(&s, &plane, s.set_ns + 10));
	assert_true(stopping_look(&s, &plane, s.set_ns + 10 + STOPPING_ALREADY_NS));
	assert_int_equal(s.state, STOPPING_ALREADY);
}

static void another_writers_or_a_torn_result_is_not_taken(void **state)
{
	(void)state;
	struct stopping s;
	struct stop_result found;
	stopping_set(&s, &plane, SCOPE_FIRM, 0, STATE_HALTED, 1000, "x");
	struct stop_result *result = latch(&s, 0);
	result->writer = STOP_BY_DOOR;
	assert_false(stop_result_find(&other->gate, STOP_BY_CONTROL, s.stamp, &found));
	assert_true(stop_result_find(&other->gate, STOP_BY_DOOR, s.stamp, &found));
	atomic_store(&result->lock, 7);
	assert_false(stop_result_find(&other->gate, STOP_BY_DOOR, s.stamp, &found));
}

static void without_a_dataplane_the_word_stands_for_the_next(void **state)
{
	(void)state;
	struct stopping s;
	plane.is_attached = false;
	stopping_set(&s, &plane, SCOPE_FIRM, 0, STATE_KILLED, 1000, "x");
	assert_true(stopping_look(&s, &plane, s.set_ns + 1));
	assert_int_equal(s.state, STOPPING_AWAY);
	assert_int_equal(stop_word_state(atomic_load(&plane.own->stops.words[0])), STATE_KILLED);
}

static void latch_at(uint32_t gate, const struct stopping *s, uint32_t open, uint64_t done_ns)
{
	struct gate_page *page = region_gate_writes(other, gate).page;
	page->results[3] = (struct stop_result){.stamp = s->stamp,
		.writer = STOP_BY_CONTROL,
		.latch = 9 + gate,
		.open_count = open,
		.cancels_sent = open,
		.cancels_confirmed = done_ns != 0 ? open : 0,
		.done_ns = done_ns};
}

static void see_at(uint32_t gate, uint64_t epoch)
{
	struct gate_page *page = region_gate_writes(other, gate).page;
	atomic_store(&page->stop_epoch_seen[STOP_BY_CONTROL], epoch);
}

static void two_gates_are_done_when_both_are(void **state)
{
	(void)state;
	struct stopping s;
	stopping_set(&s, &plane, SCOPE_FIRM, 0, STATE_KILLED, 1000, "x");
	see_at(0, 1);
	latch_at(0, &s, 2, 70);
	assert_false(stopping_look(&s, &plane, s.set_ns + 1000));
	assert_int_equal(s.state, STOPPING_SET);
	assert_int_equal(stopping_silent(&s, &plane), 1);
	see_at(1, 1);
	assert_false(stopping_look(&s, &plane, s.set_ns + 2000));
	assert_int_equal(s.state, STOPPING_LATCHED);
	latch_at(1, &s, 3, 0);
	assert_false(stopping_look(&s, &plane, s.set_ns + 3000));
	assert_int_equal(s.state, STOPPING_LATCHED);
	latch_at(1, &s, 3, 90);
	assert_true(stopping_look(&s, &plane, s.set_ns + 4000));
	assert_int_equal(s.state, STOPPING_DONE);
	assert_int_equal(s.seen_ns - s.set_ns, 2000);
	assert_int_equal(s.result.open_count, 5);
	assert_int_equal(s.result.cancels_confirmed, 5);
	assert_int_equal(s.result.done_ns, 90);
}

static void the_silent_one_of_two_gates_is_told(void **state)
{
	(void)state;
	struct stopping s;
	stopping_set(&s, &plane, SCOPE_FIRM, 0, STATE_KILLED, 1000, "x");
	see_at(0, 1);
	latch_at(0, &s, 0, 70);
	assert_false(stopping_look(&s, &plane, s.set_ns + STOPPING_WAIT_NS - 1));
	assert_true(stopping_look(&s, &plane, s.set_ns + STOPPING_WAIT_NS));
	assert_int_equal(s.state, STOPPING_SILENT);
	assert_int_equal(stopping_silent(&s, &plane), 1);
}

int main(void)
{
	clock_start();
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define TWO(test) cmocka_unit_test_setup_teardown(test, begin_two, end)
	const struct CMUnitTest tests[] = {
		ONE(the_word_stands_when_set_returns),
		ONE(a_weaker_word_does_not_take_the_place_of_one_that_no_gate_has_seen),
		ONE(it_is_done_when_the_last_cancel_is_confirmed),
		ONE(what_is_not_confirmed_in_time_is_told),
		ONE(a_gate_that_does_not_see_is_silent_on_the_nanosecond),
		ONE(a_word_seen_without_a_new_latch_was_latched_before),
		ONE(another_writers_or_a_torn_result_is_not_taken),
		ONE(without_a_dataplane_the_word_stands_for_the_next),
		TWO(two_gates_are_done_when_both_are),
		TWO(the_silent_one_of_two_gates_is_told),
	};
	return !!cmocka_run_group_tests_name("unit.control.kill.stopping", tests, NULL, NULL);
}
