/* The venue's session: its days, its silence, its late answers.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

static const uint64_t second_ns = 1000000000ull;
static uint32_t queries, unheard; /* asked so far; answers kept back until the next login */

static void keep_back(struct rig *rig)
{
	if (queries++ < unheard)
		rig->venue.is_up = false;
}

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	queries = unheard = 0;
	*state = rig;
	return 0;
}

static int64_t working(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty;
}

static void a_new_day_of_the_venue_is_joined_from_its_beginning(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), next = rig_order(2);
	rig_pass_and_accept(rig, 0, &order);
	rig_venue_day(rig, "DAY2");
	rig_venue_up(rig);
	assert_memory_equal(rig->gate->fold->venues[0].soup_session, "DAY2      ", 10);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	if (!rig->clients[0].is_up)
		rig_client_up(rig, 0);
	struct ouch_in at_venue = rig_pass(rig, 0, &next);
	rig_accept(rig, &at_venue);
	rig_execute(rig, &at_venue, 100, 1630000);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 100);
}

static void what_a_session_left_unanswered_is_exposure_in_the_next(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_pass(rig, 0, &order); /* it may have traded; that session will never say */
	rig_venue_day(rig, "DAY2");
	rig_venue_up(rig); /* the next usable number is 1: of the new session */
	assert_int_equal(working(rig), 100);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

static void an_answer_of_an_earlier_connection_concludes_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig->before_query = keep_back;
	rig_venue_cut(rig);
	unheard = 2;
	for (uint32_t i = 0; i < 8 && queries == 0; i++)
		rig_poll(rig, 3 * second_ns);
	assert_int_equal(queries, 1); /* asked and answered, and the answer not heard */
	assert_false(rig->gate->fold->venues[0].is_ready);
	rig->venue.is_up = true;
	rig_venue_cut(rig);
	for (uint32_t i = 0; i < 8 && queries == 1; i++)
		rig_poll(rig, 3 * second_ns);
	/* Now the first answer came with the replay, and the second was kept back. */
	assert_false(rig->gate->fold->venues[0].is_ready);
	rig->venue.is_up = true;
	rig_venue_cut(rig);
	rig_venue_up(rig);
	rig->before_query = NULL;
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	if (!rig->clients[0].is_up)
		rig_client_up(rig, 0);
	rig_pass(rig, 0, &order);
	rig_venue_cut(rig);
	rig_venue_up(rig);
	assert_int_equal(working(rig), 100);
}

static void a_venue_that_never_answers_the_query_is_asked_again(void **state)
{
	struct rig *rig = *state;
	rig_venue_cut(rig);
	rig->before_query = keep_back;
	unheard = 1;
	for (uint32_t i = 0; i < 30 && !rig->gate->fold->venues[0].is_ready; i++)
		rig_poll(rig, second_ns);
	assert_true(queries >= 2);
	assert_true(rig->gate->fold->venues[0].is_ready);
}

static void an_answer_with_a_lower_number_takes_no_number_back(void **state)
{
	struct rig *rig = *state;
	struct ouch_in one = rig_order(1), two = rig_order(2);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &one);
	rig->next_reference = 1;
	rig_venue_cut(rig);
	rig_venue_up(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 1); /* it was accepted */
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	if (!rig->clients[0].is_up)
		rig_client_up(rig, 0);
	two.price_e4 -= 100;
	assert_true(rig_pass(rig, 0, &two).ref > first.ref);
}

static void the_same_session_from_another_number_is_not_joined(void **state)
{
	struct rig *rig = *state;
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES];
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order);
	rig_venue_cut(rig);
	rig->venue.sequence = 0; /* it forgot, and starts to count again */
	for (uint32_t i = 0; i < 4; i++) {
		gate_poll(rig->gate, rig->now_ns += 3 * second_ns);
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t j = 0; j < count; j++) {
			if (events[j].kind == STREAM_OPENED)
				stream_send(rig->peer_stream, events[j].connection, reply,
					soup_build_login_accepted(reply, "DAY1", 1));
		}
		gate_poll(rig->gate, rig->now_ns += 1000);
		assert_false(rig->gate->fold->venues[0].is_connected);
	}
	/* Nobody takes it for a venue that is merely away. */
	const struct session_refusals *refusals = &rig->region->gate.venue_refusals[0];
	assert_true(atomic_load(&refusals->count) > 0);
	assert_int_equal(refusals->last.why, SESSION_WHY_OTHER_NUMBER);
	assert_int_equal(refusals->last.received, 1);
}

