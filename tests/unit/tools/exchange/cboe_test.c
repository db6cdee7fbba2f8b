/* cboe_test.c - who may log in at a unit's doors, what each letter is for, and who is sent away. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/stream/stream_sim.h"
#include "tools/exchange/cboe.h"

#define SECOND_NS UINT64_C(1000000000)

enum { UNIT = 3, GAPS = 1, SPINS = 2, TOLD = 250 };

static struct stream_sim_net *net;
static struct stream *client;
static struct cboe cboe;
static uint64_t now_ns;
static uint32_t replied, lines[2]; /* messages, packets by line */
static struct pitch_proxy_message heard[64];
static uint32_t heard_count, beats, messages;
static bool is_closed;

static void on_reply(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size_bytes, uint64_t at_ns)
{
	struct pitch_unit_header header;
	(void)context, (void)at_ns;
	assert_true(pitch_unit_parse_header(bytes, size_bytes, &header));
	assert_int_equal(header.length, size_bytes);
	replied += header.count;
	lines[line]++;
}

static int doors_open(void **state)
{
	const uint8_t message[14] = {14, 0x29};
	struct config_error error;
	(void)state;
	net = stream_sim_net_open(1, 40, 1 << 16);
	client = stream_sim_open(net);
	cboe_init(&cboe, UNIT, 1 << 15, on_reply, NULL);
	cboe.session_sub_id = "0001";
	cboe.username = "FIRM";
	cboe.password = "secret";
	cboe.gaps = stream_sim_open(net);
	cboe.spins = stream_sim_open(net);
	assert_int_not_equal(stream_listen(cboe.gaps, "10.0.0.1", GAPS, &error), 0);
	assert_int_not_equal(stream_listen(cboe.spins, "10.0.0.1", SPINS, &error), 0);
	for (uint32_t n = 0; n < TOLD; n++)
		cboe_say(&cboe, message, sizeof message);
	now_ns = SECOND_NS;
	replied = lines[0] = lines[1] = heard_count = beats = messages = 0;
	is_closed = false;
	return 0;
}

static int doors_close(void **state)
{
	(void)state;
	stream_close(cboe.gaps);
	stream_close(cboe.spins);
	stream_close(client);
	stream_sim_net_close(net);
	cboe_free(&cboe);
	return 0;
}

static void client_hear(const struct stream_event *event)
{
	struct pitch_unit_header header;
	for (uint32_t at = 0; at < event->size_bytes; at += header.length) {
		struct mold64_block blocks[PITCH_UNIT_COUNT_MAX];
		bool is_malformed;
		uint32_t tail;
		assert_int_equal(pitch_unit_cut(event->bytes + at, event->size_bytes - at, &header),
			PITCH_UNIT_OK);
		beats += header.count == 0;
		uint32_t count = pitch_unit_parse_blocks(event->bytes + at, header.length,
			header.count, 0, blocks, PITCH_UNIT_COUNT_MAX, &is_malformed, &tail);
		assert_int_equal(count, header.count);
		for (uint32_t i = 0; i < count; i++) {
			if (pitch_proxy_parse(
				    blocks[i].bytes, blocks[i].size_bytes, &heard[heard_count]))
				heard_count++;
			else
				messages++;
		}
	}
}

static void turn(void)
{
	struct stream_event event;
	for (uint32_t i = 0; i < 200; i++) {
		cboe_turn(&cboe, now_ns);
		while (stream_poll(client, &event, 1) == 1) {
			is_closed |= event.kind == STREAM_CLOSED;
			if (event.kind == STREAM_BYTES)
				client_hear(&event);
		}
	}
}

static void say(uint32_t connection, const uint8_t *message, uint32_t size)
{
	uint8_t packet[PITCH_PROXY_PACKET_BYTES];
	assert_true(
		stream_send(client, connection, packet, pitch_proxy_packet(packet, message, size)));
	turn();
}

static uint32_t come(uint16_t port, const char *password)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX];
	uint32_t connection = stream_connect(client, "10.0.0.1", port);
	turn();
	say(connection, message, pitch_proxy_login(message, "0001", "FIRM", password));
	return connection;
}

static struct pitch_proxy_message last(void)
{
	assert_true(heard_count > 0);
	return heard[heard_count - 1];
}

static uint8_t ask(uint32_t connection, uint8_t unit, uint32_t first, uint16_t count)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX];
	say(connection, message, pitch_proxy_gap_request(message, unit, first, count));
	assert_int_equal(last().type, PITCH_PROXY_GAP_RESPONSE);
	assert_int_equal(last().sequence, first);
	assert_int_equal(last().count, count);
	return last().status;
}

static void who_logs_in_once_is_let_in(void **state)
{
	(void)state;
	come(GAPS, "wrong");
	assert_int_equal(last().status, 'N');
	assert_true(is_closed);
	come(GAPS, "secret");
	assert_int_equal(last().status, 'A');
	come(GAPS, "secret");
	assert_int_equal(last().status, 'B');
	come(SPINS, "secret"); /* another door */
	assert_int_equal(heard[heard_count - 2].status, 'A');
	assert_int_equal(cboe.counts.logins, 2);
	assert_int_equal(cboe.counts.login_rejects, 2);
}

static void what_is_kept_is_said_again_on_every_line_and_answered(void **state)
{
	(void)state;
	uint32_t connection = come(GAPS, "secret");
	assert_int_equal(ask(connection, UNIT, 1, 100), 'A');
	assert_int_equal(replied, 2 * 100);
	assert_int_equal(ask(connection, UNIT, TOLD, 100), 'A'); /* what there is of it */
	assert_int_equal(replied, 2 * 101);
	cboe.limits.packet_count = 3;
	lines[0] = 0;
	assert_int_equal(ask(connection, UNIT, 1, 10), 'A');
	assert_int_equal(lines[0], 4);
	assert_int_equal(cboe.counts.accepted, 3);
}

