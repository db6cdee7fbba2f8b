#include "dataplane/fold/standing.h"

/* The last of a chain: an open order, or whose one was that is over; or neither.  ref: its number at the venue. */
struct chain_end {
	struct own_order *order;
	struct fill *past;
	uint32_t ref;
};

/* Who is forgotten may have begun a chain that works still.  Of that only all open orders can tell; busts are rare. */
static struct own_order *chain_begun_by(const struct fold *fold, uint8_t venue, uint32_t ref)
{
	uint32_t slot = fold->orders.open_head;
	for (; slot != ORDER_NONE; slot = fold->orders.slots[slot].next) {
		struct own_order *order = &fold->orders.slots[slot];
		if (order->venue == venue && order->first_ref == ref &&
			order->original == ORDER_NONE)
			return order;
	}
	return NULL;
}

static struct chain_end chain_end(const struct fold *fold, const struct fill *execution)
{
	uint32_t ref = execution->venue_ref;
	for (uint32_t i = 0; i < PAST_COUNT; i++) {
		uint32_t slot = order_table_find_venue(&fold->orders, execution->venue, ref);
		struct fill *past = fills_past(&fold->fills, execution->venue, ref);
		if (slot != ORDER_NONE)
			return (struct chain_end){.order = &fold->orders.slots[slot], .ref = ref};
		if (past == NULL)
			return (struct chain_end){
				.order = chain_begun_by(fold, execution->venue, ref), .ref = ref};
		if (past->next_ref == 0)
			return (struct chain_end){.past = past, .ref = ref};
		ref = past->next_ref;
	}
	return (struct chain_end){0};
}

/* The next walk of a long chain is short. */
static void chain_shorten(struct fold *fold, const struct fill *execution, uint32_t ref)
{
	struct fill *past = fills_past(&fold->fills, execution->venue, execution->venue_ref);
	if (past != NULL && past->next_ref != 0 && ref != 0)
		past->next_ref = ref;
}

/* What is too much to be known stays so. */
static int64_t value_change(int64_t sum_e4, int64_t value_e4)
{
	return sum_e4 == INT64_MAX ? sum_e4 : saturating_add(sum_e4, value_e4);
}

void standing_change(struct fold *fold, const struct fill *execution, int64_t qty, int64_t value_e4)
{
	struct chain_end end = chain_end(fold, execution);
	struct own_order *order = end.order;
	if (end.past != NULL) {
		end.past->qty += (uint32_t)qty;
		end.past->value_e4 = value_change(end.past->value_e4, value_e4);
	}
	chain_shorten(fold, execution, end.ref);
	if (order == NULL)
		return;
	/* What may come in its place has it too. */
	for (;; order = &fold->orders.slots[order->replacement]) {
		order->standing_qty += (uint32_t)qty;
		order->executed_value_e4 = value_change(order->executed_value_e4, value_e4);
		if (order->replacement == ORDER_NONE)
			return;
	}
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
