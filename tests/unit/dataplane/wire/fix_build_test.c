/* fix_build_test.c - structs to messages: what may be written, and what never is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/fix.h"
#include "tests/support/fix_equal.h"
#include "tests/support/fix_text.h"

static uint8_t out[8192];

static void message_of(struct fix_message *m, enum fix_version version, enum fix_type type)
{
	fix_begin_type(m, version, type);
	fix_set_text(m, FIX_SENDER_COMP_ID, "CLIENT", 6);
	fix_set_text(m, FIX_TARGET_COMP_ID, "VENUE", 5);
	fix_set_number(m, FIX_MSG_SEQ_NUM, 2);
	fix_set_number(m, FIX_SENDING_TIME, 1735828200ull * 1000000000);
}

static void written(uint32_t size, const char *version, const char *fields)
{
	uint8_t expected[8192];
	uint32_t expected_size = fix_text_frame(expected, sizeof expected, version, fields);
	assert_int_equal(size, expected_size);
	assert_memory_equal(out, expected, size);
}

static void a_message_is_written_with_its_length_and_sum(void **state)
{
	(void)state;
	struct fix_message m;
	message_of(&m, FIX_42, FIX_MSG_HEARTBEAT);
	uint32_t size = fix_build(out, sizeof out, &m, FIX_MILLIS);
	written(size, "FIX.4.2", "35=0|49=CLIENT|56=VENUE|34=2|52=20250102-14:30:00.000|");
	assert_memory_equal(out + size - 7, "10=250\1", 7); /* protocols/fix.md, section 1 */
}

static void a_length_of_two_three_and_four_digits_moves_the_rest(void **state)
{
	(void)state;
	static char text[2000];
	static char fields[3000];
	memset(text, 'x', sizeof text);
	for (uint32_t length = 1; length < 1200; length += 7) {
		struct fix_message m;
		message_of(&m, FIX_44, FIX_MSG_LOGOUT);
		fix_set_text(&m, FIX_TEXT, text, length);
		snprintf(fields, sizeof fields,
			"35=5|49=CLIENT|56=VENUE|34=2|52=20250102-14:30:00|58=%.*s|", (int)length,
			text);
		written(fix_build(out, sizeof out, &m, FIX_SECONDS), "FIX.4.4", fields);
	}
}

static void every_kind_of_value_is_written_as_it_is_read(void **state)
{
	(void)state;
	struct fix_message m;
	message_of(&m, FIX_44, FIX_MSG_EXECUTION_REPORT);
	fix_set_number(&m, FIX_POSS_DUP_FLAG, 1);
	fix_set_text(&m, FIX_ORDER_ID, "1", 1);
	fix_set_text(&m, FIX_EXEC_ID, "2", 1);
	fix_set_number(&m, FIX_EXEC_TYPE, 'F');
	fix_set_number(&m, FIX_ORD_STATUS, '1');
	fix_set_number(&m, FIX_LAST_QTY, 40);
	fix_set_decimal(&m, FIX_LAST_PX, 19012500000);
	fix_set_decimal(&m, FIX_PRICE, -15000);
	fix_set_number(&m, FIX_LAST_LIQUIDITY, 0);
	fix_set_number(&m, FIX_TRANSACT_TIME, 1735828200000001000u);
	fix_set_text(&m, FIX_ENCODED_TEXT, "a\1b", 3);
	fix_set_number(&m, FIX_HEART_BT_INT, 30); /* not of this type: left out */
	written(fix_build(out, sizeof out, &m, FIX_MICROS), "FIX.4.4",
		"35=8|49=CLIENT|56=VENUE|34=2|52=20250102-14:30:00.000000|43=Y|37=1|17=2|150=F|39="
		"1|"
		"44=-1.5|32=40|31=190.125|851=0|60=20250102-14:30:00.000001|354=3|355=a|b|");
	fix_set_number(&m, FIX_POSS_DUP_FLAG, 0);
	assert_true(fix_build(out, sizeof out, &m, FIX_MICROS) > 0);
	assert_string_equal(fix_text_value(out, 200, 43), "N");
}

