/* inspect_test.c - a journal written record by record, then verified and exported. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/journal/inspect.h"
#include "dataplane/shm/mark.h"
#include "tests/unit/control/journal/telling.h"

/* Verify (0 rows a page) or export; the answer as JSON. */
static json_t *inspect_all(uint64_t from, uint32_t page_count, uint64_t durable)
{
	struct config_error error;
	struct answer answer;
	size_t size;
	fflush(journal.file);
	struct inspect *inspect = inspect_open(&site, directory, from, page_count, &error);
	assert_non_null(inspect);
	answer_init(&answer, true);
	while (!inspect_step(inspect, &answer, 2))
		;
	inspect->durable = durable;
	inspect_tell(inspect, &answer);
	char *text = answer_render(&answer, &size);
	json_t *object = json_loads(text, 0, NULL);
	assert_non_null(object);
	free(text);
	answer_free(&answer);
	inspect_close(inspect);
	return object;
}

static unsigned code_of(const json_t *object)
{
	return (unsigned)json_integer_value(json_object_get(object, "code"));
}

static void an_intact_journal_is_called_intact_and_a_flipped_bit_damaged(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		turn_write(i);
	json_t *object = inspect_all(0, 0, 0);
	assert_int_equal(code_of(object), CODE_ROWS);
	assert_non_null(strstr(json_string_value(json_object_get(object, "text")),
		"intact: 5 records in 1 segments"));
	json_decref(object);
	/* In the fourth record's body. */
	long record_bytes = record_size_of(sizeof(struct turn_inputs));
	fseek(journal.file, WRITTEN_HEADER_BYTES + 3 * record_bytes + 20, SEEK_SET);
	fputc(0x5A, journal.file);
	object = inspect_all(0, 0, 0);
	assert_int_equal(code_of(object), CODE_JOURNAL_DAMAGED);
	json_decref(object);
	object = inspect_all(0, 0, 5);
	assert_int_equal(code_of(object), CODE_JOURNAL_DAMAGED);
	json_decref(object);
	/* Nothing behind the third was acknowledged: a torn tail, no loss. */
	object = inspect_all(0, 0, 3);
	assert_int_equal(code_of(object), CODE_ROWS);
	json_decref(object);
}

/* What may be a write under way is no damage; it is said that somebody writes, and how far it was read. */
static void a_journal_that_is_being_written_is_called_that(void **state)
{
	struct config_error error;
	struct answer answer;
	size_t size;
	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		turn_write(i);
	fflush(journal.file);
	long end = ftell(journal.file);
	assert_int_equal(ftruncate(fileno(journal.file), end - 8), 0);
	for (unsigned is_growing = 0; is_growing < 2; is_growing++) {
		struct inspect *inspect = inspect_open(&site, directory, 0, 0, &error);
		answer_init(&answer, false);
		while (!inspect_step(inspect, &answer, 100))
			;
		assert_true(inspect->end.is_damaged);
		inspect->growth = (struct growth){.holder = 4711, .is_growing = is_growing != 0};
		inspect_tell(inspect, &answer);
		char *text = answer_render(&answer, &size);
		assert_int_equal(answer.code, is_growing != 0 ? CODE_ROWS : CODE_JOURNAL_DAMAGED);
		assert_int_equal(strstr(text, "the journal is being written by process 4711: read "
					      "up to record 4") != NULL,
			is_growing != 0);
		assert_int_equal(strstr(text, "offset") == NULL, is_growing != 0);
		assert_int_equal(
			strstr(text, "process 4711 holds it and wrote nothing more") != NULL,
			is_growing == 0);
		free(text);
		answer_free(&answer);
		inspect_close(inspect);
	}
}

static void export_goes_page_by_page(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		turn_write(i);
	json_t *object = inspect_all(2, 2, 0);
	assert_int_equal(code_of(object), CODE_MORE);
	assert_non_null(
		strstr(json_string_value(json_object_get(object, "text")), "journal export 4"));
	json_t *row = json_array_get(json_object_get(object, "rows"), 0);
	assert_int_equal(json_integer_value(json_object_get(row, "record")), 2);
	json_decref(object);
	object = inspect_all(4, 2, 0);
	assert_int_equal(code_of(object), CODE_ROWS);
	assert_int_equal(json_array_size(json_object_get(object, "rows")), 2);
	json_decref(object);
}

