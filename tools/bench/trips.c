#include "tools/bench/trips.h"

#include <stdio.h>

#include "drivers/machine/clock.h"

static bool round_time(const struct trips *trips, double *times)
{
	for (uint32_t i = 0; i < TRIP_WARM_COUNT + trips->count; i++) {
		uint64_t began = clock_cycles();
		if (!trips->trip(trips->context))
			return false;
		uint64_t took = clock_cycles() - began;
		if (trips->rest != NULL && !trips->rest(trips->context))
			return false;
		if (i >= TRIP_WARM_COUNT)
			times[i - TRIP_WARM_COUNT] = (double)clock_cycles_to_ns(took);
	}
	round_sort(times, trips->count);
	return true;
}

bool trips_time(const struct trips *trips, uint32_t round_count, struct trip_times *times)
{
	static double of_round[TRIP_COUNT_MAX];
	for (uint32_t round = 0; round < round_count; round++) {
		if (!round_time(trips, of_round))
			return false;
		times->p50[round] = of_round[trips->count / 2];
		times->p99[round] = of_round[(uint64_t)trips->count * 99 / 100];
	}
	return true;
}

static void one_add(struct figures *figures, const char *name, const char *part,
	const char *yardstick, const double *values)
{
	char own[FIGURE_NAME_BYTES], other[FIGURE_NAME_BYTES];
	double sorted[ROUND_COUNT_MAX];
	uint32_t count = figures->round_count;
	memcpy(sorted, values, sizeof sorted);
	round_sort(sorted, count);
	snprintf(own, sizeof own, "%s, %s", name, part);
	snprintf(other, sizeof other, "%s, %s", yardstick != NULL ? yardstick : "", part);
	round_add(figures, own, "ns", sorted[count / 2],
		round_find(figures, other) != NULL ? other : yardstick);
	figures->rows[figures->count - 1].low = sorted[0];
	figures->rows[figures->count - 1].high = sorted[count - 1];
}

void trips_add(struct figures *figures, const char *name, const char *yardstick,
	const struct trip_times *times)
{
	one_add(figures, name, "p50", yardstick, times->p50);
	one_add(figures, name, "p99", yardstick, times->p99);
}
