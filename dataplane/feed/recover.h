/* recover.h - gets back what both lines lost: asks, fetches, and says when there is nobody left to ask.

   First the request servers of the channel's list, one request under way at a time, as many as the site
   allows in a second, as datagrams or, where the protocol has a proxy, over a connection; then a snapshot.  What an answer or a snapshot means for books is not known here:
   mend.h takes it.  What was lost is told by numbers, and so is what came.

        IDLE --recover_begin--> ASKING --recover_ask false--> SPINNING --recover_spin: failed--> GIVEN_UP
         ^        | no servers, or too much to ask for           ^  |                               |
         |        '----------------------------------------------'  | recover_spin: done            |
         |                       ASKING <-- recover_spliced --------'        recover_again: after --'
         '----------------- recover_end: nothing is missing any more           again_ns, SPINNING

        ASKING     begins with nothing asked: answers that are there already were given up, and are dropped.
                   A request unanswered for request_timeout_ns goes to the next server; after a round
                   of all of them a pause that doubles, with up to a quarter more by the seed, so that
                   many that lost the same do not ask in step.  It ends without success after
                   request_tries in a row without news, or after request_within_ns.  A proxy says no by a letter: what
                   it no longer has ends the asking; a quota of the second is waited for, if there is time.  For a
                   quota of the minute or the day, a login that is not taken or in use, and for nonsense a server is left
                   alone for a while, by later recoveries too, and the next is asked; where all are, the first
                   that may be asked again is waited for, if there is time.
        SPINNING   a snapshot that breaks, or behind which the books break, is begun again after a pause that
                   doubles, snapshot_tries times in one recovery; between any two lies RECOVER_PAUSE_NS_MIN.
                   Books that break within RECOVER_RELAPSE_NS behind a snapshot that went in may have it to thank: the
                   recoveries that follow so have as many tries fewer as they are.
        GIVEN_UP   loudly: the channel's page names the first missing number, how many, whom was asked.

   Owner      one channel.
   Time       now_ns is the caller's; the seed is too: same calls, same requests.
   Invariant  (1) at most one request is under way; (2) between two requests lies at least 1/rate;
              (3) answers = used + old + refused; (4) a proxy's connection is to the server whose turn it is. */
#ifndef SLUICE_FEED_RECOVER_H
#define SLUICE_FEED_RECOVER_H

#include "dataplane/feed/protocol.h"
#include "dataplane/feed/proxy.h"
#include "dataplane/feed/snapshot.h"
#include "dataplane/shm/metrics.h"
#include "dataplane/shm/top.h"
#include "drivers/datagram/datagram.h"

enum { RECOVER_DROP_COUNT_MAX = 256 }; /* answers dropped at once */

#define RECOVER_PAUSE_NS_MAX UINT64_C(5000000000)   /* pauses double up to this */
#define RECOVER_PAUSE_NS_MIN UINT64_C(100000000)    /* of snapshots             */
#define RECOVER_BAR_NS       UINT64_C(300000000000) /* who sent us away is not asked for so long */
#define RECOVER_RELAPSE_NS   UINT64_C(10000000000)  /* longer than any pause of snapshots */

struct recover {
	const struct recovery_config *config;
	const struct protocol_row *row;
	struct datagram *datagram; /* NULL: none was given, nobody is asked */
	struct metrics *metrics;
	struct channel_state *page;
	uint8_t state; /* enum recovery_state */
	uint64_t random;
	uint64_t began_ns; /* this recovery; asking ends request_within_ns later */

	/* asking */
	bool is_asked;             /* a request is under way                        */
	uint8_t server;            /* whose turn it is                              */
	uint32_t unanswered;       /* in a row                                     */
	uint64_t asked_ns, ask_ns; /* the last request; not before this the next */
	uint64_t asked_end;        /* the number behind what it asked for; 0: none yet */
	bool is_entering;          /* what is under way is the proxy's login     */
	bool is_hopeless;          /* nobody has what is missing                 */
	/* Not before this is each server asked again, by whatever recovery. */
	uint64_t barred_ns[REQUEST_SERVER_COUNT_MAX];
	struct proxy proxy;

