#include "tools/bench/bench_tape.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"
#include "tools/bench/bench_flow.h"
#include "tools/bench/bench_machine.h"

enum { TAPE_APPENDS = 4 << 20, TAPE_BURST = 32, SOURCE_COUNT = 64, APART_NS = 1000 };

/* A tape, who writes it, and what reads it meanwhile. */
struct tape_bench {
	struct flow *flow;
	struct tape_writer writer;
	uint64_t words[SOURCE_COUNT][8];
	pthread_t thread;
	uint64_t stall_ns; /* the reader's, between reads; 0: it keeps up */
	_Atomic bool is_ready, is_ending;
	uint32_t *late_ns; /* of each event, as the reader had it */
	uint32_t late_count;
	_Atomic uint64_t seen; /* events the reader has had */
	uint64_t lost;
};

static void *read_on(void *context)
{
	struct tape_bench *b = context;
	struct sluice_event events[TAPE_BURST];
	struct sluice_tape tape;
	const struct timespec pause = {.tv_nsec = (long)b->stall_ns};
	cpu_pin(0, "bench-reader");
	sluice_tape_join(&tape, &b->flow->reader, 0, SLUICE_NEWEST);
	atomic_store(&b->is_ready, true);
	while (!atomic_load_explicit(&b->is_ending, memory_order_relaxed)) {
		size_t count = sluice_tape_read(&tape, events, TAPE_BURST);
		uint64_t now_ns = sluice_now_ns(&b->flow->reader);
		for (size_t i = 0; b->late_ns != NULL && i < count; i++)
			b->late_ns[b->late_count++] = (uint32_t)(now_ns - events[i].recv_ns);
		if (count > 0)
			round_keep(events[0].order);
		atomic_store_explicit(&b->seen, tape.next - 1, memory_order_release);
		if (b->stall_ns > 0)
			nanosleep(&pause, NULL);
	}
	b->lost = tape.lost;
	return NULL;
}

static bool reader_start(struct tape_bench *b, uint64_t stall_ns)
{
	b->stall_ns = stall_ns;
	b->is_ready = b->is_ending = false;
	b->seen = 0;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || pthread_create(&b->thread, NULL, read_on, b) != 0)
		return false;
	while (!atomic_load(&b->is_ready))
		sched_yield();
	return true;
}

static void reader_end(struct tape_bench *b)
{
	atomic_store(&b->is_ending, true);
	pthread_join(b->thread, NULL);
}

static double tape_copy(void *context)
{
	struct tape_bench *b = context;
	uint64_t began = round_cpu_ns();
	for (uint32_t i = 0; i < TAPE_APPENDS; i++) {
		memcpy(&b->writer.events[i & b->writer.mask], b->words[i % SOURCE_COUNT],
			sizeof b->words[0]);
		__asm__ volatile("" ::: "memory");
	}
	return (double)(round_cpu_ns() - began) / TAPE_APPENDS;
}

static double tape_write(void *context)
{
	struct tape_bench *b = context;
	uint64_t began = round_cpu_ns();
	for (uint32_t i = 0; i < TAPE_APPENDS; i++) {
		tape_append(&b->writer, b->words[i % SOURCE_COUNT]);
		if (i % TAPE_BURST == TAPE_BURST - 1)
			tape_publish(&b->writer);
	}
	return (double)(round_cpu_ns() - began) / TAPE_APPENDS;
}

static double tape_write_read(struct tape_bench *b, uint64_t stall_ns)
{
	if (!reader_start(b, stall_ns))
		return 0;
	double cost = tape_write(b);
	reader_end(b);
	return cost;
}

static double tape_write_followed(void *context)
{
	return tape_write_read(context, 0);
}

static double tape_write_stalled(void *context)
{
	return tape_write_read(context, 20 * 1000 * 1000);
}

static void append_run(struct figures *figures, struct tape_bench *b)
{
	flow_begin(b->flow, TAPE_ALL);
	tape_join(&b->writer, b->flow->market, 0);
	const struct bench_case cases[] = {
		{"tape: copy of an event's bytes", NULL, tape_copy, b},
		{"tape: append, no reader", "tape: copy of an event's bytes", tape_write, b},
		{"tape: append, a reader that keeps up", "tape: append, no reader",
			tape_write_followed, b},
		{"tape: append, a reader that stalls", "tape: append, no reader",
			tape_write_stalled, b},
	};
	round_run(figures, cases, ARRAY_COUNT(cases));
	flow_end(b->flow);
}

