#include "tools/exchange/match.h"

#include <stdlib.h>

#include "tools/exchange/ladder.h"
#include "tools/exchange/refmap.h"

/* An order in the queue of its level. */
struct node {
	struct match_order order; /* reference 0: free */
	uint64_t exch_ns;         /* since when it stands here */
	uint32_t next, previous;
};

struct match {
	struct match_sink sink;
	struct node *nodes;
	uint32_t free_head, node_max, node_fresh, node_count;
	uint64_t exch_ns, last_reference, last_match;
	enum match_self self;
	struct refmap by_reference;
	uint64_t symbols[SYMBOL_COUNT_MAX];
	struct ladder ladders[SYMBOL_COUNT_MAX][2];
};

struct match *match_open(const struct match_sink *sink, uint32_t order_max)
{
	struct match *m = calloc(1, sizeof *m);
	CHECK(m != NULL);
	m->nodes = calloc(order_max, sizeof m->nodes[0]);
	CHECK(m->nodes != NULL);
	m->sink = *sink;
	m->node_max = order_max;
	m->free_head = NODE_NONE;
	refmap_init(&m->by_reference);
	return m;
}

void match_close(struct match *m)
{
	for (uint32_t i = 0; i < SYMBOL_COUNT_MAX; i++) {
		free(m->ladders[i][0].levels);
		free(m->ladders[i][1].levels);
	}
	refmap_free(&m->by_reference);
	free(m->nodes);
	free(m);
}

void match_symbol(struct match *m, uint16_t locate, uint64_t symbol)
{
	m->symbols[locate] = symbol;
}

uint64_t match_symbol_of(const struct match *m, uint16_t locate)
{
	return m->symbols[locate];
}

void match_now(struct match *m, uint64_t exch_ns)
{
	if (exch_ns > m->exch_ns)
		m->exch_ns = exch_ns;
}

uint64_t match_reference(struct match *m)
{
	return ++m->last_reference;
}

uint64_t match_trade_number(struct match *m)
{
	return ++m->last_match;
}

bool match_has_room(const struct match *m)
{
	return m->node_count < m->node_max;
}

static void match_event(struct match *m, struct event *event, const struct match_order *order)
{
	event->exch_ns = m->exch_ns;
	event->locate = order->locate;
	if (event->kind == EVENT_ADD || event->kind == EVENT_TRADE)
		event->symbol = m->symbols[order->locate];
	m->sink.publish(m->sink.context, event);
}

void match_say(struct match *m, struct event *event, uint16_t locate)
{
	struct match_order order = {.locate = locate};
	match_event(m, event, &order);
}

static void match_link(struct match *m, const struct match_order *order)
{
	uint32_t at = m->free_head;
	if (at != NODE_NONE)
		m->free_head = m->nodes[at].next;
	else
		at = m->node_fresh++;
	CHECK(at < m->node_max);
	struct node *node = &m->nodes[at];
	struct level *level =
		ladder_level(&m->ladders[order->locate][order->side], order->side, order->price_e4);
	struct queue *queue = &level->queues[order->is_hidden ? HIDDEN : DISPLAYED];
	*node = (struct node){
		.order = *order, .exch_ns = m->exch_ns, .next = NODE_NONE, .previous = queue->tail};
	if (queue->tail == NODE_NONE)
		queue->head = at;
	else
		m->nodes[queue->tail].next = at;
	queue->tail = at;
	m->node_count++;
	refmap_put(&m->by_reference, order->reference, at);
}

