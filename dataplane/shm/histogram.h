/* histogram.h - how long things took, log-linear, in shared memory.

   Each power of two is cut into 16 equal parts, so a value is known to 1/16 (6 %); recording is a shift
   and an addition.  Percentiles are computed by the reader.

   Owner      one writing stage.
   Units      whatever the caller records; nanoseconds everywhere so far. */
#ifndef SLUICE_SHM_HISTOGRAM_H
#define SLUICE_SHM_HISTOGRAM_H

#include <stdatomic.h>

#include "config/base.h"

enum { HISTOGRAM_PARTS = 16, HISTOGRAM_COUNT = 64 * HISTOGRAM_PARTS };

struct histogram {
	_Atomic uint64_t count, sum, max;
	_Atomic uint64_t buckets[HISTOGRAM_COUNT];
};

/* histogram_index gives the bucket of a value; histogram_floor the smallest value of a bucket. */
static inline uint32_t histogram_index(uint64_t value)
{
	if (value < HISTOGRAM_PARTS)
		return (uint32_t)value;
	uint32_t power = 63 - (uint32_t)__builtin_clzll(value);
	return (power - 3) * HISTOGRAM_PARTS +
	       ((uint32_t)(value >> (power - 4)) & (HISTOGRAM_PARTS - 1));
}

static inline uint64_t histogram_floor(uint32_t index)
{
	if (index < HISTOGRAM_PARTS)
		return index;
	uint32_t power = index / HISTOGRAM_PARTS + 3;
	return ((uint64_t)HISTOGRAM_PARTS + index % HISTOGRAM_PARTS) << (power - 4);
}

/* histogram_add_many records one value `count` times; histogram_add once. */
static inline void histogram_add_many(struct histogram *h, uint64_t value, uint64_t count)
{
	_Atomic uint64_t *bucket = &h->buckets[histogram_index(value)];
	atomic_store_explicit(bucket, atomic_load_explicit(bucket, memory_order_relaxed) + count,
		memory_order_relaxed);
	atomic_store_explicit(&h->count,
		atomic_load_explicit(&h->count, memory_order_relaxed) + count,
		memory_order_relaxed);
	atomic_store_explicit(&h->sum,
		atomic_load_explicit(&h->sum, memory_order_relaxed) + value * count,
		memory_order_relaxed);
	if (value > atomic_load_explicit(&h->max, memory_order_relaxed))
		atomic_store_explicit(&h->max, value, memory_order_relaxed);
}

static inline void histogram_add(struct histogram *h, uint64_t value)
{
	histogram_add_many(h, value, 1);
}

/* histogram_percentile returns the value that `permille` thousandths of the recorded ones do not
   exceed (upper end of the bucket); 0 if nothing was recorded. */
uint64_t histogram_percentile(const struct histogram *h, uint32_t permille);

#endif
