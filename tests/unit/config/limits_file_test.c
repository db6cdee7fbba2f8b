/* Limits against the example site: what is stated, for whom, and each refusal with its place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"

static const char directory[] = SLUICE_SOURCE_DIRECTORY "/config/examples/simulation";

static struct site_config site;
static struct limitset *set, *other;

static const char small[] = "version: 1\n"
			    "site: simulation\n"
			    "firm: {max_order_quantity: 1000 shares}\n"
			    "defaults:\n"
			    "  account: {max_order_value: 5.00 USD, collar: 50 bps}\n"
			    "accounts:\n"
			    "  - account: 18\n"
			    "    collar: 20 bps\n"
			    "    symbols:\n"
			    "      - {symbol: INTC, max_long_position: 7 shares}\n"
			    "      - {symbol: AAPL, max_long_position: 8 shares}\n"
			    "sessions:\n"
			    "  - {session: 2, order_rate: 10 per 1 s burst 2}\n"
			    "symbols:\n"
			    "  - {symbol: MSFT, max_short_position: 9 shares}\n";

static int open_site(void **state)
{
	struct config_error error;
	(void)state;
	set = malloc(sizeof *set);
	other = malloc(sizeof *other);
	return !config_load(&site, directory, &error) || set == NULL || other == NULL;
}

static int close_site(void **state)
{
	(void)state;
	config_free(&site);
	free(set);
	free(other);
	return 0;
}

/* parse_with reads the small file with one replacement. */
static bool parse_with(const char *old, const char *new, struct config_error *error)
{
	char text[4096];
	const char *at = strstr(small, old);
	assert_non_null(at);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - small), small, new, at + strlen(old));
	return limitset_parse(set, &site, "limits.yaml", text, strlen(text), error);
}

static void refuse(const char *old, const char *new, const char *sentence)
{
	struct config_error error;
	if (parse_with(old, new, &error))
		fail_msg("\"%s\" was taken", new);
	assert_string_equal(error.text, sentence);
	assert_int_equal(set->row_count, 0);
}

static void the_example_is_taken(void **state)
{
	struct config_error error;
	(void)state;
	if (!limitset_load(set, &site,
		    SLUICE_SOURCE_DIRECTORY "/config/examples/simulation/limits.yaml", &error))
		fail_msg("%s", error.text);
	assert_int_equal(set->row_count, 8);
	assert_true(set->hash[0] != 0 || set->hash[1] != 0);
}

static void rows_stand_in_canonical_order(void **state)
{
	static const struct {
		enum scope scope;
		uint32_t id, symbol;
	} wanted[] = {{SCOPE_FIRM, 0, SYMBOL_NONE}, {SCOPE_SESSION, 2, SYMBOL_NONE},
		{SCOPE_ACCOUNT, 17, SYMBOL_NONE}, {SCOPE_ACCOUNT, 18, SYMBOL_NONE},
		{SCOPE_SYMBOL, 0, 2}, {SCOPE_ACCOUNT_SYMBOL, 18, 0}, {SCOPE_ACCOUNT_SYMBOL, 18, 3}};
	struct config_error error;
	(void)state;
	assert_true(limitset_parse(set, &site, "limits.yaml", small, strlen(small), &error));
	assert_int_equal(set->row_count, ARRAY_COUNT(wanted));
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
		assert_int_equal(set->rows[i].scope, wanted[i].scope);
		assert_int_equal(set->rows[i].id, wanted[i].id);
		assert_int_equal(set->rows[i].symbol, wanted[i].symbol);
	}
}

static void an_account_has_the_defaults_unless_it_says_otherwise(void **state)
{
	struct config_error error;
	(void)state;
	assert_true(limitset_parse(set, &site, "limits.yaml", small, strlen(small), &error));
	assert_int_equal(set->rows[2].limits[LIMIT_collar].value, 50);
	assert_int_equal(set->rows[3].limits[LIMIT_collar].value, 20);
	assert_int_equal(set->rows[3].limits[LIMIT_max_order_value].value, 50000);
}

static void what_nobody_states_is_the_smallest_number(void **state)
{
	struct config_error error;
	(void)state;
	assert_true(limitset_parse(set, &site, "limits.yaml", small, strlen(small), &error));
	for (uint32_t r = 0; r < set->row_count; r++) {
		for (unsigned i = 0; i < LIMIT_COUNT; i++) {
			if (!(set->rows[r].stated >> i & 1))
				assert_true(set->rows[r].limits[i].value == INT64_MIN);
		}
	}
	assert_int_equal(set->rows[0].stated, UINT64_C(1) << LIMIT_max_order_quantity);
}

