/* arbiter.h - one stream of messages out of two lines that carry the same.

   Both lines of a channel send the same numbered messages, in packets that may be cut differently.  The
   arbiter knows one number, the message expected next, and says of every packet what it is against
   that: old, new (perhaps with an old beginning), or ahead.  Whoever comes first is delivered, so
   a line's loss costs nothing while the other line lives.

   A day begins with message 1.  Who joins later has missed what was before, and that is a gap like any
   other: a book without its early orders is not a book.

   Owner      one channel.
   Units      sequence numbers count messages from 1.
   Invariant  (1) next never falls; (2) every number below next was delivered once or declared lost. */
#ifndef SLUICE_FEED_ARBITER_H
#define SLUICE_FEED_ARBITER_H

#include "dataplane/wire/mold64.h"

struct arbiter {
	uint64_t next;    /* the message expected next        */
	char session[10]; /* valid if has_session             */
	bool has_session; /* configured, or adopted from the first packet */
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

#endif
