/* reference.h - the price that an order's price is judged by.

   A waterfall: the best price of the order's own side, of the other side, the last trade, the previous
   close; the first that is fresh.  The age of a best price is the age of its channel: quiet is not stale, a gap is.
   The previous close is today's official one once the closing cross made it, else the symbols file's.  A
   stale channel takes away best prices, last trade and today's close; yesterday's is older than any gap.

   Units      price_e4, nanoseconds.
   Invariant  (1) a source whose age limit is unstated is never used. */
#ifndef SLUICE_RISK_REFERENCE_H
#define SLUICE_RISK_REFERENCE_H

#include "dataplane/risk/instrument.h"
#include "dataplane/shm/record.h"

/* A trade may be stamped by the feed a moment after the turn began; further ahead is no trade. */
#define REFERENCE_AHEAD_NS_MAX UINT64_C(1000000000)

/* Oldest each source may be; INT64_MIN: unstated. */
struct reference_ages {
	int64_t bbo_ns, trade_ns, close_ns;
};

struct reference {
	int64_t price_e4; /* 0: none */
	uint64_t age_ns;
	uint32_t source; /* enum reference_source */
};

/* age_saturated brings an age into a lane: what is too old to say measures INT64_MAX. */
static inline int64_t age_saturated(uint64_t age_ns)
{
	return age_ns > INT64_MAX ? INT64_MAX : (int64_t)age_ns;
}

/* reference_choose fills reference for an order of a side. */
void reference_choose(struct reference *reference, const struct turn_inputs *inputs,
	const struct top_used *top, const struct instrument *instrument,
	const struct reference_ages *ages, unsigned side);

/* reference_bps gives the distance of two prices that are some, of 32 bits, in basis points of the second, rounded up. */
static inline int64_t reference_bps(uint32_t price_e4, uint32_t reference_e4)
{
	/* The product fits.  The one division of the judgement: a remainder of 32-bit numbers that runs beside everything else. */
	uint64_t distance_e4 =
		price_e4 > reference_e4 ? price_e4 - reference_e4 : reference_e4 - price_e4;
	return (int64_t)((distance_e4 * 10000 + reference_e4 - 1) / reference_e4);
}

/* reference_distance_bps gives |price - reference| in basis points of the reference, rounded up:
   against us, and exact as a comparison, because limits are whole.  INT64_MAX without a reference
   or for an absurd price. */
int64_t reference_distance_bps(int64_t price_e4, int64_t reference_e4);

#endif
