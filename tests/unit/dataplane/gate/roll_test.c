/* Who is connected when a day is closed and another begins.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "dataplane/gate/roll.h"
#include "tests/support/calendar_rig.h"

static const struct rig_hooks by_calendar = {.site = calendar_site, .wall_ns = read_wall_ns};
static const struct rig_hooks by_hand = {.wall_ns = read_wall_ns};

static int open_with(void **state, const struct rig_hooks *hooks)
{
	now_wall_ns = MIDNIGHT_NS + 10 * HOUR_NS;
	struct rig *rig = rig_open_with(hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static int open_calendar(void **state)
{
	return open_with(state, &by_calendar);
}

static int open_hand(void **state)
{
	return open_with(state, &by_hand);
}

/* One tick, at a time of the wall. */
static uint32_t tick(struct rig *rig, uint64_t since_midnight_ns)
{
	now_wall_ns = MIDNIGHT_NS + since_midnight_ns;
	rig_poll(rig, 2000000);
	return rig->gate->fold->day.phase;
}

static uint32_t settle(struct rig *rig, uint64_t since_midnight_ns)
{
	for (unsigned i = 0; i < 4; i++)
		tick(rig, since_midnight_ns);
	return rig->gate->fold->day.phase;
}

static int32_t ask(struct rig *rig, uint32_t change, struct day_row *row)
{
	struct mailbox_request request = {.kind = REQUEST_DAY, .id = change};
	request.release.uid = 1001;
	memcpy(request.release.reason, "the venue closes early", 23);
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 1);
	memcpy(row, answer->rows[0], sizeof *row);
	return answer->code;
}

static void a_whole_day_rolls_by_time_alone(void **state)
{
	struct rig *rig = *state;
	assert_int_equal(tick(rig, 20 * HOUR_NS - 1), DAY_OPEN);
	assert_int_equal(tick(rig, 20 * HOUR_NS), DAY_ENDING);
	assert_int_equal(settle(rig, 20 * HOUR_NS + 1), DAY_CLOSED);
	assert_int_equal(settle(rig, 28 * HOUR_NS - 1), DAY_CLOSED);
	assert_int_equal(settle(rig, 28 * HOUR_NS), DAY_OPEN);
	assert_int_equal(rig->gate->fold->midnight_wall_ns, MIDNIGHT_NS + 24 * HOUR_NS);
	assert_int_equal(settle(rig, 29 * HOUR_NS), DAY_OPEN);
	assert_int_equal(rig->gate->fold->day.count, 1);
}

static void a_gate_that_was_down_over_both_edges_takes_both(void **state)
{
	struct rig *rig = *state;
	assert_int_equal(tick(rig, 29 * HOUR_NS), DAY_ENDING);
	rig_restart(rig, true);
	assert_int_equal(tick(rig, 29 * HOUR_NS + 1), DAY_CLOSED);
	rig_restart(rig, true);
	assert_int_equal(settle(rig, 29 * HOUR_NS + 2), DAY_OPEN);
	assert_int_equal(settle(rig, 29 * HOUR_NS + 3), DAY_OPEN);
	assert_int_equal(rig->gate->fold->day.count, 1);
}

static void a_clock_that_is_stepped_back_rolls_nothing_twice(void **state)
{
	struct rig *rig = *state;
	assert_int_equal(settle(rig, 20 * HOUR_NS), DAY_CLOSED);
	assert_int_equal(settle(rig, 19 * HOUR_NS), DAY_CLOSED);
	assert_int_equal(settle(rig, 28 * HOUR_NS), DAY_OPEN);
	assert_int_equal(settle(rig, 27 * HOUR_NS), DAY_OPEN);
	assert_int_equal(rig->gate->fold->day.count, 1);
}

