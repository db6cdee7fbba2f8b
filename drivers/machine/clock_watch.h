/* clock_watch.h - whether a thread's TSC goes on as the kernel's clock does.

   Windows, ages and silences are measured by the TSC, which was measured once, on one core.  One that jumps (firmware, a
   guest that was moved), runs wrong, stands, or differs on another core makes a window too short and an old price young.  So
   each thread holds it, now and then, against CLOCK_MONOTONIC_RAW: from look to look both must have gone equally far.  What they
   are apart beyond CLOCK_WATCH_SLACK_NS and CLOCK_WATCH_PPM of the time between adds up, and is never forgiven: a new
   start measures anew.

   Owner      the thread that looks; its first look is held against the calibration.
   Time       of both clocks, from clock_read or, in tests, by hand.
   Errors     a reading that took longer than CLOCK_WATCH_WIDTH_NS says nothing: the thread was away, and the next one tells. */
#ifndef SLUICE_DRIVERS_CLOCK_WATCH_H
#define SLUICE_DRIVERS_CLOCK_WATCH_H

#include "drivers/machine/clock.h"

enum { CLOCK_WATCH_SLACK_NS = 20000, CLOCK_WATCH_PPM = 200, CLOCK_WATCH_WIDTH_NS = 5000 };

struct clock_watch {
	struct clock_reading last;
	uint64_t strayed_ns; /* added up, saturating */
};

/* clock_watch_start begins at the calibration. */
void clock_watch_start(struct clock_watch *watch);

/* clock_watch_feed takes a reading; clock_watch_look takes one now.  Both return strayed_ns. */
uint64_t clock_watch_feed(struct clock_watch *watch, struct clock_reading now);
uint64_t clock_watch_look(struct clock_watch *watch);

#endif
