/* itch50_test.c - all 23 messages: against captures field by field, against their own writer, and cut short. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/itch50.h"
#include "drivers/machine/cpu.h"
#include "tests/support/capture.h"

static const char types[] = "SRHYLVWKJhAFECXDUPQBINO";

/* decode_one gives the decoder exactly the bytes that it may read: a sanitizer sees the next one. */
static struct event decode_one(const uint8_t *message, uint32_t size, struct itch50_counts *counts)
{
	uint8_t *copy = malloc(size + ITCH50_READ_PAST_BYTES);
	assert_non_null(copy);
	memcpy(copy, message, size);
	memset(copy + size, 0xEE, ITCH50_READ_PAST_BYTES);
	struct mold64_block block = {copy, size};
	struct event event;
	itch50_decode(&block, 1, &event, counts);
	free(copy);
	return event;
}

static void every_field_of_every_message_is_told_and_none_overlap(void **state)
{
	(void)state;
	assert_int_equal(strlen(types), 23);
	for (const char *type = types; *type != '\0'; type++) {
		const struct itch50_field *fields;
		const char *name;
		uint32_t count = itch50_fields((uint8_t)*type, &fields, &name);
		uint32_t at = 0;
		assert_true(count > 4);
		for (uint32_t i = 0; i < count; i++) {
			assert_int_equal(fields[i].offset, at);
			at += fields[i].bytes;
		}
		assert_int_equal(at, itch50_size((uint8_t)*type));
		assert_true(at <= ITCH50_SIZE_MAX);
	}
}

static void other_types_are_unknown(void **state)
{
	(void)state;
	const struct itch50_field *fields;
	const char *name;
	uint32_t known = 0;
	for (int type = 0; type < 256; type++) {
		bool is_known = type != 0 && strchr(types, type) != NULL;
		known += is_known;
		assert_int_equal(itch50_size((uint8_t)type) != 0, is_known);
		assert_int_equal(itch50_fields((uint8_t)type, &fields, &name) != 0, is_known);
	}
	assert_int_equal(known, 23);
}

/* fields_match compares a message with what an independent reader found in it. */
static void fields_match(const uint8_t *message, uint32_t size, const json_t *decoded)
{
	const struct itch50_field *fields;
	const char *name;
	uint32_t count = itch50_fields(message[0], &fields, &name);
	assert_int_equal(size, itch50_size(message[0]));
	assert_int_equal(json_object_size(decoded), count + 1); /* and its name */
	for (uint32_t i = 0; i < count; i++) {
		const struct itch50_field *f = &fields[i];
		const json_t *expected = json_object_get(decoded, f->name);
		if (json_is_string(expected))
			assert_true(capture_alpha_equals(
				message + f->offset, f->bytes, json_string_value(expected)));
		else
			assert_int_equal(
				itch50_field_value(message, f), capture_integer(decoded, f->name));
	}
}

static bool is_field(const uint8_t *message, const char *wanted, uint64_t *value)
{
	const struct itch50_field *fields;
	const char *name;
	uint32_t count = itch50_fields(message[0], &fields, &name);
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(fields[i].name, wanted) != 0)
			continue;
		*value = itch50_field_value(message, &fields[i]);
		return true;
	}
	return false;
}

