/* said.h - executions that nobody but persons has told (resolve.h), until the venue's own word takes their place.

   They stand in position, books and parent under SAID_MATCH, at most one of an order.  Each share that the venue tells executed
   takes the place of one; what the venue can no longer tell was not so, and is taken out.  What contradicts persons is
   counted and leaves the venue to reducing orders, by a trip that names the order.

   Owner      the fold.
   Invariant  resolve (1): a share that was said and that the venue told stands in the position once. */
#ifndef SLUICE_FOLD_SAID_H
#define SLUICE_FOLD_SAID_H

#include "dataplane/fold/state.h"

/* The match number of what persons said was executed: no venue counts so far. */
#define SAID_MATCH ((uint64_t)INT64_MAX)

/* own_order.resolved beside enum resolve_as: persons said it is gone, and the venue that it is not. */
enum { RESOLVED_BACK = 4 };

/* said_find gives what was said of an order and the venue has not told, or NULL. */
struct fill *said_find(const struct fold *fold, uint8_t venue, uint32_t venue_ref);

/* said_take_back takes qty shares of it out of position, books and parent, and tells its client. */
void said_take_back(struct fold *fold, struct fill *said, uint32_t qty);

/* said_denied leaves a venue to reducing orders, because it contradicts persons on an order. */
void said_denied(struct fold *fold, uint32_t venue, uint64_t order_id);

/* said_executed takes out of what persons said as much as the venue now tells executed, of an order in slot or, with
   ORDER_NONE, a finished one; the caller counts the venue's. */
void said_executed(struct fold *fold, uint8_t venue, uint32_t slot, const struct ouch_out *out);

/* said_over: an order that was back has ended, and what is still only said of it was not so.  said_unseen: the venue never saw a
   number from ref on, below end, nor therefore what was said of them. */
void said_over(struct fold *fold, const struct own_order *order);
void said_unseen(struct fold *fold, uint8_t venue, uint32_t ref, uint64_t end);

#endif
