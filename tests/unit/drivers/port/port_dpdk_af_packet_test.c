/* A kernel socket multicasts over a veth pair in a network of our own; DPDK receives, and answers.
   rooms: drivers_port dpdk_drivers */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/clock.h"
#include "drivers/port/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GROUP_PORT = 26477, DATAGRAM_COUNT = 2000, PATIENCE_NS = 2000000000 };

static char refused[256];          /* why there is no network to test in */
static struct port *port, *port_b; /* on sluice1 and sluice3 */

static bool write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	ssize_t written = write(file, text, strlen(text));
	close(file);
	return written == (ssize_t)strlen(text);
}

/* A network of our own needs root, or a user namespace in which we are root. */
static bool network_enter(void)
{
	char map[64];
	snprintf(map, sizeof map, "0 %u 1", (unsigned int)getuid());
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
	       write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", map);
}

static bool network_make(void)
{
	return system("PATH=$PATH:/usr/sbin:/sbin; exec 2>/dev/null; "
		      "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; "
		      "ip link add sluice0 type veth peer name sluice1 && "
		      "ip address add 10.77.0.1/24 dev sluice0 && "
		      "ip link set lo up && ip link set sluice0 up && ip link set sluice1 up && "
		      "ip link add sluice2 type veth peer name sluice3 && "
		      "ip address add 10.77.1.1/24 dev sluice2 && "
		      "ip link set sluice2 mtu 9000 up && ip link set sluice3 mtu 9000 up") == 0;
}

static int make_network_and_start(void **state)
{
	(void)state;
	static struct port_config configs[2] = {
		{.kind = PORT_DPDK, .name = "A", .device = "net_af_packet0,iface=sluice1"},
		{.kind = PORT_DPDK,
			.name = "B",
			.device = "net_af_packet1,iface=sluice3,blocksz=65536,framesz=16384,"
				  "framecnt=256"}};
	struct config_error error;
	if (!network_enter()) {
		snprintf(refused, sizeof refused, "no network namespace: %s", strerror(errno));
		return 0;
	}
	if (!network_make()) {
		snprintf(refused, sizeof refused, "no veth pair: ip link add was refused");
		return 0;
	}
	clock_start();
	if (!port_dpdk_start(configs, 2, &error) ||
		(port = port_open(&configs[0], &error)) == NULL ||
		(port_b = port_open(&configs[1], &error)) == NULL) {
		print_error("%s\n", error.text);
		return -1;
	}
	return 0;
}

static int close_port(void **state)
{
	(void)state;
	if (port != NULL)
		port_close(port);
	if (port_b != NULL)
		port_close(port_b);
	return 0;
}

static void skip_without_network(void)
{
	if (port == NULL) {
		print_message("skipped: %s\n", refused);
		skip();
	}
}

static int socket_of_sender(struct sockaddr_in *group, const char *address)
{
	*group = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(GROUP_PORT)};
	group->sin_addr.s_addr = inet_addr("239.77.1.2");
	struct in_addr interface = {.s_addr = inet_addr(address)};
	int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(sender >= 0);
	assert_int_equal(
		setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface), 0);
	return sender;
}

/* Number of the datagram in a frame, or UINT32_MAX for anything else on the wire. */
static uint32_t number_of(const struct packet *packet, uint32_t *payload_bytes)
{
	const uint8_t *p = packet->bytes;
	if (packet->size_bytes < 46 || load_be16(p + 12) != ETHERTYPE_IP || p[23] != IPPROTO_UDP ||
		load_be16(p + 36) != GROUP_PORT)
		return UINT32_MAX;
	*payload_bytes = load_be16(p + 38) - 8u;
	return load_be32(p + 42);
}

static uint32_t datagram_bytes_of(uint32_t number)
{
	return 4 + number * 31 % 1400;
}

static void assert_datagram(const struct packet *packet, uint32_t number, uint32_t payload_bytes)
{
	static const uint8_t group_mac[6] = {0x01, 0x00, 0x5e, 0x4d, 0x01, 0x02};
	assert_memory_equal(packet->bytes, group_mac, 6);
	assert_int_equal(payload_bytes, datagram_bytes_of(number));
	assert_int_equal(packet->size_bytes, 42 + payload_bytes);
	assert_int_equal(packet->wire_bytes, packet->size_bytes);
	for (uint32_t i = 4; i < payload_bytes; i++)
		assert_int_equal(packet->bytes[42 + i], (uint8_t)(number + i));
	assert_int_equal(packet->time_ns, 0);
}

