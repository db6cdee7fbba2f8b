/* Every reader at its boundaries: the last right spelling and the first wrong one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/scalar.h"

static void expect_count(const char *text, uint64_t wanted)
{
	uint64_t count = 77;
	assert_null(scalar_count(text, &count));
	assert_int_equal(count, wanted);
}

static void refuse_count(const char *text)
{
	uint64_t count = 77;
	assert_non_null(scalar_count(text, &count));
	assert_int_equal(count, 77);
}

static void a_count_is_plain_digits_that_fit(void **state)
{
	(void)state;
	expect_count("0", 0);
	expect_count("1", 1);
	expect_count("10", 10);
	expect_count("9223372036854775807", INT64_MAX);
	refuse_count("9223372036854775808");
	refuse_count("18446744073709551616");
	refuse_count("99999999999999999999999999");
}

static void a_count_has_no_sign_zero_exponent_underscore_or_space(void **state)
{
	static const char *const wrong[] = {"", " ", "-1", "+1", "010", "00", "1e3", "1_000",
		"1,000", " 1", "1 ", "5x", "0x10", "1.0", "\xd9\xa1", "1\n", "\t1", "one", "0b1",
		"1 shares"};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		refuse_count(wrong[i]);
}

static void a_count_that_does_not_fit_is_told_so(void **state)
{
	uint64_t count;
	int64_t money_e4;
	(void)state;
	assert_string_equal(
		scalar_count("9223372036854775808", &count), "a number that fits in 63 bits");
	assert_string_equal(scalar_money("922337203685477.5808 USD", "USD", &money_e4),
		"a number that fits in 63 bits");
	assert_null(scalar_money("922337203685477.5807 USD", "USD", &money_e4));
	assert_int_equal(money_e4, INT64_MAX);
}

static void a_unit_stands_behind_one_space(void **state)
{
	static const char *const wrong[] = {"500", "500shares", "500  shares", "500 share",
		"500 sharess", "500 Shares", "500 shares ", " 500 shares", "500\tshares",
		"05 shares", "-5 shares", "shares", "5.0 shares", "500 lots", "5e2 shares",
		"9223372036854775808 shares"};
	uint64_t count = 77;
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_unit_count(wrong[i], "shares", &count));
	assert_int_equal(count, 77);
	assert_null(scalar_unit_count("500 shares", "shares", &count));
	assert_int_equal(count, 500);
	assert_null(scalar_unit_count("0 shares", "shares", &count));
	assert_int_equal(count, 0);
}

static void expect_price(const char *text, int64_t wanted_e4)
{
	int64_t price_e4 = 77;
	assert_null(scalar_price(text, &price_e4));
	assert_int_equal(price_e4, wanted_e4);
}

static void a_price_is_exact_to_four_decimals(void **state)
{
	(void)state;
	expect_price("189.9500", 1899500);
	expect_price("189.95", 1899500);
	expect_price("0.0001", 1);
	expect_price("0.1", 1000);
	expect_price("0", 0);
	expect_price("7", 70000);
	expect_price("922337203685477.5807", INT64_MAX);
}

static void a_price_has_no_fifth_decimal_and_no_bare_point(void **state)
{
	static const char *const wrong[] = {"189.95001", "189.", ".5", "-1.00", "+1.00", "01.00",
		"1e2", "1,5", "1.0.0", "1.00 USD", "", "1 ", "922337203685477.5808", "0.00001",
		"1.-5", "NaN", "inf"};
	int64_t price_e4 = 77;
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_price(wrong[i], &price_e4));
	assert_int_equal(price_e4, 77);
}

static void a_rate_is_exact_to_six_decimals(void **state)
{
	static const char *const wrong[] = {
		"0.0029500", "0.", ".5", "-1", "", "1 ", "0.000001 USD", "9223372036854.775808"};
	int64_t rate_e6 = 77;
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_rate(wrong[i], &rate_e6));
	assert_int_equal(rate_e6, 77);
	assert_null(scalar_rate("0.00295", &rate_e6));
	assert_int_equal(rate_e6, 2950);
	assert_null(scalar_rate("0.000001", &rate_e6));
	assert_int_equal(rate_e6, 1);
	assert_null(scalar_rate("9223372036854.775807", &rate_e6));
	assert_int_equal(rate_e6, INT64_MAX);
}

static void money_is_a_number_and_its_currency(void **state)
{
	static const char *const wrong[] = {"25000.00", "25000.00USD", "25000.00 usd",
		"25000.00 EUR", "USD 25000.00", "25000.00 USD ", "25000.00001 USD", "-1.00 USD",
		"25 000.00 USD", "25,000.00 USD"};
	int64_t money_e4 = 77;
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_money(wrong[i], "USD", &money_e4));
	assert_int_equal(money_e4, 77);
	assert_null(scalar_money("25000.00 USD", "USD", &money_e4));
	assert_int_equal(money_e4, 250000000);
	assert_null(scalar_money("0.0001 USD", "USD", &money_e4));
	assert_int_equal(money_e4, 1);
}

static void a_duration_names_its_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t wanted_ns;
	} rows[] = {{"1 ns", 1}, {"2 us", 2000}, {"500 ms", 500000000}, {"3 s", 3000000000},
		{"1 min", 60000000000}, {"1 h", 3600000000000}, {"5 days", 432000000000000},
		{"0 s", 0}, {"9223372036 s", 9223372036000000000}};
	static const char *const wrong[] = {"500", "500ms", "1 m", "1 sec", "1 hour", "1 day",
		"0.5 s", "1  s", "1 S", "1 s ", "9223372037 s", "106752 days", "-1 s", "1 mins",
		"s", ""};
	uint64_t duration_ns;
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_null(scalar_duration(rows[i].text, &duration_ns));
		assert_int_equal(duration_ns, rows[i].wanted_ns);
	}
	duration_ns = 77;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_duration(wrong[i], &duration_ns));
	assert_int_equal(duration_ns, 77);
}

static void a_size_is_in_binary_units(void **state)
{
	static const char *const wrong[] = {
		"64", "64 MB", "64MiB", "64 mib", "64 TiB", "0.5 GiB", "8589934592 GiB", "64 MiBs"};
	uint64_t size_bytes;
	(void)state;
	assert_null(scalar_size("512 B", &size_bytes));
	assert_int_equal(size_bytes, 512);
	assert_null(scalar_size("4 KiB", &size_bytes));
	assert_int_equal(size_bytes, 4096);
	assert_null(scalar_size("64 MiB", &size_bytes));
	assert_int_equal(size_bytes, 64 << 20);
	assert_null(scalar_size("8589934591 GiB", &size_bytes));
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_size(wrong[i], &size_bytes));
}

static void a_boolean_is_true_or_false_and_nothing_else(void **state)
{
	static const char *const wrong[] = {"True", "FALSE", "yes", "no", "on", "off", "1", "0",
		"fasle", "", "true ", "truefalse", "t"};
	bool truth = false;
	(void)state;
	assert_null(scalar_boolean("true", &truth));
	assert_true(truth);
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_boolean(wrong[i], &truth));
	assert_true(truth);
	assert_null(scalar_boolean("false", &truth));
	assert_false(truth);
}

static void a_time_is_utc_to_the_second(void **state)
{
	static const char *const wrong[] = {"2019-01-29", "2019-01-29T21:00:00",
		"2019-01-29 21:00:00Z", "2019-01-29T24:00:00Z", "2019-01-29T21:60:00Z",
		"2019-01-29T21:00:60Z", "2019-02-29T00:00:00Z", "2019-13-01T00:00:00Z",
		"2019-00-01T00:00:00Z", "2019-01-00T00:00:00Z", "1969-12-31T23:59:59Z",
		"2200-01-01T00:00:00Z", "2019-1-29T21:00:00Z", "2019-01-29T21:00:00+00:00",
		"2100-02-29T00:00:00Z", "2019-04-31T00:00:00Z", "2019-01-29T21:00:00Zz"};
	uint64_t wall_ns;
	(void)state;
	assert_null(scalar_time("1970-01-01T00:00:00Z", &wall_ns));
	assert_int_equal(wall_ns, 0);
	assert_null(scalar_time("2019-01-29T21:00:00Z", &wall_ns));
	assert_int_equal(wall_ns, 1548795600000000000);
	assert_null(scalar_time("2000-02-29T23:59:59Z", &wall_ns));
	assert_int_equal(wall_ns, 951868799000000000);
	assert_null(scalar_time("2199-12-31T23:59:59Z", &wall_ns));
	assert_int_equal(wall_ns, 7258118399000000000);
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_time(wrong[i], &wall_ns));
	assert_int_equal(wall_ns, 7258118399000000000);
}

static void an_address_is_four_numbers_below_256(void **state)
{
	static const char *const wrong[] = {"1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.256",
		"01.2.3.4", "1..2.3", "1.2.3.4 ", "localhost", "::1", "0x7f.0.0.1", "2130706433",
		"", "1.2.3.-4", "1.2.3.99999999999999999999"};
	uint32_t address_ip = 0;
	(void)state;
	assert_null(scalar_address("239.1.1.1", &address_ip));
	assert_int_equal(address_ip, 0xEF010101);
	assert_null(scalar_address("255.255.255.255", &address_ip));
	assert_int_equal(address_ip, UINT32_MAX);
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_address(wrong[i], &address_ip));
}

static void an_endpoint_has_a_port_from_1_to_65535(void **state)
{
	static const char *const wrong[] = {"239.1.1.1", "239.1.1.1:", "239.1.1.1:0",
		"239.1.1.1:65536", "239.1.1.1:026", ":26477", "239.1.1.1:26477 ",
		"239.1.1.1 :26477", "239.1.1.1:-1"};
	uint32_t address_ip = 0;
	uint16_t port = 0;
	(void)state;
	assert_null(scalar_endpoint("239.1.1.1:1", &address_ip, &port));
	assert_int_equal(port, 1);
	assert_null(scalar_endpoint("127.0.0.1:65535", &address_ip, &port));
	assert_int_equal(port, 65535);
	assert_int_equal(address_ip, 0x7F000001);
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_endpoint(wrong[i], &address_ip, &port));
	assert_int_equal(port, 65535);
}

static void a_rate_says_how_many_in_how_long_and_the_burst(void **state)
{
	static const char *const wrong[] = {"100 per 1 s", "100 per 1 s burst",
		"100 per 1 s burst 0", "0 per 1 s burst 20", "100 per 0 s burst 20",
		"100/s burst 20", "100 per s burst 20", "100 per 25 h burst 20",
		"4294967296 per 1 s burst 20", "100 per 1 s burst 4294967296",
		"100 per 1 s burst 20 ", "100 orders per 1 s burst 20", "-1 per 1 s burst 20"};
	struct limit_value value = {.value = 77};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_limit(wrong[i], RATE, "USD", &value));
	assert_int_equal(value.value, 77);
	assert_null(scalar_limit("4294967295 per 24 h burst 4294967295", RATE, "USD", &value));
	assert_int_equal(value.value, UINT32_MAX);
	assert_int_equal(value.window_ns, 86400000000000);
	assert_int_equal(value.burst, UINT32_MAX);
	assert_int_equal(value.currency, 0);
}

static void a_count_and_a_walk_have_windows(void **state)
{
	struct limit_value value;
	(void)state;
	assert_null(scalar_limit("2 per 500 ms", COUNT, "USD", &value));
	assert_int_equal(value.value, 2);
	assert_int_equal(value.window_ns, 500000000);
	assert_int_equal(value.burst, 0);
	assert_non_null(scalar_limit("2 per 0 ms", COUNT, "USD", &value));
	assert_non_null(scalar_limit("2 times per 500 ms", COUNT, "USD", &value));
	assert_null(scalar_limit("100 bps per 10 s", WALK, "USD", &value));
	assert_int_equal(value.value, 100);
	assert_int_equal(value.window_ns, 10000000000);
	assert_non_null(scalar_limit("100 per 10 s", WALK, "USD", &value));
	assert_non_null(scalar_limit("100 bps", WALK, "USD", &value));
}

static void a_ratio_says_how_many_per_trade_and_how_many_are_free(void **state)
{
	static const char *const wrong[] = {"0 per trade after 500", "1000001 per trade after 500",
		"50 per trade after 0", "50 per trade after 4294967296", "50 per trade",
		"50 per trade after 500 messages", "-1 per trade after 5",
		"50 per 1 trade after 500"};
	struct limit_value value;
	(void)state;
	assert_null(scalar_limit("1000000 per trade after 4294967295", RATIO, "USD", &value));
	assert_int_equal(value.value, 1000000);
	assert_int_equal(value.burst, UINT32_MAX);
	assert_int_equal(value.window_ns, 0);
	for (unsigned i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_limit(wrong[i], RATIO, "USD", &value));
}

static void every_unit_of_a_limit_refuses_the_spelling_of_each_other(void **state)
{
	static const char *const spellings[] = {
		[SHARES] = "500 shares",
		[MONEY] = "25000.00 USD",
		[BPS] = "50 bps",
		[TICKS] = "20 ticks",
		[AGE] = "500 ms",
		[RATE] = "100 per 1 s burst 20",
		[COUNT] = "2 per 500 ms",
		[WALK] = "100 bps per 10 s",
		[FLAG] = "yes",
		[RATIO] = "50 per trade after 500",
	};
	(void)state;
	for (unsigned unit = 0; unit < ARRAY_COUNT(spellings); unit++) {
		for (unsigned other = 0; other < ARRAY_COUNT(spellings); other++) {
			struct limit_value value;
			const char *expected = scalar_limit(
				spellings[other], (enum limit_unit)unit, "USD", &value);
			assert_int_equal(expected == NULL, unit == other);
		}
	}
}

static void an_ipv6_endpoint_stands_in_brackets(void **state)
{
	(void)state;
	static const char *const wrong[] = {"ff3e::1:26477", "[ff3e::1]", "[ff3e::1]:0",
		"[ff3e::1]:65536", "[ff3e::1]26477", "[ff3e::1:26477", "[]:1", "[ff3e::1]:1 ",
		"[ff3e::g]:1", "[1.2.3.4]:1", "[ff3e:0000:0000:0000:0000:0000:0000:0000:0000:1]:1",
		"["};
	uint8_t address[16] = {1};
	uint16_t port = 7;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_non_null(scalar_endpoint6(wrong[i], address, &port));
	assert_null(scalar_endpoint6("[ff3e::1]:65535", address, &port));
	assert_memory_equal(address, "\xFF\x3E\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	assert_int_equal(port, 65535);
	assert_non_null(scalar_address6("10.0.0.1", address));
	assert_null(scalar_address6("fd00::2", address));
	assert_int_equal(address[15], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_count_is_plain_digits_that_fit),
		cmocka_unit_test(a_count_has_no_sign_zero_exponent_underscore_or_space),
		cmocka_unit_test(a_count_that_does_not_fit_is_told_so),
		cmocka_unit_test(a_unit_stands_behind_one_space),
		cmocka_unit_test(a_price_is_exact_to_four_decimals),
		cmocka_unit_test(a_price_has_no_fifth_decimal_and_no_bare_point),
		cmocka_unit_test(a_rate_is_exact_to_six_decimals),
		cmocka_unit_test(money_is_a_number_and_its_currency),
		cmocka_unit_test(a_duration_names_its_unit),
		cmocka_unit_test(a_size_is_in_binary_units),
		cmocka_unit_test(a_boolean_is_true_or_false_and_nothing_else),
		cmocka_unit_test(a_time_is_utc_to_the_second),
		cmocka_unit_test(an_address_is_four_numbers_below_256),
		cmocka_unit_test(an_ipv6_endpoint_stands_in_brackets),
		cmocka_unit_test(an_endpoint_has_a_port_from_1_to_65535),
		cmocka_unit_test(a_rate_says_how_many_in_how_long_and_the_burst),
		cmocka_unit_test(a_count_and_a_walk_have_windows),
		cmocka_unit_test(a_ratio_says_how_many_per_trade_and_how_many_are_free),
		cmocka_unit_test(every_unit_of_a_limit_refuses_the_spelling_of_each_other),
	};
	return !!cmocka_run_group_tests_name("unit.config.scalar", tests, NULL, NULL);
}
