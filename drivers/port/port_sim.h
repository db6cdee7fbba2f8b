/* port_sim.h - a port whose wire is a test or the simulator.

   What is put in comes out of port_rx_burst in the same order, each frame when its time has come;
   what the product sends is kept until somebody takes it.  Nothing is by chance: port_fault adds that.

   Owner      one thread puts, polls and takes.
   Time       a frame is delivered when now_ns has reached its time_ns; 0 is at once.  A frame waits for
              the one put before it, so the order never changes.
   Invariant  (1) frames lent by port_rx_burst are not overwritten before the next port_rx_burst.
   Errors     a full wire refuses: nothing is overwritten, nothing is lost silently. */
#ifndef SLUICE_DRIVERS_PORT_SIM_H
#define SLUICE_DRIVERS_PORT_SIM_H

#include "drivers/port/port.h"

/* What one direction holds at once; port_sim_put and port_tx refuse beyond. */
enum { PORT_SIM_FRAME_COUNT = 16384, PORT_SIM_BYTES = 4 * 1024 * 1024 };

/* port_sim_open makes a port with empty wires; its link is up. */
struct port *port_sim_open(const char *name);

/* port_sim_put lays a frame on the wire.  false: the wire is full or the frame is larger than
   PACKET_BYTES_MAX; nothing was put. */
bool port_sim_put(struct port *port, const uint8_t *bytes, uint32_t size_bytes, uint64_t time_ns);

/* port_sim_put_cut is the same for a frame of which a capture kept only size_bytes of wire_bytes. */
bool port_sim_put_cut(struct port *port, const uint8_t *bytes, uint32_t size_bytes,
	uint32_t wire_bytes, uint64_t time_ns);

/* port_sim_take_sent takes the oldest frame sent by port_tx; its bytes stay until the next take.
   false: nothing was sent. */
bool port_sim_take_sent(struct port *port, struct packet *packet);

/* port_sim_set_link pulls (false) or plugs the cable: pulled, port_tx refuses and nothing arrives. */
void port_sim_set_link(struct port *port, bool is_up);

/* port_sim_set_mac gives the port an address of its own; without it port_mac answers that there is none. */
void port_sim_set_mac(struct port *port, const uint8_t mac[6]);

/* port_sim_filter tells how many addresses port_filter let through, 0: everything, and copies them.  The wire is
   not filtered by them. */
uint32_t port_sim_filter(const struct port *port, uint8_t macs[PORT_FILTER_COUNT_MAX][6]);

/* port_sim_set_losses sets what the device is said to have lost, and how its time_ns came to be. */
void port_sim_set_losses(struct port *port, uint64_t missed, uint64_t no_buffer, uint64_t errors);
void port_sim_set_time(struct port *port, enum port_time source);

/* port_sim_end says that no frame will follow: once all are delivered, the port is at its end. */
void port_sim_end(struct port *port);

#endif
