/* bench_loads.h - the gate while limits come in, one epoch after the other, and while none do.

   The wide work of bench_gate.h with a row of limits for each symbol too.  Every limit of every row changes with every
   epoch.  Blocks with limits coming in stand between blocks without, so that both have the same moments of the
   machine; in these every row has had the limits in force for long.  A third kind of block is nothing but orders that are
   the first of their account and symbol since limits came in force: what is shown of a row gets its limits then.

   Units      nanoseconds per order, each order timed by itself, less the cost of reading the clock. */
#ifndef SLUICE_BENCH_LOADS_H
#define SLUICE_BENCH_LOADS_H

#include "tools/bench/round.h"

/* bench_loads_run adds the figures.  false: orders or loads did not come through, told on standard error. */
bool bench_loads_run(struct figures *figures);

#endif
