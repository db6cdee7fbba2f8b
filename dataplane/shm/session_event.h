/* session_event.h - what became of sessions, for people: up, down, refused, and why.

   The gate writes an event where a session goes up or down or a login is refused, in a ring on its page (region.h); control
   writes what is new to its log.  What a venue refused last stands beside the count of its refusals too, so that who comes
   later is told.

   Owner      the gate writes, control reads; a row that is written over while it is read tells of two events at worst.
   Units      expected and received are sequence numbers, of LONG bytes; both 0: it is not about numbers. */
#ifndef SLUICE_SHM_SESSION_EVENT_H
#define SLUICE_SHM_SESSION_EVENT_H

#include <stdint.h>

enum { SESSION_EVENT_COUNT = 64, SESSION_EVENT_TEXT_BYTES = 80 };

enum session_happening {
	SESSION_CAME_UP = 1,
	SESSION_WENT_DOWN = 2,
	SESSION_WAS_REFUSED = 3,
	SESSION_WAS_LONG = 4, /* one of its messages; it goes on */
};

enum session_why {
#define SESSION_WHY(name, words) SESSION_WHY_##name,
#include "dataplane/shm/session_why.def"
#undef SESSION_WHY
	SESSION_WHY_COUNT,
};

struct session_event {
	uint32_t session;  /* its number in the site; 0: a client that nobody knows */
	uint8_t happening; /* enum session_happening */
	uint8_t why;       /* enum session_why */
	uint8_t reserved[2];
	uint64_t expected, received;
	char text
		[SESSION_EVENT_TEXT_BYTES]; /* what the peer said, or we (LOGON), ended; empty: nothing */
};

/* What a venue's order session, or its drop copy, refused last; means nothing while no login is refused. */
struct session_refusals {
	_Atomic uint32_t count; /* logins refused in a row */
	struct session_event last;
};

#endif