static double feed_play(struct flow *flow, enum tape_carries carries)
{
	flow_begin(flow, carries);
	uint64_t began = round_cpu_ns();
	for (uint32_t i = 0; i < flow->frame_count; i += BURST_COUNT_MAX) {
		uint32_t left = flow->frame_count - i;
		feed_on_burst(flow->feed, 0, flow->frames + i,
			left < BURST_COUNT_MAX ? left : BURST_COUNT_MAX, 1000 + i);
	}
	double cost = (double)(round_cpu_ns() - began) / flow->frame_count;
	flow_end(flow);
	return cost;
}

static double feed_without(void *context)
{
	return feed_play(context, TAPE_NONE);
}

static double feed_with_trades(void *context)
{
	return feed_play(context, TAPE_TRADES);
}

static double feed_with_all(void *context)
{
	return feed_play(context, TAPE_ALL);
}

static void feed_run(struct figures *figures, struct flow *flow)
{
	const struct bench_case cases[] = {
		{"feed: frame to book and top, no tape", NULL, feed_without, flow},
		{"feed: the same, trades on the tape", "feed: frame to book and top, no tape",
			feed_with_trades, flow},
		{"feed: the same, all on the tape", "feed: frame to book and top, no tape",
			feed_with_all, flow},
	};
	round_run(figures, cases, ARRAY_COUNT(cases));
}

enum { POINT_COUNT = 3 };
static const struct {
	const char *name;
	uint32_t permille;
} points[POINT_COUNT] = {{"p50", 500}, {"p99", 990}, {"p99.9", 999}};

/* One frame after the other, each when the one before is in the reader's hands: a reader that the machine puts
   aside is late once, not for all that follows.  Leaves in late what the reader saw at
   each of the points; false: there is one core only. */
static bool latency_round(struct tape_bench *b, double late[POINT_COUNT])
{
	b->late_ns = calloc(b->flow->frame_count, sizeof *b->late_ns);
	b->late_count = 0;
	CHECK(b->late_ns != NULL);
	flow_begin(b->flow, TAPE_ALL);
	bool is_run = reader_start(b, 0);
	for (uint32_t i = 0; is_run && i < b->flow->frame_count; i++) {
		uint64_t now_ns = clock_now_ns();
		feed_on_burst(b->flow->feed, 0, &b->flow->frames[i], 1, now_ns);
		uint64_t written = b->flow->market->tapes[0].page.written;
		while (atomic_load_explicit(&b->seen, memory_order_acquire) < written)
			;
		now_ns = clock_now_ns();
		while (clock_now_ns() - now_ns < APART_NS)
			;
	}
	if (is_run)
		reader_end(b);
	round_sort_cycles(b->late_ns, b->late_count);
	for (size_t i = 0; i < POINT_COUNT && b->late_count > 0; i++) {
		uint64_t at = (uint64_t)b->late_count * points[i].permille / 1000;
		late[i] = b->late_ns[at];
	}
	is_run = b->late_count > 0;
	flow_end(b->flow);
	free(b->late_ns);
	b->late_ns = NULL;
	return is_run;
}

static void latency_run(struct figures *figures, struct tape_bench *b)
{
	const char *hop = bench_machine_hop(figures);
	double late[ROUND_COUNT_MAX][POINT_COUNT] = {{0}};
	for (uint32_t round = 0; round < figures->round_count; round++)
		if (!latency_round(b, late[round]))
			return;
	for (uint32_t i = 0; i < POINT_COUNT; i++) {
		char name[FIGURE_NAME_BYTES];
		double values[ROUND_COUNT_MAX] = {0};
		for (uint32_t round = 0; round < figures->round_count; round++)
			values[round] = late[round][i];
		round_sort(values, figures->round_count);
		snprintf(name, sizeof name, "strategy: frame to event in hand, %s", points[i].name);
		round_add(figures, name, "ns", values[figures->round_count / 2], hop);
		struct figure *row = &figures->rows[figures->count - 1];
		row->low = values[0];
		row->high = values[figures->round_count - 1];
	}
}

bool bench_tape_run(struct figures *figures, const char *aapl)
{
	static struct flow flow;
	static struct tape_bench bench;
	if (!flow_load(&flow, aapl))
		return false;
	bench.flow = &flow;
	for (uint32_t i = 0; i < SOURCE_COUNT; i++)
		for (uint32_t w = 0; w < 8; w++)
			bench.words[i][w] = (uint64_t)i * w;
	append_run(figures, &bench);
	feed_run(figures, &flow);
	latency_run(figures, &bench);
	flow_free(&flow);
	return true;
}
