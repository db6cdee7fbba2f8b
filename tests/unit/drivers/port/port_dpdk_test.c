/* A capture through DPDK: every frame, in order, byte for byte what the other reader gives.
   rooms: drivers_port dpdk_drivers */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/port/port.h"
#include "tests/unit/drivers/port/capture_file.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>

enum { FRAME_COUNT = 10000, PACED_COUNT = 100 };

#define DAY_NS  UINT64_C(1548858600000000000)
#define STEP_NS UINT64_C(1000000)

static struct capture_file day, paced, jumbo, cut;
static struct port_config ports[8];

static void port_describe(
	uint32_t index, const char *name, uint8_t kind, const char *device, const char *path)
{
	ports[index].kind = kind;
	snprintf(ports[index].name, sizeof ports[index].name, "%s", name);
	snprintf(ports[index].device, sizeof ports[index].device, "%s%s", device, path);
}

static int write_captures_and_start(void **state)
{
	(void)state;
	capture_begin(&day, "day.pcap", CAPTURE_ETHERNET);
	for (uint32_t i = 0; i < FRAME_COUNT; i++)
		capture_whole(&day, i, DAY_NS + i * STEP_NS);
	capture_end(&day, 0);
	capture_begin(&paced, "paced.pcap", CAPTURE_ETHERNET);
	for (uint32_t i = 0; i < PACED_COUNT; i++)
		capture_whole(&paced, i, DAY_NS + i * STEP_NS);
	capture_end(&paced, 0);
	capture_begin(&jumbo, "jumbo.pcap", CAPTURE_ETHERNET);
	capture_record(&jumbo, 1, DAY_NS, PACKET_BYTES_MAX, PACKET_BYTES_MAX);
	capture_record(&jumbo, 2, DAY_NS, PACKET_BYTES_MAX + 1, PACKET_BYTES_MAX + 1);
	capture_record(&jumbo, 3, DAY_NS, 20000, 20000);
	capture_whole(&jumbo, 4, DAY_NS);
	capture_end(&jumbo, 0);
	capture_begin(&cut, "cut.pcap", CAPTURE_ETHERNET);
	capture_whole(&cut, 0, DAY_NS);
	capture_whole(&cut, 1, DAY_NS);
	capture_end(&cut, 1);

	port_describe(0, "day", PORT_DPDK, "net_pcap0,rx_pcap=", day.path);
	port_describe(1, "day again", PORT_PCAP, "", day.path);
	port_describe(2, "paced", PORT_DPDK, "net_pcap1,rx_pcap=", paced.path);
	port_describe(3, "jumbo", PORT_DPDK, "net_pcap2,rx_pcap=", jumbo.path);
	port_describe(4, "cut", PORT_DPDK, "net_pcap3,rx_pcap=", cut.path);
	port_describe(5, "stage", PORT_DPDK, "net_pcap4,rx_pcap=", day.path);
	ports[2].at_capture_speed = 1;
	/* Two captures are two queues of one device. */
	port_describe(6, "queues", PORT_DPDK, "net_pcap5,rx_pcap=", day.path);
	snprintf(ports[6].device, sizeof ports[6].device, "net_pcap5,rx_pcap=%.90s,rx_pcap=%.90s",
		day.path, paced.path);
	ports[6].queue_count = 2;
	port_describe(7, "too many", PORT_DPDK, "net_pcap6,rx_pcap=", day.path);
	ports[7].queue_count = 3;

	cpu_set_t before, after;
	pthread_getaffinity_np(pthread_self(), sizeof before, &before);
	struct config_error error;
	bool is_started = port_dpdk_start(ports, ARRAY_COUNT(ports), &error);
	if (!is_started)
		print_error("%s\n", error.text);
	pthread_getaffinity_np(pthread_self(), sizeof after, &after);
	return is_started && CPU_EQUAL(&before, &after) ? 0 : -1;
}

static int remove_captures(void **state)
{
	(void)state;
	unlink(day.path);
	unlink(paced.path);
	unlink(jumbo.path);
	unlink(cut.path);
	return 0;
}

