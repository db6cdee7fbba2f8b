/* market_test.c - show symbol and show market: what stands on the pages is told in words.
   rooms: control_command */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

enum { ZVZZT = 1, MSFT = 2 };

static void publish(const struct symbol_state *facts, const struct top_prices *top)
{
	market_state_publish(&standin.market->states[ZVZZT], facts);
	top_publish(&standin.market->tops[ZVZZT], top);
}

static void before_a_dataplane_there_is_nothing_to_show(void **state)
{
	(void)state;
	assert_int_equal(look("show symbol ZVZZT"), CODE_PLANE_ABSENT);
	assert_int_equal(look("show market"), CODE_PLANE_ABSENT);
	assert_int_equal(look("show symbol NONE"), CODE_NOT_FOUND);
}

static void what_nobody_said_is_told_as_that(void **state)
{
	(void)state;
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: not said yet: refused");
	says("no trading action was said");
	says("none known");
	says("none yet today, 10.0000 before");
	says_not("directory");
	says_not("collar");
	says_not("band");
	assert_int_equal(look("show market"), CODE_ROWS);
	says("not said yet");
	says("none");
}

static struct symbol_state whole_page(void)
{
	return (struct symbol_state){.said = 0x1FFF,
		.effective = 'P',
		.mwcb_level = 2,
		.has_band = 1,
		.breaks = 3,
		.directory = {.exch_ns = 1,
			.round_lot = 100,
			.round_lots_only = 'Y',
			.market_category = 'Q',
			.financial_status = 'D',
			.classification = 'C',
			.sub_type = "Z ",
			.authenticity = 'T',
			.luld_tier = '1',
			.ipo_flag = 'N',
			.etp_flag = 'Y',
			.inverse = 'Y'},
		.trading = {.exch_ns = UINT64_C(34200000000007), .state = 'P', .reason = "LUDP"},
		.operational = {.exch_ns = 5, .halted_on = 15},
		.short_sale = {.exch_ns = 6, .action = '2'},
		.collar = {.exch_ns = 7,
			.lower_e4 = 256700,
			.upper_e4 = 330200,
			.reference_e4 = 293450,
			.extension = 1},
		.ipo = {.exch_ns = 8, .price_e4 = 170000, .release_s = 36000, .qualifier = 'A'},
		.listing = {.exch_ns = 9, .eligibility = 'Y', .max_e4 = 180000},
		.imbalance = {.exch_ns = 10,
			.paired = 700,
			.imbalance = 800,
			.direction = 'B',
			.reference_e4 = 200000,
			.cross_type = 'C',
			.variation = 'L'},
		.retail = {.exch_ns = 11, .interest = 'A'},
		.opening = {.exch_ns = 12, .shares = 1, .price_e4 = 10000, .match = 71},
		.closing = {.exch_ns = 13, .shares = 2, .price_e4 = 20000, .match = 72},
		.reopening = {.exch_ns = 14, .shares = 3, .price_e4 = 30000, .match = 73},
		.participants = {.exch_ns = 15,
			.active = 4,
			.primary = 1,
			.excused = 5,
			.not_kept = 1,
			.last_mpid = "GSCO",
			.last_state = 'A'}};
}

