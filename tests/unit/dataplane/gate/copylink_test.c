/* Our session at a venue's drop copy: in, out, refused, silent.  Each test ends by replaying itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/copy_rig.h"

static const uint64_t second_ns = 1000000000ull;

static int open_copy(void **state)
{
	*state = copy_rig_open(DROP_ALERTS);
	return 0;
}

static int close_copy(void **state)
{
	copy_rig_close(*state);
	return 0;
}

static bool is_up(const struct copy_rig *copy)
{
	return copy->rig->gate->fold->copies[0].is_up != 0;
}

static void put(struct copy_rig *copy, enum soup_type type, const uint8_t *bytes, uint32_t size)
{
	uint8_t packet[512];
	assert_true(stream_send(copy->rig->peer_stream, copy->connection, packet,
		soup_build(packet, type, bytes, size)));
	rig_poll(copy->rig, 1000);
}

static void it_comes_back_by_itself_where_it_was(void **state)
{
	struct copy_rig *copy = *state;
	struct ouch_out event = {.type = 'S', .code = 'S'};
	assert_int_equal(copy->asked, 1);
	copy_rig_say(copy, &event);
	copy_rig_say(copy, &event);
	copy_rig_cut(copy);
	assert_false(is_up(copy));
	copy_rig_say(copy, &event);
	copy_rig_up(copy);
	assert_int_equal(copy->asked, 3);
	rig_poll(copy->rig, second_ns);
	assert_int_equal(copy->rig->gate->fold->copies[0].last_sequence, 3);
	/* The order session has noticed nothing. */
	assert_true(copy->rig->gate->fold->venues[0].is_ready);
}

static void what_a_venue_may_not_send_ends_the_session(void **state)
{
	struct copy_rig *copy = *state;
	static const enum soup_type types[] = {SOUP_END_OF_SESSION, SOUP_UNSEQUENCED};
	for (uint32_t i = 0; i < ARRAY_COUNT(types); i++) {
		copy->is_away = true;
		put(copy, types[i], NULL, 0);
		assert_false(is_up(copy));
		copy_rig_up(copy);
	}
	put(copy, SOUP_SERVER_HEARTBEAT, NULL, 0);
	put(copy, SOUP_DEBUG, (const uint8_t *)"x", 1);
	assert_true(is_up(copy));
}

static void another_number_than_asked_for_is_not_believed(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES];
	soup_build_login_accepted(reply, "COPY1", 1);
	copy->is_away = true;
	assert_true(stream_send(rig->peer_stream, copy->connection, reply, sizeof reply));
	rig_poll(rig, 1000); /* a second login of one session */
	assert_false(is_up(copy));
}

static void a_message_that_cannot_be_read_is_counted_and_passed_over(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	put(copy, SOUP_SEQUENCED, (const uint8_t *)"?nonsense", 9);
	copy->words[copy->count++] = (struct ouch_out){.type = 'S', .code = 'S'};
	assert_true(is_up(copy));
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_bad), 1);
	assert_int_equal(rig->gate->fold->copies[0].last_sequence, 1);
}

/* As often as the site allows, then once a minute. */
static void a_copy_that_refuses_the_login_is_asked_ever_less_and_told_of(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	const struct session_refusals *refusals = &rig->region->gate.copy_refusals[0];
	uint8_t reply[SOUP_LOGIN_REJECTED_BYTES];
	uint32_t tries = 0;
	copy_rig_cut(copy);
	for (uint32_t i = 0; i < 100; i++) {
		gate_poll(rig->gate, rig->now_ns += second_ns);
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t at = 0; at < count; at++) {
			if (events[at].kind != STREAM_OPENED ||
				events[at].listener != copy->listener)
				continue;
			tries++;
			stream_send(rig->peer_stream, events[at].connection, reply,
				soup_build_login_rejected(reply, 'A'));
		}
	}
	assert_in_range(tries, 4, 5);
	assert_int_equal(atomic_load(&refusals->count), tries);
	assert_int_equal(refusals->last.why, SESSION_WHY_CREDENTIALS);
}

/* A venue that restarts hangs up, and has no door for a while: three logins in a row, then one a minute. */
static void hang_ups_are_in_a_row_although_connections_are_refused_between(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	uint16_t *port = &rig->site.venues[0].drop.tcp_port;
	const struct gate_connection *connection = &rig->gate->copylinks[0].connection;
	bool has_knocked = false;
	uint32_t logins = 0;
	copy_rig_cut(copy);
	for (uint32_t i = 0; i < 300; i++) {
		gate_poll(rig->gate, rig->now_ns += second_ns);
		if (*port == 1 && has_knocked && connection->number == CONNECTION_NONE)
			*port = COPY_RIG_PORT;
		has_knocked = *port == 1 && connection->number != CONNECTION_NONE;
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8);
		for (uint32_t at = 0; at < count; at++) {
			if (events[at].kind == STREAM_OPENED &&
				events[at].listener == copy->listener)
				copy->connection = events[at].connection;
			if (events[at].kind != STREAM_BYTES ||
				events[at].connection != copy->connection)
				continue;
			logins++;
			stream_shut(rig->peer_stream, copy->connection, true);
			copy->connection = CONNECTION_NONE;
			*port = 1;
		}
	}
	assert_in_range(logins, 6, 8);
	assert_in_range(rig->gate->copylinks[0].hang_ups, 6, 8);
	*port = COPY_RIG_PORT;
}

