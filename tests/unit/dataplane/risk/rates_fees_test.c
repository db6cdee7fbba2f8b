/* rates_fees_test.c - what a venue takes in a currency of its own: converted once, against us, and what an order there needs.

   Symbol 1 is priced in EUR (1.0850 USD, an hour good), symbol 2 in JPY, of which nobody stated a rate.  Venue 0 takes EUR,
   venue 1 takes JPY, venue 2 takes what is traded, venue 3 the base currency. */
#include "tests/unit/dataplane/risk/told.h"
#include "tests/unit/dataplane/risk/abroad.h"

#include "dataplane/risk/measure.h"

enum { VENUE_COUNT = 4 };

static int setup(void **state)
{
	static struct desk desk;
	desk_open(&desk);
	risk_close(desk.risk);
	desk_abroad(&desk);
	desk.site.venue_count = VENUE_COUNT;
	desk.site.venues[0].fees = (struct fees_config){.has_currency = true, .currency = EUR};
	desk.site.venues[1].fees = (struct fees_config){.has_currency = true, .currency = JPY};
	desk.site.venues[3].fees = (struct fees_config){.has_currency = true};
	desk.accounts[0].approved_until_wall_ns = UINT64_MAX;
	desk.risk = risk_open(&desk.site);
	desk.epoch = 0;
	desk.turn.venue_up_mask = (1u << VENUE_COUNT) - 1;
	desk_adopt(&desk);
	*state = &desk;
	return 0;
}

#define fees_test(name) cmocka_unit_test_setup_teardown(name, setup, desk_teardown)

static void a_fee_is_converted_once_and_rounded_against_us(void **state)
{
	const struct desk *desk = *state;
	assert_int_equal(risk_fee(desk->risk, 0, EUR, 100), 109); /* 108.5 */
	assert_int_equal(risk_fee(desk->risk, 0, EUR, -100), -108);
	assert_int_equal(risk_fee(desk->risk, 0, EUR, 200), 217);
	assert_int_equal(risk_fee(desk->risk, 0, EUR, -200), -217);
	assert_int_equal(risk_fee(desk->risk, 0, EUR, 0), 0);
	assert_int_equal(risk_fee(desk->risk, 1, 0, 217), 200);
	assert_int_equal(risk_fee(desk->risk, 1, 0, 218), 201); /* 200.92 */
	assert_int_equal(risk_fee(desk->risk, 1, 0, -218), -200);
	assert_int_equal(risk_fee(desk->risk, 1, EUR, 12345), 12345);
	assert_int_equal(risk_fee(desk->risk, 0, 0, 12345), 12345);
	assert_int_equal(risk_fee(desk->risk, SYMBOL_NONE, EUR, 100), 109);
	assert_true(risk_rate(desk->risk, JPY, 671000, BEGUN_NS));
	/* 16169.896: over the base it would be 109 / 0.00671, 16245 */
	assert_int_equal(risk_fee(desk->risk, 2, EUR, 100), 16170);
	assert_int_equal(risk_fee(desk->risk, 2, EUR, -100), -16169);
}

static void what_nobody_can_convert_costs_the_most_and_brings_nothing(void **state)
{
	const struct desk *desk = *state;
	assert_true(risk_fee(desk->risk, 0, JPY, 1) == CURRENCY_COST_MAX);
	assert_int_equal(risk_fee(desk->risk, 0, JPY, 0), 0);
	assert_int_equal(risk_fee(desk->risk, 0, JPY, -1000), 0);
	assert_true(risk_fee(desk->risk, 2, EUR, 1) == CURRENCY_COST_MAX);
	assert_int_equal(risk_fee(desk->risk, 2, EUR, -1000), 0);
	assert_int_equal(risk_fee(desk->risk, 2, JPY, 1000), 1000);
}

/* In dollars, at a venue that takes euros: while the rate may be used, and not a nanosecond later or before. */
static void an_order_needs_the_rate_of_what_its_venue_takes(void **state)
{
	struct desk *desk = *state;
	static const uint64_t walls[] = {BEGUN_NS - 1, BEGUN_NS + HOUR_NS + 1};
	desk->turn.wall_ns = BEGUN_NS + HOUR_NS;
	desk_expect(desk, LANE_NONE);
	for (unsigned i = 0; i < ARRAY_COUNT(walls); i++) {
		desk->turn.wall_ns = walls[i];
		desk->order.venue_index = 0;
		desk_expect(desk, LANE_GROSS_EXPOSURE);
		assert_true(desk->verdict.usage == MEASURE_MISSING);
		desk->order.venue_index = 2;
		desk_expect(desk, LANE_NONE);
		desk->order.venue_index = 3;
		desk_expect(desk, LANE_NONE);
	}
}

static void a_way_out_takes_the_last_rate_there_was(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 100);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk->turn.wall_ns = BEGUN_NS + 2 * HOUR_NS;
	desk_expect(desk, LANE_NONE);
	assert_int_equal(desk->verdict.is_way_out, 1);
	/* What it costs nobody can say. */
	desk->order.venue_index = 1;
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	assert_true(desk->verdict.usage == MEASURE_MISSING);
	assert_true(risk_rate(desk->risk, JPY, 671000, BEGUN_NS));
	desk_expect(desk, LANE_NONE);
}

/* It was refused for want of a rate: a part of it may come as soon as there is one. */
static void an_order_whose_fee_nobody_knows_was_not_refused_for_its_size(void **state)
{
	struct desk *desk = *state;
	desk->order.venue_index = 1;
	desk_expect(desk, LANE_MAX_ORDER_VALUE);
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 1);
	assert_true(risk_rate(desk->risk, JPY, 671000, BEGUN_NS));
	desk_expect(desk, LANE_NONE);
}

static void rates_that_venues_take_their_fees_by_are_shown(void **state)
{
	struct desk *desk = *state;
	struct rate_row rows[CURRENCY_COUNT_MAX];
	risk_rates(desk->risk, BEGUN_NS, rows);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rows[i].is_charged, 1);
	desk->site.venue_count = 1;
	risk_close(desk->risk);
	desk->risk = risk_open(&desk->site);
	risk_rates(desk->risk, BEGUN_NS, rows);
	assert_int_equal(rows[EUR].is_charged, 1);
	assert_int_equal(rows[EUR].is_used, 0);
	assert_int_equal(rows[JPY].is_charged, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fees_test(a_fee_is_converted_once_and_rounded_against_us),
		fees_test(what_nobody_can_convert_costs_the_most_and_brings_nothing),
		fees_test(an_order_needs_the_rate_of_what_its_venue_takes),
		fees_test(a_way_out_takes_the_last_rate_there_was),
		fees_test(an_order_whose_fee_nobody_knows_was_not_refused_for_its_size),
		fees_test(rates_that_venues_take_their_fees_by_are_shown),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.rates_fees", tests, NULL, NULL);
}
