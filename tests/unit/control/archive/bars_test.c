/* bars_test.c - open, high, low, close, volume and the exact notional. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/archive/bars.h"

static void a_bar_is_made_of_its_prints(void **state)
{
	(void)state;
	struct bar bar = {0};
	bar_add(&bar, 1000, 10);
	bar_add(&bar, 1200, 5);
	bar_add(&bar, 900, 1);
	bar_add(&bar, 1100, 4);
	assert_int_equal(bar.open_e4, 1000);
	assert_int_equal(bar.high_e4, 1200);
	assert_int_equal(bar.low_e4, 900);
	assert_int_equal(bar.close_e4, 1100);
	assert_int_equal(bar.volume, 20);
	assert_int_equal(bar.trades, 4);
	assert_int_equal(bar.notional_low, 10000 + 6000 + 900 + 4400);
	assert_int_equal(bar_vwap_e4(&bar), 1065);
}

static void what_is_no_print_changes_nothing(void **state)
{
	(void)state;
	static const struct bar none;
	struct bar bar = {0};
	bar_add(&bar, 1000, 0);
	bar_add(&bar, 0, 10);
	bar_add(&bar, -5, 10);
	assert_memory_equal(&bar, &none, sizeof bar);
	assert_int_equal(bar_vwap_e4(&bar), 0);
	bar_add(&bar, 7, 1);
	struct bar before = bar;
	bar_join(&bar, &none);
	assert_memory_equal(&bar, &before, sizeof bar);
}

static void joined_parts_are_the_whole(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed < 200; seed++) {
		struct bar whole = {0}, parts[3] = {{0}}, joined = {0};
		uint64_t random = seed;
		for (uint32_t i = 0; i < 30; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			int64_t price_e4 = (int64_t)(random >> 33) % 500;
			uint64_t qty = random >> 60;
			bar_add(&whole, price_e4, qty);
			bar_add(&parts[i < seed % 30        ? 0
					: i < seed % 30 + 4 ? 1
							    : 2],
				price_e4, qty);
		}
		for (uint32_t i = 0; i < 3; i++)
			bar_join(&joined, &parts[i]);
		assert_memory_equal(&joined, &whole, sizeof whole);
	}
}

static void the_notional_is_exact_beyond_64_bits(void **state)
{
	(void)state;
	struct bar bar = {0};
	char text[48];
	/* 200,000.0000 times 2^63 shares, twice: 2e9 * 2^64 in price units. */
	bar_add(&bar, 2000000000, UINT64_C(1) << 63);
	bar_notional_format(&bar, text);
	assert_string_equal(text, "1844674407370955161600000.0000");
	assert_int_equal(bar_vwap_e4(&bar), 2000000000);
	bar = (struct bar){0};
	bar_add(&bar, 1630201, 3);
	bar_notional_format(&bar, text);
	assert_string_equal(text, "489.0603");
	assert_int_equal(bar.notional_high, 0);
}

static void intervals_begin_where_they_begin(void **state)
{
	(void)state;
	const uint64_t time_ns =
		UINT64_C(1548858601999999999); /* 2019-01-30 14:30:01.999999999 UTC */
	assert_int_equal(bar_begin_s(time_ns, BAR_SECOND, 1548824400), 1548858601);
	assert_int_equal(bar_begin_s(time_ns, BAR_MINUTE, 1548824400), 1548858600);
	assert_int_equal(bar_begin_s(time_ns, BAR_DAY, 1548824400), 1548824400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bar_is_made_of_its_prints),
		cmocka_unit_test(what_is_no_print_changes_nothing),
		cmocka_unit_test(joined_parts_are_the_whole),
		cmocka_unit_test(the_notional_is_exact_beyond_64_bits),
		cmocka_unit_test(intervals_begin_where_they_begin),
	};
	return !!cmocka_run_group_tests_name("unit.control.archive.bars", tests, NULL, NULL);
}
