/* A limit that could only stop what cannot happen is found, at its edge; a waiver with a reason excuses it, and only it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"

static struct site_config site;
static struct limitset *set;
static char example[32768], text[65536];

static int open_site(void **state)
{
	(void)state;
	struct config_error error;
	char path[512];
	const char *directory = SLUICE_SOURCE_DIRECTORY "/config/examples/simulation";
	set = calloc(1, sizeof *set);
	snprintf(path, sizeof path, "%s/limits.yaml", directory);
	FILE *file = fopen(path, "re");
	if (file == NULL || set == NULL || !config_load(&site, directory, &error))
		return 1;
	example[fread(example, 1, sizeof example - 1, file)] = '\0';
	return fclose(file);
}

static int close_site(void **state)
{
	(void)state;
	config_free(&site);
	free(set);
	return 0;
}

/* The example with one replacement, and more behind it. */
static bool parse(const char *old, const char *new, const char *more, struct config_error *error)
{
	static char changed[40000];
	const char *at = old != NULL ? strstr(example, old) : example;
	assert_non_null(at);
	snprintf(changed, sizeof changed, "%.*s%s%s%s", (int)(at - example), example,
		new != NULL ? new : "", at + (old != NULL ? strlen(old) : 0), more);
	return limitset_parse(set, &site, "limits.yaml", changed, strlen(changed), error);
}

static struct lint_counts lint_with(const char *old, const char *new, const char *more)
{
	struct config_error error;
	if (!parse(old, new, more, &error))
		fail_msg("%s", error.text);
	return limitset_lint(set, &site, text, sizeof text);
}

static void the_example_means_something_throughout(void **state)
{
	(void)state;
	struct lint_counts counts = lint_with(NULL, NULL, "");
	assert_string_equal(text, "");
	assert_int_equal(counts.found, 0);
	assert_int_equal(counts.waived, 0);
}

/* A limit of the example, at the most that means something, one past it, and what is found then. */
struct past {
	const char *old, *most, *past, *says;
};

static void expect_found(const struct past *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(lint_with(rows[i].old, rows[i].most, "").found, 0);
		assert_true(lint_with(rows[i].old, rows[i].past, "").found > 0);
		if (strstr(text, rows[i].says) == NULL)
			fail_msg("expected \"%s\" in %s", rows[i].says, text);
	}
}

/* Each at the most that can happen, which means something, and one past it.  A day of AAPL: 30,000,000 shares at
   154.68; of all five symbols 9,942,... below. */
static void each_limit_is_found_one_past_what_can_happen(void **state)
{
	(void)state;
	static const struct past rows[] = {
		{"max_order_quantity: 10000 shares", "max_order_quantity: 30000000 shares",
			"max_order_quantity: 30000001 shares",
			"firm: max_order_quantity 30000001 shares does nothing: more than 30000000 "
			"shares, a day's volume"},
		{"max_order_value: 1000000.00 USD", "max_order_value: 4640400000.00 USD",
			"max_order_value: 4640400000.01 USD", "a day's turnover of the most"},
		{"max_order_quantity_extended: 10000 shares",
			"max_order_quantity_extended: 30000000 shares",
			"max_order_quantity_extended: 30000001 shares", "a day's volume"},
		{"max_order_value_extended: 1000000.00 USD",
			"max_order_value_extended: 4640400000.00 USD",
			"max_order_value_extended: 4640400000.01 USD",
			"a day's turnover of the most"},
		{"max_long_position: 100000 shares", "max_long_position: 100000000 shares",
			"max_long_position: 100000001 shares", "ten days' volume"},
		{"max_loss: 1000000.00 USD", "max_loss: 40000000.00 USD",
			"max_loss: 40000000.01 USD", "what its max_gross_exposure lets be lost"},
		{"max_leverage: 20000 bps", "max_leverage: 20000 bps", "max_leverage: 20001 bps",
			"more than 20000 bps, its max_gross_exposure in parts of its capital"},
		{"max_stress_share: 5000 bps", "max_stress_share: 5000 bps",
			"max_stress_share: 5001 bps",
			"more than 5000 bps, its max_stress in parts of its capital"},
		{"max_symbol_share: 9000 bps", "max_symbol_share: 9999 bps",
			"max_symbol_share: 10000 bps", "nothing is more than the whole"},
		{"max_sector_share: 9500 bps", "max_sector_share: 9999 bps",
			"max_sector_share: 10000 bps", "more than 9999 bps, a part"},
		{"exit_collar: 1000 bps", "exit_collar: 10000 bps", "exit_collar: 10001 bps",
			"the whole"},
		{"max_adv_share: 100 bps", "max_adv_share: 10000 bps", "max_adv_share: 10001 bps",
			"the whole"},
		{"collar_ticks: 2000 ticks", "collar_ticks: 15468 ticks",
			"collar_ticks: 15469 ticks", "more than 15468 ticks, the highest price"},
	};
	expect_found(rows, ARRAY_COUNT(rows));
}

