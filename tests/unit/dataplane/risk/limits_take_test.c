/* limits_take_test.c - of an epoch's room what a site may state is there before an order looks: every page of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/config.h"
#include "dataplane/risk/limits.h"
#include "drivers/machine/aside.h"
#include "drivers/machine/clock.h"

#include <sched.h>
#include <sys/mman.h>

/* So many rows that their parts are pages behind pages. */
enum { SYMBOLS = 9000, PAGE_BYTES = 4096 };

static struct site_config site;

/* The pages that some bytes lie on, and how many of them are there. */
static size_t pages_of(const void *from, size_t size)
{
	return ((uintptr_t)from + size + PAGE_BYTES - 1) / PAGE_BYTES -
	       (uintptr_t)from / PAGE_BYTES;
}

static size_t pages_there(const void *from, size_t size)
{
	static unsigned char there[sizeof(struct limits) / PAGE_BYTES + 2];
	size_t sum = 0, count = pages_of(from, size);
	void *first = (void *)((uintptr_t)from / PAGE_BYTES * PAGE_BYTES);
	assert_int_equal(mincore(first, count * PAGE_BYTES, there), 0);
	for (size_t i = 0; i < count; i++)
		sum += there[i] & 1;
	return sum;
}

static void what_a_site_may_state_is_there(void **state)
{
	(void)state;
	site.symbol_count = SYMBOLS;
	struct limits *limits = limits_take("limits", &site, LIMITS_NOW);
	const size_t rows = site_limit_rows(&site);
	assert_true(rows > SYMBOLS && rows < LIMIT_ROW_COUNT_MAX);
	const size_t head = offsetof(struct limits, rows) + rows * sizeof limits->rows[0];
	const size_t parts = (rows + 1) * sizeof limits->parts[0];
	assert_int_equal(pages_there(limits, head), pages_of(limits, head));
	assert_int_equal(pages_there(limits->parts, parts), pages_of(limits->parts, parts));
	limits_return(limits);
}

static void what_none_may_state_is_room_that_costs_nothing(void **state)
{
	(void)state;
	site.symbol_count = 1;
	struct limits *limits = limits_take("limits", &site, LIMITS_NOW);
	assert_int_equal(pages_there(&limits->rows[LIMIT_ROW_COUNT_MAX - 1], 1), 0);
	assert_int_equal(pages_there(&limits->parts[LIMIT_ROW_COUNT_MAX], 1), 0);
	limits_return(limits);
}

/* Two of three epochs are empty until a second one comes. */
static void what_is_for_a_later_epoch_is_there_behind_the_boot(void **state)
{
	(void)state;
	site.symbol_count = SYMBOLS;
	aside_begin();
	struct limits *limits = limits_take("limits", &site, LIMITS_LATER);
	const size_t rows = site_limit_rows(&site) * sizeof limits->rows[0];
	assert_int_equal(aside_settle(), 0);
	const size_t head = offsetof(struct limits, rows) / PAGE_BYTES * PAGE_BYTES;
	assert_int_equal(pages_there(limits, head), pages_of(limits, head));
	assert_int_equal(pages_there(&limits->rows[rows / sizeof limits->rows[0] / 2], 1), 0);
	assert_int_equal(aside_end(), 0);
	const uint64_t until_ns = clock_now_ns() + UINT64_C(20000000000);
	const size_t parts = (site_limit_rows(&site) + 1) * sizeof limits->parts[0];
	while ((pages_there(limits->rows, rows) != pages_of(limits->rows, rows) ||
		       pages_there(limits->parts, parts) != pages_of(limits->parts, parts)) &&
		clock_now_ns() < until_ns)
		sched_yield();
	assert_int_equal(pages_there(limits->rows, rows), pages_of(limits->rows, rows));
	assert_int_equal(pages_there(limits->parts, parts), pages_of(limits->parts, parts));
	limits_return(limits);
}

int main(void)
{
	clock_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_site_may_state_is_there),
		cmocka_unit_test(what_none_may_state_is_room_that_costs_nothing),
		cmocka_unit_test(what_is_for_a_later_epoch_is_there_behind_the_boot),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.limits_take", tests, NULL, NULL);
}
