/* bench_machine.h - what the machine itself costs: the yardsticks of everything that crosses cores.

   One cache line back and forth between two cores, and a datagram and a stream's bytes back and forth over
   the kernel's loopback, both ends spinning.  Wall time, because two threads share the work.

   Owner      the bench; starts one thread and ends it. */
#ifndef SLUICE_BENCH_MACHINE_H
#define SLUICE_BENCH_MACHINE_H

#include "tools/bench/round.h"

/* bench_machine_run adds the figures; on a machine of one core it adds none and says so. */
void bench_machine_run(struct figures *figures);

/* bench_machine_hop gives the name of the cache line's figure, which it measures if nobody did yet; NULL: one
   core only. */
const char *bench_machine_hop(struct figures *figures);

#endif
