/* snapshot.h - one snapshot of the market: the client of GLIMPSE 5.0 over SoupBinTCP.

   The server spins the state of the market in the messages of the live feed, then says with which number
   live messages go on.  Each login makes a spin of its own, so a spin that broke is begun again, never
   continued.

        idle --snapshot_start--> connecting --opened--> logging in --accepted--> spinning --G--> done
         ^                          |                      |                       |            |
         |                          '---- closed, silent for timeout, nonsense, rejected --> failed
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
#include "dataplane/wire/itch50.h"
#include "dataplane/wire/soup.h"
#include "drivers/stream/stream.h"

#define SNAPSHOT_HEARTBEAT_NS UINT64_C(1000000000)

enum {
	SNAPSHOT_BLOCK_COUNT = 64,            /* handed over at once           */
	SNAPSHOT_MESSAGE_COUNT_MAX = 1 << 28, /* more than any market has orders */
	SNAPSHOT_RX_BYTES = SOUP_PACKET_BYTES_MAX + STREAM_EVENT_BYTES_MAX,
};

enum snapshot_phase {
	SNAPSHOT_IDLE = 0,
	SNAPSHOT_CONNECTING,
	SNAPSHOT_LOGGING_IN,
	SNAPSHOT_SPINNING,
	SNAPSHOT_DONE,
	SNAPSHOT_FAILED,
};

enum snapshot_trouble {
	SNAPSHOT_NO_TROUBLE = 0,
	SNAPSHOT_CLOSED,   /* no connection, or it ended before the spin */
	SNAPSHOT_SILENT,   /* no message of the spin within the timeout  */
	SNAPSHOT_REJECTED, /* the login                                  */
	SNAPSHOT_NONSENSE, /* what came is no spin                       */
};

/* What is done with messages of a spin, in order. */
typedef void snapshot_take(
	void *context, const struct mold64_block *blocks, uint32_t count, uint64_t now_ns);

struct snapshot {
	const struct recovery_config *config;
	struct stream *stream; /* NULL: none was given */
	snapshot_take *take;
	void *context;
	uint32_t connection;
	uint8_t phase;   /* enum snapshot_phase   */
	uint8_t trouble; /* enum snapshot_trouble */
	uint64_t told_ns, moved_ns;
	uint64_t sequence, messages; /* of the snapshot, once it is done */
	uint32_t rx_bytes;
	uint8_t rx[SNAPSHOT_RX_BYTES + ITCH50_READ_PAST_BYTES];
};

/* snapshot_init begins idle. */
void snapshot_init(struct snapshot *snapshot, const struct recovery_config *config,
	snapshot_take *take, void *context);

/* snapshot_start begins a spin; snapshot_stop ends it, whatever came of it, and is idle. */
void snapshot_start(struct snapshot *snapshot, uint64_t now_ns);
void snapshot_stop(struct snapshot *snapshot);

/* snapshot_on_event takes one event of its connection. */
void snapshot_on_event(
	struct snapshot *snapshot, const struct stream_event *event, uint64_t now_ns);

/* snapshot_tick sends heartbeats and breaks off what is silent. */
void snapshot_tick(struct snapshot *snapshot, uint64_t now_ns);

#endif
