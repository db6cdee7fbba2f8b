/* trips.h - one thing there and back, timed by itself, again and again.

   Units      nanoseconds of wall time: two threads or processes share the work, both spin. */
#ifndef SLUICE_BENCH_TRIPS_H
#define SLUICE_BENCH_TRIPS_H

#include "tools/bench/round.h"

enum { TRIP_COUNT_MAX = 20000, TRIP_WARM_COUNT = 2000 };

struct trips {
	uint32_t count;              /* at most TRIP_COUNT_MAX */
	bool (*trip)(void *context); /* false: no answer came                           */
	bool (*rest)(void *context); /* after the trip's clock has stopped; NULL: none  */
	void *context;
};

/* The median and the 99th percentile of each round. */
struct trip_times {
	double p50[ROUND_COUNT_MAX], p99[ROUND_COUNT_MAX];
};

/* trips_time runs the rounds.  false: a trip failed. */
bool trips_time(const struct trips *trips, uint32_t round_count, struct trip_times *times);

/* trips_add adds "<name>, p50" and "<name>, p99", medians of the rounds, each beside the same of the yardstick where
   there is one, else beside the yardstick itself (NULL: none). */
void trips_add(struct figures *figures, const char *name, const char *yardstick,
	const struct trip_times *times);

#endif
