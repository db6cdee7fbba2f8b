/* state_test.c - what the venue says of its market, and what becomes of it: through a whole feed, message by
   message. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/support/capture.h"
#include "tests/support/feed_rig.h"

static struct feed_rig *rig;
static uint64_t sent, exch_ns;

static int rig_open_one(void **state)
{
	(void)state;
	rig = feed_rig_open("", 1);
	sent = 0;
	exch_ns = UINT64_C(36000) * 1000000000;
	return 0;
}

static int rig_close_one(void **state)
{
	(void)state;
	feed_rig_close(rig);
	return 0;
}

/* say sends one message: fields after the header are `body`, from offset 11 on. */
static void say(char type, uint16_t locate, const void *body, uint32_t body_bytes)
{
	uint8_t message[ITCH50_SIZE_MAX] = {(uint8_t)type};
	assert_int_equal(11 + body_bytes, itch50_size((uint8_t)type));
	store_be16(message + 1, locate);
	store_be48(message + 5, exch_ns);
	memcpy(message + 11, body, body_bytes);
	feed_rig_say_bytes(rig, message, 11 + body_bytes);
	for (; sent < rig->message_count; sent++)
		feed_rig_send(rig, 0, sent + 1, 1);
	feed_rig_poll(rig);
}

#define SAY(type, locate, body) say(type, locate, body, sizeof(body) - 1)

static void say_event(const struct event *event)
{
	struct event copy = *event;
	copy.locate = 1;
	copy.symbol = symbol_pack("AAPL");
	copy.exch_ns = exch_ns;
	feed_rig_say(rig, &copy);
	for (; sent < rig->message_count; sent++)
		feed_rig_send(rig, 0, sent + 1, 1);
	feed_rig_poll(rig);
}

static struct top_prices top(void)
{
	return feed_rig_top(rig, FEED_RIG_AAPL);
}

static struct symbol_state facts(uint32_t symbol)
{
	struct symbol_state found;
	assert_true(market_state_read(&rig->market->states[symbol], &found));
	assert_int_equal(found.effective, feed_rig_top(rig, symbol).state);
	return found;
}

static struct channel_facts channel(void)
{
	struct channel_facts found;
	assert_true(channel_market_read(&rig->market->channel_facts[0], &found));
	return found;
}

/* reopen starts the day anew on a site of another kind. */
static void reopen(enum site_kind kind)
{
	struct config_error error;
	feed_close(rig->feed);
	rig->site.kind = (uint8_t)kind;
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
	assert_non_null(rig->feed);
	rig->message_count = 0;
	sent = 0;
	memset(&rig->region->metrics, 0, sizeof rig->region->metrics);
	memset(&rig->market->channels[0], 0, sizeof rig->market->channels[0]);
	memset(rig->market->states, 0, 2 * sizeof rig->market->states[0]);
	memset(rig->market->tops, 0, 2 * sizeof rig->market->tops[0]);
}

static void a_listed_symbol_is_halted_until_somebody_says_it_trades(void **state)
{
	(void)state;
	assert_int_equal(top().state, 0);
	SAY('R', 1, "AAPL    QN\0\0\0\x64NCZ PNN1N\0\0\0\3Y");
	assert_int_equal(top().state, 'H');
	struct symbol_state found = facts(FEED_RIG_AAPL);
	assert_int_equal(found.said, SAID_DIRECTORY);
	assert_int_equal(found.directory.round_lot, 100);
	assert_int_equal(found.directory.luld_tier, '1');
	assert_int_equal(found.directory.etp_leverage, 3);
	assert_int_equal(found.directory.inverse, 'Y');
	assert_int_equal(found.directory.exch_ns, exch_ns);
	SAY('H', 1, "AAPL    T     ");
	assert_int_equal(top().state, 'T');
	SAY('H', 1, "AAPL    P LUDP");
	assert_int_equal(top().state, 'P');
	found = facts(FEED_RIG_AAPL);
	assert_memory_equal(found.trading.reason, "LUDP", 4);
	/* The directory may come again: it opens and halts nothing. */
	SAY('H', 1, "AAPL    T T3  ");
	SAY('R', 1, "AAPL    QN\0\0\0\x64NCZ PNN1N\0\0\0\0N");
	assert_int_equal(top().state, 'T');
}

