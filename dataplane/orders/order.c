#include "dataplane/orders/order.h"

#include "dataplane/wire/field.h"
#include "drivers/machine/memory.h"

_Static_assert(sizeof(struct own_order) % sizeof(field_line) == 0, "cleared in whole lines");

/* clang-format off */
/* The transition table: from (row), by (column), to.  0 (ORDER_FREE) is "may not happen". */
static const uint8_t order_table[ORDER_STATE_COUNT][ORDER_EVENT_COUNT] = {
	/*                   SENT           WITHHELD    ACCEPTED    REJECTED    REDUCED     FINISHED    VENUE_LOST       NOT_SEEN    ORPHANED   */
	[ORDER_DECIDED]   = {ORDER_SENT,    ORDER_DONE, ORDER_LIVE, ORDER_DONE, 0,          ORDER_DONE, ORDER_UNCERTAIN, ORDER_DONE, ORDER_DONE},
	[ORDER_SENT]      = {0,             0,          ORDER_LIVE, ORDER_DONE, ORDER_LIVE, ORDER_DONE, ORDER_UNCERTAIN, ORDER_DONE, ORDER_DONE},
	[ORDER_LIVE]      = {0,             0,          0,          ORDER_DONE, ORDER_LIVE, ORDER_DONE, ORDER_LIVE,      0,          0         },
	[ORDER_UNCERTAIN] = {0,             0,          ORDER_LIVE, ORDER_DONE, ORDER_LIVE, ORDER_DONE, ORDER_UNCERTAIN, ORDER_DONE, ORDER_DONE},
};
/* clang-format on */

enum order_state order_next(enum order_state state, enum order_event event)
{
	CHECK((unsigned)state < ORDER_STATE_COUNT && (unsigned)event < ORDER_EVENT_COUNT);
	return (enum order_state)order_table[state][event];
}

const char *order_state_name(enum order_state state)
{
	static const char *const names[ORDER_STATE_COUNT] = {
		"free", "decided", "sent", "live", "uncertain", "done"};
	return (unsigned)state < ORDER_STATE_COUNT ? names[state] : "?";
}

static uint64_t client_key(uint16_t client, uint32_t ref)
{
	return (uint64_t)client << 32 | ref;
}

static uint64_t venue_key(uint8_t venue, uint32_t ref)
{
	return ((uint64_t)venue + 1) << 32 | ref;
}

void order_table_open(struct order_table *orders, uint32_t count_max)
{
	CHECK(count_max > 0 && count_max <= OWN_ORDER_COUNT_MAX);
	memset(orders, 0, sizeof *orders);
	orders->slots = memory_take("own orders", (size_t)count_max * sizeof orders->slots[0]);
	orders->count_max = count_max;
	for (uint32_t i = 0; i < count_max; i++)
		orders->slots[i].next = i + 1 < count_max ? i + 1 : ORDER_NONE;
	orders->open_head = orders->open_tail = ORDER_NONE;
	refs_open(&orders->by_client, count_max);
	refs_open(&orders->by_venue, count_max);
	refs_open(&orders->by_chain, count_max);
}

void order_table_index(struct order_table *orders)
{
	refs_open(&orders->by_id, orders->count_max);
}

void order_table_close(struct order_table *orders)
{
	if (orders->by_id.entries != NULL)
		refs_close(&orders->by_id);
	refs_close(&orders->by_client);
	refs_close(&orders->by_venue);
	refs_close(&orders->by_chain);
	memory_return(orders->slots, (size_t)orders->count_max * sizeof orders->slots[0]);
	orders->slots = NULL;
}

void order_table_prefetch(const struct order_table *orders, uint16_t client, uint32_t client_ref,
	uint8_t venue, uint32_t venue_ref)
{
	refs_prefetch(&orders->by_client, client_key(client, client_ref));
	refs_prefetch(&orders->by_venue, venue_key(venue, venue_ref));
	if (orders->free_head == ORDER_NONE)
		return;
	const char *slot = (const char *)&orders->slots[orders->free_head];
	for (size_t i = 0; i < sizeof(struct own_order); i += CACHE_LINE_BYTES)
		base_ask(slot + i);
}

void order_table_expect(const struct order_table *orders, const struct own_order *order)
{
	uint16_t client = order_client(order->session, order->client_index);
	refs_prefetch(&orders->by_client, client_key(client, order->client_ref));
	refs_prefetch(&orders->by_venue, venue_key(order->venue, order->venue_ref));
}

uint32_t order_table_claim(struct order_table *orders, uint64_t id, uint16_t client,
	uint32_t client_ref, uint8_t venue, uint32_t venue_ref)
{
	uint32_t slot = orders->free_head;
	CHECK(slot != ORDER_NONE);
	struct own_order *order = &orders->slots[slot];
	orders->free_head = order->next;
	field_clear((field_line *)order, sizeof *order);
	order->id = id;
	order->session = client & 0xFF;
	order->client_index = (uint8_t)(client >> 8);
	order->client_ref = client_ref;
	order->venue = venue;
	order->venue_ref = venue_ref;
	order->state = ORDER_DECIDED;
	order->original = order->replacement = order->next = order->previous = ORDER_NONE;
	return slot;
}

