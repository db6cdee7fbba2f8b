/* quotes_test.c - what a message does to a top: best, last trade, states, doubts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/feed_rig.h"

static struct feed_rig *rig;
static uint64_t sent; /* messages of the day that line A brought */

static int rig_open_one(void **state)
{
	(void)state;
	rig = feed_rig_open("", 1);
	sent = 0;
	return 0;
}

static int rig_close_one(void **state)
{
	(void)state;
	feed_rig_close(rig);
	return 0;
}

/* tell brings what was said since the last time, and gives AAPL's top. */
static struct top_prices tell(void)
{
	for (; sent < rig->message_count; sent++)
		feed_rig_send(rig, 0, sent + 1, 1);
	feed_rig_poll(rig);
	return feed_rig_top(rig, FEED_RIG_AAPL);
}

static void say(const struct event *event)
{
	struct event copy = *event;
	copy.locate = 1;
	copy.symbol = symbol_pack("AAPL");
	feed_rig_say(rig, &copy);
}

static void a_better_price_or_size_is_published_exactly(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
	feed_rig_add(rig, 1, 12, SIDE_SELL, 300, 1500200);
	struct top_prices top = tell();
	assert_int_equal(top.bid_e4, 1500000);
	assert_int_equal(top.bid_qty, 100);
	assert_int_equal(top.ask_e4, 1500200);
	assert_int_equal(top.ask_qty, 300);
	assert_int_equal(top.stale, 0);
	assert_int_equal(top.channel, 0);
	feed_rig_add(rig, 1, 13, SIDE_BUY, 50, 1500000);
	assert_int_equal(tell().bid_qty, 150);
	say(&(struct event){.kind = EVENT_DELETE, .order = 12});
	top = tell();
	assert_int_equal(top.ask_e4, 0);
	assert_int_equal(top.ask_qty, 0);
}

static void what_does_not_change_the_best_is_not_published(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
	tell();
	uint64_t tops = feed_rig_metric(rig, METRIC_feed_tops);
	feed_rig_add(rig, 1, 12, SIDE_BUY, 100, 1499900);
	say(&(struct event){.kind = EVENT_SYSTEM, .code = 'Q'});
	tell();
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_tops), tops);
	feed_rig_add(rig, 1, 13, SIDE_BUY, 100, 1500100);
	tell();
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_tops), tops + 1);
}

static void an_execution_trades_at_the_resting_price(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
	say(&(struct event){.kind = EVENT_EXECUTE, .order = 11, .qty = 100, .match = 7});
	rig->now_ns = 77;
	struct top_prices top = tell();
	assert_int_equal(top.last_e4, 1500000);
	assert_int_equal(top.last_ns, 77);
	assert_int_equal(top.bid_e4, 0);
}

static void a_print_counts_only_if_it_is_printable(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 11, SIDE_SELL, 100, 1500000);
	say(&(struct event){.kind = EVENT_EXECUTE_AT,
		.order = 11,
		.qty = 10,
		.price_e4 = 1499000,
		.match = 1,
		.code = 'N'});
	struct top_prices top = tell();
	assert_int_equal(top.last_e4, 0);
	assert_int_equal(top.ask_qty, 90);
	say(&(struct event){.kind = EVENT_EXECUTE_AT,
		.order = 11,
		.qty = 10,
		.price_e4 = 1499500,
		.match = 2,
		.code = 'Y'});
	top = tell();
	assert_int_equal(top.last_e4, 1499500);
	assert_int_equal(top.ask_e4, 1500000);
	assert_int_equal(top.ask_qty, 80);
}

static void hidden_trades_and_crosses_are_last_trades(void **state)
{
	(void)state;
	say(&(struct event){.kind = EVENT_TRADE, .qty = 5, .price_e4 = 1500100, .match = 3});
	assert_int_equal(tell().last_e4, 1500100);
	say(&(struct event){
		.kind = EVENT_CROSS, .other = 9000, .price_e4 = 1500300, .match = 4, .code = 'O'});
	assert_int_equal(tell().last_e4, 1500300);
	/* A cross without shares has no price. */
	say(&(struct event){.kind = EVENT_CROSS, .match = 5, .code = 'C'});
	assert_int_equal(tell().last_e4, 1500300);
}

