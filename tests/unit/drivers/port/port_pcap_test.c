/* Captures of every make are read the same; damaged ones end cleanly and say so. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/log.h"
#include "drivers/port/port.h"
#include "tests/unit/drivers/port/capture_file.h"

#define DAY_NS UINT64_C(1548858600123456789)

static struct port *opened(const char *path, bool is_paced)
{
	struct port_config config = {.kind = PORT_PCAP, .name = "A", .at_capture_speed = is_paced};
	struct config_error error;
	snprintf(config.device, sizeof config.device, "%s", path);
	struct port *port = port_open(&config, &error);
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

static void assert_frame(const struct packet *packet, uint32_t number, uint64_t time_ns)
{
	static uint8_t expected[PACKET_BYTES_MAX];
	assert_int_equal(packet->wire_bytes, frame_bytes_of(number));
	assert_int_equal(packet->size_bytes, frame_bytes_of(number));
	assert_int_equal(packet->time_ns, time_ns);
	frame_fill(expected, frame_bytes_of(number), number);
	assert_memory_equal(packet->bytes, expected, packet->size_bytes);
}

static void assert_refused(const char *path, const char *word)
{
	struct port_config config = {.kind = PORT_PCAP, .name = "A"};
	struct config_error error;
	snprintf(config.device, sizeof config.device, "%s", path);
	assert_null(port_open(&config, &error));
	assert_non_null(strstr(error.text, "port A: found"));
	assert_non_null(strstr(error.text, "expected"));
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, word));
}

static void either_byte_order_and_either_precision_read_the_same(void **state)
{
	(void)state;
	for (int variant = 0; variant < 4; variant++) {
		struct capture_file c = {.is_swapped = variant & 1, .is_ns = variant & 2};
		capture_begin(&c, "variant.pcap", CAPTURE_ETHERNET);
		for (uint32_t i = 0; i < 100; i++)
			capture_whole(&c, i, DAY_NS + i);
		capture_end(&c, 0);
		struct port *port = opened(c.path, false);
		struct packet packets[BURST_COUNT_MAX];
		uint32_t number = 0;
		for (uint32_t count;
			(count = port_rx_burst(port, 0, packets, BURST_COUNT_MAX)) > 0;)
			for (uint32_t i = 0; i < count; i++, number++) {
				uint64_t time_ns = DAY_NS + number;
				assert_frame(&packets[i], number,
					c.is_ns ? time_ns : time_ns / 1000 * 1000);
			}
		assert_int_equal(number, 100);
		assert_true(stats_of(port).at_end);
		assert_int_equal(stats_of(port).rx_packets, 100);
		assert_int_equal(stats_of(port).rx_errors, 0);
		port_close(port);
		unlink(c.path);
	}
}

/* An interface of a pcapng file, its times in 10^-resolution s. */
static void interface_write(
	struct capture_file *c, uint32_t link, uint32_t snaplen, uint32_t resolution)
{
	/* clang-format off */
	const struct { uint32_t word; size_t size_bytes; } block[] = {
		{1, 4}, {32, 4}, {link, 2}, {0, 2}, {snaplen, 4},
		{9, 2}, {1, 2}, {resolution, 1}, {0, 1}, {0, 2}, {0, 2}, {0, 2}, {32, 4},
	};
	/* clang-format on */
	for (size_t i = 0; i < ARRAY_COUNT(block); i++)
		capture_word(c, block[i].word, block[i].size_bytes);
}

static void packet_write(
	struct capture_file *c, uint32_t interface, uint64_t ticks, uint32_t number)
{
	uint32_t size = frame_bytes_of(number), padded = (size + 3) / 4 * 4;
	uint8_t bytes[2048] = {0};
	const uint32_t packet[] = {
		6, 32 + padded, interface, (uint32_t)(ticks >> 32), (uint32_t)ticks, size, size};
	for (size_t i = 0; i < ARRAY_COUNT(packet); i++)
		capture_word(c, packet[i], 4);
	frame_fill(bytes, size, number);
	assert_int_equal(fwrite(bytes, 1, padded, c->file), padded);
	capture_word(c, 32 + padded, 4);
}

