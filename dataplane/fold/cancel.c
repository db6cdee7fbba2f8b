#include "dataplane/fold/cancel.h"

#include "dataplane/fold/dropcopy.h"
#include "dataplane/orders/names.h"

static void cancel_copy(
	struct fold *fold, const struct own_order *order, uint32_t qty, enum cancel_cause cause)
{
	struct copy_head head = {.verdict = COPY_PASSED,
		.session = order->session,
		.account = order->account,
		.strategy = order->strategy,
		.order_id = order->id,
		.venue_ref = order->venue_ref,
		.lane = COPY_LANE_NONE,
		.cause = (uint8_t)cause,
		.venue = dropcopy_venue(fold, order->venue)};
	const struct ouch_in in = {.type = 'X', .ref = order->client_ref, .qty = qty};
	dropcopy_decision(fold, &head, order, &in);
}

bool cancel_ask(struct fold *fold, uint32_t slot, uint32_t qty, enum cancel_cause cause)
{
	struct own_order *order = &fold->orders.slots[slot];
	if ((order->flags & ORDER_PENDING_CANCEL) != 0 || fold_egress_room(fold) == 0)
		return false;
	struct cancel_record *record = fold_record(fold, RECORD_CANCEL, sizeof *record);
	record->order_id = order->id;
	record->venue_ref = order->venue_ref;
	record->qty = qty;
	record->cause = (uint8_t)cause;
	cancel_copy(fold, order, qty, cause);
	order->cancel_qty = qty;
	order->cancel_type = 'X';
	order->cancel_passing = 0;
	order->cancel_cause = (uint8_t)cause;
	order->is_size_lost = 0; /* what was lost before this is not known of this */
	if (qty != 0)
		order->is_no_vague = 1;
	if (cause == CANCEL_BY_DISCONNECT)
		metrics_add(fold->metrics, METRIC_gate_orders_left, 1);
	else if (cause == CANCEL_BY_DEAD_MAN)
		metrics_add(fold->metrics, METRIC_gate_orders_dead_man, 1);
	if (qty == 0)
		order->flags |= ORDER_PENDING_CANCEL;
	risk_cancelled(fold->risk, &fold->turn, order->account);
	struct fold_egress *egress = fold_queue_egress(fold, slot, DECISION_CANCEL);
	memset(&egress->message, 0, sizeof egress->message);
	egress->message.type = 'X';
	egress->message.ref = order->venue_ref;
	egress->message.qty = qty;
	names_clordid(egress->message.clordid, order->account, order->id);
	return true;
}
