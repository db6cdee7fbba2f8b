/* seen.h - what one end of a stream has been told, summed: whoever gets the same bytes in the same order sees the same.

   Owner      the test, on its stack or static; its file includes cmocka first. */
#ifndef SLUICE_TESTS_SEEN_H
#define SLUICE_TESTS_SEEN_H

#include <sched.h>

#include "drivers/stream/stream.h"

enum { SEEN_EVENT_COUNT = 16 };

struct seen {
	uint32_t opened, closed, last_opened, last_closed, last_listener;
	int32_t last_error;
	uint64_t bytes, sum;
	bool is_echo; /* what comes is sent back */
};

static inline void seen_bytes(struct stream *s, struct seen *seen, const struct stream_event *event)
{
	assert_true(event->size_bytes <= STREAM_EVENT_BYTES_MAX);
	for (uint32_t b = 0; b < event->size_bytes; b++)
		seen->sum = seen->sum * 31 + event->bytes[b];
	seen->bytes += event->size_bytes;
	if (seen->is_echo)
		assert_true(stream_send(s, event->connection, event->bytes, event->size_bytes));
}

/* see_some polls for at most max events. */
static inline void see_some(struct stream *s, struct seen *seen, uint32_t max)
{
	struct stream_event events[SEEN_EVENT_COUNT];
	uint32_t count = stream_poll(s, events, max);
	assert_true(count <= max);
	if (count == 0) /* the other end may wait for this core */
		sched_yield();
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == STREAM_OPENED) {
			seen->opened++;
			seen->last_opened = events[i].connection;
			seen->last_listener = events[i].listener;
		} else if (events[i].kind == STREAM_CLOSED) {
			seen->closed++;
			seen->last_closed = events[i].connection;
			seen->last_error = events[i].error;
		} else {
			seen_bytes(s, seen, &events[i]);
		}
	}
}

static inline void see(struct stream *s, struct seen *seen)
{
	see_some(s, seen, SEEN_EVENT_COUNT);
}

#endif
