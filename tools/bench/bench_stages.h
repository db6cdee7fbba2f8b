/* bench_stages.h - what a second feed stage is worth: two channels on one stage, then on two.

   Two generated markets, each in frames on a port of its own, go through whole feed stages: frame, packet,
   messages, books.  One stage takes both; then two threads take one each, at the same time.  A figure is the
   thread's own CPU time, so that neighbours of a shared machine count little; the throughput of several
   stages is the sum of what each does in a second of its own core.

   Owner      the bench; memory is given back at the end. */
#ifndef SLUICE_BENCH_STAGES_H
#define SLUICE_BENCH_STAGES_H

#include "tools/bench/round.h"

/* bench_stages_run adds the figures; message_count messages a channel.  false: a message was not delivered. */
bool bench_stages_run(struct figures *figures, uint64_t message_count);

#endif