static void match_unlink(struct match *m, struct node *node)
{
	const struct match_order *order = &node->order;
	struct ladder *ladder = &m->ladders[order->locate][order->side];
	uint32_t at = ladder_at(ladder, order->side, order->price_e4);
	struct level *level = &ladder->levels[at];
	struct queue *queue = &level->queues[order->is_hidden ? HIDDEN : DISPLAYED];
	if (node->previous == NODE_NONE)
		queue->head = node->next;
	else
		m->nodes[node->previous].next = node->next;
	if (node->next == NODE_NONE)
		queue->tail = node->previous;
	else
		m->nodes[node->next].previous = node->previous;
	if (level->queues[DISPLAYED].head == NODE_NONE && level->queues[HIDDEN].head == NODE_NONE)
		ladder_remove(ladder, at);
	refmap_remove(&m->by_reference, order->reference);
	node->order.reference = 0;
	m->node_count--;
	node->next = m->free_head;
	m->free_head = (uint32_t)(node - m->nodes);
}

static struct node *match_node(const struct match *m, uint64_t reference)
{
	uint64_t at;
	return refmap_get(&m->by_reference, reference, &at) ? &m->nodes[at] : NULL;
}

const struct match_order *match_find(const struct match *m, uint64_t reference)
{
	const struct node *node = match_node(m, reference);
	return node == NULL ? NULL : &node->order;
}

static void match_tell(struct match *m, const struct match_order *order, uint32_t qty,
	int64_t price_e4, bool is_maker)
{
	struct match_fill fill = {.owner = order->owner,
		.owner_index = order->owner_index,
		.qty = qty,
		.price_e4 = price_e4,
		.match = m->last_match,
		.is_maker = is_maker};
	if (order->owner != MATCH_OWNER_NONE)
		m->sink.fill(m->sink.context, &fill);
}

/* match_trade executes qty of a resting order; taker is NULL when nobody we know came for it. */
static void match_trade(
	struct match *m, struct node *resting, const struct match_order *taker, uint32_t qty)
{
	struct match_order *order = &resting->order;
	struct event event = {.match = ++m->last_match, .qty = qty};
	if (order->is_hidden) { /* a print: the public never saw the order */
		event.kind = EVENT_TRADE;
		event.price_e4 = order->price_e4;
	} else {
		event.kind = EVENT_EXECUTE;
		event.order = order->reference;
	}
	order->qty -= qty;
	match_event(m, &event, order);
	int64_t price_e4 = order->price_e4;
	match_tell(m, order, qty, price_e4, true);
	if (taker != NULL)
		match_tell(m, taker, qty, price_e4, false);
	if (order->qty == 0)
		match_unlink(m, resting);
}

void match_self(struct match *m, enum match_self self)
{
	m->self = self;
}

/* match_keep_apart takes off what would have traded with its own side, by the rule in force.  Returns the
   shares taken off the order that came. */
static uint32_t match_keep_apart(
	struct match *m, struct node *resting, const struct match_order *taker, uint32_t left)
{
	struct match_order *order = &resting->order;
	uint32_t qty = left < order->qty ? left : order->qty;
	uint32_t off_resting = m->self == SELF_CANCELS_OLDEST   ? order->qty
			       : m->self == SELF_CANCELS_NEWEST ? 0
								: qty;
	uint32_t off_taker = m->self == SELF_CANCELS_OLDEST   ? 0
			     : m->self == SELF_CANCELS_NEWEST ? left
							      : qty;
	struct match_prevented prevented = {.owner = order->owner,
		.owner_index = order->owner_index,
		.qty = off_resting,
		.prevented = qty,
		.price_e4 = order->price_e4};
	if (off_resting > 0)
		m->sink.prevent(m->sink.context, &prevented);
	prevented.owner = taker->owner;
	prevented.owner_index = taker->owner_index;
	prevented.qty = off_taker;
	if (off_taker > 0)
		m->sink.prevent(m->sink.context, &prevented);
	match_reduce(m, order->reference, off_resting);
	return off_taker;
}

