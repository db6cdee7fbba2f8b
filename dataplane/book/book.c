#include "dataplane/book/book.h"

#include "dataplane/book/absolute.h"
#include "dataplane/book/levels.h"
#include "dataplane/book/orders.h"
#include "dataplane/book/queue.h"
#include "drivers/machine/memory.h"

enum { BOOK_SMALL_BYTES = 512 << 10 };

struct book {
	struct orders orders;
	struct levels levels;
	struct book_counts counts;
};

struct book *book_open(uint32_t order_count)
{
	struct book *book = memory_take("book", sizeof *book);
	orders_init(&book->orders, order_count);
	levels_init(&book->levels, order_count);
	queue_init(&book->orders, (book->levels.leaf_mask + 1) * LEAF_WORDS);
	return book;
}

void book_close(struct book *book)
{
	if (book == NULL)
		return;
	orders_return(&book->orders);
	levels_return(&book->levels);
	queue_return(&book->orders);
	memory_return(book, sizeof *book);
}

void book_clear(struct book *book)
{
	orders_clear(&book->orders);
	levels_clear(&book->levels);
}

/* book_is_small tells that all the book holds lies in the second-level cache anyway: a few hot symbols. */
static bool book_is_small(const struct book *book)
{
	size_t used = (size_t)book->orders.count * sizeof(struct order) +
		      (size_t)book->levels.leaf_count * CACHE_LINE_BYTES;
	return used < BOOK_SMALL_BYTES;
}

#if SLUICE_QUEUE
/* queue_joined gives the ends of the queue that an add would join, if its leaf is at home. */
static inline const struct queue_ends *queue_joined(
	const struct orders *orders, const struct levels *levels, const struct event *e)
{
	struct level_place place =
		levels_place(e->locate * 2u | (e->side & 1), (uint32_t)e->price_e4);
	size_t leaf = (size_t)(levels_home(levels, place.name) - levels->words);
	return &orders->ends[leaf + place.word];
}
#endif

/* What kind of event comes next cannot be foreseen, so there is no branch on it: an event without a second
   reference or a price asks for line 0.  A replacement does not tell its side and asks for the other side's
   level, too. */
void book_prefetch(struct book *book, const struct event *events, uint32_t count)
{
	const struct levels *levels = &book->levels;
	if (book_is_small(book))
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct event *e = &events[i];
		uint32_t side = e->locate * 2u;
		uint64_t all_if_new =
			0 - (uint64_t)(e->kind == EVENT_ADD || e->kind == EVENT_REPLACE);
		struct level_place place =
			levels_place(side | (e->side & 1), (uint32_t)e->price_e4);
		__builtin_prefetch(orders_line(&book->orders, e->order), 1);
		__builtin_prefetch(orders_line(&book->orders, e->other), 1);
		__builtin_prefetch(&levels->sides[side], 1);
		__builtin_prefetch(levels_home(levels, place.name & all_if_new), 1);
#if SLUICE_QUEUE
		__builtin_prefetch(queue_joined(&book->orders, levels, e), 1);
#endif
		if (e->kind == EVENT_REPLACE) {
			place = levels_place(side | SIDE_SELL, (uint32_t)e->price_e4);
			__builtin_prefetch(levels_home(levels, place.name), 1);
		}
	}
}

/* An order's level, and the lists of leaves, which change when a leaf is opened or closed. */
void book_prefetch_levels(struct book *book, const struct event *events, uint32_t count)
{
	const struct levels *levels = &book->levels;
	if (book_is_small(book))
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct event *e = &events[i];
		const struct level_side *sides = &levels->sides[e->locate * 2u];
		const struct order *order = orders_first(&book->orders, e->order);
		__builtin_prefetch(&levels->words[order_level(order)], 1);
#if SLUICE_QUEUE
		uint32_t last = queue_joined(&book->orders, levels, e)->last;
		__builtin_prefetch(&book->orders.ends[order_level(order)], 1);
		__builtin_prefetch(queue_order(&book->orders, order->ahead | !order->ahead), 1);
		__builtin_prefetch(queue_order(&book->orders, order->behind | !order->behind), 1);
		__builtin_prefetch(queue_order(&book->orders, last | !last), 1);
#endif
		__builtin_prefetch(&levels->shelves[sides[SIDE_BUY].shelves[GRID_CENT]], 1);
		__builtin_prefetch(&levels->shelves[sides[SIDE_SELL].shelves[GRID_CENT]], 1);
	}
}

/* book_add puts a new order in.  Returns true if its side's best changed; false with counters if it was
   not taken. */
static inline bool book_add(
	struct book *book, uint32_t side, uint64_t reference, int64_t price_e4, uint32_t qty)
{
	if (UNLIKELY(price_e4 <= 0 || price_e4 > LEVEL_PRICE_MAX_E4 || qty == 0)) {
		book->counts.bad_adds++;
		return false;
	}
	if (UNLIKELY(!orders_is_absent(&book->orders, reference) &&
		     orders_find(&book->orders, reference) != NULL)) {
		book->counts.duplicate_orders++;
		return false;
	}
	struct order *order = orders_put(&book->orders, reference, qty);
	if (UNLIKELY(order == NULL)) {
		book->counts.full++;
		return false;
	}
	struct level_place place = levels_place(side, (uint32_t)price_e4);
	uint32_t level = levels_add(&book->levels, &place, qty);
	if (UNLIKELY(level == 0)) {
		orders_drop(&book->orders, order);
		book->counts.full++;
		return false;
	}
	order_level_set(order, level);
	queue_join(&book->orders, order);
	return book->levels.sides[side].best_level == level;
}

