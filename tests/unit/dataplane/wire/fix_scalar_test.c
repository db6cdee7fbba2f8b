/* fix_scalar_test.c - numbers, prices and times of FIX: exact or refused, and back to the same text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/fix_scalar.h"

/* Reads from memory that ends where the text ends, so that a sanitizer sees a byte too many. */
static const uint8_t *exact(const char *text, uint32_t *size)
{
	static uint8_t *copy;
	free(copy);
	*size = (uint32_t)strlen(text);
	copy = malloc(*size != 0 ? *size : 1);
	assert_non_null(copy);
	memcpy(copy, text, *size);
	return copy;
}

static void number_is(const char *text, enum fix_reason reason, uint64_t expected)
{
	uint32_t size;
	uint64_t value = 0;
	const uint8_t *at = exact(text, &size);
	assert_int_equal(fix_read_number(at, size, &value), reason);
	if (reason == FIX_NO_REASON)
		assert_int_equal(value, expected);
}

static void qty_is(const char *text, enum fix_reason reason, uint64_t expected)
{
	uint32_t size;
	uint64_t value = 0;
	const uint8_t *at = exact(text, &size);
	assert_int_equal(fix_read_qty(at, size, &value), reason);
	if (reason == FIX_NO_REASON)
		assert_int_equal(value, expected);
}

static void price_is(const char *text, enum fix_reason reason, int64_t expected)
{
	uint32_t size;
	int64_t value = 0;
	const uint8_t *at = exact(text, &size);
	assert_int_equal(fix_read_price(at, size, &value), reason);
	if (reason == FIX_NO_REASON)
		assert_int_equal(value, expected);
}

static void rate_is(const char *text, enum fix_reason reason, int64_t expected)
{
	uint32_t size;
	int64_t value = 0;
	const uint8_t *at = exact(text, &size);
	assert_int_equal(fix_read_rate(at, size, &value), reason);
	if (reason == FIX_NO_REASON)
		assert_int_equal(value, expected);
}

static void time_is(const char *text, enum fix_reason reason, uint64_t expected)
{
	uint32_t size;
	uint64_t value = 0;
	const uint8_t *at = exact(text, &size);
	assert_int_equal(fix_read_time(at, size, &value), reason);
	if (reason == FIX_NO_REASON)
		assert_int_equal(value, expected);
}

static void a_number_is_digits_and_nothing_else(void **state)
{
	(void)state;
	number_is("0", FIX_NO_REASON, 0);
	number_is("42", FIX_NO_REASON, 42);
	number_is("00000000000000000000000007", FIX_NO_REASON, 7);
	number_is("999999999999999999", FIX_NO_REASON, 999999999999999999ull);
	number_is("1000000000000000000", FIX_OUT_OF_RANGE, 0);
	number_is("", FIX_BAD_FORMAT, 0);
	number_is("4x", FIX_BAD_FORMAT, 0);
	number_is("x4", FIX_BAD_FORMAT, 0);
	number_is(" 4", FIX_BAD_FORMAT, 0);
	number_is("+4", FIX_BAD_FORMAT, 0);
	number_is("4.0", FIX_BAD_FORMAT, 0);
	number_is("1e3", FIX_BAD_FORMAT, 0);
}

static void a_number_below_zero_is_out_of_range_and_not_malformed(void **state)
{
	(void)state;
	number_is("-1", FIX_OUT_OF_RANGE, 0);
	number_is("-0", FIX_NO_REASON, 0);
	number_is("-", FIX_BAD_FORMAT, 0);
	number_is("--1", FIX_BAD_FORMAT, 0);
	number_is("-1000000000000000000", FIX_OUT_OF_RANGE, 0);
}

static void a_quantity_is_whole_shares(void **state)
{
	(void)state;
	qty_is("100", FIX_NO_REASON, 100);
	qty_is("0100.000", FIX_NO_REASON, 100);
	qty_is("100.", FIX_NO_REASON, 100);
	qty_is("0", FIX_NO_REASON, 0);
	qty_is("-0", FIX_NO_REASON, 0);
	qty_is("4294967295", FIX_NO_REASON, UINT32_MAX);
	qty_is("4294967296", FIX_OUT_OF_RANGE, 0);
	qty_is("100.5", FIX_OUT_OF_RANGE, 0);
	qty_is("-100", FIX_OUT_OF_RANGE, 0);
	qty_is("1000000000000000000", FIX_OUT_OF_RANGE, 0);
	qty_is("1e2", FIX_BAD_FORMAT, 0);
	qty_is("", FIX_BAD_FORMAT, 0);
}