/* event_matches holds the event against the fields of its message. */
static void event_matches(const uint8_t *message, uint32_t size)
{
	struct itch50_counts counts = {0};
	struct event e = decode_one(message, size, &counts);
	uint64_t value;
	assert_int_equal(counts.bad + counts.unknown, 0);
	assert_int_equal(e.type, message[0]);
	assert_int_equal(e.size_bytes, size);
	assert_int_equal(e.locate, load_be16(message + 1));
	assert_int_equal(e.tracking, load_be16(message + 3));
	assert_int_equal(e.exch_ns, load_be48(message + 5));
	if (e.kind == EVENT_OTHER)
		return;
	if (e.kind != EVENT_TRADE && (is_field(message, "order_ref", &value) ||
					     is_field(message, "original_order_ref", &value)))
		assert_int_equal(e.order, value);
	if (is_field(message, "new_order_ref", &value))
		assert_int_equal(e.other, value);
	if (is_field(message, "match_number", &value))
		assert_int_equal(e.match, value);
	if (is_field(message, "price", &value) || is_field(message, "execution_price", &value) ||
		is_field(message, "cross_price", &value))
		assert_int_equal(e.price_e4, value);
	if (e.kind == EVENT_CROSS && is_field(message, "shares", &value))
		assert_int_equal(e.other, value);
	else if (is_field(message, "shares", &value) ||
		 is_field(message, "executed_shares", &value) ||
		 is_field(message, "cancelled_shares", &value) ||
		 is_field(message, "round_lot_size", &value))
		assert_int_equal(e.qty, value);
	if (is_field(message, "side", &value))
		assert_int_equal(e.side, value == 'S' ? SIDE_SELL : SIDE_BUY);
	if (is_field(message, "stock", &value))
		assert_int_equal(__builtin_bswap64(e.symbol), value);
}

static uint32_t messages_match(const json_t *messages)
{
	size_t index;
	json_t *message;
	uint32_t count = 0;
	json_array_foreach(messages, index, message)
	{
		uint8_t bytes[256];
		uint32_t size = capture_hex(capture_text(message, "hex"), bytes, sizeof bytes);
		fields_match(bytes, size, json_object_get(message, "decoded"));
		event_matches(bytes, size);
		count++;
	}
	return count;
}

static void folder_matches(const char *folder)
{
	static char names[CAPTURE_NAME_COUNT_MAX][CAPTURE_NAME_BYTES];
	uint32_t found = capture_list(folder, names, CAPTURE_NAME_COUNT_MAX), count = 0;
	if (found == 0) {
		print_message("%s: the captures are not here; skipped\n", folder);
		skip();
	}
	for (uint32_t i = 0; i < found; i++) {
		struct capture capture;
		assert_true(capture_open(&capture, names[i]));
		for (uint32_t k = 0; k < capture.count; k++)
			count += messages_match(
				json_object_get(capture.frames[k].expected, "messages"));
		capture_close(&capture);
	}
	assert_true(count >= found);
}

static void every_captured_message_of_nasdaq_is_read(void **state)
{
	(void)state;
	folder_matches("itch50/nasdaq");
}

static void every_captured_message_of_2023_is_read(void **state)
{
	(void)state;
	folder_matches("itch50/nasdaq_20230822");
}

static void the_head_of_a_daily_file_is_read(void **state)
{
	(void)state;
	size_t size, used;
	uint8_t *file = capture_file("itch50/daily_file/nasdaq_20191230_first1000.itch", &size);
	static struct mold64_block blocks[1001];
	static struct event events[1001];
	struct itch50_counts counts = {0};
	uint32_t of_type[256] = {0};
	if (file == NULL) {
		print_message("the head of the daily file is not here; skipped\n");
		skip();
	}
	json_t *root = capture_json("itch50/daily_file/nasdaq_20191230_first1000.json");
	assert_true(messages_match(json_object_get(root, "messages")) > 0);
	assert_int_equal(itch50_split(file, size, blocks, ARRAY_COUNT(blocks), &used), 1000);
	assert_int_equal(used, size);
	itch50_decode(blocks, 1000, events, &counts);
	assert_int_equal(counts.bad + counts.unknown, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		of_type[events[i].type]++;
		event_matches(blocks[i].bytes, blocks[i].size_bytes);
	}
	const char *type;
	json_t *number;
	json_object_foreach(json_object_get(root, "type_counts"), type, number)
		assert_int_equal(of_type[(uint8_t)type[0]], json_integer_value(number));
	json_decref(root);
	free(file);
}

static struct event event_of(enum event_kind kind)
{
	struct event e;
	memset(&e, 0, sizeof e);
	e.kind = (uint8_t)kind;
	e.locate = 0xFFFE;
	e.tracking = 0x0102;
	e.exch_ns = 0xFFFFFFFFFFFEull;
	return e;
}

