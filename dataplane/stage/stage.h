/* stage.h - the one run loop: a pinned thread that polls.

   A stage is a poll function and what it works on.  The loop reads the clock once, polls, counts its
   heartbeat, and idles as the site says when there was nothing to do: spin (a core of its own), yield or
   nap (cores are shared).  Ten times a second it holds its clock against the kernel's (clock_watch.h), and so it does every
   STAGE_LOOK_TURNS turns, for a clock that stands never says that it is time.

   A stage that is asked to stop may leave in order: what it says last has to reach who it is for.

   Owner      the thread; stage_stop may be called from any thread.
   Time       now_ns is read once per turn and handed to poll. */
#ifndef SLUICE_STAGE_STAGE_H
#define SLUICE_STAGE_STAGE_H

#include <pthread.h>
#include <stdatomic.h>

#include "config/config.h"
#include "dataplane/shm/metrics.h"
#include "drivers/machine/clock_watch.h"

#define STAGE_LOOK_NS    100000000ull
#define STAGE_LOOK_TURNS (1u << 20)
#define STAGE_LEAVE_NS   250000000ull

/* A poll does one turn and returns true if there was work. */
typedef bool stage_poll(void *context, uint64_t now_ns);

struct stage {
	const char *name;
	stage_poll *poll;
	stage_poll *
		leave; /* NULL, or turned once it is to stop, until there is no more to do or STAGE_LEAVE_NS are over */
	void *context;
	struct metrics *metrics;
	enum metric loops;            /* its heartbeat counter */
	_Atomic uint64_t *strayed_ns; /* how far its clock strayed from the kernel's */
	struct stage_config config;
	_Atomic bool is_stopping;
	pthread_t thread;
	bool is_started;
};

/* stage_start starts the thread, named and pinned.  false: error has why; nothing runs. */
bool stage_start(struct stage *stage, struct config_error *error);

/* stage_run polls on the calling thread until stage_stop. */
void stage_run(struct stage *stage);

/* stage_stop asks the loop to end after its turn, and to leave; stage_join waits for it. */
void stage_stop(struct stage *stage);
void stage_join(struct stage *stage);

#endif
