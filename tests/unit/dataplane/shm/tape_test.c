/* tape_test.c - a ring that nobody waits at: what is read is whole and in order, what is lost is counted.
   rooms: dataplane_shm */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/shm/tape.h"

enum { RING = 1024 };

static struct site_config site = {.tape_event_count = RING, .tape_carries = TAPE_ALL};
static struct market_region *market;
static struct tape_writer writer;
static struct sluice s;
static struct sluice_tape tape;
static struct sluice_event events[RING * 2];

static int set_up(void **state)
{
	(void)state;
	size_t size = market_size_bytes(&site);
	market = aligned_alloc(SHARED_ALIGN_BYTES, size);
	memset(market, 0, size);
	market->header.magic = REGION_MAGIC_MARKET;
	market->header.size_bytes = size;
	market_fill(market, &site);
	tape_join(&writer, market, 0);
	return sluice_adopt(&s, market, size);
}

static int tear_down(void **state)
{
	(void)state;
	free(market);
	return 0;
}

/* Appends so many events; each says its number in every field. */
static void append(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t n = writer.next;
		const uint64_t words[8] = {0, n, n, n, n, n, n, n};
		tape_append(&writer, words);
	}
	tape_publish(&writer);
}

/* Reads all there is and holds it to its numbers, which go on from `from`. */
static uint64_t take_from(uint64_t from)
{
	size_t count = sluice_tape_read(&tape, events, ARRAY_COUNT(events));
	for (size_t i = 0; i < count; i++) {
		uint64_t words[8];
		memcpy(words, &events[i], sizeof words);
		for (unsigned w = 0; w < 8; w++)
			assert_int_equal(words[w], from + i);
	}
	return count;
}

static void conserved(void)
{
	assert_int_equal(tape.next - tape.first, tape.read + tape.lost);
}

static void events_come_in_order_and_once(void **state)
{
	(void)state;
	assert_true(sluice_tape_join(&tape, &s, 0, SLUICE_OLDEST));
	assert_int_equal(sluice_tape_read(&tape, events, 8), 0);
	append(5);
	assert_int_equal(take_from(1), 5);
	assert_int_equal(sluice_tape_read(&tape, events, 8), 0);
	append(3);
	assert_int_equal(sluice_tape_read(&tape, events, 2), 2);
	assert_int_equal(take_from(8), 1);
	assert_int_equal(tape.lost, 0);
	conserved();
}

static void a_whole_ring_behind_nothing_is_lost(void **state)
{
	(void)state;
	sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
	append(RING);
	assert_int_equal(take_from(1), RING);
	append(RING);
	assert_int_equal(take_from(RING + 1), RING);
	assert_int_equal(tape.overruns, 0);
	conserved();
}

static void one_more_and_the_reader_learns_how_many_it_lost(void **state)
{
	(void)state;
	sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
	append(RING + 1);
	/* it goes on half a ring behind the newest */
	assert_int_equal(take_from(RING / 2 + 2), RING / 2);
	assert_int_equal(tape.lost, RING / 2 + 1);
	assert_int_equal(tape.overruns, 1);
	assert_int_equal(tape.next, writer.next);
	conserved();
	append(10 * RING + 7);
	take_from(writer.next - RING / 2);
	assert_int_equal(tape.overruns, 2);
	assert_int_equal(tape.read + tape.lost, writer.next - 1);
	conserved();
}

static void an_overrun_is_seen_before_it_is_announced(void **state)
{
	(void)state;
	sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
	append(3);
	assert_int_equal(take_from(1), 3);
	for (uint64_t i = 0; i < RING + 5; i++)
		tape_append(&writer, (const uint64_t[8]){0});
	assert_int_equal(sluice_tape_written(&tape), 3);
	/* the slot of event 4 shows 4 + RING: that much at least was written */
	assert_int_equal(sluice_tape_read(&tape, events, 1), 1);
	assert_int_equal(events[0].sequence, 4 + RING - RING / 2 + 1);
	assert_int_equal(tape.lost, events[0].sequence - 4);
	conserved();
}

static void a_slot_that_is_being_written_is_not_there(void **state)
{
	(void)state;
	sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
	append(1);
	uint64_t *slot = (uint64_t *)(void *)&writer.events[2];
	*slot = 2 | SLUICE_BUSY; /* the first lap: nothing was there before */
	assert_int_equal(take_from(1), 1);
	assert_int_equal(sluice_tape_read(&tape, events, 1), 0);
	assert_int_equal(tape.lost, 0);
	append(RING - 1); /* 2 .. RING are whole */
	*(uint64_t *)(void *)&writer.events[2] = (2 + RING) | SLUICE_BUSY;
	assert_int_equal(sluice_tape_read(&tape, events, 1), 1); /* 2 is going: overrun */
	assert_int_equal(tape.overruns, 1);
	assert_int_equal(events[0].sequence, RING + 1 - RING / 2 + 1);
	conserved();
}

