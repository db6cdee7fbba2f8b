/* iextp_fuzz.c - any bytes as a segment and as a request: blocks lie inside it in order, asking for them in parts gives the
   same as asking at once, and a request that reads is written the same.
   rooms: dataplane_wire */
#include <stdlib.h>

#include "dataplane/wire/iextp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { RANGES = 16 };

static struct mold64_block whole[MOLD64_BLOCK_COUNT_MAX], part[16];

static void read_segment(const uint8_t *bytes, uint32_t size)
{
	struct iextp_header header;
	bool is_malformed, part_malformed;
	uint32_t tail, part_tail, first = 0;
	if (!iextp_parse_header(bytes, size, &header))
		return;
	uint32_t found = iextp_parse_blocks(
		bytes, size, header.count, 0, whole, MOLD64_BLOCK_COUNT_MAX, &is_malformed, &tail);
	const uint8_t *at = bytes + IEXTP_HEADER_BYTES;
	for (uint32_t i = 0; i < found; i++) {
		at += 2;
		CHECK(whole[i].bytes == at);
		at += whole[i].size_bytes;
	}
	CHECK(at <= bytes + size);
	CHECK(is_malformed || found == header.count);
	CHECK(is_malformed || found == 0 || at + tail == bytes + size);
	for (uint32_t count = 1; count != 0; first += count) {
		count = iextp_parse_blocks(bytes, size, header.count, first, part,
			ARRAY_COUNT(part), &part_malformed, &part_tail);
		for (uint32_t i = 0; i < count; i++)
			CHECK(part[i].bytes == whole[first + i].bytes &&
				part[i].size_bytes == whole[first + i].size_bytes);
	}
	CHECK(first == found);
}

static void read_request(const uint8_t *bytes, uint32_t size)
{
	struct iextp_header header;
	struct iextp_range ranges[RANGES];
	uint8_t out[IEXTP_REQUEST_HEADER_BYTES + RANGES * IEXTP_RANGE_BYTES];
	int count = iextp_parse_request(bytes, size, &header, ranges, RANGES);
	if (count < 0)
		return;
	uint32_t used = iextp_request_begin(out, header.protocol, header.channel, header.session);
	for (int i = 0; i < count; i++) {
		used = iextp_request_append(out, used, sizeof out, ranges[i].first, ranges[i].last);
		CHECK(used != 0);
	}
	CHECK(used <= size && memcmp(out, bytes, used) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size > PACKET_BYTES_MAX)
		return 0;
	read_segment(bytes, (uint32_t)size);
	read_request(bytes, (uint32_t)size);
	return 0;
}
