/* rates_file_test.c - a file of rates is read whole, or refused with the place of what is wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "config/config.h"

static const struct site_config site = {
	.currency_count = 3, .currencies = {{.name = "USD"}, {.name = "EUR"}, {.name = "JPY"}}};

#define HEAD "version: 1\nas_of: \"2019-01-30T12:00:00Z\"\nrates:\n"

static bool parse(struct rate_set *set, const char *text, struct config_error *error)
{
	return rates_file_parse(set, &site, "rates.yaml", text, strlen(text), error);
}

static void a_file_says_what_currencies_are_worth_and_when(void **state)
{
	struct rate_set set;
	struct config_error error;
	(void)state;
	if (!parse(&set,
		    HEAD "  - {currency: JPY, rate: 0.00671}\n  - {currency: EUR, rate: 1.0850}\n",
		    &error))
		fail_msg("%s", error.text);
	assert_int_equal(set.as_of_wall_ns, UINT64_C(1548849600000000000));
	assert_int_equal(set.count, 2);
	assert_int_equal(set.rates[0].currency, 2);
	assert_int_equal(set.rates[0].rate_e8, 671000);
	assert_int_equal(set.rates[1].currency, 1);
	assert_int_equal(set.rates[1].rate_e8, 108500000);
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
	static const char *const rows[][2] = {
		{HEAD "  - {currency: GBP, rate: 1}\n",
			"rates.yaml:4:16: found the currency \"GBP\", expected one of site.yaml's "
			"currencies"},
		{HEAD "  - {currency: USD, rate: 1}\n",
			"rates.yaml:4:16: found the currency \"USD\", expected one of site.yaml's "
			"currencies"},
		{HEAD "  - {currency: EUR, rate: 1}\n  - {currency: EUR, rate: 1}\n",
			"rates.yaml:5:16: found EUR again, expected each currency once"},
		{HEAD "  - {currency: EUR, rate: -1}\n",
			"rates.yaml:4:27: found \"-1\", expected a rate with at most eight "
			"decimals such as \"1.0850\""},
		{"version: 2\nas_of: x\nrates:\n  - {currency: EUR, rate: 1}\n",
			"rates.yaml:1:10: found 2, expected from 1 to 1"},
		{"version: 1\nas_of: x\nrates:\n  - {currency: EUR, rate: 1}\n",
			"rates.yaml:2:8: found \"x\", expected a time in UTC from 1970 to 2199 "
			"such as \"2019-01-29T21:00:00Z\""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct rate_set set;
		struct config_error error;
		assert_false(parse(&set, rows[i][0], &error));
		assert_string_equal(error.text, rows[i][1]);
	}
}

/* Reading it would hold control's heartbeat up. */
static void a_file_longer_than_rates_can_be_is_not_read(void **state)
{
	static char text[RATES_BYTES_MAX + 2];
	struct rate_set set;
	struct config_error error;
	(void)state;
	memset(text, '#', sizeof text - 1);
	assert_false(parse(&set, text, &error));
	assert_string_equal(error.text,
		"rates.yaml:1:1: found 16385 bytes, expected at most 16384: "
		"a rate for each currency");
	text[RATES_BYTES_MAX] = '\0';
	assert_false(parse(&set, text, &error));
	assert_non_null(strstr(error.text, "found an empty file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_says_what_currencies_are_worth_and_when),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
		cmocka_unit_test(a_file_longer_than_rates_can_be_is_not_read),
	};
	return !!cmocka_run_group_tests_name("config.rates_file", tests, NULL, NULL);
}
