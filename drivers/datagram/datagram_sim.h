/* datagram_sim.h - datagrams inside one process, lost, repeated and delayed by a seed.

   A net joins any number of ends, each with an address of its own; what one sends comes out of the
   other when its time has come.  The seed decides which are lost, come twice, and how long each is on
   its way; a delay that differs from the next one's is how they change order.

   Owner      one thread for all ends of a net.
   Time       now_ns of the calls; a packet arrives delay_ns_min .. delay_ns_max after it was sent.
   Invariant  (1) same seed and same calls: same packets; (2) no byte is changed, none invented.
   Errors     to an address where nobody is, or with DATAGRAM_SIM_FLIGHT_MAX on their way: lost. */
#ifndef SLUICE_DRIVERS_DATAGRAM_SIM_H
#define SLUICE_DRIVERS_DATAGRAM_SIM_H

#include "drivers/datagram/datagram.h"

enum {
	DATAGRAM_SIM_END_MAX = 8,
	DATAGRAM_SIM_FLIGHT_MAX = 256,
	DATAGRAM_SIM_BYTES_MAX = 65507, /* as UDP over IPv4 has it */
};

struct datagram_sim_rates {
	uint32_t loss_ppm, duplicate_ppm; /* of 1,000,000 */
	uint64_t delay_ns_min, delay_ns_max;
};

struct datagram_sim_net;

/* datagram_sim_net_open makes an empty net that loses nothing.  Close the net after its ends. */
struct datagram_sim_net *datagram_sim_net_open(uint64_t seed);
void datagram_sim_net_close(struct datagram_sim_net *net);

/* datagram_sim_begin makes a net as if it were new: nothing on its way, another seed, these rates. */
void datagram_sim_begin(
	struct datagram_sim_net *net, uint64_t seed, const struct datagram_sim_rates *rates);

/* datagram_sim_open joins one more end that has this address. */
struct datagram *datagram_sim_open(struct datagram_sim_net *net, const struct endpoint *own);

#endif
