/* group.c - see group.h. */
#include "dataplane/wire/group.h"

enum {
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	ALERT_BYTES = 4,      /* IPv4's router alert option (RFC 2113)      */
	HOP_BY_HOP_BYTES = 8, /* IPv6's, with its padding (RFC 2711)        */
	PROTOCOL_IGMP = 2,
	PROTOCOL_ICMP6 = 58,
	HOPS_LINK = 1,
};

/* Message types (RFC 3376, 4; RFC 3810, 5; RFC 2710, 3.1). */
enum {
	IGMP_QUERY = 0x11,
	IGMP1_REPORT = 0x12,
	IGMP2_REPORT = 0x16,
	IGMP2_LEAVE = 0x17,
	IGMP3_REPORT = 0x22,
	MLD_QUERY = 130,
	MLD1_REPORT = 131,
	MLD1_DONE = 132,
	MLD2_REPORT = 143,
};

/* Record types of version 3, which both families share (RFC 3376, 4.2.12). */
enum {
	RECORD_IS_INCLUDE = 1,
	RECORD_IS_EXCLUDE = 2,
	RECORD_TO_INCLUDE = 3,
	RECORD_TO_EXCLUDE = 4,
	RECORD_ALLOW_NEW = 5,
	RECORD_BLOCK_OLD = 6,
};

enum {
	IGMP_BYTES = 8, /* of versions 1 and 2 */
	IGMP3_QUERY_BYTES = 12,
	MLD1_BYTES = 24,
	MLD2_QUERY_BYTES = 28,
	RECORD_AT = 8,
	TENTH_NS = 100 * 1000 * 1000,
	MILLISECOND_NS = 1000 * 1000,
	RESPONSE1_TENTHS = 100, /* a query of version 1 gives ten seconds */
};

#define ALL_ROUTERS   0xE0000002u /* 224.0.0.2: leaves of version 2   */
#define IGMP3_ROUTERS 0xE0000016u /* 224.0.0.22: reports of version 3 */

static const uint8_t all_routers6[IPV6_ADDRESS_BYTES] = {0xFF, 0x02, [15] = 0x02};
static const uint8_t mld2_routers6[IPV6_ADDRESS_BYTES] = {0xFF, 0x02, [15] = 0x16};
static const uint8_t zeros[IPV6_ADDRESS_BYTES];

static bool group_has_source(const struct group *group)
{
	return group->is_ipv6 ? memcmp(group->source_ip6, zeros, sizeof zeros) != 0
			      : group->source_ip != 0;
}

static uint8_t record_type(enum group_news news, bool has_source)
{
	static const uint8_t any[] = {RECORD_IS_EXCLUDE, RECORD_TO_EXCLUDE, RECORD_TO_INCLUDE};
	static const uint8_t one[] = {RECORD_IS_INCLUDE, RECORD_ALLOW_NEW, RECORD_BLOCK_OLD};
	return has_source ? one[news] : any[news];
}

/* address_put writes an address of the group's family and returns its size. */
static uint32_t address_put(
	uint8_t *at, const struct group *group, uint32_t ip, const uint8_t ip6[IPV6_ADDRESS_BYTES])
{
	if (group->is_ipv6) {
		memcpy(at, ip6, IPV6_ADDRESS_BYTES);
		return IPV6_ADDRESS_BYTES;
	}
	store_be32(at, ip);
	return 4;
}

/* report3_write fills a report of version 3 with one record, its checksum left 0; returns its size. */
static uint32_t report3_write(uint8_t *message, const struct group *group, enum group_news news)
{
	bool has_source = group_has_source(group);
	memset(message, 0, RECORD_AT + 4);
	message[0] = group->is_ipv6 ? MLD2_REPORT : IGMP3_REPORT;
	store_be16(message + 6, 1); /* one record */
	message[RECORD_AT] = record_type(news, has_source);
	store_be16(message + RECORD_AT + 2, has_source);
	uint32_t size = RECORD_AT + 4;
	size += address_put(message + size, group, group->ip, group->ip6);
	if (has_source)
		size += address_put(message + size, group, group->source_ip, group->source_ip6);
	return size;
}

/* older_write is the same for the versions before it. */
static uint32_t older_write(uint8_t *message, const struct group *group, bool is_leave, int version)
{
	uint32_t head = group->is_ipv6 ? MLD1_BYTES - IPV6_ADDRESS_BYTES : IGMP_BYTES - 4;
	memset(message, 0, head);
	if (group->is_ipv6)
		message[0] = is_leave ? MLD1_DONE : MLD1_REPORT;
	else
		message[0] = is_leave ? IGMP2_LEAVE : version == 1 ? IGMP1_REPORT : IGMP2_REPORT;
	return head + address_put(message + head, group, group->ip, group->ip6);
}

