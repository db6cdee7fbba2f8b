/* link.h - a ring of records from one stage to another.

   One writer, one reader, records of variable size, no copy on the reader's side: it reads where they
   lie and moves the tail when it is done.  The memory is in the dataplane's region, which control holds
   too, so records that were published are there after the process died and boot salvages them.

   Owner      head: the writer; tail, durable, failed and full: the reader.
   Units      head and tail count bytes since the ring began; position is count mod size.
   Invariant  (1) tail <= head <= tail + LINK_BYTES;
              (2) bytes between tail and head are whole records with rising sequence;
              (3) no record wraps: RECORD_PAD fills the end of the ring. */
#ifndef SLUICE_SHM_LINK_H
#define SLUICE_SHM_LINK_H

#include <stdatomic.h>

#include "dataplane/shm/record.h"

enum { LINK_BYTES = 16 * 1024 * 1024 };

struct link {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t head;    /* bytes published            */
	_Atomic uint64_t sequence;                             /* records published          */
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t tail;    /* bytes the reader released  */
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t durable; /* records on the disk        */
	_Atomic uint64_t failed; /* errno of the write that ended durable; 0: none */
	/* errno of the file that found no room; 0: there is room, and the reserve for when there is none is whole */
	_Atomic uint64_t full;
	_Alignas(SHARED_ALIGN_BYTES) uint8_t bytes[LINK_BYTES];
};

/* The writer's end: private, so the shared words are touched only to publish. */
struct link_writer {
	struct link *link;
	uint64_t head;     /* bytes claimed and published */
	uint64_t claimed;  /* bytes claimed, not yet published */
	uint64_t limit;    /* claimed up to here without a look: the ring's end, or room */
	uint64_t sequence; /* of the last record */
};

/* link_join takes the writer's end; sequence continues after `sequence`. */
void link_join(struct link_writer *writer, struct link *link, uint64_t sequence);

/* link_room tells how many bytes can be claimed now without waiting for the reader. */
uint64_t link_room(struct link_writer *writer);

/* link_turn finds the place of a record where the ring ends before it, or the reader's word must be read again; UINT64_MAX:
   no room.  It takes no more than the pad. */
__attribute__((cold)) uint64_t link_turn(struct link_writer *writer, uint32_t size_bytes);

/* The ring is larger than any cache: for each byte that is claimed one that will be claimed soon comes near. */
static inline void link_prefetch(struct link *link, uint64_t position, uint32_t size_bytes)
{
	enum { AHEAD_BYTES = 1024 };
	for (uint32_t i = 0; i < size_bytes; i += CACHE_LINE_BYTES)
		base_ask(&link->bytes[(position + AHEAD_BYTES + i) & (LINK_BYTES - 1)]);
}

/* link_claim_whole gives space for one record, its header filled, the sequence taken, of whose body no more is zeroed than the
   padding: the caller writes every byte of it.  NULL: no room; nothing is taken. */
static inline void *link_claim_whole(
	struct link_writer *writer, enum record_type type, uint32_t body_bytes)
{
	CHECK(body_bytes <= RECORD_BYTES_MAX - sizeof(struct record));
	uint32_t size = record_size_of(body_bytes);
	uint64_t next = writer->head + writer->claimed, position = next & (LINK_BYTES - 1);
	if (UNLIKELY(next + size > writer->limit))
		position = link_turn(writer, size);
	if (UNLIKELY(position == UINT64_MAX))
		return NULL;
	struct record *record = (struct record *)&writer->link->bytes[position];
	link_prefetch(writer->link, position, size);
	memset((uint8_t *)record + size - RECORD_ALIGN_BYTES, 0, RECORD_ALIGN_BYTES);
	*record = (struct record){.size_bytes = (uint16_t)size,
		.body_bytes = (uint16_t)body_bytes,
		.type = (uint8_t)type,
		.sequence = (uint32_t)++writer->sequence};
	writer->claimed += size;
	return record + 1;
}

/* link_claim zeroes the body too.  In line, because one of a known size is zeroed by a few stores. */
static inline void *link_claim(
	struct link_writer *writer, enum record_type type, uint32_t body_bytes)
{
	void *body = link_claim_whole(writer, type, body_bytes);
	if (LIKELY(body != NULL))
		memset(body, 0, record_size_of(body_bytes) - sizeof(struct record));
	return body;
}

/* link_publish makes all claimed records visible to the reader. */
static inline void link_publish(struct link_writer *writer)
{
	if (writer->claimed == 0)
		return;
	/* The count goes first: whoever salvages a dead writer's link numbers the records back from
	   it, and a count ahead of the head still numbers them right. */
	atomic_store_explicit(&writer->link->sequence, writer->sequence, memory_order_release);
	writer->head += writer->claimed;
	writer->claimed = 0;
	atomic_store_explicit(&writer->link->head, writer->head, memory_order_release);
}

/* link_peek gives the next unread record at *position (bytes), or NULL; then *position moves past it.
   Pads are skipped.  Start with position = tail. */
const struct record *link_peek(const struct link *link, uint64_t *position);

/* link_release tells the writer that everything before position may be overwritten. */
void link_release(struct link *link, uint64_t position);

#endif
