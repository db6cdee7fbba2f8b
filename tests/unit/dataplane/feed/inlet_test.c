/* inlet_test.c - each frame has one line or one reason, and under every fault all frames are accounted for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "drivers/port/port_fault.h"
#include "tests/support/feed_rig.h"
#include "dataplane/feed/inlet.h"

enum { FRAME_COUNT = 3000 };

static struct port *port;
static struct inlet inlet;
static struct port_page page;
static struct metrics metrics;

static int inlet_open(void **state)
{
	(void)state;
	memset(&page, 0, sizeof page);
	memset(&metrics, 0, sizeof metrics);
	port = port_sim_open("A");
	inlet_init(&inlet, port, &page, &metrics, 1);
	return 0;
}

static int inlet_close(void **state)
{
	(void)state;
	port_close(port);
	return 0;
}

static void frame_make(uint32_t target_ip, uint32_t source_ip, uint16_t udp_port, uint8_t *frame,
	struct packet *packet)
{
	static const uint8_t mac[6] = {2};
	struct net_udp udp = {
		.source_ip = source_ip, .target_ip = target_ip, .target_port = udp_port};
	*packet = (struct packet){.bytes = frame};
	packet->size_bytes = packet->wire_bytes = net_build_udp(frame, 64, mac, mac, &udp);
}

static void a_frame_is_of_the_line_with_its_group_source_and_port(void **state)
{
	(void)state;
	struct line_config one = {.group_ip = 0xE9360C01, .source_ip = 7, .udp_port = 1000};
	struct line_config any = {.udp_port = 2000};
	struct net_udp udp;
	struct packet packet;
	uint8_t frame[64];
	inlet_add(&inlet, &one, 3, 1);
	assert_false(inlet.takes_any);
	inlet_add(&inlet, &any, 4, 0);
	assert_true(inlet.takes_any);
	frame_make(0xE9360C01, 7, 1000, frame, &packet);
	const struct line_key *key = inlet_look(&inlet, &packet, &udp, 0);
	assert_non_null(key);
	assert_int_equal(key->channel, 3);
	assert_int_equal(key->line, 1);
	frame_make(0x01020304, 9, 2000, frame, &packet);
	key = inlet_look(&inlet, &packet, &udp, 0);
	assert_non_null(key);
	assert_int_equal(key->channel, 4);
	frame_make(0xE9360C01, 8, 1000, frame, &packet);
	assert_null(inlet_look(&inlet, &packet, &udp, 0));
	assert_non_null(inlet_stranger_of(&inlet));
	assert_int_equal(inlet_stranger_of(&inlet)->channel, 3);
	assert_int_equal(inlet_stranger_of(&inlet)->line, 1);
	frame_make(0xE9360C02, 7, 1000, frame, &packet);
	assert_null(inlet_look(&inlet, &packet, &udp, 0));
	assert_null(inlet_stranger_of(&inlet));
	assert_int_equal(metrics_get(&metrics, METRIC_feed_strangers), 1);
	assert_int_equal(port_page_get(&page, PORT_WORD_not_ours), 2);
	packet.size_bytes = PACKET_BYTES_MAX + 1;
	assert_null(inlet_look(&inlet, &packet, &udp, 0));
	assert_int_equal(port_page_get(&page, PORT_WORD_bad_frames), 1);
	inlet_took(&inlet, 5, 2, 300);
	assert_int_equal(port_page_residue(&page), 0);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_packets), 5);
}

static void two_families_may_share_a_udp_port(void **state)
{
	(void)state;
	static const uint8_t mac[6] = {2};
	static const uint8_t group6[16] = {0xFF, 0x3E, [15] = 1},
			     other6[16] = {0xFF, 0x3E, [15] = 2};
	struct line_config six = {.is_ipv6 = 1, .udp_port = 1000}, four = {.udp_port = 1000};
	struct net_udp udp,
		sent = {.source_ip6 = group6, .target_ip6 = group6, .target_port = 1000};
	struct packet packet;
	uint8_t frame[128];
	memcpy(six.group_ip6, group6, sizeof group6);
	inlet_add(&inlet, &six, 3, 0);
	inlet_add(&inlet, &four, 4, 0);
	frame_make(0x01020304, 9, 1000, frame, &packet);
	const struct line_key *key = inlet_look(&inlet, &packet, &udp, 0);
	assert_non_null(key);
	assert_int_equal(key->channel, 4);
	packet.size_bytes = packet.wire_bytes = net_build_udp(frame, sizeof frame, mac, mac, &sent);
	key = inlet_look(&inlet, &packet, &udp, 0);
	assert_non_null(key);
	assert_int_equal(key->channel, 3);
	sent.target_port = 1001;
	packet.size_bytes = packet.wire_bytes = net_build_udp(frame, sizeof frame, mac, mac, &sent);
	assert_null(inlet_look(&inlet, &packet, &udp, 0));
	sent.target_port = 1000;
	sent.target_ip6 = other6;
	packet.size_bytes = packet.wire_bytes = net_build_udp(frame, sizeof frame, mac, mac, &sent);
	assert_null(inlet_look(&inlet, &packet, &udp, 0));
}

static void the_device_is_asked_for_losses_link_and_rings(void **state)
{
	(void)state;
	uint8_t frame[64] = {0};
	port_sim_set_losses(port, 5, 6, 7);
	port_sim_set_time(port, PORT_TIME_HARDWARE);
	port_sim_put(port, frame, sizeof frame, 0);
	inlet_ask(&inlet);
	assert_int_equal(port_page_get(&page, PORT_WORD_missed), 5);
	assert_int_equal(port_page_get(&page, PORT_WORD_no_buffer), 6);
	assert_int_equal(port_page_get(&page, PORT_WORD_errors), 7);
	assert_int_equal(port_page_get(&page, PORT_WORD_link_up), 1);
	assert_int_equal(port_page_get(&page, PORT_WORD_ring_used), 1);
	assert_int_equal(port_page_get(&page, PORT_WORD_ring_size), PORT_SIM_FRAME_COUNT);
	assert_int_equal(port_page_get(&page, PORT_WORD_time_source), PORT_TIME_HARDWARE);
	assert_int_equal(inlet.time_source, PORT_TIME_HARDWARE);
}

static void a_link_that_goes_down_counts_once(void **state)
{
	(void)state;
	inlet_ask(&inlet);
	for (uint32_t fall = 1; fall <= 3; fall++) {
		port_sim_set_link(port, false);
		inlet_ask(&inlet);
		inlet_ask(&inlet);
		assert_int_equal(port_page_get(&page, PORT_WORD_link_up), 0);
		assert_int_equal(port_page_get(&page, PORT_WORD_link_downs), fall);
		port_sim_set_link(port, true);
		inlet_ask(&inlet);
	}
}

/* faulty_day plays FRAME_COUNT packets through one faulty line and leaves the port's page. */
static void faulty_day(const struct port_fault_rates *rates, struct port_page *after)
{
	struct feed_rig *rig = feed_rig_open("", 1);
	struct config_error error;
	feed_close(rig->feed);
	struct port *plain = rig->ports[0];
	rig->ports[0] = port_fault_open(plain, rates);
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
	assert_non_null(rig->feed);
	for (uint32_t n = 1; n <= FRAME_COUNT; n++) {
		uint8_t payload[256], frame[320];
		feed_rig_add(rig, 1, n, n % 2 != 0 ? SIDE_BUY : SIDE_SELL, 100,
			n % 2 != 0 ? 1000000 : 1000100);
		uint32_t size = feed_rig_payload(rig, "000010059B", n, 1, payload, sizeof payload);
		size = feed_rig_frame(0, 0, payload, size, frame, sizeof frame);
		assert_true(port_sim_put(plain, frame, size, 0));
		feed_rig_send(rig, 1, n, 1);
		rig->now_ns += 10000;
		feed_rig_poll(rig);
		if (n % 500 == 0)
			rig->now_ns += 200000000;
	}
	port_sim_end(plain);
	rig->now_ns += 1000000000;
	feed_rig_poll(rig);
	rig->now_ns += 1000000000;
	feed_rig_poll(rig);
	memcpy(after, &rig->region->ports[0], sizeof *after);
	assert_int_equal(port_page_residue(&rig->region->ports[1]), 0);
	/* The other line is whole, so nothing is lost and nothing is wrong. */
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_lost), 0);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).bid_qty, FRAME_COUNT / 2 * 100);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).stale, 0);
	feed_rig_close(rig);
}