/* An end that the day began behind has been, whatever the clock says now; so has a beginning of one that ended behind it. */
static void a_clock_that_is_stepped_back_a_day_is_told_the_next_edge_to_come(void **state)
{
	struct rig *rig = *state;
	struct day_row row;
	assert_int_equal(settle(rig, 20 * HOUR_NS), DAY_CLOSED);
	assert_int_equal(settle(rig, 3 * HOUR_NS), DAY_CLOSED);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.next_wall_ns, MIDNIGHT_NS + 28 * HOUR_NS);
	assert_int_equal(settle(rig, 28 * HOUR_NS), DAY_OPEN);
	assert_int_equal(settle(rig, 5 * HOUR_NS), DAY_OPEN);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.next_wall_ns, MIDNIGHT_NS + 44 * HOUR_NS);
	assert_int_equal(settle(rig, 3 * HOUR_NS), DAY_OPEN);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.next_wall_ns, MIDNIGHT_NS + 44 * HOUR_NS);
}

static void an_order_that_stays_open_keeps_the_day_for_a_bounded_time(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct day_row row;
	rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(settle(rig, 20 * HOUR_NS), DAY_ENDING);
	for (unsigned i = 0; i < 9; i++)
		rig_poll(rig, UINT64_C(3000000000));
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.phase, DAY_ENDING);
	assert_int_equal(row.open_orders, 1);
	assert_true(row.next_wall_ns - now_wall_ns < UINT64_C(4000000000));
	rig_poll(rig, UINT64_C(3000000000));
	assert_int_equal(tick(rig, 20 * HOUR_NS + 2), DAY_CLOSED);
}

static void a_fresh_journal_outside_of_the_calendar_starts_ended(void **state)
{
	struct rig *rig = *state;
	rig->gate->fold->day.begin_wall_ns = MIDNIGHT_NS + 3 * HOUR_NS;
	assert_int_equal(tick(rig, 3 * HOUR_NS), DAY_ENDING);
	assert_int_equal(settle(rig, 3 * HOUR_NS + 1), DAY_CLOSED);
	assert_int_equal(settle(rig, 4 * HOUR_NS), DAY_OPEN);
}

/* The rig's Wednesday ends at 13:00, Thursday does not. */
static void a_half_day_ends_early_and_says_so(void **state)
{
	struct rig *rig = *state;
	struct calendar *calendar = &rig->site.calendar;
	struct day_row row;
	struct ouch_in order = rig_order(1);
	calendar->halves[calendar->half_count++] = (struct calendar_half){
		.date = (uint32_t)(MIDNIGHT_NS / (24 * HOUR_NS)), .ends_ns = 13 * HOUR_NS};
	assert_int_equal(tick(rig, 13 * HOUR_NS - 1), DAY_OPEN);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.next_wall_ns, MIDNIGHT_NS + 13 * HOUR_NS);
	assert_int_equal(row.is_next_half, 1);
	assert_int_equal(tick(rig, 13 * HOUR_NS), DAY_ENDING);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_HALTED);
	rig_restart(rig, true);
	assert_int_equal(settle(rig, 13 * HOUR_NS + 1), DAY_CLOSED);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_string_equal(row.reason, "calendar: half day");
	assert_int_equal(row.next_wall_ns, MIDNIGHT_NS + 28 * HOUR_NS);
	assert_int_equal(row.is_next_half, 0);
	assert_int_equal(settle(rig, 28 * HOUR_NS), DAY_OPEN);
	assert_int_equal(settle(rig, 37 * HOUR_NS), DAY_OPEN);
	assert_int_equal(tick(rig, 44 * HOUR_NS), DAY_ENDING);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_string_equal(row.reason, "calendar");
	assert_int_equal(rig->gate->fold->day.count, 1);
}

