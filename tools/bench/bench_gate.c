#include "tools/bench/bench_gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "tools/bench/gate_rig.h"

enum {
	GATE_SYMBOLS = 1000,
	GATE_ACCOUNTS = 64,
	GATE_ORDERS = 200000,
	GATE_WARM = 20000,
	GATE_OPEN = 512
};

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static uint32_t clock_cost(void)
{
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < 1000; i++) {
		uint64_t began = clock_cycles(), took = clock_cycles() - began;
		least = took < least ? took : least;
	}
	return (uint32_t)least;
}

static bool gate_measure(
	struct figures *figures, const char *work, uint32_t symbols, uint32_t accounts)
{
	struct gate_rig *b = calloc(1, sizeof *b);
	uint32_t *cycles = calloc(GATE_ORDERS, sizeof cycles[0]), cost = clock_cost();
	uint32_t open[GATE_OPEN] = {0};
	uint64_t chance = 88172645463325252ull;
	bool is_good = rig_open(b, symbols, accounts);
	for (uint32_t i = 0; is_good && i < GATE_WARM + GATE_ORDERS; i++) {
		chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
		if (open[i % GATE_OPEN] != 0)
			rig_finish(b, open[i % GATE_OPEN]);
		rig_order(b, chance);
		atomic_store_explicit(
			&b->market->channels[0].heard_ns, b->now_ns, memory_order_relaxed);
		b->now_ns += 2000;
		uint64_t began = clock_cycles();
		gate_poll(b->gate, b->now_ns);
		uint64_t took = clock_cycles() - began;
		rig_drain(b);
		open[i % GATE_OPEN] = b->memory.last_ref;
		if (i >= GATE_WARM)
			cycles[i - GATE_WARM] = (uint32_t)(took > cost ? took - cost : 0);
	}
	uint64_t expected = (uint64_t)GATE_WARM + GATE_ORDERS;
	if (!is_good || b->memory.venue_messages != expected) {
		fprintf(stderr,
			"sluice-bench: gate %s: found %llu orders at the venue, expected %llu\n",
			work, (unsigned long long)b->memory.venue_messages,
			(unsigned long long)expected);
		is_good = false;
	}
	qsort(cycles, GATE_ORDERS, sizeof cycles[0], by_size);
	static const struct {
		const char *name;
		uint32_t permille;
	} marks[] = {{"p50", 500}, {"p99", 990}};
	for (uint32_t i = 0; is_good && i < ARRAY_COUNT(marks); i++) {
		char name[FIGURE_NAME_BYTES];
		snprintf(name, sizeof name, "gate: bytes in to bytes out, %s, %s", work,
			marks[i].name);
		uint32_t at = cycles[(uint64_t)GATE_ORDERS * marks[i].permille / 1000];
		round_add(figures, name, "ns",
			(double)clock_cycles_to_ns((uint64_t)at * 1000) / 1000.0,
			"order: judge and commit, one symbol");
	}
	free(cycles);
	rig_close(b);
	free(b);
	return is_good;
}

bool bench_gate_run(struct figures *figures)
{
	return gate_measure(figures, "hot", 1, 1) &&
	       gate_measure(figures, "wide", GATE_SYMBOLS, GATE_ACCOUNTS);
}
