/* quotes_names_test.c - venues that name instruments and not orders: whose an event is, and what empties them all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/feed/quotes.h"

enum { AAPL, MSFT, ELSEWHERE, SYMBOL_COUNT, OURS = 0, OTHERS = 1, NOW_NS = 5000 };

static struct site_config *site;
static struct symbol_config rows[SYMBOL_COUNT];
static struct market_region *market;
static struct symbols symbols;
static struct state state_of_market;
static struct metrics metrics;
static struct tape_writer tape;
static struct quotes *quotes;

static int quotes_open_of(enum protocol protocol)
{
	static const char *const names[SYMBOL_COUNT] = {"AAPL", "MSFT", "ELSE"};
	site = calloc(1, sizeof *site);
	quotes = aligned_alloc(CACHE_LINE_BYTES, sizeof *quotes);
	assert_true(site != NULL && quotes != NULL);
	for (uint32_t i = 0; i < SYMBOL_COUNT; i++)
		rows[i].name = symbol_pack(names[i]);
	site->symbols = rows;
	site->symbol_count = SYMBOL_COUNT;
	site->channel_count = 2;
	site->channels[OURS].protocol = (uint8_t)protocol;
	site->book_order_count = 1024;
	site->tape_event_count = 64;
	site->tape_carries = TAPE_ALL;
	market = aligned_alloc(4096, (market_size_bytes(site) + 4095) / 4096 * 4096);
	assert_non_null(market);
	memset(market, 0, market_size_bytes(site));
	market_fill(market, site);
	memset(&metrics, 0, sizeof metrics);
	memset(&symbols, 0, sizeof symbols);
	symbols_init(&symbols, site);
	state_init(&state_of_market, site, &symbols, market);
	tape_join(&tape, market, 0);
	quotes_init(quotes, OURS, site, &symbols, &state_of_market, &metrics);
	quotes->tape = &tape;
	assert_true(symbols_claim(&symbols, ELSEWHERE, OTHERS));
	return 0;
}

static int quotes_open(void **state)
{
	(void)state;
	return quotes_open_of(PROTOCOL_PITCH);
}

static int quotes_open_levels(void **state)
{
	(void)state;
	return quotes_open_of(PROTOCOL_DEEP);
}

static int quotes_end(void **state)
{
	(void)state;
	quotes_return(quotes);
	state_return(&state_of_market);
	symbols_return(&symbols);
	free(market);
	free(quotes);
	free(site);
	return 0;
}

static void say_bytes(const uint8_t *bytes, uint32_t size_bytes)
{
	struct mold64_block block = {bytes, size_bytes};
	quotes_apply(quotes, &block, 1, NOW_NS);
	tape_publish(&tape);
}

static void say(const struct event *event)
{
	uint8_t bytes[64];
	say_bytes(bytes, pitch_encode(event, bytes));
}

static void add(const char *name, uint64_t order, int64_t price_e4)
{
	say(&(struct event){.kind = EVENT_ADD,
		.symbol = symbol_pack(name),
		.order = order,
		.qty = 100,
		.price_e4 = price_e4});
}

static void trade(const char *name, uint64_t match, int64_t price_e4)
{
	say(&(struct event){.kind = EVENT_TRADE,
		.symbol = symbol_pack(name),
		.match = match,
		.qty = 10,
		.price_e4 = price_e4});
}

static struct top_prices top(uint32_t symbol)
{
	struct top_prices prices;
	assert_true(top_read(&market->tops[symbol], &prices));
	return prices;
}

static uint64_t told(void)
{
	return metrics_get(&metrics, METRIC_feed_tops);
}

static void an_order_says_whose_it_is(void **state)
{
	(void)state;
	add("MSFT", 1, 1000000);
	add("AAPL", 2, 2000000);
	say(&(struct event){.kind = EVENT_DELETE, .order = 1});
	assert_int_equal(top(MSFT).bid_e4, 0);
	assert_int_equal(top(AAPL).bid_e4, 2000000);
	assert_false(quotes->is_broken);
}

static void an_order_of_nobody_makes_every_book_doubtful_and_is_not_told(void **state)
{
	(void)state;
	add("AAPL", 1, 1000000);
	uint64_t written = tape.next;
	say(&(struct event){.kind = EVENT_DELETE, .order = 99});
	assert_true(quotes->is_broken);
	assert_int_equal(top(AAPL).stale, 1);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_unknown_order), 1);
	/* The one line says that the channel is stale. */
	assert_int_equal(tape.next, written + 1);
}

