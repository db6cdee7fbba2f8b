#include "dataplane/fold/entry.h"

#include "dataplane/fold/cancel.h"
#include "dataplane/fold/decision.h"
#include "dataplane/fold/mass.h"
#include "dataplane/orders/names.h"
#include "dataplane/fold/option.h"
#include "dataplane/fold/prevention.h"
#include "dataplane/fold/receipt.h"
#include "dataplane/fold/settle.h"
#include "dataplane/fold/tell.h"
#include "dataplane/fold/truth.h"

/* One writer: a load and a store, no locked addition. */
static void entry_count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

APART static void entry_refuse(struct fold *fold, const struct decision *d)
{
	risk_refuse(fold->risk, &fold->turn, &d->order, &d->verdict, d->order_id);
	receipt_write(fold, d, 0);
	receipt_copy(fold, d, 0, NULL);
	struct ouch_out out = {.type = 'J', .ref = d->in->ref, .time_ns = fold_time_ns(fold)};
	out.reject_code = lane_rows[d->verdict.lane].ouch_code;
	out.lane = (uint8_t)(d->verdict.lane + 1);
	out.side = d->in->side;
	out.qty = d->in->qty;
	out.price_e4 = d->in->price_e4;
	out.symbol = d->in->symbol;
	out.original_ref = d->in->original_ref;
	memcpy(out.clordid, d->in->clordid, sizeof out.clordid);
	fold->orders_refused++;
	fold->clients[d->order.session].balance.refused++;
	metrics_add(fold->metrics, METRIC_gate_orders_refused, 1);
	entry_count(&fold->metrics->refused[d->verdict.lane]);
	for (uint64_t mask = d->verdict.mask; mask != 0; mask &= mask - 1)
		entry_count(&fold->metrics->breached[__builtin_ctzll(mask)]);
	option_answer(&out.options, option_index(&d->in->options));
	fold_send_client(fold, d->order.session,
		d->original == ORDER_NONE ? NULL : &fold->orders.slots[d->original], &out);
	if (UNLIKELY(d->order.is_self_trade))
		prevention_act(fold, d);
}

/* The message that goes to the venue: the client's own, under our number, ClOrdID and firm. */
static void entry_compose(struct fold *fold, uint32_t slot, const struct decision *d)
{
	const struct own_order *order = &fold->orders.slots[slot];
	struct fold_egress *egress =
		fold_queue_egress(fold, slot, (enum decision_kind)d->order.kind);
	memcpy(&egress->message, d->in, offsetof(struct ouch_in, options));
	option_pass(&egress->message.options, &d->in->options);
	egress->message.ref = order->venue_ref;
	egress->message.price_e4 = (uint64_t)order->price_e4;
	if (d->order.kind == DECISION_REPLACE) {
		const struct own_order *original = &fold->orders.slots[d->original];
		egress->message.original_ref = original->venue_ref;
		names_clordid(egress->message.original_clordid, original->account, original->id);
	}
	names_clordid(egress->message.clordid, order->account, order->id);
	const char *firm = fold->venues[order->venue].config->firm;
	if (firm[0] != '\0' && d->order.kind == DECISION_ENTER) {
		egress->message.options.present |= 1u << 2;
		egress->message.options.value[2] = (int64_t)names_mpid(firm);
	}
}

