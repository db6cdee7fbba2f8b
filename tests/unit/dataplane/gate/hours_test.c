/* A venue that has a calendar of its own, in FIX and over SoupBinTCP: its hours end and begin by time, whatever dies between two
   records.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/hours.h"
#include "tests/support/calendar_rig.h"
#include "tests/support/fix_peer_rig.h"

/* The gate's day goes from 04:00 to 20:00, the venue's from 08:00, or so, to 17:00.  The rig's journal begins at 09:30. */
static uint64_t begins_ns = 8 * HOUR_NS;

static void site_with_hours(struct site_config *site)
{
	calendar_site(site);
	site->venues[0].calendar = site->calendar;
	site->venues[0].calendar.begins_ns = begins_ns;
	site->venues[0].calendar.ends_ns = 17 * HOUR_NS;
}

static void site_in_fix(struct site_config *site)
{
	site_with_fix(site);
	site_with_hours(site);
	site->venues[0].fix.reset = RESET_DAILY;
}

static const struct rig_hooks in_fix = {.others = venue_poll,
	.site = site_in_fix,
	.venue = venue_event,
	.turn = mortal_turn,
	.wall_ns = read_wall_ns};
static const struct rig_hooks in_soup = {
	.site = site_with_hours, .turn = mortal_turn, .wall_ns = read_wall_ns};

static struct rig *open_with(const struct rig_hooks *hooks)
{
	now_wall_ns = MIDNIGHT_NS + 10 * HOUR_NS;
	die_at = 0;
	venue_open(ORDERS_FIX44);
	struct rig *rig = rig_open_with(hooks, NULL);
	rig_ready(rig);
	return rig;
}

/* How the venue's hours stand when so much has passed. */
static uint32_t hours_at(struct rig *rig, uint64_t since_midnight_ns, unsigned seconds)
{
	pass(rig, since_midnight_ns, seconds);
	return rig->gate->fold->venues[0].hours;
}

static const struct fix_session *ours(const struct rig *rig)
{
	return &fix_venue_of(rig->gate->fold, 0)->session;
}

static void a_fix_venues_hours_end_in_the_gates_day_and_its_orders_with_them(void **state)
{
	(void)state;
	struct rig *rig = open_with(&in_fix);
	accepted(rig);
	assert_int_equal(hours_at(rig, 17 * HOUR_NS - 1, 0), HOURS_OPEN);
	assert_int_equal(hours_at(rig, 17 * HOUR_NS, 0), HOURS_ENDING);
	assert_int_equal(taken().type, 'F'); /* cancelled; the venue says nothing */
	assert_int_not_equal(venue.connection, CONNECTION_NONE);
	assert_int_equal(hours_at(rig, 17 * HOUR_NS + 1, 36), HOURS_CLOSED);
	assert_int_equal(venue.connection, CONNECTION_NONE);
	assert_int_equal(venue.session.end, FIX_END_LOGOUT);
	assert_int_equal(rig->gate->fold->day.phase, DAY_OPEN);
	assert_int_equal(told(rig, 'C').code, 'E');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(ours(rig)->next_out, 1);
	struct ouch_in order = rig_order(2);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_VENUE_DOWN);
	/* The gate's own day ends and begins over it: the venue is let alone, and comes with its hours. */
	fix_session_renew(&venue.session);
	pass(rig, 20 * HOUR_NS, 6);
	pass(rig, 28 * HOUR_NS, 6);
	assert_int_equal(rig->gate->fold->day.count, 1);
	assert_int_equal(venue.connection, CONNECTION_NONE);
	assert_int_equal(hours_at(rig, 32 * HOUR_NS, 6), HOURS_OPEN);
	assert_true(rig->gate->fold->venues[0].is_ready);
	assert_int_equal(ours(rig)->next_in, venue.session.next_out);
	rig_close(rig);
}

