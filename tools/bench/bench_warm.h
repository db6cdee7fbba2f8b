/* bench_warm.h - what the first packet of a day costs, and what it costs after a warm-up.

   Each measurement is a process of its own, whose pages, caches and branch predictor have not met the feed's
   code; the caches are swept before the packet.

   Owner      the bench. */
#ifndef SLUICE_BENCH_WARM_H
#define SLUICE_BENCH_WARM_H

#include "tools/bench/round.h"

/* bench_warm_run adds the figures. */
void bench_warm_run(struct figures *figures);

#endif
