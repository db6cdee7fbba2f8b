#include "dataplane/fold/resolved.h"

#include "dataplane/fold/life.h"
#include "dataplane/fold/said.h"
#include "dataplane/fold/sweep.h"

bool resolved_heard(struct fold *fold, uint32_t slot, const struct ouch_out *out)
{
	struct own_order *order = &fold->orders.slots[slot];
	bool is_accepted = out->type == 'A' && out->order_state != 'D';
	order->resolved = 0;
	if (out->type == 'J' || (out->type == 'A' && !is_accepted))
		said_denied(fold, order->venue, order->id);
	if (!is_accepted)
		return false;
	order->order_reference = out->order_reference;
	if (order->executed_qty == 0) {
		selftrade_reprice(&fold->selftrade, slot, ouch50_price(out->price_e4));
		order->open_qty = out->qty;
		life_settle(fold, order);
		life_cover(fold, order);
	}
	return true;
}

/* The venue has it, and has told all it has. */
static void resolved_stays(struct fold *fold, struct own_order *order)
{
	struct fill *said = said_find(fold, order->venue, order->venue_ref);
	order->resolved = 0;
	if (said != NULL)
		said_take_back(fold, said, said->qty);
	said_denied(fold, order->venue, order->id);
}

void resolved_back(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	const struct fill *past = fills_past(&fold->fills, order->venue, order->venue_ref);
	if (past == NULL || past->ended_by != SPEAKER_PERSONS || past->order_id != order->id)
		return;
	uint16_t client = order_client(past->session, past->client_index);
	if (client != 0 && order_table_own(&fold->orders, slot, client, past->client_ref)) {
		fold->clients[0].orders_open--;
		fold->clients[order->session].orders_open++;
		memcpy(order->clordid, past->clordid, sizeof order->clordid);
	}
	order->strategy = past->strategy;
	/* What was said to be executed stands until it is taken back (said.h). */
	order->standing_qty = past->qty;
	order->executed_value_e4 = past->value_e4;
	order->resolved = RESOLVED_BACK;
	order->flags |= ORDER_CANCEL_LOST;
	order->is_no_vague = 1;
	order->cancel_cause = CANCEL_BY_PERSONS;
	if (fold->venues[order->venue].is_ready)
		resolved_stays(fold, order);
	sweep_start(fold);
}

void resolved_ready(struct fold *fold, uint32_t venue)
{
	if (fold->resolved_count == 0)
		return;
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		struct own_order *order = &fold->orders.slots[slot];
		if (order->venue == venue && order->resolved == RESOLVED_BACK)
			resolved_stays(fold, order);
	}
}

void resolved_unseen(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	order->resolved = 0;
	if (order->executed_qty == 0)
		life_move(fold, order, ORDER_UNCERTAIN);
	said_denied(fold, order->venue, order->id);
}