static void the_hash_is_of_the_limits_and_not_of_their_spelling(void **state)
{
	struct config_error error;
	uint64_t first;
	(void)state;
	assert_true(limitset_parse(set, &site, "limits.yaml", small, strlen(small), &error));
	first = set->hash[0];
	assert_true(parse_with("5.00 USD", "5.0000 USD", &error));
	assert_int_equal(set->hash[0], first);
	assert_true(parse_with("version: 1\n", "# said again\nversion: 1\n", &error));
	assert_int_equal(set->hash[0], first);
	assert_true(parse_with("5.00 USD", "5.0001 USD", &error));
	assert_int_not_equal(set->hash[0], first);
}

static void a_limit_of_another_site_or_version_is_refused(void **state)
{
	(void)state;
	refuse("site: simulation", "site: live",
		"limits.yaml:2:7: found limits of site \"live\", expected of \"simulation\"");
	refuse("version: 1", "version: 2", "limits.yaml:1:10: found version \"2\", expected 1");
	refuse("version: 1", "version: 01", "limits.yaml:1:10: found version \"01\", expected 1");
}

static void the_firm_and_the_defaults_must_be_stated(void **state)
{
	(void)state;
	refuse("firm: {max_order_quantity: 1000 shares}\n", "",
		"limits.yaml:1:1: found no key \"firm\" here, expected it");
	refuse("  account: {max_order_value: 5.00 USD, collar: 50 bps}", "  {}",
		"limits.yaml:5:3: found no key \"account\" here, expected it");
}

static void unknown_accounts_sessions_and_symbols_are_refused(void **state)
{
	(void)state;
	refuse("account: 18", "account: 19",
		"limits.yaml:7:14: found the unknown account 19, expected an id from "
		"accounts.yaml");
	refuse("account: 18", "account: 0", "limits.yaml:7:14: found 0, expected from 1 to 4095");
	refuse("session: 2", "session: 200",
		"limits.yaml:13:15: found the unknown session 200, expected an id from the gate's "
		"sessions");
	refuse("symbol: MSFT", "symbol: MSFTX",
		"limits.yaml:15:14: found the unknown symbol \"MSFTX\", expected a name from "
		"symbols.yaml");
	refuse("symbol: MSFT", "symbol: MSFTXXXXX",
		"limits.yaml:15:14: found the unknown symbol \"MSFTXXXXX\", expected a name from "
		"symbols.yaml");
	refuse("symbol: MSFT", "symbol: \"\"",
		"limits.yaml:15:14: found the unknown symbol \"\", expected a name from "
		"symbols.yaml");
}

static void a_strategy_of_the_site_may_state_limits_of_its_own(void **state)
{
	struct config_error error;
	(void)state;
	assert_true(parse_with("sessions:\n",
		"strategies:\n  - {strategy: 2, max_loss: 3.00 USD}\nsessions:\n", &error));
	assert_int_equal(set->row_count, 8);
	assert_int_equal(set->rows[4].scope, SCOPE_STRATEGY);
	assert_int_equal(set->rows[4].id, 2);
	assert_int_equal(set->rows[4].limits[LIMIT_max_loss].value, 30000);
	refuse("sessions:\n",
		"strategies:\n  - {strategy: 2, order_rate: 1025 per 1 s burst 1}\nsessions:\n",
		"limits.yaml:13:31: found \"1025 per 1 s burst 1\", expected from 1 to 1024 for "
		"one "
		"strategy");
	refuse("sessions:\n", "strategies:\n  - {strategy: 9, max_loss: 3.00 USD}\nsessions:\n",
		"limits.yaml:13:16: found the unknown strategy 9, expected an id from "
		"accounts.yaml");
	refuse("sessions:\n",
		"strategies: [{strategy: 2, max_loss: 3.00 USD}, {strategy: 2}]\nsessions:\n",
		"limits.yaml:12:60: found strategy 2 again, expected each once");
	refuse("sessions:\n", "strategies:\n  - {strategy: 2, credit: 3.00 USD}\nsessions:\n",
		"limits.yaml:13:27: found credit for a strategy, expected it only for: firm, "
		"account");
}

static void a_strategy_and_a_symbol_may_state_how_far_they_may_fall(void **state)
{
	struct config_error error;
	(void)state;
	assert_true(parse_with("sessions:\n",
		"strategies:\n  - {strategy: 2, max_drawdown: 3.00 USD}\nsessions:\n", &error));
	assert_int_equal(set->rows[4].limits[LIMIT_max_drawdown].value, 30000);
	assert_true(parse_with("{symbol: MSFT", "{symbol: MSFT, max_drawdown: 4.00 USD", &error));
	unsigned found = 0;
	for (uint32_t i = 0; i < set->row_count; i++)
		found += set->rows[i].scope == SCOPE_SYMBOL &&
			 set->rows[i].limits[LIMIT_max_drawdown].value == 40000;
	assert_int_equal(found, 1);
}

