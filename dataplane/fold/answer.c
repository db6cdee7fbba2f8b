#include "dataplane/fold/answer.h"

#include "dataplane/fold/life.h"
#include "dataplane/orders/names.h"
#include "dataplane/fold/option.h"
#include "dataplane/fold/resolved.h"
#include "dataplane/fold/sweep.h"
#include "dataplane/fold/tell.h"
#include "dataplane/fold/trade.h"
#include "dataplane/fold/walk.h"

void answer_reject(struct fold *fold, const struct own_order *order, enum lane lane)
{
	struct ouch_out out = {.type = 'J',
		.reject_code = lane_rows[lane].ouch_code,
		.lane = (uint8_t)(lane + 1),
		.time_ns = fold_time_ns(fold)};
	tell_owner(fold, order, &out);
}

void answer_withheld(struct fold *fold, const struct own_order *order, enum withheld_reason reason)
{
	static const uint8_t lanes[] = {[WITHHELD_STOPPED] = LANE_KILLED,
		[WITHHELD_VENUE_DOWN] = LANE_VENUE_DOWN,
		[WITHHELD_VENUE_SLOW] = LANE_VENUE_SLOW,
		[WITHHELD_UNTRUE] = LANE_HALTED};
	answer_reject(fold, order, (enum lane)lanes[reason]);
}

void answer_cancel_withheld(struct fold *fold, struct own_order *order)
{
	struct ouch_out out = {.type = 'I', .time_ns = fold_time_ns(fold)};
	order->cancel_qty = 0;
	/* What the gate asked by itself was nobody's wish. */
	if (order->cancel_cause != CANCEL_BY_SELF_TRADE)
		tell_owner(fold, order, &out);
}

/* A reduction is asked for, and not there yet. */
static bool answer_is_larger(const struct own_order *order)
{
	return order->cancel_qty != 0 && order->executed_qty + order->open_qty > order->cancel_qty;
}

void answer_lose(struct own_order *order)
{
	order->is_size_lost = answer_is_larger(order);
}

void answer_ready(struct fold *fold, uint32_t venue)
{
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		struct own_order *order = &fold->orders.slots[slot];
		if (order->venue != venue || order->is_size_lost == 0)
			continue;
		order->is_size_lost = 0;
		if (answer_is_larger(order))
			answer_cancel_withheld(fold, order);
	}
}

/* An accepted order that our journal lost: its ClOrdID names account and order id. */
static uint32_t answer_adopt(struct fold *fold, uint32_t venue, const struct ouch_out *out)
{
	uint64_t account, order_id;
	enum side side;
	uint32_t symbol = refs_find(&fold->symbols, out->symbol);
	if (!names_clordid_read(out->clordid, &account, &order_id) || order_id == 0)
		return ORDER_NONE;
	if (site_account_find(fold->site, (uint32_t)account) == UINT32_MAX || symbol == SYMBOL_NONE)
		return ORDER_NONE;
	if (out->ref == 0 || order_table_is_full(&fold->orders) || !ouch50_side(out->side, &side))
		return ORDER_NONE;
	uint32_t slot = order_table_take(&fold->orders, order_id, 0, 0, (uint8_t)venue, out->ref);
	struct own_order *order = &fold->orders.slots[slot];
	if (order_id > fold->orders.last_id)
		fold->orders.last_id = order_id;
	if (out->ref >= fold->venues[venue].next_ref)
		fold->venues[venue].next_ref = (uint64_t)out->ref + 1;
	order->account = (uint16_t)account;
	order->symbol = symbol;
	order->side = (uint8_t)side;
	order->wire_side = out->side;
	order->price_e4 = ouch50_price(out->price_e4);
	order->qty = order->open_qty = out->qty;
	order->flags = ORDER_WAS_ANSWERED;
	life_move(fold, order, ORDER_SENT);
	order->entered_wall_ns = fold->turn.wall_ns;
	memcpy(order->clordid, out->clordid, sizeof order->clordid);
	life_begin(fold, order);
	resolved_back(fold, slot);
	/* A walk that is over by now, because of a kill or the day's end, has not seen it. */
	sweep_start(fold);
	return slot;
}

