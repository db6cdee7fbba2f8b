/* membership.h - the groups that one port wants, kept alive in the network.

   At the start every group is joined, twice, because a report may be lost; then again each minute; a query of
   the network is answered after a random part of the time it allows, so that not all hosts answer at once; at
   the end every group is left.  Where a router still speaks an older version, so do we, for as long as the
   standards say (RFC 3376, 7.2.1), then go back to version 3.

      join -----> repeat once -----> each minute -----> leave
                        query -----> answer within its time

   Owner      the feed stage that polls the port.
   Time       now_ns from the caller; delays are drawn from a seed, so that a run repeats.
   Invariant  (1) an answer is sent at its time, never later than the query allows plus one turn. */
#ifndef SLUICE_FEED_MEMBERSHIP_H
#define SLUICE_FEED_MEMBERSHIP_H

#include "config/config.h"
#include "dataplane/wire/group.h"
#include "drivers/port/port.h"

#define MEMBERSHIP_PERIOD_NS                                                                       \
	(60ull * 1000 * 1000 * 1000) /* between reports nobody asked for       */
#define MEMBERSHIP_REPEAT_NS                                                                       \
	(1ull * 1000 * 1000 * 1000) /* the first is repeated within this      */
#define MEMBERSHIP_OLDER_NS                                                                        \
	(260ull * 1000 * 1000 * 1000) /* an older router is remembered so long  */

/* Lines of channels, and those on which proxies answer. */
enum { MEMBERSHIP_COUNT_MAX = 2 * CHANNEL_COUNT_MAX * LINE_COUNT_MAX };

/* One group of the port; answer_ns and repeat_ns are when a report is due, 0: none is. */
struct membership_group {
	struct group group;
	uint32_t interface_ip;
	uint64_t answer_ns, repeat_ns;
};

struct membership {
	struct port *port;
	uint8_t mac[6];
	bool has_joined;
	uint64_t joined_ns, due_ns; /* due_ns: the earliest report due; UINT64_MAX: none */
	uint64_t seed, draws;
	uint64_t reports, queries; /* sent; read */
	/* By family: the version an older router speaks, and until when we do. */
	uint8_t older_version[2];
	uint64_t older_until_ns[2];
	uint32_t count;
	struct membership_group groups[MEMBERSHIP_COUNT_MAX];
};

/* membership_init begins with no group; the port's own address is used where it has one, else a local one. */
void membership_init(struct membership *membership, struct port *port, uint64_t seed);

/* membership_add wants a line's group; a unicast address needs no joining, and a group is wanted once. */
void membership_add(struct membership *membership, const struct line_config *line);

/* membership_filter tells the port which Ethernet addresses to let through: the groups, and those that queries
   come to.  takes_any: a line takes whatever arrives, so nothing is kept out. */
void membership_filter(const struct membership *membership, bool takes_any);

/* membership_join reports every group now. */
void membership_join(struct membership *membership, uint64_t now_ns);

/* membership_on_frame looks whether a frame is a query and plans the answers.  true: it was a query. */
bool membership_on_frame(
	struct membership *membership, const uint8_t *frame, uint32_t size_bytes, uint64_t now_ns);

/* membership_turn sends what is due. */
void membership_turn(struct membership *membership, uint64_t now_ns);

/* membership_leave leaves every group that was joined. */
void membership_leave(struct membership *membership, uint64_t now_ns);

#endif
