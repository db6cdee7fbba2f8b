/* venue_rig.h - the venue's other doors for a feed_rig: two request servers and GLIMPSE, in one process.

   They serve the rig's day as far as it is published, over datagram_sim and stream_sim, so a test chooses
   what is lost on the way, who is deaf, who lies and how old a snapshot is.

   Owner      the test. */
#ifndef SLUICE_TESTS_VENUE_RIG_H
#define SLUICE_TESTS_VENUE_RIG_H

#include "drivers/datagram/datagram_sim.h"
#include "drivers/stream/stream_sim.h"
#include "tests/support/feed_rig.h"

enum {
	VENUE_RIG_SERVER_COUNT = 2,
	VENUE_RIG_GLIMPSE_PORT = 26401,
	VENUE_RIG_QUEUE_BYTES = 1 << 19
};

/* The two request servers. */
extern const struct endpoint venue_rig_servers[VENUE_RIG_SERVER_COUNT];

struct venue_rig {
	struct feed_rig *rig;
	uint64_t published; /* messages 1 .. published of the day are known to the servers */
	char session[10];

	uint32_t answer_bytes; /* longest answer                        */
	bool is_deaf[VENUE_RIG_SERVER_COUNT];
	bool is_of_other_session;
	uint64_t requests[VENUE_RIG_SERVER_COUNT];
	uint64_t last_first; /* what the last request asked for       */
	uint32_t last_count;

	bool is_absent;           /* nobody serves what a connection asks for                */
	bool is_spinning_another; /* session                                                 */
	bool is_rejecting;        /* logins                                                  */
	bool is_endless;          /* the spin never ends                                     */
	bool is_spoiling;         /* the spin begins with a message too short to be read     */
	uint64_t lag;             /* the snapshot is so many messages older than the market  */
	uint64_t lie;             /* not 0: the number the spin ends with                    */
	uint64_t cut_after_bytes; /* not 0: the connection breaks there              */
	uint32_t spins;
	uint64_t spun;    /* the number the last spin ended with */
	uint32_t spinner; /* the connection of the last spin */

	struct datagram_sim_net *datagrams;
	struct datagram *servers[VENUE_RIG_SERVER_COUNT], *client;
	struct stream_sim_net *streams;
	struct stream *glimpse, *stream;
	struct feed_model model;
};

/* venue_rig_recovery is a site's recovery that asks these servers; an edit sets it on all channels. */
extern const struct recovery_config venue_rig_recovery;

/* venue_rig_open joins a rig whose site has that recovery; venue_rig_close leaves it. */
struct venue_rig *venue_rig_open(struct feed_rig *rig);
void venue_rig_close(struct venue_rig *venue);

/* venue_rig_begin makes everything but the rig as it was opened, with another seed and rates. */
void venue_rig_begin(
	struct venue_rig *venue, uint64_t seed, const struct datagram_sim_rates *rates);

/* venue_rig_spin_end ends the spin of an endless one. */
void venue_rig_spin_end(struct venue_rig *venue);

/* venue_rig_turn answers what was asked; venue_rig_poll turns venue and feed until neither has work now. */
bool venue_rig_turn(struct venue_rig *venue);
void venue_rig_poll(struct venue_rig *venue);

#endif
