#include "tools/bench/bench_gate.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"
#include "tools/bench/gate_rig.h"

enum {
	GATE_SYMBOLS = 1000,
	GATE_ACCOUNTS = 64,
	GATE_SYMBOLS_OF_MANY = 252, /* with an account for each session as many rows as wide has */
	GATE_ORDERS = 200000,
	GATE_WARM = 20000,
	GATE_ORDERS_READ = 40000, /* of these each waits for the reader */
	GATE_DURABLE_EVERY = 256, /* records that the reader calls durable at once */
	GATE_OPEN = 512,
	GATE_BURST = 32,
	GATE_BURSTS = 4096,
	GATE_BURSTS_WARM = 3 * GATE_BURSTS, /* until every row is made */
};

/* What one kind of interval took, of all orders. */
struct gate_times {
	const char *of;
	uint32_t cycles[GATE_ORDERS];
};

/* What is measured. */
struct gate_work {
	const char *name;
	uint32_t symbols, accounts, sessions, orders;
	bool is_read; /* by another core, as a journal stage does it */
	const char *yardstick;
};

/* The journal stage, as far as the gate can tell: records are read where they lie, at once. */
struct gate_reader {
	pthread_t thread;
	struct link *link;
	int core;
	_Atomic bool is_over;
	uint64_t sum; /* of all that was read */
};

static void *gate_read(void *context)
{
	struct gate_reader *reader = context;
	struct link *link = reader->link;
	uint64_t position = atomic_load(&link->tail), durable = atomic_load(&link->durable);
	cpu_pin(reader->core, "reader");
	while (!atomic_load_explicit(&reader->is_over, memory_order_relaxed)) {
		const struct record *record;
		uint64_t from = position;
		while ((record = link_peek(link, &position)) != NULL) {
			const uint64_t *words = (const uint64_t *)(const void *)record;
			for (uint32_t i = 0; i < record->size_bytes / sizeof *words; i++)
				reader->sum += words[i];
		}
		uint64_t sequence = atomic_load_explicit(&link->sequence, memory_order_acquire);
		if (sequence - durable >= GATE_DURABLE_EVERY)
			atomic_store(&link->durable, durable = sequence);
		if (position != from)
			link_release(link, position);
	}
	return NULL;
}

static bool gate_reader_start(struct gate_reader *reader, struct gate_rig *b)
{
	*reader = (struct gate_reader){.link = &b->region->journal,
		.core = (sched_getcpu() + 1) % (int)sysconf(_SC_NPROCESSORS_ONLN)};
	b->is_read = pthread_create(&reader->thread, NULL, gate_read, reader) == 0;
	return b->is_read;
}

static void gate_reader_stop(struct gate_reader *reader)
{
	atomic_store(&reader->is_over, true);
	pthread_join(reader->thread, NULL);
}

static void gate_tell(
	struct figures *figures, struct gate_times *times, const struct gate_work *work)
{
	static const struct {
		const char *name;
		uint32_t permille;
	} marks[] = {{"p50", 500}, {"p99", 990}};
	round_sort_cycles(times->cycles, work->orders);
	for (uint32_t i = 0; i < ARRAY_COUNT(marks); i++) {
		char name[FIGURE_NAME_BYTES];
		snprintf(name, sizeof name, "gate: %s, %s, %s", times->of, work->name,
			marks[i].name);
		uint32_t at = times->cycles[(uint64_t)work->orders * marks[i].permille / 1000];
		round_add(figures, name, "ns",
			(double)clock_cycles_to_ns((uint64_t)at * 1000) / 1000.0, work->yardstick);
	}
}

/* Bytes are in when the gate is polled, and out when it hands the order's to the venue's stream; what the poll does behind
   that (the record that says so, what risk takes, its timers) keeps only the next one waiting. */
