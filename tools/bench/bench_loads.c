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
	LOAD_BLOCK = 4096,  /* orders measured of each kind in turn */
	LOAD_SETTLE = 512,  /* orders not measured, so that the cache is that of orders */
	LOAD_BLOCKS = 30,
	LOAD_ADOPTED = 256,
};

/* Orders with every row under the limits in force for long; others while limits come in, one epoch after the other; and
   each nearly the first of its row since limits came in force. */
enum load_kind { LOAD_NONE, LOAD_COMING, LOAD_FIRST, LOAD_KIND_COUNT };

enum { LOAD_EACH = LOAD_BLOCK * LOAD_BLOCKS / LOAD_KIND_COUNT };

static const char *const names[LOAD_KIND_COUNT] = {
	[LOAD_NONE] = "gate: bytes in to bytes out, wide, no limits coming, p50",
	[LOAD_COMING] = "gate: bytes in to bytes out, wide, limits coming, p50",
	[LOAD_FIRST] = "gate: bytes in to bytes out, wide, first of its row since a load, p50",
};

struct loads {
	struct gate_rig rig;
	uint32_t cycles[LOAD_KIND_COUNT][LOAD_EACH], counts[LOAD_KIND_COUNT];
	uint32_t open[LOAD_OPEN];
	uint32_t adopting[LOAD_ADOPTED], adopted; /* what polls took that put an epoch in force */
	uint32_t loads;
	uint64_t chance, orders;
};

static uint32_t loads_epoch(const struct loads *l)
{
	return atomic_load(&l->rig.region->gate.limits_epoch_adopted);
}

static uint32_t loads_poll(struct loads *l)
{
	struct gate_rig *b = &l->rig;
	uint32_t epoch = loads_epoch(l);
	uint64_t began = clock_cycles();
	gate_poll(b->gate, b->now_ns);
	uint32_t took = (uint32_t)(clock_cycles() - began);
	if (epoch != loads_epoch(l))
		l->adopting[l->adopted++ % LOAD_ADOPTED] = took;
	return took;
}

/* One order's poll; what it took.  The venue answers in polls of its own, which take their part of a load. */
static uint32_t loads_order(struct loads *l)
{
	struct gate_rig *b = &l->rig;
	uint32_t *open = &l->open[l->orders++ % LOAD_OPEN];
	l->chance ^= l->chance << 13, l->chance ^= l->chance >> 7, l->chance ^= l->chance << 17;
	if (*open != 0)
		rig_finish(b, *open);
	rig_order(b, l->chance);
	atomic_store_explicit(&b->market->channels[0].heard_ns, b->now_ns, memory_order_relaxed);
	b->now_ns += 2000;
	uint32_t took = loads_poll(l);
	rig_drain(b);
	*open = b->memory.last_ref;
	return took;
}

/* An epoch comes in without orders. */
static void loads_load(struct loads *l)
{
	if (rig_is_loaded(&l->rig))
		rig_load(&l->rig);
	while (!rig_is_loaded(&l->rig)) {
		l->rig.now_ns += 2000;
		loads_poll(l);
		rig_drain(&l->rig);
	}
}

/* Every row has the limits in force, as if none had come for long. */
static void loads_settle(struct loads *l)
{
	struct risk *risk = l->rig.gate->fold->risk;
	for (uint32_t i = 0; i < risk->rows.count; i++)
		usage_row(risk, &risk->rows.rows[i]);
	for (uint32_t i = 0; i < LOAD_SETTLE; i++)
		loads_order(l);
}

static void loads_block(struct loads *l, enum load_kind kind)
{
	loads_load(l);
	if (kind != LOAD_FIRST)
		loads_settle(l);
	for (uint32_t i = 0; i < LOAD_BLOCK; i++) {
		if (kind == LOAD_COMING && rig_is_loaded(&l->rig)) {
			rig_load(&l->rig);
			l->loads++;
		}
		l->cycles[kind][l->counts[kind]++] = loads_order(l);
	}
}

static double median_ns(uint32_t *cycles, uint32_t count)
{
	round_sort_cycles(cycles, count);
	uint64_t median = cycles[count / 2] - round_clock_cost();
	return (double)clock_cycles_to_ns(median * 1000) / 1000.0;
}

static void loads_figures(struct figures *figures, struct loads *l)
{
	uint32_t adopted = l->adopted < LOAD_ADOPTED ? l->adopted : LOAD_ADOPTED;
	for (unsigned kind = 0; kind < LOAD_KIND_COUNT; kind++)
		round_add(figures, names[kind], "ns", median_ns(l->cycles[kind], LOAD_EACH),
			kind != LOAD_NONE ? names[LOAD_NONE] : NULL);
	round_add(figures, "gate: a poll that puts 1,066 rows in force, p50", "ns",
		median_ns(l->adopting, adopted), names[LOAD_NONE]);
	round_add(figures, "gate: orders while 1,066 rows come in", "orders",
		(double)LOAD_EACH / l->loads, NULL);
}

bool bench_loads_run(struct figures *figures)
{
	struct loads *l = calloc(1, sizeof *l);
	l->chance = 88172645463325252ull;
	bool is_good = rig_open(&l->rig, LOAD_SYMBOLS, LOAD_ACCOUNTS);
	for (uint32_t i = 0; is_good && i < LOAD_WARM; i++)
		loads_order(l);
	for (uint32_t i = 0; is_good && i < LOAD_BLOCKS; i++)
		loads_block(l, (enum load_kind)(i % LOAD_KIND_COUNT));
	if (!is_good || l->rig.memory.venue_messages != l->orders || l->loads == 0) {
		fprintf(stderr,
			"sluice-bench: loads: found %llu orders at the venue and %u loads among "
			"orders, expected %llu and one at least\n",
			(unsigned long long)l->rig.memory.venue_messages, l->loads,
			(unsigned long long)l->orders);
		is_good = false;
	}
	if (is_good)
		loads_figures(figures, l);
	rig_close(&l->rig);
	free(l);
	return is_good;
}
