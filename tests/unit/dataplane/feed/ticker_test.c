/* ticker_test.c - what the feed books, a strategy reads: every event once, with whose and when. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/feed/ticker.h"
#include "tests/support/feed_rig.h"

static struct feed_rig *rig;
static struct sluice s;
static struct sluice_tape tape;
static struct sluice_event events[64];

static int open_one(void **state)
{
	(void)state;
	rig = feed_rig_open("000010059B", 1);
	assert_int_equal(sluice_adopt(&s, rig->market, rig->market->header.size_bytes), 0);
	assert_true(sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST));
	return 0;
}

static int close_one(void **state)
{
	(void)state;
	feed_rig_close(rig);
	return 0;
}

static void say(const struct event *event)
{
	struct event whole = *event;
	whole.symbol = symbol_pack(event->locate == 2   ? "MSFT    "
				   : event->locate == 9 ? "ZZZZ    "
							: "AAPL    ");
	whole.exch_ns = 34200000000000 + rig->message_count;
	feed_rig_say(rig, &whole);
}

/* Sends what was said since `first` and reads what lies on the tape then. */
static size_t tell(uint64_t first)
{
	rig->now_ns += 1000;
	feed_rig_send(rig, 0, first, (uint32_t)(rig->message_count - first + 1));
	feed_rig_poll(rig);
	size_t count = sluice_tape_read(&tape, events, ARRAY_COUNT(events));
	assert_int_equal(tape.lost, 0);
	assert_int_equal(sluice_tape_written(&tape), tape.next - 1);
	return count;
}

static const struct event every_kind[] = {
	{.kind = EVENT_ADD,
		.type = 'A',
		.locate = 1,
		.order = 11,
		.side = SIDE_SELL,
		.qty = 300,
		.price_e4 = 1500000},
	{.kind = EVENT_EXECUTE, .type = 'E', .locate = 1, .order = 11, .qty = 100, .match = 5},
	{.kind = EVENT_EXECUTE_AT,
		.type = 'C',
		.locate = 1,
		.order = 11,
		.qty = 50,
		.match = 6,
		.code = 'Y',
		.price_e4 = 1500100},
	{.kind = EVENT_REPLACE,
		.type = 'U',
		.locate = 1,
		.order = 11,
		.other = 12,
		.qty = 200,
		.price_e4 = 1490000},
	{.kind = EVENT_REDUCE, .type = 'X', .locate = 1, .order = 12, .qty = 50},
	{.kind = EVENT_DELETE, .type = 'D', .locate = 1, .order = 12},
	{.kind = EVENT_TRADE,
		.type = 'P',
		.locate = 1,
		.side = SIDE_BUY,
		.qty = 70,
		.price_e4 = 1495000,
		.match = 7},
	{.kind = EVENT_CROSS,
		.type = 'Q',
		.locate = 1,
		.other = 1ull << 33,
		.price_e4 = 1496000,
		.match = 8,
		.code = 'O'},
	{.kind = EVENT_BREAK, .type = 'B', .locate = 1, .match = 7},
};

static void every_kind_keeps_its_fields(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(every_kind); i++)
		say(&every_kind[i]);
	assert_int_equal(tell(1), 9);
	for (unsigned i = 0; i < 9; i++) {
		assert_int_equal(events[i].sequence, i + 1);
		assert_int_equal(events[i].symbol, FEED_RIG_AAPL);
		assert_int_equal(events[i].channel, 0);
		assert_int_equal(events[i].recv_ns, rig->now_ns);
		assert_int_equal(events[i].exch_ns, 34200000000000 + i);
		assert_int_equal(events[i].type, "AECUXDPQB"[i]);
	}
	assert_int_equal(events[0].side, SIDE_SELL);
	assert_int_equal(events[0].qty, 300);
	/* the wire does not say what the order's price and side were: the feed does */
	assert_int_equal(events[1].price_e4, 1500000);
	assert_int_equal(events[1].side, SIDE_SELL);
	assert_int_equal(events[1].qty, 100);
	assert_int_equal(events[1].other, 5);
	assert_int_equal(events[2].price_e4, 1500100);
	assert_int_equal(events[2].code, 'Y');
	assert_int_equal(events[2].other, 6);
	assert_int_equal(events[3].order, 11);
	assert_int_equal(events[3].other, 12);
	assert_int_equal(events[4].qty, 50);
	assert_int_equal(events[6].other, 7);
	assert_int_equal(events[7].order, 1ull << 33); /* a cross may be larger than 32 bits */
	assert_int_equal(events[7].qty, UINT32_MAX);
	assert_int_equal(events[7].other, 8);
	assert_int_equal(events[8].other, 7);
}