static void what_a_person_ended_within_the_hours_does_not_begin_again_by_itself(void **state)
{
	struct rig *rig = *state;
	struct day_row row;
	assert_int_equal(tick(rig, 12 * HOUR_NS), DAY_OPEN);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.next_wall_ns, MIDNIGHT_NS + 20 * HOUR_NS);
	assert_int_equal(row.begin_wall_ns, UINT64_C(1548858600) * 1000000000);
	assert_int_equal(ask(rig, DAY_ENDS, &row), 0);
	assert_int_equal(settle(rig, 12 * HOUR_NS + 1), DAY_CLOSED);
	rig_restart(rig, true);
	assert_int_equal(settle(rig, 19 * HOUR_NS), DAY_CLOSED);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.uid, 1001);
	assert_string_equal(row.reason, "the venue closes early");
	assert_int_equal(row.since_wall_ns, MIDNIGHT_NS + 12 * HOUR_NS + 1);
	assert_int_equal(row.next_wall_ns, MIDNIGHT_NS + 28 * HOUR_NS);
	assert_int_equal(settle(rig, 21 * HOUR_NS), DAY_CLOSED);
	assert_int_equal(settle(rig, 28 * HOUR_NS), DAY_OPEN);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.uid, DAY_BY_CALENDAR);
	assert_int_equal(row.count, 2);
}

static void a_day_that_a_person_began_lasts_until_the_calendars_next_end(void **state)
{
	struct rig *rig = *state;
	struct day_row row;
	assert_int_equal(settle(rig, 20 * HOUR_NS), DAY_CLOSED);
	assert_int_equal(ask(rig, DAY_BEGINS, &row), 0);
	assert_int_equal(settle(rig, 21 * HOUR_NS), DAY_OPEN);
	assert_int_equal(ask(rig, 0, &row), 0);
	assert_int_equal(row.next_wall_ns, MIDNIGHT_NS + 44 * HOUR_NS);
	assert_int_equal(settle(rig, 28 * HOUR_NS), DAY_OPEN);
	assert_int_equal(settle(rig, 44 * HOUR_NS), DAY_CLOSED);
}

static void what_a_person_asks_out_of_turn_is_refused_and_changes_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	struct day_row row;
	assert_int_equal(ask(rig, DAY_BEGINS, &row), EALREADY);
	assert_int_equal(ask(rig, DAY_CLOSES, &row), EINVAL);
	assert_int_equal(ask(rig, 7, &row), EINVAL);
	/* What cannot be written down does not happen: not by a person, nor by the calendar. */
	const struct release_record asked = {.uid = 1, .reason = "a test"};
	rig->gate->is_journal_full = true;
	assert_int_equal(roll_ask(rig->gate, &asked, DAY_ENDS, now_wall_ns), EBUSY);
	roll_tick(rig->gate, now_wall_ns + 24 * HOUR_NS);
	rig->gate->is_journal_full = false;
	assert_int_equal(rig->gate->fold->day.phase, DAY_OPEN);
	assert_int_equal(ask(rig, DAY_ENDS, &row), 0);
	assert_int_equal(row.phase, DAY_ENDING);
	assert_int_equal(ask(rig, DAY_ENDS, &row), EALREADY);
	assert_int_equal(ask(rig, DAY_BEGINS, &row), EBUSY);
	assert_int_equal(row.phase, DAY_ENDING);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_int_equal(settle(rig, 11 * HOUR_NS), DAY_CLOSED);
	assert_int_equal(ask(rig, DAY_ENDS, &row), EALREADY);
	assert_int_equal(row.next_wall_ns, 0); /* nobody but a person begins the next */
	assert_int_equal(ask(rig, DAY_BEGINS, &row), 0);
	assert_int_equal(row.phase, DAY_OPEN);
	assert_int_equal(row.count, 2);
}

static bool may_enter(const struct rig *rig)
{
	return client_may_enter(rig->gate, &rig->site.sessions[0]);
}

/* A login that is refused, and what the log is told of it. */
static enum session_why refused_login(struct rig *rig)
{
	struct rig_peer *peer = &rig->clients[0];
	const struct gate_page *page = &rig->region->gate;
	struct soup_login login = {.sequence = 1};
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	memcpy(login.username, rig->site.sessions[0].username, sizeof login.username);
	memcpy(login.password, rig->site.sessions[0].password, sizeof login.password);
	peer->connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
	rig_poll(rig, 1000);
	assert_true(stream_send(rig->peer_stream, peer->connection, packet,
		soup_build_login_request(packet, &login)));
	rig_poll(rig, 1000);
	uint64_t count = atomic_load(&page->session_event_count);
	const struct session_event *event =
		&page->session_events[(count - 1) % SESSION_EVENT_COUNT];
	assert_int_equal(event->happening, SESSION_WAS_REFUSED);
	assert_int_equal(event->session, rig->site.sessions[0].id);
	return (enum session_why)event->why;
}

