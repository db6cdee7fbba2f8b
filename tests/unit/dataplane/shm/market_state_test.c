/* market_state_test.c - a page is whole or missing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "dataplane/shm/market_state.h"

static struct market_state page;
static struct channel_market channel;
static _Atomic bool is_over;

static void *publish_both(void *argument)
{
	(void)argument;
	for (uint32_t i = 1; i <= 100000; i++) {
		struct symbol_state facts = {
			.said = i, .participants.active = i, .imbalance.paired = i};
		struct channel_facts all = {.said = i, .mwcb_ns = i};
		market_state_publish(&page, &facts);
		channel_market_publish(&channel, &all);
	}
	atomic_store(&is_over, true);
	return NULL;
}

static void a_page_is_never_read_torn(void **state)
{
	(void)state;
	struct symbol_state facts;
	struct channel_facts all;
	pthread_t thread;
	pthread_create(&thread, NULL, publish_both, NULL);
	while (!atomic_load(&is_over)) {
		bool is_whole = market_state_read(&page, &facts);
		assert_true(is_whole || facts.said == 0);
		assert_int_equal(facts.said, facts.participants.active);
		assert_int_equal(facts.said, facts.imbalance.paired);
		is_whole = channel_market_read(&channel, &all);
		assert_true(is_whole || all.said == 0);
		assert_int_equal(all.said, all.mwcb_ns);
	}
	pthread_join(thread, NULL);
	assert_true(market_state_read(&page, &facts));
	assert_int_equal(facts.said, 100000);
	assert_true(channel_market_read(&channel, &all));
	assert_int_equal(all.said, 100000);
}

static void a_page_whose_writer_died_in_the_middle_reads_as_nothing_said(void **state)
{
	(void)state;
	struct symbol_state facts = {.said = 5};
	struct channel_facts all = {.said = 5};
	market_state_publish(&page, &facts);
	channel_market_publish(&channel, &all);
	atomic_fetch_add(&page.lock, 1);
	atomic_fetch_add(&channel.lock, 1);
	assert_false(market_state_read(&page, &facts));
	assert_int_equal(facts.said, 0);
	assert_false(channel_market_read(&channel, &all));
	assert_int_equal(all.said, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_never_read_torn),
		cmocka_unit_test(a_page_whose_writer_died_in_the_middle_reads_as_nothing_said),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.shm.market_state", tests, NULL, NULL);
}
