#include "dataplane/book/orders.h"

#include "dataplane/book/queue.h"
#include "drivers/machine/memory.h"

enum { LINES_MIN = 64, SPILL_BITS = 32 - ORDER_LEVEL_BITS };

static size_t table_bytes(const struct orders *orders)
{
	return ((size_t)orders->line_mask + 1) * sizeof *orders->lines;
}

void orders_init(struct orders *orders, uint32_t count_max)
{
	CHECK(count_max > 0 && count_max <= ORDERS_COUNT_MAX);
	uint32_t bits = 6;
	/* at most half full, so that few orders live away from home */
	while ((uint64_t)ORDERS_IN_LINE << bits < 2 * (uint64_t)count_max)
		bits++;
	_Static_assert(LINES_MIN == 1 << 6, "the smallest table");
	orders->line_mask = (1ull << bits) - 1;
	orders->count = 0;
	orders->count_max = count_max;
	orders->lines = memory_take("book orders", table_bytes(orders));
}

void orders_return(struct orders *orders)
{
	memory_return(orders->lines, table_bytes(orders));
}

void orders_clear(struct orders *orders)
{
	memset(orders->lines, 0, table_bytes(orders));
	orders->count = 0;
}

/* line_spill reads how many orders at home in this line live elsewhere: each slot holds three bits. */
static uint32_t line_spill(const struct order_line *line)
{
	uint32_t spill = 0;
	for (int i = 0; i < ORDERS_IN_LINE; i++)
		spill = spill << SPILL_BITS | line->levels_and_spill[i] >> ORDER_LEVEL_BITS;
	return spill;
}

static void line_spill_set(struct order_line *line, uint32_t spill)
{
	for (int i = ORDERS_IN_LINE - 1; i >= 0; i--) {
		line->levels_and_spill[i] =
			(line->levels_and_spill[i] & ((1u << ORDER_LEVEL_BITS) - 1)) |
			spill << ORDER_LEVEL_BITS;
		spill >>= SPILL_BITS;
	}
}

static struct order_line *line_behind(
	const struct orders *orders, const struct order_line *home, uint32_t steps)
{
	uint64_t index = (uint64_t)(home - orders->lines);
	return &orders->lines[(index + steps) & orders->line_mask];
}

static struct order order_among(struct order_line *line, uint32_t slots)
{
	return (struct order){slots == 0 ? NULL : line, (uint32_t)__builtin_ctz(slots | 16)};
}

struct order orders_search(const struct orders *orders, uint64_t reference)
{
	struct order_line *home = orders_home(orders, reference);
	struct order order = order_among(home, line_named(home, reference) & ~line_free(home));
	uint32_t spill = line_spill(home);
	for (uint32_t i = 1; order.line == NULL && spill > 0 && i <= ORDERS_PROBE_LINES_MAX; i++) {
		struct order_line *line = line_behind(orders, home, i);
		order = order_among(line, line_named(line, reference) & ~line_free(line));
		/* each of ours passed on the way is one fewer to look for */
		for (int k = 0; k < ORDERS_IN_LINE && order.line == NULL && spill > 0; k++)
			if (line->qtys[k] != 0 && orders_home(orders, line->references[k]) == home)
				spill--;
	}
	return order;
}

struct order orders_seat(const struct orders *orders, uint64_t reference)
{
	struct order_line *home = orders_home(orders, reference);
	struct order order = {NULL, 0};
	if (orders->count >= orders->count_max)
		return order;
	for (uint32_t i = 0; order.line == NULL && i <= ORDERS_PROBE_LINES_MAX; i++) {
		struct order_line *line = line_behind(orders, home, i);
		order = order_among(line, line_free(line));
	}
	return order;
}

/* spill_change counts an order that lives away from home. */
static void spill_change(
	const struct orders *orders, const struct order_line *line, uint64_t reference, int by)
{
	struct order_line *home = orders_home(orders, reference);
	if (line != home)
		line_spill_set(home, line_spill(home) + (uint32_t)by);
}

void orders_put(
	struct orders *orders, struct order order, uint64_t reference, uint32_t qty, uint32_t level)
{
	uint32_t *word = &order.line->levels_and_spill[order.slot];
	order.line->references[order.slot] = reference;
	order.line->qtys[order.slot] = qty;
	*word = (*word & ~0u << ORDER_LEVEL_BITS) | level;
	orders->count++;
	spill_change(orders, order.line, reference, 1);
}

void orders_drop(struct orders *orders, struct order order)
{
	order.line->qtys[order.slot] = 0;
	orders->count--;
	spill_change(orders, order.line, order.line->references[order.slot], -1);
}
