/* mend_test.c - a hole is filled by requests, then by a snapshot, then given up aloud. */
#include "tests/unit/dataplane/feed/mend_day.h"

static void what_both_lines_lost_is_asked_for_and_comes(void **state)
{
	(void)state;
	publish(A, 1, 10);
	lose(13);
	publish(A, 14, 2);
	venue_rig_poll(venue);
	assert_int_equal(page->recovery, RECOVERY_WAITING);
	assert_false(is_stale());
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_poll(rig->feed, rig->now_ns);
	assert_true(is_stale());
	assert_int_equal(page->stale_reasons, STALE_GAP);
	assert_int_equal(page->recovery, RECOVERY_ASKING);
	assert_int_equal(page->gap_first, 11);
	assert_int_equal(page->gap_count, 3);
	assert_int_equal(page->held_packets, 1);
	assert_int_equal(page->sources_tried, 1);
	venue_rig_poll(venue);
	assert_true(is_exact(15));
	assert_int_equal(venue->last_first, 11);
	assert_int_equal(venue->last_count, 3);
	assert_int_equal(page->lines[LINE_REQUESTED].wins, 3);
	assert_int_equal(page->recoveries, 1);
	assert_int_equal(page->recovery_ns, FEED_RIG_WAIT_NS);
	assert_int_equal(page->gaps, 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_lost), 0);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_used), 1);
	/* Live again: the next packet proves it. */
	publish(A, 16, 1);
	pass(1);
	assert_int_equal(page->heard_ns, rig->now_ns);
}

static void a_long_hole_is_asked_for_piece_by_piece(void **state)
{
	(void)state;
	venue->answer_bytes = 500; /* a dozen messages */
	publish(A, 1, 10);
	lose(110);
	publish(A, 111, 2);
	for (uint64_t n = 113; n < 160; n++) {
		publish(B, n, 1);
		pass(1);
	}
	assert_true(is_exact(159));
	assert_in_range(venue->requests[0], 8, 12);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_request_timeouts), 0);
}

static void a_lost_tail_is_asked_for_at_once(void **state)
{
	(void)state;
	publish(A, 1, 10);
	lose(14);
	feed_rig_control(rig, A, 15, MOLD64_HEARTBEAT);
	venue_rig_poll(venue);
	assert_true(is_exact(14));
	/* It was back before anybody had to be told. */
	assert_int_equal(page->gaps, 0);
	assert_int_equal(page->recoveries, 0);
	assert_int_equal(page->lines[LINE_REQUESTED].wins, 4);
}

static void a_deaf_server_is_passed_over(void **state)
{
	(void)state;
	venue->is_deaf[0] = true;
	publish(A, 1, 10);
	lose(13);
	publish(A, 14, 2);
	pass(40);
	assert_true(is_exact(15));
	assert_int_equal(venue->requests[0], 1);
	assert_int_equal(venue->requests[1], 1);
	assert_int_equal(page->timeouts, 1);
	assert_int_equal(page->sources_tried, 3);
	assert_int_equal(page->closed_by, RECOVERY_ASKING);
}

static void answers_that_are_not_ours_are_refused(void **state)
{
	(void)state;
	uint8_t junk[5] = {0};
	publish(A, 1, 10);
	lose(13);
	publish(A, 14, 2);
	venue_rig_poll(venue);
	venue->is_of_other_session = true;
	rig->now_ns += FEED_RIG_WAIT_NS;
	venue_rig_poll(venue);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_refused), 1);
	const struct endpoint client = {0x0A000064, 40000}, stranger = {0x0A0000FF, 1};
	struct datagram *other = datagram_sim_open(venue->datagrams, &stranger);
	assert_true(datagram_send(other, &client, junk, sizeof junk, rig->now_ns));
	assert_true(datagram_send(venue->servers[0], &client, junk, sizeof junk, rig->now_ns));
	venue_rig_poll(venue);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_refused), 3);
	assert_int_equal(page->lines[LINE_REQUESTED].malformed, 1);
	assert_true(is_stale());
	venue->is_of_other_session = false;
	pass(20);
	assert_true(is_exact(15));
}

static void the_other_line_may_still_fill_what_is_asked_for(void **state)
{
	(void)state;
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	publish(A, 1, 10);
	publish(A, 14, 2);
	pass(3);
	assert_true(is_stale());
	publish(B, 11, 3);
	pass(1);
	assert_true(is_exact(15));
	assert_int_equal(page->filled_by_line, 3);
	assert_int_equal(page->recoveries, 1);
	assert_int_equal(page->closed_by, RECOVERY_WAITING);
	assert_int_equal(page->closed_first, 11);
	assert_int_equal(page->closed_count, 3);
	assert_true(page->closed_ns != 0 && page->closed_ns <= rig->now_ns);
}

