/* pitch_unit.c - see pitch_unit.h. */
#include "dataplane/wire/pitch_unit.h"

#include "dataplane/wire/little.h"

enum {
	COUNT_OFFSET = 2,
	UNIT_OFFSET = 3,
	SEQUENCE_OFFSET = 4,
	MESSAGE_BYTES_MIN = 2, /* length and type */
};

#define ROUND UINT64_C(0xFFFFFFFF) /* so many numbers, then 1 again */

bool pitch_unit_parse_header(
	const uint8_t *payload, uint32_t size_bytes, struct pitch_unit_header *header)
{
	if (UNLIKELY(size_bytes < PITCH_UNIT_HEADER_BYTES))
		return false;
	header->length = little_load16(payload);
	header->count = payload[COUNT_OFFSET];
	header->unit = payload[UNIT_OFFSET];
	header->sequence = little_load32(payload + SEQUENCE_OFFSET);
	return true;
}

enum pitch_unit_cut pitch_unit_cut(
	const uint8_t *bytes, uint32_t size_bytes, struct pitch_unit_header *header)
{
	if (!pitch_unit_parse_header(bytes, size_bytes, header))
		return PITCH_UNIT_MORE;
	if (header->length < PITCH_UNIT_HEADER_BYTES)
		return PITCH_UNIT_BROKEN;
	return header->length > size_bytes ? PITCH_UNIT_MORE : PITCH_UNIT_OK;
}

uint32_t pitch_unit_parse_blocks(const uint8_t *payload, uint32_t size_bytes, uint16_t count,
	uint32_t first, struct mold64_block *blocks, uint32_t max, bool *is_malformed,
	uint32_t *tail_bytes)
{
	uint32_t offset = PITCH_UNIT_HEADER_BYTES, found = 0;
	*is_malformed = true;
	*tail_bytes = 0;
	if (size_bytes < PITCH_UNIT_HEADER_BYTES || little_load16(payload) < offset)
		return 0;
	uint32_t end = little_load16(payload);
	bool is_cut = end > size_bytes;
	if (UNLIKELY(is_cut))
		end = size_bytes;
	for (uint32_t number = 0; number < count; number++) {
		if (number >= first && found == max)
			break;
		uint32_t length = offset < end ? payload[offset] : 0;
		if (UNLIKELY(length < MESSAGE_BYTES_MIN || length > end - offset))
			return found;
		if (number >= first) {
			blocks[found].bytes = payload + offset;
			blocks[found].size_bytes = length;
			found++;
		}
		offset += length;
		if (number + 1u == count)
			*tail_bytes = size_bytes - offset;
	}
	*is_malformed = is_cut;
	return found;
}

uint64_t pitch_unit_number(uint32_t sequence, uint64_t near)
{
	uint64_t number = (near - 1) / ROUND * ROUND + sequence;
	if (number < near && near - number > ROUND / 2 && number <= UINT64_MAX - ROUND)
		return number + ROUND;
	if (number > near && number - near > ROUND / 2 && number > ROUND)
		return number - ROUND;
	return number;
}

uint32_t pitch_unit_sequence(uint64_t number)
{
	return (uint32_t)((number - 1) % ROUND + 1);
}

uint32_t pitch_unit_begin(uint8_t *payload, uint8_t unit, uint32_t sequence)
{
	little_store16(payload, PITCH_UNIT_HEADER_BYTES);
	payload[COUNT_OFFSET] = 0;
	payload[UNIT_OFFSET] = unit;
	little_store32(payload + SEQUENCE_OFFSET, sequence);
	return PITCH_UNIT_HEADER_BYTES;
}

uint32_t pitch_unit_append(uint8_t *payload, uint32_t size, uint32_t max_bytes,
	const uint8_t *message, uint16_t message_bytes)
{
	if (message_bytes < MESSAGE_BYTES_MIN || message[0] != message_bytes || size > max_bytes ||
		max_bytes - size < message_bytes || size + message_bytes > UINT16_MAX ||
		payload[COUNT_OFFSET] == PITCH_UNIT_COUNT_MAX)
		return 0;
	memcpy(payload + size, message, message_bytes);
	payload[COUNT_OFFSET]++;
	little_store16(payload, (uint16_t)(size + message_bytes));
	return size + message_bytes;
}
