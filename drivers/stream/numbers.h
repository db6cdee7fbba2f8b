/* numbers.h - a table from connection numbers to what a wrapping driver keeps of them.

   Open addressing with linear probing over at least twice as many places as there are entries; a number that
   leaves closes its hole, so a search ends at the first free place.

   Owner      the driver that polls.
   Invariant  (1) never more than half full: the caller bounds its connections;
              (2) between a number's own place and where it stands no place is free. */
#ifndef SLUICE_DRIVERS_STREAM_NUMBERS_H
#define SLUICE_DRIVERS_STREAM_NUMBERS_H

#include "config/base.h"

struct number {
	uint32_t key, value; /* key 0: free */
};

struct numbers {
	struct number *rows;
	uint32_t mask, count;
};

/* numbers_row_count gives how many rows a table for `entries` needs: a power of two. */
static inline uint32_t numbers_row_count(uint32_t entries)
{
	uint32_t rows = 4;
	while (rows < entries * 2)
		rows *= 2;
	return rows;
}

static inline void numbers_init(struct numbers *t, struct number *rows, uint32_t row_count)
{
	*t = (struct numbers){.rows = rows, .mask = row_count - 1};
}

/* numbers_find gives a key's row; NULL: it is not there. */
static inline struct number *numbers_find(const struct numbers *t, uint32_t key)
{
	uint32_t at = key & t->mask;
	while (t->rows[at].key != 0) {
		if (t->rows[at].key == key)
			return &t->rows[at];
		at = (at + 1) & t->mask;
	}
	return NULL;
}

/* numbers_add keeps a value for a key that is not there.  false: half of the rows are used. */
static inline bool numbers_add(struct numbers *t, uint32_t key, uint32_t value)
{
	uint32_t at = key & t->mask;
	if (t->count > t->mask / 2)
		return false;
	while (t->rows[at].key != 0)
		at = (at + 1) & t->mask;
	t->rows[at] = (struct number){key, value};
	t->count++;
	return true;
}

/* numbers_remove forgets a row and moves up what its place had pushed away. */
static inline void numbers_remove(struct numbers *t, struct number *row)
{
	uint32_t hole = (uint32_t)(row - t->rows), at = hole;
	for (;;) {
		at = (at + 1) & t->mask;
		uint32_t own = t->rows[at].key & t->mask;
		if (t->rows[at].key == 0)
			break;
		if (((at - own) & t->mask) >= ((at - hole) & t->mask)) {
			t->rows[hole] = t->rows[at];
			hole = at;
		}
	}
	t->rows[hole].key = 0;
	t->count--;
}

#endif
