/* fix_test.c - FIX out of a byte stream: frames, fields and messages, against vectors and against lies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/fix.h"
#include "tests/support/capture.h"
#include "tests/support/fix_equal.h"
#include "tests/support/fix_text.h"

static uint8_t wire[8192];

/* --- vectors --- */

static void field_is(const struct fix_field *field, const json_t *pair)
{
	const char *value = json_string_value(json_array_get(pair, 1));
	assert_int_equal(field->tag, atoi(json_string_value(json_array_get(pair, 0))));
	assert_int_equal(field->size_bytes, json_string_length(json_array_get(pair, 1)));
	assert_memory_equal(field->value, value, field->size_bytes);
}

/* fields_match walks the body of a frame beside what an independent reader found. */
static void fields_match(const struct fix_frame *frame, const json_t *fields)
{
	struct fix_walk walk = {
		.at = frame->bytes, .end = frame->bytes + frame->size_bytes - FIX_TAIL_BYTES};
	struct fix_field field;
	assert_int_equal(fix_next(&walk, &field), FIX_NO_REASON);
	assert_int_equal(field.tag, 8);
	assert_int_equal(fix_next(&walk, &field), FIX_NO_REASON);
	assert_int_equal(field.tag, 9);
	for (size_t i = 0; i < json_array_size(fields); i++) {
		assert_int_equal(fix_next(&walk, &field), FIX_NO_REASON);
		field_is(&field, json_array_get(fields, i));
	}
	assert_int_equal(fix_next(&walk, &field), FIX_NO_REASON);
	assert_int_equal(field.tag, 0);
}

static void message_matches(const struct capture_frame *captured)
{
	struct fix_frame frame, again;
	struct fix_message message, read;
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	assert_int_equal(fix_cut(captured->payload, captured->payload_bytes, &frame), FIX_WHOLE);
	assert_int_equal(frame.size_bytes, captured->payload_bytes);
	assert_int_equal(frame.taken_bytes, captured->payload_bytes);
	fields_match(&frame, json_object_get(captured->expected, "fields"));
	fix_parse(frame.bytes, frame.size_bytes, &message);
	assert_int_equal(message.reason, FIX_NO_REASON);
	assert_int_equal(message.foreign_count, 0);
	uint32_t size = fix_build(out, sizeof out, &message, FIX_MILLIS);
	assert_int_equal(fix_cut(out, size, &again), FIX_WHOLE);
	fix_parse(again.bytes, again.size_bytes, &read);
	assert_int_equal(read.reason, FIX_NO_REASON);
	assert_true(fix_equal_tags(&message, &read));
}

static void every_message_of_the_vectors_reads_as_expected(void **state)
{
	(void)state;
	struct capture capture;
	assert_true(capture_open(&capture, "fix/synthetic_session"));
	for (uint32_t i = 0; i < capture.count; i++)
		message_matches(&capture.frames[i]);
	assert_int_equal(capture.count, 23);
	capture_close(&capture);
}

static const struct fix_message *vector(uint32_t number)
{
	static struct fix_message message;
	static uint8_t bytes[1024];
	struct capture capture;
	assert_true(capture_open(&capture, "fix/synthetic_session"));
	const struct capture_frame *frame = &capture.frames[number - 1];
	memcpy(bytes, frame->payload, frame->payload_bytes);
	fix_parse(bytes, frame->payload_bytes, &message);
	capture_close(&capture);
	return &message;
}

static void text_is(const struct fix_text *text, const char *expected)
{
	assert_int_equal(text->size_bytes, strlen(expected));
	assert_memory_equal(text->bytes, expected, text->size_bytes);
}

