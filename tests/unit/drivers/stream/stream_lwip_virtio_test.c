/* Two stacks of our own in two processes, virtio-user in one and vhost-user in the other, without huge pages.
   The other process answers what it hears; the wire may be bad at either end.
   rooms: drivers_stream dpdk_drivers */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/port/port_fault.h"
#include "drivers/stream/stream_lwip.h"
#include "tests/unit/drivers/stream/seen.h"

enum { CONNECTIONS = 64, BLOCK_BYTES = 1000, UNDER_WAY_MAX = 16000 };
#define OURS   "10.79.0.2"
#define THEIRS "10.79.0.1"

static const struct port_fault_rates good = {.seed = 1};
static const struct port_fault_rates bad = {
	.seed = 9, .loss_ppm = 5000, .reorder_ppm = 30000, .duplicate_ppm = 20000};
static char refused[1100], directory[64], path[96];
static pid_t other;
static int orders[2], reports[2]; /* pipes: to the other process, and from it */
static struct port *wire;
static struct stream *stack;
static struct port_stats weathered; /* as bulk came back */

static struct stream *open_wire(const char *device, uint32_t address_ip, struct config_error *error)
{
	static struct port_config config = {.kind = PORT_DPDK, .name = "orders"};
	const struct stream_lwip_config stack_config = {.address_ip = address_ip,
		.netmask_ip = 0xFFFFFF00,
		.mtu_bytes = 1500,
		.connection_max = CONNECTIONS};
	snprintf(config.device, sizeof config.device, "%s", device);
	clock_start();
	struct port *port = NULL;
	if (!port_dpdk_start(&config, 1, error) || (port = port_open(&config, error)) == NULL)
		return NULL;
	wire = port_fault_open(port, &good);
	return stream_lwip_open(wire, &stack_config, error);
}

/* The other process: echoes until the pipe is closed; b and g choose the weather, and it says when that is so. */
static int answer(void)
{
	struct config_error error = {{0}};
	char device[160], order;
	bool is_good = true;
	snprintf(device, sizeof device, "net_vhost0,iface=%s,queues=1", path);
	struct stream *s = open_wire(device, 0x0A4F0001, &error);
	if (s == NULL || stream_listen(s, THEIRS, 25000, &error) == 0) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	(void)!write(reports[1], "!", 1);
	fcntl(orders[0], F_SETFL, O_NONBLOCK);
	for (ssize_t count; (count = read(orders[0], &order, 1)) != 0;) {
		struct stream_event events[16];
		if (count == 1) {
			port_fault_begin(wire, order == 'b' ? &bad : &good);
			(void)!write(reports[1], "!", 1);
		}
		count = (ssize_t)stream_poll(s, events, 16);
		if (count == 0)
			sched_yield();
		for (ssize_t i = 0; i < count; i++) {
			if (events[i].kind == STREAM_BYTES)
				is_good &= stream_send(s, events[i].connection, events[i].bytes,
					events[i].size_bytes);
		}
	}
	stream_close(s);
	port_close(wire);
	return is_good ? 0 : 2;
}

static int start(void **state)
{
	struct config_error error = {{0}};
	char device[160], ready;
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/sluice-wire-XXXXXX");
	if (mkdtemp(directory) == NULL || pipe2(orders, O_CLOEXEC) != 0 ||
		pipe2(reports, O_CLOEXEC) != 0)
		return 1;
	snprintf(path, sizeof path, "%s/wire", directory);
	signal(SIGPIPE, SIG_IGN);
	other = fork();
	if (other == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(orders[1]);
		_exit(answer());
	}
	close(orders[0]);
	close(reports[1]);
	if (read(reports[0], &ready, 1) != 1) {
		snprintf(refused, sizeof refused, "the other process could not open vhost-user");
		return 0;
	}
	snprintf(device, sizeof device, "virtio_user0,path=%s,queues=1", path);
	stack = open_wire(device, 0x0A4F0002, &error);
	if (stack == NULL)
		snprintf(refused, sizeof refused, "%s", error.text);
	return 0;
}

static int stop(void **state)
{
	int status = 1;
	(void)state;
	/* virtio-user says goodbye to whoever serves it, so that one goes last. */
	if (stack != NULL) {
		stream_close(stack);
		port_close(wire);
	}
	close(orders[1]);
	waitpid(other, &status, 0);
	unlink(path);
	rmdir(directory);
	return refused[0] == '\0' && status != 0;
}

static void skip_without_wire(void)
{
	if (stack == NULL) {
		print_message("skipped: %s\n", refused);
		skip();
	}
}

