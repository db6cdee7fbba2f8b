/* watch.h - what control remembers of a port between two looks: since when its link is down, and when it last
   lost frames.

   The dataplane's page has counters and no times, because times of two processes are not compared: the
   observer ages what it sees.

   Owner      control's thread.
   Time       now_ns is monotonic, from the caller. */
#ifndef SLUICE_CONTROL_WATCH_H
#define SLUICE_CONTROL_WATCH_H

#include "dataplane/shm/region.h"

/* A port that lost frames within this time is not well. */
#define WATCH_LOST_NS (10ull * 1000 * 1000 * 1000)

struct port_watch {
	bool is_known; /* seen once since the attachment: what was lost before is not news */
	uint64_t lost, lost_ns; /* lost so far; when that last rose, 0: not since the attachment */
	uint64_t down_ns;       /* since when the link is down; 0: it is up */
	bool was_up, is_told;   /* seen up since the attachment; the log has said that it is down */
};

/* A link that was never seen up has this long from the attachment on: a dataplane that starts brings it up itself. */
#define WATCH_START_NS (5ull * 1000 * 1000 * 1000)

/* watch_turn looks at a port's page; name is for the log, which says when a link goes down or up and when
   losses begin. */
void watch_turn(
	struct port_watch *watch, const struct port_page *page, const char *name, uint64_t now_ns);

/* watch_is_losing tells whether frames were lost within WATCH_LOST_NS. */
bool watch_is_losing(const struct port_watch *watch, uint64_t now_ns);

#endif