/* What an order holds follows what is open of it and at which price, and so does what it may come to in all. */
static void answer_settle(struct fold *fold, struct own_order *order)
{
	uint32_t room = UINT32_MAX - order->executed_qty;
	order->qty = order->executed_qty + (order->open_qty < room ? order->open_qty : room);
	life_settle(fold, order);
	life_cover(fold, order);
}

/* Born dead. */
static void answer_dead(struct fold *fold, uint32_t slot, struct ouch_out *out)
{
	struct own_order after = fold->orders.slots[slot];
	if (!life_allows(fold, &after, ORDER_WAS_REJECTED))
		return;
	after.open_qty = 0;
	tell_owner(fold, &after, out);
	life_step(fold, slot, ORDER_WAS_REJECTED);
}

static void answer_accepted(struct fold *fold, uint32_t slot, struct ouch_out *out)
{
	struct own_order *order = &fold->orders.slots[slot];
	if (out->order_state == 'D') {
		answer_dead(fold, slot, out);
		return;
	}
	if (!life_step(fold, slot, ORDER_WAS_ACCEPTED))
		return;
	order->order_reference = out->order_reference;
	selftrade_reprice(&fold->selftrade, slot, ouch50_price(out->price_e4));
	order->open_qty = out->qty;
	answer_settle(fold, order);
	tell_owner(fold, order, out);
}

static void answer_replaced(struct fold *fold, uint32_t venue, uint32_t slot, struct ouch_out *out)
{
	uint32_t old_slot =
		order_table_find_venue(&fold->orders, (uint8_t)venue, out->original_ref);
	struct own_order *order = &fold->orders.slots[slot];
	if (old_slot == ORDER_NONE || order->original != old_slot ||
		order_next((enum order_state)order->state, ORDER_WAS_ACCEPTED) == ORDER_FREE) {
		metrics_add(fold->metrics, METRIC_gate_venue_unknown, 1);
		return;
	}
	struct own_order *old = &fold->orders.slots[old_slot];
	uint32_t old_client_ref = old->client_ref, old_ref = old->venue_ref, ref = order->venue_ref;
	/* What risk held for both is now the replacement's; then it is settled to what is truly open. */
	order->reserved_qty += old->reserved_qty;
	order->reserved_value_e4 += old->reserved_value_e4;
	order->located_qty += old->located_qty;
	order_inherit(order, old);
	old->reserved_qty = 0;
	old->reserved_value_e4 = 0;
	old->located_qty = 0;
	old->replacement = ORDER_NONE;
	order->original = ORDER_NONE;
	order_table_follow(&fold->orders, slot);
	order->flags |= old->flags & (ORDER_PENDING_CANCEL | ORDER_CANCEL_LOST | ORDER_WAS_KILLED |
					     ORDER_KILL_SENT);
	if (old->flags & (ORDER_PENDING_CANCEL | ORDER_CANCEL_LOST))
		order->cancel_cause = old->cancel_cause;
	/* The stops that wait for the old number wait for the new one. */
	uint64_t moved = old->stops & ~order->stops;
	order->stops |= moved;
	old->stops &= ~moved;
	/* So does the name of a cancel, where it was the same client's. */
	if (order->session == old->session)
		ids_move_link(&fold->ids, order->session, old_client_ref, order->client_ref);
	life_step(fold, slot, ORDER_WAS_ACCEPTED);
	order->order_reference = out->order_reference;
	selftrade_reprice(&fold->selftrade, slot, ouch50_price(out->price_e4));
	order->open_qty = out->qty;
	answer_settle(fold, order);
	struct own_order after = *order;
	/* A cancel that was under way for the old number may have missed the new one: ask again. */
	if (order->flags & (ORDER_PENDING_CANCEL | ORDER_CANCEL_LOST)) {
		order->flags =
			(uint8_t)((order->flags & ~ORDER_PENDING_CANCEL) | ORDER_CANCEL_LOST);
		order->is_no_vague = 1;
		sweep_start(fold);
	}
	bool is_dead = out->order_state == 'D';
	after.open_qty = is_dead ? 0 : after.open_qty;
	out->original_ref = old_client_ref;
	tell_owner(fold, &after, out);
	life_step(fold, old_slot, ORDER_WAS_FINISHED);
	fills_follow(&fold->fills, (uint8_t)venue, old_ref, ref);
	if (is_dead)
		life_step(fold, slot, ORDER_WAS_FINISHED);
	else if (sweep_is_killed(fold, order))
		sweep_start(fold);
}

