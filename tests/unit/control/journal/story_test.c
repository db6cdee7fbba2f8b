/* story_test.c - a journal written record by record, then told: why, verify, export. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/journal/inspect.h"
#include "control/journal/story.h"
#include "tests/unit/control/written.h"

#define WALL_NS 1548795600000000000ull

static char directory[64];
static struct written journal;
static struct site_config site;
static struct account_config accounts[1];
static struct symbol_config symbols[1];

static void record_write(uint8_t type, const void *body, size_t size)
{
	assert_true(written_record(&journal, type, body, size));
}

static int begin(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/sluice-story-XXXXXX");
	assert_non_null(mkdtemp(directory));
	accounts[0] = (struct account_config){.id = 17,
		.name = "alpha",
		.strategy_count = 1,
		.strategies = {{.id = 3, .name = "quoting"}}};
	symbols[0] = (struct symbol_config){.name = symbol_pack("ZVZZT"), .tick_e4 = 100, .lot = 1};
	site.account_count = site.symbol_count = site.venue_count = 1;
	memcpy(site.venues[0].name, "exchange", sizeof "exchange");
	site.accounts = accounts;
	site.symbols = symbols;
	return !written_begin(&journal, directory, WALL_NS);
}

static int end(void **state)
{
	(void)state;
	fclose(journal.file);
	unlink(journal.path);
	return rmdir(directory);
}

static void turn_write(uint64_t second)
{
	struct turn_inputs turn = {.turn = second + 1, .wall_ns = WALL_NS + second * 1000000000u};
	record_write(RECORD_TURN, &turn, sizeof turn);
}

static struct receipt receipt_of(uint64_t order, uint8_t lane)
{
	struct receipt receipt = {.order_id = order,
		.turn = 1,
		.account = 17,
		.strategy = 3,
		.session = 2,
		.qty = 100,
		.price_e4 = 105000,
		.kind = DECISION_ENTER,
		.lane = lane,
		.reference_e4 = 100000,
		.reference_source = REFERENCE_OWN_SIDE,
		.reference_age_us = 1234,
		.epoch = 4,
		.client_ref = 9};
	if (lane == LANE_NONE) {
		receipt.flags = RECEIPT_PASSED;
		receipt.venue_ref = 501;
	} else {
		receipt.mask = 1ull << lane;
	}
	return receipt;
}

static void venue_write(const uint8_t *bytes, uint32_t size)
{
	struct {
		struct message_record head;
		uint8_t bytes[80];
	} message = {.head = {.session = 200, .size_bytes = size, .sequence = 1}};
	memcpy(message.bytes, bytes, size);
	record_write(RECORD_VENUE_IN, &message, sizeof message.head + size);
}

static char told[65536];

static unsigned tell(uint64_t order)
{
	struct config_error error;
	struct answer answer;
	size_t size;
	fflush(journal.file);
	struct story *story = story_open(&site, directory, order, &error);
	assert_non_null(story);
	while (!story_step(story, 3))
		;
	answer_init(&answer, false);
	story_tell(story, &answer);
	char *text = answer_render(&answer, &size);
	snprintf(told, sizeof told, "%s", text);
	unsigned code = answer.code;
	free(text);
	answer_free(&answer);
	story_close(story);
	return code;
}

static void says(const char *part)
{
	if (strstr(told, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, told);
}

static void a_refused_order_names_everything_that_was_wrong(void **state)
{
	(void)state;
	turn_write(1);
	struct receipt receipt = receipt_of(42, LANE_MAX_ORDER_QUANTITY);
	receipt.mask |= 1ull << LANE_PRICE_COLLAR | 1ull << LANE_FIRM_POSITION_LONG;
	receipt.usage = 100;
	receipt.limit = 50;
	receipt.owner_scope = SCOPE_ACCOUNT;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(42), CODE_ROWS);
	says("2019-01-29T21:00:01.000000Z  account 17 (alpha), strategy 3 (quoting), by session 2 "
	     "(UserRefNum 9) asked to buy "
	     "100 ZVZZT at 10.5000: order 42");
	says("limits epoch 4");
	says("REFUSED: MAX_ORDER_QUANTITY (control 5)");
	says("it measured 100 shares, the limit is 50 shares, stated by account");
	says("also wrong: PRICE_COLLAR (control 7)");
	says("also wrong: FIRM_POSITION_LONG (control 13)");
	says("reference price 10.0000: own side, 1.234 ms old");
	assert_null(strstr(told, "way out"));
}

static void what_a_lane_measures_is_told_in_its_unit(void **state)
{
	static const struct {
		uint8_t lane;
		const char *text;
	} rows[] = {{LANE_CLOCK_IN_DOUBT, "2.500000 ms"}, {LANE_VOLUME_SHARE, "2500000 bps"},
		{LANE_GROSS_EXPOSURE, "250.0000"}, {LANE_NET_EXPOSURE, "250.0000"},
		{LANE_CREDIT, "250.0000"}, {LANE_LOSS, "250.0000"}, {LANE_DRAWDOWN, "250.0000"},
		{LANE_MARGIN, "250.0000"}, {LANE_PORTFOLIO_RISK, "250.0000"},
		{LANE_NO_LOCATE, "2500000 shares"}, {LANE_ORDER_TO_TRADE, "2500000 messages"},
		{LANE_MAX_ORDER_QUANTITY, "2500000 shares"}, {LANE_MAX_ORDER_VALUE, "250.0000"}};
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		char text[64];
		lane_measure_format(rows[i].lane, 2500000, text, sizeof text);
		assert_string_equal(text, rows[i].text);
	}
}

/* A lane that looks at two limits says which of them it was. */
static void the_second_of_two_limits_is_named(void **state)
{
	(void)state;
	static const struct {
		uint8_t lane;
		int64_t limit;
		const char *says;
	} rows[] = {{LANE_GROSS_EXPOSURE, 1000000, "  by leverage: exposure is at most"},
		{LANE_GROSS_EXPOSURE, INT64_MIN, "  by leverage: exposure is at most"},
		{LANE_STALE_MARKET_DATA, 100, "  by the book: its age is within the limit"},
		{LANE_VOLUME_SHARE, 100, "  by max_outstanding_share"}};
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct receipt receipt = receipt_of(60 + i, rows[i].lane);
		receipt.limit = rows[i].limit;
		receipt.flags = RECEIPT_SECOND;
		record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
		assert_int_equal(tell(60 + i), CODE_ROWS);
		says(rows[i].says);
		receipt.order_id = 70 + i;
		receipt.flags = 0;
		record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
		assert_int_equal(tell(70 + i), CODE_ROWS);
		assert_null(strstr(told, "  by "));
	}
	struct receipt other = receipt_of(80, LANE_CREDIT);
	other.flags = RECEIPT_SECOND;
	assert_null(receipt_limit_word(&other));
}