/* A waiver and a lease name it as they name a session. */
static void what_a_strategy_states_is_waived_and_leased_by_its_name(void **state)
{
	static const char with[] =
		"strategies:\n  - {strategy: 2, max_loss: 3.00 USD}\n"
		"waivers: [{strategy: 2, limit: max_loss, reason: r}]\n"
		"leases: [{strategy: 2, limit: max_loss, value: 4.00 USD, reason: r}]\n"
		"sessions:\n";
	struct config_error error;
	(void)state;
	assert_true(parse_with("sessions:\n", with, &error));
	assert_int_equal(set->waivers[0].scope, SCOPE_STRATEGY);
	assert_int_equal(set->waivers[0].id, 2);
	assert_int_equal(set->rows[4].limits[LIMIT_max_loss].value, 40000);
	refuse("sessions:\n",
		"waivers: [{strategy: 2, session: 1, limit: max_loss, reason: r}]\nsessions:\n",
		"limits.yaml:12:34: found session 1 and something else, expected one");
	refuse("sessions:\n",
		"waivers: [{strategy: 2, symbol: AAPL, limit: max_loss, reason: r}]\nsessions:\n",
		"limits.yaml:12:22: found strategy 2 and something else, expected one");
}

static void a_scope_is_stated_once(void **state)
{
	(void)state;
	refuse("symbol: AAPL", "symbol: INTC",
		"limits.yaml:11:18: found the symbol INTC again, expected each once in a list");
	refuse("sessions:\n", "sessions:\n  - {session: 2, cancel_rate: 10 per 1 s burst 2}\n",
		"limits.yaml:14:15: found session 2 again, expected each once");
	refuse("sessions:\n", "  - account: 18\nsessions:\n",
		"limits.yaml:12:14: found account 18 again, expected each once");
	refuse("collar: 20 bps", "collar: 20 bps\n    collar: 20 bps",
		"limits.yaml:9:5: found key \"collar\" again, expected it only once, at line 8");
}

static void a_limit_stands_only_where_it_means_something(void **state)
{
	(void)state;
	refuse("max_short_position: 9 shares", "max_open_buy_value: 9.00 USD",
		"limits.yaml:15:40: found max_open_buy_value for a symbol, expected it only for: "
		"firm, account");
	refuse("max_order_quantity: 1000 shares", "cancel_rate: 1 per 1 s burst 1",
		"limits.yaml:3:21: found cancel_rate for a firm, expected it only for: session");
	refuse("max_long_position: 7 shares", "cancel_rate: 1 per 1 s burst 1",
		"limits.yaml:10:37: found cancel_rate for a symbol within account, expected it "
		"only for: "
		"session");
}

static void a_value_is_in_its_unit(void **state)
{
	(void)state;
	refuse("20 bps", "20",
		"limits.yaml:8:13: found \"20\", expected basis points such as \"50 bps\"");
	refuse("20 bps", "-20 bps",
		"limits.yaml:8:13: found \"-20 bps\", expected basis points such as \"50 bps\"");
	refuse("5.00 USD", "5.00 EUR",
		"limits.yaml:5:30: found \"5.00 EUR\", expected money with at most four decimals "
		"such as \"25000.00 "
		"USD\"");
	refuse("5.00 USD", "922337203685477.5808 USD",
		"limits.yaml:5:30: found \"922337203685477.5808 USD\", expected a number that fits "
		"in 63 bits");
	refuse("10 per 1 s burst 2", "10 per 1 s",
		"limits.yaml:13:30: found \"10 per 1 s\", expected a rate within at most a day "
		"such as \"100 per 1 s "
		"burst 20\"");
	refuse("20 bps", "unlimited",
		"limits.yaml:8:13: found \"unlimited\", expected basis points such as \"50 bps\"");
}