static void answer_reduced(struct fold *fold, uint32_t slot, struct ouch_out *out)
{
	struct own_order *order = &fold->orders.slots[slot];
	uint32_t qty = out->qty < order->open_qty ? out->qty : order->open_qty;
	enum order_event event = qty == order->open_qty ? ORDER_WAS_FINISHED : ORDER_WAS_REDUCED;
	if (!life_allows(fold, order, event))
		return;
	if (out->qty > order->open_qty)
		metrics_add(fold->metrics, METRIC_gate_venue_unknown, 1);
	order->open_qty -= qty;
	if (event == ORDER_WAS_REDUCED)
		answer_settle(fold, order);
	if (order->cancel_cause == CANCEL_BY_KILL && out->type == 'C')
		out->code = 'S';
	/* The gate asked, not the user. */
	if (order->cancel_cause == CANCEL_BY_SELF_TRADE && out->type == 'C' && out->code == 'U')
		out->code = 'Q';
	tell_owner(fold, order, out);
	life_step(fold, slot, event);
}

/* OUCH 5.0, Order Modified: what is open now, and which kind of sale.  A venue that opens more than there was
   is wrong, and held for. */
static void answer_modified(struct fold *fold, uint32_t slot, struct ouch_out *out)
{
	struct own_order *order = &fold->orders.slots[slot];
	enum side side = (enum side)order->side;
	enum order_event event = out->qty == 0 ? ORDER_WAS_FINISHED : ORDER_WAS_REDUCED;
	if (!life_allows(fold, order, event))
		return;
	bool is_ours = ouch50_side(out->side, &side) && side == (enum side)order->side;
	if (out->qty > order->open_qty || !is_ours)
		metrics_add(fold->metrics, METRIC_gate_venue_unknown, 1);
	if (is_ours)
		order->wire_side = out->side;
	order->open_qty = out->qty;
	if (event == ORDER_WAS_REDUCED)
		answer_settle(fold, order);
	tell_owner(fold, order, out);
	life_step(fold, slot, event);
}

/* OUCH 5.0, Order Priority Update: the exchange moved it, perhaps to another price, and its name changed. */
static void answer_moved(struct fold *fold, uint32_t slot, struct ouch_out *out)
{
	struct own_order *order = &fold->orders.slots[slot];
	if (!life_allows(fold, order, ORDER_WAS_REDUCED))
		return;
	order->order_reference = out->order_reference;
	order->display = out->display;
	selftrade_reprice(&fold->selftrade, slot, ouch50_price(out->price_e4));
	answer_settle(fold, order);
	tell_owner(fold, order, out);
	life_step(fold, slot, ORDER_WAS_REDUCED);
}

/* Replaced by a number that our journal lost.  The new order is adopted in the old one's place; whoever
   asked for it is told that the old one is gone. */
static uint32_t answer_adopt_replaced(struct fold *fold, uint32_t venue, const struct ouch_out *out)
{
	uint32_t old_slot =
		order_table_find_venue(&fold->orders, (uint8_t)venue, out->original_ref);
	if (old_slot == ORDER_NONE || fold->orders.slots[old_slot].replacement != ORDER_NONE)
		return ORDER_NONE;
	uint32_t slot = answer_adopt(fold, venue, out);
	if (slot == ORDER_NONE)
		return ORDER_NONE;
	struct own_order *old = &fold->orders.slots[old_slot], *order = &fold->orders.slots[slot];
	order->strategy = old->strategy;
	order->qty = out->qty + old->executed_qty;
	order->original = old_slot;
	old->replacement = slot;
	tell_gone(fold, old, 'Z');
	return slot;
}

/* The drop copy ended the order before its session told that it began: it stays ended, and what it replaced
   ends now. */
