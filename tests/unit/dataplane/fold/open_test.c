/* open_test.c - of what a gate's fold takes, that which only a later hour needs is there behind the boot, and holds up nothing.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <sys/mman.h>

#include "dataplane/risk/tables.h"
#include "drivers/machine/aside.h"
#include "drivers/machine/clock.h"
#include "tests/support/rig.h"

enum { REPLAY_COUNT = 65536, PAGE_BYTES = 4096 };

static void keeps_much(struct site_config *site)
{
	for (uint32_t i = 0; i < site->session_count; i++)
		site->sessions[i].replay_count = REPLAY_COUNT;
}

static bool is_there(const void *table, size_t at)
{
	unsigned char there = 0;
	uintptr_t page = ((uintptr_t)table + at) / PAGE_BYTES * PAGE_BYTES;
	return mincore((void *)page, 1, &there) == 0 && (there & 1) != 0;
}

/* Whether a page is there before a long time is over. */
static bool comes(const void *table, size_t at)
{
	const uint64_t until_ns = clock_now_ns() + UINT64_C(20000000000);
	while (!is_there(table, at) && clock_now_ns() < until_ns)
		sched_yield();
	return is_there(table, at);
}

static void stores_but_their_beginning_and_the_far_times_of_symbols_come_behind_the_boot(
	void **state)
{
	(void)state;
	const struct rig_hooks hooks = {.site = keeps_much};
	aside_begin();
	struct rig *rig = rig_open_with(&hooks, NULL);
	const struct fold *fold = rig->gate->fold;
	const struct fold_client *client = &fold->clients[rig->site.sessions[0].id];
	const size_t store_bytes = (size_t)REPLAY_COUNT * client->protocol->store_bytes;
	const struct risk_rings *rings = &fold->risk->rings;
	assert_int_equal(aside_settle(), 0);
	assert_true(is_there(client->store, 0));
	assert_false(is_there(client->store, store_bytes - 1));
	assert_true(is_there(rings->account_times, rings->account_bytes - 1));
	assert_false(is_there(rings->symbol_times, rings->symbol_bytes - 1));
	assert_int_equal(aside_end(), 0);
	assert_true(comes(client->store, store_bytes - 1));
	assert_true(comes(rings->symbol_times, rings->symbol_bytes - 1));
	rig_close(rig);
}

int main(void)
{
	clock_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			stores_but_their_beginning_and_the_far_times_of_symbols_come_behind_the_boot),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.open", tests, NULL, NULL);
}
