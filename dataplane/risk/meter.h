/* meter.h - how much of its limits each single order uses: the last, the peak, and a word at 50, 80, 100 %.

   Limits on one order alone (its size, how far its price is, how old what it is judged by) are the first
   METER_COUNT rows of limits.def; a meter has a place for each.  Every order that passes uses them anew (how far an
   execution slipped: every execution), so "now" is the last one's usage, and a fall says only that it was smaller: marks rise and
   fall as a gauge's do, but one is told again only METER_QUIET_NS after it was told, so that orders
   large and small in turn do not chatter.

   Owner      the gate stage.
   Time       now_ns of the turn.
   Units      of the limit; ages in nanoseconds.
   Invariant  (1) nothing of a meter is read by a judgement;
              (2) usage from below[] to above[] is no new peak and moves no mark: nothing but now[]
                  changes. */
#ifndef SLUICE_RISK_METER_H
#define SLUICE_RISK_METER_H

#include "config/limitset.h"
#include "dataplane/risk/gauge.h"

enum { METER_COUNT = LIMIT_max_slippage + 1 };

#define METER_QUIET_NS (UINT64_C(60) * 1000000000)

struct meter {
	/* every commit */
	int64_t now[METER_COUNT];
	int64_t above[METER_COUNT], below[METER_COUNT];
	/* peaks and marks only */
	int64_t peak[METER_COUNT];
	uint64_t told_ns[METER_COUNT]; /* when the last mark was told */
	uint8_t marks[METER_COUNT];    /* reached: 0 .. 3 */
	uint8_t told[METER_COUNT];     /* the mark that was told last */
};

/* meter_set gives a limit (0 or below: none) to a place; its marks begin anew and may be told at once.
   The peak stays. */
void meter_set(struct meter *meter, enum limit limit, int64_t value);

/* meter_move takes usage that is a new peak or moves a mark.  true: a higher mark is to be told. */
__attribute__((cold)) bool meter_move(
	struct meter *meter, enum limit limit, int64_t value, int64_t usage, uint64_t now_ns);

/* meter_feed records an order's usage.  true: meter_move has to look at it. */
static inline bool meter_feed(struct meter *meter, enum limit limit, int64_t usage)
{
	meter->now[limit] = usage;
	return UNLIKELY(usage > meter->above[limit] || usage < meter->below[limit]);
}

#endif