static void each_letter_has_its_reason(void **state)
{
	(void)state;
	uint32_t connection = come(GAPS, "secret");
	assert_int_equal(ask(connection, UNIT + 1, 1, 1), 'I');
	assert_int_equal(ask(connection, UNIT, 1, 101), 'C');
	assert_int_equal(ask(connection, UNIT, 1, 0), 'C');
	assert_int_equal(ask(connection, UNIT, TOLD + 1, 1), 'O');
	assert_int_equal(ask(connection, UNIT, 0, 1), 'O');
	cboe.limits.reach = 100;
	assert_int_equal(ask(connection, UNIT, TOLD - 100, 1), 'O');
	assert_int_equal(ask(connection, UNIT, TOLD - 99, 1), 'A');
	cboe.refuse = 1;
	assert_int_equal(ask(connection, UNIT, TOLD, 1), 'U');
	cboe.limits.per_s = (uint32_t)cboe.second.count;
	assert_int_equal(ask(connection, UNIT, TOLD, 1), 'S');
	cboe.limits.per_minute = (uint32_t)cboe.minute.count;
	assert_int_equal(ask(connection, UNIT, TOLD, 1), 'M');
	cboe.limits.per_day = (uint32_t)cboe.day.count;
	assert_int_equal(ask(connection, UNIT, TOLD, 1), 'D');
	cboe.limits.per_day = 1000;
	cboe.limits.per_minute = 1000;
	now_ns += SECOND_NS;
	assert_int_equal(ask(connection, UNIT, TOLD, 1), 'A');
	assert_int_equal(cboe.counts.refused['O'], 3);
}

static void a_spin_is_promised_given_and_finished_with_its_number(void **state)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX];
	(void)state;
	uint32_t connection = come(SPINS, "secret");
	assert_int_equal(last().type, PITCH_PROXY_IMAGE);
	assert_int_equal(last().sequence, TOLD);
	for (uint64_t id = 1; id <= 90; id++) {
		uint8_t bytes[PITCH_SIZE_MAX];
		const struct event event = {.kind = EVENT_ADD,
			.order = id,
			.qty = 1,
			.price_e4 = 100,
			.symbol = symbol_pack("A"),
			.side = SIDE_BUY};
		cboe_say(&cboe, bytes, pitch_encode(&event, bytes));
	}
	say(connection, message, pitch_proxy_spin_request(message, TOLD + 91));
	assert_int_equal(last().status, 'O');
	say(connection, message, pitch_proxy_spin_request(message, TOLD));
	assert_int_equal(messages, 1 + 90); /* the time first */
	assert_int_equal(heard[heard_count - 2].status, 'A');
	assert_int_equal(heard[heard_count - 2].count, 90);
	assert_int_equal(last().type, PITCH_PROXY_SPIN_FINISHED);
	assert_int_equal(last().sequence, TOLD + 90);
	assert_int_equal(cboe.counts.spins, 1);
	assert_int_equal(cboe.counts.spun, 1 + 90);
	now_ns += CBOE_IMAGE_NS;
	turn();
	assert_int_equal(last().type, PITCH_PROXY_IMAGE);
	assert_int_equal(last().sequence, TOLD + 90);
}

static void who_is_silent_is_sent_away_and_others_hear_a_heartbeat(void **state)
{
	(void)state;
	uint32_t connection = come(GAPS, "secret");
	for (uint32_t s = 0; s < 10; s++) {
		now_ns += SECOND_NS;
		say(connection, NULL, 0);
	}
	assert_true(beats >= 9);
	assert_false(is_closed);
	now_ns += CBOE_SILENCE_NS + 1;
	turn();
	assert_true(is_closed);
	assert_int_equal(cboe.counts.timeouts, 1);
}

static void who_says_what_nobody_may_is_sent_away(void **state)
{
	for (uint32_t i = 0; i < 4; i++) {
		uint8_t message[PITCH_PROXY_SIZE_MAX] = {14, 0x29};
		if (i > 0)
			doors_open(state);
		uint32_t connection = i == 0 ? stream_connect(client, "10.0.0.1", GAPS)
					     : come(i == 3 ? SPINS : GAPS, "secret");
		turn();
		if (i == 0) /* before the login */
			say(connection, message, pitch_proxy_gap_request(message, UNIT, 1, 1));
		else if (i == 1)
			say(connection, message, 14);
		else if (i == 2)
			say(connection, message, pitch_proxy_spin_request(message, 1));
		else
			say(connection, message, pitch_proxy_gap_request(message, UNIT, 1, 1));
		assert_true(is_closed);
		assert_int_equal(cboe.counts.broken, 1);
		if (i < 3)
			doors_close(state);
	}
}

#define DOOR_TEST(name) cmocka_unit_test_setup_teardown(name, doors_open, doors_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DOOR_TEST(who_logs_in_once_is_let_in),
		DOOR_TEST(what_is_kept_is_said_again_on_every_line_and_answered),
		DOOR_TEST(each_letter_has_its_reason),
		DOOR_TEST(a_spin_is_promised_given_and_finished_with_its_number),
		DOOR_TEST(who_is_silent_is_sent_away_and_others_hear_a_heartbeat),
		DOOR_TEST(who_says_what_nobody_may_is_sent_away),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.cboe", tests, NULL, NULL);
}
