/* plane.h - control's end of the dataplane: attached or not, its region, its signs of life.

     away --attach.sock answers--> greeting --its regions came--> attached
      ^  <--refused, silent 1 s------'                              |
      '---------------connection ended: the process is gone---------'

   The region of a dataplane that is gone stays mapped: its counters are read and its journal link is
   handed to the next one for salvage.

   Owner      control's thread.
   Time       now_ns is monotonic, from the caller.
   Invariant  (1) region and market are NULL only before the first attachment;
              (2) is_attached means the connection stands and both are that process's. */
#ifndef SLUICE_CONTROL_PLANE_H
#define SLUICE_CONTROL_PLANE_H

#include "control/plane/session_watch.h"
#include "control/plane/watch.h"
#include "dataplane/shm/market.h"

#define PLANE_AGAIN_NS    (60ull * 1000 * 1000 * 1000)
#define PLANE_RETRY_NS    100000000u  /* between attempts to attach              */
#define PLANE_GREETING_NS 1000000000u /* a dataplane answers within this         */
#define PLANE_STUCK_NS    1000000000u /* a loop counter that stands so long: hung */

/* A question in a stage's mailbox. */
struct plane_mail {
	uint64_t number;    /* of the last question; 0: none yet */
	bool is_unanswered; /* the mailbox may not be written */
	bool is_awaited;    /* somebody still wants the answer */
};

struct plane {
	const struct site_config *site;
	struct control_region *own;
	int own_fd;
	int socket; /* -1: away */
	bool is_attached;
	const struct dataplane_region *region;
	const struct market_region *market;
	int region_fd, market_fd;
	uint64_t retry_ns, greeted_ns, attached_wall_ns, lost_wall_ns;
	uint64_t attach_count;
	uint64_t loops[STAGE_COUNT], loops_moved_ns[STAGE_COUNT];
	struct port_watch ports[PORT_COUNT_MAX]; /* by index in site.yaml */
	struct session_watch sessions[GATE_COUNT_MAX];
	struct plane_mail mail[STAGE_COUNT];
	char trouble[1024];     /* why it is not attached; empty: it is */
	struct repeat refusals; /* of these what is in the log */
};

/* plane_open creates control's region.  false: error has why. */
bool plane_open(struct plane *plane, const struct site_config *site, struct config_error *error);
void plane_close(struct plane *plane);

/* plane_turn attaches, notices the end of a dataplane, and watches the stages' loops.  Returns true if
   the attachment changed. */
bool plane_turn(struct plane *plane, uint64_t now_ns);

/* plane_stage_is_alive tells whether a stage's loop moved within PLANE_STUCK_NS. */
bool plane_stage_is_alive(const struct plane *plane, enum stage_id stage, uint64_t now_ns);

/* stage_is_there tells whether the site has a stage: of feeds there may be several. */
bool stage_is_there(const struct site_config *site, enum stage_id stage);

/* gate_name gives a gate's name in the site; "gate" where there is one. */
const char *gate_name(const struct site_config *site, uint32_t gate);

/* plane_gate_count tells how many gates are there to be asked: those that the site and the dataplane both have. */
uint32_t plane_gate_count(const struct plane *plane);

/* plane_durable gives the number of the last record of a gate's journal that its disk acknowledged; 0: not known. */
uint64_t plane_durable(const struct plane *plane, uint32_t gate);

/* plane_is_recovered tells whether every gate takes orders. */
bool plane_is_recovered(const struct plane *plane);

/* plane_latched_state gives the strictest state of the firm that any gate latched. */
uint32_t plane_latched_state(const struct plane *plane);

/* stage_name gives the operator's word; stage_loops its heartbeat counter. */
const char *stage_name(enum stage_id stage);
enum metric stage_loops(enum stage_id stage);

#endif
