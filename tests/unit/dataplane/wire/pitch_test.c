/* pitch_test.c - every message of PITCH for equities: against documents and captures field by field, against its own
   writer, and cut short. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/pitch.h"
#include "tests/support/fields.h"

#define SECOND_NS UINT64_C(1000000000)

static const uint8_t types[] = {0x20, 0x97, 0x21, 0x22, 0x2F, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
	0x29, 0x2A, 0x2B, 0x30, 0x2C, 0x2D, 0x31, 0x95, 0x96, 0x98};

/* decode_one gives the decoder exactly the bytes that it may read: a sanitizer sees the next one. */
static struct event decode_one(
	struct pitch *pitch, const uint8_t *message, uint32_t size, struct event_skips *skips)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	assert_non_null(copy);
	if (size != 0)
		memcpy(copy, message, size);
	struct mold64_block block = {copy, size};
	struct event event;
	pitch_decode(pitch, &block, 1, &event, skips);
	free(copy);
	return event;
}

static struct event decoded(struct pitch *pitch, const uint8_t *message, uint32_t size)
{
	struct event_skips skips = {0};
	struct event event = decode_one(pitch, message, size, &skips);
	assert_int_equal(skips.unknown + skips.bad, 0);
	return event;
}

static bool is_known(int type)
{
	return memchr(types, type, sizeof types) != NULL;
}

static void every_field_of_every_message_is_told_and_none_overlap(void **state)
{
	(void)state;
	uint32_t known = 0;
	for (int type = 0; type < 256; type++) {
		const struct little_field *fields;
		const char *name;
		uint32_t count = pitch_fields((uint8_t)type, &fields, &name);
		assert_int_equal(count != 0, is_known(type));
		assert_int_equal(pitch_size((uint8_t)type) != 0, is_known(type));
		if (count == 0)
			continue;
		known++;
		fields_cover(fields, count, pitch_size((uint8_t)type));
		assert_true(pitch_size((uint8_t)type) <= PITCH_SIZE_MAX);
		assert_true(strlen(name) > 0);
	}
	assert_int_equal(known, 21);
}

static bool is_field(const uint8_t *message, const char *wanted, uint64_t *value, char *kind)
{
	const struct little_field *fields;
	const char *name;
	uint32_t count = pitch_fields(message[1], &fields, &name);
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(fields[i].name, wanted) != 0)
			continue;
		*value = little_value(message, &fields[i]);
		*kind = fields[i].kind;
		return true;
	}
	return false;
}

/* event_matches holds the event against the fields of its message. */
static void event_matches(struct pitch *pitch, const uint8_t *message, uint32_t size)
{
	struct event e = decoded(pitch, message, size);
	uint64_t value = 0;
	char kind;
	assert_int_equal(e.type, message[1]);
	assert_int_equal(e.size_bytes, size);
	if (e.type == 0x20) {
		assert_true(is_field(message, "time", &value, &kind));
		assert_int_equal(pitch->second, value);
		assert_int_equal(e.kind, EVENT_NONE);
		return;
	}
	assert_true(is_field(message, "time_offset", &value, &kind));
	assert_int_equal(e.exch_ns, pitch->has_second ? pitch->second * SECOND_NS + value : 0);
	if (is_field(message, "order_id", &value, &kind) && e.kind != EVENT_TRADE)
		assert_int_equal(e.order, value);
	if (is_field(message, "execution_id", &value, &kind))
		assert_int_equal(e.match, value);
	if (is_field(message, "price", &value, &kind))
		assert_int_equal(e.price_e4, kind == 'Q' ? value * 100 : value);
	if (is_field(message, "remaining_quantity", &value, &kind) ||
		is_field(message, "executed_quantity", &value, &kind) ||
		is_field(message, "canceled_quantity", &value, &kind) ||
		is_field(message, "quantity", &value, &kind))
		assert_int_equal(e.qty, value);
	if (is_field(message, "side", &value, &kind))
		assert_int_equal(e.side, value == 'S' ? SIDE_SELL : SIDE_BUY);
	bool has_symbol = is_field(message, "symbol", &value, &kind);
	assert_int_equal(has_symbol, e.symbol != 0);
}

