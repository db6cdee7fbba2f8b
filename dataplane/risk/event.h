/* event.h - what is told of usage: that a limit's rose to 50, 80 or 100 %.

   Whoever feeds a gauge or a meter (usage.h, and those whose limits stand apart) keeps an event here where a mark was
   reached; the gate takes them out (risk_events) and journals them.

   Owner      the gate stage.
   Invariant  (1) the oldest gives way where nobody takes them out: a judgement never waits for a reader. */
#ifndef SLUICE_RISK_EVENT_H
#define SLUICE_RISK_EVENT_H

#include "dataplane/risk/tables.h"

/* event_keep keeps an event.  event (1) */
void event_keep(struct risk *risk, struct usage_row row);

/* event_head makes the row of a gauge, its numbers zero; LANE_NONE: a session's cancels, which no lane refuses an order
   for. */
struct usage_row event_head(enum scope scope, uint8_t lane, uint32_t id, uint32_t symbol);

#endif