/* What is looked at before the order leaves; the rest of it follows (settle.c). */
static void entry_take(struct fold *fold, struct decision *d)
{
	struct fold_venue *venue = &fold->venues[d->order.venue_index];
	const struct ouch_in *in = d->in;
	uint32_t venue_ref = (uint32_t)d->venue_ref;
	venue->next_ref = (uint64_t)venue_ref + 1;
	receipt_write(fold, d, venue_ref);
	uint32_t slot = order_table_claim(&fold->orders, d->order_id,
		order_client(d->order.session, option_index(&in->options)), in->ref,
		d->order.venue_index, venue_ref);
	struct own_order *order = &fold->orders.slots[slot];
	const struct own_order *original =
		LIKELY(d->original == ORDER_NONE) ? NULL : &fold->orders.slots[d->original];
	order->account = d->order.account;
	order->strategy = d->order.strategy;
	order->symbol = d->order.symbol;
	order->wire_side = receipt_wire_side(fold, d);
	order->price_e4 = d->order.price_e4;
	order->qty = in->qty;
	order->time_in_force = in->time_in_force;
	order->display = in->display;
	order->capacity = original != NULL ? original->capacity : in->capacity;
	order->iso = in->iso;
	order->passing = truth_options(&in->options);
	order->cross_type = original != NULL ? original->cross_type : in->cross_type;
	order->original = d->original;
	d->slot = slot;
	fold->is_unsettled = true;
	fold->orders_passed++; /* fold (3) */
	fold->clients[order->session].balance.passed++;
	metrics_add(fold->metrics, METRIC_gate_orders_passed, 1);
	entry_compose(fold, slot, d);
}

/* Where a client's message about one order finds it. */
static uint32_t entry_find(const struct fold *fold, uint32_t session, const struct ouch_in *in)
{
	return order_table_find_client(&fold->orders,
		order_client((uint16_t)session, option_index(&in->options)), in->ref);
}

/* Says what OUCH would pass over in silence, to a client whose protocol has a word for it. */
APART static void entry_answer(
	struct fold *fold, uint32_t session, const struct ouch_in *in, uint8_t type, unsigned lane)
{
	struct ouch_out out = {.type = type, .ref = in->ref, .time_ns = fold_time_ns(fold)};
	out.reject_code = lane < LANE_COUNT ? lane_rows[lane].ouch_code : 0;
	out.lane = lane < LANE_COUNT ? (uint8_t)(lane + 1) : 0;
	out.original_ref = in->original_ref;
	memcpy(out.clordid, in->clordid, sizeof out.clordid);
	option_answer(&out.options, option_index(&in->options));
	uint32_t slot = entry_find(fold, session, in);
	fold_send_client(
		fold, session, slot == ORDER_NONE ? NULL : &fold->orders.slots[slot], &out);
}

/* An id that found no room has no number either: such an order is refused, not taken for an old one. */
static void entry_decide(
	struct fold *fold, uint32_t session, const struct ouch_in *in, bool is_id_full)
{
	struct fold_client *client = &fold->clients[session];
	uint8_t index = option_index(&in->options);
	fold->orders_in++;
	client->balance.in++;
	metrics_add(fold->metrics, METRIC_gate_orders_in, 1);
	if (UNLIKELY(in->ref <= client->last_refs[index] && !is_id_full)) {
		fold->orders_ignored++;
		client->balance.ignored++;
		metrics_add(fold->metrics, METRIC_gate_orders_ignored, 1);
		if (client->protocol->answers_all)
			entry_answer(fold, session, in, 'J', LANE_DUPLICATE_ID);
		return;
	}
	if (!is_id_full)
		client->last_refs[index] = in->ref;
	struct decision *d = fold->decision;
	decision_begin(d, in, ++fold->orders.last_id);
	if (in->type == 'U')
		d->original = order_table_find_client(
			&fold->orders, order_client((uint16_t)session, index), in->original_ref);
	decision_describe(fold, d, session);
	d->order.is_table_full |= is_id_full || d->order_id >= fold->orders.id_end;
	risk_judge(
		fold->risk, &fold->turn, fold_top(fold, d->order.symbol), &d->order, &d->verdict);
	if (UNLIKELY(fold->beside != NULL))
		fold->beside->judged(fold->beside->context, d->order_id, &d->order, &d->verdict);
	if (LIKELY(d->verdict.mask == 0)) {
		entry_take(fold, d);
	} else {
		entry_refuse(fold, d);
	}
}

