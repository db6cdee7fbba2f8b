/* Kernel TCP through the ring, over loopback: what goes in comes out, and every end is told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "drivers/stream/stream.h"
#include "tests/unit/drivers/stream/seen.h"

enum { SEND_BYTES = 65536, CONNECTION_COUNT = 60 /* of 64 slots */ };

/* What one driver has seen, by connection in order of opening. */
static struct stream *server, *client;
static uint16_t port;

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static int ends_open(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	server = stream_uring_open(CONNECTION_COUNT, CONNECTION_COUNT, SEND_BYTES, &error);
	client = stream_uring_open(CONNECTION_COUNT, CONNECTION_COUNT, SEND_BYTES, &error);
	assert_non_null(server);
	assert_non_null(client);
	uint32_t listener = stream_listen(server, "127.0.0.1", 0, &error);
	assert_int_equal(listener, 1);
	port = stream_listen_port(server, listener);
	assert_int_not_equal(port, 0);
	return 0;
}

static int ends_close(void **state)
{
	(void)state;
	stream_close(client);
	stream_close(server);
	return 0;
}

/* until polls both ends until the truth holds or five seconds are over. */
#define until(truth)                                                                               \
	do {                                                                                       \
		uint64_t deadline_ns = now_ns() + 5000000000ull;                                   \
		bool is_true;                                                                      \
		while (!(is_true = (truth)) && now_ns() < deadline_ns) {                           \
			see(server, &at_server);                                                   \
			see(client, &at_client);                                                   \
		}                                                                                  \
		assert_true(is_true);                                                              \
	} while (0)

static void a_message_is_echoed(void **state)
{
	struct seen at_server = {.is_echo = true}, at_client = {0};
	(void)state;
	uint32_t c = stream_connect(client, "127.0.0.1", port);
	assert_int_not_equal(c, CONNECTION_NONE);
	until(at_client.opened == 1);
	assert_int_equal(at_client.last_opened, c);
	assert_true(stream_send(client, c, (const uint8_t *)"hello", 5));
	until(at_client.bytes == 5);
	until(stream_unsent_bytes(client, c) == 0);
}

static void nothing_is_sent_before_the_connection_is_open(void **state)
{
	(void)state;
	uint32_t c = stream_connect(client, "127.0.0.1", port);
	assert_false(stream_send(client, c, (const uint8_t *)"x", 1));
	assert_false(stream_send(client, c + 1, (const uint8_t *)"x", 1));
}

static void bulk_crosses_both_ways_in_order(void **state)
{
	static uint8_t block[1000];
	struct seen at_server = {0}, at_client = {0};
	uint64_t sum = 0;
	(void)state;
	uint32_t c = stream_connect(client, "127.0.0.1", port);
	until(at_client.opened == 1 && at_server.opened == 1);
	for (uint32_t i = 0; i < 200; i++) {
		for (uint32_t b = 0; b < sizeof block; b++) {
			block[b] = (uint8_t)(i * 7 + b * 13);
			sum = sum * 31 + block[b];
		}
		until(stream_send(client, c, block, sizeof block));
		until(stream_send(server, at_server.last_opened, block, sizeof block));
	}
	until(at_server.bytes == 200000 && at_client.bytes == 200000);
	assert_int_equal(at_server.sum, sum);
	assert_int_equal(at_client.sum, sum);
}

static void a_message_is_taken_whole_or_not_at_all(void **state)
{
	static uint8_t block[SEND_BYTES];
	struct seen at_server = {0}, at_client = {0};
	(void)state;
	uint32_t c = stream_connect(client, "127.0.0.1", port);
	until(at_client.opened == 1);
	assert_true(stream_send(client, c, block, SEND_BYTES - 10));
	assert_false(stream_send(client, c, block, 11));
	assert_int_equal(stream_unsent_bytes(client, c), SEND_BYTES - 10);
	assert_true(stream_send(client, c, block, 10));
	assert_false(stream_send(client, c, block, 1));
	until(at_server.bytes == SEND_BYTES && stream_unsent_bytes(client, c) == 0);
	assert_true(stream_send(client, c, block, SEND_BYTES));
}

/* pattern fills a block that differs from its neighbours. */
static void pattern(uint8_t *block, uint32_t size, uint64_t number)
{
	for (uint32_t b = 0; b < size; b++)
		block[b] = (uint8_t)(number * 7 + b * 13 + number / 256);
}

