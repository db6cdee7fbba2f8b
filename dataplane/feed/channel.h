/* channel.h - one channel of market data: two lines in, one stream of messages out, its books behind.

   A packet is judged by the arbiter; what is new is put into the batch, what is ahead is held by the
   gap; when the gap closes, what was held follows at once.  The batch is applied when the burst of
   packets ends, or before anything that must see the books as they are.

   A gap nobody filled is declared aloud: gaps and lost messages are counted, the channel page says since
   when, the first missing number and how many, every top of the channel is marked stale, and the stream goes on
   behind it.  The channel stays stale for the rest of the session: lost messages are not asked for again
   yet.  A session that ended is stale too: nothing will keep its books true.  Packets of another session are
   counted and never mixed in; a new day begins with a new process.

   Owner      the feed stage.
   Time       now_ns of the turn; the page's heard_ns is when a line last proved that nothing newer is
              missing.
   Invariant  (1) a message is applied once or declared lost, in order;
              (2) packets = bad_mold + other_session + heartbeats + end_of_session + data_packets. */
#ifndef SLUICE_FEED_CHANNEL_H
#define SLUICE_FEED_CHANNEL_H

#include "dataplane/feed/arbiter.h"
#include "dataplane/feed/gap.h"
#include "dataplane/feed/quotes.h"
#include "dataplane/shm/market.h"

enum {
	BATCH_COUNT = 2 * MOLD64_BLOCK_COUNT_MAX, /* a packet of any kind always fits half */
	BATCH_COPY_COUNT = 128,
	BATCH_COPY_BYTES = 2 * ITCH50_READ_PAST_BYTES,
	/* Messages that begin in the last bytes of a frame: a length and a byte each, at least. */
	BATCH_COPY_COUNT_PACKET = ITCH50_READ_PAST_BYTES / 3 + 2,
};

/* Messages in order, waiting to be applied together; they lie in packets that are still lent to us,
   or, where nothing readable follows them there, in a copy. */
struct batch {
	uint32_t count, copy_count;
	uint8_t copies[BATCH_COPY_COUNT][BATCH_COPY_BYTES];
	struct mold64_block blocks[BATCH_COUNT];
};

struct channel {
	const struct channel_config *config;
	struct channel_state *page;
	struct metrics *metrics;
	struct batch *batch; /* shared by all channels: flushed before another one uses it */
	struct arbiter arbiter;
	bool is_ended;
	uint64_t messages; /* delivered so far */
	struct gap gap;
	struct quotes quotes;
};

/* A UDP payload as one line brought it; end is where its frame ends. */
struct channel_packet {
	const uint8_t *payload, *end;
	uint32_t payload_bytes;
	uint8_t line;
};

/* channel_init takes memory for books (site->book_order_count orders, each channel) and gap; channel_return gives it back. */
void channel_init(struct channel *channel, uint8_t index, const struct site_config *site,
	struct symbols *symbols, struct state *state, struct metrics *metrics,
	struct market_region *market, struct batch *batch);
void channel_return(struct channel *channel);

/* channel_on_packet takes one packet.  Its bytes must stay until channel_flush. */
void channel_on_packet(
	struct channel *channel, const struct channel_packet *packet, uint64_t now_ns);

/* channel_flush applies the batch and brings the page up to date. */
void channel_flush(struct channel *channel, uint64_t now_ns);

/* channel_expire declares what the other line did not fill in time. */
void channel_expire(struct channel *channel, uint64_t now_ns);

#endif