static void an_order_is_read_into_its_members(void **state)
{
	(void)state;
	const struct fix_message *m = vector(6);
	assert_int_equal(m->version, FIX_42);
	assert_int_equal(m->type, FIX_MSG_NEW_ORDER);
	text_is(&m->type_text, "D");
	text_is(&m->begin_string, "FIX.4.2");
	text_is(&m->sender_comp_id, "CLIENT");
	text_is(&m->target_comp_id, "VENUE");
	assert_int_equal(m->sequence, 4);
	assert_int_equal(m->sending_ns, 1735828200ull * 1000000000);
	text_is(&m->cl_ord_id, "ORD0001");
	text_is(&m->symbol, "AAPL");
	assert_int_equal(m->side, '1');
	assert_int_equal(m->order_qty, 100);
	assert_int_equal(m->ord_type, '2');
	assert_int_equal(m->price_e4, 1901200);
	assert_int_equal(m->time_in_force, '0');
	assert_true(fix_has(m, FIX_PRICE));
	assert_false(fix_has(m, FIX_STOP_PX));
	assert_int_equal(m->stop_price_e4, 0);
}

static void raw_bytes_may_hold_what_ends_a_field(void **state)
{
	(void)state;
	const struct fix_message *m = vector(23);
	assert_int_equal(m->version, FIX_44);
	text_is(&m->raw_data, "a\1b=c");
	text_is(&m->username, "u");
	text_is(&m->password, "p");
	assert_int_equal(m->heartbeat_s, 30);
}

static void what_is_garbled_is_skipped_and_the_next_message_found(void **state)
{
	(void)state;
	json_t *vectors = capture_json("fix/synthetic_garbled.json");
	assert_non_null(vectors);
	assert_int_equal(json_array_size(vectors), 4);
	for (size_t i = 0; i < json_array_size(vectors); i++) {
		const json_t *one = json_array_get(vectors, i);
		uint32_t size = capture_hex(capture_text(one, "hex"), wire, sizeof wire), at = 0;
		uint32_t good = fix_text_frame(
			wire + size, sizeof wire - size, "FIX.4.2", "35=0|49=A|56=B|34=1|52=x|");
		struct fix_frame frame;
		assert_int_equal(fix_cut(wire, size + good, &frame), FIX_GARBLED);
		for (at = frame.taken_bytes; at < size; at += frame.taken_bytes)
			assert_int_equal(fix_cut(wire + at, size + good - at, &frame), FIX_GARBLED);
		assert_int_equal(at, size);
		assert_int_equal(fix_cut(wire + at, good, &frame), FIX_WHOLE);
	}
	json_decref(vectors);
}

/* --- frames --- */

static const char heartbeat[] = "35=0|49=CLIENT|56=VENUE|34=2|52=20250102-14:30:00.000|";

static void a_message_cut_at_any_byte_waits_for_more(void **state)
{
	(void)state;
	struct fix_frame frame;
	uint32_t size = fix_text_frame(wire, sizeof wire, "FIX.4.2", heartbeat);
	for (uint32_t cut = 0; cut < size; cut++) {
		uint8_t *bytes = malloc(cut != 0 ? cut : 1);
		assert_non_null(bytes);
		memcpy(bytes, wire, cut);
		assert_int_equal(fix_cut(bytes, cut, &frame), FIX_MORE);
		assert_int_equal(frame.taken_bytes, 0);
		free(bytes);
	}
	assert_int_equal(fix_cut(wire, size, &frame), FIX_WHOLE);
}

static void cut_is(const char *text, enum fix_cut_verdict verdict, uint32_t taken)
{
	struct fix_frame frame;
	uint32_t size = fix_text_raw(wire, sizeof wire, text);
	assert_int_equal(fix_cut(wire, size, &frame), verdict);
	assert_int_equal(frame.taken_bytes, taken);
}