static bool gate_measure(struct figures *figures, const struct gate_work *work)
{
	struct gate_rig *b = calloc(1, sizeof *b);
	struct gate_reader reader;
	static struct gate_times out = {.of = "bytes in to bytes out"},
				 poll = {.of = "a whole poll"};
	uint32_t cost = round_clock_cost();
	uint32_t open[GATE_OPEN] = {0};
	uint64_t chance = 88172645463325252ull;
	b->session_count = work->sessions;
	bool is_good = rig_open(b, work->symbols, work->accounts);
	if (is_good && work->is_read)
		is_good = gate_reader_start(&reader, b);
	for (uint32_t i = 0; is_good && i < GATE_WARM + work->orders; i++) {
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
		uint64_t until = b->memory.sent_cycles - began;
		if (i >= GATE_WARM) {
			out.cycles[i - GATE_WARM] = (uint32_t)(until > cost ? until - cost : 0);
			poll.cycles[i - GATE_WARM] = (uint32_t)(took > cost ? took - cost : 0);
		}
	}
	if (b->is_read)
		gate_reader_stop(&reader);
	uint64_t expected = (uint64_t)GATE_WARM + work->orders;
	if (!is_good || b->memory.venue_messages != expected) {
		fprintf(stderr,
			"sluice-bench: gate %s: found %llu orders at the venue, expected %llu\n",
			work->name, (unsigned long long)b->memory.venue_messages,
			(unsigned long long)expected);
		is_good = false;
	}
	if (is_good) {
		gate_tell(figures, &out, work);
		gate_tell(figures, &poll, work);
	}
	rig_close(b);
	free(b);
	return is_good;
}

/* How many orders one core takes a second: a client sends 32 in one piece, which are judged and handed out in one
   poll; the venue's answers are not counted. */
static bool gate_measure_bursts(struct figures *figures)
{
	struct gate_rig *b = calloc(1, sizeof *b);
	static uint32_t cycles[GATE_BURSTS];
	uint64_t chance = 88172645463325252ull;
	bool is_good = rig_open(b, GATE_SYMBOLS, GATE_ACCOUNTS);
	for (uint32_t i = 0; is_good && i < GATE_BURSTS_WARM + GATE_BURSTS; i++) {
		chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
		rig_burst(b, chance, GATE_BURST);
		atomic_store_explicit(
			&b->market->channels[0].heard_ns, b->now_ns, memory_order_relaxed);
		b->now_ns += GATE_BURST * 2000;
		uint64_t began = clock_cycles();
		gate_poll(b->gate, b->now_ns);
		uint64_t took = clock_cycles() - began;
		if (i >= GATE_BURSTS_WARM)
			cycles[i - GATE_BURSTS_WARM] = (uint32_t)took;
		rig_drain(b);
		for (uint32_t k = 0; k < GATE_BURST; k++)
			rig_finish(b, b->memory.last_ref - GATE_BURST + 1 + k);
	}
	const uint64_t expected = (uint64_t)(GATE_BURSTS_WARM + GATE_BURSTS) * GATE_BURST;
	if (is_good && b->memory.venue_messages != expected) {
		fprintf(stderr,
			"sluice-bench: gate bursts: found %llu orders at the venue, expected "
			"%llu\n",
			(unsigned long long)b->memory.venue_messages, (unsigned long long)expected);
		is_good = false;
	}
	round_sort_cycles(cycles, GATE_BURSTS);
	if (is_good)
		round_add(figures, "gate: an order of 32 in one piece, wide, p50", "ns",
			(double)clock_cycles_to_ns(cycles[GATE_BURSTS / 2]) / GATE_BURST,
			"gate: bytes in to bytes out, wide, p50");
	rig_close(b);
	free(b);
	return is_good;
}

bool bench_gate_run(struct figures *figures)
{
	const struct gate_work works[] = {
		{"hot", 1, 1, 1, GATE_ORDERS, false, "order: judge and commit, one symbol"},
		{"hot, journal read", 1, 1, 1, GATE_ORDERS_READ, true,
			"gate: bytes in to bytes out, hot, p50"},
		{"wide", GATE_SYMBOLS, GATE_ACCOUNTS, 1, GATE_ORDERS, false,
			"order: judge and commit, one symbol"},
		{"wide, 254 sessions", GATE_SYMBOLS_OF_MANY, RIG_SESSION_MAX, RIG_SESSION_MAX,
			GATE_ORDERS, false, "gate: bytes in to bytes out, wide, p50"},
	};
	bool is_good = true;
	for (uint32_t i = 0; is_good && i < ARRAY_COUNT(works); i++) {
		/* A reader on the gate's own core reads nothing while the gate works. */
		if (!works[i].is_read || sysconf(_SC_NPROCESSORS_ONLN) > 1)
			is_good = gate_measure(figures, &works[i]);
	}
	return is_good && gate_measure_bursts(figures);
}
