/* copylink.h - our session at a venue's drop copy: it comes back by itself, goes on where it was, and only listens.

      idle --connect--> connecting --login accepted--> hearing
        ^                                                |
        +-- closed, silent for the venue's timeout ------+

   SoupBinTCP, or FIX (copylink_fix.c); what it brings is the fold's (copyin.h), and so is the number it goes on from,
   which is in the journal and outlives the process.  FIX has no word for the end of a day: it is said goodbye to, and
   stays away, as a FIX venue's order session (roll.h).

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

/* copylink_ends tells whether a venue has a copy whose days end with the calendar: one in FIX.  copylink_rest says goodbye
   to it; true: it is not connected any more. */
bool copylink_ends(const struct gate *gate, uint32_t venue);
bool copylink_rest(struct gate *gate, struct gate_copylink *link);

/* --- for copylink_fix.c --- */

/* copylink_change writes down that our session there changed; record has the rest.  copylink_enter: that it is logged in. */
void copylink_change(struct gate *gate, const struct gate_copylink *link,
	enum session_change change, const struct session_record *record);
void copylink_enter(
	struct gate *gate, struct gate_copylink *link, const struct session_record *record);

/* copylink_write writes down a raw message; false: it is too long. */
bool copylink_write(
	struct gate *gate, const struct gate_copylink *link, const struct session_message *message);

/* The same moments of a link in FIX; false: it is to be ended. */
void copylink_fix_opened(struct gate *gate, struct gate_copylink *link);
bool copylink_fix_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message);
bool copylink_fix_tick(struct gate *gate, struct gate_copylink *link);
void copylink_fix_end(struct gate *gate, struct gate_copylink *link);

#endif
