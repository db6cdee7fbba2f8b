#include "tools/bench/bench_count.h"

#include <stdio.h>
#include <stdlib.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_TOGGLE_COLLECT
#endif

#include "tools/bench/gate_rig.h"

enum {
	COUNT_SYMBOLS = 100,
	COUNT_ACCOUNTS = 8,
	COUNT_WARM = 4000, /* until every row is made */
	COUNT_OPEN = 512,
};

static void count_out(void)
{
	CALLGRIND_TOGGLE_COLLECT;
}

static void count_order(
	struct gate_rig *b, uint32_t *open, uint64_t chance, bool is_counted, enum count_of of)
{
	if (*open != 0)
		rig_finish(b, *open);
	rig_order(b, chance);
	atomic_store_explicit(&b->market->channels[0].heard_ns, b->now_ns, memory_order_relaxed);
	b->now_ns += 2000;
	b->memory.when_out = is_counted && of == COUNT_OUT ? count_out : NULL;
	if (is_counted)
		CALLGRIND_TOGGLE_COLLECT;
	gate_poll(b->gate, b->now_ns);
	if (is_counted && of == COUNT_POLL)
		CALLGRIND_TOGGLE_COLLECT;
	b->memory.when_out = NULL;
	rig_drain(b);
	*open = b->memory.last_ref;
}

bool bench_count_run(bool is_wide, enum count_of of, uint32_t orders)
{
	struct gate_rig *b = calloc(1, sizeof *b);
	uint32_t open[COUNT_OPEN] = {0};
	uint64_t chance = 88172645463325252ull, expected = (uint64_t)COUNT_WARM + orders;
	bool is_good = is_wide ? rig_open(b, COUNT_SYMBOLS, COUNT_ACCOUNTS) : rig_open(b, 1, 1);
	for (uint32_t i = 0; is_good && i < expected; i++) {
		chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
		count_order(b, &open[i % COUNT_OPEN], chance, i >= COUNT_WARM, of);
	}
	if (is_good && b->memory.venue_messages != expected) {
		fprintf(stderr,
			"sluice-bench: count: found %llu orders at the venue, expected %llu\n",
			(unsigned long long)b->memory.venue_messages, (unsigned long long)expected);
		is_good = false;
	}
	rig_close(b);
	free(b);
	return is_good;
}
