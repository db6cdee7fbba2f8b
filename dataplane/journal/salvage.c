#include "dataplane/journal/journal.h"

/* The link of a dead process is judged, not trusted: it may have died in the middle of a store. */
static bool salvage_is_whole(const struct record *record, uint64_t to_end, uint64_t to_head)
{
	uint64_t size = record->size_bytes;
	if (size < sizeof *record || size % RECORD_ALIGN_BYTES != 0 || size > to_end ||
		size > to_head)
		return false;
	if (record->type == RECORD_PAD)
		return size == to_end; /* link (3) */
	/* A body that is too long would come back to a right size by overflow. */
	return record->body_bytes <= RECORD_BYTES_MAX - sizeof *record &&
	       size == record_size_of(record->body_bytes);
}

uint64_t journal_salvage(const struct link *old, uint64_t durable,
	bool (*record)(void *context, const struct record *record), void *context)
{
	uint64_t head = atomic_load_explicit(&old->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&old->tail, memory_order_relaxed);
	uint64_t published = atomic_load_explicit(&old->sequence, memory_order_relaxed);
	uint64_t next = durable + 1, count = 0;
	if (head - tail > LINK_BYTES || tail % RECORD_ALIGN_BYTES != 0)
		return 0;
	while (tail != head) {
		uint64_t position = tail & (LINK_BYTES - 1);
		const struct record *r = (const struct record *)&old->bytes[position];
		if (!salvage_is_whole(r, LINK_BYTES - position, head - tail))
			break;
		tail += r->size_bytes;
		if (r->type == RECORD_PAD)
			continue;
		/* The link counts to `published`; a record holds the low half of its number. */
		uint64_t sequence = published - (uint32_t)((uint32_t)published - r->sequence);
		if (sequence < next)
			continue;
		if (sequence != next || !record(context, r))
			break;
		next++;
		count++;
	}
	return count;
}
