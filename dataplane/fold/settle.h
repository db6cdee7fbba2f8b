/* settle.h - an order that passed takes its place.

   Owner      the fold.
   Invariant  fold (4): nothing else is applied before. */
#ifndef SLUICE_FOLD_SETTLE_H
#define SLUICE_FOLD_SETTLE_H

#include "dataplane/fold/state.h"

/* settle_passed does what fold_settle does where there is one. */
void settle_passed(struct fold *fold);

/* fold_settle has the order that passed last stand wherever it counts, if it does not yet: in risk, in both tables of
   orders, among its account's and its parent's, and on the drop copies.  Its receipt does not depend on that, so the gate
   hands the order over first, a fifth sooner: the record that says so settles it, and whatever else is applied does. */
static inline void fold_settle(struct fold *fold)
{
	if (UNLIKELY(fold->is_unsettled))
		settle_passed(fold);
}

#endif
