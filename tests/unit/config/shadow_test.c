/* shadow_test.c - a statement that can never bind is found with whoever is tighter; what binds an order somewhere is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "config/binds.h"
#include "config/row_index.h"
#include "config/shadow.h"
#include "tests/unit/config/example_limits.h"

static struct limit_shadow found[64];
static char text[8192];

static void parse(const char *limits)
{
	char whole[2048];
	struct config_error error;
	snprintf(whole, sizeof whole, "version: 1\nsite: simulation\n%s", limits);
	if (!limitset_parse(set, &site, "limits.yaml", whole, strlen(whole), &error))
		fail_msg("%s", error.text);
}

/* A line for each that is found. */
static void expect(const char *limits, const char *lines)
{
	size_t used = 0;
	parse(limits);
	uint32_t count = limitset_shadows(set, &site, found, ARRAY_COUNT(found));
	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		char whose[64], states[64], by[64], by_states[64];
		const struct limit_shadow *shadow = &found[i];
		enum limit limit = (enum limit)shadow->limit;
		limit_scope_format(&site, shadow->row, whose, sizeof whose);
		limit_scope_format(&site, shadow->by, by, sizeof by);
		limit_format(&site, limit, &shadow->row->limits[limit], states, sizeof states);
		limit_format(&site, limit, &shadow->by->limits[limit], by_states, sizeof by_states);
		used += (size_t)snprintf(text + used, sizeof text - used, "%s: %s %s; %s: %s, %s\n",
			whose, limit_keys[limit].key, states, by, by_states,
			shadow_by_name((enum shadow_by)shadow->kind));
	}
	assert_string_equal(text, lines);
}

static void what_a_wider_scope_states_tighter_shadows(void **state)
{
	(void)state;
	expect("firm: {collar: 50 bps}\ndefaults: {account: {}}\n"
	       "accounts: [{account: 17, collar: 51 bps}, {account: 18, collar: 49 bps}]\n"
	       "symbols: [{symbol: MSFT, collar: 60 bps}]\n",
		"account 17: collar 51 bps; firm: 50 bps, it alone\n"
		"symbol MSFT: collar 60 bps; firm: 50 bps, it alone\n");
	expect("firm: {}\ndefaults: {account: {}}\naccounts:\n"
	       "  - {account: 17, collar: 50 bps, symbols: [{symbol: AAPL, collar: 51 bps}]}\n"
	       "  - {account: 18, symbols: [{symbol: MSFT, collar: 61 bps}]}\n"
	       "symbols: [{symbol: MSFT, collar: 60 bps}]\n",
		"account 17 symbol AAPL: collar 51 bps; account 17: 50 bps, it alone\n"
		"account 18 symbol MSFT: collar 61 bps; symbol MSFT: 60 bps, it alone\n");
}

static void what_says_the_same_twice_is_no_shadow(void **state)
{
	(void)state;
	expect("firm: {collar: 50 bps}\ndefaults: {account: {collar: 50 bps}}\n", "");
}

static void each_account_stating_less_shadows_the_firm(void **state)
{
	(void)state;
	expect("firm: {collar: 50 bps}\ndefaults: {account: {collar: 40 bps}}\n"
	       "accounts: [{account: 18, collar: 49 bps}]\n",
		"firm: collar 50 bps; account 18: 49 bps, the loosest of each account\n");
	/* One account that states as much, or nothing, and the firm's binds it. */
	expect("firm: {collar: 50 bps}\ndefaults: {account: {collar: 40 bps}}\n"
	       "accounts: [{account: 18, collar: 50 bps}]\n",
		"");
	expect("firm: {collar: 50 bps}\ndefaults: {account: {}}\n"
	       "accounts: [{account: 18, collar: 40 bps}]\n",
		"");
}

