/* glimpse.h - GLIMPSE 5.0: the state of the market now, for who comes late, over SoupBinTCP 3.00.

   A login makes a snapshot: every state as last published (board.h), every displayed order as Add in
   the order in which they came to their places, then the end marker `G` with the number of the
   message with which the live feed goes on.  It is made whole in the moment of the login, so it is
   exactly the market after message G - 1; then it is sent as fast as the client takes it.  The session's
   name is that of the feed.

   Owner      one thread.  Time: now_ns is monotonic.
   Errors     wrong user or password: rejected with A; another session, or a start other than the first
              message: with S; broken packets, silence, a client that takes nothing for timeout_ns, one
              too many: the connection is closed.  All are counted. */
#ifndef SLUICE_EXCHANGE_GLIMPSE_H
#define SLUICE_EXCHANGE_GLIMPSE_H

#include "drivers/stream/stream.h"
#include "tools/exchange/inbox.h"
#include "tools/exchange/match.h"
#include "tools/exchange/options.h"
#include "tools/exchange/sequence.h"
#include "tools/exchange/tape.h"

enum {
	GLIMPSE_CLIENT_MAX = 16,
	GLIMPSE_SEND_BYTES = 1 << 20,
	GLIMPSE_PER_TURN = 4096, /* messages to a client a turn */
	GLIMPSE_END_BYTES = 21,  /* `G` and 20 digits */
};

struct glimpse_client {
	uint32_t connection; /* CONNECTION_NONE: free */
	bool is_logged_in;
	uint64_t next;        /* number of the next message to send */
	uint64_t received_ns; /* or opened */
	uint64_t sent_ns;     /* anything */
	uint64_t taken_ns;    /* when it last took something, or had nothing to take */
	uint32_t unsent_bytes;
	struct sequence spin;
	struct inbox inbox;
};

struct glimpse_counts {
	uint64_t connections, logins, login_rejects, full, broken, timeouts, slow;
	uint64_t snapshots; /* sent whole */
	uint64_t messages;
	uint64_t refused, cut; /* because a test wants it */
};

struct glimpse {
	struct stream *stream;
	const struct tape *tape;
	const struct match *match;
	const struct options_user *users;
	uint32_t user_count;
	uint64_t heartbeat_ns, timeout_ns;
	/* what a test may want */
	uint64_t refuse;    /* so many logins are rejected; UINT64_MAX: all          */
	uint64_t cut_after; /* each snapshot is cut off behind so many messages; 0: none */
	struct glimpse_counts counts;
	struct glimpse_client clients[GLIMPSE_CLIENT_MAX];
};

void glimpse_init(struct glimpse *g, const struct tape *tape, const struct match *match,
	const struct options_user *users, uint32_t user_count);
void glimpse_free(struct glimpse *g);

/* glimpse_spin appends the market as it is now, without the end marker. */
void glimpse_spin(const struct tape *tape, const struct match *match, struct sequence *spin);

/* glimpse_turn takes what clients sent and sends what they take.  Returns true if it did anything. */
bool glimpse_turn(struct glimpse *g, uint64_t now_ns);

/* glimpse_end closes all in order, with the end of the session. */
void glimpse_end(struct glimpse *g);

#endif
