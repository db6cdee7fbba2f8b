#include "control/limits/slices.h"

#include <string.h>

#include "config/base.h"

void slices_init(struct slices *slices, uint32_t gate_count, int64_t whole)
{
	CHECK(gate_count > 0 && gate_count <= SLICES_GATE_COUNT_MAX && whole >= 0);
	memset(slices, 0, sizeof *slices);
	slices->gate_count = gate_count;
	slices->whole = whole;
	slices->version = 1;
	for (uint32_t gate = 0; gate < gate_count; gate++)
		slices->rows[gate].is_confirmed = 1;
}

/* No step overflows: ceilings are not below 0 and their sum is at most a whole of some time. */
int64_t slices_free(const struct slices *slices)
{
	int64_t left = slices->whole;
	for (uint32_t gate = 0; gate < slices->gate_count; gate++)
		left -= slices->rows[gate].ceiling;
	return left;
}

void slices_whole(struct slices *slices, int64_t whole)
{
	CHECK(whole >= 0);
	slices->whole = whole;
	slices->version++;
}

bool slices_ask(struct slices *slices, uint32_t gate, int64_t slice)
{
	CHECK(gate < slices->gate_count);
	struct slice *row = &slices->rows[gate];
	if (slice < 0)
		return false;
	if (slice > row->ceiling) { /* slices (1) */
		if (slice - row->ceiling > slices_free(slices))
			return false;
		row->ceiling = slice;
	}
	row->asked = slice;
	row->number++;
	row->is_confirmed = 0;
	slices->version++;
	return true;
}

bool slices_move(struct slices *slices, uint32_t from, uint32_t to, int64_t amount)
{
	CHECK(from < slices->gate_count && to < slices->gate_count && from != to);
	const struct slice *row = &slices->rows[from];
	if (slices->phase != SLICES_IDLE || amount <= 0 || amount > row->asked ||
		!row->is_confirmed)
		return false;
	slices->phase = SLICES_TAKING;
	slices->from = from;
	slices->to = to;
	slices->amount = amount;
	return slices_ask(slices, from, row->asked - amount);
}

/* What was let go is what is free beyond what was before; never more of it than the move wanted. */
static void give(struct slices *slices)
{
	const struct slice *from = &slices->rows[slices->from], *to = &slices->rows[slices->to];
	int64_t kept_back = from->ceiling - from->asked;
	int64_t amount = slices->amount - kept_back;
	if (amount > slices_free(slices))
		amount = slices_free(slices);
	slices->phase = SLICES_IDLE;
	if (amount <= 0 || !slices_ask(slices, slices->to, to->asked + amount))
		return;
	slices->amount = amount;
	slices->phase = SLICES_GIVING;
}

bool slices_hear(struct slices *slices, uint32_t gate, uint64_t number, int64_t held)
{
	CHECK(gate < slices->gate_count);
	struct slice *row = &slices->rows[gate];
	if (number == 0 || number != row->number || row->is_confirmed) /* slices (3) */
		return false;
	if (held < row->asked || held > row->ceiling)
		return false;
	row->ceiling = held;
	row->is_confirmed = 1;
	slices->version++;
	if (slices->phase == SLICES_TAKING && gate == slices->from)
		give(slices);
	else if (slices->phase == SLICES_GIVING && gate == slices->to)
		slices->phase = SLICES_IDLE;
	return true;
}

void slices_kept(struct slices *slices, uint64_t version)
{
	if (version <= slices->version && version > slices->kept)
		slices->kept = version;
}

bool slices_word(const struct slices *slices, uint32_t gate, struct slice_word *word)
{
	CHECK(gate < slices->gate_count);
	const struct slice *row = &slices->rows[gate];
	if (row->is_confirmed || slices->kept != slices->version) /* slices (2) */
		return false;
	*word = (struct slice_word){.number = row->number, .slice = row->asked};
	return true;
}

bool slices_is_sound(const struct slices *slices)
{
	if (slices->gate_count == 0 || slices->gate_count > SLICES_GATE_COUNT_MAX ||
		slices->whole < 0 || slices->phase > SLICES_GIVING ||
		slices->kept > slices->version)
		return false;
	if (slices->phase != SLICES_IDLE &&
		(slices->from >= slices->gate_count || slices->to >= slices->gate_count ||
			slices->from == slices->to || slices->amount <= 0))
		return false;
	int64_t sum = 0;
	for (uint32_t gate = 0; gate < slices->gate_count; gate++) {
		const struct slice *row = &slices->rows[gate];
		if (row->asked < 0 || row->ceiling < row->asked ||
			__builtin_add_overflow(sum, row->ceiling, &sum))
			return false;
	}
	return true;
}
