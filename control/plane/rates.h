/* rates.h - how fast the channels are, from two looks at their counters a second apart, and what each line did not bring.

   The feed counts and never divides; whoever wants a rate looks twice.  Control looks once a second, so
   what it shows is the mean of the last whole second; of how late a line's copies are, the mean of the last ten.

   A line's `missing` are the numbers that it went past, or stayed silent about while the channel went on, less the messages it
   brought: since control first saw it in this session.  A packet that comes out of order makes it rise and fall
   again; a copy that the network made of one hides as many.

   Owner      control's thread.
   Time       now_ns is monotonic, from the caller.
   Errors     counters that fell are those of another dataplane: its first second has the rate 0, and what is missing is
              counted anew; so it is in another session. */
#ifndef SLUICE_CONTROL_RATES_H
#define SLUICE_CONTROL_RATES_H

#include "dataplane/shm/market.h"

#define RATES_INTERVAL_NS UINT64_C(1000000000)

enum { RATES_LATE_LOOKS = 10 };

struct line_rate {
	uint64_t packets, messages;             /* at the last look */
	uint64_t packets_per_s, messages_per_s; /* since the look before */
	/* of lines only */
	uint64_t late_ns; /* how long behind the other line its copies came; 0: it brought none */
	uint64_t missing;
	uint64_t first_sequence, first_messages; /* its own, when counting began; 0: not yet */
	uint64_t session_changes;                /* of the channel, then                     */
	uint64_t late_counts[RATES_LATE_LOOKS], late_sums_ns[RATES_LATE_LOOKS]; /* by look */
};

struct rates {
	uint64_t looked_ns; /* 0: not yet */
	uint32_t look_count;
	struct line_rate
		channels[CHANNEL_COUNT_MAX]; /* messages delivered, packets of both lines */
	struct line_rate lines[CHANNEL_COUNT_MAX][LINE_COUNT_MAX];
};

/* rates_turn looks when it is time; market NULL: there is nothing to look at. */
void rates_turn(struct rates *rates, const struct market_region *market, uint32_t channel_count,
	uint64_t now_ns);

#endif
