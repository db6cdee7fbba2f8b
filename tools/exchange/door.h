/* door.h - the venue's SoupBinTCP 3.0 server: who is at which port, and what each has heard.

   A session logs in with a user's name and the number of the message it wants next; from there every
   numbered message follows, old ones first, then new ones as they come.  One user has one session: a
   second login takes the place of the first, whose connection is reset.

   Owner      one thread.  Time: now_ns is monotonic.
   Invariant  a session hears every message from where it began, each once, in order.
   Errors     wrong user or password: rejected with A; another session name: with S; broken packets,
              silence: the connection is closed. */
#ifndef SLUICE_EXCHANGE_DOOR_H
#define SLUICE_EXCHANGE_DOOR_H

#include "drivers/stream/stream.h"
#include "tools/exchange/desk.h"
#include "tools/exchange/inbox.h"

enum { DOOR_CLIENT_MAX = 64, DOOR_SEND_BYTES = 1 << 18 };

struct door_client {
	uint32_t connection; /* CONNECTION_NONE: free */
	uint32_t user;       /* UINT32_MAX: not logged in */
	uint64_t next;       /* number of the next message to send */
	uint64_t opened_ns, sent_ns, received_ns;
	struct inbox inbox;
};

struct door_counts {
	uint64_t connections, logins, login_rejects, timeouts, broken, replaced_sessions;
};

struct door {
	struct stream *stream;
	struct desk *desk;
	char session[11];
	uint64_t heartbeat_ns, timeout_ns;
	bool is_cancel_on_disconnect;
	struct door_counts counts;
	struct door_client clients[DOOR_CLIENT_MAX];
};

void door_init(struct door *door, struct stream *stream, struct desk *desk, const char *session);

/* door_poll takes what sessions have sent.  Returns true if there was anything. */
bool door_poll(struct door *door, uint64_t now_ns);

/* door_pump sends new answers and heartbeats and ends who was silent too long.  Returns true if it
   sent an answer. */
bool door_pump(struct door *door, uint64_t now_ns);

/* door_drop resets a user's session; false: it has none. */
bool door_drop(struct door *door, uint32_t user);

/* door_end tells all that the session is over and closes them in order. */
void door_end(struct door *door);

#endif