static void whatever_is_not_the_head_of_a_message_is_skipped(void **state)
{
	(void)state;
	cut_is("x", FIX_GARBLED, 1);
	cut_is("GET / HTTP/1.1", FIX_GARBLED, 14);
	cut_is("8=FAX", FIX_GARBLED, 5);
	cut_is("xx8=FIX.4.2|", FIX_GARBLED, 2);
	cut_is("xx8=FAX8=FI", FIX_GARBLED, 7);
	cut_is("xx8", FIX_GARBLED, 2);
	cut_is("88=FIX", FIX_GARBLED, 1);
	cut_is("8=FIX.4.2.is.far.too.long|9=5|", FIX_GARBLED, 30);
	cut_is("8=FIX.4.2|8=FIX.4.2|9=", FIX_GARBLED, 10);
	cut_is("8=FIX.4.2|9=x|35=0|", FIX_GARBLED, 19);
	cut_is("8=FIX.4.2|9=|35=0|", FIX_GARBLED, 18);
	cut_is("8=FIX.4.2|9=-5|35=0|", FIX_GARBLED, 20);
	cut_is("8=FIX.4.2|9=1234567|35=0|", FIX_GARBLED, 25);
	cut_is("8=FIX.4.2|9=5 |35=0|", FIX_GARBLED, 20);
	cut_is("8=FIX.4.2|91", FIX_GARBLED, 12);
	cut_is("8=FIX.4.2|9=5|34=1|", FIX_GARBLED, 19);
	cut_is("8=FIX.4.2|9=3|35=", FIX_GARBLED, 17);
	cut_is("8=FIX.4.2|9=000005|35=0|", FIX_MORE, 0);
}

/* A length of which no message is ever read is garbled at once, for what is good behind it must not be waited for; one that
   may be honest says how much is to be passed over. */
static void a_length_is_waited_for_or_passed_over_or_garbled_at_once(void **state)
{
	(void)state;
	cut_is("8=FIX.4.2|9=16358|", FIX_MORE, 0); /* 18 + 16358 + 7 = 16383 */
	cut_is("8=FIX.4.2|9=16359|", FIX_MORE, 0); /* the longest            */
	cut_is("8=FIX.4.2|9=16360|", FIX_LONG, 18);
	cut_is("8=FIX.4.2|9=65511|", FIX_LONG, 18); /* 65536 in all */
	cut_is("8=FIX.4.2|9=65512|", FIX_GARBLED, 18);
	cut_is("8=FIX.4.2|9=999999|", FIX_GARBLED, 19);
	cut_is("8=FIX.4.2|9=20000|34=", FIX_GARBLED, 21);
	struct fix_frame frame;
	uint32_t size = fix_text_raw(wire, sizeof wire, "8=FIX.4.2|9=20000|35=8|8=FI");
	assert_int_equal(fix_cut(wire, size, &frame), FIX_LONG);
	assert_int_equal(frame.size_bytes, 18 + 20000 + 7);
	assert_int_equal(frame.taken_bytes, 23);
}

static void a_tail_is_right_by_its_sum(void **state)
{
	(void)state;
	static const uint8_t good[] = {1, '1', '0', '=', '1', '6', '1', 1},
			     bare[] = {'x', '1', '0', '=', '1', '6', '1', 1};
	assert_true(fix_tail_is_right(good, 161));
	assert_false(fix_tail_is_right(good, 162));
	assert_false(fix_tail_is_right(bare, 161));
}

static void head_is(const char *text, const char *type, uint64_t sequence, bool is_dup)
{
	struct fix_head head;
	uint32_t size = fix_text_raw(wire, sizeof wire, text);
	fix_head_read(wire, size, &head);
	assert_int_equal(head.type.size_bytes, strlen(type));
	assert_memory_equal(head.type.bytes, type, head.type.size_bytes);
	assert_int_equal(head.sequence, sequence);
	assert_int_equal(head.is_poss_dup, is_dup);
}

static void a_head_is_read_without_what_is_behind_it(void **state)
{
	(void)state;
	head_is("8=FIX.4.2|9=20000|35=8|49=A|56=B|34=7|43=Y|52=x|58=cut", "8", 7, true);
	head_is("8=FIX.4.2|9=20000|35=8|34=7|37=1|34=9|35=D|", "8", 7, false);
	head_is("8=FIX.4.2|9=20000|35=8|34=12", "8", 0, false); /* perhaps 123 */
	head_is("8=FIX.4.2|9=20000|35=8|34=x|", "8", 0, false);
	head_is("8=FIX.4.2|9=20000|35=8|49=|34=7|", "8", 0, false);
}

