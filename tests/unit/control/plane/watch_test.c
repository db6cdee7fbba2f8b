/* watch_test.c - links that go down and come back, losses that begin and end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/plane/watch.h"

static struct port_page page;
static struct port_watch watch;

static int begin(void **state)
{
	(void)state;
	memset(&page, 0, sizeof page);
	memset(&watch, 0, sizeof watch);
	port_page_set(&page, PORT_WORD_link_up, 1);
	return 0;
}

static void a_link_is_down_since_it_was_first_seen_so(void **state)
{
	(void)state;
	watch_turn(&watch, &page, "a", 5);
	assert_int_equal(watch.down_ns, 0);
	port_page_set(&page, PORT_WORD_link_up, 0);
	watch_turn(&watch, &page, "a", 7);
	watch_turn(&watch, &page, "a", 9);
	assert_int_equal(watch.down_ns, 7);
	port_page_set(&page, PORT_WORD_link_up, 1);
	watch_turn(&watch, &page, "a", 11);
	assert_int_equal(watch.down_ns, 0);
}

static void a_link_that_was_never_up_has_time_to_come(void **state)
{
	(void)state;
	port_page_set(&page, PORT_WORD_link_up, 0);
	watch_turn(&watch, &page, "a", 7);
	assert_int_equal(watch.down_ns, 7); /* so it is, and health says so */
	watch_turn(&watch, &page, "a", 6 + WATCH_START_NS);
	assert_false(watch.is_told);
	watch_turn(&watch, &page, "a", 7 + WATCH_START_NS);
	assert_true(watch.is_told);
	port_page_set(&page, PORT_WORD_link_up, 1);
	watch_turn(&watch, &page, "a", 8 + WATCH_START_NS);
	assert_false(watch.is_told);
	/* From now on every fall is news at once. */
	port_page_set(&page, PORT_WORD_link_up, 0);
	watch_turn(&watch, &page, "a", 9 + WATCH_START_NS);
	assert_true(watch.is_told);
}

static void what_was_lost_before_is_no_news(void **state)
{
	(void)state;
	port_page_set(&page, PORT_WORD_missed, 100);
	watch_turn(&watch, &page, "a", 5);
	watch_turn(&watch, &page, "a", 6);
	assert_false(watch_is_losing(&watch, 6));
}

static void each_kind_of_loss_is_news_for_ten_seconds(void **state)
{
	(void)state;
	static const enum port_word kinds[] = {
		PORT_WORD_missed, PORT_WORD_no_buffer, PORT_WORD_errors};
	uint64_t now_ns = 0;
	watch_turn(&watch, &page, "a", now_ns);
	for (uint32_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		port_page_add(&page, kinds[i], 3);
		watch_turn(&watch, &page, "a", now_ns);
		assert_true(watch_is_losing(&watch, now_ns + WATCH_LOST_NS - 1));
		assert_false(watch_is_losing(&watch, now_ns + WATCH_LOST_NS + 1));
		assert_int_equal(watch.lost, 3 * (i + 1));
		now_ns += 2 * WATCH_LOST_NS;
	}
	port_page_add(&page, PORT_WORD_fault_lost,
		1); /* our own fault injection is none of the device's */
	watch_turn(&watch, &page, "a", now_ns);
	assert_false(watch_is_losing(&watch, now_ns));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup(test, begin)
	const struct CMUnitTest tests[] = {
		ONE(a_link_is_down_since_it_was_first_seen_so),
		ONE(a_link_that_was_never_up_has_time_to_come),
		ONE(what_was_lost_before_is_no_news),
		ONE(each_kind_of_loss_is_news_for_ten_seconds),
	};
	return !!cmocka_run_group_tests_name("unit.control.plane.watch", tests, NULL, NULL);
}
