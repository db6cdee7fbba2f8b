/* stream_sim.h - streams inside one process, byte-exact and repeatable.

   A net joins any number of drivers: one listens, another connects, bytes go across when the two are
   polled.  A seed chooses where deliveries are split; a test may cut a connection at a byte, or hold
   what one end sends, as a peer that does not read would.

   Owner      one thread polls all drivers of a net; order of polls is the only clock.
   Units      bytes; a cut counts the bytes its end has sent since the connection opened.
   Invariant  (1) same seed and same calls: same events;
              (2) bytes are delivered in order, none twice, none lost but behind a cut or a reset.
   Errors     like stream.h; connecting where nobody listens gives STREAM_CLOSED with ECONNREFUSED. */
#ifndef SLUICE_DRIVERS_STREAM_SIM_H
#define SLUICE_DRIVERS_STREAM_SIM_H

#include "drivers/stream/stream.h"

enum { STREAM_SIM_DRIVER_MAX = 16, STREAM_SIM_LISTENER_MAX = 16 };

struct stream_sim_net;

/* stream_sim_net_open makes a net for up to connection_max connections at once; each direction queues
   up to send_bytes (a power of two).  Close the net after its drivers. */
struct stream_sim_net *stream_sim_net_open(
	uint64_t seed, uint32_t connection_max, uint32_t send_bytes);
void stream_sim_net_close(struct stream_sim_net *net);

/* stream_sim_open joins one more driver to the net; at most STREAM_SIM_DRIVER_MAX at once. */
struct stream *stream_sim_open(struct stream_sim_net *net);

/* stream_sim_chunk splits deliveries into pieces of min .. max bytes, by the seed; max 0: as they are. */
void stream_sim_chunk(struct stream_sim_net *net, uint32_t min_bytes, uint32_t max_bytes);

/* stream_sim_hold keeps what this end sends from leaving: stream_unsent_bytes grows until it is let go. */
void stream_sim_hold(struct stream *s, uint32_t connection, bool is_held);

/* stream_sim_cut breaks the connection for both ends once after_bytes of this end have been delivered. */
void stream_sim_cut(struct stream *s, uint32_t connection, uint64_t after_bytes);

#endif
