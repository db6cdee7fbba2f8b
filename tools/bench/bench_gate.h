/* bench_gate.h - the gate alone: bytes handed in, judged, receipt published, bytes handed out.

   A whole gate runs over a stream that is memory: a client's message goes in by gate_poll, and what the
   venue would get comes out by the same call, with the TURN, TOP, CLIENT_IN, RECEIPT and SENT records
   written to the journal link.  No socket, no disk.  Two works: one symbol and account (hot), and 1,000
   symbols by 64 accounts in random order (wide).

   Units      nanoseconds per order, each order timed by itself, less the cost of reading the clock. */
#ifndef SLUICE_BENCH_GATE_H
#define SLUICE_BENCH_GATE_H

#include "tools/bench/round.h"

/* bench_gate_run adds the figures p50 and p99 of both works, until the order's bytes are out and until the poll is over.  false: orders did not come out, told on
   standard error. */
bool bench_gate_run(struct figures *figures);

#endif
