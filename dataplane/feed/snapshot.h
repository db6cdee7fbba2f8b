/* snapshot.h - one snapshot of the market, fetched over a connection: what all that serve one have in common.

   The server spins the state of the market in the messages of the live feed, then says with which number
   live messages go on.  How a venue is spoken to is its talk's: GLIMPSE 5.0 over SoupBinTCP (glimpse.h), Cboe's
   spin server (spin.h).  Each connection makes a spin of its own, so a spin that broke is begun again, never
   continued.

        idle --snapshot_start--> connecting --opened--> logging in --accepted--> spinning --its end--> done
         ^                          |                      |                       |            |
         |                          '---- closed, silent for timeout, nonsense, refused --> failed
         '------------------------------------ snapshot_stop --------------------------------'

   What a spin's messages mean is the caller's: they are handed over in order, as blocks that stay until
   snapshot_take returns.

   Owner      one channel's recovery; the stream belongs to the feed and serves all its channels.
   Time       now_ns comes from the caller.
   Units      sequence is the number of the first live message that the snapshot does not contain.
   Errors     every trouble ends in SNAPSHOT_FAILED with its reason; the connection is then gone. */
#ifndef SLUICE_FEED_SNAPSHOT_H
#define SLUICE_FEED_SNAPSHOT_H

#include "config/config.h"
#include "dataplane/shm/top.h"
#include "dataplane/wire/itch50.h"
#include "dataplane/wire/pitch_unit.h"
#include "dataplane/wire/soup.h"
#include "drivers/stream/stream.h"

#define SNAPSHOT_HEARTBEAT_NS UINT64_C(1000000000)

enum {
	SNAPSHOT_BLOCK_COUNT = 64,            /* handed over at once           */
	SNAPSHOT_SAY_BYTES_MAX = 64,          /* longest packet a talk writes  */
	SNAPSHOT_MESSAGE_COUNT_MAX = 1 << 28, /* more than any market has orders */
	SNAPSHOT_TIMEOUTS = 60, /* a whole snapshot has so many timeouts of its silence */
	SNAPSHOT_PACKET_BYTES_MAX = PITCH_UNIT_BYTES_MAX, /* longest packet a talk waits for */
	SNAPSHOT_RX_BYTES = SNAPSHOT_PACKET_BYTES_MAX + STREAM_EVENT_BYTES_MAX,
};

enum snapshot_phase {
	SNAPSHOT_IDLE = 0,
	SNAPSHOT_CONNECTING,
	SNAPSHOT_LOGGING_IN,
	SNAPSHOT_SPINNING,
	SNAPSHOT_DONE,
	SNAPSHOT_FAILED,
};

/* What is done with messages of a spin, in order; count 0: a spin begins, and what is live from now on may be behind it. */
typedef void snapshot_take(
	void *context, const struct mold64_block *blocks, uint32_t count, uint64_t now_ns);

/* What a snapshot is wanted for, as the channel stands now. */
struct snapshot_wish {
	bool has_session;
	uint8_t unit;     /* of Cboe: whose messages these must be; 0: any                   */
	char session[10]; /* of the stream that it shall be put before                      */
	uint64_t next;    /* the number expected next: of 32-bit numbers the nearest is meant */
	uint64_t
		until; /* numbers below it are missing or in the books: an older snapshot is no use; 0: any is */
};

struct snapshot;

/* How one kind of server is spoken to. */
struct snapshot_talk {
	/* login and beat write what a connection begins with, and what keeps it; they return its size. */
	uint32_t (*login)(
		const struct recovery_config *config, uint8_t out[SNAPSHOT_SAY_BYTES_MAX]);
	uint32_t (*beat)(uint8_t out[SNAPSHOT_SAY_BYTES_MAX]);

	/* take takes the first packet of what came: says what it means by snapshot_enter, _block, _done and _fail.
	   Returns its size; 0: it is not yet there whole, and must be with SNAPSHOT_PACKET_BYTES_MAX. */
	uint32_t (*take)(struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes,
		uint64_t now_ns);
};

struct snapshot {
	const struct recovery_config *config;
	const struct snapshot_talk *talk; /* NULL: the protocol has none */
	struct stream *stream;            /* NULL: none was given        */
	snapshot_take *take;
	void *context;
	struct snapshot_wish wish;
	uint32_t connection;
	uint8_t phase;              /* enum snapshot_phase   */
	uint8_t trouble;            /* enum snapshot_trouble */
	bool is_asked, is_promised; /* the talk's: a spin was asked for; it was promised */
	bool is_busy;               /* the talk's: the server said last that it cannot now */
	/* The talk's: up to which number and with how many orders it was promised; orders that came. */
	uint32_t promised_sequence, promised_orders, orders;
	uint64_t begun_ns, told_ns, moved_ns;
	uint64_t sequence, messages; /* of the snapshot, once it is done */
	uint32_t block_count;        /* of the blocks to be handed over  */
	struct mold64_block blocks[SNAPSHOT_BLOCK_COUNT];
	uint32_t rx_bytes;
	uint8_t rx[SNAPSHOT_RX_BYTES + ITCH50_READ_PAST_BYTES];
};

/* snapshot_init begins idle. */
void snapshot_init(struct snapshot *snapshot, const struct recovery_config *config,
	const struct snapshot_talk *talk, snapshot_take *take, void *context);

/* snapshot_start begins a spin; snapshot_stop ends it, whatever came of it, and is idle. */
void snapshot_start(struct snapshot *snapshot, const struct snapshot_wish *wish, uint64_t now_ns);
void snapshot_stop(struct snapshot *snapshot);

/* snapshot_on_event takes one event of its connection. */
void snapshot_on_event(
	struct snapshot *snapshot, const struct stream_event *event, uint64_t now_ns);

/* snapshot_tick sends heartbeats and breaks off what is silent. */
void snapshot_tick(struct snapshot *snapshot, uint64_t now_ns);

/* For a talk.
   snapshot_enter: the login was accepted.  snapshot_block adds a message of the spin, which stays where it is until take
   returns.  snapshot_done ends the spin: live messages go on with sequence.  snapshot_fail ends all.
   snapshot_say sends bytes; false: they were not taken. */
void snapshot_enter(struct snapshot *snapshot, uint64_t now_ns);
void snapshot_block(
	struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns);
void snapshot_done(struct snapshot *snapshot, uint64_t sequence);
void snapshot_fail(struct snapshot *snapshot, enum snapshot_trouble trouble);
bool snapshot_say(
	struct snapshot *snapshot, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns);

#endif
