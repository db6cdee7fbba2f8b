/* walk.h - the walk of a sweep: open orders from the oldest, a part in each turn.

   It cancels those that a killed scope covers, those of a client that is gone or silent (fold_client.cancel_up_to), those that a
   mass cancel asks for (mass.h), those whose cancel was lost, and those of a day or hours that are over, which it ends where they
   have died with their venue's session (day.h).

   Owner      the fold.
   Invariant  those of sweep.h. */
#ifndef SLUICE_FOLD_WALK_H
#define SLUICE_FOLD_WALK_H

#include "dataplane/fold/state.h"

/* walk_refused hears that a venue would not cancel an order.  One that the gate itself wants gone is asked for again by another
   walk, SWEEP_AGAIN_NS later and then at twice the distance each time, until somebody stops something anew: what the venue said may
   have been of a replace under way, or of an auction. */
void walk_refused(struct fold *fold, const struct own_order *order);

/* walk_on goes on with the walk that is under way, if one is; called once a turn. */
void walk_on(struct fold *fold);

#endif
