/* Two drivers as one: who asks by name gets the right one, numbers never meet, and each end is told once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/stream/numbers.h"
#include "drivers/stream/stream_pair.h"
#include "drivers/stream/stream_sim.h"
#include "tests/unit/drivers/stream/seen.h"

enum { CONNECTION_COUNT = 16, SEND_BYTES = 4096 };

static struct stream_sim_net *nets[2];
static struct stream *pair, *peers[2];
static struct seen at_pair, at_peer[2];

static int ends_open(void **state)
{
	(void)state;
	memset(&at_pair, 0, sizeof at_pair);
	memset(at_peer, 0, sizeof at_peer);
	for (uint32_t i = 0; i < 2; i++) {
		nets[i] = stream_sim_net_open(i, CONNECTION_COUNT, SEND_BYTES);
		peers[i] = stream_sim_open(nets[i]);
	}
	pair = stream_pair_open(
		stream_sim_open(nets[0]), stream_sim_open(nets[1]), "/", CONNECTION_COUNT);
	return 0;
}

static int ends_close(void **state)
{
	(void)state;
	stream_close(pair);
	for (uint32_t i = 0; i < 2; i++) {
		stream_close(peers[i]);
		stream_sim_net_close(nets[i]);
	}
	return 0;
}

static void turn(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		see(peers[0], &at_peer[0]);
		see(peers[1], &at_peer[1]);
		see(pair, &at_pair);
	}
}

static void an_address_chooses_the_driver(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	at_pair.is_echo = true;
	uint32_t first = stream_listen(pair, "127.0.0.1", 7, &error);
	uint32_t second = stream_listen(pair, "/run/order.sock", 8, &error);
	assert_true(first != 0 && second != 0 && first != second);
	assert_int_equal(stream_listen_port(pair, first), 7);
	assert_int_equal(stream_listen_port(pair, second), 8);
	uint32_t a = stream_connect(peers[0], "", 7), b;
	turn(3);
	assert_int_equal(at_pair.last_listener, first);
	uint32_t at_first = at_pair.last_opened;
	b = stream_connect(peers[1], "", 8);
	turn(3);
	assert_int_equal(at_pair.last_listener, second);
	assert_int_not_equal(at_pair.last_opened, at_first); /* the drivers count alike */
	assert_true(stream_send(peers[0], a, (const uint8_t *)"one", 3));
	assert_true(stream_send(peers[1], b, (const uint8_t *)"four", 4));
	turn(3);
	assert_int_equal(at_peer[0].bytes, 3);
	assert_int_equal(at_peer[1].bytes, 4);
	stream_sim_hold(peers[1], b, true);
}

static void every_end_is_told_once(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	stream_listen(peers[0], "", 7, &error);
	stream_listen(peers[1], "", 8, &error);
	uint32_t a = stream_connect(pair, "10.0.0.1", 7), b = stream_connect(pair, "/sock", 8);
	uint32_t c = stream_connect(pair, "/sock", 9);
	assert_true(a != b && b != c && a != CONNECTION_NONE && b != CONNECTION_NONE);
	turn(3);
	assert_int_equal(at_pair.opened, 2);
	assert_int_equal(at_pair.closed, 1);
	assert_int_equal(at_pair.last_closed, c);
	assert_int_equal(at_pair.last_error, ECONNREFUSED);
	assert_true(stream_send(pair, a, (const uint8_t *)"xy", 2));
	assert_int_equal(stream_unsent_bytes(pair, a), 2);
	assert_int_equal(stream_unsent_bytes(pair, b), 0);
	stream_shut(pair, a, true);
	turn(3);
	assert_int_equal(at_pair.last_closed, a);
	assert_int_equal(at_pair.last_error, ECONNABORTED);
	assert_false(stream_send(pair, a, (const uint8_t *)"x", 1));
	assert_false(stream_send(pair, c, (const uint8_t *)"x", 1));
	stream_shut(pair, a, true);
	stream_shut(pair, b, false);
	turn(5);
	assert_int_equal(at_pair.closed, 3);
	assert_int_equal(at_pair.last_closed, b);
	assert_int_equal(at_pair.last_error, 0);
}