/* A cancel that finds no token is told so: silence would look like a cancel under way. */
static void entry_refuse_cancel(
	struct fold *fold, uint32_t session, const struct ouch_in *in, uint32_t slot)
{
	const struct own_order *order = &fold->orders.slots[slot];
	struct decision d = {
		.in = in, .order_id = order->id, .original = ORDER_NONE, .met = ORDER_NONE};
	d.order = (struct risk_order){
		.session = (uint16_t)session,
		.account = order->account,
		.strategy = order->strategy,
		.kind = DECISION_CANCEL,
		.side = order->side,
		.symbol = order->symbol,
		.qty = in->qty,
		.price_e4 = order->price_e4,
	};
	d.verdict = (struct verdict){.mask = 1ull << LANE_SESSION_RATE,
		.lane = LANE_SESSION_RATE,
		.owner_scope = SCOPE_SESSION};
	receipt_write(fold, &d, 0);
	receipt_copy(fold, &d, 0, order);
	struct ouch_out out = {.type = 'I', .time_ns = fold_time_ns(fold)};
	tell_owner(fold, order, &out);
}

APART static void entry_client_cancel(struct fold *fold, uint32_t session, const struct ouch_in *in)
{
	uint32_t slot = entry_find(fold, session, in);
	metrics_add(fold->metrics, METRIC_gate_cancels_in, 1);
	bool is_pending =
		slot != ORDER_NONE && (fold->orders.slots[slot].flags & ORDER_PENDING_CANCEL) != 0;
	if (slot == ORDER_NONE || is_pending) {
		metrics_add(fold->metrics, METRIC_gate_cancels_ignored, 1);
		if (fold->clients[session].protocol->answers_all)
			entry_answer(fold, session, in, 'I', LANE_COUNT);
		return;
	}
	/* A size that the venue has no word for is not turned into none at all. */
	const struct own_order *order = &fold->orders.slots[slot];
	if (in->qty != 0 && fold->venues[order->venue].protocol->cancels_whole) {
		entry_answer(fold, session, in, 'I', LANE_COUNT);
		return;
	}
	if (!fold_cancel_take(fold, session) || !cancel_ask(fold, slot, in->qty, CANCEL_BY_CLIENT))
		entry_refuse_cancel(fold, session, in, slot);
}

/* OUCH 5.0, Modify Order: less of it, never more.  Another kind of sale is another judgement (Reg SHO), which a
   modify does not get: it is asked for by a replace, and so is what no modify has among its options.  What is under way
   already is not modified. */
static bool entry_may_modify(const struct own_order *order, const struct ouch_in *in)
{
	bool is_asked = (order->flags & (ORDER_PENDING_CANCEL | ORDER_PENDING_REPLACE)) != 0;
	return !is_asked && option_modifies(&in->options) && in->side == order->wire_side &&
	       in->qty >= 1 && in->qty <= order->executed_qty + order->open_qty;
}

/* A modify goes the way of a cancel: a wish of the moment, which the venue answers or not. */
static bool entry_modify(struct fold *fold, uint32_t slot, const struct ouch_in *in)
{
	struct own_order *order = &fold->orders.slots[slot];
	if (fold_egress_room(fold) == 0)
		return false;
	struct cancel_record *record = fold_record(fold, RECORD_CANCEL, sizeof *record);
	record->order_id = order->id;
	record->venue_ref = order->venue_ref;
	record->qty = in->qty;
	record->cause = CANCEL_BY_CLIENT;
	order->cancel_qty = in->qty;
	order->cancel_type = 'M';
	order->cancel_passing = truth_options(&in->options);
	order->is_size_lost = 0;
	order->is_no_vague = 1;
	risk_cancelled(fold->risk, &fold->turn, order->account);
	order->cancel_cause = CANCEL_BY_CLIENT;
	struct fold_egress *egress = fold_queue_egress(fold, slot, DECISION_CANCEL);
	egress->message = *in;
	egress->message.ref = order->venue_ref;
	names_clordid(egress->message.clordid, order->account, order->id);
	option_strip(&egress->message.options);
	return true;
}