static void a_test_issue_trades_only_on_a_simulation(void **state)
{
	(void)state;
	static const enum site_kind kinds[] = {
		SITE_PRODUCTION, SITE_CERTIFICATION, SITE_SIMULATION};
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		uint8_t expected = kinds[i] == SITE_SIMULATION ? 'T' : 'X';
		reopen(kinds[i]);
		SAY('H', 1, "AAPL    T     ");
		assert_int_equal(top().state, 'T');
		SAY('R', 1, "AAPL    QN\0\0\0\x64NCZ TNN1N\0\0\0\0N");
		assert_int_equal(top().state, expected);
		SAY('H', 1, "AAPL    T     ");
		assert_int_equal(top().state, expected);
	}
}

static void is_of_texas(struct site_config *site)
{
	site->channels[0].market = 'B';
}

static void a_channel_of_a_market_is_halted_with_that_and_with_what_nobody_knows(void **state)
{
	static const struct {
		const char *halt, *end;
		uint8_t bit, is_halted;
	} rows[] = {{"AAPL    QH", "AAPL    QT", 1, 0}, {"AAPL    BH", "AAPL    BT", 2, 1},
		{"AAPL    XH", "AAPL    XT", 4, 0}, {"AAPL    ZH", "AAPL    ZT", 8, 1}};
	(void)state;
	feed_rig_close(rig);
	rig = feed_rig_open_edited("", 1, is_of_texas);
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		say('h', 1, rows[i].halt, 10);
		assert_int_equal(facts(FEED_RIG_AAPL).operational.halted_on, rows[i].bit);
		assert_int_equal(top().operational, rows[i].is_halted);
		say('h', 1, rows[i].end, 10);
		assert_int_equal(top().operational, 0);
	}
}

static void an_operational_halt_is_kept_per_market(void **state)
{
	(void)state;
	static const char *const halts[] = {"AAPL    QH", "AAPL    BH", "AAPL    XH", "AAPL    ZH"};
	static const char *const ends[] = {"AAPL    QT", "AAPL    BT", "AAPL    XT", "AAPL    ZT"};
	for (unsigned i = 0; i < 4; i++) {
		say('h', 1, halts[i], 10);
		assert_int_equal(top().operational, 1);
		assert_int_equal(facts(FEED_RIG_AAPL).operational.halted_on, (2u << i) - 1);
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(top().operational, 1);
		say('h', 1, ends[i], 10);
	}
	assert_int_equal(top().operational, 0);
	say('h', 1, "AAPL    \0H", 10);
	assert_int_equal(top().operational, 1);
}

static void a_short_sale_test_is_in_the_top(void **state)
{
	(void)state;
	SAY('Y', 1, "AAPL    1");
	assert_int_equal(top().short_sale, '1');
	assert_int_equal(facts(FEED_RIG_AAPL).short_sale.action, '1');
	SAY('Y', 1, "AAPL    0");
	assert_int_equal(top().short_sale, '0');
}

static void a_collar_is_the_band_until_the_symbol_trades(void **state)
{
	(void)state;
	SAY('H', 1, "AAPL    P LUDP");
	SAY('J', 1, "AAPL    \0\4\x93\xe0\0\5\x57\x30\0\4\1\x01\0\0\0\1");
	struct symbol_state found = facts(FEED_RIG_AAPL);
	assert_int_equal(found.collar.reference_e4, 300000);
	assert_int_equal(found.collar.extension, 1);
	assert_int_equal(top().band_upper_e4, 0x55730);
	assert_int_equal(top().band_lower_e4, 0x40101);
	assert_int_equal(found.has_band, 1);
	SAY('H', 1, "AAPL    Q T7  ");
	assert_int_equal(top().band_upper_e4, 0x55730);
	SAY('H', 1, "AAPL    T T7  ");
	assert_int_equal(top().band_upper_e4, 0);
	assert_int_equal(top().band_lower_e4, 0);
	found = facts(FEED_RIG_AAPL);
	assert_int_equal(found.has_band, 0);
	assert_int_equal(found.collar.reference_e4, 300000);
	/* A collar of zeros is none. */
	SAY('J', 1, "AAPL    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2");
	assert_int_equal(facts(FEED_RIG_AAPL).has_band, 0);
}

static void a_direct_listing_has_a_band_too(void **state)
{
	(void)state;
	SAY('O', 1, "AAPL    Y\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\5\0\0\0\6");
	assert_int_equal(top().band_lower_e4, 5);
	assert_int_equal(top().band_upper_e4, 6);
	assert_int_equal(facts(FEED_RIG_AAPL).listing.near_ns, 4);
}

