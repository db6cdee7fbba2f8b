/* batch.c - see batch.h. */
#include "dataplane/feed/batch.h"

/* message_copy moves up to ITCH50_READ_PAST_BYTES; more than the longest message is nobody's. */
static inline void message_copy(uint8_t *copy, const uint8_t *bytes, uint32_t size_bytes)
{
	uint32_t size = size_bytes < ITCH50_READ_PAST_BYTES ? size_bytes : ITCH50_READ_PAST_BYTES;
	if (UNLIKELY(size < 16)) {
		memcpy(copy, bytes, size);
		return;
	}
	memcpy(copy, bytes, 16);
	if (size > 32) {
		memcpy(copy + 16, bytes + 16, 16);
		memcpy(copy + size - 32, bytes + size - 32, 16);
	}
	memcpy(copy + size - 16, bytes + size - 16, 16);
}

void batch_settle(struct batch *batch, uint32_t from, uint32_t found, const uint8_t *end,
	uint32_t read_past_bytes)
{
	uint32_t kept = from;
	for (uint32_t i = from; i < from + found; i++) {
		struct mold64_block block = batch->blocks[i];
		if (UNLIKELY(block.size_bytes == 0))
			continue;
		if ((size_t)(end - block.bytes) < block.size_bytes + read_past_bytes) {
			uint8_t *copy = batch->copies[batch->copy_count++];
			message_copy(copy, block.bytes, block.size_bytes);
			block.bytes = copy;
		}
		batch->blocks[kept++] = block;
	}
	batch->count = kept;
}
