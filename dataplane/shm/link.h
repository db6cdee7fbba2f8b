/* link.h - a ring of records from one stage to another.

   One writer, one reader, records of variable size, no copy on the reader's side: it reads where they
   lie and moves the tail when it is done.  The memory is in the dataplane's region, which control holds
   too, so records that were published are there after the process died and boot salvages them.

   Owner      head: the writer; tail and durable: the reader.
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
	_Alignas(SHARED_ALIGN_BYTES) uint8_t bytes[LINK_BYTES];
};

/* The writer's end: private, so the shared words are touched only to publish. */
struct link_writer {
	struct link *link;
	uint64_t head;    /* bytes claimed and published */
	uint64_t claimed; /* bytes claimed, not yet published */
	uint64_t tail_seen;
	uint64_t sequence; /* of the last record */
};

/* link_join takes the writer's end; sequence continues after `sequence`. */
void link_join(struct link_writer *writer, struct link *link, uint64_t sequence);

/* link_room tells how many bytes can be claimed now without waiting for the reader. */
uint64_t link_room(struct link_writer *writer);

/* link_claim gives space for one record with a zeroed body of body_bytes, its header filled, the
   sequence taken.  NULL: no room; nothing is taken. */
void *link_claim(struct link_writer *writer, enum record_type type, uint32_t body_bytes);

/* link_publish makes all claimed records visible to the reader. */
void link_publish(struct link_writer *writer);

/* link_peek gives the next unread record at *position (bytes), or NULL; then *position moves past it.
   Pads are skipped.  Start with position = tail. */
const struct record *link_peek(const struct link *link, uint64_t *position);

/* link_release tells the writer that everything before position may be overwritten. */
void link_release(struct link *link, uint64_t position);

#endif