/* A pcapng file of one Ethernet interface with nanosecond times and `count` packets. */
static void next_generation_write(struct capture_file *c, uint32_t count)
{
	snprintf(c->path, sizeof c->path, "/tmp/sluice-%ld-next.pcapng", (long)getpid());
	c->file = fopen(c->path, "wb");
	assert_non_null(c->file);
	/* clang-format off */
	const struct { uint32_t word; size_t size_bytes; } header[] = {
		/* section header: version 1.0, length unknown */
		{0x0a0d0d0a, 4}, {28, 4}, {0x1a2b3c4d, 4}, {1, 2}, {0, 2}, {0xffffffff, 4}, {0xffffffff, 4}, {28, 4},
	};
	/* clang-format on */
	for (size_t i = 0; i < ARRAY_COUNT(header); i++)
		capture_word(c, header[i].word, header[i].size_bytes);
	interface_write(c, CAPTURE_ETHERNET, 0, 9);
	for (uint32_t number = 0; number < count; number++)
		packet_write(c, 0, DAY_NS + number, number);
}

static void the_next_generation_format_reads_the_same(void **state)
{
	(void)state;
	for (int is_swapped = 0; is_swapped < 2; is_swapped++) {
		struct capture_file c = {.is_swapped = is_swapped};
		next_generation_write(&c, 3);
		capture_end(&c, 0);
		struct port *port = opened(c.path, false);
		struct packet packets[BURST_COUNT_MAX];
		assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 3);
		for (uint32_t i = 0; i < 3; i++)
			assert_frame(&packets[i], i, DAY_NS + i);
		port_close(port);
		unlink(c.path);
	}
}

static void an_interface_that_differs_is_named_before_the_day_begins(void **state)
{
	(void)state;
	for (int is_swapped = 0; is_swapped < 2; is_swapped++) {
		struct capture_file c = {.is_swapped = is_swapped};
		next_generation_write(&c, 0);
		interface_write(&c, CAPTURE_ETHERNET, 262144, 6); /* to libpcap as much as 0 */
		interface_write(&c, 113, 0, 9);
		packet_write(&c, 0, DAY_NS, 0);
		capture_end(&c, 0);
		assert_refused(c.path,
			"found link type 113 (LINUX_SLL) on interface 2, expected Ethernet");
		unlink(c.path);
		next_generation_write(&c, 0);
		interface_write(&c, CAPTURE_ETHERNET, 96, 9);
		capture_end(&c, 0);
		assert_refused(
			c.path, "found a snapshot length of 96 on interface 1, expected 262144");
		unlink(c.path);
	}
}

/* An interface that the writer states behind the first packet is seen when it comes by. */
static void an_interface_that_comes_late_ends_the_file_with_one_error(void **state)
{
	(void)state;
	struct capture_file c = {0};
	struct packet packets[BURST_COUNT_MAX];
	next_generation_write(&c, 1);
	interface_write(&c, 113, 0, 9);
	packet_write(&c, 0, DAY_NS, 1);
	capture_end(&c, 0);
	struct port *port = opened(c.path, false);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 1);
	assert_true(stats_of(port).at_end);
	assert_int_equal(stats_of(port).rx_errors, 1);
	port_close(port);
	unlink(c.path);
}

static void each_interface_may_have_a_clock_of_its_own(void **state)
{
	(void)state;
	struct capture_file c = {0};
	struct packet packets[BURST_COUNT_MAX];
	next_generation_write(&c, 0);
	interface_write(&c, CAPTURE_ETHERNET, 0, 6);
	packet_write(&c, 0, DAY_NS, 0);
	packet_write(&c, 1, DAY_NS / 1000, 1);
	capture_end(&c, 0);
	struct port *port = opened(c.path, false);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 2);
	assert_frame(&packets[0], 0, DAY_NS);
	assert_frame(&packets[1], 1, DAY_NS / 1000 * 1000);
	port_close(port);
	unlink(c.path);
}

static void a_file_that_is_packed_says_so(void **state)
{
	(void)state;
	static const struct {
		uint32_t first;
		const char *said;
	} files[] = {
		{0x00088B1F, "found a file packed by gzip, expected a pcap or pcapng file: unpack"},
		{0xFD2FB528, "found a file packed by zstd"}};
	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		struct capture_file c = {0};
		snprintf(c.path, sizeof c.path, "/tmp/sluice-%ld-day.pcap.gz", (long)getpid());
		c.file = fopen(c.path, "wb");
		assert_non_null(c.file);
		for (unsigned word = 0; word < 16; word++)
			capture_word(&c, files[i].first, 4);
		capture_end(&c, 0);
		assert_refused(c.path, files[i].said);
		unlink(c.path);
	}
}

