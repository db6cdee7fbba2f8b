#include <immintrin.h>

#include "dataplane/risk/lanes.h"

uint64_t lanes_avx2(const int64_t *measures, const int64_t *limits);

uint64_t lanes_avx2(const int64_t *measures, const int64_t *limits)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < LANE_WIDTH; i += 4) {
		__m256i measure = _mm256_load_si256((const __m256i *)(const void *)(measures + i));
		__m256i limit = _mm256_load_si256((const __m256i *)(const void *)(limits + i));
		__m256i above = _mm256_cmpgt_epi64(measure, limit);
		mask |= (uint64_t)(uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(above)) << i;
	}
	return mask;
}