static void auctions_are_told_on_the_page(void **state)
{
	(void)state;
	uint64_t tops = feed_rig_metric(rig, METRIC_feed_tops);
	SAY('I', 1,
		"\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\x8"
		"BAAPL    \0\0\0\1\0\0\0\2\0\0\0\3CL");
	tops = feed_rig_metric(rig, METRIC_feed_tops);
	SAY('I', 1,
		"\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\x9"
		"SAAPL    \0\0\0\1\0\0\0\2\0\0\0\3CL");
	SAY('N', 1, "AAPL    A");
	struct symbol_state found = facts(FEED_RIG_AAPL);
	assert_int_equal(found.said, SAID_IMBALANCE | SAID_RETAIL);
	assert_int_equal(found.imbalance.imbalance, 9);
	assert_int_equal(found.imbalance.direction, 'S');
	assert_int_equal(found.imbalance.reference_e4, 3);
	assert_int_equal(found.retail.interest, 'A');
	/* Nothing of it is a best price. */
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_tops), tops);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_states), 3);
}

static void an_ipo_is_found_by_its_name_when_it_has_no_locate(void **state)
{
	(void)state;
	SAY('K', 0,
		"AAPL    \0\0\x8c\xa0"
		"A\0\1\x86\xa0");
	/* Nobody said whose channel it is on: not ours to say. */
	assert_int_equal(facts(FEED_RIG_AAPL).said, 0);
	SAY('R', 1, "AAPL    QN\0\0\0\x64NCZ PNY1N\0\0\0\0N");
	SAY('K', 0,
		"AAPL    \0\0\x8c\xa0"
		"A\0\1\x86\xa0");
	SAY('K', 0,
		"ZZZZ    \0\0\x8c\xa0"
		"A\0\1\x86\xa0");
	struct symbol_state found = facts(FEED_RIG_AAPL);
	assert_int_equal(found.ipo.release_s, 36000);
	assert_int_equal(found.ipo.price_e4, 100000);
	assert_int_equal(found.ipo.qualifier, 'A');
	/* Messages without a symbol and a locate of 0 concern all, not the last IPO. */
	feed_rig_add(rig, 0, 5, SIDE_BUY, 100, 10000);
	feed_rig_poll(rig);
	assert_int_equal(top().bid_e4, 0);
}

static void participants_are_counted(void **state)
{
	(void)state;
	SAY('L', 1, "GSCOAAPL    YNA");
	SAY('L', 1, "MSCOAAPL    NNA");
	SAY('L', 1, "MSCOAAPL    NNE");
	struct symbol_state found = facts(FEED_RIG_AAPL);
	assert_int_equal(found.participants.active, 1);
	assert_int_equal(found.participants.primary, 1);
	assert_int_equal(found.participants.excused, 1);
	assert_int_equal(found.participants.exch_ns, exch_ns);
}

static void the_phase_of_the_day_is_the_channels(void **state)
{
	(void)state;
	static const char phases[] = "OSQMEC";
	for (unsigned i = 0; i < 6; i++) {
		exch_ns++;
		say('S', 0, &phases[i], 1);
		assert_int_equal(channel().phase, phases[i]);
		assert_int_equal(channel().phase_ns, exch_ns);
		assert_int_equal(rig->market->channels[0].phase, phases[i]);
	}
	/* Codes of other days are nobody's phase. */
	SAY('S', 0, "A");
	SAY('S', 0, "\0");
	assert_int_equal(channel().phase, 'C');
}

static void both_trade(void)
{
	SAY('H', 1, "AAPL    T     ");
	SAY('H', 2, "MSFT    T     ");
}

static void a_breaker_halts_all_until_each_resumes(void **state)
{
	(void)state;
	both_trade();
	SAY('V', 0, "\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1");
	assert_int_equal(channel().mwcb_levels[0], 3);
	assert_int_equal(channel().mwcb_levels[2], 1);
	assert_int_equal(top().state, 'T');
	SAY('W', 0, "1");
	assert_int_equal(top().state, 'H');
	assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).state, 'H');
	assert_int_equal(facts(FEED_RIG_MSFT).mwcb_level, 1);
	assert_int_equal(channel().mwcb_level, 1);
	SAY('H', 1, "AAPL    T MWCQ");
	assert_int_equal(top().state, 'T');
	assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).state, 'H');
	/* The second level halts again what the first one's end resumed. */
	SAY('W', 0, "2");
	assert_int_equal(top().state, 'H');
	assert_int_equal(channel().mwcb_level, 2);
}