static void a_busy_driver_does_not_starve_the_other(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	stream_listen(pair, "127.0.0.1", 7, &error);
	stream_listen(pair, "/sock", 8, &error);
	uint32_t busy[8], quiet;
	for (uint32_t i = 0; i < 8; i++)
		busy[i] = stream_connect(peers[0], "", 7);
	quiet = stream_connect(peers[1], "", 8);
	turn(5);
	assert_int_equal(at_pair.opened, 9);
	uint64_t bytes = at_pair.bytes;
	assert_true(stream_send(peers[1], quiet, (const uint8_t *)"q", 1));
	see(peers[1], &at_peer[1]);
	bool is_heard = false;
	for (uint32_t i = 0; i < 8; i++) {
		for (uint32_t k = 0; k < 8; k++)
			stream_send(peers[0], busy[k], (const uint8_t *)"bb", 2);
		see(peers[0], &at_peer[0]);
		see_some(pair, &at_pair, 4);
		is_heard |= (at_pair.bytes - bytes) % 2 == 1;
	}
	assert_true(is_heard);
}

static void nobody_proves_who_it_is_unless_its_driver_can(void **state)
{
	struct stream_peer peer;
	struct config_error error = {{0}};
	(void)state;
	stream_listen(peers[0], "", 7, &error);
	uint32_t a = stream_connect(pair, "10.0.0.1", 7);
	turn(3);
	assert_false(stream_peer_of(pair, a, &peer));
	assert_false(peer.has_uid);
}

static bool some_counts(struct stream *s, struct stream_counts *counts)
{
	(void)s;
	counts->rx_frames = 7;
	return true;
}

static void the_frames_of_either_are_counted(void **state)
{
	static struct stream_ops with_frames;
	struct stream_counts counts;
	struct stream *plain = stream_sim_open(nets[0]), *framed = stream_sim_open(nets[1]);
	(void)state;
	assert_false(stream_get_counts(pair, &counts));
	with_frames = *framed->ops;
	with_frames.counts = some_counts;
	framed->ops = &with_frames;
	struct stream *other = stream_pair_open(plain, framed, "/", 1);
	assert_true(stream_get_counts(other, &counts));
	assert_int_equal(counts.rx_frames, 7);
	stream_close(other);
}

static void numbers_are_found_after_others_left(void **state)
{
	static struct number rows[1024];
	static uint32_t keys[512];
	struct numbers table;
	uint32_t random = 1, count = 0;
	(void)state;
	numbers_init(&table, rows, numbers_row_count(512));
	assert_int_equal(numbers_row_count(512), 1024);
	for (uint32_t i = 0; i < 200000; i++) {
		random = random * 1664525 + 1013904223;
		if (count < 512 && (random >> 30 != 0 || count == 0)) {
			/* few low bits, so that they crowd */
			uint32_t key = (random >> 8 & 0xFF00) | (random >> 25) | 1u << 31 | i << 17;
			if (numbers_find(&table, key) != NULL)
				continue;
			assert_true(numbers_add(&table, key, ~key));
			keys[count++] = key;
		} else {
			uint32_t at = random % count;
			numbers_remove(&table, numbers_find(&table, keys[at]));
			assert_null(numbers_find(&table, keys[at]));
			keys[at] = keys[--count];
		}
		uint32_t probe = keys[random % (count + 1) % (count > 0 ? count : 1)];
		if (count > 0)
			assert_int_equal(numbers_find(&table, probe)->value, ~probe);
	}
	while (count < 512) {
		keys[count] = 1 + count;
		assert_true(numbers_add(&table, 1 + count++, 0));
	}
	assert_false(numbers_add(&table, 0x7FFFFFFF, 0)); /* no room is no endless search */
	for (uint32_t i = 0; i < count; i++)
		assert_non_null(numbers_find(&table, keys[i]));
}

#define pair_case(name) cmocka_unit_test_setup_teardown(name, ends_open, ends_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		pair_case(an_address_chooses_the_driver),
		pair_case(every_end_is_told_once),
		pair_case(a_busy_driver_does_not_starve_the_other),
		pair_case(nobody_proves_who_it_is_unless_its_driver_can),
		pair_case(the_frames_of_either_are_counted),
		cmocka_unit_test(numbers_are_found_after_others_left),
	};
	return !!cmocka_run_group_tests_name("stream.pair", tests, NULL, NULL);
}
