/* bench_restart.h - what a restart costs for each record of the journal.

   A gate on the bench journals some hundred thousand orders, each accepted and taken back, into a real directory; then the
   journal is read as boot reads it, from the page cache.  The yardstick reads the same bytes
   and adds them up by one CRC32C, each word behind the one before; who knows the seeds of several records has several sums under way
   and is faster.  Reading and verifying is told apart from folding, which judges every order again
   and compares what comes out.

   Owner      the bench; the directory is taken away at the end. */
#ifndef SLUICE_BENCH_RESTART_H
#define SLUICE_BENCH_RESTART_H

#include "tools/bench/round.h"

/* bench_restart_run adds the figures.  false: a journal could not be made, or replays otherwise; told on standard error. */
bool bench_restart_run(struct figures *figures);

#endif
