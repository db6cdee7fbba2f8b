#include "tools/exchange/history.h"

#include <stdlib.h>

#include "dataplane/wire/mold64.h"
#include "tools/exchange/sequence.h"

void history_init(struct history *h, uint64_t message_max)
{
	memset(h, 0, sizeof *h);
	h->chunk_count = (message_max + HISTORY_CHUNK_COUNT - 1) / HISTORY_CHUNK_COUNT + 1;
	h->chunks = calloc(h->chunk_count, sizeof(struct history_chunk *));
	CHECK(h->chunks != NULL);
	h->first = h->next = 1;
}

void history_free(struct history *h)
{
	for (uint64_t i = 0; h->chunks != NULL && i < h->chunk_count; i++) {
		if (h->chunks[i] != NULL)
			free(h->chunks[i]->bytes);
		free(h->chunks[i]);
	}
	free(h->chunks);
	memset(h, 0, sizeof *h);
}

static struct history_chunk **history_slot(const struct history *h, uint64_t number)
{
	return &h->chunks[(number - 1) / HISTORY_CHUNK_COUNT % h->chunk_count];
}

/* history_fresh makes the chunk of a number ready; what stood there was the oldest. */
static void history_fresh(struct history *h, uint64_t number)
{
	struct history_chunk **slot = history_slot(h, number);
	uint64_t span = (h->chunk_count - 1) * HISTORY_CHUNK_COUNT;
	if (number > span && h->first < number - span)
		h->first = number - span;
	if (*slot != NULL)
		return;
	*slot = calloc(1, sizeof **slot);
	CHECK(*slot != NULL);
}

void history_append(struct history *h, const uint8_t *bytes, uint32_t size_bytes)
{
	uint64_t at = (h->next - 1) % HISTORY_CHUNK_COUNT;
	if (at == 0 || *history_slot(h, h->next) == NULL)
		history_fresh(h, h->next);
	struct history_chunk *chunk = *history_slot(h, h->next);
	uint32_t begin = at == 0 ? 0 : chunk->ends[at - 1];
	while (begin + (uint64_t)size_bytes > chunk->byte_capacity)
		chunk->bytes =
			sequence_grow(chunk->bytes, chunk->byte_capacity, &chunk->byte_capacity, 1);
	if (size_bytes > 0) {
		CHECK(chunk->bytes != NULL);
		memcpy(chunk->bytes + begin, bytes, size_bytes);
	}
	chunk->ends[at] = begin + size_bytes;
	h->next++;
}

const uint8_t *history_message(const struct history *h, uint64_t number, uint32_t *size_bytes)
{
	if (number < h->first || number >= h->next)
		return NULL;
	const struct history_chunk *chunk = *history_slot(h, number);
	uint64_t at = (number - 1) % HISTORY_CHUNK_COUNT;
	uint32_t begin = at == 0 ? 0 : chunk->ends[at - 1];
	*size_bytes = chunk->ends[at] - begin;
	return chunk->bytes + begin;
}

void history_forget(struct history *h)
{
	h->first = h->next;
}

void history_skip(struct history *h, uint64_t count)
{
	h->next += count;
	h->first = h->next;
}

void history_clear(struct history *h)
{
	h->first = h->next = 1;
}

uint32_t history_packet(const struct history *h, const char session[10], uint64_t first,
	uint32_t count_max, uint8_t *out, uint32_t room, uint32_t *count)
{
	uint32_t size = mold64_begin(out, session, first);
	*count = 0;
	while (*count < count_max) {
		uint32_t message_bytes;
		const uint8_t *message = history_message(h, first + *count, &message_bytes);
		uint32_t grown = 0;
		if (message != NULL && message_bytes <= UINT16_MAX)
			grown = mold64_append(out, size, room, message, (uint16_t)message_bytes);
		if (grown == 0)
			break;
		size = grown;
		*count += 1;
	}
	return *count > 0 ? size : 0;
}