#define until(seen, truth)                                                                         \
	do {                                                                                       \
		uint64_t deadline_ns = clock_now_ns() + 30000000000ull;                            \
		bool is_true;                                                                      \
		while (!(is_true = (truth)) && clock_now_ns() < deadline_ns)                       \
			see(stack, seen);                                                          \
		assert_true(is_true);                                                              \
	} while (0)

static uint32_t call(struct seen *seen)
{
	uint32_t number = stream_connect(stack, THEIRS, 25000), opened = seen->opened;
	until(seen, seen->opened == opened + 1);
	return number;
}

static void conserve(void)
{
	struct stream_counts counts;
	assert_true(stream_get_counts(stack, &counts));
	assert_int_equal(counts.rx_frames, counts.rx_taken + counts.rx_not_ip + counts.rx_not_ours +
						   counts.rx_bad + counts.rx_no_memory);
	assert_int_equal(counts.rx_bad + counts.rx_no_memory, 0);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void a_message_is_echoed(void **state)
{
	enum { TRIPS = 2000 };
	static uint32_t trips_ns[TRIPS];
	struct seen seen = {0};
	(void)state;
	skip_without_wire();
	uint32_t number = call(&seen);
	for (uint32_t i = 0; i < TRIPS; i++) {
		uint64_t began_ns = clock_now_ns();
		assert_true(stream_send(stack, number, (const uint8_t *)"12345678", 8));
		until(&seen, seen.bytes == (uint64_t)8 * (i + 1));
		trips_ns[i] = (uint32_t)(clock_now_ns() - began_ns);
	}
	qsort(trips_ns, TRIPS, sizeof trips_ns[0], by_size);
	print_message("a message and its echo between two processes: p50 %u ns, p99 %u ns\n",
		trips_ns[TRIPS / 2], trips_ns[TRIPS * 99 / 100]);
	conserve();
	stream_shut(stack, number, true);
	until(&seen, seen.closed == 1);
}

static void weather(const struct port_fault_rates *rates)
{
	char done;
	assert_int_equal(write(orders[1], rates == &bad ? "b" : "g", 1), 1);
	assert_int_equal(read(reports[0], &done, 1), 1);
	port_fault_begin(wire, rates);
}

/* A reset is said once: one that the weather takes leaves the other end with a connection that nobody has, and it has
   room for no more than a test needs.  So it is said in good weather. */
static void hang_up(struct seen *seen, uint32_t number)
{
	weather(&good);
	stream_shut(stack, number, true);
	until(seen, seen->closed == 1);
}

static void bulk_comes_back(struct seen *seen, uint32_t block_count)
{
	static uint8_t block[BLOCK_BYTES];
	uint32_t number = call(seen);
	uint64_t sum = 0, sent = 0;
	for (uint32_t i = 0; i < block_count; i++) {
		for (uint32_t b = 0; b < sizeof block; b++) {
			block[b] = (uint8_t)(i * 7 + b * 13 + i / 256);
			sum = sum * 31 + block[b];
		}
		until(seen, sent - seen->bytes < UNDER_WAY_MAX &&
				    stream_send(stack, number, block, sizeof block));
		sent += sizeof block;
	}
	until(seen, seen->bytes == sent);
	assert_int_equal(seen->sum, sum);
	conserve();
	port_get_stats(wire, &weathered);
	hang_up(seen, number);
}

static void bulk_crosses_and_comes_back(void **state)
{
	struct seen seen = {0};
	(void)state;
	skip_without_wire();
	bulk_comes_back(&seen, 2000);
}

static void what_is_bad_at_both_ends_is_mended(void **state)
{
	struct seen seen = {0};
	(void)state;
	skip_without_wire();
	weather(&bad);
	bulk_comes_back(&seen, 500);
	assert_true(weathered.fault_lost > 0 && weathered.fault_reordered > 0);
}

static void many_connections_live_beside_each_other(void **state)
{
	struct seen seen = {0};
	uint32_t numbers[CONNECTIONS];
	(void)state;
	skip_without_wire();
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		numbers[i] = call(&seen);
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		assert_true(stream_send(stack, numbers[i], (const uint8_t *)"12345678", 8));
	until(&seen, seen.bytes == (uint64_t)8 * CONNECTIONS);
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		stream_shut(stack, numbers[i], true);
	until(&seen, seen.closed == CONNECTIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_echoed),
		cmocka_unit_test(bulk_crosses_and_comes_back),
		cmocka_unit_test(what_is_bad_at_both_ends_is_mended),
		cmocka_unit_test(many_connections_live_beside_each_other),
	};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.stream.stream_lwip_virtio", tests, start, stop);
}
