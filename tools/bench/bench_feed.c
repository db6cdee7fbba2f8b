#include "tools/bench/bench_feed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"
#include "tools/bench/bench_flow.h"
#include "tools/bench/work.h"
#include "tools/pktgen/market.h"

enum {
	GEN_SYMBOLS = 8714,
	GEN_BOOK_ORDERS = 2 << 20,
	FLOW_BOOK_ORDERS = 64 << 10, /* to begin with */
	FLOW_BOOK_ORDERS_MAX = 64 << 20,
	FLOW_MESSAGES = 400000, /* in a round: a short flow is played again and again */
	DEPTH_MAX = 1 << 16,
};

static bool load_generated(struct work *w, struct market *market, uint64_t message_count)
{
	uint32_t size;
	w->room_bytes = message_count * 40 + ITCH50_SIZE_MAX + 2 + ITCH50_READ_PAST_BYTES;
	w->bytes = memory_take("bench messages", w->room_bytes);
	while ((size = market_next(market, w->bytes + w->size_bytes + 2)) != 0) {
		store_be16(w->bytes + w->size_bytes, (uint16_t)size);
		w->size_bytes += size + 2;
		w->message_count++;
		CHECK(w->size_bytes + ITCH50_SIZE_MAX + 2 + ITCH50_READ_PAST_BYTES <=
			w->room_bytes);
	}
	w->passes = 1;
	w->is_cleared = true;
	return true;
}

/* count_messages walks the flow; false: it holds something else than ITCH 5.0, which is told. */
static bool count_messages(struct work *w, const char *path)
{
	uint32_t size;
	for (size_t at = 0; at < w->size_bytes; at += size + 2u, w->message_count++) {
		size = flow_message(w->bytes + at, w->size_bytes - at);
		/* A session's end in such a file: a length of 0 behind which nothing stands. */
		if (size == 0 && w->size_bytes - at == 2 && load_be16(w->bytes + at) == 0) {
			w->size_bytes = at;
			break;
		}
		if (size == 0) {
			fprintf(stderr,
				"%s: found at byte %zu, in place of message %" PRIu64
				", something else than a 16-bit length and a whole ITCH 5.0 "
				"message; "
				"name a flow of such with --aapl FILE\n",
				path, at, w->message_count + 1);
			return false;
		}
	}
	if (w->message_count == 0)
		fprintf(stderr, "%s: found no message; name a flow with --aapl FILE\n", path);
	return w->message_count > 0;
}

static bool load_file(struct work *w, const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		fprintf(stderr, "%s: cannot be read: %s; name the flow with --aapl FILE\n", path,
			strerror(errno));
		return false;
	}
	fseek(file, 0, SEEK_END);
	long size = ftell(file);
	rewind(file);
	w->room_bytes = (size_t)(size > 0 ? size : 0) + ITCH50_READ_PAST_BYTES;
	w->bytes = memory_take("bench messages", w->room_bytes);
	w->size_bytes = fread(w->bytes, 1, w->room_bytes - ITCH50_READ_PAST_BYTES, file);
	fclose(file);
	w->message_count = 0;
	bool is_flow = count_messages(w, path);
	w->passes = 1 + (uint32_t)(FLOW_MESSAGES / (w->message_count + 1));
	return is_flow;
}

/* A flow that cannot be played is told of before minutes of measuring. */
static bool flow_is_good(const char *path)
{
	struct work flow = {0};
	bool is_good = load_file(&flow, path);
	if (flow.bytes != NULL)
		memory_return(flow.bytes, flow.room_bytes);
	return is_good;
}

/* open_flow gives a flow a book that has room for it, however long it is. */
static bool open_flow(struct work *w, const char *path)
{
	struct book_counts counts;
	for (uint32_t orders = FLOW_BOOK_ORDERS; orders <= FLOW_BOOK_ORDERS_MAX; orders *= 2) {
		w->book = book_open(orders);
		work_prepare(w);
		book_counts_of(w->book, &counts);
		if (counts.full == 0)
			return true;
		book_close(w->book);
	}
	fprintf(stderr, "%s: found more than %d live orders, expected fewer: name a shorter flow\n",
		path, FLOW_BOOK_ORDERS_MAX);
	return false;
}

/* differs_from holds one side of a locate against the generator's own state. */
static bool differs_from(const struct book *book, uint32_t locate, enum side side,
	const struct shadow_symbol *symbol, struct book_level *levels)
{
	uint32_t count = book_depth(book, (uint16_t)locate, side, levels, DEPTH_MAX);
	const struct shadow_side *expected = &symbol->sides[side];
	if (count != expected->count)
		return true;
	for (uint32_t i = 0; i < count; i++) {
		const struct shadow_level *level = &expected->levels[count - 1 - i];
		if (levels[i].price_e4 != level->price_e4 || levels[i].qty != level->qty ||
			levels[i].order_count != level->order_count)
			return true;
	}
	return false;
}

static bool check_oracle(struct work *w, const struct market *market)
{
	struct book_level *levels = malloc(DEPTH_MAX * sizeof *levels);
	uint32_t differences = 0;
	CHECK(levels != NULL);
	work_book_once(w);
	for (uint32_t locate = 1; locate <= GEN_SYMBOLS; locate++)
		for (enum side side = SIDE_BUY; side <= SIDE_SELL; side++)
			differences += differs_from(
				w->book, locate, side, market_symbol(market, locate), levels);
	book_clear(w->book);
	free(levels);
	if (differences > 0)
		fprintf(stderr, "gen: %u sides of the books are not as the generator has them\n",
			differences);
	return differences == 0;
}

