/* Streams in one process: same seed, same day; and every misfortune a real one can have. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/stream/stream_sim.h"

static struct stream_sim_net *net;
static struct stream *server, *client;
static uint16_t port;

static int net_open(void **state)
{
	struct config_error error;
	(void)state;
	net = stream_sim_net_open(7, 4, 1024);
	server = stream_sim_open(net);
	client = stream_sim_open(net);
	port = stream_listen_port(server, stream_listen(server, "10.0.0.1", 0, &error));
	return 0;
}

static int net_close(void **state)
{
	(void)state;
	stream_close(server);
	stream_close(client);
	stream_sim_net_close(net);
	return 0;
}

/* join connects the two ends and tells their numbers. */
static void join(uint32_t *at_client, uint32_t *at_server)
{
	struct stream_event event;
	*at_client = stream_connect(client, "10.0.0.1", port);
	assert_int_equal(stream_poll(client, &event, 1), 1);
	assert_int_equal(event.kind, STREAM_OPENED);
	assert_int_equal(event.listener, 0);
	assert_int_equal(stream_poll(server, &event, 1), 1);
	assert_int_equal(event.kind, STREAM_OPENED);
	assert_int_equal(event.listener, 1);
	*at_server = event.connection;
}

static uint32_t receive(struct stream *s, uint8_t *bytes, uint32_t *pieces)
{
	struct stream_event events[4];
	uint32_t size = 0;
	for (uint32_t turn = 0; turn < 3000; turn++) {
		uint32_t count = stream_poll(s, events, 4);
		for (uint32_t i = 0; i < count; i++) {
			assert_int_equal(events[i].kind, STREAM_BYTES);
			memcpy(bytes + size, events[i].bytes, events[i].size_bytes);
			size += events[i].size_bytes;
			*pieces += 1;
		}
	}
	return size;
}

static void bytes_leave_when_the_sender_is_polled(void **state)
{
	struct stream_event event;
	uint32_t c, s;
	(void)state;
	join(&c, &s);
	assert_true(stream_send(client, c, (const uint8_t *)"abc", 3));
	assert_int_equal(stream_unsent_bytes(client, c), 3);
	assert_int_equal(stream_poll(server, &event, 1), 0);
	assert_int_equal(stream_poll(client, &event, 1), 0);
	assert_int_equal(stream_unsent_bytes(client, c), 0);
	assert_int_equal(stream_poll(server, &event, 1), 1);
	assert_int_equal(event.size_bytes, 3);
	assert_memory_equal(event.bytes, "abc", 3);
	assert_int_equal(event.connection, s);
}

static void chunks_are_cut_by_the_seed_and_lose_nothing(void **state)
{
	uint8_t sent[1000], first[1000], second[1000];
	uint32_t c, s, first_pieces = 0, second_pieces = 0;
	struct stream_event event;
	(void)state;
	for (uint32_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i * 7);
	join(&c, &s);
	stream_sim_chunk(net, 1, 1);
	for (int round = 0; round < 2; round++) {
		assert_true(stream_send(client, c, sent, sizeof sent));
		stream_poll(client, &event, 1);
		assert_int_equal(receive(server, round == 0 ? first : second,
					 round == 0 ? &first_pieces : &second_pieces),
			sizeof sent);
		stream_sim_chunk(net, 1, 40);
	}
	assert_int_equal(first_pieces, 1000);
	assert_in_range(second_pieces, 25, 999);
	assert_memory_equal(first, sent, sizeof sent);
	assert_memory_equal(second, sent, sizeof sent);
}

static void no_event_is_longer_than_the_bound(void **state)
{
	static uint8_t block[4 * STREAM_EVENT_BYTES_MAX];
	struct config_error error;
	struct stream_event event;
	uint32_t sizes[8], count = 0;
	(void)state;
	struct stream_sim_net *wide = stream_sim_net_open(1, 1, sizeof block);
	struct stream *a = stream_sim_open(wide), *b = stream_sim_open(wide);
	uint32_t c = stream_connect(
		b, "10.0.0.1", stream_listen_port(a, stream_listen(a, "10.0.0.1", 9, &error)));
	assert_int_equal(stream_poll(b, &event, 1) + stream_poll(a, &event, 1), 2);
	assert_true(stream_send(b, c, block, sizeof block));
	stream_poll(b, &event, 1);
	while (count < 8 && stream_poll(a, &event, 1) == 1)
		sizes[count++] = event.size_bytes;
	assert_int_equal(count, 4);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(sizes[i], STREAM_EVENT_BYTES_MAX);
	stream_close(a);
	stream_close(b);
	stream_sim_net_close(wide);
}

