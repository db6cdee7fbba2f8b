/* mend_hopeless_test.c - when what should help is broken too: snapshots that break, answers that are none, floods. */
#include "tests/unit/dataplane/feed/mend_day.h"

static void answer_bytes(const uint8_t *payload, uint32_t size_bytes)
{
	const struct endpoint client = {0x0A000064, 40000};
	assert_true(datagram_send(venue->servers[0], &client, payload, size_bytes, rig->now_ns));
}

/* answer sends a request server's packet of `count` messages, which says that it has `said`. */
static void answer(uint64_t sequence, uint32_t count, uint16_t said)
{
	uint8_t payload[1024];
	uint32_t size = feed_rig_payload(rig, "000010059B", 1, count, payload, sizeof payload);
	store_be64(payload + 10, sequence);
	store_be16(payload + 18, said);
	answer_bytes(payload, size);
}

/* hole_open leaves 11 .. 13 lost and asked for, of servers that are deaf. */
static void hole_open(void)
{
	venue->is_deaf[0] = venue->is_deaf[1] = true;
	publish(A, 1, 10);
	lose(13);
	publish(A, 14, 2);
	pass(3);
	assert_int_equal(page->recovery, RECOVERY_ASKING);
}

static void what_a_server_says_beside_messages_is_of_no_use(void **state)
{
	(void)state;
	hole_open();
	answer(16, 0, MOLD64_HEARTBEAT);
	answer(16, 0, MOLD64_END_OF_SESSION);
	pass(1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_old), 2);
	answer(0, 1, 1);                      /* no number */
	answer(venue->published + 100, 1, 1); /* of which no line has spoken */
	pass(1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_refused), 2);
	assert_int_equal(page->lines[LINE_REQUESTED].malformed, 2);
	answer(15, 1, 1); /* held already, and ahead */
	pass(1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_old), 3);
	assert_int_equal(page->next_sequence, 11);
	/* A length that lies spoils what is behind it, not what is before. */
	uint8_t payload[1024];
	uint32_t size = feed_rig_payload(rig, "000010059B", 11, 3, payload, sizeof payload);
	answer_bytes(payload, size - 1);
	pass(1);
	assert_int_equal(page->next_sequence, 13);
	assert_int_equal(page->lines[LINE_REQUESTED].malformed, 3);
	answer_bytes(payload, size);
	pass(1);
	assert_true(is_exact(15));
}

static void a_flood_of_answers_costs_a_turn_no_more_than_so_many(void **state)
{
	(void)state;
	enum { FLOOD = 100, OF_A_TURN = 64 };
	hole_open();
	for (uint32_t i = 0; i < FLOOD; i++)
		answer(1, 1, 1);
	uint64_t before = feed_rig_metric(rig, METRIC_feed_answers);
	feed_poll(rig->feed, rig->now_ns);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers), before + OF_A_TURN);
	feed_poll(rig->feed, rig->now_ns);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers), before + FLOOD);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_old), FLOOD);
}

static void a_snapshot_that_always_breaks_is_given_up(void **state)
{
	(void)state;
	lose(700);
	publish(A, 701, 5);
	venue->cut_after_bytes = 5000;
	pass(400);
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	assert_int_equal(page->snapshots_failed, 2);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_given_up), 1);
	assert_int_equal(page->closed_by, RECOVERY_GIVEN_UP);
	assert_int_equal(page->lost, 700);
	assert_int_equal(page->gap_count, 700);
	assert_true(is_stale());
	assert_int_equal(page->next_sequence, 706);
}

static void edit_wants_the_same(struct site_config *site)
{
	edit_tries_again(site);
	site->channels[0].recovery.is_snapshot_session_same = 1;
}

static int open_wants_the_same(void **state)
{
	(void)state;
	return day_open(edit_wants_the_same);
}

/* Where the names are known to be one, the numbers of another count something else: spliced in, they would make
   books that nobody has. */
static void a_snapshot_of_another_session_is_none_of_ours_where_the_site_says_so(void **state)
{
	(void)state;
	venue->is_spinning_another = true;
	hole_open();
	for (uint32_t i = 0; i < 400 && page->recovery != RECOVERY_GIVEN_UP; i++)
		pass(1);
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	assert_int_equal(page->snapshots, 0);
	assert_int_equal(page->snapshot_trouble, SNAPSHOT_OTHER_SESSION);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_snapshots_refused), 2);
	assert_true(is_stale());
	venue->is_spinning_another = false; /* the server has come to today */
	pass(1100);
	settle(1);
	assert_int_equal(page->snapshots, 1);
	assert_false(is_stale());
}

