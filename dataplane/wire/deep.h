/* deep.h - IEX DEEP and DEEP+: messages to events, and back.

   DEEP tells price levels with their whole size, DEEP+ tells orders; everything else they share.  Letters
   become those of event.h: an instrument in its order acceptance period is quote-only (Q), an operational halt is
   that of market V, the start of regular hours is Q.  Only levels say whether the venue's own event is over; a trade
   between two levels of one has EVENT_FLAG_MORE like the level before it.  deep_fields and little_value give every field of one message as
   the wire has it.

   One branch on the type and plain loads: a message is 18 to 80 bytes and the table of a
   vector kernel would cost more than it saves.

   Pure, but for the struct it is given.
   Units      times of the wire are UTC; exch_ns counts from New York's midnight (eastern.h).
   Errors     an unknown type (or one of the other feed), and a message shorter than its type, becomes EVENT_NONE
              (type and size stay, all else is 0) and is counted; a longer one is read and its tail ignored. */
#ifndef SLUICE_WIRE_DEEP_H
#define SLUICE_WIRE_DEEP_H

#include "config/eastern.h"
#include "dataplane/wire/event.h"
#include "dataplane/wire/little.h"
#include "dataplane/wire/mold64.h"

enum { DEEP_SIZE_MAX = 80 };

/* Which of the two, a bit each. */
enum deep_feed { DEEP_FEED_LEVELS = 1, DEEP_FEED_ORDERS = 2 };

/* What a decoder remembers from message to message. */
struct deep {
	enum deep_feed feed;
	struct eastern_day day; /* of the last message */
	uint64_t open_symbol;   /* whose event goes on (EVENT_FLAG_MORE); 0: nobody's */
};

/* deep_init begins; deep_forget is told that messages were lost. */
void deep_init(struct deep *deep, enum deep_feed feed);
void deep_forget(struct deep *deep);

/* deep_decode decodes count messages into events, one each and in order (EVENT_NONE for what it skips),
   and adds what it skipped to skips.  No byte behind a message is read. */
void deep_decode(struct deep *deep, const struct mold64_block *blocks, uint32_t count,
	struct event *events, struct event_skips *skips);

/* deep_size gives a type's size on a feed; 0: unknown type. */
uint8_t deep_size(enum deep_feed feed, uint8_t type);

/* deep_fields lists a type's fields in wire order, the type first; returns how many, 0: unknown. */
uint32_t deep_fields(enum deep_feed feed, uint8_t type, const struct little_field **fields,
	const char **message_name);

/* deep_encode writes the message that an event stands for on a feed, on the day that begins at midnight_ns (what an
   event does not carry is written as for a common stock).  Returns its size, 0: that feed has no such message.  For the
   exchange simulator, the generator and tests. */
uint32_t deep_encode(enum deep_feed feed, uint64_t midnight_ns, const struct event *event,
	uint8_t out[DEEP_SIZE_MAX]);

#endif
