/* port_dpdk.h - any DPDK port: a NIC past the kernel, or a virtual device where there is none.

   A device is written as DPDK writes it: "0000:01:00.0", "net_af_packet0,iface=veth1",
   "net_pcap0,rx_pcap=day.pcap".  One queue out, and as many in as the site says, asked in turn; the device
   spreads flows over them, so a line's frames keep their order.  Frames of a burst stay in their buffers until
   the next burst, so nothing is copied but a frame that spans buffers.

   Owner      port_dpdk_start (port.h) runs once, before any port opens and on the thread that opens them; a port then
              belongs to the one stage that polls it.
   Time       time_ns is the capture's for net_pcap, in whole microseconds; that of a card which stamps
              frames and whose clock can be read, in our time (port_clock.h); else 0.
   Invariant  (1) a frame longer than PACKET_BYTES_MAX is one rx_error and not delivered.
   Errors     at start: what was found, what was expected, the command that mends it. */
#ifndef SLUICE_DRIVERS_PORT_DPDK_H
#define SLUICE_DRIVERS_PORT_DPDK_H

#include "drivers/port/port.h"

/* port_dpdk_open opens a device that port_dpdk_start was given, once.  NULL: error says why; nothing
   stays open. */
struct port *port_dpdk_open(const struct port_config *config, struct config_error *error);

#endif
