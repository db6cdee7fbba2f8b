#include "dataplane/risk/sums.h"

sums_judge_kernel sums_judge_scalar;

/* In unsigned numbers, because what is far may wrap. */
static uint64_t owner_judge(const struct money *money, const uint64_t change[STAKE_PART_COUNT],
	int64_t sums[SUMS_WIDTH], int64_t used[MONEY_WIDTH])
{
	uint64_t far = (uint64_t)money->peak_e4 + (UINT64_C(1) << 62);
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++) {
		uint64_t sum = (uint64_t)money->sums[i] + change[i];
		sums[i] = (int64_t)sum;
		far |= sum + (UINT64_C(1) << 62);
	}
	sums[SUMS_EXECUTED] = money->executed_e4;
	sums[SUMS_PEAK] = money->peak_e4;
	used[MONEY_GROSS] = sums[STAKE_GROSS];
	used[MONEY_NET] =
		sums[STAKE_LONG] > sums[STAKE_SHORT] ? sums[STAKE_LONG] : sums[STAKE_SHORT];
	used[MONEY_LOSS] = (int64_t) - (uint64_t)sums[STAKE_PNL];
	used[MONEY_DRAWDOWN] = (int64_t)((uint64_t)money->peak_e4 - (uint64_t)sums[STAKE_PNL]);
	used[MONEY_MARGIN] = sums[STAKE_MARGIN];
	used[MONEY_STRESS] = sums[STAKE_STRESS];
	used[MONEY_WIDTH - 1] = 0;
	return far >> 63;
}

uint64_t sums_judge_scalar(const struct money *const owners[MONEY_OWNER_COUNT],
	const struct stake *old, const struct money_limits *limits, struct money_verdict *judged,
	int64_t *exceeded)
{
	uint64_t change[STAKE_PART_COUNT], far = 0;
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++)
		change[i] = (uint64_t)judged->stake.parts[i] - (uint64_t)old->parts[i];
	memset(exceeded, 0, MONEY_WIDTH * sizeof *exceeded);
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
		int64_t *used = judged->used[owner];
		far |= owner_judge(owners[owner], change, judged->sums[owner], used);
		for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
			exceeded[kind] |= used[kind] > limits->limits[owner][kind];
	}
	return far;
}

uint64_t sums_moved_scalar(const struct money *money, const int64_t *used)
{
	uint64_t moved = 0;
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
		moved |= (uint64_t)((used[kind] > money->above[kind]) |
				    (used[kind] < money->below[kind]))
			 << kind;
	return moved;
}
