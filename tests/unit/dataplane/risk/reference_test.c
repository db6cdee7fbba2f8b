#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/reference.h"

/* Bid 10.00, asked 10.10, traded 10.05 a microsecond ago, closed 9.90 two microseconds ago. */
struct market {
	struct turn_inputs turn;
	struct top_used top;
	struct instrument instrument;
	struct reference_ages ages;
	struct reference reference;
};

static struct market market_open(void)
{
	struct market market = {
		.turn = {.now_ns = 5000000000, .wall_ns = 9000000000},
		.top = {.channel_age_ns = 10,
			.top = {.bid_e4 = 100000,
				.ask_e4 = 101000,
				.last_e4 = 100500,
				.last_ns = 5000000000 - 1000}},
		.instrument = {.close_e4 = 99000, .close_wall_ns = 9000000000 - 2000},
		.ages = {.bbo_ns = 10, .trade_ns = 1000, .close_ns = 2000},
	};
	return market;
}

static unsigned source_of(struct market *market, unsigned side)
{
	reference_choose(&market->reference, &market->turn, &market->top, &market->instrument,
		&market->ages, side);
	return market->reference.source;
}

static void the_waterfall_falls_from_source_to_source(void **state)
{
	(void)state;
	struct market market = market_open();
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_OWN_SIDE);
	assert_int_equal(market.reference.price_e4, 100000);
	assert_int_equal(market.reference.age_ns, 10);
	assert_int_equal(source_of(&market, SIDE_SELL), REFERENCE_OWN_SIDE);
	assert_int_equal(market.reference.price_e4, 101000);
	market.top.top.bid_e4 = 0;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_OTHER_SIDE);
	assert_int_equal(market.reference.price_e4, 101000);
	market.top.top.ask_e4 = 0;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_LAST_TRADE);
	assert_int_equal(market.reference.price_e4, 100500);
	assert_int_equal(market.reference.age_ns, 1000);
	market.top.top.last_e4 = 0;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
	assert_int_equal(market.reference.price_e4, 99000);
	assert_int_equal(market.reference.age_ns, 2000);
	market.instrument.close_e4 = 0;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_NONE);
	assert_int_equal(market.reference.price_e4, 0);
	assert_int_equal(market.reference.age_ns, 0);
}

static void todays_close_takes_the_place_of_yesterdays(void **state)
{
	(void)state;
	struct market market = market_open();
	market.top.top.bid_e4 = market.top.top.ask_e4 = market.top.top.last_e4 = 0;
	market.top.top.close_e4 = 98000;
	market.top.close_age_s = 60;
	market.ages.close_ns = 60000000000;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
	assert_int_equal(market.reference.price_e4, 98000);
	assert_int_equal(market.reference.age_ns, 60000000000);
	market.ages.close_ns -= 1;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_NONE);
	/* A gap may have lost its break; yesterday's is older than any gap. */
	market.top.top.stale = 1;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
	assert_int_equal(market.reference.price_e4, 99000);
	market.top.top.stale = 0;
	market.top.close_age_s = UINT32_MAX;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
	assert_int_equal(market.reference.price_e4, 99000);
	market.top.close_age_s = 1;
	market.top.top.close_e4 = UINT32_MAX;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_NONE);
}

static void each_source_is_used_up_to_its_age(void **state)
{
	(void)state;
	struct market market = market_open();
	market.top.channel_age_ns = 11;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_LAST_TRADE);
	market.turn.now_ns += 1;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
	market.turn.wall_ns += 1;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_NONE);
}

static void a_gap_takes_away_book_and_trade(void **state)
{
	(void)state;
	struct market market = market_open();
	market.top.top.stale = 1;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
	market = market_open();
	market.top.channel_age_ns = UINT64_MAX;
	market.ages.bbo_ns = INT64_MAX - 1;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
}

static void an_unstated_age_takes_away_its_source(void **state)
{
	(void)state;
	struct market market = market_open();
	market.top.channel_age_ns = 0;
	market.ages.bbo_ns = INT64_MIN;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_LAST_TRADE);
	market.ages.trade_ns = INT64_MIN;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
	market.ages.close_ns = INT64_MIN;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_NONE);
}

static void the_future_is_a_moment_or_a_mistake(void **state)
{
	(void)state;
	struct market market = market_open();
	market.top.top.bid_e4 = market.top.top.ask_e4 = 0;
	market.ages.trade_ns = INT64_MAX - 1;
	market.top.top.last_ns = market.turn.now_ns + REFERENCE_AHEAD_NS_MAX;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_LAST_TRADE);
	assert_int_equal(market.reference.age_ns, 0);
	market.top.top.last_ns += 1;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
	market.instrument.close_wall_ns = market.turn.wall_ns + 1;
	market.ages.close_ns = INT64_MAX - 1;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_NONE);
}

static void absurd_prices_are_no_reference(void **state)
{
	(void)state;
	struct market market = market_open();
	market.top.top.bid_e4 = -1;
	market.top.top.ask_e4 = PRICE_E4_MAX;
	market.top.top.last_e4 = INT64_MAX;
	assert_int_equal(source_of(&market, SIDE_BUY), REFERENCE_PREVIOUS_CLOSE);
}

static void distances_are_rounded_against_us(void **state)
{
	(void)state;
	assert_int_equal(reference_distance_bps(100000, 100000), 0);
	assert_int_equal(reference_distance_bps(100010, 100000), 1);
	assert_int_equal(reference_distance_bps(100011, 100000), 2);
	assert_int_equal(reference_distance_bps(99990, 100000), 1);
	assert_int_equal(reference_distance_bps(99989, 100000), 2);
	assert_int_equal(reference_distance_bps(1, PRICE_E4_MAX - 1), 10000);
	assert_int_equal(reference_distance_bps(PRICE_E4_MAX - 1, 1), (PRICE_E4_MAX - 2) * 10000);
	assert_true(reference_distance_bps(100, 0) == INT64_MAX);
	assert_true(reference_distance_bps(0, 100) == INT64_MAX);
	assert_true(reference_distance_bps(PRICE_E4_MAX, 100) == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_waterfall_falls_from_source_to_source),
		cmocka_unit_test(todays_close_takes_the_place_of_yesterdays),
		cmocka_unit_test(each_source_is_used_up_to_its_age),
		cmocka_unit_test(a_gap_takes_away_book_and_trade),
		cmocka_unit_test(an_unstated_age_takes_away_its_source),
		cmocka_unit_test(the_future_is_a_moment_or_a_mistake),
		cmocka_unit_test(absurd_prices_are_no_reference),
		cmocka_unit_test(distances_are_rounded_against_us),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.reference", tests, NULL, NULL);
}