static void a_tail_must_stand_where_the_length_says_and_be_whole(void **state)
{
	(void)state;
	cut_is("8=FIX.4.2|9=5|35=0|10=161|", FIX_WHOLE, 26);
	cut_is("8=FIX.4.2|9=5|35=0|10=999|", FIX_GARBLED, 26); /* all of it: its shape is right */
	cut_is("8=FIX.4.2|9=5|35=0|11=161|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0|20=161|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0|10:161|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0x10=161|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0|10=1618", FIX_GARBLED, 25);
	cut_is("8=FIX.4.2|9=5|35=0|10=/61|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0|10=:61|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0|10=1/1|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0|10=1:1|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0|10=16/|", FIX_GARBLED, 26);
	cut_is("8=FIX.4.2|9=5|35=0|10=16:|", FIX_GARBLED, 26);
}

static void a_message_whose_length_lies_costs_itself_alone(void **state)
{
	(void)state;
	struct fix_frame frame;
	uint32_t size = fix_text_raw(wire, sizeof wire, "8=FIX.4.2|9=20|35=0|10=161|");
	uint32_t good = fix_text_frame(wire + size, sizeof wire - size, "FIX.4.4", heartbeat);
	assert_int_equal(fix_cut(wire, size + good, &frame), FIX_GARBLED);
	assert_int_equal(frame.taken_bytes, size);
	assert_int_equal(fix_cut(wire + size, good, &frame), FIX_WHOLE);
	assert_int_equal(frame.size_bytes, good);
	assert_ptr_equal(frame.bytes, wire + size);
}

/* --- fields --- */

/* next_is takes the next field of a text whose walk stands at *walk. */
static void next_is(struct fix_walk *walk, enum fix_reason reason, uint32_t tag, const char *value)
{
	struct fix_field field;
	assert_int_equal(fix_next(walk, &field), reason);
	assert_int_equal(field.tag, tag);
	if (value != NULL) {
		assert_int_equal(field.size_bytes, strlen(value));
		assert_memory_equal(field.value, value, field.size_bytes);
	}
}

static struct fix_walk walk_of(const char *text)
{
	uint32_t size = fix_text_raw(wire, sizeof wire, text);
	return (struct fix_walk){.at = wire, .end = wire + size};
}

static void a_field_that_is_none_is_told_and_the_walk_goes_on(void **state)
{
	(void)state;
	struct fix_walk walk = walk_of("abc|=5|0=x|01=x|1234567=x|12|58=|55=A=B|x");
	for (int i = 0; i < 6; i++)
		next_is(&walk, FIX_INVALID_TAG, 0, NULL);
	next_is(&walk, FIX_TAG_WITHOUT_VALUE, 58, NULL);
	next_is(&walk, FIX_NO_REASON, 55, "A=B");
	next_is(&walk, FIX_INVALID_TAG, 0, NULL);
	next_is(&walk, FIX_NO_REASON, 0, NULL);
	walk = walk_of("12");
	next_is(&walk, FIX_INVALID_TAG, 0, NULL);
	next_is(&walk, FIX_NO_REASON, 0, NULL);
	walk = walk_of("58=a value of more than sixteen bytes, and then some");
	next_is(&walk, FIX_NO_REASON, 58, "a value of more than sixteen bytes, and then some");
	next_is(&walk, FIX_NO_REASON, 0, NULL);
}

static void counted_bytes_are_taken_by_their_count(void **state)
{
	(void)state;
	struct fix_walk walk = walk_of("95=3|96=a|b|1=x|354=1|355=y|349=z|");
	next_is(&walk, FIX_NO_REASON, 95, "3");
	next_is(&walk, FIX_NO_REASON, 96, "a\1b");
	next_is(&walk, FIX_NO_REASON, 1, "x");
	next_is(&walk, FIX_NO_REASON, 354, "1");
	next_is(&walk, FIX_NO_REASON, 355, "y");
	next_is(&walk, FIX_NO_REASON, 349, "z");
}

