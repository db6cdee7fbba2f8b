/* bench_feed.h - what a market data message costs: finding it, reading it, changing the book by it.

   Two works: `gen`, a generated market of all symbols that lies in DRAM, and `aapl`, the real flow of one
   symbol that stays in the second-level cache.  The yardsticks are the bare hop (from length to length,
   one field of each message read, the next lines asked for), the sum of all bytes, and memcpy.

   Owner      the bench; memory is given back at the end. */
#ifndef SLUICE_BENCH_FEED_H
#define SLUICE_BENCH_FEED_H

#include "tools/bench/round.h"

/* bench_feed_run adds the figures; message_count messages of gen, the real flow from the file aapl.
   false: a book was not exact or a file not there, told on standard error. */
bool bench_feed_run(struct figures *figures, uint64_t message_count, const char *aapl);

#endif
