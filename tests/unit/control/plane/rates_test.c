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

static struct channel_state *channel;

/* A line that brought so many messages, up to a number, at a second. */
static void line_brought(uint32_t l, uint64_t messages, uint64_t last, uint64_t second)
{
	struct line_state *line = &channel->lines[l];
	word_set(&line->messages, messages);
	word_set(&line->last_sequence, last);
	word_set(&line->heard_ns, second * SECOND_NS);
}

static void a_line_misses_what_it_went_past(void **state)
{
	(void)state;
	channel = &market->channels[0];
	line_brought(0, 1000, 5000, 1); /* it was lost before anybody looked: no news */
	rates_turn(&rates, market, 1, SECOND_NS);
	assert_int_equal(rates.lines[0][0].missing, 0);
	line_brought(0, 1090, 5100, 2);
	rates_turn(&rates, market, 1, 2 * SECOND_NS);
	assert_int_equal(rates.lines[0][0].missing, 10);
	assert_int_equal(rates.lines[0][1].missing, 0); /* never heard: nothing to count from */
	line_brought(0, 1100, 5100, 3);                 /* out of order */
	rates_turn(&rates, market, 1, 3 * SECOND_NS);
	assert_int_equal(rates.lines[0][0].missing, 0);
}

static void a_silent_line_misses_what_the_channel_went_on_by(void **state)
{
	(void)state;
	channel = &market->channels[0];
	line_brought(1, 100, 100, 1);
	word_set(&channel->next_sequence, 101);
	rates_turn(&rates, market, 1, SECOND_NS);
	word_set(&channel->next_sequence, 181);
	rates_turn(&rates, market, 1, 3 * SECOND_NS);
	assert_int_equal(rates.lines[0][1].missing, 80);
	/* Another session begins its numbers anew. */
	word_set(&channel->session_changes, 1);
	line_brought(1, 105, 5, 4);
	rates_turn(&rates, market, 1, 4 * SECOND_NS);
	assert_int_equal(rates.lines[0][1].missing, 0);
	line_brought(1, 106, 8, 5);
	rates_turn(&rates, market, 1, 5 * SECOND_NS);
	assert_int_equal(rates.lines[0][1].missing, 2);
}

static void how_late_a_line_is_is_told_of_the_last_ten_seconds(void **state)
{
	(void)state;
	struct line_state *line = &market->channels[0].lines[1];
	word_set(&line->late_count, 1000000);
	word_set(&line->late_ns_sum, 1000);
	rates_turn(&rates, market, 1, SECOND_NS);
	assert_int_equal(rates.lines[0][1].late_ns, 0);
	word_set(&line->late_count, 1000002);
	word_set(&line->late_ns_sum, 7000);
	for (uint32_t second = 2; second <= 11; second++) {
		rates_turn(&rates, market, 1, second * SECOND_NS);
		assert_int_equal(rates.lines[0][1].late_ns, 3000);
	}
	rates_turn(&rates, market, 1, 12 * SECOND_NS);
	assert_int_equal(rates.lines[0][1].late_ns, 0);
	/* Another dataplane's. */
	word_set(&line->late_count, 1);
	word_set(&line->late_ns_sum, 9000);
	rates_turn(&rates, market, 1, 13 * SECOND_NS);
	assert_int_equal(rates.lines[0][1].late_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_rate_is_what_came_between_two_looks, pages_open, pages_close),
		cmocka_unit_test_setup_teardown(
			counters_that_fell_are_anothers, pages_open, pages_close),
		cmocka_unit_test_setup_teardown(
			a_line_misses_what_it_went_past, pages_open, pages_close),
		cmocka_unit_test_setup_teardown(
			a_silent_line_misses_what_the_channel_went_on_by, pages_open, pages_close),
		cmocka_unit_test_setup_teardown(how_late_a_line_is_is_told_of_the_last_ten_seconds,
			pages_open, pages_close),
	};
	return !!cmocka_run_group_tests_name("unit.control.plane.rates", tests, NULL, NULL);
}
