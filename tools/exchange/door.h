/* door.h - the venue's SoupBinTCP 3.0 server: who is at which port, and what each has heard.

   A session logs in with a user's name and the number of the message it wants next; from there every
   numbered message follows, old ones first, then new ones as they come.  One user has one session: a
   second login takes the place of the first, whose connection is reset, or is refused where the venue
   says so.

   On purpose a session may come to harm: be cut at any byte, either way, be told a wrong number, hear no
   heartbeat, be refused, be flooded; the door may be deaf for a while.  Each is spent by what it does.

   Owner      one thread.  Time: now_ns is monotonic.
   Invariant  a session hears every message from where it began, each once, in order, unless it was told a
              wrong number on purpose.
   Errors     wrong user or password: rejected with A; another session name: with S; broken packets,
              silence: the connection is closed. */
#ifndef SLUICE_EXCHANGE_DOOR_H
#define SLUICE_EXCHANGE_DOOR_H

#include "drivers/stream/stream.h"
#include "tools/exchange/desk.h"
#include "tools/exchange/inbox.h"

enum { DOOR_CLIENT_MAX = 64, DOOR_SEND_BYTES = 1 << 18 };

/* What a user's session is to suffer. */
struct door_harm {
	bool is_cut_sent, is_cut_heard, is_mute;
	bool is_kept; /* what it would be told waits, heartbeats go on; of FIX, where they are numbered, all waits */
	uint64_t cut_sent,
		cut_heard;  /* so many bytes more pass, heartbeats apart, then the session ends */
	int64_t shift;      /* the next login is told a number so much ahead or behind */
	char refusal;       /* reason of the next logins' rejection */
	uint32_t refuse;    /* so many of them */
	uint32_t flood;     /* packets of flood_type that are still to be sent */
	uint8_t flood_type; /* SOUP_DEBUG or SOUP_SERVER_HEARTBEAT */
};

struct door_client {
	uint32_t connection; /* CONNECTION_NONE: free */
	uint32_t user;       /* UINT32_MAX: not logged in */
	uint64_t next;       /* number of the next message to send */
	uint64_t opened_ns, sent_ns, received_ns;
	struct inbox inbox;
};

struct door_counts {
	uint64_t connections, logins, login_rejects, timeouts, broken, replaced_sessions;
	uint64_t heartbeats;   /* of participants */
	uint64_t cut, flooded; /* because a script wants it */
};

struct door {
	struct stream *stream;
	struct desk *desk;
	char session[11];
	uint64_t heartbeat_ns, timeout_ns;
	bool is_cancel_on_disconnect;
	bool is_second_refused; /* else a second login takes the place of the first */
	uint64_t deaf_until_ns; /* nobody is heard before */
	struct door_counts counts;
	struct door_harm harms[DESK_USER_MAX];
	struct door_client clients[DOOR_CLIENT_MAX];
};

void door_init(struct door *door, struct stream *stream, struct desk *desk, const char *session);

/* door_turn takes what sessions have sent.  Returns true if there was anything. */
bool door_turn(struct door *door, uint64_t now_ns);

/* door_pump sends new answers and heartbeats and ends who was silent too long.  Returns true if it
   sent an answer. */
bool door_pump(struct door *door, uint64_t now_ns);

/* door_drop resets a user's session; false: it has none. */
bool door_drop(struct door *door, uint32_t user);

/* door_is_in tells whether a user has a session. */
bool door_is_in(const struct door *door, uint32_t user);

/* door_debug sends a debug packet with a text; false: the user has no session. */
bool door_debug(struct door *door, uint32_t user, const char *text);

/* door_session tells all that their session is over, and begins another under a name: every user's messages
   count from 1 again, orders stay. */
void door_session(struct door *door, const char *name);

/* door_calm takes back all harm that is still to come. */
void door_calm(struct door *door);

/* door_end tells all that the session is over and closes them in order. */
void door_end(struct door *door);

#endif