static void a_price_is_exact_in_ten_thousandths_or_refused(void **state)
{
	(void)state;
	price_is("190.12", FIX_NO_REASON, 1901200);
	price_is("190.1234", FIX_NO_REASON, 1901234);
	price_is("190.12340000", FIX_NO_REASON, 1901234);
	price_is("190.12341", FIX_OUT_OF_RANGE, 0);
	price_is("190", FIX_NO_REASON, 1900000);
	price_is("190.", FIX_NO_REASON, 1900000);
	price_is(".5", FIX_NO_REASON, 5000);
	price_is("00.0001", FIX_NO_REASON, 1);
	price_is("-1.5", FIX_NO_REASON, -15000);
	price_is("922337203685477.5807", FIX_NO_REASON, INT64_MAX);
	price_is("922337203685477.5808", FIX_OUT_OF_RANGE, 0);
	price_is("922337203685478", FIX_OUT_OF_RANGE, 0);
	price_is("999999999999999999", FIX_OUT_OF_RANGE, 0);
	price_is("9999999999999999999", FIX_OUT_OF_RANGE, 0);
	price_is("", FIX_BAD_FORMAT, 0);
	price_is(".", FIX_BAD_FORMAT, 0);
	price_is("-", FIX_BAD_FORMAT, 0);
	price_is("1.2.3", FIX_BAD_FORMAT, 0);
	price_is("1,5", FIX_BAD_FORMAT, 0);
	price_is("1e4", FIX_BAD_FORMAT, 0);
	price_is("nan", FIX_BAD_FORMAT, 0);
	price_is("0x10", FIX_BAD_FORMAT, 0);
}

static void a_rate_keeps_eight_decimals_of_any_number(void **state)
{
	(void)state;
	rate_is("190.1200000049", FIX_NO_REASON, 19012000000);
	rate_is("190.123456789", FIX_NO_REASON, 19012345678);
	rate_is("-0.00000001", FIX_NO_REASON, -1);
	rate_is("92233720369", FIX_OUT_OF_RANGE, 0);
	rate_is("1.x", FIX_BAD_FORMAT, 0);
}

static void a_time_is_read_to_the_nanosecond(void **state)
{
	(void)state;
	const uint64_t second = 1000000000u;
	time_is("19700101-00:00:00", FIX_NO_REASON, 0);
	time_is("20250102-14:30:00.010", FIX_NO_REASON, 1735828200 * second + 10000000);
	time_is("20250102-14:30:00.000010", FIX_NO_REASON, 1735828200 * second + 10000);
	time_is("20250102-14:30:00.000000010", FIX_NO_REASON, 1735828200 * second + 10);
	time_is("20240229-23:59:59", FIX_NO_REASON, 1709251199 * second);
	time_is("20000301-00:00:00", FIX_NO_REASON, 951868800 * second);
	time_is("22611231-23:59:59", FIX_NO_REASON, 9214646399 * second);
}

static void a_leap_second_may_stand_at_the_end_of_a_day_only(void **state)
{
	(void)state;
	time_is("20161231-23:59:60", FIX_NO_REASON, 1483228800ull * 1000000000);
	time_is("20161231-23:58:60", FIX_OUT_OF_RANGE, 0);
	time_is("20161231-22:59:60", FIX_OUT_OF_RANGE, 0);
	time_is("20161231-23:59:61", FIX_OUT_OF_RANGE, 0);
}

static void a_day_that_does_not_exist_is_out_of_range(void **state)
{
	(void)state;
	time_is("20250229-00:00:00", FIX_OUT_OF_RANGE, 0);
	time_is("21000229-00:00:00", FIX_OUT_OF_RANGE, 0);
	time_is("20250431-00:00:00", FIX_OUT_OF_RANGE, 0);
	time_is("20250400-00:00:00", FIX_OUT_OF_RANGE, 0);
	time_is("20251301-00:00:00", FIX_OUT_OF_RANGE, 0);
	time_is("20250001-00:00:00", FIX_OUT_OF_RANGE, 0);
	time_is("19691231-23:59:59", FIX_OUT_OF_RANGE, 0);
	time_is("22620101-00:00:00", FIX_OUT_OF_RANGE, 0);
	time_is("20250101-24:00:00", FIX_OUT_OF_RANGE, 0);
	time_is("20250101-00:60:00", FIX_OUT_OF_RANGE, 0);
}

