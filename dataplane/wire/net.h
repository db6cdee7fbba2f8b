/* net.h - from a frame to a UDP payload, trusting no length.

   Ethernet II with up to two VLAN tags, IPv4 or IPv6 without fragments, UDP.  Every length is checked
   against the bytes that are there.  Of IPv6's extension headers hop-by-hop options, routing and
   destination options are stepped over, at most NET_EXTENSION_COUNT_MAX of them; any other ends the search.

   The IPv4 header's checksum is verified, because addresses and lengths are believed after it.  UDP's is
   not: the frame check sequence covered the same bytes, and a kernel that sends over a virtual link
   leaves it unfinished; over IPv6 it may only not be zero (RFC 8200, 8.1).  A tail behind IP's or UDP's
   length (padding) is not part of the payload.

   Pure: bytes in, struct out.  Errors: a named verdict; the caller counts it. */
#ifndef SLUICE_WIRE_NET_H
#define SLUICE_WIRE_NET_H

#include "config/base.h"

enum net_verdict {
	NET_OK = 0,
	NET_NOT_UDP,    /* another protocol: ARP, IGMP, TCP, a third tag */
	NET_FRAGMENT,   /* part of a fragmented datagram                 */
	NET_TRUNCATED,  /* shorter than a header or a length says        */
	NET_BAD_HEADER, /* IP version, header length or checksum is wrong */
};

enum { NET_EXTENSION_COUNT_MAX = 8, IPV6_ADDRESS_BYTES = 16 };

struct net_udp {
	uint32_t source_ip, target_ip;          /* host order; 0 with IPv6           */
	const uint8_t *source_ip6, *target_ip6; /* inside the frame; NULL with IPv4  */
	uint16_t source_port, target_port;
	uint16_t vlan; /* outermost VLAN id; 0: none */
	uint32_t payload_bytes;
	const uint8_t *payload; /* inside the frame */
};

/* net_parse reads one frame of size_bytes present bytes.  Anything but NET_OK leaves udp unset. */
enum net_verdict net_parse(const uint8_t *frame, uint32_t size_bytes, struct net_udp *udp);

/* What an IP packet carries: the next layer's protocol and bytes, inside the frame. */
struct net_layer {
	const uint8_t *ip; /* the IP header */
	const uint8_t *bytes;
	uint32_t size_bytes;
	bool is_ipv6;
	uint8_t protocol;
	bool has_router_alert; /* IPv6: a hop-by-hop option (RFC 2711) */
};

/* net_open finds what an IP packet of any protocol carries, judged as net_parse judges. */
enum net_verdict net_open(const uint8_t *frame, uint32_t size_bytes, struct net_layer *layer);

/* net_build_udp writes a whole frame (no VLAN) around payload; checksums included.  With target_ip6 it is
   an IPv6 packet.  Returns its size, 0 if it does not fit frame_bytes. */
uint32_t net_build_udp(uint8_t *frame, uint32_t frame_bytes, const uint8_t source_mac[6],
	const uint8_t target_mac[6], const struct net_udp *udp);

/* net_group_mac gives the Ethernet address of a multicast group (RFC 1112, 6.4). */
void net_group_mac(uint32_t group_ip, uint8_t mac[6]);

/* net_group6_mac gives that of an IPv6 group (RFC 2464, 7). */
void net_group6_mac(const uint8_t group_ip6[IPV6_ADDRESS_BYTES], uint8_t mac[6]);

/* The pieces of a frame, for those who build other packets.  net_write_ethernet returns where the IP header
   goes; net_write_ipv4 writes one of header_bytes around options already in place; net_write_ipv6 one without
   extensions.  net_sum adds up 16-bit words, a last odd byte as if a zero followed; net_sum_store stores the
   checksum, net_sum_fold the folded sum: 0xFFFF over bytes whose checksum is right. */
uint8_t *net_write_ethernet(
	uint8_t *frame, const uint8_t source_mac[6], const uint8_t target_mac[6], bool is_ipv6);
void net_write_ipv4(uint8_t *ip, uint32_t header_bytes, uint32_t total_bytes, uint8_t protocol,
	uint8_t ttl, uint32_t source_ip, uint32_t target_ip);
void net_write_ipv6(uint8_t *ip, uint32_t payload_bytes, uint8_t next, uint8_t hop_limit,
	const uint8_t source_ip6[IPV6_ADDRESS_BYTES], const uint8_t target_ip6[IPV6_ADDRESS_BYTES]);
uint64_t net_sum(uint64_t sum, const uint8_t *bytes, uint32_t size_bytes);
uint16_t net_sum_fold(uint64_t sum);
void net_sum_store(uint8_t *at, uint64_t sum);

/* net_sum_pseudo6 is the sum of IPv6's pseudo header (RFC 8200, 8.1), to which the packet's is added. */
uint64_t net_sum_pseudo6(const uint8_t source_ip6[IPV6_ADDRESS_BYTES],
	const uint8_t target_ip6[IPV6_ADDRESS_BYTES], uint32_t size_bytes, uint8_t protocol);

#endif
