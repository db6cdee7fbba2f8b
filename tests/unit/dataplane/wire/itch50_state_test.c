/* itch50_state_test.c - the rare messages: every field lands where it belongs and nowhere else, in captures and
   in messages made of numbers that never repeat. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/itch50.h"
#include "dataplane/wire/itch50_state.h"
#include "tests/support/capture.h"

static const char types[] = "SRHYLVWKJhINOQ";

/* Where a field of a message is found in the event. */
struct place {
	char type;
	const char *field;
	size_t at, bytes;
};

#define PLACE(type, field, member)                                                                 \
	{                                                                                          \
		type, field, offsetof(struct state_event, member),                                 \
			sizeof(((struct state_event *)0)->member)                                  \
	}

/* clang-format off */
static const struct place places[] = {
	PLACE('S', "event_code", code), PLACE('W', "breached_level", code),
	PLACE('V', "level_1", levels[0]), PLACE('V', "level_2", levels[1]), PLACE('V', "level_3", levels[2]),
	PLACE('R', "market_category", directory.market_category),
	PLACE('R', "financial_status", directory.financial_status),
	PLACE('R', "round_lot_size", directory.round_lot), PLACE('R', "round_lots_only", directory.round_lots_only),
	PLACE('R', "issue_classification", directory.classification),
	PLACE('R', "issue_sub_type", directory.sub_type), PLACE('R', "authenticity", directory.authenticity),
	PLACE('R', "short_sale_threshold", directory.short_sale_threshold),
	PLACE('R', "ipo_flag", directory.ipo_flag), PLACE('R', "luld_tier", directory.luld_tier),
	PLACE('R', "etp_flag", directory.etp_flag), PLACE('R', "etp_leverage_factor", directory.etp_leverage),
	PLACE('R', "inverse_indicator", directory.inverse),
	PLACE('H', "trading_state", trading.state), PLACE('H', "reason", trading.reason),
	PLACE('h', "market_code", operational.market), PLACE('h', "halt_action", operational.action),
	PLACE('Y', "reg_sho_action", short_sale.action),
	PLACE('L', "mpid", participant.mpid), PLACE('L', "primary_market_maker", participant.primary),
	PLACE('L', "market_maker_mode", participant.mode), PLACE('L', "participant_state", participant.state),
	PLACE('K', "release_time", ipo.release_s), PLACE('K', "release_qualifier", ipo.qualifier),
	PLACE('K', "ipo_price", ipo.price_e4),
	PLACE('J', "reference_price", collar.reference_e4), PLACE('J', "upper_price", collar.upper_e4),
	PLACE('J', "lower_price", collar.lower_e4), PLACE('J', "extension", collar.extension),
	PLACE('I', "paired_shares", imbalance.paired), PLACE('I', "imbalance_shares", imbalance.imbalance),
	PLACE('I', "imbalance_direction", imbalance.direction), PLACE('I', "far_price", imbalance.far_e4),
	PLACE('I', "near_price", imbalance.near_e4), PLACE('I', "reference_price", imbalance.reference_e4),
	PLACE('I', "cross_type", imbalance.cross_type), PLACE('I', "price_variation", imbalance.variation),
	PLACE('N', "interest_flag", retail.interest),
	PLACE('O', "open_eligibility", listing.eligibility), PLACE('O', "min_allowable_price", listing.min_e4),
	PLACE('O', "max_allowable_price", listing.max_e4), PLACE('O', "near_execution_price", listing.near_e4),
	PLACE('O', "near_execution_time", listing.near_ns), PLACE('O', "lower_collar", listing.lower_e4),
	PLACE('O', "upper_collar", listing.upper_e4),
	PLACE('Q', "shares", cross.shares), PLACE('Q', "cross_price", cross.price_e4),
	PLACE('Q', "match_number", cross.match), PLACE('Q', "cross_type", code),
};
/* clang-format on */

/* field_is_told compares one field with its place, and wipes the place. */
static bool field_is_told(
	const uint8_t *message, const struct itch50_field *field, struct state_event *event)
{
	for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
		const struct place *place = &places[i];
		uint8_t *at = (uint8_t *)event + place->at;
		if (place->type != (char)message[0] || strcmp(place->field, field->name) != 0)
			continue;
		if (field->kind == 'A') {
			assert_int_equal(place->bytes, field->bytes);
			assert_memory_equal(at, message + field->offset, field->bytes);
		} else {
			uint64_t value = 0;
			memcpy(&value, at, place->bytes);
			assert_true(value == itch50_field_value(message, field));
		}
		memset(at, 0, place->bytes);
		return true;
	}
	return false;
}