static void a_text_that_would_end_its_field_is_never_written(void **state)
{
	(void)state;
	struct fix_message m;
	static const char *const bad[] = {"a\001x38=9", "caf\xc3\xa9", "tab\t", "\x7f", ""};
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		message_of(&m, FIX_42, FIX_MSG_STATUS_REQUEST);
		fix_set_text(&m, FIX_CL_ORD_ID, bad[i], (uint32_t)strlen(bad[i]));
		assert_int_equal(fix_build(out, sizeof out, &m, FIX_MILLIS), 0);
		assert_int_equal(fix_build_body(out, sizeof out, &m, FIX_MILLIS), UINT32_MAX);
	}
	message_of(&m, FIX_42, FIX_MSG_LOGOUT);
	fix_set_text(&m, FIX_TEXT, "caf\xc3\xa9\n", 6);
	assert_true(fix_build(out, sizeof out, &m, FIX_MILLIS) > 0);
	fix_set_text(&m, FIX_TEXT, "a\1b", 3);
	assert_int_equal(fix_build(out, sizeof out, &m, FIX_MILLIS), 0);
	message_of(&m, FIX_42, FIX_MSG_CANCEL_REJECT);
	fix_set_number(&m, FIX_ORD_STATUS, FIX_SOH);
	assert_int_equal(fix_build(out, sizeof out, &m, FIX_MILLIS), 0);
	fix_set_number(&m, FIX_ORD_STATUS, 0x7f);
	assert_int_equal(fix_build(out, sizeof out, &m, FIX_MILLIS), 0);
}

static void a_version_or_a_type_that_is_none_is_not_written(void **state)
{
	(void)state;
	struct fix_message m;
	message_of(&m, FIX_VERSION_OTHER, FIX_MSG_LOGOUT);
	assert_int_equal(fix_build(out, sizeof out, &m, FIX_MILLIS), 0);
	message_of(&m, FIX_42, FIX_MSG_FOREIGN);
	assert_int_equal(fix_build(out, sizeof out, &m, FIX_MILLIS), 0);
}

static void a_message_fits_whole_or_not_at_all(void **state)
{
	(void)state;
	struct fix_message m;
	static const char text[] = "a text that makes it longer than a hundred bytes, and more";
	message_of(&m, FIX_44, FIX_MSG_LOGON);
	fix_set_number(&m, FIX_ENCRYPT_METHOD, 0);
	fix_set_number(&m, FIX_HEART_BT_INT, 30);
	fix_set_text(&m, FIX_RAW_DATA, text, sizeof text - 1);
	uint32_t size = fix_build(out, sizeof out, &m, FIX_MILLIS);
	assert_true(size > 100);
	for (uint32_t room = 0; room < size; room++) {
		uint8_t *exact = malloc(room != 0 ? room : 1);
		assert_non_null(exact);
		assert_int_equal(fix_build(exact, room, &m, FIX_MILLIS), 0);
		free(exact);
	}
	/* A few bytes of room are asked for ahead, so that each value is written without looking. */
	assert_int_equal(fix_build(out, size + 64, &m, FIX_MILLIS), size);
}

static void nothing_longer_than_what_is_taken_is_written(void **state)
{
	(void)state;
	struct fix_message m;
	static char text[FIX_MESSAGE_BYTES_MAX];
	struct fix_frame frame;
	memset(text, 'x', sizeof text);
	uint32_t longest = 0;
	for (uint32_t length = 3900; length < sizeof text; length++) {
		message_of(&m, FIX_42, FIX_MSG_LOGOUT);
		fix_set_text(&m, FIX_TEXT, text, length);
		uint32_t size = fix_build(out, sizeof out, &m, FIX_MILLIS);
		if (size == 0)
			continue;
		longest = size;
		assert_int_equal(fix_cut(out, size, &frame), FIX_WHOLE);
	}
	assert_int_equal(longest, FIX_MESSAGE_BYTES_MAX);
}

static void a_length_that_grows_by_a_digit_finds_no_room_and_says_so(void **state)
{
	(void)state;
	struct fix_message m;
	static char text[1100];
	memset(text, 'x', sizeof text);
	message_of(&m, FIX_42, FIX_MSG_LOGOUT);
	fix_set_text(&m, FIX_TEXT, text, sizeof text);
	uint32_t size = fix_build(out, sizeof out, &m, FIX_MILLIS);
	for (uint32_t room = size - 12; room < size; room++)
		assert_int_equal(fix_build(out, room, &m, FIX_MILLIS), 0);
	assert_int_equal(fix_build(out, size, &m, FIX_MILLIS), size);
}

