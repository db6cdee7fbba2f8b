/* iextp_test.c - segments and requests, against vectors and against lies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/iextp.h"
#include "dataplane/wire/little.h"
#include "tests/support/capture.h"

static struct mold64_block blocks[1024];

static uint8_t *exact_copy(const void *bytes, uint32_t size)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	assert_non_null(copy);
	if (size != 0)
		memcpy(copy, bytes, size);
	return copy;
}

static void header_matches(const struct iextp_header *header, const json_t *expected)
{
	assert_int_equal(header->protocol, capture_integer(expected, "message_protocol_id"));
	assert_int_equal(header->channel, capture_integer(expected, "channel_id"));
	assert_int_equal(header->session, capture_integer(expected, "session_id"));
	assert_int_equal(header->payload_bytes, capture_integer(expected, "payload_length"));
	assert_int_equal(header->count, capture_integer(expected, "message_count"));
	assert_int_equal(header->stream_offset, capture_integer(expected, "stream_offset"));
	assert_int_equal(header->sequence, capture_integer(expected, "first_sequence"));
	assert_int_equal(header->sent_ns, capture_integer(expected, "send_time"));
}

/* segment_matches reads a segment, holds it against what was expected, and writes it again. */
static void segment_matches(const uint8_t *bytes, uint32_t size, const json_t *expected)
{
	uint8_t *copy = exact_copy(bytes, size), out[2048];
	const json_t *messages = json_object_get(expected, "messages");
	struct iextp_header header;
	uint32_t tail;
	bool is_malformed;
	assert_true(iextp_parse_header(copy, size, &header));
	header_matches(&header, json_object_get(expected, "iextp"));
	uint32_t found = iextp_parse_blocks(
		copy, size, header.count, 0, blocks, ARRAY_COUNT(blocks), &is_malformed, &tail);
	assert_false(is_malformed);
	assert_int_equal(tail, 0);
	assert_int_equal(found, json_array_size(messages));
	uint32_t used = iextp_begin(out, &header);
	for (uint32_t i = 0; i < found; i++) {
		const json_t *message = json_array_get(messages, i);
		uint8_t wanted[256];
		uint32_t wanted_bytes =
			capture_hex(capture_text(message, "hex"), wanted, sizeof wanted);
		assert_int_equal(capture_integer(message, "seq"), header.sequence + i);
		assert_int_equal(wanted_bytes, blocks[i].size_bytes);
		assert_memory_equal(wanted, blocks[i].bytes, wanted_bytes);
		used = iextp_append(out, used, sizeof out, wanted, (uint16_t)wanted_bytes);
	}
	assert_int_equal(used, size);
	assert_memory_equal(out, bytes, size);
	free(copy);
}

static void the_documents_segment_reads_as_told(void **state)
{
	(void)state;
	json_t *root = capture_json("spec_examples/iex.json");
	assert_non_null(root);
	size_t index;
	json_t *example;
	uint32_t count = 0;
	json_array_foreach(root, index, example)
	{
		uint8_t bytes[512];
		const json_t *expected = json_object_get(example, "expected");
		if (!capture_has(expected, "iextp"))
			continue;
		uint32_t size = capture_hex(capture_text(example, "hex"), bytes, sizeof bytes);
		segment_matches(bytes, size, expected);
		count++;
	}
	assert_int_equal(count, 1);
	json_decref(root);
}

static void every_captured_segment_reads_as_expected(void **state)
{
	(void)state;
	static char names[CAPTURE_NAME_COUNT_MAX][CAPTURE_NAME_BYTES];
	uint32_t found = capture_list("iex/deep10", names, CAPTURE_NAME_COUNT_MAX), count = 0;
	if (found == 0) {
		print_message("no captures beside the repository: real IEX-TP not compared\n");
		skip();
	}
	for (uint32_t i = 0; i < found; i++) {
		struct capture capture;
		assert_true(capture_open(&capture, names[i]));
		for (uint32_t k = 0; k < capture.count; k++, count++)
			segment_matches(capture.frames[k].payload, capture.frames[k].payload_bytes,
				capture.frames[k].expected);
		capture_close(&capture);
	}
	assert_true(count >= found);
}

static void the_documents_request_reads_and_is_written_as_told(void **state)
{
	(void)state;
	json_t *root = capture_json("spec_examples/iex.json");
	const json_t *example = json_array_get(root, json_array_size(root) - 1);
	const json_t *expected = json_object_get(example, "expected");
	const json_t *wanted = json_object_get(expected, "ranges");
	uint8_t bytes[64], out[64];
	uint32_t size = capture_hex(capture_text(example, "hex"), bytes, sizeof bytes);
	struct iextp_range ranges[2];
	struct iextp_header header;
	assert_string_equal(capture_text(expected, "name"), "Gap Fill Request");
	assert_int_equal(iextp_parse_request(bytes, size, &header, ranges, 2), 2);
	assert_int_equal(header.protocol, capture_integer(expected, "message_protocol_id"));
	assert_int_equal(header.channel, capture_integer(expected, "channel_id"));
	assert_int_equal(header.session, capture_integer(expected, "session_id"));
	uint32_t used = iextp_request_begin(out, header.protocol, header.channel, header.session);
	for (uint32_t i = 0; i < 2; i++) {
		const json_t *range = json_array_get(wanted, i);
		assert_int_equal(ranges[i].first, json_integer_value(json_array_get(range, 0)));
		assert_int_equal(ranges[i].last, json_integer_value(json_array_get(range, 1)));
		used = iextp_request_append(out, used, sizeof out, ranges[i].first, ranges[i].last);
	}
	assert_int_equal(used, size);
	assert_memory_equal(out, bytes, size);
	json_decref(root);
}