static void a_limit_nobody_stated_is_said_so(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(7, LANE_MAX_ORDER_VALUE);
	receipt.limit = INT64_MIN;
	receipt.flags = RECEIPT_NO_LIMIT | RECEIPT_WAY_OUT;
	receipt.owner_scope = SCOPE_COUNT;
	receipt.reference_source = REFERENCE_NONE;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(7), CODE_ROWS);
	says("no scope states a limit for it");
	says("no reference price was fresh");
	says("judged as a way out");
}

static void a_killed_order_names_the_stop(void **state)
{
	(void)state;
	struct stop_record other = {
		.scope = SCOPE_ACCOUNT, .id = 18, .state = STATE_KILLED, .reason = "other"};
	struct stop_record stop = {.scope = SCOPE_ACCOUNT,
		.id = 17,
		.state = STATE_KILLED,
		.uid = 1000,
		.writer = STOP_BY_DOOR,
		.reason = "run away"};
	turn_write(1);
	record_write(RECORD_STOP, &stop, sizeof stop);
	record_write(RECORD_STOP, &other, sizeof other);
	turn_write(2);
	struct receipt receipt = receipt_of(8, LANE_KILLED);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(8), CODE_ROWS);
	says("the stop: account 17 (alpha) was set to killed at 2019-01-29T21:00:01.000000Z by the "
	     "kill door, uid 1000: run away");
}