static void messages_match(struct pitch *pitch, const json_t *messages, uint32_t *count)
{
	size_t index;
	const json_t *message;
	json_array_foreach(messages, index, message)
	{
		uint8_t bytes[256];
		const struct little_field *fields;
		const char *name;
		uint32_t size = capture_hex(capture_text(message, "hex"), bytes, sizeof bytes);
		uint32_t field_count = pitch_fields(bytes[1], &fields, &name);
		assert_int_equal(size, pitch_size(bytes[1]));
		fields_match(bytes, fields, field_count, json_object_get(message, "decoded"));
		event_matches(pitch, bytes, size);
		(*count)++;
	}
}

static void the_documents_messages_are_read(void **state)
{
	(void)state;
	json_t *root = capture_json("spec_examples/cboe_pitch.json");
	assert_non_null(root);
	struct pitch pitch;
	uint32_t count = 0;
	pitch_init(&pitch);
	messages_match(&pitch,
		json_object_get(json_object_get(json_array_get(root, 0), "expected"), "messages"),
		&count);
	assert_int_equal(count, 2);
	json_decref(root);
}

static void every_captured_message_is_read(void **state)
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
		struct pitch pitch;
		pitch_init(&pitch);
		assert_true(capture_open(&capture, names[i]));
		for (uint32_t k = 0; k < capture.count; k++)
			messages_match(&pitch,
				json_object_get(capture.frames[k].expected, "messages"), &count);
		capture_close(&capture);
	}
	assert_true(count >= found);
}

#define NAMELESS EVENT_FLAG_NO_LOCATE

/* Every event that PITCH can write, in every width. */
static const struct event events_of_all[] = {
	{.kind = EVENT_CLEAR_ALL, .type = 0x97},
	{.kind = EVENT_ADD,
		.type = 0x22,
		.order = 1,
		.qty = 65535,
		.price_e4 = 6553500,
		.symbol = 6},
	{.kind = EVENT_ADD,
		.type = 0x21,
		.side = 1,
		.order = 2,
		.qty = 65536,
		.price_e4 = 100,
		.symbol = 6},
	{.kind = EVENT_ADD, .type = 0x21, .order = 3, .qty = 1, .price_e4 = 6553600, .symbol = 6},
	{.kind = EVENT_ADD, .type = 0x21, .order = 4, .qty = 1, .price_e4 = 101, .symbol = 6},
	{.kind = EVENT_ADD,
		.type = 0x2F,
		.order = 5,
		.qty = 1,
		.price_e4 = 100,
		.symbol = 6,
		.other = 0x44434241},
	{.kind = EVENT_ADD,
		.type = 0x2F,
		.order = 6,
		.qty = UINT32_MAX,
		.price_e4 = INT64_MAX,
		.symbol = 8,
		.other = 0x20202020},
	{.kind = EVENT_EXECUTE, .type = 0x23, .order = 7, .qty = 9, .match = 8, .flags = NAMELESS},
	{.kind = EVENT_EXECUTE_TO,
		.type = 0x24,
		.order = 7,
		.qty = 9,
		.other = 10,
		.match = 8,
		.price_e4 = 77,
		.code = 'Y',
		.flags = NAMELESS},
	{.kind = EVENT_REDUCE, .type = 0x26, .order = 7, .qty = 65535, .flags = NAMELESS},
	{.kind = EVENT_REDUCE, .type = 0x25, .order = 7, .qty = 65536, .flags = NAMELESS},
	{.kind = EVENT_MODIFY,
		.type = 0x28,
		.order = 7,
		.qty = 5,
		.price_e4 = 100,
		.flags = NAMELESS},
	{.kind = EVENT_MODIFY,
		.type = 0x28,
		.order = 7,
		.qty = 5,
		.flags = NAMELESS | EVENT_FLAG_KEEPS_PRIORITY},
	{.kind = EVENT_MODIFY,
		.type = 0x27,
		.order = 7,
		.qty = 5,
		.price_e4 = 1,
		.flags = NAMELESS},
	{.kind = EVENT_MODIFY,
		.type = 0x27,
		.order = 7,
		.qty = 65536,
		.flags = NAMELESS | EVENT_FLAG_KEEPS_PRIORITY},
	{.kind = EVENT_DELETE, .type = 0x29, .order = UINT64_MAX, .flags = NAMELESS},
	{.kind = EVENT_TRADE, .type = 0x2B, .qty = 5, .price_e4 = 100, .symbol = 6, .match = 3},
	{.kind = EVENT_TRADE, .type = 0x2A, .qty = 5, .price_e4 = 101, .symbol = 6, .match = 4},
	{.kind = EVENT_TRADE, .type = 0x30, .qty = 5, .price_e4 = 100, .symbol = 8, .match = 5},
	{.kind = EVENT_BREAK, .type = 0x2C, .match = 5, .flags = NAMELESS},
	{.kind = EVENT_SYSTEM, .type = 0x2D, .code = 'C'},
	{.kind = EVENT_STATE, .type = 0x31, .code = 'T', .side = '1', .symbol = 8},
	{.kind = EVENT_OFFICIAL, .type = 0x96, .code = 'O', .price_e4 = 5, .other = 7, .symbol = 6},
};

