#include "dataplane/risk/sums.h"

#include "drivers/machine/cpu.h"

sums_judge_kernel sums_judge_scalar, sums_judge_avx2, sums_judge_avx512;
sums_moved_kernel sums_moved_avx2, sums_moved_avx512;

struct sums_kernels sums_best = {sums_judge_scalar, sums_moved_scalar};

const struct sums_kernels *sums_kernels_of(int isa)
{
	static const struct sums_kernels kernels[ISA_COUNT] = {
		[ISA_SCALAR] = {sums_judge_scalar, sums_moved_scalar},
		[ISA_AVX2] = {sums_judge_avx2, sums_moved_avx2},
		[ISA_AVX512] = {sums_judge_avx512, sums_moved_avx512},
	};
	if (isa < 0 || isa > (int)cpu_isa())
		return NULL;
	return &kernels[isa];
}

void sums_start(void)
{
	sums_best = *sums_kernels_of((int)cpu_isa());
}
