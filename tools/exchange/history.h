/* history.h - every message of a session by its number, as far back as there is room.

   The venue's memory: lines cut their packets from it, requests are answered from it.  It keeps the
   newest message_max messages or some more; older ones go together, the oldest first, and whoever
   asks for them gets nothing, as from a venue.

   Owner      one thread.  Units: numbers start at 1.
   Invariant  what is kept is first .. next - 1, without a hole, and never changes.
   A tool's table: it grows up to its bound and stops the process without memory. */
#ifndef SLUICE_EXCHANGE_HISTORY_H
#define SLUICE_EXCHANGE_HISTORY_H

#include "config/base.h"

enum { HISTORY_CHUNK_COUNT = 16384 };

/* Messages that come and go together. */
struct history_chunk {
	uint8_t *bytes;
	uint64_t byte_capacity;
	uint32_t ends[HISTORY_CHUNK_COUNT];
};

struct history {
	struct history_chunk **chunks; /* a ring */
	uint64_t chunk_count;
	uint64_t first, next; /* numbers: oldest that is kept, next to come */
};

/* history_init begins with message 1 and room for message_max. */
void history_init(struct history *h, uint64_t message_max);
void history_free(struct history *h);

/* history_append adds message number next. */
void history_append(struct history *h, const uint8_t *bytes, uint32_t size_bytes);

/* history_message finds a message; NULL: it is not kept, or not yet there.  Valid until the next append. */
const uint8_t *history_message(const struct history *h, uint64_t number, uint32_t *size_bytes);

/* history_forget lets go of everything there is; numbers go on. */
void history_forget(struct history *h);

/* history_skip leaves out so many numbers: they never were, and what was before is let go of. */
void history_skip(struct history *h, uint64_t count);

/* history_clear begins again with message 1. */
void history_clear(struct history *h);

/* history_packet writes one MoldUDP64 packet of whole messages from `first` on, at most count_max of
   them and what fits room.  Returns its size, *count says how many; 0: `first` is not kept, or it
   alone does not fit. */
uint32_t history_packet(const struct history *h, const char session[10], uint64_t first,
	uint32_t count_max, uint8_t *out, uint32_t room, uint32_t *count);

#endif
