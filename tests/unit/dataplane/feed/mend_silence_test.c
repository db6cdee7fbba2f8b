/* mend_silence_test.c - silence, ends, other sessions, lines that are late or speak of what is not there. */
#include "tests/unit/dataplane/feed/mend_day.h"

static void silence_on_both_lines_is_stale_until_one_speaks(void **state)
{
	(void)state;
	publish(A, 1, 10);
	venue_rig_poll(venue);
	rig->now_ns += SILENCE_NS;
	venue_rig_poll(venue);
	assert_false(is_stale());
	rig->now_ns += 1;
	venue_rig_poll(venue);
	assert_true(is_stale());
	assert_int_equal(page->stale_reasons, STALE_SILENT);
	/* An old copy proves nothing. */
	publish(B, 1, 9);
	venue_rig_poll(venue);
	assert_true(is_stale());
	feed_rig_control(rig, B, 11, MOLD64_HEARTBEAT);
	venue_rig_poll(venue);
	assert_true(is_exact(10));
	assert_int_equal(page->heard_ns, rig->now_ns);
}

static void silence_that_hid_a_loss_ends_when_it_is_filled(void **state)
{
	(void)state;
	publish(A, 1, 10);
	venue_rig_poll(venue);
	rig->now_ns += SILENCE_NS + 1;
	venue_rig_poll(venue);
	lose(50);
	publish(A, 51, 1);
	venue_rig_poll(venue);
	assert_true(is_stale());
	pass(10);
	/* Books are whole; the next packet proves that nothing newer is missing. */
	feed_rig_control(rig, A, 52, MOLD64_HEARTBEAT);
	pass(1);
	assert_true(is_exact(51));
}

static void a_session_that_ends_ahead_of_us_is_recovered_first(void **state)
{
	(void)state;
	publish(A, 1, 10);
	lose(20);
	venue->is_deaf[0] = true;
	feed_rig_control(rig, A, 21, MOLD64_END_OF_SESSION);
	venue_rig_poll(venue);
	assert_int_equal(page->next_sequence, 11);
	pass(30);
	assert_int_equal(page->next_sequence, 21);
	assert_int_equal(page->lost, 0);
	assert_true(is_stale());
	assert_int_equal(page->stale_reasons, STALE_ENDED);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_book_orders), 20);
}

static void put_session(uint32_t line, const char *session, uint64_t first, uint32_t count)
{
	uint8_t payload[2048];
	uint32_t size = feed_rig_payload(rig, session, first, count, payload, sizeof payload);
	feed_rig_put(rig, 0, line, payload, size);
}

static void another_session_is_taken_up_when_ours_has_ended(void **state)
{
	(void)state;
	publish(A, 1, 10);
	put_session(A, "000010059C", 1, 1); /* too early */
	venue_rig_poll(venue);
	feed_rig_control(rig, A, 11, MOLD64_END_OF_SESSION);
	venue_rig_poll(venue);
	assert_true(is_stale());
	memcpy(venue->session, "000010059C", 10);
	put_session(A, "000010059C", 1, 3); /* one witness is none */
	venue_rig_poll(venue);
	assert_int_equal(page->next_sequence, 11);
	put_session(B, "000010059C", 4, 2);
	venue->published = 5;
	pass(10);
	put_session(B, "000010059C", 6, 1);
	pass(1);
	assert_true(is_exact(6));
	assert_memory_equal(page->session, "000010059C", 10);
	assert_int_equal(page->session_changes, 1);
	assert_int_equal(page->ended_numbers, 10);
	/* What the old one still says is not mixed in. */
	publish(A, 11, 1);
	pass(1);
	assert_true(is_exact(6));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_other_session), 3);
}

static void another_session_is_taken_up_when_ours_fell_silent(void **state)
{
	(void)state;
	publish(A, 1, 10);
	venue_rig_poll(venue);
	rig->now_ns += SILENCE_NS + 1;
	put_session(A, "000010059C", 1, 1);
	put_session(A, "000010059C", 2, 1);
	memcpy(venue->session, "000010059C", 10);
	venue->published = 2;
	pass(10);
	put_session(A, "000010059C", 3, 1);
	pass(1);
	assert_true(is_exact(3));
}

static void a_site_that_refuses_stays_with_its_session(void **state)
{
	(void)state;
	publish(A, 1, 10);
	feed_rig_control(rig, A, 11, MOLD64_END_OF_SESSION);
	venue_rig_poll(venue);
	put_session(A, "000010059C", 1, 1);
	put_session(B, "000010059C", 2, 1);
	pass(200);
	put_session(B, "000010059C", 3, 1);
	pass(1);
	assert_int_equal(page->next_sequence, 11);
	assert_true(is_stale());
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_other_session), 3);
	/* Whoever looks sees which. */
	assert_memory_equal(page->refused_session, "000010059C", 11);
	assert_int_equal(page->refused_ns, rig->now_ns);
}