static void a_reader_that_does_not_read_leaves_bytes_unsent(void **state)
{
	static uint8_t block[3000]; /* no divisor of the buffer: messages lie across its end */
	struct seen at_server = {0}, at_client = {0};
	uint64_t sent = 0, sum = 0;
	(void)state;
	uint32_t c = stream_connect(client, "127.0.0.1", port);
	until(at_client.opened == 1 && at_server.opened == 1);
	pattern(block, sizeof block, 0);
	for (uint64_t end_ns = now_ns() + 5000000000ull; now_ns() < end_ns;) {
		if (stream_send(client, c, block, sizeof block)) {
			for (uint32_t b = 0; b < sizeof block; b++)
				sum = sum * 31 + block[b];
			pattern(block, sizeof block, ++sent);
		} else if (stream_unsent_bytes(client, c) > SEND_BYTES - sizeof block) {
			break;
		}
		see(client, &at_client);
	}
	/* The server's ring reads ahead only while it is polled, so the kernel's buffers fill. */
	assert_true(stream_unsent_bytes(client, c) > SEND_BYTES - sizeof block);
	for (uint32_t more = 0; more < 200; more++) {
		until(stream_send(client, c, block, sizeof block));
		for (uint32_t b = 0; b < sizeof block; b++)
			sum = sum * 31 + block[b];
		pattern(block, sizeof block, ++sent);
	}
	until(at_server.bytes == sent * sizeof block && stream_unsent_bytes(client, c) == 0);
	assert_int_equal(at_server.sum, sum);
}

static void a_refused_connection_closes_with_its_reason(void **state)
{
	struct seen at_server = {0}, at_client = {0};
	struct config_error error;
	(void)state;
	struct stream *other = stream_uring_open(1, 1, 4096, &error);
	uint16_t dead = stream_listen_port(other, stream_listen(other, "127.0.0.1", 0, &error));
	stream_close(other);
	stream_connect(client, "127.0.0.1", dead);
	until(at_client.closed == 1);
	assert_int_equal(at_client.last_error, ECONNREFUSED);
	assert_int_equal(at_client.opened, 0);
	stream_connect(client, "not an address", dead);
	until(at_client.closed == 2);
	assert_int_equal(at_client.last_error, EINVAL);
}

static void an_orderly_end_comes_after_what_was_queued(void **state)
{
	static uint8_t block[50000];
	struct seen at_server = {0}, at_client = {0};
	(void)state;
	uint32_t c = stream_connect(client, "127.0.0.1", port);
	until(at_client.opened == 1);
	assert_true(stream_send(client, c, block, sizeof block));
	stream_shut(client, c, false);
	assert_false(stream_send(client, c, block, 1));
	until(at_server.closed == 1 && at_client.closed == 1);
	assert_int_equal(at_server.bytes, sizeof block);
	assert_int_equal(at_server.last_error, 0);
	assert_int_equal(at_client.last_error, 0);
}

static void a_reset_is_seen_as_one(void **state)
{
	static uint8_t block[30000];
	struct seen at_server = {0}, at_client = {0};
	(void)state;
	uint32_t c = stream_connect(client, "127.0.0.1", port);
	until(at_client.opened == 1 && at_server.opened == 1);
	assert_true(stream_send(client, c, block, sizeof block));
	stream_shut(client, c, true);
	until(at_server.closed == 1 && at_client.closed == 1);
	assert_int_equal(at_client.last_error, ECONNABORTED);
	assert_int_equal(at_server.last_error, ECONNRESET);
	assert_int_equal(at_server.bytes, 0);
}

static int plain_connect(void)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
	return fd;
}

static void a_peer_that_half_closes_still_gets_what_was_queued(void **state)
{
	struct seen at_server = {.is_echo = true}, at_client = {0};
	char text[8];
	(void)state;
	int fd = plain_connect();
	assert_int_equal(send(fd, "last", 4, 0), 4);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	until(at_server.closed == 1);
	assert_int_equal(at_server.bytes, 4);
	assert_int_equal(at_server.last_error, 0);
	assert_int_equal(recv(fd, text, sizeof text, MSG_WAITALL), 4);
	close(fd);
}

static void a_reset_ends_a_send_that_is_stuck(void **state)
{
	static uint8_t block[4096];
	struct seen at_server = {0}, at_client = {0};
	(void)state;
	uint32_t c = stream_connect(client, "127.0.0.1", port);
	until(at_client.opened == 1 && at_server.opened == 1);
	for (uint32_t stuck = 0; stuck < 1000;) {
		stuck = stream_send(client, c, block, sizeof block) ? 0 : stuck + 1;
		see(client, &at_client);
	}
	assert_true(stream_unsent_bytes(client, c) > 0);
	stream_shut(client, c, true);
	until(at_client.closed == 1);
	assert_int_equal(at_client.last_error, ECONNABORTED);
	until(at_server.closed == 1);
	assert_int_equal(at_server.last_error, ECONNRESET);
}

