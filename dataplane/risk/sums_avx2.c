#include <immintrin.h>

#include "dataplane/risk/sums.h"

sums_judge_kernel sums_judge_avx2;
sums_moved_kernel sums_moved_avx2;

/* Four words; a line and its kinds are two of them. */
static inline __m256i load4(const int64_t *words)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)words);
}

static inline void store4(int64_t *words, __m256i vector)
{
	_mm256_storeu_si256((__m256i *)(void *)words, vector);
}

static inline uint64_t signs4(__m256i vector)
{
	return (uint64_t)(uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(vector));
}

/* A bit of a blend of four words, of which each is two of 32 bits. */
#define WORD(at) (3 << 2 * (at))

struct halves {
	__m256i low, high;
};

/* From a line to usage of every kind but MONEY_CREDIT. */
static inline struct halves kinds_of(struct halves line, int64_t credit_e4)
{
	const __m256i zero = _mm256_setzero_si256();
	_Static_assert(STAKE_PNL == 3 && MONEY_LOSS == 3 && MONEY_DRAWDOWN == 4, "halves");
	/* gross, short, short, pnl against gross, long, short, pnl: the greater of long and short. */
	__m256i others = _mm256_permute4x64_epi64(line.low, _MM_SHUFFLE(3, 2, 2, 0));
	__m256i greater =
		_mm256_blendv_epi8(line.low, others, _mm256_cmpgt_epi64(others, line.low));
	__m256i low = _mm256_blend_epi32(greater, _mm256_sub_epi64(zero, line.low), WORD(3));
	low = _mm256_blend_epi32(low, _mm256_set1_epi64x(credit_e4), WORD(MONEY_CREDIT));
	/* peak, margin, stress, and of pnl only what the peak falls to. */
	__m256i high = _mm256_permute4x64_epi64(line.high, _MM_SHUFFLE(3, 1, 0, 3));
	__m256i pnl = _mm256_permute4x64_epi64(line.low, _MM_SHUFFLE(3, 3, 3, 3));
	high = _mm256_sub_epi64(high, _mm256_blend_epi32(zero, pnl, WORD(0)));
	return (struct halves){low, _mm256_blend_epi32(high, zero, WORD(3))};
}

uint64_t sums_judge_avx2(const struct money *const owners[MONEY_OWNER_COUNT],
	const struct stake *old, const struct money_limits *limits, struct money_verdict *judged,
	int64_t *exceeded)
{
	const __m256i bound = _mm256_set1_epi64x(INT64_C(1) << 62);
	const int64_t *new = judged->stake.parts;
	__m256i low = _mm256_sub_epi64(load4(new), load4(old->parts)),
		zero = _mm256_setzero_si256();
	__m256i high = _mm256_sub_epi64(load4(new + 4), load4(old->parts + 4));
	__m256i above_low = zero, above_high = zero, far_low = zero, far_high = zero;
	high = _mm256_blend_epi32(high, zero, WORD(2) | WORD(3));
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
		const int64_t *sums = owners[owner]->sums, *most = limits->limits[owner];
		int64_t *used = judged->used[owner];
		struct halves line = {_mm256_add_epi64(load4(sums), low),
			_mm256_add_epi64(load4(sums + 4), high)};
		struct halves kinds = kinds_of(line, used[MONEY_CREDIT]);
		store4(judged->sums[owner], line.low);
		store4(judged->sums[owner] + 4, line.high);
		store4(used, kinds.low);
		store4(used + 4, kinds.high);
		far_low = _mm256_or_si256(far_low, _mm256_add_epi64(line.low, bound));
		far_high = _mm256_or_si256(far_high, _mm256_add_epi64(line.high, bound));
		above_low = _mm256_or_si256(above_low, _mm256_cmpgt_epi64(kinds.low, load4(most)));
		above_high = _mm256_or_si256(
			above_high, _mm256_cmpgt_epi64(kinds.high, load4(most + 4)));
	}
	store4(exceeded, _mm256_srli_epi64(above_low, 63));
	store4(exceeded + 4, _mm256_blend_epi32(_mm256_srli_epi64(above_high, 63), zero, WORD(3)));
	return ((signs4(far_low) | signs4(far_high) << 4) & SUMS_NEAR) != 0;
}

uint64_t sums_moved_avx2(const struct money *money, const int64_t *used)
{
	__m256i low = load4(used), high = load4(used + 4);
	__m256i low_moved = _mm256_or_si256(_mm256_cmpgt_epi64(low, load4(money->above)),
		_mm256_cmpgt_epi64(load4(money->below), low));
	__m256i high_moved = _mm256_or_si256(_mm256_cmpgt_epi64(high, load4(money->above + 4)),
		_mm256_cmpgt_epi64(load4(money->below + 4), high));
	return (signs4(low_moved) | signs4(high_moved) << 4) & SUMS_KINDS;
}
