/* wire.h - the stack of our own over a port of DPDK, against the kernel's TCP at the other end of a veth pair.

   A program has one EAL, so each kind of port is a program; what they try is here. */
#ifndef SLUICE_TESTS_STREAM_WIRE_H
#define SLUICE_TESTS_STREAM_WIRE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/port/port_fault.h"
#include "drivers/stream/stream_lwip.h"
#include "tests/unit/drivers/stream/seen.h"

enum { WIRE_CONNECTIONS = 64, WIRE_SEND_BYTES = 65536, WIRE_BLOCK_BYTES = 1000 };
#define WIRE_OURS   "10.78.0.2"
#define WIRE_KERNEL "10.78.0.1"

static char refused[1100]; /* why there is nothing to test in */
static struct port *wire;  /* a port_fault around the device  */
static struct stream *stack, *kernel;

/* A veth end leaves checksums to a card that is not there; a wire would carry them. */
static bool wire_fill_checksums(const char *device)
{
	struct ethtool_value off = {.cmd = ETHTOOL_STXCSUM, .data = 0};
	struct ifreq request = {.ifr_data = (void *)&off};
	int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
	bool is_done = any >= 0 && ioctl(any, SIOCETHTOOL, &request) == 0;
	close(any);
	return is_done;
}

static bool wire_make_network(void)
{
	return unshare(CLONE_NEWNET) == 0 &&
	       system("PATH=$PATH:/usr/sbin:/sbin; exec 2>/dev/null; "
		      "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; "
		      "ip link add sluice0 type veth peer name sluice1 && "
		      "ip address add " WIRE_KERNEL "/24 dev sluice0 && "
		      "ip link set lo up && ip link set sluice0 up && ip link set sluice1 up") ==
		       0 &&
	       wire_fill_checksums("sluice0");
}

static int wire_start(const char *device)
{
	static struct port_config config = {.kind = PORT_DPDK, .name = "orders"};
	const struct port_fault_rates none = {.seed = 1};
	struct config_error error;
	snprintf(config.device, sizeof config.device, "%s", device);
	if (!wire_make_network()) {
		snprintf(refused, sizeof refused, "no network namespace with a veth pair: %s",
			strerror(errno));
		return 0;
	}
	clock_start();
	struct port *port = NULL;
	if (port_dpdk_start(&config, 1, &error) && (port = port_open(&config, &error)) != NULL) {
		wire = port_fault_open(port, &none);
		return 0;
	}
	/* A kernel may refuse XDP; of all others, that a network was made says that they can be had. */
	snprintf(refused, sizeof refused, "%s", error.text);
	print_error("%s\n", refused);
	return strncmp(device, "net_af_xdp", 10) == 0 ? 0 : -1;
}

static int wire_stop(void **state)
{
	(void)state;
	if (wire != NULL)
		port_close(wire);
	return 0;
}

static int ends_open(void **state)
{
	const struct port_fault_rates none = {.seed = 1};
	const struct stream_lwip_config config = {.address_ip = 0x0A4E0002,
		.netmask_ip = 0xFFFFFF00,
		.mtu_bytes = 1500,
		.connection_max = WIRE_CONNECTIONS};
	struct config_error error = {{0}};
	(void)state;
	if (wire == NULL)
		return 0;
	port_fault_begin(wire, &none);
	stack = stream_lwip_open(wire, &config, &error);
	kernel = stream_uring_open(
		2 * WIRE_CONNECTIONS, 2 * WIRE_CONNECTIONS, WIRE_SEND_BYTES, &error);
	assert_non_null(stack);
	assert_non_null(kernel);
	return 0;
}

static int ends_close(void **state)
{
	(void)state;
	if (wire == NULL)
		return 0;
	stream_close(kernel);
	stream_close(stack);
	return 0;
}

static void skip_without_wire(void)
{
	if (wire == NULL) {
		print_message("skipped: %s\n", refused);
		skip();
	}
}

/* A connection between the two ends. */
struct pair {
	struct seen stack, kernel;
	uint32_t at_stack, at_kernel;
};

/* until polls both ends until the truth holds or half a minute is over. */
#define until(pair, truth)                                                                         \
	do {                                                                                       \
		uint64_t deadline_ns = clock_now_ns() + 30000000000ull;                            \
		bool is_true;                                                                      \
		while (!(is_true = (truth)) && clock_now_ns() < deadline_ns) {                     \
			see(stack, &(pair)->stack);                                                \
			see(kernel, &(pair)->kernel);                                              \
		}                                                                                  \
		assert_true(is_true);                                                              \
	} while (0)

