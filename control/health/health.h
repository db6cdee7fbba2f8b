/* health.h - is it alive, is it ready, is it armed; each no with its reason.

   alive   every stage's loop counter moves
   ready   alive, and: the gate recovered its state, limits are adopted, every channel is sequenced and
           not stale, every port that a line uses has its link and lost nothing for 10 s, the clock is kept as the site demands, every venue is up, the journal and the audit write, what is in force is kept for a
           restart of control, the books of orders balance, the
           ledger of the journal and what the gate holds are equal
   armed   no latch at halted or stricter over the firm, and ready

   A line that is silent while the other carries its channel is a warning: nothing is missing yet, and orders pass.  So are
   symbols that are stale alone, their channel being whole: orders on all others pass.

   Owner      reads the dataplane's pages; keeps nothing. */
#ifndef SLUICE_CONTROL_HEALTH_H
#define SLUICE_CONTROL_HEALTH_H

#include "control/health/timekeeping.h"
#include "control/ledger/bookkeeping.h"
#include "control/limits/publishing.h"
#include "control/plane/plane.h"

enum {
	HEALTH_CHECK_COUNT_MAX = STAGE_COUNT + (1 + LINE_COUNT_MAX) * CHANNEL_COUNT_MAX +
				 2 * VENUE_COUNT_MAX + PORT_COUNT_MAX + 8 * GATE_COUNT_MAX + 6
};

enum health_part { HEALTH_ALIVE, HEALTH_READY, HEALTH_ARMED, HEALTH_PART_COUNT };

struct health_check {
	enum health_part part;
	char name[NAME_BYTES + 16];
	bool is_good;
	bool is_warning; /* good, and yet somebody should look: what stands between it and a no is less */
	char reason[768]; /* what was found; for a no or a warning also what was expected */
};

struct health {
	bool is_good[HEALTH_PART_COUNT];
	uint32_t count, warning_count;
	struct health_check checks[HEALTH_CHECK_COUNT_MAX];
};

/* What health is read from beside the dataplane's pages; keeping is the clock's. */
struct health_sources {
	const struct site_config *site;
	const struct plane *plane;
	const struct publishing *publishing;
	const struct timekeeping *keeping;
	const struct bookkeeping_verdict *books; /* by gate */
	int audit_errno;                         /* that ended the audit's writing; 0: none */
	const char *limits_owed; /* why what is in force is not kept for a restart; NULL: it is */
};

/* health_read looks at everything. */
void health_read(struct health *health, const struct health_sources *from, uint64_t now_ns);

const char *health_part_name(enum health_part part);

#endif