static void every_type_of_record_becomes_an_object(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		union record_space space;
		memset(&space, 0xFF, sizeof space);
		space.record.type = (uint8_t)type;
		space.record.body_bytes = RECORD_BYTES_MAX;
		json_decref(record_json(&site, &space.record, 1, WALL_NS));
		memset(&space, 0, sizeof space);
		space.record.type = (uint8_t)type;
		json_t *row = record_json(&site, &space.record, 1, 0);
		assert_true(json_object_size(row) >= 3);
		json_decref(row);
	}
}

static json_t *told_of(enum record_type type, const void *body, size_t size)
{
	union record_space space;
	memset(&space, 0, sizeof space);
	space.record.type = (uint8_t)type;
	space.record.body_bytes = (uint16_t)size;
	memcpy(&space.record + 1, body, size);
	return record_json(&site, &space.record, 7, WALL_NS);
}

#define TOLD(row, key, wanted)                                                                     \
	assert_string_equal(json_string_value(json_object_get(row, key)), wanted)
#define COUNTED(row, key, wanted)                                                                  \
	assert_int_equal(json_integer_value(json_object_get(row, key)), wanted)

static void each_cause_of_a_cancel_has_its_word(void **state)
{
	static const char *const words[] = {
		[CANCEL_BY_CLIENT] = "client",
		[CANCEL_BY_KILL] = "kill",
		[CANCEL_BY_DISCONNECT] = "disconnect",
		[CANCEL_BY_DEAD_MAN] = "dead man",
		[CANCEL_BY_SELF_TRADE] = "self-trade",
		[CANCEL_BY_DAY] = "day",
		[CANCEL_BY_PERSONS] = "persons",
	};
	(void)state;
	for (uint8_t cause = CANCEL_BY_CLIENT; cause < ARRAY_COUNT(words); cause++) {
		const struct cancel_record cancel = {.order_id = 5, .cause = cause};
		json_t *row = told_of(RECORD_CANCEL, &cancel, sizeof cancel);
		TOLD(row, "cause", words[cause]);
		json_decref(row);
	}
}

/* With all by which a break or a correction names it. */
static void a_trade_and_a_position_are_told_whole(void **state)
{
	const struct trade_record trade = {.order_id = 5,
		.match = 77,
		.price_e4 = 1500000,
		.fee_e4 = -45,
		.order_fee_e4 = 17,
		.qty = 30,
		.venue_ref = 9,
		.account = 17,
		.strategy = 2,
		.venue = 1,
		.side = SIDE_SELL,
		.kind = TRADE_CORRECTED,
		.liquidity = 'R',
		.is_first = 1};
	const struct position_record position = {
		.account = 17, .shares = -40, .cost_e4 = 1000, .price_e4 = 2000};
	(void)state;
	json_t *row = told_of(RECORD_TRADE, &trade, sizeof trade);
	COUNTED(row, "order", 5);
	COUNTED(row, "match", 77);
	COUNTED(row, "venue", 1);
	COUNTED(row, "venue_ref", 9);
	COUNTED(row, "account", 17);
	COUNTED(row, "strategy", 2);
	COUNTED(row, "qty", 30);
	COUNTED(row, "price_e4", 1500000);
	TOLD(row, "kind", "corrected");
	TOLD(row, "side", "sell");
	TOLD(row, "liquidity", "R");
	assert_true(json_is_true(json_object_get(row, "first_of_order")));
	COUNTED(row, "fee_e4", -45);
	COUNTED(row, "order_fee_e4", 17);
	TOLD(row, "currency", "USD");
	json_decref(row);
	row = told_of(RECORD_POSITION, &position, sizeof position);
	COUNTED(row, "account", 17);
	COUNTED(row, "shares", -40);
	COUNTED(row, "cost_e4", 1000);
	COUNTED(row, "price_e4", 2000);
	json_decref(row);
}

static void a_short_sale_is_exported_as_one(void **state)
{
	struct receipt receipt = {.order_id = 7, .side = SIDE_SELL, .flags = RECEIPT_SHORT};
	(void)state;
	json_t *row = told_of(RECORD_RECEIPT, &receipt, sizeof receipt);
	TOLD(row, "side", "sell-short");
	json_decref(row);
	receipt.flags = RECEIPT_EXEMPT;
	row = told_of(RECORD_RECEIPT, &receipt, sizeof receipt);
	TOLD(row, "side", "sell-short-exempt");
	json_decref(row);
	receipt.flags = 0;
	row = told_of(RECORD_RECEIPT, &receipt, sizeof receipt);
	TOLD(row, "side", "sell");
	json_decref(row);
}

