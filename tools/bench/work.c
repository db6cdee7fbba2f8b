#include "tools/bench/work.h"

#include <emmintrin.h>
#include <stdlib.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"
#include "tools/bench/round.h"

enum {
	BURST = 64,
	PREFETCH_BYTES = 1024,
	COPY_BYTES_MAX = 64 << 20,
	CHASE_BYTES = 128 << 20,
	CHASE_LOADS = 1 << 20
};

static double cost(const struct work *work, uint64_t ns)
{
	return (double)ns / ((double)work->message_count * work->passes);
}

double work_hop(void *context)
{
	const struct work *w = context;
	uint64_t from = round_cpu_ns();
	uint64_t sum = 0;
	for (uint32_t pass = 0; pass < w->passes; pass++) {
		const uint8_t *p = w->bytes, *end = w->bytes + w->size_bytes;
		while (p < end) {
			__builtin_prefetch(p + PREFETCH_BYTES);
			sum += load_be16(p + 3); /* stock_locate */
			p += 2 + load_be16(p);
		}
	}
	round_keep(sum);
	return cost(w, round_cpu_ns() - from);
}

double work_sum(void *context)
{
	const struct work *w = context;
	uint64_t from = round_cpu_ns();
	for (uint32_t pass = 0; pass < w->passes; pass++) {
		uint64_t sums[4] = {0}, words[4];
		for (size_t at = 0; at + sizeof words <= w->size_bytes; at += sizeof words) {
			memcpy(words, w->bytes + at, sizeof words);
			for (int i = 0; i < 4; i++)
				sums[i] += words[i];
		}
		round_keep(sums[0] + sums[1] + sums[2] + sums[3]);
	}
	return cost(w, round_cpu_ns() - from);
}

double work_copy(void *context)
{
	const struct work *w = context;
	static uint8_t *target;
	if (target == NULL && (target = calloc(1, COPY_BYTES_MAX)) == NULL)
		return 0;
	memset(target, 1, COPY_BYTES_MAX);
	uint64_t from = round_cpu_ns();
	for (uint32_t pass = 0; pass < w->passes; pass++) {
		for (size_t at = 0; at < w->size_bytes; at += COPY_BYTES_MAX) {
			size_t part = w->size_bytes - at;
			memcpy(target, w->bytes + at,
				part < COPY_BYTES_MAX ? part : COPY_BYTES_MAX);
			round_keep(target[0]);
		}
	}
	return cost(w, round_cpu_ns() - from);
}

double work_chase(void *context)
{
	enum { LINES = CHASE_BYTES / CACHE_LINE_BYTES };
	static uint32_t *lines;
	const size_t words = CACHE_LINE_BYTES / sizeof *lines;
	uint32_t at = 0;
	(void)context;
	if (lines == NULL) {
		lines = memory_take("bench chase", CHASE_BYTES);
		/* a sequence that visits every line before any twice */
		for (uint32_t i = 0; i < LINES; i++)
			lines[i * words] = (i * 1664525u + 1013904223u) % LINES;
	}
	uint64_t from = round_cpu_ns();
	for (uint32_t i = 0; i < CHASE_LOADS; i++)
		at = lines[at * words];
	round_keep(at);
	return (double)(round_cpu_ns() - from) / CHASE_LOADS;
}

/* parse finds and decodes every message into events that stay in the first-level cache. */
static double parse(const struct work *w, itch50_reader *reader)
{
	struct event events[BURST];
	struct itch50_counts counts = {0};
	uint64_t from = round_cpu_ns();
	if (reader == NULL)
		return 0;
	for (uint32_t pass = 0; pass < w->passes; pass++) {
		size_t at = 0, used;
		while (at < w->size_bytes) {
			reader(w->bytes + at, w->size_bytes - at, events, BURST, &used, &counts);
			round_keep((uint64_t)(uintptr_t)events);
			at += used;
		}
	}
	CHECK(counts.bad + counts.unknown == 0);
	return cost(w, round_cpu_ns() - from);
}

double work_parse_scalar(void *context)
{
	return parse(context, itch50_reader_of(ISA_SCALAR));
}

double work_parse_avx2(void *context)
{
	return parse(context, itch50_reader_of(ISA_AVX2));
}

double work_parse_avx512(void *context)
{
	return parse(context, itch50_reader_of(ISA_AVX512));
}

/* work_burst decodes the same burst, from the middle of the work, again and again: the decoder alone,
   nothing to find. */
