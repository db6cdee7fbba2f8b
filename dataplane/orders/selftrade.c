#include "dataplane/orders/selftrade.h"

_Static_assert(ACCOUNT_COUNT_MAX <= 1 << 12 && SYMBOL_COUNT_MAX <= 1 << 16, "a key has room");

static uint64_t heap_key(
	const struct selftrade *selftrade, uint16_t account, uint32_t symbol, unsigned side)
{
	uint64_t group = selftrade->groups[account & (ACCOUNT_COUNT_MAX - 1)];
	return ((group << 16 | (symbol & 0xFFFF)) << 1 | side) + 1;
}

static uint64_t heap_key_of(const struct selftrade *selftrade, const struct own_order *order)
{
	return heap_key(selftrade, order->account, order->symbol, order->side & 1u);
}

/* The lowest id that shares its name is a group's own: no account of another group has it. */
static void open_groups(struct selftrade *selftrade, const struct site_config *site)
{
	for (uint32_t i = 0; i < ACCOUNT_COUNT_MAX; i++)
		selftrade->groups[i] = (uint16_t)i;
	for (uint32_t i = 0; i < site->account_count; i++) {
		const struct account_config *account = &site->accounts[i];
		uint32_t lowest = account->id;
		for (uint32_t j = 0; j < site->account_count; j++) {
			const struct account_config *other = &site->accounts[j];
			bool is_same =
				account->self_trade_group[0] != '\0' &&
				strcmp(account->self_trade_group, other->self_trade_group) == 0;
			if (is_same && other->id < lowest)
				lowest = other->id;
		}
		selftrade->groups[account->id & (ACCOUNT_COUNT_MAX - 1)] = (uint16_t)lowest;
		selftrade->modes[account->id & (ACCOUNT_COUNT_MAX - 1)] = account->self_trade_mode;
	}
}

void selftrade_open(
	struct selftrade *selftrade, struct order_table *orders, const struct site_config *site)
{
	selftrade->orders = orders;
	open_groups(selftrade, site);
	refs_open(&selftrade->tops, orders->count_max);
}

void selftrade_close(struct selftrade *selftrade)
{
	refs_close(&selftrade->tops);
}

static bool is_keener(const struct own_order *a, const struct own_order *b)
{
	return (a->side & 1u) == SIDE_BUY ? a->price_e4 > b->price_e4 : a->price_e4 < b->price_e4;
}

/* Two heaps become one: the less keen top is the other's first child. */
static uint32_t heap_meld(struct own_order *slots, uint32_t a, uint32_t b)
{
	if (a == ORDER_NONE || b == ORDER_NONE)
		return a == ORDER_NONE ? b : a;
	uint32_t top = is_keener(&slots[b], &slots[a]) ? b : a;
	uint32_t child = top == a ? b : a;
	uint32_t next = slots[top].keen_child;
	slots[child].keen_next = next;
	slots[child].keen_above = top;
	if (next != ORDER_NONE)
		slots[next].keen_above = child;
	slots[top].keen_child = child;
	slots[top].keen_next = slots[top].keen_above = ORDER_NONE;
	return top;
}

static uint32_t heap_detach(struct own_order *slots, uint32_t slot)
{
	uint32_t next = slots[slot].keen_next;
	slots[slot].keen_next = slots[slot].keen_above = ORDER_NONE;
	return next;
}

/* What stood under a top that left becomes one heap: by pairs from the first, then all from the last. */
static uint32_t heap_gather(struct own_order *slots, uint32_t first)
{
	uint32_t pairs = ORDER_NONE, heap = ORDER_NONE;
	while (first != ORDER_NONE) {
		uint32_t second = heap_detach(slots, first);
		uint32_t rest = second == ORDER_NONE ? ORDER_NONE : heap_detach(slots, second);
		uint32_t pair = heap_meld(slots, first, second);
		slots[pair].keen_next = pairs;
		pairs = pair;
		first = rest;
	}
	while (pairs != ORDER_NONE) {
		uint32_t rest = heap_detach(slots, pairs);
		heap = heap_meld(slots, heap, pairs);
		pairs = rest;
	}
	return heap;
}

