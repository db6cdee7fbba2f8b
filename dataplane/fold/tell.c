#include "dataplane/fold/tell.h"

#include "dataplane/fold/dropcopy.h"
#include "dataplane/fold/option.h"

void tell_owner(struct fold *fold, const struct own_order *order, struct ouch_out *out)
{
	out->ref = order->client_ref;
	memcpy(out->clordid, order->clordid, sizeof out->clordid);
	out->options.present &= ~(1u << OPTION_FIRM | 1u << OPTION_GROUP);
	option_answer(&out->options, order->client_index);
	fold_send_client(fold, order->session, order, out);
	dropcopy_answer(fold, order, out);
}

void tell_trader(struct fold *fold, const struct fill *whose, struct ouch_out *out)
{
	uint32_t slot = order_table_find_venue(&fold->orders, whose->venue, whose->venue_ref);
	struct own_order past = {.id = whose->order_id,
		.session = whose->session,
		.client_ref = whose->client_ref,
		.venue = whose->venue,
		.venue_ref = whose->venue_ref,
		.account = whose->account,
		.strategy = whose->strategy,
		.symbol = whose->symbol,
		.side = whose->side,
		.wire_side = whose->wire_side,
		.client_index = whose->client_index,
		.state = ORDER_DONE,
		.original = ORDER_NONE,
		.replacement = ORDER_NONE};
	memcpy(past.clordid, whose->clordid, sizeof past.clordid);
	tell_owner(fold, slot != ORDER_NONE ? &fold->orders.slots[slot] : &past, out);
}
