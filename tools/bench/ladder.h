/* ladder.h - the feed's load ladder without a kernel: when does its port's ring run over?

   A port of the ladder plays a generated market in real time.  It knows when each packet is due and
   keeps a ring as a network card does: what is due while the ring is full is lost.  Nobody has to produce:
   what came since the last poll is worked out when the feed polls, so one core measures the feed
   alone, and the loss is the one that a card would have had.  On a shared machine the clock is the
   thread's own, so that the feed is measured and not its neighbours.

       rung          a rate, with the bursts of a peak: 2,000 messages due at once every tenth of a second
       first drop    the lowest rung that lost a packet; named: the feed is full, or the machine was away

   Owner      the bench.
   Units      messages a second; every message is due on both lines, line B 2 us later. */
#ifndef SLUICE_BENCH_LADDER_H
#define SLUICE_BENCH_LADDER_H

#include "config/base.h"

struct ladder_options {
	uint64_t message_count; /* of the generated market                       */
	uint64_t rung_ns;       /* how long a rung is climbed, if there is enough */
	uint64_t endurance_ns;  /* at the peak, at the end; 0: not               */
	uint32_t ring_count;    /* packets that wait on a port; a power of two    */
	bool is_wall;           /* time goes on while the core is taken away */
};

/* ladder_run prints the ladder.  false: something was lost up to twice the peak of a real day, or a message
   was not delivered; told on standard error. */
bool ladder_run(const struct ladder_options *options);

#endif
