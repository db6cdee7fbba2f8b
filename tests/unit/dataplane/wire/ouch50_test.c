/* ouch50_test.c - every message of OUCH 5.0 field by field, and every lie about a length. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/ouch50.h"
#include "dataplane/wire/soup.h"
#include "tests/support/capture.h"

static uint8_t *exact_copy(const void *bytes, uint32_t size)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	assert_non_null(copy);
	if (size != 0)
		memcpy(copy, bytes, size);
	return copy;
}

/* What the vectors know of a field, by the kind of its row. */
static void character_matches(uint8_t ours, const json_t *decoded, const char *name)
{
	const char *text = capture_text(decoded, name);
	assert_int_equal(ours, text[0] == '\0' ? ' ' : text[0]);
}

#define U8_MATCHES(member, name)  character_matches(member, decoded, name)
#define U16_MATCHES(member, name) assert_int_equal(member, capture_integer(decoded, name))
#define U32_MATCHES(member, name) assert_int_equal(member, capture_integer(decoded, name))
#define U64_MATCHES(member, name) assert_int_equal(member, capture_integer(decoded, name))
#define NAME_MATCHES(member, name)                                                                 \
	assert_true(capture_alpha_equals(&(member), sizeof(member), capture_text(decoded, name)))
#define TEXT_MATCHES(member, name)                                                                 \
	assert_true(capture_alpha_equals(member, sizeof(member), capture_text(decoded, name)))

/* The vectors also give the name of the message, its type and perhaps its options: nothing else may be
   there that no row speaks of. */
static void nothing_is_left(const json_t *decoded, size_t fields)
{
	fields += capture_has(decoded, "appendage_length") ? 1 : 0;
	fields += capture_has(decoded, "appendage") ? 1 : 0;
	assert_int_equal(json_object_size(decoded), fields + 2);
}

static void in_matches(const struct ouch_in *message, const json_t *decoded)
{
	size_t fields = 0;
	assert_int_equal(message->type, capture_text(decoded, "type")[0]);
	switch (message->type) {
#define OUCH_ROWS_IN
#define OUCH_IN(type_, name, bytes, options) case type_:
#define OUCH_FIELD(name, offset, bytes, kind, member)                                              \
	kind##_MATCHES(message->member, #name);                                                    \
	fields++;
#define OUCH_CLOSE(bytes, options) break;
#include "dataplane/wire/ouch50.def"
	default:
		fail();
	}
	nothing_is_left(decoded, fields);
}

static void out_matches(const struct ouch_out *message, const json_t *decoded)
{
	size_t fields = 0;
	assert_int_equal(message->type, capture_text(decoded, "type")[0]);
	switch (message->type) {
#define OUCH_ROWS_OUT
#define OUCH_OUT(type_, name, bytes, options) case type_:
#define OUCH_FIELD(name, offset, bytes, kind, member)                                              \
	kind##_MATCHES(message->member, #name);                                                    \
	fields++;
#define OUCH_CLOSE(bytes, options) break;
#include "dataplane/wire/ouch50.def"
	default:
		fail();
	}
	nothing_is_left(decoded, fields);
}

/* options_match compares every option; tells whether they came in rising tag order. */
static bool options_match(const struct ouch_options *options, const json_t *expected)
{
	uint32_t present = 0;
	int64_t last = 0;
	bool is_rising = true;
	for (size_t i = 0; i < json_array_size(expected); i++) {
		const json_t *element = json_array_get(expected, i);
		const json_t *value = json_object_get(element, "value");
		int64_t tag = capture_integer(element, "tag");
		uint8_t bytes = ouch50_option_bytes((uint8_t)tag);
		assert_int_equal(capture_integer(element, "length"), bytes + 1);
		if (json_is_string(value)) {
			uint8_t wire[8];
			store_be64(wire, (uint64_t)options->value[tag]);
			assert_true(capture_alpha_equals(
				wire + 8 - bytes, bytes, json_string_value(value)));
		} else {
			assert_int_equal(options->value[tag], json_integer_value(value));
		}
		present |= 1u << tag;
		is_rising = is_rising && tag > last;
		last = tag;
	}
	assert_int_equal(options->present, present);
	return is_rising;
}

