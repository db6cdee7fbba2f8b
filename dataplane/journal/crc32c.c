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

_Static_assert(offsetof(struct record, crc) == 8 && sizeof(struct record) == 16 &&
		       RECORD_ALIGN_BYTES == 16,
	"the second word of a header begins with the checksum, and records are whole pairs of "
	"words");

uint32_t record_crc(uint32_t previous, const struct record *record)
{
	const uint8_t *p = (const uint8_t *)record, *end = p + record->size_bytes;
	uint64_t words[2];
	memcpy(words, p, sizeof words);
	uint64_t crc = _mm_crc32_u64(~previous, words[0]);
	crc = _mm_crc32_u64(crc, words[1] & ~UINT64_C(0xffffffff));
	for (p += sizeof words; p < end; p += sizeof words) {
		memcpy(words, p, sizeof words);
		crc = _mm_crc32_u64(crc, words[0]);
		crc = _mm_crc32_u64(crc, words[1]);
	}
	return ~(uint32_t)crc;
}
