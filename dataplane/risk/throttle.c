#include "dataplane/risk/throttle.h"

static uint64_t time_add(uint64_t a_ns, uint64_t b_ns)
{
	uint64_t sum_ns;
	return __builtin_add_overflow(a_ns, b_ns, &sum_ns) ? UINT64_MAX : sum_ns;
}

/* Units of one window length as units of another, rounded up so that a change of limit gives no
   token away. */
static int64_t units_rescale(int64_t units, uint64_t old_window_ns, uint64_t new_window_ns)
{
	if (old_window_ns == new_window_ns || old_window_ns == 0 || units <= 0)
		return units;
	uint128_t scaled =
		((uint128_t)(uint64_t)units * new_window_ns + old_window_ns - 1) / old_window_ns;
	return scaled > INT64_MAX ? INT64_MAX : (int64_t)(uint64_t)scaled;
}

void bucket_limit(struct bucket *bucket, const struct limit_value *limit)
{
	if (limit == NULL) {
		/* window_ns stays: it is the unit of what is still used. */
		bucket->capacity = INT64_MIN;
		bucket->rate = 0;
		return;
	}
	bucket->used = units_rescale(bucket->used, bucket->window_ns, limit->window_ns);
	bucket->window_ns = limit->window_ns;
	bucket->rate = limit->value > 0 ? (uint64_t)limit->value : 0;
	bucket->capacity = saturating_multiply((int64_t)limit->burst, (int64_t)limit->window_ns);
}

void bucket_take(struct bucket *bucket, uint64_t now_ns)
{
	bucket->used = bucket_measure(bucket, now_ns);
	bucket->seen_ns = now_ns > bucket->seen_ns ? now_ns : bucket->seen_ns;
}

int64_t bucket_orders(const struct bucket *bucket, int64_t units)
{
	int64_t unit = (int64_t)bucket->window_ns;
	if (unit <= 0 || units <= 0)
		return 0;
	return units / unit + (units % unit != 0);
}

void throttle_init(struct throttle *throttle, uint64_t *times, uint64_t count)
{
	CHECK(count >= THROTTLE_NEAR_COUNT && count <= UINT32_MAX && (count & (count - 1)) == 0);
	throttle->times = times;
	throttle->ring_mask = (uint32_t)count - 1;
	throttle_limit(throttle, NULL);
}

/* When the order came from which on so many were recorded. */
static uint64_t ring_back(const struct throttle *throttle, uint64_t count)
{
	return throttle_time(throttle, throttle->recorded - count);
}

/* throttle_place works out when the window is free again: window_ns after the rate-th order back. */
static void throttle_place(struct throttle *throttle)
{
	uint64_t rate = throttle->bucket.rate;
	if (rate == 0)
		throttle->blocked_until_ns = UINT64_MAX;
	else if (throttle->recorded < rate)
		throttle->blocked_until_ns = 0;
	else
		throttle->blocked_until_ns =
			time_add(ring_back(throttle, rate), throttle->bucket.window_ns);
}

/* How many orders the ring still holds. */
static uint64_t ring_held(const struct throttle *throttle)
{
	uint64_t size = throttle->ring_mask + UINT64_C(1);
	return throttle->recorded < size ? throttle->recorded : size;
}

/* Whether an order of time_ns has left the window. */
static bool window_left(const struct throttle *throttle, uint64_t time_ns, uint64_t now_ns)
{
	return now_ns - time_ns >= throttle->bucket.window_ns;
}

/* throttle (3).  What is above the capacity with one order more is at most that order's units, or time does not help: with
   a token that comes back in each window at the least, a window later there is room. */
static void throttle_ready(struct throttle *throttle)
{
	const struct bucket *bucket = &throttle->bucket;
	int64_t unit = (int64_t)bucket->window_ns;
	uint64_t ready_ns = throttle->blocked_until_ns;
	if (UNLIKELY(saturating_add(bucket->used, unit) > bucket->capacity)) {
		bool is_met = bucket->used <= bucket->capacity && bucket->capacity >= unit;
		uint64_t then_ns =
			is_met ? time_add(bucket->seen_ns, bucket->window_ns) : UINT64_MAX;
		ready_ns = then_ns > ready_ns ? then_ns : ready_ns;
	}
	throttle->ready_ns = ready_ns;
}

void throttle_limit(struct throttle *throttle, const struct limit_value *limit)
{
	uint64_t old_window_ns = throttle->bucket.window_ns;
	bucket_limit(&throttle->bucket, limit);
	CHECK(throttle->bucket.rate <= throttle->ring_mask + 1);
	/* A longer window sees again what a shorter one had let go. */
	if (throttle->bucket.window_ns > old_window_ns && throttle->recorded != 0) {
		throttle->within = (uint32_t)ring_held(throttle);
		throttle->oldest_ns = ring_back(throttle, throttle->within);
	}
	throttle_place(throttle);
	throttle_ready(throttle);
	gauge_set(&throttle->tokens, throttle->bucket.capacity, throttle->bucket.used);
	gauge_set(&throttle->window, limit != NULL ? limit->value : INT64_MIN, throttle->within);
	throttle_keep(throttle);
}

/* throttle (4) */
static inline void time_record(struct throttle *throttle, uint64_t now_ns)
{
	uint64_t i = throttle->recorded++, place = i % THROTTLE_NEAR_COUNT;
	throttle->near[place] = now_ns;
	if (UNLIKELY(place + 1 == THROTTLE_NEAR_COUNT))
		memcpy(&throttle->times[(i - place) & throttle->ring_mask], throttle->near,
			sizeof throttle->near);
}

void throttle_take(struct throttle *throttle, uint64_t now_ns)
{
	uint32_t within = throttle->within;
	uint64_t oldest_ns = throttle->oldest_ns;
	bucket_take(&throttle->bucket, now_ns);
	/* The ring forgets at most one. */
	if (UNLIKELY(within > throttle->ring_mask))
		oldest_ns = ring_back(throttle, --within);
	while (within != 0 && window_left(throttle, oldest_ns, now_ns)) {
		within--;
		if (UNLIKELY(within != 0))
			oldest_ns = ring_back(throttle, within);
	}
	time_record(throttle, now_ns);
	throttle->oldest_ns = within == 0 ? now_ns : oldest_ns;
	throttle->within = ++within;
	/* Fewer than `rate` within the window: the one that blocked has left it, so what is known is past, and the ring, which is
	   far, need not be asked for another. */
	if (UNLIKELY(within >= throttle->bucket.rate))
		throttle_place(throttle);
	throttle_ready(throttle);
}

int64_t throttle_window_count(const struct throttle *throttle, uint64_t now_ns)
{
	uint64_t count = ring_held(throttle);
	while (count != 0 && window_left(throttle, ring_back(throttle, count), now_ns))
		count--;
	return (int64_t)count;
}
