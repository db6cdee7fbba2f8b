#include "tools/bench/round.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "drivers/machine/clock.h"

uint64_t round_cpu_ns(void)
{
	struct timespec t = {0};
	CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void round_sort(double *values, uint64_t count)
{
	qsort(values, count, sizeof values[0], rising);
}

void round_add(struct figures *figures, const char *name, const char *unit, double value,
	const char *yardstick)
{
	CHECK(figures->count < FIGURE_COUNT_MAX);
	struct figure *f = &figures->rows[figures->count++];
	snprintf(f->name, sizeof f->name, "%s", name);
	snprintf(f->unit, sizeof f->unit, "%s", unit);
	snprintf(f->yardstick, sizeof f->yardstick, "%s", yardstick == NULL ? "" : yardstick);
	f->value = f->low = f->high = value;
}

void round_run(struct figures *figures, const struct bench_case *cases, uint32_t count)
{
	static double values[FIGURE_COUNT_MAX][ROUND_COUNT_MAX];
	uint32_t rounds = figures->round_count;
	CHECK(count <= FIGURE_COUNT_MAX && rounds >= 1 && rounds <= ROUND_COUNT_MAX);
	for (uint32_t round = 0; round < rounds; round++) {
		if (!figures->is_quiet)
			fprintf(stderr, "%s ...: round %u of %u\n", cases[0].name, round + 1,
				rounds);
		for (uint32_t i = 0; i < count; i++)
			values[i][round] = cases[i].run(cases[i].context);
	}
	for (uint32_t i = 0; i < count; i++) {
		round_sort(values[i], rounds);
		if (values[i][0] <= 0)
			continue;
		round_add(figures, cases[i].name, "ns", values[i][rounds / 2], cases[i].yardstick);
		figures->rows[figures->count - 1].low = values[i][0];
		figures->rows[figures->count - 1].high = values[i][rounds - 1];
	}
}

const struct figure *round_find(const struct figures *figures, const char *name)
{
	for (uint32_t i = 0; i < figures->count; i++)
		if (strcmp(figures->rows[i].name, name) == 0)
			return &figures->rows[i];
	return NULL;
}

uint32_t round_clock_cost(void)
{
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < 10000; i++) {
		uint64_t began = clock_cycles(), took = clock_cycles() - began;
		least = took < least ? took : least;
	}
	return (uint32_t)least;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

void round_sort_cycles(uint32_t *cycles, uint64_t count)
{
	qsort(cycles, count, sizeof cycles[0], by_size);
}
