/* plan.h - the dataplane as one table: stages, what they work on, and the order in which they wake.

   Boot wakes them so that nothing can trade before it is known to be right:

      lock      the journal is this process's alone; from here on ports come up beside all else, the reading of accounts and
                symbols too, and what tables take becomes present beside it (aside.h): whatever needs no port takes its tables
                before ports are waited for
      door      kill and attach sockets answer
      replay    the journal is read; the state it leaves is rebuilt
      journal   writing goes on behind the last valid record
      feed      ports are open, books fill
      control   attaches, and hands over what an earlier process had published
      gates     take the recovered state, then let clients in

   A gate has a journal, a fold, a link and sessions of its own, by its own view of the site; one stage writes all the
   journals, and all gates share feeds, door and control.

   A journal with a damaged tail, one that lacks what its last process called durable, or one whose last process left no
   region behind, boots the firm halted.

   Owner      the main thread.
   Errors     at boot a sentence and nothing left: no process, no socket, no directory or file that this
              start made, unless a record of it is in the journal. */
#ifndef SLUICE_PLAN_PLAN_H
#define SLUICE_PLAN_PLAN_H

#include <signal.h>

#include "dataplane/feed/feed.h"
#include "dataplane/gate/gate.h"
#include "dataplane/journal/journal.h"
#include "dataplane/plan/door.h"
#include "dataplane/plan/entrance.h"
#include "dataplane/plan/phases.h"
#include "dataplane/plan/ports.h"
#include "dataplane/stage/stage.h"

/* A gate, and what is its alone. */
struct plan_gate {
	struct site_config site; /* its own view */
	struct journal_lock lock;
	struct replay *replay;
	struct disk *disk;
	struct journal *journal;
	struct entrance entrance;
	struct gate *gate;
	char name[16]; /* of its thread */
};

struct plan {
	const struct site_config *site;
	const volatile sig_atomic_t *is_stopping;
	struct dataplane_region *region;
	struct market_region *market;
	int region_fd, market_fd;
	struct journal_lock
		lock; /* of the directory that all journals lie in; of one gate it becomes the gate's */
	bool made_run_directory;
	bool is_refused;     /* the start came to nothing: what it made goes with it */
	uint32_t gate_count; /* of those that follow: 0 until their journals are locked */
	struct plan_gate gates[GATE_COUNT_MAX];
	struct ports ports;
	struct stream *snapshots
		[FEED_STAGE_COUNT_MAX]; /* NULL: no channel of the stage needs a connection */
	struct datagram *datagrams[CHANNEL_COUNT_MAX];
	struct feed *feeds[FEED_STAGE_COUNT_MAX];  /* by feed stage of the site */
	char feed_names[FEED_STAGE_COUNT_MAX][16]; /* of their threads */
	struct door *door;
	struct stage stages[STAGE_COUNT]; /* by enum stage_id */
	_Atomic bool has_records;         /* from now on: gates begin */
	struct phases phases;             /* of the boot */
};

/* plan_begin takes the journals for this process and lets ports come up.  Of the site it looks at what config_begin reads; the
   rest may be read meanwhile.  phases: of this boot, so far.  false: error has why; nothing is left of it. */
bool plan_begin(struct plan *plan, const struct site_config *site, const struct phases *phases,
	struct config_error *error);

/* plan_abandon takes that back: the site turned out to be no good. */
void plan_abandon(struct plan *plan);

/* plan_start wakes door, journal and feed; a slow disk is waited for until *is_stopping.  false: error has why; what was started
   is stopped. */
bool plan_start(
	struct plan *plan, const volatile sig_atomic_t *is_stopping, struct config_error *error);

/* plan_run waits for control, wakes the gate and watches until *is_stopping.  false: error has why. */
bool plan_run(
	struct plan *plan, const volatile sig_atomic_t *is_stopping, struct config_error *error);

/* plan_stop ends everything in the reverse order; the journal last, when all is durable. */
void plan_stop(struct plan *plan);

#endif
