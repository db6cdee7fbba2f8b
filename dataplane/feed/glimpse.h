/* glimpse.h - one snapshot of the market: the client of GLIMPSE 5.0 over SoupBinTCP.

   The server spins the state of the market in the messages of the live feed, then says with which number
   live messages go on.  Each login makes a spin of its own, so a spin that broke is begun again, never
   continued.

        idle --glimpse_start--> connecting --opened--> logging in --accepted--> spinning --G--> done
         ^                          |                      |                       |            |
         |                          '---- closed, silent for timeout, nonsense, rejected --> failed
         '------------------------------------ glimpse_stop --------------------------------'

   What a spin's messages mean is the caller's: they are handed over in order, as blocks that stay until
   glimpse_take returns.

   Owner      one channel's recovery; the stream belongs to the feed and serves all its channels.
   Time       now_ns comes from the caller.
   Units      sequence is the number of the first live message that the snapshot does not contain.
   Errors     every trouble ends in GLIMPSE_FAILED with its reason; the connection is then gone. */
#ifndef SLUICE_FEED_GLIMPSE_H
#define SLUICE_FEED_GLIMPSE_H

#include "config/config.h"
#include "dataplane/wire/itch50.h"
#include "dataplane/wire/soup.h"
#include "drivers/stream/stream.h"

#define GLIMPSE_HEARTBEAT_NS UINT64_C(1000000000)

enum {
	GLIMPSE_BLOCK_COUNT = 64,            /* handed over at once           */
	GLIMPSE_MESSAGE_COUNT_MAX = 1 << 28, /* more than any market has orders */
	GLIMPSE_RX_BYTES = SOUP_PACKET_BYTES_MAX + STREAM_EVENT_BYTES_MAX,
};

enum glimpse_phase {
	GLIMPSE_IDLE = 0,
	GLIMPSE_CONNECTING,
	GLIMPSE_LOGGING_IN,
	GLIMPSE_SPINNING,
	GLIMPSE_DONE,
	GLIMPSE_FAILED,
};

enum glimpse_trouble {
	GLIMPSE_NO_TROUBLE = 0,
	GLIMPSE_CLOSED,   /* no connection, or it ended before the spin */
	GLIMPSE_SILENT,   /* no message of the spin within the timeout  */
	GLIMPSE_REJECTED, /* the login                                  */
	GLIMPSE_NONSENSE, /* what came is no spin                       */
};

/* What is done with messages of a spin, in order. */
typedef void glimpse_take(
	void *context, const struct mold64_block *blocks, uint32_t count, uint64_t now_ns);

struct glimpse {
	const struct recovery_config *config;
	struct stream *stream; /* NULL: none was given */
	glimpse_take *take;
	void *context;
	uint32_t connection;
	uint8_t phase;   /* enum glimpse_phase   */
	uint8_t trouble; /* enum glimpse_trouble */
	uint64_t told_ns, moved_ns;
	uint64_t sequence, messages; /* of the snapshot, once it is done */
	uint32_t rx_bytes;
	uint8_t rx[GLIMPSE_RX_BYTES + ITCH50_READ_PAST_BYTES];
};

/* glimpse_init begins idle. */
void glimpse_init(struct glimpse *glimpse, const struct recovery_config *config, glimpse_take *take,
	void *context);

/* glimpse_start begins a spin; glimpse_stop ends it, whatever came of it, and is idle. */
void glimpse_start(struct glimpse *glimpse, uint64_t now_ns);
void glimpse_stop(struct glimpse *glimpse);

/* glimpse_on_event takes one event of its connection. */
void glimpse_on_event(struct glimpse *glimpse, const struct stream_event *event, uint64_t now_ns);

/* glimpse_tick sends heartbeats and breaks off what is silent. */
void glimpse_tick(struct glimpse *glimpse, uint64_t now_ns);

#endif