/* Answers a login with another session's name, from `begins` on; what was asked for. */
static struct soup_login answer_login(
	struct rig *rig, const char *session, uint64_t begins, uint32_t *connection)
{
	struct soup_login login = {.sequence = UINT64_MAX};
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES];
	for (uint32_t i = 0; i < 60 && login.sequence == UINT64_MAX; i++) {
		struct stream_event events[8];
		gate_poll(rig->gate, rig->now_ns += 100000000);
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t j = 0; j < count; j++) {
			struct soup_packet packet;
			if (events[j].kind != STREAM_BYTES ||
				soup_parse(events[j].bytes, events[j].size_bytes, &packet) !=
					SOUP_OK ||
				!soup_parse_login_request(&packet, &login))
				continue;
			*connection = events[j].connection;
			stream_send(rig->peer_stream, *connection, reply,
				soup_build_login_accepted(reply, session, begins));
		}
	}
	for (uint32_t i = 0; i < 3; i++) {
		struct stream_event events[8];
		gate_poll(rig->gate, rig->now_ns += 1000);
		stream_poll(rig->peer_stream, events, 8);
	}
	return login;
}

/* What came before its answer was told to nobody: executions among it would never be known (SoupBinTCP, section 2). */
static void another_session_is_joined_from_its_first_message_alone(void **state)
{
	struct rig *rig = *state;
	uint32_t connection = 0;
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order);
	rig_venue_cut(rig);
	assert_int_equal(answer_login(rig, "DAY2", 57, &connection).sequence,
		rig->gate->fold->venues[0].last_sequence + 1);
	assert_false(rig->gate->fold->venues[0].is_connected);
	assert_memory_equal(rig->gate->fold->venues[0].soup_session, "DAY1", 4);
	/* Not by the name that we knew, but from the beginning of whichever it is. */
	const struct session_refusals *refusals = &rig->region->gate.venue_refusals[0];
	struct soup_login login = answer_login(rig, "DAY2", 57, &connection);
	assert_string_equal(login.session, "");
	assert_int_equal(login.sequence, 1);
	assert_false(rig->gate->fold->venues[0].is_connected);
	answer_login(rig, "DAY2", 57, &connection);
	assert_int_equal(atomic_load(&refusals->count), 1);
	assert_int_equal(refusals->last.why, SESSION_WHY_OTHER_NUMBER);
	assert_int_equal(refusals->last.expected, 1);
	assert_int_equal(refusals->last.received, 57);
	login = answer_login(rig, "DAY2", 1, &connection);
	assert_int_equal(login.sequence, 1);
	assert_true(rig->gate->fold->venues[0].is_connected);
	assert_memory_equal(rig->gate->fold->venues[0].soup_session, "DAY2", 4);
	assert_int_equal(rig->gate->fold->venues[0].last_sequence, 0);
}

static uint64_t losses(const struct rig *rig)
{
	return metrics_get(&rig->region->metrics, METRIC_gate_venue_losses);
}

static void what_a_venue_may_not_send_ends_its_session(void **state)
{
	struct rig *rig = *state;
	static const uint8_t login[46], longer[MESSAGE_BYTES_MAX + 1];
	uint8_t accepted[SOUP_LOGIN_ACCEPTED_BYTES];
	soup_build_login_accepted(accepted, "DAY1", rig->venue.sequence + 1);
	const struct {
		enum soup_type type;
		const uint8_t *bytes;
		uint32_t size;
	} rows[] = {{SOUP_UNSEQUENCED, (const uint8_t *)"Q", 1},
		{SOUP_LOGIN_REQUEST, login, sizeof login}, {SOUP_CLIENT_HEARTBEAT, NULL, 0},
		{SOUP_LOGIN_REJECTED, (const uint8_t *)"AA", 2},
		{SOUP_SEQUENCED, longer, sizeof longer},
		{SOUP_LOGIN_ACCEPTED, accepted + SOUP_HEADER_BYTES,
			sizeof accepted - SOUP_HEADER_BYTES}};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint64_t before = losses(rig);
		rig_put(rig, &rig->venue, rows[i].type, rows[i].bytes, rows[i].size);
		rig_poll(rig, 1000);
		assert_int_equal(losses(rig), before + 1);
		rig_venue_up(rig);
	}
	/* And these it may. */
	uint64_t before = losses(rig);
	rig_put(rig, &rig->venue, SOUP_DEBUG, (const uint8_t *)"hello", 5);
	rig_put(rig, &rig->venue, SOUP_SERVER_HEARTBEAT, NULL, 0);
	rig_poll(rig, 1000);
	assert_int_equal(losses(rig), before);
}