/* More than the kernel's buffers hold, so that bytes are still unsent when the peer's end comes. */
static void what_a_half_closed_peer_has_not_read_still_comes(void **state)
{
	enum { MUCH_BYTES = 1 << 24 };
	static uint8_t block[65536];
	struct seen at_server = {0}, at_client = {0};
	struct config_error error;
	uint64_t got = 0;
	(void)state;
	struct stream *narrow = server;
	server = stream_uring_open(1, 1, MUCH_BYTES, &error);
	port = stream_listen_port(server, stream_listen(server, "127.0.0.1", 0, &error));
	int fd = plain_connect();
	until(at_server.opened == 1);
	uint32_t c = at_server.last_opened;
	for (uint32_t sent = 0; sent < MUCH_BYTES; sent += sizeof block)
		assert_true(stream_send(server, c, block, sizeof block));
	see(server, &at_server);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	for (int i = 0; i < 1000; i++)
		see(server, &at_server);
	assert_true(stream_unsent_bytes(server, c) > 0);
	assert_int_equal(at_server.closed, 0);
	for (uint64_t end_ns = now_ns() + 5000000000ull; got < MUCH_BYTES && now_ns() < end_ns;) {
		ssize_t size = recv(fd, block, sizeof block, MSG_DONTWAIT);
		assert_true(size != 0);
		got += size > 0 ? (uint64_t)size : 0;
		see(server, &at_server);
	}
	assert_int_equal(got, MUCH_BYTES);
	until(at_server.closed == 1);
	assert_int_equal(at_server.last_error, 0);
	close(fd);
	stream_close(server);
	server = narrow;
}

