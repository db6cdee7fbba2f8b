/* copylink.h - our session at one venue's drop copy: connected, entered, heard, lost; copylinks.h has them all.

   Each of these steps is an input.  What it says in FIX is copylink_fix.c's.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_COPYLINK_H
#define SLUICE_GATE_COPYLINK_H

#include "dataplane/gate/state.h"

/* copylink_change writes down that our session there changed; record has the rest.  copylink_enter: that it is logged in. */
void copylink_change(struct gate *gate, const struct gate_copylink *link,
	enum session_change change, const struct session_record *record);
void copylink_enter(
	struct gate *gate, struct gate_copylink *link, const struct session_record *record);

/* copylink_refused counts a login that it refused, as venue_refused does (venue.h). */
void copylink_refused(struct gate *gate, struct gate_copylink *link);

/* copylink_write writes down a raw message; false: it is too long. */
bool copylink_write(
	struct gate *gate, const struct gate_copylink *link, const struct session_message *message);

/* copylink_connect asks the stream for a connection; without one it is tried again after the link's backoff. */
void copylink_connect(struct gate *gate, struct gate_copylink *link);

/* copylink_closed takes it that the connection is gone, and copylink_drop resets it: who was logged in is down, and the next
   attempt has its time. */
void copylink_closed(struct gate *gate, struct gate_copylink *link);
void copylink_drop(struct gate *gate, struct gate_copylink *link);

/* --- copylink_fix.c: the moments of a link in FIX; false: it is to be ended --- */

void copylink_fix_opened(struct gate *gate, struct gate_copylink *link);
bool copylink_fix_take(struct gate *gate, struct gate_connection *connection,
	const struct session_message *message);
bool copylink_fix_tick(struct gate *gate, struct gate_copylink *link);
void copylink_fix_end(struct gate *gate, struct gate_copylink *link);

#endif