/* The copy's venue says these in place of an answer to a login; each ends the connection, and nothing was believed. */
static void what_is_no_answer_to_a_login_is_none(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	uint8_t accepted_zero[SOUP_LOGIN_ACCEPTED_BYTES];
	soup_build_login_accepted(accepted_zero, "COPY1", 0);
	const struct {
		enum soup_type type;
		const uint8_t *bytes;
		uint32_t size;
	} rows[] = {{SOUP_SEQUENCED, (const uint8_t *)"S", 1},
		{SOUP_LOGIN_ACCEPTED, (const uint8_t *)"COPY1", 5},
		{SOUP_LOGIN_ACCEPTED, accepted_zero + SOUP_HEADER_BYTES,
			SOUP_LOGIN_ACCEPTED_BYTES - SOUP_HEADER_BYTES},
		{SOUP_LOGIN_REJECTED, (const uint8_t *)"A", 1},
		{SOUP_LOGIN_REJECTED, (const uint8_t *)"SS", 2}};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct gate_connection *connection = &rig->gate->copylinks[0].connection;
		copy_rig_cut(copy);
		uint8_t packet[64];
		uint32_t size = soup_build(packet, rows[i].type, rows[i].bytes, rows[i].size);
		/* The gate connects, and hears this before anybody reads its login. */
		for (uint32_t turn = 0; turn < 40 && connection->number == CONNECTION_NONE; turn++)
			gate_poll(rig->gate, rig->now_ns += second_ns);
		struct stream_event events[8];
		uint32_t count = stream_poll(rig->peer_stream, events, 8), opened = 0;
		for (uint32_t at = 0; at < count; at++)
			if (events[at].kind == STREAM_OPENED &&
				events[at].listener == copy->listener)
				opened = events[at].connection;
		assert_int_not_equal(opened, 0);
		assert_true(stream_send(rig->peer_stream, opened, packet, size));
		for (uint32_t turn = 0; turn < 4; turn++) {
			gate_poll(rig->gate, rig->now_ns += 1000);
			stream_poll(rig->peer_stream, events, 8);
		}
		assert_false(is_up(copy));
		assert_int_equal(connection->number, CONNECTION_NONE);
		copy_rig_up(copy);
	}
	assert_int_equal(rig->gate->fold->copies[0].last_sequence, copy->count);
}

static void a_gate_that_stops_leaves_the_copy(void **state)
{
	struct stream_event event;
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	assert_true(is_up(copy));
	copy->is_away = true;
	gate_stop(rig->gate, rig->now_ns);
	assert_false(is_up(copy));
	assert_false(rig->gate->fold->venues[0].is_connected);
	gate_stop(rig->gate, rig->now_ns); /* there is nobody left to leave */
	stream_poll(rig->gate_stream, &event, 1);
	rig_poll_peers(rig);
	assert_int_equal(copy->logouts, 1);
}

static void it_is_told_to_control(void **state)
{
	struct copy_rig *copy = *state;
	struct rig *rig = copy->rig;
	rig_poll(rig, second_ns);
	assert_int_equal(atomic_load(&rig->region->gate.venue_copy_up_mask), 1);
	struct ouch_out fill = {.type = 'E', .code = 'A', .ref = 9, .qty = 1, .match = 5};
	copy_rig_say(copy, &fill);
	for (uint32_t i = 0; i < 7; i++)
		rig_poll(rig, second_ns);
	assert_int_equal(atomic_load(&rig->region->gate.venue_breaks[0]), 1);
	copy_rig_cut(copy);
	rig_poll(rig, second_ns);
	assert_int_equal(atomic_load(&rig->region->gate.venue_copy_up_mask), 0);
}

int main(void)
{
#define COPY(test) cmocka_unit_test_setup_teardown(test, open_copy, close_copy)
	const struct CMUnitTest tests[] = {
		COPY(it_comes_back_by_itself_where_it_was),
		COPY(what_a_venue_may_not_send_ends_the_session),
		COPY(another_number_than_asked_for_is_not_believed),
		COPY(a_message_that_cannot_be_read_is_counted_and_passed_over),
		COPY(a_copy_that_refuses_the_login_is_asked_ever_less_and_told_of),
		COPY(hang_ups_are_in_a_row_although_connections_are_refused_between),
		COPY(what_is_no_answer_to_a_login_is_none),
		COPY(a_gate_that_stops_leaves_the_copy),
		COPY(it_is_told_to_control),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
