/* What the venue remembers: every message by its number, up to a bound, and honestly nothing beyond.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/mold64.h"
#include "tools/exchange/history.h"

enum { CHUNK = HISTORY_CHUNK_COUNT, ROOM = 1400 };

static struct history history;
static uint8_t out[ROOM];

/* The message that a test appends as number n: its number, and as many more bytes as n says. */
static uint32_t message_of(uint64_t n, uint8_t bytes[64])
{
	uint32_t size = 8 + (uint32_t)(n % 40);
	memset(bytes, (int)(n & 255), size);
	store_be64(bytes, n);
	return size;
}

static void append(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint8_t bytes[64];
		history_append(&history, bytes, message_of(history.next, bytes));
	}
}

static void is_there(uint64_t n)
{
	uint8_t expected[64];
	uint32_t size, expected_bytes = message_of(n, expected);
	const uint8_t *found = history_message(&history, n, &size);
	assert_non_null(found);
	assert_int_equal(size, expected_bytes);
	assert_memory_equal(found, expected, size);
}

static void is_gone(uint64_t n)
{
	uint32_t size;
	assert_null(history_message(&history, n, &size));
}

static int finish(void **state)
{
	(void)state;
	history_free(&history);
	return 0;
}

static void every_message_is_found_by_its_number(void **state)
{
	(void)state;
	history_init(&history, 3 * CHUNK);
	append(2 * CHUNK + 7);
	for (uint64_t n = 1; n < history.next; n++)
		is_there(n);
	is_gone(0);
	is_gone(history.next);
	is_gone(UINT64_MAX);
}

static void the_newest_are_kept_and_the_oldest_go_together(void **state)
{
	(void)state;
	history_init(&history, 2 * CHUNK);
	for (uint64_t rounds = 0; rounds < 9; rounds++) {
		append(CHUNK - 1);
		assert_true(history.next - history.first >= 2 * CHUNK || history.first == 1);
		append(1);
		assert_true(history.next - history.first <= 3 * CHUNK);
		is_there(history.first);
		is_there(history.next - 1);
		is_gone(history.first - 1);
	}
	assert_int_equal((history.first - 1) % CHUNK, 0);
	for (uint64_t n = history.first; n < history.next; n++)
		is_there(n);
}

static void what_is_forgotten_is_gone_and_numbers_go_on(void **state)
{
	(void)state;
	history_init(&history, CHUNK);
	append(100);
	history_forget(&history);
	is_gone(100);
	append(1);
	is_there(101);
	history_skip(&history, 5 * CHUNK + 3);
	is_gone(101);
	is_gone(102);
	append(CHUNK);
	assert_int_equal(history.first, 102 + 5 * CHUNK + 3);
	for (uint64_t n = history.first; n < history.next; n++)
		is_there(n);
	history_clear(&history);
	is_gone(1);
	append(1);
	is_there(1);
	is_gone(2);
}

/* packet_is cuts a packet from `first` and counts its messages, which must be those of the numbers. */
static uint32_t packet_is(uint64_t first, uint32_t most, uint32_t room)
{
	struct mold64_header header;
	struct mold64_block blocks[ROOM / 2];
	bool is_malformed;
	uint32_t count, tail;
	memset(out, 0, sizeof out);
	uint32_t size = history_packet(&history, "DAY1      ", first, most, out, room, &count);
	if (size == 0)
		return 0;
	assert_true(size <= room && mold64_parse_header(out, size, &header));
	assert_int_equal(header.sequence, first);
	assert_int_equal(header.count, count);
	assert_int_equal(mold64_parse_blocks(out, size, header.count, 0, blocks, ROOM / 2,
				 &is_malformed, &tail),
		count);
	assert_int_equal(tail, 0);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t expected[64];
		assert_int_equal(blocks[i].size_bytes, message_of(first + i, expected));
		assert_memory_equal(blocks[i].bytes, expected, blocks[i].size_bytes);
	}
	return count;
}

static void a_packet_holds_whole_messages_up_to_every_bound(void **state)
{
	(void)state;
	history_init(&history, CHUNK);
	append(CHUNK + 50);
	for (uint32_t room = MOLD64_HEADER_BYTES; room <= ROOM; room++) {
		uint8_t bytes[64];
		uint32_t expected = 0, used = MOLD64_HEADER_BYTES;
		while (used + 2 + message_of(CHUNK - 20 + expected, bytes) <= room) {
			used += 2 + message_of(CHUNK - 20 + expected, bytes);
			expected++;
		}
		assert_int_equal(packet_is(CHUNK - 20, 65534, room), expected);
	}
	assert_int_equal(packet_is(7, 1, ROOM), 1);
	assert_int_equal(packet_is(7, 3, ROOM), 3);
	assert_int_equal(packet_is(history.next - 2, 65534, ROOM), 2);
	assert_int_equal(packet_is(history.next, 65534, ROOM), 0);
	assert_int_equal(packet_is(0, 65534, ROOM), 0);
}

static void a_message_without_bytes_keeps_its_number(void **state)
{
	uint32_t size = 9;
	(void)state;
	history_init(&history, CHUNK);
	history_append(&history, NULL, 0);
	append(1);
	assert_non_null(history_message(&history, 2, &size));
	history_message(&history, 1, &size);
	assert_int_equal(size, 0);
	is_there(2);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_teardown(test, finish)
	const struct CMUnitTest tests[] = {
		EACH(every_message_is_found_by_its_number),
		EACH(the_newest_are_kept_and_the_oldest_go_together),
		EACH(what_is_forgotten_is_gone_and_numbers_go_on),
		EACH(a_packet_holds_whole_messages_up_to_every_bound),
		EACH(a_message_without_bytes_keeps_its_number),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.history", tests, NULL, NULL);
}