/* igmp_build wraps a message of size_bytes that stands where it belongs in the frame. */
static uint32_t igmp_build(uint8_t *frame, const uint8_t mac[6], uint32_t interface_ip,
	uint32_t target_ip, uint32_t size_bytes)
{
	static const uint8_t alert[ALERT_BYTES] = {0x94, 0x04, 0x00, 0x00};
	const uint32_t header_bytes = IPV4_BYTES + ALERT_BYTES;
	uint8_t target_mac[6];
	net_group_mac(target_ip, target_mac);
	uint8_t *ip = net_write_ethernet(frame, mac, target_mac, false);
	uint8_t *message = ip + header_bytes;
	memcpy(ip + IPV4_BYTES, alert, ALERT_BYTES);
	net_sum_store(message + 2, net_sum(0, message, size_bytes));
	net_write_ipv4(ip, header_bytes, header_bytes + size_bytes, PROTOCOL_IGMP, HOPS_LINK,
		interface_ip, target_ip);
	return (uint32_t)(message - frame) + size_bytes;
}

/* link_local makes the address a MAC gives (RFC 4291, appendix A). */
static void link_local(const uint8_t mac[6], uint8_t ip6[IPV6_ADDRESS_BYTES])
{
	memset(ip6, 0, IPV6_ADDRESS_BYTES);
	store_be16(ip6, 0xFE80);
	memcpy(ip6 + 8, mac, 3);
	ip6[8] ^= 2;
	store_be16(ip6 + 11, 0xFFFE);
	memcpy(ip6 + 13, mac + 3, 3);
}

static uint32_t mld_build(uint8_t *frame, const uint8_t mac[6],
	const uint8_t target_ip6[IPV6_ADDRESS_BYTES], uint32_t size_bytes)
{
	/* The next header, one unit of eight bytes, router alert for MLD, padding (RFC 2711). */
	static const uint8_t hop_by_hop[HOP_BY_HOP_BYTES] = {PROTOCOL_ICMP6, 0, 5, 2, 0, 0, 1, 0};
	uint8_t target_mac[6], source_ip6[IPV6_ADDRESS_BYTES];
	net_group6_mac(target_ip6, target_mac);
	link_local(mac, source_ip6);
	uint8_t *ip = net_write_ethernet(frame, mac, target_mac, true);
	net_write_ipv6(ip, HOP_BY_HOP_BYTES + size_bytes, 0, HOPS_LINK, source_ip6, target_ip6);
	memcpy(ip + IPV6_BYTES, hop_by_hop, HOP_BY_HOP_BYTES);
	uint8_t *message = ip + IPV6_BYTES + HOP_BY_HOP_BYTES;
	uint64_t sum = net_sum_pseudo6(source_ip6, target_ip6, size_bytes, PROTOCOL_ICMP6);
	net_sum_store(message + 2, net_sum(sum, message, size_bytes));
	return (uint32_t)(message - frame) + size_bytes;
}

uint32_t group_build_report(uint8_t *frame, uint32_t frame_bytes, const uint8_t mac[6],
	uint32_t interface_ip, const struct group *group, enum group_news news, int version)
{
	bool is_leave = news == GROUP_LEAVE, is_third = version >= GROUP_VERSION_MAX;
	uint32_t at =
		14 + (group->is_ipv6 ? IPV6_BYTES + HOP_BY_HOP_BYTES : IPV4_BYTES + ALERT_BYTES);
	if (frame_bytes < GROUP_REPORT_BYTES_MAX || (is_leave && version == 1))
		return 0;
	uint32_t size = is_third ? report3_write(frame + at, group, news)
				 : older_write(frame + at, group, is_leave, version);
	if (group->is_ipv6)
		return mld_build(frame, mac,
			is_third   ? mld2_routers6
			: is_leave ? all_routers6
				   : group->ip6,
			size);
	return igmp_build(frame, mac, interface_ip,
		is_third   ? IGMP3_ROUTERS
		: is_leave ? ALL_ROUTERS
			   : group->ip,
		size);
}

/* code_value reads a response code of version 3: as it is, or from the high bit on a float of
   mantissa_bits (RFC 3376, 4.1.1; RFC 3810, 5.1.3). */
