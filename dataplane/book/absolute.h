/* absolute.h - events that say how it is afterwards: a level's whole size, an order's new size and price, nothing left.

   Venues of price levels send the size of a level and no orders; a level set like this has an
   order count of 0, which means that nobody told.  A channel sends levels or orders, never both of one instrument; where
   both meet all the same, a level with orders in it is not overwritten.

   Owner      the book; these are the kinds of event.h that book.c does not know by itself.
   Time       a cleared instrument costs a walk over its levels and, if there are orders in them, over the order
              table until they are found: venues do that once a day or when they fail.
   Errors     as book.h: an unknown order, a price below 1, or a full table changes nothing but a counter
              (a modified order whose new half is refused is gone); a level of such a price, or of one above INT32_MAX, is
              counted in bad_adds and not kept. */
#ifndef SLUICE_BOOK_ABSOLUTE_H
#define SLUICE_BOOK_ABSOLUTE_H

#include "dataplane/book/change.h"

/* absolute_apply applies EVENT_LEVEL, EVENT_MODIFY, EVENT_EXECUTE_TO, EVENT_CLEAR and EVENT_CLEAR_ALL; other kinds do
   nothing.  Returns true if the best price or its size changed on either side of event->locate
   (of any locate, if all is cleared). */
bool absolute_apply(struct book *book, const struct event *event);

#endif
