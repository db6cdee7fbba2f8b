/* channel.h - one channel of market data: two lines in, one stream of messages out, its books behind.

   A packet is judged by the arbiter; what is new is put into the batch, what is ahead is held by the
   gap; when the gap closes, what was held follows at once.  The batch is applied when the burst of
   packets ends, or before anything that must see the books as they are.

   What becomes of a hole, of silence, of another session and of the end of this one is mend.h's; while
   nothing is missing it costs a comparison a turn.  A channel is stale for as long as there is a reason
   (enum stale_reason): its tops are marked, its page says since when and why.  Packets of another session
   are counted and never mixed in.

   Owner      the feed stage.
   Time       now_ns of the turn; the page's heard_ns is when a line last proved that nothing newer is
              missing.
   Invariant  (1) a message is applied once, stood for by a snapshot, or declared lost, in order;
              (2) packets = bad_mold + other_session + unbelieved + heartbeats + end_of_session +
                  data_packets;
              (3) messages that came, of lines and of request servers = delivered + duplicates + held +
                  hold_full + superseded;
              (4) next - 1, with the numbers of ended sessions = delivered + lost + spared - rewound. */
#ifndef SLUICE_FEED_CHANNEL_H
#define SLUICE_FEED_CHANNEL_H

#include "dataplane/feed/arbiter.h"
#include "dataplane/feed/batch.h"
#include "dataplane/feed/gap.h"
#include "dataplane/feed/quotes.h"
#include "dataplane/feed/recover.h"
#include "dataplane/shm/market.h"

enum {
	CHANNEL_ARRIVAL_COUNT = 64, /* packets whose later copy is timed; a power of two */
	/* A line that showed a hole and then goes on below it so many times never was ahead: more than any reordering. */
	CHANNEL_CONTRADICTION_COUNT = 32,
	/* A line began again that spoke of number 1 and went on so long behind its own highest. */
	CHANNEL_AGAIN_COUNT = 32,
};

/* When and on which line the messages before `end` came first. */
struct channel_arrival {
	uint64_t end;
	uint64_t ns_and_line; /* now_ns * 4 + line */
};

/* A session that is not ours, as its first packet showed it. */
struct channel_offer {
	bool is_made;
	uint8_t line;
	char session[10];
	uint64_t end, offered_ns;
};

struct channel {
	const struct channel_config *config;
	struct channel_state *page;
	struct metrics *metrics;
	struct batch *batch; /* shared by all channels: flushed before another one uses it */
	struct arbiter arbiter;
	uint64_t messages;   /* delivered so far                                         */
	uint64_t current_ns; /* when a packet last was not behind next; 0: never         */
	uint64_t stale_reasons;
	bool is_building;        /* a snapshot is filling the books: what is live is held    */
	bool is_lossy;           /* the books went on behind a loss: only a snapshot mends them */
	bool is_full;            /* something ahead found no room                            */
	bool is_said;            /* the hole that is open was told as a gap                  */
	bool is_ended;           /* the session's end was announced                          */
	bool is_mixed;           /* the books may hold two days: a line began again          */
	uint64_t end_sequence;   /* as it was announced last; 0: never                       */
	uint64_t end_next;       /* what was next then: who delivers it knows better         */
	uint64_t requested;      /* messages request servers had brought when the hole opened */
	uint64_t known;          /* numbers below it exist, as far as lines were believed    */
	uint32_t contradictions; /* of the one thing that shows the hole, by its own line */
	uint32_t again[LINE_COUNT_MAX]; /* packets since the line began again            */
	struct channel_offer offer;
	struct channel_arrival arrivals[CHANNEL_ARRIVAL_COUNT];
	struct protocol_stream stream;
	struct gap gap;
	struct recover recover;
	struct quotes quotes;
};

/* A UDP payload as one line, or a request server (LINE_REQUESTED), brought it; end is where its frame ends. */
struct channel_packet {
	const uint8_t *payload, *end;
	uint32_t payload_bytes;
	uint8_t line;
};

/* channel_init takes memory for books (site->book_order_count orders, each channel) and for what is held;
   channel_return gives it back. */
void channel_init(struct channel *channel, uint8_t index, const struct site_config *site,
	struct symbols *symbols, struct state *state, struct metrics *metrics,
	struct market_region *market, struct batch *batch);
void channel_return(struct channel *channel);

/* channel_begin makes it all as channel_init left it, in the memory there is, but for what instruments and tops
   remember: for tests and tools, which begin many days. */
void channel_begin(struct channel *channel);

/* channel_build is a channel's snapshot_take: a spin that begins empties the books, its messages fill them, and what is live is
   held from its beginning on. */
void channel_build(
	void *channel, const struct mold64_block *blocks, uint32_t count, uint64_t now_ns);

/* channel_flush applies the batch and brings the page up to date. */
void channel_flush(struct channel *channel, uint64_t now_ns);

/* For those who hear packets (arrival.h) and mend (mend.h).
   channel_deliver takes the messages of a packet from number `skip` on.  Returns how many were whole; *is_malformed tells of
   the rest.
   channel_duplicates counts messages that were there already.
   channel_drain delivers what is held and no longer ahead.
   channel_mark adds a reason to be stale, channel_unmark takes one away; with the last one the tops are whole.
   channel_tell brings the page up to date.
   channel_part begins books that hold one day alone, whatever lines began again before.
   channel_disbelieve forgets what is ahead: it came from nowhere. */
uint32_t channel_deliver(struct channel *channel, const struct channel_packet *packet,
	uint32_t count, uint32_t skip, bool *is_malformed, uint64_t now_ns);
void channel_duplicates(struct channel *channel, uint32_t line, uint32_t count);
void channel_drain(struct channel *channel, uint64_t now_ns);
void channel_mark(struct channel *channel, enum stale_reason reason, uint64_t now_ns);
void channel_unmark(struct channel *channel, enum stale_reason reason);
void channel_tell(struct channel *channel);
void channel_part(struct channel *channel);
void channel_disbelieve(struct channel *channel);

static inline bool channel_has_hole(const struct channel *channel)
{
	return gap_is_open(&channel->gap, channel->arbiter.next);
}

/* channel_make_room makes sure that one more packet of any kind fits into the batch. */
static inline void channel_make_room(struct channel *channel, uint64_t now_ns)
{
	const struct batch *batch = channel->batch;
	if (UNLIKELY(batch->count > BATCH_COUNT - MOLD64_BLOCK_COUNT_MAX ||
		     batch->copy_count > BATCH_COPY_COUNT - BATCH_COPY_COUNT_PACKET))
		channel_flush(channel, now_ns);
}

#endif
