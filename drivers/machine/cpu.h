/* cpu.h - which instructions this machine has, and where a thread runs.

   Every SIMD family has a table of kernels in order of preference; cpu_isa says how far down the
   preference may start.  SLUICE_ISA=scalar|avx2|avx512 in the environment or cpu_isa_force lowers it,
   so tests reach every kernel on one machine; it is never raised above what the CPU has. */
#ifndef SLUICE_DRIVERS_CPU_H
#define SLUICE_DRIVERS_CPU_H

#include "config/base.h"

enum isa { ISA_SCALAR = 0, ISA_AVX2 = 1, ISA_AVX512 = 2, ISA_COUNT = 3 };

/* cpu_isa returns the best allowed instruction set. avx512 means F, BW, VL, DQ, VBMI and VBMI2. */
enum isa cpu_isa(void);

/* cpu_isa_force lowers (or restores) the choice; false if the CPU does not have it. */
bool cpu_isa_force(enum isa isa);

const char *isa_name(enum isa isa);

/* cpu_pin binds the calling thread to a core and names it; core -1 only names.  false: errno says why. */
bool cpu_pin(int core, const char *thread_name);

#endif
