/* ladder.h - one side of a book: price levels, the best of them last, where they come and go.

   A level has two queues of orders, those that are displayed and those that are hidden; who stands in them
   is the market's (match.c).

   Owner      one thread.  A tool's table: it grows by itself and stops the process without memory. */
#ifndef SLUICE_EXCHANGE_LADDER_H
#define SLUICE_EXCHANGE_LADDER_H

#include "config/types.h"

#define NODE_NONE UINT32_MAX

enum { DISPLAYED = 0, HIDDEN = 1 };

struct queue {
	uint32_t head, tail; /* NODE_NONE: nobody */
};

struct level {
	int64_t price_e4;
	struct queue queues[2]; /* displayed, hidden */
};

struct ladder {
	struct level *levels;
	uint32_t count, capacity;
};

/* ladder_better tells whether price a stands before price b on a side. */
static inline bool ladder_better(uint8_t side, int64_t a, int64_t b)
{
	return side == SIDE_BUY ? a > b : a < b;
}

/* ladder_at finds the level of a price, or where it belongs. */
uint32_t ladder_at(const struct ladder *ladder, uint8_t side, int64_t price_e4);

/* ladder_level finds the level of a price, and makes it if it is not there; valid until the next. */
struct level *ladder_level(struct ladder *ladder, uint8_t side, int64_t price_e4);

/* ladder_remove takes the level at a place away; nobody stands in it. */
void ladder_remove(struct ladder *ladder, uint32_t at);

#endif