static void a_reset_leaves_before_the_next_poll(void **state)
{
	struct seen at_server = {0}, at_client = {0};
	char text[8];
	(void)state;
	int fd = plain_connect();
	until(at_server.opened == 1);
	assert_true(stream_send(server, at_server.last_opened, (const uint8_t *)"late", 4));
	stream_shut(server, at_server.last_opened, true);
	errno = 0;
	assert_int_equal(recv(fd, text, sizeof text, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	close(fd);
}

static void a_peer_that_never_ends_is_reset_by_a_second_call(void **state)
{
	struct seen at_server = {0}, at_client = {0};
	char text[8];
	(void)state;
	int fd = plain_connect();
	until(at_server.opened == 1);
	stream_shut(server, at_server.last_opened, false);
	assert_int_equal(recv(fd, text, sizeof text, MSG_DONTWAIT), -1);
	for (int i = 0; i < 1000; i++)
		see(server, &at_server);
	assert_int_equal(at_server.closed, 0);
	stream_shut(server, at_server.last_opened, true);
	until(at_server.closed == 1);
	assert_int_equal(at_server.last_error, ECONNABORTED);
	close(fd);
}

static void a_full_table_refuses_the_next_and_serves_again_when_one_leaves(void **state)
{
	struct seen at_server = {.is_echo = true}, at_client = {0};
	uint32_t connections[CONNECTION_COUNT];
	(void)state;
	for (uint32_t i = 0; i < CONNECTION_COUNT; i++) {
		connections[i] = stream_connect(client, "127.0.0.1", port);
		assert_int_not_equal(connections[i], CONNECTION_NONE);
	}
	assert_int_equal(stream_connect(client, "127.0.0.1", port), CONNECTION_NONE);
	until(at_client.opened == CONNECTION_COUNT && at_server.opened == CONNECTION_COUNT);
	for (uint32_t i = 0; i < CONNECTION_COUNT; i++)
		assert_true(stream_send(client, connections[i], (const uint8_t *)&i, sizeof i));
	until(at_client.bytes == CONNECTION_COUNT * sizeof(uint32_t));

	char text[1];
	int fd = plain_connect();
	for (int i = 0; i < 10000 && recv(fd, text, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN; i++)
		see(server, &at_server);
	assert_true(recv(fd, text, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
	close(fd);

	stream_shut(client, connections[5], true);
	until(at_client.closed == 1 && at_server.closed == 1);
	uint32_t again = stream_connect(client, "127.0.0.1", port);
	until(at_client.opened == CONNECTION_COUNT + 1);
	for (uint32_t i = 0; i < CONNECTION_COUNT; i++)
		assert_int_not_equal(again, connections[i]);
	assert_false(stream_send(client, connections[5], (const uint8_t *)"x", 1));
}

/* Of a connection that left the next has the send buffer: what each says at once comes back to it, and no other's. */
static void a_connection_never_sends_what_another_said(void **state)
{
	enum { TURNS = 8, HELD = 3 };
	struct seen at_server = {.is_echo = true}, at_client = {0};
	struct stream_event event;
	uint32_t held[HELD], heard = 0;
	(void)state;
	for (uint32_t i = 0; i < HELD; i++)
		held[i] = stream_connect(client, "127.0.0.1", port);
	until(at_client.opened == HELD);
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		stream_shut(client, held[turn % HELD], true);
		until(at_client.closed == turn + 1);
		held[turn % HELD] = stream_connect(client, "127.0.0.1", port);
		until(at_client.opened == HELD + turn + 1);
	}
	for (uint32_t i = 0; i < HELD; i++)
		assert_true(
			stream_send(client, held[i], (const uint8_t *)&held[i], sizeof held[i]));
	for (uint64_t end_ns = now_ns() + 5000000000ull; heard < HELD && now_ns() < end_ns;) {
		see(server, &at_server);
		if (stream_poll(client, &event, 1) == 0)
			continue;
		assert_int_equal(event.kind, STREAM_BYTES);
		assert_int_equal(event.size_bytes, sizeof event.connection);
		assert_memory_equal(event.bytes, &event.connection, sizeof event.connection);
		heard++;
	}
	assert_int_equal(heard, HELD);
}

static void one_event_at_a_time_loses_nothing(void **state)
{
	struct stream_event event;
	struct seen at_server = {.is_echo = true};
	uint32_t bytes = 0, opened = 0;
	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		stream_connect(client, "127.0.0.1", port);
	for (uint64_t end_ns = now_ns() + 5000000000ull; bytes < 8 && now_ns() < end_ns;) {
		see(server, &at_server);
		if (stream_poll(client, &event, 1) == 0)
			continue;
		if (event.kind == STREAM_OPENED) {
			opened++;
			assert_true(stream_send(client, event.connection, (const uint8_t *)"x", 1));
		} else {
			assert_int_equal(event.kind, STREAM_BYTES);
			bytes += event.size_bytes;
		}
	}
	assert_int_equal(opened, 8);
	assert_int_equal(bytes, 8);
}

static void *poll_on_a_stage(void *argument)
{
	struct seen at_server = {.is_echo = true}, at_client = {0};
	(void)argument;
	until(at_server.bytes == 4);
	return NULL;
}

static void boot_opens_and_a_stage_polls(void **state)
{
	pthread_t stage;
	char text[8];
	(void)state;
	stream_connect(client, "127.0.0.1", port);
	int fd = plain_connect();
	assert_int_equal(send(fd, "boot", 4, 0), 4);
	assert_int_equal(pthread_create(&stage, NULL, poll_on_a_stage, NULL), 0);
	pthread_join(stage, NULL);
	ends_close(NULL); /* by another thread than polled: what is queued still goes */
	assert_int_equal(recv(fd, text, sizeof text, MSG_WAITALL), 4);
	close(fd);
	ends_open(NULL);
}

static void a_port_in_use_is_refused_with_a_sentence(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	assert_int_equal(stream_listen(client, "127.0.0.1", port, &error), 0);
	assert_non_null(strstr(error.text, "Address already in use"));
	assert_int_equal(stream_listen(client, "localhost", 0, &error), 0);
	assert_non_null(strstr(error.text, "numeric IPv4"));
	assert_int_equal(stream_listen_port(client, 1), 0);
}

static void churn_never_gives_a_number_twice_and_leaks_no_descriptor(void **state)
{
	struct seen at_server = {0}, at_client = {0};
	uint32_t last = 0;
	(void)state;
	int before = dup(0);
	close(before);
	for (uint32_t i = 0; i < 500; i++) {
		uint32_t c = stream_connect(client, "127.0.0.1", port);
		assert_true(c > last);
		last = c;
		until(at_client.opened == i + 1);
		stream_shut(client, c, i % 2 == 0);
		until(at_client.closed == i + 1 && at_server.closed == i + 1);
	}
	int after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, ends_open, ends_close)
	const struct CMUnitTest tests[] = {
		EACH(a_message_is_echoed),
		EACH(nothing_is_sent_before_the_connection_is_open),
		EACH(bulk_crosses_both_ways_in_order),
		EACH(a_message_is_taken_whole_or_not_at_all),
		EACH(a_reader_that_does_not_read_leaves_bytes_unsent),
		EACH(a_refused_connection_closes_with_its_reason),
		EACH(an_orderly_end_comes_after_what_was_queued),
		EACH(a_reset_is_seen_as_one),
		EACH(a_peer_that_half_closes_still_gets_what_was_queued),
		EACH(what_a_half_closed_peer_has_not_read_still_comes),
		EACH(a_reset_ends_a_send_that_is_stuck),
		EACH(a_reset_leaves_before_the_next_poll),
		EACH(a_peer_that_never_ends_is_reset_by_a_second_call),
		EACH(a_full_table_refuses_the_next_and_serves_again_when_one_leaves),
		EACH(a_connection_never_sends_what_another_said),
		EACH(one_event_at_a_time_loses_nothing),
		EACH(boot_opens_and_a_stage_polls),
		EACH(a_port_in_use_is_refused_with_a_sentence),
		EACH(churn_never_gives_a_number_twice_and_leaks_no_descriptor),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.stream.stream_uring", tests, NULL, NULL);
}
