#include "tools/exchange/sequence.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 256 };

void *sequence_grow(void *items, uint64_t count, uint64_t *capacity, size_t item_bytes)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
	items = realloc(items, *capacity * item_bytes);
	CHECK(items != NULL);
	return items;
}

void sequence_append(struct sequence *s, const uint8_t *bytes, uint32_t size_bytes)
{
	while (s->byte_count + size_bytes > s->byte_capacity)
		s->bytes = sequence_grow(s->bytes, s->byte_capacity, &s->byte_capacity, 1);
	s->ends = sequence_grow(s->ends, s->count, &s->capacity, sizeof s->ends[0]);
	memcpy(s->bytes + s->byte_count, bytes, size_bytes);
	s->byte_count += size_bytes;
	s->ends[s->count++] = s->byte_count;
}

const uint8_t *sequence_message(const struct sequence *s, uint64_t number, uint32_t *size_bytes)
{
	CHECK(number >= 1 && number <= s->count);
	uint64_t begin = number == 1 ? 0 : s->ends[number - 2];
	*size_bytes = (uint32_t)(s->ends[number - 1] - begin);
	return s->bytes + begin;
}

void sequence_free(struct sequence *s)
{
	free(s->bytes);
	free(s->ends);
	memset(s, 0, sizeof *s);
}
