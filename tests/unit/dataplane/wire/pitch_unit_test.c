/* pitch_unit_test.c - unit headers and messages, against vectors and against lies, and numbers around the wrap. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/little.h"
#include "dataplane/wire/pitch_unit.h"
#include "tests/support/capture.h"

static struct mold64_block blocks[256];

static uint8_t *exact_copy(const void *bytes, uint32_t size)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	assert_non_null(copy);
	if (size != 0)
		memcpy(copy, bytes, size);
	return copy;
}

/* packet_matches reads a packet, holds it against what was expected, and writes it again. */
static void packet_matches(const uint8_t *bytes, uint32_t size, const json_t *expected)
{
	uint8_t *copy = exact_copy(bytes, size), out[2048];
	const json_t *wanted = json_object_get(expected, "sequenced_unit_header");
	const json_t *messages = json_object_get(expected, "messages");
	struct pitch_unit_header header;
	uint32_t tail;
	bool is_malformed;
	assert_true(pitch_unit_parse_header(copy, size, &header));
	assert_int_equal(header.length, capture_integer(wanted, "length"));
	assert_int_equal(header.count, capture_integer(wanted, "count"));
	assert_int_equal(header.unit, capture_integer(wanted, "unit"));
	assert_int_equal(header.sequence, capture_integer(wanted, "sequence"));
	uint32_t found = pitch_unit_parse_blocks(
		copy, size, header.count, 0, blocks, ARRAY_COUNT(blocks), &is_malformed, &tail);
	assert_false(is_malformed);
	assert_int_equal(tail, 0);
	assert_int_equal(found, json_array_size(messages));
	uint32_t used = pitch_unit_begin(out, header.unit, header.sequence);
	for (uint32_t i = 0; i < found; i++) {
		const json_t *message = json_array_get(messages, i);
		uint8_t text[256];
		uint32_t text_bytes = capture_hex(capture_text(message, "hex"), text, sizeof text);
		assert_int_equal(text_bytes, blocks[i].size_bytes);
		assert_int_equal(text_bytes, capture_integer(message, "len"));
		assert_int_equal(capture_integer(message, "seq"), header.sequence + i);
		assert_memory_equal(text, blocks[i].bytes, text_bytes);
		used = pitch_unit_append(out, used, sizeof out, text, (uint16_t)text_bytes);
	}
	assert_int_equal(used, size);
	assert_memory_equal(out, bytes, size);
	free(copy);
}

static void the_documents_packet_reads_as_told(void **state)
{
	(void)state;
	json_t *root = capture_json("spec_examples/cboe_pitch.json");
	assert_non_null(root);
	const json_t *example = json_array_get(root, 0);
	uint8_t bytes[256];
	uint32_t size = capture_hex(capture_text(example, "hex"), bytes, sizeof bytes);
	packet_matches(bytes, size, json_object_get(example, "expected"));
	json_decref(root);
}

static void every_captured_packet_reads_as_expected(void **state)
{
	(void)state;
	static char names[CAPTURE_NAME_COUNT_MAX][CAPTURE_NAME_BYTES];
	uint32_t found = capture_list("cboe/byx_pitch241", names, CAPTURE_NAME_COUNT_MAX);
	uint32_t count = 0;
	if (found == 0) {
		print_message("no captures beside the repository: real PITCH not compared\n");
		skip();
	}
	for (uint32_t i = 0; i < found; i++) {
		struct capture capture;
		assert_true(capture_open(&capture, names[i]));
		for (uint32_t k = 0; k < capture.count; k++, count++)
			packet_matches(capture.frames[k].payload, capture.frames[k].payload_bytes,
				capture.frames[k].expected);
		capture_close(&capture);
	}
	assert_true(count >= found);
}

/* Three messages of 5, 2 and 3 bytes. */
static uint32_t packet_of_three(uint8_t *out, uint32_t room)
{
	uint32_t size = pitch_unit_begin(out, 7, 41);
	size = pitch_unit_append(out, size, room, (const uint8_t *)"\5ABCD", 5);
	size = pitch_unit_append(out, size, room, (const uint8_t *)"\2X", 2);
	return pitch_unit_append(out, size, room, (const uint8_t *)"\3FG", 3);
}

