/* work.h - messages in memory, and the ways over them.

   Owner      the bench. */
#ifndef SLUICE_BENCH_WORK_H
#define SLUICE_BENCH_WORK_H

#include "dataplane/book/book.h"
#include "dataplane/wire/itch50.h"
#include "drivers/machine/cpu.h"

struct work {
	uint8_t *bytes; /* ITCH50_READ_PAST_BYTES readable behind it */
	size_t size_bytes, room_bytes;
	uint64_t message_count;
	uint32_t passes; /* how often one measurement goes over it */
	struct book *book;
	struct event *undo; /* deletes what a pass leaves in the book */
	uint64_t undo_count;
	bool is_cleared; /* false: undone by events, which keeps the memory warm */
};

/* work_chase returns the cost of a load whose address the load before gives, over CHASE_BYTES: about what a
   book of a whole market takes. */
double work_chase(void *work);

/* work_hop, work_sum, work_copy, work_parse, work_book return the cost of a message. */
double work_hop(void *work);
double work_sum(void *work);
double work_copy(void *work);
double work_parse_scalar(void *work);
double work_parse_avx2(void *work);
double work_parse_avx512(void *work);
double work_burst(void *work);
double work_book(void *work);
double work_book_alone(void *work);

/* work_book_once plays the work into the book and leaves it there. */
void work_book_once(struct work *work);

/* work_prepare finds the events that undo a pass; the book is empty before and after. */
void work_prepare(struct work *work);

enum { LATENCY_CYCLES = 1 << 16 };

/* What messages took, by cycles, all that took longer with the last; and what is the clock's own of each. */
struct latency {
	uint32_t counts[LATENCY_CYCLES];
	uint64_t count;
	double reading;
};

/* work_latency measures each message of all passes by itself, decoded and applied without look-ahead.  Waiting, it
   begins when all before is done and ends when all of it is; without, as other books' figures are made, what the processor
   does of it while it reads the clock is not seen. */
void work_latency(struct work *work, bool is_waiting, struct latency *latency);

/* latency_cycles gives the cycles that a part of the messages stay below.  Those of the same tick of the clock, which may be
   10 ns wide, are taken to lie evenly within one tick. */
double latency_cycles(const struct latency *latency, double part);

#endif