static void each_symbol_stating_less_shadows_an_account_and_the_firm(void **state)
{
	(void)state;
	static const char all[] =
		"symbols: [{symbol: AAPL, collar: 1 bps}, {symbol: ZVZZT, collar: 2 bps},\n"
		"  {symbol: MSFT, collar: 7 bps}, {symbol: INTC, collar: 3 bps}, "
		"{symbol: CSCO, collar: %u bps}]\n";
	char limits[1024];
	assert_int_equal(site.symbol_count, 5);
	int more = snprintf(limits, sizeof limits,
		"firm: {collar: 9 bps}\ndefaults: {account: {}}\n"
		"accounts: [{account: 18, collar: 8 bps}]\n");
	snprintf(limits + more, sizeof limits - (size_t)more, all, 6u);
	expect(limits,
		"firm: collar 9 bps; symbol MSFT: 7 bps, the loosest of each symbol\n"
		"account 18: collar 8 bps; symbol MSFT: 7 bps, the loosest of each symbol\n");
	/* Where a symbol states no less a pair of its own may. */
	more = snprintf(limits, sizeof limits,
		"firm: {}\ndefaults: {account: {}}\naccounts:\n"
		"  - {account: 18, collar: 8 bps, symbols: [{symbol: CSCO, collar: 7 bps}]}\n");
	snprintf(limits + more, sizeof limits - (size_t)more, all, 8u);
	expect(limits,
		"account 18: collar 8 bps; symbol MSFT: 7 bps, the loosest of each symbol\n");
}

static void each_account_stating_less_shadows_a_symbol(void **state)
{
	(void)state;
	expect("firm: {}\ndefaults: {account: {collar: 4 bps}}\n"
	       "symbols: [{symbol: MSFT, collar: 5 bps}]\n",
		"symbol MSFT: collar 5 bps; account 17: 4 bps, the loosest of each account\n");
}

/* Looser in one component binds by that one. */
static void windows_and_bursts_bind_too(void **state)
{
	(void)state;
	static const char limits[] = "firm: {max_duplicates: 5 per 500 ms}\n"
				     "defaults: {account: {max_duplicates: %s}}\n";
	static const struct {
		const char *states, *finds;
	} rows[] = {
		{"4 per 500 ms", "firm: max_duplicates 5 per 500 ms; account 17: 4 per 500 ms, the "
				 "loosest of each account\n"},
		{"5 per 501 ms", "firm: max_duplicates 5 per 500 ms; account 17: 5 per 501 ms, the "
				 "loosest of each account\n"},
		{"4 per 499 ms", ""},
		{"6 per 501 ms", ""},
	};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char whole[256];
		snprintf(whole, sizeof whole, limits, rows[i].states);
		expect(whole, rows[i].finds);
	}
	expect("firm: {order_rate: 10 per 1 s burst 10}\ndefaults: {account: {}}\n"
	       "symbols: [{symbol: MSFT, order_rate: 11 per 1 s burst 9}, "
	       "{symbol: AAPL, order_rate: 11 per 1 s burst 10}]\n",
		"symbol AAPL: order_rate 11 per 1 s burst 10; firm: 10 per 1 s burst 10, it "
		"alone\n");
}

/* The firm's position is of all accounts together, and an account's its own: neither binds the other's. */
static void what_binds_other_things_shadows_nothing(void **state)
{
	(void)state;
	expect("firm: {max_long_position: 5 shares, credit: 5.00 USD}\n"
	       "defaults: {account: {max_long_position: 9 shares, credit: 9.00 USD}}\n",
		"");
}

static void another_currency_may_be_worth_more_tomorrow(void **state)
{
	(void)state;
	site.currency_count = 2;
	site.currencies[1] = (struct currency_config){.name = "EUR", .rate_e8 = 108500000};
	expect("firm: {max_order_value: 5.00 USD}\ndefaults: {account: {}}\n"
	       "accounts: [{account: 17, max_order_value: 9.00 EUR}, "
	       "{account: 18, max_order_value: 9.00 USD}]\n",
		"account 18: max_order_value 9.00 USD; firm: 5.00 USD, it alone\n");
	site.currency_count = 1;
}

static void what_there_is_no_room_for_is_counted(void **state)
{
	(void)state;
	parse("firm: {collar: 50 bps}\ndefaults: {account: {collar: 51 bps}}\n");
	assert_int_equal(limitset_shadows(set, &site, found, 1), site.account_count);
	assert_int_equal(limitset_shadows(set, &site, NULL, 0), site.account_count);
}

/* ---- against every order that each statement covers ---- */

static uint64_t seed = 1;

