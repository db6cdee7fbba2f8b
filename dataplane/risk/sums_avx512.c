#include <immintrin.h>

#include "dataplane/risk/sums.h"

sums_judge_kernel sums_judge_avx512;
sums_moved_kernel sums_moved_avx512;

/* Which word of a line a kind is, or is what it falls from; and what is taken from it. */
enum {
	HAS_SUM = 1 << MONEY_GROSS | 1 << MONEY_NET | 1 << MONEY_DRAWDOWN | 1 << MONEY_MARGIN |
		  1 << MONEY_STRESS,
	LESS_PNL = 1 << MONEY_LOSS | 1 << MONEY_DRAWDOWN,
};

/* Sums of an owner, and usage of every kind; returns a bit for each word of the line that is far. */
static inline uint64_t owner_judge(
	const struct money *money, __m512i change, int64_t *sums, int64_t *used)
{
	const __m512i from = _mm512_setr_epi64(
		STAKE_GROSS, STAKE_LONG, 0, 0, SUMS_PEAK, STAKE_MARGIN, STAKE_STRESS, 0);
	const __m512i other = _mm512_setr_epi64(0, STAKE_SHORT, 0, STAKE_PNL, STAKE_PNL, 0, 0, 0);
	__m512i line = _mm512_add_epi64(_mm512_load_si512(money->sums), change);
	__m512i others = _mm512_permutexvar_epi64(other, line);
	__m512i kinds = _mm512_maskz_permutexvar_epi64(HAS_SUM, from, line);
	kinds = _mm512_mask_max_epi64(kinds, 1 << MONEY_NET, kinds, others);
	kinds = _mm512_mask_sub_epi64(kinds, LESS_PNL, kinds, others);
	kinds = _mm512_mask_set1_epi64(kinds, 1 << MONEY_CREDIT, used[MONEY_CREDIT]);
	_mm512_storeu_si512(sums, line);
	_mm512_storeu_si512(used, kinds);
	return _mm512_movepi64_mask(_mm512_add_epi64(line, _mm512_set1_epi64(INT64_C(1) << 62)));
}

uint64_t sums_judge_avx512(const struct money *const owners[MONEY_OWNER_COUNT],
	const struct stake *old, const struct money_limits *limits, struct money_verdict *judged,
	int64_t *exceeded)
{
	const __mmask8 parts = (1 << STAKE_PART_COUNT) - 1;
	__m512i change = _mm512_maskz_sub_epi64(
		parts, _mm512_loadu_si512(judged->stake.parts), _mm512_loadu_si512(old->parts));
	uint64_t far = 0, above = 0;
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
		far |= owner_judge(owners[owner], change, judged->sums[owner], judged->used[owner]);
		above |= _mm512_cmpgt_epi64_mask(_mm512_loadu_si512(judged->used[owner]),
			_mm512_loadu_si512(limits->limits[owner]));
	}
	_mm512_storeu_si512(exceeded, _mm512_maskz_set1_epi64((__mmask8)(above & SUMS_KINDS), 1));
	return (far & SUMS_NEAR) != 0;
}

uint64_t sums_moved_avx512(const struct money *money, const int64_t *used)
{
	__m512i kinds = _mm512_loadu_si512(used);
	uint64_t above = _mm512_cmpgt_epi64_mask(kinds, _mm512_load_si512(money->above));
	uint64_t below = _mm512_cmplt_epi64_mask(kinds, _mm512_load_si512(money->below));
	return (above | below) & SUMS_KINDS;
}