static struct port *opened(uint32_t index)
{
	struct config_error error;
	struct port *port = port_open(&ports[index], &error);
	if (port == NULL)
		fail_msg("%s", error.text);
	return port;
}

static struct port_stats stats_of(struct port *port)
{
	struct port_stats stats;
	port_get_stats(port, &stats);
	return stats;
}

static void a_capture_arrives_whole_in_order_and_equal_to_the_other_reader(void **state)
{
	(void)state;
	struct port *dpdk = opened(0), *pcap = opened(1);
	struct packet left[BURST_COUNT_MAX], right[BURST_COUNT_MAX];
	static uint8_t expected[PACKET_BYTES_MAX];
	uint32_t number = 0;
	for (;;) {
		uint32_t count = port_rx_burst(dpdk, 0, left, BURST_COUNT_MAX);
		assert_int_equal(port_rx_burst(pcap, 0, right, BURST_COUNT_MAX), count);
		if (count == 0)
			break;
		for (uint32_t i = 0; i < count; i++, number++) {
			frame_fill(expected, frame_bytes_of(number), number);
			assert_int_equal(left[i].size_bytes, frame_bytes_of(number));
			assert_int_equal(left[i].wire_bytes, right[i].wire_bytes);
			assert_int_equal(left[i].size_bytes, right[i].size_bytes);
			assert_memory_equal(left[i].bytes, expected, left[i].size_bytes);
			assert_memory_equal(right[i].bytes, expected, left[i].size_bytes);
			assert_int_equal(left[i].time_ns, DAY_NS + number * STEP_NS);
			assert_int_equal(left[i].time_ns, right[i].time_ns);
		}
	}
	assert_int_equal(number, FRAME_COUNT);
	struct port_stats stats = stats_of(dpdk);
	assert_int_equal(stats.rx_packets, FRAME_COUNT);
	assert_int_equal(stats.rx_bytes, stats_of(pcap).rx_bytes);
	assert_int_equal(stats.rx_errors + stats.rx_missed + stats.rx_no_buffer, 0);
	assert_true(stats.at_end && stats_of(pcap).at_end);
	assert_int_equal(port_rx_burst(dpdk, 0, left, BURST_COUNT_MAX), 0);
	port_close(dpdk);
	port_close(pcap);
}

static void assert_paced(const struct packet *packet, uint32_t number)
{
	static uint8_t expected[PACKET_BYTES_MAX];
	frame_fill(expected, frame_bytes_of(number), number);
	assert_int_equal(packet->time_ns, DAY_NS + number * STEP_NS);
	assert_int_equal(packet->size_bytes, frame_bytes_of(number));
	assert_memory_equal(packet->bytes, expected, packet->size_bytes);
}

static void at_capture_speed_a_frame_waits_for_its_time(void **state)
{
	(void)state;
	struct port *port = opened(2);
	struct packet packets[BURST_COUNT_MAX];
	uint64_t zero = 12345;
	assert_int_equal(port_rx_burst(port, zero, packets, BURST_COUNT_MAX), 1);
	assert_int_equal(port_rx_burst(port, zero + STEP_NS - 1, packets, BURST_COUNT_MAX), 0);
	assert_int_equal(port_rx_burst(port, zero + STEP_NS, packets, BURST_COUNT_MAX), 1);
	assert_int_equal(packets[0].time_ns, DAY_NS + STEP_NS);
	uint32_t number = 2;
	for (uint64_t step = 2; step < PACED_COUNT; step += 7) {
		/* what is left of the device's burst goes first, so it is asked twice */
		for (int turn = 0; turn < 2; turn++) {
			uint32_t count = port_rx_burst(
				port, zero + (step + 6) * STEP_NS, packets, BURST_COUNT_MAX);
			for (uint32_t i = 0; i < count; i++, number++)
				assert_paced(&packets[i], number);
		}
		assert_int_equal(number, step + 7 < PACED_COUNT ? step + 7 : PACED_COUNT);
	}
	assert_int_equal(port_rx_burst(port, UINT64_MAX, packets, BURST_COUNT_MAX), 0);
	assert_true(stats_of(port).at_end);
	port_close(port);
}

