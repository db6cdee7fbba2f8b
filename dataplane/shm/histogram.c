#include "dataplane/shm/histogram.h"

uint64_t histogram_percentile(const struct histogram *h, uint32_t permille)
{
	/* The writer goes on while we read: the buckets are summed here, so that the rank and the
	   walk agree with each other whatever `count` says by now. */
	uint64_t counts[HISTOGRAM_COUNT], total = 0;
	for (uint32_t i = 0; i < HISTOGRAM_COUNT; i++)
		total += counts[i] = atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
	if (total == 0)
		return 0;
	if (permille > 1000)
		permille = 1000;
	uint64_t rank = total / 1000 * permille + (total % 1000 * permille + 999) / 1000;
	if (rank == 0)
		rank = 1;
	uint32_t index = 0;
	for (uint64_t sum = counts[0]; sum < rank; sum += counts[index])
		index++;
	uint64_t end = index + 1 < HISTOGRAM_COUNT ? histogram_floor(index + 1) - 1 : UINT64_MAX;
	uint64_t max = atomic_load_explicit(&h->max, memory_order_relaxed);
	return max >= histogram_floor(index) && max < end ? max : end;
}