static void under_every_fault_all_frames_are_accounted_for(void **state)
{
	(void)state;
	struct port_fault_rates days[5 + SPOIL_COUNT + 1];
	static const enum port_word reasons[SPOIL_COUNT] = {[SPOIL_RUNT] = PORT_WORD_bad_frames,
		[SPOIL_CUT] = PORT_WORD_bad_frames,
		[SPOIL_CHECKSUM] = PORT_WORD_bad_frames,
		[SPOIL_LENGTH] = PORT_WORD_bad_frames,
		[SPOIL_VLAN] = PORT_WORD_not_udp,
		[SPOIL_FRAGMENT] = PORT_WORD_fragments};
	memset(days, 0, sizeof days);
	days[0].loss_ppm = days[1].reorder_ppm = days[2].duplicate_ppm = 100000;
	days[3].burst_ppm = 5000;
	days[3].burst_frames = 50;
	days[4].delay_ppm = 100000;
	days[4].delay_ns = 100000;
	days[4].skew_ns = 50000;
	struct port_fault_rates *all = &days[ARRAY_COUNT(days) - 1];
	*all = days[3];
	all->loss_ppm = all->reorder_ppm = all->duplicate_ppm = all->delay_ppm = 20000;
	all->delay_ns = 100000;
	for (uint32_t kind = 0; kind < SPOIL_COUNT; kind++) {
		days[5 + kind].spoil_ppm[kind] = 100000;
		all->spoil_ppm[kind] = 20000;
	}
	for (uint32_t day = 0; day < ARRAY_COUNT(days); day++) {
		static struct port_page after;
		days[day].seed = 100 + day;
		faulty_day(&days[day], &after);
		assert_int_equal(port_page_residue(&after), 0);
		assert_int_equal(port_page_get(&after, PORT_WORD_frames) +
					 port_page_get(&after, PORT_WORD_fault_lost) -
					 port_page_get(&after, PORT_WORD_fault_added),
			FRAME_COUNT);
		if (day >= 5 && day < 5 + SPOIL_COUNT)
			assert_in_range(port_page_get(&after, reasons[day - 5]), 50, 400);
	}
}

#define INLET_TEST(name) cmocka_unit_test_setup_teardown(name, inlet_open, inlet_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		INLET_TEST(a_frame_is_of_the_line_with_its_group_source_and_port),
		INLET_TEST(two_families_may_share_a_udp_port),
		INLET_TEST(the_device_is_asked_for_losses_link_and_rings),
		INLET_TEST(a_link_that_goes_down_counts_once),
		cmocka_unit_test(under_every_fault_all_frames_are_accounted_for),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.inlet", tests, NULL, NULL);
}