static void a_snapshot_under_another_name_is_taken_where_the_site_says_nothing(void **state)
{
	(void)state;
	venue->is_spinning_another = true;
	hole_open();
	pass(400);
	settle(1);
	assert_int_equal(page->snapshots, 1);
	assert_int_equal(page->snapshots_failed, 0);
	assert_false(is_stale());
	assert_true(is_exact(15));
}

static void a_hole_while_another_snapshot_is_tried_leaves_the_first_told(void **state)
{
	(void)state;
	venue->is_rejecting = true;
	hole_open();
	for (uint32_t i = 0; i < 400 && page->recovery != RECOVERY_GIVEN_UP; i++)
		pass(1);
	for (uint32_t i = 0; i < 2000 && page->recovery != RECOVERY_SNAPSHOT; i++)
		pass(1);
	assert_int_equal(page->recovery, RECOVERY_SNAPSHOT);
	publish(A, 17, 1); /* 16 is lost */
	for (uint32_t i = 0; i < 400 && page->recovery != RECOVERY_GIVEN_UP; i++)
		pass(1);
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	assert_int_equal(page->lost, 4);
	assert_int_equal(page->gap_first, 11);
	assert_int_equal(page->gap_count, 3);
	assert_int_equal(page->next_sequence, 18);
	/* And when it comes at last, all is well. */
	venue->is_rejecting = false;
	pass(1100);
	settle(1);
	assert_true(is_exact(17));
}

static void edit_tries_thrice(struct site_config *site)
{
	edit_plain(site);
	site->channels[0].recovery.snapshot_tries = 3;
}

static int open_tries_thrice(void **state)
{
	(void)state;
	return day_open(edit_tries_thrice);
}

/* break_next brings message `next` too short to be read, of which the venue knows the whole. */
static void break_next(uint64_t next)
{
	uint8_t payload[64];
	uint32_t size = mold64_begin(payload, "000010059B", next);
	size = mold64_append(payload, size, sizeof payload, (const uint8_t *)"A", 1);
	feed_rig_put(rig, 0, A, payload, size);
	venue->published = next;
}

static void broken_books_without_a_snapshot_to_fetch_are_given_up(void **state)
{
	(void)state;
	struct datagram *datagrams[CHANNEL_COUNT_MAX] = {venue->client};
	feed_recover_by(rig->feed, NULL, datagrams);
	publish(A, 1, 10);
	break_next(11);
	pass(5);
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	assert_true(is_stale());
	assert_int_equal(page->lost, 0);
	assert_int_equal(venue->requests[0], 0);
}

static void broken_books_are_fetched_where_nobody_is_asked(void **state)
{
	(void)state;
	publish(A, 1, 10);
	break_next(11);
	pass(5);
	settle(5);
	assert_true(is_exact(11));
	assert_int_equal(page->snapshots, 1);
}

static void a_snapshot_that_cannot_be_read_is_fetched_again(void **state)
{
	(void)state;
	lose(700);
	publish(A, 701, 5);
	venue->is_spoiling = true;
	pass(5);
	assert_int_equal(page->snapshots, 0);
	assert_true(is_stale());
	venue->is_spoiling = false;
	settle(200);
	assert_true(is_exact(705));
	assert_int_equal(page->snapshots_failed, 1);
}

static void what_was_held_may_break_the_books_behind_a_snapshot(void **state)
{
	(void)state;
	lose(300);
	publish(A, 301, 5);
	venue->is_endless = true;
	pass(4);
	assert_int_equal(page->recovery, RECOVERY_SNAPSHOT);
	break_next(306);
	pass(1);
	venue->is_endless = false;
	venue->lag = 1; /* the next one ends before it */
	for (uint32_t i = 0; i < 400 && page->snapshots == 0; i++) {
		rig->now_ns += MS_NS;
		for (uint32_t turn = 0; turn < 20 && page->snapshots == 0; turn++) {
			venue_rig_turn(venue);
			feed_poll(rig->feed, rig->now_ns);
		}
	}
	assert_int_equal(page->next_sequence, 307);
	assert_true((page->stale_reasons & STALE_BROKEN) != 0);
	venue->lag = 0;
	settle(300);
	assert_true(is_exact(306));
	assert_int_equal(page->snapshots, 2);
}

