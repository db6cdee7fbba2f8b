#include "dataplane/shm/link.h"

_Static_assert((LINK_BYTES & (LINK_BYTES - 1)) == 0, "position is a mask away from count");

void link_join(struct link_writer *writer, struct link *link, uint64_t sequence)
{
	writer->link = link;
	writer->head = atomic_load_explicit(&link->head, memory_order_relaxed);
	writer->claimed = 0;
	writer->tail_seen = atomic_load_explicit(&link->tail, memory_order_acquire);
	writer->sequence = sequence;
	atomic_store_explicit(&link->sequence, sequence, memory_order_release);
}

uint64_t link_room(struct link_writer *writer)
{
	writer->tail_seen = atomic_load_explicit(&writer->link->tail, memory_order_acquire);
	return LINK_BYTES - (writer->head + writer->claimed - writer->tail_seen);
}

uint64_t link_turn(struct link_writer *writer, uint32_t size_bytes)
{
	uint64_t position = (writer->head + writer->claimed) & (LINK_BYTES - 1);
	uint64_t to_end = LINK_BYTES - position;
	uint64_t pad = to_end < size_bytes ? to_end : 0;
	if (link_room(writer) < pad + size_bytes)
		return UINT64_MAX;
	if (pad == 0)
		return position;
	*(struct record *)&writer->link->bytes[position] =
		(struct record){.size_bytes = (uint16_t)pad, .type = RECORD_PAD};
	writer->claimed += pad;
	return 0;
}

const struct record *link_peek(const struct link *link, uint64_t *position)
{
	uint64_t head = atomic_load_explicit(&link->head, memory_order_acquire);
	while (*position != head) {
		const struct record *record =
			(const struct record *)&link->bytes[*position & (LINK_BYTES - 1)];
		*position += record->size_bytes;
		if (LIKELY(record->type != RECORD_PAD))
			return record;
	}
	return NULL;
}

void link_release(struct link *link, uint64_t position)
{
	atomic_store_explicit(&link->tail, position, memory_order_release);
}
