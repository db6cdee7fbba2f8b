/* channel_test.c - two lines, one stream: losses filled, gaps said aloud, other sessions kept out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/feed_rig.h"

static struct feed_rig *rig;
static const struct channel_state *page;

/* A day of 400 adds of AAPL, each one a tick better than the one before: the bid tells how far we are. */
enum { DAY_COUNT = 400, A = 0, B = 1 };

static int day_open(const char *session)
{
	rig = feed_rig_open(session, 1);
	page = &rig->market->channels[0];
	for (uint32_t i = 1; i <= DAY_COUNT; i++)
		feed_rig_add(rig, 1, i, SIDE_BUY, 100, (int64_t)i * 100);
	return 0;
}

static int day_open_any(void **state)
{
	(void)state;
	return day_open("");
}

static int day_close(void **state)
{
	(void)state;
	feed_rig_close(rig);
	return 0;
}

/* is_at tells whether message `last` was the last one applied. */
static bool is_at(uint64_t last)
{
	return feed_rig_top(rig, FEED_RIG_AAPL).bid_e4 == (int64_t)last * 100 &&
	       page->next_sequence == last + 1;
}

static bool is_stale(void)
{
	bool is_marked = feed_rig_top(rig, FEED_RIG_AAPL).stale != 0;
	assert_int_equal(is_marked, page->stale_since_ns != 0);
	return is_marked;
}

static void what_both_lines_bring_is_delivered_once(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 20; n++) {
		feed_rig_send(rig, n % 3 == 0 ? B : A, n, 1);
		feed_rig_send(rig, n % 3 == 0 ? A : B, n, 1);
		feed_rig_poll(rig);
	}
	assert_true(is_at(20));
	assert_false(is_stale());
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), 20);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_duplicates), 20);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_data_packets), 40);
	assert_int_equal(page->lines[A].wins + page->lines[B].wins, 20);
	assert_int_equal(page->lines[A].duplicates + page->lines[B].duplicates, 20);
	assert_int_equal(page->lines[A].last_sequence, 20);
	assert_int_equal(page->lines[B].packets, 20);
	assert_int_equal(page->heard_ns, rig->now_ns);
	assert_memory_equal(page->session, "000010059B\0\0\0\0\0\0", 16);
}

static void a_gap_is_filled_by_the_other_line(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 2);
	feed_rig_send(rig, A, 5, 2); /* A lost 3 and 4 */
	feed_rig_poll(rig);
	uint64_t heard_ns = page->heard_ns;
	assert_int_equal(page->next_sequence, 3);
	rig->now_ns += FEED_RIG_WAIT_NS - 1;
	feed_rig_send(rig, A, 7, 2);
	feed_rig_poll(rig);
	/* Nothing proves freshness while something is missing. */
	assert_int_equal(page->heard_ns, heard_ns);
	feed_rig_send(rig, B, 1, 2);
	feed_rig_send(rig, B, 3, 2);
	feed_rig_poll(rig);
	assert_true(is_at(8));
	assert_false(is_stale());
	assert_int_equal(page->lines[B].gaps_filled, 2);
	assert_int_equal(page->lines[A].gaps_filled, 0);
	assert_int_equal(page->heard_ns, rig->now_ns);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_gaps), 0);
}

static void a_gap_on_both_lines_is_said_aloud(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 10);
	feed_rig_send(rig, A, 14, 2);
	feed_rig_send(rig, B, 1, 10);
	feed_rig_send(rig, B, 14, 2);
	feed_rig_poll(rig);
	assert_true(is_at(10));
	assert_false(is_stale());
	uint64_t heard_ns = page->heard_ns;
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_true(is_at(15));
	assert_true(is_stale());
	assert_int_equal(page->stale_since_ns, rig->now_ns);
	assert_int_equal(page->gap_first, 11);
	assert_int_equal(page->gap_count, 3);
	assert_int_equal(page->gaps, 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_gaps), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_lost), 3);
	/* It goes on, and stays stale. */
	feed_rig_send(rig, A, 16, 5);
	feed_rig_poll(rig);
	assert_true(is_at(20));
	assert_true(is_stale());
	assert_int_equal(page->heard_ns, heard_ns);
	/* A second gap is counted; the first stays told. */
	feed_rig_send(rig, A, 31, 1);
	feed_rig_poll(rig);
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_int_equal(page->gap_first, 11);
	assert_int_equal(page->gaps, 2);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_lost), 13);
	/* What comes too late is not applied. */
	feed_rig_send(rig, B, 11, 3);
	feed_rig_poll(rig);
	assert_true(is_at(31));
}