static void what_two_persons_said_is_a_record(void **state)
{
	const struct resolve_record word = {.order_id = 7,
		.as = RESOLVE_FILLED,
		.venue = 1,
		.venue_ref = 9,
		.qty = 60,
		.price_e4 = 1632500,
		.uid = 1000,
		.second_uid = 1001,
		.reason = "their desk said so"};
	(void)state;
	json_t *row = told_of(RECORD_RESOLVE, &word, sizeof word);
	TOLD(row, "as", "filled");
	TOLD(row, "because", "their desk said so");
	COUNTED(row, "order", 7);
	COUNTED(row, "venue", 1);
	COUNTED(row, "venue_ref", 9);
	COUNTED(row, "qty", 60);
	COUNTED(row, "price_e4", 1632500);
	COUNTED(row, "uid", 1000);
	COUNTED(row, "second_uid", 1001);
	json_decref(row);
	const struct acknowledge_record seen = {
		.number = 7, .venue = 1, .uid = 1000, .reason = "their error"};
	row = told_of(RECORD_ACKNOWLEDGE, &seen, sizeof seen);
	COUNTED(row, "number", 7);
	COUNTED(row, "venue", 1);
	COUNTED(row, "uid", 1000);
	TOLD(row, "because", "their error");
	json_decref(row);
}

static void a_change_of_the_day_and_an_ended_order_are_told_whole(void **state)
{
	struct day_record day = {.change = DAY_BEGINS,
		.uid = 1001,
		.midnight_wall_ns = 5,
		.wall_ns = 6,
		.reason = "next"};
	const struct ended_record ended = {.order_id = 5, .venue_ref = 9, .qty = 60};
	const struct session_record over = {.session = 200, .change = SESSION_VENUE_END};
	(void)state;
	json_t *row = told_of(RECORD_DAY, &day, sizeof day);
	TOLD(row, "change", "begins");
	COUNTED(row, "uid", 1001);
	COUNTED(row, "midnight_wall_ns", 5);
	COUNTED(row, "wall_ns", 6);
	TOLD(row, "because", "next");
	json_decref(row);
	day.uid = DAY_BY_CALENDAR;
	row = told_of(RECORD_DAY, &day, sizeof day);
	TOLD(row, "by", "calendar");
	json_decref(row);
	row = told_of(RECORD_ENDED, &ended, sizeof ended);
	COUNTED(row, "order", 5);
	COUNTED(row, "venue_ref", 9);
	COUNTED(row, "qty", 60);
	json_decref(row);
	row = told_of(RECORD_SESSION, &over, sizeof over);
	TOLD(row, "change", "venue end");
	json_decref(row);
}

static void a_rate_is_told_whole(void **state)
{
	struct rate_record rate = {
		.currency = 1, .uid = 1000, .rate_e8 = 110000000, .as_of_wall_ns = 5};
	(void)state;
	site_is_mixed();
	json_t *row = told_of(RECORD_RATE, &rate, sizeof rate);
	TOLD(row, "currency", "EUR");
	COUNTED(row, "rate_e8", 110000000);
	COUNTED(row, "as_of_wall_ns", 5);
	COUNTED(row, "uid", 1000);
	json_decref(row);
	rate.currency = 3;
	row = told_of(RECORD_RATE, &rate, sizeof rate);
	TOLD(row, "currency", "?");
	json_decref(row);
	memset(&site, 0, sizeof site);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_change_of_the_day_and_an_ended_order_are_told_whole),
		ONE(what_two_persons_said_is_a_record),
		ONE(a_short_sale_is_exported_as_one),
		ONE(an_intact_journal_is_called_intact_and_a_flipped_bit_damaged),
		ONE(a_journal_that_is_being_written_is_called_that),
		ONE(export_goes_page_by_page),
		ONE(every_type_of_record_becomes_an_object),
		ONE(each_cause_of_a_cancel_has_its_word),
		ONE(a_trade_and_a_position_are_told_whole),
		ONE(a_rate_is_told_whole),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.inspect", tests, NULL, NULL);
}
