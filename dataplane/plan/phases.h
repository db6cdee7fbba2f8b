/* phases.h - where the time of a boot goes, for the person who waits for it.

   A boot is one phase after the other.  Whoever ends one says its name; all of them, with the milliseconds that each took, are
   one line of the log when the gates let clients in:

      ready after 812 ms: configuration 94, lock 12, regions 41, ..., control 102, recovery 3

   A phase that comes for each gate is named each time and summed.

   Owner      the main thread.
   Time       monotonic, from the caller.
   Invariant  (1) the phases' times sum to the time since phases_begin, as of the last one's end. */
#ifndef SLUICE_PLAN_PHASES_H
#define SLUICE_PLAN_PHASES_H

#include "config/base.h"

enum { PHASE_COUNT_MAX = 16, PHASES_TEXT_BYTES = 512 };

struct phases {
	uint64_t began_ns, ended_ns; /* of the first, of the last */
	uint32_t count;
	struct phase {
		const char *name; /* lives as long as the process */
		uint64_t took_ns;
	} rows[PHASE_COUNT_MAX];
};

/* phases_begin begins the first phase. */
void phases_begin(struct phases *phases, uint64_t now_ns);

/* phases_end ends the phase under way, which was `name`, and begins the next. */
void phases_end(struct phases *phases, const char *name, uint64_t now_ns);

/* phases_tell writes the line's words into text and returns it. */
const char *phases_tell(const struct phases *phases, char text[PHASES_TEXT_BYTES]);

#endif
