/* stages_test.c - two feed stages over one market: each its channels, pages and ports, and one writer a top.
   rooms: dataplane_feed */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "tests/support/venue_rig.h"

enum { ROUND_COUNT = 200, CLAIM_COUNT = 2000 };

static struct feed_rig *rig;
static struct feed *second;
static struct port *second_ports[2];

/* Channel 0 stays with the rig's feed on its ports; channel 1 goes to a stage of its own on two more. */
static int stages_open(void **state)
{
	(void)state;
	struct config_error error;
	struct port *ports[4];
	rig = feed_rig_open("", 2);
	feed_close(rig->feed);
	rig->site.feed_count = 2;
	rig->site.port_count = 4;
	rig->site.channels[1].stage = 1;
	for (uint8_t l = 0; l < 2; l++) {
		ports[l] = rig->ports[l];
		ports[2 + l] = second_ports[l] = port_sim_open("second");
		rig->site.channels[1].lines[l].port = (uint8_t)(2 + l);
	}
	rig->feed = feed_open_stage(&rig->site, 0, rig->region, rig->market, ports, &error);
	second = feed_open_stage(&rig->site, 1, rig->region, rig->market, ports, &error);
	return rig->feed == NULL || second == NULL;
}

static int stages_close(void **state)
{
	(void)state;
	feed_close(second);
	port_close(second_ports[0]);
	port_close(second_ports[1]);
	feed_rig_close(rig);
	return 0;
}

static void second_send(uint64_t first, uint32_t count)
{
	uint8_t payload[2048], frame[2112];
	uint32_t size = feed_rig_payload(rig, "000010059B", first, count, payload, sizeof payload);
	size = feed_rig_frame(1, 0, payload, size, frame, sizeof frame);
	assert_true(port_sim_put(second_ports[0], frame, size, 0));
}

static void each_stage_counts_on_its_own_page_and_the_sum_is_both(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 1, SIDE_BUY, 100, 1000000);
	feed_rig_add(rig, 2, 2, SIDE_BUY, 100, 2000000);
	feed_rig_send(rig, 0, 1, 1);
	second_send(1, 2);
	feed_poll(rig->feed, rig->now_ns);
	feed_poll(second, rig->now_ns);
	assert_int_equal(metrics_get(region_feed_metrics(rig->region, 0), METRIC_feed_messages), 1);
	assert_int_equal(metrics_get(region_feed_metrics(rig->region, 1), METRIC_feed_messages), 2);
	assert_int_equal(region_sum(rig->region, METRIC_feed_messages), 3);
	assert_int_equal(port_page_get(&rig->region->ports[0], PORT_WORD_delivered), 1);
	assert_int_equal(port_page_get(&rig->region->ports[2], PORT_WORD_delivered), 1);
	assert_ptr_equal(region_metrics(rig->region, STAGE_GATE), &rig->region->metrics);
	assert_ptr_equal(
		region_metrics(rig->region, stage_of_feed(1)), &rig->region->more_feeds[0]);
	assert_int_equal(stage_feed_index(stage_of_feed(3)), 3);
	assert_int_equal(stage_feed_index(STAGE_GATE), UINT32_MAX);
}

static void a_top_is_published_by_the_stage_that_named_it_first(void **state)
{
	(void)state;
	feed_rig_add(rig, 1, 1, SIDE_BUY, 100, 1000000); /* AAPL */
	feed_rig_add(rig, 2, 2, SIDE_BUY, 100, 2000000); /* MSFT */
	feed_rig_send(rig, 0, 1, 1);
	feed_rig_poll(rig);
	second_send(1, 2);
	feed_poll(second, rig->now_ns);
	feed_rig_send(rig, 0, 2, 1);
	feed_poll(rig->feed, rig->now_ns);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).channel, 0);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).channel, 1);
	assert_int_equal(rig->region->claims[FEED_RIG_AAPL], 1);
	assert_int_equal(rig->region->claims[FEED_RIG_MSFT], 2);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).bid_e4, 1000000);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_MSFT).bid_e4, 2000000);
}

