/* quotes.h - messages of one channel to books, and what changed to tops.

   Messages go through in chunks and three stages: one chunk is decoded, and while the one two before it is applied, one by
   one, its orders are asked for and the levels of the chunk between.
   When the best price or size of one of the site's instruments changes, or its last trade or state
   does, its top is published.  Instruments the site does not list are booked and not published.

   last trade  E at the resting price, C at the print's price if it is printable, P and Q at theirs; a broken
               trade (B) leaves the one before it, while that is remembered.
   unfinished  between the parts of one event of the venue (EVENT_FLAG_MORE) no best is published; a trade is.
   state       everything else a venue says of its symbols goes to `state`, decoded once more in full.
   stale       set on every instrument of a channel that lost messages or brought one shorter than its type,
               and on those of a chunk in which the book met an order it does not know, a duplicate, an
               overfill or had no room: on a complete stream none of these happens.  The channel takes the
               first mark away when nothing is missing any more (quotes_mark_whole); the doubt about one
               instrument, like a message that could not be read, ends only where the books begin anew.

   Owner      the feed stage; one quotes per channel, because locates are the channel's own. */
#ifndef SLUICE_FEED_QUOTES_H
#define SLUICE_FEED_QUOTES_H

#include "dataplane/book/book.h"
#include "dataplane/feed/protocol.h"
#include "dataplane/feed/state.h"
#include "dataplane/feed/symbols.h"
#include "dataplane/shm/metrics.h"
#include "dataplane/shm/tape.h"

enum { LOCATE_COUNT = 65536 };

struct quotes {
	struct book *book;
	struct symbols *symbols;
	struct state *state;       /* of the stage: shared by its channels */
	struct top *tops;          /* of the whole region, by symbol index */
	struct tape_writer *tape;  /* of the stage too */
	struct tape_writer *muted; /* the tape, while nothing goes on it; NULL: it does */
	struct metrics *metrics;
	struct protocol_codec codec;
	uint32_t *symbol_of;       /* by locate */
	struct book_counts counts; /* as they were after the last chunk */
	uint8_t channel;
	bool is_stale; /* as the tops say                             */
	bool is_broken; /* a message was too short, or concerned an order of nobody: no book is certain */
	bool has_stranger; /* the chunk has such an order */
	struct book_burst chunks[BOOK_STAGES];
};

/* quotes_init takes a book for the site's book_order_count orders and speaks the channel's protocol; quotes_return gives
   everything back. */
void quotes_init(struct quotes *quotes, uint8_t channel, const struct site_config *site,
	struct symbols *symbols, struct state *state, struct metrics *metrics);
void quotes_return(struct quotes *quotes);

/* quotes_apply takes messages in order, none of size 0.  So many bytes as the protocol reads past
   a block are readable behind each. */
void quotes_apply(
	struct quotes *quotes, const struct mold64_block *blocks, uint32_t count, uint64_t now_ns);

/* quotes_mark_stale publishes every top of the channel with its stale mark; quotes_mark_whole publishes
   them without, but for instruments whose own book is doubted or that nobody has named since
   quotes_clear.  Both idempotent. */
void quotes_mark_stale(struct quotes *quotes);
void quotes_mark_whole(struct quotes *quotes);

/* quotes_clear begins anew, before a snapshot or (is_new_day) another session: books are empty, locates and
   doubts forgotten, what was said of symbols unknown (state_clear, state_begin), tops stale. */
void quotes_clear(struct quotes *quotes, bool is_new_day);

/* quotes_mute keeps what is applied off the tape: orders of a snapshot are no events.  Whoever reads the tape
   begins anew at SLUICE_WHOLE. */
void quotes_mute(struct quotes *quotes, bool is_muted);

#endif