static uint32_t match_cross(struct match *m, const struct match_order *order)
{
	uint8_t opposite = order->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
	struct ladder *ladder = &m->ladders[order->locate][opposite];
	uint32_t left = order->qty;
	while (left > 0 && ladder->count > 0) {
		struct level *best = &ladder->levels[ladder->count - 1];
		if (ladder_better(order->side, best->price_e4, order->price_e4))
			break;
		uint32_t at = best->queues[DISPLAYED].head;
		if (at == NODE_NONE)
			at = best->queues[HIDDEN].head;
		if (m->self != SELF_TRADES && order->self != 0 &&
			m->nodes[at].order.self == order->self) {
			left -= match_keep_apart(m, &m->nodes[at], order, left);
			continue;
		}
		uint32_t there = m->nodes[at].order.qty;
		uint32_t qty = left < there ? left : there;
		match_trade(m, &m->nodes[at], order, qty);
		left -= qty;
	}
	return left;
}

static void match_publish_add(struct match *m, const struct match_order *order)
{
	struct event event = {.kind = EVENT_ADD,
		.order = order->reference,
		.other = order->other,
		.side = order->side,
		.qty = order->qty,
		.price_e4 = order->price_e4};
	if (!order->is_hidden)
		match_event(m, &event, order);
}

uint32_t match_enter(struct match *m, const struct match_order *order)
{
	struct match_order rest = *order;
	rest.qty = match_cross(m, order);
	if (rest.qty == 0 || rest.is_ioc)
		return rest.qty;
	match_link(m, &rest);
	match_publish_add(m, &rest);
	return rest.qty;
}

bool match_crosses(const struct match *m, const struct match_order *order)
{
	const struct ladder *ladder =
		&m->ladders[order->locate][order->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY];
	return ladder->count > 0 &&
	       !ladder_better(
		       order->side, ladder->levels[ladder->count - 1].price_e4, order->price_e4);
}

uint32_t match_replace(struct match *m, uint64_t old, const struct match_order *order)
{
	struct node *node = match_node(m, old);
	CHECK(node != NULL);
	struct match_order before = node->order;
	bool in_one = !before.is_hidden && !order->is_hidden && !order->is_ioc &&
		      before.other == order->other && !match_crosses(m, order);
	match_unlink(m, node);
	if (in_one) { /* the feed's own replace; else what was there goes and what is left comes */
		struct event event = {.kind = EVENT_REPLACE,
			.order = old,
			.other = order->reference,
			.qty = order->qty,
			.price_e4 = order->price_e4};
		match_link(m, order);
		match_event(m, &event, order);
		return order->qty;
	}
	struct event event = {.kind = EVENT_DELETE, .order = old};
	if (!before.is_hidden)
		match_event(m, &event, &before);
	return match_enter(m, order);
}

uint32_t match_reduce(struct match *m, uint64_t reference, uint32_t qty)
{
	struct node *node = match_node(m, reference);
	if (node == NULL || qty == 0)
		return 0;
	struct match_order *order = &node->order;
	struct event event = {.kind = EVENT_DELETE, .order = reference};
	if (qty < order->qty) {
		event.kind = EVENT_REDUCE;
		event.qty = qty;
	} else {
		qty = order->qty;
	}
	order->qty -= qty;
	if (!order->is_hidden)
		match_event(m, &event, order);
	if (order->qty == 0)
		match_unlink(m, node);
	return qty;
}

/* match_before finds a participant's order that stands before the target in its level or a better one. */
static struct node *match_before(struct match *m, const struct node *target)
{
	const struct match_order *order = &target->order;
	const struct ladder *ladder = &m->ladders[order->locate][order->side];
	for (uint32_t i = ladder->count; i > 0; i--) {
		const struct level *level = &ladder->levels[i - 1];
		for (int q = DISPLAYED; q <= HIDDEN; q++) {
			for (uint32_t at = level->queues[q].head; at != NODE_NONE;
				at = m->nodes[at].next) {
				if (&m->nodes[at] == target)
					return NULL;
				if (m->nodes[at].order.owner != MATCH_OWNER_NONE)
					return &m->nodes[at];
			}
		}
	}
	return NULL;
}

