/* segment_test.c - what is a segment by its name and its first block, and what is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/journal/segment.h"
#include "tests/unit/dataplane/journal/bench.h"

static void file_names_that_are_no_segments_are_left_alone(void **state)
{
	(void)state;
	static const char *const names[] = {"journal.lock", "1.sj", "00000000000000000000.sj",
		"00000000000000000001.0.sj", "00000000000000000001.100.sj",
		"00000000000000000001..sj", "00000000000000000001.sjx", "0000000000000000000a.sj",
		"99999999999999999999.sj", "18446744073709551616.sj", "00000000000000000001",
		"00000000000000000001-sj", "00000000000000000001.1000.sj",
		"00000000000000000001.1x.sj", "00000000000000000001.1:.sj",
		"00000000000000000001.01.sj", "/", ".", ""};
	uint64_t first;
	uint32_t attempt;
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++)
		assert_false(segment_name_read(names[i], &first, &attempt));
	for (uint32_t i = 0; i < SEGMENT_TRY_COUNT; i++) {
		char name[SEGMENT_NAME_BYTES];
		segment_name(UINT64_MAX, i, name);
		assert_true(segment_name_read(name, &first, &attempt));
		assert_int_equal(first, UINT64_MAX);
		assert_int_equal(attempt, i);
	}
}

/* What is wrong with a block that was made for record 7; NULL: it is valid. */
static const char *fault_of(const uint8_t block[SEGMENT_BLOCK_BYTES])
{
	static char reason[128];
	reason[0] = '\0';
	enum segment_verdict verdict = segment_header_check(block, 7, reason, sizeof reason);
	assert_true(verdict == SEGMENT_VALID || verdict == SEGMENT_BROKEN);
	assert_int_equal(verdict == SEGMENT_VALID, reason[0] == '\0');
	return verdict == SEGMENT_VALID ? NULL : reason;
}

/* A header as another build would write it: its checksum is right. */
static void put_header(uint8_t block[SEGMENT_BLOCK_BYTES], struct segment_header header)
{
	header.crc = 0;
	header.crc = crc32c(0, &header, sizeof header);
	memcpy(block, &header, sizeof header);
}

static void a_header_is_refused_for_everything_that_is_wrong_with_it(void **state)
{
	(void)state;
	uint8_t block[SEGMENT_BLOCK_BYTES];
	struct segment_header header, wrong;
	segment_header_fill(block, (struct segment_header){.first_sequence = 7, .wall_ns = 1});
	memcpy(&header, block, sizeof header);
	assert_null(fault_of(block));
	put_header(block, header);
	assert_null(fault_of(block));
	wrong = header;
	wrong.magic++;
	put_header(block, wrong);
	assert_non_null(strstr(fault_of(block), "found magic 31474d5445534a54"));
	wrong = header;
	wrong.version = RECORD_VERSION + 1;
	put_header(block, wrong);
	assert_string_equal(
		fault_of(block), "header: found version 8, 4096 bytes, expected 7, 4096");
	wrong = header;
	wrong.header_bytes = 8192;
	put_header(block, wrong);
	assert_string_equal(
		fault_of(block), "header: found version 7, 8192 bytes, expected 7, 4096");
	wrong = header;
	wrong.first_sequence = 8;
	put_header(block, wrong);
	assert_non_null(strstr(fault_of(block), "found first record 8, expected 7"));
	put_header(block, header);
	block[offsetof(struct segment_header, wall_ns)]++;
	assert_non_null(strstr(fault_of(block), "found checksum"));
	put_header(block, header);
	block[SEGMENT_BLOCK_BYTES - 1] = 1;
	assert_non_null(strstr(fault_of(block), "expected zeros"));
}

static void a_block_of_zeros_was_prepared_and_never_begun(void **state)
{
	(void)state;
	char reason[128] = "";
	uint8_t block[SEGMENT_BLOCK_BYTES] = {0};
	assert_int_equal(segment_header_check(block, 1, reason, sizeof reason), SEGMENT_BLANK);
	assert_string_equal(reason, "");
	block[SEGMENT_BLOCK_BYTES - 1] = 1;
	assert_int_equal(segment_header_check(block, 1, reason, sizeof reason), SEGMENT_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_names_that_are_no_segments_are_left_alone),
		cmocka_unit_test(a_header_is_refused_for_everything_that_is_wrong_with_it),
		cmocka_unit_test(a_block_of_zeros_was_prepared_and_never_begun),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.journal.segment", tests, NULL, NULL);
}
