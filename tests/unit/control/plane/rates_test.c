/* rates_test.c - two looks make a rate; a new dataplane's counters begin anew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/mman.h>

#include "control/plane/rates.h"
#include "dataplane/shm/word.h"

#define SECOND_NS UINT64_C(1000000000)

static struct market_region *market;
static struct rates rates;

static int pages_open(void **state)
{
	(void)state;
	market = mmap(
		NULL, sizeof *market, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(&rates, 0, sizeof rates);
	return market == MAP_FAILED;
}

static int pages_close(void **state)
{
	(void)state;
	return munmap(market, sizeof *market);
}

static void a_rate_is_what_came_between_two_looks(void **state)
{
	(void)state;
	struct channel_state *channel = &market->channels[1];
	word_set(&channel->messages, 500);
	rates_turn(&rates, market, 2, 5 * SECOND_NS);
	assert_int_equal(rates.channels[1].messages_per_s, 0);
	word_set(&channel->messages, 1500);
	word_set(&channel->lines[0].packets, 40);
	word_set(&channel->lines[1].packets, 60);
	word_set(&channel->lines[1].messages, 900);
	rates_turn(&rates, market, 2, 6 * SECOND_NS - 1); /* too early to look again */
	assert_int_equal(rates.channels[1].messages_per_s, 0);
	rates_turn(&rates, market, 2, 7 * SECOND_NS);
	assert_int_equal(rates.channels[1].messages_per_s, 500);
	assert_int_equal(rates.channels[1].packets_per_s, 50);
	assert_int_equal(rates.lines[1][0].packets_per_s, 20);
	assert_int_equal(rates.lines[1][1].packets_per_s, 30);
	assert_int_equal(rates.lines[1][1].messages_per_s, 450);
	assert_int_equal(rates.channels[0].messages_per_s, 0);
	rates_turn(&rates, market, 2, 8 * SECOND_NS);
	assert_int_equal(rates.channels[1].messages_per_s, 0);
}

static void counters_that_fell_are_anothers(void **state)
{
	(void)state;
	struct channel_state *channel = &market->channels[0];
	rates_turn(&rates, NULL, 1, SECOND_NS);
	assert_int_equal(rates.looked_ns, 0);
	word_set(&channel->messages, 5000);
	rates_turn(&rates, market, 1, SECOND_NS);
	word_set(&channel->messages, 100);
	rates_turn(&rates, market, 1, 2 * SECOND_NS);
	assert_int_equal(rates.channels[0].messages_per_s, 0);
	word_set(&channel->messages, 300);
	rates_turn(&rates, market, 1, 3 * SECOND_NS);
	assert_int_equal(rates.channels[0].messages_per_s, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_rate_is_what_came_between_two_looks, pages_open, pages_close),
		cmocka_unit_test_setup_teardown(
			counters_that_fell_are_anothers, pages_open, pages_close),
	};
	return !!cmocka_run_group_tests_name("unit.control.plane.rates", tests, NULL, NULL);
}