static void a_rate_or_count_is_no_more_than_the_gate_remembers(void **state)
{
	struct config_error error;
	(void)state;
	assert_true(parse_with("10 per 1 s burst 2", "16384 per 1 s burst 65536", &error));
	refuse("10 per 1 s burst 2", "16385 per 1 s burst 2",
		"limits.yaml:13:30: found \"16385 per 1 s burst 2\", expected from 1 to 16384 for "
		"one session");
	refuse("10 per 1 s burst 2", "10 per 1 s burst 65537",
		"limits.yaml:13:30: found \"10 per 1 s burst 65537\", expected a burst from 1 to "
		"65536");
	assert_true(parse_with("collar: 20 bps", "order_rate: 4096 per 1 s burst 1", &error));
	refuse("collar: 20 bps", "order_rate: 4097 per 1 s burst 1",
		"limits.yaml:8:17: found \"4097 per 1 s burst 1\", expected from 1 to 4096 for one "
		"account");
	assert_true(parse_with(
		"max_short_position: 9 shares", "order_rate: 1024 per 1 s burst 1", &error));
	refuse("max_short_position: 9 shares", "max_slicing: 10000 bps per 1 s",
		"limits.yaml:15:33: found \"10000 bps per 1 s\", expected at most 9999 bps: the "
		"whole "
		"would have come back");
	refuse("max_short_position: 9 shares", "order_rate: 1025 per 1 s burst 1",
		"limits.yaml:15:32: found \"1025 per 1 s burst 1\", expected from 1 to 1024 for "
		"one symbol");
	assert_true(parse_with("collar: 20 bps", "max_duplicates: 64 per 1 s", &error));
	refuse("collar: 20 bps", "max_duplicates: 65 per 1 s",
		"limits.yaml:8:21: found \"65 per 1 s\", expected from 1 to 64 for one account");
	refuse("collar: 20 bps", "max_duplicates: 0 per 1 s",
		"limits.yaml:8:21: found \"0 per 1 s\", expected from 1 to 64 for one account");
}

static void the_last_number_there_is_is_no_limit(void **state)
{
	struct config_error error;
	(void)state;
	assert_true(parse_with("1000 shares", "9223372036854775806 shares", &error));
	refuse("1000 shares", "9223372036854775807 shares",
		"limits.yaml:3:28: found \"9223372036854775807 shares\", expected less: the last "
		"number that fits would be no limit");
	assert_true(parse_with(
		"max_order_quantity: 1000 shares", "credit: 922337203685477.5806 USD", &error));
	refuse("max_order_quantity: 1000 shares", "credit: 922337203685477.5807 USD",
		"limits.yaml:3:16: found \"922337203685477.5807 USD\", expected less: the last "
		"number that fits would be no limit");
}

static void an_unknown_limit_is_named_with_those_that_are_known(void **state)
{
	struct config_error error;
	(void)state;
	assert_false(parse_with("collar: 20 bps", "colar: 20 bps", &error));
	assert_non_null(strstr(error.text,
		"limits.yaml:8:5: found unknown key \"colar\", expected one of: account, "
		"max_order_quantity, "));
	assert_non_null(strstr(error.text,
		"max_slips, order_to_trade, capital, max_leverage, max_stress_share, "
		"max_symbol_share, max_sector_share, margin_rate, stress_rate, symbols"));
}

static void every_limit_reads_what_limit_format_writes(void **state)
{
	static const struct limit_value values[] = {
		[SHARES] = {500, 0, 0, 0},
		[MONEY] = {250000001, 0, 0, 0},
		[BPS] = {50, 0, 0, 0},
		[TICKS] = {20, 0, 0, 0},
		[AGE] = {432000000000000, 0, 0, 0},
		[RATE] = {100, 1000000000, 20, 0},
		[COUNT] = {2, 500000000, 0, 0},
		[WALK] = {100, 90000000000, 0, 0},
		[FLAG] = {1, 0, 0, 0},
		[RATIO] = {50, 0, 500, 0},
	};
	(void)state;
	for (unsigned limit = 0; limit < LIMIT_COUNT; limit++) {
		const struct limit_value *value = &values[limit_keys[limit].unit];
		static const enum scope scopes[] = {
			SCOPE_FIRM, SCOPE_ACCOUNT, SCOPE_SESSION, SCOPE_ACCOUNT_SYMBOL};
		char spelled[64], stated[4][128], text[1024];
		struct config_error error;
		unsigned place = 0;
		limit_format(&site, (enum limit)limit, value, spelled, sizeof spelled);
		while ((limit_keys[limit].scopes >> scopes[place] & 1) == 0)
			place++;
		for (unsigned i = 0; i < ARRAY_COUNT(stated); i++)
			snprintf(stated[i], sizeof stated[i], "%s%s%s%s",
				i == place && i >= 2 ? ", " : "",
				i == place ? limit_keys[limit].key : "", i == place ? ": " : "",
				i == place ? spelled : "");
		snprintf(text, sizeof text,
			"version: 1\nsite: simulation\nfirm: {%s}\ndefaults: {account: {%s}}\n"
			"sessions: [{session: 1%s}]\naccounts: [{account: 17, symbols: "
			"[{symbol: AAPL%s}]}]\n",
			stated[0], stated[1], stated[2], stated[3]);
		if (!limitset_parse(set, &site, "limits.yaml", text, strlen(text), &error))
			fail_msg("%s in %s", error.text, text);
		unsigned row = 0;
		while (set->rows[row].scope != scopes[place])
			row++;
		assert_true(set->rows[row].stated >> limit & 1);
		assert_memory_equal(&set->rows[row].limits[limit], value, sizeof *value);
	}
}