/* books_break has message `next` break the books behind each snapshot, while it is built, until all is given up or 2 s are over;
   `spins` were before. */
static uint64_t books_break(uint64_t next, uint32_t spins)
{
	const uint32_t before = spins;
	venue->is_endless = true;
	for (uint32_t i = 0; i < 2000 && (spins == before || page->recovery != RECOVERY_GIVEN_UP);
		i++) {
		pass(1);
		if (venue->spins == spins)
			continue;
		spins = venue->spins;
		break_next(next++);
		venue_rig_poll(venue);
		venue_rig_spin_end(venue);
		venue_rig_poll(venue);
	}
	venue->is_endless = false;
	return next;
}

/* A lasting cause: a snapshot of another market, say, or of a number that is off by one. */
static void books_that_break_behind_each_snapshot_are_given_up_like_a_snapshot_that_breaks(
	void **state)
{
	(void)state;
	lose(300);
	publish(A, 301, 5);
	uint64_t began_ns = rig->now_ns, next = books_break(306, 0);
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	assert_int_equal(venue->spins, 2);
	assert_true(rig->now_ns - began_ns >= RECOVER_PAUSE_NS_MIN);
	assert_true((page->stale_reasons & STALE_BROKEN) != 0);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_given_up), 1);
	/* And after again_ns as many times more, until the cause is gone. */
	pass(900);
	assert_int_equal(venue->spins, 2);
	next = books_break(next, 2);
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	assert_int_equal(venue->spins, 4);
	pass(1100);
	settle(1);
	assert_true(is_exact(next - 1));
	assert_int_equal(venue->spins, 5);
}

/* What breaks them may as well come when all seemed mended. */
static void books_that_break_soon_behind_each_snapshot_are_given_up_too(void **state)
{
	(void)state;
	uint64_t next = 11;
	publish(A, 1, 10);
	for (uint32_t i = 0; i < 2000 && page->recovery != RECOVERY_GIVEN_UP; i++) {
		if (page->recovery == RECOVERY_NONE)
			break_next(next++);
		pass(1);
	}
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	assert_int_equal(venue->spins, 2);
	assert_int_equal(next, 14);
}

static void books_that_break_once_in_a_while_are_mended_each_time(void **state)
{
	(void)state;
	publish(A, 1, 10);
	for (uint64_t next = 11; next < 16; next++) {
		break_next(next);
		settle(5);
		assert_true(is_exact(next));
		rig->now_ns += RECOVER_RELAPSE_NS;
	}
	assert_int_equal(venue->spins, 5);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_given_up), 0);
}

static void while_a_snapshot_is_built_heartbeats_contradict_nothing_and_an_end_waits(void **state)
{
	(void)state;
	lose(300);
	publish(A, 301, 5);
	venue->is_endless = true;
	pass(4);
	assert_int_equal(page->recovery, RECOVERY_SNAPSHOT);
	for (uint32_t i = 0; i < 2 * CHANNEL_CONTRADICTION_COUNT; i++)
		feed_rig_control(rig, A, 1, MOLD64_HEARTBEAT);
	feed_rig_poll(rig);
	assert_int_equal(page->held_packets, 1);
	/* The stream ends while the first snapshot is in the books and another is built. */
	venue->is_endless = false;
	settle(300);
	assert_true(is_exact(305));
	break_next(306);
	venue->is_endless = true;
	uint32_t spins = venue->spins;
	for (uint32_t i = 0; i < 200 && venue->spins == spins; i++)
		pass(1);
	assert_int_equal(page->recovery, RECOVERY_SNAPSHOT);
	feed_rig_control(rig, A, 307, MOLD64_END_OF_SESSION);
	pass(1);
	assert_int_equal(page->stale_reasons & STALE_ENDED, 0);
	venue->is_endless = false;
	pass(300);
	assert_int_equal(page->stale_reasons, STALE_ENDED | STALE_SILENT);
	assert_int_equal(page->next_sequence, 307);
}