static void a_snapshot_comes_where_no_answer_does(void **state)
{
	(void)state;
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	publish(A, 1, 10);
	lose(13);
	publish(A, 14, 2);
	for (uint64_t n = 16; n < 216; n++) {
		publish(A, n, 1);
		pass(1);
	}
	assert_true(is_exact(215));
	assert_int_equal(page->snapshots, 1);
	assert_int_equal(venue->spins, 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_request_timeouts), 4);
	assert_int_equal(page->sources_tried, 3 | SOURCE_SNAPSHOT);
	assert_true(page->spared != 0);
	assert_int_equal(page->closed_by, RECOVERY_SNAPSHOT);
	assert_int_equal(page->closed_first, 11);
}

static void who_joins_late_asks_for_the_morning_or_fetches_a_snapshot(void **state)
{
	(void)state;
	lose(150);
	publish(A, 151, 5);
	pass(8);
	assert_true(is_exact(155));
	assert_int_equal(page->snapshots, 0);
	/* And of a morning that is longer than may be asked for. */
	day_close(NULL);
	day_open(edit_plain);
	lose(700);
	publish(A, 701, 5);
	pass(8);
	assert_true(is_exact(705));
	assert_int_equal(page->snapshots, 1);
	assert_int_equal(venue->requests[0], 0);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_spared), 705);
}

static void an_old_snapshot_is_met_by_requests(void **state)
{
	(void)state;
	lose(700);
	publish(A, 701, 5);
	venue->lag = 40; /* it ends at 666 */
	pass(8);
	assert_true(is_exact(705));
	assert_int_equal(page->snapshots, 1);
	assert_int_equal(venue->spun, 666);
	assert_int_equal(page->lines[LINE_REQUESTED].wins, 700 - 665);
}

static void a_snapshot_older_than_the_stream_takes_it_again(void **state)
{
	(void)state;
	publish(A, 1, 60);
	publish(A, 61, 40);
	venue_rig_poll(venue);
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	lose(110);
	publish(A, 111, 1);
	venue->lag = 40; /* behind what we have */
	pass(60);
	venue->is_deaf[0] = venue->is_deaf[1] = false;
	pass(40);
	assert_true(is_exact(111));
	assert_true(feed_rig_metric(rig, METRIC_feed_rewound) >= 20);
}

static void an_old_snapshot_without_servers_is_fetched_again(void **state)
{
	(void)state;
	lose(700);
	publish(A, 701, 5);
	venue->lag = 40;
	pass(4);
	assert_true(is_stale());
	assert_int_equal(page->snapshots, 1);
	assert_int_equal(page->recovery, RECOVERY_SNAPSHOT);
	venue->lag = 0;
	settle(200);
	assert_true(is_exact(705));
	assert_int_equal(page->snapshots, 2);
}

static void live_messages_wait_while_a_snapshot_is_built(void **state)
{
	(void)state;
	lose(300);
	publish(A, 301, 5);
	venue->is_endless = true;
	pass(4);
	assert_int_equal(page->recovery, RECOVERY_SNAPSHOT);
	publish(A, 306, 5);
	publish(B, 300, 8);
	pass(1);
	assert_true(page->held_packets >= 2);
	assert_int_equal(page->next_sequence, 1);
	venue->is_endless = false;
	settle(300);
	assert_true(is_exact(310));
	assert_int_equal(page->snapshots_failed, 1);
	assert_int_equal(venue->spins, 2);
}

static void a_broken_snapshot_is_begun_anew(void **state)
{
	(void)state;
	lose(700);
	publish(A, 701, 5);
	venue->cut_after_bytes = 5000;
	pass(4);
	assert_int_equal(page->snapshots_failed, 1);
	assert_true(feed_rig_metric(rig, METRIC_feed_snapshot_messages) > 10);
	venue->cut_after_bytes = 0;
	settle(200);
	assert_true(is_exact(705));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_unknown_order), 0);
}

static void a_snapshot_of_numbers_nobody_heard_of_is_refused(void **state)
{
	(void)state;
	lose(700);
	publish(A, 701, 5);
	venue->lie = 1000 + ARBITER_BELIEVE_COUNT;
	pass(5);
	assert_int_equal(page->snapshots, 0);
	venue->lie = 0;
	settle(200);
	assert_true(is_exact(705));
	assert_int_equal(page->snapshots_failed, 1);
}