static const struct iextp_header first_header = {.protocol = IEXTP_DEEP,
	.channel = 1,
	.session = 77,
	.stream_offset = 900,
	.sequence = 41,
	.sent_ns = 5};

/* Three messages of 5, 0 and 3 bytes. */
static uint32_t segment_of_three(uint8_t *out, uint32_t room)
{
	uint32_t size = iextp_begin(out, &first_header);
	size = iextp_append(out, size, room, (const uint8_t *)"ABCDE", 5);
	size = iextp_append(out, size, room, NULL, 0);
	return iextp_append(out, size, room, (const uint8_t *)"FGH", 3);
}

static void a_segment_cut_at_any_byte_gives_the_whole_blocks_before_it(void **state)
{
	(void)state;
	uint8_t segment[64];
	uint32_t size = segment_of_three(segment, sizeof segment), tail;
	bool is_malformed;
	assert_int_equal(size, 40 + 7 + 2 + 5);
	for (uint32_t cut = 0; cut <= size; cut++) {
		uint8_t *bytes = exact_copy(segment, cut);
		struct iextp_header header;
		assert_int_equal(iextp_parse_header(bytes, cut, &header), cut >= 40);
		uint32_t found =
			iextp_parse_blocks(bytes, cut, 3, 0, blocks, 8, &is_malformed, &tail);
		assert_int_equal(found, (cut >= 47) + (cut >= 49) + (cut >= 54));
		assert_int_equal(is_malformed, cut < size);
		assert_int_equal(tail, 0);
		free(bytes);
	}
}

static void another_version_is_no_segment(void **state)
{
	(void)state;
	uint8_t segment[64];
	struct iextp_header header;
	uint32_t size = segment_of_three(segment, sizeof segment);
	segment[0] = 2;
	assert_false(iextp_parse_header(segment, size, &header));
}

static void a_block_length_that_lies_is_malformed(void **state)
{
	(void)state;
	static const uint32_t offsets[] = {40, 47, 49};
	for (uint32_t b = 0; b < 3; b++)
		for (uint32_t lie = 1; lie <= UINT16_MAX; lie += lie < 64 ? 1 : 4001) {
			uint8_t segment[64];
			uint32_t size = segment_of_three(segment, sizeof segment), tail;
			bool is_malformed;
			if (lie <= size - offsets[b] - 2)
				continue;
			little_store16(segment + offsets[b], (uint16_t)lie);
			uint8_t *bytes = exact_copy(segment, size);
			assert_int_equal(iextp_parse_blocks(bytes, size, 3, 0, blocks, 8,
						 &is_malformed, &tail),
				b);
			assert_true(is_malformed);
			free(bytes);
		}
}

static void a_payload_length_below_its_blocks_or_above_the_bytes_is_malformed(void **state)
{
	(void)state;
	uint8_t segment[64];
	uint32_t size = segment_of_three(segment, sizeof segment), tail;
	bool is_malformed;
	for (uint32_t length = 0; length <= UINT16_MAX; length += length < 64 ? 1 : 977) {
		little_store16(segment + 12, (uint16_t)length);
		uint32_t found =
			iextp_parse_blocks(segment, size, 3, 0, blocks, 8, &is_malformed, &tail);
		assert_int_equal(is_malformed, length != 14);
		assert_int_equal(found, (length >= 7) + (length >= 9) + (length >= 14));
	}
}

static void a_tail_is_counted_and_a_count_above_the_blocks_is_malformed(void **state)
{
	(void)state;
	uint8_t segment[80] = {0};
	uint32_t size = segment_of_three(segment, sizeof segment), tail;
	bool is_malformed;
	assert_int_equal(
		iextp_parse_blocks(segment, size + 9, 3, 0, blocks, 8, &is_malformed, &tail), 3);
	assert_false(is_malformed);
	assert_int_equal(tail, 9);
	assert_int_equal(
		iextp_parse_blocks(segment, size, 2, 0, blocks, 8, &is_malformed, &tail), 2);
	assert_false(is_malformed);
	assert_int_equal(tail, 5);
	assert_int_equal(
		iextp_parse_blocks(segment, size + 9, 4, 0, blocks, 8, &is_malformed, &tail), 3);
	assert_true(is_malformed);
}

