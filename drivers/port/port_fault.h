/* port_fault.h - a bad wire around any port, by a seed.

   It loses frames, one by one or many in a row, delivers some later than those that followed them, delivers
   some twice, keeps some or all back for a time, and spoils the bytes of some (spoil.h).  It never invents
   a frame.  What happens to a frame is drawn from the seed and from how many frames came before it, not from
   how they were cut into bursts, so a run repeats exactly.

   Owner      the stage that polls the port; the wrapped port belongs to the wrapper from then on.
   Units      rates in parts per million of frames received.
   Time       a delayed frame waits delay_ns of the caller's now_ns; a frame held back for its turn
              waits at most PORT_FAULT_HOLD_NS, or until the wrapped port is at its end.
   Bound      256 frames are held at once; beyond, the wrapped port is asked for fewer and its own ring fills.
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
	uint32_t burst_ppm, burst_frames; /* a burst of losses begins; it is so long at most */
	uint32_t delay_ppm;
	uint64_t delay_ns;
	uint64_t skew_ns; /* every frame comes so much later: one line behind the other */
	uint32_t spoil_ppm[SPOIL_COUNT];
};

/* port_fault_open wraps a port; port_close of the result closes both.  Rates are at most
   PORT_FAULT_PPM_MAX. */
struct port *port_fault_open(struct port *wrapped, const struct port_fault_rates *rates);

/* port_fault_begin makes the wrapper of an opened one as if it were new, with other rates: what it held is
   gone.  The wrapped port stays as it is. */
void port_fault_begin(struct port *port, const struct port_fault_rates *rates);

#endif
