#include "dataplane/gate/sweep.h"

#include "dataplane/gate/entry.h"

void sweep_start(struct fold *fold)
{
	fold->is_sweeping = true;
	fold->sweep_slot = fold->orders.open_head;
}

void sweep_result(struct fold *fold, const struct stop_record *stop, uint64_t latch)
{
	uint64_t count = atomic_load_explicit(&fold->page->result_count, memory_order_relaxed);
	uint32_t slot = (uint32_t)(count % STOP_RESULT_COUNT);
	struct stop_result *result = &fold->page->results[slot];
	/* Orders that still name this slot belong to a stop 64 stops ago: they count for nobody. */
	if (count >= STOP_RESULT_COUNT) {
		for (uint32_t i = fold->orders.open_head; i != ORDER_NONE;
			i = fold->orders.slots[i].next) {
			if (fold->orders.slots[i].stop_result == slot + 1)
				fold->orders.slots[i].stop_result = 0;
		}
	}
	atomic_fetch_add_explicit(&result->lock, 1, memory_order_acq_rel);
	result->stamp = stop->stamp;
	result->writer = stop->writer;
	result->scope = stop->scope;
	result->state = stop->state;
	result->id = stop->id;
	result->latch = latch;
	result->seen_ns = fold->turn.now_ns;
	result->open_count = result->cancels_sent = result->cancels_confirmed = 0;
	result->sent_ns = 0;
	result->done_ns = stop->state == STATE_KILLED ? 0 : fold->turn.now_ns;
	atomic_fetch_add_explicit(&result->lock, 1, memory_order_release);
	atomic_store_explicit(&fold->page->result_count, count + 1, memory_order_release);
}

static bool stop_covers(const struct stop_result *result, const struct own_order *order)
{
	switch (result->scope) {
	case SCOPE_FIRM:
		return true;
	case SCOPE_VENUE:
		return result->id == order->venue;
	case SCOPE_SESSION:
		return result->id == order->session;
	case SCOPE_ACCOUNT:
		return result->id == order->account;
	case SCOPE_STRATEGY:
		return result->id == order->strategy;
	case SCOPE_SYMBOL:
		return result->id == order->symbol;
	default:
		return false;
	}
}

/* The newest kill that covers an order gets the credit for cancelling it. */
static uint32_t sweep_result_of(const struct fold *fold, const struct own_order *order)
{
	uint64_t count = atomic_load_explicit(&fold->page->result_count, memory_order_relaxed);
	for (uint64_t back = 0; back < count && back < STOP_RESULT_COUNT; back++) {
		uint32_t slot = (uint32_t)((count - 1 - back) % STOP_RESULT_COUNT);
		const struct stop_result *result = &fold->page->results[slot];
		if (result->state == STATE_KILLED && stop_covers(result, order))
			return slot + 1;
	}
	return 0;
}

static void sweep_cancel_killed(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	bool is_asked = (order->flags & ORDER_PENDING_CANCEL) != 0;
	if (order->stop_result == 0) {
		order->stop_result = sweep_result_of(fold, order);
		if (order->stop_result != 0)
			fold->page->results[order->stop_result - 1].open_count++;
		metrics_add(fold->metrics, METRIC_gate_orders_killed, 1);
	}
	if (is_asked || entry_cancel(fold, slot, 0, CANCEL_BY_KILL)) {
		if (order->stop_result == 0)
			return;
		struct stop_result *result = &fold->page->results[order->stop_result - 1];
		atomic_fetch_add_explicit(&result->lock, 1, memory_order_acq_rel);
		result->cancels_sent++;
		result->sent_ns = fold->turn.now_ns;
		atomic_fetch_add_explicit(&result->lock, 1, memory_order_release);
	}
}

static void sweep_visit(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	bool is_lost = (order->flags & ORDER_CANCEL_LOST) != 0;
	order->flags &= (uint8_t)~ORDER_CANCEL_LOST;
	if (latches_state(&fold->latches, order->venue, order->session, order->account,
		    order->strategy, order->symbol) == STATE_KILLED)
		sweep_cancel_killed(fold, slot);
	else if (is_lost)
		entry_cancel(fold, slot, 0, (enum cancel_cause)order->cancel_cause);
}

/* A kill that covered nothing is done when the walk is. */
static void sweep_end(struct fold *fold)
{
	fold->is_sweeping = false;
	for (uint32_t i = 0; i < STOP_RESULT_COUNT; i++) {
		struct stop_result *result = &fold->page->results[i];
		if (result->state != STATE_KILLED || result->done_ns != 0 ||
			result->cancels_confirmed != result->open_count)
			continue;
		atomic_fetch_add_explicit(&result->lock, 1, memory_order_acq_rel);
		result->done_ns = fold->turn.now_ns;
		atomic_fetch_add_explicit(&result->lock, 1, memory_order_release);
	}
}

void sweep_run(struct fold *fold)
{
	uint32_t cancels = fold->site->cancels_per_turn;
	uint32_t looks = cancels * 64;
	if (!fold->is_sweeping)
		return;
	while (fold->sweep_slot != ORDER_NONE && looks-- > 0) {
		uint64_t before = fold->egress_tail;
		if (!fold->venues[0].is_ready || cancels == 0 || fold_egress_room(fold) == 0)
			return; /* sweep (2) */
		uint32_t slot = fold->sweep_slot;
		fold->sweep_slot = fold->orders.slots[slot].next;
		sweep_visit(fold, slot);
		cancels -= fold->egress_tail != before;
	}
	if (fold->sweep_slot == ORDER_NONE)
		sweep_end(fold);
}