static void a_packet_cut_at_any_byte_gives_the_whole_messages_before_it(void **state)
{
	(void)state;
	uint8_t packet[64];
	uint32_t size = packet_of_three(packet, sizeof packet), tail;
	bool is_malformed;
	assert_int_equal(size, 8 + 5 + 2 + 3);
	for (uint32_t cut = 0; cut <= size; cut++) {
		uint8_t *bytes = exact_copy(packet, cut);
		struct pitch_unit_header header;
		assert_int_equal(pitch_unit_parse_header(bytes, cut, &header), cut >= 8);
		uint32_t found =
			pitch_unit_parse_blocks(bytes, cut, 3, 0, blocks, 8, &is_malformed, &tail);
		assert_int_equal(found, (cut >= 13) + (cut >= 15) + (cut >= 18));
		assert_int_equal(is_malformed, cut < size);
		free(bytes);
	}
}

static void a_message_length_that_lies_is_malformed(void **state)
{
	(void)state;
	static const uint32_t offsets[] = {8, 13, 15};
	for (uint32_t b = 0; b < 3; b++)
		for (uint32_t lie = 0; lie < 256; lie++) {
			uint8_t packet[64];
			uint32_t size = packet_of_three(packet, sizeof packet), tail;
			bool is_malformed;
			if (lie >= 2 && lie <= size - offsets[b])
				continue;
			packet[offsets[b]] = (uint8_t)lie;
			uint8_t *bytes = exact_copy(packet, size);
			assert_int_equal(pitch_unit_parse_blocks(bytes, size, 3, 0, blocks, 8,
						 &is_malformed, &tail),
				b);
			assert_true(is_malformed);
			free(bytes);
		}
}

static void a_packet_length_below_its_messages_or_above_the_bytes_is_malformed(void **state)
{
	(void)state;
	uint8_t packet[64];
	uint32_t size = packet_of_three(packet, sizeof packet), tail;
	bool is_malformed;
	for (uint32_t length = 0; length <= UINT16_MAX; length += length < 64 ? 1 : 977) {
		little_store16(packet, (uint16_t)length);
		uint32_t found = pitch_unit_parse_blocks(
			packet, size, 3, 0, blocks, 8, &is_malformed, &tail);
		assert_int_equal(is_malformed, length != size);
		assert_int_equal(found, (length >= 13) + (length >= 15) + (length >= 18));
	}
}

static void a_tail_is_counted_and_blocks_are_given_from_any_number_on(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {5, 2, 3};
	uint8_t packet[64] = {0};
	uint32_t size = packet_of_three(packet, sizeof packet), tail;
	bool is_malformed;
	assert_int_equal(
		pitch_unit_parse_blocks(packet, size + 9, 3, 0, blocks, 8, &is_malformed, &tail),
		3);
	assert_false(is_malformed);
	assert_int_equal(tail, 9);
	for (uint32_t first = 0; first <= 4; first++)
		for (uint32_t max = 0; max <= 4; max++) {
			uint32_t left = first < 3 ? 3 - first : 0;
			uint32_t found = pitch_unit_parse_blocks(
				packet, size, 3, first, blocks, max, &is_malformed, &tail);
			assert_int_equal(found, left < max ? left : max);
			assert_false(is_malformed);
			if (found != 0)
				assert_int_equal(blocks[0].size_bytes, sizes[first]);
		}
}

static void what_does_not_fit_or_does_not_tell_its_length_is_not_appended(void **state)
{
	(void)state;
	static uint8_t packet[2 * UINT16_MAX];
	uint8_t two[] = {2, 'X'};
	pitch_unit_begin(packet, 1, 1);
	assert_int_equal(pitch_unit_append(packet, 8, 9, two, 2), 0);
	assert_int_equal(pitch_unit_append(packet, 8, 7, two, 2), 0);
	assert_int_equal(pitch_unit_append(packet, 8, 64, (const uint8_t *)"\1", 1), 0);
	assert_int_equal(pitch_unit_append(packet, 8, 64, (const uint8_t *)"\3X", 2), 0);
	assert_int_equal(pitch_unit_append(packet, UINT16_MAX - 1, sizeof packet, two, 2), 0);
	assert_int_equal(packet[2], 0);
	uint32_t size = 8;
	for (uint32_t i = 0; i < PITCH_UNIT_COUNT_MAX; i++)
		size = pitch_unit_append(packet, size, sizeof packet, two, 2);
	assert_int_equal(size, 8 + 2 * 255);
	assert_int_equal(pitch_unit_append(packet, size, sizeof packet, two, 2), 0);
	assert_int_equal(packet[2], 255);
}