static void release_write(enum scope scope, uint32_t id)
{
	struct release_record release = {.scope = (uint8_t)scope, .id = id, .latch = 1};
	record_write(RECORD_RELEASE, &release, sizeof release);
}

/* Control 18: the fold halts a strategy by itself; an older halt of the account was released long ago. */
static void a_trip_is_named_and_a_stop_that_was_released_is_not(void **state)
{
	(void)state;
	struct stop_record old = {
		.scope = SCOPE_ACCOUNT, .id = 17, .state = STATE_HALTED, .reason = "lunch"};
	struct stop_record trip = {.scope = SCOPE_STRATEGY,
		.id = 3,
		.state = STATE_HALTED,
		.writer = STOP_BY_GATE,
		.reason = "executed more often than max_fills"};
	struct receipt receipt = receipt_of(8, LANE_HALTED);
	turn_write(1);
	record_write(RECORD_TRIP, &trip, sizeof trip);
	record_write(RECORD_STOP, &old, sizeof old);
	release_write(SCOPE_STRATEGY, 4);
	release_write(SCOPE_ACCOUNT, 17);
	turn_write(2);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(8), CODE_ROWS);
	says("the trip: the gate itself set strategy 3 (quoting) to halted at "
	     "2019-01-29T21:00:01.000000Z: executed more often than max_fills");
	says("it stands where the journal ends, until a person releases it");
	assert_null(strstr(told, "lunch"));
	/* Released later, it was in the way all the same, and stands no more. */
	release_write(SCOPE_STRATEGY, 3);
	assert_int_equal(tell(8), CODE_ROWS);
	says("executed more often than max_fills");
	assert_null(strstr(told, "where the journal ends"));
}

static void a_state_that_no_stop_explains_is_said_so(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(8, LANE_HALTED);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(8), CODE_ROWS);
	says("none of the last 256 stops of the journal covers it: see show stops");
	receipt = receipt_of(9, LANE_REDUCE_ONLY);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(9), CODE_ROWS);
	says("the account has open orders at a venue that is gone");
}

static void day_write(enum day_change change, uint32_t uid, const char *reason)
{
	struct day_record day = {.change = (uint8_t)change, .uid = uid, .wall_ns = WALL_NS};
	memcpy(day.reason, reason, strlen(reason));
	record_write(RECORD_DAY, &day, sizeof day);
}

static void an_order_that_the_end_of_the_day_refused_is_told_so(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(7, LANE_HALTED);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	day_write(DAY_ENDS, 1001, "the venue closes early");
	receipt = receipt_of(8, LANE_HALTED);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	day_write(DAY_CLOSES, DAY_BY_CALENDAR, "");
	receipt = receipt_of(9, LANE_HALTED);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	day_write(DAY_BEGINS, DAY_BY_CALENDAR, "calendar");
	receipt = receipt_of(10, LANE_HALTED);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(7), CODE_ROWS);
	says("none of the last 256 stops");
	assert_int_equal(tell(8), CODE_ROWS);
	says("the day was over: it ended at 2019-01-29T21:00:00.000000Z by uid 1001: the venue "
	     "closes early; nothing new passes");
	assert_int_equal(tell(9), CODE_ROWS);
	says("it was closed at 2019-01-29T21:00:00.000000Z by the calendar: no reason given");
	assert_int_equal(tell(10), CODE_ROWS);
	says("none of the last 256 stops");
}

