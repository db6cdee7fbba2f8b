/* port_fault.h - a bad wire around any port, by a seed.

   It loses frames, delivers some later than those that followed them, delivers some twice and keeps
   some back for a time.  It never invents a frame and never changes a byte.  What happens to a frame
   is drawn from the seed and from how many frames came before it, not from how they were cut into
   bursts, so a run repeats exactly.

   Owner      the stage that polls the port; the wrapped port belongs to the wrapper from then on.
   Units      rates in parts per million of frames received.
   Time       a delayed frame waits delay_ns of the caller's now_ns; a frame held back for its turn
              waits at most PORT_FAULT_HOLD_NS, or until the wrapped port is at its end.
   Invariant  (1) received = delivered + lost - duplicated + held, where held is 0 after the end;
              (2) a frame is held back behind at most PORT_FAULT_DISTANCE_MAX later ones. */
#ifndef SLUICE_DRIVERS_PORT_FAULT_H
#define SLUICE_DRIVERS_PORT_FAULT_H

#include "drivers/port/port.h"

enum {
	PORT_FAULT_DISTANCE_MAX = 8,
	PORT_FAULT_HOLD_NS = 1000 * 1000,
	PORT_FAULT_PPM_MAX = 1000000
};

struct port_fault_rates {
	uint64_t seed;
	uint32_t loss_ppm;
	uint32_t reorder_ppm;
	uint32_t duplicate_ppm;
	uint32_t delay_ppm;
	uint64_t delay_ns;
};

/* port_fault_open wraps a port; port_close of the result closes both.  Rates are at most
   PORT_FAULT_PPM_MAX. */
struct port *port_fault_open(struct port *wrapped, const struct port_fault_rates *rates);

/* port_fault_begin makes the wrapper of an opened one as if it were new, with other rates: what it held is
   gone.  The wrapped port stays as it is. */
void port_fault_begin(struct port *port, const struct port_fault_rates *rates);

#endif
