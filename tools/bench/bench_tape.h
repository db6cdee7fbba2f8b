/* bench_tape.h - what the event tape costs the feed, and how long an event takes to a strategy.

   append   an event into a ring of 64 MiB, as the feed does it; the yardstick copies the same bytes there.
            Then the same with a reader that keeps up and with one that stalls: the writer looks at neither.
   feed     frames of the real flow through the whole feed stage, with and without a tape.
   latency  from the moment before a burst of one frame is handed to the feed to the moment a strategy on
            the other core has the event: decode, book, top and hop.  Each frame comes when
            the one before is in hand, so that nobody waits behind another; the yardstick is one cache line there and back between the cores.

   Units      CPU time of the writer's thread; latency is wall time.
   Owner      the bench; starts one thread at a time and ends it. */
#ifndef SLUICE_BENCH_TAPE_H
#define SLUICE_BENCH_TAPE_H

#include "tools/bench/round.h"

/* bench_tape_run adds the figures.  false: the real flow cannot be read. */
bool bench_tape_run(struct figures *figures, const char *aapl);

#endif