/* poll_for takes frames until `next` is `until` or patience ends; returns the next number. */
static uint32_t poll_for(uint32_t next, uint32_t until)
{
	struct packet packets[BURST_COUNT_MAX];
	for (uint64_t end = clock_now_ns() + PATIENCE_NS; next < until && clock_now_ns() < end;) {
		uint32_t count = port_rx_burst(port, clock_now_ns(), packets, BURST_COUNT_MAX);
		for (uint32_t i = 0; i < count; i++) {
			uint32_t payload_bytes = 0, number = number_of(&packets[i], &payload_bytes);
			if (number == UINT32_MAX)
				continue;
			assert_int_equal(number, next);
			assert_datagram(&packets[i], number, payload_bytes);
			next++;
		}
	}
	return next;
}

static void what_a_kernel_socket_multicasts_arrives_in_order(void **state)
{
	(void)state;
	skip_without_network();
	struct sockaddr_in group;
	int sender = socket_of_sender(&group, "10.77.0.1");
	uint8_t payload[1500];
	uint32_t next = 0;
	for (uint32_t number = 0; number < DATAGRAM_COUNT; number++) {
		uint32_t size = datagram_bytes_of(number);
		store_be32(payload, number);
		for (uint32_t i = 4; i < size; i++)
			payload[i] = (uint8_t)(number + i);
		assert_int_equal(
			sendto(sender, payload, size, 0, (struct sockaddr *)&group, sizeof group),
			size);
		if (number % 64 == 63)
			next = poll_for(next, number + 1);
	}
	close(sender);
	assert_int_equal(poll_for(next, DATAGRAM_COUNT), DATAGRAM_COUNT);
	struct port_stats stats;
	port_get_stats(port, &stats);
	assert_true(stats.rx_packets >= DATAGRAM_COUNT);
	assert_int_equal(stats.rx_missed + stats.rx_errors + stats.rx_no_buffer, 0);
	assert_true(stats.link_up);
	assert_false(stats.at_end);
}

static int socket_of_listener(void)
{
	int listener = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	address.sll_ifindex = (int)if_nametoindex("sluice0");
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	return listener;
}

/* listener_sees waits for one frame equal to ours among whatever else the kernel says. */
static bool listener_sees(int listener, const uint8_t *frame, size_t size)
{
	uint8_t bytes[2048];
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	while (poll(&ready, 1, 2000) == 1) {
		ssize_t got = recv(listener, bytes, sizeof bytes, 0);
		if (got == (ssize_t)size && memcmp(bytes, frame, size) == 0)
			return true;
	}
	return false;
}

static void a_report_sent_by_the_port_is_seen_at_the_other_end(void **state)
{
	(void)state;
	skip_without_network();
	/* an IGMPv3 report: 14 Ethernet, 24 IPv4 with router alert, 16 report */
	uint8_t frame[54] = {1, 0, 0x5e, 0, 0, 0x16, 2, 0, 0, 0, 0, 1, 8, 0, 0x46, 0xc0, 0, 40};
	frame[23] = IPPROTO_IGMP;
	frame[38] = 0x22;
	frame[45] = 1;
	int listener = socket_of_listener();
	struct port_stats before, after;
	port_get_stats(port, &before);
	assert_true(port_tx(port, frame, sizeof frame));
	assert_true(listener_sees(listener, frame, sizeof frame));
	close(listener);
	port_get_stats(port, &after);
	assert_int_equal(after.tx_packets, before.tx_packets + 1);
}

static void a_frame_that_is_empty_or_too_long_is_not_sent(void **state)
{
	(void)state;
	skip_without_network();
	static uint8_t frame[PACKET_BYTES_MAX + 1];
	struct port_stats before, after;
	port_get_stats(port, &before);
	assert_false(port_tx(port, frame, 0));
	assert_false(port_tx(port, frame, sizeof frame));
	port_get_stats(port, &after);
	assert_int_equal(after.tx_packets, before.tx_packets);
}

/* Frames the kernel threw away on its way to the other end of the wire: not ours to count. */
static uint64_t dropped_by_sender(void)
{
	char line[512];
	uint64_t dropped = 0;
	FILE *file = fopen("/proc/thread-self/net/dev", "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		char *at = strstr(line, "sluice2:");
		if (at == NULL)
			continue;
		at += strlen("sluice2:");
		for (int column = 0; column < 12;
			column++) /* eight of receiving, bytes, packets, errors */
			dropped = strtoull(at, &at, 10);
	}
	fclose(file);
	return dropped;
}

static uint32_t poll_until_silent(struct port *from)
{
	struct packet packets[BURST_COUNT_MAX];
	uint32_t arrived = 0;
	for (uint32_t count; (count = port_rx_burst(from, 0, packets, BURST_COUNT_MAX)) > 0;)
		arrived += count;
	return arrived;
}

