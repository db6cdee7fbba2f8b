/* copylinks.h - our session at a venue's drop copy: it comes back by itself, goes on where it was, and only listens.

      idle --connect--> connecting --login accepted--> hearing
        ^                                                |
        +-- closed, silent for the venue's timeout ------+

   SoupBinTCP, or FIX (copylink_fix.c); what it brings is the fold's (copyin.h), and so is the number it goes on from,
   which is in the journal and outlives the process.  FIX has no word for the end of a day: it is said goodbye to, and
   stays away, as a FIX venue's order session (roll.h).

   Owner      the gate stage. */
#ifndef SLUICE_GATE_COPYLINKS_H
#define SLUICE_GATE_COPYLINKS_H

#include "dataplane/gate/state.h"

/* copylinks_open prepares the links of a site; copylinks_stop ends them in order. */
void copylinks_open(struct gate *gate);
void copylinks_stop(struct gate *gate);

/* copylinks_event takes a stream's event if it is one of theirs. */
bool copylinks_event(struct gate *gate, const struct stream_event *event);

/* copylinks_tick connects, sends heartbeats, gives up on silence, and gives the fold a turn for what became a break. */
void copylinks_tick(struct gate *gate);

/* copylinks_ends tells whether a venue has a copy whose days end with the calendar: one in FIX.  copylinks_rest says goodbye
   to it; true: it is not connected any more. */
bool copylinks_ends(const struct gate *gate, uint32_t venue);
bool copylinks_rest(struct gate *gate, struct gate_copylink *link);

#endif