static void everything_said_of_a_symbol_is_told(void **state)
{
	(void)state;
	static const char *const parts[] = {"P: paused", "09:30:00.000000007",
		"LUDP: volatility pause", "level 2 halted it", "halted on NASDAQ Texas PSX another",
		"2: price test carried over", "100 at 1.0000", "200 at 1.0100", "1.0050",
		"0.9900 today", "25.6700 to 33.0200", "round lot 100 only, TEST issue",
		"D: deficient", "inverse", "around 29.3450, extension 1", "anticipated at 10:00:00",
		"may be released", "cross C: 700 paired, 800 B over at 20.0000",
		"1 at 1.0000, match 71", "2 at 2.0000, match 72", "3 at 3.0000, match 73",
		"4 active (1 primary), 5 excused", "GSCO A; INCOMPLETE", "broken trades",
		"market Q"};
	struct symbol_state facts = whole_page();
	struct top_prices top = {.bid_e4 = 10000,
		.bid_qty = 100,
		.ask_e4 = 10100,
		.ask_qty = 200,
		.last_e4 = 10050,
		.close_e4 = 9900,
		.band_lower_e4 = 256700,
		.band_upper_e4 = 330200,
		.state = 'P'};
	publish(&facts, &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		says(parts[i]);
	assert_int_equal(look("{\"command\": \"show symbol ZVZZT\"}"), CODE_ROWS);
	says("{\"what\":\"reason\",\"value\":\"LUDP: volatility "
	     "pause\",\"at\":\"09:30:00.000000007\"}");
}

static void the_other_words_are_told_too(void **state)
{
	(void)state;
	struct symbol_state facts = whole_page();
	struct top_prices top = {.state = 'T'};
	facts.effective = 'T';
	facts.has_band = 0;
	facts.directory.authenticity = 'P';
	facts.directory.round_lots_only = facts.directory.inverse = 'N';
	facts.ipo.qualifier = 'C';
	facts.listing.eligibility = 'N';
	facts.operational.halted_on = 0;
	facts.participants.not_kept = 0;
	memcpy(facts.trading.reason, "    ", 4);
	publish(&facts, &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: trading");
	says("extension 1; over");
	says("none given");
	says("live issue");
	says("cancelled or postponed");
	says("may not be released");
	says("no market is halted");
	says_not("INCOMPLETE");
	/* What no terminal should get is not given to it. */
	memcpy(facts.trading.reason, "\x1b[2J", 4);
	facts.directory.market_category = 0x80;
	publish(&facts, &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says_not("\x1b");
	says("[2J");
}

static void what_a_venue_does_not_say_of_an_issue_is_left_out(void **state)
{
	(void)state;
	struct symbol_state facts = {.said = SAID_DIRECTORY,
		.effective = 'T',
		.directory = {
			.exch_ns = 1, .round_lot = 100, .authenticity = 'P', .luld_tier = '2'}};
	struct top_prices top = {.state = 'T'};
	publish(&facts, &top);
	assert_int_equal(look("{\"command\": \"show symbol ZVZZT\"}"), CODE_ROWS);
	says("{\"what\":\"directory\",\"value\":\"round lot 100, live issue\"");
	says("{\"what\":\"listing\",\"value\":\"LULD tier 2\"");
	facts.directory.luld_tier = 0;
	publish(&facts, &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says_not("listing");
}

static void why_a_symbol_may_not_trade_is_the_first_sentence(void **state)
{
	(void)state;
	struct symbol_state facts = {.said = SAID_TRADING, .effective = 'T', .trading.state = 'T'};
	struct top_prices top = {.state = 'T'};
	struct channel_facts channel = {.said = SAID_PHASE, .phase = 'E'};
	publish(&facts, &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: trading");
	channel_market_publish(&standin.market->channel_facts[0], &channel);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: E: end of system hours");
	top.operational = 1;
	publish(&facts, &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: halted operationally");
	facts.effective = top.state = 'X';
	publish(&facts, &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: X: a test issue");
	top.stale = 1;
	top.channel = 200;
	publish(&facts, &top);
	assert_int_equal(look("show symbol ZVZZT"), CODE_ROWS);
	says("ZVZZT: STALE");
}

static void a_page_that_is_never_finished_is_said_so(void **state)
{
	(void)state;
	atomic_fetch_add(&standin.market->states[ZVZZT].lock, 1);
	assert_int_equal(look("show symbol ZVZZT"), CODE_STAGE_SILENT);
	says("being written");
	atomic_fetch_add(&standin.market->states[ZVZZT].lock, 1);
	atomic_fetch_add(&standin.market->tops[ZVZZT].lock, 1);
	assert_int_equal(look("show symbol ZVZZT"), CODE_STAGE_SILENT);
}

static void the_market_is_told_by_channel(void **state)
{
	(void)state;
	struct channel_facts channel = {.said = SAID_PHASE | SAID_MWCB_LEVELS | SAID_MWCB_STATUS,
		.phase = 'Q',
		.phase_ns = UINT64_C(34200000000000),
		.mwcb_level = 1,
		.mwcb_levels = {500012345678, 400000000000, 300000000001}};
	struct top_prices top = {.state = 'T'};
	channel_market_publish(&standin.market->channel_facts[0], &channel);
	top_publish(&standin.market->tops[ZVZZT], &top);
	top.state = 'H';
	top_publish(&standin.market->tops[MSFT], &top);
	assert_int_equal(look("{\"command\": \"show market\"}"), CODE_ROWS);
	says("\"phase\":\"Q: market hours\",\"since\":\"09:30:00.000000000\",\"breaker\":\"LEVEL "
	     "1\"");
	says("\"level_1\":\"5000.12345678\",\"level_2\":\"4000.00000000\",\"level_3\":\"3000."
	     "00000001\"");
	says("\"trading\":1,\"halted\":1,\"paused\":0,\"quoting\":0,\"test\":0,\"unknown\":0");
}

#define SHOW_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			before_a_dataplane_there_is_nothing_to_show, begin_alone, end_alone),
		SHOW_TEST(what_nobody_said_is_told_as_that),
		SHOW_TEST(everything_said_of_a_symbol_is_told),
		SHOW_TEST(the_other_words_are_told_too),
		SHOW_TEST(what_a_venue_does_not_say_of_an_issue_is_left_out),
		SHOW_TEST(why_a_symbol_may_not_trade_is_the_first_sentence),
		SHOW_TEST(a_page_that_is_never_finished_is_said_so),
		SHOW_TEST(the_market_is_told_by_channel),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.market", tests, NULL, NULL);
}