/* Money of limits is in the base currency, whichever the site has. */
static void money_is_in_the_base_currency_of_the_site(void **state)
{
	const struct limit_value value = {250000001, 0, 0, 0};
	struct config_error error;
	char spelled[64];
	(void)state;
	memcpy(site.currencies[0].name, "EUR", sizeof site.currencies[0].name);
	refuse("5.00 USD", "5.00 USD",
		"limits.yaml:5:30: found \"5.00 USD\", expected money with at most four decimals "
		"in a currency of the site such as \"25000.00 EUR\"");
	assert_true(parse_with("5.00 USD", "5.00 EUR", &error));
	limit_format(&site, LIMIT_max_order_value, &value, spelled, sizeof spelled);
	assert_string_equal(spelled, "25000.0001 EUR");
	memcpy(site.currencies[0].name, "USD", sizeof site.currencies[0].name);
	refuse("5.00 USD", "5.00 EUR",
		"limits.yaml:5:30: found \"5.00 EUR\", expected money with at most four decimals "
		"such as \"25000.00 USD\"");
}

static void expect_diff(const char *old, const char *new, const char *wanted, uint32_t loosened)
{
	struct config_error error;
	char text[4096];
	uint32_t counted, lines = 0;
	assert_true(limitset_parse(set, &site, "limits.yaml", small, strlen(small), &error));
	memcpy(other, set, sizeof *other);
	if (!parse_with(old, new, &error))
		fail_msg("%s", error.text);
	for (const char *c = wanted; *c != '\0'; c++)
		lines += *c == '\n' ? 1 : 0;
	assert_int_equal(limitset_diff(other, set, &site, text, sizeof text, &counted), lines);
	assert_string_equal(text, wanted);
	assert_int_equal(counted, loosened);
}

static void a_diff_says_what_tightens_and_what_loosens(void **state)
{
	(void)state;
	expect_diff("5.00 USD", "5.0000 USD", "", 0);
	expect_diff("1000 shares", "999 shares",
		"firm: max_order_quantity 1000 shares -> 999 shares (tighter)\n", 0);
	expect_diff("1000 shares", "1001 shares",
		"firm: max_order_quantity 1000 shares -> 1001 shares (looser)\n", 1);
	expect_diff("10 per 1 s burst 2", "10 per 2 s burst 2",
		"session 2: order_rate 10 per 1 s burst 2 -> 10 per 2 s burst 2 (tighter)\n", 0);
	expect_diff("10 per 1 s burst 2", "9 per 1 s burst 3",
		"session 2: order_rate 10 per 1 s burst 2 -> 9 per 1 s burst 3 (looser)\n", 1);
	expect_diff("50 bps", "60 bps", "account 17: collar 50 bps -> 60 bps (looser)\n", 1);
}

/* What compares two texts that are whole. */
static void expect_change(const char *before, const char *after, const char *wanted)
{
	char from[4096], to[4096], text[4096];
	struct config_error error;
	static const char head[] = "version: 1\nsite: simulation\n";
	snprintf(from, sizeof from, "%s%s", head, before);
	snprintf(to, sizeof to, "%s%s", head, after);
	if (!limitset_parse(other, &site, "limits.yaml", from, strlen(from), &error) ||
		!limitset_parse(set, &site, "limits.yaml", to, strlen(to), &error))
		fail_msg("%s", error.text);
	limitset_diff(other, set, &site, text, sizeof text, NULL);
	assert_string_equal(text, wanted);
}

