/* session_fix.h - FIX 4.2 and 4.4, towards strategies and venues: the connection around the machine of fix/session.h.

   Towards strategies: the first message must be a Logon of names that a session has, with its user and password (553 and 554; in 4.2
   RawData will do for the password).  It is checked here, and only what the numbers need of it is written down.
   Everything after goes into the journal as it came.  Who names a session and is refused is told why by a Logout of it, as long
   as nobody is logged in to it: under a number of its own SESSION_FIX_TURNED_AWAY_MAX times since somebody was, then under the
   number of the last of these, as a possible duplicate, while that is kept.  Whoever names none is told nothing.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_SESSION_FIX_H
#define SLUICE_GATE_SESSION_FIX_H

#include "dataplane/fix/session.h"
#include "dataplane/gate/session.h"
#include "dataplane/shm/record.h"

enum { SESSION_FIX_TURNED_AWAY_MAX = 8 };

extern const struct session_kind session_fix;

/* What a session of ours needs to speak: the order session's, the drop copy's (copylink.h). */
struct session_fix_ours {
	const struct fix_session *session;
	struct fix_line *line;
	struct fix_credentials credentials;
};

/* session_fix_pump puts what is owed on the stream; false: it is no longer kept, or the session is over.  *is_all:
   nothing is left. */
bool session_fix_pump(struct gate *gate, struct gate_connection *connection,
	const struct session_fix_ours *ours, bool *is_all);

/* session_fix_fit makes a message that is longer than the journal takes one that it does take, in shorter: without what nobody reads
   (fix_shorten).  A venue would send it again and again, and whoever refuses it never hears what is behind it.  Of what does
   not fit so either, or is not there whole, nothing changes. */
void session_fix_fit(struct session_message *message, uint8_t shorter[MESSAGE_BYTES_MAX]);

/* session_fix_long makes of a message that is longer than is taken the record that takes its number (fold/fix_long.h), and tells of
   it.  false: it is not the peer's, by its CompIDs; nothing is written. */
bool session_fix_long(struct gate *gate, const struct fix_session *session, uint32_t id,
	const struct session_message *message, struct session_record *record);

/* --- session_fix_venue.c: we are the initiator; the Logon and its answer are messages of the day --- */

void session_fix_venue_open(struct gate *gate, struct gate_venue *link);
bool session_fix_venue_take(
	struct gate *gate, struct gate_venue *link, const struct session_message *message);
bool session_fix_venue_put(
	struct gate *gate, struct gate_venue *link, uint8_t *packet, uint32_t size_bytes);
bool session_fix_venue_tick(struct gate *gate, struct gate_venue *link);
void session_fix_venue_end(struct gate *gate, struct gate_venue *link);

#endif
