/* epochs.c - what gates say, and what they are offered next. */
#include "control/slices/slices.h"

/* ---- what gates say ---- */

static void gate_has(struct slices *slices, uint32_t gate, const struct slices_word *word)
{
	struct slices_gate *of = &slices->gates[gate];
	bool is_offered = slices->offered_epoch != 0 && word->epoch == slices->offered_epoch &&
			  !of->has_returned && !of->is_void;
	bool is_former = slices->former_epoch != 0 && word->epoch == slices->former_epoch;
	bool is_unknown = !is_offered && !is_former && word->epoch != 0;
	if (word->epoch == of->sure_epoch && (!of->is_unknown || is_unknown))
		return;
	for (uint32_t i = 0; i < slices->count; i++) {
		struct slice *cell = &slices->cells[i];
		cell->sure[gate] = is_offered   ? cell->offered[gate]
				   : is_former  ? cell->former[gate]
				   : is_unknown ? SLICE_UNKNOWN
						: SLICE_NONE;
		/* An epoch that was in force once is not taken again, but by a gate that begins anew. */
		if (is_former)
			cell->former[gate] = cell->offered[gate] = SLICE_NONE;
	}
	of->has_returned |= is_former;
	of->has_former &= !is_former;
	of->sure_epoch = word->epoch;
	of->is_unknown = is_unknown;
	slices->record++;
}

static void gate_forget(struct slices *slices, uint32_t gate, bool is_former, bool is_offered)
{
	for (uint32_t i = 0; i < slices->count; i++) {
		if (is_former)
			slices->cells[i].former[gate] = SLICE_NONE;
		if (is_offered)
			slices->cells[i].offered[gate] = SLICE_NONE;
	}
	slices->checked_record = UINT64_MAX;
}

void slices_hear(struct slices *slices, uint32_t gate, const struct slices_word *word)
{
	struct slices_gate *of = &slices->gates[gate];
	of->is_heard = word->is_ours && word->is_durable;
	if (!of->is_heard)
		return;
	gate_has(slices, gate, word);
	bool is_staying = !word->has_term && word->epoch == slices->offered_epoch;
	if (of->has_former && (is_staying || (of->is_inherited && !word->has_term))) {
		gate_forget(slices, gate, true, false);
		of->has_former = false;
	}
	if (of->is_inherited) {
		gate_forget(slices, gate, false, true);
		of->is_void = true;
		of->is_inherited = false;
	}
	of->has_taken = of->is_void || word->taken >= slices->offered_epoch;
}

void slices_lease(struct slices *slices, struct slice_key key, uint32_t gate, int64_t value)
{
	uint32_t at = slices_find(slices, key);
	if (at != UINT32_MAX)
		slices->cells[at].leased[gate] = value;
	slices->checked_record = UINT64_MAX;
}

void slices_unlease(struct slices *slices, uint32_t gate)
{
	for (uint32_t i = 0; i < slices->count; i++)
		slices->cells[i].leased[gate] = 0;
	slices->checked_record = UINT64_MAX;
}

/* ---- what they are offered ---- */

static bool gates_are_ready(const struct slices *slices)
{
	for (uint32_t i = 0; i < slices->gate_count; i++)
		if (!slices->gates[i].is_heard || !slices->gates[i].has_taken)
			return false;
	return true;
}

static bool is_to_change(struct slices *slices)
{
	if (slices->checked_record == slices->record)
		return false;
	for (uint32_t i = 0; i < slices->count; i++) {
		struct slice *cell = &slices->cells[i];
		memset(cell->planned, 0, sizeof cell->planned);
		for (uint32_t gate = 0; gate < slices->gate_count; gate++)
			if (cell->whole != SLICE_NONE &&
				slice_next(cell, gate, slices->gate_count) != cell->sure[gate])
				return true;
	}
	slices->checked_record = slices->record;
	return false;
}