static void a_broken_trade_leaves_the_one_before(void **state)
{
	(void)state;
	rig->now_ns = 10;
	say(&(struct event){.kind = EVENT_TRADE, .qty = 5, .price_e4 = 1500000, .match = 1});
	tell();
	rig->now_ns = 20;
	say(&(struct event){.kind = EVENT_TRADE, .qty = 5, .price_e4 = 1500200, .match = 2});
	tell();
	say(&(struct event){.kind = EVENT_BREAK, .match = 2});
	struct top_prices top = tell();
	assert_int_equal(top.last_e4, 1500000);
	assert_int_equal(top.last_ns, 10);
}

static void the_only_trade_broken_leaves_none(void **state)
{
	(void)state;
	say(&(struct event){.kind = EVENT_TRADE, .qty = 5, .price_e4 = 1500100, .match = 3});
	say(&(struct event){.kind = EVENT_BREAK, .match = 2});
	assert_int_equal(tell().last_e4, 1500100);
	say(&(struct event){.kind = EVENT_BREAK, .match = 3});
	struct top_prices top = tell();
	assert_int_equal(top.last_e4, 0);
	assert_int_equal(top.last_ns, 0);
}

static void states_are_published_as_they_come(void **state)
{
	(void)state;
	static const uint8_t codes[] = {'H', 'P', 'Q', 'T'};
	say(&(struct event){.kind = EVENT_DIRECTORY, .qty = 100, .code = 'P'});
	/* Listed, and nobody said that it trades. */
	assert_int_equal(tell().state, 'H');
	for (uint32_t i = 0; i < ARRAY_COUNT(codes); i++) {
		say(&(struct event){.kind = EVENT_STATE, .code = codes[i]});
		assert_int_equal(tell().state, codes[i]);
	}
}

static void one_markets_end_of_halt_does_not_lift_anothers(void **state)
{
	(void)state;
	say(&(struct event){.kind = EVENT_OPERATIONAL, .side = 'Q', .code = 'H'});
	assert_int_equal(tell().operational, 1);
	say(&(struct event){.kind = EVENT_OPERATIONAL, .side = 'B', .code = 'H'});
	say(&(struct event){.kind = EVENT_OPERATIONAL, .side = 'Q', .code = 'T'});
	assert_int_equal(tell().operational, 1);
	say(&(struct event){.kind = EVENT_OPERATIONAL, .side = 'B', .code = 'T'});
	assert_int_equal(tell().operational, 0);
}

static void symbols_of_no_concern_are_booked_and_not_published(void **state)
{
	(void)state;
	feed_rig_add(rig, 9, 11, SIDE_BUY, 100, 1500000);
	tell();
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_book_orders), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_tops), 0);
}

static void what_a_complete_stream_never_has_makes_the_symbol_doubtful(void **state)
{
	(void)state;
	static const struct event doubts[] = {
		{.kind = EVENT_DELETE, .order = 99},
		{.kind = EVENT_EXECUTE, .order = 11, .qty = 101, .match = 1},
		{.kind = EVENT_ADD, .order = 11, .qty = 100, .price_e4 = 10000},
	};
	for (uint32_t i = 0; i < ARRAY_COUNT(doubts); i++) {
		feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
		feed_rig_add(rig, 2, 12, SIDE_BUY, 100, 900000);
		assert_int_equal(tell().stale, 0);
		say(&doubts[i]);
		assert_int_equal(tell().stale, 1);
		assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).stale, 0);
		assert_int_equal(rig->market->channels[0].stale_since_ns, 0);
		/* The mark stays when the next message is sound. */
		feed_rig_add(rig, 1, 13, SIDE_BUY, 100, 1500100);
		struct top_prices top = tell();
		assert_int_equal(top.stale, 1);
		assert_int_equal(top.bid_e4, 1500100);
		rig_close_one(NULL);
		rig_open_one(NULL);
	}
}

/* list says in the directory that a locate is a name's. */
static void list(uint16_t locate, const char *name)
{
	struct event directory = {.kind = EVENT_DIRECTORY,
		.locate = locate,
		.symbol = symbol_pack(name),
		.code = 'P'};
	feed_rig_say(rig, &directory);
}

