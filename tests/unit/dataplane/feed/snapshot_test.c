/* snapshot_test.c - a spin in pieces of any size, and every way in which it can go wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/feed/glimpse.h"
#include "drivers/stream/stream_sim.h"

#define TIMEOUT_NS UINT64_C(5000000000)

enum { PORT = 26401, MESSAGE_COUNT = 300 };

static const struct recovery_config config = {.snapshot_address = "10.0.0.3",
	.snapshot_port = PORT,
	.snapshot_username = "sluice",
	.snapshot_password = "secret",
	.snapshot_timeout_ns = TIMEOUT_NS};
static struct stream_sim_net *net;
static struct stream *server, *client;
static struct snapshot snapshot;
static const struct snapshot_wish wish = {.next = 1};
static uint32_t at_server, taken, begun, heartbeats, logins;
static uint64_t now_ns;
static bool is_in_order;
static uint32_t piece_bytes; /* what the server says comes in pieces up to this; 0: as it is */

/* Message n is of n % 50 + 1 bytes, all n. */
static void take(void *context, const struct mold64_block *blocks, uint32_t count, uint64_t at_ns)
{
	assert_ptr_equal(context, &snapshot);
	assert_int_equal(at_ns, now_ns);
	begun += count == 0;
	for (uint32_t i = 0; i < count; i++, taken++)
		is_in_order &= blocks[i].size_bytes == taken % 50 + 1 &&
			       blocks[i].bytes[0] == (uint8_t)(taken % 64) &&
			       blocks[i].bytes[blocks[i].size_bytes - 1] == (uint8_t)(taken % 64);
}

static int net_open(void **state)
{
	struct config_error error;
	(void)state;
	net = stream_sim_net_open(3, 4, 1 << 16);
	server = stream_sim_open(net);
	client = stream_sim_open(net);
	assert_int_not_equal(stream_listen(server, "10.0.0.3", PORT, &error), 0);
	snapshot_init(&snapshot, &config, &glimpse_talk, take, &snapshot);
	snapshot.stream = client;
	at_server = taken = begun = heartbeats = logins = 0;
	is_in_order = true;
	piece_bytes = 0;
	now_ns = 1000;
	return 0;
}

static int net_close(void **state)
{
	(void)state;
	snapshot_stop(&snapshot);
	stream_close(server);
	stream_close(client);
	stream_sim_net_close(net);
	return 0;
}

static void server_hear(const struct stream_event *event)
{
	struct soup_packet packet;
	struct soup_login login;
	for (uint32_t at = 0; at < event->size_bytes; at += packet.wire_bytes) {
		assert_int_equal(
			soup_parse(event->bytes + at, event->size_bytes - at, &packet), SOUP_OK);
		heartbeats += packet.type == SOUP_CLIENT_HEARTBEAT;
		if (packet.type != SOUP_LOGIN_REQUEST)
			continue;
		assert_true(soup_parse_login_request(&packet, &login));
		assert_string_equal(login.username, "sluice");
		assert_string_equal(login.password, "secret");
		assert_string_equal(login.session, "");
		assert_int_equal(login.sequence, 1);
		logins++;
	}
}

static void turn(void)
{
	struct stream_event event;
	for (uint32_t i = 0; i < 4000; i++) {
		while (stream_poll(server, &event, 1) == 1) {
			if (event.kind == STREAM_OPENED)
				at_server = event.connection;
			if (event.kind == STREAM_BYTES)
				server_hear(&event);
		}
		while (stream_poll(client, &event, 1) == 1)
			if (event.connection == snapshot.connection)
				snapshot_on_event(&snapshot, &event, now_ns);
	}
	snapshot_tick(&snapshot, now_ns);
}

static void say(enum soup_type type, const void *payload, uint32_t payload_bytes)
{
	uint8_t packet[4096];
	assert_true(stream_send(
		server, at_server, packet, soup_build(packet, type, payload, payload_bytes)));
}

static void accept_login(uint64_t first)
{
	uint8_t packet[64];
	snapshot_start(&snapshot, &wish, now_ns);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_LOGGING_IN);
	assert_int_equal(logins, 1);
	stream_sim_chunk(net, piece_bytes != 0, piece_bytes);
	assert_true(stream_send(
		server, at_server, packet, soup_build_login_accepted(packet, "GLIMPSE001", first)));
	turn();
}

