/* session_watch.h - what the gates tell of sessions, in the log's words: up, down, refused, and why.

   A refusal that repeats is told once and then once a minute for each reason, with how often it was refused for it in between
   (repeat.h): a peer that tries again and again fills no disk, whatever reasons take turns.

   Owner      control's thread.
   Time       now_ns is monotonic, from the caller. */
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
	struct repeat refusals[SESSION_COUNT_MAX]; /* the reason: enum session_why */
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
	const struct gate_page *page, uint64_t now_ns);

#endif