static void a_locate_that_gets_another_name_makes_both_doubtful(void **state)
{
	(void)state;
	static const char *const others[] = {"MSFT", "ZZZZ"};
	for (uint32_t i = 0; i < ARRAY_COUNT(others); i++) {
		list(1, "AAPL");
		feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
		list(1, "AAPL"); /* the same once more is no news */
		assert_int_equal(tell().stale, 0);
		list(1, others[i]);
		assert_int_equal(tell().stale, 1);
		struct top_prices other = feed_rig_top(rig, FEED_RIG_MSFT);
		assert_true(other.stale != 0 || other.bid_e4 == 0);
		rig_close_one(NULL);
		rig_open_one(NULL);
	}
}

static void a_name_that_gets_another_locate_is_doubtful(void **state)
{
	(void)state;
	list(1, "AAPL");
	feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
	list(2, "MSFT");
	assert_int_equal(tell().stale, 0);
	list(3, "AAPL");
	assert_int_equal(tell().stale, 1);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).stale, 0);
}

static void a_name_takes_over_no_strangers_book(void **state)
{
	(void)state;
	list(1, "ZZZZ");
	feed_rig_say(rig, &(struct event){.kind = EVENT_ADD,
				  .locate = 1,
				  .symbol = symbol_pack("ZZZZ"),
				  .order = 11,
				  .qty = 100,
				  .price_e4 = 1500000});
	tell();
	list(1, "AAPL");
	assert_int_equal(tell().stale, 1);
}

static void an_order_of_nobody_makes_the_name_doubtful_that_is_heard_later(void **state)
{
	(void)state;
	say(&(struct event){.kind = EVENT_DELETE, .order = 99});
	tell();
	feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
	struct top_prices top = tell();
	assert_true(top.stale != 0 || top.bid_e4 == 0);
	list(1, "AAPL");
	feed_rig_add(rig, 1, 12, SIDE_BUY, 100, 1500100);
	top = tell();
	assert_int_equal(top.bid_e4, 1500100);
	assert_int_equal(top.stale, 1);
}

static void a_full_book_makes_its_symbol_doubtful(void **state)
{
	(void)state;
	struct config_error error;
	feed_close(rig->feed);
	rig->site.book_order_count = 256;
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
	for (uint64_t order = 1; feed_rig_metric(rig, METRIC_feed_book_full) == 0; order++) {
		assert_true(order < FEED_RIG_MESSAGE_COUNT);
		feed_rig_add(rig, 1, order, SIDE_BUY, 100, 1500000);
		tell();
	}
	assert_int_equal(tell().stale, 1);
}

static void a_message_shorter_than_its_type_makes_the_channel_stale(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
	feed_rig_add(rig, 2, 12, SIDE_BUY, 100, 900000);
	feed_rig_say_bytes(rig, "D\0\1\0\0", 5);
	assert_int_equal(tell().stale, 1);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).stale, 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_bad_length), 1);
	assert_int_equal(rig->market->channels[0].stale_since_ns, rig->now_ns);
}

static void unknown_types_and_empty_messages_only_use_up_a_number(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 11, SIDE_BUY, 100, 1500000);
	feed_rig_say_bytes(rig, "~new type~", 10);
	feed_rig_say_bytes(rig, "", 0);
	feed_rig_add(rig, 1, 12, SIDE_BUY, 100, 1500100);
	struct top_prices top = tell();
	assert_int_equal(top.bid_e4, 1500100);
	assert_int_equal(top.stale, 0);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_unknown_type), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_bad_length), 0);
	assert_int_equal(rig->market->channels[0].next_sequence, 5);
}

/* Chunks overlap in three stages: an order may be added in one and be executed or deleted in the next. */
static void a_burst_of_any_length_goes_through_in_order(void **state)
{
	static struct feed_model model;
	static const uint32_t lengths[] = {1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65};
	uint64_t order = 0;
	(void)state;
	memset(&model, 0, sizeof model);
	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		uint32_t from = rig->message_count;
		for (uint32_t k = 0; k < lengths[i]; k++) {
			struct event e = {.kind = EVENT_DELETE, .order = order};
			if (k % 3 != 2) {
				feed_rig_add(rig, 1, ++order, k % 2 ? SIDE_SELL : SIDE_BUY, 100,
					1500000 + (k % 2 ? 100 : -100) * (int64_t)(k * 37 % 20));
				continue;
			}
			if (k % 2 == 0)
				e.kind = EVENT_EXECUTE, e.qty = 40;
			say(&e);
		}
		for (uint32_t k = from; k < rig->message_count; k++)
			feed_model_apply(&model, rig->messages[k].bytes);
		tell();
		feed_rig_top_matches(rig, FEED_RIG_AAPL, &model, 1);
	}
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_unknown_order), 0);
}

