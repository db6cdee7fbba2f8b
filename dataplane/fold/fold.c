#include "dataplane/fold/fold.h"

#include "dataplane/fold/answer.h"
#include "dataplane/fold/clients.h"
#include "dataplane/fold/copyin.h"
#include "dataplane/fold/day.h"
#include "dataplane/fold/entry.h"
#include "dataplane/fold/epochs.h"
#include "dataplane/fold/hear.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/peers.h"
#include "dataplane/fold/resolve.h"
#include "dataplane/fold/stops.h"
#include "dataplane/fold/sweep.h"
#include "dataplane/fold/walk.h"

bool fold_needs_turn(const struct fold *fold, uint32_t slow_mask)
{
	bool is_due = (fold->sweep_due_mask & ~slow_mask) != 0;
	return (fold->is_sweeping || is_due) && fold_egress_room(fold) > 0;
}

static void fold_reserve_refs(struct fold *fold, uint32_t venue)
{
	struct fold_venue *v = &fold->venues[venue];
	uint64_t next = fold_next_ref(fold, v);
	if (next + RESERVE_AHEAD <= v->reserved_ref || next + RESERVE_STEP > UINT32_MAX)
		return;
	v->reserved_ref = next + RESERVE_STEP;
	struct reserve_record *record = fold_record(fold, RECORD_RESERVE, sizeof *record);
	record->session = v->config->session_id;
	record->up_to = v->reserved_ref;
}

/* An order that left, or stays, by its session and its venue. */
static void fold_count_sent(struct fold *fold, const struct fold_egress *egress, bool was_sent)
{
	struct session_balance *balance = &fold->clients[egress->session].balance;
	if (egress->kind == DECISION_CANCEL)
		return;
	fold->orders_sent += was_sent;
	fold->orders_withheld += !was_sent;
	balance->sent += was_sent;
	balance->withheld += !was_sent;
	fold->venues[egress->venue].orders_sent += was_sent;
	fold_tell_unanswered(fold);
}

static void fold_boot(struct fold *fold, const struct boot_record *boot)
{
	day_boot(fold, boot);
	/* What stood in the queue may have been handed over: its orders count as sent. */
	for (; fold->egress_head != fold->egress_tail; fold->egress_head++)
		fold_count_sent(fold, fold_egress_front(fold), true);
	epochs_boot(fold, boot->wall_ns);
	stops_tell(fold);
	for (uint32_t i = 0; i < SESSION_COUNT_MAX; i++) {
		struct session_record down = {.session = i, .change = SESSION_CLIENT_DOWN};
		const struct protocol_orders *protocol = fold->clients[i].protocol;
		clients_lose(fold, i);
		if (protocol != NULL && protocol->changed != NULL)
			protocol->changed(fold, &down);
	}
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		copyin_changed(
			fold, i, &(const struct session_record){.change = SESSION_VENUE_DOWN});
		peers_lose_venue(fold, i);
		/* Numbers up to here may have been used by orders whose records were lost with the machine. */
		struct fold_venue *v = &fold->venues[i];
		struct session_record down = {
			.session = v->config->session_id, .change = SESSION_VENUE_DOWN};
		if (v->protocol->changed != NULL)
			v->protocol->changed(fold, &down);
		if (v->reserved_ref > v->next_ref)
			v->next_ref = v->reserved_ref;
		if (v->protocol->has_text_refs && v->next_ref > fold->orders.last_id + 1)
			fold->orders.last_id = v->next_ref - 1;
	}
}

/* What a turn may have to do beside being the one in force. */
APART static void fold_turn_work(struct fold *fold, uint32_t venue_slow_mask)
{
	epochs_turn(fold);
	for (uint32_t i = 0; i < fold->site->venue_count; i++)
		fold_reserve_refs(fold, i);
	bool is_due = fold_is_due(fold, fold->turn.now_ns);
	if ((fold->sweep_due_mask & ~venue_slow_mask) != 0 || is_due)
		sweep_start(fold);
	fold->sweep_again_ns = is_due ? 0 : fold->sweep_again_ns;
	fold->sweep_due_mask &= venue_slow_mask;
	copyin_turn(fold);
	walk_on(fold);
}

static inline bool fold_lacks_refs(const struct fold *fold)
{
	bool lacks = false;
	for (uint32_t i = 0; i < fold->site->venue_count; i++)
		lacks |= fold_next_ref(fold, &fold->venues[i]) + RESERVE_AHEAD >
			 fold->venues[i].reserved_ref;
	return lacks;
}

void fold_turn(struct fold *fold, const struct turn_inputs *turn)
{
	fold_settle(fold);
	turn_inputs_copy(&fold->turn, turn);
	fold->top_count = 0;
	bool has_work = fold->is_sweeping || fold->sweep_due_mask != 0 || fold->copy_mask != 0 ||
			epochs_are_due(&fold->epochs, fold->turn.now_ns) ||
			fold_is_due(fold, fold->turn.now_ns) || fold_lacks_refs(fold);
	if (UNLIKELY(has_work))
		fold_turn_work(fold, fold->turn.venue_slow_mask);
}

void fold_client_in(struct fold *fold, const struct message_record *message)
{
	fold_settle(fold);
	if (message->session < SESSION_COUNT_MAX)
		entry_apply(fold, message->session, (const uint8_t *)(message + 1),
			message->size_bytes);
}

APART static void fold_venue_in(struct fold *fold, const struct message_record *message)
{
	uint32_t venue = peers_venue_of(fold, message->session);
	uint32_t copy_of = copyin_venue_of(fold, message->session);
	if (copy_of != UINT32_MAX)
		copyin_message(fold, copy_of, message);
	if (venue == UINT32_MAX || message->sequence != fold->venues[venue].last_sequence + 1)
		return; /* seen before: a replay of the venue's overlaps what we have */
	fold->venues[venue].last_sequence = message->sequence;
	hear_venue(fold, venue, (const uint8_t *)(message + 1), message->size_bytes);
}