static bool answer_was_outrun(struct fold *fold, uint32_t venue, const struct ouch_out *out)
{
	const struct fill *past = fills_past(&fold->fills, (uint8_t)venue, out->ref);
	if ((out->type != 'A' && out->type != 'U') || past == NULL ||
		past->ended_by != SPEAKER_COPY)
		return false;
	uint32_t old_slot = out->type == 'U' ? order_table_find_venue(&fold->orders, (uint8_t)venue,
						       out->original_ref)
					     : ORDER_NONE;
	if (old_slot != ORDER_NONE) {
		tell_gone(fold, &fold->orders.slots[old_slot], 'Z');
		life_step(fold, old_slot, ORDER_WAS_FINISHED);
	}
	return true;
}

/* A message about a number that we do not know may bring an order that we must know. */
static void answer_unknown(struct fold *fold, uint32_t venue, struct ouch_out *out)
{
	uint32_t slot = ORDER_NONE;
	if (answer_was_outrun(fold, venue, out))
		return;
	if (out->type == 'U')
		slot = answer_adopt_replaced(fold, venue, out);
	if (slot != ORDER_NONE) {
		answer_replaced(fold, venue, slot, out);
		return;
	}
	if (out->type == 'A' || out->type == 'U')
		slot = answer_adopt(fold, venue, out);
	if (slot != ORDER_NONE)
		answer_accepted(fold, slot, out);
	else
		metrics_add(fold->metrics, METRIC_gate_venue_unknown, 1);
}

/* A cancel that the venue would not do.  A client's is over with that, also if it was to go again: he is told so.  Where the "no"
   may be of another request, the cancel is still owed: sent again it does no harm, and lost it does. */
static void answer_kept(struct fold *fold, struct own_order *order, struct ouch_out *out)
{
	bool is_his = order->cancel_cause == CANCEL_BY_CLIENT && order->is_no_vague == 0;
	order->flags &=
		(uint8_t) ~(ORDER_PENDING_CANCEL | (is_his ? (unsigned)ORDER_CANCEL_LOST : 0u));
	order->cancel_qty = 0;
	tell_owner(fold, order, out);
	walk_refused(fold, order);
}

static void answer_order(struct fold *fold, uint32_t venue, uint32_t slot, struct ouch_out *out)
{
	struct own_order *order = &fold->orders.slots[slot];
	if (order->resolved == RESOLVE_WORKING && resolved_heard(fold, slot, out))
		return;
	switch (out->type) {
	case 'A':
		answer_accepted(fold, slot, out);
		break;
	case 'U':
		answer_replaced(fold, venue, slot, out);
		break;
	case 'C':
	case 'D':
		answer_reduced(fold, slot, out);
		break;
	case 'M':
		answer_modified(fold, slot, out);
		break;
	case 'T':
		answer_moved(fold, slot, out);
		break;
	case 'J':
		tell_owner(fold, order, out);
		life_step(fold, slot, ORDER_WAS_REJECTED);
		break;
	case 'I':
		answer_kept(fold, order, out);
		break;
	default: /* P R: told to the client, no effect on what is open or at which price */
		tell_owner(fold, order, out);
		break;
	}
}

/* What an answer changes lies far when the order is old: all of it is asked for at once. */
static inline void answer_expect(struct fold *fold, uint32_t slot)
{
	if (slot == ORDER_NONE)
		return;
	const struct own_order *order = &fold->orders.slots[slot];
	risk_expect(fold->risk, order->symbol, order->row);
	order_table_expect(&fold->orders, order);
	selftrade_prefetch(&fold->selftrade, order->account, order->symbol);
}

void answer_said(struct fold *fold, uint32_t venue, struct ouch_out *out)
{
	uint32_t slot = order_table_find_venue(&fold->orders, (uint8_t)venue, out->ref);
	answer_expect(fold, slot);
	if (out->type == 'E')
		trade_executed(fold, (uint8_t)venue, slot, out);
	else if (out->type == 'B')
		trade_broken(fold, (uint8_t)venue, out);
	else if (out->type == 'F')
		trade_corrected(fold, (uint8_t)venue, out);
	else if (slot == ORDER_NONE)
		answer_unknown(fold, venue, out);
	else
		answer_order(fold, venue, slot, out);
}
