/* standing.h - what stands of an order's executions, after busts and corrections.

   A venue counts a broken execution against the order's size all the same: nothing is open again for it (OUCH 5.0, section 6),
   and executed_qty keeps it.  FIX counts otherwise: CumQty and AvgPx are of the executions that stand, and OrderQty is that and
   LeavesQty.  So what stands is kept beside what was executed, for the order that the chain of replaces has come to, and for
   one that is over with whose it was (fills.h).

   Owner      the fold.  It is told; and where FIX is spoken, it is what the total of a replace is counted from.
   Errors     an order that is forgotten (fills.h) and began no open chain has nothing that stands: what was told of it told all
              that is known. */
#ifndef SLUICE_FOLD_STANDING_H
#define SLUICE_FOLD_STANDING_H

#include "dataplane/fold/state.h"

/* standing_change adds to what stands of the chain that an execution is of, or takes away. */
void standing_change(
	struct fold *fold, const struct fill *execution, int64_t qty, int64_t value_e4);

/* standing_order gives the order that the chain has come to, or makes in `past` what is known of one that is over. */
const struct own_order *standing_order(
	const struct fold *fold, const struct fill *execution, struct own_order *past);

#endif
