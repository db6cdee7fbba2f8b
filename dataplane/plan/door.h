/* door.h - the dataplane's own door: a kill that needs nobody else, and the exchange of regions.

   A thread of its own, which no gate ever waits for, serves three sockets in the run directory:

     kill.sock    lines (words.h) from people: kill, halt, reduce-only, status.  The peer's uid decides
                  (SO_PEERCRED): a person of the site with role operator or higher, or the dataplane's
                  own uid.  The word is stored before anything is written back.
     attach.sock  control hands over its region and takes ours and the market (region.h).  The peer is root, the
                  dataplane's own uid, or a person with role security.

     market.sock  strategies get the market's memory, read-only (audience.h); the uid decides.

   Floods are bounded: strangers are refused and closed at once; of the others at most
   DOOR_CALLER_COUNT are held, and a slot is always free for the next: whoever comes is read and acted
   on first, then the longest idle connection of the uid that holds most is dropped.

   Owner      the door's thread (door_poll); the readers of control and previous are any thread.
   Time       door_poll waits in poll() for at most a millisecond; it is nobody's hot path.
   Invariant  (1) a region that was given out by door_control stays mapped for as long as anybody can be
              using it; (2) nothing but words from the kill socket is ever written to door_stops. */
#ifndef SLUICE_PLAN_DOOR_H
#define SLUICE_PLAN_DOOR_H

#include "config/config.h"
#include "dataplane/shm/region.h"

enum {
	DOOR_CALLER_COUNT = 64,
	DOOR_ATTACH_COUNT = 8,  /* connections of control processes */
	DOOR_REGION_COUNT = 64, /* control regions kept mapped */
};

struct door;

/* door_open makes the run directory if need be and listens on its sockets; sockets that a dead
   process left are replaced, those of a living one are not.  NULL: error has why. */
struct door *door_open(const struct site_config *site, struct dataplane_region *region,
	int region_fd, int market_fd, struct config_error *error);

/* door_poll serves everybody once; a stage_poll.  Returns true if there was anything to do. */
bool door_poll(void *door, uint64_t now_ns);

/* door_control gives the region of the control process that attached last; NULL: none ever did.  It
   stays when that process ends: its heartbeat no longer moves, and that is what gates look at. */
const struct control_region *door_control(const struct door *door);

/* door_previous gives the region of an earlier dataplane that control had kept, for salvage; NULL: none
   was handed over.  It is there before door_control shows the region that brought it. */
const struct dataplane_region *door_previous(const struct door *door);

/* door_attach_count counts control processes that attached. */
uint64_t door_attach_count(const struct door *door);

/* door_close takes the sockets away and unmaps what was attached; the stage has ended. */
void door_close(struct door *door);

#endif
