/* unstated_test.c - what nobody states is told, and for how many orders. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "config/binds.h"
#include "config/unstated.h"
#include "tests/unit/config/example_limits.h"

static char text[16384];

static uint32_t unstated(const char *limits)
{
	char whole[2048];
	struct config_error error;
	snprintf(whole, sizeof whole, "version: 1\nsite: simulation\n%s", limits);
	if (!limitset_parse(set, &site, "limits.yaml", whole, strlen(whole), &error))
		fail_msg("%s", error.text);
	return limitset_unstated(set, &site, text, sizeof text);
}

static void says(const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("expected \"%s\" in %s", line, text);
}

static void an_empty_file_states_nothing_and_every_limit_is_told(void **state)
{
	(void)state;
	uint32_t asked = 0;
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++)
		asked += limit_binds[i].absence ==
			 ABSENCE_REFUSES; /* symbols.yaml states haircuts */
	/* Less the two that short sales alone ask for. */
	assert_int_equal(unstated("firm: {}\ndefaults: {account: {}}\n"), asked - 2);
	says("credit, which is stated by account, is stated for any order by nobody: refuses\n");
	says("credit, which is stated by firm, is stated for any order by nobody: refuses\n");
	assert_null(strstr(text, "cancel_rate"));
	assert_null(strstr(text, "_extended"));
}

static void it_is_told_for_how_many(void **state)
{
	(void)state;
	char line[200];
	unstated("firm: {credit: 1.00 USD}\ndefaults: {account: {}}\n"
		 "accounts: [{account: 18, credit: 1.00 USD}]\n"
		 "sessions: [{session: 2, order_rate: 5 per 1 s burst 5}]\n"
		 "symbols: [{symbol: MSFT, collar: 5 bps}]\n");
	assert_null(strstr(text, "credit, which is stated by firm"));
	snprintf(line, sizeof line,
		"credit, which is stated by account, is stated for %u of %u pairs of account and "
		"symbol by nobody",
		(site.account_count - 1) * site.symbol_count,
		site.account_count * site.symbol_count);
	says(line);
	snprintf(line, sizeof line, "is stated for %u of %u pairs of account and symbol by nobody",
		site.account_count * (site.symbol_count - 1),
		site.account_count * site.symbol_count);
	says(line);
	snprintf(line, sizeof line,
		"order_rate, which is stated by session, is stated for %u sessions by nobody",
		site.session_count - 1);
	says(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_states_nothing_and_every_limit_is_told),
		cmocka_unit_test(it_is_told_for_how_many),
	};
	return !!cmocka_run_group_tests_name("unit.config.unstated", tests, open_site, close_site);
}
