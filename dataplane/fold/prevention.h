/* prevention.h - what becomes of what rests when an order is refused SELF_TRADE.

   The newer order is refused in every mode: the gate holds no order back until a cancel is answered, sends none that
   an unanswered cancel may still let meet its own, and makes none smaller than it was asked for.  What a group's mode
   says (accounts.yaml, self_trade_mode) is what happens to the orders that it would have met:

     cancel_newest   nothing: they stay
     cancel_oldest   they are cancelled; sent again when they are gone, the newer order passes
     cancel_both     so too, and where a replace was refused, the order that it would have replaced as well
     decrement       the keenest, the first that it would have met, gives up as many shares as the newer order would
                     have had open; what has no more than that is cancelled.  A venue that has no word for a smaller
                     size leaves it as it is.

   Only an order that is refused for nothing else moves anything, so nobody takes away the orders of a group by
   orders that could not have traded; and each takes a cancel token of its session, without which all stays.  Whole
   cancels go by the sweep (sweep.h), so many a turn and again after a connection was lost; one decision marks no more
   orders than a walk of the sweep looks at in a turn, and the next marks the others.

   Owner      the fold.
   Invariant  (1) only orders that the refused one would have met, of its own group, are touched, and the original
                  of a refused replace. */
#ifndef SLUICE_FOLD_PREVENTION_H
#define SLUICE_FOLD_PREVENTION_H

#include "dataplane/fold/decision.h"

/* prevention_act does what the group's mode says after a refusal; d->met is the keenest that it would have met. */
void prevention_act(struct fold *fold, const struct decision *d);

#endif
