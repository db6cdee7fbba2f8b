/* mold64_fuzz.c - any bytes as a packet: blocks lie inside it in order, and asking for them in parts gives
   the same as asking at once.
   rooms: dataplane_wire */
#include <stdlib.h>

#include "dataplane/wire/mold64.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct mold64_block whole[MOLD64_BLOCK_COUNT_MAX], part[16];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct mold64_header header;
	bool is_malformed, part_malformed;
	uint32_t tail, part_tail, first = 0;
	if (size > PACKET_BYTES_MAX || !mold64_parse_header(bytes, (uint32_t)size, &header))
		return 0;
	uint32_t found = mold64_parse_blocks(bytes, (uint32_t)size, header.count, 0, whole,
		MOLD64_BLOCK_COUNT_MAX, &is_malformed, &tail);
	const uint8_t *at = bytes + MOLD64_HEADER_BYTES;
	for (uint32_t i = 0; i < found; i++) {
		at += 2;
		if (whole[i].bytes != at)
			abort();
		at += whole[i].size_bytes;
	}
	if (at > bytes + size || (!is_malformed && at + tail != bytes + size) ||
		is_malformed != (found < header.count))
		abort();
	for (uint32_t count = 1; count != 0; first += count) {
		count = mold64_parse_blocks(bytes, (uint32_t)size, header.count, first, part,
			ARRAY_COUNT(part), &part_malformed, &part_tail);
		for (uint32_t i = 0; i < count; i++)
			if (part[i].bytes != whole[first + i].bytes ||
				part[i].size_bytes != whole[first + i].size_bytes)
				abort();
	}
	if (first != found)
		abort();
	return 0;
}