static void the_longest_frame_arrives_and_one_byte_more_is_an_error(void **state)
{
	(void)state;
	struct port *port = opened(3);
	struct packet packets[BURST_COUNT_MAX];
	static uint8_t expected[PACKET_BYTES_MAX];
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 2);
	frame_fill(expected, PACKET_BYTES_MAX, 1);
	assert_int_equal(packets[0].size_bytes, PACKET_BYTES_MAX);
	assert_memory_equal(packets[0].bytes, expected, PACKET_BYTES_MAX);
	assert_int_equal(packets[1].size_bytes, frame_bytes_of(4));
	assert_int_equal(stats_of(port).rx_errors, 2);
	port_close(port);
}

static void a_capture_cut_in_a_record_ends_where_it_is_cut(void **state)
{
	(void)state;
	struct port *port = opened(4);
	struct packet packets[BURST_COUNT_MAX];
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 1);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 0);
	assert_true(stats_of(port).at_end);
	port_close(port);
}

static void *poll_to_the_end(void *port)
{
	struct packet packets[BURST_COUNT_MAX];
	uintptr_t total = 0;
	for (uint32_t count; (count = port_rx_burst(port, 0, packets, 7)) > 0;)
		total += count;
	return (void *)total;
}

static void a_thread_the_eal_does_not_know_polls_as_well(void **state)
{
	(void)state;
	struct port *port = opened(5);
	pthread_t stage;
	void *total;
	assert_int_equal(pthread_create(&stage, NULL, poll_to_the_end, port), 0);
	assert_int_equal(pthread_join(stage, &total), 0);
	assert_int_equal((uintptr_t)total, FRAME_COUNT);
	port_close(port);
}

static void every_queue_of_a_port_is_emptied(void **state)
{
	(void)state;
	struct port *port = opened(6);
	struct packet packets[BURST_COUNT_MAX];
	uint32_t count = 0, bursts = 0;
	for (uint32_t got; (got = port_rx_burst(port, 0, packets, BURST_COUNT_MAX)) != 0; bursts++)
		count += got;
	assert_int_equal(count, FRAME_COUNT + PACED_COUNT);
	assert_true(bursts > 2);
	struct port_stats stats = stats_of(port);
	assert_int_equal(stats.rx_packets, count);
	assert_true(stats.at_end);
	assert_int_equal(stats.time_source, PORT_TIME_CAPTURE);
	port_close(port);
}

static void more_queues_than_the_device_has_are_refused(void **state)
{
	(void)state;
	struct config_error error;
	assert_null(port_open(&ports[7], &error));
	assert_non_null(strstr(error.text, "give it so many receive queues"));
}

static void a_device_is_open_once(void **state)
{
	(void)state;
	struct config_error error;
	assert_null(port_open(&ports[0], &error));
	assert_non_null(strstr(error.text, "net_pcap0"));
}

static void a_device_that_was_not_started_is_named(void **state)
{
	(void)state;
	struct config_error error;
	struct port_config other = {.kind = PORT_DPDK, .name = "B", .device = "net_null9"};
	assert_null(port_open(&other, &error));
	assert_non_null(strstr(error.text, "port B"));
	assert_non_null(strstr(error.text, "net_null9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_arrives_whole_in_order_and_equal_to_the_other_reader),
		cmocka_unit_test(at_capture_speed_a_frame_waits_for_its_time),
		cmocka_unit_test(the_longest_frame_arrives_and_one_byte_more_is_an_error),
		cmocka_unit_test(a_capture_cut_in_a_record_ends_where_it_is_cut),
		cmocka_unit_test(a_thread_the_eal_does_not_know_polls_as_well),
		cmocka_unit_test(every_queue_of_a_port_is_emptied),
		cmocka_unit_test(more_queues_than_the_device_has_are_refused),
		cmocka_unit_test(a_device_is_open_once),
		cmocka_unit_test(a_device_that_was_not_started_is_named),
	};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.port.port_dpdk", tests, write_captures_and_start, remove_captures);
}
