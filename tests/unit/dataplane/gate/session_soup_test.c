/* SoupBinTCP as peers differ in it: padding, numbers asked for, what comes before a login, what ends one.  Each
   test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/support/rig.h"

static const uint64_t second_ns = 1000000000ull;

/* A peer that says exactly what the test wants and keeps every byte that came. */
static struct {
	uint32_t connection, size;
	bool is_closed;
	uint8_t bytes[1 << 14];
} raw;

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	raw.size = 0;
	raw.is_closed = false;
	*state = rig;
	return 0;
}

/* The gate and the raw peer by turns; the rig's own peers hear nothing meanwhile. */
static void run(struct rig *rig, uint64_t ns)
{
	struct stream_event events[32];
	rig->now_ns += ns;
	for (uint32_t i = 0; i < 8; i++) {
		gate_poll(rig->gate, rig->now_ns);
		uint32_t count = stream_poll(rig->peer_stream, events, 32);
		for (uint32_t e = 0; e < count; e++) {
			if (events[e].connection != raw.connection)
				continue;
			raw.is_closed |= events[e].kind == STREAM_CLOSED;
			if (events[e].kind != STREAM_BYTES)
				continue;
			assert_true(raw.size + events[e].size_bytes <= sizeof raw.bytes);
			memcpy(raw.bytes + raw.size, events[e].bytes, events[e].size_bytes);
			raw.size += events[e].size_bytes;
		}
	}
}

static void connect_raw(struct rig *rig)
{
	raw.connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
	raw.size = 0;
	raw.is_closed = false;
	run(rig, 1000);
}

static void put(struct rig *rig, const void *bytes, uint32_t size)
{
	assert_true(stream_send(rig->peer_stream, raw.connection, bytes, size));
	run(rig, 1000);
}

/* A login with every field as the test pads it. */
static void login(struct rig *rig, const char *user, const char *password, const char *session,
	const char *sequence)
{
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES] = {0, 47, 'L'};
	assert_int_equal(strlen(user), 6);
	assert_int_equal(strlen(password), 10);
	assert_int_equal(strlen(session), 10);
	assert_int_equal(strlen(sequence), 20);
	memcpy(packet + 3, user, 6);
	memcpy(packet + 9, password, 10);
	memcpy(packet + 19, session, 10);
	memcpy(packet + 29, sequence, 20);
	put(rig, packet, sizeof packet);
}

/* The first packet that came. */
static struct soup_packet first(void)
{
	struct soup_packet packet;
	assert_int_equal(soup_parse(raw.bytes, raw.size, &packet), SOUP_OK);
	return packet;
}

static uint64_t accepted(void)
{
	struct soup_packet packet = first();
	char session[11];
	uint64_t sequence = 0;
	assert_true(soup_parse_login_accepted(&packet, session, &sequence));
	return sequence;
}

static void refused(char reason)
{
	struct soup_packet packet = first();
	assert_int_equal(packet.type, SOUP_LOGIN_REJECTED);
	assert_int_equal(packet.payload[0], reason);
	assert_int_equal(packet.wire_bytes, raw.size); /* nothing more */
	assert_true(raw.is_closed);
}

/* The rig's first client goes, three answers wait for it. */
static void three_wait(struct rig *rig)
{
	for (uint32_t ref = 1; ref <= 3; ref++) {
		struct ouch_in order = rig_order(ref);
		order.iso = 'Y';
		rig_send(rig, 0, &order);
	}
	stream_shut(rig->peer_stream, rig->clients[0].connection, true);
	rig->clients[0].connection = CONNECTION_NONE;
	rig_poll(rig, 1000);
}

static void fields_padded_on_either_side_log_in(void **state)
{
	struct rig *rig = *state;
	static const char *const forms[][4] = {
		{"USER1 ", "PASS1     ", "          ", "                   1"},
		{"USER1 ", "PASS1     ", "          ", "1                   "},
		{" USER1", "     PASS1", "          ", "00000000000000000001"},
	};
	three_wait(rig);
	for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
		connect_raw(rig);
		login(rig, forms[i][0], forms[i][1], forms[i][2], forms[i][3]);
		assert_int_equal(accepted(), 1);
		stream_shut(rig->peer_stream, raw.connection, true);
		run(rig, 1000);
	}
	/* The session by its name, left and right. */
	char session[11] = {0}, padded[2][11];
	memcpy(session, rig->gate->soup_session, 10);
	size_t size = strlen(session);
	while (size > 0 && session[size - 1] == ' ')
		session[--size] = 0;
	snprintf(padded[0], 11, "%-10s", session);
	snprintf(padded[1], 11, "%10s", session);
	for (size_t i = 0; i < 2; i++) {
		connect_raw(rig);
		login(rig, "USER1 ", "PASS1     ", padded[i], "2                   ");
		assert_int_equal(accepted(), 2);
		stream_shut(rig->peer_stream, raw.connection, true);
		run(rig, 1000);
	}
}

static void the_number_asked_for_is_where_it_goes_on(void **state)
{
	struct rig *rig = *state;
	static const struct {
		const char *asked;
		uint64_t begins;
	} rows[] = {{"                   0", 4}, {"                   1", 1},
		{"                   3", 3}, {"                   4", 4},
		{"                 999", 4}, {"18446744073709551615", 4}};
	three_wait(rig);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		connect_raw(rig);
		login(rig, "USER1 ", "PASS1     ", "          ", rows[i].asked);
		assert_int_equal(accepted(), rows[i].begins);
		/* What was missed follows, each once. */
		uint32_t at = first().wire_bytes;
		uint64_t messages = 0;
		struct soup_packet packet;
		while (soup_parse(raw.bytes + at, raw.size - at, &packet) == SOUP_OK) {
			assert_int_equal(packet.type, SOUP_SEQUENCED);
			messages++;
			at += packet.wire_bytes;
		}
		assert_int_equal(messages, 4 - rows[i].begins);
		stream_shut(rig->peer_stream, raw.connection, true);
		run(rig, 1000);
	}
}