static void what_two_persons_said_of_an_order_is_told(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(7, LANE_NONE);
	struct resolve_record word = {.order_id = 8, .as = RESOLVE_CANCELLED, .reason = "other"};
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	record_write(RECORD_RESOLVE, &word, sizeof word);
	word = (struct resolve_record){.order_id = 7,
		.as = RESOLVE_FILLED,
		.qty = 60,
		.price_e4 = 1632500,
		.uid = 1000,
		.second_uid = 1001,
		.reason = "their desk said so"};
	record_write(RECORD_RESOLVE, &word, sizeof word);
	assert_int_equal(tell(7), CODE_ROWS);
	says("it was UNCERTAIN, and uid 1000 and uid 1001 said that at exchange it is filled 60 at "
	     "163.2500: their desk said so");
	assert_null(strstr(told, "other"));
	word.as = RESOLVE_CANCELLED;
	word.venue = 9;
	record_write(RECORD_RESOLVE, &word, sizeof word);
	assert_int_equal(tell(7), CODE_ROWS);
	says("said that at ? it is cancelled: their desk");
}

static void an_order_that_died_with_its_venues_session_is_told_so(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(7, LANE_NONE);
	const struct ended_record other = {.order_id = 8, .qty = 5},
				  own = {.order_id = 7, .qty = 60};
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	record_write(RECORD_ENDED, &other, sizeof other);
	record_write(RECORD_ENDED, &own, sizeof own);
	assert_int_equal(tell(7), CODE_ROWS);
	says("ended with its venue's session: its day was over and 60 shares were open");
	assert_null(strstr(told, "and 5 shares"));
}

/* Control 20. */
static void a_self_trade_names_the_order_that_it_would_have_met(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(42, LANE_SELF_TRADE);
	receipt.met_id = 41;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(42), CODE_ROWS);
	says("REFUSED: SELF_TRADE (control 20)");
	says("it would have traded with order 41, open then and of the same account or self-trade "
	     "group: see why 41");
	/* The first reason may be another one. */
	receipt.order_id = 43;
	receipt.lane = LANE_PRICE_COLLAR;
	receipt.mask |= 1ull << LANE_PRICE_COLLAR;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(43), CODE_ROWS);
	says("also wrong: SELF_TRADE");
	says("see why 41");
}

/* Control 30. */
static void a_slice_names_the_order_that_was_refused_for_its_size(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(45, LANE_SLICING);
	receipt.usage = 5009;
	receipt.limit = 5000;
	receipt.met_id = 44;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(45), CODE_ROWS);
	says("REFUSED: SLICING (control 30)");
	says("it measured 5009 bps, the limit is 5000 bps");
	says("it brings back a part of order 44, which was refused for its size: see why 44");
}

/* Control 25. */
static void a_child_names_its_parent_and_what_is_left_of_it(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(46, LANE_PARENT);
	receipt.usage = 25001;
	receipt.limit = 25000;
	receipt.parent = 417;
	receipt.account = 17;
	receipt.owner_scope = SCOPE_STRATEGY;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(46), CODE_ROWS);
	says("it is a child of parent 417 of account 17");
	says("REFUSED: PARENT (control 25)");
	says("it measured 25001 shares, the limit is 25000 shares, stated by strategy");
}

/* Control 23. */
static void a_market_order_says_where_its_price_is_from(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(47, LANE_NONE);
	receipt.flags |= RECEIPT_MARKET;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(47), CODE_ROWS);
	says("it came as a market order: its price is the furthest that the collars allow");
}

static void every_cause_of_a_cancel_has_a_name(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(42, LANE_NONE);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	for (uint8_t cause = CANCEL_BY_CLIENT; cause <= CANCEL_BY_PERSONS; cause++) {
		struct cancel_record cancel = {.order_id = 42, .cause = cause};
		record_write(RECORD_CANCEL, &cancel, sizeof cancel);
	}
	assert_int_equal(tell(42), CODE_ROWS);
	says("cancelled whole by the silence of its client");
	says("cancelled whole by a newer order of its group, refused because it would have met it");
	assert_null(strstr(told, "by ?"));
}

