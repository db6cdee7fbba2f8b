/* haircut_test.c - margin_rate and stress_rate as a file states them: a lower one is the looser, in a diff, a lint and a cover.

   The example's symbols state a margin of 2500 bps and a stress of 2000 bps; ZVZZT is in the sector test, all others in
   technology. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "config/haircut.h"
#include "config/shadow.h"
#include "config/unstated.h"
#include "tests/unit/config/example_limits.h"

static char text[8192];

static bool read(
	struct limitset *to, const char *firm, const char *more, struct config_error *error)
{
	char whole[2048];
	snprintf(whole, sizeof whole,
		"version: 1\nsite: simulation\nfirm: {%s}\ndefaults: {account: {}}\n%s", firm,
		more);
	return limitset_parse(to, &site, "limits.yaml", whole, strlen(whole), error);
}

static void parse(struct limitset *to, const char *firm, const char *more)
{
	struct config_error error;
	if (!read(to, firm, more, &error))
		fail_msg("%s", error.text);
}

static void refuse(const char *firm, const char *more, const char *says)
{
	struct config_error error;
	assert_false(read(set, firm, more, &error));
	if (strstr(error.text, says) == NULL)
		fail_msg("found \"%s\", expected \"%s\"", error.text, says);
}

static void one_is_stated_for_the_firm_a_sector_and_a_symbol(void **state)
{
	(void)state;
	parse(set, "margin_rate: 2600 bps, stress_rate: 1 bps",
		"sectors: [{sector: technology, margin_rate: 100000 bps}]\n"
		"symbols: [{symbol: AAPL, stress_rate: 2100 bps}]\n");
	struct row_index *index = row_index_make(set);
	uint32_t technology = site_sector_find(&site, "technology");
	uint32_t aapl = site_symbol_find(&site, symbol_pack("AAPL"));
	uint32_t test = site_symbol_find(&site, symbol_pack("ZVZZT"));
	const struct limit_row *row = row_index_find(index, SCOPE_SECTOR, technology, SYMBOL_NONE);
	assert_non_null(row);
	assert_int_equal(row->limits[LIMIT_margin_rate].value, SYMBOL_RATE_BPS_MAX);
	assert_int_equal(haircut_in_force(index, &site, LIMIT_margin_rate, aapl), 100000);
	assert_int_equal(haircut_in_force(index, &site, LIMIT_margin_rate, test), 2600);
	assert_int_equal(haircut_in_force(index, &site, LIMIT_stress_rate, aapl), 2100);
	assert_int_equal(haircut_in_force(index, &site, LIMIT_stress_rate, test), 2000);
	free(index);
}

static void what_cannot_be_is_refused_with_its_place(void **state)
{
	(void)state;
	refuse("margin_rate: 0 bps", "",
		"limits.yaml:3:21: found \"0 bps\", expected from 1 to 100000 bps");
	refuse("stress_rate: 100001 bps", "", "expected from 1 to 100000 bps");
	refuse("stress_rate: 5 shares", "", "limits.yaml:3:21: found \"5 shares\"");
	refuse("", "accounts: [{account: 17, margin_rate: 5 bps}]\n",
		"found margin_rate for a account, expected it only for: firm, symbol, sector");
	refuse("", "sectors: [{sector: tech, margin_rate: 5 bps}]\n",
		"limits.yaml:5:20: found the unknown sector \"tech\", expected one that "
		"symbols.yaml "
		"names");
	refuse("", "sectors: [{sector: \"\", margin_rate: 5 bps}]\n",
		"found the unknown sector \"\"");
	refuse("", "sectors: [{sector: test}, {sector: test}]\n", "found the sector test again");
	refuse("", "sectors: [{sector: test, collar: 5 bps}]\n",
		"found collar for a sector, expected it only for: firm, account, symbol");
	refuse("margin_rate: 5 bps",
		"waivers: [{sector: test, symbol: AAPL, limit: margin_rate, reason: r}]\n",
		"found sector test and something else, expected one");
}

static void a_lease_puts_a_lower_one_in_its_place(void **state)
{
	(void)state;
	parse(set, "",
		"sectors: [{sector: test, margin_rate: 5000 bps}]\n"
		"leases: [{sector: test, limit: margin_rate, value: 4000 bps, reason: r}]\n");
	assert_int_equal(set->lease_count, 1);
	assert_int_equal(set->rows[set->row_count - 1].scope, SCOPE_SECTOR);
	assert_int_equal(set->rows[set->row_count - 1].limits[LIMIT_margin_rate].value, 4000);
	refuse("margin_rate: 3000 bps",
		"leases: [{sector: test, limit: margin_rate, value: 4000 bps, reason: r}]\n",
		"found a lease of margin_rate for sector test, which states none");
}

static void expect_diff(const char *old_firm, const char *old_more, const char *new_firm,
	const char *new_more, const char *wanted)
{
	struct limitset *old = malloc(sizeof *old);
	uint32_t loosened, expected = 0;
	assert_non_null(old);
	parse(old, old_firm, old_more);
	parse(set, new_firm, new_more);
	limitset_diff(old, set, &site, text, sizeof text, &loosened);
	assert_string_equal(text, wanted);
	for (const char *at = wanted; (at = strstr(at, "(looser)")) != NULL; at++)
		expected++;
	assert_int_equal(loosened, expected);
	free(old);
}

static void to_lower_one_loosens_and_to_raise_one_tightens(void **state)
{
	(void)state;
	expect_diff("margin_rate: 3000 bps, stress_rate: 3000 bps", "",
		"margin_rate: 2999 bps, stress_rate: 3001 bps", "",
		"firm: margin_rate 3000 bps -> 2999 bps (looser)\n"
		"firm: stress_rate 3000 bps -> 3001 bps (tighter)\n");
	expect_diff("", "sectors: [{sector: test, stress_rate: 9 bps}]\n", "",
		"sectors: [{sector: test, stress_rate: 8 bps}]\n",
		"sector test: stress_rate 9 bps -> 8 bps (looser)\n");
	/* Beside what symbols.yaml states another only tightens, and taken away it loosens. */
	expect_diff("", "", "margin_rate: 1 bps", "symbols: [{symbol: AAPL, stress_rate: 1 bps}]\n",
		"firm: margin_rate unstated -> 1 bps (tighter)\n"
		"symbol AAPL: stress_rate unstated -> 1 bps (tighter)\n");
	expect_diff(
		"margin_rate: 1 bps", "", "", "", "firm: margin_rate 1 bps -> unstated (looser)\n");
}

