/* refs.h - from a number to the place of what it names: an order by the wire's number, a symbol by its packed name, an account by
   session and MPID, a parent.

   A bounded hash from a 64-bit key, never 0, to a 32-bit slot: open addressing, linear probing, deletion by moving
   back what follows, so there are no tombstones and a lookup never degrades over the day.

   Owner      whoever opened it: one thread.
   Invariant  (1) a key stands at most once; (2) never more than half full. */
#ifndef SLUICE_ORDERS_REFS_H
#define SLUICE_ORDERS_REFS_H

#include "config/base.h"

#define REFS_NONE UINT32_MAX

struct refs_entry {
	uint64_t key; /* 0: free */
	uint32_t slot;
	uint32_t reserved;
};

/* Entries of a line. */
enum { REFS_LINE = CACHE_LINE_BYTES / sizeof(struct refs_entry) };

struct refs {
	struct refs_entry *entries;
	uint32_t mask;
	uint32_t count, count_max;
};

/* refs_open takes memory for count_max keys. refs_close gives it back. */
void refs_open(struct refs *refs, uint32_t count_max);
void refs_close(struct refs *refs);

/* Fibonacci hashing: keys are counters, which this spreads evenly; those of one line stay beside each other, so that of
   numbers in a row only every fourth comes to a line that nobody has touched for long. */
static inline uint32_t refs_home(const struct refs *refs, uint64_t key)
{
	uint64_t line = ((key / REFS_LINE) * 0x9E3779B97F4A7C15ull) >> 32;
	return (uint32_t)(line * REFS_LINE + key % REFS_LINE) & refs->mask;
}

/* refs_prefetch announces that a key will be put, found or removed. */
static inline void refs_prefetch(const struct refs *refs, uint64_t key)
{
	base_ask(&refs->entries[refs_home(refs, key)]);
}

/* refs_put stores a key that is not there; key is not 0.  false: full, nothing stored. */
bool refs_put(struct refs *refs, uint64_t key, uint32_t slot);

/* refs_clear forgets all. */
void refs_clear(struct refs *refs);

/* refs_find returns the slot of a key, or REFS_NONE. */
uint32_t refs_find(const struct refs *refs, uint64_t key);

/* refs_remove forgets a key; unknown keys are ignored. */
void refs_remove(struct refs *refs, uint64_t key);

#endif
