#include "dataplane/fold/receipt.h"

#include "dataplane/fold/dropcopy.h"
#include "dataplane/fold/option.h"
#include "dataplane/shm/mark.h"

/* Buys have no mark, whatever is said of them. */
static uint8_t receipt_mark(const struct risk_order *order)
{
	if (order->side != SIDE_SELL || order->mark == SALE_LONG)
		return 0;
	return order->mark == SALE_EXEMPT ? RECEIPT_EXEMPT : RECEIPT_SHORT;
}

void receipt_write(struct fold *fold, const struct decision *d, uint32_t venue_ref)
{
	struct receipt *receipt = fold_record_whole(fold, RECORD_RECEIPT, sizeof *receipt);
	const struct verdict *v = &d->verdict;
	const struct risk_order *order = &d->order;
	uint64_t age_us = v->reference_age_ns / 1000;
	receipt->order_id = d->order_id;
	receipt->turn = fold->turn.turn;
	receipt->mask = v->mask;
	receipt->price_e4 = order->price_e4;
	receipt->usage = v->usage;
	receipt->limit = v->limit;
	receipt->reference_e4 = v->reference_e4;
	receipt->original_id = d->original == ORDER_NONE ? 0 : fold->orders.slots[d->original].id;
	receipt->met_id = d->met == ORDER_NONE ? v->sliced_id : fold->orders.slots[d->met].id;
	receipt->parent = d->parent;
	receipt->symbol = order->symbol;
	receipt->qty = order->qty;
	receipt->client_ref = d->in->ref;
	receipt->venue_ref = venue_ref;
	receipt->epoch = risk_limits_epoch(fold->risk);
	receipt->reference_age_us = age_us > UINT32_MAX ? UINT32_MAX : (uint32_t)age_us;
	receipt->account = order->account;
	receipt->strategy = order->strategy;
	receipt->session = order->session;
	receipt->lane = v->lane;
	receipt->owner_scope = v->owner_scope;
	receipt->side = order->side;
	receipt->kind = order->kind;
	receipt->reference_source = v->reference_source;
	receipt->flags = (uint8_t)((v->mask == 0 ? RECEIPT_PASSED : 0) |
				   (v->is_way_out ? RECEIPT_WAY_OUT : 0) |
				   (d->is_converted ? RECEIPT_MARKET : 0) |
				   (v->is_second != 0 ? RECEIPT_SECOND : 0) | receipt_mark(order) |
				   (v->mask != 0 && v->limit == INT64_MIN ? RECEIPT_NO_LIMIT : 0));
}

uint8_t receipt_wire_side(const struct fold *fold, const struct decision *d)
{
	if (d->in->options.present & option_bit(OPTION_SIDE))
		return (uint8_t)d->in->options.value[OPTION_SIDE];
	return d->original == ORDER_NONE ? d->in->side : fold->orders.slots[d->original].wire_side;
}

/* The order that was asked for, as it would stand: in the place of its original with what was executed of that. */
static struct own_order receipt_asked(const struct fold *fold, const struct decision *d)
{
	struct own_order asked = {.id = d->order_id,
		.price_e4 = d->order.price_e4,
		.qty = d->order.qty,
		.open_qty = d->order.qty,
		.client_ref = d->in->ref,
		.client_index = option_index(&d->in->options),
		.symbol = d->order.symbol,
		.original = d->original,
		.replacement = ORDER_NONE,
		.session = d->order.session,
		.account = d->order.account,
		.strategy = d->order.strategy,
		.side = d->order.side,
		.wire_side = receipt_wire_side(fold, d)};
	if (d->original == ORDER_NONE)
		return asked;
	order_inherit(&asked, &fold->orders.slots[d->original]);
	asked.open_qty = d->order.open_qty;
	return asked;
}

void receipt_copy(struct fold *fold, const struct decision *d, uint32_t venue_ref,
	const struct own_order *order)
{
	if (LIKELY(fold->site->copy_count == 0))
		return;
	bool is_passed = d->verdict.mask == 0;
	struct own_order asked = receipt_asked(fold, d);
	struct copy_head head = {.verdict = is_passed ? COPY_PASSED : COPY_REFUSED,
		.session = d->order.session,
		.account = d->order.account,
		.strategy = d->order.strategy,
		.order_id = d->order_id,
		.venue_ref = venue_ref,
		.reject_code = is_passed ? 0 : lane_rows[d->verdict.lane].ouch_code,
		.lane = is_passed ? COPY_LANE_NONE : d->verdict.lane,
		.cause = d->order.kind == DECISION_CANCEL ? CANCEL_BY_CLIENT : 0,
		.venue = is_passed ? dropcopy_venue(fold, d->order.venue_index) : 0};
	dropcopy_decision(fold, &head, order == NULL ? &asked : order, d->in);
}