double work_burst(void *context)
{
	const struct work *w = context;
	struct mold64_block blocks[BURST];
	struct event events[BURST];
	struct itch50_counts counts = {0};
	size_t at = 0, used = 0;
	uint32_t count = 0;
	do {
		at += used;
		count = itch50_split(w->bytes + at, w->size_bytes - at, blocks, BURST, &used);
	} while (at < w->size_bytes / 2);
	uint64_t rounds = w->message_count * w->passes / count;
	uint64_t from = round_cpu_ns();
	for (uint64_t i = 0; i < rounds; i++) {
		itch50_decode(blocks, count, events, &counts);
		round_keep((uint64_t)(uintptr_t)events);
	}
	return (double)(round_cpu_ns() - from) / ((double)rounds * count);
}

/* burst_apply applies a burst while what the two behind it need is asked for. */
static inline void burst_apply(struct book *book, const struct book_burst *ready,
	struct book_burst *next, const struct book_burst *asked)
{
	bool is_asking = book_look(book, next, asked);
	if (is_asking && ready->count == BOOK_BURST) {
		for (uint32_t i = 0; i < BOOK_BURST; i++) {
			book_apply_step(book, &ready->events[i], &ready->steps[i]);
			book_ask(book, next, asked, i);
		}
		return;
	}
	for (uint32_t i = 0; i < ready->count; i++)
		book_apply_step(book, &ready->events[i], &ready->steps[i]);
	for (uint32_t i = 0; i < BOOK_BURST && is_asking; i++)
		book_ask(book, next, asked, i);
}

/* Three stages, as the feed does it. */
void work_book_once(struct work *w)
{
	static struct book_burst bursts[BOOK_STAGES];
	struct itch50_counts counts = {0};
	uint32_t turn = 0, idle = 0;
	size_t at = 0, used;
	while (idle < BOOK_STAGES) {
		struct book_burst *next = &bursts[turn];
		struct book_burst *asked = &bursts[(turn + BOOK_STAGES - 1) % BOOK_STAGES];
		struct book_burst *ready = &bursts[(turn + 1) % BOOK_STAGES];
		next->count = itch50_read(w->bytes + at, w->size_bytes - at, next->events,
			BOOK_BURST, &used, &counts);
		burst_apply(w->book, ready, next, asked);
		idle = next->count == 0 ? idle + 1 : 0;
		at += used;
		turn = (turn + 1) % BOOK_STAGES;
	}
	CHECK(counts.bad + counts.unknown == 0);
}

static void work_undo(struct work *w)
{
	if (w->is_cleared) {
		book_clear(w->book);
		return;
	}
	for (uint64_t i = 0; i < w->undo_count; i++)
		book_apply(w->book, &w->undo[i]);
}

double work_book(void *context)
{
	struct work *w = context;
	uint64_t spent = 0;
	for (uint32_t pass = 0; pass < w->passes; pass++) {
		uint64_t from = round_cpu_ns();
		work_book_once(w);
		spent += round_cpu_ns() - from;
		work_undo(w);
	}
	return cost(w, spent);
}

/* work_all decodes the whole work; the caller frees the events. */
static struct event *work_all(const struct work *w)
{
	struct event *events = aligned_alloc(CACHE_LINE_BYTES, w->message_count * sizeof *events);
	struct itch50_counts counts = {0};
	uint64_t made = 0;
	size_t at = 0, used;
	CHECK(events != NULL);
	while (at < w->size_bytes) {
		made += itch50_read(
			w->bytes + at, w->size_bytes - at, &events[made], BURST, &used, &counts);
		at += used;
	}
	return events;
}

void work_prepare(struct work *w)
{
	struct event *events = work_all(w);
	uint64_t room = 0;
	w->undo_count = 0;
	work_book_once(w);
	for (uint64_t i = 0; i < w->message_count; i++) {
		struct event *e = &events[i];
		enum side side;
		int64_t price_e4;
		uint32_t qty;
		if (e->kind != EVENT_ADD && e->kind != EVENT_REPLACE)
			continue;
		uint64_t reference = e->kind == EVENT_ADD ? e->order : e->other;
		if (!book_order(w->book, reference, &side, &price_e4, &qty))
			continue;
		if (w->undo_count == room) {
			room = room == 0 ? 4096 : room * 2;
			struct event *more = aligned_alloc(CACHE_LINE_BYTES, room * sizeof *more);
			CHECK(more != NULL);
			if (w->undo_count > 0)
				memcpy(more, w->undo, w->undo_count * sizeof *more);
			free(w->undo);
			w->undo = more;
		}
		struct event *undo = &w->undo[w->undo_count];
		*undo = *e;
		undo->kind = EVENT_DELETE;
		undo->order = reference;
		w->undo_count++;
		book_apply(w->book, undo);
	}
	free(events);
}

