/* ouch42_test.c - every message of OUCH 4.2 field by field, both ways, and every reason of a reject. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/ouch42.h"
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
#define U32_MATCHES(member, name) assert_int_equal(member, capture_integer(decoded, name))
#define U64_MATCHES(member, name) assert_int_equal(member, capture_integer(decoded, name))
#define NAME_MATCHES(member, name)                                                                 \
	assert_true(capture_alpha_equals(&(member), sizeof(member), capture_text(decoded, name)))
#define TEXT_MATCHES(member, name)                                                                 \
	assert_true(capture_alpha_equals(member, sizeof(member), capture_text(decoded, name)))

static void in_matches(const struct ouch42_in *message, const json_t *decoded)
{
	size_t fields = 2; /* name and type */
	assert_int_equal(message->type, capture_text(decoded, "type")[0]);
	switch (message->type) {
#define OUCH42_ROWS_IN
#define OUCH42_IN(type_, name, bytes) case type_:
#define OUCH42_FIELD(name, offset, bytes, kind, member)                                            \
	kind##_MATCHES(message->member, #name);                                                    \
	fields++;
#define OUCH42_CLOSE(bytes) break;
#include "dataplane/wire/ouch42.def"
	default:
		fail();
	}
	assert_int_equal(json_object_size(decoded), fields);
}

static void out_matches(const struct ouch42_out *message, const json_t *decoded)
{
	size_t fields = 2;
	assert_int_equal(message->type, capture_text(decoded, "type")[0]);
	switch (message->type) {
#define OUCH42_ROWS_OUT
#define OUCH42_OUT(type_, name, bytes) case type_:
#define OUCH42_FIELD(name, offset, bytes, kind, member)                                            \
	kind##_MATCHES(message->member, #name);                                                    \
	fields++;
#define OUCH42_CLOSE(bytes) break;
#include "dataplane/wire/ouch42.def"
	default:
		fail();
	}
	assert_int_equal(json_object_size(decoded), fields);
}

static void message_matches(const uint8_t *wire, uint32_t size, bool is_in, const json_t *decoded)
{
	uint8_t out[OUCH42_MESSAGE_BYTES_MAX];
	struct ouch42_in in;
	struct ouch42_out answer;
	uint8_t *bytes = exact_copy(wire, size);
	if (is_in) {
		assert_int_equal(ouch42_parse_in(bytes, size, &in), OUCH_OK);
		in_matches(&in, decoded);
		assert_int_equal(ouch42_build_in(out, sizeof out, &in), size);
	} else {
		assert_int_equal(ouch42_parse_out(bytes, size, &answer), OUCH_OK);
		out_matches(&answer, decoded);
		assert_int_equal(ouch42_build_out(out, sizeof out, &answer), size);
	}
	assert_memory_equal(out, wire, size);
	free(bytes);
}

static void every_message_reads_and_writes_as_expected(void **state)
{
	(void)state;
	struct capture capture;
	bool seen[2][256] = {{false}};
	uint32_t types = 0;
	assert_true(capture_open(&capture, "ouch42/synthetic_all_messages"));
	for (uint32_t i = 0; i < capture.count; i++) {
		const struct capture_frame *frame = &capture.frames[i];
		const json_t *packets = json_object_get(frame->expected, "soupbintcp");
		const json_t *expected =
			packets != NULL ? json_array_get(packets, 0) : frame->expected;
		struct soup_packet packet;
		assert_int_equal(
			soup_parse(frame->payload, frame->payload_bytes, &packet), SOUP_OK);
		bool is_in = packet.type == SOUP_UNSEQUENCED;
		message_matches(packet.payload, packet.payload_bytes, is_in,
			json_object_get(expected, "decoded"));
		types += !seen[is_in][packet.payload[0]];
		seen[is_in][packet.payload[0]] = true;
	}
	assert_int_equal(types, 5 + 15);
	capture_close(&capture);
}

/* The messages as the rows have them. */
struct shape {
	uint8_t type, bytes;
};
static const struct shape ins[] = {
#define OUCH42_ROWS_IN
#define OUCH42_IN(type, name, bytes) {type, bytes},
#include "dataplane/wire/ouch42.def"
};
static const struct shape outs[] = {
#define OUCH42_ROWS_OUT
#define OUCH42_OUT(type, name, bytes) {type, bytes},
#include "dataplane/wire/ouch42.def"
};

static enum ouch_verdict verdict_of(bool is_in, const uint8_t *wire, uint32_t size)
{
	struct ouch42_in in;
	struct ouch42_out out;
	uint8_t *bytes = exact_copy(wire, size);
	enum ouch_verdict verdict =
		is_in ? ouch42_parse_in(bytes, size, &in) : ouch42_parse_out(bytes, size, &out);
	free(bytes);
	return verdict;
}

static void for_every_type(void (*check)(bool is_in, const struct shape *shape))
{
	for (size_t i = 0; i < ARRAY_COUNT(ins); i++)
		check(true, &ins[i]);
	for (size_t i = 0; i < ARRAY_COUNT(outs); i++)
		check(false, &outs[i]);
}