static void blocks_are_given_from_any_number_on_and_no_more_than_asked(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {5, 0, 3};
	uint8_t segment[64];
	uint32_t size = segment_of_three(segment, sizeof segment), tail;
	bool is_malformed;
	for (uint32_t first = 0; first <= 4; first++)
		for (uint32_t max = 0; max <= 4; max++) {
			uint32_t left = first < 3 ? 3 - first : 0;
			uint32_t found = iextp_parse_blocks(
				segment, size, 3, first, blocks, max, &is_malformed, &tail);
			assert_int_equal(found, left < max ? left : max);
			assert_false(is_malformed);
			if (found != 0)
				assert_int_equal(blocks[0].size_bytes, sizes[first]);
		}
}

static void a_message_that_does_not_fit_is_not_appended(void **state)
{
	(void)state;
	static uint8_t segment[IEXTP_HEADER_BYTES + 2 * UINT16_MAX];
	static const uint8_t long_message[UINT16_MAX];
	iextp_begin(segment, &first_header);
	assert_int_equal(iextp_append(segment, 40, 46, (const uint8_t *)"ABCDE", 5), 0);
	assert_int_equal(iextp_append(segment, 40, 39, NULL, 0), 0);
	assert_int_equal(
		iextp_append(segment, 40, sizeof segment, long_message, UINT16_MAX - 1), 0);
	assert_int_equal(little_load16(segment + 14), 0);
	assert_int_equal(iextp_append(segment, 40, 47, (const uint8_t *)"ABCDE", 5), 47);
	little_store16(segment + 14, UINT16_MAX);
	assert_int_equal(iextp_append(segment, 47, sizeof segment, NULL, 0), 0);
}

static void ranges_rise_and_fit_or_are_not_appended(void **state)
{
	(void)state;
	uint8_t request[64];
	uint32_t size = iextp_request_begin(request, IEXTP_DEEP, 1, 77);
	assert_int_equal(size, 16);
	assert_int_equal(iextp_request_append(request, size, 64, 9, 8), 0);
	assert_int_equal(iextp_request_append(request, size, 31, 9, 9), 0);
	assert_int_equal(iextp_request_append(request, size, 15, 9, 9), 0);
	size = iextp_request_append(request, size, 64, 9, 9);
	assert_int_equal(size, 32);
	assert_int_equal(iextp_request_append(request, size, 64, 9, 20), 0);
	assert_int_equal(iextp_request_append(request, size, 64, 10, UINT64_MAX), 48);
	assert_int_equal(little_load32(request + 12), 2);
}

static void a_request_that_is_none_is_refused(void **state)
{
	(void)state;
	uint8_t request[64];
	struct iextp_header header;
	struct iextp_range ranges[4];
	uint32_t size = iextp_request_begin(request, IEXTP_DEEP, 1, 77);
	assert_int_equal(iextp_parse_request(request, size, &header, ranges, 4), 0);
	size = iextp_request_append(request, size, 64, 3, 5);
	size = iextp_request_append(request, size, 64, 7, 7);
	assert_int_equal(iextp_parse_request(request, size, &header, ranges, 2), 2);
	assert_int_equal(iextp_parse_request(request, size, &header, ranges, 1), -1);
	assert_int_equal(iextp_parse_request(request, size - 1, &header, ranges, 4), -1);
	assert_int_equal(iextp_parse_request(request, 15, &header, ranges, 4), -1);
	little_store64(request + 32, 5);
	assert_int_equal(iextp_parse_request(request, size, &header, ranges, 4), -1);
	little_store64(request + 32, 8);
	assert_int_equal(iextp_parse_request(request, size, &header, ranges, 4), -1);
	little_store64(request + 32, 7);
	request[1] = 2;
	assert_int_equal(iextp_parse_request(request, size, &header, ranges, 4), -1);
	request[1] = 1;
	request[0] = 0;
	assert_int_equal(iextp_parse_request(request, size, &header, ranges, 4), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documents_segment_reads_as_told),
		cmocka_unit_test(every_captured_segment_reads_as_expected),
		cmocka_unit_test(the_documents_request_reads_and_is_written_as_told),
		cmocka_unit_test(a_segment_cut_at_any_byte_gives_the_whole_blocks_before_it),
		cmocka_unit_test(another_version_is_no_segment),
		cmocka_unit_test(a_block_length_that_lies_is_malformed),
		cmocka_unit_test(a_payload_length_below_its_blocks_or_above_the_bytes_is_malformed),
		cmocka_unit_test(a_tail_is_counted_and_a_count_above_the_blocks_is_malformed),
		cmocka_unit_test(blocks_are_given_from_any_number_on_and_no_more_than_asked),
		cmocka_unit_test(a_message_that_does_not_fit_is_not_appended),
		cmocka_unit_test(ranges_rise_and_fit_or_are_not_appended),
		cmocka_unit_test(a_request_that_is_none_is_refused),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.iextp", tests, NULL, NULL);
}
