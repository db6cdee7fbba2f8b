/* bench_link.h - what publishing a record to the journal link costs.

   Records of 64 bytes in bursts of 32, as a turn writes them; the yardstick copies the same bytes into the
   same prefaulted memory.

   Owner      the bench; memory is given back at the end. */
#ifndef SLUICE_BENCH_LINK_H
#define SLUICE_BENCH_LINK_H

#include "tools/bench/round.h"

/* bench_link_run adds the figures. */
void bench_link_run(struct figures *figures);

#endif
