/* sequence.h - numbered messages that are kept for the day, so that anyone may ask again.

   Owner      one thread.  Units: numbers start at 1.  Invariant: what was appended never changes.
   A tool's table: it grows by itself and stops the process without memory. */
#ifndef SLUICE_EXCHANGE_SEQUENCE_H
#define SLUICE_EXCHANGE_SEQUENCE_H

#include "config/base.h"

struct sequence {
	uint8_t *bytes; /* all messages, one after the other */
	uint64_t byte_count, byte_capacity;
	uint64_t *ends; /* where message n ends */
	uint64_t count, capacity;
};

/* sequence_append adds a message and gives it number count. */
void sequence_append(struct sequence *s, const uint8_t *bytes, uint32_t size_bytes);

/* sequence_message finds message `number`, 1 .. count; valid until the next append. */
const uint8_t *sequence_message(const struct sequence *s, uint64_t number, uint32_t *size_bytes);

void sequence_free(struct sequence *s);

/* sequence_grow makes room for one more item of a growing table and returns where it is now. */
void *sequence_grow(void *items, uint64_t count, uint64_t *capacity, size_t item_bytes);

#endif
