/* orders.h - every live order of a market, by its 64-bit reference.

   A table of cache lines, four orders to a line.  Two neighbouring references have the same home line and the
   next two the next, because a venue counts upwards and most orders die young: the orders of the last moment lie
   side by side, and a new one's line is there before it.  Stretches of ORDERS_IN_STRETCH references are
   scattered, so that no pattern of references crowds the lines.  An order may have any slot of its home line;
   all four are compared at once, so that nothing depends on which it has.  One that finds its home line full lives in
   one of the lines behind it, and the home line counts those it sent away: a search ends at the home line
   when that count is 0, nothing is ever moved, and nothing dead stays behind.

   Tried and dropped: a word for each of the last million references, eight to a line, from which those who live on move
   to this table.  Without the moving it is 0.85 of gen30m; but one order in seven lives on, and moving it costs as much.

   Owner      the book.
   Units      shares; level is the number of a level of levels.h.
   Invariant  (1) a slot is free if and only if its qty is 0;
              (2) an order lives at most ORDERS_PROBE_LINES_MAX lines behind its home;
              (3) a line's spill is the number of orders at home there that live elsewhere.
   Errors     full: orders_seat returns no order, and nothing changed. */
#ifndef SLUICE_BOOK_ORDERS_H
#define SLUICE_BOOK_ORDERS_H

#include <smmintrin.h>

#include "config/base.h"

enum {
	ORDERS_IN_LINE = 4,
	ORDERS_AT_HOME = 2, /* neighbours that share a home line */
	ORDERS_IN_STRETCH = 1 << 13,
	ORDERS_PROBE_LINES_MAX = 256,
	ORDERS_COUNT_MAX = 1 << 27,
	ORDER_LEVEL_BITS = 29, /* the three bits above are a quarter of the line's spill */
};

/* The slots before and behind an order in its level's queue, plus 1; 0: none.  See queue.h. */
struct queue_links {
	uint32_t ahead, behind;
};

struct order_line {
	_Alignas(CACHE_LINE_BYTES) uint64_t references[ORDERS_IN_LINE];
	uint32_t qtys[ORDERS_IN_LINE]; /* 0: free */
	uint32_t levels_and_spill[ORDERS_IN_LINE];
#if SLUICE_QUEUE
	struct queue_links links[ORDERS_IN_LINE];
#endif
};
#if SLUICE_QUEUE
_Static_assert(sizeof(struct order_line) == 2 * CACHE_LINE_BYTES, "two lines");
#else
_Static_assert(sizeof(struct order_line) == CACHE_LINE_BYTES, "one line");
#endif

/* Where an order is; line is NULL: nowhere. */
struct order {
	struct order_line *line;
	uint32_t slot;
};

/* The slots of the first and the last order of a level, plus 1; 0: none.  See queue.h. */
struct queue_ends {
	uint32_t first, last;
};

struct orders {
	struct order_line *lines;
	uint64_t line_mask; /* number of lines - 1 */
	uint32_t count, count_max;
#if SLUICE_QUEUE
	struct queue_ends *ends; /* of each level's queue, by its number */
	uint32_t level_count;
#endif
};

/* orders_init takes memory for count_max orders (1 .. ORDERS_COUNT_MAX); orders_return gives it back. */
void orders_init(struct orders *orders, uint32_t count_max);
void orders_return(struct orders *orders);

/* orders_clear forgets all orders. */
void orders_clear(struct orders *orders);

/* orders_home gives the line in which a reference is looked for first. */
static inline struct order_line *orders_home(const struct orders *orders, uint64_t reference)
{
	uint64_t stretch = reference / ORDERS_IN_STRETCH * 0x9E3779B97F4A7C15ull;
	return &orders->lines[(reference / ORDERS_AT_HOME + (stretch >> 32)) & orders->line_mask];
}

/* line_free tells which slots of a line are free, a bit for each. */
static inline uint32_t line_free(const struct order_line *line)
{
	__m128i qtys = _mm_load_si128((const __m128i *)line->qtys);
	__m128i is_free = _mm_cmpeq_epi32(qtys, _mm_setzero_si128());
	return (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(is_free));
}

/* line_named tells which slots of a line hold a reference, live or dead. */
static inline uint32_t line_named(const struct order_line *line, uint64_t reference)
{
	const __m128i *references = (const __m128i *)line->references;
	__m128i key = _mm_set1_epi64x((long long)reference);
	__m128i first = _mm_cmpeq_epi64(_mm_load_si128(references), key);
	__m128i second = _mm_cmpeq_epi64(_mm_load_si128(references + 1), key);
	return (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(_mm_packs_epi32(first, second)));
}

/* line_is_spilt tells that orders at home in this line live elsewhere. */
static inline bool line_is_spilt(const struct order_line *line)
{
	__m128i words = _mm_load_si128((const __m128i *)line->levels_and_spill);
	return !_mm_testz_si128(words, _mm_set1_epi32((int)(~0u << ORDER_LEVEL_BITS)));
}

/* orders_search looks everywhere a reference may be. */
struct order orders_search(const struct orders *orders, uint64_t reference);

static inline uint32_t order_qty(struct order order)
{
	return order.line->qtys[order.slot];
}

static inline uint32_t order_level(struct order order)
{
	return order.line->levels_and_spill[order.slot] & ((1u << ORDER_LEVEL_BITS) - 1);
}

/* orders_seat finds a slot for a reference that is not in the table; no order: full.  Nothing is changed before
   orders_put, which fills it; qty above 0.  orders_drop frees it. */
struct order orders_seat(const struct orders *orders, uint64_t reference);
void orders_put(struct orders *orders, struct order order, uint64_t reference, uint32_t qty,
	uint32_t level);
void orders_drop(struct orders *orders, struct order order);

#endif