/* Whether a gate that has limits gets more of one of them; a limit that its file does not state yet only takes away. */
static bool is_gift(const struct slices *slices, const struct slice *cell, uint32_t gate)
{
	if (cell->sure[gate] == SLICE_NONE && slices->gates[gate].sure_epoch != 0)
		return false;
	return slice_is_raise(cell, gate, cell->planned[gate]);
}

bool slices_plan(struct slices *slices, bool is_wanted, bool is_term, uint32_t least)
{
	if (slices->is_planned)
		return true;
	if (!gates_are_ready(slices) || !(is_wanted || is_to_change(slices)))
		return false;
	slices->is_raise = false;
	for (uint32_t i = 0; i < slices->count; i++) {
		struct slice *cell = &slices->cells[i];
		memset(cell->planned, 0, sizeof cell->planned);
		if (cell->whole == SLICE_NONE)
			continue;
		for (uint32_t gate = 0; gate < slices->gate_count; gate++) {
			cell->planned[gate] = slice_next(cell, gate, slices->gate_count);
			slices->is_raise |= is_gift(slices, cell, gate);
		}
	}
	slices->planned_epoch = least > slices->last_epoch ? least : slices->last_epoch + 1;
	slices->last_epoch = slices->planned_epoch;
	slices->is_planned = true;
	slices->is_term = is_term;
	slices->planned_record = ++slices->record;
	return true;
}

bool slices_may_offer(const struct slices *slices)
{
	return slices->is_planned && gates_are_ready(slices) &&
	       (!slices->is_raise || slices->durable >= slices->planned_record);
}

static void plan_take(struct slices *slices)
{
	for (uint32_t i = 0; i < slices->count; i++) {
		struct slice *cell = &slices->cells[i];
		for (uint32_t gate = 0; gate < slices->gate_count; gate++) {
			/* One term in place of another returns to what was before both. */
			if (slices->is_term && !slices->gates[gate].has_former)
				cell->former[gate] = cell->sure[gate];
			cell->offered[gate] =
				cell->whole == SLICE_NONE ? SLICE_NONE : cell->planned[gate];
		}
	}
	if (slices->is_term && !slices->gates[0].has_former)
		slices->former_epoch = slices->gates[0].sure_epoch;
	slices->offered_epoch = slices->planned_epoch;
	for (uint32_t i = 0; i < slices->gate_count; i++) {
		slices->gates[i].has_taken = slices->gates[i].has_returned = false;
		slices->gates[i].is_void = false;
		slices->gates[i].has_former |= slices->is_term;
	}
	slices->is_planned = false;
	slices->planned_epoch = 0;
}

void slices_offer(struct slices *slices)
{
	CHECK(slices_may_offer(slices));
	plan_take(slices);
	slices->record++;
}

void slices_inherit(struct slices *slices)
{
	if (slices->is_planned)
		plan_take(slices);
	for (uint32_t i = 0; i < slices->gate_count; i++) {
		slices->gates[i].is_heard = false;
		slices->gates[i].is_inherited = true;
	}
	slices->durable = slices->record;
	slices->checked_record = UINT64_MAX;
}

bool slices_is_in_force(const struct slices *slices)
{
	if (!gates_are_ready(slices))
		return false;
	for (uint32_t i = 0; i < slices->count; i++) {
		const struct slice *cell = &slices->cells[i];
		int64_t sum = 0;
		for (uint32_t gate = 0; gate < slices->gate_count; gate++)
			sum = saturating_add(sum, slice_bound(cell, gate));
		if (cell->whole != SLICE_NONE && sum > cell->whole)
			return false;
	}
	return true;
}

bool slices_is_settled(const struct slices *slices)
{
	if (!gates_are_ready(slices) || slices->is_planned)
		return false;
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		if (slices->moves[i].stage != MOVE_NONE)
			return false;
	for (uint32_t i = 0; i < slices->count; i++) {
		const struct slice *cell = &slices->cells[i];
		for (uint32_t gate = 0; cell->whole != SLICE_NONE && gate < slices->gate_count;
			gate++)
			if (cell->sure[gate] != cell->wanted[gate])
				return false;
	}
	return true;
}
