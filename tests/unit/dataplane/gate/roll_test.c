/* Who is connected when a day is closed and another begins.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/client.h"
#include "dataplane/gate/roll.h"
#include "tests/support/rig.h"

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	*state = rig;
	return 0;
}

static int close_rig(void **state)
{
	rig_close(*state);
	return 0;
}

static void day(struct rig *rig, enum day_change change)
{
	rig->gate->is_turn_open = false;
	assert_true(
		roll_write(rig->gate, change, 1000, "by hand", rig->gate->fold->midnight_wall_ns));
	rig_poll(rig, 2000000);
	rig_poll(rig, 2000000); /* the tick after the sweep */
}

static const uint64_t hour_ns = UINT64_C(3600000000000);

/* The gate's own ticks ask the machine's clock: the calendar is there for this one alone. */
static uint32_t tick(struct rig *rig, uint64_t wall_ns)
{
	rig->site.calendar = (struct calendar){.begins_ns = 4 * hour_ns,
		.ends_ns = 20 * hour_ns,
		.zone = CALENDAR_NEW_YORK,
		.weekdays = 0x3e};
	rig->site.close_after_ns = 30 * UINT64_C(1000000000);
	rig->gate->is_turn_open = false;
	roll_tick(rig->gate, wall_ns);
	rig->site.calendar.weekdays = 0;
	rig_poll(rig, 2000000);
	rig_poll(rig, 2000000);
	return rig->gate->fold->day.phase;
}

static void a_whole_day_rolls_by_time_alone(void **state)
{
	struct rig *rig = *state;
	uint64_t midnight_ns = rig->gate->fold->midnight_wall_ns;
	assert_int_equal(tick(rig, midnight_ns + 20 * hour_ns - 1), DAY_OPEN);
	assert_int_equal(tick(rig, midnight_ns + 20 * hour_ns), DAY_ENDING);
	assert_int_equal(tick(rig, midnight_ns + 20 * hour_ns + 1), DAY_CLOSED);
	assert_int_equal(tick(rig, midnight_ns + 28 * hour_ns - 1), DAY_CLOSED);
	assert_int_equal(tick(rig, midnight_ns + 28 * hour_ns), DAY_OPEN);
	assert_int_equal(rig->gate->fold->midnight_wall_ns, midnight_ns + 24 * hour_ns);
	assert_int_equal(tick(rig, midnight_ns + 29 * hour_ns), DAY_OPEN);
}

static void a_gate_that_was_down_over_both_edges_takes_both(void **state)
{
	struct rig *rig = *state;
	uint64_t late_ns = rig->gate->fold->midnight_wall_ns + 29 * hour_ns;
	assert_int_equal(tick(rig, late_ns), DAY_ENDING);
	rig_restart(rig, true);
	assert_int_equal(tick(rig, late_ns + 1), DAY_CLOSED);
	rig_restart(rig, true);
	assert_int_equal(tick(rig, late_ns + 2), DAY_OPEN);
	assert_int_equal(tick(rig, late_ns + 3), DAY_OPEN);
	assert_int_equal(rig->gate->fold->day.count, 1);
}

static void a_clock_that_is_stepped_back_rolls_nothing_twice(void **state)
{
	struct rig *rig = *state;
	uint64_t end_ns = rig->gate->fold->midnight_wall_ns + 20 * hour_ns;
	tick(rig, end_ns);
	assert_int_equal(tick(rig, end_ns + 1), DAY_CLOSED);
	assert_int_equal(tick(rig, end_ns - hour_ns), DAY_CLOSED);
	assert_int_equal(tick(rig, end_ns + 8 * hour_ns), DAY_OPEN);
	assert_int_equal(tick(rig, end_ns + 7 * hour_ns), DAY_OPEN);
	assert_int_equal(rig->gate->fold->day.count, 1);
}

static void an_order_that_stays_open_keeps_the_day_for_a_bounded_time(void **state)
{
	struct rig *rig = *state;
	uint64_t end_ns = rig->gate->fold->midnight_wall_ns + 20 * hour_ns;
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(tick(rig, end_ns), DAY_ENDING);
	assert_int_equal(tick(rig, end_ns + 1), DAY_ENDING);
	for (unsigned i = 0; i < 11; i++)
		rig_poll(rig, UINT64_C(3000000000));
	assert_int_equal(tick(rig, end_ns + 2), DAY_CLOSED);
}

static void a_fresh_journal_outside_of_the_calendar_starts_ended(void **state)
{
	struct rig *rig = *state;
	uint64_t midnight_ns = rig->gate->fold->midnight_wall_ns;
	rig->gate->fold->day.phase_wall_ns = midnight_ns + 3 * hour_ns;
	assert_int_equal(tick(rig, midnight_ns + 3 * hour_ns), DAY_ENDING);
	assert_int_equal(tick(rig, midnight_ns + 3 * hour_ns + 1), DAY_CLOSED);
	assert_int_equal(tick(rig, midnight_ns + 4 * hour_ns), DAY_OPEN);
}

static bool may_enter(const struct rig *rig)
{
	return client_may_enter(rig->gate, &rig->site.sessions[0]);
}

static void clients_stay_until_the_day_is_closed_and_nobody_enters_before_the_next(void **state)
{
	struct rig *rig = *state;
	uint32_t session = rig->site.sessions[0].id;
	day(rig, DAY_ENDS);
	assert_non_null(rig->gate->by_session[session]);
	day(rig, DAY_CLOSES);
	assert_null(rig->gate->by_session[session]);
	assert_false(may_enter(rig));
	day(rig, DAY_BEGINS);
	assert_true(may_enter(rig));
}

static void two_days_of_one_date_have_two_names(void **state)
{
	struct rig *rig = *state;
	char before[10];
	memcpy(before, rig->gate->soup_session, sizeof before);
	assert_memory_equal(before, "SL", 2);
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++)
		day(rig, change);
	assert_memory_equal(rig->gate->soup_session, "SM", 2);
	assert_memory_equal(rig->gate->soup_session + 2, before + 2, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			clients_stay_until_the_day_is_closed_and_nobody_enters_before_the_next,
			open_ready, close_rig),
		cmocka_unit_test_setup_teardown(
			two_days_of_one_date_have_two_names, open_ready, close_rig),
		cmocka_unit_test_setup_teardown(
			a_whole_day_rolls_by_time_alone, open_ready, close_rig),
		cmocka_unit_test_setup_teardown(
			a_gate_that_was_down_over_both_edges_takes_both, open_ready, close_rig),
		cmocka_unit_test_setup_teardown(
			a_clock_that_is_stepped_back_rolls_nothing_twice, open_ready, close_rig),
		cmocka_unit_test_setup_teardown(
			an_order_that_stays_open_keeps_the_day_for_a_bounded_time, open_ready,
			close_rig),
		cmocka_unit_test_setup_teardown(
			a_fresh_journal_outside_of_the_calendar_starts_ended, open_ready,
			close_rig),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