static void when_nobody_helps_it_is_given_up_aloud(void **state)
{
	(void)state;
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	venue->is_rejecting = true;
	publish(A, 1, 10);
	lose(13);
	publish(A, 14, 2);
	pass(300);
	assert_true(is_stale());
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	assert_int_equal(page->gap_first, 11);
	assert_int_equal(page->gap_count, 3);
	assert_int_equal(page->sources_tried, 3 | SOURCE_SNAPSHOT);
	assert_true(page->recovery_since_ns != 0);
	assert_int_equal(page->lost, 3);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_given_up), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_snapshots_refused), 2);
	/* The stream goes on, stale; a second loss is counted and changes nothing told. */
	publish(A, 16, 2);
	publish(A, 20, 2);
	pass(300);
	assert_int_equal(page->next_sequence, 22);
	assert_int_equal(page->lost, 5);
	assert_int_equal(page->gap_first, 11);
	assert_true(is_stale());
}

static void after_a_while_another_snapshot_is_tried(void **state)
{
	(void)state;
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	venue->is_rejecting = true;
	publish(A, 1, 10);
	lose(13);
	publish(A, 14, 2);
	pass(400);
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	venue->is_rejecting = false;
	publish(A, 16, 2);
	pass(1200);
	publish(A, 18, 1);
	pass(1);
	assert_true(is_exact(18));
	assert_int_equal(page->recoveries, 1);
}

static void without_a_snapshot_more_than_can_be_held_is_asked_for_again(void **state)
{
	(void)state;
	venue->answer_bytes = 200;
	publish(A, 1, 10);
	lose(60);
	for (uint64_t n = 61; n < 61 + 2 * FEED_RIG_HOLD_COUNT; n++)
		publish(A, n, 1);
	pass(1);
	assert_true(feed_rig_metric(rig, METRIC_feed_hold_full) != 0);
	assert_true(is_stale());
	pass(100);
	feed_rig_control(rig, A, venue->published + 1, MOLD64_HEARTBEAT);
	pass(100);
	assert_true(is_exact(60 + 2 * FEED_RIG_HOLD_COUNT));
	assert_int_equal(page->lost, 0);
}

static void more_than_can_be_held_calls_for_a_snapshot(void **state)
{
	(void)state;
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	publish(A, 1, 10);
	lose(60);
	for (uint64_t n = 61; n < 61 + 2 * FEED_RIG_HOLD_COUNT; n++)
		publish(A, n, 1);
	pass(3);
	publish(A, venue->published + 1, 1);
	pass(3);
	assert_int_equal(page->snapshots, 1);
	venue->is_deaf[0] = false;
	pass(50);
	assert_true(is_exact(61 + 2 * FEED_RIG_HOLD_COUNT));
}

static void a_message_that_cannot_be_read_calls_for_a_snapshot(void **state)
{
	(void)state;
	publish(A, 1, 10);
	uint8_t payload[256];
	uint32_t size = mold64_begin(payload, "000010059B", 11);
	size = mold64_append(payload, size, sizeof payload, (const uint8_t *)"A", 1);
	feed_rig_put(rig, 0, A, payload, size);
	venue->published = 11;
	feed_poll(rig->feed, rig->now_ns);
	assert_true(is_stale());
	assert_int_equal(page->stale_reasons & STALE_BROKEN, STALE_BROKEN);
	pass(5);
	assert_true(is_exact(11));
	assert_int_equal(page->snapshots, 1);
}

static void what_found_no_room_is_known_to_be_missing(void **state)
{
	(void)state;
	uint64_t last = 13 + FEED_RIG_HOLD_COUNT + 5;
	venue->is_deaf[0] = venue->is_deaf[1] = venue->is_absent = true;
	publish(A, 1, 10);
	lose(13);
	for (uint64_t n = 14; n <= last; n++)
		publish(A, n, 1);
	venue_rig_poll(venue);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_hold_full), 5);
	/* The hole closes, and nobody speaks for a while. */
	publish(B, 11, 3);
	pass(1);
	assert_int_equal(page->next_sequence, 14 + FEED_RIG_HOLD_COUNT);
	assert_true(is_stale());
	venue->is_deaf[0] = venue->is_deaf[1] = venue->is_absent = false;
	settle(300);
	assert_true(is_exact(last));
}

