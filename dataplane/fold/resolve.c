#include "dataplane/fold/resolve.h"

#include <errno.h>

#include "dataplane/fold/answer.h"
#include "dataplane/fold/day.h"
#include "dataplane/fold/sweep.h"

int32_t resolve_may(const struct fold *fold, const struct resolve_record *word)
{
	uint32_t slot = order_table_find_venue(&fold->orders, word->venue, word->venue_ref);
	if (word->as < RESOLVE_CANCELLED || word->as > RESOLVE_WORKING)
		return EINVAL;
	if (slot == ORDER_NONE || fold->orders.slots[slot].id != word->order_id)
		return ENOENT;
	const struct own_order *order = &fold->orders.slots[slot];
	if (order->state != ORDER_UNCERTAIN &&
		(word->as == RESOLVE_WORKING || !day_is_dead(fold, order)))
		return ESTALE;
	if (word->as == RESOLVE_FILLED &&
		(word->qty == 0 || word->qty > order->open_qty || word->price_e4 <= 0))
		return EINVAL;
	return 0;
}

/* --- what they say, as the venue would have said it --- */

static struct ouch_out resolve_word(const struct fold *fold, uint32_t slot, uint8_t type)
{
	const struct own_order *order = &fold->orders.slots[slot];
	struct ouch_out out = {.type = type,
		.order_state = 'L',
		.ref = order->venue_ref,
		.side = order->wire_side,
		.qty = order->open_qty,
		.symbol = fold->site->symbols[order->symbol].name,
		.price_e4 = (uint64_t)order->price_e4,
		.time_in_force = order->time_in_force,
		.display = order->display,
		.capacity = order->capacity,
		.iso = order->iso,
		.cross_type = order->cross_type,
		.time_ns = fold_time_ns(fold)};
	if (order->original != ORDER_NONE)
		out.original_ref = fold->orders.slots[order->original].venue_ref;
	return out;
}

/* A replacement that is there has taken the place of its original. */
static void resolve_begin(struct fold *fold, uint8_t venue, uint32_t slot)
{
	bool is_replace = fold->orders.slots[slot].original != ORDER_NONE;
	struct ouch_out out = resolve_word(fold, slot, is_replace ? 'U' : 'A');
	answer_said(fold, venue, &out);
}

/* One that never came about is refused as the venue's own silence would have it: the original stays. */
static void resolve_cancelled(struct fold *fold, uint8_t venue, uint32_t slot)
{
	bool is_replace = fold->orders.slots[slot].original != ORDER_NONE;
	struct ouch_out out = resolve_word(fold, slot, is_replace ? 'J' : 'C');
	out.code = 'S';
	if (is_replace) {
		out.reject_code = lane_rows[LANE_VENUE_DOWN].ouch_code;
		out.lane = LANE_VENUE_DOWN + 1;
	}
	answer_said(fold, venue, &out);
}

static void resolve_filled(
	struct fold *fold, uint8_t venue, uint32_t slot, uint32_t qty, uint64_t price_e4)
{
	struct ouch_out out = resolve_word(fold, slot, 'E');
	out.qty = qty;
	out.price_e4 = price_e4;
	out.match = SAID_MATCH;
	fold->said_fills++;
	answer_said(fold, venue, &out);
}

void resolve_told(struct fold *fold, uint32_t slot, const struct resolve_state *state)
{
	struct own_order *order = &fold->orders.slots[slot];
	uint8_t venue = order->venue;
	uint32_t venue_ref = order->venue_ref;
	bool is_replace = order->original != ORDER_NONE;
	fold->resolved_count++;
	if (state->is_refused) {
		struct ouch_out out = resolve_word(fold, slot, 'J');
		out.reject_code = lane_rows[LANE_VENUE_DOWN].ouch_code;
		out.lane = LANE_VENUE_DOWN + 1;
		answer_said(fold, venue, &out);
		return;
	}
	if (!state->is_over || is_replace) {
		resolve_begin(fold, venue, slot);
		order->order_reference = state->order_reference;
	}
	if (state->qty != 0)
		resolve_filled(fold, venue, slot, state->qty, state->price_e4);
	slot = order_table_find_venue(&fold->orders, venue, venue_ref);
	if (slot != ORDER_NONE && state->is_over)
		resolve_cancelled(fold, venue, slot);
}

static void resolve_persons(struct fold *fold, const struct resolve_record *word, uint32_t slot)
{
	const struct resolve_state state = {.is_over = word->as == RESOLVE_FILLED,
		.qty = word->as == RESOLVE_FILLED ? word->qty : 0,
		.price_e4 = (uint64_t)word->price_e4};
	fold->speaker = SPEAKER_PERSONS;
	if (word->as == RESOLVE_CANCELLED)
		resolve_cancelled(fold, word->venue, slot);
	else
		resolve_told(fold, slot, &state);
	fold->speaker = SPEAKER_SESSION;
	if (word->as == RESOLVE_WORKING)
		fold->orders.slots[slot].resolved = RESOLVE_WORKING;
}

void resolve_apply(struct fold *fold, const struct resolve_record *word)
{
	if (resolve_may(fold, word) != 0)
		return;
	uint32_t slot = order_table_find_venue(&fold->orders, word->venue, word->venue_ref);
	resolve_persons(fold, word, slot);
	fold->resolved_count++;
	metrics_add(fold->metrics, METRIC_gate_resolved, 1);
	sweep_start(fold);
}
