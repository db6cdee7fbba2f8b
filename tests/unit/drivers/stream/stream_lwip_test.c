/* stream_lwip_test.c - a TCP stack of our own against the kernel's, over a tap device in a network of our own:
   whatever one sends the other gets, in order and whole, and every end is told.
   rooms: drivers_stream */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/port/port_fault.h"
#include "drivers/stream/stream_fault.h"
#include "drivers/stream/stream_lwip.h"
#include "drivers/stream/stream_pair.h"
#include "drivers/stream/stream_sim.h"
#include "tests/unit/drivers/stream/seen.h"

enum { SEND_BYTES = 65536, CONNECTION_COUNT = 256, OUR_IP = 0x0A4E0002, KERNEL_IP = 0x0A4E0001 };
#define OURS   "10.78.0.2"
#define KERNEL "10.78.0.1"

/* A port whose wire ends in the kernel; it loses every lost_each-th frame it is given and spoils a byte of
   every spoilt_each-th that comes, if these are not 0. */
struct tap {
	struct port port;
	int fd;
	bool is_full, is_dead; /* takes nothing; is cut: nothing comes and what goes is lost */
	uint32_t lost_each, sent, spoilt_each, received, spoilt;
	uint8_t frames[BURST_COUNT_MAX][2048];
	uint32_t put_bytes; /* of a frame that a test puts in by hand */
	uint8_t put[256];
};

static char refused[256];
static struct tap tap;
static struct stream *stack, *kernel;

static uint32_t tap_rx_burst(
	struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	struct tap *t = (struct tap *)port;
	uint32_t count = 0;
	(void)now_ns;
	while (count < max) {
		ssize_t size = t->put_bytes;
		if (size > 0)
			memcpy(t->frames[count], t->put, t->put_bytes);
		else
			size = read(t->fd, t->frames[count], sizeof t->frames[count]);
		t->put_bytes = 0;
		if (size <= 0)
			break;
		if (t->is_dead)
			continue;
		if (t->spoilt_each != 0 && size > 60 && ++t->received % t->spoilt_each == 0) {
			t->frames[count][14 + t->received % ((uint32_t)size - 14)] ^= 0x10;
			t->spoilt++;
		}
		packets[count] = (struct packet){.bytes = t->frames[count],
			.size_bytes = (uint32_t)size,
			.wire_bytes = (uint32_t)size};
		count++;
	}
	return count;
}

static bool tap_tx(struct port *port, const uint8_t *bytes, uint32_t size_bytes)
{
	struct tap *t = (struct tap *)port;
	if (t->is_full)
		return false;
	if (t->is_dead)
		return true;
	if (t->lost_each != 0 && ++t->sent % t->lost_each == 0)
		return true;
	return write(t->fd, bytes, size_bytes) == (ssize_t)size_bytes;
}

static void tap_stats(struct port *port, struct port_stats *stats)
{
	(void)port;
	*stats = (struct port_stats){.link_up = 1};
}

static void tap_close(struct port *port)
{
	(void)port;
}

static const struct port_ops tap_ops = {
	.rx_burst = tap_rx_burst, .tx = tap_tx, .stats = tap_stats, .close = tap_close};

static bool write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	ssize_t written = write(file, text, strlen(text));
	close(file);
	return written == (ssize_t)strlen(text);
}

static bool network_enter(void)
{
	char map[64];
	snprintf(map, sizeof map, "0 %u 1", (unsigned int)getuid());
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
	       write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", map);
}

static bool tap_open(void)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	snprintf(request.ifr_name, sizeof request.ifr_name, "sluice0");
	tap.port.ops = &tap_ops;
	snprintf(tap.port.name, sizeof tap.port.name, "orders");
	tap.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return tap.fd >= 0 && ioctl(tap.fd, TUNSETIFF, &request) == 0 &&
	       system("PATH=$PATH:/usr/sbin:/sbin; exec 2>/dev/null; "
		      "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; "
		      "ip address add " KERNEL "/24 dev sluice0 && ip link set sluice0 up && "
		      "ip link set lo up") == 0;
}

static struct stream *stack_open_mtu(
	struct port *port, uint16_t mtu_bytes, struct config_error *error)
{
	const struct stream_lwip_config config = {.address_ip = OUR_IP,
		.netmask_ip = 0xFFFFFF00,
		.mtu_bytes = mtu_bytes,
		.connection_max = CONNECTION_COUNT};
	return stream_lwip_open(port, &config, error);
}