uint32_t match_hit(struct match *m, uint64_t reference, uint32_t qty)
{
	struct node *target = match_node(m, reference);
	uint32_t left = qty;
	while (target != NULL && left > 0) {
		struct node *first = match_before(m, target);
		struct node *next = first != NULL ? first : target;
		uint32_t size = left < next->order.qty ? left : next->order.qty;
		match_trade(m, next, NULL, size);
		left -= size;
		if (first == NULL)
			break;
	}
	return qty - left;
}

uint32_t match_print(
	struct match *m, uint64_t reference, uint32_t qty, int64_t price_e4, uint8_t printable)
{
	struct node *node = match_node(m, reference);
	if (node == NULL || qty == 0)
		return 0;
	struct match_order *order = &node->order;
	if (qty > order->qty)
		qty = order->qty;
	struct event event = {.kind = EVENT_EXECUTE_AT,
		.order = reference,
		.qty = qty,
		.match = ++m->last_match,
		.price_e4 = price_e4,
		.code = printable};
	order->qty -= qty;
	if (!order->is_hidden)
		match_event(m, &event, order);
	match_tell(m, order, qty, price_e4, true);
	if (order->qty == 0)
		match_unlink(m, node);
	return qty;
}

uint32_t match_fill(struct match *m, uint64_t reference, uint32_t qty, int64_t price_e4)
{
	struct node *node = match_node(m, reference);
	if (node == NULL || qty == 0)
		return 0;
	struct match_order *order = &node->order;
	if (qty > order->qty)
		qty = order->qty;
	struct event event = {.kind = EVENT_EXECUTE,
		.order = reference,
		.qty = qty,
		.match = ++m->last_match,
		.price_e4 = price_e4};
	if (order->is_hidden) {
		event.kind = EVENT_TRADE;
		event.order = 0;
	} else if (price_e4 != order->price_e4) {
		event.kind = EVENT_EXECUTE_AT;
		event.code = 'Y';
	} else {
		event.price_e4 = 0;
	}
	order->qty -= qty;
	match_event(m, &event, order);
	match_tell(m, order, qty, price_e4, true);
	if (order->qty == 0)
		match_unlink(m, node);
	return qty;
}

uint32_t match_levels(const struct match *m, uint16_t locate, enum side side,
	struct match_level *levels, uint32_t max)
{
	const struct ladder *ladder = &m->ladders[locate][side];
	uint32_t count = 0;
	for (uint32_t i = ladder->count; i > 0 && count < max; i--) {
		const struct level *level = &ladder->levels[i - 1];
		struct match_level out = {.price_e4 = level->price_e4};
		for (uint32_t at = level->queues[DISPLAYED].head; at != NODE_NONE;
			at = m->nodes[at].next) {
			out.qty += m->nodes[at].order.qty;
			out.order_count++;
		}
		if (out.order_count > 0)
			levels[count++] = out;
	}
	return count;
}

static int compare_age(const void *a, const void *b)
{
	uint64_t x = (*(const struct node *const *)a)->order.reference;
	uint64_t y = (*(const struct node *const *)b)->order.reference;
	return x < y ? -1 : x > y;
}

/* References are given out as orders come, so they tell who stood there first. */
void match_each(const struct match *m,
	void (*each)(void *context, const struct match_order *order, uint64_t exch_ns),
	void *context)
{
	uint64_t count = 0;
	const struct node **all = calloc((size_t)m->node_count + 1, sizeof(struct node *));
	CHECK(all != NULL);
	for (uint32_t i = 0; i < m->node_fresh; i++)
		if (m->nodes[i].order.reference != 0 && !m->nodes[i].order.is_hidden)
			all[count++] = &m->nodes[i];
	qsort(all, count, sizeof(struct node *), compare_age);
	for (uint64_t i = 0; i < count; i++)
		each(context, &all[i]->order, all[i]->exch_ns);
	free(all);
}
