/* queue.h - who stands before whom at a price: a build choice (SLUICE_QUEUE) that costs nothing when it is not
   made.

   Each level keeps its orders in the order in which they came, as a list through the orders themselves.
   An order joins at the end, keeps its place when it is executed or reduced in part, and leaves from wherever
   it stands; a replacement leaves and joins anew, because that is what a venue does with it.  How much is
   ahead of an order is counted by a walk from it to the front when somebody asks; keeping the lists is
   all that a message pays.

   Without SLUICE_QUEUE an order has no links, a level no ends, and these functions are empty.

   Owner      the book.
   Units      shares; links are numbers of slots, plus 1; 0: none.
   Invariant  (1) a level's list holds exactly its live orders;
              (2) a level with no orders has no ends. */
#ifndef SLUICE_BOOK_QUEUE_H
#define SLUICE_BOOK_QUEUE_H

#include "dataplane/book/orders.h"

/* queue_is_kept tells whether this build keeps them. */
static inline bool queue_is_kept(void)
{
#if SLUICE_QUEUE
	return true;
#else
	return false;
#endif
}

#if SLUICE_QUEUE
/* queue_init takes memory for the queues of level_count levels; queue_return gives it back. */
void queue_init(struct orders *orders, uint32_t level_count);
void queue_return(struct orders *orders);
void queue_clear(struct orders *orders);

static inline struct queue_links *queue_links_of(const struct orders *orders, uint32_t link)
{
	return &orders->lines[(link - 1) / ORDERS_IN_LINE].links[(link - 1) % ORDERS_IN_LINE];
}

/* queue_ask_home asks for an order's links and for the ends of the queue that it may join; queue_ask, when these are
   there, for the ends of its level and for the links of those who stand beside it or, of an order to be added, last: 0.87
   of gen30m. */
static inline void queue_ask_home(
	const struct orders *orders, const struct order_line *home, uint32_t level)
{
	base_ask(home->links); /* 0.89 of what gen30m costs without */
	base_ask(&orders->ends[level]);
}

static inline void queue_ask(
	const struct orders *orders, struct order order, uint32_t level, bool is_add)
{
	struct queue_links links = order.line->links[order.slot];
	const struct queue_ends *ends = &orders->ends[level];
	base_ask(ends);
	if (is_add)
		links = (struct queue_links){ends->last, ends->last};
	base_ask(queue_links_of(orders, links.ahead + (links.ahead == 0)));
	base_ask(queue_links_of(orders, links.behind + (links.behind == 0)));
}

/* queue_join puts an order behind all others of its level. */
static inline void queue_join(struct orders *orders, struct order order)
{
	struct queue_ends *ends = &orders->ends[order_level(order)];
	uint32_t link = (uint32_t)(order.line - orders->lines) * ORDERS_IN_LINE + order.slot + 1;
	order.line->links[order.slot] = (struct queue_links){.ahead = ends->last};
	if (ends->last != 0)
		queue_links_of(orders, ends->last)->behind = link;
	else
		ends->first = link;
	ends->last = link;
}

/* queue_leave takes an order out from wherever it stands. */
static inline void queue_leave(struct orders *orders, struct order order)
{
	struct queue_ends *ends = &orders->ends[order_level(order)];
	struct queue_links links = order.line->links[order.slot];
	if (links.ahead != 0)
		queue_links_of(orders, links.ahead)->behind = links.behind;
	else
		ends->first = links.behind;
	if (links.behind != 0)
		queue_links_of(orders, links.behind)->ahead = links.ahead;
	else
		ends->last = links.ahead;
}

/* queue_ahead counts the shares and the orders before an order. */
uint64_t queue_ahead(const struct orders *orders, struct order order, uint32_t *order_count);
#else
static inline void queue_init(struct orders *orders, uint32_t level_count)
{
	(void)orders, (void)level_count;
}

static inline void queue_return(struct orders *orders)
{
	(void)orders;
}

static inline void queue_clear(struct orders *orders)
{
	(void)orders;
}

static inline void queue_ask_home(
	const struct orders *orders, const struct order_line *home, uint32_t level)
{
	(void)orders, (void)home, (void)level;
}

static inline void queue_ask(
	const struct orders *orders, struct order order, uint32_t level, bool is_add)
{
	(void)orders, (void)order, (void)level, (void)is_add;
}

static inline void queue_join(struct orders *orders, struct order order)
{
	(void)orders, (void)order;
}

static inline void queue_leave(struct orders *orders, struct order order)
{
	(void)orders, (void)order;
}

static inline uint64_t queue_ahead(
	const struct orders *orders, struct order order, uint32_t *order_count)
{
	(void)orders, (void)order;
	*order_count = 0;
	return 0;
}
#endif

#endif
