#include "tools/bench/bench_loads.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/risk/usage.h"
#include "drivers/machine/clock.h"
#include "tools/bench/gate_rig.h"

enum {
	LOAD_SYMBOLS = 1000,
	LOAD_ACCOUNTS = 64,
	LOAD_OPEN = 512,
	LOAD_WARM = 400000, /* orders until nearly every row of account and symbol is there */
	LOAD_BLOCK = 4096,  /* orders measured with limits coming in, then as many without */
	LOAD_SETTLE = 512,  /* orders before them, not measured */
	LOAD_BLOCKS = 24,
	LOAD_HALF = LOAD_BLOCK * LOAD_BLOCKS / 2,
};

struct loads {
	struct gate_rig rig;
	uint32_t cycles[2][LOAD_HALF], counts[2]; /* without, with limits coming in */
	uint32_t open[LOAD_OPEN];
	uint32_t longest, loads, order;
	uint64_t chance, orders;
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

/* One order's poll; what it took.  The venue answers in polls of its own, which take their part of a load. */
static uint32_t loads_order(struct loads *l, bool is_loading)
{
	struct gate_rig *b = &l->rig;
	uint32_t *open = &l->open[l->orders++ % LOAD_OPEN];
	l->chance ^= l->chance << 13, l->chance ^= l->chance >> 7, l->chance ^= l->chance << 17;
	if (is_loading && rig_is_loaded(b))
		rig_load(b);
	if (*open != 0)
		rig_finish(b, *open);
	rig_order(b, l->chance);
	atomic_store_explicit(&b->market->channels[0].heard_ns, b->now_ns, memory_order_relaxed);
	b->now_ns += 2000;
	uint32_t epoch = atomic_load(&b->region->gate.limits_epoch_adopted);
	uint64_t began = clock_cycles();
	gate_poll(b->gate, b->now_ns);
	uint64_t took = clock_cycles() - began;
	if (epoch != atomic_load(&b->region->gate.limits_epoch_adopted))
		l->longest = took > l->longest ? (uint32_t)took : l->longest;
	rig_drain(b);
	*open = b->memory.last_ref;
	return (uint32_t)took;
}

/* Every row has the limits in force, as if none had come for long. */
static void loads_settle(struct loads *l)
{
	while (!rig_is_loaded(&l->rig))
		rig_step(&l->rig);
	struct risk *risk = l->rig.gate->fold->risk;
	for (uint32_t i = 0; i < risk->rows.count; i++)
		usage_row(risk, &risk->rows.rows[i]);
}

static void loads_block(struct loads *l, bool is_loading)
{
	uint32_t epoch = atomic_load(&l->rig.control->limits_epoch);
	if (!is_loading)
		loads_settle(l);
	for (uint32_t i = 0; i < LOAD_SETTLE + LOAD_BLOCK; i++) {
		uint32_t took = loads_order(l, is_loading);
		if (i >= LOAD_SETTLE)
			l->cycles[is_loading][l->counts[is_loading]++] = took;
	}
	l->loads += atomic_load(&l->rig.control->limits_epoch) - epoch;
}

static double loads_figure(
	struct figures *figures, struct loads *l, bool is_loading, const char *yardstick)
{
	char name[FIGURE_NAME_BYTES];
	uint32_t *cycles = l->cycles[is_loading];
	snprintf(name, sizeof name, "gate: bytes in to bytes out, wide, %s, p50",
		is_loading ? "limits coming" : "no limits coming");
	qsort(cycles, LOAD_HALF, sizeof cycles[0], by_size);
	uint64_t p50 = cycles[LOAD_HALF / 2] - clock_cost();
	double p50_ns = (double)clock_cycles_to_ns(p50 * 1000) / 1000.0;
	round_add(figures, name, "ns", p50_ns, yardstick);
	return p50_ns;
}

static void loads_figures(struct figures *figures, struct loads *l)
{
	const char *alone = "gate: bytes in to bytes out, wide, no limits coming, p50";
	loads_figure(figures, l, false, NULL);
	loads_figure(figures, l, true, alone);
	round_add(figures, "gate: the longest poll that puts 1,066 rows in force", "ns",
		(double)clock_cycles_to_ns(l->longest), alone);
	round_add(figures, "gate: orders while 1,066 rows come in", "orders",
		(double)(LOAD_SETTLE + LOAD_BLOCK) * LOAD_BLOCKS / 2 / l->loads, NULL);
}

bool bench_loads_run(struct figures *figures)
{
	struct loads *l = calloc(1, sizeof *l);
	l->chance = 88172645463325252ull;
	bool is_good = rig_open(&l->rig, LOAD_SYMBOLS, LOAD_ACCOUNTS);
	for (uint32_t i = 0; is_good && i < LOAD_WARM; i++)
		loads_order(l, i < LOAD_OPEN);
	for (uint32_t i = 0; is_good && i < LOAD_BLOCKS; i++)
		loads_block(l, i % 2 != 0);
	if (!is_good || l->rig.memory.venue_messages != l->orders || l->loads < LOAD_BLOCKS) {
		fprintf(stderr,
			"sluice-bench: loads: found %llu orders at the venue and %u loads, "
			"expected %llu and at least %d\n",
			(unsigned long long)l->rig.memory.venue_messages, l->loads,
			(unsigned long long)l->orders, LOAD_BLOCKS);
		is_good = false;
	}
	if (is_good)
		loads_figures(figures, l);
	rig_close(&l->rig);
	free(l);
	return is_good;
}