static void a_session_that_is_taken_up_is_not_shown_as_refused(void **state)
{
	(void)state;
	publish(A, 1, 10);
	put_session(A, "000010059C", 1, 1);
	venue_rig_poll(venue);
	assert_int_equal(page->refused_ns, 0);
}

static void a_session_that_begins_again_is_another(void **state)
{
	(void)state;
	publish(A, 1, 10);
	venue_rig_poll(venue);
	put_session(B, "000010059B", 1, 3); /* a copy, while we are sequenced */
	venue_rig_poll(venue);
	assert_true(is_exact(10));
	rig->now_ns += SILENCE_NS + 1;
	venue_rig_poll(venue);
	put_session(A, "000010059B", 1, 3);
	venue_rig_poll(venue);
	put_session(B, "000010059B", 1, 3);
	venue->published = 3;
	pass(1);
	put_session(A, "000010059B", 4, 1);
	pass(1);
	assert_true(is_exact(4));
	assert_int_equal(page->session_changes, 1);
}

/* answer_late has a request server send messages of the day long after they were asked for. */
static void answer_late(uint64_t first, uint32_t count)
{
	static const struct endpoint client = {0x0A000064, 40000};
	uint8_t payload[1024];
	uint32_t size = feed_rig_payload(rig, "000010059B", first, count, payload, sizeof payload);
	assert_true(datagram_send(venue->servers[0], &client, payload, size, rig->now_ns));
}

static void an_answer_to_the_old_session_is_not_one_to_the_new(void **state)
{
	(void)state;
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	publish(A, 1, 3);
	lose(4);
	publish(A, 5, 6);
	pass(3);
	assert_int_equal(page->recovery, RECOVERY_ASKING);
	publish(B, 4, 1); /* the other line was quicker */
	pass(1);
	assert_true(is_exact(10));
	answer_late(4, 1);
	/* The session begins again, and its fourth message is another. */
	feed_rig_control(rig, A, 11, MOLD64_END_OF_SESSION);
	pass(SILENCE_NS / MS_NS + 2);
	rig->message_count = 0;
	for (uint32_t i = 1; i <= 10; i++)
		feed_rig_add(rig, 1, 100 + i, SIDE_BUY, 7, (int64_t)i * 100);
	publish(A, 1, 1);
	publish(B, 1, 1);
	venue_rig_poll(venue);
	assert_int_equal(page->session_changes, 1);
	publish(A, 2, 2);
	lose(4);
	publish(A, 5, 1);
	pass(3);
	assert_int_equal(page->recovery, RECOVERY_ASKING);
	assert_int_equal(page->next_sequence, 4);
	venue->is_deaf[0] = venue->is_deaf[1] = false;
	pass(50);
	publish(A, 6, 1);
	pass(1);
	assert_true(is_exact(6));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_old), 1);
}

static void an_end_that_one_line_said_and_the_other_went_beyond_was_none(void **state)
{
	(void)state;
	publish(A, 1, 10);
	venue_rig_poll(venue);
	feed_rig_control(rig, A, 11, MOLD64_END_OF_SESSION);
	venue_rig_poll(venue);
	assert_int_equal(page->stale_reasons, STALE_ENDED);
	publish(B, 11, 2);
	pass(1);
	assert_true(is_exact(12));
	/* It is said again and again, and is no truer for that. */
	feed_rig_control(rig, A, 11, MOLD64_END_OF_SESSION);
	pass(1);
	assert_true(is_exact(12));
	/* An end before what is in the books is one until something comes. */
	feed_rig_control(rig, A, 9, MOLD64_END_OF_SESSION);
	pass(1);
	assert_int_equal(page->stale_reasons, STALE_ENDED);
	publish(B, 13, 1);
	pass(1);
	assert_true(is_exact(13));
	feed_rig_control(rig, B, 14, MOLD64_END_OF_SESSION);
	pass(1);
	assert_int_equal(page->stale_reasons, STALE_ENDED);
}