/* Tighter only where something else was stated that binds the same. */
static void a_limit_stated_anew_tightens_what_something_binds_already(void **state)
{
	(void)state;
	expect_diff("max_short_position: 9 shares", "collar: 1 bps, max_short_position: 9 shares",
		"symbol MSFT: collar unstated -> 1 bps (tighter)\n", 0);
	expect_diff("max_long_position: 7 shares", "max_long_position: 7 shares, collar: 5 bps",
		"account 18 symbol INTC: collar unstated -> 5 bps (tighter)\n", 0);
	expect_diff("max_short_position: 9 shares",
		"max_short_position: 9 shares, max_order_quantity: 5 shares",
		"symbol MSFT: max_order_quantity unstated -> 5 shares (tighter)\n", 0);
	/* No position of an account was let, and of no pair but two. */
	expect_diff("max_order_value: 5.00 USD", "max_order_value: 5.00 USD, credit: 1.00 USD",
		"account 17: credit unstated -> 1.00 USD (looser)\n"
		"account 18: credit unstated -> 1.00 USD (looser)\n",
		2);
	expect_diff("collar: 20 bps", "collar: 20 bps\n    max_long_position: 6 shares",
		"account 18: max_long_position unstated -> 6 shares (looser)\n", 1);
}

/* Whoever makes a quote too old has prices held against the trade or the close behind it. */
static void an_age_that_makes_way_for_another_reference_loosens_either_way(void **state)
{
	(void)state;
	static const char firm[] =
		"firm: {max_bbo_age: 5 s, max_trade_age: 5 s, max_close_age: 5 s}\n"
		"defaults: {account: {}}\n";
	expect_change(firm,
		"firm: {max_bbo_age: 1 ns, max_trade_age: 6 s, max_close_age: 4 s}\n"
		"defaults: {account: {}}\nsymbols: [{symbol: MSFT, max_bbo_age: 1 s}]\n",
		"firm: max_bbo_age 5 s -> 1 ns (looser)\n"
		"firm: max_trade_age 5 s -> 6 s (looser)\n"
		"firm: max_close_age 5 s -> 4 s (tighter)\n"
		"symbol MSFT: max_bbo_age unstated -> 1 s (looser)\n");
}

/* The firm's limit is of another sum than the account's, and gives it none. */
static void an_account_is_not_armed_by_what_the_firm_states(void **state)
{
	(void)state;
	static const char *const keys[] = {"max_gross_exposure: 5.00 USD", "credit: 5.00 USD",
		"max_loss: 5.00 USD", "order_rate: 5 per 1 s burst 5",
		"order_to_trade: 5 per trade after 5", "max_long_position: 5 shares",
		"max_open_buy_value: 5.00 USD", "max_slips: 5 per 1 s", "max_symbol_share: 5 bps"};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		char before[200], after[300], wanted[300];
		const char *colon = strchr(keys[i], ':');
		snprintf(before, sizeof before, "firm: {%s}\ndefaults: {account: {}}\n", keys[i]);
		snprintf(after, sizeof after, "%saccounts: [{account: 18, %s}]\n", before, keys[i]);
		snprintf(wanted, sizeof wanted, "account 18: %.*s unstated -> %s (looser)\n",
			(int)(colon - keys[i]), keys[i], colon + 2);
		expect_change(before, after, wanted);
		/* And who takes it away again stops the account. */
		snprintf(wanted, sizeof wanted, "account 18: %.*s %s -> unstated (tighter)\n",
			(int)(colon - keys[i]), keys[i], colon + 2);
		expect_change(after, before, wanted);
	}
}

static void what_only_tightens_by_being_stated_is_no_looser(void **state)
{
	(void)state;
	expect_change("firm: {collar: 5 bps}\ndefaults: {account: {}}\n",
		"firm: {collar: 5 bps, max_order_quantity_extended: 5 shares, allow_buy: no}\n"
		"defaults: {account: {}}\n"
		"sessions: [{session: 2, cancel_rate: 5 per 1 s burst 5}]\n"
		"strategies: [{strategy: 1, max_loss: 5.00 USD, order_rate: 5 per 1 s burst 5}]\n",
		"firm: max_order_quantity_extended unstated -> 5 shares (tighter)\n"
		"firm: allow_buy unstated -> no (tighter)\n"
		"session 2: cancel_rate unstated -> 5 per 1 s burst 5 (tighter)\n"
		"strategy 1: max_loss unstated -> 5.00 USD (tighter)\n"
		"strategy 1: order_rate unstated -> 5 per 1 s burst 5 (tighter)\n");
	expect_change("firm: {collar: 5 bps, max_order_quantity_extended: 5 shares}\n"
		      "defaults: {account: {}}\n"
		      "sessions: [{session: 2, cancel_rate: 5 per 1 s burst 5}]\n",
		"firm: {collar: 5 bps}\ndefaults: {account: {}}\n",
		"firm: max_order_quantity_extended 5 shares -> unstated (looser)\n"
		"session 2: cancel_rate 5 per 1 s burst 5 -> unstated (looser)\n");
}

