/* names_test.c - a locate for each name: kept, bounded, the site's own first. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/feed/names.h"

static uint64_t name_of(uint32_t number)
{
	char name[16];
	snprintf(name, sizeof name, "N%u", number);
	return symbol_pack(name);
}

static void the_sites_own_come_first_in_their_order(void **state)
{
	(void)state;
	static struct symbol_config symbols[2];
	struct site_config *site = calloc(1, sizeof *site);
	struct names names;
	symbols[0].name = symbol_pack("MSFT");
	symbols[1].name = symbol_pack("AAPL");
	site->symbols = symbols;
	site->symbol_count = 2;
	names_init(&names, site);
	assert_int_equal(names_locate(&names, symbol_pack("AAPL")), 2);
	assert_int_equal(names_locate(&names, symbol_pack("MSFT")), 1);
	assert_int_equal(names_locate(&names, symbol_pack("NEW")), 3);
	assert_int_equal(names_locate(&names, symbol_pack("NEW")), 3);
	names_return(&names);
	free(site);
}

static void no_name_is_nobody(void **state)
{
	(void)state;
	struct site_config *site = calloc(1, sizeof *site);
	struct names names;
	names_init(&names, site);
	assert_int_equal(names_locate(&names, 0), 0);
	assert_int_equal(names.count, 0);
	names_return(&names);
	free(site);
}

static void names_keep_their_locates_until_none_is_left_and_then_too(void **state)
{
	(void)state;
	struct site_config *site = calloc(1, sizeof *site);
	struct names names;
	names_init(&names, site);
	for (uint32_t i = 1; i <= NAMES_COUNT_MAX; i++)
		assert_int_equal(names_locate(&names, name_of(i)), i);
	assert_int_equal(names_locate(&names, name_of(NAMES_COUNT_MAX + 1)), 0);
	assert_int_equal(names_locate(&names, name_of(NAMES_COUNT_MAX + 2)), 0);
	for (uint32_t i = 1; i <= NAMES_COUNT_MAX; i++)
		assert_int_equal(names_locate(&names, name_of(i)), i);
	assert_int_equal(names.count, NAMES_COUNT_MAX);
	names_return(&names);
	free(site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sites_own_come_first_in_their_order),
		cmocka_unit_test(no_name_is_nobody),
		cmocka_unit_test(names_keep_their_locates_until_none_is_left_and_then_too),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.names", tests, NULL, NULL);
}