static void a_gap_is_given_up_on_the_nanosecond(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 1);
	feed_rig_send(rig, A, 3, 1);
	feed_rig_poll(rig);
	rig->now_ns += FEED_RIG_WAIT_NS - 1;
	feed_rig_poll(rig);
	assert_false(is_stale());
	rig->now_ns += 1;
	feed_rig_poll(rig);
	assert_true(is_stale());
	assert_true(is_at(3));
}

static void packets_may_be_cut_differently_on_the_lines(void **state)
{
	(void)state;
	uint64_t a = 1, b = 1;
	while (a <= DAY_COUNT || b <= DAY_COUNT) {
		uint32_t count_a = (uint32_t)(a % 7 + 1), count_b = (uint32_t)(b % 5 + 1);
		if (a + count_a > DAY_COUNT + 1)
			count_a = (uint32_t)(DAY_COUNT + 1 - a);
		if (b + count_b > DAY_COUNT + 1)
			count_b = (uint32_t)(DAY_COUNT + 1 - b);
		if (count_a != 0)
			feed_rig_send(rig, A, a, count_a);
		if (count_b != 0)
			feed_rig_send(rig, B, b, count_b);
		feed_rig_poll(rig);
		a += count_a;
		b += count_b;
		assert_true(is_at((a > b ? a : b) - 1));
	}
	assert_false(is_stale());
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), DAY_COUNT);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_duplicates), DAY_COUNT);
}

static void packets_out_of_order_on_one_line_wait_for_each_other(void **state)
{
	(void)state;
	static const uint8_t order[] = {5, 3, 9, 7, 1};
	for (uint32_t i = 0; i < ARRAY_COUNT(order); i++)
		feed_rig_send(rig, A, order[i], 2);
	feed_rig_poll(rig);
	assert_true(is_at(10));
	assert_false(is_stale());
	assert_int_equal(page->lines[A].gaps_filled, 0);
}

static void held_packets_that_overlap_are_delivered_once(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 5, 4);
	feed_rig_send(rig, B, 7, 4);
	feed_rig_send(rig, B, 5, 4);
	feed_rig_send(rig, B, 6, 2);
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_duplicates), 4 + 2);
	feed_rig_send(rig, A, 1, 4);
	feed_rig_poll(rig);
	assert_true(is_at(10));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), 10);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_duplicates), 2 + 4 + 2);
}

static void a_heartbeat_reveals_a_lost_tail(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 5);
	feed_rig_control(rig, A, 6, MOLD64_HEARTBEAT);
	feed_rig_poll(rig);
	assert_int_equal(page->heard_ns, rig->now_ns);
	feed_rig_control(rig, A, 9, MOLD64_HEARTBEAT);
	rig->now_ns += 1000;
	feed_rig_poll(rig);
	assert_int_equal(page->heard_ns, rig->now_ns - 1000);
	rig->now_ns += FEED_RIG_WAIT_NS - 1;
	feed_rig_poll(rig);
	assert_false(is_stale());
	rig->now_ns += 1;
	feed_rig_poll(rig);
	assert_true(is_stale());
	assert_int_equal(page->gap_first, 6);
	assert_int_equal(page->gap_count, 3);
	assert_int_equal(page->next_sequence, 9);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_heartbeats), 2);
}

static void a_tail_that_the_other_line_brings_is_no_loss(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 5);
	feed_rig_control(rig, A, 8, MOLD64_HEARTBEAT);
	feed_rig_poll(rig);
	rig->now_ns += FEED_RIG_WAIT_NS - 1;
	feed_rig_send(rig, B, 4, 4);
	feed_rig_poll(rig);
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_true(is_at(7));
	assert_false(is_stale());
	assert_int_equal(page->lines[B].gaps_filled, 2);
}

static void heartbeats_that_keep_rising_do_not_put_the_loss_off(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 1);
	for (uint64_t i = 0; i < 10; i++) {
		feed_rig_control(rig, A, 3 + i, MOLD64_HEARTBEAT);
		feed_rig_poll(rig);
		rig->now_ns += FEED_RIG_WAIT_NS / 10;
	}
	assert_false(is_stale());
	feed_rig_poll(rig);
	assert_true(is_stale());
}

