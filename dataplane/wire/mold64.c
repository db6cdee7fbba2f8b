/* mold64.c - see mold64.h. */
#include "dataplane/wire/mold64.h"

enum {
	SESSION_BYTES = 10,
	SEQUENCE_OFFSET = 10,
	COUNT_OFFSET = 18,
	LENGTH_BYTES = 2, /* before each block */
	COUNT_MAX = MOLD64_END_OF_SESSION - 1,
};

bool mold64_parse_header(const uint8_t *payload, uint32_t size_bytes, struct mold64_header *header)
{
	if (UNLIKELY(size_bytes < MOLD64_HEADER_BYTES))
		return false;
	memcpy(header->session, payload, SESSION_BYTES);
	header->sequence = load_be64(payload + SEQUENCE_OFFSET);
	header->count = load_be16(payload + COUNT_OFFSET);
	return true;
}

uint32_t mold64_parse_blocks(const uint8_t *payload, uint32_t size_bytes, uint16_t count,
	uint32_t first, struct mold64_block *blocks, uint32_t max, bool *is_malformed,
	uint32_t *tail_bytes)
{
	uint32_t offset = MOLD64_HEADER_BYTES, found = 0;
	*is_malformed = false;
	*tail_bytes = 0;
	if (size_bytes < MOLD64_HEADER_BYTES) {
		*is_malformed = true;
		return 0;
	}
	for (uint32_t number = 0; number < count; number++) {
		if (number >= first && found == max)
			return found;
		uint32_t left = size_bytes - offset;
		if (UNLIKELY(left < LENGTH_BYTES)) {
			*is_malformed = true;
			return found;
		}
		uint32_t length = load_be16(payload + offset);
		if (UNLIKELY(length > left - LENGTH_BYTES)) {
			*is_malformed = true;
			return found;
		}
		if (number >= first) {
			blocks[found].bytes = payload + offset + LENGTH_BYTES;
			blocks[found].size_bytes = length;
			found++;
		}
		offset += LENGTH_BYTES + length;
	}
	*tail_bytes = size_bytes - offset;
	return found;
}

uint32_t mold64_begin(uint8_t *payload, const char session[10], uint64_t sequence)
{
	memcpy(payload, session, SESSION_BYTES);
	store_be64(payload + SEQUENCE_OFFSET, sequence);
	store_be16(payload + COUNT_OFFSET, 0);
	return MOLD64_HEADER_BYTES;
}

uint32_t mold64_append(uint8_t *payload, uint32_t size, uint32_t max_bytes, const uint8_t *message,
	uint16_t message_bytes)
{
	uint16_t count = load_be16(payload + COUNT_OFFSET);
	if (size > max_bytes || max_bytes - size < LENGTH_BYTES + (uint32_t)message_bytes ||
		count >= COUNT_MAX)
		return 0;
	store_be16(payload + size, message_bytes);
	if (message_bytes != 0)
		memcpy(payload + size + LENGTH_BYTES, message, message_bytes);
	store_be16(payload + COUNT_OFFSET, (uint16_t)(count + 1));
	return size + LENGTH_BYTES + message_bytes;
}

uint32_t mold64_build_request(
	uint8_t *payload, const char session[10], uint64_t sequence, uint16_t count)
{
	mold64_begin(payload, session, sequence);
	store_be16(payload + COUNT_OFFSET, count);
	return MOLD64_HEADER_BYTES;
}
