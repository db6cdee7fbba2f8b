/* stream_lwip.h - order sessions over a TCP stack of our own: kernel bypass end to end.

   The stack is lwIP (raw API, polled); its frames go through a struct port, so it runs over a NIC by DPDK, over
   af_packet or af_xdp, over virtio-user, or over a wire of a test.  ARP, ping, retransmission, zero
   windows and resets are the stack's own.

   One stack in a process: lwIP's state is global.

   Owner      as stream.h says: the thread that polls.
   Units      addresses in host order.
   Invariant  (1) of every frame taken from the port: frames = taken + not IP + not ours + bad + no memory
                  (struct stream_counts).
   Errors     no second stack; no memory; a port without frames is no error.
   Memory     lwIP takes its buffers with malloc, bounded: a connection never queues more than 64 KiB each way. */
#ifndef SLUICE_DRIVERS_STREAM_LWIP_OPEN_H
#define SLUICE_DRIVERS_STREAM_LWIP_OPEN_H

#include "drivers/stream/stream.h"

struct stream_lwip_config {
	uint32_t address_ip, netmask_ip;
	uint32_t gateway_ip; /* 0: only the network of the address is reached */
	uint16_t mtu_bytes;  /* of IP, 576 .. 1500 */
	uint32_t connection_max;
};

/* stream_lwip_open makes the stack over port, which stays the caller's and is polled by this stream from now
   on.  NULL: error has why. */
struct stream *stream_lwip_open(
	struct port *port, const struct stream_lwip_config *config, struct config_error *error);

#endif
