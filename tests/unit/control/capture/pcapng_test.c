/* pcapng_test.c - blocks of a pcapng file as libpcap reads them back.
   rooms: control_capture */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/capture/pcapng.h"

static char path[] = "pcapng_test.XXXXXX";

static void write_out(FILE *file, const uint8_t *bytes, uint32_t size_bytes)
{
	assert_int_equal(size_bytes % 4, 0);
	assert_int_equal(fwrite(bytes, 1, size_bytes, file), size_bytes);
}

static void an_analyser_reads_every_frame_with_its_time_and_lengths(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {0, 1, 2, 3, 4, 60, 1514, PACKET_BYTES_MAX};
	static uint8_t frame[PACKET_BYTES_MAX], out[PCAPNG_PACKET_BYTES_MAX];
	const uint64_t time_ns = 1700000000123456789ull;
	for (uint32_t i = 0; i < sizeof frame; i++)
		frame[i] = (uint8_t)(i * 7);
	FILE *file = fdopen(mkstemp(path), "w");
	assert_non_null(file);
	write_out(file, out, pcapng_section(out, "a program"));
	write_out(file, out, pcapng_interface(out, "feed-a", PACKET_BYTES_MAX));
	write_out(file, out, pcapng_interface(out, "feed-b", PACKET_BYTES_MAX));
	for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		struct pcapng_packet packet = {.bytes = frame,
			.time_ns = time_ns + i,
			.size_bytes = sizes[i],
			.wire_bytes = sizes[i] + 100,
			.interface = i % 2};
		write_out(file, out, pcapng_packet(out, &packet));
	}
	fclose(file);

	char error[PCAP_ERRBUF_SIZE] = "";
	pcap_t *capture =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
	assert_string_equal(error, "");
	assert_non_null(capture);
	assert_int_equal(pcap_datalink(capture), DLT_EN10MB);
	struct pcap_pkthdr *head;
	const uint8_t *bytes;
	for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		assert_int_equal(pcap_next_ex(capture, &head, &bytes), 1);
		assert_int_equal(head->caplen, sizes[i]);
		assert_int_equal(head->len, sizes[i] + 100);
		/* nanoseconds stand in the field of microseconds */
		assert_int_equal(
			(uint64_t)head->ts.tv_sec * 1000000000u + (uint64_t)head->ts.tv_usec,
			time_ns + i);
		assert_memory_equal(bytes, frame, sizes[i]);
	}
	assert_int_equal(pcap_next_ex(capture, &head, &bytes), PCAP_ERROR_BREAK);
	pcap_close(capture);
	unlink(path);
}

static void a_long_name_is_cut_and_the_block_stays_whole(void **state)
{
	(void)state;
	char name[400];
	uint8_t out[PCAPNG_HEAD_BYTES_MAX];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	uint32_t size = pcapng_interface(out, name, 1);
	assert_true(size <= sizeof out);
	assert_int_equal(size % 4, 0);
	assert_memory_equal(out + 4, out + size - 4, 4); /* the size stands at both ends */
	assert_int_equal(pcapng_section(out, name) % 4, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_analyser_reads_every_frame_with_its_time_and_lengths),
		cmocka_unit_test(a_long_name_is_cut_and_the_block_stays_whole),
	};
	return !!cmocka_run_group_tests_name("unit.control.capture.pcapng", tests, NULL, NULL);
}