static void a_count_that_lies_is_told(void **state)
{
	(void)state;
	struct fix_walk walk = walk_of("95=2|96=a|1=x|95=9|96=b|");
	next_is(&walk, FIX_NO_REASON, 95, "2");
	next_is(&walk, FIX_BAD_FORMAT, 96, NULL);
	next_is(&walk, FIX_NO_REASON, 1, "x");
	next_is(&walk, FIX_NO_REASON, 95, "9");
	next_is(&walk, FIX_BAD_FORMAT, 96, NULL);
	next_is(&walk, FIX_NO_REASON, 0, NULL);
	walk = walk_of("95=0|96=|95=99999999|96=");
	next_is(&walk, FIX_NO_REASON, 95, NULL);
	next_is(&walk, FIX_TAG_WITHOUT_VALUE, 96, NULL);
	next_is(&walk, FIX_NO_REASON, 95, NULL);
	next_is(&walk, FIX_BAD_FORMAT, 96, NULL);
	walk = walk_of("95=x|96=a|");
	next_is(&walk, FIX_BAD_FORMAT, 95, NULL);
	next_is(&walk, FIX_NO_REASON, 96, "a");
}

static void a_count_without_its_bytes_is_told_as_their_absence(void **state)
{
	(void)state;
	struct fix_walk walk = walk_of("95=3|1=x|55=y|95=3|");
	next_is(&walk, FIX_NO_REASON, 95, NULL);
	next_is(&walk, FIX_REQUIRED_TAG_MISSING, 96, NULL);
	next_is(&walk, FIX_NO_REASON, 55, "y");
	next_is(&walk, FIX_NO_REASON, 95, NULL);
	next_is(&walk, FIX_REQUIRED_TAG_MISSING, 96, NULL);
	next_is(&walk, FIX_NO_REASON, 0, NULL);
}

/* --- messages --- */

#define HEAD "49=C|56=V|34=7|52=20250102-14:30:00|"
#define NEW  "11=A|21=1|55=MSFT|54=1|60=20250102-14:30:00|40=2|"

static struct fix_message parsed;

static void parse_is(const char *version, const char *fields, enum fix_reason reason, uint32_t tag)
{
	struct fix_frame frame;
	uint32_t size = fix_text_frame(wire, sizeof wire, version, fields);
	assert_int_equal(fix_cut(wire, size, &frame), FIX_WHOLE);
	fix_parse(frame.bytes, frame.size_bytes, &parsed);
	if (parsed.reason != reason || parsed.reason_tag != tag)
		print_message("%s: reason %u tag %u\n", fields, parsed.reason, parsed.reason_tag);
	assert_int_equal(parsed.reason, reason);
	assert_int_equal(parsed.reason_tag, tag);
}