/* Three packets, the second with another word at an offset of its block (from the end if below 0): how many arrive. */
static uint32_t arrived_of_lying(long offset, uint32_t word, uint64_t *errors)
{
	struct capture_file c = {0};
	long starts[4];
	for (uint32_t count = 0; count < 4; count++) {
		next_generation_write(&c, count);
		starts[count] = ftell(c.file);
		if (count < 3)
			fclose(c.file);
	}
	fseek(c.file, starts[offset < 0 ? 2 : 1] + offset, SEEK_SET);
	capture_word(&c, word, 4);
	fseek(c.file, starts[3], SEEK_SET);
	capture_end(&c, 0);
	struct port *port = opened(c.path, false);
	struct packet packets[BURST_COUNT_MAX];
	uint32_t count = port_rx_burst(port, 0, packets, BURST_COUNT_MAX);
	if (count > 0)
		assert_frame(&packets[0], 0, DAY_NS);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 0);
	assert_true(stats_of(port).at_end);
	*errors = stats_of(port).rx_errors;
	port_close(port);
	unlink(c.path);
	return count;
}

static void a_block_whose_lengths_disagree_ends_the_file_with_one_error(void **state)
{
	(void)state;
	const uint32_t size = frame_bytes_of(1), block = 32 + (size + 3) / 4 * 4;
	const struct {
		long offset; /* 4: the block's length, 20: the frame's, -4: the block's again */
		uint32_t word;
	} lies[] = {{4, 0}, {4, 8}, {4, 31}, {4, block - 4}, {4, block + 4}, {4, 0x7fffffff},
		{4, 0xffffffff}, {20, block - 32 + 1}, {20, 0x7fffffff}, {20, 0xffffffff}, {-4, 0},
		{-4, block - 4}, {-4, block + 4}, {-4, 0xffffffff}};
	uint64_t errors;
	assert_int_equal(arrived_of_lying(4, block, &errors), 3);
	assert_int_equal(errors, 0);
	for (uint32_t i = 0; i < ARRAY_COUNT(lies); i++) {
		if (arrived_of_lying(lies[i].offset, lies[i].word, &errors) != 1 || errors != 1)
			fail_msg("lie %u: found %u errors, expected one frame and one error", i,
				(unsigned)errors);
	}
}

/* Writes three frames and cuts bytes off the end; gives how many arrived and the errors counted. */
static uint32_t arrived_of_cut(long cut_bytes, uint64_t *errors)
{
	struct capture_file c = {0};
	capture_begin(&c, "cut.pcap", CAPTURE_ETHERNET);
	for (uint32_t i = 0; i < 3; i++)
		capture_whole(&c, i, DAY_NS);
	capture_end(&c, cut_bytes);
	struct port *port = opened(c.path, false);
	struct packet packets[BURST_COUNT_MAX];
	uint32_t count = port_rx_burst(port, 0, packets, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++)
		assert_frame(&packets[i], i, DAY_NS / 1000 * 1000);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 0);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 0);
	*errors = stats_of(port).rx_errors;
	assert_true(stats_of(port).at_end);
	port_close(port);
	unlink(c.path);
	return count;
}

static void a_file_cut_anywhere_ends_there_with_one_error(void **state)
{
	(void)state;
	long record = 16 + (long)frame_bytes_of(2);
	uint64_t errors;
	assert_int_equal(arrived_of_cut(0, &errors), 3);
	assert_int_equal(errors, 0);
	for (long cut = 1; cut < record; cut++) {
		assert_int_equal(arrived_of_cut(cut, &errors), 2);
		assert_int_equal(errors, 1);
	}
	assert_int_equal(arrived_of_cut(record, &errors), 2);
	assert_int_equal(errors, 0);
}

static void a_file_cut_in_its_header_is_refused(void **state)
{
	(void)state;
	for (long kept = 0; kept < 24; kept++) {
		struct capture_file c = {0};
		capture_begin(&c, "header.pcap", CAPTURE_ETHERNET);
		capture_end(&c, 24 - kept);
		assert_refused(c.path, "pcap or pcapng");
		unlink(c.path);
	}
}