static void a_broken_trade_is_found_by_its_number(void **state)
{
	(void)state;
	trade("AAPL", 7, 1000000);
	trade("MSFT", 8, 2000000);
	trade("MSFT", 9, 2000500);
	say(&(struct event){.kind = EVENT_BREAK, .match = 9});
	assert_int_equal(top(MSFT).last_e4, 2000000);
	assert_int_equal(top(AAPL).last_e4, 1000000);
	say(&(struct event){.kind = EVENT_BREAK, .match = 1234});
	assert_int_equal(top(MSFT).last_e4, 2000000);
	assert_int_equal(top(AAPL).last_e4, 1000000);
	assert_int_equal(top(MSFT).stale, 0);
}

/* The newest line of the tape. */
static struct sluice_event newest(void)
{
	return tape.events[(tape.next - 1) & tape.mask];
}

/* Venues break a trade minutes after it was one: whoever keeps prints knows whose it was, and must hear of it. */
static void a_break_of_a_trade_that_is_long_ago_is_told_by_its_number(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= TRADE_COUNT + 1; i++)
		trade("AAPL", i, 1000000 + i);
	say(&(struct event){.kind = EVENT_BREAK, .match = 1});
	assert_int_equal(newest().kind, SLUICE_BREAK);
	assert_int_equal(newest().other, 1);
	assert_int_equal(newest().symbol, SLUICE_NONE);
	assert_int_equal(newest().channel, OURS);
	assert_int_equal(top(AAPL).last_e4, 1000000 + TRADE_COUNT + 1);
	/* One that is known still is told with its symbol. */
	say(&(struct event){.kind = EVENT_BREAK, .match = TRADE_COUNT});
	assert_int_equal(newest().other, TRADE_COUNT);
	assert_int_equal(newest().symbol, AAPL);
}

static void a_unit_that_is_cleared_leaves_every_book_empty(void **state)
{
	(void)state;
	static const uint8_t clear[6] = {6, 0x97};
	add("AAPL", 1, 1000000);
	add("MSFT", 2, 2000000);
	uint64_t before = told();
	say_bytes(clear, sizeof clear);
	assert_int_equal(top(AAPL).bid_e4, 0);
	assert_int_equal(top(MSFT).bid_e4, 0);
	/* both, and none of another channel's */
	assert_int_equal(told(), before + 2);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_book_orders), 0);
}

static void a_name_that_finds_no_room_is_counted_and_is_nobodys(void **state)
{
	(void)state;
	add("AAPL", 1, 1000000);
	uint64_t before = told(), written = tape.next;
	quotes->codec.names.count = NAMES_COUNT_MAX;
	add("ZZZZ", 2, 3000000);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_unnamed), 1);
	assert_int_equal(told(), before);
	assert_int_equal(tape.next, written);
	add("ZZZZ", 3, 3000000);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_unnamed), 2);
	assert_int_equal(top(AAPL).bid_e4, 1000000);
}

static void an_official_price_is_a_word_about_the_symbol(void **state)
{
	(void)state;
	struct event official = {.kind = EVENT_OFFICIAL,
		.symbol = symbol_pack("AAPL"),
		.code = 'C',
		.price_e4 = 1500000,
		.other = 900};
	add("AAPL", 1, 1000000);
	say(&official);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_states), 1);
	assert_int_equal(top(AAPL).close_e4, 1500000);
	assert_int_equal(top(AAPL).bid_e4, 1000000);
}

static void marked_whole_twice_is_told_once(void **state)
{
	(void)state;
	add("AAPL", 1, 1000000);
	quotes_mark_stale(quotes);
	quotes_mark_whole(quotes);
	assert_int_equal(top(AAPL).stale, 0);
	uint64_t before = told(), written = tape.next;
	quotes_mark_whole(quotes);
	assert_int_equal(told(), before);
	assert_int_equal(tape.next, written);
}

static void what_is_doubted_stays_so_when_its_channel_is_whole(void **state)
{
	(void)state;
	add("AAPL", 1, 1000000);
	add("MSFT", 2, 2000000);
	add("AAPL", 1, 1000000); /* the same order twice */
	assert_int_equal(top(AAPL).stale, 1);
	assert_int_equal(top(MSFT).stale, 0);
	quotes_mark_stale(quotes);
	assert_int_equal(top(MSFT).stale, 1);
	quotes_mark_whole(quotes);
	assert_int_equal(top(AAPL).stale, 1);
	assert_int_equal(top(MSFT).stale, 0);
}

/* Shares at this price are too dear for a book. */
static const int64_t dear_e4 = INT64_C(7300000000);

