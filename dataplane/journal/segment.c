#include "dataplane/journal/segment.h"

#include <inttypes.h>
#include <stdio.h>

#include "drivers/disk/disk.h"

_Static_assert((int)SEGMENT_BLOCK_BYTES == (int)DISK_BLOCK_BYTES, "the header is one block");

enum { SEGMENT_DIGITS = 20 };

void segment_name(uint64_t first_sequence, uint32_t attempt, char name[SEGMENT_NAME_BYTES])
{
	if (attempt == 0)
		snprintf(name, SEGMENT_NAME_BYTES, "%020" PRIu64 ".sj", first_sequence);
	else
		snprintf(name, SEGMENT_NAME_BYTES, "%020" PRIu64 ".%u.sj", first_sequence, attempt);
}

bool segment_name_read(const char *name, uint64_t *first_sequence, uint32_t *attempt)
{
	uint64_t number = 0;
	uint32_t tries = 0;
	size_t i = 0;
	for (; i < SEGMENT_DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		if (__builtin_mul_overflow(number, 10u, &number) ||
			__builtin_add_overflow(number, (uint64_t)(name[i] - '0'), &number))
			return false;
	}
	if (name[i] == '.' && name[i + 1] >= '1' && name[i + 1] <= '9') {
		for (i++; name[i] >= '0' && name[i] <= '9' && tries < SEGMENT_TRY_COUNT; i++)
			tries = tries * 10 + (uint32_t)(name[i] - '0');
	}
	*first_sequence = number;
	*attempt = tries;
	return number > 0 && tries < SEGMENT_TRY_COUNT && strcmp(name + i, ".sj") == 0;
}

static uint32_t segment_header_crc(const struct segment_header *header)
{
	struct segment_header copy = *header;
	copy.crc = 0;
	return crc32c(0, &copy, sizeof copy);
}

void segment_header_fill(uint8_t block[SEGMENT_BLOCK_BYTES], struct segment_header header)
{
	header.magic = SEGMENT_MAGIC;
	header.version = RECORD_VERSION;
	header.header_bytes = SEGMENT_BLOCK_BYTES;
	header.crc = segment_header_crc(&header);
	memset(block, 0, SEGMENT_BLOCK_BYTES);
	memcpy(block, &header, sizeof header);
}

static bool segment_is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

enum segment_verdict segment_header_check(const uint8_t block[SEGMENT_BLOCK_BYTES],
	uint64_t first_sequence, char *reason, size_t reason_size)
{
	struct segment_header header;
	memcpy(&header, block, sizeof header);
	if (segment_is_zero(block, SEGMENT_BLOCK_BYTES))
		return SEGMENT_BLANK;
	if (header.magic != SEGMENT_MAGIC)
		snprintf(reason, reason_size,
			"header: found magic %016" PRIx64 ", expected %016" PRIx64, header.magic,
			(uint64_t)SEGMENT_MAGIC);
	else if (header.crc != segment_header_crc(&header))
		snprintf(reason, reason_size, "header: found checksum %08x, expected %08x",
			header.crc, segment_header_crc(&header));
	else if (header.version != RECORD_VERSION || header.header_bytes != SEGMENT_BLOCK_BYTES)
		snprintf(reason, reason_size, "header: found version %u, %u bytes, expected %d, %d",
			header.version, header.header_bytes, RECORD_VERSION, SEGMENT_BLOCK_BYTES);
	else if (header.first_sequence != first_sequence)
		snprintf(reason, reason_size,
			"header: found first record %" PRIu64 ", expected %" PRIu64 " by its name",
			header.first_sequence, first_sequence);
	else if (!segment_is_zero(block + sizeof header, SEGMENT_BLOCK_BYTES - sizeof header))
		snprintf(reason, reason_size, "header: found bytes behind it, expected zeros");
	else
		return SEGMENT_VALID;
	return SEGMENT_BROKEN;
}
