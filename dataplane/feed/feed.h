/* feed.h - the feed stage: frames from the ports, books, tops.

   One turn takes a burst from every port: frame -> UDP payload (wire/net) -> the channel and line whose
   group and port it carries -> one stream of messages (channel) -> books and tops (quotes).  Then each
   channel does what time brings: holes are filled or given up (mend), silence is noticed.  A question of
   control's is answered, and the network is told which groups are wanted, also when it asks (membership).

   What was lost comes back by the kernel's way (feed_recover_by): a channel that waits for it is stale
   anyway, and one that misses nothing makes no call for it.

   A site may have several feed stages: each takes its own channels, the ports of their lines, a page of metrics,
   a tape.  They share the tops, of which each has one writer (symbols_claim); capture copies the frames of the
   first.

   Owner      one stage thread; feed_attach may be called from any thread.
   Time       now_ns comes from the caller; what is published depends on packets and now_ns alone.  The
              cycle counter is read around a burst for the latency histogram and for nothing else.
   Invariant  (1) packets = not_udp + queries + not_ours + bad_frame + fragments + bad_mold + other_session +
                  unbelieved + heartbeats + end_of_session + data_packets + replies. */
#ifndef SLUICE_FEED_FEED_H
#define SLUICE_FEED_FEED_H

#include "config/config.h"
#include "dataplane/shm/market.h"
#include "drivers/datagram/datagram.h"
#include "drivers/port/port.h"
#include "drivers/stream/stream.h"

struct feed;

/* feed_open_stage takes memory for those of the site's channels that feed stage `stage` has (its index in
   site->feeds).  ports[i] is site->ports[i] opened, NULL where no line uses it; they stay the caller's.  site,
   region, market and ports outlive the feed.  NULL: error has why.  feed_open is for a site of one stage.

   It is feed_take, which takes the memory, and feed_plug, which hangs its lines to the ports, and may come later: a boot need not
   have its ports to take its tables.  false: error has why, and the feed is still to be closed. */
struct feed *feed_take(const struct site_config *site, uint8_t stage,
	struct dataplane_region *region, struct market_region *market);
bool feed_plug(struct feed *feed, struct port *const ports[], struct config_error *error);
struct feed *feed_open_stage(const struct site_config *site, uint8_t stage,
	struct dataplane_region *region, struct market_region *market, struct port *const ports[],
	struct config_error *error);
struct feed *feed_open(const struct site_config *site, struct dataplane_region *region,
	struct market_region *market, struct port *const ports[], struct config_error *error);
void feed_close(struct feed *feed);

/* feed_recover_by gives what recovery speaks through, before the first poll: a stream for snapshots and proxies, a socket
   for each channel that asks request servers by datagrams; NULL: none.  They stay the caller's and outlive the feed. */
void feed_recover_by(struct feed *feed, struct stream *stream,
	struct datagram *const datagrams[CHANNEL_COUNT_MAX]);

/* The first turn plays made-up packets through a scratch channel (warm.h), so that the first real one meets warm
   code; it takes some milliseconds.

   feed_poll is one turn of struct feed (a stage_poll); true: there was work. */
bool feed_poll(void *feed, uint64_t now_ns);

/* feed_on_burst takes frames as port number `port` of the site brought them.  The frames are read until
   it returns. */
void feed_on_burst(struct feed *feed, uint32_t port, const struct packet *packets, uint32_t count,
	uint64_t now_ns);

/* feed_attach gives the control region whose questions are answered; NULL: none.  The region before it
   may be unmapped once the feed's loop counter has risen by two. */
void feed_attach(struct feed *feed, const struct control_region *control);

#endif