/* book_find gives a live order of this locate and its side, and counts if there is none. */
static inline struct order *book_find(struct book *book, const struct event *e, uint32_t *side)
{
	struct order *order = orders_find(&book->orders, e->order);
	*side = order == NULL ? 0 : levels_side_of(&book->levels, order_level(order));
	if (UNLIKELY(order == NULL || *side / 2 != e->locate)) {
		book->counts.unknown_orders++;
		return NULL;
	}
	return order;
}

/* book_take removes qty shares of an order, all if it has no more.  Returns true if its side's best
   changed. */
static inline bool book_take(struct book *book, struct order *order, uint32_t side, uint32_t qty)
{
	uint32_t level = order_level(order);
	bool is_best = book->levels.sides[side].best_level == level;
	uint32_t left = order->qty - qty;
	if (left == 0) {
		queue_leave(&book->orders, order);
		orders_drop(&book->orders, order);
	} else {
		order->qty = left;
	}
	levels_take(&book->levels, side, level, qty, left == 0);
	return is_best & (qty != 0);
}

static bool book_replace(struct book *book, const struct event *e)
{
	uint32_t side;
	struct order *order = book_find(book, e, &side);
	if (UNLIKELY(order == NULL))
		return false;
	const struct level_side *best = &book->levels.sides[side];
	uint32_t rank = best->best_rank;
	uint64_t qty = levels_qty(&book->levels, best->best_level);
	book_take(book, order, side, order->qty);
	book_add(book, side, e->other, e->price_e4, e->qty);
	return rank != best->best_rank ||
	       (rank != 0 && qty != levels_qty(&book->levels, best->best_level));
}

static inline bool book_reduce(struct book *book, const struct event *e)
{
	uint32_t side;
	struct order *order = book_find(book, e, &side);
	if (UNLIKELY(order == NULL))
		return false;
	uint32_t qty = e->kind == EVENT_DELETE ? order->qty : e->qty;
	if (UNLIKELY(qty > order->qty)) {
		book->counts.overfills++;
		qty = order->qty;
	}
	return book_take(book, order, side, qty);
}

bool book_apply(struct book *book, const struct event *event)
{
	switch (event->kind) {
	case EVENT_ADD:
		return book_add(book, event->locate * 2u | (event->side & 1), event->order,
			event->price_e4, event->qty);
	case EVENT_EXECUTE:
	case EVENT_EXECUTE_AT:
	case EVENT_REDUCE:
	case EVENT_DELETE:
		return book_reduce(book, event);
	case EVENT_REPLACE:
		return book_replace(book, event);
	default:
		return absolute_apply(&book->orders, &book->levels, &book->counts, event);
	}
}

static uint32_t saturated(uint64_t qty)
{
	return qty > UINT32_MAX ? UINT32_MAX : (uint32_t)qty;
}

void book_top_of(const struct book *book, uint16_t locate, struct book_top *top)
{
	const struct level_side *bid = &book->levels.sides[locate * 2 + SIDE_BUY];
	const struct level_side *ask = &book->levels.sides[locate * 2 + SIDE_SELL];
	memset(top, 0, sizeof *top);
	if (bid->best_level != 0) {
		top->bid_e4 = levels_rank(SIDE_BUY, bid->best_rank);
		top->bid_qty = saturated(levels_qty(&book->levels, bid->best_level));
	}
	if (ask->best_level != 0) {
		top->ask_e4 = levels_rank(SIDE_SELL, ask->best_rank);
		top->ask_qty = saturated(levels_qty(&book->levels, ask->best_level));
	}
}

uint32_t book_depth(const struct book *book, uint16_t locate, enum side side,
	struct book_level *levels, uint32_t max)
{
	uint32_t number = locate * 2u | (uint32_t)side;
	uint32_t level = book->levels.sides[number].best_level;
	uint32_t count = 0;
	while (level != 0 && count < max) {
		uint32_t price_e4 = levels_price_e4(&book->levels, level);
		levels[count].price_e4 = price_e4;
		levels[count].qty = levels_qty(&book->levels, level);
		levels[count].order_count = levels_order_count(&book->levels, level);
		count++;
		level = levels_below(&book->levels, number, levels_rank(number, price_e4));
	}
	return count;
}

bool book_order(const struct book *book, uint64_t reference, enum side *side, int64_t *price_e4,
	uint32_t *qty)
{
	const struct order *order = orders_find(&book->orders, reference);
	if (order == NULL)
		return false;
	uint32_t level = order_level(order);
	*side = (enum side)(levels_side_of(&book->levels, level) & 1);
	*price_e4 = levels_price_e4(&book->levels, level);
	*qty = order->qty;
	return true;
}

bool book_locate_of(const struct book *book, uint64_t reference, uint16_t *locate)
{
	const struct order *order = orders_find(&book->orders, reference);
	if (order == NULL)
		return false;
	*locate = (uint16_t)(levels_side_of(&book->levels, order_level(order)) / 2);
	return true;
}

bool book_has_queue(void)
{
#if SLUICE_QUEUE
	return true;
#else
	return false;
#endif
}

bool book_ahead_of(
	const struct book *book, uint64_t reference, uint64_t *qty, uint32_t *order_count)
{
	const struct order *order = book_has_queue() ? orders_find(&book->orders, reference) : NULL;
	if (order == NULL)
		return false;
	*qty = queue_ahead(&book->orders, order, order_count);
	return true;
}

void book_counts_of(const struct book *book, struct book_counts *counts)
{
	*counts = book->counts;
	counts->orders = book->orders.count;
	counts->levels = book->levels.level_count;
}
