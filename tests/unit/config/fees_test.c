/* What a venue takes, read exactly or refused with its place, and what executions cost by it: rounded against us, and the worst
   where nobody named it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/config/example.h"

#define FEES(text) "firm: SLCE\n    fees: " text
#define RATES      "{rates: [{flags: AJk, rebate: 0.002}, {flags: R, fee: 0.00295}, {flags: O, fee: 0}]"

static void open_with(struct site_config *site, const char *fees)
{
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	read_texts(texts);
	replace_once(&texts[SITE], "firm: SLCE", fees);
	if (!site_parse(site, directory, texts, &error))
		fail_msg("%s", error.text);
	free_texts(texts);
}

static void a_schedule_is_read_exactly_and_the_rest_costs_its_worst(void **state)
{
	static struct site_config site;
	(void)state;
	open_with(&site, FEES(RATES ", per_order: 0.01, minimum: 0.0025}"));
	const struct fees_config *fees = &site.venues[0].fees;
	assert_true(fees->is_stated);
	assert_int_equal(fees->rates_e6['A'], -2000);
	assert_int_equal(fees->rates_e6['J'], -2000);
	assert_int_equal(fees->rates_e6['k'], -2000);
	assert_int_equal(fees->rates_e6['R'], 2950);
	assert_int_equal(fees->rates_e6['O'], 0);
	for (unsigned i = 0; i < FEE_FLAG_COUNT; i++) {
		bool is_named = i != 0 && strchr("AJkRO", (int)i) != NULL;
		assert_int_equal(fees->is_named[i], is_named);
		assert_true(is_named || fees->rates_e6[i] == 2950);
	}
	assert_int_equal(fees->order_e4, 100);
	assert_int_equal(fees->minimum_e4, 25);
	config_free(&site);
}

static void currency_is(const char *fees_text, bool has_currency, uint32_t currency)
{
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	read_texts(texts);
	replace_once(&texts[SITE], "firm: SLCE", fees_text);
	replace_once(&texts[SITE],
		"\npeople:", "\ncurrencies:\n  - {currency: EUR, max_age: 1 h}\npeople:");
	if (!site_parse(&site, directory, texts, &error))
		fail_msg("%s", error.text);
	free_texts(texts);
	assert_int_equal(site.venues[0].fees.has_currency, has_currency);
	assert_int_equal(site.venues[0].fees.currency, currency);
	assert_int_equal(site.venues[0].fees.rates_e6['R'], 2950);
	config_free(&site);
}

static void a_schedule_is_in_its_own_currency_or_in_that_of_what_is_traded(void **state)
{
	(void)state;
	currency_is(FEES(RATES "}"), false, 0);
	currency_is(FEES(RATES ", currency: EUR}"), true, 1);
	currency_is(FEES(RATES ", currency: USD}"), true, 0);
}

static void rebates_alone_earn_nothing_where_they_are_not_named(void **state)
{
	static struct site_config site;
	(void)state;
	open_with(&site, FEES("{rates: [{flags: A, rebate: 0.002}]}"));
	assert_int_equal(site.venues[0].fees.rates_e6['A'], -2000);
	assert_int_equal(site.venues[0].fees.rates_e6['R'], 0);
	config_free(&site);
	open_with(&site, "firm: SLCE");
	assert_false(site.venues[0].fees.is_stated);
	assert_int_equal(fee_of(&site.venues[0].fees, 'R', UINT32_MAX), 0);
	config_free(&site);
}

static void a_fee_is_rounded_up_and_a_rebate_down(void **state)
{
	struct fees_config fees = {0};
	(void)state;
	fees.rates_e6['R'] = 2950;
	fees.rates_e6['A'] = -2050;
	assert_int_equal(fee_of(&fees, 'R', 1), 30); /* 29.5 */
	assert_int_equal(fee_of(&fees, 'R', 2), 59);
	assert_int_equal(fee_of(&fees, 'A', 1), -20); /* 20.5 */
	assert_int_equal(fee_of(&fees, 'A', 2), -41);
	assert_int_equal(fee_of(&fees, 'R', 0), 0);
	fees.rates_e6['R'] = 1;
	assert_int_equal(fee_of(&fees, 'R', 1), 1);
	fees.rates_e6['A'] = -1;
	assert_int_equal(fee_of(&fees, 'A', 99), 0);
	assert_int_equal(fee_of(&fees, 'A', 100), -1);
}

