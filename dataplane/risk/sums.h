/* sums.h - the sums of money with an order in them, a vector at a time.

   An order changes the same six sums of its account and of the firm, and is held against seven kinds of limits of both
   (money.h); its commit asks whether any kind of either is a new peak or passes a mark.  Each of the three is one step for
   all of them here.

   sums_judge puts the change of a stake, from old to the one in judged, into either owner's sums and works out what is
   used of every kind; of MONEY_CREDIT the caller has written it to its place in judged->used.  exceeded, MONEY_WIDTH words,
   is 1 where either owner's limit is exceeded.  It returns 1 if a sum, or the best pnl beside it, is 2^62 or further from
   zero: then what it wrote may be wrong, and only then.

   sums_moved returns a bit for each kind of an owner whose usage is outside of its band.

   A SIMD family: sums_scalar.c is the truth, sums_avx2.c and sums_avx512.c the speed.

   Owner      pure.
   Units      money_e4.
   Invariant  (1) after sums_judge the last word of used and exceeded is 0, and the words behind the sums are their owner's. */
#ifndef SLUICE_RISK_SUMS_H
#define SLUICE_RISK_SUMS_H

#include "dataplane/risk/money.h"

typedef uint64_t sums_judge_kernel(const struct money *const owners[MONEY_OWNER_COUNT],
	const struct stake *old, const struct money_limits *limits, struct money_verdict *judged,
	int64_t *exceeded);
typedef uint64_t sums_moved_kernel(const struct money *money, const int64_t *used);

/* For numbers that were stored just now, word by word. */
sums_moved_kernel sums_moved_scalar;

struct sums_kernels {
	sums_judge_kernel *judge;
	sums_moved_kernel *moved;
};

/* sums_kernels_of gives the kernels of an instruction set (enum isa), NULL if the machine lacks it. */
const struct sums_kernels *sums_kernels_of(int isa);

/* sums_judge and sums_moved are the best of them, chosen at boot by sums_start. */
extern struct sums_kernels sums_best;
void sums_start(void);

static inline uint64_t sums_judge(const struct money *const owners[MONEY_OWNER_COUNT],
	const struct stake *old, const struct money_limits *limits, struct money_verdict *judged,
	int64_t *exceeded)
{
	return sums_best.judge(owners, old, limits, judged, exceeded);
}

static inline uint64_t sums_moved(const struct money *money, const int64_t *used)
{
	return sums_best.moved(money, used);
}

/* Seven of eight words. */
#define SUMS_KINDS ((UINT64_C(1) << MONEY_KIND_COUNT) - 1)
/* What must not be far: the sums, and the best pnl. */
#define SUMS_NEAR  (((UINT64_C(1) << STAKE_PART_COUNT) - 1) | UINT64_C(1) << SUMS_PEAK)

#endif