static void late_in_the_day_only_the_third_level_halts(void **state)
{
	(void)state;
	both_trade();
	exch_ns = STATE_BREAKER_UNTIL_NS - 1;
	SAY('W', 0, "1");
	assert_int_equal(top().state, 'H');
	both_trade();
	exch_ns = STATE_BREAKER_UNTIL_NS;
	SAY('W', 0, "2");
	assert_int_equal(top().state, 'T');
	assert_int_equal(channel().mwcb_level, 2);
	SAY('W', 0, "3");
	assert_int_equal(top().state, 'H');
	/* The day is over, whoever says what. */
	both_trade();
	assert_int_equal(top().state, 'H');
	assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).state, 'H');
}

static void a_level_nobody_knows_halts(void **state)
{
	(void)state;
	both_trade();
	SAY('W', 0, "?");
	assert_int_equal(top().state, 'H');
}

static void the_closing_cross_makes_the_close(void **state)
{
	(void)state;
	struct event cross = {
		.kind = EVENT_CROSS, .other = 900, .price_e4 = 1500300, .match = 4, .code = 'O'};
	say_event(&cross);
	assert_int_equal(top().close_e4, 0);
	assert_int_equal(top().last_e4, 1500300);
	assert_int_equal(facts(FEED_RIG_AAPL).opening.shares, 900);
	cross.code = 'C';
	cross.match = 5;
	cross.price_e4 = 1500400;
	rig->now_ns = UINT64_C(7) * 60000000000 + 5;
	say_event(&cross);
	assert_int_equal(top().close_e4, 1500400);
	assert_int_equal(top().close_minute, 7);
	assert_int_equal(top().last_e4, 1500400);
	cross.code = 'H';
	cross.match = 6;
	say_event(&cross);
	assert_int_equal(facts(FEED_RIG_AAPL).reopening.match, 6);
	/* A cross of nothing is no close. */
	say_event(&(struct event){.kind = EVENT_CROSS, .match = 7, .code = 'C'});
	say_event(&(struct event){.kind = EVENT_CROSS, .other = 1, .match = 7, .code = 'C'});
	assert_int_equal(top().close_e4, 1500400);
	/* Broken, there is no close, and the trade before it is the last. */
	say_event(&(struct event){.kind = EVENT_BREAK, .match = 6});
	assert_int_equal(facts(FEED_RIG_AAPL).said, SAID_OPENING | SAID_CLOSING);
	say_event(&(struct event){.kind = EVENT_BREAK, .match = 5});
	assert_int_equal(top().close_e4, 0);
	assert_int_equal(top().close_minute, 0);
	assert_int_equal(top().last_e4, 1500300);
	assert_int_equal(facts(FEED_RIG_AAPL).breaks, 2);
}

static void a_snapshot_begins_with_nothing_said(void **state)
{
	(void)state;
	struct symbols symbols;
	struct state machine;
	symbols_init(&symbols, &rig->site);
	state_init(&machine, &rig->site, &symbols, rig->market);
	both_trade();
	SAY('S', 0, "Q");
	SAY('Y', 1, "AAPL    1");
	SAY('W', 0, "3");
	say_event(&(struct event){.kind = EVENT_TRADE, .qty = 5, .price_e4 = 1500100, .match = 3});
	state_clear_symbol(&machine, FEED_RIG_AAPL);
	assert_int_equal(top().last_e4, 1500100); /* not on any channel of this machine's */
	symbols.instruments[FEED_RIG_AAPL].channel = 0;
	symbols.instruments[FEED_RIG_MSFT].channel = 1;
	state_clear(&machine, 0);
	assert_int_equal(top().last_e4, 0);
	assert_int_equal(top().short_sale, 0);
	assert_int_equal(facts(FEED_RIG_AAPL).said, 0);
	assert_int_equal(channel().phase, 0);
	assert_int_equal(rig->market->channels[0].phase, 0);
	/* The breaker stays, and another channel's symbols are untouched. */
	assert_int_equal(top().state, 'H');
	assert_int_equal(channel().mwcb_level, 3);
	assert_int_equal(facts(FEED_RIG_MSFT).said, SAID_TRADING);
	state_return(&machine);
	symbols_return(&symbols);
}