static void clients_stay_until_the_day_is_closed_and_nobody_enters_before_the_next(void **state)
{
	struct rig *rig = *state;
	uint32_t session = rig->site.sessions[0].id;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	struct day_row row;
	assert_int_equal(ask(rig, DAY_ENDS, &row), 0);
	assert_int_equal(settle(rig, 12 * HOUR_NS), DAY_ENDING);
	assert_non_null(rig->gate->by_session[session]);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_int_equal(settle(rig, 12 * HOUR_NS), DAY_CLOSED);
	assert_null(rig->gate->by_session[session]);
	assert_false(may_enter(rig));
	assert_int_equal(refused_login(rig), SESSION_WHY_DAY);
	assert_int_equal(ask(rig, DAY_BEGINS, &row), 0);
	assert_true(may_enter(rig));
	rig_client_up(rig, 0);
	assert_int_equal(refused_login(rig), SESSION_WHY_SESSION); /* somebody is in */
}

static void two_days_of_one_date_have_two_names(void **state)
{
	struct rig *rig = *state;
	char before[10];
	struct day_row row;
	memcpy(before, rig->gate->soup_session, sizeof before);
	assert_memory_equal(before, "SL20190130", 10);
	ask(rig, DAY_ENDS, &row);
	settle(rig, 12 * HOUR_NS);
	assert_memory_equal(rig->gate->soup_session, "SL20190130", 10);
	assert_int_equal(ask(rig, DAY_BEGINS, &row), 0);
	assert_memory_equal(rig->gate->soup_session, "SM20190130", 10);
	assert_memory_equal(row.soup_session, "SM20190130", 10);
	rig_restart(rig, true);
	assert_memory_equal(rig->gate->soup_session, "SM20190130", 10);
}

/* --- killed between two records --- */

static enum order_protocol spoken;

static void spoken_site(struct site_config *site)
{
	calendar_site(site);
	site->venues[0].protocol = site->sessions[0].protocol = (uint8_t)spoken;
	site->text_id_count = 1024;
}

/* As pass, with a venue that says so too. */
static void pass_with_venue(struct rig *rig, uint64_t since_midnight_ns, unsigned seconds)
{
	settle(rig, since_midnight_ns);
	for (unsigned i = 0; i < seconds; i += 3) {
		if (rig->clients[0].is_up)
			rig_put(rig, &rig->clients[0], SOUP_CLIENT_HEARTBEAT, NULL, 0);
		if (rig->venue.is_up)
			rig_put(rig, &rig->venue, SOUP_SERVER_HEARTBEAT, NULL, 0);
		rig_poll(rig, UINT64_C(3000000000));
	}
}

/* Whoever is connected is told that the session is over; whoever comes later finds the next. */
static void venue_day(struct rig *rig)
{
	if (rig->venue.is_up) {
		rig_venue_day(rig, "DAY2");
		return;
	}
	rig->venue.sequence = 0;
	rig->venue_session = "DAY2";
	rig->next_reference = 1;
}

static void next_day_trades(struct rig *rig)
{
	struct ouch_in order = rig_order(1);
	assert_int_equal(rig->gate->fold->clients[1].last_sequence, 0);
	rig->clients[0].sequence = rig->clients[0].count = rig->venue.count = 0;
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(rig->gate->fold->clients[1].last_sequence, 1);
	assert_int_equal(rig->gate->fold->venues[0].last_sequence, rig->venue.sequence);
}

/* Order 1 is executed, order 2 lives and dies with the venue's session; the gate is killed behind record `last`, 0:
   never.  Returns how many records there were when the roll had ended. */