static void comes_back(const struct event *sent, char type)
{
	uint8_t message[ITCH50_SIZE_MAX];
	struct itch50_counts counts = {0};
	struct event e = *sent;
	uint32_t size = itch50_encode(&e, message);
	assert_int_equal(size, itch50_size((uint8_t)type));
	assert_int_equal(message[0], type);
	e.type = (uint8_t)type;
	e.size_bytes = (uint16_t)size;
	struct event found = decode_one(message, size, &counts);
	assert_memory_equal(&found, &e, sizeof e);
	event_matches(message, size);
}

static void order_messages_come_back_as_they_were(void **state)
{
	(void)state;
	struct event e = event_of(EVENT_ADD);
	e.order = UINT64_MAX;
	e.qty = UINT32_MAX;
	e.price_e4 = UINT32_MAX;
	e.symbol = symbol_pack("AAPL");
	e.side = SIDE_SELL;
	comes_back(&e, 'A');
	memcpy(&e.other, "UBSS", 4);
	e.side = SIDE_BUY;
	comes_back(&e, 'F');
	e = event_of(EVENT_EXECUTE);
	e.order = 1;
	e.qty = 2;
	e.match = 0x0102030405060708ull;
	comes_back(&e, 'E');
	e.kind = EVENT_EXECUTE_AT;
	e.code = 'N';
	e.price_e4 = 1999999900;
	comes_back(&e, 'C');
	e = event_of(EVENT_REDUCE);
	e.order = 1ull << 63;
	e.qty = 1;
	comes_back(&e, 'X');
	e = event_of(EVENT_DELETE);
	e.order = 7;
	comes_back(&e, 'D');
	e = event_of(EVENT_REPLACE);
	e.order = 7;
	e.other = 0xFEDCBA9876543210ull;
	e.qty = 100;
	e.price_e4 = 1;
	comes_back(&e, 'U');
}

static void other_messages_come_back_as_they_were(void **state)
{
	(void)state;
	struct event e = event_of(EVENT_TRADE);
	e.qty = 5;
	e.price_e4 = 10000;
	e.symbol = symbol_pack("A");
	e.match = 9;
	comes_back(&e, 'P');
	e = event_of(EVENT_CROSS);
	e.other = 1ull << 40;
	e.symbol = symbol_pack("ZVZZT");
	e.match = 9;
	e.code = 'O';
	comes_back(&e, 'Q');
	e = event_of(EVENT_BREAK);
	e.match = UINT64_MAX;
	comes_back(&e, 'B');
	e = event_of(EVENT_SYSTEM);
	e.code = 'Q';
	comes_back(&e, 'S');
	e = event_of(EVENT_DIRECTORY);
	e.symbol = symbol_pack("ABCDEFGH");
	e.qty = 100;
	e.code = 'T';
	comes_back(&e, 'R');
	e = event_of(EVENT_STATE);
	e.symbol = symbol_pack("AAPL");
	e.code = 'P';
	memcpy(&e.other, "LUDP", 4);
	comes_back(&e, 'H');
	e = event_of(EVENT_OPERATIONAL);
	e.symbol = symbol_pack("AAPL");
	e.side = 'Q';
	e.code = 'H';
	comes_back(&e, 'h');
	e = event_of(EVENT_SHORT_SALE);
	e.symbol = symbol_pack("AAPL");
	e.code = '1';
	comes_back(&e, 'Y');
}

static void what_has_no_message_is_not_written(void **state)
{
	(void)state;
	uint8_t message[ITCH50_SIZE_MAX];
	struct event e = event_of(EVENT_NONE);
	assert_int_equal(itch50_encode(&e, message), 0);
	e = event_of(EVENT_OTHER);
	assert_int_equal(itch50_encode(&e, message), 0);
	e = event_of(EVENT_ADD);
	e.price_e4 = -1;
	assert_int_equal(itch50_encode(&e, message), 0);
	e.price_e4 = (int64_t)UINT32_MAX + 1;
	assert_int_equal(itch50_encode(&e, message), 0);
}

static void a_state_without_a_reason_is_written_with_spaces(void **state)
{
	(void)state;
	uint8_t message[ITCH50_SIZE_MAX];
	struct event e = event_of(EVENT_STATE);
	e.symbol = symbol_pack("AAPL");
	e.code = 'T';
	assert_int_equal(itch50_encode(&e, message), 25);
	assert_memory_equal(message + 20, "     ", 5);
}

