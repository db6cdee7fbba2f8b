/* deep_test.c - every message of DEEP and DEEP+: against documents and captures field by field, against its own
   writer, and cut short. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/deep.h"
#include "tests/support/fields.h"

/* 26 January 2021, midnight in New York. */
#define MIDNIGHT_NS (UINT64_C(1611637200) * 1000000000)

static const char types_of[][16] = {
	[DEEP_FEED_LEVELS] = "SDHIOPE85TXBA", [DEEP_FEED_ORDERS] = "SDHIOPETBaMRLC"};

/* decode_one gives the decoder exactly the bytes that it may read: a sanitizer sees the next one. */
static struct event decode_one(
	struct deep *deep, const uint8_t *message, uint32_t size, struct event_skips *skips)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	assert_non_null(copy);
	if (size != 0)
		memcpy(copy, message, size);
	struct mold64_block block = {copy, size};
	struct event event;
	deep_decode(deep, &block, 1, &event, skips);
	free(copy);
	return event;
}

static struct event decoded(enum deep_feed feed, const uint8_t *message, uint32_t size)
{
	struct deep deep;
	struct event_skips skips = {0};
	deep_init(&deep, feed);
	struct event event = decode_one(&deep, message, size, &skips);
	assert_int_equal(skips.unknown + skips.bad, 0);
	return event;
}

static void every_field_of_every_message_is_told_and_none_overlap(void **state)
{
	(void)state;
	for (enum deep_feed feed = DEEP_FEED_LEVELS; feed <= DEEP_FEED_ORDERS; feed++)
		for (int type = 0; type < 256; type++) {
			const struct little_field *fields;
			const char *name;
			bool is_known = type != 0 && strchr(types_of[feed], type) != NULL;
			uint32_t count = deep_fields(feed, (uint8_t)type, &fields, &name);
			assert_int_equal(count != 0, is_known);
			assert_int_equal(deep_size(feed, (uint8_t)type) != 0, is_known);
			if (!is_known)
				continue;
			fields_cover(fields, count, deep_size(feed, (uint8_t)type));
			assert_true(deep_size(feed, (uint8_t)type) <= DEEP_SIZE_MAX);
			assert_true(strlen(name) > 0);
		}
	assert_int_equal(strlen(types_of[DEEP_FEED_LEVELS]), 13);
	assert_int_equal(strlen(types_of[DEEP_FEED_ORDERS]), 14);
}

static bool is_field(
	enum deep_feed feed, const uint8_t *message, const char *wanted, uint64_t *value)
{
	const struct little_field *fields;
	const char *name;
	uint32_t count = deep_fields(feed, message[0], &fields, &name);
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(fields[i].name, wanted) != 0)
			continue;
		*value = little_value(message, &fields[i]);
		return true;
	}
	return false;
}

/* event_matches holds the event against the fields of its message. */
static void event_matches(enum deep_feed feed, const uint8_t *message, uint32_t size)
{
	struct event e = decoded(feed, message, size);
	uint64_t value = 0;
	assert_int_equal(e.type, message[0]);
	assert_int_equal(e.size_bytes, size);
	assert_true(is_field(feed, message, "timestamp", &value));
	assert_int_equal(e.exch_ns, value - eastern_day_of(value).begin_ns);
	if (is_field(feed, message, "symbol", &value))
		assert_int_equal(e.symbol, value);
	if (e.kind == EVENT_OTHER)
		return;
	if (is_field(feed, message, "order_id", &value))
		assert_int_equal(e.order, value);
	if (is_field(feed, message, "trade_id", &value))
		assert_int_equal(e.match, value);
	if (is_field(feed, message, "price", &value) ||
		is_field(feed, message, "official_price", &value) ||
		is_field(feed, message, "adjusted_poc_price", &value))
		assert_int_equal(e.price_e4, value);
	if (is_field(feed, message, "size", &value) ||
		is_field(feed, message, "round_lot_size", &value))
		assert_int_equal(e.qty, value);
	if (is_field(feed, message, "event_flags", &value))
		assert_int_equal(e.flags, value & 1 ? 0 : EVENT_FLAG_MORE);
}

static void message_matches(
	enum deep_feed feed, const char *hex, const json_t *expected, uint32_t *of_type)
{
	uint8_t bytes[256];
	const struct little_field *fields;
	const char *name;
	uint32_t size = capture_hex(hex, bytes, sizeof bytes);
	uint32_t count = deep_fields(feed, bytes[0], &fields, &name);
	assert_int_equal(size, deep_size(feed, bytes[0]));
	fields_match(bytes, fields, count, expected);
	event_matches(feed, bytes, size);
	of_type[bytes[0]]++;
}

