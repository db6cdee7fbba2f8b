#include "control/slices/slices.h"

#include <stdlib.h>

void slices_clear(struct slices *slices)
{
	*slices = (struct slices){.gate_count = slices->gate_count,
		.max = slices->max,
		.cells = slices->cells,
		.spare = slices->spare,
		.checked_record = UINT64_MAX};
	for (uint32_t i = 0; i < slices->gate_count; i++)
		slices->gates[i].has_taken = true;
}

bool slices_open(struct slices *slices, uint32_t gate_count, uint32_t max)
{
	*slices = (struct slices){.gate_count = gate_count, .max = max};
	slices->cells = calloc(max, sizeof *slices->cells);
	slices->spare = calloc(max, sizeof *slices->spare);
	slices_clear(slices);
	return slices->cells != NULL && slices->spare != NULL;
}

void slices_close(struct slices *slices)
{
	free(slices->cells);
	free(slices->spare);
	slices->cells = slices->spare = NULL;
}

static int compare_cells(const void *a, const void *b)
{
	return slices_order(&((const struct slice *)a)->key, &((const struct slice *)b)->key);
}

static bool is_on_its_way(const struct slice_move *move, const struct slice_key *key)
{
	return (move->stage == MOVE_CUTTING || move->stage == MOVE_CUT) &&
	       slices_order(&move->key, key) == 0;
}

int64_t slices_moving(const struct slices *slices, struct slice_key key)
{
	int64_t amount = 0;
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		if (is_on_its_way(&slices->moves[i], &key))
			amount += slices->moves[i].amount;
	return amount;
}

/* ---- what is wanted ---- */

/* The shares of gates and of what is on its way become those of another whole. */
static void cell_scale(struct slices *slices, struct slice *cell, int64_t whole)
{
	int64_t shares[GATE_COUNT_MAX + SLICE_MOVE_COUNT_MAX];
	struct slice_move *moves[SLICE_MOVE_COUNT_MAX];
	unsigned gates = slices->gate_count, count = 0;
	memcpy(shares, cell->wanted, gates * sizeof shares[0]);
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		if (is_on_its_way(&slices->moves[i], &cell->key)) {
			shares[gates + count] = slices->moves[i].amount;
			moves[count++] = &slices->moves[i];
		}
	slice_scale(cell->whole, whole, shares, gates + count);
	memcpy(cell->wanted, shares, gates * sizeof shares[0]);
	for (unsigned i = 0; i < count; i++)
		moves[i]->amount = shares[gates + i];
	cell->whole = whole;
}

/* A limit that the limits before did not state. */
static void cell_begin(const struct slices *slices, struct slice *cell)
{
	cell->kept_whole = SLICE_NONE;
	slice_cut(cell->whole, cell->wanted, slices->gate_count);
	for (unsigned i = 0; i < slices->gate_count; i++) {
		cell->sure[i] = slices->gates[i].is_unknown ? SLICE_UNKNOWN : SLICE_NONE;
		cell->offered[i] = cell->former[i] = SLICE_NONE;
	}
}

/* Where a limit goes on from what it was; is_term: what it was is kept, unless something is kept already. */
static void cell_continue(struct slices *slices, struct slice *cell, int64_t whole, bool is_term)
{
	if (is_term && !slices->has_kept) {
		cell->kept_whole = cell->whole;
		memcpy(cell->kept, cell->wanted, sizeof cell->kept);
	}
	if (cell->whole == SLICE_NONE)
		slice_cut(whole, cell->wanted, slices->gate_count);
	else
		cell_scale(slices, cell, whole);
	cell->whole = whole;
	if (!is_term)
		cell->kept_whole = SLICE_NONE;
}

static void cell_return(const struct slices *slices, struct slice *cell, int64_t whole)
{
	if (cell->kept_whole == whole)
		memcpy(cell->wanted, cell->kept, sizeof cell->wanted);
	else
		slice_cut(whole, cell->wanted, slices->gate_count);
	cell->whole = whole;
	cell->kept_whole = SLICE_NONE;
}

