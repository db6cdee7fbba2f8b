/* tape.h - the writer's end of a tape: every event as it happens, for whoever wants to read it.

   A tape is a ring of 64-byte events in the market's region, one for each feed stage.  The stage appends; any
   number of readers follow (sluice.h), each at its own pace, and none of them is looked at: there is
   no word a reader could write.  Whoever is slower than a whole ring is overrun, and finds out by itself,
   because each slot carries the number of the event in it.

   A slot is a sequence lock:

      n of the lap before ──tape_append──▶ n + ring, BUSY ──▶ n + ring
                            number first                words    number last

   so a reader that copies while it is written over sees the number change and throws the copy away.

   Normal stores: the ring is read soon, by another core, so it belongs into the cache; streaming past it
   was measured no cheaper (sluice-bench, tape).

   Owner      the feed stage whose tape it is.
   Time       recv_ns is now_ns of the turn that brought the event (tape_turn).
   Invariant  (1) event n lies in slot n mod ring, numbers rise by one from 1;
              (2) `written` never announces what is not whole. */
#ifndef SLUICE_SHM_TAPE_H
#define SLUICE_SHM_TAPE_H

#include <stdatomic.h>

#include "dataplane/shm/market.h"

struct tape_writer {
	struct sluice_tape_page
		*page; /* NULL: no tape                                            */
	struct sluice_event *events;
	uint64_t mask;
	uint64_t next; /* number of the next event                                                */
	uint64_t
		kinds; /* a bit per kind that goes on; 0: nothing does                            */
	uint64_t
		now_ns; /* of the turn                                                            */
};

/* tape_kinds gives the bits of what a site lets on its tapes.  Prints are always among them, except where there is
   no tape. */
uint64_t tape_kinds(enum tape_carries carries);

/* tape_join takes the writer's end of tape `index` and goes on behind what was announced. */
void tape_join(struct tape_writer *tape, struct market_region *market, uint32_t index);

/* tape_turn begins a turn. */
static inline void tape_turn(struct tape_writer *tape, uint64_t now_ns)
{
	tape->now_ns = now_ns;
}

/* tape_wants tells whether this kind goes on the tape. */
static inline bool tape_wants(const struct tape_writer *tape, unsigned kind)
{
	return (tape->kinds >> (kind & 63) & 1) != 0;
}

/* tape_append writes one event; words[0] is not looked at: the number is the tape's own. */
static inline void tape_append(struct tape_writer *tape, const uint64_t words[8])
{
	uint64_t n = tape->next++;
	uint64_t *slot = (uint64_t *)(void *)&tape->events[n & tape->mask];
	__atomic_store_n(&slot[0], n | SLUICE_BUSY, __ATOMIC_RELAXED);
	atomic_thread_fence(memory_order_release);
	for (unsigned i = 1; i < 8; i++)
		__atomic_store_n(&slot[i], words[i], __ATOMIC_RELAXED);
	__atomic_store_n(&slot[0], n, __ATOMIC_RELEASE);
}

/* tape_publish announces what was appended. */
static inline void tape_publish(struct tape_writer *tape)
{
	if (LIKELY(tape->page != NULL))
		__atomic_store_n(&tape->page->written, tape->next - 1, __ATOMIC_RELEASE);
}

/* tape_beat ends a turn: it announces, and shows that the stage turns. */
static inline void tape_beat(struct tape_writer *tape)
{
	tape_publish(tape);
	if (LIKELY(tape->page != NULL))
		__atomic_store_n(&tape->page->turns, tape->page->turns + 1, __ATOMIC_RELAXED);
}

#endif