static void pair_open(struct pair *p, bool is_stack_first)
{
	struct config_error error;
	struct stream *server = is_stack_first ? kernel : stack;
	memset(p, 0, sizeof *p);
	uint32_t listener = stream_listen(server, is_stack_first ? WIRE_KERNEL : WIRE_OURS,
		is_stack_first ? 0 : 25000, &error);
	assert_int_not_equal(listener, 0);
	stream_connect(is_stack_first ? stack : kernel, is_stack_first ? WIRE_KERNEL : WIRE_OURS,
		stream_listen_port(server, listener));
	until(p, p->stack.opened == 1 && p->kernel.opened == 1);
	p->at_stack = p->stack.last_opened;
	p->at_kernel = p->kernel.last_opened;
}

static void bulk_crosses(struct pair *pair, uint32_t block_count)
{
	static uint8_t block[WIRE_BLOCK_BYTES];
	struct stream_counts counts;
	uint64_t sum = 0;
	for (uint32_t i = 0; i < block_count; i++) {
		for (uint32_t b = 0; b < sizeof block; b++) {
			block[b] = (uint8_t)(i * 7 + b * 13 + i / 256);
			sum = sum * 31 + block[b];
		}
		until(pair, stream_send(stack, pair->at_stack, block, sizeof block));
		until(pair, stream_send(kernel, pair->at_kernel, block, sizeof block));
	}
	until(pair, pair->stack.bytes == block_count * sizeof block &&
			    pair->kernel.bytes == block_count * sizeof block);
	assert_int_equal(pair->stack.sum, sum);
	assert_int_equal(pair->kernel.sum, sum);
	assert_true(stream_get_counts(stack, &counts));
	assert_int_equal(counts.rx_frames, counts.rx_taken + counts.rx_not_ip + counts.rx_not_ours +
						   counts.rx_bad + counts.rx_no_memory);
	assert_int_equal(counts.rx_no_memory, 0);
}

static void messages_are_echoed_whoever_connected(void **state)
{
	struct pair pair;
	uint64_t began_ns;
	(void)state;
	skip_without_wire();
	pair_open(&pair, false);
	pair.stack.is_echo = true;
	assert_true(stream_send(kernel, pair.at_kernel, (const uint8_t *)"hello", 5));
	until(&pair, pair.kernel.bytes == 5);
	pair_open(&pair, true);
	pair.kernel.is_echo = true;
	began_ns = clock_now_ns();
	for (uint32_t i = 1; i <= 1000; i++) {
		assert_true(stream_send(stack, pair.at_stack, (const uint8_t *)"12345678", 8));
		until(&pair, pair.stack.bytes == (uint64_t)8 * i);
	}
	print_message("a message and its echo, both ends on one thread: %llu ns\n",
		(unsigned long long)(clock_now_ns() - began_ns) / 1000);
}

static void bulk_crosses_both_ways(void **state)
{
	struct pair pair;
	(void)state;
	skip_without_wire();
	pair_open(&pair, false);
	bulk_crosses(&pair, 500);
	pair_open(&pair, true);
	bulk_crosses(&pair, 500);
}

static void what_a_bad_wire_does_is_mended(void **state)
{
	const struct port_fault_rates bad = {.seed = 11,
		.loss_ppm = 5000,
		.reorder_ppm = 30000,
		.duplicate_ppm = 20000,
		.delay_ppm = 10000,
		.delay_ns = 2000000};
	struct pair pair;
	struct port_stats stats;
	(void)state;
	skip_without_wire();
	port_fault_begin(wire, &bad);
	pair_open(&pair, false);
	bulk_crosses(&pair, 600);
	pair_open(&pair, true);
	bulk_crosses(&pair, 600);
	port_get_stats(wire, &stats);
	assert_true(stats.fault_lost > 0 && stats.fault_reordered > 0);
}

static void many_connections_live_beside_each_other(void **state)
{
	struct config_error error;
	struct pair pair = {.stack = {.is_echo = true}};
	uint32_t numbers[WIRE_CONNECTIONS];
	(void)state;
	skip_without_wire();
	assert_int_not_equal(stream_listen(stack, WIRE_OURS, 25000, &error), 0);
	for (uint32_t i = 0; i < WIRE_CONNECTIONS; i++)
		numbers[i] = stream_connect(kernel, WIRE_OURS, 25000);
	until(&pair,
		pair.kernel.opened == WIRE_CONNECTIONS && pair.stack.opened == WIRE_CONNECTIONS);
	for (uint32_t i = 0; i < WIRE_CONNECTIONS; i++)
		assert_true(stream_send(kernel, numbers[i], (const uint8_t *)"12345678", 8));
	until(&pair, pair.kernel.bytes == (uint64_t)8 * WIRE_CONNECTIONS);
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, ends_open, ends_close)
#define WIRE_TESTS                                                                                 \
	WIRE_TEST(messages_are_echoed_whoever_connected), WIRE_TEST(bulk_crosses_both_ways),       \
		WIRE_TEST(what_a_bad_wire_does_is_mended),                                         \
		WIRE_TEST(many_connections_live_beside_each_other)

#endif