static void a_snapshot_behind_what_was_heard_is_not_the_whole(void **state)
{
	(void)state;
	uint8_t payload[256];
	uint32_t size = mold64_begin(payload, "000010059B", 11);
	size = mold64_append(payload, size, sizeof payload, (const uint8_t *)"A", 1);
	publish(A, 1, 10);
	venue_rig_poll(venue);
	feed_rig_put(rig, 0, A, payload, size);
	venue->published = 11;
	venue->lag = 2; /* it ends before messages that came already */
	for (uint32_t i = 0; i < 10; i++) {
		pass(1);
		assert_true(is_stale() || page->next_sequence == 12);
	}
	assert_int_equal(page->snapshots, 1);
	assert_int_equal(venue->spun, 10);
	assert_true(is_exact(11));
}

static void halts_and_states_come_back_with_the_snapshot(void **state)
{
	(void)state;
	struct event halt = {.kind = EVENT_STATE,
		.type = 'H',
		.locate = 1,
		.symbol = symbol_pack("AAPL"),
		.code = 'T'};
	struct event operational = {.kind = EVENT_OPERATIONAL,
		.type = 'h',
		.locate = 1,
		.symbol = symbol_pack("AAPL"),
		.side = 'Q',
		.code = 'H'};
	struct event trade = {.kind = EVENT_TRADE,
		.type = 'P',
		.locate = 1,
		.symbol = symbol_pack("AAPL"),
		.qty = 1,
		.price_e4 = 5,
		.match = 9};
	rig->message_count = 10;
	feed_rig_say(rig, &halt);        /* 11 */
	feed_rig_say(rig, &operational); /* 12 */
	feed_rig_say(rig, &trade);       /* 13 */
	halt.code = 'H';
	feed_rig_say(rig, &halt); /* 14 */
	operational.code = 'T';
	feed_rig_say(rig, &operational); /* 15 */
	for (uint32_t i = 1; i <= 300; i++)
		feed_rig_add(rig, 1, 1000 + i, SIDE_BUY, 100, 1);
	publish(A, 1, 13);
	venue_rig_poll(venue);
	struct top_prices top = feed_rig_top(rig, FEED_RIG_AAPL);
	assert_int_equal(top.state, 'T');
	assert_int_equal(top.operational, 1);
	assert_int_equal(top.last_e4, 5);
	lose(300);
	publish(A, 301, 1);
	pass(5);
	top = feed_rig_top(rig, FEED_RIG_AAPL);
	assert_int_equal(page->snapshots, 1);
	assert_int_equal(top.stale, 0);
	assert_int_equal(top.state, 'H');
	assert_int_equal(top.operational, 0);
	/* Trades of the hole are not in a snapshot: the last one is not known. */
	assert_int_equal(top.last_e4, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN_TEST(what_both_lines_lost_is_asked_for_and_comes),
		PLAIN_TEST(a_long_hole_is_asked_for_piece_by_piece),
		PLAIN_TEST(a_lost_tail_is_asked_for_at_once),
		PLAIN_TEST(a_deaf_server_is_passed_over),
		PLAIN_TEST(answers_that_are_not_ours_are_refused),
		PLAIN_TEST(the_other_line_may_still_fill_what_is_asked_for),
		PLAIN_TEST(a_snapshot_comes_where_no_answer_does),
		PLAIN_TEST(who_joins_late_asks_for_the_morning_or_fetches_a_snapshot),
		PLAIN_TEST(an_old_snapshot_is_met_by_requests),
		PLAIN_TEST(a_snapshot_older_than_the_stream_takes_it_again),
		cmocka_unit_test_setup_teardown(an_old_snapshot_without_servers_is_fetched_again,
			open_spins_only, day_close),
		PLAIN_TEST(live_messages_wait_while_a_snapshot_is_built),
		PLAIN_TEST(a_broken_snapshot_is_begun_anew),
		PLAIN_TEST(a_snapshot_of_numbers_nobody_heard_of_is_refused),
		PLAIN_TEST(when_nobody_helps_it_is_given_up_aloud),
		cmocka_unit_test_setup_teardown(
			after_a_while_another_snapshot_is_tried, open_tries_again, day_close),
		cmocka_unit_test_setup_teardown(
			without_a_snapshot_more_than_can_be_held_is_asked_for_again, open_asks_only,
			day_close),
		PLAIN_TEST(more_than_can_be_held_calls_for_a_snapshot),
		PLAIN_TEST(a_message_that_cannot_be_read_calls_for_a_snapshot),
		PLAIN_TEST(what_found_no_room_is_known_to_be_missing),
		PLAIN_TEST(a_snapshot_behind_what_was_heard_is_not_the_whole),
		PLAIN_TEST(halts_and_states_come_back_with_the_snapshot),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.mend", tests, NULL, NULL);
}
