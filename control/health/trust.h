/* trust.h - whether what the feed last said may be believed, and why not: asked by every answer that shows a price.

   The last prices stay readable when a channel is stale, when the feed's loop stands and when the dataplane is gone, and they
   look as well as ever.  So whoever shows them says what they are worth, in the same words everywhere.

   Owner      reads the dataplane's pages; the caller's text.
   Time       now_ns is monotonic, from the caller; ages are for people and may be a little off (feeds.h). */
#ifndef SLUICE_CONTROL_TRUST_H
#define SLUICE_CONTROL_TRUST_H

#include "control/health/feeds.h"
#include "config/rejects.h"
#include "control/plane/plane.h"

enum trust {
	TRUST_WHOLE,       /* sequenced: the books are the venue's                             */
	TRUST_NOT_NAMED,   /* of a symbol: no message of a venue has named it                  */
	TRUST_NEVER_HEARD, /* no packet came yet                                               */
	TRUST_STALE,       /* the channel is stale, or the symbol's own messages contradict it */
	TRUST_STANDS,      /* the feed stage's loop does not move: what it says is old         */
	TRUST_GONE,        /* the dataplane is gone: what it said is old                       */
};

/* trust_channel judges a channel, trust_symbol a symbol by its channel and by itself.  A market was there once.  why gets
   the reason: "gap, silent"; "-": none. */
enum trust trust_channel(
	const struct plane *plane, uint32_t channel, uint64_t now_ns, char why[FEEDS_TEXT_BYTES]);
enum trust trust_symbol(
	const struct plane *plane, uint32_t symbol, uint64_t now_ns, char why[FEEDS_TEXT_BYTES]);

/* trust_doubted counts the symbols that are stale alone, their channel being whole, and gives the first of them: the count or
   first_max, whichever is less.  It looks at each symbol of the site. */
uint32_t trust_doubted(
	const struct plane *plane, uint64_t now_ns, uint32_t first[], uint32_t first_max);

/* trust_name gives the word of the column `state`: sequenced, not named, never heard, STALE, STANDS, GONE. */
const char *trust_name(enum trust trust);

/* trust_is_doubtful tells whether a sentence must say so: all but whole and not named. */
bool trust_is_doubtful(enum trust trust);

/* trust_tell says of a symbol what a sentence must say: "STALE for 42 ms: gap"; empty: nothing. */
const char *trust_tell(const struct plane *plane, uint32_t symbol, uint64_t now_ns,
	char text[2 * FEEDS_TEXT_BYTES]);

/* trust_usage puts the age of now into a row of usage that is of market data's: the gate tells that of the last order that
   passed, which is none of what is refused now.  A row of a symbol takes its channel's age, another the oldest channel's;
   INT64_MAX: stale, never heard or gone, and refused whatever the limit is.  Its peak is at least that.  Other rows stay as
   they are. */
void trust_usage(const struct plane *plane, struct usage_row *row, uint64_t now_ns);

#endif