static struct state_event decode(const uint8_t *message, uint32_t size)
{
	struct state_event event;
	uint8_t *exact = malloc(size + 1);
	assert_non_null(exact);
	memcpy(exact, message, size);
	memset(&event, 0xEE, sizeof event);
	itch50_state_decode(&(struct mold64_block){exact, size}, &event);
	free(exact);
	return event;
}

/* every_field_matches: what a message says stands in the event, and nothing else does. */
static void every_field_matches(const uint8_t *message, uint32_t size)
{
	const struct itch50_field *fields;
	const char *name;
	static const uint8_t zero[sizeof(struct state_event)];
	uint32_t count = itch50_fields(message[0], &fields, &name);
	struct state_event event = decode(message, size);
	assert_int_not_equal(event.kind, STATE_EVENT_NONE);
	assert_int_equal(event.locate, load_be16(message + 1));
	assert_true(event.exch_ns == load_be48(message + 5));
	if (event.kind >= STATE_EVENT_DIRECTORY && event.kind <= STATE_EVENT_CROSS) {
		assert_true(event.directory.exch_ns == event.exch_ns);
		event.directory.exch_ns = 0;
	}
	for (uint32_t i = 4; i < count; i++) {
		if (strcmp(fields[i].name, "stock") == 0) {
			assert_memory_equal(&event.symbol, message + fields[i].offset, 8);
			event.symbol = 0;
		} else if (strcmp(fields[i].name, "reserved") != 0) {
			assert_true(field_is_told(message, &fields[i], &event));
		}
	}
	event.kind = 0;
	event.locate = 0;
	event.exch_ns = 0;
	assert_memory_equal(&event, zero, sizeof event);
}

static void every_field_of_made_messages_is_told(void **state)
{
	(void)state;
	for (const char *type = types; *type != '\0'; type++) {
		uint8_t message[ITCH50_SIZE_MAX + 8];
		for (uint32_t i = 0; i < sizeof message; i++)
			message[i] = (uint8_t)(i * 5 + 1);
		message[0] = (uint8_t)*type;
		every_field_matches(message, itch50_size(message[0]));
		/* A longer one is read and its tail ignored. */
		every_field_matches(message, itch50_size(message[0]) + 7u);
		struct state_event event = decode(message, itch50_size(message[0]) - 1u);
		assert_int_equal(event.kind, STATE_EVENT_NONE);
	}
}

static void orders_trades_and_strangers_are_none(void **state)
{
	(void)state;
	static const struct state_event none;
	uint8_t message[ITCH50_SIZE_MAX] = {0};
	for (int type = 0; type < 256; type++) {
		if (type != 0 && strchr(types, type) != NULL)
			continue;
		message[0] = (uint8_t)type;
		struct state_event event = decode(message, sizeof message);
		assert_memory_equal(&event, &none, sizeof event);
	}
	struct state_event event = decode(message, 0);
	assert_int_equal(event.kind, STATE_EVENT_NONE);
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
		if (strchr(types, bytes[0]) == NULL)
			continue;
		every_field_matches(bytes, size);
		count++;
	}
	return count;
}

static void every_captured_message_is_told(void **state)
{
	(void)state;
	static const char *const folders[] = {"itch50/nasdaq", "itch50/nasdaq_20230822"};
	static char names[CAPTURE_NAME_COUNT_MAX][CAPTURE_NAME_BYTES];
	uint32_t count = 0;
	for (size_t f = 0; f < ARRAY_COUNT(folders); f++) {
		uint32_t found = capture_list(folders[f], names, CAPTURE_NAME_COUNT_MAX);
		for (uint32_t i = 0; i < found; i++) {
			struct capture capture;
			assert_true(capture_open(&capture, names[i]));
			for (uint32_t k = 0; k < capture.count; k++)
				count += messages_match(
					json_object_get(capture.frames[k].expected, "messages"));
			capture_close(&capture);
		}
	}
	if (count == 0) {
		print_message("the captures are not here; skipped\n");
		skip();
	}
	print_message("%u captured messages of state\n", count);
	assert_true(count > 20);
}

static void the_head_of_a_daily_file_is_told(void **state)
{
	(void)state;
	size_t size, used;
	static struct mold64_block blocks[1001];
	uint8_t *file = capture_file("itch50/daily_file/nasdaq_20191230_first1000.itch", &size);
	if (file == NULL) {
		print_message("the head of the daily file is not here; skipped\n");
		skip();
	}
	assert_int_equal(itch50_split(file, size, blocks, ARRAY_COUNT(blocks), &used), 1000);
	for (uint32_t i = 0; i < 1000; i++)
		every_field_matches(blocks[i].bytes, blocks[i].size_bytes);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_made_messages_is_told),
		cmocka_unit_test(orders_trades_and_strangers_are_none),
		cmocka_unit_test(every_captured_message_is_told),
		cmocka_unit_test(the_head_of_a_daily_file_is_told),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.itch50_state", tests, NULL, NULL);
}
