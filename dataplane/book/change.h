/* change.h - what a book is made of, and one order put in or taken out with every case looked at.

   book.c has a fast way for what is frequent and whole: an order at home, a page at hand, room in the level.
   All else goes this way, from the start.

   Owner      the book. */
#ifndef SLUICE_BOOK_CHANGE_H
#define SLUICE_BOOK_CHANGE_H

#include "dataplane/book/book.h"
#include "dataplane/book/levels.h"
#include "dataplane/book/orders.h"

struct book {
	struct orders orders;
	struct levels levels;
	struct book_counts counts;
};

/* change_add puts a new order in.  Returns true if its side's best changed; false with counters if it was
   not taken. */
bool change_add(
	struct book *book, uint32_t side, uint64_t reference, int64_t price_e4, uint32_t qty);

/* change_find gives a live order of a locate and its side, and counts if there is none. */
struct order change_find(struct book *book, uint64_t reference, uint16_t locate, uint32_t *side);

/* change_take removes qty shares of an order, up to all it has.  Returns true if its side's best changed. */
bool change_take(struct book *book, struct order order, uint32_t side, uint32_t qty);

/* change_clear empties all books. */
void change_clear(struct book *book);

#endif