static struct stream *stack_open(struct port *port, struct config_error *error)
{
	return stack_open_mtu(port, 1500, error);
}

static int network_make(void **state)
{
	(void)state;
	clock_start();
	if (!network_enter())
		snprintf(refused, sizeof refused, "no network namespace: %s", strerror(errno));
	else if (!tap_open())
		snprintf(refused, sizeof refused, "no tap device: %s", strerror(errno));
	return 0;
}

static int ends_open(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	if (refused[0] != '\0')
		return 0;
	tap.lost_each = 0;
	tap.spoilt_each = tap.received = tap.spoilt = 0;
	tap.is_full = tap.is_dead = false;
	stack = stack_open(&tap.port, &error);
	kernel = stream_uring_open(2 * CONNECTION_COUNT, 2 * CONNECTION_COUNT, SEND_BYTES, &error);
	assert_non_null(stack);
	assert_non_null(kernel);
	return 0;
}

static int ends_close(void **state)
{
	(void)state;
	if (refused[0] != '\0')
		return 0;
	stream_close(kernel);
	if (stack != NULL)
		stream_close(stack);
	return 0;
}

static void skip_without_network(void)
{
	if (refused[0] != '\0') {
		print_message("skipped: %s\n", refused);
		skip();
	}
}

static uint16_t listen_at(struct stream *s, const char *address)
{
	struct config_error error;
	uint32_t listener = stream_listen(s, address, s == stack ? 25000 : 0, &error);
	assert_int_not_equal(listener, 0);
	uint16_t port = stream_listen_port(s, listener);
	assert_int_not_equal(port, 0);
	return port;
}

/* A connection between the two ends. */
struct pair {
	struct seen stack, kernel;
	uint32_t at_stack, at_kernel; /* connection numbers */
};

/* until polls both ends until the truth holds or a quarter of a minute is over. */
#define until(pair, truth)                                                                         \
	do {                                                                                       \
		uint64_t deadline_ns = clock_now_ns() + 15000000000ull;                            \
		bool is_true;                                                                      \
		while (!(is_true = (truth)) && clock_now_ns() < deadline_ns) {                     \
			see(stack, &(pair)->stack);                                                \
			see(kernel, &(pair)->kernel);                                              \
		}                                                                                  \
		assert_true(is_true);                                                              \
	} while (0)

/* pair_open connects the ends: the stack calls, or the kernel does. */
static void pair_open(struct pair *p, bool is_stack_first)
{
	memset(p, 0, sizeof *p);
	if (is_stack_first)
		stream_connect(stack, KERNEL, listen_at(kernel, KERNEL));
	else
		stream_connect(kernel, OURS, listen_at(stack, OURS));
	until(p, p->stack.opened == 1 && p->kernel.opened == 1);
	p->at_stack = p->stack.last_opened;
	p->at_kernel = p->kernel.last_opened;
}

static void a_message_is_echoed_whoever_connected(void **state)
{
	(void)state;
	struct pair pair;
	skip_without_network();
	pair_open(&pair, true);
	pair.kernel.is_echo = true;
	assert_true(stream_send(stack, pair.at_stack, (const uint8_t *)"hello", 5));
	until(&pair, pair.stack.bytes == 5);
	assert_int_equal(stream_unsent_bytes(stack, pair.at_stack), 0);
	pair_open(&pair, false);
	pair.stack.is_echo = true;
	assert_true(stream_send(kernel, pair.at_kernel, (const uint8_t *)"hello", 5));
	until(&pair, pair.kernel.bytes == 5);
}

static void pattern(uint8_t *block, uint32_t size, uint64_t number)
{
	for (uint32_t b = 0; b < size; b++)
		block[b] = (uint8_t)(number * 7 + b * 13 + number / 256);
}

static void bulk_crosses(struct pair *both, uint32_t block_count)
{
	static uint8_t block[1000];
	struct pair pair = *both;
	uint64_t sum = 0;
	for (uint32_t i = 0; i < block_count; i++) {
		pattern(block, sizeof block, i);
		for (uint32_t b = 0; b < sizeof block; b++)
			sum = sum * 31 + block[b];
		until(&pair, stream_send(stack, pair.at_stack, block, sizeof block));
		until(&pair, stream_send(kernel, pair.at_kernel, block, sizeof block));
	}
	until(&pair, pair.stack.bytes == block_count * sizeof block &&
			     pair.kernel.bytes == block_count * sizeof block);
	assert_int_equal(pair.stack.sum, sum);
	assert_int_equal(pair.kernel.sum, sum);
}