static void a_passed_order_is_followed_to_its_end(void **state)
{
	(void)state;
	uint8_t accepted[64] = {'A'}, executed[36] = {'E'}, cancelled[18] = {'C'},
		other[36] = {'E'};
	struct receipt receipt = receipt_of(42, LANE_NONE);
	struct sent_record sent = {.order_id = 42, .venue_ref = 501, .kind = DECISION_ENTER};
	struct cancel_record cancel = {.order_id = 42, .venue_ref = 501, .cause = CANCEL_BY_KILL};
	store_be32(accepted + 9, 501);
	store_be32(accepted + 14, 100);
	store_be64(accepted + 26, 105000);
	store_be64(accepted + 36, 777);
	store_be32(executed + 9, 501);
	store_be32(executed + 13, 40);
	store_be64(executed + 17, 104900);
	executed[25] = 'R';
	store_be64(executed + 26, 99);
	store_be32(cancelled + 9, 501);
	store_be32(cancelled + 13, 60);
	cancelled[17] = 'U';
	store_be32(other + 9, 502);
	turn_write(1);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	record_write(RECORD_SENT, &sent, sizeof sent);
	venue_write(accepted, sizeof accepted);
	venue_write(other, sizeof other);
	turn_write(2);
	venue_write(executed, sizeof executed);
	record_write(RECORD_CANCEL, &cancel, sizeof cancel);
	venue_write(cancelled, sizeof cancelled);
	assert_int_equal(tell(42), CODE_ROWS);
	says("PASSED: every lane was within its limit; at the venue it is UserRefNum 501");
	says("the order was handed to the venue as UserRefNum 501");
	says("the venue ACCEPTED 100 at 10.5000, its order 777");
	says("21:00:02.000000Z  EXECUTED 40 at 10.4900, liquidity R, match 99");
	says("cancelled whole by a kill");
	says("the venue CANCELLED 60 shares, reason U");
	says("order 42, 6 events");
}

static void a_short_venue_message_is_not_read_past_its_end(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(42, LANE_NONE);
	uint8_t message[13] = {'E'};
	store_be32(message + 9, 501);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	venue_write(message, sizeof message);
	venue_write(message, 5);
	record_write(RECORD_VENUE_IN, message, 3);
	record_write(RECORD_RECEIPT, &receipt, 20);
	assert_int_equal(tell(42), CODE_ROWS);
	says("EXECUTED 0 at 0.0000");
}

static void the_same_number_in_another_session_of_the_venue_is_another_order(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(42, LANE_NONE);
	struct session_record session = {.session = 200, .change = SESSION_VENUE_NEW};
	uint8_t cancelled[18] = {'C'};
	store_be32(cancelled + 9, 501);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	record_write(RECORD_SESSION, &session, sizeof session);
	venue_write(cancelled, sizeof cancelled);
	assert_int_equal(tell(42), CODE_ROWS);
	says("order 42, 1 events");
}

static void an_order_nobody_decided_on_is_not_found(void **state)
{
	(void)state;
	turn_write(1);
	assert_int_equal(tell(43), CODE_NOT_FOUND);
}

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
	inspect_tell(inspect, &answer, durable);
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
	json_decref(row);
	row = told_of(RECORD_POSITION, &position, sizeof position);
	COUNTED(row, "account", 17);
	COUNTED(row, "shares", -40);
	COUNTED(row, "cost_e4", 1000);
	COUNTED(row, "price_e4", 2000);
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

