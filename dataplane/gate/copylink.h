/* copylink.h - our session at a venue's drop copy: it comes back by itself, goes on where it was, and only listens.

      idle --connect--> connecting --login accepted--> hearing
        ^                                                |
        +-- closed, silent for the venue's timeout ------+

   SoupBinTCP; what it brings is the fold's (copyin.h), and so is the number it goes on from, which is in the journal and
   outlives the process.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_COPYLINK_H
#define SLUICE_GATE_COPYLINK_H

#include "dataplane/gate/gate.h"

/* copylink_open prepares the links of a site; copylink_stop ends them in order. */
void copylink_open(struct gate *gate);
void copylink_stop(struct gate *gate);

/* copylink_event takes a stream's event if it is one of theirs. */
bool copylink_event(struct gate *gate, const struct stream_event *event);

/* copylink_tick connects, sends heartbeats, gives up on silence, and gives the fold a turn for what became a break. */
void copylink_tick(struct gate *gate);

#endif