static void an_old_heartbeat_is_no_proof_of_freshness(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 5);
	feed_rig_poll(rig);
	uint64_t heard_ns = page->heard_ns;
	rig->now_ns += 1000;
	feed_rig_control(rig, B, 5, MOLD64_HEARTBEAT);
	feed_rig_send(rig, B, 1, 4);
	feed_rig_poll(rig);
	assert_int_equal(page->heard_ns, heard_ns);
	assert_int_equal(page->lines[B].heard_ns, rig->now_ns);
	feed_rig_send(rig, B, 1, 5);
	feed_rig_poll(rig);
	assert_int_equal(page->heard_ns, rig->now_ns);
}

static void who_joins_late_has_missed_the_morning(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 101, 10);
	feed_rig_poll(rig);
	assert_int_equal(page->heard_ns, 0);
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_true(is_stale());
	assert_true(is_at(110));
	assert_int_equal(page->gap_first, 1);
	assert_int_equal(page->gap_count, 100);
	assert_int_equal(page->heard_ns, 0);
}

static void more_than_can_be_held_is_a_gap_at_once(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 1);
	for (uint32_t i = 0; i < FEED_RIG_HOLD_COUNT; i++)
		feed_rig_send(rig, A, 10 + i * 2, 1);
	feed_rig_poll(rig);
	assert_false(is_stale());
	feed_rig_send(rig, A, 10 + FEED_RIG_HOLD_COUNT * 2, 1);
	feed_rig_poll(rig);
	/* The first hole is given up, which makes room. */
	assert_true(is_stale());
	assert_true(is_at(10));
	assert_int_equal(page->gap_first, 2);
	assert_int_equal(page->gap_count, 8);
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_true(is_at(10 + FEED_RIG_HOLD_COUNT * 2));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_messages), 1 + FEED_RIG_HOLD_COUNT + 1);
	assert_int_equal(page->gaps, 1 + FEED_RIG_HOLD_COUNT);
}

static void a_full_gap_whose_end_is_the_packet_itself_delivers_it(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FEED_RIG_HOLD_COUNT; i++)
		feed_rig_send(rig, A, 10 + i, 1);
	feed_rig_send(rig, A, 10 + FEED_RIG_HOLD_COUNT - 2, 5);
	feed_rig_poll(rig);
	assert_true(is_at(10 + FEED_RIG_HOLD_COUNT + 2));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_lost), 9);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_duplicates), 2);
}

static void put_session(uint32_t line, const char *session, uint64_t first, uint32_t count)
{
	uint8_t payload[2048];
	uint32_t size = feed_rig_payload(rig, session, first, count, payload, sizeof payload);
	feed_rig_put(rig, 0, line, payload, size);
}

static void another_session_is_counted_and_not_mixed(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 5);
	put_session(B, "000010059C", 6, 5);
	put_session(B, "000010059C", 1, 5);
	feed_rig_poll(rig);
	assert_true(is_at(5));
	assert_false(is_stale());
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_other_session), 2);
	assert_int_equal(page->lines[B].other_session, 2);
	assert_int_equal(page->lines[B].packets, 0);
	assert_int_equal(page->lines[B].heard_ns, 0);
}

static void a_configured_session_keeps_all_others_out(void **state)
{
	(void)state;
	day_close(NULL);
	day_open("000010059C");
	assert_memory_equal(page->session, "000010059C", 10);
	feed_rig_send(rig, A, 1, 5);
	put_session(B, "000010059C", 1, 3);
	feed_rig_poll(rig);
	assert_true(is_at(3));
	assert_int_equal(page->lines[A].other_session, 1);
}

static void a_session_that_ended_is_stale(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 5);
	feed_rig_control(rig, A, 6, MOLD64_END_OF_SESSION);
	feed_rig_poll(rig);
	assert_true(is_at(5));
	assert_true(is_stale());
	assert_int_equal(page->gap_count, 0);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_end_of_session), 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_lost), 0);
}

static void a_session_that_ends_ahead_of_us_lost_its_tail(void **state)
{
	(void)state;
	feed_rig_send(rig, A, 1, 5);
	feed_rig_control(rig, A, 8, MOLD64_END_OF_SESSION);
	feed_rig_poll(rig);
	assert_false(is_stale());
	feed_rig_send(rig, B, 6, 1);
	feed_rig_poll(rig);
	assert_false(is_stale());
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_true(is_stale());
	assert_int_equal(page->gap_first, 7);
	assert_int_equal(page->gap_count, 1);
}