static void every_message_of_the_documents_is_read(void **state)
{
	(void)state;
	json_t *root = capture_json("spec_examples/iex.json");
	uint32_t of_type[2][256] = {0};
	size_t index;
	json_t *example;
	assert_non_null(root);
	json_array_foreach(root, index, example)
	{
		const char *document = capture_text(example, "document");
		const json_t *expected = json_object_get(example, "expected");
		enum deep_feed feed = DEEP_FEED_LEVELS;
		if (strncmp(document, "DEEP", 4) != 0)
			continue;
		if (document[4] == '+')
			feed = DEEP_FEED_ORDERS;
		message_matches(feed, capture_text(example, "hex"), expected, of_type[feed - 1]);
	}
	for (const char *type = "SDHIOPE8TXBA"; *type != '\0'; type++)
		assert_int_equal(of_type[0][(uint8_t)*type], 1);
	for (const char *type = "SDHOPETBaMRLC"; *type != '\0'; type++)
		assert_int_equal(of_type[1][(uint8_t)*type], 1);
	json_decref(root);
}

static void every_captured_message_is_read(void **state)
{
	(void)state;
	static char names[CAPTURE_NAME_COUNT_MAX][CAPTURE_NAME_BYTES];
	uint32_t found = capture_list("iex/deep10", names, CAPTURE_NAME_COUNT_MAX), count = 0;
	uint32_t of_type[256] = {0};
	if (found == 0) {
		print_message("no captures beside the repository: real DEEP not compared\n");
		skip();
	}
	for (uint32_t i = 0; i < found; i++) {
		struct capture capture;
		assert_true(capture_open(&capture, names[i]));
		for (uint32_t k = 0; k < capture.count; k++) {
			const json_t *message;
			size_t index;
			json_array_foreach(json_object_get(capture.frames[k].expected, "messages"),
				index, message)
			{
				message_matches(DEEP_FEED_LEVELS, capture_text(message, "hex"),
					json_object_get(message, "decoded"), of_type);
				count++;
			}
		}
		capture_close(&capture);
	}
	assert_true(count > 0);
}

/* One event of each kind a feed can write. */
static const struct event levels_events[] = {
	{.kind = EVENT_SYSTEM, .type = 'S', .code = 'O'},
	{.kind = EVENT_SYSTEM, .type = 'S', .code = 'Q'},
	{.kind = EVENT_DIRECTORY, .type = 'D', .code = 'P', .qty = 100, .price_e4 = 990500},
	{.kind = EVENT_DIRECTORY, .type = 'D', .code = 'T', .qty = 1},
	{.kind = EVENT_STATE, .type = 'H', .code = 'T', .other = 0x20202020},
	{.kind = EVENT_STATE, .type = 'H', .code = 'Q', .other = 0x20203154},
	{.kind = EVENT_OPERATIONAL, .type = 'O', .code = 'H', .side = 'V'},
	{.kind = EVENT_OPERATIONAL, .type = 'O', .code = 'T', .side = 'V'},
	{.kind = EVENT_SHORT_SALE, .type = 'P', .code = '0'},
	{.kind = EVENT_SHORT_SALE, .type = 'P', .code = '1'},
	{.kind = EVENT_SHORT_SALE, .type = 'P', .code = '2'},
	{.kind = EVENT_LEVEL, .type = '8', .side = SIDE_BUY, .qty = 9700, .price_e4 = 990500},
	{.kind = EVENT_LEVEL,
		.type = '5',
		.side = SIDE_SELL,
		.flags = EVENT_FLAG_MORE,
		.price_e4 = 1},
	{.kind = EVENT_TRADE,
		.type = 'T',
		.qty = 7,
		.price_e4 = 990500,
		.match = 429974,
		.other = 0x20},
	{.kind = EVENT_BREAK, .type = 'B', .qty = 7, .price_e4 = 990500, .match = UINT64_MAX},
	{.kind = EVENT_OFFICIAL, .type = 'X', .code = 'O', .price_e4 = INT64_MAX},
	{.kind = EVENT_OFFICIAL, .type = 'X', .code = 'C', .price_e4 = -1},
};
static const struct event orders_events[] = {
	{.kind = EVENT_ADD,
		.type = 'a',
		.side = SIDE_BUY,
		.order = 5,
		.qty = 100,
		.price_e4 = 990500},
	{.kind = EVENT_ADD, .type = 'a', .side = SIDE_SELL, .order = UINT64_MAX, .qty = UINT32_MAX},
	{.kind = EVENT_MODIFY, .type = 'M', .order = 5, .qty = 50, .price_e4 = 990600},
	{.kind = EVENT_MODIFY,
		.type = 'M',
		.order = 5,
		.qty = 50,
		.flags = EVENT_FLAG_KEEPS_PRIORITY},
	{.kind = EVENT_EXECUTE_AT,
		.type = 'L',
		.code = 'Y',
		.order = 5,
		.qty = 9,
		.price_e4 = 8,
		.match = 167830,
		.other = 0x80},
	{.kind = EVENT_DELETE, .type = 'R', .order = 5},
	{.kind = EVENT_CLEAR, .type = 'C'},
	{.kind = EVENT_TRADE, .type = 'T', .qty = 7, .price_e4 = 990500, .match = 3},
};