static uint64_t code_value(uint32_t code, uint32_t mantissa_bits)
{
	uint32_t linear = 1u << (mantissa_bits + 3), mantissa_mask = (1u << mantissa_bits) - 1;
	if (code < linear)
		return code;
	uint32_t exponent = code >> mantissa_bits & 7;
	return (uint64_t)((code & mantissa_mask) | (mantissa_mask + 1)) << (exponent + 3);
}

/* sources_read takes the list behind a query of version 3; false: it is longer than the packet. */
static bool sources_read(struct group_query *query, const struct net_layer *layer,
	uint32_t count_at, uint32_t list_at, uint32_t address_bytes)
{
	query->source_count = load_be16(layer->bytes + count_at);
	query->sources = layer->bytes + list_at;
	return query->source_count <= (layer->size_bytes - list_at) / address_bytes;
}

static bool igmp_parse(const struct net_layer *layer, struct group_query *query)
{
	const uint8_t *message = layer->bytes;
	if (layer->size_bytes < IGMP_BYTES || message[0] != IGMP_QUERY ||
		net_sum_fold(net_sum(0, message, layer->size_bytes)) != 0xFFFF)
		return false;
	query->version = layer->size_bytes >= IGMP3_QUERY_BYTES ? 3 : message[1] == 0 ? 1 : 2;
	/* Between 8 and 12 bytes there is no version (RFC 3376, 7.1). */
	if (query->version < 3 && layer->size_bytes != IGMP_BYTES)
		return false;
	uint64_t tenths = query->version == 1   ? RESPONSE1_TENTHS
			  : query->version == 2 ? message[1]
						: code_value(message[1], 4);
	query->max_response_ns = tenths * TENTH_NS;
	if (load_be32(message + 4) != 0)
		query->group = message + 4;
	return query->version < 3 || sources_read(query, layer, 10, IGMP3_QUERY_BYTES, 4);
}

static bool mld_parse(const struct net_layer *layer, struct group_query *query)
{
	const uint8_t *message = layer->bytes, *source_ip6 = layer->ip + 8;
	if (layer->size_bytes < MLD1_BYTES || message[0] != MLD_QUERY || !layer->has_router_alert ||
		layer->ip[7] != HOPS_LINK || source_ip6[0] != 0xFE || source_ip6[1] >> 6 != 2)
		return false;
	uint64_t sum = net_sum_pseudo6(
		source_ip6, source_ip6 + IPV6_ADDRESS_BYTES, layer->size_bytes, PROTOCOL_ICMP6);
	if (net_sum_fold(net_sum(sum, message, layer->size_bytes)) != 0xFFFF)
		return false;
	query->version = layer->size_bytes >= MLD2_QUERY_BYTES ? 3 : 2;
	if (query->version < 3 && layer->size_bytes != MLD1_BYTES)
		return false;
	uint32_t code = load_be16(message + 4);
	query->max_response_ns =
		(query->version == 2 ? code : code_value(code, 12)) * MILLISECOND_NS;
	if (memcmp(message + 8, zeros, sizeof zeros) != 0)
		query->group = message + 8;
	return query->version < 3 ||
	       sources_read(query, layer, 26, MLD2_QUERY_BYTES, IPV6_ADDRESS_BYTES);
}

bool group_parse_query(const uint8_t *frame, uint32_t size_bytes, struct group_query *query)
{
	struct net_layer layer;
	memset(query, 0, sizeof *query);
	if (net_open(frame, size_bytes, &layer) != NET_OK)
		return false;
	query->is_ipv6 = layer.is_ipv6;
	if (layer.is_ipv6)
		return layer.protocol == PROTOCOL_ICMP6 && mld_parse(&layer, query);
	return layer.protocol == PROTOCOL_IGMP && igmp_parse(&layer, query);
}

bool group_is_asked(const struct group_query *query, const struct group *group)
{
	uint8_t wanted[IPV6_ADDRESS_BYTES], source[IPV6_ADDRESS_BYTES];
	if (query->is_ipv6 != group->is_ipv6)
		return false;
	uint32_t bytes = address_put(wanted, group, group->ip, group->ip6);
	if (query->group != NULL && memcmp(query->group, wanted, bytes) != 0)
		return false;
	/* Who wants any source wants those that are asked about. */
	if (query->source_count == 0 || !group_has_source(group))
		return true;
	address_put(source, group, group->source_ip, group->source_ip6);
	for (uint32_t i = 0; i < query->source_count; i++)
		if (memcmp(query->sources + (size_t)i * bytes, source, bytes) == 0)
			return true;
	return false;
}

void group_mac(const struct group *group, uint8_t mac[6])
{
	if (group->is_ipv6)
		net_group6_mac(group->ip6, mac);
	else
		net_group_mac(group->ip, mac);
}
