/* A simulated wire keeps order, time and bytes, and refuses when it is full. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/port/port_sim.h"

static int open_port(void **state)
{
	*state = port_sim_open("A");
	return 0;
}

static int close_port(void **state)
{
	port_close(*state);
	return 0;
}

static struct port_stats stats_of(struct port *port)
{
	struct port_stats stats;
	port_get_stats(port, &stats);
	return stats;
}

static void what_is_put_arrives_in_order(void **state)
{
	struct port *port = *state;
	struct packet packets[BURST_COUNT_MAX];
	assert_true(port_sim_put(port, (const uint8_t *)"one", 3, 0));
	assert_true(port_sim_put_cut(port, (const uint8_t *)"three", 5, 50, 7));
	assert_true(port_sim_put(port, NULL, 0, 0));
	assert_int_equal(port_rx_burst(port, 7, packets, BURST_COUNT_MAX), 3);
	assert_int_equal(packets[0].size_bytes, 3);
	assert_memory_equal(packets[0].bytes, "one", 3);
	assert_int_equal(packets[1].wire_bytes, 50);
	assert_int_equal(packets[1].size_bytes, 5);
	assert_int_equal(packets[1].time_ns, 7);
	assert_memory_equal(packets[1].bytes, "three", 5);
	assert_int_equal(packets[2].size_bytes, 0);
	assert_int_equal(stats_of(port).rx_packets, 3);
	assert_int_equal(stats_of(port).rx_bytes, 8);
	assert_int_equal(port_rx_burst(port, 7, packets, BURST_COUNT_MAX), 0);
}

static void a_frame_waits_for_its_time_and_for_those_before_it(void **state)
{
	struct port *port = *state;
	struct packet packets[BURST_COUNT_MAX];
	port_sim_put(port, (const uint8_t *)"late", 4, 100);
	port_sim_put(port, (const uint8_t *)"soon", 4, 50);
	assert_int_equal(port_rx_burst(port, 99, packets, BURST_COUNT_MAX), 0);
	assert_int_equal(port_rx_burst(port, 100, packets, BURST_COUNT_MAX), 2);
	assert_memory_equal(packets[0].bytes, "late", 4);
}

static void a_burst_gives_no_more_than_asked(void **state)
{
	struct port *port = *state;
	struct packet packets[BURST_COUNT_MAX];
	for (uint8_t i = 0; i < 5; i++)
		port_sim_put(port, &i, 1, 0);
	assert_int_equal(port_rx_burst(port, 0, packets, 2), 2);
	assert_int_equal(port_rx_burst(port, 0, packets, 0), 0);
	assert_int_equal(port_rx_burst(port, 0, packets, 32), 3);
	assert_int_equal(packets[0].bytes[0], 2);
}

static void a_wire_full_of_frames_refuses_the_next(void **state)
{
	struct port *port = *state;
	struct packet packets[BURST_COUNT_MAX];
	uint8_t byte = 1;
	for (uint32_t i = 0; i < PORT_SIM_FRAME_COUNT; i++)
		assert_true(port_sim_put(port, &byte, 1, 0));
	assert_false(port_sim_put(port, &byte, 1, 0));
	/* port_sim (1): frames that are lent keep their place until the next burst */
	assert_int_equal(port_rx_burst(port, 0, packets, 1), 1);
	assert_false(port_sim_put(port, &byte, 1, 0));
	assert_int_equal(port_rx_burst(port, 0, packets, 1), 1);
	assert_true(port_sim_put(port, &byte, 1, 0));
	assert_false(port_sim_put(port, &byte, 1, 0));
}

