/* spin_test.c - a spin of Cboe in pieces of any size, which image is taken, and every way in which it can go wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/feed/spin.h"
#include "dataplane/wire/pitch.h"
#include "dataplane/wire/pitch_proxy.h"
#include "drivers/stream/stream_sim.h"

#define TIMEOUT_NS UINT64_C(5000000000)

enum {
	PORT = 30001,
	UNIT = 7,
	MESSAGE_COUNT = 300,
	TIME = 0x20,
	ADD_LONG = 0x21,
	ADD = 0x22,
	ADD_EXPANDED = 0x2F
};

static const struct recovery_config config = {.snapshot_address = "10.0.0.9",
	.snapshot_port = PORT,
	.snapshot_sub_id = "0001",
	.snapshot_username = "FIRM",
	.snapshot_password = "secret",
	.snapshot_timeout_ns = TIMEOUT_NS};
static struct snapshot_wish wish;
static struct stream_sim_net *net;
static struct stream *server, *client;
static struct snapshot snapshot;
static uint32_t at_server, taken, begun, beats, logins, asked, asked_for;
static uint64_t now_ns;
static bool is_in_order;
static uint8_t unit_said; /* of what the server says of the market */

/* Message n adds order n. */
static void take(void *context, const struct mold64_block *blocks, uint32_t count, uint64_t at_ns)
{
	assert_ptr_equal(context, &snapshot);
	assert_int_equal(at_ns, now_ns);
	begun += count == 0;
	for (uint32_t i = 0; i < count; i++, taken++)
		is_in_order &=
			blocks[i].size_bytes == 26 && little_load64(blocks[i].bytes + 6) == taken;
}

static int net_open(void **state)
{
	struct config_error error;
	(void)state;
	net = stream_sim_net_open(3, 4, 1 << 16);
	server = stream_sim_open(net);
	client = stream_sim_open(net);
	assert_int_not_equal(stream_listen(server, "10.0.0.9", PORT, &error), 0);
	snapshot_init(&snapshot, &config, &spin_talk, take, &snapshot);
	snapshot.stream = client;
	at_server = taken = begun = beats = logins = asked = asked_for = 0;
	wish = (struct snapshot_wish){.next = 1, .until = 1, .unit = UNIT};
	unit_said = UNIT;
	is_in_order = true;
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
	struct pitch_unit_header header;
	struct pitch_proxy_message said;
	for (uint32_t at = 0; at < event->size_bytes; at += header.length) {
		const uint8_t *message = event->bytes + at + PITCH_UNIT_HEADER_BYTES;
		assert_int_equal(pitch_unit_cut(event->bytes + at, event->size_bytes - at, &header),
			PITCH_UNIT_OK);
		assert_int_equal(header.sequence, 0);
		beats += header.count == 0;
		if (header.count == 0)
			continue;
		assert_true(pitch_proxy_parse(message, message[0], &said));
		logins += said.type == PITCH_PROXY_LOGIN &&
			  pitch_proxy_logs_in(message, message[0], "0001", "FIRM", "secret");
		asked += said.type == PITCH_PROXY_SPIN_REQUEST;
		if (said.type == PITCH_PROXY_SPIN_REQUEST)
			asked_for = said.sequence;
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

static void say_all(struct pitch_proxy_message said)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX], packet[PITCH_PROXY_PACKET_BYTES];
	assert_true(stream_send(server, at_server, packet,
		pitch_proxy_packet(packet, message, pitch_proxy_answer(message, &said))));
}

static void say(uint8_t type, uint32_t sequence, uint8_t status)
{
	say_all((struct pitch_proxy_message){.type = type, .sequence = sequence, .status = status});
}

static void begin(void)
{
	snapshot_start(&snapshot, &wish, now_ns);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_LOGGING_IN);
	assert_int_equal(logins, 1);
}

static void enter(void)
{
	begin();
	say(PITCH_PROXY_LOGIN_RESPONSE, 0, 'A');
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	assert_int_equal(begun, 1);
}

