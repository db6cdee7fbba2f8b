/* sweep.h - cancelling what a kill covers, so many a turn.

   A sweep walks the open orders once, oldest first, and cancels those that a killed scope covers and
   those whose cancel was lost.  New orders cannot enter a killed scope, so one walk is enough; a venue
   that comes back starts another.

   Owner      the fold.
   Invariant  (1) at most site.cancels_per_turn cancels and 64 times as many looks a turn;
              (2) with the venue away nothing is cancelled and the sweep waits. */
#ifndef SLUICE_GATE_SWEEP_H
#define SLUICE_GATE_SWEEP_H

#include "dataplane/gate/fold.h"

/* sweep_start begins a walk from the oldest open order. */
void sweep_start(struct fold *fold);

/* sweep_run goes on with the walk; called once a turn. */
void sweep_run(struct fold *fold);

/* sweep_result opens a result for a latched stop; it counts from the walk that follows. */
void sweep_result(struct fold *fold, const struct stop_record *stop, uint64_t latch);

#endif