static void one_packet_far_ahead_is_not_believed(void **state)
{
	(void)state;
	uint8_t payload[256];
	uint32_t size = feed_rig_payload(rig, "000010059B", 1, 1, payload, sizeof payload);
	publish(A, 1, 10);
	venue_rig_poll(venue);
	store_be64(payload + 10, 50 + ARBITER_BELIEVE_COUNT);
	feed_rig_put(rig, 0, A, payload, size);
	feed_rig_put(rig, 0, A, payload, size); /* a copy is no witness */
	pass(10);
	assert_true(is_exact(10));
	assert_int_equal(page->lines[A].unbelieved, 2);
	publish(A, 11, 3);
	pass(1);
	assert_true(is_exact(13));
	/* The other line says the same: it is believed, until the venue's own snapshot knows better. */
	feed_rig_put(rig, 0, B, payload, size);
	venue_rig_poll(venue);
	assert_int_equal(page->recovery, RECOVERY_WAITING);
	settle(5);
	assert_true(is_exact(13));
	assert_int_equal(page->gaps, 1);
	assert_int_equal(page->snapshots, 1);
}

static void one_packet_a_little_ahead_is_forgotten_when_its_line_goes_on(void **state)
{
	(void)state;
	uint8_t payload[256];
	uint32_t size = feed_rig_payload(rig, "000010059B", 1, 1, payload, sizeof payload);
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	publish(A, 1, 10);
	venue_rig_poll(venue);
	store_be64(payload + 10, 150);
	feed_rig_put(rig, 0, A, payload, size);
	for (uint64_t n = 11; n < 11 + CHANNEL_CONTRADICTION_COUNT - 1; n++)
		publish(A, n, 1);
	pass(3);
	assert_true(is_stale());
	publish(A, 11 + CHANNEL_CONTRADICTION_COUNT - 1, 1);
	pass(1);
	assert_true(is_exact(10 + CHANNEL_CONTRADICTION_COUNT));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_superseded), 1);
}

static void a_line_a_second_late_fills_what_the_first_lost_when_nobody_else_does(void **state)
{
	(void)state;
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	venue->is_absent = true;
	publish(A, 1, 10);
	publish(B, 1, 10);
	pass(1);
	for (uint64_t n = 14; n < 30; n++) { /* A lost 11 to 13, and B is far behind */
		publish(A, n, 1);
		pass(1);
	}
	assert_true(is_stale());
	assert_int_equal(page->next_sequence, 11);
	publish(B, 11, 3);
	pass(1);
	assert_true(is_exact(29));
	/* What B brings so much later is old. */
	publish(A, 30, 2);
	pass(SILENCE_NS / MS_NS / 2);
	publish(B, 14, 16);
	publish(B, 30, 2);
	pass(1);
	assert_true(is_exact(31));
	assert_true(page->lines[B].late_ns_max >= SILENCE_NS / 2);
	assert_int_equal(page->lost, 0);
}

static void a_copy_ends_no_silence(void **state)
{
	(void)state;
	publish(A, 1, 10);
	venue_rig_poll(venue);
	rig->now_ns += SILENCE_NS + 1;
	venue_rig_poll(venue);
	assert_true(is_stale());
	publish(B, 6, 5); /* it ends where we are, and was long on its way */
	venue_rig_poll(venue);
	assert_true(is_stale());
	publish(B, 11, 1);
	venue_rig_poll(venue);
	assert_true(is_exact(11));
}

static void lines_that_speak_only_of_old_numbers_call_for_a_snapshot(void **state)
{
	(void)state;
	publish(A, 1, 20);
	venue_rig_poll(venue);
	venue->published = 15; /* the venue lost its mind, and says so */
	for (uint32_t i = 0; i < 30; i++) {
		feed_rig_control(rig, A, 16, MOLD64_HEARTBEAT);
		pass(10);
	}
	assert_int_equal(page->snapshots, 1);
	assert_int_equal(page->next_sequence, 16);
	settle(1);
	assert_true(is_exact(15));
}

/* say_another_day forgets the day and says one whose messages are others. */
static void say_another_day(void)
{
	rig->message_count = 0;
	for (uint32_t i = 1; i <= DAY_COUNT; i++)
		feed_rig_add(rig, 1, 5000 + i, SIDE_BUY, 7, (int64_t)i * 100 + 50);
}

/* Numbers alone do not show that they are of another day, where nobody names the day. */
static void a_day_that_begins_again_is_not_whole_because_it_catches_up(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 50; n++)
		publish(A, n, 1);
	pass(1);
	assert_true(is_exact(50));
	pass(SILENCE_NS / MS_NS + 1);
	say_another_day();
	for (uint64_t n = 1; n <= 60; n++) {
		publish(A, n, 1);
		pass(1);
	}
	assert_int_equal(page->next_sequence, 61);
	assert_true(is_stale());
	assert_int_equal(page->stale_reasons & STALE_BEHIND, STALE_BEHIND);
	/* Not by a heartbeat either, nor by the other line. */
	feed_rig_control(rig, A, 61, MOLD64_HEARTBEAT);
	pass(1);
	publish(B, 61, 1);
	pass(1);
	assert_true(is_stale());
}