static void a_minimum_is_for_what_costs(void **state)
{
	struct fees_config fees = {.minimum_e4 = 25};
	(void)state;
	fees.rates_e6['R'] = 100;
	fees.rates_e6['A'] = -100;
	assert_int_equal(fee_of(&fees, 'R', 1), 25);
	assert_int_equal(fee_of(&fees, 'R', 25), 25);
	assert_int_equal(fee_of(&fees, 'R', 26), 26);
	assert_int_equal(fee_of(&fees, 'A', 1), -1);
	assert_int_equal(fee_of(&fees, 'O', 1), 0);
}

static void the_largest_there_may_be_fit(void **state)
{
	struct fees_config fees = {0};
	(void)state;
	fees.rates_e6['R'] = FEE_RATE_E6_MAX;
	fees.rates_e6['A'] = -FEE_RATE_E6_MAX;
	assert_int_equal(fee_of(&fees, 'R', UINT32_MAX), (int64_t)UINT32_MAX * 1000000);
	assert_int_equal(fee_of(&fees, 'A', UINT32_MAX), -(int64_t)UINT32_MAX * 1000000);
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
#define ROW(text) FEES("{rates: [" text "]}")
	static const struct wrong rows[] = {
		{SITE, "firm: SLCE", ROW("{flags: R, fee: 0.0000001}"),
			"site.yaml:50:36: found \"0.0000001\", expected a rate with at most six "
			"decimals such as \"0.00295\""},
		{SITE, "firm: SLCE", ROW("{flags: R, fee: 100.000001}"),
			"site.yaml:50:36: found 100.000001, expected at most 100 a share"},
		{SITE, "firm: SLCE", ROW("{flags: R, fee: -0.1}"),
			"site.yaml:50:36: found \"-0.1\", expected a rate with at most six "
			"decimals "
			"such as \"0.00295\""},
		{SITE, "firm: SLCE", ROW("{flags: R}"),
			"site.yaml:50:28: found flags R with neither, expected either a fee or a "
			"rebate"},
		{SITE, "firm: SLCE", ROW("{flags: R, fee: 1, rebate: 1}"),
			"site.yaml:50:28: found flags R with both, expected either a fee or a "
			"rebate"},
		{SITE, "firm: SLCE", ROW("{flags: R, fee: 1}, {flags: AR, fee: 2}"),
			"site.yaml:50:48: found flag R again, expected one rate of each"},
		{SITE, "firm: SLCE", ROW("{flags: \"A R\", fee: 1}"),
			"site.yaml:50:28: found flags \"A R\", expected letters and digits, as the "
			"venue writes them"},
		{SITE, "firm: SLCE", ROW("{flags: \"\", fee: 1}"),
			"site.yaml:50:28: found no flags, expected liquidity flags such as AJk"},
		{SITE, "firm: SLCE", FEES(RATES ", minimum: 0.00001}"),
			"site.yaml:50:105: found \"0.00001\", expected a price with at most four "
			"decimals such as \"189.95\""},
		{SITE, "firm: SLCE", FEES(RATES ", per_order: 10000.0001}"),
			"site.yaml:50:107: found 10000.0001, expected at most 10000"},
		{SITE, "firm: SLCE", FEES(RATES ", currency: EUR}"),
			"site.yaml:50:106: found the currency \"EUR\", expected USD or one of "
			"currencies"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schedule_is_read_exactly_and_the_rest_costs_its_worst),
		cmocka_unit_test(a_schedule_is_in_its_own_currency_or_in_that_of_what_is_traded),
		cmocka_unit_test(rebates_alone_earn_nothing_where_they_are_not_named),
		cmocka_unit_test(a_fee_is_rounded_up_and_a_rebate_down),
		cmocka_unit_test(a_minimum_is_for_what_costs),
		cmocka_unit_test(the_largest_there_may_be_fit),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
	};
	return !!cmocka_run_group_tests_name("config.fees", tests, NULL, NULL);
}