static void numbers_go_on_where_the_sequence_begins_anew(void **state)
{
	(void)state;
	const uint64_t round = UINT32_MAX;
	static const uint64_t offsets[] = {0, 1, 2, 300, UINT32_MAX / 2 - 1, UINT32_MAX / 2};
	for (uint64_t near = 1; near < 4 * round; near += near % round < 400 ? 1 : round / 7)
		for (uint32_t i = 0; i < ARRAY_COUNT(offsets); i++) {
			uint64_t ahead = near + offsets[i];
			assert_int_equal(
				pitch_unit_number(pitch_unit_sequence(ahead), near), ahead);
			if (near <= offsets[i])
				continue;
			uint64_t back = near - offsets[i];
			assert_int_equal(pitch_unit_number(pitch_unit_sequence(back), near), back);
		}
	assert_int_equal(pitch_unit_sequence(round), UINT32_MAX);
	assert_int_equal(pitch_unit_sequence(round + 1), 1);
	assert_int_equal(pitch_unit_number(1, round), round + 1);
	assert_int_equal(pitch_unit_number(UINT32_MAX, round + 1), round);
}

static void a_stream_of_packets_is_cut_where_each_says(void **state)
{
	uint8_t bytes[PITCH_UNIT_HEADER_BYTES + 2];
	const uint8_t message[2] = {2, 0x20};
	struct pitch_unit_header header;
	(void)state;
	uint32_t size = pitch_unit_begin(bytes, 1, 0);
	size = pitch_unit_append(bytes, size, sizeof bytes, message, sizeof message);
	for (uint32_t cut = 0; cut < size; cut++)
		assert_int_equal(pitch_unit_cut(bytes, cut, &header), PITCH_UNIT_MORE);
	assert_int_equal(pitch_unit_cut(bytes, size, &header), PITCH_UNIT_OK);
	assert_int_equal(header.length, size);
	bytes[0] = PITCH_UNIT_HEADER_BYTES - 1;
	assert_int_equal(pitch_unit_cut(bytes, size, &header), PITCH_UNIT_BROKEN);
}

static void no_number_runs_below_1_or_over_64_bits(void **state)
{
	(void)state;
	assert_int_equal(pitch_unit_number(UINT32_MAX, 1), UINT32_MAX);
	assert_int_equal(pitch_unit_number(1, 1), 1);
	uint64_t last = UINT64_MAX / UINT32_MAX * UINT32_MAX;
	assert_true(pitch_unit_number(1, last) == last + 1 || pitch_unit_number(1, last) < last);
	assert_true(pitch_unit_number(1, UINT64_MAX) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documents_packet_reads_as_told),
		cmocka_unit_test(every_captured_packet_reads_as_expected),
		cmocka_unit_test(a_packet_cut_at_any_byte_gives_the_whole_messages_before_it),
		cmocka_unit_test(a_message_length_that_lies_is_malformed),
		cmocka_unit_test(
			a_packet_length_below_its_messages_or_above_the_bytes_is_malformed),
		cmocka_unit_test(a_tail_is_counted_and_blocks_are_given_from_any_number_on),
		cmocka_unit_test(what_does_not_fit_or_does_not_tell_its_length_is_not_appended),
		cmocka_unit_test(numbers_go_on_where_the_sequence_begins_anew),
		cmocka_unit_test(a_stream_of_packets_is_cut_where_each_says),
		cmocka_unit_test(no_number_runs_below_1_or_over_64_bits),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.pitch_unit", tests, NULL, NULL);
}