static void a_slow_reader_is_seen_in_unsent_bytes(void **state)
{
	uint8_t block[1024] = {0};
	struct stream_event event;
	uint32_t c, s;
	(void)state;
	join(&c, &s);
	stream_sim_hold(client, c, true);
	assert_true(stream_send(client, c, block, 1000));
	assert_false(stream_send(client, c, block, 25));
	assert_true(stream_send(client, c, block, 24));
	stream_poll(client, &event, 1);
	assert_int_equal(stream_unsent_bytes(client, c), 1024);
	assert_int_equal(stream_poll(server, &event, 1), 0);
	stream_sim_hold(client, c, false);
	stream_poll(client, &event, 1);
	assert_int_equal(stream_unsent_bytes(client, c), 0);
	uint32_t pieces = 0;
	assert_int_equal(receive(server, block, &pieces), 1024);
}

static void a_cut_breaks_both_ends_at_its_byte(void **state)
{
	for (uint32_t cut = 0; cut <= 5; cut++) {
		struct stream_event event;
		uint32_t c, s;
		(void)state;
		join(&c, &s);
		stream_sim_cut(client, c, cut);
		assert_true(stream_send(client, c, (const uint8_t *)"hello world", 11));
		stream_poll(client, &event, 1);
		assert_int_equal(stream_poll(server, &event, 1), 1);
		if (cut > 0) {
			assert_int_equal(event.kind, STREAM_BYTES);
			assert_int_equal(event.size_bytes, cut);
			assert_int_equal(stream_poll(server, &event, 1), 1);
		}
		assert_int_equal(event.kind, STREAM_CLOSED);
		assert_int_equal(event.error, ECONNRESET);
		assert_int_equal(stream_poll(client, &event, 1), 1);
		assert_int_equal(event.kind, STREAM_CLOSED);
		assert_int_equal(event.error, ECONNRESET);
		assert_int_equal(event.connection, c);
	}
}

static void an_orderly_end_comes_after_what_was_queued(void **state)
{
	struct stream_event event;
	uint32_t c, s;
	(void)state;
	join(&c, &s);
	assert_true(stream_send(client, c, (const uint8_t *)"bye", 3));
	stream_shut(client, c, false);
	assert_false(stream_send(client, c, (const uint8_t *)"x", 1));
	assert_int_equal(stream_poll(client, &event, 1), 0);
	assert_int_equal(stream_poll(server, &event, 1), 1);
	assert_int_equal(event.size_bytes, 3);
	assert_int_equal(stream_poll(server, &event, 1), 1);
	assert_int_equal(event.kind, STREAM_CLOSED);
	assert_int_equal(event.error, 0);
	assert_int_equal(stream_poll(client, &event, 1), 1);
	assert_int_equal(event.kind, STREAM_CLOSED);
	assert_int_equal(event.error, 0);
	assert_int_equal(stream_poll(client, &event, 1), 0);
}

static void a_reset_throws_away_what_was_queued(void **state)
{
	struct stream_event event;
	uint32_t c, s;
	(void)state;
	join(&c, &s);
	assert_true(stream_send(client, c, (const uint8_t *)"late", 4));
	stream_shut(client, c, true);
	assert_int_equal(stream_poll(server, &event, 1), 1);
	assert_int_equal(event.error, ECONNRESET);
	assert_int_equal(stream_poll(client, &event, 1), 1);
	assert_int_equal(event.error, ECONNABORTED);
}

static void nobody_listening_is_a_refusal(void **state)
{
	struct stream_event event;
	(void)state;
	uint32_t c = stream_connect(client, "10.0.0.1", 1);
	assert_int_equal(stream_poll(client, &event, 1), 1);
	assert_int_equal(event.connection, c);
	assert_int_equal(event.kind, STREAM_CLOSED);
	assert_int_equal(event.error, ECONNREFUSED);
}

static void a_full_table_gives_no_connection(void **state)
{
	struct stream_event events[8];
	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_int_not_equal(stream_connect(client, "10.0.0.1", port), CONNECTION_NONE);
	assert_int_equal(stream_connect(client, "10.0.0.1", port), CONNECTION_NONE);
	assert_int_equal(stream_poll(server, events, 8), 4);
}

static void the_place_of_a_closed_driver_is_taken_again(void **state)
{
	struct config_error error;
	(void)state;
	for (uint32_t i = 0; i < 3 * STREAM_SIM_DRIVER_MAX; i++) {
		struct stream *another = stream_sim_open(net);
		assert_int_not_equal(stream_listen(another, "10.0.0.1", 77, &error), 0);
		stream_close(another);
	}
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, net_open, net_close)
	const struct CMUnitTest tests[] = {
		EACH(bytes_leave_when_the_sender_is_polled),
		EACH(chunks_are_cut_by_the_seed_and_lose_nothing),
		EACH(no_event_is_longer_than_the_bound),
		EACH(a_slow_reader_is_seen_in_unsent_bytes),
		EACH(a_cut_breaks_both_ends_at_its_byte),
		EACH(an_orderly_end_comes_after_what_was_queued),
		EACH(a_reset_throws_away_what_was_queued),
		EACH(nobody_listening_is_a_refusal),
		EACH(a_full_table_gives_no_connection),
		EACH(the_place_of_a_closed_driver_is_taken_again),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.stream.stream_sim", tests, NULL, NULL);
}