static void say_messages(uint32_t count)
{
	uint8_t bytes[50];
	for (uint32_t n = 0; n < count; n++) {
		memset(bytes, (int)(n % 64), sizeof bytes);
		say(SOUP_SEQUENCED, bytes, n % 50 + 1);
		if (n % 16 == 0)
			say(SOUP_SERVER_HEARTBEAT, NULL, 0);
		if (n % 20 == 0)
			say(SOUP_DEBUG, "still here", 10);
	}
}

static void a_spin_is_handed_over_in_order_and_ends_with_its_number(void **state)
{
	static const uint32_t pieces[] = {0, 1, 7, 200};
	for (uint32_t i = 0; i < ARRAY_COUNT(pieces); i++) {
		if (i > 0)
			net_open(state);
		piece_bytes = pieces[i];
		accept_login(1);
		assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
		assert_int_equal(begun, 1);
		say_messages(MESSAGE_COUNT);
		say(SOUP_SEQUENCED, "G           123456789", 21);
		for (uint32_t t = 0; t < 40 && snapshot.phase == SNAPSHOT_SPINNING; t++)
			turn();
		assert_int_equal(snapshot.phase, SNAPSHOT_DONE);
		assert_int_equal(snapshot.sequence, 123456789);
		assert_int_equal(taken, MESSAGE_COUNT);
		assert_int_equal(snapshot.messages, MESSAGE_COUNT);
		assert_true(is_in_order);
		assert_int_equal(snapshot.connection, CONNECTION_NONE);
		if (i + 1 < ARRAY_COUNT(pieces))
			net_close(state);
	}
}

#define END(text) text, sizeof(text) - 1

static void the_number_stands_on_either_side_with_spaces_or_zeros(void **state)
{
	static const struct {
		const char *end;
		uint32_t size_bytes;
		uint64_t sequence; /* 0: refused */
	} rows[] = {
		{END("G00000000000000000042"), 42},
		{END("G42                  "), 42},
		{END("G   42               "), 42},
		{END("G42\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 42},
		{END("G \0                42"), 0},
		{END("G18446744073709551615"), UINT64_MAX},
		{END("G18446744073709551616"), 0},
		{END("G99999999999999999999"), 0},
		{END("G                   0"), 0},
		{END("G                    "), 0},
		{END("G          4 2       "), 0},
		{END("G                  -1"), 0},
		{END("G                 4x2"), 0},
		{END("G                  42 "), 0},
		{END("G                 42"), 0},
	};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (i > 0)
			net_open(state);
		accept_login(1);
		say(SOUP_SEQUENCED, rows[i].end, rows[i].size_bytes);
		turn();
		assert_int_equal(
			snapshot.phase, rows[i].sequence != 0 ? SNAPSHOT_DONE : SNAPSHOT_FAILED);
		if (rows[i].sequence != 0)
			assert_true(snapshot.sequence == rows[i].sequence);
		else
			assert_int_equal(snapshot.trouble, SNAPSHOT_NONSENSE);
		if (i + 1 < ARRAY_COUNT(rows))
			net_close(state);
	}
}

static void failed_as(enum snapshot_trouble trouble)
{
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_FAILED);
	assert_int_equal(snapshot.trouble, trouble);
	assert_int_equal(snapshot.connection, CONNECTION_NONE);
}

/* The names are padded on either side, as their protocols do it. */
static void a_session_of_another_name_is_refused_where_the_site_wants_the_same(void **state)
{
	struct recovery_config same = config;
	same.is_snapshot_session_same = 1;
	static const struct {
		const char *ours, *theirs;
		bool is_ours;
	} rows[] = {
		{"000010059B", "000010059B", true},
		{"DAY1      ", "DAY1", true},
		{"      DAY1", "DAY1", true},
		{"000010059B", "000010059C", false},
		{"DAY1      ", "DAY12", false},
		{"DAY12     ", "DAY1", false},
		{"000010059B", "", false},
	};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct snapshot_wish named = {.has_session = true, .next = 1};
		uint8_t packet[64];
		if (i > 0)
			net_open(state);
		memcpy(named.session, rows[i].ours, sizeof named.session);
		snapshot.config = &same;
		snapshot_start(&snapshot, &named, now_ns);
		turn();
		assert_true(stream_send(server, at_server, packet,
			soup_build_login_accepted(packet, rows[i].theirs, 1)));
		turn();
		assert_int_equal(
			snapshot.phase, rows[i].is_ours ? SNAPSHOT_SPINNING : SNAPSHOT_FAILED);
		assert_int_equal(snapshot.trouble,
			rows[i].is_ours ? SNAPSHOT_NO_TROUBLE : SNAPSHOT_OTHER_SESSION);
		assert_int_equal(begun, rows[i].is_ours);
		if (i + 1 < ARRAY_COUNT(rows))
			net_close(state);
	}
}

