/* packet_socket.h - what the kernel dropped before net_af_packet could take it.

   DPDK's af_packet device receives through a packet socket of this process but does not ask it for its
   drops, so a ring that overflowed would look like a quiet wire.  Here the socket is found by its
   interface and asked.

   Owner      the stage that polls the port.
   Errors     a socket that is not found counts nothing; port_dpdk says so at open. */
#ifndef SLUICE_DRIVERS_PACKET_SOCKET_H
#define SLUICE_DRIVERS_PACKET_SOCKET_H

#include "config/base.h"

/* packet_socket_find returns the descriptor of this process's packet socket bound to an interface, or
   -1.  It stays the device's: never close it.  At boot only: it looks at every descriptor. */
int packet_socket_find(const char *interface);

/* packet_socket_drops returns how many frames found no room since the last call; a system call. */
uint64_t packet_socket_drops(int socket);

/* packet_socket_ring returns how many frames of 2048 bytes each way the ring of each of socket_count
   sockets may have: wanted, or the part of it that the limit on locked memory allows.  At boot only. */
uint32_t packet_socket_ring(uint32_t wanted, uint32_t socket_count);

/* packet_socket_link tells whether the kernel sees an interface up and with a carrier; a system call through any
   socket of the caller's. */
bool packet_socket_link(int socket, const char *interface);

#endif