/* What is to become of the limits wanted now. */
struct change {
	bool is_term, is_return;
	uint32_t count; /* of spare */
};

static void change_add(struct slices *slices, struct change *change, struct slice_key key,
	uint32_t row, int64_t whole)
{
	CHECK(change->count < slices->max);
	struct slice *cell = &slices->spare[change->count++];
	uint32_t at = slices_find(slices, key);
	if (at == UINT32_MAX) {
		*cell = (struct slice){.key = key, .whole = whole};
		cell_begin(slices, cell);
	} else {
		*cell = slices->cells[at];
		slices->cells[at].row = UINT32_MAX; /* taken over */
		if (change->is_return)
			cell_return(slices, cell, whole);
		else
			cell_continue(slices, cell, whole, change->is_term);
	}
	cell->row = row;
}

/* What only the limits before a term state waits until they are back. */
static void change_keep(struct slices *slices, struct change *change)
{
	for (uint32_t i = 0; i < slices->count; i++) {
		struct slice *old = &slices->cells[i];
		if (old->row == UINT32_MAX && old->whole != SLICE_NONE)
			continue;
		CHECK(change->count < slices->max);
		if (!slices->has_kept) {
			old->kept_whole = old->whole;
			memcpy(old->kept, old->wanted, sizeof old->kept);
		}
		old->whole = SLICE_NONE;
		slices->spare[change->count++] = *old;
	}
}

static void change_end(struct slices *slices, const struct change *change)
{
	struct slice *cells = slices->spare;
	slices->spare = slices->cells;
	slices->cells = cells;
	slices->count = change->count;
	qsort(cells, slices->count, sizeof cells[0], compare_cells);
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		if (slices_find(slices, slices->moves[i].key) == UINT32_MAX)
			slices->moves[i].stage = MOVE_NONE;
	slices->is_planned = false;
	slices->record++;
}

static void change_take(
	struct slices *slices, struct change *change, const struct limit_row *row, uint32_t index)
{
	for (unsigned limit = 0; limit < LIMIT_COUNT; limit++) {
		if ((row->stated >> limit & 1) == 0)
			continue;
		struct slice_key key = {
			.scope = row->scope, .limit = (uint8_t)limit, .symbol = row->symbol};
		if (cut_adds_up((enum scope)row->scope, (enum limit)limit, SLICE_VALUE))
			change_add(slices, change, key, index, row->limits[limit].value);
		key.part = SLICE_BURST;
		if (cut_adds_up((enum scope)row->scope, (enum limit)limit, SLICE_BURST))
			change_add(slices, change, key, index, row->limits[limit].burst);
	}
}

/* slices (6) */
static void moves_back(struct slices *slices)
{
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		slices_back(slices, &slices->moves[i]);
}

void slices_want(struct slices *slices, const struct limitset *set, bool is_term)
{
	if (is_term)
		moves_back(slices);
	struct change change = {.is_term = is_term,
		.is_return = slices->has_kept && !is_term &&
			     memcmp(set->hash, slices->kept_whole, sizeof set->hash) == 0};
	for (uint32_t i = 0; i < set->row_count; i++)
		change_take(slices, &change, &set->rows[i], i);
	if (is_term) {
		change_keep(slices, &change);
		if (!slices->has_kept)
			memcpy(slices->kept_whole, slices->whole, sizeof slices->whole);
	}
	slices->has_kept = is_term;
	memcpy(slices->whole, set->hash, sizeof slices->whole);
	change_end(slices, &change);
}

void slices_stay(struct slices *slices)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < slices->count; i++) {
		slices->cells[i].kept_whole = SLICE_NONE;
		if (slices->cells[i].whole != SLICE_NONE)
			slices->cells[count++] = slices->cells[i];
	}
	slices->count = count;
	slices->has_kept = false;
	slices->record++;
}
