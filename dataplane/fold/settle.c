#include "dataplane/fold/settle.h"

#include "dataplane/fold/decision.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/option.h"
#include "dataplane/fold/parents.h"
#include "dataplane/fold/receipt.h"

/* What is not looked at before an order leaves. */
static void settle_order(struct fold *fold, const struct decision *d, struct own_order *order)
{
	struct own_order *original =
		LIKELY(d->original == ORDER_NONE) ? NULL : &fold->orders.slots[d->original];
	order->side = d->order.side;
	order->reference_e4 = (uint32_t)d->verdict.reference_e4;
	order->open_qty = d->order.open_qty;
	order->located_qty = d->order.locate_qty;
	order->reserved_qty = d->verdict.add_qty;
	order->reserved_value_e4 = d->verdict.add_value_e4;
	order->row = d->verdict.row;
	order->entered_wall_ns = fold->turn.wall_ns;
	memcpy(order->clordid, d->in->clordid, sizeof order->clordid);
	if (option_is_kept(&d->in->options))
		order->flags |= ORDER_HAS_OPTIONS;
	if (LIKELY(original == NULL))
		return;
	order_inherit(order, original);
	order->flags |= ORDER_IS_REPLACE | (original->flags & ORDER_HAS_OPTIONS);
	original->replacement = d->slot;
	original->flags |= ORDER_PENDING_REPLACE;
}

void settle_passed(struct fold *fold)
{
	fold->is_unsettled = false;
	const struct decision *d = fold->decision;
	struct own_order *order = &fold->orders.slots[d->slot];
	settle_order(fold, d, order);
	risk_commit(fold->risk, &fold->turn, &d->order, &d->verdict);
	receipt_copy(fold, d, order->venue_ref, NULL);
	order_table_enter(&fold->orders, d->slot);
	life_begin(fold, order);
	parents_take(fold, order);
}