static void a_share_too_dear_for_a_book_spoils_no_others(void **state)
{
	(void)state;
	static const char *const names[] = {"AAPL", "BRK.A", "MSFT"};
	uint8_t bytes[ARRAY_COUNT(names)][64];
	struct mold64_block blocks[ARRAY_COUNT(names)];
	for (uint32_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct event e = {.kind = EVENT_ADD,
			.symbol = symbol_pack(names[i]),
			.order = i + 1,
			.qty = 100,
			.price_e4 = i == 1 ? dear_e4 : 1000000};
		blocks[i] = (struct mold64_block){bytes[i], pitch_encode(&e, bytes[i])};
	}
	quotes_apply(quotes, blocks, ARRAY_COUNT(names), NOW_NS);
	assert_int_equal(top(AAPL).stale, 0);
	assert_int_equal(top(MSFT).stale, 0);
	/* Its order is known when more is said of it, and who is wrong about its price is stale. */
	say(&(struct event){.kind = EVENT_EXECUTE, .order = 2, .qty = 10, .match = 1});
	say(&(struct event){
		.kind = EVENT_MODIFY, .order = 2, .qty = 50, .price_e4 = dear_e4 + 100});
	say(&(struct event){.kind = EVENT_DELETE, .order = 2});
	assert_false(quotes->is_broken);
	assert_int_equal(top(AAPL).stale, 0);
	add("MSFT", 4, dear_e4);
	assert_int_equal(top(MSFT).stale, 1);
	assert_int_equal(top(AAPL).stale, 0);
}

/* In one packet: the order that changes to what no book takes, beside those that go, grow and come. */
static void of_a_packet_only_whom_a_bad_price_or_size_is_of_is_doubtful(void **state)
{
	(void)state;
	const struct event packet[] = {
		{.kind = EVENT_MODIFY, .order = 1, .qty = 50, .price_e4 = 1000100},
		{.kind = EVENT_MODIFY, .order = 3, .qty = 0, .price_e4 = 0},
		{.kind = EVENT_ADD,
			.symbol = symbol_pack("MSFT"),
			.order = 4,
			.qty = 0,
			.price_e4 = 2000000},
	};
	uint8_t bytes[ARRAY_COUNT(packet)][64];
	struct mold64_block blocks[ARRAY_COUNT(packet)];
	add("AAPL", 1, 1000000);
	add("MSFT", 2, 2000000);
	add("AAPL", 3, 1000000);
	for (uint32_t i = 0; i < ARRAY_COUNT(packet); i++)
		blocks[i] = (struct mold64_block){bytes[i], pitch_encode(&packet[i], bytes[i])};
	quotes_apply(quotes, blocks, ARRAY_COUNT(packet), NOW_NS);
	assert_int_equal(top(MSFT).stale, 1);
	assert_int_equal(top(AAPL).stale, 0);
}

/* say_deep says an event as IEX does, at noon of a day in 2023. */
static void say_deep(const char *name, const struct event *event)
{
	uint8_t bytes[DEEP_SIZE_MAX];
	struct event named = *event;
	named.symbol = symbol_pack(name);
	named.exch_ns = UINT64_C(43200000000000);
	say_bytes(
		bytes, deep_encode(DEEP_FEED_LEVELS, UINT64_C(1696219200000000000), &named, bytes));
}

static void level(const char *name, int64_t price_e4, uint32_t qty, uint16_t flags)
{
	say_deep(name, &(struct event){.kind = EVENT_LEVEL,
			       .side = SIDE_SELL,
			       .price_e4 = price_e4,
			       .qty = qty,
			       .flags = flags});
}

static void deep_trade(const char *name, int64_t price_e4)
{
	say_deep(name,
		&(struct event){.kind = EVENT_TRADE, .price_e4 = price_e4, .qty = 10, .match = 7});
}

static void of_a_packet_of_levels_only_whom_a_bad_price_is_of_is_doubtful(void **state)
{
	(void)state;
	const struct event packet[] = {
		{.symbol = symbol_pack("AAPL"), .price_e4 = 1000000, .qty = 100},
		{.symbol = symbol_pack("MSFT"), .price_e4 = dear_e4, .qty = 100},
	};
	uint8_t bytes[ARRAY_COUNT(packet)][DEEP_SIZE_MAX];
	struct mold64_block blocks[ARRAY_COUNT(packet)];
	for (uint32_t i = 0; i < ARRAY_COUNT(packet); i++) {
		struct event e = packet[i];
		e.kind = EVENT_LEVEL;
		e.side = SIDE_SELL;
		e.exch_ns = UINT64_C(43200000000000);
		blocks[i] = (struct mold64_block){bytes[i],
			deep_encode(DEEP_FEED_LEVELS, UINT64_C(1696219200000000000), &e, bytes[i])};
	}
	quotes_apply(quotes, blocks, ARRAY_COUNT(packet), NOW_NS);
	assert_int_equal(top(MSFT).stale, 1);
	assert_int_equal(top(AAPL).stale, 0);
	assert_int_equal(top(AAPL).ask_e4, 1000000);
}