/* One that is stated no more leaves the others that bind the same; where there is none everything is refused. */
static void a_diff_takes_what_vanishes_for_looser_where_something_is_left(void **state)
{
	(void)state;
	expect_diff("  - {symbol: MSFT, max_short_position: 9 shares}\n", "  []\n",
		"symbol MSFT: max_short_position 9 shares -> unstated (tighter)\n", 0);
	expect_change("firm: {collar: 5 bps}\ndefaults: {account: {collar: 4 bps}}\n",
		"firm: {collar: 5 bps}\ndefaults: {account: {}}\n",
		"account 17: collar 4 bps -> unstated (looser)\n"
		"account 18: collar 4 bps -> unstated (looser)\n");
	/* Of the firm's some pairs still have their own; then none has. */
	expect_change("firm: {collar: 5 bps}\ndefaults: {account: {}}\n"
		      "symbols: [{symbol: MSFT, collar: 4 bps}]\n",
		"firm: {}\ndefaults: {account: {}}\nsymbols: [{symbol: MSFT, collar: 4 bps}]\n",
		"firm: collar 5 bps -> unstated (looser)\n");
	expect_change("firm: {collar: 5 bps}\ndefaults: {account: {}}\n",
		"firm: {}\ndefaults: {account: {}}\n",
		"firm: collar 5 bps -> unstated (tighter)\n");
}

static void a_diff_counts_on_where_its_text_is_full(void **state)
{
	struct config_error error;
	char text[8];
	(void)state;
	assert_true(limitset_parse(set, &site, "limits.yaml", small, strlen(small), &error));
	memset(other, 0, sizeof *other);
	assert_int_equal(limitset_diff(other, set, &site, text, sizeof text, NULL), 9);
	assert_int_equal(strlen(text), 7);
	assert_int_equal(limitset_diff(other, set, &site, text, 0, NULL), 9);
}

/* Anybody may ask what is wrong with a file: one of brackets alone took hours to be told so. */
static void what_would_take_time_by_its_square_is_refused_at_once(void **state)
{
	enum { BYTES = 2 * 1024 * 1024 };
	static const struct {
		const char *piece, *says;
	} rows[] = {
		{"[", "limits.yaml:1:17: found more than 16 lists and mappings within each other"},
		{"{", "limits.yaml:1:17: found more than 16 lists and mappings within each other"},
		{"[a, ", "limits.yaml:1:65: found more than 16 lists and mappings"},
		{"- ", "limits.yaml:1:33: found more than 16 lists and mappings"}};
	struct config_error error;
	char *text = malloc(BYTES + 1), *end = text;
	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		size_t size = strlen(rows[i].piece);
		for (size_t at = 0; at < BYTES; at++)
			text[at] = rows[i].piece[at % size];
		assert_false(limitset_parse(set, &site, "limits.yaml", text, BYTES, &error));
		if (strstr(error.text, rows[i].says) == NULL)
			fail_msg("found %s, expected %s", error.text, rows[i].says);
	}
	for (uint32_t i = 0; end < text + BYTES - 32; i++)
		end += snprintf(end, 32, "- &a%u x\n", i);
	assert_false(limitset_parse(set, &site, "limits.yaml", text, (size_t)(end - text), &error));
	assert_non_null(strstr(error.text, "limits.yaml:65:3: found more than 64 anchors"));
	free(text);
}

/* A second currency beside the site's own, until two_end. */
static void two_begin(void)
{
	site.currency_count = 2;
	site.currencies[1] = (struct currency_config){.name = "EUR", .rate_e8 = 108500000};
}

static void two_end(void)
{
	site.currency_count = 1;
}

static void money_may_be_in_any_currency_of_the_site(void **state)
{
	struct config_error error;
	char spelled[64];
	uint32_t row = 0;
	(void)state;
	two_begin();
	assert_true(parse_with("5.00 USD", "5.0001 EUR", &error));
	while (set->rows[row].scope != SCOPE_ACCOUNT)
		row++;
	const struct limit_value *value = &set->rows[row].limits[LIMIT_max_order_value];
	assert_int_equal(value->value, 50001);
	assert_int_equal(value->currency, 1);
	limit_format(&site, LIMIT_max_order_value, value, spelled, sizeof spelled);
	assert_string_equal(spelled, "5.0001 EUR");
	refuse("5.00 USD", "5.00 JPY",
		"limits.yaml:5:30: found \"5.00 JPY\", expected money with at most four decimals "
		"such as \"25000.00 USD\"");
	refuse("5.00 USD", "5.00001 EUR",
		"limits.yaml:5:30: found \"5.00001 EUR\", expected money with at most four "
		"decimals in a currency of the site such as \"25000.00 EUR\"");
	refuse("1000 shares", "1000 EUR",
		"limits.yaml:3:28: found \"1000 EUR\", expected a whole number of shares such as "
		"\"500 shares\"");
	two_end();
}