static void a_wire_full_of_bytes_refuses_and_overwrites_nothing(void **state)
{
	struct port *port = *state;
	static uint8_t frame[PACKET_BYTES_MAX];
	struct packet packets[BURST_COUNT_MAX];
	uint32_t put = 0, taken = 0;
	/* round and round, so that frames end at every place near the ring's end */
	for (uint32_t round = 0; round < 20; round++) {
		for (;; put++) {
			uint32_t size = PACKET_BYTES_MAX - put * 13 % 97;
			memset(frame, (int)(put & 0xff), size);
			if (!port_sim_put(port, frame, size, 0))
				break;
		}
		assert_true(put - taken >= PORT_SIM_BYTES / PACKET_BYTES_MAX - 2 - BURST_COUNT_MAX);
		for (uint32_t burst = 0; burst < 5; burst++) {
			uint32_t count = port_rx_burst(port, 0, packets, BURST_COUNT_MAX);
			assert_int_equal(count, BURST_COUNT_MAX);
			for (uint32_t i = 0; i < count; i++, taken++) {
				assert_int_equal(
					packets[i].size_bytes, PACKET_BYTES_MAX - taken * 13 % 97);
				for (uint32_t at = 0; at < packets[i].size_bytes; at += 61)
					assert_int_equal(packets[i].bytes[at], taken & 0xff);
			}
		}
	}
}

static void a_frame_longer_than_the_longest_is_refused(void **state)
{
	struct port *port = *state;
	static uint8_t frame[PACKET_BYTES_MAX + 1];
	assert_true(port_sim_put(port, frame, PACKET_BYTES_MAX, 0));
	assert_false(port_sim_put(port, frame, PACKET_BYTES_MAX + 1, 0));
	assert_true(port_tx(port, frame, PACKET_BYTES_MAX));
	assert_false(port_tx(port, frame, PACKET_BYTES_MAX + 1));
	assert_false(port_tx(port, frame, 0));
}

static void what_is_sent_is_kept_until_it_is_taken(void **state)
{
	struct port *port = *state;
	struct packet packet;
	assert_false(port_sim_take_sent(port, &packet));
	assert_true(port_tx(port, (const uint8_t *)"join", 4));
	assert_true(port_tx(port, (const uint8_t *)"leave", 5));
	assert_int_equal(stats_of(port).tx_packets, 2);
	assert_true(port_sim_take_sent(port, &packet));
	assert_int_equal(packet.size_bytes, 4);
	assert_memory_equal(packet.bytes, "join", 4);
	assert_true(port_sim_take_sent(port, &packet));
	assert_memory_equal(packet.bytes, "leave", 5);
	assert_false(port_sim_take_sent(port, &packet));
}

static void a_pulled_cable_carries_nothing_either_way(void **state)
{
	struct port *port = *state;
	struct packet packets[BURST_COUNT_MAX];
	port_sim_put(port, (const uint8_t *)"x", 1, 0);
	port_sim_set_link(port, false);
	assert_false(stats_of(port).link_up);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 0);
	assert_false(port_tx(port, (const uint8_t *)"y", 1));
	port_sim_set_link(port, true);
	assert_true(stats_of(port).link_up);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 1);
	assert_true(port_tx(port, (const uint8_t *)"y", 1));
}

static void the_end_is_reached_when_all_is_delivered(void **state)
{
	struct port *port = *state;
	struct packet packets[BURST_COUNT_MAX];
	port_sim_put(port, (const uint8_t *)"x", 1, 0);
	assert_false(stats_of(port).at_end);
	port_sim_end(port);
	assert_false(stats_of(port).at_end);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 1);
	assert_true(stats_of(port).at_end);
}

#define WITH_PORT(test) cmocka_unit_test_setup_teardown(test, open_port, close_port)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PORT(what_is_put_arrives_in_order),
		WITH_PORT(a_frame_waits_for_its_time_and_for_those_before_it),
		WITH_PORT(a_burst_gives_no_more_than_asked),
		WITH_PORT(a_wire_full_of_frames_refuses_the_next),
		WITH_PORT(a_wire_full_of_bytes_refuses_and_overwrites_nothing),
		WITH_PORT(a_frame_longer_than_the_longest_is_refused),
		WITH_PORT(what_is_sent_is_kept_until_it_is_taken),
		WITH_PORT(a_pulled_cable_carries_nothing_either_way),
		WITH_PORT(the_end_is_reached_when_all_is_delivered),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.port.port_sim", tests, NULL, NULL);
}
