#include "dataplane/fold/standing.h"

/* The last of a chain: an open order, or whose one was that is over; or neither. */
struct chain_end {
	struct own_order *order;
	struct fill *past;
};

static struct chain_end chain_end(const struct fold *fold, const struct fill *execution)
{
	const struct order_table *orders = &fold->orders;
	uint32_t slot = order_table_find_venue(orders, execution->venue, execution->venue_ref);
	if (slot == ORDER_NONE)
		slot = order_table_find_chain(orders, execution->venue, fill_first_ref(execution));
	if (slot != ORDER_NONE)
		return (struct chain_end){.order = &orders->slots[slot]};
	return (struct chain_end){.past = fills_last(&fold->fills, execution)};
}

/* By how much what stands of a chain changes. */
struct change {
	int64_t qty, value_e4, least_qty;
};

static int64_t least_of(const struct fill *execution)
{
	bool was_less = execution->first_qty != 0 && execution->first_qty < execution->qty;
	return was_less ? execution->first_qty : execution->qty;
}

static struct change change_of(const struct fill *execution)
{
	if (execution == NULL)
		return (struct change){0};
	return (struct change){.qty = execution->qty,
		.value_e4 = saturating_multiply(execution->price_e4, execution->qty),
		.least_qty = least_of(execution)};
}

static uint32_t qty_change(uint32_t qty, int64_t change)
{
	int64_t sum = (int64_t)qty + change;
	return sum < 0 ? 0 : sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

/* What is too much to be known stays so. */
static int64_t value_change(int64_t sum_e4, int64_t change_e4)
{
	if (sum_e4 == INT64_MAX)
		return sum_e4;
	sum_e4 = saturating_add(sum_e4, change_e4);
	return sum_e4 < 0 ? 0 : sum_e4;
}

void standing_change(struct fold *fold, const struct fill *was, const struct fill *is)
{
	struct chain_end end = chain_end(fold, was != NULL ? was : is);
	struct change before = change_of(was), after = change_of(is);
	int64_t qty = after.qty - before.qty;
	int64_t value_e4 = saturating_subtract(after.value_e4, before.value_e4);
	if (end.past != NULL) {
		end.past->qty = qty_change(end.past->qty, qty);
		end.past->value_e4 = value_change(end.past->value_e4, value_e4);
	}
	struct own_order *order = end.order;
	if (order == NULL)
		return;
	/* What may come in its place has it too. */
	for (;; order = &fold->orders.slots[order->replacement]) {
		order->standing_qty = qty_change(order->standing_qty, qty);
		order->least_qty = qty_change(order->least_qty, after.least_qty - before.least_qty);
		order->executed_value_e4 = value_change(order->executed_value_e4, value_e4);
		if (order->replacement == ORDER_NONE)
			return;
	}
}

const struct own_order *standing_crossed(
	struct fold *fold, const struct fill *was, const struct fill *is)
{
	const struct own_order *first = chain_end(fold, was).order;
	int64_t less_qty = change_of(was).least_qty - change_of(is).least_qty;
	if (first == NULL || first->replacement == ORDER_NONE || less_qty <= 0 ||
		!fold->venues[first->venue].protocol->counts_standing)
		return NULL;
	for (uint32_t slot = first->replacement; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].replacement) {
		struct own_order *order = &fold->orders.slots[slot];
		if (order->state != ORDER_DECIDED) /* its total has gone */
			order->qty = qty_change(order->qty, less_qty);
	}
	return first;
}

const struct own_order *standing_order(
	const struct fold *fold, const struct fill *execution, struct own_order *past)
{
	struct chain_end end = chain_end(fold, execution);
	const struct fill *whose = end.past != NULL ? end.past : execution;
	if (end.order != NULL && end.order->session == execution->session)
		return end.order;
	*past = (struct own_order){.id = whose->order_id,
		.session = execution->session,
		.client_ref = whose->client_ref,
		.client_index = whose->client_index,
		.venue = execution->venue,
		.venue_ref = whose->venue_ref,
		.account = execution->account,
		.strategy = execution->strategy,
		.symbol = execution->symbol,
		.side = execution->side,
		.wire_side = whose->wire_side,
		.state = ORDER_DONE,
		.original = ORDER_NONE,
		.replacement = ORDER_NONE};
	if (end.past != NULL) {
		past->qty = end.past->order_qty;
		past->executed_qty = past->standing_qty = end.past->qty;
		past->executed_value_e4 = end.past->value_e4;
	}
	memcpy(past->clordid, whose->clordid, sizeof past->clordid);
	return past;
}
