/* port_pcap.h - a capture file as a port, read by libpcap without any EAL.

   pcap (microseconds or nanoseconds, either byte order) and pcapng, link type Ethernet, at once or at
   the speed of the capture.  For tools, tests and the simulator; nothing can be sent.

   Invariant  (1) a file that ends in the middle of a record ends the port there, cleanly: what came
              before is delivered, the cut record is one rx_error;
              (2) a frame longer than PACKET_BYTES_MAX is one rx_error and not delivered;
              (3) an IPv4 header whose checksum is 0 is delivered with the right one (capture_look.h).
   Errors     a file that is no capture, or not of Ethernet alone, is refused at open.  What ends it in the middle of a record is
              logged with libpcap's reason. */
#ifndef SLUICE_DRIVERS_PORT_PCAP_H
#define SLUICE_DRIVERS_PORT_PCAP_H

#include "drivers/port/port.h"

/* port_pcap_open opens config->device.  NULL: error says what was found; nothing stays open. */
struct port *port_pcap_open(const struct port_config *config, struct config_error *error);

#endif