/* Where nothing was stated everything was refused: who states one lets trade; and who takes the last away lets nothing. */
static void where_symbols_yaml_states_none_the_first_one_loosens(void **state)
{
	(void)state;
	uint32_t test = site_symbol_find(&site, symbol_pack("ZVZZT"));
	uint32_t margin_bps = site.symbols[test].margin_bps;
	site.symbols[test].margin_bps = 0;
	static const char sector[] = "sectors: [{sector: test, margin_rate: 9 bps}]\n";
	static const char symbol[] = "symbols: [{symbol: ZVZZT, margin_rate: 9 bps}]\n";
	static const char other[] = "symbols: [{symbol: AAPL, margin_rate: 9 bps}]\n";
	expect_diff("", "", "", sector, "sector test: margin_rate unstated -> 9 bps (looser)\n");
	expect_diff(
		"", "", "margin_rate: 9 bps", "", "firm: margin_rate unstated -> 9 bps (looser)\n");
	expect_diff("", "", "", other, "symbol AAPL: margin_rate unstated -> 9 bps (tighter)\n");
	expect_diff("", symbol, "", "", "symbol ZVZZT: margin_rate 9 bps -> unstated (tighter)\n");
	expect_diff(
		"margin_rate: 9 bps", "", "", "", "firm: margin_rate 9 bps -> unstated (looser)\n");
	parse(set, "", "");
	limitset_unstated(set, &site, text, sizeof text);
	assert_non_null(strstr(
		text, "margin_rate, which is stated by firm, symbol, sector, is stated for"));
	assert_null(strstr(text, "stress_rate"));
	parse(set, "", sector);
	limitset_unstated(set, &site, text, sizeof text);
	assert_null(strstr(text, "margin_rate"));
	site.symbols[test].margin_bps = margin_bps;
}

static void expect_lint(const char *firm, const char *more, const char *wanted)
{
	parse(set, firm, more);
	struct lint_counts counts = limitset_lint(set, &site, text, sizeof text);
	assert_string_equal(text, wanted);
	assert_int_equal(counts.found, wanted[0] != '\0' && strstr(wanted, "waived") == NULL);
}

static void one_that_is_below_symbols_yaml_s_does_nothing(void **state)
{
	(void)state;
	expect_lint("margin_rate: 2500 bps", "", "");
	expect_lint("margin_rate: 2499 bps", "",
		"firm: margin_rate 2499 bps does nothing: symbols.yaml states more for every "
		"symbol "
		"that it covers\n");
	expect_lint("margin_rate: 2499 bps",
		"waivers: [{limit: margin_rate, reason: for tomorrow's symbols}]\n",
		"firm: margin_rate 2499 bps does nothing: symbols.yaml states more for every "
		"symbol "
		"that it covers (waived: for tomorrow's symbols)\n");
	expect_lint("", "symbols: [{symbol: AAPL, stress_rate: 1999 bps}]\n",
		"symbol AAPL: stress_rate 1999 bps does nothing: symbols.yaml states more for "
		"every "
		"symbol that it covers\n");
	expect_lint("", "sectors: [{sector: technology, stress_rate: 2000 bps}]\n", "");
	/* Of one symbol of many it does something. */
	uint32_t aapl = site_symbol_find(&site, symbol_pack("AAPL"));
	site.symbols[aapl].margin_bps = 10;
	expect_lint("margin_rate: 11 bps", "", "");
	expect_lint("", "sectors: [{sector: technology, margin_rate: 10 bps}]\n", "");
	expect_lint("margin_rate: 9 bps", "",
		"firm: margin_rate 9 bps does nothing: symbols.yaml states more for every symbol "
		"that it covers\n");
	site.symbols[aapl].margin_bps = 2500;
}

