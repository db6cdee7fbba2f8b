/* bench_stream.h - order sessions by every way: a message there and back, and an order in to its answer out.

   Shared memory beside the bare ring that it is made of, and that beside a cache line to the other core and back;
   TLS beside the kernel's TCP that it wraps, over loopback.  Each trip is timed by itself, both ends spin.

   Owner      the calling thread; the other end is a thread on core 0. */
#ifndef SLUICE_BENCH_STREAM_H
#define SLUICE_BENCH_STREAM_H

#include "tools/bench/round.h"

/* bench_stream_run adds the figures; on a machine of one core it adds none.  false: a way did not carry. */
bool bench_stream_run(struct figures *figures);

#endif
