#include "tools/pktgen/shadow.h"

#include <inttypes.h>
#include <stdlib.h>

static void *grown(void *rows, uint32_t *room, size_t row_bytes)
{
	*room = *room == 0 ? 8 : *room * 2;
	rows = realloc(rows, *room * row_bytes);
	if (rows == NULL) {
		fputs("sluice-pktgen: no memory left for the market; ask for fewer messages\n",
			stderr);
		exit(EXIT_FAILURE);
	}
	return rows;
}

/* level_at finds the place of a price: the index of the first level that is not worse. */
static uint32_t level_at(const struct shadow_side *side, bool is_sell, uint32_t price_e4)
{
	uint32_t low = 0, high = side->count;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		uint32_t found = side->levels[middle].price_e4;
		bool is_worse = is_sell ? found > price_e4 : found < price_e4;
		if (is_worse)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void shadow_add(struct shadow_symbol *symbol, const struct shadow_order *order)
{
	struct shadow_side *side = &symbol->sides[order->side];
	uint32_t at = level_at(side, order->side == SIDE_SELL, order->price_e4);
	if (at == side->count || side->levels[at].price_e4 != order->price_e4) {
		if (side->count == side->room)
			side->levels = grown(side->levels, &side->room, sizeof *side->levels);
		memmove(&side->levels[at + 1], &side->levels[at],
			(side->count - at) * sizeof *side->levels);
		side->levels[at] = (struct shadow_level){order->price_e4, 0, 0};
		side->count++;
	}
	side->levels[at].order_count++;
	side->levels[at].qty += order->qty;
	if (symbol->count == symbol->room)
		symbol->orders = grown(symbol->orders, &symbol->room, sizeof *symbol->orders);
	symbol->orders[symbol->count++] = *order;
}

void shadow_reduce(struct shadow_symbol *symbol, uint32_t index, uint32_t qty)
{
	struct shadow_order *order = &symbol->orders[index];
	struct shadow_side *side = &symbol->sides[order->side];
	uint32_t at = level_at(side, order->side == SIDE_SELL, order->price_e4);
	side->levels[at].qty -= qty;
	order->qty -= qty;
	if (order->qty > 0)
		return;
	if (--side->levels[at].order_count == 0) {
		side->count--;
		memmove(&side->levels[at], &side->levels[at + 1],
			(side->count - at) * sizeof *side->levels);
	}
	symbol->count--;
	memmove(order, order + 1, (symbol->count - index) * sizeof *order);
}

const struct shadow_level *shadow_best(const struct shadow_symbol *symbol, enum side side)
{
	const struct shadow_side *s = &symbol->sides[side];
	return s->count == 0 ? NULL : &s->levels[s->count - 1];
}

void shadow_close(struct shadow_symbol *symbol)
{
	free(symbol->sides[SIDE_BUY].levels);
	free(symbol->sides[SIDE_SELL].levels);
	free(symbol->orders);
}

void shadow_print(const struct shadow_symbol *symbol, uint32_t locate, FILE *file)
{
	static const struct shadow_level none = {0, 0, 0};
	const struct shadow_level *bid = shadow_best(symbol, SIDE_BUY);
	const struct shadow_level *ask = shadow_best(symbol, SIDE_SELL);
	char name[9];
	if (bid == NULL)
		bid = &none;
	if (ask == NULL)
		ask = &none;
	symbol_unpack(symbol->name, name);
	fprintf(file,
		"%" PRIu32 "\t%s\t%" PRIu32 "\t%" PRIu64 "\t%" PRIu32 "\t%" PRIu64 "\t%" PRIu32
		"\t%" PRIu32 "\t%" PRIu32 "\n",
		locate, name, bid->price_e4, bid->qty, ask->price_e4, ask->qty,
		symbol->sides[SIDE_BUY].count, symbol->sides[SIDE_SELL].count, symbol->count);
}
