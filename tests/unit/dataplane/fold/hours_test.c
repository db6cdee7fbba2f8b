/* A venue's own hours in the fold: what goes, what is cancelled, what has ended.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/fold/hours.h"
#include "tests/support/rig.h"

/* The words of a calendar; time passes elsewhere (gate/hours_test.c). */
static void change(struct rig *rig, enum session_change change)
{
	gate_turn(rig->gate);
	struct session_record *record = gate_input(rig->gate, RECORD_SESSION, sizeof *record);
	*record = (struct session_record){.session = rig->site.venues[0].session_id,
		.change = (uint8_t)change,
		.sequence = 1000 + (uint64_t)change};
	gate_commit(rig->gate, record);
	rig_poll(rig, 1000);
}

static struct fold_venue *venue_of(struct rig *rig)
{
	return &rig->gate->fold->venues[0];
}

static void hours_follow_each_other_and_nothing_else(void **state)
{
	struct rig *rig = *state;
	static const enum session_change round[] = {
		SESSION_VENUE_ENDS, SESSION_VENUE_CLOSES, SESSION_VENUE_BEGINS};
	for (uint32_t at = 0; at < 3; at++) {
		for (uint32_t other = 0; other < 3; other++) {
			if (other != at)
				change(rig, round[other]);
			assert_int_equal(venue_of(rig)->hours, at);
		}
		change(rig, round[at]);
		assert_int_equal(venue_of(rig)->hours, (at + 1) % 3);
		assert_int_equal(
			atomic_load(&rig->region->gate.venue_closed_mask), at == 2 ? 0 : 1);
	}
	assert_int_equal(venue_of(rig)->hours_count, 1);
	assert_int_equal(venue_of(rig)->hours_wall_ns, 1000 + SESSION_VENUE_BEGINS);
}

static void what_works_is_cancelled_and_what_comes_is_refused_by_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), cancel;
	struct ouch_out told;
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	change(rig, SESSION_VENUE_ENDS);
	assert_true(rig_venue_got(rig, &cancel));
	assert_int_equal(cancel.type, 'X');
	assert_int_equal(cancel.ref, sent.ref);
	assert_int_equal(
		rig->gate->fold->orders.slots[rig->gate->fold->orders.open_head].cancel_cause,
		CANCEL_BY_DAY);
	order = rig_order(2);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_VENUE_DOWN);
	change(rig, SESSION_VENUE_CLOSES);
	order = rig_order(3);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_VENUE_DOWN);
	/* The way out stays open: what still lives there may be cancelled, and its last word is heard. */
	struct ouch_out gone = {.type = 'C', .code = 'U', .ref = sent.ref, .qty = 100};
	rig_answer(rig, &gone);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'C');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	change(rig, SESSION_VENUE_BEGINS);
	order = rig_order(4);
	rig_pass_and_accept(rig, 0, &order);
}

static void an_order_whose_session_is_over_ends_only_when_the_hours_are(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order);
	change(rig, SESSION_VENUE_END); /* early: the day goes on */
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	change(rig, SESSION_VENUE_ENDS);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig->gate->fold->day.ended_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
}

int main(void)
{
#define READY(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		READY(hours_follow_each_other_and_nothing_else),
		READY(what_works_is_cancelled_and_what_comes_is_refused_by_name),
		READY(an_order_whose_session_is_over_ends_only_when_the_hours_are),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.hours", tests, NULL, NULL);
}
