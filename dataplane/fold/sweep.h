/* sweep.h - what is to be cancelled, so many a turn, and what became of each stop.

   A sweep walks the open orders from the oldest (walk.h).  Whatever asks for one while another is under way gets a whole walk
   after it: a walk is never begun again from the middle, so no flood of stops keeps it from its end.

   Each stop has a result slot, in a ring; a kill counts the open orders it covers, each of them until it
   is finished at the venue.  Several kills may count one order.  The results stand in the fold; the page
   gets copies, so another process's page is as good as the first one's.

   Owner      the fold.
   Invariant  (1) at most site.cancels_per_turn cancels and 64 times as many looks a turn;
              (2) with the venue away orders are counted and none is cancelled: its return starts another
                  sweep;
              (3) a kill is done when a whole walk came after it and every order it counted is finished;
              (4) of an order that our journal lost and a venue tells of only the account is known: whatever session or
                  strategy may trade for that may have sent it, and a kill of any of them covers it. */
#ifndef SLUICE_FOLD_SWEEP_H
#define SLUICE_FOLD_SWEEP_H

#include "dataplane/fold/state.h"

/* Orders that a walk looks at in a turn, for each cancel that it may send. */
enum { SWEEP_LOOKS = 64 };

/* How long after a venue refused a cancel that is the gate's own wish it is asked for again. */
#define SWEEP_AGAIN_NS UINT64_C(1000000000)
enum { SWEEP_AGAIN_DOUBLINGS = 5 };

/* sweep_start asks for a whole walk: now, or after the one under way. */
void sweep_start(struct fold *fold);

/* sweep_result opens a result for a stop; a kill's counts from the walk that follows. */
void sweep_result(struct fold *fold, const struct stop_record *stop, uint64_t latch);

/* Whether a kill in force covers an order. */
bool sweep_is_killed(const struct fold *fold, const struct own_order *order);

/* sweep_count has every kill that covers an order count it, sweep_count_sent the cancel that it got; each but once.
   sweep_walked tells the stops that a walk has ended. */
void sweep_count(struct fold *fold, struct own_order *order);
void sweep_count_sent(struct fold *fold, struct own_order *order);
void sweep_walked(struct fold *fold);

/* sweep_released ends the counting of a scope's kills: what is decided from now on is not theirs. */
void sweep_released(struct fold *fold, const struct release_record *release);

/* sweep_finished tells the stops that count an order that it is finished. */
void sweep_finished(struct fold *fold, struct own_order *order);

/* sweep_tell_all copies every result to the page: it is another process's. */
void sweep_tell_all(struct fold *fold);

#endif
