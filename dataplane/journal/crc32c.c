#include "dataplane/journal/reader.h"

#include <nmmintrin.h>

uint32_t crc32c(uint32_t seed, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint64_t crc = ~seed;
	for (; size >= 8; p += 8, size -= 8) {
		uint64_t eight;
		memcpy(&eight, p, sizeof eight);
		crc = _mm_crc32_u64(crc, eight);
	}
	for (; size > 0; p++, size--)
		crc = _mm_crc32_u8((uint32_t)crc, *p);
	return ~(uint32_t)crc;
}

uint32_t record_crc(uint32_t previous, const struct record *record)
{
	struct record header = *record;
	header.crc = 0;
	uint32_t crc = crc32c(previous, &header, sizeof header);
	return crc32c(crc, record + 1, record->size_bytes - sizeof header);
}
