/* stop_test.c - stop words, and the small rooms beside them: tops, histograms, names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "dataplane/shm/metrics.h"
#include "dataplane/shm/stop.h"
#include "dataplane/shm/top.h"

struct seen {
	uint32_t count;
	struct {
		uint32_t index, uid;
		uint64_t word;
		char reason[44];
	} rows[8192];
};
static struct seen seen;
static struct stop_board *board;

static void remember(void *context, uint32_t index, uint64_t word, const struct stop_change *change)
{
	struct seen *s = context;
	assert_non_null(change);
	assert_true(s->count < ARRAY_COUNT(s->rows));
	s->rows[s->count].index = index;
	s->rows[s->count].uid = change->uid;
	s->rows[s->count].word = word;
	memcpy(s->rows[s->count++].reason, change->reason, sizeof change->reason);
}

static int fresh(void **state)
{
	(void)state;
	free(board);
	board = aligned_alloc(SHARED_ALIGN_BYTES, sizeof *board);
	memset(board, 0, sizeof *board);
	seen.count = 0;
	return board ? 0 : -1;
}

static void every_scope_has_its_words_and_back(void **state)
{
	(void)state;
	static const uint32_t counts[] = {1, VENUE_COUNT_MAX, SESSION_COUNT_MAX, ACCOUNT_COUNT_MAX,
		STRATEGY_COUNT_MAX, SYMBOL_COUNT_MAX};
	uint32_t expected = 0, id;
	for (unsigned scope = 0; scope <= SCOPE_SYMBOL; scope++) {
		for (uint32_t i = 0; i < counts[scope]; i++, expected++) {
			assert_int_equal(stop_index((enum scope)scope, i), expected);
			assert_int_equal(stop_scope(expected, &id), scope);
			assert_int_equal(id, i);
		}
		assert_int_equal(stop_index((enum scope)scope, counts[scope]), UINT32_MAX);
	}
	assert_int_equal(expected, STOP_WORD_COUNT);
	assert_int_equal(stop_index(SCOPE_ACCOUNT_SYMBOL, 0), UINT32_MAX);
}

static void a_stop_is_a_word_a_stamp_and_an_epoch(void **state)
{
	(void)state;
	uint64_t wall_ns = 1900000000ull * 1000000000ull;
	uint64_t stamp = stop_set(board, SCOPE_ACCOUNT, 17, STATE_KILLED, wall_ns, 1000, "runaway");
	assert_int_equal(stamp, wall_ns >> 8);
	assert_int_equal(atomic_load(&board->epoch), 1);
	assert_int_equal(stop_scan(board, 0, remember, &seen), 1);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.rows[0].index, stop_index(SCOPE_ACCOUNT, 17));
	assert_int_equal(stop_word_state(seen.rows[0].word), STATE_KILLED);
	assert_int_equal(stop_word_stamp(seen.rows[0].word), stamp);
	assert_int_equal(seen.rows[0].uid, 1000);
	assert_string_equal(seen.rows[0].reason, "runaway");
	assert_int_equal(stop_scan(board, 1, remember, &seen), 1);
	assert_int_equal(seen.count, 1);
}

static void a_stamp_rises_though_the_clock_stands_or_steps_back(void **state)
{
	(void)state;
	uint64_t wall_ns = 1900000000ull * 1000000000ull, last = 0;
	for (unsigned i = 0; i < 600; i++) {
		uint64_t stamp = stop_set(board, SCOPE_SYMBOL, i % 7, STATE_HALTED,
			i < 300 ? wall_ns : wall_ns / 2, 0, NULL);
		assert_true(stamp > last);
		last = stamp;
	}
	assert_true(stop_set(board, SCOPE_FIRM, 0, STATE_KILLED, wall_ns + 1000000, 0, "") > last);
}

static void a_long_reason_is_cut_and_ends(void **state)
{
	(void)state;
	stop_set(board, SCOPE_FIRM, 0, STATE_HALTED, 1, 0,
		"0123456789012345678901234567890123456789012345678901234567890123456789");
	stop_scan(board, 0, remember, &seen);
	assert_int_equal(strlen(seen.rows[0].reason), 43);
}

static void two_writes_of_a_word_are_told_once_with_the_last_writer(void **state)
{
	(void)state;
	stop_set(board, SCOPE_ACCOUNT, 1, STATE_HALTED, 1000, 1, "first");
	stop_set(board, SCOPE_ACCOUNT, 2, STATE_HALTED, 2000, 2, "second");
	stop_set(board, SCOPE_ACCOUNT, 1, STATE_KILLED, 3000, 3, "third");
	assert_int_equal(stop_scan(board, 0, remember, &seen), 3);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.rows[0].uid, 2);
	assert_int_equal(seen.rows[1].uid, 3);
	assert_int_equal(stop_word_state(seen.rows[1].word), STATE_KILLED);
}

static void more_stops_than_are_remembered_are_found_by_their_words(void **state)
{
	(void)state;
	for (unsigned round = STOP_CHANGE_COUNT - 2; round <= STOP_CHANGE_COUNT + 2; round++) {
		fresh(NULL);
		for (uint32_t i = 0; i < round; i++)
			stop_set(board, SCOPE_SYMBOL, i, STATE_HALTED, 1000, i, "x");
		assert_int_equal(stop_scan(board, 0, remember, &seen), round);
		static bool found[SYMBOL_COUNT_MAX];
		memset(found, 0, sizeof found);
		for (uint32_t i = 0; i < seen.count; i++)
			found[seen.rows[i].index - STOP_SYMBOL_BASE] = true;
		for (uint32_t i = 0; i < round; i++)
			assert_true(found[i]);
	}
}

static void an_epoch_of_another_board_finds_every_word(void **state)
{
	(void)state;
	stop_set(board, SCOPE_ACCOUNT, 9, STATE_KILLED, 1000, 1, "x");
	assert_int_equal(stop_scan(board, 77, remember, &seen), 1);
	assert_true(seen.count >= 1);
	assert_int_equal(seen.rows[0].index, stop_index(SCOPE_ACCOUNT, 9));
}

static _Atomic bool is_over;

static void *publish_tops(void *argument)
{
	for (int64_t i = 1; i <= 300000; i++) {
		struct top_prices prices = {.close_minute = (uint16_t)i,
			.bid_e4 = i,
			.ask_e4 = i,
			.last_e4 = i,
			.last_ns = (uint64_t)i,
			.band_upper_e4 = (uint32_t)i};
		top_publish(argument, &prices);
	}
	atomic_store(&is_over, true);
	return NULL;
}

static void a_top_is_never_read_torn(void **state)
{
	(void)state;
	static struct top top;
	struct top_prices prices;
	pthread_t thread;
	pthread_create(&thread, NULL, publish_tops, &top);
	while (!atomic_load(&is_over)) {
		if (top_read(&top, &prices))
			assert_true(prices.bid_e4 == prices.ask_e4 &&
				    prices.bid_e4 == prices.last_e4 &&
				    (uint64_t)prices.bid_e4 == prices.last_ns &&
				    prices.bid_e4 == prices.band_upper_e4 &&
				    (uint16_t)prices.bid_e4 == prices.close_minute &&
				    prices.slot_lock == 0);
		else
			assert_int_equal(prices.bid_e4, 0);
	}
	pthread_join(thread, NULL);
	assert_true(top_read(&top, &prices));
	assert_int_equal(prices.bid_e4, 300000);
}

static void a_top_whose_writer_died_in_the_middle_reads_as_missing(void **state)
{
	(void)state;
	static struct top top;
	struct top_prices prices = {.bid_e4 = 5};
	top_publish(&top, &prices);
	atomic_fetch_add(&top.lock, 1);
	assert_false(top_read(&top, &prices));
	assert_int_equal(prices.bid_e4, 0);
}

static void a_close_is_as_old_as_its_minute_and_one_more(void **state)
{
	(void)state;
	const uint64_t minute_ns = 60000000000u, now_ns = 100000 * minute_ns;
	struct top_prices prices = {.close_minute = top_minute(now_ns)};
	assert_int_equal(top_close_age_s(&prices, now_ns + 59), 60);
	assert_int_equal(top_close_age_s(&prices, now_ns + 2 * minute_ns), 180);
	assert_int_equal(top_close_age_s(&prices, now_ns - 1), 60);
	assert_int_equal(top_close_age_s(&prices, now_ns + 65534 * minute_ns), 65535 * 60);
}

static void a_percentile_is_known_to_a_sixteenth(void **state)
{
	(void)state;
	static struct histogram h;
	assert_int_equal(histogram_percentile(&h, 500), 0);
	for (uint64_t i = 1; i <= 100000; i++)
		histogram_add(&h, i);
	for (uint32_t permille = 1; permille <= 1000; permille++) {
		uint64_t exact = 100 * permille, found = histogram_percentile(&h, permille);
		assert_true(found >= exact && found <= exact + exact / 16 + 1);
	}
	assert_int_equal(histogram_percentile(&h, 1000), 100000);
	assert_int_equal(histogram_percentile(&h, 0), 1);
	histogram_add(&h, UINT64_MAX);
	assert_int_equal(histogram_percentile(&h, 1000), UINT64_MAX);
}

static void a_bucket_begins_where_the_one_before_ends(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < histogram_index(UINT64_MAX); i++) {
		uint64_t floor = histogram_floor(i + 1);
		assert_int_equal(histogram_index(floor), i + 1);
		assert_int_equal(histogram_index(floor - 1), i);
	}
	assert_true(histogram_index(UINT64_MAX) < HISTOGRAM_COUNT);
}

static void every_metric_and_record_has_its_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < METRIC_COUNT; i++) {
		assert_non_null(metric_rows[i].field);
		assert_true(metric_rows[i].stage < STAGE_COUNT);
		assert_int_equal(strncmp(metric_rows[i].name, "sluice_", 7), 0);
	}
	assert_string_equal(metric_rows[METRIC_feed_packets].field, "feed_packets");
	assert_int_equal(metric_rows[METRIC_door_loops].stage, STAGE_DOOR);
	assert_string_equal(record_type_name(RECORD_PAD), "pad");
	for (unsigned i = RECORD_BOOT; i <= RECORD_LIMIT_WORD; i++)
		assert_string_not_equal(record_type_name(i), "?");
	for (unsigned i = RECORD_RECEIPT; i <= RECORD_LEASE_END; i++)
		assert_string_not_equal(record_type_name(i), "?");
	assert_string_equal(record_type_name(RECORD_LIMIT_WORD + 1), "?");
	assert_string_equal(record_type_name(RECORD_LEASE_END + 1), "?");
	assert_string_equal(record_type_name(255), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scope_has_its_words_and_back),
		cmocka_unit_test_setup(a_stop_is_a_word_a_stamp_and_an_epoch, fresh),
		cmocka_unit_test_setup(a_stamp_rises_though_the_clock_stands_or_steps_back, fresh),
		cmocka_unit_test_setup(a_long_reason_is_cut_and_ends, fresh),
		cmocka_unit_test_setup(
			two_writes_of_a_word_are_told_once_with_the_last_writer, fresh),
		cmocka_unit_test_setup(
			more_stops_than_are_remembered_are_found_by_their_words, fresh),
		cmocka_unit_test_setup(an_epoch_of_another_board_finds_every_word, fresh),
		cmocka_unit_test(a_top_is_never_read_torn),
		cmocka_unit_test(a_close_is_as_old_as_its_minute_and_one_more),
		cmocka_unit_test(a_top_whose_writer_died_in_the_middle_reads_as_missing),
		cmocka_unit_test(a_percentile_is_known_to_a_sixteenth),
		cmocka_unit_test(a_bucket_begins_where_the_one_before_ends),
		cmocka_unit_test(every_metric_and_record_has_its_name),
	};
	int failed = cmocka_run_group_tests_name("unit.dataplane.shm.stop", tests, NULL, NULL);
	free(board);
	return !!failed;
}
