/* audience.h - strategies at the market socket: who may read gets the market's memory, nobody is heard.

      accepted ──its hello is right, its uid may read──▶ served ──its end──▶ gone
         └──refused with a sentence, or nothing within two seconds──▶ gone

   May read: the dataplane's own uid, the people of the site (they may see all of it by other ways) and the
   uids of `market: readers`.  Everyone else is refused, counted and logged.  The connection carries
   nothing but hello and answer; that it ends tells a strategy that the dataplane is gone.

   Nothing a reader does afterwards can be noticed here: the memory is sealed, and its writer looks at nobody.

   Owner      the door's thread.
   Invariant  (1) at most AUDIENCE_COUNT connections, at most AUDIENCE_UID_COUNT of them of one uid;
              (2) a descriptor is sent to no uid that may not read. */
#ifndef SLUICE_PLAN_AUDIENCE_H
#define SLUICE_PLAN_AUDIENCE_H

#include <poll.h>

#include "config/config.h"
#include "dataplane/shm/market.h"

#define AUDIENCE_PATIENCE_NS 2000000000ull /* for a hello */
#define AUDIENCE_LOG_NS      1000000000ull /* refusals are logged this often at most; all are counted */

enum { AUDIENCE_COUNT = 64, AUDIENCE_UID_COUNT = 16 };

struct audience_seat {
	int fd; /* -1: free */
	uint32_t uid;
	bool is_served;
	uint64_t since_ns;
};

struct audience {
	const struct site_config *site;
	struct metrics *metrics;
	int market_fd;
	uint64_t logged_ns;
	struct audience_seat seats[AUDIENCE_COUNT];
};

void audience_init(struct audience *audience, const struct site_config *site,
	struct metrics *metrics, int market_fd);

/* audience_may_read tells whether a uid is given the market. */
bool audience_may_read(const struct site_config *site, uint32_t uid);

/* audience_polls fills in what to wait for; at most AUDIENCE_COUNT. */
uint32_t audience_polls(const struct audience *audience, struct pollfd *polls);

/* audience_serve lets in who waits at `listener` and answers who said hello. */
bool audience_serve(struct audience *audience, int listener, uint64_t now_ns);

void audience_close(struct audience *audience);

#endif
