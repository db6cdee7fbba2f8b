/* orders.h - every live order of a market, by its 64-bit reference.

   A hash of cache lines, four orders to a line.  Four neighbouring references share a line, because a
   venue counts upwards and most orders die young: the orders of the last moment lie close together,
   while the lines themselves are scattered, so that no pattern of references crowds them.  An order that
   finds its home line full lives in one of the lines behind it, and the home line counts those it sent
   away: a search ends at the home line when that count is 0, nothing is ever moved, and nothing dead
   stays behind.

   Owner      the book.
   Units      shares; level is a word of levels.h.
   Invariant  (1) a slot is free if and only if its qty is 0;
              (2) an order lives at most ORDERS_PROBE_LINES_MAX lines behind its home;
              (3) a line's spill is the number of orders at home there that live elsewhere.
   Errors     full: orders_put returns NULL, and nothing changed. */
#ifndef SLUICE_BOOK_ORDERS_H
#define SLUICE_BOOK_ORDERS_H

#include "config/base.h"

enum {
	ORDERS_IN_LINE = 4,
	ORDERS_PROBE_LINES_MAX = 256,
	ORDERS_COUNT_MAX = 1 << 27,
	ORDER_LEVEL_BITS = 29, /* the three bits above are a quarter of the line's spill */
};

struct order {
	uint64_t reference;
	uint32_t qty;             /* 0: free                       */
	uint32_t level_and_spill; /* order_level, line_spill read it */
#if SLUICE_QUEUE
	uint32_t ahead, behind; /* in the level's queue; see queue.h */
	uint64_t spare;         /* a slot never straddles two cache lines */
#endif
};

struct order_line {
	_Alignas(CACHE_LINE_BYTES) struct order slots[ORDERS_IN_LINE];
};
#if SLUICE_QUEUE
_Static_assert(sizeof(struct order_line) == 2 * CACHE_LINE_BYTES, "two lines");
#else
_Static_assert(sizeof(struct order_line) == CACHE_LINE_BYTES, "one line");
#endif

/* The slots of the first and the last order of a level, plus 1; 0: none.  See queue.h. */
struct queue_ends {
	uint32_t first, last;
};

struct orders {
	struct order_line *lines;
	uint32_t shift;     /* 64 - log2 of the number of lines */
	uint32_t line_mask; /* number of lines - 1              */
	uint32_t count, count_max;
#if SLUICE_QUEUE
	struct queue_ends *ends; /* of each level's queue, by word of levels.h */
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
	return &orders->lines[((reference / ORDERS_IN_LINE) * 0x9E3779B97F4A7C15ull) >>
			      orders->shift];
}

/* orders_first gives the slot in which a reference is looked for first. */
static inline struct order *orders_first(const struct orders *orders, uint64_t reference)
{
	return &orders_home(orders, reference)->slots[reference % ORDERS_IN_LINE];
}

/* orders_search looks everywhere a reference may be; NULL: it is not there. */
struct order *orders_search(const struct orders *orders, uint64_t reference);

/* orders_line gives the cache line to ask for before a reference is looked for. */
static inline const void *orders_line(const struct orders *orders, uint64_t reference)
{
#if SLUICE_QUEUE
	return orders_first(orders, reference);
#else
	return orders_home(orders, reference);
#endif
}

/* orders_find is orders_search with the likely slot first. */
static inline struct order *orders_find(const struct orders *orders, uint64_t reference)
{
	struct order *order = orders_first(orders, reference);
	if (LIKELY((order->reference == reference) & (order->qty != 0)))
		return order;
	return orders_search(orders, reference);
}

static inline uint32_t order_level(const struct order *order)
{
	return order->level_and_spill & ((1u << ORDER_LEVEL_BITS) - 1);
}

static inline void order_level_set(struct order *order, uint32_t level)
{
	order->level_and_spill = (order->level_and_spill & ~((1u << ORDER_LEVEL_BITS) - 1)) | level;
}

/* orders_is_absent tells that a reference is not in the table; false: it may be, orders_find knows. */
static inline bool orders_is_absent(const struct orders *orders, uint64_t reference)
{
	const struct order *slots = orders_home(orders, reference)->slots;
	uint32_t spill = 0;
	bool is_here = false;
	for (int i = 0; i < ORDERS_IN_LINE; i++) {
		is_here |= slots[i].reference == reference;
		spill |= slots[i].level_and_spill;
	}
	return !(is_here | (spill >> ORDER_LEVEL_BITS != 0));
}

/* orders_put_away is orders_put for a reference whose likely slot is taken. */
struct order *orders_put_away(struct orders *orders, uint64_t reference);

/* orders_put takes a slot for a reference that is not in the table and gives it qty (above 0); the caller
   sets its level.  NULL: full, and nothing changed. */
static inline struct order *orders_put(struct orders *orders, uint64_t reference, uint32_t qty)
{
	struct order *order = orders_first(orders, reference);
	if (UNLIKELY(orders->count >= orders->count_max))
		return NULL;
	if (UNLIKELY(order->qty != 0)) {
		order = orders_put_away(orders, reference);
		if (order == NULL)
			return NULL;
	}
	orders->count++;
	order->reference = reference;
	order->qty = qty;
	return order;
}

/* orders_came_home tells the home line that one it sent away is gone. */
void orders_came_home(struct orders *orders, uint64_t reference);

/* orders_drop frees an order's slot. */
static inline void orders_drop(struct orders *orders, struct order *order)
{
	const struct order *home = orders_home(orders, order->reference)->slots;
	order->qty = 0;
	orders->count--;
	if (UNLIKELY((size_t)(order - home) >= ORDERS_IN_LINE))
		orders_came_home(orders, order->reference);
}

#endif
