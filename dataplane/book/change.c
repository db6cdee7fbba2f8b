#include "dataplane/book/change.h"

#include "dataplane/book/queue.h"

/* level_join adds an order to its level.  Returns the level; 0: full. */
static uint32_t level_join(
	struct levels *levels, uint32_t side, uint32_t price_e4, uint32_t qty, bool *is_best)
{
	struct level_place place = levels_place(side, price_e4);
	uint32_t rank = levels_rank(side, price_e4);
	uint64_t *leaf = levels_open(levels, &place, rank);
	uint64_t after = leaf == NULL ? 0 : levels_after(leaf[place.word], qty);
	if (after == 0)
		return 0; /* a leaf just opened has room */
	uint32_t level = (uint32_t)(leaf - levels->words) + place.word;
	*is_best = levels_put(levels, place.name, level_best(rank, level), after);
	return level;
}

bool change_add(
	struct book *book, uint32_t side, uint64_t reference, int64_t price_e4, uint32_t qty)
{
	bool is_best = false;
	book->counts.bad_adds += price_e4 <= 0 || price_e4 > LEVEL_PRICE_MAX_E4 || qty == 0;
	if (price_e4 <= 0 || qty == 0)
		return false;
	if (price_e4 > LEVEL_PRICE_MAX_E4)
		price_e4 = LEVEL_PRICE_MAX_E4;
	if (orders_search(&book->orders, reference).line != NULL) {
		book->counts.duplicate_orders++;
		return false;
	}
	struct order order = orders_seat(&book->orders, reference);
	uint32_t level = 0;
	if (order.line != NULL)
		level = level_join(&book->levels, side, (uint32_t)price_e4, qty, &is_best);
	if (level == 0) {
		book->counts.full++;
		return false;
	}
	orders_put(&book->orders, order, reference, qty, level);
	queue_join(&book->orders, order);
	return is_best;
}

struct order change_find(struct book *book, uint64_t reference, uint16_t locate, uint32_t *side)
{
	struct order order = orders_search(&book->orders, reference);
	*side = order.line == NULL ? 0 : levels_side_of(&book->levels, order_level(order));
	if (order.line == NULL || *side / 2 != locate) {
		book->counts.unknown_orders++;
		order.line = NULL;
	}
	return order;
}

bool change_take(struct book *book, struct order order, uint32_t side, uint32_t qty)
{
	uint32_t level = order_level(order), left = order_qty(order) - qty;
	bool is_best = side_best_level(&book->levels.sides[side]) == level;
	order.line->qtys[order.slot] = left;
	if (left == 0) {
		queue_leave(&book->orders, order);
		orders_drop(&book->orders, order);
	}
	if (levels_take(&book->levels, side, level, qty, left == 0))
		levels_settle(&book->levels, side, level);
	return is_best && qty != 0;
}

void change_clear(struct book *book)
{
	queue_clear(&book->orders);
	orders_clear(&book->orders);
	levels_clear(&book->levels);
}