static void an_empty_capture_is_at_its_end_after_the_first_burst(void **state)
{
	(void)state;
	struct capture_file c = {0};
	capture_begin(&c, "empty.pcap", CAPTURE_ETHERNET);
	capture_end(&c, 0);
	struct port *port = opened(c.path, false);
	struct packet packets[BURST_COUNT_MAX];
	assert_false(stats_of(port).at_end);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 0);
	assert_true(stats_of(port).at_end);
	assert_int_equal(stats_of(port).rx_errors, 0);
	port_close(port);
	unlink(c.path);
}

static void what_is_no_ethernet_capture_is_refused(void **state)
{
	(void)state;
	struct capture_file c = {0};
	capture_begin(&c, "raw.pcap", CAPTURE_RAW_IP);
	capture_end(&c, 0);
	assert_refused(c.path, "EN10MB");
	unlink(c.path);
	assert_refused("/nonexistent/day.pcap", "No such file");
	assert_refused("/dev/null", "pcap or pcapng");
}

static void a_frame_the_capture_cut_tells_its_length_on_the_wire(void **state)
{
	(void)state;
	struct capture_file c = {0};
	capture_begin(&c, "snaplen.pcap", CAPTURE_ETHERNET);
	capture_record(&c, 0, DAY_NS, 64, 1514);
	capture_record(&c, 1, DAY_NS, 0, 60);
	capture_record(&c, 2, DAY_NS, 100, 90); /* no wire has less than the file */
	capture_end(&c, 0);
	struct port *port = opened(c.path, false);
	struct packet packets[BURST_COUNT_MAX];
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 3);
	assert_int_equal(packets[0].size_bytes, 64);
	assert_int_equal(packets[0].wire_bytes, 1514);
	assert_int_equal(packets[1].size_bytes, 0);
	assert_int_equal(packets[1].wire_bytes, 60);
	assert_int_equal(packets[2].size_bytes, 100);
	assert_int_equal(packets[2].wire_bytes, 100);
	port_close(port);
	unlink(c.path);
}

static void the_longest_frame_arrives_and_one_byte_more_is_an_error(void **state)
{
	(void)state;
	struct capture_file c = {0};
	capture_begin(&c, "jumbo.pcap", CAPTURE_ETHERNET);
	for (uint32_t i = 0; i < BURST_COUNT_MAX; i++)
		capture_record(&c, i, DAY_NS, PACKET_BYTES_MAX, PACKET_BYTES_MAX);
	for (uint32_t i = 0; i < BURST_COUNT_MAX; i++)
		capture_record(&c, i, DAY_NS, PACKET_BYTES_MAX + 1, PACKET_BYTES_MAX + 1);
	capture_whole(&c, 7, 0);
	capture_end(&c, 0);
	struct port *port = opened(c.path, false);
	struct packet packets[BURST_COUNT_MAX];
	static uint8_t expected[PACKET_BYTES_MAX];
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), BURST_COUNT_MAX);
	for (uint32_t i = 0; i < BURST_COUNT_MAX; i++) {
		frame_fill(expected, PACKET_BYTES_MAX, i);
		assert_int_equal(packets[i].size_bytes, PACKET_BYTES_MAX);
		assert_memory_equal(packets[i].bytes, expected, PACKET_BYTES_MAX);
	}
	/* a burst's work has a bound: a burst of nothing deliverable is empty, but not the end */
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 0);
	assert_false(stats_of(port).at_end);
	assert_int_equal(stats_of(port).rx_errors, BURST_COUNT_MAX);
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 1);
	assert_frame(&packets[0], 7, 0);
	port_close(port);
	unlink(c.path);
}

