/* queue.c - see queue.h. */
#include "dataplane/book/queue.h"

#if SLUICE_QUEUE
#include "drivers/machine/memory.h"

static size_t ends_bytes(const struct orders *orders)
{
	return (size_t)orders->level_count * sizeof *orders->ends;
}

void queue_init(struct orders *orders, uint32_t level_count)
{
	orders->level_count = level_count;
	orders->ends = memory_take("book queues", ends_bytes(orders));
}

void queue_return(struct orders *orders)
{
	memory_return(orders->ends, ends_bytes(orders));
}

void queue_clear(struct orders *orders)
{
	memset(orders->ends, 0, ends_bytes(orders));
}

uint64_t queue_ahead(const struct orders *orders, struct order order, uint32_t *order_count)
{
	uint64_t qty = 0;
	uint32_t link = order.line->links[order.slot].ahead;
	*order_count = 0;
	for (; link != 0; link = queue_links_of(orders, link)->ahead) {
		CHECK(*order_count < orders->count); /* queue (1): a list ends */
		qty += orders->lines[(link - 1) / ORDERS_IN_LINE].qtys[(link - 1) % ORDERS_IN_LINE];
		++*order_count;
	}
	return qty;
}
#endif