static void hours_end_at_once_where_nothing_works(void **state)
{
	(void)state;
	struct rig *rig = open_with(&in_fix);
	/* But not in a journal that has no room left: its reserve is for the way out. */
	rig->gate->is_journal_full = true;
	hours_tick(rig->gate, 0, MIDNIGHT_NS + 17 * HOUR_NS);
	assert_int_equal(rig->gate->fold->venues[0].hours, HOURS_OPEN);
	assert_int_equal(hours_at(rig, 17 * HOUR_NS, 3), HOURS_CLOSED);
	assert_int_equal(venue.connection, CONNECTION_NONE);
	rig_close(rig);
}

static void a_gate_that_was_down_over_days_takes_the_edges_it_missed(void **state)
{
	(void)state;
	struct rig *rig = open_with(&in_fix);
	die_at = 1;
	rig_poll(rig, 1000);
	fix_session_disconnect(&venue.session);
	venue.connection = CONNECTION_NONE;
	fix_session_renew(&venue.session);
	now_wall_ns = MIDNIGHT_NS + (24 + 10) * HOUR_NS;
	rig_restart(rig, false);
	die_at = 0;
	pass(rig, (24 + 10) * HOUR_NS, 9);
	const struct fold_venue *v = &rig->gate->fold->venues[0];
	assert_int_equal(v->hours, HOURS_OPEN);
	assert_int_equal(v->hours_count, 1);
	assert_true(v->is_ready);
	assert_int_equal(ours(rig)->next_in, venue.session.next_out);
	rig_close(rig);
}

static void a_clock_that_is_stepped_back_brings_no_edge_twice(void **state)
{
	(void)state;
	struct rig *rig = open_with(&in_soup);
	assert_int_equal(hours_at(rig, 17 * HOUR_NS, 0), HOURS_CLOSED);
	assert_int_equal(hours_at(rig, 16 * HOUR_NS, 0), HOURS_CLOSED);
	assert_int_equal(hours_at(rig, 17 * HOUR_NS, 0), HOURS_CLOSED);
	assert_int_equal(hours_at(rig, 32 * HOUR_NS, 0), HOURS_OPEN);
	assert_int_equal(hours_at(rig, 31 * HOUR_NS, 0), HOURS_OPEN);
	assert_int_equal(rig->gate->fold->venues[0].hours_count, 1);
	rig_close(rig);
}

static void a_holiday_has_no_hours(void **state)
{
	(void)state;
	struct rig *rig = open_with(&in_soup);
	struct calendar *calendar = &rig->site.venues[0].calendar;
	calendar->holidays[calendar->holiday_count++] =
		(uint32_t)(MIDNIGHT_NS / (24 * HOUR_NS)) + 1;
	assert_int_equal(hours_at(rig, 17 * HOUR_NS, 0), HOURS_CLOSED);
	assert_int_equal(hours_at(rig, (24 + 10) * HOUR_NS, 0), HOURS_CLOSED);
	assert_int_equal(hours_at(rig, (48 + 8) * HOUR_NS - 1, 0), HOURS_CLOSED);
	assert_int_equal(hours_at(rig, (48 + 8) * HOUR_NS, 0), HOURS_OPEN);
	rig_close(rig);
}

static void a_half_day_ends_the_hours_early(void **state)
{
	(void)state;
	struct rig *rig = open_with(&in_soup);
	struct calendar *calendar = &rig->site.venues[0].calendar;
	calendar->halves[calendar->half_count++] = (struct calendar_half){
		.date = (uint32_t)(MIDNIGHT_NS / (24 * HOUR_NS)), .ends_ns = 13 * HOUR_NS};
	struct ouch_in order = rig_order(1);
	assert_int_equal(hours_at(rig, 13 * HOUR_NS - 1, 0), HOURS_OPEN);
	assert_int_equal(hours_at(rig, 13 * HOUR_NS, 0), HOURS_CLOSED);
	assert_int_equal(rig->gate->fold->day.phase, DAY_OPEN);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_VENUE_DOWN);
	assert_int_equal(hours_at(rig, 32 * HOUR_NS, 0), HOURS_OPEN);
	assert_int_equal(hours_at(rig, (24 + 16) * HOUR_NS, 0), HOURS_OPEN);
	rig_close(rig);
}

