/* rates.h - how fast the channels are, from two looks at their counters a second apart.

   The feed counts and never divides; whoever wants a rate looks twice.  Control looks once a second, so
   what it shows is the mean of the last whole second.

   Owner      control's thread.
   Time       now_ns is monotonic, from the caller.
   Errors     counters that fell are those of another dataplane: its first second has the rate 0. */
#ifndef SLUICE_CONTROL_RATES_H
#define SLUICE_CONTROL_RATES_H

#include "dataplane/shm/market.h"

#define RATES_INTERVAL_NS UINT64_C(1000000000)

struct line_rate {
	uint64_t packets, messages;             /* at the last look */
	uint64_t packets_per_s, messages_per_s; /* since the look before */
};

struct rates {
	uint64_t looked_ns; /* 0: not yet */
	struct line_rate
		channels[CHANNEL_COUNT_MAX]; /* messages delivered, packets of both lines */
	struct line_rate lines[CHANNEL_COUNT_MAX][LINE_COUNT_MAX];
};

/* rates_turn looks when it is time; market NULL: there is nothing to look at. */
void rates_turn(struct rates *rates, const struct market_region *market, uint32_t channel_count,
	uint64_t now_ns);

#endif
