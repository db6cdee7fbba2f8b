/* story_test.c - a journal written record by record, then told: why. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/shm/mark.h"
#include "tests/unit/control/journal/why.h"

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
		{LANE_NO_LOCATE, "2500000 shares"}, {LANE_CONCENTRATION, "2500000 bps"},
		{LANE_ORDER_TO_TRADE, "2500000 messages"},
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
		{LANE_CONCENTRATION, 6000, "  by max_sector_share"},
		{LANE_MAX_ORDER_QUANTITY, 500, "  by max_order_quantity_extended"},
		{LANE_MAX_ORDER_VALUE, 500, "  by max_order_value_extended"},
		{LANE_PORTFOLIO_RISK, 1000000, "  by max_stress_share: the loss under stress is"},
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

/* The firm's is of another sum, and is not what is missing. */
static void whose_limit_is_missing_is_said(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(81, LANE_ACCOUNT_WINDOW);
	receipt.limit = INT64_MIN;
	receipt.flags = RECEIPT_NO_LIMIT;
	receipt.owner_scope = SCOPE_COUNT;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(81), CODE_ROWS);
	says("no limit order_rate is stated for it, where it would be stated by: account;");
	receipt.order_id = 82;
	receipt.lane = LANE_GROSS_EXPOSURE;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(82), CODE_ROWS);
	says("a scope that has to state a limit for it states none, whatever others state");
}

/* Such limits stand in site.yaml, and no one can load others. */
static void a_limit_of_the_site_is_said_to_be_the_sites(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(83, LANE_CONTROL_SILENT);
	receipt.usage = 2000000000;
	receipt.limit = 1000000000;
	receipt.owner_scope = SCOPE_COUNT;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(83), CODE_ROWS);
	says("stated by site.yaml's max_silence of control");
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
	says("no limit max_order_value is stated for it, where it would be stated by: firm, "
	     "account, "
	     "symbol, symbol within account");
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

/* Whoever lifted the kill did not lift the loss that had come before it, or under it. */
static void a_trip_under_a_stop_that_was_released_is_named(void **state)
{
	(void)state;
	struct stop_record kill = {
		.scope = SCOPE_ACCOUNT, .id = 17, .state = STATE_KILLED, .reason = "runaway"};
	struct stop_record trip = {.scope = SCOPE_ACCOUNT,
		.id = 17,
		.state = STATE_REDUCE_ONLY,
		.writer = STOP_BY_GATE,
		.reason = "loss 101.00 above 100.00"};
	struct receipt receipt = receipt_of(8, LANE_REDUCE_ONLY);
	struct receipt next = receipt_of(9, LANE_REDUCE_ONLY);
	turn_write(1);
	record_write(RECORD_STOP, &kill, sizeof kill);
	record_write(RECORD_STOP, &trip, sizeof trip);
	release_write(SCOPE_ACCOUNT, 17);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(8), CODE_ROWS);
	says("the gate itself set account 17 (alpha) to reduce-only at "
	     "2019-01-29T21:00:01.000000Z: loss 101.00 above 100.00");
	record_write(RECORD_STOP, &kill, sizeof kill);
	release_write(SCOPE_ACCOUNT, 17);
	record_write(RECORD_RECEIPT, &next, sizeof next);
	assert_int_equal(tell(9), CODE_ROWS);
	says("loss 101.00 above 100.00");
	says("it stands where the journal ends");
	release_write(SCOPE_ACCOUNT, 17);
	assert_int_equal(tell(9), CODE_ROWS);
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

static void hours_write(uint32_t session, enum session_change change, uint64_t hour)
{
	const struct session_record record = {.session = session,
		.change = (uint8_t)change,
		.sequence = WALL_NS + hour * UINT64_C(3600000000000)};
	record_write(RECORD_SESSION, &record, sizeof record);
}

static void refused_write(uint64_t order, uint8_t lane)
{
	const struct receipt receipt = receipt_of(order, lane);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
}

