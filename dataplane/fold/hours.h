/* hours.h - the hours of a venue that has a calendar of its own.

   A venue without one is there as long as the gate's day (day.h).  One with a calendar has days of its own, whatever the
   gate's does: when its hours end no order goes to it any more (VENUE_DOWN), and what works there is cancelled; when that is
   done, or had its time, it is closed.  What then still lives there has ended if its session is over: FIX has no word
   for that, so its session is over when it is closed; venues over SoupBinTCP say so themselves.

      open --VENUE_ENDS--> ending --VENUE_CLOSES--> closed --VENUE_BEGINS--> open
      anything else: ignored

   Owner      the fold: only SESSION records come here.
   Invariant  (1) no order is handed to a venue whose hours are not open but one decided before they ended;
              (2) no order is ended that may still trade: day (1) holds here too. */
#ifndef SLUICE_FOLD_HOURS_H
#define SLUICE_FOLD_HOURS_H

#include "dataplane/fold/state.h"

/* hours_changed takes a SESSION record of a venue; other changes than these are ignored. */
void hours_changed(struct fold *fold, uint32_t venue, const struct session_record *record);

/* hours_are_over tells whether what works at a venue is cancelled, because its hours are not open. */
static inline bool hours_are_over(const struct fold *fold, uint32_t venue)
{
	return fold->venues[venue].hours != HOURS_OPEN;
}

#endif