static void events_return(enum deep_feed feed, const struct event *events, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct event e = events[i];
		uint8_t out[DEEP_SIZE_MAX];
		e.exch_ns = 55781294956478;
		e.symbol = e.kind == EVENT_SYSTEM ? 0 : symbol_pack("ZIEXT");
		uint32_t size = deep_encode(feed, MIDNIGHT_NS, &e, out);
		assert_int_equal(size, deep_size(feed, e.type));
		e.size_bytes = (uint16_t)size;
		struct event found = decoded(feed, out, size);
		assert_memory_equal(&found, &e, sizeof e);
	}
}

static void every_event_is_written_and_read_back(void **state)
{
	(void)state;
	events_return(DEEP_FEED_LEVELS, levels_events, ARRAY_COUNT(levels_events));
	events_return(DEEP_FEED_ORDERS, orders_events, ARRAY_COUNT(orders_events));
}

static void a_state_without_a_reason_is_written_with_spaces(void **state)
{
	(void)state;
	uint8_t out[DEEP_SIZE_MAX];
	struct event e = {.kind = EVENT_STATE, .code = 'P', .symbol = symbol_pack("A")};
	assert_int_equal(deep_encode(DEEP_FEED_ORDERS, MIDNIGHT_NS, &e, out), 22);
	assert_memory_equal(out + 18, "    ", 4);
	assert_int_equal(out[1], 'P');
}

static void an_event_that_a_feed_has_no_message_for_is_not_written(void **state)
{
	(void)state;
	uint8_t out[DEEP_SIZE_MAX];
	struct event e = {.kind = EVENT_REPLACE};
	assert_int_equal(deep_encode(DEEP_FEED_ORDERS, 0, &e, out), 0);
	e.kind = EVENT_LEVEL;
	assert_int_equal(deep_encode(DEEP_FEED_ORDERS, 0, &e, out), 0);
	e.kind = EVENT_ADD;
	assert_int_equal(deep_encode(DEEP_FEED_LEVELS, 0, &e, out), 0);
}

/* Every type at every length up to twice its own: shorter is bad, longer is read and its tail ignored. */
static void a_message_shorter_than_its_type_is_bad_and_a_longer_one_is_read(void **state)
{
	(void)state;
	for (enum deep_feed feed = DEEP_FEED_LEVELS; feed <= DEEP_FEED_ORDERS; feed++)
		for (int type = 0; type < 256; type++) {
			uint8_t bytes[2 * DEEP_SIZE_MAX], size = deep_size(feed, (uint8_t)type);
			for (uint32_t i = 0; i < sizeof bytes; i++)
				bytes[i] = (uint8_t)(i * 37 + 11);
			bytes[0] = (uint8_t)type;
			struct event whole, found;
			struct deep deep;
			deep_init(&deep, feed);
			for (uint32_t length = 1; length <= sizeof bytes; length++) {
				struct event_skips skips = {0};
				found = decode_one(&deep, bytes, length, &skips);
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

static void an_empty_message_is_bad(void **state)
{
	(void)state;
	struct deep deep;
	struct event_skips skips = {0};
	deep_init(&deep, DEEP_FEED_LEVELS);
	struct event e = decode_one(&deep, NULL, 0, &skips);
	assert_int_equal(skips.bad, 1);
	assert_int_equal(e.kind, EVENT_NONE);
}

static void the_day_is_found_anew_when_it_ends(void **state)
{
	(void)state;
	uint8_t out[DEEP_SIZE_MAX];
	struct event e = {.kind = EVENT_SYSTEM, .code = 'O', .exch_ns = UINT64_C(86399999999999)};
	struct deep deep;
	struct event_skips skips = {0};
	deep_init(&deep, DEEP_FEED_LEVELS);
	for (uint64_t day = 0; day < 3; day++) {
		uint64_t midnight_ns = MIDNIGHT_NS + day * UINT64_C(86400000000000);
		uint32_t size = deep_encode(DEEP_FEED_LEVELS, midnight_ns, &e, out);
		assert_int_equal(decode_one(&deep, out, size, &skips).exch_ns, e.exch_ns);
		assert_int_equal(deep.day.begin_ns, midnight_ns);
	}
	uint32_t size = deep_encode(DEEP_FEED_LEVELS, MIDNIGHT_NS, &e, out);
	assert_int_equal(decode_one(&deep, out, size, &skips).exch_ns, e.exch_ns);
	assert_int_equal(deep.day.begin_ns, MIDNIGHT_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_every_message_is_told_and_none_overlap),
		cmocka_unit_test(every_message_of_the_documents_is_read),
		cmocka_unit_test(every_captured_message_is_read),
		cmocka_unit_test(every_event_is_written_and_read_back),
		cmocka_unit_test(a_state_without_a_reason_is_written_with_spaces),
		cmocka_unit_test(an_event_that_a_feed_has_no_message_for_is_not_written),
		cmocka_unit_test(a_message_shorter_than_its_type_is_bad_and_a_longer_one_is_read),
		cmocka_unit_test(an_empty_message_is_bad),
		cmocka_unit_test(the_day_is_found_anew_when_it_ends),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.deep", tests, NULL, NULL);
}