static double ns_per_cycle(void)
{
	const uint64_t many = 1u << 30;
	return (double)clock_cycles_to_ns(many) / (double)many;
}

static void add_latency(struct figures *figures, struct work *w, const char *name, bool is_waiting,
	const char *yardstick)
{
	static const struct {
		const char *name;
		double part;
	} points[] = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};
	static struct latency latency;
	work_latency(w, is_waiting, &latency);
	for (size_t i = 0; i < ARRAY_COUNT(points); i++) {
		char full[FIGURE_NAME_BYTES];
		double ns = latency_cycles(&latency, points[i].part) * ns_per_cycle();
		snprintf(full, sizeof full, "%s: one message, no look-ahead%s, %s", name,
			is_waiting ? ", waited for" : "", points[i].name);
		round_add(figures, full, "ns", ns, yardstick);
	}
}

/* The yardstick of a message without look-ahead: it waits for memory. */
static const char chase[] = "gen: a load from memory, one behind the other";

static void run_gen(struct figures *figures, struct work *w)
{
	const struct bench_case cases[] = {
		{"gen: bare hop, prefetched", NULL, work_hop, w},
		{"gen: sum of the bytes", NULL, work_sum, w},
		{"gen: memcpy", NULL, work_copy, w},
		{chase, NULL, work_chase, w},
		{"gen: parse, scalar", "gen: bare hop, prefetched", work_parse_scalar, w},
		{"gen: parse, avx2", "gen: bare hop, prefetched", work_parse_avx2, w},
		{"gen: parse, avx512", "gen: bare hop, prefetched", work_parse_avx512, w},
		{"gen: decode of a burst in L1", "gen: bare hop, prefetched", work_burst, w},
		{book_has_queue() ? "gen: parse and book, queue per price" : "gen: parse and book",
			"gen: bare hop, prefetched", work_book, w},
	};
	round_run(figures, cases, ARRAY_COUNT(cases));
	add_latency(figures, w, "gen", false, chase);
	add_latency(figures, w, "gen", true, chase);
}

static void run_aapl(struct figures *figures, struct work *w)
{
	const struct bench_case cases[] = {
		{"aapl: bare hop, prefetched", NULL, work_hop, w},
		{"aapl: sum of the bytes", NULL, work_sum, w},
		{"aapl: memcpy", NULL, work_copy, w},
		{"aapl: parse, scalar", "aapl: bare hop, prefetched", work_parse_scalar, w},
		{"aapl: parse, avx2", "aapl: bare hop, prefetched", work_parse_avx2, w},
		{"aapl: parse, avx512", "aapl: bare hop, prefetched", work_parse_avx512, w},
		{"aapl: book, events decoded", "aapl: bare hop, prefetched", work_book_alone, w},
		{book_has_queue() ? "aapl: parse and book, queue per price"
				  : "aapl: parse and book",
			"aapl: bare hop, prefetched", work_book, w},
	};
	round_run(figures, cases, ARRAY_COUNT(cases));
	add_latency(figures, w, "aapl", false, "aapl: bare hop, prefetched");
	add_latency(figures, w, "aapl", true, "aapl: bare hop, prefetched");
}

/* resident_bytes reads what the process holds of memory; 0: the kernel does not say. */
static double resident_bytes(void)
{
	char line[128] = "";
	char *second = NULL;
	FILE *file = fopen("/proc/self/statm", "r");
	if (file != NULL && fgets(line, sizeof line, file) != NULL)
		second = strchr(line, ' '); /* pages: size, resident, ... */
	if (file != NULL)
		fclose(file);
	unsigned long long resident = second == NULL ? 0 : strtoull(second, NULL, 10);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void work_close(struct work *w)
{
	book_close(w->book);
	memory_return(w->bytes, w->room_bytes);
	free(w->undo);
}

bool bench_feed_run(struct figures *figures, uint64_t message_count, const char *aapl_path)
{
	struct work gen = {0}, aapl = {0};
	if (!flow_is_good(aapl_path))
		return false;
	struct market_options market_options = {message_count, GEN_SYMBOLS, 1};
	struct market *market = market_open(&market_options);
	bool is_exact = false;
	if (market == NULL || !load_generated(&gen, market, message_count))
		return false;
	size_t before = memory_taken_bytes();
	gen.book = book_open(GEN_BOOK_ORDERS);
	size_t book_bytes = memory_taken_bytes() - before;
	is_exact = check_oracle(&gen, market);
	run_gen(figures, &gen);
	round_add(
		figures, "gen: the messages themselves", "MB", (double)gen.size_bytes / 1e6, NULL);
	round_add(figures, "gen: memory of the book", "MB", (double)book_bytes / 1e6,
		"gen: the messages themselves");
	round_add(figures, "gen: resident, messages and all", "MB", resident_bytes() / 1e6,
		"gen: the messages themselves");
	work_close(&gen);
	market_close(market);
	if (!load_file(&aapl, aapl_path) || !open_flow(&aapl, aapl_path))
		return false;
	run_aapl(figures, &aapl);
	work_close(&aapl);
	return is_exact;
}
