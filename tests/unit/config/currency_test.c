/* currency_test.c - currencies as a site states them, refused with their place, and conversions rounded once, against us. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/config/example.h"

#define OTHERS(text) "people:", "currencies: [" text "]\npeople:"
#define EUR          "{currency: EUR, max_age: 1 h, rate: 1.0850, as_of: \"2019-01-30T12:00:00Z\"}"

static bool open_with(struct site_config *site, const char *currencies, const char *symbol,
	struct config_error *error)
{
	struct file_text texts[FILE_COUNT];
	read_texts(texts);
	if (currencies != NULL)
		replace_once(&texts[SITE], "people:", currencies);
	if (symbol != NULL)
		replace_once(&texts[SYMBOLS], "{name: MSFT,", symbol);
	bool good = site_parse(site, directory, texts, error);
	free_texts(texts);
	return good;
}

static void a_site_that_names_no_other_has_the_base_currency_alone(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	assert_true(open_with(&site, NULL, NULL, &error));
	assert_int_equal(site.currency_count, 1);
	assert_string_equal(site.currencies[0].name, "USD");
	for (uint32_t i = 0; i < site.symbol_count; i++)
		assert_int_equal(site.symbols[i].currency, 0);
	config_free(&site);
}

static void currencies_are_read_with_their_rates_and_symbols_name_theirs(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	if (!open_with(&site, "currencies: [" EUR ", {currency: JPY, max_age: 30 days}]\npeople:",
		    "{name: MSFT, currency: JPY,", &error))
		fail_msg("%s", error.text);
	assert_int_equal(site.currency_count, 3);
	assert_int_equal(site.currencies[1].rate_e8, 108500000);
	assert_int_equal(site.currencies[1].max_age_ns, UINT64_C(3600000000000));
	assert_int_equal(site.currencies[1].as_of_wall_ns, UINT64_C(1548849600000000000));
	assert_int_equal(site.currencies[2].rate_e8, 0);
	assert_int_equal(site.currencies[2].max_age_ns, RATE_AGE_NS_MAX);
	assert_int_equal(site_currency_find(&site, "JPY"), 2);
	assert_int_equal(site_currency_find(&site, "GBP"), UINT32_MAX);
	assert_int_equal(site.symbols[2].currency, 2);
	assert_int_equal(site.symbols[0].currency, 0);
	config_free(&site);
	assert_true(open_with(&site, NULL, "{name: MSFT, currency: USD,", &error));
	assert_int_equal(site.symbols[2].currency, 0);
	config_free(&site);
}

static void a_site_may_have_another_base_currency(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	if (!open_with(&site,
		    "base_currency: EUR\ncurrencies: [{currency: USD, max_age: 1 h}]\npeople:",
		    "{name: MSFT, currency: USD,", &error))
		fail_msg("%s", error.text);
	assert_string_equal(site_currency(&site), "EUR");
	assert_string_equal(site.currencies[1].name, "USD");
	assert_int_equal(site.currencies[0].rate_e8, RATE_E8_ONE);
	assert_int_equal(site.symbols[2].currency, 1);
	assert_int_equal(site.symbols[0].currency, 0);
	config_free(&site);
	const struct site_config by_hand = {.currency_count = 0};
	assert_string_equal(site_currency(&by_hand), "USD");
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
	static const struct wrong rows[] = {
		{SITE, OTHERS("{currency: eur, max_age: 1 h}"),
			"site.yaml:88:25: found \"eur\", expected a currency of three capitals "
			"such as EUR"},
		{SITE, OTHERS("{currency: EURO, max_age: 1 h}"),
			"site.yaml:88:25: found \"EURO\", expected a currency of three capitals "
			"such as EUR"},
		{SITE, OTHERS("{currency: USD, max_age: 1 h}"),
			"site.yaml:88:25: found the currency USD that limits are in, expected each "
			"other currency once"},
		{SITE, OTHERS("{currency: EUR, max_age: 1 h}, {currency: EUR, max_age: 1 h}"),
			"site.yaml:88:56: found the currency EUR again, expected each other "
			"currency once"},
		{SITE, OTHERS("{currency: EUR, max_age: 1 h, rate: 1.0850}"),
			"site.yaml:88:25: found only one of rate and as_of for EUR, expected both "
			"or none"},
		{SITE, OTHERS("{currency: EUR, max_age: 1 h, rate: 0, as_of: x}"),
			"site.yaml:88:50: found \"0\", expected a rate above 0 and at most 100000 "
			"such as \"1.0850\""},
		{SITE, OTHERS("{currency: EUR, max_age: 1 h, rate: 1.085000001, as_of: x}"),
			"site.yaml:88:50: found \"1.085000001\", expected a rate with at most "
			"eight decimals such as \"1.0850\""},
		{SITE, OTHERS("{currency: EUR, max_age: 1 h, rate: 100000.00000001, as_of: x}"),
			"site.yaml:88:50: found \"100000.00000001\", expected a rate above 0 and "
			"at most 100000 such as \"1.0850\""},
		{SITE, OTHERS("{currency: EUR, max_age: 1 h, rate: 1, as_of: noon}"),
			"site.yaml:88:60: found \"noon\", expected a time in UTC from 1970 to 2199 "
			"such as \"2019-01-29T21:00:00Z\""},
		{SITE, OTHERS("{currency: EUR, max_age: 31 days}"),
			"site.yaml:88:39: found \"31 days\", expected from 1 ns to 30 days"},
		{SITE, OTHERS("{currency: EUR, max_age: 0 s}"),
			"site.yaml:88:39: found \"0 s\", expected from 1 ns to 30 days"},
		{SITE, "people:", "base_currency: dollars\npeople:",
			"site.yaml:88:16: found \"dollars\", expected a currency of three "
			"capitals such as EUR"},
		{SYMBOLS, "{name: MSFT,", "{name: MSFT, currency: GBP,",
			"symbols.yaml:9:28: found the unknown currency \"GBP\", expected USD or "
			"one of site.yaml's currencies"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

/* What is used is rounded up and what is gained down, whichever way of reckoning it takes. */
static void a_conversion_is_rounded_once_and_against_us(void **state)
{
	(void)state;
	assert_int_equal(currency_up(100, 108500000), 109);
	assert_int_equal(currency_down(100, 108500000), 108);
	assert_int_equal(currency_up(-100, 108500000), -108);
	assert_int_equal(currency_down(-100, 108500000), -109);
	assert_int_equal(currency_up(200, 108500000), 217);
	assert_int_equal(currency_down(200, 108500000), 217);
	assert_int_equal(currency_up(-200, 108500000), -217);
	assert_int_equal(currency_up(1, 1), 1);
	assert_int_equal(currency_down(1, 1), 0);
	assert_int_equal(currency_down(-1, 1), -1);
	assert_int_equal(currency_up(-1, 1), 0);
	for (int64_t value = -5000; value <= 5000; value += 7) {
		assert_int_equal(currency_up(value, 73210007), currency_far(value, 73210007, true));
		assert_int_equal(
			currency_down(value, 73210007), currency_far(value, 73210007, false));
	}
}