static void a_flood_nobody_polls_is_counted_as_missed(void **state)
{
	(void)state;
	skip_without_network();
	struct sockaddr_in group;
	int sender = socket_of_sender(&group, "10.77.1.1");
	uint8_t payload[64] = {0};
	struct port_stats before, after;
	poll_until_silent(port_b);
	port_get_stats(port_b, &before);
	uint64_t sent = 0, dropped = dropped_by_sender();
	for (uint32_t i = 0; i < 20000; i++)
		sent += sendto(sender, payload, sizeof payload, 0, (struct sockaddr *)&group,
				sizeof group) == sizeof payload;
	close(sender);
	uint64_t arrived = poll_until_silent(port_b);
	port_get_stats(port_b, &after);
	dropped = dropped_by_sender() - dropped;
	assert_int_equal(after.rx_packets - before.rx_packets, arrived);
	assert_true(after.rx_missed > before.rx_missed);
	/* the kernel may say a word of its own (ARP, IGMP) in between */
	uint64_t accounted = arrived + after.rx_missed - before.rx_missed + dropped;
	if (accounted < sent || accounted > sent + 10)
		fail_msg("sent %lu, arrived %lu, missed %lu, dropped %lu", (unsigned long)sent,
			(unsigned long)arrived, (unsigned long)(after.rx_missed - before.rx_missed),
			(unsigned long)dropped);
}

/* The ring's slots are as long as the device says, and so are the buffers that the frames are copied into. */
static void a_jumbo_frame_arrives_whole_where_slots_are_long(void **state)
{
	enum { JUMBO_BYTES = 8900 };
	(void)state;
	skip_without_network();
	static uint8_t payload[JUMBO_BYTES];
	struct sockaddr_in group;
	struct packet packets[BURST_COUNT_MAX];
	int sender = socket_of_sender(&group, "10.77.1.1");
	for (uint32_t i = 0; i < JUMBO_BYTES; i++)
		payload[i] = (uint8_t)(i * 7);
	assert_int_equal(
		sendto(sender, payload, JUMBO_BYTES, 0, (struct sockaddr *)&group, sizeof group),
		JUMBO_BYTES);
	close(sender);
	uint32_t payload_bytes = 0;
	for (uint64_t end = clock_now_ns() + PATIENCE_NS; payload_bytes == 0;) {
		assert_true(clock_now_ns() < end);
		uint32_t count = port_rx_burst(port_b, clock_now_ns(), packets, BURST_COUNT_MAX);
		for (uint32_t i = 0; i < count; i++)
			if (number_of(&packets[i], &payload_bytes) != UINT32_MAX)
				assert_memory_equal(packets[i].bytes + 42, payload, JUMBO_BYTES);
	}
	assert_int_equal(payload_bytes, JUMBO_BYTES);
}

static void two_ports_hear_each_its_own_wire(void **state)
{
	(void)state;
	skip_without_network();
	struct sockaddr_in group;
	int sender = socket_of_sender(&group, "10.77.1.1");
	uint8_t payload[8] = {0xab};
	struct port_stats after;
	struct packet packets[BURST_COUNT_MAX];
	poll_until_silent(port_b);
	assert_int_equal(
		sendto(sender, payload, sizeof payload, 0, (struct sockaddr *)&group, sizeof group),
		sizeof payload);
	uint32_t payload_bytes, heard = 0;
	for (uint64_t end = clock_now_ns() + PATIENCE_NS; heard == 0 && clock_now_ns() < end;) {
		uint32_t count = port_rx_burst(port_b, 0, packets, BURST_COUNT_MAX);
		for (uint32_t i = 0; i < count; i++)
			heard += number_of(&packets[i], &payload_bytes) == 0xab000000;
	}
	assert_int_equal(heard, 1);
	uint32_t count = port_rx_burst(port, 0, packets, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(number_of(&packets[i], &payload_bytes), UINT32_MAX);
	/* what B missed in the flood is not told of A */
	port_get_stats(port, &after);
	assert_int_equal(after.rx_missed, 0);
	close(sender);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_kernel_socket_multicasts_arrives_in_order),
		cmocka_unit_test(a_report_sent_by_the_port_is_seen_at_the_other_end),
		cmocka_unit_test(a_frame_that_is_empty_or_too_long_is_not_sent),
		cmocka_unit_test(a_jumbo_frame_arrives_whole_where_slots_are_long),
		cmocka_unit_test(a_flood_nobody_polls_is_counted_as_missed),
		cmocka_unit_test(two_ports_hear_each_its_own_wire),
	};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.port.port_dpdk_af_packet", tests, make_network_and_start, close_port);
}
