/* throttle.h - how fast orders may come: a bucket of tokens and a sliding window, both exact.

   A bucket counts what was used.  An order uses window_ns units; one nanosecond returns `rate` units,
   so `rate` orders come back per window and nothing is ever rounded.  An order that would use more
   than burst * window_ns finds the bucket empty.

   A window remembers when each of the last orders came.  At any moment at most `rate` orders lie
   within the last window_ns: an order of time t counts at t + window_ns - 1 and no longer at
   t + window_ns.  The judge needs one word, the time at which the next order is free; throttle_take works it
   out from the ring of times.  The newest of these are near, in the throttle itself; the ring, which is far, gets them a
   line at a time, and is asked only where more than a line of them lie within the window.

   Owner      the gate stage; nobody else writes.
   Time       comes from the caller and never runs backwards.
   Units      of a bucket: 1 / window_ns of an order.
   Invariant  (1) capacity is INT64_MIN and rate 0 while no limit is stated: everything breaches;
              (2) the ring holds at least `rate` times, whatever the limit becomes, so a change of the
                  limit forgets nothing;
              (3) from ready_ns on one order more fits, in the bucket and in the window; before it, it may;
              (4) order i is in near[i % THROTTLE_NEAR_COUNT] while it is one of the newest so many, and before that in
                  times[i & ring_mask]. */
#ifndef SLUICE_RISK_THROTTLE_H
#define SLUICE_RISK_THROTTLE_H

#include "config/limitset.h"
#include "dataplane/risk/gauge.h"

struct bucket {
	int64_t used;       /* units, at seen_ns       */
	uint64_t seen_ns;   /* when it was last taken  */
	int64_t capacity;   /* units; INT64_MIN: none  */
	uint64_t window_ns; /* units of one order      */
	uint64_t rate;      /* units of one nanosecond */
};

enum { THROTTLE_NEAR_COUNT = CACHE_LINE_BYTES / sizeof(uint64_t) };

struct throttle {
	/* hot: every judgement.  A line */
	_Alignas(CACHE_LINE_BYTES) struct bucket bucket;
	uint64_t blocked_until_ns; /* the window is full before this */
	uint64_t ready_ns;         /* throttle (3) */
	uint64_t recorded;         /* orders ever recorded           */
	/* every commit */
	uint64_t near[THROTTLE_NEAR_COUNT];
	uint64_t *times;    /* ring of the last ring_mask + 1; NULL: nobody's throttle */
	uint64_t oldest_ns; /* when the oldest order within the window came, at the last take */
	uint32_t within;    /* and how many lay within it */
	uint32_t ring_mask;
	int64_t tokens_still, window_still; /* gauge.h */
	/* peaks and marks only */
	struct gauge tokens, window;
};
_Static_assert(sizeof(struct throttle) == 256 &&
		       offsetof(struct throttle, tokens) <= (size_t)3 * CACHE_LINE_BYTES,
	"four lines, an order touches the first three");
_Static_assert(offsetof(struct throttle, near) == CACHE_LINE_BYTES, "the judge reads one line");

/* bucket_limit puts a limit in force, NULL for none; what was used stays used (rounded up). */
void bucket_limit(struct bucket *bucket, const struct limit_value *limit);

/* bucket_take uses one order's units. */
void bucket_take(struct bucket *bucket, uint64_t now_ns);

/* bucket_orders gives units as orders, rounded up: against us. */
int64_t bucket_orders(const struct bucket *bucket, int64_t units);

/* bucket_used gives the units still in use. */
static inline int64_t bucket_used(const struct bucket *bucket, uint64_t now_ns)
{
	uint64_t elapsed_ns = now_ns > bucket->seen_ns ? now_ns - bucket->seen_ns : 0;
	uint128_t back = (uint128_t)elapsed_ns * bucket->rate;
	return back >= (uint64_t)bucket->used ? 0 : bucket->used - (int64_t)(uint64_t)back;
}

/* bucket_measure gives what would be in use with one order more; compare with capacity. */
static inline int64_t bucket_measure(const struct bucket *bucket, uint64_t now_ns)
{
	return saturating_add(bucket_used(bucket, now_ns), (int64_t)bucket->window_ns);
}

/* throttle_init gives a throttle its ring of count times, a power of two, a line of them at least. */
void throttle_init(struct throttle *throttle, uint64_t *times, uint64_t count);

/* throttle_limit puts a limit in force, NULL for none, and keeps all usage. */
void throttle_limit(struct throttle *throttle, const struct limit_value *limit);

/* throttle_is_still tells whether what is used is no new peak and moves no mark; throttle_keep takes anew what tells it, when
   the gauges were set, fed or moved. */
static inline bool throttle_is_still(const struct throttle *throttle)
{
	return throttle->bucket.used <= throttle->tokens_still &&
	       throttle->within <= throttle->window_still;
}

static inline void throttle_keep(struct throttle *throttle)
{
	throttle->tokens_still = gauge_still(&throttle->tokens);
	throttle->window_still = gauge_still(&throttle->window);
}

/* throttle_take takes a token and records the order.  The caller has judged that it may. */
void throttle_take(struct throttle *throttle, uint64_t now_ns);

/* throttle_time gives when order i came, of the last ring_mask + 1 recorded.  throttle (4) */
static inline uint64_t throttle_time(const struct throttle *throttle, uint64_t i)
{
	return LIKELY(throttle->recorded - i <= THROTTLE_NEAR_COUNT)
		       ? throttle->near[i % THROTTLE_NEAR_COUNT]
		       : throttle->times[i & throttle->ring_mask];
}

/* throttle_window_count counts the orders within the window. */
int64_t throttle_window_count(const struct throttle *throttle, uint64_t now_ns);

/* throttle_window_measure gives a number above `rate` if the window is full, and 0 if not; how many
   orders it holds is worked out only for the reason that is named. */
static inline int64_t throttle_window_measure(const struct throttle *throttle, uint64_t now_ns)
{
	int64_t full = (int64_t)throttle->bucket.rate + 1;
	return now_ns < throttle->blocked_until_ns ? full : 0;
}

#endif