static void a_large_value_is_exact_and_what_does_not_fit_is_the_most_there_is(void **state)
{
	const int64_t large = INT64_C(92233720368547757);
	(void)state;
	assert_int_equal(currency_up(large, 100000001), large + 922337204);
	assert_int_equal(currency_down(large, 100000001), large + 922337203);
	assert_int_equal(currency_up(-large, 100000001), -large - 922337203);
	assert_int_equal(currency_down(-large, 100000001), -large - 922337204);
	assert_true(currency_up(INT64_MAX, 100000001) == INT64_MAX);
	assert_true(currency_down(INT64_MIN, 100000001) == -INT64_MAX);
	assert_true(currency_up(INT64_MAX, RATE_E8_ONE) == INT64_MAX);
	assert_true(currency_up(INT64_MAX, RATE_E8_MAX) == INT64_MAX);
	assert_int_equal(currency_up(INT64_MAX, 0), 0);
}

/* By both rates at once, and not by what one comes to in the base. */
static void a_cost_is_rounded_once_and_against_us(void **state)
{
	const int64_t largest = INT64_C(429496729500000000); /* a fee of fees.h, a hundred times */
	(void)state;
	assert_int_equal(currency_cost(100, 108500000, RATE_E8_ONE), 109);
	assert_int_equal(currency_cost(-100, 108500000, RATE_E8_ONE), -108);
	assert_int_equal(currency_cost(200, 108500000, RATE_E8_ONE), 217);
	assert_int_equal(currency_cost(-200, 108500000, RATE_E8_ONE), -217);
	assert_int_equal(currency_cost(1, 1, RATE_E8_MAX), 1);
	assert_int_equal(currency_cost(-1, 1, RATE_E8_MAX), 0);
	assert_int_equal(currency_cost(100, 108500000, 671000), 16170);
	assert_int_equal(currency_cost(0, 108500000, 671000), 0);
	assert_true(currency_cost(largest, 3, 3) == largest);
	assert_true(currency_cost(CURRENCY_COST_MAX, 1, 1) == CURRENCY_COST_MAX);
	assert_true(currency_cost(CURRENCY_COST_MAX - 1, 1, 1) == CURRENCY_COST_MAX - 1);
	assert_true(currency_cost(largest, RATE_E8_MAX, 1) == CURRENCY_COST_MAX);
	assert_true(currency_cost(-largest, RATE_E8_MAX, 1) == -CURRENCY_COST_MAX);
	/* Without a rate of either. */
	assert_true(currency_cost(1, 0, 1) == CURRENCY_COST_MAX);
	assert_true(currency_cost(1, 1, 0) == CURRENCY_COST_MAX);
	assert_int_equal(currency_cost(-1, 0, 1), 0);
	assert_int_equal(currency_cost(-1, 1, 0), 0);
	assert_int_equal(currency_cost(0, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_site_that_names_no_other_has_the_base_currency_alone),
		cmocka_unit_test(currencies_are_read_with_their_rates_and_symbols_name_theirs),
		cmocka_unit_test(a_site_may_have_another_base_currency),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
		cmocka_unit_test(a_conversion_is_rounded_once_and_against_us),
		cmocka_unit_test(a_cost_is_rounded_once_and_against_us),
		cmocka_unit_test(a_large_value_is_exact_and_what_does_not_fit_is_the_most_there_is),
	};
	return !!cmocka_run_group_tests_name("config.currency", tests, NULL, NULL);
}
