#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/instrument.h"

static const uint32_t divisors[] = {1, 2, 3, 5, 7, 10, 50, 100, 125, 1000, 9999, 10000, 65535,
	65536, 99991, 1000000007, INT32_MAX};

static void remainder_and_quotient_are_exact(void **state)
{
	(void)state;
	for (unsigned d = 0; d < ARRAY_COUNT(divisors); d++) {
		struct symbol_config config = {.tick_e4 = divisors[d], .lot = divisors[d]};
		struct instrument it;
		uint64_t n = 0;
		instrument_init(&it, &config);
		assert_int_equal(it.is_known, 1);
		for (unsigned round = 0; round < 20000; round++) {
			n = round % 3 == 0 ? (n * 6364136223846793005u + 1442695040888963407u) >> 13
					   : n + 1;
			for (int64_t off = -1; off <= 1; off++) {
				/* multiples of the divisor and their neighbours, and numbers at large */
				uint32_t at = (uint32_t)((uint32_t)n / divisors[d] * divisors[d] +
							 (uint32_t)off);
				uint32_t price = at % 2000000000u;
				assert_int_equal(instrument_remainder(at, it.lot, it.lot_magic),
					at % divisors[d]);
				assert_int_equal(
					instrument_quotient(price, it.tick_e4, it.tick_magic),
					((uint64_t)price + divisors[d] - 1) / divisors[d]);
			}
		}
		assert_int_equal(instrument_remainder(UINT32_MAX, it.lot, it.lot_magic),
			UINT32_MAX % divisors[d]);
		assert_int_equal(instrument_quotient(0, it.tick_e4, it.tick_magic), 0);
	}
}

static void a_grid_that_is_none_is_unknown(void **state)
{
	(void)state;
	static const struct {
		int64_t tick_e4;
		uint32_t lot;
	} cases[] = {{0, 1}, {-1, 1}, {1, 0}, {INT64_C(1) << 31, 1}, {1, UINT32_C(1) << 31},
		{INT64_MIN, 1}};
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		struct symbol_config config = {.tick_e4 = cases[i].tick_e4, .lot = cases[i].lot};
		struct instrument it;
		instrument_init(&it, &config);
		assert_int_equal(it.is_known, 0);
	}
}

static void a_close_that_is_no_price_is_none(void **state)
{
	(void)state;
	static const int64_t closes[] = {0, -1, PRICE_E4_MAX, INT64_MAX, INT64_MIN};
	struct symbol_config config = {
		.tick_e4 = 1, .lot = 1, .previous_close_e4 = PRICE_E4_MAX - 1};
	struct instrument it;
	instrument_init(&it, &config);
	assert_int_equal(it.close_e4, PRICE_E4_MAX - 1);
	for (unsigned i = 0; i < ARRAY_COUNT(closes); i++) {
		config.previous_close_e4 = closes[i];
		instrument_init(&it, &config);
		assert_int_equal(it.close_e4, 0);
		assert_true(price_is_absurd(closes[i]));
	}
	assert_false(price_is_absurd(1));
	assert_false(price_is_absurd(PRICE_E4_MAX - 1));
}

static void shares_beyond_what_a_symbol_can_have_are_not_known(void **state)
{
	(void)state;
	struct symbol_config config = {.tick_e4 = 1,
		.lot = 1,
		.adv_qty = SYMBOL_SHARES_MAX,
		.outstanding_qty = SYMBOL_SHARES_MAX};
	struct instrument it;
	instrument_init(&it, &config);
	assert_true(it.adv_qty == SYMBOL_SHARES_MAX && it.outstanding_qty == SYMBOL_SHARES_MAX);
	config.adv_qty = config.outstanding_qty = SYMBOL_SHARES_MAX + 1;
	instrument_init(&it, &config);
	assert_true(it.adv_qty == 0 && it.outstanding_qty == 0 && it.is_known == 1);
	config.adv_qty = config.outstanding_qty = 1;
	instrument_init(&it, &config);
	assert_true(it.adv_qty == 1 && it.outstanding_qty == 1);
}

static void a_sector_beyond_the_last_is_not_known(void **state)
{
	(void)state;
	struct symbol_config config = {.tick_e4 = 1, .lot = 1, .sector = SECTOR_COUNT_MAX - 1};
	struct instrument it;
	instrument_init(&it, &config);
	assert_int_equal(it.sector, SECTOR_COUNT_MAX - 1);
	config.sector = SECTOR_COUNT_MAX;
	instrument_init(&it, &config);
	assert_int_equal(it.sector, 0);
}

/* instrument (2): both are known and below 2^15, or there are none. */
static void an_instrument_has_rates_that_are_known_and_small(void **state)
{
	(void)state;
	static const uint32_t wrong_bps[] = {0, 1u << 15, (1u << 15) + 1, 1u << 31, UINT32_MAX};
	struct instrument instrument = {.has_rates = 0};
	instrument_rate(&instrument, (1u << 15) - 1, 1);
	assert_int_equal(instrument.has_rates, 1);
	instrument_rate(&instrument, 1, (1u << 15) - 1);
	assert_int_equal(instrument.has_rates, 1);
	for (unsigned i = 0; i < ARRAY_COUNT(wrong_bps); i++) {
		instrument_rate(&instrument, wrong_bps[i], 1);
		assert_int_equal(instrument.has_rates, 0);
		instrument_rate(&instrument, 1, wrong_bps[i]);
		assert_int_equal(instrument.has_rates, 0);
	}
}

static void an_instrument_begins_with_the_rates_of_its_file(void **state)
{
	(void)state;
	struct instrument instrument;
	const struct symbol_config symbol = {
		.tick_e4 = 100, .lot = 1, .margin_bps = 2500, .stress_bps = 4000};
	instrument_init(&instrument, &symbol);
	assert_int_equal(instrument.margin_bps, 2500);
	assert_int_equal(instrument.stress_bps, 4000);
	assert_true(instrument.has_rates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remainder_and_quotient_are_exact),
		cmocka_unit_test(shares_beyond_what_a_symbol_can_have_are_not_known),
		cmocka_unit_test(a_grid_that_is_none_is_unknown),
		cmocka_unit_test(a_close_that_is_no_price_is_none),
		cmocka_unit_test(a_sector_beyond_the_last_is_not_known),
		cmocka_unit_test(an_instrument_has_rates_that_are_known_and_small),
		cmocka_unit_test(an_instrument_begins_with_the_rates_of_its_file),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.instrument", tests, NULL, NULL);
}