static void one_call_never_spans_a_loss(void **state)
{
	(void)state;
	sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
	append(RING);
	/* 3 is written over while 1 and 2 still stand */
	uint64_t *slot = (uint64_t *)(void *)&writer.events[3];
	*slot = 3 + RING;
	assert_int_equal(take_from(1), 2);
	assert_int_equal(tape.lost, 0);
	assert_true(sluice_tape_read(&tape, events, 1) == 1);
	assert_int_equal(tape.lost, events[0].sequence - 3);
	conserved();
}

static void a_reader_may_begin_at_the_newest_or_half_a_ring_back(void **state)
{
	(void)state;
	append(RING / 2);
	sluice_tape_join(&tape, &s, 0, SLUICE_OLDEST);
	assert_int_equal(tape.next, 1);
	append(3 * RING);
	sluice_tape_join(&tape, &s, 0, SLUICE_OLDEST);
	assert_int_equal(take_from(writer.next - RING / 2), RING / 2);
	sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
	assert_int_equal(tape.next, writer.next);
	append(7);
	assert_int_equal(sluice_tape_skip(&tape), 7);
	assert_int_equal(sluice_tape_skip(&tape), 0);
	append(1);
	assert_int_equal(take_from(writer.next - 1), 1);
	conserved();
}

static void a_writer_goes_on_where_the_one_before_it_stood(void **state)
{
	(void)state;
	append(9);
	tape_join(&writer, market, 0);
	assert_int_equal(writer.next, 10);
	sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
	append(1);
	assert_int_equal(take_from(10), 1);
}

static void a_feed_that_hangs_is_told_by_its_turns(void **state)
{
	(void)state;
	sluice_tape_join(&tape, &s, 0, SLUICE_NEWEST);
	tape_beat(&writer);
	assert_int_equal(sluice_silent_ns(&tape, 1000), 0);
	assert_int_equal(sluice_silent_ns(&tape, 1500), 500);
	tape_beat(&writer);
	assert_int_equal(sluice_silent_ns(&tape, 2000), 0);
	assert_int_equal(sluice_silent_ns(&tape, 1999), 0); /* another core's clock */
}

static void without_a_tape_nothing_is_written_and_nothing_read(void **state)
{
	(void)state;
	static struct site_config none = {.tape_carries = TAPE_NONE};
	memset(market, 0, sizeof *market);
	market->header.magic = REGION_MAGIC_MARKET;
	market->header.size_bytes = market_size_bytes(&none);
	market_fill(market, &none);
	assert_int_equal(sluice_adopt(&s, market, market_size_bytes(&none)), 0);
	tape_join(&writer, market, 0);
	assert_false(tape_wants(&writer, SLUICE_TRADE));
	tape_beat(&writer);
	assert_false(sluice_tape_join(&tape, &s, 0, SLUICE_OLDEST));
	assert_int_equal(sluice_tape_read(&tape, events, 1), 0);
	assert_int_equal(sluice_tape_skip(&tape), 0);
	assert_false(sluice_tape_join(&tape, &s, 1, SLUICE_OLDEST));
	/* and over memory that nobody filled, as tests have it */
	memset(market, 0, sizeof *market);
	tape_join(&writer, market, 3);
	tape_beat(&writer);
	assert_null(writer.page);
}

static void prints_are_carried_by_every_tape(void **state)
{
	(void)state;
	static const uint8_t prints[] = {
		SLUICE_EXECUTE, SLUICE_EXECUTE_AT, SLUICE_TRADE, SLUICE_CROSS, SLUICE_BREAK};
	for (unsigned i = 0; i < ARRAY_COUNT(prints); i++) {
		assert_true(tape_kinds(TAPE_ALL) >> prints[i] & 1);
		assert_true(tape_kinds(TAPE_TRADES) >> prints[i] & 1);
		assert_false(tape_kinds(TAPE_NONE) >> prints[i] & 1);
	}
	assert_true(tape_kinds(TAPE_ALL) >> SLUICE_ADD & 1);
	assert_false(tape_kinds(TAPE_TRADES) >> SLUICE_ADD & 1);
	assert_false(tape_kinds(TAPE_ALL) & 1);
	assert_true(tape_kinds(TAPE_TRADES) >> SLUICE_STALE & 1);
}

#define tape_case(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tape_case(events_come_in_order_and_once),
		tape_case(a_whole_ring_behind_nothing_is_lost),
		tape_case(one_more_and_the_reader_learns_how_many_it_lost),
		tape_case(an_overrun_is_seen_before_it_is_announced),
		tape_case(a_slot_that_is_being_written_is_not_there),
		tape_case(one_call_never_spans_a_loss),
		tape_case(a_reader_may_begin_at_the_newest_or_half_a_ring_back),
		tape_case(a_writer_goes_on_where_the_one_before_it_stood),
		tape_case(a_feed_that_hangs_is_told_by_its_turns),
		tape_case(without_a_tape_nothing_is_written_and_nothing_read),
		tape_case(prints_are_carried_by_every_tape),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.shm.tape", tests, NULL, NULL);
}