static uint32_t chance(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

static void add(enum scope scope, uint32_t id, uint32_t symbol, uint32_t of)
{
	if (chance(of) == 0)
		return;
	struct limit_row *row = &set->rows[set->row_count++];
	limit_row_init(row, scope, id, symbol);
	row->stated = UINT64_C(1) << LIMIT_max_slicing;
	row->limits[LIMIT_max_slicing] =
		(struct limit_value){.value = 1 + chance(4), .window_ns = 5 - chance(2)};
}

static void draw(void)
{
	uint32_t of = 2 + chance(12);
	set->row_count = 0;
	for (uint32_t i = 0; i < site.account_count; i++) {
		add(SCOPE_ACCOUNT, site.accounts[i].id, SYMBOL_NONE, of);
		for (uint32_t j = 0; j < site.symbol_count; j++)
			add(SCOPE_ACCOUNT_SYMBOL, site.accounts[i].id, j, of);
	}
	for (uint32_t j = 0; j < site.symbol_count; j++)
		add(SCOPE_SYMBOL, 0, j, of);
	add(SCOPE_FIRM, 0, SYMBOL_NONE, of);
}

static bool covers(const struct limit_row *row, uint32_t account, uint32_t symbol)
{
	bool of_account = row->scope == SCOPE_ACCOUNT || row->scope == SCOPE_ACCOUNT_SYMBOL;
	return (!of_account || row->id == account) &&
	       (row->symbol == SYMBOL_NONE || row->symbol == symbol);
}

static bool is_tighter(const struct limit_row *a, const struct limit_row *b)
{
	const struct limit_value *x = &a->limits[LIMIT_max_slicing];
	const struct limit_value *y = &b->limits[LIMIT_max_slicing];
	return x->value <= y->value && x->window_ns >= y->window_ns &&
	       (x->value != y->value || x->window_ns != y->window_ns);
}

/* Whether something is tighter than a row where an account and a symbol meet. */
static bool has_tighter(const struct limit_row *row, uint32_t account, uint32_t symbol)
{
	bool has = false;
	for (uint32_t i = 0; i < set->row_count; i++)
		has |= covers(&set->rows[i], account, symbol) && is_tighter(&set->rows[i], row);
	return has;
}

static bool is_shadowed(const struct limit_row *row)
{
	bool is = true;
	for (uint32_t i = 0; i < site.account_count; i++)
		for (uint32_t j = 0; j < site.symbol_count; j++)
			is = is && (!covers(row, site.accounts[i].id, j) ||
					   has_tighter(row, site.accounts[i].id, j));
	return is;
}

static void what_is_found_is_what_no_order_meets(void **state)
{
	uint32_t shadow_count = 0, kinds[4] = {0};
	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		draw();
		uint32_t count = limitset_shadows(set, &site, found, ARRAY_COUNT(found));
		uint32_t wanted = 0;
		for (uint32_t i = 0; i < set->row_count; i++)
			wanted += is_shadowed(&set->rows[i]);
		assert_int_equal(count, wanted);
		for (uint32_t i = 0; i < count; i++) {
			assert_true(is_shadowed(found[i].row));
			assert_true(is_tighter(found[i].by, found[i].row));
			kinds[found[i].kind]++;
		}
		shadow_count += count;
	}
	assert_true(shadow_count > 1000);
	for (unsigned i = 0; i < ARRAY_COUNT(kinds); i++)
		assert_true(kinds[i] > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_wider_scope_states_tighter_shadows),
		cmocka_unit_test(what_says_the_same_twice_is_no_shadow),
		cmocka_unit_test(each_account_stating_less_shadows_the_firm),
		cmocka_unit_test(each_symbol_stating_less_shadows_an_account_and_the_firm),
		cmocka_unit_test(each_account_stating_less_shadows_a_symbol),
		cmocka_unit_test(windows_and_bursts_bind_too),
		cmocka_unit_test(what_binds_other_things_shadows_nothing),
		cmocka_unit_test(another_currency_may_be_worth_more_tomorrow),
		cmocka_unit_test(what_there_is_no_room_for_is_counted),
		cmocka_unit_test(what_is_found_is_what_no_order_meets),
	};
	return !!cmocka_run_group_tests_name("unit.config.shadow", tests, open_site, close_site);
}
