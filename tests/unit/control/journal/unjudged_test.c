/* unjudged_test.c - why, of an order that could not be judged in all: what was missing, and nothing that was not so.
   rooms: control_journal */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/ouch50.h"
#include "tests/unit/control/journal/why.h"

static void lacks(const char *part)
{
	if (strstr(told, part) != NULL)
		fail_msg("expected no \"%s\" in: %s", part, told);
}

/* All that breaches where an input of all of it is missing. */
static struct receipt missing(uint64_t order, uint8_t lane)
{
	struct receipt receipt = receipt_of(order, lane);
	for (unsigned i = LANE_NO_REFERENCE; i <= LANE_COLLAR_WINDOW; i++)
		receipt.mask |= UINT64_C(1) << i;
	for (unsigned i = LANE_GROSS_EXPOSURE; i <= LANE_CONCENTRATION; i++)
		receipt.mask |= UINT64_C(1) << i;
	receipt.mask |= UINT64_C(1) << LANE_OVERFLOW;
	receipt.reference_source = REFERENCE_NONE;
	receipt.reference_e4 = 0;
	receipt.usage = INT64_MAX;
	return receipt;
}

static void top_write(const struct top_used *top)
{
	const struct turn_inputs turn = {.turn = 2, .wall_ns = WALL_NS, .now_ns = 9000000000};
	record_write(RECORD_TURN, &turn, sizeof turn);
	record_write(RECORD_TOP, top, sizeof *top);
}

static void what_lacks_a_reference_is_not_said_to_have_lost_too_much(void **state)
{
	(void)state;
	struct top_used top = {.symbol = 0,
		.close_age_s = 120,
		.channel_age_ns = 812500000,
		.top = {.bid_e4 = 1630000,
			.last_e4 = 1625000,
			.last_ns = 4000000000,
			.close_e4 = 1620000}};
	top_write(&top);
	struct receipt receipt = missing(42, LANE_NO_REFERENCE);
	receipt.mask |= UINT64_C(1) << LANE_TABLE_FULL;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(42), CODE_ROWS);
	says("REFUSED: NO_REFERENCE");
	says("  not judged, because no reference was fresh: PRICE_COLLAR, PRICE_COLLAR_TICKS, "
	     "EXIT_COLLAR, COLLAR_WINDOW, GROSS_EXPOSURE, NET_EXPOSURE, CREDIT, LOSS, DRAWDOWN, "
	     "MARGIN, PORTFOLIO_RISK, CONCENTRATION, OVERFLOW\n");
	lacks("has lost more");
	lacks("also wrong: OVERFLOW");
	says("also wrong: TABLE_FULL");
	says("  its market then: channel 812.500 ms old; bid 163.0000, ask none; last trade "
	     "162.5000, 5000.000 ms old; close 162.0000, 120 s old");
}

static void of_stale_data_it_is_said_whether_it_was_a_gap_its_age_or_crossed(void **state)
{
	(void)state;
	struct top_used top = {.symbol = 0,
		.close_age_s = UINT32_MAX,
		.channel_age_ns = UINT64_MAX,
		.top = {.bid_e4 = 1630000, .ask_e4 = 1630000, .stale = 1, .close_e4 = 1}};
	top_write(&top);
	struct receipt receipt = missing(42, LANE_STALE_MARKET_DATA);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(42), CODE_ROWS);
	says("  its market then: channel never heard, or not since a gap, a gap open; bid "
	     "163.0000, ask 163.0000, crossed or locked\n");
	says("also wrong: NO_REFERENCE");
	says("not judged, because no reference was fresh: PRICE_COLLAR,");
	/* Another turn's market is none of this one's. */
	turn_write(3);
	receipt.order_id = 43;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(43), CODE_ROWS);
	lacks("its market then");
}

