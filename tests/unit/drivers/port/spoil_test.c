/* spoil_test.c - each kind does its one harm, and no harm to what it should leave alone.
   rooms: drivers_port dataplane_wire */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/net.h"
#include "drivers/port/spoil.h"

enum { DRAW_COUNT = 20000 };

static const char text[] = "a payload of some length";
static uint8_t frame[256];

static uint32_t frame_make(void)
{
	static const uint8_t mac[6] = {2};
	struct net_udp udp = {.target_ip = 0xE9360C6F,
		.target_port = 26477,
		.payload = (const uint8_t *)text,
		.payload_bytes = sizeof text};
	return net_build_udp(frame, sizeof frame, mac, mac, &udp);
}

static uint32_t draw_next(uint32_t *draw)
{
	return *draw = *draw * 1664525 + 1013904223;
}

/* verdicts_of counts what the parser says of DRAW_COUNT frames spoilt by one kind. */
static void verdicts_of(enum spoil kind, uint32_t counts[NET_BAD_HEADER + 1])
{
	uint32_t draw = 7;
	memset(counts, 0, (NET_BAD_HEADER + 1) * sizeof *counts);
	for (uint32_t i = 0; i < DRAW_COUNT; i++) {
		struct net_udp udp;
		uint32_t size = frame_make();
		size = spoil_frame(kind, frame, size, sizeof frame, draw_next(&draw));
		enum net_verdict verdict = net_parse(frame, size, &udp);
		/* What is still taken says what was sent, or the beginning of it. */
		if (verdict == NET_OK) {
			assert_true(udp.payload_bytes <= sizeof text);
			assert_memory_equal(udp.payload, text, udp.payload_bytes);
		}
		counts[verdict]++;
	}
}

static void a_runt_or_a_cut_frame_is_truncated(void **state)
{
	(void)state;
	uint32_t counts[NET_BAD_HEADER + 1];
	verdicts_of(SPOIL_RUNT, counts);
	assert_int_equal(counts[NET_TRUNCATED], DRAW_COUNT);
	verdicts_of(SPOIL_CUT, counts);
	assert_int_equal(counts[NET_TRUNCATED], DRAW_COUNT);
	assert_int_equal(spoil_frame(SPOIL_CUT, frame, 0, sizeof frame, 9), 0);
	assert_int_equal(spoil_frame(SPOIL_RUNT, frame, 5, sizeof frame, 9), 5);
}

static void a_turned_bit_makes_a_bad_checksum(void **state)
{
	(void)state;
	uint32_t counts[NET_BAD_HEADER + 1];
	verdicts_of(SPOIL_CHECKSUM, counts);
	assert_int_equal(counts[NET_BAD_HEADER], DRAW_COUNT);
}

static void a_lying_length_is_truncated_or_takes_less(void **state)
{
	(void)state;
	uint32_t counts[NET_BAD_HEADER + 1];
	verdicts_of(SPOIL_LENGTH, counts);
	assert_int_equal(counts[NET_TRUNCATED] + counts[NET_OK], DRAW_COUNT);
	assert_true(counts[NET_OK] > 0 && counts[NET_TRUNCATED] > counts[NET_OK]);
}

static void one_or_two_tags_are_read_and_three_refused(void **state)
{
	(void)state;
	uint32_t counts[NET_BAD_HEADER + 1];
	verdicts_of(SPOIL_VLAN, counts);
	assert_int_equal(counts[NET_OK] + counts[NET_NOT_UDP], DRAW_COUNT);
	assert_in_range(counts[NET_NOT_UDP], DRAW_COUNT / 4, DRAW_COUNT / 2);
	assert_int_equal(spoil_frame(SPOIL_VLAN, frame, 60, 63, 0), 60); /* no room */
	assert_int_equal(spoil_frame(SPOIL_VLAN, frame, 13, 63, 0), 13); /* no type */
}

static void a_fragment_is_one(void **state)
{
	(void)state;
	uint32_t counts[NET_BAD_HEADER + 1];
	verdicts_of(SPOIL_FRAGMENT, counts);
	assert_int_equal(counts[NET_FRAGMENT], DRAW_COUNT);
}

static void what_is_not_ipv4_is_left_as_it_is(void **state)
{
	(void)state;
	static const enum spoil kinds[] = {SPOIL_CHECKSUM, SPOIL_LENGTH, SPOIL_FRAGMENT};
	for (uint32_t k = 0; k < ARRAY_COUNT(kinds); k++)
		for (uint32_t wrong = 0; wrong < 3; wrong++) {
			uint8_t before[sizeof frame];
			uint32_t size = frame_make();
			if (wrong == 0)
				store_be16(frame + 12, 0x0806);
			else if (wrong == 1)
				frame[14] = 0x46;
			else
				size = 41;
			memcpy(before, frame, sizeof before);
			assert_int_equal(spoil_frame(kinds[k], frame, size, sizeof frame, 3), size);
			assert_memory_equal(frame, before, sizeof before);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_runt_or_a_cut_frame_is_truncated),
		cmocka_unit_test(a_turned_bit_makes_a_bad_checksum),
		cmocka_unit_test(a_lying_length_is_truncated_or_takes_less),
		cmocka_unit_test(one_or_two_tags_are_read_and_three_refused),
		cmocka_unit_test(a_fragment_is_one),
		cmocka_unit_test(what_is_not_ipv4_is_left_as_it_is),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.port.spoil", tests, NULL, NULL);
}
