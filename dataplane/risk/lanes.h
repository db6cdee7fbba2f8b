/* lanes.h - the one comparison: measure <= limit in every lane, one bit per breach.

   lanes_compare returns the mask of lanes whose measure is above the limit.  Arrays are LANE_WIDTH
   long and 64-byte aligned; lanes past LANE_COUNT hold measure 0 and limit 0 and never breach.

   A SIMD family: lanes_scalar.c is the truth, lanes_avx2.c and lanes_avx512.c the speed. */
#ifndef SLUICE_RISK_LANES_H
#define SLUICE_RISK_LANES_H

#include "config/rejects.h"

enum { LANE_WIDTH = (LANE_COUNT + 7) & ~7 };

typedef uint64_t lanes_kernel(const int64_t *measures, const int64_t *limits);

/* lanes_kernel_of gives the kernel of an instruction set (enum isa), NULL if the machine lacks it. */
lanes_kernel *lanes_kernel_of(int isa);

/* lanes_compare is the best of them, chosen at boot by lanes_start. */
extern lanes_kernel *lanes_compare;
void lanes_start(void);

#endif
