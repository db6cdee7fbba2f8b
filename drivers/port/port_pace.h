/* port_pace.h - a capture at the speed at which it was taken.

   The first frame is due at once; every other one when as much time has passed here as lay between
   them in the capture.  A frame older than the first (captures of several cores do that) is due at once.

   Owner      the port that replays.  Time and units: nanoseconds; now_ns never runs backwards. */
#ifndef SLUICE_DRIVERS_PORT_PACE_H
#define SLUICE_DRIVERS_PORT_PACE_H

#include "config/base.h"

struct pace {
	uint64_t capture_zero_ns; /* the first frame's time in the capture */
	uint64_t zero_ns;         /* the caller's time when it was due     */
	bool has_begun;
};

/* pace_is_due tells whether a frame captured at time_ns may go now. */
static inline bool pace_is_due(struct pace *pace, uint64_t time_ns, uint64_t now_ns)
{
	if (!pace->has_begun)
		*pace = (struct pace){time_ns, now_ns, true};
	return time_ns <= pace->capture_zero_ns ||
	       time_ns - pace->capture_zero_ns <= now_ns - pace->zero_ns;
}

#endif
