/* inlet.h - one port as the feed takes from it: which line a frame is of, and where every frame went.

   A frame is looked at once: it is a datagram of one of the port's lines, or it is counted by what it is
   instead; a query of the network is answered (membership).  What the device lost before, its link and its
   rings are asked for now and then, because asking is slow.

   Owner      the feed stage that polls the port.
   Time       now_ns from the caller.
   Invariant  (1) of every frame exactly one word of the port's page counts (ports.h). */
#ifndef SLUICE_FEED_INLET_H
#define SLUICE_FEED_INLET_H

#include "dataplane/feed/membership.h"
#include "dataplane/shm/metrics.h"
#include "dataplane/shm/ports.h"
#include "dataplane/wire/net.h"

/* Where a line's packets come from. */
struct line_key {
	uint32_t group_ip, source_ip; /* 0: any */
	uint16_t udp_port;
	uint8_t channel, line;
	bool is_ipv6, has_source6;
	uint8_t group_ip6[IPV6_ADDRESS_BYTES], source_ip6[IPV6_ADDRESS_BYTES];
};

struct inlet {
	struct port *port; /* NULL: no line uses it */
	struct port_page *page;
	struct metrics *metrics;
	uint8_t time_source; /* enum port_time */
	bool takes_any;      /* a line takes any destination */
	bool was_up;
	uint32_t line_count;
	const struct line_key *stranger; /* of the last frame that was none of ours */
	struct membership membership;
	struct line_key lines[MEMBERSHIP_COUNT_MAX];
};

/* inlet_init begins without lines; the seed spreads its answers to queries. */
void inlet_init(struct inlet *inlet, struct port *port, struct port_page *page,
	struct metrics *metrics, uint64_t seed);

/* inlet_add hangs a line of a channel to the port; inlet_listen, after the last one, sets the device's filter. */
void inlet_add(
	struct inlet *inlet, const struct line_config *line, uint8_t channel, uint8_t line_index);
void inlet_listen(struct inlet *inlet);

/* inlet_look returns the line a frame is of and its datagram, or NULL: it is none, and counted.  A datagram to a line's group
   and port from another sender than its source names is none; inlet_stranger_of then tells whose it would have been, NULL:
   nobody's. */
const struct line_key *inlet_look(
	struct inlet *inlet, const struct packet *frame, struct net_udp *udp, uint64_t now_ns);
const struct line_key *inlet_stranger_of(const struct inlet *inlet);

/* inlet_took counts a burst of frames that was taken, delivered of them to channels. */
void inlet_took(struct inlet *inlet, uint32_t count, uint32_t delivered, uint64_t bytes);

/* inlet_ask asks the device what it lost and how it stands. */
void inlet_ask(struct inlet *inlet);

#endif