/* message_matches compares one message both ways: read as expected, written as it came. */
static void message_matches(const uint8_t *wire, uint32_t size, bool is_in, const json_t *decoded,
	const json_t *appendage)
{
	uint8_t out[MESSAGE_BYTES_MAX];
	struct ouch_in in, in_again;
	struct ouch_out answer, answer_again;
	uint32_t built;
	bool is_rising;
	uint8_t *bytes = exact_copy(wire, size);
	if (is_in) {
		assert_int_equal(ouch50_parse_in(bytes, size, &in), OUCH_OK);
		in_matches(&in, decoded);
		is_rising = options_match(&in.options, appendage);
		built = ouch50_build_in(out, sizeof out, &in);
		assert_int_equal(ouch50_parse_in(out, built, &in_again), OUCH_OK);
		assert_memory_equal(&in, &in_again, sizeof in);
	} else {
		assert_int_equal(ouch50_parse_out(bytes, size, &answer), OUCH_OK);
		out_matches(&answer, decoded);
		is_rising = options_match(&answer.options, appendage);
		built = ouch50_build_out(out, sizeof out, &answer);
		assert_int_equal(ouch50_parse_out(out, built, &answer_again), OUCH_OK);
		assert_memory_equal(&answer, &answer_again, sizeof answer);
	}
	assert_int_equal(built, size);
	if (is_rising)
		assert_memory_equal(out, wire, size);
	free(bytes);
}

static uint32_t frame_matches(const struct capture_frame *frame)
{
	const json_t *packets = json_object_get(frame->expected, "soupbintcp");
	const json_t *expected = packets != NULL ? json_array_get(packets, 0) : frame->expected;
	const json_t *decoded = json_object_get(expected, "decoded");
	struct soup_packet packet;
	assert_int_equal(soup_parse(frame->payload, frame->payload_bytes, &packet), SOUP_OK);
	assert_int_equal(packet.wire_bytes, frame->payload_bytes);
	if (decoded == NULL)
		return 0; /* a heartbeat */
	if (packets == NULL) {
		assert_int_equal(packet.payload_bytes, capture_integer(expected, "message_len"));
		assert_int_equal(packet.type, capture_text(expected, "soup_packet_type")[0]);
	}
	const json_t *appendage =
		json_object_get(packets != NULL ? decoded : expected, "appendage");
	message_matches(packet.payload, packet.payload_bytes, packet.type == SOUP_UNSEQUENCED,
		decoded, appendage);
	return 1;
}

static uint32_t vectors_match(bool is_synthetic)
{
	static char names[CAPTURE_NAME_COUNT_MAX][CAPTURE_NAME_BYTES];
	uint32_t count = capture_list("ouch50", names, CAPTURE_NAME_COUNT_MAX), messages = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct capture capture;
		if ((strstr(names[i], "synthetic") != NULL) != is_synthetic)
			continue;
		assert_true(capture_open(&capture, names[i]));
		for (uint32_t f = 0; f < capture.count; f++)
			messages += frame_matches(&capture.frames[f]);
		capture_close(&capture);
	}
	return messages;
}

static void every_message_reads_and_writes_as_expected(void **state)
{
	(void)state;
	assert_int_equal(vectors_match(true), 50);
}

static void real_messages_read_and_write_as_expected(void **state)
{
	(void)state;
	uint32_t messages = vectors_match(false);
	if (messages == 0) {
		print_message("no captures beside the repository: real OUCH 5.0 not compared\n");
		skip();
	}
	assert_int_equal(messages, 4);
}

