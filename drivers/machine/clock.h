/* clock.h - one reading of time per burst.

   Monotonic nanoseconds come from the invariant TSC, calibrated against CLOCK_MONOTONIC_RAW; where the
   TSC is not invariant clock_gettime is read instead.  Wall time is for people and records, never for
   rates.

   Owner      clock_start once per process, before any stage; afterwards read-only.
   Units      nanoseconds; now_ns counts from an arbitrary zero (the machine's boot), so values of
              two processes of one machine agree to within the calibration but are not subtracted. */
#ifndef SLUICE_DRIVERS_CLOCK_H
#define SLUICE_DRIVERS_CLOCK_H

#include "config/base.h"

/* clock_start calibrates for about 20 ms.  Returns the TSC's frequency in Hz, 0 if the TSC is not used. */
uint64_t clock_start(void);

/* clock_now_ns reads monotonic time; never runs backwards within a thread. */
uint64_t clock_now_ns(void);

/* clock_cycles reads the raw TSC for histograms; clock_cycles_to_ns converts a difference. */
uint64_t clock_cycles(void);
uint64_t clock_cycles_to_ns(uint64_t cycles);

/* How this process turns the TSC into monotonic time, for another process that must tell the same time:
   ns = zero_ns + (TSC - tsc_zero) * ratio_q32 / 2^32; ratio_q32 0: CLOCK_MONOTONIC is read instead. */
struct clock_scale {
	uint64_t ratio_q32, tsc_zero, zero_ns;
};
struct clock_scale clock_scale(void);

/* The same moment by the TSC and by CLOCK_MONOTONIC_RAW, and how long the reading took: neither is known better. */
struct clock_reading {
	uint64_t cycles, kernel_ns, width_ns;
};

/* clock_read takes a reading now; clock_begun gives the one at the end of the calibration.  All 0 where the TSC is not used:
   then there is one clock only. */
struct clock_reading clock_read(void);
struct clock_reading clock_begun(void);

/* clock_wall_ns reads CLOCK_REALTIME: nanoseconds since 1970. */
uint64_t clock_wall_ns(void);

#endif
