/* hours.h - the gate's side of a venue's own calendar (fold/hours.h).

   As with the gate's days (roll.h) edges are compared, never waited for: a gate that was down over an end and a beginning
   takes both, a clock stepped back over an edge brings nothing twice, and a journal that begins outside of a venue's hours
   begins with these closed.

   When the hours of a venue end and nothing works there any more, or close_after later, it is closed: in FIX we log out of
   its order session and its drop copy, what lived there has ended, and numbers that begin anew daily do.  Until its
   hours begin nobody logs in there.  A session over SoupBinTCP is the venue's to end; once it is gone and nothing of ours is open there
   it is left alone until the hours begin.

   Owner      the gate stage.
   Time       wall_ns is the wall's, of the caller. */
#ifndef SLUICE_GATE_HOURS_H
#define SLUICE_GATE_HOURS_H

#include "dataplane/gate/state.h"

/* hours_has tells whether a venue has a calendar of its own. */
static inline bool hours_has(const struct gate *gate, uint32_t venue)
{
	return gate->site->venues[venue].calendar.weekdays != 0;
}

/* hours_tick writes down what is due for a venue that has one. */
void hours_tick(struct gate *gate, uint32_t venue, uint64_t wall_ns);

#endif
