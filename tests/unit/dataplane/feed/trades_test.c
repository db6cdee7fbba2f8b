/* trades_test.c - what is the last trade when trades are broken, against a list that forgets nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/feed/trades.h"

static struct trades trades;

static int open_all(void **state)
{
	(void)state;
	trades_init(&trades, 2);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	trades_return(&trades);
	return 0;
}

static void add(uint32_t symbol, uint64_t match)
{
	struct trade trade = {match, match * 10, (int64_t)match * 100};
	trades_add(&trades, symbol, &trade);
}

static uint64_t last_of(uint32_t symbol)
{
	struct trade trade;
	bool is_there = trades_last(&trades, symbol, &trade);
	assert_int_equal(is_there, trade.match != 0);
	assert_int_equal(trade.time_ns, trade.match * 10);
	assert_int_equal(trade.price_e4, trade.match * 100);
	return trade.match;
}

static void without_trades_there_is_no_last(void **state)
{
	(void)state;
	assert_int_equal(last_of(0), 0);
	assert_false(trades_break(&trades, 0, 1));
	assert_false(trades_break(&trades, 0, 0));
}

static void a_break_leaves_the_one_before(void **state)
{
	(void)state;
	add(0, 1);
	add(0, 2);
	add(1, 7);
	assert_true(trades_break(&trades, 0, 2));
	assert_int_equal(last_of(0), 1);
	assert_int_equal(last_of(1), 7);
	assert_false(trades_break(&trades, 0, 2));
	assert_true(trades_break(&trades, 0, 1));
	assert_int_equal(last_of(0), 0);
}

static void what_was_broken_before_is_not_fallen_back_to(void **state)
{
	(void)state;
	add(0, 1);
	add(0, 2);
	add(0, 3);
	assert_true(trades_break(&trades, 0, 2));
	assert_int_equal(last_of(0), 3);
	assert_true(trades_break(&trades, 0, 3));
	assert_int_equal(last_of(0), 1);
}

static void what_is_older_than_remembered_is_not_told(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= TRADE_COUNT + 3; i++)
		add(0, i);
	assert_false(trades_break(&trades, 0, 3));
	for (uint64_t i = TRADE_COUNT + 3; i > 3; i--) {
		assert_int_equal(last_of(0), i);
		assert_true(trades_break(&trades, 0, i));
	}
	assert_int_equal(last_of(0), 0);
}

static void forgotten_is_forgotten(void **state)
{
	(void)state;
	add(0, 1);
	add(1, 2);
	trades_forget(&trades, 0);
	assert_int_equal(last_of(0), 0);
	assert_int_equal(last_of(1), 2);
}

/* The honest list: all trades, and which were broken. */
static void any_order_of_trades_and_breaks_agrees_with_a_list(void **state)
{
	(void)state;
	static bool is_gone[4096];
	uint64_t seed = 7, count = 0;
	for (uint32_t step = 0; step < 4000; step++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint32_t dice = (uint32_t)(seed >> 33);
		if (dice % 5 < 3) {
			add(0, ++count);
		} else if (count > 0) {
			uint64_t match = count - dice / 8 % (count < 12 ? count : 12);
			/* Remembered: among the last TRADE_COUNT that were there when it came. */
			if (trades_break(&trades, 0, match)) {
				assert_false(is_gone[match]);
				is_gone[match] = true;
			} else {
				is_gone[match] = true;
			}
		}
		uint64_t newest = count, last = last_of(0);
		while (newest > 0 && is_gone[newest])
			newest--;
		assert_true(last == newest || (last == 0 && count - newest >= TRADE_COUNT));
	}
}

#define TRADES_TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRADES_TEST(without_trades_there_is_no_last),
		TRADES_TEST(a_break_leaves_the_one_before),
		TRADES_TEST(what_was_broken_before_is_not_fallen_back_to),
		TRADES_TEST(what_is_older_than_remembered_is_not_told),
		TRADES_TEST(forgotten_is_forgotten),
		TRADES_TEST(any_order_of_trades_and_breaks_agrees_with_a_list),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.trades", tests, NULL, NULL);
}