static void only_the_sites_instruments_and_the_whole_market_are_told(void **state)
{
	(void)state;
	say(&(struct event){.kind = EVENT_ADD,
		.type = 'A',
		.locate = 9,
		.order = 1,
		.qty = 1,
		.price_e4 = 100});
	feed_rig_say(rig, &(struct event){.kind = EVENT_SYSTEM, .type = 'S', .code = 'Q'});
	say(&(struct event){.kind = EVENT_ADD,
		.type = 'A',
		.locate = 2,
		.order = 2,
		.qty = 1,
		.price_e4 = 100});
	assert_int_equal(tell(1), 2);
	assert_int_equal(events[0].kind, SLUICE_SYSTEM);
	assert_int_equal(events[0].symbol, SLUICE_NONE);
	assert_int_equal(events[1].symbol, FEED_RIG_MSFT);
}

static void a_tape_of_trades_leaves_orders_out(void **state)
{
	(void)state;
	struct config_error error;
	feed_close(rig->feed);
	rig->site.tape_carries = TAPE_TRADES;
	market_fill(rig->market, &rig->site);
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
	say(&(struct event){.kind = EVENT_ADD,
		.type = 'A',
		.locate = 1,
		.order = 11,
		.qty = 300,
		.price_e4 = 1500000});
	say(&(struct event){.kind = EVENT_EXECUTE,
		.type = 'E',
		.locate = 1,
		.order = 11,
		.qty = 100,
		.match = 5});
	assert_int_equal(tell(1), 1);
	assert_int_equal(events[0].kind, SLUICE_EXECUTE);
	assert_int_equal(events[0].price_e4, 1500000);
}

static void lost_messages_are_marked_where_they_are_missing(void **state)
{
	(void)state;
	for (uint64_t order = 1; order <= 3; order++)
		feed_rig_add(rig, 1, order, SIDE_BUY, 100, 1500000);
	assert_int_equal(tell(1), 3);
	feed_rig_add(rig, 1, 4, SIDE_BUY, 100, 1500000); /* lost on both lines */
	feed_rig_add(rig, 1, 5, SIDE_BUY, 100, 1500000);
	feed_rig_send(rig, 0, 5, 1);
	feed_rig_send(rig, 1, 5, 1);
	feed_rig_poll(rig);
	rig->now_ns += 10 * FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_int_equal(sluice_tape_read(&tape, events, 64), 2);
	assert_int_equal(events[0].kind, SLUICE_STALE);
	assert_int_equal(events[0].symbol, SLUICE_NONE);
	assert_int_equal(events[0].recv_ns, rig->now_ns);
	assert_int_equal(events[1].order, 5);
}

static void an_order_nobody_knows_marks_its_symbol(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 1, SIDE_BUY, 100, 1500000);
	say(&(struct event){.kind = EVENT_DELETE, .type = 'D', .locate = 1, .order = 99});
	assert_int_equal(tell(1), 3);
	assert_int_equal(events[2].kind, SLUICE_STALE);
	assert_int_equal(events[2].symbol, FEED_RIG_AAPL);
	say(&(struct event){.kind = EVENT_DELETE, .type = 'D', .locate = 1, .order = 98});
	assert_int_equal(tell(3), 1); /* marked already */
}

