#include "dataplane/fold/sweep.h"

_Static_assert(STOP_RESULT_COUNT == 64, "own_order.stops has a bit per slot");

static void sweep_tell(struct fold *fold, unsigned slot)
{
	const struct stop_result *from = &fold->results[slot];
	struct stop_result *to = &fold->page->results[slot];
	const size_t head = offsetof(struct stop_result, stamp);
	atomic_fetch_add_explicit(&to->lock, 1, memory_order_acq_rel);
	memcpy((uint8_t *)to + head, (const uint8_t *)from + head, sizeof *to - head);
	atomic_fetch_add_explicit(&to->lock, 1, memory_order_release);
}

void sweep_tell_all(struct fold *fold)
{
	for (unsigned slot = 0; slot < STOP_RESULT_COUNT && slot < fold->result_count; slot++)
		sweep_tell(fold, slot);
	atomic_store_explicit(&fold->page->result_count, fold->result_count, memory_order_release);
}

void sweep_start(struct fold *fold)
{
	if (fold->is_sweeping) {
		fold->is_sweep_again = true;
		return;
	}
	fold->is_sweeping = true;
	fold->sweep_walk++;
	fold->sweep_slot = fold->orders.open_head;
}

/* The 65th stop takes the slot of the first: orders that still count for that one count for nobody. */
static void sweep_forget(struct fold *fold, unsigned slot)
{
	const struct stop_result *result = &fold->results[slot];
	if (result->cancels_confirmed == result->open_count)
		return;
	for (uint32_t i = fold->orders.open_head; i != ORDER_NONE; i = fold->orders.slots[i].next)
		fold->orders.slots[i].stops &= ~(1ull << slot);
}

void sweep_result(struct fold *fold, const struct stop_record *stop, uint64_t latch)
{
	unsigned slot = (unsigned)(fold->result_count++ % STOP_RESULT_COUNT);
	bool is_kill = stop->state == STATE_KILLED;
	fold->sweep_refusals = 0;
	sweep_forget(fold, slot);
	fold->results[slot] = (struct stop_result){
		.stamp = stop->stamp,
		.writer = stop->writer,
		.scope = stop->scope,
		.state = stop->state,
		.id = stop->id,
		.latch = latch,
		.seen_ns = fold->turn.now_ns,
		.done_ns = is_kill ? 0 : fold->turn.now_ns,
	};
	fold->kills_counting &= ~(1ull << slot);
	fold->kills_counting |= (uint64_t)is_kill << slot;
	fold->result_walks[slot] = is_kill ? fold->sweep_walk + 1 : 0;
	sweep_tell(fold, slot);
	atomic_store_explicit(&fold->page->result_count, fold->result_count, memory_order_release);
}

/* sweep (4) */
static const struct account_config *sweep_only_account(
	const struct fold *fold, const struct own_order *order)
{
	if (order->session != 0 || order->strategy != 0)
		return NULL;
	uint32_t index = site_account_find(fold->site, order->account);
	return index == UINT32_MAX ? NULL : &fold->site->accounts[index];
}

static bool stop_covers(
	const struct fold *fold, const struct stop_result *result, const struct own_order *order)
{
	const struct account_config *only = sweep_only_account(fold, order);
	switch (result->scope) {
	case SCOPE_FIRM:
		return true;
	case SCOPE_VENUE:
		return result->id == fold->latches.venue_places[order->venue];
	case SCOPE_SESSION:
		return only != NULL ? account_has_session(only, result->id)
				    : result->id == order->session;
	case SCOPE_ACCOUNT:
		return result->id == order->account;
	case SCOPE_STRATEGY:
		return only != NULL ? account_has_strategy(only, result->id)
				    : result->id == order->strategy;
	case SCOPE_SYMBOL:
		return result->id == order->symbol;
	default:
		return false;
	}
}

static bool sweep_kills(
	const struct fold *fold, const struct own_order *order, uint32_t session, uint32_t strategy)
{
	return latches_state(&fold->latches, order->venue, session, order->account, strategy,
		       order->symbol) == STATE_KILLED;
}

bool sweep_is_killed(const struct fold *fold, const struct own_order *order)
{
	if (fold->latches.killed_count == 0)
		return false;
	const struct account_config *only = sweep_only_account(fold, order);
	bool is_killed = sweep_kills(fold, order, order->session, order->strategy);
	for (uint32_t i = 0; only != NULL && i < only->session_count; i++)
		is_killed |= sweep_kills(fold, order, only->sessions[i], 0);
	for (uint32_t i = 0; only != NULL && i < only->strategy_count; i++)
		is_killed |= sweep_kills(fold, order, 0, only->strategies[i].id);
	return is_killed;
}

/* sweep (3) */
static void sweep_judge_done(struct fold *fold, unsigned slot)
{
	struct stop_result *result = &fold->results[slot];
	if (result->done_ns == 0 && fold->result_walks[slot] == 0 &&
		result->cancels_confirmed == result->open_count) {
		result->done_ns = fold->turn.now_ns;
		fold->kills_counting &= ~(1ull << slot);
	}
	sweep_tell(fold, slot);
}

void sweep_count(struct fold *fold, struct own_order *order)
{
	if ((order->flags & ORDER_WAS_KILLED) == 0) {
		order->flags |= ORDER_WAS_KILLED;
		metrics_add(fold->metrics, METRIC_gate_orders_killed, 1);
	}
	for (uint64_t left = fold->kills_counting & ~order->stops; left != 0; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctzll(left);
		struct stop_result *result = &fold->results[slot];
		if (!stop_covers(fold, result, order))
			continue;
		order->stops |= 1ull << slot;
		result->open_count++;
		result->cancels_sent += (order->flags & ORDER_KILL_SENT) != 0;
		sweep_tell(fold, slot);
	}
}

void sweep_count_sent(struct fold *fold, struct own_order *order)
{
	if ((order->flags & ORDER_KILL_SENT) != 0)
		return;
	order->flags |= ORDER_KILL_SENT;
	for (uint64_t left = order->stops; left != 0; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctzll(left);
		fold->results[slot].cancels_sent++;
		fold->results[slot].sent_ns = fold->turn.now_ns;
		sweep_tell(fold, slot);
	}
}

void sweep_finished(struct fold *fold, struct own_order *order)
{
	for (uint64_t left = order->stops; left != 0; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctzll(left);
		fold->results[slot].cancels_confirmed++;
		sweep_judge_done(fold, slot);
	}
	order->stops = 0;
}

void sweep_released(struct fold *fold, const struct release_record *release)
{
	for (uint64_t left = fold->kills_counting; left != 0; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctzll(left);
		const struct stop_result *result = &fold->results[slot];
		if (result->scope != release->scope || result->id != release->id)
			continue;
		fold->kills_counting &= ~(1ull << slot);
		fold->result_walks[slot] = 0;
		sweep_judge_done(fold, slot);
	}
}

void sweep_walked(struct fold *fold)
{
	for (uint64_t left = fold->kills_counting; left != 0; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctzll(left);
		if (fold->result_walks[slot] > fold->sweep_walk)
			continue; /* it came while this walk was under way */
		fold->result_walks[slot] = 0;
		sweep_judge_done(fold, slot);
	}
}