/* promise brings it to the point where the messages of a spin come. */
static void promise(uint32_t sequence, uint32_t orders)
{
	enter();
	say(PITCH_PROXY_IMAGE, sequence, 0);
	turn();
	assert_int_equal(asked, 1);
	assert_int_equal(asked_for, sequence);
	say_all((struct pitch_proxy_message){.type = PITCH_PROXY_SPIN_RESPONSE,
		.sequence = sequence,
		.count = orders,
		.status = 'A'});
}

static void say_message(uint8_t type, uint8_t size_bytes)
{
	uint8_t packet[PITCH_UNIT_HEADER_BYTES + PITCH_SIZE_MAX];
	const uint8_t message[PITCH_SIZE_MAX] = {size_bytes, type};
	uint32_t size = pitch_unit_begin(packet, unit_said, 0);
	assert_true(stream_send(server, at_server, packet,
		pitch_unit_append(packet, size, sizeof packet, message, size_bytes)));
}

static void say_messages(uint32_t count, uint32_t a_packet)
{
	uint8_t packet[1400];
	for (uint32_t n = 0; n < count;) {
		uint32_t size = pitch_unit_begin(packet, unit_said, 0);
		for (uint32_t i = 0; i < a_packet && n < count; i++, n++) {
			uint8_t message[26] = {26, ADD};
			little_store64(message + 6, n);
			size = pitch_unit_append(packet, size, sizeof packet, message, 26);
			assert_int_not_equal(size, 0);
		}
		assert_true(stream_send(server, at_server, packet, size));
	}
}

static bool send_nothing(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	(void)s, (void)connection, (void)bytes, (void)size_bytes;
	return false;
}

static void failed_as(enum snapshot_trouble trouble)
{
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_FAILED);
	assert_int_equal(snapshot.trouble, trouble);
	assert_int_equal(snapshot.connection, CONNECTION_NONE);
}

static void a_spin_is_handed_over_in_order_and_goes_on_behind_its_number(void **state)
{
	static const uint32_t pieces[] = {0, 1, 7, 200};
	for (uint32_t i = 0; i < ARRAY_COUNT(pieces); i++) {
		if (i > 0)
			net_open(state);
		promise(4155, MESSAGE_COUNT);
		stream_sim_chunk(net, pieces[i] != 0, pieces[i]);
		say_messages(MESSAGE_COUNT, 1 + i * 15);
		say(PITCH_PROXY_IMAGE, 4200, 0); /* the next one is no news */
		say(PITCH_PROXY_SPIN_FINISHED, 4155, 0);
		for (uint32_t t = 0; t < 40 && snapshot.phase == SNAPSHOT_SPINNING; t++)
			turn();
		assert_int_equal(snapshot.phase, SNAPSHOT_DONE);
		assert_int_equal(snapshot.sequence, 4156);
		assert_int_equal(taken, MESSAGE_COUNT);
		assert_int_equal(asked, 1);
		assert_true(is_in_order);
		assert_int_equal(snapshot.connection, CONNECTION_NONE);
		if (i + 1 < ARRAY_COUNT(pieces))
			net_close(state);
	}
}

/* Its length has two bytes: behind its messages may stand whatever else the venue puts there. */
static void the_longest_packet_there_is_has_room(void **state)
{
	enum { PACKET_BYTES = UINT16_MAX, PIECE_BYTES = STREAM_EVENT_BYTES_MAX };
	static uint8_t packet[PACKET_BYTES];
	(void)state;
	promise(4155, PITCH_UNIT_COUNT_MAX);
	turn();
	stream_sim_chunk(net, PIECE_BYTES, PIECE_BYTES);
	uint32_t size = pitch_unit_begin(packet, unit_said, 0);
	for (uint32_t n = 0; n < PITCH_UNIT_COUNT_MAX; n++) {
		uint8_t message[26] = {26, ADD};
		little_store64(message + 6, n);
		size = pitch_unit_append(packet, size, sizeof packet, message, 26);
	}
	little_store16(packet, PACKET_BYTES);
	assert_true(stream_send(server, at_server, packet, PACKET_BYTES));
	turn();
	assert_int_equal(taken, PITCH_UNIT_COUNT_MAX);
	assert_true(is_in_order);
	say(PITCH_PROXY_SPIN_FINISHED, 4155, 0);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_DONE);
}