/* The venue says no: often at first, then once a minute, so that nobody's account is locked. */
static void a_venue_that_refuses_the_login_is_asked_ever_less_and_told_of(void **state)
{
	struct rig *rig = *state;
	uint8_t reply[SOUP_LOGIN_REJECTED_BYTES];
	uint32_t tries = 0, later = 0;
	rig_venue_cut(rig);
	for (uint32_t i = 0; i < 100; i++) {
		gate_poll(rig->gate, rig->now_ns += second_ns);
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t j = 0; j < count; j++) {
			if (events[j].kind != STREAM_OPENED)
				continue;
			tries++;
			later += i > 30;
			stream_send(rig->peer_stream, events[j].connection, reply,
				soup_build_login_rejected(reply, 'A'));
		}
	}
	assert_in_range(tries, 4, 5);
	assert_in_range(later, 1, 2);
	assert_int_equal(atomic_load(&rig->region->gate.venue_refusals[0].count), tries);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_refusals), tries);
	rig->now_ns += 60 * second_ns;
	rig_venue_up(rig);
	assert_int_equal(atomic_load(&rig->region->gate.venue_refusals[0].count), 0);
}

/* Whoever hangs up has not said no, and may mean it: as often as it may refuse, and then once a minute. */
static void a_venue_that_hangs_up_on_the_login_is_asked_again_soon_and_then_ever_more_seldom(
	void **state)
{
	struct rig *rig = *state;
	const struct gate_page *page = &rig->region->gate;
	uint32_t tries = 0, late = 0;
	rig_venue_cut(rig);
	for (uint32_t i = 0; i < 300; i++) {
		gate_poll(rig->gate, rig->now_ns += second_ns);
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t j = 0; j < count; j++) {
			if (events[j].kind != STREAM_BYTES)
				continue;
			tries++;
			late += i >= 150;
			stream_shut(rig->peer_stream, events[j].connection, true);
		}
	}
	assert_in_range(tries, 7, 10);
	assert_in_range(late, 2, 3);
	assert_int_equal(atomic_load(&page->venue_refusals[0].count), 0);
	uint64_t events = atomic_load(&page->session_event_count);
	const struct session_event *last =
		&page->session_events[(events - 1) % SESSION_EVENT_COUNT];
	assert_int_equal(last->happening, SESSION_WAS_REFUSED);
	assert_int_equal(last->why, SESSION_WHY_HUNG_UP);
	rig->now_ns += 60 * second_ns;
	rig_venue_up(rig);
}

/* A venue that takes the login and ends the session at once: each time is a login there, and two records here. */
static void a_session_that_ends_as_soon_as_it_began_is_begun_ever_more_seldom(void **state)
{
	struct rig *rig = *state;
	const struct fold_venue *venue = &rig->gate->fold->venues[0];
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES];
	uint32_t tries = 0, open = CONNECTION_NONE;
	uint32_t size =
		soup_build_login_accepted(reply, rig->venue_session, venue->last_sequence + 1);
	rig_venue_cut(rig);
	for (uint32_t i = 0; i < 20 * 100; i++) {
		gate_poll(rig->gate, rig->now_ns += second_ns / 100);
		if (venue->is_connected) {
			tries++;
			stream_shut(rig->peer_stream, open, true);
		}
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t j = 0; j < count; j++) {
			if (events[j].kind != STREAM_OPENED)
				continue;
			open = events[j].connection;
			stream_send(rig->peer_stream, open, reply, size);
		}
	}
	assert_in_range(tries, 12, 20); /* 50 ms thrice, 100 ms, ... 2 s, 2 s */
	/* One that lasts is sought again at once when it is cut. */
	rig_venue_up(rig);
	rig_poll(rig, second_ns);
	assert_true(venue->is_connected);
	rig_venue_cut(rig);
	assert_in_range(rig->gate->venues[0].retry_ns - rig->now_ns, 1, 50000000);
	rig_venue_up(rig);
}

/* is_login tells bytes of our login from what the gate says to clients, who are at the same stream. */
static bool is_login(const struct stream_event *event)
{
	return event->kind == STREAM_BYTES && event->size_bytes > SOUP_HEADER_BYTES &&
	       event->bytes[2] == SOUP_LOGIN_REQUEST;
}

/* What a venue does between two logins on which it hangs up. */
enum between { REFUSES_CONNECTIONS, IS_SILENT };

/* Returns how many logins a venue that hangs up got in 300 s, and of those how many it hung up on in the last 150. */
static uint32_t logins_take(struct rig *rig, enum between between, uint32_t *late)
{
	uint16_t *port = &rig->site.venues[0].tcp_port;
	const uint16_t open_port = *port, closed_port = 1;
	const struct gate_connection *connection = &rig->gate->venues[0].connection;
	bool has_knocked = false, is_silent = false;
	uint32_t logins = 0;
	*late = 0;
	for (uint32_t i = 0; i < 300; i++) {
		gate_poll(rig->gate, rig->now_ns += second_ns);
		/* Refused once, it is let in again. */
		if (*port == closed_port && has_knocked && connection->number == CONNECTION_NONE)
			*port = open_port;
		has_knocked = *port == closed_port && connection->number != CONNECTION_NONE;
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t j = 0; j < count; j++) {
			if (!is_login(&events[j]))
				continue;
			logins++;
			is_silent = between == IS_SILENT && !is_silent;
			*late += i >= 150 && !is_silent;
			if (!is_silent)
				stream_shut(rig->peer_stream, events[j].connection, true);
			if (between == REFUSES_CONNECTIONS)
				*port = closed_port;
		}
	}
	*port = open_port;
	return logins;
}

