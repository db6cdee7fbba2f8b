/* gap_test.c - what is ahead is held in order, once, and no more than fits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/feed/gap.h"

enum { PACKET_COUNT = 64, LARGE_COUNT = PACKET_COUNT / GAP_PACKETS_A_LARGE };

static struct gap gap;
static uint8_t *memory;

static int gap_open(void **state)
{
	(void)state;
	memory = malloc(gap_size_bytes(PACKET_COUNT));
	gap_init(&gap, PACKET_COUNT, memory);
	return memory == NULL;
}

static int gap_close(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static enum gap_verdict hold(uint64_t sequence, uint32_t count, uint64_t held_ns)
{
	uint8_t payload[PACKET_BYTES_MAX];
	memset(payload, (int)(sequence & 0xFF), sizeof payload);
	struct gap_packet packet = {.sequence = sequence,
		.count = count,
		.held_ns = held_ns,
		.payload = payload,
		.size_bytes = sequence % 2 == 0 ? GAP_SMALL_BYTES - ITCH50_READ_PAST_BYTES : 20,
		.line = sequence % 2 == 0};
	return gap_hold(&gap, &packet);
}

static void packets_come_out_in_order_of_their_numbers(void **state)
{
	(void)state;
	struct gap_packet packet;
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(hold(100 + i * 17 % 40, 1, 5), GAP_HELD);
	assert_false(gap_take(&gap, 99, &packet));
	for (uint32_t i = 0; i < 40; i++) {
		assert_int_equal(gap_end(&gap), 100 + i);
		assert_true(gap_take(&gap, 100 + i, &packet));
		assert_int_equal(packet.sequence, 100 + i);
		assert_int_equal(packet.payload[packet.size_bytes - 1], 100 + i);
	}
	assert_false(gap_take(&gap, UINT64_MAX, &packet));
	assert_false(gap_is_open(&gap, 140));
}

static void what_is_held_already_is_known(void **state)
{
	(void)state;
	assert_int_equal(hold(10, 5, 0), GAP_HELD);
	assert_int_equal(hold(10, 5, 0), GAP_KNOWN);
	assert_int_equal(hold(12, 3, 0), GAP_KNOWN);
	assert_int_equal(hold(12, 4, 0), GAP_HELD);
	assert_int_equal(hold(9, 6, 0), GAP_HELD);
	assert_int_equal(hold(10, 6, 0), GAP_HELD);
	assert_int_equal(gap.count, 4);
}

static void a_full_gap_refuses_and_keeps_what_it_has(void **state)
{
	(void)state;
	struct gap_packet packet;
	for (uint32_t i = 0; i < PACKET_COUNT; i++)
		assert_int_equal(hold(10 + i * 2, 1, 0), GAP_HELD);
	assert_int_equal(hold(11, 1, 0), GAP_FULL);
	assert_int_equal(hold(10, 1, 0), GAP_KNOWN);
	assert_true(gap_take(&gap, 10, &packet));
	assert_int_equal(hold(11, 1, 0), GAP_HELD);
	assert_int_equal(gap.small_free, 0);
}

static void the_gap_is_as_old_as_the_oldest_thing_ahead(void **state)
{
	(void)state;
	struct gap_packet packet;
	assert_int_equal(hold(20, 1, 700), GAP_HELD);
	assert_int_equal(hold(10, 1, 900), GAP_HELD);
	assert_int_equal(gap_since_ns(&gap, 5), 700);
	gap_expect(&gap, 5, 30, 1, 600);
	assert_int_equal(gap_since_ns(&gap, 5), 600);
	assert_int_equal(gap_since_ns(&gap, 30), 700);
	assert_true(gap_take(&gap, 10, &packet));
	assert_true(gap_take(&gap, 20, &packet));
	assert_int_equal(gap_since_ns(&gap, 21), 600);
	assert_int_equal(gap_end(&gap), 30);
}

static void a_mark_stays_as_old_as_its_first_missing_number(void **state)
{
	(void)state;
	gap_expect(&gap, 10, 10, 0, 50);
	assert_false(gap_is_open(&gap, 10));
	gap_expect(&gap, 5, 10, 0, 100);
	gap_expect(&gap, 5, 10, 1, 200);
	gap_expect(&gap, 5, 9, 1, 300);
	assert_true(gap_is_open(&gap, 9));
	assert_false(gap_is_open(&gap, 10));
	gap_expect(&gap, 6, 11, 1, 400);
	assert_int_equal(gap_since_ns(&gap, 6), 100);
	assert_int_equal(gap_end(&gap), 11);
	assert_int_equal(gap_shown_by(&gap), 0);
	gap_expect(&gap, 11, 12, 1, 500);
	assert_int_equal(gap_since_ns(&gap, 11), 500);
	assert_int_equal(gap_shown_by(&gap), 1);
	assert_int_equal(hold(14, 1, 0), GAP_HELD);
	assert_int_equal(gap_end(&gap), 14);
}

static enum gap_verdict hold_large(uint64_t sequence)
{
	static uint8_t payload[PACKET_BYTES_MAX];
	payload[sizeof payload - 1] = (uint8_t)sequence;
	struct gap_packet packet = {
		.sequence = sequence, .count = 1, .payload = payload, .size_bytes = sizeof payload};
	return gap_hold(&gap, &packet);
}

static void long_packets_have_places_of_their_own(void **state)
{
	(void)state;
	struct gap_packet packet;
	for (uint32_t i = 0; i < LARGE_COUNT; i++)
		assert_int_equal(hold_large(10 + i), GAP_HELD);
	assert_int_equal(hold_large(50), GAP_FULL);
	assert_int_equal(hold(51, 1, 0), GAP_HELD);
	assert_int_equal(gap.held_bytes, LARGE_COUNT * PACKET_BYTES_MAX + 20);
	for (uint32_t i = 0; i < LARGE_COUNT; i++) {
		assert_true(gap_take(&gap, 10 + i, &packet));
		assert_int_equal(packet.payload[packet.size_bytes - 1], 10 + i);
		assert_int_equal(hold_large(60 + i), GAP_HELD);
	}
	assert_int_equal(gap_clear(&gap), LARGE_COUNT + 1);
	assert_false(gap_is_open(&gap, 1));
	assert_int_equal(gap.held_bytes, 0);
	for (uint32_t i = 0; i < LARGE_COUNT; i++)
		assert_int_equal(hold_large(10 + i), GAP_HELD);
}

static void the_tables_turn_round_for_days(void **state)
{
	(void)state;
	struct gap_packet packet;
	uint64_t next = 1;
	for (uint32_t i = 0; i < 10 * PACKET_COUNT; i++) {
		assert_int_equal(hold(next + 40, 1, i), GAP_HELD);
		if (i % 3 == 0 && gap.count < PACKET_COUNT)
			assert_int_equal(hold(next + 39, 2, i), GAP_HELD);
		while (gap.count > PACKET_COUNT / 2)
			assert_true(gap_take(&gap, UINT64_MAX, &packet));
		next++;
	}
	while (gap.count > 1)
		assert_true(gap_take(&gap, UINT64_MAX, &packet));
	assert_int_equal(gap_end(&gap), next + 39);
	gap_clear(&gap);
	assert_false(gap_is_open(&gap, next));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			packets_come_out_in_order_of_their_numbers, gap_open, gap_close),
		cmocka_unit_test_setup_teardown(what_is_held_already_is_known, gap_open, gap_close),
		cmocka_unit_test_setup_teardown(
			a_full_gap_refuses_and_keeps_what_it_has, gap_open, gap_close),
		cmocka_unit_test_setup_teardown(
			long_packets_have_places_of_their_own, gap_open, gap_close),
		cmocka_unit_test_setup_teardown(
			the_tables_turn_round_for_days, gap_open, gap_close),
		cmocka_unit_test_setup_teardown(
			the_gap_is_as_old_as_the_oldest_thing_ahead, gap_open, gap_close),
		cmocka_unit_test_setup_teardown(
			a_mark_stays_as_old_as_its_first_missing_number, gap_open, gap_close),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.gap", tests, NULL, NULL);
}
