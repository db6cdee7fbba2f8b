/* net.h - from a frame to a UDP payload, trusting no length.

   Ethernet II with up to two VLAN tags, IPv4 without fragments, UDP.  Every length is checked against
   the bytes that are there.  Also builds the IGMP reports that join a group (RFC 3376, RFC 2236),
   because a bypassed port has no kernel to do it.

   The IPv4 header's checksum is verified, because addresses and lengths are believed after it.  UDP's is
   not: the frame check sequence covered the same bytes, and a kernel that sends over a virtual link
   leaves it unfinished.  A tail behind IPv4's or UDP's length (padding) is not part of the payload.

   Pure: bytes in, struct out.  Errors: a named verdict; the caller counts it. */
#ifndef SLUICE_WIRE_NET_H
#define SLUICE_WIRE_NET_H

#include "config/base.h"

enum net_verdict {
	NET_OK = 0,
	NET_NOT_UDP,    /* another protocol: ARP, IPv6, TCP, a third tag */
	NET_FRAGMENT,   /* part of a fragmented datagram                 */
	NET_TRUNCATED,  /* shorter than a header or a length says        */
	NET_BAD_HEADER, /* IP version, header length or checksum is wrong */
};

struct net_udp {
	uint32_t source_ip, target_ip; /* host order */
	uint16_t source_port, target_port;
	uint16_t vlan; /* outermost VLAN id; 0: none */
	uint32_t payload_bytes;
	const uint8_t *payload; /* inside the frame */
};

/* net_parse reads one frame of size_bytes present bytes.  Anything but NET_OK leaves udp unset. */
enum net_verdict net_parse(const uint8_t *frame, uint32_t size_bytes, struct net_udp *udp);

/* net_build_udp writes a whole frame (no VLAN) around payload; checksums included.  Returns its size,
   0 if it does not fit frame_bytes. */
uint32_t net_build_udp(uint8_t *frame, uint32_t frame_bytes, const uint8_t source_mac[6],
	const uint8_t target_mac[6], const struct net_udp *udp);

/* net_build_igmp_join writes an IGMPv3 membership report (source_ip 0: any source) or, version 2, a v2
   report, which knows no source.  A report asks for a change of state (exclude nobody, or allow the
   source), so it may be repeated.  Returns the frame's size, 0 if frame_bytes is below 58. */
uint32_t net_build_igmp_join(uint8_t *frame, uint32_t frame_bytes, const uint8_t source_mac[6],
	uint32_t interface_ip, uint32_t group_ip, uint32_t source_ip, int version);

/* net_group_mac gives the Ethernet address of a multicast group (RFC 1112, 6.4). */
void net_group_mac(uint32_t group_ip, uint8_t mac[6]);

#endif