static void whole_messages_of_a_malformed_packet_are_used(void **state)
{
	(void)state;
	uint8_t payload[2048];
	uint32_t size = feed_rig_payload(rig, "000010059B", 1, 5, payload, sizeof payload);
	/* Two blocks whole, the third cut. */
	feed_rig_put(rig, 0, A, payload, MOLD64_HEADER_BYTES + 2 * 38 + 20);
	feed_rig_poll(rig);
	assert_true(is_at(2));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_bad_mold), 1);
	assert_int_equal(page->lines[A].malformed, 1);
	assert_int_equal(page->heard_ns, 0);
	/* The other line has it whole. */
	feed_rig_put(rig, 0, B, payload, size);
	feed_rig_poll(rig);
	assert_true(is_at(5));
	assert_false(is_stale());
	/* Ahead and malformed: what is whole is held. */
	size = feed_rig_payload(rig, "000010059B", 8, 3, payload, sizeof payload);
	feed_rig_put(rig, 0, A, payload, size - 1);
	feed_rig_send(rig, B, 6, 2);
	feed_rig_poll(rig);
	assert_true(is_at(9));
	assert_int_equal(page->lines[A].malformed, 2);
}

static void packets_that_are_no_packets_are_malformed(void **state)
{
	(void)state;
	uint8_t payload[2048];
	uint32_t size = feed_rig_payload(rig, "000010059B", 1, 1, payload, sizeof payload);
	for (uint32_t cut = 0; cut < size; cut++)
		feed_rig_put(rig, 0, A, payload, cut);
	store_be64(payload + 10, 0);
	feed_rig_put(rig, 0, A, payload, size);
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_bad_mold), size + 1);
	assert_int_equal(page->next_sequence, 1);
	/* Ahead without one whole message: a hole all the same. */
	store_be64(payload + 10, 5);
	feed_rig_put(rig, 0, A, payload, size - 1);
	feed_rig_poll(rig);
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_int_equal(page->next_sequence, 5);
	assert_int_equal(page->gap_count, 4);
}

static void a_packet_of_empty_messages_uses_up_their_numbers(void **state)
{
	(void)state;
	static uint8_t payload[PACKET_BYTES_MAX - 64];
	uint32_t size = mold64_begin(payload, "000010059B", 1), next = size;
	while (next != 0) {
		size = next;
		next = mold64_append(payload, size, sizeof payload, NULL, 0);
	}
	for (uint32_t i = 0; i < 4; i++) {
		store_be64(payload + 10, page->next_sequence);
		feed_rig_put(rig, 0, A, payload, size);
		feed_rig_poll(rig);
	}
	assert_int_equal(page->next_sequence, 1 + 4 * load_be16(payload + 18));
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_bad_length), 0);
	assert_int_equal(page->stale_since_ns, 0);
}

static void a_burst_of_tiny_messages_stays_within_the_batch(void **state)
{
	(void)state;
	static uint8_t payload[PACKET_BYTES_MAX - 64];
	uint32_t size = mold64_begin(payload, "000010059B", 1), next = size, total = 0;
	while (next != 0) {
		size = next;
		next = mold64_append(payload, size, sizeof payload, (const uint8_t *)"~", 1);
	}
	uint32_t count = load_be16(payload + 18);
	/* The last two are ahead of a hole that the third fills. */
	static const uint32_t order[] = {0, 1, 2, 4, 5, 3};
	for (uint32_t i = 0; i < ARRAY_COUNT(order); i++) {
		store_be64(payload + 10, 1 + order[i] * count);
		feed_rig_put(rig, 0, A, payload, size);
		total += count;
	}
	assert_true(total > BATCH_COUNT);
	feed_rig_poll(rig);
	assert_int_equal(page->next_sequence, 1 + total);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_unknown_type), total);
	assert_int_equal(page->stale_since_ns, 0);
}

static void copies_of_a_burst_stay_within_the_batch(void **state)
{
	(void)state;
	enum { TINY = 25, PACKETS = 20 };
	uint8_t payload[MOLD64_HEADER_BYTES + 3 * TINY];
	uint32_t size = mold64_begin(payload, "000010059B", 1);
	for (uint32_t i = 0; i < TINY; i++)
		size = mold64_append(payload, size, sizeof payload, (const uint8_t *)"~", 1);
	/* Most of each packet lies so near its end that it must be copied. */
	assert_true(PACKETS * (TINY - 5) > BATCH_COPY_COUNT && PACKETS * TINY < BATCH_COUNT);
	for (uint32_t i = 0; i < PACKETS; i++) {
		store_be64(payload + 10, 1 + i * TINY);
		feed_rig_put(rig, 0, A, payload, size);
	}
	feed_rig_poll(rig);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_unknown_type), PACKETS * TINY);
	assert_int_equal(page->stale_since_ns, 0);
}