/* tell_in_packets brings what was said since the last time, many messages at once. */
static void tell_in_packets(uint32_t packet_messages)
{
	while (sent < rig->message_count) {
		for (uint32_t i = 0; i < 8 && sent < rig->message_count; i++) {
			uint64_t left = rig->message_count - sent;
			uint32_t count =
				(uint32_t)(left < packet_messages ? left : packet_messages);
			feed_rig_send(rig, 0, sent + 1, count);
			sent += count;
		}
		feed_rig_poll(rig);
	}
}

/* Then the next messages' orders and levels are asked for between those that are applied. */
static void a_book_larger_than_the_cache_is_as_exact(void **state)
{
	(void)state;
	enum { ORDERS = 7200, PACKET = 29 };
	static struct feed_model model;
	memset(&model, 0, sizeof model);
	for (uint32_t i = 0; i < ORDERS; i++)
		feed_rig_add(rig, 1, 100 + i, (enum side)(i % 2), 100 + i % 7,
			1500000 + (i % 2 == 0 ? -1 : 1) * (int64_t)(i * 37 % 600) * 100);
	tell_in_packets(PACKET);
	for (uint32_t i = 0; i < ORDERS - 500; i++) {
		uint64_t order = 100 + i * 7919ull % ORDERS;
		if (i % 5 == 0)
			say(&(struct event){.kind = EVENT_REPLACE,
				.order = order,
				.other = 100000 + i,
				.qty = 10,
				.price_e4 = order % 2 == 0 ? 1400000 : 1600000});
		else
			say(&(struct event){.kind = EVENT_DELETE, .order = order});
	}
	tell_in_packets(PACKET);
	for (uint32_t i = 0; i < rig->message_count; i++)
		feed_model_apply(&model, rig->messages[i].bytes);
	feed_rig_top_matches(rig, FEED_RIG_AAPL, &model, 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_book_orders), 500 + (ORDERS - 500) / 5);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_unknown_order), 0);
}

#define QUOTES_TEST(name) cmocka_unit_test_setup_teardown(name, rig_open_one, rig_close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUOTES_TEST(a_better_price_or_size_is_published_exactly),
		QUOTES_TEST(what_does_not_change_the_best_is_not_published),
		QUOTES_TEST(a_book_larger_than_the_cache_is_as_exact),
		QUOTES_TEST(an_execution_trades_at_the_resting_price),
		QUOTES_TEST(a_print_counts_only_if_it_is_printable),
		QUOTES_TEST(hidden_trades_and_crosses_are_last_trades),
		QUOTES_TEST(a_broken_trade_leaves_the_one_before),
		QUOTES_TEST(the_only_trade_broken_leaves_none),
		QUOTES_TEST(states_are_published_as_they_come),
		QUOTES_TEST(one_markets_end_of_halt_does_not_lift_anothers),
		QUOTES_TEST(symbols_of_no_concern_are_booked_and_not_published),
		QUOTES_TEST(what_a_complete_stream_never_has_makes_the_symbol_doubtful),
		QUOTES_TEST(a_locate_that_gets_another_name_makes_both_doubtful),
		QUOTES_TEST(a_name_that_gets_another_locate_is_doubtful),
		QUOTES_TEST(a_name_takes_over_no_strangers_book),
		QUOTES_TEST(an_order_of_nobody_makes_the_name_doubtful_that_is_heard_later),
		QUOTES_TEST(a_full_book_makes_its_symbol_doubtful),
		QUOTES_TEST(a_message_shorter_than_its_type_makes_the_channel_stale),
		QUOTES_TEST(a_burst_of_any_length_goes_through_in_order),
		QUOTES_TEST(unknown_types_and_empty_messages_only_use_up_a_number),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.quotes", tests, NULL, NULL);
}
