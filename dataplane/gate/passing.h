/* passing.h - a message of FIX that is longer than a connection holds: passed over, its head kept.

   Who sends it sends it again and again as long as its number is not taken, so its number must be read; and what merely has a
   wrong length must not count.  So it is followed to its end, where its sum tells which it was.  Its length is bounded
   (FIX_LONG_BYTES_MAX), and a peer that is not heard meanwhile is asked and given up by its session's own times.

   Owner      the connection's stage.
   Invariant  (1) passed_bytes <= size_bytes; the first of them, up to the room that there is, are in the connection's rx. */
#ifndef SLUICE_GATE_PASSING_H
#define SLUICE_GATE_PASSING_H

#include "dataplane/wire/fix.h"

struct passing {
	uint32_t size_bytes; /* 0: nothing is passed over */
	uint32_t passed_bytes;
	uint8_t sum; /* of all but the tail */
	uint8_t tail[FIX_TAIL_BYTES + 1];
};

static inline void passing_begin(struct passing *passing, uint32_t size_bytes)
{
	*passing = (struct passing){.size_bytes = size_bytes};
}

static inline void passing_forget(struct passing *passing)
{
	passing->size_bytes = 0;
}

/* passing_take follows what came, with the head of it into rx; returns how much of it is the message's. */
static inline uint32_t passing_take(struct passing *passing, const uint8_t *bytes,
	uint32_t size_bytes, uint8_t *rx, uint32_t rx_bytes_max)
{
	uint32_t left = passing->size_bytes - passing->passed_bytes;
	uint32_t count = size_bytes < left ? size_bytes : left;
	uint32_t summed = passing->size_bytes - FIX_TAIL_BYTES;
	for (uint32_t i = 0; i < count; i++, passing->passed_bytes++) {
		uint32_t at = passing->passed_bytes;
		if (at < rx_bytes_max)
			rx[at] = bytes[i];
		if (at < summed)
			passing->sum = (uint8_t)(passing->sum + bytes[i]);
		if (at + 1 >= summed)
			passing->tail[at + 1 - summed] = bytes[i];
	}
	return count;
}

static inline bool passing_is_over(const struct passing *passing)
{
	return passing->passed_bytes == passing->size_bytes;
}

/* passing_is_right tells whether what was passed over was a message. */
static inline bool passing_is_right(const struct passing *passing)
{
	return fix_tail_is_right(passing->tail, passing->sum);
}

#endif
