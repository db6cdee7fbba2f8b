/* moves.c - an amount goes from one gate's slice to another's. */
#include "control/slices/slices.h"

static struct slice *cell_of(struct slices *slices, const struct slice_move *move)
{
	uint32_t at = slices_find(slices, move->key);
	CHECK(at != UINT32_MAX);
	return &slices->cells[at];
}

struct slice_move *slices_move(
	struct slices *slices, uint32_t at, uint32_t from, uint32_t to, int64_t amount)
{
	struct slice *cell = &slices->cells[at];
	unsigned i = 0;
	CHECK(at < slices->count && from < slices->gate_count && to < slices->gate_count);
	while (i < SLICE_MOVE_COUNT_MAX && slices->moves[i].stage != MOVE_NONE)
		i++;
	if (i == SLICE_MOVE_COUNT_MAX || slices->has_kept || from == to || amount <= 0 ||
		cell->whole == SLICE_NONE || amount > cell->wanted[from])
		return NULL;
	cell->wanted[from] -= amount;
	slices->is_planned = false;
	slices->record++;
	slices->moves[i] = (struct slice_move){.key = cell->key,
		.stage = MOVE_CUTTING,
		.from = (uint8_t)from,
		.to = (uint8_t)to,
		.number = ++slices->move_count,
		.amount = amount};
	return &slices->moves[i];
}

static bool has_its_part(const struct slice *cell, uint32_t gate)
{
	return cell->sure[gate] != SLICE_UNKNOWN && cell->sure[gate] >= cell->wanted[gate];
}

void slices_turn(struct slices *slices)
{
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++) {
		struct slice_move *move = &slices->moves[i];
		if (move->stage == MOVE_NONE)
			continue;
		const struct slice *cell = cell_of(slices, move);
		uint8_t stage = move->stage;
		/* Another load may ask for a deeper cut. */
		if (stage == MOVE_CUTTING || stage == MOVE_CUT)
			move->stage = slice_bound(cell, move->from) <= cell->wanted[move->from]
					      ? MOVE_CUT
					      : MOVE_CUTTING;
		if ((stage == MOVE_GRANTED && has_its_part(cell, move->to)) ||
			(stage == MOVE_BACK && has_its_part(cell, move->from)))
			move->stage = MOVE_NONE;
		slices->record += move->stage != stage;
	}
}

void slices_grant(struct slices *slices, struct slice_move *move)
{
	struct slice *cell = cell_of(slices, move);
	CHECK(move->stage == MOVE_CUT);
	cell->wanted[move->to] += move->amount;
	move->stage = MOVE_GRANTED;
	slices->is_planned = false;
	slices->record++;
}

bool slices_back(struct slices *slices, struct slice_move *move)
{
	if (move->stage != MOVE_CUTTING && move->stage != MOVE_CUT)
		return false;
	cell_of(slices, move)->wanted[move->from] += move->amount;
	move->stage = MOVE_BACK;
	slices->is_planned = false;
	slices->record++;
	return true;
}
