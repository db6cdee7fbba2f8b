/* capture_look_test.c - a checksum that a card was to fill in is filled in, and nothing else is touched. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "drivers/port/capture_look.h"

/* 10.0.0.1 to 239.1.1.1, UDP; the header's checksum is D0D4. */
static const uint8_t header[20] = {
	0x45, 0, 0, 0x2C, 0, 1, 0, 0, 1, 17, 0, 0, 10, 0, 0, 1, 239, 1, 1, 1};

static uint32_t frame_make(uint8_t frame[128], unsigned tags, uint32_t header_bytes)
{
	uint32_t at = 12;
	memset(frame, 0xAA, 128);
	for (unsigned i = 0; i < tags; i++, at += 4)
		memcpy(frame + at,
			(const uint8_t[]){i == 0 && tags == 2 ? 0x88 : 0x81,
				i == 0 && tags == 2 ? 0xA8 : 0, 0, 7},
			4);
	memcpy(frame + at, (const uint8_t[]){8, 0}, 2);
	memcpy(frame + at + 2, header, sizeof header);
	frame[at + 2] = (uint8_t)(0x40 | header_bytes / 4);
	memset(frame + at + 2 + sizeof header, 0, header_bytes - sizeof header);
	return at + 2;
}

/* The folded sum over a header that is right. */
static uint32_t sum_of(const uint8_t *bytes, uint32_t size_bytes)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < size_bytes; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	return (sum & 0xFFFF) + (sum >> 16);
}

static void a_checksum_of_0_is_filled_in_behind_any_tags(void **state)
{
	(void)state;
	for (unsigned tags = 0; tags <= 2; tags++)
		for (uint32_t bytes = 20; bytes <= 60; bytes += 20) {
			uint8_t frame[128], before[128];
			uint32_t at = frame_make(frame, tags, bytes);
			memcpy(before, frame, sizeof before);
			capture_fill(frame, sizeof frame);
			assert_int_equal(sum_of(frame + at, bytes), 0xFFFF);
			memset(frame + at + 10, 0, 2);
			assert_memory_equal(frame, before, sizeof frame);
		}
}

static void what_is_not_0_or_no_whole_header_stays(void **state)
{
	(void)state;
	uint8_t frame[128], before[128];
	for (unsigned which = 0; which < 8; which++) {
		uint32_t at = frame_make(frame, which == 6 ? 2 : 0, 20), size = sizeof frame;
		if (which == 0)
			frame[at + 11] = 1; /* wrong, and not for want of a card */
		if (which == 7)
			frame[at + 10] = 1;
		if (which == 1)
			frame[at] = 0x65;
		if (which == 2)
			frame[at] = 0x44;
		if (which == 3)
			size = at + 19;
		if (which == 4)
			frame[13] = 6; /* ARP */
		if (which == 5)
			frame[at] = 0x4F, size = at + 40; /* options that are cut */
		if (which == 6)
			memcpy(frame + 20, (const uint8_t[]){0x81, 0, 0, 1, 8, 0},
				6); /* a third tag */
		memcpy(before, frame, sizeof before);
		capture_fill(frame, size);
		assert_memory_equal(frame, before, sizeof frame);
	}
	for (uint32_t size = 0; size < 34; size++) {
		frame_make(frame, 0, 20);
		memcpy(before, frame, sizeof before);
		capture_fill(frame, size);
		assert_memory_equal(frame, before, sizeof frame);
	}
}

static void what_is_no_file_is_left_to_libpcap(void **state)
{
	(void)state;
	char why[CAPTURE_LOOK_BYTES];
	assert_true(capture_look("/nonexistent/day.pcap", why));
	assert_true(capture_look("/dev/null", why));
	assert_true(capture_look("/tmp", why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_checksum_of_0_is_filled_in_behind_any_tags),
		cmocka_unit_test(what_is_not_0_or_no_whole_header_stays),
		cmocka_unit_test(what_is_no_file_is_left_to_libpcap),
	};
	return cmocka_run_group_tests_name("unit.drivers.port.capture_look", tests, NULL, NULL);
}