static void events_that_say_nothing_change_nothing(void **state)
{
	(void)state;
	struct symbols symbols;
	struct state machine;
	struct state_event event = {.kind = STATE_EVENT_NONE};
	struct top_prices prices = {0};
	symbols_init(&symbols, &rig->site);
	state_init(&machine, &rig->site, &symbols, rig->market);
	assert_false(state_apply(&machine, 0, 0, &event, &prices, 1));
	state_apply_all(&machine, 0, &event);
	assert_false(state_trade(&machine, 0, &(struct trade){.match = 1}, &prices));
	assert_int_equal(rig->market->states[0].lock, 0);
	assert_int_equal(rig->market->channel_facts[0].lock, 0);
	/* Prices of wires wider than a top's bands. */
	event = (struct state_event){.kind = STATE_EVENT_COLLAR,
		.collar = {.lower_e4 = -1, .upper_e4 = INT64_C(1) << 32}};
	assert_true(state_apply(&machine, 0, 0, &event, &prices, 1));
	assert_int_equal(prices.band_lower_e4, 0);
	assert_int_equal(prices.band_upper_e4, UINT32_MAX);
	assert_int_equal(prices.state, 0);
	state_return(&machine);
	symbols_return(&symbols);
}

/* The head of a real day: directory, trading actions, restrictions, as they were sent. */
static void the_head_of_a_real_day_is_followed(void **state)
{
	(void)state;
	size_t size;
	uint8_t *file = capture_file("itch50/daily_file/nasdaq_20191230_first1000.itch", &size);
	static struct mold64_block blocks[1001];
	size_t used;
	if (file == NULL) {
		print_message("the head of the daily file is not here; skipped\n");
		skip();
	}
	/* Symbols that the file lists and gives a trading action. */
	rig->symbols[FEED_RIG_AAPL].name = symbol_pack("A");
	rig->symbols[FEED_RIG_MSFT].name = symbol_pack("AA");
	reopen(SITE_PRODUCTION);
	uint32_t count = itch50_split(file, size, blocks, ARRAY_COUNT(blocks), &used);
	for (uint32_t i = 0; i < count; i++)
		feed_rig_say_bytes(rig, blocks[i].bytes, blocks[i].size_bytes);
	for (; sent < rig->message_count; sent++)
		feed_rig_send(rig, 0, sent + 1, 1);
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_states), 1000);
	assert_int_equal(channel().phase, 'O');
	for (uint32_t symbol = 0; symbol < 2; symbol++) {
		struct symbol_state found = facts(symbol);
		assert_true((found.said & SAID_DIRECTORY) != 0);
		assert_int_equal(found.directory.round_lot, 100);
		assert_int_equal(found.effective,
			(found.said & SAID_TRADING) != 0 ? found.trading.state : 'H');
	}
	free(file);
}

#define STATE_TEST(name) cmocka_unit_test_setup_teardown(name, rig_open_one, rig_close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(a_listed_symbol_is_halted_until_somebody_says_it_trades),
		STATE_TEST(a_test_issue_trades_only_on_a_simulation),
		STATE_TEST(an_operational_halt_is_kept_per_market),
		STATE_TEST(a_channel_of_a_market_is_halted_with_that_and_with_what_nobody_knows),
		STATE_TEST(a_short_sale_test_is_in_the_top),
		STATE_TEST(a_collar_is_the_band_until_the_symbol_trades),
		STATE_TEST(a_direct_listing_has_a_band_too),
		STATE_TEST(auctions_are_told_on_the_page),
		STATE_TEST(an_ipo_is_found_by_its_name_when_it_has_no_locate),
		STATE_TEST(participants_are_counted),
		STATE_TEST(the_phase_of_the_day_is_the_channels),
		STATE_TEST(a_breaker_halts_all_until_each_resumes),
		STATE_TEST(late_in_the_day_only_the_third_level_halts),
		STATE_TEST(a_level_nobody_knows_halts),
		STATE_TEST(the_closing_cross_makes_the_close),
		STATE_TEST(a_snapshot_begins_with_nothing_said),
		STATE_TEST(events_that_say_nothing_change_nothing),
		STATE_TEST(the_head_of_a_real_day_is_followed),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.state", tests, NULL, NULL);
}
