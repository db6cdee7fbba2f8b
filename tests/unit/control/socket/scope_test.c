/* scope_test.c - whom a word means: a number is an id before it is a name, as at the dataplane's door. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/socket/scope.h"

/* Somebody named one account, strategy, session and venue by the number of another. */
static struct account_config accounts[] = {
	{.id = 1,
		.name = "2",
		.strategy_count = 2,
		.strategies = {{.id = 11, .name = "12"}, {.id = 12, .name = "b"}}},
	{.id = 2, .name = "two", .strategy_count = 1, .strategies = {{.id = 13, .name = "99"}}},
};
static const struct site_config site = {.name = "site",
	.account_count = 2,
	.accounts = accounts,
	.session_count = 2,
	.sessions = {{.id = 21, .name = "22"}, {.id = 22, .name = "taker"}},
	.venue_count = 2,
	.venues = {{.name = "1", .session_id = 201}, {.name = "nyse", .session_id = 202}}};

static uint32_t meant(enum scope scope, const char *word)
{
	uint32_t id;
	return scope_id_find(&site, scope, word, &id) ? id : UINT32_MAX;
}

static void a_number_is_an_id_before_it_is_anybodys_name(void **state)
{
	(void)state;
	assert_int_equal(meant(SCOPE_ACCOUNT, "2"), 2);
	assert_int_equal(meant(SCOPE_STRATEGY, "12"), 12);
	assert_int_equal(meant(SCOPE_SESSION, "22"), 22);
	assert_int_equal(meant(SCOPE_VENUE, "1"), 1);
	/* And a name where nobody has that number. */
	assert_int_equal(meant(SCOPE_STRATEGY, "99"), 13);
}

static void a_name_means_whoever_has_it(void **state)
{
	(void)state;
	assert_int_equal(meant(SCOPE_ACCOUNT, "two"), 2);
	assert_int_equal(meant(SCOPE_STRATEGY, "b"), 12);
	assert_int_equal(meant(SCOPE_SESSION, "taker"), 22);
	assert_int_equal(meant(SCOPE_VENUE, "nyse"), 1);
	assert_int_equal(meant(SCOPE_FIRM, "site"), 0);
	/* The session with a venue, as the door has it. */
	assert_int_equal(meant(SCOPE_SESSION, "nyse"), 202);
	assert_int_equal(meant(SCOPE_SESSION, "201"), 201);
}

static void what_is_nobodys_means_nobody(void **state)
{
	(void)state;
	static const char *const words[] = {"", "0", "3", "02", "+2", "-1", "2 ", "4294967298",
		"18446744073709551618", "tw", "twos"};
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		assert_int_equal(meant(SCOPE_ACCOUNT, words[i]), UINT32_MAX);
		assert_int_equal(meant(SCOPE_STRATEGY, words[i]), UINT32_MAX);
		assert_int_equal(meant(SCOPE_SESSION, words[i]), UINT32_MAX);
	}
	assert_int_equal(meant(SCOPE_VENUE, "2"), UINT32_MAX);
	assert_int_equal(meant(SCOPE_FIRM, "1"), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_an_id_before_it_is_anybodys_name),
		cmocka_unit_test(a_name_means_whoever_has_it),
		cmocka_unit_test(what_is_nobodys_means_nobody),
	};
	return !!cmocka_run_group_tests_name("unit.control.socket.scope", tests, NULL, NULL);
}