/* Windows, ages and what is free count as much as the number beside them. */
static void a_limit_whose_window_or_age_stops_nothing_is_found(void **state)
{
	(void)state;
	static const struct past rows[] = {
		{"order_rate: 500 per 1 s burst 100", "order_rate: 500 per 50 us burst 100",
			"order_rate: 500 per 49999 ns burst 100", "more than one each 100 ns"},
		{"max_fill_rate: 4000 per 1 s", "max_fill_rate: 4000 per 400 us",
			"max_fill_rate: 4000 per 1 ns",
			"firm: max_fill_rate 4000 per 1 ns does nothing: more than one each"},
		{"collar_window: 1000 bps per 10 s", "collar_window: 1000 bps per 1 us",
			"collar_window: 1000 bps per 999 ns", "its window is shorter than 1 us"},
		{"max_slicing: 5000 bps per 5 s", "max_slicing: 5000 bps per 1 us",
			"max_slicing: 5000 bps per 1 ns", "its window is shorter than 1 us"},
		{"max_bbo_age: 5 s", "max_bbo_age: 24 h", "max_bbo_age: 3650 days",
			"max_bbo_age 3650 days does nothing: older than a day"},
		{"max_market_data_age: 5 s", "max_market_data_age: 24 h",
			"max_market_data_age: 86401 s", "older than a day"},
		{"max_close_age: 5 days", "max_close_age: 30 days", "max_close_age: 31 days",
			"older than 30 days"},
		{"order_to_trade: 50 per trade after 100000",
			"order_to_trade: 10000 per trade after 10000000",
			"order_to_trade: 10001 per trade after 100000", "for each trade"},
		{"order_to_trade: 50 per trade after 100000",
			"order_to_trade: 50 per trade after 10000000",
			"order_to_trade: 50 per trade after 10000001", "no day has so many"},
	};
	expect_found(rows, ARRAY_COUNT(rows));
}

static void money_is_held_against_a_day_of_all_symbols(void **state)
{
	(void)state;
	int64_t day_e4 = 0;
	char most[80], past[80];
	for (uint32_t i = 0; i < site.symbol_count; i++)
		day_e4 += (int64_t)site.symbols[i].adv_qty * site.symbols[i].previous_close_e4;
	snprintf(most, sizeof most, "credit: %lld.00 USD", (long long)(day_e4 / 10000));
	snprintf(past, sizeof past, "credit: %lld.00 USD", (long long)(day_e4 / 10000 + 1));
	assert_int_equal(lint_with("credit: 2000000000.00 USD", most, "").found, 0);
	assert_int_equal(lint_with("credit: 2000000000.00 USD", past, "").found, 1);
}

/* ZVZZT: all its shares are a billion, ten days of it 100,000,000. */
static void a_small_symbol_is_held_against_its_own_volume(void **state)
{
	(void)state;
	uint64_t adv = site.symbols[1].adv_qty;
	site.symbols[1].adv_qty = 5000;
	struct lint_counts counts = lint_with(NULL, NULL, "");
	site.symbols[1].adv_qty = adv;
	/* Long and short; its own rows of account 17 and of the firm's symbols say nothing of positions but one. */
	assert_int_equal(counts.found, 2);
	assert_non_null(strstr(text, "symbol ZVZZT: max_long_position 100000 shares does nothing: "
				     "more than 50000 shares"));
	/* A limit of its own mends it. */
	site.symbols[1].adv_qty = 5000;
	counts = lint_with("{symbol: ZVZZT, collar: 200 bps}",
		"{symbol: ZVZZT, collar: 200 bps, max_long_position: 50000 shares, "
		"max_short_position: 50001 shares}",
		"");
	site.symbols[1].adv_qty = adv;
	assert_int_equal(counts.found, 1);
	assert_non_null(strstr(text, "symbol ZVZZT: max_short_position 50001 shares"));
}

static void what_nobody_knows_is_not_held_against_anything(void **state)
{
	(void)state;
	struct symbol_config *symbols = site.symbols;
	struct symbol_config *none = calloc(site.symbol_count, sizeof *none);
	for (uint32_t i = 0; i < site.symbol_count; i++)
		none[i].name = symbols[i].name;
	site.symbols = none;
	assert_int_equal(lint_with("10000 shares", "4000000000 shares", "").found, 0);
	site.symbols = symbols;
	free(none);
}

static void a_waiver_with_a_reason_excuses_its_limit_alone(void **state)
{
	(void)state;
	const char *old = "max_order_quantity: 10000 shares";
	const char *new = "max_order_quantity: 40000000 shares";
	struct lint_counts counts = lint_with(old, new,
		"waivers:\n  - {limit: max_order_quantity, reason: \"held at the accounts\"}\n");
	assert_int_equal(counts.found, 0);
	assert_int_equal(counts.waived, 1);
	assert_non_null(strstr(text, "(waived: held at the accounts)"));
	counts = lint_with(old, new,
		"waivers:\n  - {account: 17, limit: max_order_quantity, reason: r}\n"
		"  - {account: 17, symbol: ZVZZT, limit: max_order_quantity, reason: r}\n"
		"  - {symbol: AAPL, limit: collar, reason: r}\n"
		"  - {session: 1, limit: order_rate, reason: r}\n");
	assert_int_equal(counts.found, 5);
	assert_int_equal(counts.waived, 0);
	assert_non_null(strstr(text, "account 17: found a waiver of max_order_quantity, which is "
				     "not too high there, expected none"));
	assert_non_null(strstr(text, "account 17 symbol ZVZZT: found a waiver"));
	assert_non_null(strstr(text, "session 1: found a waiver of order_rate"));
}

