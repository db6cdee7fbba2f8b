/* exit_collar_test.c - the way out is wider than the collar, wherever both bind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/config/example_limits.h"

/* Says what a small file with these collars for the firm and for an account comes to. */
static const char *collars(const char *firm, const char *account)
{
	static struct config_error error;
	char text[1024];
	snprintf(text, sizeof text,
		"version: 1\nsite: simulation\nfirm: {%s}\ndefaults: {account: {max_order_value: "
		"5.00 USD}}\n"
		"accounts:\n  - {account: 17%s}\n",
		firm, account);
	error.text[0] = '\0';
	bool is_taken = limitset_parse(set, &site, "limits.yaml", text, strlen(text), &error);
	assert_int_equal(is_taken, error.text[0] == '\0');
	return error.text;
}

static void the_way_out_is_always_wider_than_the_collar(void **state)
{
	(void)state;
	assert_string_equal(collars("collar: 500 bps, exit_collar: 501 bps", ""), "");
	assert_string_equal(collars("collar: 500 bps, exit_collar: 500 bps", ""),
		"limits.yaml:3:38: found \"500 bps\" for the exit collar of firm, expected more "
		"than "
		"the 500 bps of the collar that binds there: a way out is judged by the wider one");
	assert_non_null(
		strstr(collars("collar: 500 bps", ", exit_collar: 499 bps"), "of account 17"));
	assert_string_equal(
		collars("collar: 500 bps", ", collar: 300 bps, exit_collar: 301 bps"), "");
	assert_non_null(
		strstr(collars("collar: 500 bps", ", collar: 300 bps, exit_collar: 300 bps"),
			"more than the 300 bps"));
	/* What no collar binds has no way in, and any way out is wider. */
	assert_string_equal(collars("max_order_quantity: 1 shares", ", exit_collar: 1 bps"), "");
}

/* Which collar binds is told by all that cover an order, not by who states the exit collar. */
static void the_way_out_is_compared_with_what_binds_where_it_does(void **state)
{
	(void)state;
	/* The firm's is the narrower: an account's wide one binds nowhere. */
	assert_string_equal(
		collars("collar: 500 bps, exit_collar: 600 bps", ", collar: 2000 bps"), "");
	assert_non_null(strstr(collars("exit_collar: 600 bps", ", collar: 600 bps"),
		"\"600 bps\" for the exit collar of firm, expected more than the 600 bps"));
	assert_string_equal(collars("exit_collar: 600 bps", ", collar: 599 bps"), "");
	/* Nobody's collar but the accounts', and a symbol's exit collar within it; of two accounts the wider counts. */
	assert_non_null(
		strstr(collars("exit_collar: 600 bps", ", collar: 50 bps}\n"
						       "  - {account: 18, collar: 500 bps}\n"
						       "symbols:\n"
						       "  - {symbol: MSFT, exit_collar: 500 bps"),
			"exit collar of symbol MSFT, expected more than the 500 bps"));
	assert_string_equal(collars("exit_collar: 600 bps",
				    ", collar: 50 bps}\n"
				    "  - {account: 18, collar: 500 bps}\nsymbols:\n"
				    "  - {symbol: MSFT, collar: 60 bps, exit_collar: 61 bps"),
		"");
	/* Of a symbol within an account alone. */
	assert_non_null(
		strstr(collars("exit_collar: 600 bps",
			       ", exit_collar: 70 bps, symbols: [{symbol: MSFT, collar: 70 bps}]"),
			"exit collar of account 17, expected more than the 70 bps"));
	assert_non_null(
		strstr(collars("collar: 500 bps, exit_collar: 600 bps",
			       ", symbols: [{symbol: MSFT, collar: 30 bps, exit_collar: 30 bps}]"),
			"exit collar of account 17 symbol MSFT, expected more than the 30 bps"));
	assert_string_equal(
		collars("collar: 500 bps, exit_collar: 600 bps",
			", symbols: [{symbol: MSFT, collar: 30 bps, exit_collar: 31 bps}]"),
		"");
}

/* A collar that is raised for a time has the way out to keep within, too. */
static void a_lease_makes_no_collar_wider_than_the_way_out(void **state)
{
	(void)state;
	static const char leased[] = "}\nleases:\n  - {limit: collar, value: \"%s\", reason: \"r\"";
	char text[200];
	snprintf(text, sizeof text, leased, "999 bps");
	assert_string_equal(collars("collar: 500 bps, exit_collar: 1000 bps", text), "");
	snprintf(text, sizeof text, leased, "1000 bps");
	assert_string_equal(collars("collar: 500 bps, exit_collar: 1000 bps", text),
		"limits.yaml:8:28: found \"1000 bps\" for the exit collar of firm, expected more "
		"than "
		"the 1000 bps of the collar that binds there: a way out is judged by the wider "
		"one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_out_is_always_wider_than_the_collar),
		cmocka_unit_test(the_way_out_is_compared_with_what_binds_where_it_does),
		cmocka_unit_test(a_lease_makes_no_collar_wider_than_the_way_out),
	};
	return !!cmocka_run_group_tests_name(
		"unit.config.exit_collar", tests, open_site, close_site);
}