APART static void entry_client_modify(struct fold *fold, uint32_t session, const struct ouch_in *in)
{
	uint32_t slot = entry_find(fold, session, in);
	metrics_add(fold->metrics, METRIC_gate_cancels_in, 1);
	if (slot == ORDER_NONE) {
		metrics_add(fold->metrics, METRIC_gate_cancels_ignored, 1);
		return;
	}
	const struct own_order *order = &fold->orders.slots[slot];
	struct ouch_out out = {.type = 'I', .time_ns = fold_time_ns(fold)};
	if (!entry_may_modify(order, in) ||
		!decision_can_be_told(&fold->venues[order->venue], in, order))
		tell_owner(fold, order, &out);
	else if (!fold_cancel_take(fold, session) || !entry_modify(fold, slot, in))
		entry_refuse_cancel(fold, session, in, slot);
}

APART static void entry_client_query(struct fold *fold, uint32_t session, const struct ouch_in *in)
{
	uint8_t index = option_index(&in->options);
	struct ouch_out out = {.type = 'Q',
		.time_ns = fold_time_ns(fold),
		.ref = fold->clients[session].last_refs[index] + 1};
	option_answer(&out.options, index);
	fold_send_client(fold, session, NULL, &out);
}

struct entry_aim entry_peek(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	const struct fold_client *client = &fold->clients[session];
	const struct protocol_orders *protocol = client->protocol;
	struct entry_aim aim = {.symbol = protocol->client_symbol(fold, session, bytes, size_bytes),
		.account = (uint16_t)client->config->default_account};
	if (aim.symbol != SYMBOL_NONE && protocol->client_account != NULL)
		aim.account = protocol->client_account(fold, session, bytes, size_bytes);
	return aim;
}

/* Reads a message into the decision. */
static void entry_read(
	struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	struct decision *d = fold->decision;
	const struct fold_client *client = &fold->clients[session];
	d->heard =
		(uint8_t)client->protocol->client_in(fold, session, bytes, size_bytes, &d->message);
	bool is_filled = d->heard == PROTOCOL_TAKEN || d->heard == PROTOCOL_FULL;
	if (is_filled && d->message.type == 'O')
		decision_name(fold, d, session);
}

struct entry_aim entry_look(
	struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	struct decision *d = fold->decision;
	if (UNLIKELY(!fold->clients[session].protocol->hears_alone))
		return entry_peek(fold, session, bytes, size_bytes);
	fold_settle(fold); /* by the message before */
	entry_read(fold, session, bytes, size_bytes);
	d->looked_bytes = size_bytes;
	return LIKELY(d->heard == PROTOCOL_TAKEN && d->message.type == 'O')
		       ? (struct entry_aim){.symbol = d->symbol, .account = d->account}
		       : entry_peek(fold, session, bytes, size_bytes);
}

void entry_apply(struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	struct decision *d = fold->decision;
	struct ouch_in *in = &d->message;
	struct fold_client *client = &fold->clients[session];
	client->messages_in++;
	metrics_add(fold->metrics, METRIC_gate_messages_in, 1);
	if (d->looked_bytes == 0) {
		d->heard = PROTOCOL_BAD;
		if (fold_may_speak(client))
			entry_read(fold, session, bytes, size_bytes);
		if (d->heard == PROTOCOL_TAKEN && in->type == 'O') /* who looked has asked */
			risk_approach(fold->risk, d->account, d->symbol);
	}
	d->looked_bytes = 0;
	enum protocol_verdict verdict = (enum protocol_verdict)d->heard;
	if (verdict == PROTOCOL_DONE)
		return;
	if (verdict == PROTOCOL_BAD) {
		metrics_add(fold->metrics, METRIC_gate_bad_messages, 1);
		return;
	}
	switch (in->type) {
	case 'O':
	case 'U':
		entry_decide(fold, session, in, verdict == PROTOCOL_FULL);
		break;
	case 'X':
		entry_client_cancel(fold, session, in);
		break;
	case 'Q':
		entry_client_query(fold, session, in);
		break;
	case 'M':
		entry_client_modify(fold, session, in);
		break;
	case 'N': /* OUCH 4.2, Trade Now: for orders that the gate does not take */
		metrics_add(fold->metrics, METRIC_gate_cancels_ignored, 1);
		break;
	default: /* C D E */
		mass_request(fold, session, in);
		break;
	}
}
