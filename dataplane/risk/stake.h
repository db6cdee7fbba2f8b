/* stake.h - what one account-symbol row has at stake, and what an order would make of it.

   The judgement reckons a stake as it would be with the order in, and how much either owner would use then.  Both
   stand in the verdict, so that the commit of the order, which comes to the same, need not reckon them again.

   Units      money_e4. */
#ifndef SLUICE_RISK_STAKE_H
#define SLUICE_RISK_STAKE_H

#include "config/types.h"

/* What a limit of money looks at: a lane each, in this order. */
enum money_kind {
	MONEY_GROSS,
	MONEY_NET,
	MONEY_CREDIT,
	MONEY_LOSS,
	MONEY_DRAWDOWN,
	MONEY_MARGIN,
	MONEY_STRESS,
	MONEY_KIND_COUNT,
};

/* Kinds stand in as many words as a vector has: the last is 0, or somebody else's (sums.h). */
enum { MONEY_WIDTH = 8 };
_Static_assert((int)MONEY_KIND_COUNT < (int)MONEY_WIDTH, "a vector of them");

/* Whose: both bind. */
enum money_owner { MONEY_OF_ACCOUNT, MONEY_OF_FIRM, MONEY_OWNER_COUNT };

/* What is summed over rows. */
enum stake_part {
	STAKE_GROSS,
	STAKE_LONG,
	STAKE_SHORT,
	STAKE_PNL,
	STAKE_MARGIN,
	STAKE_STRESS,
	STAKE_PART_COUNT,
};

/* A line of money begins with the sums of these; beside them stand what was executed, and the best pnl (money.h). */
enum { SUMS_EXECUTED = STAKE_PART_COUNT, SUMS_PEAK, SUMS_WIDTH };
_Static_assert(SUMS_WIDTH == 8, "a line");

#define STAKE_CASH_FAR INT64_MIN

/* One row's part of the sums. */
struct stake {
	int64_t parts[STAKE_PART_COUNT];
	int64_t cash_e4; /* sold value - bought value - fees; STAKE_CASH_FAR: only the totals have it */
	uint32_t mark_e4; /* 0: nothing was ever valued */
	uint16_t is_saturated;
	uint16_t is_far; /* a part is 2^62 or further from zero (money.h) */
};
_Static_assert(sizeof(struct stake) == CACHE_LINE_BYTES, "a line");

/* What the judgement says of an order's money: its row's stake, and either owner's line of sums and usage. */
struct money_verdict {
	struct stake stake;
	int64_t sums[MONEY_OWNER_COUNT][SUMS_WIDTH];
	int64_t used[MONEY_OWNER_COUNT][MONEY_WIDTH];
	uint64_t is_far; /* the sums may not fit: they are not to be taken over */
};

#endif