static void who_is_refused_is_told_why_and_nothing_else(void **state)
{
	struct rig *rig = *state;
	three_wait(rig);
	connect_raw(rig);
	login(rig, "USER1 ", "WRONG     ", "          ", "                   1");
	refused('A');
	connect_raw(rig);
	login(rig, "NOBODY", "PASS1     ", "          ", "                   1");
	refused('A');
	connect_raw(rig);
	login(rig, "USER1 ", "PASS1     ", "ANOTHERDAY", "                   1");
	refused('S');
	connect_raw(rig); /* logged in already */
	login(rig, "USER2 ", "PASS2     ", "          ", "                   1");
	refused('S');
	connect_raw(rig); /* no number */
	login(rig, "USER1 ", "PASS1     ", "          ", "                   x");
	refused('A');
}

/* SoupBinTCP 3.0, Login Request. */
static void names_and_passwords_have_no_case(void **state)
{
	static const char *const wrong[][2] = {
		{"user1 ", "pass2     "}, {"user2 ", "pass1     "}, {"userQ ", "pass1     "}};
	struct rig *rig = *state;
	three_wait(rig);
	for (uint32_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		connect_raw(rig);
		login(rig, wrong[i][0], wrong[i][1], "          ", "                   1");
		refused('A');
	}
	connect_raw(rig);
	login(rig, "uSeR1 ", "pAsS1     ", "          ", "                   1");
	assert_int_equal(accepted(), 1);
}

/* A number is digits between spaces; none at all would leave open what is wanted. */
static void a_blank_number_is_refused_and_a_blank_session_is_the_current_one(void **state)
{
	struct rig *rig = *state;
	three_wait(rig);
	connect_raw(rig);
	login(rig, "USER1 ", "PASS1     ", "          ", "                    ");
	refused('A');
	connect_raw(rig);
	login(rig, "USER1 ", "PASS1     ", "          ", "0                   ");
	assert_int_equal(accepted(), 4);
}

static void debug_may_come_before_a_login_and_orders_may_not(void **state)
{
	struct rig *rig = *state;
	static const uint8_t debug[] = {0, 3, '+', 'h', 'i'}, order[] = {0, 2, 'U', 'O'};
	three_wait(rig);
	connect_raw(rig);
	put(rig, debug, sizeof debug);
	assert_false(raw.is_closed);
	login(rig, "USER1 ", "PASS1     ", "          ", "                   0");
	assert_int_equal(accepted(), 4);
	put(rig, debug, sizeof debug);
	assert_false(raw.is_closed);
	stream_shut(rig->peer_stream, raw.connection, true);
	run(rig, 1000);
	connect_raw(rig);
	put(rig, order, sizeof order);
	assert_true(raw.is_closed);
}

static void what_ends_a_session(void **state)
{
	struct rig *rig = *state;
	static const uint8_t logout[] = {0, 1, 'O'}, nothing[] = {0, 0}, unknown[] = {0, 1, '?'},
			     servers[] = {0, 1, 'S'}, again[] = {0, 1, 'L'};
	const struct {
		const uint8_t *bytes;
		uint32_t size;
	} ends[] = {{logout, 3}, {nothing, 2}, {unknown, 3}, {servers, 3}, {again, 3}};
	three_wait(rig);
	for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
		connect_raw(rig);
		login(rig, "USER1 ", "PASS1     ", "          ", "                   0");
		accepted();
		uint32_t size = raw.size;
		put(rig, ends[i].bytes, ends[i].size);
		assert_true(raw.is_closed);
		assert_int_equal(raw.size, size); /* without an answer */
		assert_int_equal(rig->gate->fold->clients[1].is_up, 0);
	}
}

/* 1 s and 15 s, as the rig's site has them. */
static void heartbeats_go_out_and_silence_ends_a_session(void **state)
{
	struct rig *rig = *state;
	static const uint8_t beat[] = {0, 1, 'R'};
	three_wait(rig);
	connect_raw(rig);
	login(rig, "USER1 ", "PASS1     ", "          ", "                   0");
	uint32_t size = raw.size;
	run(rig, second_ns - 1000000);
	assert_int_equal(raw.size, size);
	run(rig, 2000000);
	assert_int_equal(raw.size, size + 3);
	assert_int_equal(raw.bytes[size + 2], SOUP_SERVER_HEARTBEAT);
	for (uint32_t i = 0; i < 20; i++) {
		run(rig, second_ns);
		put(rig, beat, sizeof beat);
	}
	assert_false(raw.is_closed);
	run(rig, 14 * second_ns);
	assert_false(raw.is_closed);
	run(rig, second_ns + 2000000);
	assert_true(raw.is_closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define SOUP_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, rig_teardown)
		SOUP_TEST(fields_padded_on_either_side_log_in),
		SOUP_TEST(the_number_asked_for_is_where_it_goes_on),
		SOUP_TEST(names_and_passwords_have_no_case),
		SOUP_TEST(a_blank_number_is_refused_and_a_blank_session_is_the_current_one),
		SOUP_TEST(who_is_refused_is_told_why_and_nothing_else),
		SOUP_TEST(debug_may_come_before_a_login_and_orders_may_not),
		SOUP_TEST(what_ends_a_session),
		SOUP_TEST(heartbeats_go_out_and_silence_ends_a_session),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.session_soup", tests, NULL, NULL);
}
