/* session_watch.h - what the gates tell of sessions, in the log's words: up, down, refused, and why.

   A refusal that repeats is told once, and a minute later with how often it came since and since when, for each reason
   (repeat.h): a peer that tries again and again fills no disk, whatever reasons take turns, and none of it is kept back, be it that
   nobody tries on or that a login is taken.

   Owner      control's thread.
   Time       now_ns is monotonic, wall_ns since 1970, both from the caller; a time of day is UTC, as the log's. */
#ifndef SLUICE_CONTROL_SESSION_WATCH_H
#define SLUICE_CONTROL_SESSION_WATCH_H

#include "config/config.h"
#include "control/plane/repeat.h"
#include "dataplane/shm/region.h"

#define SESSION_WATCH_AGAIN_NS (60ull * 1000 * 1000 * 1000)

enum { SESSION_WORDS_BYTES = 320 };

struct session_watch {
	bool is_known; /* looked at since the attachment: what was before is not news */
	uint64_t seen; /* events taken of this gate's ring */
	struct repeat refusals[SESSION_COUNT_MAX];      /* the reason: enum session_why */
	struct repeat longs[SESSION_COUNT_MAX];         /* messages longer than are taken */
	struct session_event newest[SESSION_COUNT_MAX]; /* refusal of each */
	bool has_counted;                               /* some wait to be told */
};

/* session_words writes why, for people: what was found, expected, and what mends it where that is known. */
const char *session_words(const struct session_event *event, char text[SESSION_WORDS_BYTES]);

/* venue_place gives a venue's index on its gate's page, which has its own venues only. */
uint32_t venue_place(const struct site_config *site, uint32_t venue);

/* venue_refusals gives what a venue, or its drop copy, refuses. */
const struct session_refusals *venue_refusals(const struct dataplane_region *region,
	const struct site_config *site, uint32_t venue, bool is_copy);

/* session_name names a session as the site does: "venue exchange", "the drop copy of exchange", "session 2 (beta)". */
const char *session_name(
	const struct site_config *site, uint32_t session, char text[SESSION_WORDS_BYTES]);

/* session_watch_turn writes what is new of a gate's page to the log. */
void session_watch_turn(struct session_watch *watch, const struct site_config *site,
	const struct gate_page *page, uint64_t now_ns, uint64_t wall_ns);

#endif
