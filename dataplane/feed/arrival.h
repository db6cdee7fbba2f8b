/* arrival.h - a packet of a channel, from its first byte on: judged, delivered, held, doubted or counted.

   Owner      the feed stage.
   Time       now_ns of the turn.
   Invariant  channel (1) to (3). */
#ifndef SLUICE_FEED_ARRIVAL_H
#define SLUICE_FEED_ARRIVAL_H

#include "dataplane/feed/channel.h"

/* arrival_packet takes one packet of a line.  Its bytes must stay until channel_flush. */
void arrival_packet(struct channel *channel, const struct channel_packet *packet, uint64_t now_ns);

/* arrival_answer takes one packet of a request server for what it is good for. */
enum recover_use arrival_answer(
	struct channel *channel, const struct channel_packet *packet, uint64_t now_ns);

#endif
