/* steps.c - see steps.h. */
#include "dataplane/book/steps.h"

#include "drivers/machine/cpu.h"

void steps_make_scalar(const struct book *book, const struct event *events, struct book_step *steps,
	uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		steps[i] = step_make(book, &events[i]);
}

static steps_kernel *const kernels[ISA_COUNT] = {
	[ISA_SCALAR] = steps_make_scalar,
	[ISA_AVX2] = steps_make_scalar,
	[ISA_AVX512] = steps_make_avx512,
};

steps_kernel *steps_kernel_of(int isa)
{
	if (isa < 0 || isa > (int)cpu_isa())
		return NULL;
	return kernels[isa];
}

void steps_make(const struct book *book, const struct event *events, struct book_step *steps,
	uint32_t count)
{
	kernels[cpu_isa()](book, events, steps, count);
}