static void a_soup_venue_keeps_its_session_until_it_ends_it(void **state)
{
	(void)state;
	struct rig *rig = open_with(&in_soup);
	assert_int_equal(hours_at(rig, 17 * HOUR_NS, 3), HOURS_CLOSED);
	assert_true(rig->venue.is_up);
	rig_venue_cut(rig);
	pass(rig, 18 * HOUR_NS, 9);
	assert_false(rig->venue.is_up); /* nothing of ours is there: it is let alone */
	assert_int_equal(hours_at(rig, 32 * HOUR_NS, 9), HOURS_OPEN);
	assert_true(rig->venue.is_up);
	rig_close(rig);
}

static void a_journal_that_begins_outside_of_the_hours_begins_with_them_closed(void **state)
{
	(void)state;
	begins_ns = 11 * HOUR_NS;
	now_wall_ns = MIDNIGHT_NS + 10 * HOUR_NS;
	die_at = 0;
	venue_open(ORDERS_FIX44);
	struct rig *rig = rig_open_with(&in_fix, NULL);
	begins_ns = 8 * HOUR_NS;
	assert_int_equal(hours_at(rig, 10 * HOUR_NS, 6), HOURS_CLOSED);
	assert_int_equal(venue.connection, CONNECTION_NONE);
	assert_true(rig->gate->venues[0].is_resting);
	assert_int_equal(hours_at(rig, 11 * HOUR_NS, 6), HOURS_OPEN);
	assert_false(rig->gate->venues[0].is_resting);
	rig_close(rig);
}

/* One end and beginning, the gate killed behind record `last`, 0: never. */
static uint64_t round_with_a_kill(uint64_t last, uint64_t *began)
{
	struct rig *rig = open_with(&in_fix);
	accepted(rig);
	*began = rig->gate->writer.sequence;
	die_at = last;
	const uint64_t times[] = {17 * HOUR_NS, 17 * HOUR_NS + 1, 32 * HOUR_NS};
	for (unsigned i = 0; i < ARRAY_COUNT(times); i++) {
		if (i == 2)
			fix_session_renew(&venue.session);
		pass(rig, times[i], i == 1 ? 42 : 6);
		if (die_at == 0 || rig->gate->writer.sequence < die_at)
			continue;
		cut(rig, die_at);
		die_at = 0;
		rig_restart(rig, false);
		pass(rig, times[i], i == 1 ? 42 : 6);
	}
	die_at = 0;
	pass(rig, 32 * HOUR_NS, 12);
	uint64_t ended = rig->gate->writer.sequence;
	const struct fold_venue *v = &rig->gate->fold->venues[0];
	assert_int_equal(v->hours, HOURS_OPEN);
	assert_int_equal(v->hours_count, 1);
	assert_int_equal(count_of(rig, RECORD_ENDED), 1);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_true(v->is_ready);
	rig_close(rig);
	return ended;
}

static void hours_end_and_begin_once_whichever_record_is_the_last(void **state)
{
	(void)state;
	uint64_t began, ended = round_with_a_kill(0, &began), kills = 0;
	for (uint64_t last = began + 1; last <= ended; last += 4, kills++) {
		uint64_t same;
		round_with_a_kill(last, &same);
		assert_int_equal(same, began);
	}
	print_message("%llu kills\n", (unsigned long long)kills);
	assert_true(kills > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fix_venues_hours_end_in_the_gates_day_and_its_orders_with_them),
		cmocka_unit_test(hours_end_at_once_where_nothing_works),
		cmocka_unit_test(a_gate_that_was_down_over_days_takes_the_edges_it_missed),
		cmocka_unit_test(a_clock_that_is_stepped_back_brings_no_edge_twice),
		cmocka_unit_test(a_holiday_has_no_hours),
		cmocka_unit_test(a_half_day_ends_the_hours_early),
		cmocka_unit_test(a_soup_venue_keeps_its_session_until_it_ends_it),
		cmocka_unit_test(
			a_journal_that_begins_outside_of_the_hours_begins_with_them_closed),
		cmocka_unit_test(hours_end_and_begin_once_whichever_record_is_the_last),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.hours", tests, NULL, NULL);
}
