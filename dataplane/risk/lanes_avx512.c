#include <immintrin.h>

#include "dataplane/risk/lanes.h"

uint64_t lanes_avx512(const int64_t *measures, const int64_t *limits);

uint64_t lanes_avx512(const int64_t *measures, const int64_t *limits)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < LANE_WIDTH; i += 8) {
		__m512i measure = _mm512_load_si512(measures + i);
		__m512i limit = _mm512_load_si512(limits + i);
		mask |= (uint64_t)_mm512_cmpgt_epi64_mask(measure, limit) << i;
	}
	return mask;
}
