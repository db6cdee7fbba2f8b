/* absolute.c - see absolute.h. */
#include "dataplane/book/absolute.h"

#include "dataplane/book/queue.h"

/* What a side showed before a change. */
struct best {
	uint32_t rank;
	uint64_t qty;
};

static struct best best_of(const struct levels *levels, uint32_t side)
{
	const struct level_side *s = &levels->sides[side];
	return (struct best){
		s->best_rank, s->best_rank == 0 ? 0 : levels_qty(levels, s->best_level)};
}

static bool best_differs(const struct levels *levels, uint32_t side, struct best before)
{
	struct best now = best_of(levels, side);
	return now.rank != before.rank || now.qty != before.qty;
}

static bool price_is_good(int64_t price_e4)
{
	return price_e4 > 0 && price_e4 <= LEVEL_PRICE_MAX_E4;
}

/* level_put gives a level without orders its size; false: no room. */
static bool level_put(struct levels *levels, const struct level_place *place, uint32_t qty)
{
	struct level_side *side = &levels->sides[place->name & 0x1FFFF];
	uint64_t *leaf = levels_find(levels, place->name);
	if (leaf == NULL && (leaf = levels_open(levels, place->name)) == NULL)
		return false;
	levels->level_count += leaf[place->word] == 0;
	leaf[place->word] = (uint64_t)qty << LEVEL_COUNT_BITS;
	leaf[0] |= 1u << (place->word - 1);
	if (place->rank > side->best_rank) {
		side->best_rank = place->rank;
		side->best_level = (uint32_t)(leaf - levels->words) + place->word;
	}
	return true;
}

/* level_number finds a level that has something in it; 0: there is none. */
static uint32_t level_number(const struct levels *levels, const struct level_place *place)
{
	const uint64_t *leaf = levels_find(levels, place->name);
	if (leaf == NULL || leaf[place->word] == 0)
		return 0;
	return (uint32_t)(leaf - levels->words) + place->word;
}

static void level_set(
	struct levels *levels, struct book_counts *counts, uint32_t side, const struct event *e)
{
	if (UNLIKELY(!price_is_good(e->price_e4))) {
		counts->bad_adds++;
		return;
	}
	struct level_place place = levels_place(side, (uint32_t)e->price_e4);
	uint32_t level = level_number(levels, &place);
	if (UNLIKELY(level != 0 && levels_order_count(levels, level) != 0)) {
		counts->bad_adds++;
		return;
	}
	if (e->qty != 0)
		counts->full += !level_put(levels, &place, e->qty);
	else if (level != 0)
		levels_take(levels, side, level, (uint32_t)levels_qty(levels, level), false);
}

/* order_take removes an order whole. */
static void order_take(
	struct orders *orders, struct levels *levels, uint32_t side, struct order *order)
{
	uint32_t level = order_level(order), qty = order->qty;
	queue_leave(orders, order);
	orders_drop(orders, order);
	levels_take(levels, side, level, qty, true);
}

/* order_put puts an order in that was just taken out, so that there is room for it; its level may have none. */
static void order_put(struct orders *orders, struct levels *levels, struct book_counts *counts,
	uint32_t side, uint64_t reference, uint32_t price_e4, uint32_t qty)
{
	struct order *order = orders_put(orders, reference, qty);
	struct level_place place = levels_place(side, price_e4);
	CHECK(order != NULL);
	uint32_t level = levels_add(levels, &place, qty);
	if (UNLIKELY(level == 0)) {
		orders_drop(orders, order);
		counts->full++;
		return;
	}
	order_level_set(order, level);
	queue_join(orders, order);
}

/* order_set gives an order a new size, 0: none, and a new price unless it executes. */
static bool order_set(struct orders *orders, struct levels *levels, struct book_counts *counts,
	const struct event *e)
{
	struct order *order = orders_find(orders, e->order);
	uint32_t side = order == NULL ? 0 : levels_side_of(levels, order_level(order));
	if (UNLIKELY(order == NULL || side / 2 != e->locate)) {
		counts->unknown_orders++;
		return false;
	}
	struct best before = best_of(levels, side);
	int64_t price_e4 = levels_price_e4(levels, order_level(order));
	if (e->kind == EVENT_MODIFY)
		price_e4 = e->price_e4;
	if (e->qty != 0 && e->qty <= order->qty &&
		price_e4 == levels_price_e4(levels, order_level(order))) {
		/* it becomes smaller and keeps its place in the queue */
		levels_take(levels, side, order_level(order), order->qty - e->qty, false);
		order->qty = e->qty;
		return best_differs(levels, side, before);
	}
	order_take(orders, levels, side, order);
	if (UNLIKELY(!price_is_good(price_e4)))
		counts->bad_adds++;
	else if (e->qty != 0)
		order_put(orders, levels, counts, side, e->order, (uint32_t)price_e4, e->qty);
	return best_differs(levels, side, before);
}

/* orders_take_of removes the orders of one side's levels, `left` of them. */
static void orders_take_of(
	struct orders *orders, struct levels *levels, uint32_t side, uint64_t left)
{
	for (uint32_t line = 0; left > 0; line++) {
		CHECK(line <= orders->line_mask);
		for (int i = 0; i < ORDERS_IN_LINE; i++) {
			struct order *order = &orders->lines[line].slots[i];
			if (order->qty == 0 || levels_side_of(levels, order_level(order)) != side)
				continue;
			order_take(orders, levels, side, order);
			left--;
		}
	}
}

/* side_clear removes all of a side: first the orders, then levels that were set. */
static bool side_clear(struct orders *orders, struct levels *levels, uint32_t side)
{
	uint64_t left = 0;
	bool was_there = levels->sides[side].best_level != 0;
	uint32_t level = levels->sides[side].best_level;
	while (level != 0) {
		uint32_t rank = levels_rank(side, levels_price_e4(levels, level));
		left += levels_order_count(levels, level);
		level = levels_below(levels, side, rank);
	}
	orders_take_of(orders, levels, side, left);
	while ((level = levels->sides[side].best_level) != 0)
		levels_take(levels, side, level, (uint32_t)levels_qty(levels, level), false);
	return was_there;
}

static bool all_clear(struct orders *orders, struct levels *levels)
{
	if (levels->level_count == 0)
		return false;
	orders_clear(orders);
	levels_clear(levels);
	return true;
}

bool absolute_apply(struct orders *orders, struct levels *levels, struct book_counts *counts,
	const struct event *event)
{
	uint32_t side = event->locate * 2u | (event->side & 1);
	switch (event->kind) {
	case EVENT_LEVEL: {
		struct best before = best_of(levels, side);
		level_set(levels, counts, side, event);
		return best_differs(levels, side, before);
	}
	case EVENT_MODIFY:
	case EVENT_EXECUTE_TO:
		return order_set(orders, levels, counts, event);
	case EVENT_CLEAR: {
		bool is_changed = side_clear(orders, levels, event->locate * 2u);
		return side_clear(orders, levels, event->locate * 2u + 1) || is_changed;
	}
	case EVENT_CLEAR_ALL:
		return all_clear(orders, levels);
	default:
		return false;
	}
}