/* EUR is an hour good; ZVZZT is priced in it.  Nobody ever stated a rate of JPY. */
static void site_is_mixed(void)
{
	site.currency_count = 3;
	site.currencies[1] = (struct currency_config){.name = "EUR",
		.max_age_ns = UINT64_C(3600000000000),
		.rate_e8 = 108500000,
		.as_of_wall_ns = WALL_NS - UINT64_C(3600000000000)};
	site.currencies[2] = (struct currency_config){.name = "JPY", .max_age_ns = 1000};
	symbols[0].currency = 1;
}

static struct receipt receipt_without_sums(uint64_t order)
{
	struct receipt receipt = receipt_of(order, LANE_GROSS_EXPOSURE);
	for (unsigned lane = LANE_GROSS_EXPOSURE; lane <= LANE_PORTFOLIO_RISK; lane++)
		receipt.mask |= 1ull << lane;
	receipt.usage = INT64_MAX;
	return receipt;
}

static void an_order_that_lacked_a_rate_says_which(void **state)
{
	const struct rate_record rate = {
		.currency = 1, .uid = 1000, .rate_e8 = 110000000, .as_of_wall_ns = WALL_NS};
	(void)state;
	site_is_mixed();
	turn_write(1);
	struct receipt receipt = receipt_without_sums(42);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	record_write(RECORD_RATE, &rate, sizeof rate);
	receipt = receipt_without_sums(43);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	receipt = receipt_of(44, LANE_GROSS_EXPOSURE);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	receipt = receipt_of(45, LANE_MAX_ORDER_VALUE);
	receipt.symbol = 0;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(42), CODE_ROWS);
	says("the rate of EUR, which its price is in, was older than 3600 s, or of a later time: "
	     "rates set EUR <rate>");
	says("nobody had stated a rate of JPY, which sums may hold: rates set JPY <rate>");
	tell(43);
	assert_null(strstr(told, "rate of EUR"));
	says("nobody had stated a rate of JPY");
	tell(44);
	assert_null(strstr(told, "rates set"));
	tell(45);
	assert_null(strstr(told, "rates set"));
	symbols[0].currency = 2;
	tell(45);
	says("nobody had stated a rate of JPY, which its price is in: rates set JPY <rate>");
	memset(&site, 0, sizeof site);
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
		ONE(a_refused_order_names_everything_that_was_wrong),
		ONE(an_order_that_the_end_of_the_day_refused_is_told_so),
		ONE(an_order_that_died_with_its_venues_session_is_told_so),
		ONE(a_change_of_the_day_and_an_ended_order_are_told_whole),
		ONE(what_two_persons_said_of_an_order_is_told),
		ONE(what_two_persons_said_is_a_record),
		ONE(what_a_lane_measures_is_told_in_its_unit),
		ONE(the_second_of_two_limits_is_named),
		ONE(a_limit_nobody_stated_is_said_so),
		ONE(a_killed_order_names_the_stop),
		ONE(a_trip_is_named_and_a_stop_that_was_released_is_not),
		ONE(a_state_that_no_stop_explains_is_said_so),
		ONE(a_self_trade_names_the_order_that_it_would_have_met),
		ONE(a_slice_names_the_order_that_was_refused_for_its_size),
		ONE(a_child_names_its_parent_and_what_is_left_of_it),
		ONE(a_market_order_says_where_its_price_is_from),
		ONE(every_cause_of_a_cancel_has_a_name),
		ONE(a_passed_order_is_followed_to_its_end),
		ONE(a_short_venue_message_is_not_read_past_its_end),
		ONE(the_same_number_in_another_session_of_the_venue_is_another_order),
		ONE(an_order_nobody_decided_on_is_not_found),
		ONE(an_intact_journal_is_called_intact_and_a_flipped_bit_damaged),
		ONE(export_goes_page_by_page),
		ONE(every_type_of_record_becomes_an_object),
		ONE(each_cause_of_a_cancel_has_its_word),
		ONE(a_trade_and_a_position_are_told_whole),
		ONE(an_order_that_lacked_a_rate_says_which),
		ONE(a_rate_is_told_whole),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.story", tests, NULL, NULL);
}