static void bulk_crosses_both_ways_in_order(void **state)
{
	(void)state;
	struct pair pair;
	skip_without_network();
	pair_open(&pair, true);
	bulk_crosses(&pair, 500);
	pair_open(&pair, false);
	bulk_crosses(&pair, 500);
}

static void what_a_bad_wire_loses_reorders_and_doubles_is_mended(void **state)
{
	(void)state;
	struct pair pair;
	struct config_error error;
	const struct port_fault_rates rates = {
		.seed = 7, .loss_ppm = 5000, .reorder_ppm = 20000, .duplicate_ppm = 20000};
	skip_without_network();
	stream_close(stack);
	struct port *wire = port_fault_open(&tap.port, &rates);
	stack = stack_open(wire, &error);
	assert_non_null(stack);
	tap.lost_each = 150; /* and the other way */
	pair_open(&pair, true);
	bulk_crosses(&pair, 150);
	tap.lost_each = 0;
	stream_close(stack);
	stack = stack_open(&tap.port, &error);
	port_close(wire);
}

static void a_closed_window_leaves_bytes_unsent_and_takes_messages_whole(void **state)
{
	(void)state;
	static uint8_t block[3000];
	struct pair pair;
	uint64_t sent = 0, sum = 0;
	skip_without_network();
	pair_open(&pair, true);
	/* The kernel reads ahead only while its ring is polled: its window closes. */
	for (uint64_t end_ns = clock_now_ns() + 10000000000ull; clock_now_ns() < end_ns;) {
		pattern(block, sizeof block, sent);
		if (stream_send(stack, pair.at_stack, block, sizeof block)) {
			for (uint32_t b = 0; b < sizeof block; b++)
				sum = sum * 31 + block[b];
			sent++;
		} else if (stream_unsent_bytes(stack, pair.at_stack) > 30000) {
			break;
		}
		see(stack, &pair.stack);
	}
	assert_true(stream_unsent_bytes(stack, pair.at_stack) > 30000);
	until(&pair, pair.kernel.bytes == sent * sizeof block);
	assert_int_equal(pair.kernel.sum, sum);
	assert_int_equal(stream_unsent_bytes(stack, pair.at_stack), 0);
	assert_true(stream_send(stack, pair.at_stack, block, sizeof block));
}

static void a_port_that_takes_nothing_is_asked_again(void **state)
{
	(void)state;
	struct pair pair;
	struct stream_counts counts;
	skip_without_network();
	pair_open(&pair, true);
	tap.is_full = true;
	assert_true(stream_send(stack, pair.at_stack, (const uint8_t *)"x", 1));
	see(stack, &pair.stack);
	assert_int_equal(stream_unsent_bytes(stack, pair.at_stack), 1);
	assert_true(stream_get_counts(stack, &counts));
	assert_true(counts.tx_refused > 0);
	tap.is_full = false;
	until(&pair, pair.kernel.bytes == 1);
}

static void an_orderly_end_comes_after_all_bytes(void **state)
{
	(void)state;
	static const uint8_t block[20000];
	struct pair pair;
	skip_without_network();
	for (int is_first = 0; is_first < 2; is_first++) {
		pair_open(&pair, is_first != 0);
		assert_true(stream_send(stack, pair.at_stack, block, sizeof block));
		stream_shut(stack, pair.at_stack, false);
		assert_false(stream_send(stack, pair.at_stack, block, 1));
		until(&pair, pair.kernel.closed == 1 && pair.stack.closed == 1);
		assert_int_equal(pair.kernel.bytes, sizeof block);
		assert_int_equal(pair.kernel.last_error, 0);
		assert_int_equal(pair.stack.last_error, 0);

		pair_open(&pair, is_first == 0);
		assert_true(stream_send(kernel, pair.at_kernel, block, sizeof block));
		stream_shut(kernel, pair.at_kernel, false);
		until(&pair, pair.kernel.closed == 1 && pair.stack.closed == 1);
		assert_int_equal(pair.stack.bytes, sizeof block);
		assert_int_equal(pair.stack.last_error, 0);
		stream_close(stack);
		struct config_error error;
		stack = stack_open(&tap.port, &error);
	}
}