static void at_the_first_nanosecond_stale_is_stale(void **state)
{
	(void)state;
	uint8_t payload[64];
	uint32_t size = mold64_begin(payload, "000010059B", 1);
	size = mold64_append(payload, size, sizeof payload, (const uint8_t *)"A", 1);
	rig->now_ns = 0;
	feed_rig_put(rig, 0, A, payload, size);
	feed_rig_poll(rig);
	assert_int_equal(page->stale_reasons, STALE_BROKEN);
	assert_int_equal(page->stale_since_ns, 1);
}

static void edit_unit(struct site_config *site)
{
	site->channels[0].protocol = PROTOCOL_PITCH;
	site->channels[0].has_number = 1;
	site->channels[0].number = 7;
}

static int unit_open(void **state)
{
	(void)state;
	rig = feed_rig_open_edited("", 1, edit_unit);
	page = &rig->market->channels[0];
	return 0;
}

static void unit_send(uint8_t unit, uint32_t sequence)
{
	uint8_t payload[PITCH_UNIT_HEADER_BYTES];
	feed_rig_put(rig, 0, A, payload, pitch_unit_begin(payload, unit, sequence));
	feed_rig_poll(rig);
}

static void a_packet_without_a_number_says_that_its_line_lives(void **state)
{
	(void)state;
	unit_send(7, 0);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_heartbeats), 1);
	assert_int_equal(page->lines[A].packets, 1);
	assert_int_equal(page->lines[A].heard_ns, rig->now_ns);
	/* It proves nothing of what is newest. */
	assert_int_equal(page->heard_ns, 0);
	unit_send(7, 1);
	assert_int_equal(page->heard_ns, rig->now_ns);
}

static void a_packet_of_another_unit_is_anothers(void **state)
{
	(void)state;
	unit_send(8, 1);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_other_session), 1);
	assert_int_equal(page->lines[A].other_session, 1);
	assert_int_equal(page->lines[A].packets, 0);
}

#define CHANNEL_TEST(name) cmocka_unit_test_setup_teardown(name, day_open_any, day_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANNEL_TEST(what_both_lines_bring_is_delivered_once),
		CHANNEL_TEST(a_gap_is_filled_by_the_other_line),
		CHANNEL_TEST(a_gap_on_both_lines_is_said_aloud),
		CHANNEL_TEST(a_gap_is_given_up_on_the_nanosecond),
		CHANNEL_TEST(packets_may_be_cut_differently_on_the_lines),
		CHANNEL_TEST(packets_out_of_order_on_one_line_wait_for_each_other),
		CHANNEL_TEST(held_packets_that_overlap_are_delivered_once),
		CHANNEL_TEST(a_heartbeat_reveals_a_lost_tail),
		CHANNEL_TEST(a_tail_that_the_other_line_brings_is_no_loss),
		CHANNEL_TEST(heartbeats_that_keep_rising_do_not_put_the_loss_off),
		CHANNEL_TEST(an_old_heartbeat_is_no_proof_of_freshness),
		CHANNEL_TEST(who_joins_late_has_missed_the_morning),
		CHANNEL_TEST(more_than_can_be_held_is_a_gap_at_once),
		CHANNEL_TEST(a_full_gap_whose_end_is_the_packet_itself_delivers_it),
		CHANNEL_TEST(another_session_is_counted_and_not_mixed),
		CHANNEL_TEST(a_configured_session_keeps_all_others_out),
		CHANNEL_TEST(a_session_that_ended_is_stale),
		CHANNEL_TEST(a_session_that_ends_ahead_of_us_lost_its_tail),
		CHANNEL_TEST(whole_messages_of_a_malformed_packet_are_used),
		CHANNEL_TEST(packets_that_are_no_packets_are_malformed),
		CHANNEL_TEST(a_packet_of_empty_messages_uses_up_their_numbers),
		CHANNEL_TEST(a_burst_of_tiny_messages_stays_within_the_batch),
		CHANNEL_TEST(copies_of_a_burst_stay_within_the_batch),
		CHANNEL_TEST(at_the_first_nanosecond_stale_is_stale),
		cmocka_unit_test_setup_teardown(
			a_packet_without_a_number_says_that_its_line_lives, unit_open, day_close),
		cmocka_unit_test_setup_teardown(
			a_packet_of_another_unit_is_anothers, unit_open, day_close),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.channel", tests, NULL, NULL);
}