static const struct {
	const char *fields;
	enum fix_reason reason;
	uint32_t tag;
} wrongs[] = {
	{"35=0|" HEAD, FIX_NO_REASON, 0},
	{"35=0|" HEAD "112=x|", FIX_NO_REASON, 0},
	{"35=D|" HEAD NEW "38=5|44=1.5|", FIX_NO_REASON, 0},
	/* 0 */
	{"35=0|" HEAD "0=x|", FIX_INVALID_TAG, 0},
	{"35=0|" HEAD "ABC=x|", FIX_INVALID_TAG, 0},
	{"35=0|" HEAD "0112=x|", FIX_INVALID_TAG, 0},
	{"35=0|" HEAD "112x|", FIX_INVALID_TAG, 0},
	/* 1 */
	{"35=0|49=C|56=V|34=7|", FIX_REQUIRED_TAG_MISSING, 52},
	{"35=0|56=V|34=7|52=20250102-14:30:00|", FIX_REQUIRED_TAG_MISSING, 49},
	{"35=0|49=C|34=7|52=20250102-14:30:00|", FIX_REQUIRED_TAG_MISSING, 56},
	{"35=0|49=C|56=V|52=20250102-14:30:00|", FIX_REQUIRED_TAG_MISSING, 34},
	{"35=1|" HEAD, FIX_REQUIRED_TAG_MISSING, 112},
	{"35=D|" HEAD "11=A|55=MSFT|54=1|60=20250102-14:30:00|40=2|", FIX_REQUIRED_TAG_MISSING, 21},
	{"35=9|" HEAD "37=1|11=2|41=3|39=0|", FIX_REQUIRED_TAG_MISSING, 434},
	{"35=8|" HEAD "37=1|17=1|20=0|150=0|39=0|55=A|54=1|151=0|14=0|", FIX_REQUIRED_TAG_MISSING,
		6},
	{"35=A|" HEAD "98=0|108=30|95=3|", FIX_REQUIRED_TAG_MISSING, 96},
	/* 2 */
	{"35=0|" HEAD "55=A|", FIX_TAG_NOT_OF_MESSAGE, 55},
	{"35=0|" HEAD "6=1|", FIX_TAG_NOT_OF_MESSAGE, 6},
	{"35=8|" HEAD "37=1|17=1|20=0|150=0|39=0|55=A|54=1|151=0|14=0|6=0|108=3|", FIX_NO_REASON,
		0},
	/* 3 */
	{"35=0|" HEAD "447=x|", FIX_UNDEFINED_TAG, 447},
	{"35=0|" HEAD "4999=x|", FIX_UNDEFINED_TAG, 4999},
	{"35=0|" HEAD "5000=x|", FIX_NO_REASON, 0},
	{"35=0|" HEAD "446=x|", FIX_NO_REASON, 0},
	/* 4 */
	{"35=0|" HEAD "112=|", FIX_TAG_WITHOUT_VALUE, 112},
	{"35=|" HEAD, FIX_TAG_WITHOUT_VALUE, 35},
	/* 5 */
	{"35=D|" HEAD NEW "38=-5|", FIX_OUT_OF_RANGE, 38},
	{"35=D|" HEAD NEW "38=0.5|", FIX_OUT_OF_RANGE, 38},
	{"35=D|" HEAD NEW "44=1.00001|", FIX_OUT_OF_RANGE, 44},
	{"35=D|" HEAD NEW "59=9|", FIX_OUT_OF_RANGE, 59},
	{"35=0|49=C|56=V|34=7|52=20251302-14:30:00|", FIX_OUT_OF_RANGE, 52},
	/* 6 */
	{"35=D|" HEAD NEW "38=five|", FIX_BAD_FORMAT, 38},
	{"35=D|" HEAD NEW "59=00|", FIX_BAD_FORMAT, 59},
	{"35=D|" HEAD NEW "59=\x1f|", FIX_BAD_FORMAT, 59},
	{"35=D|" HEAD NEW "59=\x7f|", FIX_BAD_FORMAT, 59},
	{"35=D|" HEAD NEW "47=A|", FIX_NO_REASON, 0},
	{"35=D|" HEAD NEW "47=AA|", FIX_BAD_FORMAT, 47},
	{"35=D|" HEAD NEW "114=y|", FIX_BAD_FORMAT, 114},
	{"35=D|" HEAD NEW "114=YY|", FIX_BAD_FORMAT, 114},
	{"35=D|" HEAD NEW "1=caf\xc3\xa9|", FIX_BAD_FORMAT, 1},
	{"35=D|" HEAD NEW "58=caf\xc3\xa9|", FIX_NO_REASON, 0},
	{"35=0|49=C|56=V|34=x|52=20250102-14:30:00|", FIX_BAD_FORMAT, 34},
	/* 11 */
	{"35=I|" HEAD, FIX_INVALID_TYPE, 35},
	{"35=PQ|" HEAD, FIX_INVALID_TYPE, 35},
	{"35=AAA|" HEAD, FIX_INVALID_TYPE, 35},
	{"35=CA|" HEAD, FIX_INVALID_TYPE, 35},
	{"35=A[|" HEAD, FIX_INVALID_TYPE, 35},
	{"35=B@|" HEAD, FIX_INVALID_TYPE, 35},
	{"35=BI|" HEAD, FIX_INVALID_TYPE, 35},
	{"35=\xff|" HEAD, FIX_INVALID_TYPE, 35},
	/* 13 */
	{"35=0|" HEAD "112=x|112=x|", FIX_TAG_REPEATED, 112},
	{"35=0|34=6|" HEAD, FIX_TAG_REPEATED, 34},
	{"35=0|" HEAD "35=0|", FIX_TAG_REPEATED, 35},
	{"35=0|8=FIX.4.2|" HEAD, FIX_TAG_REPEATED, 8},
	{"35=0|9=5|" HEAD, FIX_TAG_REPEATED, 9},
	/* 14 */
	{"35=0|" HEAD "112=x|43=Y|", FIX_TAG_ORDER, 43},
	{"35=0|" HEAD "112=x|116=Y|", FIX_TAG_ORDER, 116},
	{"35=0|" HEAD "93=1|89=x|112=y|", FIX_TAG_ORDER, 112},
	{"35=0|" HEAD "93=1|89=x|", FIX_NO_REASON, 0},
	{"35=0|" HEAD "93=1|89=x|5001=y|", FIX_NO_REASON, 0},
	{"35=A|" HEAD "98=0|108=30|93=1|89=x|95=1|96=x|", FIX_TAG_ORDER, 95},
	{"35=0|" HEAD "10=000|112=y|", FIX_TAG_ORDER, 10},
	/* the first thing wrong counts */
	{"35=D|" HEAD "59=9|38=five|", FIX_OUT_OF_RANGE, 59},
};