	/* spinning */
	uint32_t spins;            /* begun in this recovery */
	uint64_t spin_ns, spun_ns; /* not before this the next; when the last was begun */
	uint64_t spliced_ns;       /* when the last went into the books; 0: none did */
	uint32_t relapses;         /* recoveries in a row that began soon behind one */
	struct snapshot snapshot;
};

/* recover_init begins idle; recover_speak_by gives datagram and stream, later or never. */
void recover_init(struct recover *recover, const struct recovery_config *config,
	const struct protocol_row *row, struct metrics *metrics, struct channel_state *page,
	uint64_t seed, snapshot_take *take, void *context);

void recover_speak_by(struct recover *recover, struct stream *stream, struct datagram *datagram);

/* recover_is_connected tells whether a connection of its is open; recover_on_event takes an event of the stream, which may be
   somebody else's. */
static inline bool recover_is_connected(const struct recover *recover)
{
	return recover->snapshot.connection != CONNECTION_NONE ||
	       recover->proxy.connection != CONNECTION_NONE;
}
void recover_on_event(struct recover *recover, const struct stream_event *event, uint64_t now_ns);

/* recover_has_asked tells whether something was asked for since ASKING began, so that it may be answered. */
static inline bool recover_has_asked(const struct recover *recover)
{
	return recover->state == RECOVERY_ASKING && recover->asked_end != 0;
}

/* recover_begin starts for a hole of count messages, ASKING or SPINNING.  false: there is no source at all,
   GIVEN_UP.  recover_begin_broken is it for books that broke: soon behind a snapshot, that one's try counts. */
bool recover_begin(struct recover *recover, uint64_t count, uint64_t now_ns);
bool recover_begin_broken(struct recover *recover, uint64_t count, uint64_t now_ns);

/* recover_escalate goes on to the snapshot.  false: there is none, or no try of it is left: GIVEN_UP. */
bool recover_escalate(struct recover *recover, uint64_t now_ns);

/* recover_end: nothing is missing any more, or another session began. */
void recover_end(struct recover *recover);

/* recover_receive gives the next packet from a request server, already counted; what is from others, or
   longer than a packet may be, is refused.  recover_answered says what it was good for, and which number is next now. */
enum recover_use { RECOVER_USED, RECOVER_OLD, RECOVER_REFUSED };
bool recover_receive(struct recover *recover, struct datagram_packet *packet, uint64_t now_ns);
void recover_answered(
	struct recover *recover, enum recover_use use, uint64_t next, uint64_t now_ns);

/* recover_ask sends the next request for first .. end - 1 when it is time, as the stream's protocol writes it.  false: asking is over without
   success; nothing was sent. */
bool recover_ask(struct recover *recover, const struct protocol_stream *stream,
	const char session[10], uint64_t first, uint64_t end, uint64_t now_ns);

/* recover_spin begins, watches and repeats the snapshot, for what is wished now. */
enum recover_spin { RECOVER_SPINS, RECOVER_SPUN, RECOVER_SPENT };
enum recover_spin recover_spin(
	struct recover *recover, const struct snapshot_wish *wish, uint64_t now_ns);

/* recover_spoil makes of a snapshot that is done one that failed: it does not fit the stream. */
void recover_spoil(struct recover *recover);

/* recover_spliced: the snapshot is in the books, and count messages are missing between it and what is held.
   ASKING or SPINNING as recover_begin; SPINNING again if what was held has broken them; false: GIVEN_UP. */
bool recover_spliced(struct recover *recover, uint64_t count, bool is_broken, uint64_t now_ns);

/* recover_again takes up SPINNING from GIVEN_UP when again_ns has passed; true: it did. */
bool recover_again(struct recover *recover, uint64_t now_ns);

#endif