/* No source says that both name a session alike: numbers prove it. */
static void a_session_of_another_name_is_taken_where_the_site_says_nothing(void **state)
{
	const struct snapshot_wish named = {
		.has_session = true, .session = "000010059B", .next = 1};
	uint8_t packet[64];
	(void)state;
	snapshot_start(&snapshot, &named, now_ns);
	turn();
	assert_true(stream_send(
		server, at_server, packet, soup_build_login_accepted(packet, "GLIMPSE001", 1)));
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	say(SOUP_SEQUENCED, "G                  42", 21);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_DONE);
	assert_int_equal(snapshot.sequence, 42);
}

static void a_rejected_login_is_told(void **state)
{
	(void)state;
	snapshot_start(&snapshot, &wish, now_ns);
	turn();
	say(SOUP_LOGIN_REJECTED, "A", 1);
	failed_as(SNAPSHOT_REJECTED);
}

static void where_nobody_listens_it_is_closed(void **state)
{
	static const struct recovery_config elsewhere = {.snapshot_address = "10.0.0.3",
		.snapshot_port = 1,
		.snapshot_timeout_ns = TIMEOUT_NS};
	(void)state;
	snapshot.config = &elsewhere;
	snapshot_start(&snapshot, &wish, now_ns);
	failed_as(SNAPSHOT_CLOSED);
	snapshot.config = &config;
	snapshot.stream = NULL;
	snapshot_start(&snapshot, &wish, now_ns);
	assert_int_equal(snapshot.trouble, SNAPSHOT_CLOSED);
	snapshot.stream = client;
}

static void a_connection_that_ends_early_is_told(void **state)
{
	(void)state;
	accept_login(1);
	say_messages(10);
	stream_shut(server, at_server, false);
	failed_as(SNAPSHOT_CLOSED);
	assert_int_equal(taken, 10);
}

static void what_is_no_spin_is_nonsense(void **state)
{
	static const struct {
		enum soup_type type;
		const char *payload;
	} rows[] = {
		{SOUP_END_OF_SESSION, ""},
		{SOUP_UNSEQUENCED, "x"},
		{SOUP_SEQUENCED, ""},
		{SOUP_LOGIN_ACCEPTED, "GLIMPSE001                   1"},
		{SOUP_LOGIN_REJECTED, "S"},
		{SOUP_LOGIN_REQUEST, "x"},
	};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (i > 0)
			net_open(state);
		accept_login(1);
		say(rows[i].type, rows[i].payload, (uint32_t)strlen(rows[i].payload));
		failed_as(SNAPSHOT_NONSENSE);
		if (i + 1 < ARRAY_COUNT(rows))
			net_close(state);
	}
}

static void a_spin_that_does_not_begin_at_one_is_none(void **state)
{
	(void)state;
	accept_login(7);
	failed_as(SNAPSHOT_NONSENSE);
}

static void data_before_the_login_is_nonsense(void **state)
{
	(void)state;
	snapshot_start(&snapshot, &wish, now_ns);
	turn();
	say(SOUP_SEQUENCED, "x", 1);
	failed_as(SNAPSHOT_NONSENSE);
}

static void before_the_login_only_its_answer_and_debug_are_heard(void **state)
{
	static const struct {
		enum soup_type type;
		const char *payload;
	} rows[] = {
		{SOUP_SERVER_HEARTBEAT, ""},
		{SOUP_LOGIN_ACCEPTED, "GLIMPSE001"},
		{SOUP_LOGIN_ACCEPTED, "GLIMPSE001                  1x"},
	};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (i > 0)
			net_open(state);
		snapshot_start(&snapshot, &wish, now_ns);
		turn();
		say(SOUP_DEBUG, "hello", 5);
		turn();
		assert_int_equal(snapshot.phase, SNAPSHOT_LOGGING_IN);
		say(rows[i].type, rows[i].payload, (uint32_t)strlen(rows[i].payload));
		failed_as(SNAPSHOT_NONSENSE);
		if (i + 1 < ARRAY_COUNT(rows))
			net_close(state);
	}
}

static void more_messages_than_a_market_has_are_nonsense(void **state)
{
	(void)state;
	accept_login(1);
	snapshot.messages = SNAPSHOT_MESSAGE_COUNT_MAX - 1;
	say(SOUP_SEQUENCED, "x", 1);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	say(SOUP_SEQUENCED, "x", 1);
	failed_as(SNAPSHOT_NONSENSE);
	assert_int_equal(taken, 1);
}

