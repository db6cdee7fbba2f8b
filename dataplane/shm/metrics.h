/* metrics.h - the pages of counters, printed from metrics.def.

   Each stage has a page that it alone writes with plain stores; everyone may read it, also when the
   stage is dead.

   Units      as the row says. */
#ifndef SLUICE_SHM_METRICS_H
#define SLUICE_SHM_METRICS_H

#include "config/rejects.h"
#include "dataplane/shm/histogram.h"

enum metric {
#define METRIC(stage, field, kind, name, sentence) METRIC_##field,
#include "config/metrics.def"
#undef METRIC
	METRIC_COUNT
};

enum stage_id {
	STAGE_FEED = 0,
	STAGE_GATE = 1,
	STAGE_JOURNAL = 2,
	STAGE_DOOR = 3,
	STAGE_FEED_MORE = 4, /* feed stages beyond the first, in their order */
	STAGE_GATE_MORE = STAGE_FEED_MORE + FEED_STAGE_COUNT_MAX - 1, /* and gates */
	STAGE_COUNT = STAGE_GATE_MORE + GATE_COUNT_MAX - 1
};

/* stage_of_feed gives the stage of feed number `index`; stage_feed_index the other way, UINT32_MAX for what
   is no feed. */
static inline enum stage_id stage_of_feed(uint32_t index)
{
	return index == 0 ? STAGE_FEED : (enum stage_id)(STAGE_FEED_MORE + index - 1);
}

static inline uint32_t stage_feed_index(enum stage_id stage)
{
	if (stage == STAGE_FEED)
		return 0;
	return stage >= STAGE_FEED_MORE && stage < STAGE_GATE_MORE
		       ? (uint32_t)(stage - STAGE_FEED_MORE + 1)
		       : UINT32_MAX;
}

/* stage_of_gate and stage_gate_index do it for gates. */
static inline enum stage_id stage_of_gate(uint32_t index)
{
	return index == 0 ? STAGE_GATE : (enum stage_id)(STAGE_GATE_MORE + index - 1);
}

static inline uint32_t stage_gate_index(enum stage_id stage)
{
	return stage == STAGE_GATE        ? 0
	       : stage >= STAGE_GATE_MORE ? (uint32_t)(stage - STAGE_GATE_MORE + 1)
					  : UINT32_MAX;
}

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

struct metric_row {
	const char *field, *name, *sentence;
	uint8_t stage; /* enum stage_id */
	uint8_t kind;  /* enum metric_kind */
};
extern const struct metric_row metric_rows[METRIC_COUNT];

struct metrics {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t values[METRIC_COUNT];
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t refused[LANE_COUNT_MAX]; /* by reason; gate */
	/* by any bit of the mask; gate */
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t breached[LANE_COUNT_MAX];
	/* an order's bytes in -> its receipt published, one of 16; gate */
	_Alignas(SHARED_ALIGN_BYTES) struct histogram judge_ns;
	_Alignas(SHARED_ALIGN_BYTES) struct histogram
		gate_ns; /* bytes in -> bytes out, sampled; gate */
	/* burst in -> books applied, per message; feed */
	_Alignas(SHARED_ALIGN_BYTES) struct histogram packet_ns;
	/* a frame on the wire -> its messages in the books; feed.  From the device's time of the frame where
	   the port has it, else from when the burst was taken */
	_Alignas(SHARED_ALIGN_BYTES) struct histogram wire_ns;
	_Alignas(SHARED_ALIGN_BYTES) struct histogram commit_ns; /* a group commit; journal */
};

/* metrics_add and metrics_set write one counter of the caller's own stage. */
static inline void metrics_add(struct metrics *m, enum metric metric, uint64_t count)
{
	_Atomic uint64_t *value = &m->values[metric];
	atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + count,
		memory_order_relaxed);
}

static inline void metrics_set(struct metrics *m, enum metric metric, uint64_t value)
{
	atomic_store_explicit(&m->values[metric], value, memory_order_relaxed);
}

static inline uint64_t metrics_get(const struct metrics *m, enum metric metric)
{
	return atomic_load_explicit(&m->values[metric], memory_order_relaxed);
}

#endif