/* Three in a row, then once a minute, whether the venue is there in between or not. */
static void hang_ups_are_in_a_row_although_connections_are_refused_between(void **state)
{
	struct rig *rig = *state;
	uint32_t late;
	rig_venue_cut(rig);
	assert_in_range(logins_take(rig, REFUSES_CONNECTIONS, &late), 6, 8);
	assert_in_range(late, 2, 3);
	rig->now_ns += 60 * second_ns;
	rig_venue_up(rig);
	assert_int_equal(rig->gate->venues[0].hang_ups, 0);
}

static void hang_ups_are_in_a_row_although_logins_stay_unanswered_between(void **state)
{
	struct rig *rig = *state;
	uint32_t late;
	rig_venue_cut(rig);
	assert_in_range(logins_take(rig, IS_SILENT, &late), 6, 9);
	assert_in_range(late, 1, 2);
}

static void a_refusal_in_words_ends_the_row_of_hang_ups(void **state)
{
	struct rig *rig = *state;
	const struct gate_venue *venue = &rig->gate->venues[0];
	uint8_t reply[SOUP_LOGIN_REJECTED_BYTES];
	uint32_t logins = 0;
	rig_venue_cut(rig);
	for (uint32_t i = 0; i < 60 && logins < 3; i++) {
		gate_poll(rig->gate, rig->now_ns += second_ns);
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t j = 0; j < count; j++) {
			if (!is_login(&events[j]))
				continue;
			if (++logins < 3)
				stream_shut(rig->peer_stream, events[j].connection, true);
			else
				stream_send(rig->peer_stream, events[j].connection, reply,
					soup_build_login_rejected(reply, 'A'));
		}
	}
	assert_int_equal(venue->hang_ups, 2);
	for (uint32_t i = 0; i < 3; i++) {
		struct stream_event events[8];
		stream_poll(rig->peer_stream, events, 8);
		gate_poll(rig->gate, rig->now_ns += 1000);
	}
	assert_int_equal(atomic_load(&rig->region->gate.venue_refusals[0].count), 1);
	assert_int_equal(venue->hang_ups, 0);
	assert_in_range(venue->retry_ns, rig->now_ns, rig->now_ns + 2 * second_ns);
}

static void a_gate_that_stops_logs_out(void **state)
{
	struct rig *rig = *state;
	struct stream_event events[8];
	uint32_t count;
	uint8_t last[SOUP_HEADER_BYTES] = {0};
	for (uint32_t turn = 0; gate_leave(rig->gate, rig->now_ns); turn++) {
		assert_true(turn < 5);
		count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t i = 0; i < count; i++)
			if (events[i].connection == rig->venue.connection &&
				events[i].kind == STREAM_BYTES)
				memcpy(last, events[i].bytes + events[i].size_bytes - sizeof last,
					sizeof last);
	}
	assert_false(gate_leave(rig->gate, rig->now_ns)); /* it stays away */
	assert_int_equal(last[1], 1);
	assert_int_equal(last[2], SOUP_LOGOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define VENUE_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, rig_teardown)
		VENUE_TEST(a_new_day_of_the_venue_is_joined_from_its_beginning),
		VENUE_TEST(what_a_session_left_unanswered_is_exposure_in_the_next),
		VENUE_TEST(an_answer_of_an_earlier_connection_concludes_nothing),
		VENUE_TEST(a_venue_that_never_answers_the_query_is_asked_again),
		VENUE_TEST(an_answer_with_a_lower_number_takes_no_number_back),
		VENUE_TEST(a_venue_that_refuses_the_login_is_asked_ever_less_and_told_of),
		VENUE_TEST(
			a_venue_that_hangs_up_on_the_login_is_asked_again_soon_and_then_ever_more_seldom),
		VENUE_TEST(a_session_that_ends_as_soon_as_it_began_is_begun_ever_more_seldom),
		VENUE_TEST(hang_ups_are_in_a_row_although_connections_are_refused_between),
		VENUE_TEST(hang_ups_are_in_a_row_although_logins_stay_unanswered_between),
		VENUE_TEST(a_refusal_in_words_ends_the_row_of_hang_ups),
		VENUE_TEST(what_a_venue_may_not_send_ends_its_session),
		VENUE_TEST(the_same_session_from_another_number_is_not_joined),
		VENUE_TEST(another_session_is_joined_from_its_first_message_alone),
		VENUE_TEST(a_gate_that_stops_logs_out),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.venue", tests, NULL, NULL);
}