/* The fixed parts as the rows have them. */
struct fixed {
	uint8_t type, bytes, is_fixed, is_late;
};
enum { RULE_FIXED, RULE_LATE, RULE_NONE };
static const struct fixed ins[] = {
#define OUCH_ROWS_IN
#define OUCH_IN(type, name, bytes, rule)                                                           \
	{type, bytes, RULE_##rule == RULE_FIXED, RULE_##rule == RULE_LATE},
#include "dataplane/wire/ouch50.def"
};
static const struct fixed outs[] = {
#define OUCH_ROWS_OUT
#define OUCH_OUT(type, name, bytes, rule)                                                          \
	{type, bytes, RULE_##rule == RULE_FIXED, RULE_##rule == RULE_LATE},
#include "dataplane/wire/ouch50.def"
};

static enum ouch_verdict verdict_of(bool is_in, const uint8_t *wire, uint32_t size)
{
	struct ouch_in in;
	struct ouch_out out;
	uint8_t *bytes = exact_copy(wire, size);
	enum ouch_verdict verdict =
		is_in ? ouch50_parse_in(bytes, size, &in) : ouch50_parse_out(bytes, size, &out);
	free(bytes);
	return verdict;
}

static void for_every_type(void (*check)(bool is_in, const struct fixed *fixed))
{
	for (size_t i = 0; i < ARRAY_COUNT(ins); i++)
		check(true, &ins[i]);
	for (size_t i = 0; i < ARRAY_COUNT(outs); i++)
		check(false, &outs[i]);
}

static void check_cut(bool is_in, const struct fixed *fixed)
{
	uint8_t wire[MESSAGE_BYTES_MAX] = {fixed->type};
	for (uint32_t cut = 0; cut < fixed->bytes; cut++) {
		bool is_older = !is_in && fixed->type == 'D' && cut == 31;
		assert_int_equal(verdict_of(is_in, wire, cut), is_older ? OUCH_OK : OUCH_SHORT);
	}
	assert_int_equal(verdict_of(is_in, wire, fixed->bytes), OUCH_OK);
}

static void a_message_cut_at_any_byte_is_short(void **state)
{
	(void)state;
	for_every_type(check_cut);
}

static void check_appendage_cut(bool is_in, const struct fixed *fixed)
{
	/* UserRefIdx, MinQty, and an unknown tag between them. */
	static const uint8_t appendage[] = {0, 12, 2, 28, 7, 3, 99, 1, 2, 5, 3, 0, 0, 1, 0};
	uint8_t wire[MESSAGE_BYTES_MAX] = {fixed->type};
	if (!fixed->is_fixed && !fixed->is_late)
		return;
	uint32_t at = fixed->is_fixed ? fixed->bytes - 2u : fixed->bytes;
	memcpy(wire + at, appendage, sizeof appendage);
	store_be16(wire + at, sizeof appendage - 2);
	uint32_t size = at + (uint32_t)sizeof appendage;
	for (uint32_t cut = at + 1; cut < size; cut++)
		assert_int_equal(verdict_of(is_in, wire, cut), OUCH_SHORT);
	assert_int_equal(verdict_of(is_in, wire, size), OUCH_OK);
	/* One byte of an option outside the appendage. */
	store_be16(wire + at, sizeof appendage - 3);
	assert_int_equal(verdict_of(is_in, wire, size), OUCH_SHORT);
	/* An appendage one byte longer than the message. */
	store_be16(wire + at, sizeof appendage - 1);
	assert_int_equal(verdict_of(is_in, wire, size), OUCH_SHORT);
	store_be16(wire + at, UINT16_MAX);
	assert_int_equal(verdict_of(is_in, wire, size), OUCH_SHORT);
	/* Bytes behind an empty appendage are nobody's. */
	store_be16(wire + at, 0);
	assert_int_equal(verdict_of(is_in, wire, size), OUCH_OK);
}

static void an_appendage_that_lies_is_short(void **state)
{
	(void)state;
	for_every_type(check_appendage_cut);
}

static uint32_t enter_with(uint8_t *wire, const uint8_t *appendage, uint32_t size)
{
	struct ouch_in enter = {.type = 'O'};
	uint32_t fixed = ouch50_build_in(wire, MESSAGE_BYTES_MAX, &enter);
	memcpy(wire + fixed, appendage, size);
	store_be16(wire + fixed - 2, (uint16_t)size);
	return fixed + size;
}

static void an_option_of_length_zero_is_short(void **state)
{
	(void)state;
	uint8_t wire[MESSAGE_BYTES_MAX];
	uint32_t size = enter_with(wire, (const uint8_t[]){0, 28, 1}, 3);
	assert_int_equal(verdict_of(true, wire, size), OUCH_SHORT);
}

static void a_known_tag_of_another_size_is_short(void **state)
{
	(void)state;
	for (uint8_t tag = 0; tag < 40; tag++)
		for (uint8_t bytes = 0; bytes <= 10; bytes++) {
			uint8_t wire[MESSAGE_BYTES_MAX], option[16] = {(uint8_t)(bytes + 1), tag};
			uint32_t size = enter_with(wire, option, bytes + 2u);
			uint8_t known = ouch50_option_bytes(tag);
			assert_int_equal(verdict_of(true, wire, size),
				known == 0 || known == bytes ? OUCH_OK : OUCH_SHORT);
		}
}

static void unknown_tags_are_skipped_and_the_last_of_a_tag_counts(void **state)
{
	(void)state;
	static const uint8_t options[] = {
		2, 28, 5, 1, 8, 3, 200, 1, 1, 2, 28, 6, 5, 7, 255, 255, 255, 255};
	uint8_t wire[MESSAGE_BYTES_MAX];
	struct ouch_in enter;
	uint32_t size = enter_with(wire, options, sizeof options);
	assert_int_equal(ouch50_parse_in(wire, size, &enter), OUCH_OK);
	assert_int_equal(enter.options.present, 1u << 28 | 1u << 7 | OUCH_OPTION_UNKNOWN);
	assert_int_equal(enter.options.value[28], 6);
	assert_int_equal(enter.options.value[7], -1);
}

static void a_type_of_the_other_direction_is_unknown(void **state)
{
	(void)state;
	uint8_t wire[MESSAGE_BYTES_MAX] = {0};
	for (uint32_t type = 0; type < 256; type++) {
		bool is_in = type != 0 && strchr("OUXMCDEQ", (int)type) != NULL;
		bool is_out = type != 0 && strchr("SAUCDEBFJPITMRXGKQ", (int)type) != NULL;
		wire[0] = (uint8_t)type;
		assert_int_equal(verdict_of(true, wire, 200), is_in ? OUCH_OK : OUCH_UNKNOWN);
		assert_int_equal(verdict_of(false, wire, 200), is_out ? OUCH_OK : OUCH_UNKNOWN);
		struct ouch_in in = {.type = (uint8_t)type};
		struct ouch_out out = {.type = (uint8_t)type};
		assert_int_equal(ouch50_build_in(wire, sizeof wire, &in) != 0, is_in);
		assert_int_equal(ouch50_build_out(wire, sizeof wire, &out) != 0, is_out);
		memset(wire, 0, sizeof wire);
	}
}

/* With every option there is: fits exactly, and with one byte less nothing is written. */
static void check_build_room(bool is_in, const struct fixed *fixed)
{
	struct ouch_in in = {.type = fixed->type, .options.present = UINT32_MAX};
	struct ouch_out out = {.type = fixed->type, .options.present = UINT32_MAX};
	uint8_t wire[MESSAGE_BYTES_MAX];
	uint32_t size = is_in ? ouch50_build_in(wire, sizeof wire, &in)
			      : ouch50_build_out(wire, sizeof wire, &out);
	assert_true(size >= fixed->bytes);
	for (uint32_t room = 0; room <= size; room++) {
		uint8_t *exact = exact_copy(wire, room);
		uint32_t built = is_in ? ouch50_build_in(exact, room, &in)
				       : ouch50_build_out(exact, room, &out);
		assert_int_equal(built, room == size ? size : 0);
		free(exact);
	}
	assert_int_equal(verdict_of(is_in, wire, size), OUCH_OK);
}

static void a_message_that_does_not_fit_is_not_built(void **state)
{
	(void)state;
	for_every_type(check_build_room);
}

static void the_longest_message_fits_its_bound(void **state)
{
	(void)state;
	struct ouch_out out = {.type = 'U', .options.present = UINT32_MAX};
	uint8_t wire[MESSAGE_BYTES_MAX];
	uint32_t size = ouch50_build_out(wire, sizeof wire, &out);
	assert_true(size != 0 && size <= MESSAGE_BYTES_MAX);
}

static void absent_fields_are_zero(void **state)
{
	(void)state;
	const uint8_t cancel[] = {'X', 0, 0, 0, 9, 0, 0, 0, 1};
	struct ouch_in in, expected = {.type = 'X', .ref = 9, .qty = 1};
	memset(&in, 0xA5, sizeof in);
	assert_int_equal(ouch50_parse_in(cancel, sizeof cancel, &in), OUCH_OK);
	assert_memory_equal(&in, &expected, sizeof in);
}

static void signed_prices_keep_their_sign(void **state)
{
	(void)state;
	uint8_t wire[MESSAGE_BYTES_MAX];
	struct ouch_in enter = {.type = 'O', .options.present = 1u << 7 | 1u << 11}, back;
	enter.options.value[7] = INT32_MIN;
	enter.options.value[11] = INT32_MAX;
	uint32_t size = ouch50_build_in(wire, sizeof wire, &enter);
	assert_int_equal(ouch50_parse_in(wire, size, &back), OUCH_OK);
	assert_memory_equal(&enter, &back, sizeof back);
}

/* Revision 1.03 added a byte to AIQ Canceled and took Trade Correction away. */
static void messages_of_the_older_edition_are_read(void **state)
{
	(void)state;
	struct ouch_out aiq = {.type = 'D', .ref = 7, .qty = 100, .code = 'Q', .liquidity = 'A'};
	struct ouch_out fix = {.type = 'F', .ref = 7, .qty = 100, .price_e4 = 5, .match = 9};
	struct ouch_out back;
	uint8_t wire[MESSAGE_BYTES_MAX];
	assert_int_equal(ouch50_build_out(wire, sizeof wire, &aiq), 32);
	assert_int_equal(ouch50_parse_out(wire, 31, &back), OUCH_OK);
	assert_memory_equal(&back, &aiq, sizeof aiq);
	fix.code = 'N';
	fix.liquidity = 'R';
	memcpy(fix.clordid, "CLORDID       ", sizeof fix.clordid);
	assert_int_equal(ouch50_build_out(wire, sizeof wire, &fix), 49);
	assert_int_equal(ouch50_parse_out(wire, 49, &back), OUCH_OK);
	assert_memory_equal(&back, &fix, sizeof fix);
}

/* UserRefNum 7 of one channel is not that of another: OUCH 5.0, section 2. */
static void a_correction_names_the_channel_of_its_order(void **state)
{
	(void)state;
	struct ouch_out fix = {.type = 'F', .ref = 7, .qty = 100, .match = 9}, back;
	uint8_t wire[MESSAGE_BYTES_MAX];
	fix.options.present = 1u << 28;
	fix.options.value[28] = 2;
	uint32_t size = ouch50_build_out(wire, sizeof wire, &fix);
	assert_int_equal(size, 49 + 2 + 3);
	assert_int_equal(ouch50_parse_out(wire, size, &back), OUCH_OK);
	assert_int_equal(back.options.present, 1u << 28);
	assert_int_equal(back.options.value[28], 2);
}

static void sides_are_four_letters(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 256; c++) {
		enum side side = SIDE_BUY;
		bool is_side = c == 'B' || c == 'S' || c == 'T' || c == 'E';
		assert_int_equal(ouch50_side((uint8_t)c, &side), is_side);
		if (is_side)
			assert_int_equal(side, c == 'B' ? SIDE_BUY : SIDE_SELL);
	}
}

/* What is not there is not copied: its value stays whatever it was, and nobody asks for it. */
static void a_copy_of_options_has_those_that_are_carried(void **state)
{
	(void)state;
	struct ouch_options from = {.present = 1u << 2 | 1u << 24 | OUCH_OPTION_UNKNOWN}, to;
	from.value[2] = 0x41303031;
	from.value[24] = -1;
	memset(&to, 0x5A, sizeof to);
	ouch_options_copy(&to, &from);
	assert_int_equal(to.present, from.present);
	assert_int_equal(to.value[2], 0x41303031);
	assert_int_equal(to.value[24], -1);
	assert_int_equal(to.value[3], 0x5A5A5A5A5A5A5A5A);
	from.present = 0;
	ouch_options_copy(&to, &from);
	assert_int_equal(to.present, 0);
}

/* Every bit of it counts, and so does its length; with an option and without. */
static void check_is_in(bool is_in, const struct fixed *fixed)
{
	struct ouch_in in = {.type = fixed->type, .clordid = "CLORDID", .firm = "FIRM"};
	uint8_t wire[MESSAGE_BYTES_MAX] = {0};
	for (unsigned round = 0; is_in && round < 2; round++, in.options.present = 1u << 12) {
		uint32_t size = ouch50_build_in(wire, sizeof wire, &in);
		assert_true(ouch50_is_in(wire, size, &in));
		assert_false(
			ouch50_is_in(wire, size - 1, &in) || ouch50_is_in(wire, size + 1, &in));
		for (uint32_t i = 0; i < size * 8; i++) {
			wire[i / 8] ^= (uint8_t)(1u << i % 8);
			assert_false(ouch50_is_in(wire, size, &in));
			wire[i / 8] ^= (uint8_t)(1u << i % 8);
		}
	}
}

static void bytes_are_a_message_only_as_they_would_be_built(void **state)
{
	(void)state;
	for_every_type(check_is_in);
	struct ouch_in in = {.type = 'z'};
	const struct ouch_out out = {.type = 'z'};
	uint8_t wire[MESSAGE_BYTES_MAX] = {'z'};
	for (unsigned round = 0; round < 2; round++, in.options.present = 1u << 12)
		assert_false(ouch50_is_in(wire, 0, &in) || ouch50_is_in(wire, 1, &in));
	assert_int_equal(ouch50_build_out(wire, sizeof wire, &out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_reads_and_writes_as_expected),
		cmocka_unit_test(real_messages_read_and_write_as_expected),
		cmocka_unit_test(a_message_cut_at_any_byte_is_short),
		cmocka_unit_test(an_appendage_that_lies_is_short),
		cmocka_unit_test(an_option_of_length_zero_is_short),
		cmocka_unit_test(a_known_tag_of_another_size_is_short),
		cmocka_unit_test(unknown_tags_are_skipped_and_the_last_of_a_tag_counts),
		cmocka_unit_test(a_type_of_the_other_direction_is_unknown),
		cmocka_unit_test(a_message_that_does_not_fit_is_not_built),
		cmocka_unit_test(the_longest_message_fits_its_bound),
		cmocka_unit_test(absent_fields_are_zero),
		cmocka_unit_test(signed_prices_keep_their_sign),
		cmocka_unit_test(messages_of_the_older_edition_are_read),
		cmocka_unit_test(a_correction_names_the_channel_of_its_order),
		cmocka_unit_test(sides_are_four_letters),
		cmocka_unit_test(a_copy_of_options_has_those_that_are_carried),
		cmocka_unit_test(bytes_are_a_message_only_as_they_would_be_built),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.ouch50", tests, NULL, NULL);
}
