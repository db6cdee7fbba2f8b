/* guests.h - control processes at the attach socket, and the regions they brought.

      accepted ──its message is right──▶ attached ──its end──▶ gone (its region stays)
         └──wrong, refused with a sentence, or nothing within two seconds──▶ gone

   Owner      the door's thread; control, previous and attach_count are read by any.
   Invariant  (1) previous is stored before control: who sees control sees what came with it;
              (2) a region is unmapped only when DOOR_REGION_COUNT - 1 newer ones came, ten seconds after it was
              replaced, and never the one the gate says it uses. */
#ifndef SLUICE_PLAN_GUESTS_H
#define SLUICE_PLAN_GUESTS_H

#include <poll.h>
#include <stdatomic.h>

#include "config/config.h"
#include "dataplane/plan/door.h"

#define GUESTS_PATIENCE_NS 2000000000ull  /* for the first message */
#define GUESTS_GRACE_NS    10000000000ull /* a replaced region may still be read so long */

struct guest {
	int fd; /* -1: free */
	bool is_attached;
	uint64_t since_ns;
};

struct guest_region {
	const struct control_region *region; /* NULL: free */
	uint64_t replaced_ns;
};

struct guests {
	const struct site_config *site;
	struct dataplane_region *region;
	int region_fd, market_fd;
	_Atomic(const struct control_region *) control;
	_Atomic(const struct dataplane_region *) previous;
	_Atomic uint64_t attach_count;
	struct guest guests[DOOR_ATTACH_COUNT];
	uint32_t newest; /* slot of `control` */
	struct guest_region regions[DOOR_REGION_COUNT];
};

void guests_init(struct guests *guests, const struct site_config *site,
	struct dataplane_region *region, int region_fd, int market_fd);

/* guests_polls fills in what to wait for; at most DOOR_ATTACH_COUNT. */
uint32_t guests_polls(const struct guests *guests, struct pollfd *polls);

/* guests_serve lets in who waits at `listener` and takes what the others sent. */
bool guests_serve(struct guests *guests, int listener, uint64_t now_ns);

void guests_close(struct guests *guests);

#endif