static void every_way_a_message_can_be_wrong_has_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrongs); i++)
		parse_is("FIX.4.2", wrongs[i].fields, wrongs[i].reason, wrongs[i].tag);
}

static void versions_differ_in_what_they_demand_and_define(void **state)
{
	(void)state;
	parse_is("FIX.4.4", "35=D|" HEAD "11=A|55=MSFT|54=1|60=20250102-14:30:00|40=2|",
		FIX_NO_REASON, 0);
	parse_is("FIX.4.4", "35=0|" HEAD "447=x|", FIX_NO_REASON, 0);
	assert_int_equal(parsed.foreign_tag, 447);
	parse_is("FIX.4.4", "35=0|" HEAD "957=x|", FIX_UNDEFINED_TAG, 957);
	parse_is("FIX.4.4", "35=A|" HEAD "98=0|108=30|789=5|", FIX_NO_REASON, 0);
	parse_is("FIX.4.2", "35=A|" HEAD "98=0|108=30|789=5|", FIX_NO_REASON, 0);
	parse_is("FIX.4.4", "35=8|" HEAD "37=1|17=1|150=F|39=2|55=A|54=1|151=0|14=0|6=0|",
		FIX_NO_REASON, 0);
	parse_is("FIX.4.2", "35=8|" HEAD "37=1|17=1|150=2|39=2|55=A|54=1|151=0|14=0|6=0|",
		FIX_REQUIRED_TAG_MISSING, 20);
}

static void another_version_is_read_as_far_as_its_header(void **state)
{
	(void)state;
	parse_is("FIX.4.3", "35=1|" HEAD, FIX_NO_REASON, 0);
	assert_int_equal(parsed.version, FIX_VERSION_OTHER);
	text_is(&parsed.begin_string, "FIX.4.3");
	assert_int_equal(parsed.sequence, 7);
	parse_is("FIXT.1.1", "35=1|" HEAD, FIX_NO_REASON, 0);
	assert_int_equal(parsed.version, FIX_VERSION_OTHER);
}

static void types_that_we_do_not_speak_are_told_from_types_that_are_none(void **state)
{
	(void)state;
	static const char *const foreign[] = {
		"35=V|", "35=n|", "35=AA|", "35=AZ|", "35=BA|", "35=BH|"};
	for (size_t i = 0; i < ARRAY_COUNT(foreign); i++) {
		char fields[64];
		snprintf(fields, sizeof fields, "%s" HEAD, foreign[i]);
		parse_is("FIX.4.4", fields, FIX_NO_REASON, 0);
		assert_int_equal(parsed.type, FIX_MSG_FOREIGN);
	}
	parse_is("FIX.4.4", "35=I|" HEAD, FIX_INVALID_TYPE, 35);
	assert_int_equal(parsed.type, FIX_MSG_UNKNOWN);
}

