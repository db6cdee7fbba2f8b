/* The first route that takes an order wins, whatever it names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/routes.h"

static struct symbol_config symbols[3];
static struct site_config site;
static struct routes routes;

static int begin(void **state)
{
	(void)state;
	memset(symbols, 0, sizeof symbols);
	memset(&site, 0, sizeof site);
	site.symbols = symbols;
	site.symbol_count = ARRAY_COUNT(symbols);
	site.venue_count = 3;
	return 0;
}

static int end(void **state)
{
	(void)state;
	routes_close(&routes);
	return 0;
}

static void add(struct route_config route, uint64_t of_symbols)
{
	for (uint32_t i = 0; i < ARRAY_COUNT(symbols); i++)
		symbols[i].routes |= (of_symbols >> i & 1) << site.route_count;
	route.has_symbols = of_symbols != 0;
	site.routes[site.route_count++] = route;
}

static void one_venue_needs_no_routes(void **state)
{
	(void)state;
	site.venue_count = 1;
	routes_open(&routes, &site);
	assert_int_equal(routes_find(&routes, 1, 17, 3, 0), 0);
	assert_int_equal(routes_find(&routes, 0, 0, 0, SYMBOL_NONE), 0);
}

static void without_routes_nothing_goes_to_one_of_several(void **state)
{
	(void)state;
	routes_open(&routes, &site);
	assert_int_equal(routes_find(&routes, 1, 17, 3, 0), ROUTES_NONE);
}

static void the_first_that_matches_wins(void **state)
{
	(void)state;
	add((struct route_config){.account = 17, .venue = 1}, 1u << 2);
	add((struct route_config){.account = 17, .venue = 2}, 0);
	add((struct route_config){.session = 9, .strategy = 4, .venue = 1}, 0);
	add((struct route_config){.venue = 0}, 0);
	routes_open(&routes, &site);
	assert_int_equal(routes_find(&routes, 1, 17, 3, 2), 1);
	assert_int_equal(routes_find(&routes, 1, 17, 3, 1), 2);
	assert_int_equal(routes_find(&routes, 9, 17, 4, 1), 2);
	assert_int_equal(routes_find(&routes, 9, 18, 4, 1), 1);
	assert_int_equal(routes_find(&routes, 9, 18, 5, 1), 0);
	assert_int_equal(routes_find(&routes, 8, 18, 4, 2), 0);
}

static void an_order_that_nothing_takes_has_no_venue(void **state)
{
	(void)state;
	add((struct route_config){.session = 1, .venue = 1}, 0);
	add((struct route_config){.venue = 2}, 1u << 0);
	routes_open(&routes, &site);
	assert_int_equal(routes_find(&routes, 1, 17, 3, SYMBOL_NONE), 1);
	assert_int_equal(routes_find(&routes, 2, 17, 3, 0), 2);
	assert_int_equal(routes_find(&routes, 2, 17, 3, 1), ROUTES_NONE);
	assert_int_equal(routes_find(&routes, 2, 17, 3, SYMBOL_NONE), ROUTES_NONE);
	assert_int_equal(routes_find(&routes, 0, 0, 0, 1), ROUTES_NONE);
}

static void the_last_of_the_longest_list_is_found(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ROUTE_COUNT_MAX - 1; i++)
		add((struct route_config){.account = 100 + i, .venue = 1}, 0);
	add((struct route_config){.venue = 2}, 0);
	routes_open(&routes, &site);
	assert_int_equal(routes_find(&routes, 1, 100 + ROUTE_COUNT_MAX - 2, 3, 0), 1);
	assert_int_equal(routes_find(&routes, 1, 99, 3, 0), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROUTES_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		ROUTES_TEST(one_venue_needs_no_routes),
		ROUTES_TEST(without_routes_nothing_goes_to_one_of_several),
		ROUTES_TEST(the_first_that_matches_wins),
		ROUTES_TEST(an_order_that_nothing_takes_has_no_venue),
		ROUTES_TEST(the_last_of_the_longest_list_is_found),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.routes", tests, NULL, NULL);
}