static void check_cut(bool is_in, const struct shape *shape)
{
	uint8_t wire[OUCH42_MESSAGE_BYTES_MAX + 1] = {shape->type};
	assert_true(shape->bytes <= OUCH42_MESSAGE_BYTES_MAX);
	for (uint32_t cut = 0; cut < shape->bytes; cut++)
		assert_int_equal(verdict_of(is_in, wire, cut), OUCH_SHORT);
	assert_int_equal(verdict_of(is_in, wire, shape->bytes), OUCH_OK);
	assert_int_equal(verdict_of(is_in, wire, shape->bytes + 1u), OUCH_OK);
}

static void a_message_cut_at_any_byte_is_short(void **state)
{
	(void)state;
	for_every_type(check_cut);
}

static void check_room(bool is_in, const struct shape *shape)
{
	struct ouch42_in in = {.type = shape->type};
	struct ouch42_out out = {.type = shape->type};
	for (uint32_t room = 0; room <= shape->bytes; room++) {
		uint8_t *exact = malloc(room + 1);
		uint32_t built = is_in ? ouch42_build_in(exact, room, &in)
				       : ouch42_build_out(exact, room, &out);
		assert_int_equal(built, room == shape->bytes ? room : 0);
		free(exact);
	}
}

static void a_message_that_does_not_fit_is_not_built(void **state)
{
	(void)state;
	for_every_type(check_room);
}

static void a_type_of_the_other_direction_is_unknown(void **state)
{
	(void)state;
	uint8_t wire[OUCH42_MESSAGE_BYTES_MAX] = {0};
	for (uint32_t type = 0; type < 256; type++) {
		bool is_in = type != 0 && strchr("OUXMN", (int)type) != NULL;
		bool is_out = type != 0 && strchr("SAUCDEBGFJPITMN", (int)type) != NULL;
		wire[0] = (uint8_t)type;
		assert_int_equal(
			verdict_of(true, wire, sizeof wire), is_in ? OUCH_OK : OUCH_UNKNOWN);
		assert_int_equal(
			verdict_of(false, wire, sizeof wire), is_out ? OUCH_OK : OUCH_UNKNOWN);
		struct ouch42_in in = {.type = (uint8_t)type};
		struct ouch42_out out = {.type = (uint8_t)type};
		assert_int_equal(ouch42_build_in(wire, sizeof wire, &in) != 0, is_in);
		assert_int_equal(ouch42_build_out(wire, sizeof wire, &out) != 0, is_out);
		memset(wire, 0, sizeof wire);
	}
}

static void absent_fields_are_zero(void **state)
{
	(void)state;
	uint8_t wire[19] = {'X'};
	struct ouch42_in in, expected = {.type = 'X', .shares = 1};
	memcpy(wire + 1, "TOKEN         ", 14);
	memcpy(expected.token, "TOKEN         ", 14);
	wire[18] = 1;
	memset(&in, 0xA5, sizeof in);
	assert_int_equal(ouch42_parse_in(wire, sizeof wire, &in), OUCH_OK);
	assert_memory_equal(&in, &expected, sizeof in);
}

/* OUCH 4.2, section 4, reject reasons. */
static void every_reason_has_a_code_and_every_code_a_reason(void **state)
{
	(void)state;
	const char *letters = "THZSDCLMRXNOWoquabcdefghijklmn";
	for (uint32_t c = 0; c < 256; c++) {
		bool is_known = c != 0 && strchr(letters, (int)c) != NULL;
		uint16_t code = ouch42_reject_code((uint8_t)c);
		assert_true(code >= 1 && code <= 0x33);
		if (!is_known)
			assert_int_equal(code, 0x000F);
		/* What has a code of its own comes back as itself. */
		if (is_known && strchr("Mjk", (int)c) == NULL)
			assert_int_equal(ouch42_reject_letter(code), c);
	}
	for (uint32_t code = 0; code < 0x100; code++) {
		uint8_t letter = ouch42_reject_letter((uint16_t)code);
		assert_non_null(strchr(letters, letter));
		if (code == 0 || code > 0x33)
			assert_int_equal(letter, 'O');
	}
	assert_int_equal(ouch42_reject_code('M'), 0x0002);
	assert_int_equal(ouch42_reject_code('j'), 0x0014);
	assert_int_equal(ouch42_reject_code('k'), 0x0014);
	assert_int_equal(ouch42_reject_letter(UINT16_MAX), 'O');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_reads_and_writes_as_expected),
		cmocka_unit_test(a_message_cut_at_any_byte_is_short),
		cmocka_unit_test(a_message_that_does_not_fit_is_not_built),
		cmocka_unit_test(a_type_of_the_other_direction_is_unknown),
		cmocka_unit_test(absent_fields_are_zero),
		cmocka_unit_test(every_reason_has_a_code_and_every_code_a_reason),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.ouch42", tests, NULL, NULL);
}
