#include "control/slices/slice.h"

__extension__ typedef __int128 share_wide;

/* A share for each gate, and for each move that is on its way. */
enum { SHARE_COUNT_MAX = GATE_COUNT_MAX + SLICE_MOVE_COUNT_MAX };

static uint32_t count_of(enum scope scope)
{
	uint32_t count = 0;
	for (unsigned limit = 0; limit < LIMIT_COUNT; limit++)
		count += cut_adds_up(scope, (enum limit)limit, SLICE_VALUE) +
			 cut_adds_up(scope, (enum limit)limit, SLICE_BURST);
	return count;
}

uint32_t slice_count_max(void)
{
	return 2 * (count_of(SCOPE_FIRM) + LIMIT_ROW_COUNT_MAX * count_of(SCOPE_SYMBOL));
}

void slice_cut(int64_t whole, int64_t *shares, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		shares[i] = cut_equally(whole, i, count);
}

void slice_scale(int64_t old_whole, int64_t new_whole, int64_t *shares, unsigned count)
{
	int64_t left = new_whole;
	if (old_whole <= 0) {
		slice_cut(new_whole, shares, count);
		return;
	}
	bool has_rest[SHARE_COUNT_MAX];
	CHECK(count <= SHARE_COUNT_MAX);
	for (unsigned i = 0; i < count; i++) {
		share_wide part = (share_wide)shares[i] * new_whole;
		has_rest[i] = part % old_whole != 0;
		shares[i] = (int64_t)(part / old_whole);
		left -= shares[i];
	}
	/* Less is left over than there are shares with a rest. */
	for (unsigned i = 0; i < count && left > 0; i++) {
		shares[i] += has_rest[i];
		left -= has_rest[i];
	}
	CHECK(left == 0);
}

int64_t slice_bound(const struct slice *slice, unsigned gate)
{
	int64_t bound = slice->sure[gate] > 0 ? slice->sure[gate] : 0;
	if (slice->offered[gate] > bound)
		bound = slice->offered[gate];
	return slice->former[gate] > bound ? slice->former[gate] : bound;
}

bool slice_is_raise(const struct slice *slice, unsigned gate, int64_t value)
{
	int64_t sure = slice->sure[gate];
	return sure == SLICE_UNKNOWN || value > (sure > 0 ? sure : 0);
}

int64_t slice_next(const struct slice *slice, unsigned gate, unsigned gate_count)
{
	int64_t room = slice->whole, sure = slice->sure[gate];
	for (unsigned i = 0; i < gate_count; i++) {
		int64_t bound = slice_bound(slice, i);
		if (slice->leased[i] > bound)
			bound = slice->leased[i];
		if (i < gate && slice->planned[i] > bound)
			bound = slice->planned[i];
		if (i != gate)
			room = saturating_subtract(room, bound);
	}
	if (sure != SLICE_UNKNOWN && sure > room)
		room = sure;
	if (room < 0)
		room = 0;
	return slice->wanted[gate] < room ? slice->wanted[gate] : room;
}
