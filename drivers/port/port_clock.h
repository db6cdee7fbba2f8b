/* port_clock.h - a device's clock told in the time that clock_now_ns counts.

   A card stamps frames with a counter of its own.  Both clocks are read together now and then; between two such
   readings the counter is taken to run evenly, at the rate seen since the first reading.

   Owner      the port.
   Units      ticks of the device; nanoseconds of clock_now_ns.
   Errors     before two readings that differ there is no rate, and port_clock_ns gives 0: not known. */
#ifndef SLUICE_DRIVERS_PORT_CLOCK_H
#define SLUICE_DRIVERS_PORT_CLOCK_H

#include "config/base.h"

struct port_clock {
	uint64_t first_ticks, first_ns;
	uint64_t ticks, ns; /* of the latest reading                               */
	double ns_per_tick; /* 0: not known                                        */
};

/* port_clock_note takes a reading of both. */
static inline void port_clock_note(struct port_clock *clock, uint64_t ticks, uint64_t now_ns)
{
	if (clock->first_ns == 0 || ticks < clock->ticks)
		*clock = (struct port_clock){.first_ticks = ticks, .first_ns = now_ns};
	clock->ticks = ticks;
	clock->ns = now_ns;
	if (ticks > clock->first_ticks && now_ns > clock->first_ns)
		clock->ns_per_tick =
			(double)(now_ns - clock->first_ns) / (double)(ticks - clock->first_ticks);
}

/* port_clock_ns gives the time of a stamp, before or after the latest reading; 0: not known. */
static inline uint64_t port_clock_ns(const struct port_clock *clock, uint64_t ticks)
{
	if (clock->ns_per_tick <= 0)
		return 0;
	if (ticks >= clock->ticks)
		return clock->ns + (uint64_t)((double)(ticks - clock->ticks) * clock->ns_per_tick);
	uint64_t before_ns = (uint64_t)((double)(clock->ticks - ticks) * clock->ns_per_tick);
	return before_ns < clock->ns ? clock->ns - before_ns : 0;
}

#endif
