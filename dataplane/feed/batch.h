/* batch.h - messages in order, waiting to be applied together.

   They lie in packets that are still lent to us or, where the decoder would read behind what was lent, in a copy.

   Owner      the feed stage: one batch, which a channel fills and flushes before another one does.
   Invariant  (1) no block is empty; (2) so many bytes as its protocol reads past a block are readable behind it. */
#ifndef SLUICE_FEED_BATCH_H
#define SLUICE_FEED_BATCH_H

#include "dataplane/wire/itch50.h"

enum {
	BATCH_COUNT = 2 * MOLD64_BLOCK_COUNT_MAX, /* a packet of any kind always fits half */
	BATCH_COPY_COUNT = 128,
	BATCH_COPY_BYTES = 2 * ITCH50_READ_PAST_BYTES,
	/* Messages that begin in the last bytes of a frame: a length and a byte each, at least. */
	BATCH_COPY_COUNT_PACKET = ITCH50_READ_PAST_BYTES / 3 + 2,
};

struct batch {
	uint32_t count, copy_count;
	uint8_t copies[BATCH_COPY_COUNT][BATCH_COPY_BYTES];
	struct mold64_block blocks[BATCH_COUNT];
};

/* batch_settle takes `found` blocks that were put behind number `from`: drops those without data, which only use up a
   number, and copies those behind which read_past_bytes (up to ITCH50_READ_PAST_BYTES) would lie beyond end. */
void batch_settle(struct batch *batch, uint32_t from, uint32_t found, const uint8_t *end,
	uint32_t read_past_bytes);

#endif