static void the_top_is_there_when_the_event_is(void **state)
{
	(void)state;
	struct sluice_top top;
	feed_rig_add(rig, 1, 1, SIDE_BUY, 100, 1500000);
	assert_int_equal(tell(1), 1);
	assert_true(sluice_top_read(&s, sluice_symbol(&s, "AAPL"), &top));
	assert_int_equal(top.bid_e4, 1500000);
	assert_int_equal(top.stale, 0);
	assert_int_equal(sluice_channel_age_ns(&s, top.channel, rig->now_ns + 7), 7);
	uint64_t turns = tape.page->turns;
	feed_rig_poll(rig);
	assert_true(tape.page->turns > turns);
}

/* Kinds of other venues: straight onto a tape. */
static void an_execution_told_by_what_is_left_is_told_by_what_was_executed(void **state)
{
	(void)state;
	struct tape_writer writer;
	tape_join(&writer, rig->market, 0);
	ticker_event(&writer,
		&(struct event){.kind = EVENT_EXECUTE_TO,
			.type = 0x24,
			.order = 7,
			.qty = 40,
			.other = 60,
			.match = 9,
			.price_e4 = 1500000,
			.code = 'Y',
			.flags = EVENT_FLAG_NO_LOCATE},
		FEED_RIG_MSFT, 1);
	ticker_event(&writer,
		&(struct event){.kind = EVENT_LEVEL,
			.type = '8',
			.side = SIDE_SELL,
			.qty = 500,
			.price_e4 = 1500100,
			.flags = EVENT_FLAG_MORE},
		FEED_RIG_MSFT, 1);
	assert_int_equal(sluice_tape_read(&tape, events, 8), 2);
	assert_int_equal(events[0].kind, SLUICE_EXECUTE_AT);
	assert_int_equal(events[0].type, 0x24);
	assert_int_equal(events[0].qty, 60);
	assert_int_equal(events[0].other, 9);
	assert_int_equal(events[0].code, 'Y');
	assert_int_equal(events[0].flags, 0);
	assert_int_equal(events[0].channel, 1);
	assert_int_equal(events[1].kind, SLUICE_LEVEL);
	assert_int_equal(events[1].flags, SLUICE_FLAG_MORE);
	assert_int_equal(events[1].side, SIDE_SELL);
	ticker_event(&writer, &(struct event){.kind = EVENT_EXECUTE_TO, .other = UINT64_C(1) << 33},
		FEED_RIG_MSFT, 1);
	assert_int_equal(sluice_tape_read(&tape, events, 8), 1);
	assert_int_equal(events[0].qty, UINT32_MAX);
	writer.kinds = tape_kinds(TAPE_TRADES);
	ticker_event(&writer, &(struct event){.kind = EVENT_EXECUTE_TO}, FEED_RIG_MSFT, 1);
	ticker_event(&writer, &(struct event){.kind = EVENT_LEVEL}, FEED_RIG_MSFT, 1);
	assert_int_equal(sluice_tape_read(&tape, events, 8), 1);
}

#define TICKER_TEST(name) cmocka_unit_test_setup_teardown(name, open_one, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TICKER_TEST(every_kind_keeps_its_fields),
		TICKER_TEST(only_the_sites_instruments_and_the_whole_market_are_told),
		TICKER_TEST(a_tape_of_trades_leaves_orders_out),
		TICKER_TEST(lost_messages_are_marked_where_they_are_missing),
		TICKER_TEST(an_order_nobody_knows_marks_its_symbol),
		TICKER_TEST(the_top_is_there_when_the_event_is),
		TICKER_TEST(an_execution_told_by_what_is_left_is_told_by_what_was_executed),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.ticker", tests, NULL, NULL);
}