/* Parts of it are moved in one currency, that of what is used. */
static void what_is_cut_between_gates_is_in_the_base_currency(void **state)
{
	struct config_error error;
	(void)state;
	two_begin();
	assert_true(parse_with("max_order_quantity: 1000 shares", "credit: 5.00 EUR", &error));
	site.gate_count = 2;
	refuse("max_order_quantity: 1000 shares", "credit: 5.00 EUR",
		"limits.yaml:3:16: found \"5.00 EUR\" for a limit that is cut between gates, "
		"expected it in USD");
	assert_true(parse_with("5.00 USD", "5.00 EUR", &error));
	site.gate_count = 0;
	two_end();
}

/* A lease is raised by comparing two numbers: they are of one currency. */
static void a_lease_is_in_the_currency_of_its_limit(void **state)
{
	struct config_error error;
	char text[4096];
	(void)state;
	two_begin();
	for (unsigned i = 0; i < 2; i++) {
		snprintf(text, sizeof text,
			"%s\nleases:\n  - {account: 18, limit: max_order_value, value: 9.00 %s, "
			"reason: r}\n",
			small, i == 0 ? "EUR" : "USD");
		assert_int_equal(
			limitset_parse(set, &site, "limits.yaml", text, strlen(text), &error),
			i == 1);
		if (i == 0)
			assert_non_null(strstr(error.text, "found \"9.00 EUR\", expected the "
							   "currency that the limit is stated "
							   "in, USD"));
	}
	two_end();
}

static void another_currency_is_looser_whatever_the_number(void **state)
{
	(void)state;
	two_begin();
	expect_diff("5.00 USD", "1.00 EUR",
		"account 17: max_order_value 5.00 USD -> 1.00 EUR (looser)\n"
		"account 18: max_order_value 5.00 USD -> 1.00 EUR (looser)\n",
		2);
	two_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_would_take_time_by_its_square_is_refused_at_once),
		cmocka_unit_test(the_example_is_taken),
		cmocka_unit_test(rows_stand_in_canonical_order),
		cmocka_unit_test(an_account_has_the_defaults_unless_it_says_otherwise),
		cmocka_unit_test(what_nobody_states_is_the_smallest_number),
		cmocka_unit_test(the_hash_is_of_the_limits_and_not_of_their_spelling),
		cmocka_unit_test(a_limit_of_another_site_or_version_is_refused),
		cmocka_unit_test(the_firm_and_the_defaults_must_be_stated),
		cmocka_unit_test(unknown_accounts_sessions_and_symbols_are_refused),
		cmocka_unit_test(a_strategy_of_the_site_may_state_limits_of_its_own),
		cmocka_unit_test(what_a_strategy_states_is_waived_and_leased_by_its_name),
		cmocka_unit_test(a_strategy_and_a_symbol_may_state_how_far_they_may_fall),
		cmocka_unit_test(a_scope_is_stated_once),
		cmocka_unit_test(a_limit_stands_only_where_it_means_something),
		cmocka_unit_test(a_value_is_in_its_unit),
		cmocka_unit_test(the_last_number_there_is_is_no_limit),
		cmocka_unit_test(a_rate_or_count_is_no_more_than_the_gate_remembers),
		cmocka_unit_test(an_unknown_limit_is_named_with_those_that_are_known),
		cmocka_unit_test(every_limit_reads_what_limit_format_writes),
		cmocka_unit_test(money_may_be_in_any_currency_of_the_site),
		cmocka_unit_test(what_is_cut_between_gates_is_in_the_base_currency),
		cmocka_unit_test(a_lease_is_in_the_currency_of_its_limit),
		cmocka_unit_test(another_currency_is_looser_whatever_the_number),
		cmocka_unit_test(money_is_in_the_base_currency_of_the_site),
		cmocka_unit_test(a_diff_says_what_tightens_and_what_loosens),
		cmocka_unit_test(a_limit_stated_anew_tightens_what_something_binds_already),
		cmocka_unit_test(an_age_that_makes_way_for_another_reference_loosens_either_way),
		cmocka_unit_test(an_account_is_not_armed_by_what_the_firm_states),
		cmocka_unit_test(what_only_tightens_by_being_stated_is_no_looser),
		cmocka_unit_test(a_diff_takes_what_vanishes_for_looser_where_something_is_left),
		cmocka_unit_test(a_diff_counts_on_where_its_text_is_full),
	};
	return !!cmocka_run_group_tests_name(
		"unit.config.limits_file", tests, open_site, close_site);
}
