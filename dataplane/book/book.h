/* book.h - full-depth order books of a whole market, built from events.

   One struct holds all symbols: an order table keyed by 64-bit reference, price levels per symbol and
   side, and the exact best bid and offer.  book_prefetch and book_prefetch_levels announce a burst, so that the
   order slots and levels it needs travel from memory together; book_apply then changes them one by one.

   Owner      one feed stage.
   Units      price_e4, shares; a locate indexes 65,536 books.
   Invariant  (1) a level's qty and order_count are the sums over its orders, or what a venue of levels said (absolute.h);
              (2) the best of a side is its first level that is not empty;
              (3) an order that reaches 0 shares is gone.
   Errors     an unknown reference (or one of another locate), a full table, a used reference, a price
              below 1 or a size of 0: nothing changes; a price above INT32_MAX: the order stands at INT32_MAX, so that
              what is said of it later finds it; an overfill removes the order; a
              replacement whose new half is refused still removes the old order, as it did at the venue.
              A counter tells, and the caller decides whether the symbol is still to be trusted. */
#ifndef SLUICE_BOOK_BOOK_H
#define SLUICE_BOOK_BOOK_H

#include "dataplane/wire/event.h"

struct book;
struct order_line;
struct level_side;

struct book_counts {
	uint64_t unknown_orders; /* events for orders that are not in the table */
	uint64_t full;      /* adds dropped: no slot or no level left; see orders.h, levels.h */
	uint64_t overfills; /* reductions above what was left              */
	uint64_t duplicate_orders; /* adds whose reference is in use            */
	uint64_t bad_adds;         /* price outside 1 .. INT32_MAX, or no shares  */
	uint64_t orders;           /* in the table now                            */
	uint64_t levels;           /* in use now                                  */
};

struct book_top {
	int64_t bid_e4, ask_e4;    /* 0: the side is empty */
	uint32_t bid_qty, ask_qty; /* saturated */
};

struct book_level {
	int64_t price_e4;
	uint64_t qty;
	uint32_t order_count;
};

/* book_open takes memory for order_count orders; book_close gives it back. */
struct book *book_open(uint32_t order_count);
void book_close(struct book *book);

/* What one event needs, found out ahead of it; of meaning to the book only. */
struct book_step {
	_Alignas(32) struct order_line *home; /* of its order                         */
	uint64_t name;                        /* of its price's leaf                  */
	uint64_t level;                       /* of its price, if the leaf is at home */
	struct level_side *sides;             /* of its locate                        */
};
_Static_assert(sizeof(struct book_step) == 32, "two in a line");

/* book_prefetch finds out where these events lead, notes it in a step for each and asks for the memory: orders,
   sides, the leaves of adds.  book_prefetch_levels reads the orders that have come and asks for their levels.  Neither
   changes a book.  book_apply_step is book_apply with the step of its event, of which reference, locate, side and price
   are as they were. */
void book_prefetch(
	struct book *book, const struct event *events, struct book_step *steps, uint32_t count);
void book_prefetch_levels(struct book *book, const struct event *events,
	const struct book_step *steps, uint32_t count);
bool book_apply_step(struct book *book, const struct event *event, const struct book_step *step);

/* Three stages do best: a burst is asked for while the levels of the one before are, and the one before that is applied;
   then no stage waits for what it asked for itself.  The three go on event by event, so that requests for memory are
   spread evenly, of which only so many are served at once: asked for a burst at a time gen30m takes 1.09.

   book_look notes the steps of a burst.  Returns true if what it and the burst before it need is to be asked for by book_ask,
   event by event, 0 .. BOOK_BURST - 1; false if that is done: a burst is not full, or the book lies in the cache. */
enum { BOOK_BURST = 16, BOOK_STAGES = 3 };
struct book_burst {
	struct event events[BOOK_BURST];
	struct book_step steps[BOOK_BURST];
	uint32_t count;
};
bool book_look(const struct book *book, struct book_burst *burst, const struct book_burst *before);
void book_ask(const struct book *book, const struct book_burst *burst,
	const struct book_burst *before, uint32_t at);

/* book_apply changes the books by one event; kinds that do not concern a book do nothing.  Returns
   true if the best price or its size changed on either side of event->locate. */
bool book_apply(struct book *book, const struct event *event);

/* book_top_of copies the best of a locate. */
void book_top_of(const struct book *book, uint16_t locate, struct book_top *top);

/* book_depth copies up to max levels of a side, best first; returns how many.  Operator only. */
uint32_t book_depth(const struct book *book, uint16_t locate, enum side side,
	struct book_level *levels, uint32_t max);

/* book_order finds one live order; false: not there. */
bool book_order(const struct book *book, uint64_t reference, enum side *side, int64_t *price_e4,
	uint32_t *qty);

/* book_locate_of tells whose order a reference is, for wires that say only that; false: it is not there. */
bool book_locate_of(const struct book *book, uint64_t reference, uint16_t *locate);

/* book_ahead_of counts the shares and the orders that stand before an order at its price and would be executed
   first.  It walks the queue: for who owns the order, not for every message.  false: the order is not there,
   or this build keeps no queues (book_has_queue; SLUICE_QUEUE in the build's options). */
bool book_has_queue(void);
bool book_ahead_of(
	const struct book *book, uint64_t reference, uint64_t *qty, uint32_t *order_count);

/* book_clear empties all books (a new session of the feed). */
void book_clear(struct book *book);

/* book_counts_of copies the counters. */
void book_counts_of(const struct book *book, struct book_counts *counts);

#endif
