/* bench_fix.h - what a message of FIX costs to read and to write. */
#ifndef SLUICE_BENCH_FIX_H
#define SLUICE_BENCH_FIX_H

#include "tools/bench/round.h"

/* bench_fix_run adds the figures of the codec: a new order of 158 bytes in, an execution report out. */
void bench_fix_run(struct figures *figures);

#endif
