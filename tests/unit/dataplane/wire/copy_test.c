/* copy_test.c - the head of a drop copy's message: every field where it belongs, and what is none refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/copy.h"

static const struct copy_head sample = {.type = COPY_DECISION,
	.verdict = COPY_REFUSED,
	.session = 0x0102,
	.account = 0x0304,
	.strategy = 0x0506,
	.order_id = 0x0708090A0B0C0D0E,
	.time_ns = 0x1112131415161718,
	.venue_ref = 0x191A1B1C,
	.reject_code = 0x1D1E,
	.lane = 0x1F,
	.cause = 2,
	.venue = 0x2021};

static void every_field_stands_where_it_is_said_to(void **state)
{
	(void)state;
	static const uint8_t expected[COPY_HEAD_BYTES] = {'D', 'R', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		11, 12, 13, 14, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B,
		0x1C, 0x1D, 0x1E, 0x1F, 2, 0x20, 0x21};
	uint8_t bytes[COPY_HEAD_BYTES];
	copy_write_head(bytes, &sample);
	assert_memory_equal(bytes, expected, sizeof bytes);
}

static void what_was_written_is_read(void **state)
{
	(void)state;
	uint8_t bytes[COPY_HEAD_BYTES], again[COPY_HEAD_BYTES];
	struct copy_head head;
	copy_write_head(bytes, &sample);
	assert_true(copy_parse_head(bytes, sizeof bytes, &head));
	copy_write_head(again, &head);
	assert_memory_equal(bytes, again, sizeof bytes);
	bytes[0] = COPY_ANSWER;
	assert_true(copy_parse_head(bytes, sizeof bytes + 9, &head));
	assert_int_equal(head.type, COPY_ANSWER);
}

static void what_is_too_short_or_of_no_type_is_refused(void **state)
{
	(void)state;
	uint8_t bytes[COPY_HEAD_BYTES];
	struct copy_head head;
	copy_write_head(bytes, &sample);
	for (uint32_t size = 0; size < sizeof bytes; size++)
		assert_false(copy_parse_head(bytes, size, &head));
	for (uint32_t type = 0; type < 256; type++) {
		bytes[0] = (uint8_t)type;
		assert_int_equal(copy_parse_head(bytes, sizeof bytes, &head),
			type == COPY_DECISION || type == COPY_ANSWER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_stands_where_it_is_said_to),
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(what_is_too_short_or_of_no_type_is_refused),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.copy", tests, NULL, NULL);
}
