#include "tools/bench/bench_link.h"

#include "dataplane/shm/link.h"
#include "drivers/machine/memory.h"

enum { LINK_RECORDS = 200000, LINK_BURST = 32, LINK_BODY_BYTES = 48 };

static double link_append(void *context)
{
	struct link *link = context;
	struct link_writer writer;
	uint8_t body[LINK_BODY_BYTES] = {1};
	atomic_store(&link->head, 0);
	atomic_store(&link->tail, 0);
	link_join(&writer, link, 0);
	uint64_t began = round_cpu_ns();
	for (uint32_t i = 0; i < LINK_RECORDS; i++) {
		memcpy(link_claim(&writer, RECORD_TURN, sizeof body), body, sizeof body);
		if (i % LINK_BURST == LINK_BURST - 1)
			link_publish(&writer);
	}
	return (double)(round_cpu_ns() - began) / LINK_RECORDS;
}

static double link_copy(void *context)
{
	struct link *link = context;
	uint8_t body[LINK_BODY_BYTES] = {1};
	uint64_t began = round_cpu_ns();
	for (uint32_t i = 0; i < LINK_RECORDS; i++) {
		struct record header = {.size_bytes = 64, .sequence = i};
		memcpy(link->bytes + (size_t)i * 64, &header, sizeof header);
		memcpy(link->bytes + (size_t)i * 64 + sizeof header, body, sizeof body);
		__asm__ volatile("" ::: "memory");
	}
	return (double)(round_cpu_ns() - began) / LINK_RECORDS;
}

void bench_link_run(struct figures *figures)
{
	struct link *link = memory_take("bench link", sizeof *link);
	const struct bench_case cases[] = {
		{"journal: copy of a record's bytes", NULL, link_copy, link},
		{"journal: append of a record to the link", "journal: copy of a record's bytes",
			link_append, link},
	};
	round_run(figures, cases, ARRAY_COUNT(cases));
	memory_return(link, sizeof *link);
}
