/* arbiter.h - one stream of messages out of two lines that carry the same.

   Both lines of a channel send the same numbered messages, in packets that may be cut differently.  The
   arbiter knows one number, the message expected next, and says of every packet what it is against
   that: old, new (perhaps with an old beginning), or ahead.  Whoever comes first is delivered, so
   a line's loss costs nothing while the other line lives.

   A day begins with message 1.  Who joins later has missed what was before, and that is a gap like any
   other: a book without its early orders is not a book.

   How far ahead one packet is believed.  A number far ahead of everything known says that very much was
   lost, and believing it costs the books.  One packet alone may be anything: a test sent by mistake, a
   server's slip.  So up to ARBITER_BELIEVE_COUNT messages ahead a packet is believed at once, which is
   a loss of milliseconds at the fullest moments; further than that it takes a second witness: any packet of
   the other line, or a later one of the same line that goes on behind the first (a copy that the
   network made does not, and a control packet, which has no messages of its own, must come
   ARBITER_WITNESS_NS later).  The next packet of a real loss is that witness, so late starters wait for one packet.

   Owner      one channel.
   Units      sequence numbers count messages from 1.
   Invariant  (1) next falls only when a snapshot or another session begins the books anew; (2) every number
              below next was delivered, stood for by a snapshot, or declared lost. */
#ifndef SLUICE_FEED_ARBITER_H
#define SLUICE_FEED_ARBITER_H

#include "dataplane/wire/mold64.h"

enum {
	ARBITER_BELIEVE_COUNT = 1 << 14,
	ARBITER_WITNESS_NS = 100 * 1000 * 1000,
};

struct arbiter {
	uint64_t next;    /* the message expected next        */
	char session[10]; /* valid if has_session             */
	bool has_session; /* configured, or adopted from the first packet */
	/* The last packet that was not believed; doubted_end 0: none. */
	uint8_t doubted_line;
	uint64_t doubted, doubted_end, doubted_ns;
};

enum arbiter_verdict {
	ARBITER_NEW = 0, /* holds what is expected next; some of its first messages may be old */
	ARBITER_OLD,     /* ends before what is expected next                     */
	ARBITER_AHEAD,   /* begins behind it: something is missing                */
	ARBITER_OTHER_SESSION, /* of another session: never mixed                       */
	ARBITER_MALFORMED,     /* number 0, or numbers that run over 64 bits            */
};

/* arbiter_init begins before message 1.  session has 10 characters, or is empty: adopt the first. */
void arbiter_init(struct arbiter *arbiter, const char *session);

/* arbiter_judge says what `count` messages from header->sequence on are (0 of them: a packet that only
   tells the next number, NEW if it is ours).  *skip is how many of them are old.  Adopts the session if
   there is none; changes nothing else. */
enum arbiter_verdict arbiter_judge(struct arbiter *arbiter, const struct mold64_header *header,
	uint32_t count, uint32_t *skip);

/* arbiter_believe says whether a packet that is ahead may be taken for true: horizon is the highest number
   known to exist or expected next.  false: it is remembered as a first witness, and must not be held. */
bool arbiter_believe(struct arbiter *arbiter, const struct mold64_header *header, uint32_t count,
	uint8_t line, uint64_t horizon, uint64_t now_ns);

#endif
