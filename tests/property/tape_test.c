/* One writer at full speed, readers of every kind: fast, slow, stalled, coming and going.  Each event's words are
   made from its number, so a torn, repeated or reordered one is seen; and what was read and what was lost
   is together what was written, to the last event.
   rooms: dataplane_shm

   SLUICE_TAPE_EVENTS sets how many events are written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/shm/tape.h"

enum { RING = 1024, READER_COUNT = 5, BATCH = 37 };

static struct site_config site = {.tape_event_count = RING, .tape_carries = TAPE_ALL};
static struct market_region *market;
static struct tape_writer writer;
static struct sluice s;
static uint64_t event_count = 10000000;
static _Atomic bool is_written;

/* How a reader behaves between reads. */
enum manner { FAST, SLOW, STALLED, RESTLESS, EDGE };
static const char *const manners[READER_COUNT] = {
	"fast", "slow", "stalled", "restless", "at the edge"};

struct run {
	enum manner manner;
	struct sluice_tape tape;
	uint64_t wrong, joins, read, lost, span; /* span: events between the joins and leaves */
};

static uint64_t mixed(uint64_t n, unsigned word)
{
	uint64_t x = (n + word) * UINT64_C(0x9E3779B97F4A7C15);
	return x ^ x >> 29;
}

static void *write_all(void *context)
{
	(void)context;
	for (uint64_t i = 1; i <= event_count; i++) {
		uint64_t words[8];
		for (unsigned w = 1; w < 8; w++)
			words[w] = mixed(writer.next, w);
		tape_append(&writer, words);
		if (i % 29 == 0)
			tape_publish(&writer);
		if (i % 8192 == 0)
			sched_yield(); /* two cores, more threads: everybody has a turn */
	}
	tape_beat(&writer);
	atomic_store(&is_written, true);
	return NULL;
}

/* Takes a batch and holds it to its numbers.  What a batch skips was counted as lost before. */
static size_t take(struct run *run)
{
	struct sluice_event events[BATCH];
	uint64_t next = run->tape.next, lost = run->tape.lost;
	size_t count = sluice_tape_read(&run->tape, events, BATCH);
	next += run->tape.lost - lost;
	for (size_t i = 0; i < count; i++, next++) {
		uint64_t words[8];
		memcpy(words, &events[i], sizeof words);
		run->wrong += words[0] != next;
		for (unsigned w = 1; w < 8; w++)
			run->wrong += words[w] != mixed(next, w);
	}
	run->wrong += next != run->tape.next;
	run->wrong += run->tape.next - run->tape.first != run->tape.read + run->tape.lost;
	return count;
}

static void leave(struct run *run)
{
	run->read += run->tape.read;
	run->lost += run->tape.lost;
	run->span += run->tape.next - run->tape.first;
	run->joins++;
}

static void pause_as(struct run *run, uint64_t turn)
{
	unsigned yields = run->manner == SLOW                        ? 1
			  : run->manner == STALLED && turn % 64 == 0 ? 40
								     : 0;
	for (unsigned i = 0; i < yields; i++)
		sched_yield();
	if (run->manner == RESTLESS && turn % 1000 == 999) {
		leave(run);
		sluice_tape_join(
			&run->tape, &s, 0, turn % 2000 == 999 ? SLUICE_OLDEST : SLUICE_NEWEST);
	}
}

/* Goes where the writer writes next: what is read there is being written over. */
static void step_to_the_edge(struct run *run)
{
	struct sluice_tape *t = &run->tape;
	uint64_t slot = t->next & t->mask;
	leave(run);
	sluice_tape_join(t, &s, 0, SLUICE_OLDEST);
	/* the oldest whole event lies behind the one that is being written */
	uint64_t written =
		__atomic_load_n(&t->events[slot].sequence, __ATOMIC_RELAXED) & ~SLUICE_BUSY;
	uint64_t head = sluice_tape_written(t);
	head = written > head ? written : head;
	if (head > RING)
		t->first = t->next = head + 1 - RING;
}

static void *read_all(void *context)
{
	struct run *run = context;
	for (uint64_t turn = 1;; turn++) {
		bool was_written = atomic_load(&is_written);
		if (take(run) == 0 || run->manner == EDGE) {
			if (was_written)
				break;
			if (run->manner != EDGE)
				sched_yield();
		}
		pause_as(run, turn);
		if (run->manner == EDGE)
			step_to_the_edge(run);
	}
	leave(run);
	return NULL;
}

static void what_is_read_and_what_is_lost_is_what_was_written(void **state)
{
	(void)state;
	static struct run runs[READER_COUNT];
	pthread_t writing, reading[READER_COUNT];
	for (unsigned i = 0; i < READER_COUNT; i++) {
		runs[i].manner = (enum manner)i;
		assert_true(sluice_tape_join(&runs[i].tape, &s, 0, SLUICE_OLDEST));
		assert_int_equal(pthread_create(&reading[i], NULL, read_all, &runs[i]), 0);
	}
	assert_int_equal(pthread_create(&writing, NULL, write_all, NULL), 0);
	pthread_join(writing, NULL);
	for (unsigned i = 0; i < READER_COUNT; i++) {
		struct run *run = &runs[i];
		pthread_join(reading[i], NULL);
		print_message("%s: %lu read, %lu lost in %lu overruns of the last of %lu joins\n",
			manners[i], run->read, run->lost, run->tape.overruns, run->joins);
		assert_int_equal(run->wrong, 0);
		assert_int_equal(run->read + run->lost, run->span);
		if (run->manner < RESTLESS) {
			assert_int_equal(run->tape.next, event_count + 1);
			assert_int_equal(run->tape.first, 1);
			assert_int_equal(run->read + run->lost, event_count);
		}
	}
	assert_true(runs[STALLED].lost > 0);
	assert_int_equal(sluice_tape_written(&runs[FAST].tape), event_count);
}

int main(void)
{
	const char *text = getenv("SLUICE_TAPE_EVENTS");
	if (text != NULL)
		event_count = strtoull(text, NULL, 10);
	size_t size = market_size_bytes(&site);
	market = aligned_alloc(SHARED_ALIGN_BYTES, size);
	memset(market, 0, size);
	market->header.magic = REGION_MAGIC_MARKET;
	market->header.size_bytes = size;
	market_fill(market, &site);
	tape_join(&writer, market, 0);
	CHECK(sluice_adopt(&s, market, size) == 0);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_and_what_is_lost_is_what_was_written),
	};
	int failed = cmocka_run_group_tests_name("property.tape", tests, NULL, NULL);
	free(market);
	return !!failed;
}
