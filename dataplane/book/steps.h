/* steps.h - where events lead: the line of an order, the leaf and the level of a price, the sides of a locate.

   All of it is arithmetic on an event, the same for every kind, because which kind comes next cannot be foreseen; what
   has no order or no price leads to some line of the table, and nobody takes it from there.  It is done a burst at a
   time, eight events at once where the machine can.

   Owner      the book.
   Invariant  (1) whatever an event says, its step lies in the tables;
              (2) the name of a price that is no level's is no leaf's, or book.c looks at the price itself. */
#ifndef SLUICE_BOOK_STEPS_H
#define SLUICE_BOOK_STEPS_H

#include "dataplane/book/change.h"

enum { STEPS_AT_ONCE = 8 };

static inline uint32_t event_side(const struct event *e)
{
	return e->locate * 2u | (e->side & 1);
}

/* place_of gives the place of any price; one whose low half is 0, like none, has a name that no leaf has. */
static inline struct level_place place_of(uint32_t side, int64_t price_e4)
{
	struct level_place place = levels_place(side, (uint32_t)price_e4);
	place.name |= 0ull - ((uint32_t)price_e4 == 0);
	return place;
}

/* step_make notes where one event leads. */
static inline struct book_step step_make(const struct book *book, const struct event *e)
{
	struct level_place place = place_of(event_side(e), e->price_e4);
	return (struct book_step){orders_home(&book->orders, e->order), place.name,
		levels_at_home(&book->levels, &place), &book->levels.sides[e->locate * 2u]};
}

/* steps_make notes where count events lead, with the best kernel that this machine has.  Every kernel gives the
   same (tests/agree); NULL for one above what the machine has or was forced to. */
typedef void steps_kernel(
	const struct book *, const struct event *, struct book_step *, uint32_t count);
steps_kernel steps_make;
steps_kernel *steps_kernel_of(int isa);

steps_kernel steps_make_scalar, steps_make_avx512;

#endif