/* Whatever is wrong with it stays wrong, and what is not read is not there. */
static void what_is_shortened_is_read_as_before(void **state)
{
	static const struct {
		const char *fields, *shorter;
		enum fix_reason reason;
	} rows[] = {
		{"35=8|49=A|56=B|34=7|52=20250102-14:30:00|37=1|17=E|150=4|39=4|55=Q|54=1|"
		 "453=1|448=X|447=D|452=1|151=0|14=0|6=0|9999=own|58=words|354=3|355=a|b|",
			"35=8|49=A|56=B|34=7|52=20250102-14:30:00|37=1|17=E|150=4|39=4|55=Q|54=1|"
			"151=0|14=0|6=0|",
			FIX_NO_REASON},
		{"35=B|49=A|56=B|34=7|52=20250102-14:30:00|148=news|33=1|58=a|",
			"35=B|49=A|56=B|34=7|52=20250102-14:30:00|", FIX_NO_REASON},
		{"35=0|49=A|56=B|34=7|52=20250102-14:30:00|112=1|112=2|58=a|",
			"35=0|49=A|56=B|34=7|52=20250102-14:30:00|112=1|112=2|", FIX_TAG_REPEATED},
		{"35=0|35=1|49=A|56=B|34=7|52=20250102-14:30:00|",
			"35=0|35=1|49=A|56=B|34=7|52=20250102-14:30:00|", FIX_TAG_REPEATED},
		{"35=1|49=A|56=B|34=7|52=20250102-14:30:00|112=|",
			"35=1|49=A|56=B|34=7|52=20250102-14:30:00|112=|", FIX_TAG_WITHOUT_VALUE}};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint8_t whole[1024], expected[1024];
		struct fix_message before, after;
		uint32_t size = fix_text_frame(whole, sizeof whole, "FIX.4.4", rows[i].fields);
		uint32_t shorter_size =
			fix_text_frame(expected, sizeof expected, "FIX.4.4", rows[i].shorter);
		assert_int_equal(fix_shorten(out, sizeof out, whole, size), shorter_size);
		assert_memory_equal(out, expected, shorter_size);
		fix_parse(whole, size, &before);
		fix_parse(out, shorter_size, &after);
		assert_int_equal(before.reason, rows[i].reason);
		assert_int_equal(after.reason, rows[i].reason);
		assert_int_equal(after.type, before.type);
		for (uint32_t room = 0; room < shorter_size; room++)
			assert_int_equal(fix_shorten(out, room, whole, size), 0);
	}
}

static void a_body_kept_is_sent_again_under_another_header(void **state)
{
	(void)state;
	struct fix_message m, again;
	uint8_t body[512], whole[1024];
	struct fix_frame frame;
	message_of(&m, FIX_42, FIX_MSG_CANCEL);
	fix_set_text(&m, FIX_CL_ORD_ID, "B", 1);
	fix_set_text(&m, FIX_ORIG_CL_ORD_ID, "A", 1);
	fix_set_text(&m, FIX_SYMBOL, "MSFT", 4);
	fix_set_number(&m, FIX_SIDE, '1');
	fix_set_number(&m, FIX_TRANSACT_TIME, 1735828200ull * 1000000000);
	uint32_t body_bytes = fix_build_body(body, sizeof body, &m, FIX_MILLIS);
	uint32_t size = fix_build_around(whole, sizeof whole, &m, body, body_bytes, FIX_MILLIS);
	assert_int_equal(fix_build(out, sizeof out, &m, FIX_MILLIS), size);
	assert_memory_equal(out, whole, size);
	fix_set_number(&m, FIX_POSS_DUP_FLAG, 1);
	fix_set_number(&m, FIX_ORIG_SENDING_TIME, m.sending_ns);
	fix_set_number(&m, FIX_SENDING_TIME, m.sending_ns + 1000000000);
	size = fix_build_around(whole, sizeof whole, &m, body, body_bytes, FIX_MILLIS);
	assert_int_equal(fix_cut(whole, size, &frame), FIX_WHOLE);
	fix_parse(frame.bytes, frame.size_bytes, &again);
	assert_int_equal(again.reason, FIX_NO_REASON);
	assert_true(fix_equal_tags(&m, &again));
	for (uint32_t room = 0; room < body_bytes; room++)
		assert_int_equal(fix_build_body(body, room, &m, FIX_MILLIS), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_written_with_its_length_and_sum),
		cmocka_unit_test(a_length_of_two_three_and_four_digits_moves_the_rest),
		cmocka_unit_test(every_kind_of_value_is_written_as_it_is_read),
		cmocka_unit_test(a_text_that_would_end_its_field_is_never_written),
		cmocka_unit_test(a_version_or_a_type_that_is_none_is_not_written),
		cmocka_unit_test(a_message_fits_whole_or_not_at_all),
		cmocka_unit_test(nothing_longer_than_what_is_taken_is_written),
		cmocka_unit_test(a_length_that_grows_by_a_digit_finds_no_room_and_says_so),
		cmocka_unit_test(what_is_shortened_is_read_as_before),
		cmocka_unit_test(a_body_kept_is_sent_again_under_another_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
