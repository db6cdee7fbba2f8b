/* Which order goes where: the routes of a site, read and broken in one place at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/config/example.h"

#define VENUE                                                                                      \
	"  - {name: second, session_id: 201, address: 127.0.0.1:26001, username: u, password: p, " \
	"heartbeat: 1 s, timeout: 2 s}\n"

static bool parse_routes(struct site_config *site, const char *venue, const char *routes)
{
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	char block[1024];
	read_texts(texts);
	snprintf(block, sizeof block, "%s%s\ngate:\n  listen", venue, routes);
	replace_once(&texts[SITE], "gate:\n  listen", block);
	bool good = site_parse(site, directory, texts, &error);
	free_texts(texts);
	return good;
}

static void routes_stand_in_the_files_order(void **state)
{
	static struct site_config site;
	(void)state;
	assert_true(parse_routes(&site, VENUE,
		"routes:\n"
		"  - {symbols: [ZVZZT, MSFT], account: 17, venue: second}\n"
		"  - {session: 2, strategy: 3, venue: second}\n"
		"  - {venue: exchange}\n"));
	assert_int_equal(site.venue_count, 2);
	assert_int_equal(site.route_count, 3);
	assert_int_equal(site.routes[0].account, 17);
	assert_int_equal(site.routes[0].venue, 1);
	assert_int_equal(site.routes[0].has_symbols, 1);
	assert_int_equal(site.symbols[1].routes, 1);
	assert_int_equal(site.symbols[2].routes, 1);
	assert_int_equal(site.symbols[0].routes, 0);
	assert_int_equal(site.routes[1].session, 2);
	assert_int_equal(site.routes[1].strategy, 3);
	assert_int_equal(site.routes[2].venue, 0);
	config_free(&site);
}

static void one_venue_needs_none_and_two_do(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "gate:\n  listen", VENUE "\ngate:\n  listen",
			"site.yaml:53:12: found 2 venues and no routes, expected routes that say "
			"which order goes where, such as routes: [{venue: exchange}]"},
	};
	static struct site_config site;
	(void)state;
	assert_true(parse_routes(&site, "", ""));
	assert_int_equal(site.route_count, 0);
	config_free(&site);
	refuse_all(rows, ARRAY_COUNT(rows));
}

#define ROUTES(row) "routes:\n  - " row "\ngate:\n  listen"

static void a_route_names_what_the_site_knows(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "gate:\n  listen", ROUTES("{venue: nowhere}"),
			"site.yaml:54:13: found the unknown venue \"nowhere\", expected one of the "
			"site's"},
		{SITE, "gate:\n  listen", ROUTES("{session: 9, venue: exchange}"),
			"site.yaml:54:15: found the unknown session 9, expected an id of the "
			"gate's sessions"},
		{SITE, "gate:\n  listen", ROUTES("{account: 9, venue: exchange}"),
			"site.yaml:54:15: found the unknown account 9, expected an id from "
			"accounts.yaml"},
		{SITE, "gate:\n  listen", ROUTES("{strategy: 4096, venue: exchange}"),
			"site.yaml:54:16: found 4096, expected from 1 to 4095"},
		{SITE, "gate:\n  listen", ROUTES("{symbols: [AAPL, NOPE], venue: exchange}"),
			"site.yaml:54:22: found the unknown symbol \"NOPE\", expected a name from "
			"symbols.yaml"},
		{SITE, "gate:\n  listen",
			ROUTES("{venue: exchange}\n  - {account: 17, venue: exchange}"),
			"site.yaml:55:26: found a route behind one that takes every order, "
			"expected that one last"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_stand_in_the_files_order),
		cmocka_unit_test(one_venue_needs_none_and_two_do),
		cmocka_unit_test(a_route_names_what_the_site_knows),
	};
	return !!cmocka_run_group_tests_name("unit.config.routes", tests, NULL, NULL);
}
