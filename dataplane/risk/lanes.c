#include "dataplane/risk/lanes.h"

#include "drivers/machine/cpu.h"

uint64_t lanes_scalar(const int64_t *measures, const int64_t *limits);
uint64_t lanes_avx2(const int64_t *measures, const int64_t *limits);
uint64_t lanes_avx512(const int64_t *measures, const int64_t *limits);

lanes_kernel *lanes_compare = lanes_scalar;

lanes_kernel *lanes_kernel_of(int isa)
{
	static lanes_kernel *const kernels[ISA_COUNT] = {
		[ISA_SCALAR] = lanes_scalar,
		[ISA_AVX2] = lanes_avx2,
		[ISA_AVX512] = lanes_avx512,
	};
	if (isa < 0 || isa > (int)cpu_isa())
		return NULL;
	return kernels[isa];
}

void lanes_start(void)
{
	lanes_compare = lanes_kernel_of((int)cpu_isa());
}
