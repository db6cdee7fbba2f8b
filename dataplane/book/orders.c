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
	orders->shift = 64 - bits;
	orders->line_mask = (1u << bits) - 1;
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
	queue_clear(orders);
	orders->count = 0;
}

/* line_spill reads how many orders at home in this line live elsewhere: each slot holds three bits. */
static uint32_t line_spill(const struct order_line *line)
{
	uint32_t spill = 0;
	for (int i = 0; i < ORDERS_IN_LINE; i++)
		spill = spill << SPILL_BITS | line->slots[i].level_and_spill >> ORDER_LEVEL_BITS;
	return spill;
}

static void line_spill_set(struct order_line *line, uint32_t spill)
{
	for (int i = ORDERS_IN_LINE - 1; i >= 0; i--) {
		line->slots[i].level_and_spill =
			order_level(&line->slots[i]) | (spill & ((1u << SPILL_BITS) - 1))
							       << ORDER_LEVEL_BITS;
		spill >>= SPILL_BITS;
	}
}

static struct order_line *line_behind(
	const struct orders *orders, const struct order_line *home, uint32_t steps)
{
	uint32_t index = (uint32_t)(home - orders->lines);
	return &orders->lines[(index + steps) & orders->line_mask];
}

static struct order *line_find(struct order_line *line, uint64_t reference)
{
	for (int i = 0; i < ORDERS_IN_LINE; i++)
		if (line->slots[i].reference == reference && line->slots[i].qty != 0)
			return &line->slots[i];
	return NULL;
}

static struct order *line_free_slot(struct order_line *line)
{
	for (int i = 0; i < ORDERS_IN_LINE; i++)
		if (line->slots[i].qty == 0)
			return &line->slots[i];
	return NULL;
}

struct order *orders_search(const struct orders *orders, uint64_t reference)
{
	struct order_line *home = orders_home(orders, reference);
	struct order *order = line_find(home, reference);
	uint32_t spill = line_spill(home);
	for (uint32_t i = 1; order == NULL && spill > 0 && i <= ORDERS_PROBE_LINES_MAX; i++) {
		struct order_line *line = line_behind(orders, home, i);
		order = line_find(line, reference);
		/* each of ours passed on the way is one fewer to look for */
		for (int k = 0; k < ORDERS_IN_LINE && order == NULL && spill > 0; k++)
			if (line->slots[k].qty != 0 &&
				orders_home(orders, line->slots[k].reference) == home)
				spill--;
	}
	return order;
}

struct order *orders_put_away(struct orders *orders, uint64_t reference)
{
	struct order_line *home = orders_home(orders, reference);
	struct order *order = line_free_slot(home);
	for (uint32_t i = 1; order == NULL && i <= ORDERS_PROBE_LINES_MAX; i++) {
		order = line_free_slot(line_behind(orders, home, i));
		if (order != NULL)
			line_spill_set(home, line_spill(home) + 1);
	}
	return order;
}

void orders_came_home(struct orders *orders, uint64_t reference)
{
	struct order_line *home = orders_home(orders, reference);
	line_spill_set(home, line_spill(home) - 1);
}
