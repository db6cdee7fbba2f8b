/* rows_take_test.c - of the room for rows what a site's accounts and symbols can make is there before an order looks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/locate.h"
#include "dataplane/risk/losses.h"
#include "dataplane/risk/position.h"
#include "dataplane/risk/rates.h"

#include <sys/mman.h>

enum { PAGE_BYTES = 4096, USED_COUNT = 5000 };

static bool is_there(const void *table, size_t at)
{
	unsigned char there = 0;
	uintptr_t page = ((uintptr_t)table + at) / PAGE_BYTES * PAGE_BYTES;
	return mincore((void *)page, 1, &there) == 0 && (there & 1) != 0;
}

/* Of each table the last byte of the last of these rows, and not that of the last there may ever be. */
static void rows_that_will_be_made_are_there_and_the_others_only_room(void **state)
{
	(void)state;
	struct rows rows;
	rows_init(&rows, USED_COUNT);
	const struct {
		const void *table;
		size_t bytes;
	} tables[] = {{rows.rows, sizeof *rows.rows}, {rows.totals, sizeof *rows.totals},
		{rows.locates, sizeof *rows.locates}, {rows.trails, sizeof *rows.trails},
		{rows.gauges, sizeof *rows.gauges}, {rows.meters, sizeof *rows.meters},
		{rows.starts, sizeof *rows.starts}, {rows.abroad, sizeof *rows.abroad},
		{rows.portions, sizeof *rows.portions * ACCOUNT_STRATEGY_MAX},
		{rows.slicings, sizeof *rows.slicings * 2}};
	for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
		assert_true(is_there(tables[i].table, tables[i].bytes * USED_COUNT - 1));
		assert_false(is_there(tables[i].table, tables[i].bytes * ROW_COUNT_MAX - 1));
	}
	rows_free(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_will_be_made_are_there_and_the_others_only_room),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.rows_take", tests, NULL, NULL);
}