static void a_time_of_another_shape_is_malformed(void **state)
{
	(void)state;
	static const char good[] = "20250102-14:30:00.010";
	char text[sizeof good];
	for (size_t i = 0; i < sizeof good - 1; i++) {
		memcpy(text, good, sizeof good);
		text[i] = 'x';
		time_is(text, FIX_BAD_FORMAT, 0);
	}
	time_is("", FIX_BAD_FORMAT, 0);
	time_is("20250102-14:30", FIX_BAD_FORMAT, 0);
	time_is("20250102-14:30:00.", FIX_BAD_FORMAT, 0);
	time_is("20250102-14:30:00.01", FIX_BAD_FORMAT, 0);
	time_is("20250102-14:30:00.0100000000", FIX_BAD_FORMAT, 0);
}

static void written(const uint8_t *out, uint32_t size, const char *expected)
{
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(out, expected, size);
}

static void numbers_and_prices_are_written_without_a_digit_too_many(void **state)
{
	(void)state;
	uint8_t out[FIX_PRICE_BYTES_MAX];
	written(out, fix_write_number(out, 0), "0");
	written(out, fix_write_number(out, UINT64_MAX), "18446744073709551615");
	written(out, fix_write_price(out, 1901200), "190.12");
	written(out, fix_write_price(out, 1900000), "190");
	written(out, fix_write_price(out, 1), "0.0001");
	written(out, fix_write_price(out, 0), "0");
	written(out, fix_write_price(out, -15000), "-1.5");
	written(out, fix_write_price(out, INT64_MIN), "-922337203685477.5808");
	written(out, fix_write_rate(out, 19012345678), "190.12345678");
	written(out, fix_write_rate(out, 19012000000), "190.12");
}

static void a_time_is_written_with_the_digits_that_were_asked_for(void **state)
{
	(void)state;
	uint8_t out[FIX_TIME_BYTES_MAX];
	const uint64_t at_ns = 1735828200012345678u;
	written(out, fix_write_time(out, at_ns, FIX_SECONDS), "20250102-14:30:00");
	written(out, fix_write_time(out, at_ns, FIX_MILLIS), "20250102-14:30:00.012");
	written(out, fix_write_time(out, at_ns, FIX_MICROS), "20250102-14:30:00.012345");
	written(out, fix_write_time(out, at_ns, FIX_NANOS), "20250102-14:30:00.012345678");
}

static void every_day_of_four_centuries_is_written_and_read_back(void **state)
{
	(void)state;
	const uint64_t day_ns = 86400ull * 1000000000;
	for (uint64_t day = 0; day < 106000; day++) {
		uint8_t out[FIX_TIME_BYTES_MAX];
		uint64_t at_ns = day * day_ns + day * 815301234567 % day_ns, again = 0;
		uint32_t size = fix_write_time(out, at_ns, FIX_NANOS);
		assert_int_equal(fix_read_time(out, size, &again), FIX_NO_REASON);
		assert_int_equal(again, at_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_digits_and_nothing_else),
		cmocka_unit_test(a_number_below_zero_is_out_of_range_and_not_malformed),
		cmocka_unit_test(a_quantity_is_whole_shares),
		cmocka_unit_test(a_price_is_exact_in_ten_thousandths_or_refused),
		cmocka_unit_test(a_rate_keeps_eight_decimals_of_any_number),
		cmocka_unit_test(a_time_is_read_to_the_nanosecond),
		cmocka_unit_test(a_leap_second_may_stand_at_the_end_of_a_day_only),
		cmocka_unit_test(a_day_that_does_not_exist_is_out_of_range),
		cmocka_unit_test(a_time_of_another_shape_is_malformed),
		cmocka_unit_test(numbers_and_prices_are_written_without_a_digit_too_many),
		cmocka_unit_test(a_time_is_written_with_the_digits_that_were_asked_for),
		cmocka_unit_test(every_day_of_four_centuries_is_written_and_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
