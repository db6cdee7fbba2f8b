#include "dataplane/fold/prevention.h"

#include "dataplane/fold/cancel.h"
#include "dataplane/fold/sweep.h"

/* The sweep cancels what is marked so. */
static void prevention_mark(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	if ((order->flags & (ORDER_PENDING_CANCEL | ORDER_CANCEL_LOST)) != 0)
		return;
	order->flags |= ORDER_CANCEL_LOST;
	order->is_no_vague = 1;
	order->cancel_cause = CANCEL_BY_SELF_TRADE;
	sweep_start(fold);
}

static void prevention_clear(struct fold *fold, const struct decision *d)
{
	uint32_t looks = fold->site->cancels_per_turn * SWEEP_LOOKS;
	for (uint32_t slot = d->met; slot != ORDER_NONE;
		slot = selftrade_next(&fold->selftrade, slot, d->order.price_e4, &looks))
		prevention_mark(fold, slot);
}

/* What is already asked for counts as given up, whether or not the venue has answered. */
static void prevention_decrement(struct fold *fold, uint32_t slot, uint32_t qty)
{
	const struct own_order *order = &fold->orders.slots[slot];
	const struct fold_venue *venue = &fold->venues[order->venue];
	uint32_t total = order->executed_qty + order->open_qty;
	if ((order->flags & (ORDER_PENDING_CANCEL | ORDER_PENDING_REPLACE | ORDER_CANCEL_LOST)) !=
		0)
		return;
	if (order->cancel_qty != 0 && order->cancel_qty < total)
		total = order->cancel_qty;
	if (total <= order->executed_qty || qty >= total - order->executed_qty)
		prevention_mark(fold, slot);
	else if (venue->is_ready && !venue->protocol->cancels_whole)
		cancel_ask(fold, slot, total - qty, CANCEL_BY_SELF_TRADE);
}

void prevention_act(struct fold *fold, const struct decision *d)
{
	enum self_trade_mode mode = selftrade_mode(&fold->selftrade, d->order.account);
	if (mode == SELF_TRADE_CANCEL_NEWEST || d->verdict.mask != UINT64_C(1) << LANE_SELF_TRADE ||
		!fold_cancel_take(fold, d->order.session))
		return;
	if (mode == SELF_TRADE_DECREMENT) {
		prevention_decrement(fold, d->met, d->order.open_qty);
		return;
	}
	prevention_clear(fold, d);
	if (mode == SELF_TRADE_CANCEL_BOTH && d->original != ORDER_NONE)
		prevention_mark(fold, d->original);
}
