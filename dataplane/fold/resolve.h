/* resolve.h - what persons say became of an order of which nobody knows, and what the venue says of it later.

   An order of which nobody knows whether the venue has it stays exposure until its session or the drop copy tells.  Where
   neither ever will (the venue's session is over, its numbers began anew) two persons ask the venue and say it: a
   RESOLVE record, applied as the venue's own word would have been, the client told the same way.

      uncertain --cancelled--> done     what was held is given back
                --filled-----> done     a trade under SAID_MATCH, and what was left has ended
                --working----> live     as if it were accepted

   So it is with an order that lived in a session of its venue's which is over, while our day goes on: cancelled or filled, for
   nothing works there any more.

   The venue may be heard later all the same, and its word counts:

      of a filled one       each share that it tells executed takes the place of one that was said: nothing counts twice
      of one that is done   Accepted brings it back as exposure, to its client, and it is cancelled again
      of a working one      Accepted confirms it and is not told again

   What the venue says later is held against it by resolved.h (orders) and said.h (executions).
   What contradicts persons (an order that is back when the venue has told all it has; executed where they said cancelled,
   or more, or at another price; never seen where they said filled or working) is counted, takes out what was
   only said, and leaves the venue to reducing orders by a trip that names the order.  What agrees is silent.

   Owner      the fold.
   Invariant  (1) a share that persons said was executed and that the venue told stands in the position once. */
#ifndef SLUICE_FOLD_RESOLVE_H
#define SLUICE_FOLD_RESOLVE_H

#include "dataplane/fold/said.h"

/* resolve_may tells whether a word can be applied.  0; ENOENT: no such order is open; ESTALE: it is not
   uncertain, nor of a session that is over (day_is_dead), or said to work though it is that; EINVAL: no
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

/* resolve_told applies it to an uncertain order.  Its executions have no number of the venue's: they stand under SAID_MATCH
   until the venue's take their place. */
void resolve_told(struct fold *fold, uint32_t slot, const struct resolve_state *state);

#endif