static void order_list(struct order_table *orders, uint32_t slot)
{
	orders->slots[slot].previous = orders->open_tail;
	if (orders->open_tail != ORDER_NONE)
		orders->slots[orders->open_tail].next = slot;
	else
		orders->open_head = slot;
	orders->open_tail = slot;
	orders->open_count++;
}

void order_table_enter(struct order_table *orders, uint32_t slot)
{
	const struct own_order *order = &orders->slots[slot];
	order_list(orders, slot);
	uint16_t client = order_client(order->session, order->client_index);
	if (client != 0)
		CHECK(refs_put(&orders->by_client, client_key(client, order->client_ref), slot));
	CHECK(refs_put(&orders->by_venue, venue_key(order->venue, order->venue_ref), slot));
	if (UNLIKELY(orders->by_id.entries != NULL) &&
		order_table_find_id(orders, order->id) == ORDER_NONE)
		CHECK(refs_put(&orders->by_id, order->id, slot));
}

uint32_t order_table_take(struct order_table *orders, uint64_t id, uint16_t client,
	uint32_t client_ref, uint8_t venue, uint32_t venue_ref)
{
	uint32_t slot = order_table_claim(orders, id, client, client_ref, venue, venue_ref);
	order_table_enter(orders, slot);
	return slot;
}

/* Nobody's order stands in no client's table. */
static void order_forget_client(struct order_table *orders, const struct own_order *order)
{
	uint16_t client = order_client(order->session, order->client_index);
	if (client != 0)
		refs_remove(&orders->by_client, client_key(client, order->client_ref));
}

void order_table_disown(struct order_table *orders, uint32_t slot)
{
	struct own_order *order = &orders->slots[slot];
	order_forget_client(orders, order);
	order->session = 0;
	order->client_index = 0;
	order->client_ref = 0;
}

bool order_table_own(
	struct order_table *orders, uint32_t slot, uint16_t client, uint32_t client_ref)
{
	struct own_order *order = &orders->slots[slot];
	uint64_t key = client_key(client, client_ref);
	if (refs_find(&orders->by_client, key) != REFS_NONE)
		return false;
	CHECK(refs_put(&orders->by_client, key, slot));
	order->session = client & 0xFF;
	order->client_index = (uint8_t)(client >> 8);
	order->client_ref = client_ref;
	return true;
}

void order_table_follow(struct order_table *orders, uint32_t slot)
{
	const struct own_order *order = &orders->slots[slot];
	uint64_t key = venue_key(order->venue, order->first_ref);
	refs_remove(&orders->by_chain, key);
	CHECK(refs_put(&orders->by_chain, key, slot));
}

uint32_t order_table_find_chain(const struct order_table *orders, uint8_t venue, uint32_t first_ref)
{
	return refs_find(&orders->by_chain, venue_key(venue, first_ref));
}

void order_table_return(struct order_table *orders, uint32_t slot)
{
	struct own_order *order = &orders->slots[slot];
	CHECK(order->state == ORDER_DONE);
	CHECK(order->reserved_qty == 0 && order->reserved_value_e4 == 0 &&
		order->located_qty == 0); /* order (3) */
	order_forget_client(orders, order);
	refs_remove(&orders->by_venue, venue_key(order->venue, order->venue_ref));
	if (order->first_ref != 0 &&
		order_table_find_chain(orders, order->venue, order->first_ref) == slot)
		refs_remove(&orders->by_chain, venue_key(order->venue, order->first_ref));
	if (UNLIKELY(orders->by_id.entries != NULL) &&
		order_table_find_id(orders, order->id) == slot)
		refs_remove(&orders->by_id, order->id);
	if (order->previous != ORDER_NONE)
		orders->slots[order->previous].next = order->next;
	else
		orders->open_head = order->next;
	if (order->next != ORDER_NONE)
		orders->slots[order->next].previous = order->previous;
	else
		orders->open_tail = order->previous;
	orders->open_count--;
	order->state = ORDER_FREE;
	order->next = orders->free_head;
	orders->free_head = slot;
}

uint32_t order_table_find_client(
	const struct order_table *orders, uint16_t client, uint32_t client_ref)
{
	return refs_find(&orders->by_client, client_key(client, client_ref));
}

uint32_t order_table_find_venue(const struct order_table *orders, uint8_t venue, uint32_t venue_ref)
{
	return refs_find(&orders->by_venue, venue_key(venue, venue_ref));
}

uint32_t order_table_find_id(const struct order_table *orders, uint64_t id)
{
	return refs_find(&orders->by_id, id);
}
