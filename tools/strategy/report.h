/* report.h - what a strategy says: lines for people, or with --json one object a line.

     {"type": "open", ...}     the market was opened
     {"type": "top", ...}      a watched symbol: its top, and what was summed from prints
     {"type": "lost", ...}     the reader was overrun: tape, events lost
     {"type": "order", ...}    the trigger fired and the order was handed over
     {"type": "gone", ...}     the dataplane ended
     {"type": "summary", ...}  events read and lost, latency percentiles

   Owner      the strategy's thread; standard output. */
#ifndef SLUICE_STRATEGY_REPORT_H
#define SLUICE_STRATEGY_REPORT_H

#include "tools/strategy/strategy.h"

void report_open(const struct strategy *strategy);
void report_tops(const struct strategy *strategy);
void report_loss(const struct strategy *strategy, uint32_t tape, uint64_t lost);
void report_order(const struct strategy *strategy, const struct sluice_top *top);
void report_gone(const struct strategy *strategy);
void report_summary(const struct strategy *strategy);

#endif
