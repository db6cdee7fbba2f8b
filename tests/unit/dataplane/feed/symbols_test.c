/* symbols_test.c - the site's names are found, others are not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/feed/symbols.h"

enum { NAME_COUNT = 9000 };

static struct symbol_config names[NAME_COUNT];

static uint64_t name_of(uint32_t i)
{
	char name[16];
	snprintf(name, sizeof name, "S%06u", i);
	return symbol_pack(name);
}

static void every_name_of_the_site_is_found_and_no_other(void **state)
{
	(void)state;
	for (uint32_t count = 0; count <= NAME_COUNT; count = count * 3 + 1) {
		struct site_config site = {.symbols = names, .symbol_count = count};
		struct symbols symbols;
		for (uint32_t i = 0; i < count; i++)
			names[i].name = name_of(i);
		symbols_init(&symbols, &site);
		for (uint32_t i = 0; i < count; i++) {
			assert_int_equal(symbols_find(&symbols, name_of(i)), i);
			assert_int_equal(symbols.instruments[i].channel, INSTRUMENT_NO_CHANNEL);
		}
		for (uint32_t i = count; i < count + 1000; i++)
			assert_int_equal(symbols_find(&symbols, name_of(i)), SYMBOL_NONE);
		symbols_return(&symbols);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_of_the_site_is_found_and_no_other),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.symbols", tests, NULL, NULL);
}
