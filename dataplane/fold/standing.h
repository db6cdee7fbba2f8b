/* standing.h - what stands of an order's executions, after busts and corrections.

   A venue counts a broken execution against the order's size all the same: nothing is open again for it (OUCH 5.0, section 6),
   and executed_qty keeps it.  FIX counts otherwise: CumQty and AvgPx are of the executions that stand, and OrderQty is that and
   LeavesQty.  So what stands is kept beside what was executed, for the order that the chain of replaces has come to, and for
   one that is over with whose it was (fills.h).

   Whether a venue of FIX moves its CumQty with what it breaks and corrects nobody knows, so least_qty is the least that it may
   count: of each execution what it was told with first, or what it is now, whichever is less; of one that broke nothing.

   A total that is on its way meanwhile was counted from more than the venue may count when it reads it, and opens as much more:
   from the bust or correction on that is held for, until the venue says what it opened.

   Each execution knows what its chain began with, and by that the chain is found, however long it is and whatever of it is
   forgotten: an open one always.

   Owner      the fold.  It is told; and where FIX is spoken, it is what the total of a replace is counted from.
   Errors     a chain that is over and forgotten (fills.h) has nothing that stands: what was told of it told all that is known.
              What was never added is not taken away: nothing falls below 0. */
#ifndef SLUICE_FOLD_STANDING_H
#define SLUICE_FOLD_STANDING_H

#include "dataplane/fold/state.h"

/* standing_change changes what stands of the chain that an execution is of: as it was, and as it is now.  NULL: it was not there,
   or is broken; not both. */
void standing_change(struct fold *fold, const struct fill *was, const struct fill *is);

/* standing_crossed notes that a change may have crossed a replace on its way: what replaces may come to as much more as falls away.
   It gives the order whose replacement that is, for the caller to hold for it (life_cover), or NULL. */
const struct own_order *standing_crossed(
	struct fold *fold, const struct fill *was, const struct fill *is);

/* standing_order gives the order that the chain has come to, or makes in `past` what is known of one that is over; of one that is
   forgotten its size is 0. */
const struct own_order *standing_order(
	const struct fold *fold, const struct fill *execution, struct own_order *past);

#endif