static void heap_cut(struct own_order *slots, uint32_t slot)
{
	uint32_t above = slots[slot].keen_above, next = slots[slot].keen_next;
	if (slots[above].keen_child == slot)
		slots[above].keen_child = next;
	else
		slots[above].keen_next = next;
	if (next != ORDER_NONE)
		slots[next].keen_above = above;
}

static void heap_is_topped(struct selftrade *selftrade, uint64_t key, uint32_t was, uint32_t is)
{
	if (was == is)
		return;
	if (was != ORDER_NONE)
		refs_remove(&selftrade->tops, key);
	/* There are never more heaps than orders. */
	if (is != ORDER_NONE)
		CHECK(refs_put(&selftrade->tops, key, is));
}

void selftrade_join(struct selftrade *selftrade, uint32_t slot)
{
	struct own_order *slots = selftrade->orders->slots;
	uint64_t key = heap_key_of(selftrade, &slots[slot]);
	uint32_t top = refs_find(&selftrade->tops, key);
	slots[slot].keen_child = slots[slot].keen_next = slots[slot].keen_above = ORDER_NONE;
	heap_is_topped(selftrade, key, top, heap_meld(slots, top, slot));
}

void selftrade_leave(struct selftrade *selftrade, uint32_t slot)
{
	struct own_order *slots = selftrade->orders->slots;
	uint64_t key = heap_key_of(selftrade, &slots[slot]);
	uint32_t top = refs_find(&selftrade->tops, key), rest = ORDER_NONE;
	if (slot != top) {
		heap_cut(slots, slot);
		rest = top;
	}
	heap_is_topped(selftrade, key, top,
		heap_meld(slots, rest, heap_gather(slots, slots[slot].keen_child)));
	slots[slot].keen_child = slots[slot].keen_next = slots[slot].keen_above = ORDER_NONE;
}

void selftrade_reprice(struct selftrade *selftrade, uint32_t slot, int64_t price_e4)
{
	struct own_order *order = &selftrade->orders->slots[slot];
	if (order->price_e4 == price_e4)
		return;
	selftrade_leave(selftrade, slot);
	order->price_e4 = price_e4;
	selftrade_join(selftrade, slot);
}

static bool is_met(const struct own_order *order, int64_t price_e4)
{
	return (order->side & 1u) == SIDE_SELL ? price_e4 >= order->price_e4
					       : price_e4 <= order->price_e4;
}

void selftrade_prefetch(const struct selftrade *selftrade, uint16_t account, uint32_t symbol)
{
	for (unsigned side = 0; side < 2; side++)
		refs_prefetch(&selftrade->tops, heap_key(selftrade, account, symbol, side));
}

uint32_t selftrade_find(const struct selftrade *selftrade, uint16_t account, uint32_t symbol,
	unsigned side, int64_t price_e4)
{
	if (symbol >= SYMBOL_COUNT_MAX || account >= ACCOUNT_COUNT_MAX)
		return ORDER_NONE;
	unsigned other = (side & 1u) ^ 1u;
	uint32_t top = refs_find(&selftrade->tops, heap_key(selftrade, account, symbol, other));
	if (top == ORDER_NONE)
		return ORDER_NONE;
	return is_met(&selftrade->orders->slots[top], price_e4) ? top : ORDER_NONE;
}

/* The next one of a heap that does not stand under a slot: beside it, or beside the nearest above it. */
static uint32_t heap_aside(const struct own_order *slots, uint32_t slot)
{
	while (slot != ORDER_NONE && slots[slot].keen_next == ORDER_NONE) {
		uint32_t above = slots[slot].keen_above;
		while (above != ORDER_NONE && slots[above].keen_child != slot) {
			slot = above;
			above = slots[slot].keen_above;
		}
		slot = above;
	}
	return slot == ORDER_NONE ? ORDER_NONE : slots[slot].keen_next;
}

/* What stands under an order that is not met is less keen, and not met either.  selftrade (2) */
uint32_t selftrade_next(
	const struct selftrade *selftrade, uint32_t slot, int64_t price_e4, uint32_t *looks)
{
	const struct own_order *slots = selftrade->orders->slots;
	uint32_t at = slots[slot].keen_child;
	if (at == ORDER_NONE)
		at = heap_aside(slots, slot);
	while (at != ORDER_NONE && *looks > 0) {
		--*looks;
		if (is_met(&slots[at], price_e4))
			return at;
		at = heap_aside(slots, at);
	}
	return ORDER_NONE;
}
