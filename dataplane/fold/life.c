#include "dataplane/fold/life.h"

#include "dataplane/fold/parents.h"
#include "dataplane/fold/said.h"
#include "dataplane/fold/sweep.h"
#include "dataplane/fold/tell.h"

static void life_hold(struct fold *fold, struct own_order *order, uint32_t qty, int64_t value_e4)
{
	enum side side = (enum side)order->side;
	if (qty > order->reserved_qty || value_e4 > order->reserved_value_e4)
		risk_reserve(fold->risk, order->account, order->symbol, side,
			qty > order->reserved_qty ? qty - order->reserved_qty : 0,
			value_e4 > order->reserved_value_e4 ? value_e4 - order->reserved_value_e4
							    : 0);
	if (qty < order->reserved_qty || value_e4 < order->reserved_value_e4)
		risk_release(fold->risk, order->account, order->symbol, side,
			qty < order->reserved_qty ? order->reserved_qty - qty : 0,
			value_e4 < order->reserved_value_e4 ? order->reserved_value_e4 - value_e4
							    : 0);
	parents_hold(fold, order, (int64_t)qty - order->reserved_qty);
	order->reserved_qty = qty;
	order->reserved_value_e4 = value_e4;
}

static bool life_is_short(const struct own_order *order)
{
	return order->wire_side == 'T' || order->wire_side == 'E';
}

/* What works of an order marked short uses so many located shares. */
static void life_locate(struct fold *fold, struct own_order *order, uint32_t qty)
{
	if (qty != order->located_qty)
		risk_located(fold->risk, order->account, order->symbol,
			(int64_t)qty - order->located_qty, 0);
	order->located_qty = qty;
}

void life_short(struct fold *fold, struct own_order *order, uint32_t qty)
{
	uint32_t held = qty < order->located_qty ? qty : order->located_qty;
	if (life_is_short(order) || held != 0)
		risk_located(fold->risk, order->account, order->symbol, -(int64_t)held, qty);
	order->located_qty -= held;
}

void life_settle(struct fold *fold, struct own_order *order)
{
	life_hold(fold, order, order->open_qty,
		saturating_multiply(order->price_e4, order->open_qty));
	life_locate(fold, order, life_is_short(order) ? order->open_qty : 0);
}

void life_cover(struct fold *fold, const struct own_order *original)
{
	while (original->replacement != ORDER_NONE) {
		struct own_order *order = &fold->orders.slots[original->replacement];
		/* OUCH 5.0, section 6: the new size is that of the whole chain. */
		uint32_t executed = original->executed_qty;
		uint32_t open = order->qty > executed ? order->qty - executed : 0;
		int64_t value_e4 = saturating_multiply(order->price_e4, open);
		int64_t more_e4 = saturating_subtract(value_e4, original->reserved_value_e4);
		order->open_qty = open;
		order_inherit(order, original);
		life_hold(fold, order,
			open > original->reserved_qty ? open - original->reserved_qty : 0,
			more_e4 > 0 ? more_e4 : 0);
		bool needs = life_is_short(order) && open > original->located_qty;
		life_locate(fold, order, needs ? open - original->located_qty : 0);
		original = order;
	}
}

void life_tell_uncertain(struct fold *fold)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		uint32_t count = fold->venues[i].orders_uncertain;
		sum += count;
		atomic_store_explicit(&fold->page->venue_uncertain[i], count, memory_order_relaxed);
	}
	metrics_set(fold->metrics, METRIC_gate_uncertain, sum);
}

void life_begin(struct fold *fold, struct own_order *order)
{
	fold->clients[order->session].orders_open++;
	fold->venues[order->venue].orders_open++;
	fold->venues[order->venue].exposed[order->account]++;
	selftrade_join(&fold->selftrade, (uint32_t)(order - fold->orders.slots));
	metrics_set(fold->metrics, METRIC_gate_open_orders, fold->orders.open_count);
}

