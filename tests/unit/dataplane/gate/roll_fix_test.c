/* Days of a venue that speaks FIX: they end with the calendar, and numbers begin anew once, whatever dies between
   two records.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/gate/roll.h"
#include "tests/support/calendar_rig.h"
#include "tests/support/fix_peer_rig.h"

static enum fix_reset reset;

static void site_with_days(struct site_config *site)
{
	site_with_fix(site);
	site->venues[0].fix.reset = (uint8_t)reset;
	calendar_site(site);
}

static const struct rig_hooks hooks = {.others = venue_poll,
	.site = site_with_days,
	.venue = venue_event,
	.turn = mortal_turn,
	.wall_ns = read_wall_ns};

static struct rig *open_with(enum fix_reset how)
{
	now_wall_ns = MIDNIGHT_NS + 10 * HOUR_NS;
	reset = how;
	die_at = 0;
	venue_open(ORDERS_FIX44);
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	return rig;
}

static int64_t working(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty;
}

/* Order 1 is executed, order 2 lives at the venue, which then says nothing more. */
static void trade(struct rig *rig)
{
	struct got got = accepted(rig);
	says(rig, &(struct saying){.id = got.id,
			  .type = 'F',
			  .status = '2',
			  .last = 100,
			  .last_e8 = 16300000000});
	told(rig, 'E');
	struct ouch_in order = rig_order(2);
	order.price_e4 -= 100;
	rig_send(rig, 0, &order);
	got = taken();
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	told(rig, 'A');
}

static const struct fix_session *ours(const struct rig *rig)
{
	return &fix_venue_of(rig->gate->fold, 0)->session;
}

/* The venue's next day: its numbers begin anew if that was agreed. */
static void venue_begins(void)
{
	assert_int_equal(venue.connection, CONNECTION_NONE);
	if (reset == RESET_DAILY)
		fix_session_renew(&venue.session);
}

static void next_day_trades(struct rig *rig)
{
	struct ouch_in order = rig_order(1);
	venue.got_count = 0;
	rig->clients[0].sequence = rig->clients[0].count = 0;
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig_send(rig, 0, &order);
	struct got got = taken();
	assert_int_equal(got.type, 'D');
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	told(rig, 'A');
	assert_int_equal(rig->gate->fold->clients[1].last_sequence, 1);
	assert_int_equal(ours(rig)->next_out, venue.session.next_in);
	assert_int_equal(ours(rig)->next_in, venue.session.next_out);
}

static void the_gate_logs_out_when_the_day_is_closed_and_what_lived_has_ended(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_DAILY);
	trade(rig);
	pass(rig, 20 * HOUR_NS, 0);
	assert_int_equal(taken().type, 'F');
	assert_int_equal(rig->gate->fold->day.phase, DAY_ENDING);
	assert_int_not_equal(venue.connection, CONNECTION_NONE);
	assert_int_equal(working(rig), 100);
	pass(rig, 20 * HOUR_NS + 1, 36);
	assert_int_equal(rig->gate->fold->day.phase, DAY_CLOSED);
	assert_int_equal(venue.connection, CONNECTION_NONE);
	assert_int_equal(venue.session.end, FIX_END_LOGOUT);
	struct ouch_out out = told(rig, 'C');
	assert_int_equal(out.code, 'E');
	assert_int_equal(working(rig), 0);
	assert_int_equal(ours(rig)->next_out, 1);
	pass(rig, 27 * HOUR_NS, 36); /* nobody logs in at night */
	assert_int_equal(venue.connection, CONNECTION_NONE);
	venue_begins();
	pass(rig, 28 * HOUR_NS, 6);
	assert_int_equal(rig->gate->fold->day.phase, DAY_OPEN);
	assert_true(rig->gate->fold->venues[0].is_ready);
	next_day_trades(rig);
	rig_close(rig);
}

static void numbers_that_are_kept_go_on_over_the_night(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	trade(rig);
	pass(rig, 20 * HOUR_NS, 42);
	uint64_t next = ours(rig)->next_out;
	assert_true(next > 4);
	assert_int_equal(rig->gate->fold->day.phase, DAY_CLOSED);
	venue_begins();
	pass(rig, 28 * HOUR_NS, 6);
	assert_true(ours(rig)->next_out > next);
	next_day_trades(rig);
	rig_close(rig);
}

