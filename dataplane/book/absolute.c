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
		side_best_rank(s), s->best == 0 ? 0 : levels_qty(levels, side_best_level(s))};
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

/* level_number finds a level that has something in it; 0: there is none. */
static uint32_t level_number(const struct levels *levels, const struct level_place *place)
{
	const uint64_t *leaf = levels_find(levels, place->name);
	if (leaf == NULL || leaf[place->word] == 0)
		return 0;
	return (uint32_t)(leaf - levels->words) + place->word;
}

/* level_put gives a level without orders its size; false: no room. */
static bool level_put(
	struct levels *levels, const struct level_place *place, uint32_t price_e4, uint32_t qty)
{
	uint32_t rank = levels_rank(place->name & NAME_SIDE_MASK, price_e4);
	uint64_t *leaf = levels_open(levels, place, rank);
	if (leaf == NULL)
		return false;
	uint32_t level = (uint32_t)(leaf - levels->words) + place->word;
	levels_put(levels, place->name, level_best(rank, level), (uint64_t)qty << LEVEL_COUNT_BITS);
	return true;
}

/* level_empty removes all that is left in a level without orders. */
static void level_empty(struct levels *levels, uint32_t side, uint32_t level)
{
	if (levels_take(levels, side, level, (uint32_t)levels_qty(levels, level), false))
		levels_settle(levels, side, level);
}

static void level_set(struct book *book, uint32_t side, const struct event *e)
{
	struct levels *levels = &book->levels;
	if (UNLIKELY(!price_is_good(e->price_e4))) {
		book->counts.bad_adds++;
		return;
	}
	struct level_place place = levels_place(side, (uint32_t)e->price_e4);
	uint32_t level = level_number(levels, &place);
	if (UNLIKELY(level != 0 && levels_order_count(levels, level) != 0)) {
		book->counts.bad_adds++;
		return;
	}
	if (e->qty != 0)
		book->counts.full += !level_put(levels, &place, (uint32_t)e->price_e4, e->qty);
	else if (level != 0)
		level_empty(levels, side, level);
}

/* order_resize gives an order another size, not 0, where it stands; false: more than its level counts. */
static bool order_resize(struct book *book, struct order order, uint32_t side, uint32_t qty)
{
	uint64_t *level = &book->levels.words[order_level(order)];
	if (qty <= order_qty(order)) {
		change_take(book, order, side, order_qty(order) - qty);
		return true;
	}
	uint64_t after = *level + level_share(qty - order_qty(order), false);
	if (after < *level)
		return false;
	*level = after;
	order.line->qtys[order.slot] = qty;
	return true;
}

/* event_keeps_place tells whether an order stays where it stands in the queue at its price: one that executes, if it does
   not become larger; a modified one, if the venue says so. */
static bool event_keeps_place(const struct event *e, struct order order)
{
	if (e->kind == EVENT_EXECUTE_TO)
		return e->qty <= order_qty(order);
	return !queue_is_kept() || (e->flags & EVENT_FLAG_KEEPS_PRIORITY) != 0;
}

/* order_set gives an order a new size, 0: none, and a new price unless it executes. */
static bool order_set(struct book *book, const struct event *e)
{
	struct levels *levels = &book->levels;
	uint32_t side;
	struct order order = change_find(book, e->order, e->locate, &side);
	if (UNLIKELY(order.line == NULL))
		return false;
	struct best before = best_of(levels, side);
	int64_t price_e4 = levels_price_e4(levels, order_level(order));
	bool is_same_price = e->kind != EVENT_MODIFY || e->price_e4 == price_e4;
	if (e->kind == EVENT_MODIFY)
		price_e4 = e->price_e4;
	if (e->qty != 0 && is_same_price && event_keeps_place(e, order) &&
		order_resize(book, order, side, e->qty))
		return best_differs(levels, side, before);
	change_take(book, order, side, order_qty(order));
	if (e->qty != 0)
		change_add(book, side, e->order, price_e4, e->qty);
	return best_differs(levels, side, before);
}

/* orders_take_of removes the orders of one side's levels, `left` of them. */
static void orders_take_of(struct book *book, uint32_t side, uint64_t left)
{
	const struct orders *orders = &book->orders;
	for (uint64_t line = 0; left > 0; line++) {
		CHECK(line <= orders->line_mask);
		for (uint32_t slot = 0; slot < ORDERS_IN_LINE; slot++) {
			struct order order = {&orders->lines[line], slot};
			if (order_qty(order) == 0 ||
				levels_side_of(&book->levels, order_level(order)) != side)
				continue;
			change_take(book, order, side, order_qty(order));
			left--;
		}
	}
}

/* side_clear removes all of a side: first the orders, then levels that were set. */
static bool side_clear(struct book *book, uint32_t side)
{
	struct levels *levels = &book->levels;
	uint64_t left = 0;
	bool was_there = levels->sides[side].best != 0;
	uint32_t level = side_best_level(&levels->sides[side]);
	while (level != 0) {
		uint32_t rank = levels_rank(side, levels_price_e4(levels, level));
		left += levels_order_count(levels, level);
		level = levels_below(levels, side, rank);
	}
	orders_take_of(book, side, left);
	while ((level = side_best_level(&levels->sides[side])) != 0)
		level_empty(levels, side, level);
	return was_there;
}

static bool all_clear(struct book *book)
{
	if (book->levels.level_count == 0)
		return false;
	change_clear(book);
	return true;
}

__attribute__((noinline)) bool absolute_apply(struct book *book, const struct event *event)
{
	struct levels *levels = &book->levels;
	uint32_t side = event->locate * 2u | (event->side & 1);
	switch (event->kind) {
	case EVENT_LEVEL: {
		struct best before = best_of(levels, side);
		level_set(book, side, event);
		return best_differs(levels, side, before);
	}
	case EVENT_MODIFY:
	case EVENT_EXECUTE_TO:
		return order_set(book, event);
	case EVENT_CLEAR: {
		bool is_changed = side_clear(book, event->locate * 2u);
		return side_clear(book, event->locate * 2u + 1) || is_changed;
	}
	case EVENT_CLEAR_ALL:
		return all_clear(book);
	default:
		return false;
	}
}
