#include "dataplane/shm/link.h"

_Static_assert((LINK_BYTES & (LINK_BYTES - 1)) == 0, "position is a mask away from count");

void link_join(struct link_writer *writer, struct link *link, uint64_t sequence)
{
	writer->link = link;
	writer->head = atomic_load_explicit(&link->head, memory_order_relaxed);
	writer->claimed = 0;
	writer->sequence = sequence;
	link_room(writer);
	atomic_store_explicit(&link->sequence, sequence, memory_order_release);
}

uint64_t link_room(struct link_writer *writer)
{
	uint64_t next = writer->head + writer->claimed;
	uint64_t ring_end = (next | (LINK_BYTES - 1)) + 1;
	uint64_t room_end =
		atomic_load_explicit(&writer->link->tail, memory_order_acquire) + LINK_BYTES;
	writer->limit = room_end < ring_end ? room_end : ring_end;
	return room_end - next;
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
	link_room(writer); /* the limit is the next end now */
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