/* The order as its client sent it. */
static void client_write(const char *symbol, const char *mpid)
{
	struct {
		struct message_record head;
		uint8_t bytes[128];
	} message = {.head = {.session = 2}};
	struct ouch_in in = {.type = 'O',
		.side = 'B',
		.ref = 9,
		.qty = 100,
		.price_e4 = 105000,
		.symbol = symbol_pack(symbol),
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'A',
		.iso = 'N',
		.cross_type = 'N'};
	memset(in.clordid, ' ', sizeof in.clordid);
	if (mpid != NULL) {
		in.options.present = 1u << 2;
		in.options.value[2] = load_be32((const uint8_t *)mpid);
	}
	message.head.size_bytes = ouch50_build_in(message.bytes, sizeof message.bytes, &in);
	assert_int_not_equal(message.head.size_bytes, 0);
	site.sessions[0] = (struct session_config){.id = 2};
	site.session_count = 1;
	record_write(RECORD_CLIENT_IN, &message, sizeof message.head + message.head.size_bytes);
}

static void an_unknown_symbol_is_named_and_nothing_of_it_is_judged(void **state)
{
	(void)state;
	struct receipt receipt = missing(42, LANE_UNKNOWN_SYMBOL);
	receipt.symbol = SYMBOL_NONE;
	receipt.mask |= UINT64_C(1) << LANE_TICK_SIZE | UINT64_C(1) << LANE_NOT_CONFIGURED |
			UINT64_C(1) << LANE_SESSION_RATE;
	turn_write(1);
	client_write("NOSUCH", NULL);
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(42), CODE_ROWS);
	says("it named the symbol \"NOSUCH\", which the symbols file has not");
	says("not judged, because the symbol is unknown: NOT_CONFIGURED, TICK_SIZE, NO_REFERENCE, "
	     "PRICE_COLLAR,");
	lacks("no reference was fresh: ");
	lacks("has lost more");
	says("also wrong: SESSION_RATE");
}

static void an_unknown_account_is_named(void **state)
{
	(void)state;
	struct receipt receipt = missing(42, LANE_UNKNOWN_ACCOUNT);
	receipt.account = 0;
	turn_write(1);
	client_write("ZVZZT", "WRNG");
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(42), CODE_ROWS);
	says("it named the account \"WRNG\", for which session 2 does not speak");
	says("not judged, because no file of the site has the account: NO_REFERENCE, ");
	client_write("ZVZZT", NULL);
	receipt.order_id = 43;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(43), CODE_ROWS);
	says("it named no account, and session 2 has none for such orders");
	/* One that the site has is judged, whoever may speak for it. */
	receipt = receipt_of(44, LANE_UNKNOWN_ACCOUNT);
	receipt.mask |= UINT64_C(1) << LANE_LOSS;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(44), CODE_ROWS);
	says("also wrong: LOSS");
	lacks("not judged");
}

static void without_a_price_nothing_of_money_is_judged(void **state)
{
	(void)state;
	struct receipt receipt = receipt_of(42, LANE_TICK_SIZE);
	receipt.price_e4 = 0;
	receipt.mask |= UINT64_C(1) << LANE_OVERFLOW | UINT64_C(1) << LANE_OPEN_BUY_VALUE;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	assert_int_equal(tell(42), CODE_ROWS);
	says("not judged, because its price is none: OPEN_BUY_VALUE, OVERFLOW\n");
	lacks("also wrong");
}

static int end_all(void **state)
{
	site.session_count = 0;
	return end(state);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end_all)
	const struct CMUnitTest tests[] = {
		ONE(what_lacks_a_reference_is_not_said_to_have_lost_too_much),
		ONE(of_stale_data_it_is_said_whether_it_was_a_gap_its_age_or_crossed),
		ONE(an_unknown_symbol_is_named_and_nothing_of_it_is_judged),
		ONE(an_unknown_account_is_named),
		ONE(without_a_price_nothing_of_money_is_judged),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.unjudged", tests, NULL, NULL);
}