static bool send_nothing(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	(void)s, (void)connection, (void)bytes, (void)size_bytes;
	return false;
}

/* deafen makes of the client's stream one that takes nothing any more. */
static void deafen(struct stream_ops *ops)
{
	*ops = *client->ops;
	ops->send = send_nothing;
	client->ops = ops;
}

static void a_login_that_cannot_be_sent_is_a_closed_door(void **state)
{
	(void)state;
	static struct stream_ops ops;
	snapshot_start(&snapshot, &wish, now_ns);
	deafen(&ops);
	failed_as(SNAPSHOT_CLOSED);
}

static void a_heartbeat_that_was_not_taken_is_tried_again(void **state)
{
	(void)state;
	static struct stream_ops ops;
	accept_login(1);
	const struct stream_ops *before = client->ops;
	deafen(&ops);
	now_ns += SNAPSHOT_HEARTBEAT_NS;
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	assert_int_equal(heartbeats, 0);
	client->ops = before;
	turn();
	turn();
	assert_int_equal(heartbeats, 1);
}

static void a_length_of_nothing_is_nonsense(void **state)
{
	(void)state;
	accept_login(1);
	assert_true(stream_send(server, at_server, (const uint8_t *)"\0\0", 2));
	failed_as(SNAPSHOT_NONSENSE);
}

static void silence_is_broken_off_and_heartbeats_are_no_messages(void **state)
{
	(void)state;
	accept_login(1);
	for (uint32_t i = 0; i < 4; i++) {
		now_ns += SNAPSHOT_HEARTBEAT_NS;
		say(SOUP_SERVER_HEARTBEAT, NULL, 0);
		turn();
		assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	}
	turn();
	assert_int_equal(heartbeats, 4);
	now_ns += SNAPSHOT_HEARTBEAT_NS - 1;
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	now_ns += 1;
	failed_as(SNAPSHOT_SILENT);
}

/* A message now and then is no silence, but the books stand still all that time. */
static void a_spin_without_an_end_is_broken_off(void **state)
{
	(void)state;
	accept_login(1);
	for (uint32_t i = 0; i < 2 * SNAPSHOT_TIMEOUTS - 1; i++) {
		now_ns += TIMEOUT_NS / 2;
		say(SOUP_SEQUENCED, "x", 1);
		turn();
		assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	}
	now_ns += TIMEOUT_NS / 2 - 1;
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	now_ns += 1;
	failed_as(SNAPSHOT_SILENT);
	/* The next one has all its time. */
	logins = 0;
	accept_login(1);
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
}

static void a_server_that_never_answers_is_broken_off(void **state)
{
	(void)state;
	snapshot_start(&snapshot, &wish, now_ns);
	now_ns += TIMEOUT_NS - 1;
	snapshot_tick(&snapshot, now_ns);
	assert_int_equal(snapshot.phase, SNAPSHOT_CONNECTING);
	now_ns += 1;
	snapshot_tick(&snapshot, now_ns);
	failed_as(SNAPSHOT_SILENT);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_open, net_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(a_spin_is_handed_over_in_order_and_ends_with_its_number),
		NET_TEST(the_number_stands_on_either_side_with_spaces_or_zeros),
		NET_TEST(a_session_of_another_name_is_refused_where_the_site_wants_the_same),
		NET_TEST(a_session_of_another_name_is_taken_where_the_site_says_nothing),
		NET_TEST(a_rejected_login_is_told),
		NET_TEST(where_nobody_listens_it_is_closed),
		NET_TEST(a_connection_that_ends_early_is_told),
		NET_TEST(what_is_no_spin_is_nonsense),
		NET_TEST(a_spin_that_does_not_begin_at_one_is_none),
		NET_TEST(data_before_the_login_is_nonsense),
		NET_TEST(before_the_login_only_its_answer_and_debug_are_heard),
		NET_TEST(more_messages_than_a_market_has_are_nonsense),
		NET_TEST(a_login_that_cannot_be_sent_is_a_closed_door),
		NET_TEST(a_heartbeat_that_was_not_taken_is_tried_again),
		NET_TEST(a_length_of_nothing_is_nonsense),
		NET_TEST(silence_is_broken_off_and_heartbeats_are_no_messages),
		NET_TEST(a_spin_without_an_end_is_broken_off),
		NET_TEST(a_server_that_never_answers_is_broken_off),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.snapshot", tests, NULL, NULL);
}