static void the_first_image_that_leaves_nothing_missing_is_asked_for(void **state)
{
	(void)state;
	wish = (struct snapshot_wish){.next = 5000, .until = 5010};
	enter();
	say(PITCH_PROXY_IMAGE, 0, 0);
	say(PITCH_PROXY_IMAGE, 5008, 0);
	turn();
	assert_int_equal(asked, 0);
	say(PITCH_PROXY_IMAGE, 5009, 0);
	say(PITCH_PROXY_IMAGE, 5011, 0);
	turn();
	assert_int_equal(asked, 1);
	assert_int_equal(asked_for, 5009);
}

/* O: it is gone, or not there yet; S: another spin of ours is under way, and will have an end. */
static void one_that_is_not_given_now_is_asked_for_again_by_the_next_image(void **state)
{
	(void)state;
	enter();
	for (uint32_t i = 0; i < 4; i++) {
		say(PITCH_PROXY_IMAGE, 100 + i, 0);
		turn();
		assert_int_equal(asked, i + 1);
		assert_int_equal(asked_for, 100 + i);
		say(PITCH_PROXY_SPIN_RESPONSE, 100 + i, i % 2 == 0 ? 'O' : 'S');
		turn();
		assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	}
	say(PITCH_PROXY_IMAGE, 200, 0);
	turn();
	say(PITCH_PROXY_SPIN_RESPONSE, 200, 'A');
	say(PITCH_PROXY_SPIN_FINISHED, 200, 0);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_DONE);
}

static void any_other_answer_is_a_refusal(void **state)
{
	(void)state;
	enter();
	say(PITCH_PROXY_IMAGE, 100, 0);
	turn();
	say(PITCH_PROXY_SPIN_RESPONSE, 100, 'X');
	failed_as(SNAPSHOT_REFUSED);
}

/* Who waited all the time for another spin to end is told so. */
static void a_busy_server_refuses_when_the_time_is_over(void **state)
{
	(void)state;
	enter();
	for (uint32_t s = 0; s < 5; s++) {
		say(PITCH_PROXY_IMAGE, 10 + s, 0);
		turn();
		say(PITCH_PROXY_SPIN_RESPONSE, 10 + s, 'S');
		turn();
		assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
		now_ns += 1000000000;
	}
	failed_as(SNAPSHOT_REFUSED);
}

static void numbers_are_those_nearest_to_what_is_next(void **state)
{
	(void)state;
	wish.next = wish.until = UINT64_C(0xFFFFFFFF) + 5;
	enter();
	say(PITCH_PROXY_IMAGE, 3, 0); /* one before what is in the books */
	turn();
	assert_int_equal(asked, 0);
	say(PITCH_PROXY_IMAGE, 4, 0);
	say(PITCH_PROXY_SPIN_RESPONSE, 4, 'A');
	say(PITCH_PROXY_SPIN_FINISHED, 4, 0);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_DONE);
	assert_true(snapshot.sequence == UINT64_C(0xFFFFFFFF) + 5);
}

static void a_day_that_has_not_begun_has_an_image_without_a_message(void **state)
{
	(void)state;
	promise(0, 0);
	say(PITCH_PROXY_SPIN_FINISHED, 0, 0);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_DONE);
	assert_int_equal(snapshot.sequence, 1);
	assert_int_equal(taken, 0);
}

