#include "dataplane/gate/route.h"

#include "dataplane/fold/truth.h"
#include "dataplane/gate/turn.h"

/* The strictest state that a board holds for an order beyond what was latched. */
static enum trading_state route_board_state(const struct gate *gate, const struct stop_board *board,
	enum stop_writer writer, const struct own_order *order)
{
	const uint32_t words[] = {
		0,
		STOP_VENUE_BASE + gate->fold->latches.venue_places[order->venue],
		STOP_SESSION_BASE + order->session,
		STOP_ACCOUNT_BASE + order->account,
		STOP_STRATEGY_BASE + order->strategy,
		STOP_SYMBOL_BASE + order->symbol,
	};
	enum trading_state strictest = STATE_ACTIVE;
	for (uint32_t i = 0; i < ARRAY_COUNT(words); i++) {
		uint64_t word = atomic_load_explicit(&board->words[words[i]], memory_order_relaxed);
		bool is_news = !latches_has_seen(&gate->fold->latches, writer, words[i], word);
		if (is_news && stop_word_state(word) > strictest)
			strictest = stop_word_state(word);
	}
	return strictest;
}

/* A stop that came after this turn began: an order it covers stays here.  Reduce-only withholds too: the
   judge did not know it, and a withheld order can be sent again by its owner. */
APART static bool route_is_stopped(const struct gate *gate, const struct own_order *order)
{
	const struct stop_board *boards[] = {
		gate->control_seen != NULL ? &gate->control_seen->stops : NULL,
		&gate->region->door_stops};
	for (uint32_t i = 0; i < ARRAY_COUNT(boards); i++) {
		if (boards[i] == NULL)
			continue;
		uint64_t epoch = atomic_load_explicit(&boards[i]->epoch, memory_order_acquire);
		if (epoch != gate->stop_epoch[i] &&
			route_board_state(gate, boards[i], (enum stop_writer)i, order) >=
				STATE_REDUCE_ONLY)
			return true;
	}
	return false;
}

/* The gate halted since it judged this: on its own, by what it handed over before. */
static bool route_has_tripped(const struct gate *gate, const struct own_order *order)
{
	return latches_binding(&gate->fold->latches, order->venue, order->session, order->account,
		       order->strategy, order->symbol) >= STATE_HALTED;
}

static enum withheld_reason route_look(const struct gate *gate, const struct fold_egress *egress)
{
	const struct fold_venue *venue = &gate->fold->venues[egress->venue];
	if (!venue->is_connected || gate->venues[egress->venue].connection.session == 0)
		return WITHHELD_VENUE_DOWN;
	uint32_t slot = fold_egress_slot(gate->fold, egress);
	if (slot == ORDER_NONE)
		return WITHHELD_STOPPED; /* it ended meanwhile: there is nothing to say of it, nor to hold it to */
	if (egress->kind == DECISION_CANCEL)
		return 0;
	if (!venue->is_ready)
		return WITHHELD_VENUE_DOWN;
	if ((gate->fold->turn.venue_slow_mask & 1u << egress->venue) != 0)
		return WITHHELD_VENUE_SLOW;
	const struct own_order *order = &gate->fold->orders.slots[slot];
	bool is_stopped = (UNLIKELY(gate_has_stop_news(gate)) && route_is_stopped(gate, order)) ||
			  route_has_tripped(gate, order);
	return is_stopped ? WITHHELD_STOPPED : 0;
}

bool route_one(struct gate *gate)
{
	const struct fold_egress *egress = fold_egress_front(gate->fold);
	uint8_t packet[SESSION_HEADER_BYTES + MESSAGE_BYTES_MAX];
	if (egress == NULL)
		return false;
	struct gate_venue *link = &gate->venues[egress->venue];
	const struct protocol_orders *protocol = gate->fold->venues[egress->venue].protocol;
	uint32_t size = protocol->venue_out(
		gate->fold, egress, packet + SESSION_HEADER_BYTES, MESSAGE_BYTES_MAX);
	enum withheld_reason reason = route_look(gate, egress);
	/* Last, so that nothing comes between the look and the wire. */
	if (reason == 0 && (size == 0 || !truth_holds(gate->fold, egress,
						 packet + SESSION_HEADER_BYTES, size)))
		reason = WITHHELD_UNTRUE;
	if (reason == 0 && !link->connection.kind->venue_put(gate, link, packet, size))
		reason = WITHHELD_VENUE_SLOW;
	struct sent_record *sent =
		gate_input(gate, reason == 0 ? RECORD_SENT : RECORD_WITHHELD, sizeof *sent);
	sent->order_id = egress->order_id;
	sent->venue_ref = egress->venue_ref;
	sent->kind = egress->kind;
	sent->reason = (uint8_t)reason;
	gate_commit(gate, sent);
	return true;
}
