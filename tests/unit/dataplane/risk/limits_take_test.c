/* limits_take_test.c - of an epoch's room what a site may state is there before an order looks: reading and writing it makes no page. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/config.h"
#include "dataplane/risk/limits.h"

#include <sys/resource.h>

/* So many rows that their parts are pages behind pages. */
enum { SYMBOLS = 9000 };

static struct site_config site;

static long faults(void)
{
	struct rusage now;
	getrusage(RUSAGE_THREAD, &now);
	return now.ru_minflt;
}

static void what_a_site_may_state_is_there(void **state)
{
	(void)state;
	site.symbol_count = SYMBOLS;
	struct limits *limits = limits_take("limits", &site);
	const uint32_t rows = site_limit_rows(&site);
	assert_true(rows > SYMBOLS && rows < LIMIT_ROW_COUNT_MAX);
	volatile struct limit_row *row = limits->rows;
	volatile struct limit_part *part = limits->parts;
	uint64_t sum = 0;
	long before = faults();
	for (uint32_t i = 0; i < rows; i++) {
		sum += row[i].stated + part[i + 1].stated;
		row[i].id = i;
		part[i + 1].order_burst = i;
	}
	long after = faults();
	assert_int_equal(sum, 0);
	assert_int_equal(after, before);
	limits_return(limits);
}

static void what_none_may_state_is_room_that_costs_nothing(void **state)
{
	(void)state;
	site.symbol_count = 1;
	struct limits *limits = limits_take("limits", &site);
	volatile struct limit_row *row = limits->rows;
	volatile struct limit_part *part = limits->parts;
	long before = faults();
	row[LIMIT_ROW_COUNT_MAX - 1].id = 1;
	part[LIMIT_ROW_COUNT_MAX].order_burst = 1;
	assert_true(faults() > before);
	limits_return(limits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_site_may_state_is_there),
		cmocka_unit_test(what_none_may_state_is_room_that_costs_nothing),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.limits_take", tests, NULL, NULL);
}
