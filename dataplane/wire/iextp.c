/* iextp.c - see iextp.h. */
#include "dataplane/wire/iextp.h"

#include "dataplane/wire/little.h"

enum {
	PROTOCOL_OFFSET = 2,
	CHANNEL_OFFSET = 4,
	SESSION_OFFSET = 8,
	PAYLOAD_OFFSET = 12,
	COUNT_OFFSET = 14,
	STREAM_OFFSET = 16,
	SEQUENCE_OFFSET = 24,
	SENT_OFFSET = 32,
	LENGTH_BYTES = 2, /* before each block */

	REQUEST_TYPE_OFFSET = 1,
	REQUEST_BY_NUMBER = 1,
	REQUEST_COUNT_OFFSET = 12,
};

bool iextp_parse_header(const uint8_t *payload, uint32_t size_bytes, struct iextp_header *header)
{
	if (UNLIKELY(size_bytes < IEXTP_HEADER_BYTES || payload[0] != IEXTP_VERSION))
		return false;
	header->protocol = little_load16(payload + PROTOCOL_OFFSET);
	header->channel = little_load32(payload + CHANNEL_OFFSET);
	header->session = little_load32(payload + SESSION_OFFSET);
	header->payload_bytes = little_load16(payload + PAYLOAD_OFFSET);
	header->count = little_load16(payload + COUNT_OFFSET);
	header->stream_offset = little_load64(payload + STREAM_OFFSET);
	header->sequence = little_load64(payload + SEQUENCE_OFFSET);
	header->sent_ns = little_load64(payload + SENT_OFFSET);
	return true;
}

uint32_t iextp_parse_blocks(const uint8_t *payload, uint32_t size_bytes, uint16_t count,
	uint32_t first, struct mold64_block *blocks, uint32_t max, bool *is_malformed,
	uint32_t *tail_bytes)
{
	uint32_t offset = IEXTP_HEADER_BYTES, found = 0;
	*is_malformed = true;
	*tail_bytes = 0;
	if (size_bytes < IEXTP_HEADER_BYTES)
		return 0;
	uint32_t end = IEXTP_HEADER_BYTES + little_load16(payload + PAYLOAD_OFFSET);
	bool is_cut = end > size_bytes;
	if (UNLIKELY(is_cut))
		end = size_bytes;
	for (uint32_t number = 0; number < count; number++) {
		if (number >= first && found == max)
			break;
		if (UNLIKELY(end - offset < LENGTH_BYTES))
			return found;
		uint32_t length = little_load16(payload + offset);
		if (UNLIKELY(length > end - offset - LENGTH_BYTES))
			return found;
		if (number >= first) {
			blocks[found].bytes = payload + offset + LENGTH_BYTES;
			blocks[found].size_bytes = length;
			found++;
		}
		offset += LENGTH_BYTES + length;
		if (number + 1u == count)
			*tail_bytes = size_bytes - offset;
	}
	*is_malformed = is_cut;
	return found;
}

uint32_t iextp_begin(uint8_t *payload, const struct iextp_header *header)
{
	memset(payload, 0, IEXTP_HEADER_BYTES);
	payload[0] = IEXTP_VERSION;
	little_store16(payload + PROTOCOL_OFFSET, header->protocol);
	little_store32(payload + CHANNEL_OFFSET, header->channel);
	little_store32(payload + SESSION_OFFSET, header->session);
	little_store64(payload + STREAM_OFFSET, header->stream_offset);
	little_store64(payload + SEQUENCE_OFFSET, header->sequence);
	little_store64(payload + SENT_OFFSET, header->sent_ns);
	return IEXTP_HEADER_BYTES;
}

uint32_t iextp_append(uint8_t *payload, uint32_t size, uint32_t max_bytes, const uint8_t *message,
	uint16_t message_bytes)
{
	uint32_t block_bytes = LENGTH_BYTES + (uint32_t)message_bytes;
	uint16_t count = little_load16(payload + COUNT_OFFSET);
	uint32_t payload_bytes = little_load16(payload + PAYLOAD_OFFSET) + block_bytes;
	if (size > max_bytes || max_bytes - size < block_bytes || payload_bytes > UINT16_MAX ||
		count == UINT16_MAX)
		return 0;
	little_store16(payload + size, message_bytes);
	if (message_bytes != 0)
		memcpy(payload + size + LENGTH_BYTES, message, message_bytes);
	little_store16(payload + COUNT_OFFSET, (uint16_t)(count + 1));
	little_store16(payload + PAYLOAD_OFFSET, (uint16_t)payload_bytes);
	return size + block_bytes;
}

uint32_t iextp_request_begin(
	uint8_t *request, uint16_t protocol, uint32_t channel, uint32_t session)
{
	memset(request, 0, IEXTP_REQUEST_HEADER_BYTES);
	request[0] = IEXTP_VERSION;
	request[REQUEST_TYPE_OFFSET] = REQUEST_BY_NUMBER;
	little_store16(request + PROTOCOL_OFFSET, protocol);
	little_store32(request + CHANNEL_OFFSET, channel);
	little_store32(request + SESSION_OFFSET, session);
	return IEXTP_REQUEST_HEADER_BYTES;
}

static bool range_rises(const uint8_t *before, uint64_t first, uint64_t last)
{
	return first <= last && (before == NULL || first > little_load64(before + 8));
}

uint32_t iextp_request_append(
	uint8_t *request, uint32_t size, uint32_t max_bytes, uint64_t first, uint64_t last)
{
	uint32_t count = little_load32(request + REQUEST_COUNT_OFFSET);
	const uint8_t *before = count == 0 ? NULL : request + size - IEXTP_RANGE_BYTES;
	if (size > max_bytes || max_bytes - size < IEXTP_RANGE_BYTES ||
		!range_rises(before, first, last))
		return 0;
	little_store64(request + size, first);
	little_store64(request + size + 8, last);
	little_store32(request + REQUEST_COUNT_OFFSET, count + 1);
	return size + IEXTP_RANGE_BYTES;
}

int iextp_parse_request(const uint8_t *request, uint32_t size_bytes, struct iextp_header *header,
	struct iextp_range *ranges, uint32_t max)
{
	if (size_bytes < IEXTP_REQUEST_HEADER_BYTES || request[0] != IEXTP_VERSION ||
		request[REQUEST_TYPE_OFFSET] != REQUEST_BY_NUMBER)
		return -1;
	uint32_t count = little_load32(request + REQUEST_COUNT_OFFSET);
	if (count > max || count > (size_bytes - IEXTP_REQUEST_HEADER_BYTES) / IEXTP_RANGE_BYTES)
		return -1;
	memset(header, 0, sizeof *header);
	header->protocol = little_load16(request + PROTOCOL_OFFSET);
	header->channel = little_load32(request + CHANNEL_OFFSET);
	header->session = little_load32(request + SESSION_OFFSET);
	const uint8_t *before = NULL;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *range =
			request + IEXTP_REQUEST_HEADER_BYTES + (size_t)i * IEXTP_RANGE_BYTES;
		ranges[i].first = little_load64(range);
		ranges[i].last = little_load64(range + 8);
		if (!range_rises(before, ranges[i].first, ranges[i].last))
			return -1;
		before = range;
	}
	return (int)count;
}