static void every_event_is_written_in_its_shortest_form_and_read_back(void **state)
{
	(void)state;
	struct pitch writer, reader;
	pitch_init(&writer);
	pitch_init(&reader);
	for (uint32_t i = 0; i < ARRAY_COUNT(events_of_all); i++) {
		struct event e = events_of_all[i], found;
		uint8_t out[PITCH_SIZE_MAX];
		e.exch_ns = (34200 + i / 4) * SECOND_NS + 754000;
		if (e.symbol != 0)
			e.symbol = symbol_pack(e.symbol == 6 ? "BRK.A" : "ABCDEFGH");
		uint32_t size = pitch_encode_time(&writer, &e, out);
		assert_int_equal(size, i % 4 == 0 ? 6 : 0);
		if (size != 0)
			decoded(&reader, out, size);
		size = pitch_encode(&e, out);
		assert_int_equal(out[1], e.type);
		assert_int_equal(size, pitch_size(e.type));
		assert_int_equal(out[0], size);
		e.size_bytes = (uint16_t)size;
		found = decoded(&reader, out, size);
		assert_memory_equal(&found, &e, sizeof e);
	}
}

static void a_name_of_seven_characters_is_not_short(void **state)
{
	(void)state;
	uint8_t out[PITCH_SIZE_MAX];
	struct event e = {.kind = EVENT_ADD, .order = 1, .qty = 1, .price_e4 = 100};
	e.symbol = symbol_pack("ABCDEFG");
	assert_int_equal(pitch_encode(&e, out), 41);
	assert_memory_equal(out + 36, "     ", 5);
	e.symbol = symbol_pack("ABCDEF");
	assert_int_equal(pitch_encode(&e, out), 26);
}

static void an_event_that_pitch_has_no_message_for_is_not_written(void **state)
{
	(void)state;
	uint8_t out[PITCH_SIZE_MAX];
	struct event e = {.kind = EVENT_REPLACE};
	assert_int_equal(pitch_encode(&e, out), 0);
	e.kind = EVENT_SYSTEM;
	e.code = 'O';
	assert_int_equal(pitch_encode(&e, out), 0);
	e.kind = EVENT_ADD;
	e.price_e4 = -1;
	assert_int_equal(pitch_encode(&e, out), 0);
}

static void letters_become_those_of_the_event(void **state)
{
	(void)state;
	static const char pairs[][2] = {{'A', 'Q'}, {'H', 'H'}, {'Q', 'Q'}, {'S', 'H'}, {'T', 'T'}};
	struct pitch pitch;
	pitch_init(&pitch);
	for (uint32_t i = 0; i < ARRAY_COUNT(pairs); i++) {
		uint8_t out[PITCH_SIZE_MAX];
		struct event e = {.kind = EVENT_STATE, .symbol = symbol_pack("A")};
		e.code = (uint8_t)pairs[i][0];
		uint32_t size = pitch_encode(&e, out);
		struct event found = decoded(&pitch, out, size);
		assert_int_equal(found.code, pairs[i][1]);
		assert_int_equal(found.side, '0');
	}
}