static void a_trade_amid_an_event_shows_no_book_of_the_middle(void **state)
{
	(void)state;
	level("AAPL", 1000000, 100, 0);
	level("AAPL", 1000100, 100, 0);
	level("AAPL", 1000200, 100, 0);
	/* An order takes two levels: a print and a level, a print and a level, and the event is over. */
	deep_trade("AAPL", 1000000);
	level("AAPL", 1000000, 0, EVENT_FLAG_MORE);
	deep_trade("AAPL", 1000100);
	assert_int_equal(top(AAPL).ask_e4, 1000000);
	assert_int_equal(top(AAPL).last_e4, 1000100);
	/* Another instrument's print is no part of it. */
	level("MSFT", 2000000, 100, 0);
	deep_trade("MSFT", 2000000);
	assert_int_equal(top(MSFT).last_e4, 2000000);
	level("AAPL", 1000100, 0, 0);
	assert_int_equal(top(AAPL).ask_e4, 1000200);
	assert_int_equal(top(AAPL).last_e4, 1000100);
	/* What was lost may have been the event's end. */
	level("AAPL", 1000200, 50, EVENT_FLAG_MORE);
	quotes_mark_stale(quotes);
	quotes_mark_whole(quotes);
	deep_trade("AAPL", 1000200);
	assert_int_equal(top(AAPL).ask_qty, 50);
}

static void of_whom_iex_says_no_word_is_halted_there(void **state)
{
	(void)state;
	const struct event trading = {.kind = EVENT_STATE, .code = 'T'};
	const struct event halted = {.kind = EVENT_OPERATIONAL, .code = 'H'};
	const struct event is_not = {.kind = EVENT_OPERATIONAL, .code = 'T'};
	say_deep("AAPL", &trading);
	say_deep("MSFT", &trading);
	say_deep("MSFT", &is_not);
	assert_int_equal(top(AAPL).state, 'T');
	assert_int_equal(top(AAPL).operational, 1);
	assert_int_equal(top(MSFT).operational, 0);
	say_deep("AAPL", &is_not);
	say_deep("MSFT", &halted);
	assert_int_equal(top(AAPL).operational, 0);
	assert_int_equal(top(MSFT).operational, 1);
	/* Books that begin anew know nothing. */
	quotes_clear(quotes, true);
	assert_int_equal(top(AAPL).operational, 1);
}

static void of_whom_cboe_says_no_word_it_has_no_such_halt(void **state)
{
	(void)state;
	say(&(struct event){
		.kind = EVENT_STATE, .symbol = symbol_pack("AAPL"), .code = 'T', .side = '0'});
	assert_int_equal(top(AAPL).state, 'T');
	assert_int_equal(top(AAPL).operational, 0);
}

#define QUOTES_TEST(name) cmocka_unit_test_setup_teardown(name, quotes_open, quotes_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUOTES_TEST(an_order_says_whose_it_is),
		QUOTES_TEST(a_share_too_dear_for_a_book_spoils_no_others),
		QUOTES_TEST(of_a_packet_only_whom_a_bad_price_or_size_is_of_is_doubtful),
		cmocka_unit_test_setup_teardown(
			of_a_packet_of_levels_only_whom_a_bad_price_is_of_is_doubtful,
			quotes_open_levels, quotes_end),
		QUOTES_TEST(of_whom_cboe_says_no_word_it_has_no_such_halt),
		cmocka_unit_test_setup_teardown(
			of_whom_iex_says_no_word_is_halted_there, quotes_open_levels, quotes_end),
		cmocka_unit_test_setup_teardown(a_trade_amid_an_event_shows_no_book_of_the_middle,
			quotes_open_levels, quotes_end),
		QUOTES_TEST(an_order_of_nobody_makes_every_book_doubtful_and_is_not_told),
		QUOTES_TEST(a_broken_trade_is_found_by_its_number),
		QUOTES_TEST(a_break_of_a_trade_that_is_long_ago_is_told_by_its_number),
		QUOTES_TEST(a_unit_that_is_cleared_leaves_every_book_empty),
		QUOTES_TEST(a_name_that_finds_no_room_is_counted_and_is_nobodys),
		QUOTES_TEST(an_official_price_is_a_word_about_the_symbol),
		QUOTES_TEST(marked_whole_twice_is_told_once),
		QUOTES_TEST(what_is_doubted_stays_so_when_its_channel_is_whole),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.quotes_names", tests, NULL, NULL);
}
