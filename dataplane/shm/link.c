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

/* The reader's word is read again only when what it was last seen at is not enough. */
static bool link_has_room(struct link_writer *writer, uint64_t bytes)
{
	if (LIKELY(writer->head + writer->claimed + bytes - writer->tail_seen <= LINK_BYTES))
		return true;
	return link_room(writer) >= bytes;
}

/* The ring is larger than any cache: for each byte that is claimed one that will be claimed soon comes near. */
static inline void link_prefetch(struct link *link, uint64_t position, uint32_t size)
{
	enum { AHEAD_BYTES = 1024 };
	for (uint32_t i = 0; i < size; i += CACHE_LINE_BYTES)
		__builtin_prefetch(
			&link->bytes[(position + AHEAD_BYTES + i) & (LINK_BYTES - 1)], 1);
}

void *link_claim(struct link_writer *writer, enum record_type type, uint32_t body_bytes)
{
	CHECK(body_bytes <= RECORD_BYTES_MAX - sizeof(struct record));
	uint32_t size = record_size_of(body_bytes);
	uint64_t position = (writer->head + writer->claimed) & (LINK_BYTES - 1);
	uint64_t to_end = LINK_BYTES - position;
	uint64_t pad = to_end < size ? to_end : 0;
	if (UNLIKELY(!link_has_room(writer, pad + size)))
		return NULL;
	if (UNLIKELY(pad > 0)) {
		*(struct record *)&writer->link->bytes[position] =
			(struct record){.size_bytes = (uint16_t)pad, .type = RECORD_PAD};
		writer->claimed += pad;
		position = 0;
	}
	struct record *record = (struct record *)&writer->link->bytes[position];
	link_prefetch(writer->link, position, size);
	memset(record + 1, 0, size - sizeof *record);
	*record = (struct record){.size_bytes = (uint16_t)size,
		.body_bytes = (uint16_t)body_bytes,
		.type = (uint8_t)type,
		.sequence = (uint32_t)++writer->sequence};
	writer->claimed += size;
	return record + 1;
}

void link_publish(struct link_writer *writer)
{
	/* The count goes first: whoever salvages a dead writer's link numbers the records back from
	   it, and a count ahead of the head still numbers them right. */
	atomic_store_explicit(&writer->link->sequence, writer->sequence, memory_order_release);
	writer->head += writer->claimed;
	writer->claimed = 0;
	atomic_store_explicit(&writer->link->head, writer->head, memory_order_release);
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