void life_move(struct fold *fold, struct own_order *order, enum order_state state)
{
	struct fold_venue *venue = &fold->venues[order->venue];
	uint32_t was = order->state == ORDER_UNCERTAIN, is = state == ORDER_UNCERTAIN;
	venue->orders_unanswered -= life_is_unanswered(order);
	order->state = (uint8_t)state;
	venue->orders_unanswered += life_is_unanswered(order);
	if (was == is)
		return;
	venue->orders_uncertain += is - was;
	life_tell_uncertain(fold);
}

/* The first answer to a sent order. */
static void life_answered(struct fold *fold, struct own_order *order)
{
	struct fold_venue *venue = &fold->venues[order->venue];
	if (order->flags & ORDER_WAS_ANSWERED)
		return;
	venue->orders_unanswered -= life_is_unanswered(order);
	order->flags |= ORDER_WAS_ANSWERED;
	fold->orders_acked++;
	venue->orders_acked++;
	metrics_add(fold->metrics, METRIC_gate_acked, 1);
	fold_tell_unanswered(fold);
}

bool life_allows(struct fold *fold, const struct own_order *order, enum order_event event)
{
	if (order_next((enum order_state)order->state, event) != ORDER_FREE)
		return true;
	metrics_add(fold->metrics, METRIC_gate_venue_unknown, 1);
	return false;
}

/* life_finish frees a slot that is done; returns the replacement that dies with it, or ORDER_NONE. */
static uint32_t life_finish(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	uint32_t replacement = order->replacement, original = order->original;
	life_hold(fold, order, 0, 0);
	life_locate(fold, order, 0);
	order->open_qty = 0;
	tell_too_late(fold, order);
	sweep_finished(fold, order);
	if (order->resolved == RESOLVED_BACK)
		said_over(fold, order);
	fills_leave(&fold->fills, order, fold->speaker);
	if (order->first_ref != 0 &&
		order_table_find_chain(&fold->orders, order->venue, order->first_ref) == slot)
		fills_end(&fold->fills, order);
	fold->clients[order->session].orders_open--;
	fold->venues[order->venue].orders_open--;
	fold->venues[order->venue].exposed[order->account]--;
	if (fold->is_sweeping && fold->sweep_slot == slot)
		fold->sweep_slot = order->next;
	if (original != ORDER_NONE) {
		fold->orders.slots[original].replacement = ORDER_NONE;
		fold->orders.slots[original].flags &= (uint8_t)~ORDER_PENDING_REPLACE;
	}
	if (replacement != ORDER_NONE)
		fold->orders.slots[replacement].original = ORDER_NONE;
	selftrade_leave(&fold->selftrade, slot);
	order_table_return(&fold->orders, slot);
	metrics_set(fold->metrics, METRIC_gate_open_orders, fold->orders.open_count);
	return replacement;
}

bool life_step(struct fold *fold, uint32_t slot, enum order_event event)
{
	bool is_first = true;
	/* The venue answers a replace of a finished order with silence (OUCH 5.0, section 6), and a replace of
	   that one too: a client may have made the chain as long as the table of orders. */
	while (slot != ORDER_NONE) {
		struct own_order *order = &fold->orders.slots[slot];
		if (!life_allows(fold, order, event)) {
			if (!is_first) /* it works although what it would replace ended otherwise */
				order_table_follow(&fold->orders, slot);
			return !is_first;
		}
		enum order_state next = order_next((enum order_state)order->state, event);
		bool was_sent = order->state == ORDER_SENT || order->state == ORDER_UNCERTAIN;
		bool is_answer = event != ORDER_VENUE_LOST && event != ORDER_WAS_SENT &&
				 event != ORDER_WAS_WITHHELD;
		if (is_answer && was_sent)
			life_answered(fold, order);
		life_move(fold, order, next);
		slot = next == ORDER_DONE ? life_finish(fold, slot) : ORDER_NONE;
		event = ORDER_ORPHANED;
		is_first = false;
	}
	return true;
}
