/* session_soup.h - SoupBinTCP 3.0 on both sides.

   Towards a client: a login with a user's name and password, sequenced messages from any number it asks
   for, heartbeats.  Towards a venue: after the login it replays what we missed; then, where the protocol has
   one, an account query asks which of our numbers it has seen, so that every order of a lost connection is
   known to be there or known never to have arrived.  An answer that an earlier connection kept back comes
   first and says nothing of what followed: then the venue is asked again.  A login refused because the
   session is over is repeated for the current one, from its beginning; orders of the session before stay
   exposure.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_SESSION_SOUP_H
#define SLUICE_GATE_SESSION_SOUP_H

#include "dataplane/gate/session.h"

extern const struct session_kind session_soup;

struct session_record;

/* --- for us at venues, the order session's and the drop copy's (copylink.h) --- */

/* session_soup_send sends a packet; false: there is no room for it. */
bool session_soup_send(struct gate *gate, struct gate_connection *connection, const uint8_t *packet,
	uint32_t size_bytes);

/* session_soup_logout asks the venue to end the connection. */
void session_soup_logout(struct gate *gate, struct gate_connection *connection);

/* session_soup_login asks a venue for a session of ten characters, blanks behind its name, from what we have of it
   on; NULL: for its current one, from the beginning. */
void session_soup_login(struct gate *gate, struct gate_connection *connection,
	const char username[7], const char password[11], const char *soup_session,
	uint64_t last_sequence);

/* session_soup_note_refusal notes why a Login Rejected says no (leaving.h). */
void session_soup_note_refusal(struct gate *gate, const struct session_message *message);

/* session_soup_accepted reads into record which session a venue's Login Accepted names, and the number it goes on from; is_new:
   it is another than soup_session.  false: it cannot be read, or is the same session from another number, or another not from its
   first: messages are missing or were taken back, and nothing good can be concluded. */
bool session_soup_accepted(const struct session_message *message, const char soup_session[10],
	uint64_t last_sequence, struct session_record *record, bool *is_new);

/* session_soup_other decides what follows such an answer: of another session its beginning is asked for once (*is_session_any);
   true: nothing good, and the reason is noted. */
bool session_soup_other(struct gate *gate, bool is_new, bool *is_session_any,
	uint64_t last_sequence, uint64_t received);

#endif
