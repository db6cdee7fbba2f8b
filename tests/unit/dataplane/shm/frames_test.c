/* frames_test.c - the ring of frames: whole, in order, and who is overrun learns how much. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "dataplane/shm/frames.h"

static struct frames *frames;
static uint8_t bytes[PACKET_BYTES_MAX];

static int begin(void **state)
{
	(void)state;
	frames = aligned_alloc(SHARED_ALIGN_BYTES, sizeof *frames);
	assert_non_null(frames);
	memset(frames, 0, sizeof *frames);
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(frames);
	return 0;
}

/* A frame's bytes follow from its number, so that a reader can tell a torn one. */
static void frame_fill(uint8_t *frame, uint32_t size_bytes, uint64_t number)
{
	for (uint32_t i = 0; i < size_bytes; i++)
		frame[i] = (uint8_t)(number * 31 + i);
}

static void put(uint64_t number, uint32_t size_bytes)
{
	uint8_t frame[PACKET_BYTES_MAX];
	struct frame_head head = {.now_ns = number,
		.capture_ns = number * 2,
		.size_bytes = size_bytes,
		.wire_bytes = size_bytes + 4,
		.port = (uint32_t)number % 3};
	frame_fill(frame, size_bytes, number);
	frames_put(frames, &head, frame);
}

static void frame_is_whole(const struct frame_head *head)
{
	uint8_t expected[PACKET_BYTES_MAX];
	frame_fill(expected, head->size_bytes, head->sequence);
	assert_int_equal(head->now_ns, head->sequence);
	assert_int_equal(head->capture_ns, head->sequence * 2);
	assert_int_equal(head->wire_bytes, head->size_bytes + 4);
	assert_int_equal(head->port, head->sequence % 3);
	assert_memory_equal(bytes, expected, head->size_bytes);
}

static void frames_come_in_order_and_whole_over_many_rounds(void **state)
{
	(void)state;
	struct frames_reader reader;
	struct frame_head head;
	frames_join(&reader, frames);
	assert_false(frames_take(&reader, &head, bytes));
	for (uint64_t number = 1; number <= 20000; number++) {
		/* all lengths, so that the ring's end is met at every distance from it */
		put(number, (uint32_t)(number * 7919 % (PACKET_BYTES_MAX + 1)));
		assert_true(frames_take(&reader, &head, bytes));
		assert_int_equal(head.sequence, number);
		frame_is_whole(&head);
		assert_false(frames_take(&reader, &head, bytes));
	}
	assert_int_equal(reader.lost, 0);
}

static void who_joins_late_begins_with_the_next_frame(void **state)
{
	(void)state;
	struct frames_reader reader;
	struct frame_head head;
	put(1, 60);
	put(2, 61);
	frames_join(&reader, frames);
	assert_false(frames_take(&reader, &head, bytes));
	put(3, 62);
	assert_true(frames_take(&reader, &head, bytes));
	assert_int_equal(head.sequence, 3);
	assert_int_equal(reader.lost, 0);
}

static void an_overrun_reader_counts_exactly_what_it_missed(void **state)
{
	(void)state;
	struct frames_reader reader;
	struct frame_head head;
	frames_join(&reader, frames);
	uint64_t number = 0, taken = 0;
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 10000; i++)
			put(++number, 1500);
		while (frames_take(&reader, &head, bytes)) {
			frame_is_whole(&head);
			taken++;
		}
		/* The loss is told by the next frame that is there. */
		put(++number, 1);
		assert_true(frames_take(&reader, &head, bytes));
		frame_is_whole(&head);
		taken++;
		assert_int_equal(taken + reader.lost, number);
	}
	assert_true(reader.lost > 0);
}

static void a_ring_that_is_exactly_full_is_not_overrun(void **state)
{
	(void)state;
	struct frames_reader reader;
	struct frame_head head;
	/* 64 bytes each: heads of 40 and 24 of frame */
	frames_join(&reader, frames);
	for (uint64_t number = 1; number <= FRAMES_BYTES / 64; number++)
		put(number, 24);
	assert_true(frames_take(&reader, &head, bytes));
	assert_int_equal(head.sequence, 1);
	assert_int_equal(reader.lost, 0);
	put(FRAMES_BYTES / 64 + 1, 24);
	put(FRAMES_BYTES / 64 + 2, 24);
	assert_false(frames_take(&reader, &head, bytes));
	put(FRAMES_BYTES / 64 + 3, 24);
	assert_true(frames_take(&reader, &head, bytes));
	assert_int_equal(head.sequence, FRAMES_BYTES / 64 + 3);
	assert_int_equal(reader.lost, FRAMES_BYTES / 64 + 1);
}

static _Atomic bool is_ending;

static void *race_write(void *context)
{
	(void)context;
	for (uint64_t number = 1; !atomic_load(&is_ending); number++)
		put(number, (uint32_t)(number * 37 % 1500));
	return NULL;
}

static void a_reader_beside_the_writer_sees_no_torn_frame(void **state)
{
	(void)state;
	struct frames_reader reader;
	struct frame_head head;
	pthread_t thread;
	uint64_t taken = 0, last = 0;
	frames_join(&reader, frames);
	atomic_store(&is_ending, false);
	assert_int_equal(pthread_create(&thread, NULL, race_write, NULL), 0);
	while (taken < 20000) {
		if (!frames_take(&reader, &head, bytes))
			continue;
		assert_true(head.sequence > last);
		last = head.sequence;
		frame_is_whole(&head);
		taken++;
		assert_int_equal(taken + reader.lost, last);
	}
	atomic_store(&is_ending, true);
	pthread_join(thread, NULL);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(frames_come_in_order_and_whole_over_many_rounds),
		ONE(who_joins_late_begins_with_the_next_frame),
		ONE(an_overrun_reader_counts_exactly_what_it_missed),
		ONE(a_ring_that_is_exactly_full_is_not_overrun),
		ONE(a_reader_beside_the_writer_sees_no_torn_frame),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.shm.frames", tests, NULL, NULL);
}