static void at_capture_speed_a_frame_waits_for_its_time(void **state)
{
	(void)state;
	struct capture_file c = {.is_ns = true};
	capture_begin(&c, "paced.pcap", CAPTURE_ETHERNET);
	capture_whole(&c, 0, DAY_NS);
	capture_whole(&c, 1, DAY_NS);
	capture_whole(&c, 2, DAY_NS + 1000);
	capture_whole(&c, 3, DAY_NS + UINT64_C(3600000000000));
	capture_end(&c, 0);
	struct port *port = opened(c.path, true);
	struct packet packets[BURST_COUNT_MAX];
	assert_int_equal(port_rx_burst(port, 500, packets, BURST_COUNT_MAX), 2);
	assert_int_equal(port_rx_burst(port, 1499, packets, BURST_COUNT_MAX), 0);
	assert_int_equal(port_rx_burst(port, 1500, packets, BURST_COUNT_MAX), 1);
	assert_frame(&packets[0], 2, DAY_NS + 1000);
	uint64_t hour = 500 + UINT64_C(3600000000000);
	assert_int_equal(port_rx_burst(port, hour - 1, packets, BURST_COUNT_MAX), 0);
	assert_false(stats_of(port).at_end);
	assert_int_equal(port_rx_burst(port, hour, packets, BURST_COUNT_MAX), 1);
	assert_frame(&packets[0], 3, DAY_NS + UINT64_C(3600000000000));
	port_close(port);
	unlink(c.path);
}

static void time_that_goes_back_in_a_capture_holds_nothing_up(void **state)
{
	(void)state;
	struct capture_file c = {.is_ns = true};
	capture_begin(&c, "back.pcap", CAPTURE_ETHERNET);
	capture_whole(&c, 0, DAY_NS);
	capture_whole(&c, 1, DAY_NS + 100);
	capture_whole(&c, 2, DAY_NS - 5000);
	capture_whole(&c, 3, DAY_NS + 50);
	capture_end(&c, 0);
	struct port *port = opened(c.path, true);
	struct packet packets[BURST_COUNT_MAX];
	assert_int_equal(port_rx_burst(port, 0, packets, BURST_COUNT_MAX), 1);
	assert_int_equal(port_rx_burst(port, 100, packets, BURST_COUNT_MAX), 3);
	assert_frame(&packets[1], 2, DAY_NS - 5000);
	port_close(port);
	unlink(c.path);
}

static void a_time_no_calendar_has_becomes_none(void **state)
{
	(void)state;
	struct capture_file c = {.is_ns = true};
	capture_begin(&c, "time.pcap", CAPTURE_ETHERNET);
	const uint32_t record[] = {1, 1000000000u, 4, 4, 0};
	for (size_t i = 0; i < ARRAY_COUNT(record); i++)
		capture_word(&c, record[i], 4);
	capture_end(&c, 0);
	struct port *port = opened(c.path, false);
	struct packet packet;
	assert_int_equal(port_rx_burst(port, 0, &packet, 1), 1);
	assert_int_equal(packet.time_ns, 0);
	port_close(port);
	unlink(c.path);
}

static void a_capture_sends_nothing(void **state)
{
	(void)state;
	struct capture_file c = {0};
	capture_begin(&c, "send.pcap", CAPTURE_ETHERNET);
	capture_end(&c, 0);
	struct port *port = opened(c.path, false);
	assert_false(port_tx(port, (const uint8_t *)"frame", 5));
	assert_int_equal(stats_of(port).tx_packets, 0);
	port_close(port);
	unlink(c.path);
}

int main(void)
{
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(either_byte_order_and_either_precision_read_the_same),
		cmocka_unit_test(the_next_generation_format_reads_the_same),
		cmocka_unit_test(an_interface_that_differs_is_named_before_the_day_begins),
		cmocka_unit_test(an_interface_that_comes_late_ends_the_file_with_one_error),
		cmocka_unit_test(each_interface_may_have_a_clock_of_its_own),
		cmocka_unit_test(a_file_that_is_packed_says_so),
		cmocka_unit_test(a_block_whose_lengths_disagree_ends_the_file_with_one_error),
		cmocka_unit_test(a_file_cut_anywhere_ends_there_with_one_error),
		cmocka_unit_test(a_file_cut_in_its_header_is_refused),
		cmocka_unit_test(an_empty_capture_is_at_its_end_after_the_first_burst),
		cmocka_unit_test(what_is_no_ethernet_capture_is_refused),
		cmocka_unit_test(a_frame_the_capture_cut_tells_its_length_on_the_wire),
		cmocka_unit_test(the_longest_frame_arrives_and_one_byte_more_is_an_error),
		cmocka_unit_test(at_capture_speed_a_frame_waits_for_its_time),
		cmocka_unit_test(time_that_goes_back_in_a_capture_holds_nothing_up),
		cmocka_unit_test(a_time_no_calendar_has_becomes_none),
		cmocka_unit_test(a_capture_sends_nothing),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.port.port_pcap", tests, NULL, NULL);
}