static uint64_t roll_with_a_kill(uint64_t last, uint64_t *began)
{
	const struct rig_hooks hooks = {
		.site = spoken_site, .wall_ns = read_wall_ns, .turn = mortal_turn};
	const uint64_t times[] = {20 * HOUR_NS, 20 * HOUR_NS + 1, 28 * HOUR_NS};
	struct ouch_in order = rig_order(1);
	die_at = 0;
	now_wall_ns = MIDNIGHT_NS + 10 * HOUR_NS;
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &sent, 100, 1630000);
	rig->clients[0].count = 0;
	order = rig_order(2);
	order.price_e4 -= 100;
	rig_pass_and_accept(rig, 0, &order);
	*began = rig->gate->writer.sequence;
	die_at = last;
	for (unsigned i = 0; i < ARRAY_COUNT(times); i++) {
		if (i == 1)
			venue_day(rig);
		pass_with_venue(rig, times[i], i == 1 ? 42 : 6);
		if (die_at == 0 || rig->gate->writer.sequence < die_at)
			continue;
		cut(rig, die_at);
		die_at = 0;
		rig_restart(rig, false);
		pass_with_venue(rig, times[i], i == 1 ? 42 : 6);
	}
	die_at = 0;
	pass_with_venue(rig, 28 * HOUR_NS, 12);
	uint64_t ended = rig->gate->writer.sequence;
	rolled_once(rig);
	next_day_trades(rig);
	rig_close(rig);
	return ended;
}

static void a_roll_happens_once_whichever_record_is_the_last(void **state)
{
	static const enum order_protocol protocols[] = {ORDERS_OUCH50, ORDERS_OUCH42};
	const char *word = getenv("SLUICE_ROLL_STEP");
	uint64_t step = word != NULL ? strtoull(word, NULL, 10) : 8, kills = 0;
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(protocols); i++) {
		uint64_t began, same;
		spoken = protocols[i];
		uint64_t ended = roll_with_a_kill(0, &began);
		for (uint64_t last = began + 1 + i; last <= ended; last += step, kills++) {
			roll_with_a_kill(last, &same);
			assert_int_equal(same, began);
		}
	}
	print_message("%llu kills\n", (unsigned long long)kills);
	assert_true(kills * step > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_whole_day_rolls_by_time_alone, open_calendar, rig_teardown),
		cmocka_unit_test_setup_teardown(a_gate_that_was_down_over_both_edges_takes_both,
			open_calendar, rig_teardown),
		cmocka_unit_test_setup_teardown(
			a_clock_that_is_stepped_back_a_day_is_told_the_next_edge_to_come,
			open_calendar, rig_teardown),
		cmocka_unit_test_setup_teardown(a_clock_that_is_stepped_back_rolls_nothing_twice,
			open_calendar, rig_teardown),
		cmocka_unit_test_setup_teardown(
			an_order_that_stays_open_keeps_the_day_for_a_bounded_time, open_calendar,
			rig_teardown),
		cmocka_unit_test_setup_teardown(
			a_half_day_ends_early_and_says_so, open_calendar, rig_teardown),
		cmocka_unit_test_setup_teardown(
			a_fresh_journal_outside_of_the_calendar_starts_ended, open_calendar,
			rig_teardown),
		cmocka_unit_test_setup_teardown(
			what_a_person_ended_within_the_hours_does_not_begin_again_by_itself,
			open_calendar, rig_teardown),
		cmocka_unit_test_setup_teardown(
			a_day_that_a_person_began_lasts_until_the_calendars_next_end, open_calendar,
			rig_teardown),
		cmocka_unit_test_setup_teardown(
			what_a_person_asks_out_of_turn_is_refused_and_changes_nothing, open_hand,
			rig_teardown),
		cmocka_unit_test_setup_teardown(
			clients_stay_until_the_day_is_closed_and_nobody_enters_before_the_next,
			open_hand, rig_teardown),
		cmocka_unit_test_setup_teardown(
			two_days_of_one_date_have_two_names, open_hand, rig_teardown),
		cmocka_unit_test(a_roll_happens_once_whichever_record_is_the_last),
	};
	return !!cmocka_run_group_tests_name("gate.roll", tests, NULL, NULL);
}