/* A capture of two days that is played at once knows no silence between them. */
static void a_day_that_begins_again_at_once_is_not_mixed_with_the_first_unnoticed(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 50; n++)
		publish(A, n, 1);
	say_another_day();
	for (uint64_t n = 1; n <= 50; n++)
		publish(A, n, 1);
	venue_rig_poll(venue);
	assert_int_equal(page->next_sequence, 51);
	publish(A, 51, 1);
	venue_rig_poll(venue);
	assert_int_equal(page->stale_reasons, STALE_BEHIND);
}

static void a_day_that_began_again_is_mended_by_a_snapshot(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 50; n++)
		publish(A, n, 1);
	venue_rig_poll(venue);
	say_another_day();
	for (uint64_t n = 1; n <= 51; n++)
		publish(A, n, 1);
	pass(50);
	assert_int_equal(page->snapshots, 1);
	settle(1);
	assert_int_equal(feed_rig_top(rig, FEED_RIG_AAPL).bid_e4, 51 * 100 + 50);
	assert_false(is_stale());
	for (uint64_t n = 52; n <= 60; n++)
		publish(A, n, 1);
	pass(1);
	assert_false(is_stale());
}

static void a_line_that_begins_again_while_the_other_goes_on_does_no_harm(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 50; n++) {
		publish(A, n, 1);
		publish(B, n, 1);
	}
	for (uint64_t n = 51; n <= 100; n++) {
		publish(A, n - 50, 1);
		publish(B, n, 1);
	}
	pass(1);
	assert_true(is_exact(100));
}

static void copies_of_the_first_packets_are_no_beginning(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 50; n++)
		publish(A, n, 1);
	for (uint64_t n = 1; n < CHANNEL_AGAIN_COUNT; n++)
		publish(A, n, 1);
	publish(A, 51, 1);
	pass(1);
	assert_true(is_exact(51));
	/* Nor is a line that repeats, but not from the beginning. */
	for (uint64_t n = 2; n <= 50; n++)
		publish(A, n, 1);
	publish(A, 52, 1);
	pass(1);
	assert_true(is_exact(52));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN_TEST(silence_on_both_lines_is_stale_until_one_speaks),
		PLAIN_TEST(silence_that_hid_a_loss_ends_when_it_is_filled),
		PLAIN_TEST(a_session_that_ends_ahead_of_us_is_recovered_first),
		PLAIN_TEST(another_session_is_taken_up_when_ours_has_ended),
		PLAIN_TEST(another_session_is_taken_up_when_ours_fell_silent),
		cmocka_unit_test_setup_teardown(
			a_site_that_refuses_stays_with_its_session, open_refuses, day_close),
		PLAIN_TEST(a_session_that_is_taken_up_is_not_shown_as_refused),
		PLAIN_TEST(a_session_that_begins_again_is_another),
		PLAIN_TEST(an_answer_to_the_old_session_is_not_one_to_the_new),
		PLAIN_TEST(an_end_that_one_line_said_and_the_other_went_beyond_was_none),
		PLAIN_TEST(one_packet_far_ahead_is_not_believed),
		PLAIN_TEST(one_packet_a_little_ahead_is_forgotten_when_its_line_goes_on),
		PLAIN_TEST(a_line_a_second_late_fills_what_the_first_lost_when_nobody_else_does),
		PLAIN_TEST(a_copy_ends_no_silence),
		PLAIN_TEST(lines_that_speak_only_of_old_numbers_call_for_a_snapshot),
		cmocka_unit_test_setup_teardown(
			a_day_that_begins_again_is_not_whole_because_it_catches_up,
			open_refuses_alone, day_close),
		cmocka_unit_test_setup_teardown(
			a_day_that_begins_again_at_once_is_not_mixed_with_the_first_unnoticed,
			open_refuses_alone, day_close),
		cmocka_unit_test_setup_teardown(
			a_day_that_began_again_is_mended_by_a_snapshot, open_refuses, day_close),
		PLAIN_TEST(a_line_that_begins_again_while_the_other_goes_on_does_no_harm),
		cmocka_unit_test_setup_teardown(copies_of_the_first_packets_are_no_beginning,
			open_refuses_alone, day_close),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.mend_silence", tests, NULL, NULL);
}