static void a_reset_is_told_on_either_side(void **state)
{
	(void)state;
	struct pair pair;
	skip_without_network();
	pair_open(&pair, true);
	stream_shut(stack, pair.at_stack, true);
	until(&pair, pair.stack.closed == 1 && pair.kernel.closed == 1);
	assert_int_equal(pair.stack.last_error, ECONNABORTED);
	assert_int_equal(pair.kernel.last_error, ECONNRESET);
	pair_open(&pair, false);
	stream_shut(kernel, pair.at_kernel, true);
	until(&pair, pair.stack.closed == 1 && pair.kernel.closed == 1);
	assert_int_equal(pair.stack.last_error, ECONNRESET);
	assert_int_equal(stream_unsent_bytes(stack, pair.at_stack), 0);
}

static void a_refused_connection_closes_with_its_reason(void **state)
{
	(void)state;
	struct pair pair = {0};
	skip_without_network();
	uint32_t number = stream_connect(stack, KERNEL, 9);
	until(&pair, pair.stack.closed == 1);
	assert_int_equal(pair.stack.opened, 0);
	assert_int_equal(pair.stack.last_error, ECONNREFUSED);
	assert_false(stream_send(stack, number, (const uint8_t *)"x", 1));
	stream_connect(stack, "10.99.0.1", 9); /* no way there */
	until(&pair, pair.stack.closed == 2);
	assert_int_equal(pair.stack.last_error, EHOSTUNREACH);
	stream_connect(stack, "a host", 9);
	until(&pair, pair.stack.closed == 3);
	assert_int_equal(pair.stack.last_error, EINVAL);
}

static void many_connections_live_beside_each_other_and_one_more_is_refused(void **state)
{
	(void)state;
	struct pair pair = {0};
	struct stream_counts counts;
	uint32_t numbers[CONNECTION_COUNT + 1];
	skip_without_network();
	uint16_t port = listen_at(stack, OURS);
	pair.stack.is_echo = true;
	for (uint32_t i = 0; i < CONNECTION_COUNT; i++)
		numbers[i] = stream_connect(kernel, OURS, port);
	until(&pair,
		pair.kernel.opened == CONNECTION_COUNT && pair.stack.opened == CONNECTION_COUNT);
	stream_connect(kernel, OURS, port);
	until(&pair, pair.kernel.closed == 1);
	assert_true(stream_get_counts(stack, &counts));
	assert_int_equal(counts.refused, 1);
	for (uint32_t i = 0; i < CONNECTION_COUNT; i++)
		assert_true(stream_send(kernel, numbers[i], (const uint8_t *)"12345678", 8));
	until(&pair, pair.kernel.bytes == 8 * CONNECTION_COUNT);
	for (uint32_t i = 0; i < CONNECTION_COUNT; i++)
		stream_shut(kernel, numbers[i], false);
	until(&pair, pair.stack.closed == CONNECTION_COUNT);
	/* The places are free again. */
	stream_connect(kernel, OURS, port);
	until(&pair, pair.stack.opened == CONNECTION_COUNT + 1);
}

static void one_stack_is_all_a_process_has_and_it_listens_at_its_own_address(void **state)
{
	(void)state;
	struct config_error error = {{0}};
	skip_without_network();
	assert_null(stack_open(&tap.port, &error));
	assert_non_null(strstr(error.text, "one at most"));
	assert_int_equal(stream_listen(stack, KERNEL, 25000, &error), 0);
	assert_non_null(strstr(error.text, KERNEL));
	assert_int_not_equal(stream_listen(stack, OURS, 25000, &error), 0);
	assert_int_equal(stream_listen(stack, OURS, 25000, &error), 0); /* taken */
}

/* Every frame that was taken from the port is one of these. */
static struct stream_counts counts_conserve(void)
{
	struct stream_counts counts;
	assert_true(stream_get_counts(stack, &counts));
	assert_int_equal(counts.rx_frames, counts.rx_taken + counts.rx_not_ip + counts.rx_not_ours +
						   counts.rx_bad + counts.rx_no_memory);
	return counts;
}

