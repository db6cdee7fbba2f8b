/* bench_count.h - orders through a gate, for somebody who counts instructions.

   An order's way is run under `valgrind --tool=callgrind --collect-atstart=no`: collecting is on from the poll that finds
   the order's bytes until the venue's stream has them, or until that poll is over.  All else (the rig, what the venue answers)
   is outside.  instructions.py runs it; without valgrind it is a rig that orders go through. */
#ifndef SLUICE_BENCH_COUNT_H
#define SLUICE_BENCH_COUNT_H

#include "config/base.h"

/* What of an order's poll is counted. */
enum count_of { COUNT_OUT = 0, COUNT_POLL = 1 };

/* bench_count_run sends so many orders of one symbol and account (hot), or of many in random order; false: they did not come
   out, told on standard error. */
bool bench_count_run(bool is_wide, enum count_of of, uint32_t orders);

#endif