static void what_nobody_could_fill_is_declared_at_once_when_no_more_can_be_held(void **state)
{
	(void)state;
	venue->is_rejecting = true;
	hole_open();
	pass(300);
	assert_int_equal(page->recovery, RECOVERY_GIVEN_UP);
	uint64_t next = 17; /* 16 is lost too */
	for (uint32_t i = 0; i < 2 * FEED_RIG_HOLD_COUNT; i++, next++)
		publish(A, next, 1);
	venue_rig_poll(venue);
	assert_int_equal(page->lost, 4);
	assert_int_equal(page->next_sequence, next);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_given_up), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_hold_full), 0);
}

static void the_connection_of_a_snapshot_is_left_alone_when_it_is_long_gone(void **state)
{
	(void)state;
	lose(700);
	publish(A, 701, 5);
	pass(8);
	assert_true(is_exact(705));
	for (uint64_t n = 706; n < 730; n++) {
		publish(A, n, 1);
		pass(50);
	}
	assert_true(is_exact(729));
	assert_int_equal(page->snapshots, 1);
}

static void put_session(uint32_t line, const char *session, uint64_t next)
{
	uint8_t payload[MOLD64_HEADER_BYTES];
	mold64_begin(payload, session, next);
	feed_rig_put(rig, 0, line, payload, sizeof payload);
	feed_rig_poll(rig);
}

static void of_two_other_sessions_the_one_that_is_still_said_later_is_taken_up(void **state)
{
	(void)state;
	publish(A, 1, 10);
	feed_rig_control(rig, A, 11, MOLD64_END_OF_SESSION);
	venue_rig_poll(venue);
	put_session(A, "000010059C", 1);
	put_session(A, "000010059D", 1);
	put_session(A, "000010059C", 1);
	assert_int_equal(page->session_changes, 0);
	rig->now_ns += ARBITER_WITNESS_NS - 1;
	put_session(A, "000010059C", 1);
	assert_int_equal(page->session_changes, 0);
	rig->now_ns += 1;
	put_session(A, "000010059C", 1);
	assert_int_equal(page->session_changes, 1);
	assert_memory_equal(page->session, "000010059C", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN_TEST(what_a_server_says_beside_messages_is_of_no_use),
		PLAIN_TEST(a_flood_of_answers_costs_a_turn_no_more_than_so_many),
		PLAIN_TEST(a_snapshot_that_always_breaks_is_given_up),
		cmocka_unit_test_setup_teardown(
			a_snapshot_of_another_session_is_none_of_ours_where_the_site_says_so,
			open_wants_the_same, day_close),
		PLAIN_TEST(a_snapshot_under_another_name_is_taken_where_the_site_says_nothing),
		cmocka_unit_test_setup_teardown(
			a_hole_while_another_snapshot_is_tried_leaves_the_first_told,
			open_tries_again, day_close),
		PLAIN_TEST(broken_books_without_a_snapshot_to_fetch_are_given_up),
		cmocka_unit_test_setup_teardown(
			broken_books_are_fetched_where_nobody_is_asked, open_spins_only, day_close),
		PLAIN_TEST(a_snapshot_that_cannot_be_read_is_fetched_again),
		cmocka_unit_test_setup_teardown(what_was_held_may_break_the_books_behind_a_snapshot,
			open_tries_thrice, day_close),
		cmocka_unit_test_setup_teardown(
			books_that_break_behind_each_snapshot_are_given_up_like_a_snapshot_that_breaks,
			open_tries_again, day_close),
		PLAIN_TEST(books_that_break_soon_behind_each_snapshot_are_given_up_too),
		PLAIN_TEST(books_that_break_once_in_a_while_are_mended_each_time),
		cmocka_unit_test_setup_teardown(
			while_a_snapshot_is_built_heartbeats_contradict_nothing_and_an_end_waits,
			open_tries_thrice, day_close),
		PLAIN_TEST(what_nobody_could_fill_is_declared_at_once_when_no_more_can_be_held),
		PLAIN_TEST(the_connection_of_a_snapshot_is_left_alone_when_it_is_long_gone),
		PLAIN_TEST(of_two_other_sessions_the_one_that_is_still_said_later_is_taken_up),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.feed.mend_hopeless", tests, NULL, NULL);
}