/* A piece of a market, or the market of another moment, would be whole books to whoever reads them. */
static void a_spin_that_is_not_the_promised_one_is_nonsense(void **state)
{
	static const struct {
		uint32_t promised, adds, finished;
		bool is_kept;
	} rows[] = {{3, 3, 10, true}, {3, 2, 10, false}, {3, 0, 10, false}, {0, 0, 10, true},
		{3, 3, 11, false}, {3, 3, 9, false}, {3, 3, 0, false}};
	static const uint8_t adds[][2] = {{ADD_LONG, 34}, {ADD, 26}, {ADD_EXPANDED, 41}};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (i > 0)
			net_open(state);
		promise(10, rows[i].promised);
		say_message(TIME, 6);
		for (uint32_t n = 0; n < rows[i].adds; n++)
			say_message(adds[n][0], adds[n][1]);
		say_message(0x31, 18); /* a state is no order */
		say(PITCH_PROXY_SPIN_FINISHED, rows[i].finished, 0);
		if (rows[i].is_kept)
			turn();
		else
			failed_as(SNAPSHOT_NONSENSE);
		assert_int_equal(snapshot.phase, rows[i].is_kept ? SNAPSHOT_DONE : SNAPSHOT_FAILED);
		if (i + 1 < ARRAY_COUNT(rows))
			net_close(state);
	}
}

static void more_orders_than_promised_are_not_waited_for(void **state)
{
	(void)state;
	promise(10, 2);
	say_messages(2, 1);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	say_messages(1, 1);
	failed_as(SNAPSHOT_NONSENSE);
	assert_int_equal(taken, 2);
}

/* What is said beside the orders has a bound too: it goes with what was promised. */
static void a_spin_of_more_messages_than_its_orders_can_need_is_nonsense(void **state)
{
	(void)state;
	promise(10, 3);
	turn();
	snapshot.messages = 3 * SPIN_MESSAGES_AN_ORDER + SPIN_MESSAGES_BESIDE - 1;
	say_message(0x31, 18);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	say_message(0x31, 18);
	failed_as(SNAPSHOT_NONSENSE);
}

static void a_spin_of_another_unit_is_nonsense(void **state)
{
	static const struct {
		uint8_t ours, theirs;
		bool is_taken;
	} rows[] = {{UNIT, UNIT, true}, {UNIT, 0, true}, {0, UNIT, true}, {UNIT, UNIT + 1, false},
		{UNIT, UINT8_MAX, false}};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (i > 0)
			net_open(state);
		wish.unit = rows[i].ours;
		promise(10, 1);
		unit_said = rows[i].theirs;
		say_messages(1, 1);
		if (rows[i].is_taken)
			turn();
		else
			failed_as(SNAPSHOT_NONSENSE);
		assert_int_equal(taken, rows[i].is_taken);
		if (i + 1 < ARRAY_COUNT(rows))
			net_close(state);
	}
}

static void a_login_that_is_not_taken_is_told(void **state)
{
	(void)state;
	begin();
	say(PITCH_PROXY_LOGIN_RESPONSE, 0, 'B');
	failed_as(SNAPSHOT_REJECTED);
}

static void what_is_no_spin_is_nonsense(void **state)
{
	for (uint32_t i = 0; i < 9; i++) {
		static const uint8_t short_header[] = {7, 0, 0, 0, 0, 0, 0, 0};
		static const uint8_t cut_message[] = {12, 0, 1, 0, 0, 0, 0, 0, 4, 0x83, 0, 0};
		static const uint8_t long_message[] = {10, 0, 1, 0, 0, 0, 0, 0, 14, 0x29};
		if (i > 0)
			net_open(state);
		i < 6 ? enter() : begin();
		if (i == 0)
			say(PITCH_PROXY_SPIN_RESPONSE, 1, 'A'); /* nobody asked */
		else if (i == 1)
			say(PITCH_PROXY_SPIN_FINISHED, 1, 0);
		else if (i == 2)
			say_messages(1, 1); /* before it was promised */
		else if (i == 3)
			stream_send(server, at_server, short_header, sizeof short_header);
		else if (i == 4)
			stream_send(server, at_server, cut_message, sizeof cut_message);
		else if (i == 5)
			stream_send(server, at_server, long_message, sizeof long_message);
		else if (i == 6)
			say(PITCH_PROXY_IMAGE, 1, 0); /* before the login's answer */
		else if (i == 7)
			say_messages(1, 1);
		else
			say(PITCH_PROXY_GAP_RESPONSE, 1, 'A');
		failed_as(SNAPSHOT_NONSENSE);
		assert_int_equal(taken, 0);
		if (i < 8)
			net_close(state);
	}
}

