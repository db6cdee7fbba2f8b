/* resolve.h - what persons say became of an uncertain order, and what the venue says of it later.

   An order of which nobody knows whether the venue has it stays exposure until its session or the drop copy tells.  Where
   neither ever will (the venue's session is over, its numbers began anew) two persons ask the venue and say it: a
   RESOLVE record, applied as the venue's own word would have been, the client told the same way.

      uncertain --cancelled--> done     what was held is given back
                --filled-----> done     a trade under RESOLVE_MATCH, and what was left has ended
                --working----> live     as if it were accepted

   The venue may be heard later all the same, and its word counts:

      of a filled one       each share that it tells executed takes the place of one that was said: nothing counts twice
      of one that is done   Accepted brings it back as exposure, to its client, and it is cancelled again
      of a working one      Accepted confirms it and is not told again

   What contradicts persons (an order that is back when the venue has told all it has; executed where they said cancelled,
   or more, or at another price; never seen where they said filled or working) is counted, takes out what was
   only said, and leaves the venue to reducing orders by a trip that names the order.  What agrees is silent.

   Owner      the fold.
   Invariant  (1) a share that persons said was executed and that the venue told stands in the position once. */
#ifndef SLUICE_FOLD_RESOLVE_H
#define SLUICE_FOLD_RESOLVE_H

#include "dataplane/fold/state.h"

/* The match number of what persons said was executed: no venue counts so far. */
#define RESOLVE_MATCH ((uint64_t)INT64_MAX)

/* own_order.resolved beside enum resolve_as: persons said it is gone, and the venue that it is not. */
enum { RESOLVED_BACK = 4 };

/* resolve_may tells whether a word can be applied.  0; ENOENT: no such order is open; ESTALE: it is not uncertain; EINVAL: no
   such word, or more shares than are open, or no price. */
int32_t resolve_may(const struct fold *fold, const struct resolve_record *word);

/* resolve_apply takes a RESOLVE record; what resolve_may does not allow changes nothing. */
void resolve_apply(struct fold *fold, const struct resolve_record *word);

/* What a venue answered that was asked for an order's state. */
struct resolve_state {
	uint64_t price_e4, order_reference;
	uint32_t qty;    /* executed, and not told before; at price_e4 */
	bool is_over;    /* nothing of it is there any more */
	bool is_refused; /* nor ever was */
};

/* resolve_told applies it to an uncertain order.  Its executions have no number of the venue's: they stand under RESOLVE_MATCH
   until the venue's take their place. */
void resolve_told(struct fold *fold, uint32_t slot, const struct resolve_state *state);

/* resolve_heard holds a word of the venue against an open order of which persons said that it works; true: it confirms that,
   and nothing is left to do. */
bool resolve_heard(struct fold *fold, uint32_t slot, const struct ouch_out *out);

/* resolve_executed takes out of what persons said as much as the venue now tells executed, of an order in slot or, with
   ORDER_NONE, a finished one; the caller counts the venue's. */
void resolve_executed(struct fold *fold, uint8_t venue, uint32_t slot, const struct ouch_out *out);

/* resolve_back gives an adopted order that persons had ended back to its client, to be cancelled. */
void resolve_back(struct fold *fold, uint32_t slot);

/* resolve_over ends an order that was back: what is still only said of it was not so. */
void resolve_over(struct fold *fold, const struct own_order *order);

/* resolve_ready: a venue has told all it has.  resolve_unseen: it never saw an order that was said to work;
   resolve_unseen_fills: nor any number from ref on, and what was said of them was not so. */
void resolve_ready(struct fold *fold, uint32_t venue);
void resolve_unseen(struct fold *fold, uint32_t slot);
void resolve_unseen_fills(struct fold *fold, uint8_t venue, uint32_t ref);

#endif