static void a_stage_answers_for_its_own_books(void **state)
{
	(void)state;
	struct control_region *control = calloc(1, sizeof *control);
	assert_non_null(control);
	feed_rig_add(rig, 1, 1, SIDE_BUY, 100, 1000000);
	second_send(1, 1);
	feed_attach(second, control);
	control->requests[stage_of_feed(1)].kind = REQUEST_BOOK;
	control->requests[stage_of_feed(1)].id = 10;
	control->requests[stage_of_feed(1)].symbol = FEED_RIG_AAPL;
	atomic_store(&control->requests[stage_of_feed(1)].number, 7);
	feed_poll(second, rig->now_ns);
	const struct mailbox_answer *answer = &rig->region->answers[stage_of_feed(1)];
	assert_int_equal(atomic_load(&answer->number), 7);
	assert_int_equal(answer->row_count, 1);
	feed_attach(second, NULL);
	feed_poll(second, rig->now_ns);
	free(control);
}

static void a_stage_recovers_its_own_channels_alone(void **state)
{
	(void)state;
	enum { LOST = 500, ALL = 505 };
	struct config_error error;
	struct port *ports[4] = {rig->ports[0], rig->ports[1], second_ports[0], second_ports[1]};
	feed_close(rig->feed);
	rig->site.channels[0].recovery = rig->site.channels[1].recovery = venue_rig_recovery;
	rig->feed = feed_open_stage(&rig->site, 0, rig->region, rig->market, ports, &error);
	assert_non_null(rig->feed);
	struct venue_rig *venue = venue_rig_open(rig);
	for (uint32_t i = 1; i <= ALL; i++)
		feed_rig_add(rig, 1, i, SIDE_BUY, 100, (int64_t)i * 100);
	venue->published = ALL;
	feed_rig_send(rig, 0, LOST + 1, ALL - LOST);
	for (uint32_t i = 0; i < 10; i++) {
		rig->now_ns += FEED_RIG_WAIT_NS;
		venue_rig_poll(venue);
	}
	assert_int_equal(rig->market->channels[0].snapshots, 1);
	assert_int_equal(rig->market->channels[0].next_sequence, ALL + 1);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).bid_e4, ALL * 100);
	assert_int_equal(rig->market->channels[1].next_sequence, 1);
	venue_rig_close(venue);
}

static struct symbols shared[2];
static _Atomic uint8_t claims[CLAIM_COUNT];
static _Atomic uint32_t started;
static uint32_t wins[2];

static void *claimer(void *argument)
{
	uint8_t channel = (uint8_t)(uintptr_t)argument;
	atomic_fetch_add(&started, 1);
	while (atomic_load(&started) % 2 != 0)
		;
	wins[channel] = 0;
	for (uint32_t i = 0; i < CLAIM_COUNT; i++)
		wins[channel] += symbols_claim(&shared[channel], i, channel);
	return NULL;
}

static void of_two_threads_that_claim_one_gets_each_symbol(void **state)
{
	(void)state;
	static struct site_config site;
	static struct symbol_config rows[CLAIM_COUNT];
	for (uint32_t i = 0; i < CLAIM_COUNT; i++)
		rows[i].name = i + 1;
	site.symbols = rows;
	site.symbol_count = CLAIM_COUNT;
	for (uint32_t round = 0; round < ROUND_COUNT; round++) {
		pthread_t threads[2];
		memset(claims, 0, sizeof claims);
		for (uintptr_t c = 0; c < 2; c++) {
			symbols_init(&shared[c], &site);
			shared[c].claims = claims;
		}
		atomic_store(&started, 0);
		for (uintptr_t c = 0; c < 2; c++)
			assert_int_equal(pthread_create(&threads[c], NULL, claimer, (void *)c), 0);
		for (uint32_t c = 0; c < 2; c++)
			pthread_join(threads[c], NULL);
		assert_int_equal(wins[0] + wins[1], CLAIM_COUNT);
		for (uint32_t i = 0; i < CLAIM_COUNT; i++) {
			uint8_t owner = (uint8_t)(claims[i] - 1);
			assert_true(owner < 2);
			assert_true(symbols_claim(&shared[owner], i, owner));
			assert_false(symbols_claim(&shared[1 - owner], i, (uint8_t)(1 - owner)));
		}
		symbols_return(&shared[0]);
		symbols_return(&shared[1]);
	}
}

#define STAGES_TEST(name) cmocka_unit_test_setup_teardown(name, stages_open, stages_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGES_TEST(each_stage_counts_on_its_own_page_and_the_sum_is_both),
		STAGES_TEST(a_top_is_published_by_the_stage_that_named_it_first),
		STAGES_TEST(a_stage_answers_for_its_own_books),
		STAGES_TEST(a_stage_recovers_its_own_channels_alone),
		cmocka_unit_test(of_two_threads_that_claim_one_gets_each_symbol),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.stages", tests, NULL, NULL);
}