static void waivers_change_no_verdict_and_no_hash(void **state)
{
	(void)state;
	lint_with(NULL, NULL, "");
	uint64_t hash = set->hash[0];
	lint_with(NULL, NULL, "waivers:\n  - {limit: collar, reason: r}\n");
	assert_int_equal(set->waiver_count, 1);
	assert_int_equal(set->hash[0], hash);
}

static void a_waiver_that_names_nothing_is_refused_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *waiver, *says;
	} rows[] = {
		{"{limit: max_orders, reason: r}", "found the unknown limit \"max_orders\""},
		{"{limit: Max, reason: r}", "may state: show effective lists them"},
		{"{limit: allow_bu, reason: r}", "may state, such as allow_buy"},
		{"{limit: collar, reason: \"\"}",
			"found a reason of 0 bytes, expected from 1 to 95"},
		{"{symbol: NOPE, limit: collar, reason: r}", "found the unknown symbol \"NOPE\""},
		{"{account: x, limit: collar, reason: r}", "found \"x\", expected"},
		{"{session: 1, account: 17, limit: collar, reason: r}",
			"session 1 and something else"},
		{"{limit: collar}", "reason"},
	};
	struct config_error error;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char more[200];
		snprintf(more, sizeof more, "waivers:\n  - %s\n", rows[i].waiver);
		assert_false(parse(NULL, NULL, more, &error));
		if (strstr(error.text, rows[i].says) == NULL)
			fail_msg("expected \"%s\" in %s", rows[i].says, error.text);
	}
}

static void a_text_that_is_full_counts_on(void **state)
{
	(void)state;
	lint_with("max_order_quantity: 10000 shares", "max_order_quantity: 40000000 shares", "");
	char little[8];
	assert_int_equal(limitset_lint(set, &site, little, sizeof little).found, 1);
	assert_int_equal(limitset_lint(set, &site, NULL, 0).found, 1);
}

/* 1.0850 USD for a euro.  A day of AAPL is 4640400000.00, and the most traded: in dollars as it stands, in euros 8.5 % more. */
static void what_is_in_another_currency_counts_in_the_base(void **state)
{
	(void)state;
	static const char order_value[] = "max_order_value: 1000000.00 USD";
	uint32_t aapl = site_symbol_find(&site, symbol_pack("AAPL"));
	site.currency_count = 2;
	site.currencies[1] = (struct currency_config){.name = "EUR", .rate_e8 = 108500000};
	/* 4276866359.44 EUR are 4640399999.9924 USD. */
	assert_int_equal(lint_with(order_value, "max_order_value: 4276866359.44 EUR", "").found, 0);
	assert_int_equal(lint_with(order_value, "max_order_value: 4276866359.45 EUR", "").found, 1);
	assert_non_null(strstr(text, "max_order_value 4276866359.45 EUR does nothing: more than "
				     "4640400000.00 USD"));
	site.symbols[aapl].currency = 1;
	assert_int_equal(lint_with(order_value, "max_order_value: 5034834000.00 USD", "").found, 0);
	assert_int_equal(lint_with(order_value, "max_order_value: 5034834000.01 USD", "").found, 1);
	assert_int_equal(lint_with(order_value, "max_order_value: 4640400000.00 EUR", "").found, 0);
	assert_int_equal(lint_with(order_value, "max_order_value: 4640400000.01 EUR", "").found, 1);
	site.symbols[aapl].currency = 0;
	site.currencies[1].rate_e8 = 0;
	assert_int_equal(lint_with(order_value, "max_order_value: 9000000000.00 EUR", "").found, 0);
	site.currency_count = 1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_means_something_throughout),
		cmocka_unit_test(each_limit_is_found_one_past_what_can_happen),
		cmocka_unit_test(a_limit_whose_window_or_age_stops_nothing_is_found),
		cmocka_unit_test(money_is_held_against_a_day_of_all_symbols),
		cmocka_unit_test(a_small_symbol_is_held_against_its_own_volume),
		cmocka_unit_test(what_nobody_knows_is_not_held_against_anything),
		cmocka_unit_test(a_waiver_with_a_reason_excuses_its_limit_alone),
		cmocka_unit_test(waivers_change_no_verdict_and_no_hash),
		cmocka_unit_test(a_waiver_that_names_nothing_is_refused_with_its_place),
		cmocka_unit_test(a_text_that_is_full_counts_on),
		cmocka_unit_test(what_is_in_another_currency_counts_in_the_base),
	};
	return !!cmocka_run_group_tests_name("unit.config.lint", tests, open_site, close_site);
}
