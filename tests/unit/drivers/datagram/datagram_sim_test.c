/* Datagrams in one process: the same seed loses the same ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/datagram/datagram_sim.h"

static const struct endpoint here = {0x0A000001, 1000}, there = {0x0A000002, 2000};
static struct datagram_sim_net *net;
static struct datagram *a, *b;

static int net_open(void **state)
{
	(void)state;
	net = datagram_sim_net_open(7);
	a = datagram_sim_open(net, &here);
	b = datagram_sim_open(net, &there);
	return 0;
}

static int net_close(void **state)
{
	(void)state;
	datagram_close(a);
	datagram_close(b);
	datagram_sim_net_close(net);
	return 0;
}

static void send_byte(uint8_t byte, uint64_t now_ns)
{
	assert_true(datagram_send(a, &there, &byte, 1, now_ns));
}

static void what_is_sent_comes_with_its_senders_address(void **state)
{
	struct datagram_packet packet;
	(void)state;
	assert_false(datagram_receive(b, &packet, 5));
	send_byte(9, 5);
	assert_true(datagram_send(a, &there, NULL, 0, 5));
	assert_false(datagram_receive(a, &packet, 5));
	assert_true(datagram_receive(b, &packet, 5));
	assert_int_equal(packet.size_bytes, 1);
	assert_int_equal(packet.bytes[0], 9);
	assert_int_equal(packet.from.ip, here.ip);
	assert_int_equal(packet.from.port, here.port);
	assert_true(datagram_receive(b, &packet, 5));
	assert_int_equal(packet.size_bytes, 0);
	assert_false(datagram_receive(b, &packet, 5));
}

static void it_comes_when_its_delay_is_over(void **state)
{
	const struct datagram_sim_rates rates = {.delay_ns_min = 100, .delay_ns_max = 100};
	struct datagram_packet packet;
	(void)state;
	datagram_sim_begin(net, 1, &rates);
	send_byte(1, 50);
	assert_false(datagram_receive(b, &packet, 149));
	assert_true(datagram_receive(b, &packet, 150));
}

/* run_of sends 200 and tells what came, in order. */
static uint32_t run_of(uint64_t seed, uint8_t *came)
{
	const struct datagram_sim_rates rates = {
		.loss_ppm = 300000, .duplicate_ppm = 100000, .delay_ns_min = 0, .delay_ns_max = 50};
	struct datagram_packet packet;
	uint32_t count = 0;
	datagram_sim_begin(net, seed, &rates);
	for (uint32_t i = 0; i < 300; i++) {
		if (i < 200)
			send_byte((uint8_t)i, i);
		while (datagram_receive(b, &packet, i))
			came[count++] = packet.bytes[0];
	}
	return count;
}

static void a_seed_loses_repeats_and_reorders_the_same_ones_again(void **state)
{
	uint8_t first[512], again[512], other[512];
	(void)state;
	uint32_t count = run_of(3, first);
	assert_in_range(count, 110, 190);
	assert_int_equal(run_of(3, again), count);
	assert_memory_equal(first, again, count);
	uint32_t twice = 0, turned = 0;
	for (uint32_t i = 1; i < count; i++) {
		turned += first[i] < first[i - 1];
		for (uint32_t j = 0; j < i; j++)
			twice += first[i] == first[j];
	}
	assert_in_range(twice, 3, 40);
	assert_in_range(turned, 10, 190);
	assert_true(run_of(4, other) != count || memcmp(first, other, count) != 0);
}

static void more_than_the_net_carries_is_lost(void **state)
{
	struct datagram_packet packet;
	uint32_t count = 0;
	(void)state;
	for (uint32_t i = 0; i < DATAGRAM_SIM_FLIGHT_MAX + 5; i++)
		send_byte((uint8_t)i, 1);
	assert_true(datagram_send(a, &(struct endpoint){1, 1}, NULL, 0, 1));
	while (datagram_receive(b, &packet, 1))
		count++;
	assert_int_equal(count, DATAGRAM_SIM_FLIGHT_MAX);
}

static void what_is_longer_than_there_is_room_for_comes_cut_and_says_so(void **state)
{
	static const uint8_t large[DATAGRAM_SIM_BYTES_MAX + 1];
	static const uint32_t sizes[] = {
		DATAGRAM_BYTES_MAX, DATAGRAM_BYTES_MAX + 1, DATAGRAM_SIM_BYTES_MAX};
	struct datagram_packet packet;
	(void)state;
	assert_false(datagram_send(a, &there, large, sizeof large, 1));
	for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		assert_true(datagram_send(a, &there, large, sizes[i], 1));
		assert_true(datagram_receive(b, &packet, 1));
		assert_int_equal(packet.size_bytes, DATAGRAM_BYTES_MAX);
		assert_int_equal(packet.is_cut, sizes[i] > DATAGRAM_BYTES_MAX);
	}
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_open, net_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(what_is_sent_comes_with_its_senders_address),
		NET_TEST(it_comes_when_its_delay_is_over),
		NET_TEST(a_seed_loses_repeats_and_reorders_the_same_ones_again),
		NET_TEST(more_than_the_net_carries_is_lost),
		NET_TEST(what_is_longer_than_there_is_room_for_comes_cut_and_says_so),
	};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.datagram.datagram_sim", tests, NULL, NULL);
}