static void a_day_that_a_person_ends_within_the_hours_ends_no_order_of_the_venues(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_DAILY);
	struct mailbox_request request = {.kind = REQUEST_DAY, .id = DAY_ENDS};
	trade(rig);
	uint32_t connection = venue.connection;
	rig_ask(rig, &request);
	pass(rig, 11 * HOUR_NS, 42);
	assert_int_equal(rig->gate->fold->day.phase, DAY_CLOSED);
	assert_int_equal(venue.connection, connection);
	assert_int_equal(working(rig), 100);
	request.id = DAY_BEGINS;
	rig_ask(rig, &request);
	pass(rig, 12 * HOUR_NS, 0);
	assert_int_equal(rig->gate->fold->day.count, 1);
	assert_int_equal(working(rig), 100);
	next_day_trades(rig);
	rig_close(rig);
}

static void what_a_person_ended_ends_at_the_venue_when_the_calendar_does(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_DAILY);
	struct mailbox_request request = {.kind = REQUEST_DAY, .id = DAY_ENDS};
	trade(rig);
	rig_ask(rig, &request);
	pass(rig, 11 * HOUR_NS, 42);
	assert_int_equal(rig->gate->fold->day.phase, DAY_CLOSED);
	assert_int_equal(working(rig), 100);
	pass(rig, 20 * HOUR_NS, 6);
	assert_int_equal(venue.connection, CONNECTION_NONE);
	assert_int_equal(working(rig), 0);
	venue_begins();
	pass(rig, 28 * HOUR_NS, 6);
	assert_int_equal(rig->gate->fold->day.count, 1);
	next_day_trades(rig);
	rig_close(rig);
}

static void a_gate_that_was_down_over_the_night_begins_the_day_before_it_logs_in(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_DAILY);
	trade(rig);
	die_at = 1; /* its machine is off */
	rig_poll(rig, 1000);
	fix_session_disconnect(&venue.session);
	venue.connection = CONNECTION_NONE;
	venue_begins();
	now_wall_ns = MIDNIGHT_NS + 29 * HOUR_NS;
	rig_restart(rig, false);
	die_at = 0;
	pass(rig, 29 * HOUR_NS, 42);
	assert_int_equal(rig->gate->fold->day.count, 1);
	assert_int_equal(working(rig), 0);
	pass(rig, 29 * HOUR_NS, 6);
	next_day_trades(rig);
	rig_close(rig);
}

/* One roll, the gate killed behind record `last`, 0: never; returns how many records there were when it began and ended. */
static uint64_t roll_with_a_kill(uint64_t last, uint64_t *began)
{
	struct rig *rig = open_with(RESET_DAILY);
	trade(rig);
	*began = rig->gate->writer.sequence;
	die_at = last;
	const uint64_t times[] = {20 * HOUR_NS, 20 * HOUR_NS + 1, 28 * HOUR_NS};
	for (unsigned i = 0; i < ARRAY_COUNT(times); i++) {
		if (times[i] == 28 * HOUR_NS)
			venue_begins();
		pass(rig, times[i], i == 1 ? 42 : 6);
		if (die_at == 0 || rig->gate->writer.sequence < die_at)
			continue;
		cut(rig, die_at);
		die_at = 0;
		rig_restart(rig, false);
		pass(rig, times[i], i == 1 ? 42 : 6);
	}
	die_at = 0;
	pass(rig, 28 * HOUR_NS, 12);
	uint64_t ended = rig->gate->writer.sequence;
	rolled_once(rig);
	next_day_trades(rig);
	rig_close(rig);
	return ended;
}

static void a_roll_happens_once_whichever_record_is_the_last(void **state)
{
	(void)state;
	const char *word = getenv("SLUICE_ROLL_STEP");
	uint64_t step = word != NULL ? strtoull(word, NULL, 10) : 4;
	uint64_t began, ended = roll_with_a_kill(0, &began), kills = 0;
	for (uint64_t last = began + 1; last <= ended; last += step, kills++) {
		uint64_t same;
		roll_with_a_kill(last, &same);
		assert_int_equal(same, began);
	}
	print_message("%llu kills\n", (unsigned long long)kills);
	assert_true(kills * step > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gate_logs_out_when_the_day_is_closed_and_what_lived_has_ended),
		cmocka_unit_test(numbers_that_are_kept_go_on_over_the_night),
		cmocka_unit_test(
			a_day_that_a_person_ends_within_the_hours_ends_no_order_of_the_venues),
		cmocka_unit_test(what_a_person_ended_ends_at_the_venue_when_the_calendar_does),
		cmocka_unit_test(
			a_gate_that_was_down_over_the_night_begins_the_day_before_it_logs_in),
		cmocka_unit_test(a_roll_happens_once_whichever_record_is_the_last),
	};
	return !!cmocka_run_group_tests_name("gate.roll_fix", tests, NULL, NULL);
}
