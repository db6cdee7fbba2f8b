/* warm_test.c - made-up packets go all the way through a scratch channel, and nowhere else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/feed/warm.h"
#include "tests/support/feed_rig.h"

static void every_message_is_delivered(void **state)
{
	(void)state;
	struct warm *warm = warm_open();
	warm_run(warm, 16);
	assert_int_equal(warm_messages(warm), 31); /* one packet of sixteen */
	warm_make(warm, 3);
	warm_play(warm);
	assert_int_equal(warm_messages(warm), 34);
	warm_run(warm, WARM_PACKETS);
	assert_int_equal(warm_messages(warm), 34 + WARM_PACKETS + WARM_PACKETS / 16 * 15);
	warm_close(warm);
	warm_close(NULL);
}

static void the_first_turn_of_a_feed_leaves_nothing_behind(void **state)
{
	static struct metrics before;
	(void)state;
	struct feed_rig *rig = feed_rig_open("", 1);
	struct top top = rig->market->tops[FEED_RIG_AAPL];
	before = rig->region->metrics;
	feed_poll(rig->feed, 5);
	for (uint32_t i = 0; i < METRIC_COUNT; i++)
		assert_int_equal(metrics_get(&rig->region->metrics, i), metrics_get(&before, i));
	assert_memory_equal(
		&top.prices, &rig->market->tops[FEED_RIG_AAPL].prices, sizeof top.prices);
	feed_rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_is_delivered),
		cmocka_unit_test(the_first_turn_of_a_feed_leaves_nothing_behind),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.warm", tests, NULL, NULL);
}
