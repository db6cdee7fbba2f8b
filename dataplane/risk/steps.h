/* steps.h - what an account-symbol row keeps of the references that its orders went by: one side of a trail (trail.h).

   Steps stand in the order of time.  The last of them is in the row itself, with how many there are; those before it are
   beside the rows, where nobody looks while there is one only: bid and ask in turns are one step of either side.

   Owner      the gate stage, by trail.c.
   Units      a key is what a side keeps the highest of: a reference in price_e4, or of the lowest its complement.
   Invariant  trail (1). */
#ifndef SLUICE_RISK_STEPS_H
#define SLUICE_RISK_STEPS_H

#include "config/types.h"

enum { TRAIL_STEP_MAX = 15 };

struct trail_step {
	uint64_t time_ns;
	uint32_t key;
	uint32_t reserved; /* zero */
};

struct trail_side {
	uint64_t past_ns;      /* when the last that is forgotten was gone by */
	uint32_t past_key;     /* the furthest out of them; 0: none */
	uint32_t count;        /* steps, the last with them */
	struct trail_step end; /* the last; where count is 0 it says nothing */
};

enum { TRAIL_LOWEST, TRAIL_HIGHEST };

/* Beside a row: the steps before the last. */
struct trail {
	struct trail_step steps[2][TRAIL_STEP_MAX - 1];
};

/* steps_at gives step i < count. */
static inline const struct trail_step *steps_at(
	const struct trail_side *side, const struct trail_step *before, uint32_t i)
{
	return i + 1 == side->count ? &side->end : &before[i];
}

/* steps_add puts one behind them; there is room for it. */
static inline void steps_add(
	struct trail_side *side, struct trail_step *before, struct trail_step step)
{
	if (side->count != 0)
		before[side->count - 1] = side->end;
	side->end = step;
	side->count++;
}

/* steps_drop takes the last away; there is one. */
static inline void steps_drop(struct trail_side *side, const struct trail_step *before)
{
	if (--side->count != 0)
		side->end = before[side->count - 1];
}

/* steps_remove takes one or more away of which none is the last. */
static inline void steps_remove(
	struct trail_side *side, struct trail_step *before, uint32_t at, uint32_t count)
{
	side->count -= count;
	memmove(&before[at], &before[at + count], (side->count - 1 - at) * sizeof before[0]);
}

#endif
