#include "dataplane/fold/tell.h"

#include "dataplane/fold/dropcopy.h"
#include "dataplane/fold/option.h"
#include "dataplane/fold/standing.h"

/* Whether the cancel that waits for its answer, if one does (ids.h), has it with this. */
static bool tell_ends_cancel(const struct own_order *order, const struct ouch_out *out)
{
	bool is_less = out->type == 'C' || out->type == 'D' || out->type == 'M';
	return out->type == 'I' || (is_less && order->open_qty == 0);
}

void tell_owner(struct fold *fold, const struct own_order *order, struct ouch_out *out)
{
	out->ref = order->client_ref;
	memcpy(out->clordid, order->clordid, sizeof out->clordid);
	out->options.present &= ~(1u << OPTION_FIRM | 1u << OPTION_GROUP);
	option_answer(&out->options, order->client_index);
	fold_send_client(fold, order->session, order, out);
	dropcopy_answer(fold, order, out);
	if (tell_ends_cancel(order, out) &&
		ids_text(&fold->ids, order->session, order->client_ref)->link != 0)
		ids_link(&fold->ids, order->session, order->client_ref, 0);
}

void tell_gone(struct fold *fold, const struct own_order *order, uint8_t code)
{
	struct own_order after = *order;
	struct ouch_out gone = {
		.type = 'C', .qty = order->open_qty, .code = code, .time_ns = fold_time_ns(fold)};
	after.open_qty = 0;
	tell_owner(fold, &after, &gone);
}

void tell_too_late(struct fold *fold, const struct own_order *order)
{
	struct ouch_out out = {.type = 'I', .time_ns = fold_time_ns(fold)};
	const struct protocol_orders *protocol = fold->clients[order->session].protocol;
	if (protocol == NULL || !protocol->answers_all)
		return;
	if (ids_text(&fold->ids, order->session, order->client_ref)->link != 0)
		tell_owner(fold, order, &out);
	out = (struct ouch_out){.type = 'J', .time_ns = fold_time_ns(fold)};
	if (order->replacement != ORDER_NONE)
		tell_owner(fold, &fold->orders.slots[order->replacement], &out);
}

void tell_trader(struct fold *fold, const struct fill *whose, struct ouch_out *out)
{
	struct own_order past;
	const struct own_order *order = standing_order(fold, whose, &past);
	out->ref = whose->client_ref;
	out->order_reference = whose->order_id;
	memcpy(out->clordid, whose->clordid, sizeof out->clordid);
	out->options.present &= ~(1u << OPTION_FIRM | 1u << OPTION_GROUP);
	option_answer(&out->options, whose->client_index);
	fold_send_client(fold, order->session, order, out);
	dropcopy_trade(fold, whose, order, out);
}