static void a_second_login_answer_and_a_second_promise_are_nonsense(void **state)
{
	promise(10, 0);
	say(PITCH_PROXY_SPIN_RESPONSE, 10, 'A');
	failed_as(SNAPSHOT_NONSENSE);
	net_close(state);
	net_open(state);
	enter();
	say(PITCH_PROXY_LOGIN_RESPONSE, 0, 'A');
	failed_as(SNAPSHOT_NONSENSE);
}

/* Images alone are no news: who is given none that helps must not wait for ever. */
static void it_is_kept_alive_and_broken_off_when_nothing_of_use_comes(void **state)
{
	(void)state;
	wish.until = 1000;
	enter();
	for (uint32_t s = 0; s < 4; s++) {
		now_ns += 1000000000;
		say(PITCH_PROXY_IMAGE, 10 + s, 0);
		turn();
		turn();
		assert_int_equal(beats, s + 1);
		assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	}
	now_ns += 1000000000;
	failed_as(SNAPSHOT_SILENT);
}

/* Nor is it a step forward to ask: who is told each time that the image is gone must not ask for ever. */
static void images_that_are_never_given_are_broken_off(void **state)
{
	(void)state;
	enter();
	for (uint32_t s = 0; s < 5; s++) {
		assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
		assert_int_equal(asked, s);
		say(PITCH_PROXY_IMAGE, 10 + s, 0);
		turn();
		say(PITCH_PROXY_SPIN_RESPONSE, 10 + s, 'O');
		now_ns += 1000000000;
		turn();
	}
	failed_as(SNAPSHOT_SILENT);
}

/* The time of what could not be sent is not begun anew either; it is sent with the next image. */
static void a_request_that_was_not_taken_is_asked_again(void **state)
{
	static struct stream_ops ops;
	const struct stream_ops *before = client->ops;
	(void)state;
	enter();
	ops = *before;
	ops.send = send_nothing;
	client->ops = &ops;
	now_ns += TIMEOUT_NS / 2;
	say(PITCH_PROXY_IMAGE, 10, 0);
	turn();
	client->ops = before;
	now_ns += TIMEOUT_NS / 2 - 1;
	say(PITCH_PROXY_IMAGE, 11, 0);
	turn();
	assert_int_equal(snapshot.phase, SNAPSHOT_SPINNING);
	turn();
	assert_int_equal(asked_for, 11);
	now_ns += 1;
	failed_as(SNAPSHOT_SILENT);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_open, net_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(a_spin_is_handed_over_in_order_and_goes_on_behind_its_number),
		NET_TEST(the_longest_packet_there_is_has_room),
		NET_TEST(the_first_image_that_leaves_nothing_missing_is_asked_for),
		NET_TEST(one_that_is_not_given_now_is_asked_for_again_by_the_next_image),
		NET_TEST(any_other_answer_is_a_refusal),
		NET_TEST(a_busy_server_refuses_when_the_time_is_over),
		NET_TEST(numbers_are_those_nearest_to_what_is_next),
		NET_TEST(a_day_that_has_not_begun_has_an_image_without_a_message),
		NET_TEST(a_spin_that_is_not_the_promised_one_is_nonsense),
		NET_TEST(more_orders_than_promised_are_not_waited_for),
		NET_TEST(a_spin_of_more_messages_than_its_orders_can_need_is_nonsense),
		NET_TEST(a_spin_of_another_unit_is_nonsense),
		NET_TEST(a_login_that_is_not_taken_is_told),
		NET_TEST(what_is_no_spin_is_nonsense),
		NET_TEST(a_second_login_answer_and_a_second_promise_are_nonsense),
		NET_TEST(images_that_are_never_given_are_broken_off),
		NET_TEST(a_request_that_was_not_taken_is_asked_again),
		NET_TEST(it_is_kept_alive_and_broken_off_when_nothing_of_use_comes),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.spin", tests, NULL, NULL);
}