static void fold_sent_order(
	struct fold *fold, const struct sent_record *sent, uint32_t slot, bool was_sent)
{
	if (was_sent) {
		metrics_add(fold->metrics, METRIC_gate_sent, 1);
		life_step(fold, slot, ORDER_WAS_SENT);
		return;
	}
	metrics_add(fold->metrics, METRIC_gate_withheld, 1);
	answer_withheld(fold, &fold->orders.slots[slot], (enum withheld_reason)sent->reason);
	life_step(fold, slot, ORDER_WAS_WITHHELD);
}

/* A whole cancel is owed until the venue has it; a smaller size was a wish of that moment. */
static void fold_withheld_cancel(struct fold *fold, uint32_t slot, enum withheld_reason reason)
{
	struct own_order *order = &fold->orders.slots[slot];
	if (order->cancel_qty != 0) {
		answer_cancel_withheld(fold, order);
		return;
	}
	order->flags = (uint8_t)((order->flags & ~ORDER_PENDING_CANCEL) | ORDER_CANCEL_LOST);
	order->is_no_vague = 1;
	if (reason == WITHHELD_VENUE_SLOW || reason == WITHHELD_UNTRUE)
		fold->sweep_due_mask |= 1u << order->venue;
}

APART static void fold_sent(struct fold *fold, const struct sent_record *sent, bool was_sent)
{
	const struct fold_egress *front = fold_egress_front(fold);
	CHECK(front != NULL && front->order_id == sent->order_id && front->kind == sent->kind);
	uint32_t slot = fold_egress_slot(fold, front);
	fold->egress_head++;
	if (!was_sent && sent->reason == WITHHELD_UNTRUE) {
		metrics_add(fold->metrics, METRIC_gate_untrue, 1);
		stops_trip(fold, SCOPE_FIRM, 0, "what would leave is not what was decided");
	}
	const struct protocol_orders *protocol = fold->venues[front->venue].protocol;
	if (was_sent && protocol->venue_sent != NULL)
		protocol->venue_sent(fold, front);
	fold_count_sent(fold, front, was_sent);
	if (slot == ORDER_NONE)
		return; /* the venue finished it meanwhile */
	if (front->kind != DECISION_CANCEL)
		fold_sent_order(fold, sent, slot, was_sent);
	else if (was_sent)
		metrics_add(fold->metrics, METRIC_gate_cancels_sent, 1);
	else
		fold_withheld_cancel(fold, slot, (enum withheld_reason)sent->reason);
}

/* A row that was taken is not taken again, whoever says it. */
static void fold_position(struct fold *fold, const struct position_record *position)
{
	if (position->place != fold->positions_taken || position->account >= ACCOUNT_COUNT_MAX ||
		position->symbol >= fold->site->symbol_count)
		return;
	fold->positions_taken++;
	risk_start(fold->risk, (uint16_t)position->account, position->symbol, position->shares,
		position->cost_e4, position->price_e4);
}

static void fold_mark(struct fold *fold, const struct mark_record *mark)
{
	risk_mark(fold->risk, (uint16_t)mark->account, mark->symbol, mark->price_e4);
}

static void fold_rate(struct fold *fold, const struct rate_record *rate)
{
	risk_rate(fold->risk, rate->currency, rate->rate_e8, rate->as_of_wall_ns);
}

void fold_take_top(struct fold *fold, const struct top_used *top)
{
	fold_settle(fold);
	if (fold->top_count < BURST_COUNT_MAX)
		top_used_copy(&fold->tops[fold->top_count++], top);
}

/* What comes seldom.  Apart, so that what comes with every order need not make room for all of it. */
APART static void fold_apply_rare(struct fold *fold, const struct record *record)
{
	const void *body = record_body(record);
	switch (record->type) {
	case RECORD_BOOT:
		fold_boot(fold, body);
		break;
	case RECORD_STOP:
		stops_apply(fold, body);
		break;
	case RECORD_RELEASE:
		stops_release(fold, body);
		break;
	case RECORD_LIMIT_ROW:
	case RECORD_LIMIT_EPOCH:
	case RECORD_LIMIT_WORD:
	case RECORD_LEASE:
		epochs_apply(fold, record);
		break;
	case RECORD_DAY:
		day_apply(fold, body);
		break;
	case RECORD_RESOLVE:
		resolve_apply(fold, body);
		break;
	case RECORD_ACKNOWLEDGE:
		copyin_acknowledge(fold, body);
		break;
	case RECORD_SESSION:
		peers_changed(fold, body);
		break;
	case RECORD_MARK:
		fold_mark(fold, body);
		break;
	case RECORD_POSITION:
		fold_position(fold, body);
		break;
	case RECORD_RATE:
		fold_rate(fold, body);
		break;
	case RECORD_WITHHELD:
		fold_sent(fold, body, false);
		break;
	case RECORD_RESERVED:
		peers_reserved(fold, body);
		break;
	default:
		break;
	}
}

void fold_apply(struct fold *fold, const struct record *record)
{
	const void *body = record_body(record);
	fold_settle(fold);
	switch (record->type) {
	case RECORD_TURN:
		fold_turn(fold, body);
		break;
	case RECORD_TOP:
		fold_take_top(fold, body);
		break;
	case RECORD_CLIENT_IN:
		fold_client_in(fold, body);
		break;
	case RECORD_VENUE_IN:
		fold_venue_in(fold, body);
		break;
	case RECORD_SENT:
		fold_sent(fold, body, true);
		break;
	default:
		fold_apply_rare(fold, record);
		break;
	}
}
