/* A kernel socket multicasts over a veth pair in a network of our own; an XDP socket receives, and answers.
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
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GROUP_PORT = 26477, DATAGRAM_COUNT = 2000, PATIENCE_NS = 2000000000 };

static char refused[1100]; /* why there is nothing to test in */
static struct port *port;

static bool network_make(void)
{
	return unshare(CLONE_NEWNET) == 0 &&
	       system("PATH=$PATH:/usr/sbin:/sbin; exec 2>/dev/null; "
		      "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; "
		      "ip link add sluice0 type veth peer name sluice1 && "
		      "ip address add 10.78.0.1/24 dev sluice0 && "
		      "ip link set lo up && ip link set sluice0 up && ip link set sluice1 up") == 0;
}

static int make_network_and_start(void **state)
{
	(void)state;
	static struct port_config config = {
		.kind = PORT_DPDK, .name = "X", .device = "net_af_xdp0,iface=sluice1"};
	struct config_error error;
	if (!network_make()) {
		snprintf(refused, sizeof refused, "no network namespace with a veth pair: %s",
			strerror(errno));
		return 0;
	}
	clock_start();
	/* XDP needs a kernel and rights that not every machine gives: then the sentence is the reason. */
	if (!port_dpdk_start(&config, 1, &error) || (port = port_open(&config, &error)) == NULL)
		snprintf(refused, sizeof refused, "%s", error.text);
	return 0;
}

static int close_port(void **state)
{
	(void)state;
	if (port != NULL)
		port_close(port);
	return 0;
}

static void skip_without_port(void)
{
	if (port == NULL) {
		print_message("skipped: %s\n", refused);
		skip();
	}
}

static int socket_of_sender(struct sockaddr_in *group)
{
	*group = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(GROUP_PORT)};
	group->sin_addr.s_addr = inet_addr("239.77.1.2");
	struct in_addr interface = {.s_addr = inet_addr("10.78.0.1")};
	int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(sender >= 0);
	assert_int_equal(
		setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface), 0);
	return sender;
}

/* poll_for takes frames until `next` is `until` or patience ends; returns the next number. */
static uint32_t poll_for(uint32_t next, uint32_t until)
{
	struct packet packets[BURST_COUNT_MAX];
	for (uint64_t end = clock_now_ns() + PATIENCE_NS; next < until && clock_now_ns() < end;) {
		uint32_t count = port_rx_burst(port, clock_now_ns(), packets, BURST_COUNT_MAX);
		for (uint32_t i = 0; i < count; i++) {
			const uint8_t *p = packets[i].bytes;
			if (packets[i].size_bytes < 46 || load_be16(p + 12) != ETHERTYPE_IP ||
				p[23] != IPPROTO_UDP || load_be16(p + 36) != GROUP_PORT)
				continue;
			assert_int_equal(load_be32(p + 42), next);
			assert_int_equal(packets[i].size_bytes, 42 + 4 + next * 31 % 1400);
			next++;
		}
	}
	return next;
}

static void what_a_kernel_socket_multicasts_arrives_in_order(void **state)
{
	(void)state;
	skip_without_port();
	struct sockaddr_in group;
	int sender = socket_of_sender(&group);
	uint8_t payload[1500] = {0};
	uint32_t next = 0;
	for (uint32_t number = 0; number < DATAGRAM_COUNT; number++) {
		uint32_t size = 4 + number * 31 % 1400;
		store_be32(payload, number);
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
	assert_int_equal(stats.time_source, PORT_TIME_NONE);
}

static void what_is_sent_comes_out_at_the_other_end(void **state)
{
	(void)state;
	skip_without_port();
	uint8_t frame[60] = {0x01, 0x00, 0x5e, 0, 0, 0x16, 2, 0, 0, 0, 0, 1, 0x08, 0x00},
		heard[2048];
	int listener = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	address.sll_ifindex = (int)if_nametoindex("sluice0");
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_true(port_tx(port, frame, sizeof frame));
	bool is_heard = false;
	for (uint64_t end = clock_now_ns() + PATIENCE_NS; !is_heard && clock_now_ns() < end;) {
		ssize_t size = recv(listener, heard, sizeof heard, 0);
		is_heard = size == sizeof frame && memcmp(heard, frame, sizeof frame) == 0;
	}
	close(listener);
	assert_true(is_heard);
}

/* The kernel tells a veth's other end of its carrier a moment later, from a worker of its own. */
static bool link_becomes(bool is_up)
{
	struct port_stats stats;
	uint64_t end = clock_now_ns() + PATIENCE_NS;
	do
		port_get_stats(port, &stats);
	while ((stats.link_up != 0) != is_up && clock_now_ns() < end);
	return (stats.link_up != 0) == is_up;
}

static void a_link_that_goes_down_is_told(void **state)
{
	(void)state;
	skip_without_port();
	assert_int_equal(system("PATH=$PATH:/usr/sbin:/sbin; ip link set sluice0 down"), 0);
	assert_true(link_becomes(false));
	assert_int_equal(system("PATH=$PATH:/usr/sbin:/sbin; ip link set sluice0 up"), 0);
	assert_true(link_becomes(true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_kernel_socket_multicasts_arrives_in_order),
		cmocka_unit_test(what_is_sent_comes_out_at_the_other_end),
		cmocka_unit_test(a_link_that_goes_down_is_told),
	};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.port.port_dpdk_af_xdp", tests, make_network_and_start, close_port);
}