/* work_book_alone applies events that are decoded already: the book's share. */
double work_book_alone(void *context)
{
	struct work *w = context;
	struct event *events = work_all(w);
	struct book_step steps[BURST];
	uint64_t spent = 0;
	for (uint32_t pass = 0; pass < w->passes; pass++) {
		uint64_t from = round_cpu_ns();
		for (uint64_t i = 0; i < w->message_count; i += BURST) {
			uint64_t left = w->message_count - i;
			uint32_t count = left < BURST ? (uint32_t)left : BURST;
			book_prefetch(w->book, &events[i], steps, count);
			book_prefetch_levels(w->book, &events[i], steps, count);
			for (uint32_t k = 0; k < count; k++)
				book_apply_step(w->book, &events[i + k], &steps[k]);
		}
		spent += round_cpu_ns() - from;
		work_undo(w);
	}
	free(events);
	return cost(w, spent);
}

/* moment_begin and moment_end read the clock.  Waiting, nothing before or behind the two is under way between them; without,
   the processor does what it can while it reads the clock. */
static inline uint64_t moment_begin(bool is_waiting)
{
	if (is_waiting)
		_mm_mfence();
	uint64_t cycles = clock_cycles();
	if (is_waiting)
		_mm_lfence();
	return cycles;
}

static inline uint64_t moment_end(bool is_waiting)
{
	if (is_waiting)
		_mm_lfence();
	return clock_cycles();
}

/* reading_cost gives the cycles that the two moments take by themselves, on average. */
static double reading_cost(bool is_waiting)
{
	enum { READINGS = 10000, DISTURBED = 1000 };
	uint64_t sum = 0, count = 0;
	for (int i = 0; i < READINGS; i++) {
		uint64_t from = moment_begin(is_waiting);
		uint64_t spent = moment_end(is_waiting) - from;
		sum += spent < DISTURBED ? spent : 0;
		count += spent < DISTURBED;
	}
	return count == 0 ? 0 : (double)sum / (double)count;
}

/* latency_pass plays the work once and counts what each message took. */
static inline void latency_pass(struct work *w, struct latency *latency, bool is_waiting)
{
	struct itch50_counts counts = {0};
	struct event event;
	const uint8_t *p = w->bytes;
	for (uint64_t i = 0; i < w->message_count; i++) {
		uint64_t from = moment_begin(is_waiting);
		const struct mold64_block block = {p + 2, load_be16(p)};
		itch50_decode(&block, 1, &event, &counts);
		book_apply(w->book, &event);
		uint64_t spent = moment_end(is_waiting) - from;
		latency->counts[spent < LATENCY_CYCLES ? spent : LATENCY_CYCLES - 1]++;
		p += 2 + block.size_bytes;
	}
	latency->count += w->message_count;
}

void work_latency(struct work *w, bool is_waiting, struct latency *latency)
{
	memset(latency, 0, sizeof *latency);
	latency->reading = reading_cost(is_waiting);
	for (uint32_t pass = 0; pass < w->passes; pass++) {
		if (is_waiting)
			latency_pass(w, latency, true);
		else
			latency_pass(w, latency, false);
		work_undo(w);
	}
}

/* tick_at gives how far the nearest other number of cycles that the clock showed is from one. */
static uint32_t tick_at(const struct latency *latency, uint32_t cycles)
{
	for (uint32_t apart = 1; apart < LATENCY_CYCLES; apart++)
		if ((apart <= cycles && latency->counts[cycles - apart] > 0) ||
			(cycles + apart < LATENCY_CYCLES && latency->counts[cycles + apart] > 0))
			return apart;
	return 0;
}

double latency_cycles(const struct latency *latency, double part)
{
	double wanted = (double)latency->count * part, below = 0;
	uint32_t cycles = 0;
	while (cycles < LATENCY_CYCLES - 1 && below + latency->counts[cycles] <= wanted)
		below += latency->counts[cycles++];
	double place = (wanted - below) / latency->counts[cycles] - 0.5;
	double found = cycles + place * tick_at(latency, cycles) - latency->reading;
	return found > 0 ? found : 0;
}