/* At its size a message is read, one byte short it is dropped, longer it is read and the tail ignored. */
static void a_short_message_is_dropped_and_a_long_one_is_read(void **state)
{
	(void)state;
	for (enum isa isa = ISA_SCALAR; isa < ISA_COUNT; isa++) {
		if (itch50_kernel_of((int)isa) == NULL)
			continue;
		for (const char *type = types; *type != '\0'; type++) {
			uint8_t message[256] = {0};
			uint32_t size = itch50_size((uint8_t)*type);
			message[0] = (uint8_t)*type;
			struct mold64_block blocks[3] = {
				{message, size}, {message, size - 1}, {message, size + 100}};
			struct event events[3];
			struct itch50_counts counts = {0};
			itch50_kernel_of((int)isa)(blocks, 3, events, &counts);
			assert_int_not_equal(events[0].kind, EVENT_NONE);
			assert_int_equal(events[1].kind, EVENT_NONE);
			assert_int_equal(events[1].size_bytes, size - 1);
			assert_int_equal(events[1].type, *type);
			assert_int_equal(events[2].kind, events[0].kind);
			assert_int_equal(events[2].size_bytes, size + 100);
			assert_int_equal(counts.bad, 1);
			assert_int_equal(counts.unknown, 0);
		}
	}
}

static void an_unknown_type_is_counted_and_an_empty_message_is_bad(void **state)
{
	(void)state;
	struct itch50_counts counts = {3, 4};
	struct event e = decode_one((const uint8_t *)"Z-------------------", 20, &counts);
	assert_int_equal(e.kind, EVENT_NONE);
	assert_int_equal(e.type, 'Z');
	assert_int_equal(e.exch_ns, 0);
	assert_int_equal(counts.unknown, 4);
	assert_int_equal(counts.bad, 4);
	e = decode_one((const uint8_t *)"A", 0, &counts);
	assert_int_equal(e.kind, EVENT_NONE);
	assert_int_equal(e.type, 0);
	assert_int_equal(counts.bad, 5);
}

static void a_file_is_split_at_its_lengths_and_a_cut_message_is_left(void **state)
{
	(void)state;
	static const uint8_t file[] = {0, 2, 'a', 'b', 0, 0, 0, 1, 'c', 0, 3, 'd', 'e'};
	struct mold64_block blocks[8];
	size_t used;
	assert_int_equal(itch50_split(file, sizeof file, blocks, 8, &used), 3);
	assert_int_equal(used, 9);
	assert_ptr_equal(blocks[0].bytes, file + 2);
	assert_int_equal(blocks[0].size_bytes, 2);
	assert_int_equal(blocks[1].size_bytes, 0);
	assert_ptr_equal(blocks[2].bytes, file + 8);
	assert_int_equal(itch50_split(file, sizeof file, blocks, 2, &used), 2);
	assert_int_equal(used, 6);
	assert_int_equal(itch50_split(file, 1, blocks, 8, &used), 0);
	assert_int_equal(itch50_split(file, 0, blocks, 8, &used), 0);
	assert_int_equal(used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_every_message_is_told_and_none_overlap),
		cmocka_unit_test(other_types_are_unknown),
		cmocka_unit_test(every_captured_message_of_nasdaq_is_read),
		cmocka_unit_test(every_captured_message_of_2023_is_read),
		cmocka_unit_test(the_head_of_a_daily_file_is_read),
		cmocka_unit_test(order_messages_come_back_as_they_were),
		cmocka_unit_test(other_messages_come_back_as_they_were),
		cmocka_unit_test(what_has_no_message_is_not_written),
		cmocka_unit_test(a_state_without_a_reason_is_written_with_spaces),
		cmocka_unit_test(a_short_message_is_dropped_and_a_long_one_is_read),
		cmocka_unit_test(an_unknown_type_is_counted_and_an_empty_message_is_bad),
		cmocka_unit_test(a_file_is_split_at_its_lengths_and_a_cut_message_is_left),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.itch50", tests, NULL, NULL);
}
