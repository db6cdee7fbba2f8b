/* bench_lwip.h - order sessions by kernel bypass: a TCP stack of our own over a wire between two processes,
   virtio-user at this end and vhost-user at the other, beside a bare frame over the same wire.

   Two children do it, one for each end: lwIP and DPDK are there once in a process.

   Owner      the calling thread; waits for both children. */
#ifndef SLUICE_BENCH_LWIP_H
#define SLUICE_BENCH_LWIP_H

#include "tools/bench/round.h"

/* bench_lwip_run adds the figures; on a machine of one core it adds none.  false: a way did not carry. */
bool bench_lwip_run(struct figures *figures);

#endif