/* 4,000 at 2500 bps need 1,000. */
static void one_at_which_no_collateral_can_be_used_up_does_nothing(void **state)
{
	(void)state;
	static const char free_margin[] = "firm: margin_rate 2500 bps does nothing: no "
					  "max_gross_exposure needs more than its "
					  "collateral\n";
	static const char free_stress[] = "firm: stress_rate 2500 bps does nothing: no "
					  "max_gross_exposure loses more than its "
					  "max_stress\n";
	static const char account[] =
		"accounts: [{account: 17, max_gross_exposure: 40.00 USD, collateral: 9.99 USD}]\n";
	expect_lint(
		"max_gross_exposure: 4000.00 USD, collateral: 1000.00 USD, margin_rate: 2500 bps",
		"", free_margin);
	expect_lint(
		"max_gross_exposure: 4000.00 USD, collateral: 999.99 USD, margin_rate: 2500 bps",
		"", "");
	expect_lint(
		"max_gross_exposure: 4000.00 USD, collateral: 1000.00 USD, margin_rate: 2501 bps",
		"", "");
	expect_lint(
		"max_gross_exposure: 4000.00 USD, max_stress: 1000.00 USD, stress_rate: 2500 bps",
		"", free_stress);
	/* Someone's can. */
	expect_lint(
		"max_gross_exposure: 4000.00 USD, collateral: 1000.00 USD, margin_rate: 2500 bps",
		account, "");
	expect_lint(
		"max_gross_exposure: 4000.00 USD, collateral: 1000.00 USD, margin_rate: 2500 bps",
		"symbols: [{symbol: AAPL, margin_rate: 2501 bps}]\n", "");
}

static void expect_shadows(
	const char *firm, const char *more, const char *whose, const char *by, enum shadow_by kind)
{
	struct limit_shadow found[8];
	char name[64];
	parse(set, firm, more);
	assert_int_equal(limitset_shadows(set, &site, found, 8), whose != NULL);
	if (whose == NULL)
		return;
	limit_scope_format(&site, found[0].row, name, sizeof name);
	assert_string_equal(name, whose);
	limit_scope_format(&site, found[0].by, name, sizeof name);
	assert_string_equal(name, by);
	assert_int_equal(found[0].kind, kind);
}

static void one_that_a_higher_one_shadows_is_told(void **state)
{
	(void)state;
	expect_shadows("margin_rate: 3000 bps",
		"symbols: [{symbol: AAPL, margin_rate: 2999 bps}]\n", "symbol AAPL", "firm",
		SHADOW_BY_ONE);
	expect_shadows("margin_rate: 3000 bps",
		"symbols: [{symbol: AAPL, margin_rate: 3001 bps}]\n", NULL, NULL, SHADOW_BY_ONE);
	expect_shadows("margin_rate: 3000 bps",
		"symbols: [{symbol: AAPL, margin_rate: 3000 bps}]\n", NULL, NULL, SHADOW_BY_ONE);
	expect_shadows("",
		"sectors: [{sector: test, margin_rate: 3000 bps}]\n"
		"symbols: [{symbol: ZVZZT, margin_rate: 2999 bps}]\n",
		"symbol ZVZZT", "sector test", SHADOW_BY_ONE);
	expect_shadows("",
		"sectors: [{sector: test, margin_rate: 3000 bps}]\n"
		"symbols: [{symbol: ZVZZT, margin_rate: 3001 bps}]\n",
		"sector test", "symbol ZVZZT", SHADOW_BY_ONE);
	expect_shadows("margin_rate: 3000 bps",
		"sectors: [{sector: test, margin_rate: 3002 bps}, "
		"{sector: technology, margin_rate: 3001 bps}]\n",
		"firm", "sector technology", SHADOW_BY_SYMBOLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_is_stated_for_the_firm_a_sector_and_a_symbol),
		cmocka_unit_test(what_cannot_be_is_refused_with_its_place),
		cmocka_unit_test(a_lease_puts_a_lower_one_in_its_place),
		cmocka_unit_test(to_lower_one_loosens_and_to_raise_one_tightens),
		cmocka_unit_test(where_symbols_yaml_states_none_the_first_one_loosens),
		cmocka_unit_test(one_that_is_below_symbols_yaml_s_does_nothing),
		cmocka_unit_test(one_at_which_no_collateral_can_be_used_up_does_nothing),
		cmocka_unit_test(one_that_a_higher_one_shadows_is_told),
	};
	return !!cmocka_run_group_tests_name("unit.config.haircut", tests, open_site, close_site);
}
