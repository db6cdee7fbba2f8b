/* group.h - the words between a host and its network about multicast groups: IGMP and MLD.

   A bypassed port has no kernel to say which groups it wants or to answer when a router or a switch asks, so
   this is done here: reports and leaves of IGMPv1, v2, v3 (RFC 1112, 2236, 3376) and of MLDv1, v2 (RFC 2710,
   3810) are built, and queries of all of them are read.  MLD's versions are counted as IGMP's: 2 is MLDv1,
   3 is MLDv2.

   Joins name one source or any.  Only version 3 knows sources; the others join the whole group.

   A query is believed only with the right checksum; one of MLD also only from a link-local address, one hop
   away and with the router alert (RFC 3810, 6.2).

   Pure: bytes in, struct out. */
#ifndef SLUICE_WIRE_GROUP_H
#define SLUICE_WIRE_GROUP_H

#include "dataplane/wire/net.h"

/* A group and the one source it is wanted from; a source of zeros is any. */
struct group {
	bool is_ipv6;
	uint32_t ip, source_ip; /* host order */
	uint8_t ip6[IPV6_ADDRESS_BYTES], source_ip6[IPV6_ADDRESS_BYTES];
};

/* What a report says.  JOIN and LEAVE ask for a change, so they may be repeated; IS answers a query. */
enum group_news { GROUP_IS, GROUP_JOIN, GROUP_LEAVE };

enum {
	GROUP_VERSION_MAX = 3,
	GROUP_REPORT_BYTES_MAX = 110, /* MLDv2 with a source */
};

/* A query; the addresses lie inside the frame. */
struct group_query {
	bool is_ipv6;
	uint8_t version;
	const uint8_t
		*group; /* 4 or 16 bytes as on the wire; NULL: a general query, about all groups */
	const uint8_t *sources;
	uint32_t source_count;    /* 0: about the group whoever sends */
	uint64_t max_response_ns; /* every answer is due within this */
};

/* group_build_report writes a whole frame from the port's address; IPv4 reports come from interface_ip, those
   of IPv6 from the link-local address that the MAC makes.  Returns its size; 0 if frame_bytes is below
   GROUP_REPORT_BYTES_MAX, or for a leave of version 1, which has none. */
uint32_t group_build_report(uint8_t *frame, uint32_t frame_bytes, const uint8_t mac[6],
	uint32_t interface_ip, const struct group *group, enum group_news news, int version);

/* group_parse_query reads a frame.  false: it is no query, or one not to be believed. */
bool group_parse_query(const uint8_t *frame, uint32_t size_bytes, struct group_query *query);

/* group_is_asked tells whether a query is about a group that is wanted. */
bool group_is_asked(const struct group_query *query, const struct group *group);

/* group_mac gives the group's Ethernet address. */
void group_mac(const struct group *group, uint8_t mac[6]);

#endif
