/* gauge.h - how much of a limit is used: the peak, and a word when it crosses 50, 80 or 100 %.

   A gauge is fed with the usage at every commit.  It remembers the largest, and says once when usage
   rises to a mark.  A mark speaks again only after usage fell to a lower mark (25 % for the lowest), so
   a limit that hovers does not chatter.

                 up                up               up
       quiet  ------>  50 %  ------>  80 %  ------>  100 %
       quiet  <------  50 %  <------  80 %  <------  100 %
             below 25        below 50        below 80

   Owner      the gate stage.
   Units      of the usage it is fed with.
   Invariant  (1) nothing of a gauge is read by the judgement;
              (2) what is kept of gauge_still is taken anew whenever its gauge was set, fed or moved. */
#ifndef SLUICE_RISK_GAUGE_H
#define SLUICE_RISK_GAUGE_H

#include "config/base.h"
#include "dataplane/risk/wide.h"

struct gauge {
	int64_t peak;
	int64_t up;   /* usage that reaches the next mark; INT64_MAX: none left or no limit */
	int64_t down; /* usage below this takes back a mark; INT64_MIN: none to take back */
	int64_t mark; /* marks reached: 0 .. 3 */
};

/* gauge_above gives the usage above which is a new peak or a higher mark. */
static inline int64_t gauge_above(const struct gauge *gauge)
{
	return gauge->peak < gauge->up ? gauge->peak : gauge->up - 1;
}

/* gauge_still gives what is looked at with every order instead of a gauge, which may be far: usage up to it is no new peak and
   moves no mark.  INT64_MIN: a mark is reached, which less may take back, so the gauge itself has to be asked.  gauge (2) */
static inline int64_t gauge_still(const struct gauge *gauge)
{
	return gauge->down == INT64_MIN ? gauge_above(gauge) : INT64_MIN;
}

/* gauge_set gives the gauge a limit (INT64_MIN: none) and the usage now: the marks already reached
   are not spoken of.  The peak stays. */
void gauge_set(struct gauge *gauge, int64_t limit, int64_t usage);

/* gauge_first gives the usage that reaches the first mark of a limit. */
static inline int64_t gauge_first(int64_t limit)
{
	return limit > 0 ? limit / 2 + limit % 2 : INT64_MAX;
}

/* gauge_place puts up and down on either side of the gauge's mark. */
void gauge_place(struct gauge *gauge, int64_t limit);

/* gauge_move steps over the marks between the last usage and this one.  true: a higher mark was
   reached; fed usage that passed no mark moves nothing. */
__attribute__((cold)) bool gauge_move(struct gauge *gauge, int64_t limit, int64_t usage);

/* gauge_feed records usage.  true: it passed a mark, and gauge_move has to step. */
static inline bool gauge_feed(struct gauge *gauge, int64_t usage)
{
	gauge->peak = usage > gauge->peak ? usage : gauge->peak;
	return usage >= gauge->up || usage < gauge->down;
}

#endif