static void tags_that_we_do_not_know_are_counted_and_the_first_is_named(void **state)
{
	(void)state;
	parse_is("FIX.4.4", "35=D|" HEAD NEW "211=1|847=3|9140=Y|", FIX_NO_REASON, 0);
	assert_int_equal(parsed.foreign_count, 3);
	assert_int_equal(parsed.foreign_tag, 211);
	parse_is("FIX.4.4", "35=D|49=C|56=V|34=7|52=20250102-14:30:00|347=UTF-8|" NEW,
		FIX_NO_REASON, 0);
	assert_int_equal(parsed.foreign_count, 0);
}

static void the_header_is_there_even_when_the_body_is_not(void **state)
{
	(void)state;
	parse_is("FIX.4.2", "35=D|" HEAD "ABC=x|11=A|", FIX_INVALID_TAG, 0);
	text_is(&parsed.sender_comp_id, "C");
	assert_int_equal(parsed.sequence, 7);
	assert_true(fix_has(&parsed, FIX_SENDING_TIME));
	text_is(&parsed.cl_ord_id, "A");
}

static void every_type_and_reason_has_its_words(void **state)
{
	(void)state;
	for (uint32_t type = 0; type < FIX_MSG_COUNT; type++) {
		uint8_t character = fix_type_character((enum fix_type)type);
		assert_int_equal(character != 0, type > FIX_MSG_FOREIGN);
		if (character != 0)
			assert_int_equal(fix_type_of(character), type);
	}
	assert_int_equal(fix_type_of('~'), FIX_MSG_UNKNOWN);
	assert_int_equal(fix_type_of(0xff), FIX_MSG_UNKNOWN);
	assert_true(fix_type_is_admin(FIX_MSG_LOGON));
	assert_false(fix_type_is_admin(FIX_MSG_NEW_ORDER));
	assert_false(fix_type_is_admin(FIX_MSG_EXECUTION_REPORT));
	assert_int_equal(fix_tag_number(FIX_AVG_PX), 6);
	for (uint32_t reason = 0; reason < 16; reason++)
		assert_true(fix_reason_text((enum fix_reason)reason)[0] != '\0');
	assert_string_equal(fix_reason_text(FIX_TAG_REPEATED), "tag appears more than once");
	assert_string_equal(fix_reason_text(FIX_OTHER_REASON), "other");
	assert_string_equal(fix_version_text(FIX_44), "FIX.4.4");
	assert_string_equal(fix_version_text(FIX_VERSION_OTHER), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_of_the_vectors_reads_as_expected),
		cmocka_unit_test(an_order_is_read_into_its_members),
		cmocka_unit_test(raw_bytes_may_hold_what_ends_a_field),
		cmocka_unit_test(what_is_garbled_is_skipped_and_the_next_message_found),
		cmocka_unit_test(a_message_cut_at_any_byte_waits_for_more),
		cmocka_unit_test(whatever_is_not_the_head_of_a_message_is_skipped),
		cmocka_unit_test(a_length_is_waited_for_or_passed_over_or_garbled_at_once),
		cmocka_unit_test(a_tail_is_right_by_its_sum),
		cmocka_unit_test(a_head_is_read_without_what_is_behind_it),
		cmocka_unit_test(a_tail_must_stand_where_the_length_says_and_be_whole),
		cmocka_unit_test(a_message_whose_length_lies_costs_itself_alone),
		cmocka_unit_test(a_field_that_is_none_is_told_and_the_walk_goes_on),
		cmocka_unit_test(counted_bytes_are_taken_by_their_count),
		cmocka_unit_test(a_count_that_lies_is_told),
		cmocka_unit_test(a_count_without_its_bytes_is_told_as_their_absence),
		cmocka_unit_test(every_way_a_message_can_be_wrong_has_its_reason),
		cmocka_unit_test(versions_differ_in_what_they_demand_and_define),
		cmocka_unit_test(another_version_is_read_as_far_as_its_header),
		cmocka_unit_test(types_that_we_do_not_speak_are_told_from_types_that_are_none),
		cmocka_unit_test(tags_that_we_do_not_know_are_counted_and_the_first_is_named),
		cmocka_unit_test(the_header_is_there_even_when_the_body_is_not),
		cmocka_unit_test(every_type_and_reason_has_its_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
