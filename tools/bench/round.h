/* round.h - figures, each beside a yardstick of the same run.

   A bench is a list of cases that are run one after another, round by round, so that a slow moment of the
   machine falls on all alike; the median of a case's rounds is its figure, and what it is worth is its
   ratio to a yardstick: the least that the same work could cost here.

   Units      nanoseconds of thread CPU time per operation, unless a case's unit says otherwise. */
#ifndef SLUICE_BENCH_ROUND_H
#define SLUICE_BENCH_ROUND_H

#include "config/base.h"

enum { FIGURE_COUNT_MAX = 160, ROUND_COUNT_MAX = 15, FIGURE_NAME_BYTES = 80 };

struct figure {
	char name[FIGURE_NAME_BYTES];
	char unit[16];
	char yardstick[FIGURE_NAME_BYTES]; /* name of another figure; empty: none */
	double value, low, high;           /* median and range of the rounds     */
};

struct figures {
	struct figure rows[FIGURE_COUNT_MAX];
	uint32_t count;
	uint32_t round_count;
	bool is_quiet; /* no progress on standard error */
};

/* A case runs once and returns its cost per operation; 0: it cannot run here, and no figure is kept. */
struct bench_case {
	const char *name;
	const char *yardstick; /* NULL: none */
	double (*run)(void *context);
	void *context;
};

/* round_run runs the cases, interleaved, and adds a figure for each. */
void round_run(struct figures *figures, const struct bench_case *cases, uint32_t count);

/* round_add adds one figure measured otherwise. */
void round_add(struct figures *figures, const char *name, const char *unit, double value,
	const char *yardstick);

/* round_find gives a figure by name; NULL: there is none. */
const struct figure *round_find(const struct figures *figures, const char *name);

/* round_cpu_ns reads the thread's CPU time. */
uint64_t round_cpu_ns(void);

/* round_clock_cost gives how many cycles it takes to read them, at the least; round_sort_cycles sorts cycles,
   round_sort values, the least first. */
uint32_t round_clock_cost(void);
void round_sort_cycles(uint32_t *cycles, uint64_t count);
void round_sort(double *values, uint64_t count);

/* round_keep makes a result needed, so that its work is not optimised away. */
static inline void round_keep(uint64_t value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

#endif