static void a_long_price_beyond_63_bits_stays_too_high(void **state)
{
	(void)state;
	uint8_t out[PITCH_SIZE_MAX];
	struct pitch pitch;
	struct event e = {.kind = EVENT_ADD, .order = 1, .qty = 1, .price_e4 = 101};
	e.symbol = symbol_pack("A");
	pitch_init(&pitch);
	uint32_t size = pitch_encode(&e, out);
	assert_int_equal(out[1], 0x21);
	little_store64(out + 25, UINT64_MAX);
	assert_int_equal(decoded(&pitch, out, size).price_e4, INT64_MAX);
	little_store64(out + 25, INT64_MAX);
	assert_int_equal(decoded(&pitch, out, size).price_e4, INT64_MAX);
}

static void the_second_is_unknown_at_first_and_after_a_loss(void **state)
{
	(void)state;
	struct pitch pitch, writer;
	struct event e = {.kind = EVENT_DELETE, .order = 1, .exch_ns = 34200 * SECOND_NS + 5};
	uint8_t time[PITCH_SIZE_MAX], out[PITCH_SIZE_MAX];
	pitch_init(&pitch);
	pitch_init(&writer);
	uint32_t time_bytes = pitch_encode_time(&writer, &e, time), size = pitch_encode(&e, out);
	assert_int_equal(decoded(&pitch, out, size).exch_ns, 0);
	decoded(&pitch, time, time_bytes);
	assert_int_equal(decoded(&pitch, out, size).exch_ns, e.exch_ns);
	pitch_forget(&pitch);
	assert_int_equal(decoded(&pitch, out, size).exch_ns, 0);
	decoded(&pitch, time, time_bytes);
	assert_int_equal(decoded(&pitch, out, size).exch_ns, e.exch_ns);
}

/* Every type at every length up to twice its own: shorter is bad, longer is read and its tail ignored. */
static void a_message_shorter_than_its_type_is_bad_and_a_longer_one_is_read(void **state)
{
	(void)state;
	for (int type = 0; type < 256; type++) {
		uint8_t bytes[2 * PITCH_SIZE_MAX], size = pitch_size((uint8_t)type);
		for (uint32_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)(i * 37 + 11);
		bytes[1] = (uint8_t)type;
		struct event whole, found;
		struct pitch pitch;
		pitch_init(&pitch);
		for (uint32_t length = 2; length <= sizeof bytes; length++) {
			struct event_skips skips = {0};
			found = decode_one(&pitch, bytes, length, &skips);
			assert_int_equal(skips.unknown, size == 0);
			assert_int_equal(skips.bad, size != 0 && length < size);
			assert_int_equal(found.type, type);
			assert_int_equal(found.size_bytes, length);
			found.size_bytes = 0;
			if (length == size)
				whole = found;
			if (size == 0 || length < size)
				assert_int_equal(found.kind, EVENT_NONE);
			else
				assert_memory_equal(&found, &whole, sizeof found);
		}
	}
}

static void a_message_without_a_type_is_bad(void **state)
{
	(void)state;
	struct pitch pitch;
	struct event_skips skips = {0};
	pitch_init(&pitch);
	decode_one(&pitch, NULL, 0, &skips);
	decode_one(&pitch, (const uint8_t *)"\1", 1, &skips);
	assert_int_equal(skips.bad, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_every_message_is_told_and_none_overlap),
		cmocka_unit_test(the_documents_messages_are_read),
		cmocka_unit_test(every_captured_message_is_read),
		cmocka_unit_test(every_event_is_written_in_its_shortest_form_and_read_back),
		cmocka_unit_test(a_name_of_seven_characters_is_not_short),
		cmocka_unit_test(an_event_that_pitch_has_no_message_for_is_not_written),
		cmocka_unit_test(letters_become_those_of_the_event),
		cmocka_unit_test(a_long_price_beyond_63_bits_stays_too_high),
		cmocka_unit_test(the_second_is_unknown_at_first_and_after_a_loss),
		cmocka_unit_test(a_message_shorter_than_its_type_is_bad_and_a_longer_one_is_read),
		cmocka_unit_test(a_message_without_a_type_is_bad),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.pitch", tests, NULL, NULL);
}
