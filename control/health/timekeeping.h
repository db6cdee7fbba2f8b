/* timekeeping.h - whether the wall clock is kept as the site demands.

   The site says who keeps it and how far it may be off (site.yaml, clock).  A source that does not answer, does
   not synchronise or is too far off makes the appliance not ready: a receipt with a wrong time proves
   nothing.  A simulation may say none; then nothing is demanded, and that is said.

   Beside it stands the clock that the dataplane's windows and ages are measured by.  How far one of its stages found that
   strayed from the kernel's (clock_watch.h) is added to the offset, whether a source is demanded or not: the gate refuses
   CLOCK_IN_DOUBT when both together are above the limit.

   Owner      control's thread.
   Time       now_ns is monotonic, from the caller; a reading older than TIMEKEEPING_AGE_NS is none. */
#ifndef SLUICE_CONTROL_TIMEKEEPING_H
#define SLUICE_CONTROL_TIMEKEEPING_H

#include "dataplane/shm/region.h"
#include "drivers/machine/timesource.h"

#define TIMEKEEPING_AGE_NS (5ull * TIMESOURCE_PERIOD_NS)

enum timekeeping_verdict {
	TIME_IS_KEPT,
	TIME_NOT_DEMANDED,
	TIME_UNKNOWN,
	TIME_NOT_SYNCHRONISED,
	TIME_TOO_FAR,
	TIME_STRAYED
};

struct timekeeping {
	uint64_t max_offset_ns;
	struct timesource source;
	uint64_t strayed_ns; /* of the stage whose clock strayed most */
	enum stage_id strayed;
	uint64_t told_ns; /* of that, what is in the log */
};

void timekeeping_open(struct timekeeping *keeping, const struct site_config *site);
void timekeeping_close(struct timekeeping *keeping);
void timekeeping_turn(struct timekeeping *keeping, uint64_t now_ns);

/* timekeeping_hear takes what the stages of a dataplane (NULL: there was none yet) found of their clocks; the log says so when it
   has doubled. */
void timekeeping_hear(struct timekeeping *keeping, const struct dataplane_region *region);

/* timekeeping_judge says whether the clock is good enough; reason gets a sentence, also for a yes. */
enum timekeeping_verdict timekeeping_judge(
	const struct timekeeping *keeping, uint64_t now_ns, char *reason, size_t size);

/* timekeeping_off_ns tells how far the clock is off either way, and what strayed; no offset where nothing is demanded,
   UINT64_MAX where nobody knows. */
uint64_t timekeeping_off_ns(const struct timekeeping *keeping, uint64_t now_ns);

/* timekeeping_source gives the configured source's word. */
const char *timekeeping_source(const struct timekeeping *keeping);

#endif