static void spoilt_frames_are_counted_and_come_again(void **state)
{
	(void)state;
	struct pair pair;
	skip_without_network();
	pair_open(&pair, true);
	tap.spoilt_each = 20;
	bulk_crosses(&pair, 300);
	struct stream_counts counts = counts_conserve();
	assert_true(tap.spoilt > 3);
	/* The IP header's own bytes are guarded too: another version, address or length. */
	assert_int_equal(counts.rx_bad + counts.rx_not_ours, tap.spoilt);
	assert_true(counts.rx_taken > 0 && counts.tx_frames > 0);
	assert_int_equal(counts.port.link_up, 1);
	assert_false(stream_get_counts(kernel, &counts));
	/* Whoever wraps the stack tells the same. */
	const struct stream_fault_rates none = {.seed = 1};
	struct stream_counts again;
	counts = counts_conserve();
	struct stream_sim_net *net = stream_sim_net_open(1, 1, 1024);
	stack = stream_pair_open(stream_sim_open(net), stream_fault_open(stack, 2, &none), "/", 2);
	assert_true(stream_get_counts(stack, &again));
	assert_memory_equal(&again, &counts, sizeof counts);
	stream_close(stack);
	stack = NULL;
	stream_sim_net_close(net);
}

static void put_frame(const uint8_t *frame, uint32_t size_bytes)
{
	struct seen seen = {0};
	memcpy(tap.put, frame, size_bytes);
	tap.put_bytes = size_bytes;
	see(stack, &seen);
}

static void what_is_not_for_us_is_dropped_by_its_kind(void **state)
{
	(void)state;
	struct stream_counts counts;
	uint8_t frame[100] = {[12] = 0x86, [13] = 0xDD}; /* IPv6 */
	skip_without_network();
	counts = counts_conserve();
	uint64_t not_ip = counts.rx_not_ip;
	put_frame(frame, 60);
	assert_int_equal(counts_conserve().rx_not_ip, not_ip + 1);
	put_frame(frame, 13); /* no Ethernet header */
	assert_int_equal(counts_conserve().rx_bad, 1);
	frame[12] = 0x08, frame[13] = 0x06; /* ARP, cut short */
	put_frame(frame, 14 + 27);
	assert_int_equal(counts_conserve().rx_bad, 2);
	uint8_t ip[] = {0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 78, 0, 1, 10, 78, 0, 3};
	frame[13] = 0x00;
	memcpy(frame + 14, ip, sizeof ip);
	put_frame(frame, 60); /* no checksum */
	assert_int_equal(counts_conserve().rx_bad, 3);
	frame[24] = 0x66, frame[25] = 0x30; /* right, and for 10.78.0.3 */
	put_frame(frame, 60);
	assert_int_equal(counts_conserve().rx_not_ours, 1);
	put_frame(frame, 53); /* shorter than it says */
	assert_int_equal(counts_conserve().rx_bad, 4);
	frame[33] = 2, frame[25] = 0x31; /* for us, a segment without a checksum */
	put_frame(frame, 60);
	assert_int_equal(counts_conserve().rx_bad, 5);
	frame[17] = 39, frame[25] = 0x32; /* and one without a whole header */
	put_frame(frame, 60);
	assert_int_equal(counts_conserve().rx_bad, 6);
	assert_int_equal(counts_conserve().rx_not_ours, 1);
}

static void a_small_mtu_carries_everything(void **state)
{
	(void)state;
	struct pair pair;
	struct config_error error;
	skip_without_network();
	stream_close(stack);
	stack = stack_open_mtu(&tap.port, 576, &error);
	assert_non_null(stack);
	pair_open(&pair, true);
	bulk_crosses(&pair, 150);
	pair_open(&pair, false);
	bulk_crosses(&pair, 150);
	counts_conserve();
}

static void a_peer_whose_card_is_changed_is_found_again(void **state)
{
	(void)state;
	struct pair pair;
	skip_without_network();
	pair_open(&pair, true);
	bulk_crosses(&pair, 20);
	assert_int_equal(system("PATH=$PATH:/usr/sbin:/sbin; ip link set sluice0 down && "
				"ip link set sluice0 address 02:00:5e:00:53:77 && "
				"ip link set sluice0 up"),
		0);
	/* The kernel asks for us under its new address as soon as it has something to say. */
	assert_true(stream_send(kernel, pair.at_kernel, (const uint8_t *)"again", 5));
	until(&pair, pair.stack.bytes == 5);
	pair.kernel.is_echo = true;
	assert_true(stream_send(stack, pair.at_stack, (const uint8_t *)"hello", 5));
	until(&pair, pair.stack.bytes == 10);
}