/* Orders 1 to 6, each behind another change; what comes later explains nothing. */
static void an_order_outside_of_a_venues_hours_is_told_which_and_since_when(void **state)
{
	(void)state;
	static const char *const nothing = "outside of its hours";
	site.venue_count = 2;
	site.venues[0].session_id = 200;
	site.venues[1].session_id = 201;
	memcpy(site.venues[1].name, "second", sizeof "second");
	refused_write(1, LANE_VENUE_DOWN);
	hours_write(201, SESSION_VENUE_ENDS, 1);
	refused_write(2, LANE_VENUE_DOWN);
	refused_write(3, LANE_PRICE_COLLAR);
	hours_write(201, SESSION_VENUE_CLOSES, 3);
	hours_write(201, SESSION_VENUE_DOWN, 2); /* no change of its hours */
	hours_write(200, SESSION_VENUE_ENDS, 4);
	refused_write(4, LANE_VENUE_DOWN);
	hours_write(201, SESSION_VENUE_BEGINS, 5);
	refused_write(5, LANE_VENUE_DOWN);
	hours_write(200, SESSION_VENUE_CLOSES, 6);
	hours_write(200, SESSION_VENUE_BEGINS, 7);
	refused_write(6, LANE_VENUE_DOWN);
	assert_int_equal(tell(1), CODE_ROWS);
	assert_null(strstr(told, nothing));
	tell(2);
	says("venue second was outside of its hours by its calendar: they ended at "
	     "2019-01-29T22:00:00.000000Z");
	assert_null(strstr(told, "venue exchange"));
	tell(3);
	assert_null(strstr(told, nothing));
	tell(4);
	says("venue second was outside of its hours by its calendar: they were closed at "
	     "2019-01-30T00:00:00.000000Z");
	says("venue exchange was outside of its hours by its calendar: they ended at "
	     "2019-01-30T01:00:00.000000Z");
	tell(5);
	assert_null(strstr(told, "venue second"));
	says("venue exchange was outside of its hours by its calendar: they ended at");
	tell(6);
	assert_null(strstr(told, nothing));
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
	says("nobody knew what became of it, and uid 1000 and uid 1001 said that at exchange it is "
	     "filled 60 at "
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

/* Reg SHO: a sale is told as it was marked. */
static void a_short_sale_is_told_as_one(void **state)
{
	static const struct {
		uint8_t side, flags;
		const char *says;
	} rows[] = {{SIDE_BUY, 0, "asked to buy 100"}, {SIDE_SELL, 0, "asked to sell 100"},
		{SIDE_SELL, RECEIPT_SHORT, "asked to sell-short 100"},
		{SIDE_SELL, RECEIPT_EXEMPT, "asked to sell-short-exempt 100"}};
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct receipt receipt = receipt_of(60 + i, LANE_NONE);
		receipt.side = rows[i].side;
		receipt.flags |= rows[i].flags;
		record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
		assert_int_equal(tell(60 + i), CODE_ROWS);
		says(rows[i].says);
	}
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
	says("PASSED: every lane was within its limit; it is known at venue exchange as UserRefNum "
	     "501");
	says("the order was handed to venue exchange as UserRefNum 501");
	says("venue exchange ACCEPTED 100 at 10.5000, its order 777");
	says("21:00:02.000000Z  venue exchange EXECUTED 40 at 10.4900, liquidity R, match 99");
	says("cancelled whole by a kill");
	says("venue exchange CANCELLED 60 shares, reason U");
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
	says("order 42, 2 events");
	assert_null(strstr(told, "EXECUTED"));
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
	says("nobody had stated a rate of JPY, which sums or limits may be in: rates set JPY "
	     "<rate>");
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
	symbols[0].currency = 0;
	site.venue_count = 1;
	site.venues[0].fees = (struct fees_config){.has_currency = true, .currency = 2};
	snprintf(site.venues[0].name, sizeof site.venues[0].name, "west");
	tell(45);
	says("nobody had stated a rate of JPY, which fees of venue west are in, and sums or limits "
	     "may be: rates set JPY <rate>");
	site.venue_count = 0;
	receipt.order_id = 46;
	receipt.limit = INT64_MIN;
	receipt.owner_scope = SCOPE_ACCOUNT;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	tell(46);
	says("the limit that the account states is in a currency without a rate: nothing passes");
	says("nobody had stated a rate of JPY, which sums or limits may be in");
	memset(&site, 0, sizeof site);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_refused_order_names_everything_that_was_wrong),
		ONE(an_order_that_the_end_of_the_day_refused_is_told_so),
		ONE(an_order_outside_of_a_venues_hours_is_told_which_and_since_when),
		ONE(an_order_that_died_with_its_venues_session_is_told_so),
		ONE(what_two_persons_said_of_an_order_is_told),
		ONE(what_a_lane_measures_is_told_in_its_unit),
		ONE(the_second_of_two_limits_is_named),
		ONE(whose_limit_is_missing_is_said),
		ONE(a_limit_of_the_site_is_said_to_be_the_sites),
		ONE(a_limit_nobody_stated_is_said_so),
		ONE(a_killed_order_names_the_stop),
		ONE(a_trip_is_named_and_a_stop_that_was_released_is_not),
		ONE(a_trip_under_a_stop_that_was_released_is_named),
		ONE(a_state_that_no_stop_explains_is_said_so),
		ONE(a_self_trade_names_the_order_that_it_would_have_met),
		ONE(a_slice_names_the_order_that_was_refused_for_its_size),
		ONE(a_child_names_its_parent_and_what_is_left_of_it),
		ONE(a_market_order_says_where_its_price_is_from),
		ONE(a_short_sale_is_told_as_one),
		ONE(every_cause_of_a_cancel_has_a_name),
		ONE(a_passed_order_is_followed_to_its_end),
		ONE(a_short_venue_message_is_not_read_past_its_end),
		ONE(the_same_number_in_another_session_of_the_venue_is_another_order),
		ONE(an_order_nobody_decided_on_is_not_found),
		ONE(an_order_that_lacked_a_rate_says_which),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.story", tests, NULL, NULL);
}