static void our_own_closed_window_stops_the_peer_and_opens_again(void **state)
{
	(void)state;
	static uint8_t block[1000];
	struct pair pair;
	uint64_t sent = 0;
	skip_without_network();
	pair_open(&pair, false);
	for (uint64_t end_ns = clock_now_ns() + 10000000000ull; clock_now_ns() < end_ns;) {
		struct stream_event none[1];
		if (stream_send(kernel, pair.at_kernel, block, sizeof block))
			sent++;
		else if (stream_unsent_bytes(kernel, pair.at_kernel) > 30000)
			break;
		see(kernel, &pair.kernel);
		assert_int_equal(stream_poll(stack, none, 0), 0); /* nobody takes what comes */
	}
	assert_true(stream_unsent_bytes(kernel, pair.at_kernel) > 30000);
	until(&pair, pair.stack.bytes == sent * sizeof block);
	pair.stack.is_echo = true;
	until(&pair, stream_send(kernel, pair.at_kernel, block, 10));
	until(&pair, pair.kernel.bytes == 10);
}

/* The wire is dead for a while: our side gave up, the peer does not know. */
static void a_peer_that_still_believes_is_reset_when_it_speaks(void **state)
{
	(void)state;
	struct pair pair;
	skip_without_network();
	pair_open(&pair, true);
	tap.is_dead = true;
	assert_true(stream_send(stack, pair.at_stack, (const uint8_t *)"lost", 4));
	for (uint32_t i = 0; i < 100; i++)
		see(stack, &pair.stack);
	assert_int_equal(pair.stack.closed, 0);
	stream_shut(stack, pair.at_stack, true);
	until(&pair, pair.stack.closed == 1);
	assert_int_equal(pair.stack.last_error, ECONNABORTED);
	assert_int_equal(pair.kernel.closed, 0);
	tap.is_dead = false;
	assert_true(stream_send(kernel, pair.at_kernel, (const uint8_t *)"there?", 6));
	until(&pair, pair.kernel.closed == 1);
	assert_int_equal(pair.kernel.last_error, ECONNRESET);
	assert_int_equal(pair.stack.bytes, 0);
	pair_open(&pair, true); /* and both begin anew */
	pair.kernel.is_echo = true;
	assert_true(stream_send(stack, pair.at_stack, (const uint8_t *)"hello", 5));
	until(&pair, pair.stack.bytes == 5);
}

static void a_peer_that_is_not_there_is_given_up(void **state)
{
	(void)state;
	struct pair pair = {0};
	skip_without_network();
	uint32_t number = stream_connect(stack, "10.78.0.99", 9); /* nobody answers ARP */
	for (uint64_t end_ns = clock_now_ns() + 300000000ull; clock_now_ns() < end_ns;)
		see(stack, &pair.stack);
	assert_int_equal(pair.stack.opened + pair.stack.closed,
		0); /* it goes on asking: the owner decides */
	stream_shut(stack, number, true);
	until(&pair, pair.stack.closed == 1);
	assert_int_equal(pair.stack.last_error, ECONNABORTED);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, ends_open, ends_close)
	const struct CMUnitTest tests[] = {
		ONE(a_message_is_echoed_whoever_connected),
		ONE(bulk_crosses_both_ways_in_order),
		ONE(what_a_bad_wire_loses_reorders_and_doubles_is_mended),
		ONE(a_closed_window_leaves_bytes_unsent_and_takes_messages_whole),
		ONE(a_port_that_takes_nothing_is_asked_again),
		ONE(an_orderly_end_comes_after_all_bytes),
		ONE(a_reset_is_told_on_either_side),
		ONE(a_refused_connection_closes_with_its_reason),
		ONE(many_connections_live_beside_each_other_and_one_more_is_refused),
		ONE(spoilt_frames_are_counted_and_come_again),
		ONE(what_is_not_for_us_is_dropped_by_its_kind),
		ONE(a_small_mtu_carries_everything),
		ONE(a_peer_whose_card_is_changed_is_found_again),
		ONE(our_own_closed_window_stops_the_peer_and_opens_again),
		ONE(a_peer_that_still_believes_is_reset_when_it_speaks),
		ONE(a_peer_that_is_not_there_is_given_up),
		ONE(one_stack_is_all_a_process_has_and_it_listens_at_its_own_address),
	};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.stream.stream_lwip", tests, network_make, NULL);
}
