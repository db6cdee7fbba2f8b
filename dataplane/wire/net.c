/* net.c - see net.h. */
#include "dataplane/wire/net.h"

enum {
	MAC_BYTES = 6,
	ETHERNET_BYTES = 14,
	TAG_BYTES = 4,
	TAG_COUNT_MAX = 2,
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	EXTENSION_BYTES = 8, /* the shortest; their lengths count in eights */
	UDP_BYTES = 8,
	ADDRESSES_OFFSET = 12, /* source and target in the IPv4 header */
	ADDRESSES6_OFFSET = 8, /* and in that of IPv6                  */
};

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86DD,
	TYPE_TAG = 0x8100,         /* IEEE 802.1Q  */
	TYPE_SERVICE_TAG = 0x88A8, /* IEEE 802.1ad */
	TYPE_OLD_TAG = 0x9100,
	PROTOCOL_IGMP = 2,
	PROTOCOL_UDP = 17,
	FRAGMENT_MASK = 0x3FFF, /* more fragments, and the offset */
	DONT_FRAGMENT = 0x4000,
	TTL_MULTICAST = 32,
	CLASS_CONTROL = 0xC0, /* RFC 3376, 4 */
};

/* IPv6's next headers that are extensions (RFC 8200, 4). */
enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_OPTIONS = 60,
	OPTION_PAD1 = 0,
	OPTION_ROUTER_ALERT = 5, /* RFC 2711 */
};

/* net_sum adds 16-bit words in the machine's order; ones' complement sums do not mind. */
uint64_t net_sum(uint64_t sum, const uint8_t *bytes, uint32_t size_bytes)
{
	for (; size_bytes >= 4; bytes += 4, size_bytes -= 4) {
		uint32_t word;
		memcpy(&word, bytes, sizeof word);
		sum += word;
	}
	uint8_t rest[4] = {0};
	memcpy(rest, bytes, size_bytes);
	uint32_t word;
	memcpy(&word, rest, sizeof word);
	return sum + word;
}

uint16_t net_sum_fold(uint64_t sum)
{
	sum = (sum & 0xFFFFFFFFu) + (sum >> 32);
	sum = (sum & 0xFFFFFFFFu) + (sum >> 32);
	sum = (sum & 0xFFFFu) + (sum >> 16);
	sum = (sum & 0xFFFFu) + (sum >> 16);
	return (uint16_t)sum;
}

void net_sum_store(uint8_t *at, uint64_t sum)
{
	uint16_t checksum = (uint16_t)~net_sum_fold(sum);
	memcpy(at, &checksum, sizeof checksum);
}

/* header_sum is net_sum with its common size known, which unrolls it. */
static inline uint16_t header_sum(const uint8_t *ip, uint32_t header_bytes)
{
	uint32_t words[IPV4_BYTES / 4];
	if (UNLIKELY(header_bytes != IPV4_BYTES))
		return net_sum_fold(net_sum(0, ip, header_bytes));
	memcpy(words, ip, sizeof words);
	return net_sum_fold((uint64_t)words[0] + words[1] + words[2] + words[3] + words[4]);
}

/* ipv4_parse checks one IPv4 header with size_bytes present; on NET_OK it holds a packet of *protocol, of
   *size at *offset. */
static inline enum net_verdict ipv4_parse(
	const uint8_t *ip, uint32_t size_bytes, uint8_t *protocol, uint32_t *offset, uint32_t *size)
{
	if (UNLIKELY(size_bytes < IPV4_BYTES))
		return NET_TRUNCATED;
	uint32_t header_bytes = (ip[0] & 15u) * 4;
	if (UNLIKELY(ip[0] >> 4 != 4 || header_bytes < IPV4_BYTES))
		return NET_BAD_HEADER;
	uint32_t total_bytes = load_be16(ip + 2);
	if (UNLIKELY(total_bytes < header_bytes || total_bytes > size_bytes))
		return NET_TRUNCATED;
	if (UNLIKELY(header_sum(ip, header_bytes) != 0xFFFF))
		return NET_BAD_HEADER;
	*protocol = ip[9];
	*offset = header_bytes;
	*size = total_bytes - header_bytes;
	return UNLIKELY((load_be16(ip + 6) & FRAGMENT_MASK) != 0) ? NET_FRAGMENT : NET_OK;
}

/* options_have_alert looks for the router alert among the options of a hop-by-hop header. */
static bool options_have_alert(const uint8_t *options, uint32_t size_bytes)
{
	for (uint32_t at = 0; at + 1 < size_bytes;) {
		if (options[at] == OPTION_ROUTER_ALERT)
			return true;
		at += options[at] == OPTION_PAD1 ? 1 : 2u + options[at + 1];
	}
	return false;
}

/* ipv6_parse does the same for IPv6; its extension headers count as part of the header. */
static enum net_verdict ipv6_parse(const uint8_t *ip, uint32_t size_bytes, uint8_t *protocol,
	uint32_t *offset, uint32_t *size, bool *has_router_alert)
{
	*has_router_alert = false;
	if (UNLIKELY(size_bytes < IPV6_BYTES))
		return NET_TRUNCATED;
	if (UNLIKELY(ip[0] >> 4 != 6))
		return NET_BAD_HEADER;
	uint32_t end = IPV6_BYTES + load_be16(ip + 4), at = IPV6_BYTES;
	uint8_t next = ip[6];
	if (UNLIKELY(end > size_bytes))
		return NET_TRUNCATED;
	for (uint32_t count = 0;
		next == NEXT_HOP_BY_HOP || next == NEXT_ROUTING || next == NEXT_OPTIONS; count++) {
		/* Hop-by-hop options stand first or not at all (RFC 8200, 4.1). */
		if (count == NET_EXTENSION_COUNT_MAX || (next == NEXT_HOP_BY_HOP && count != 0))
			return NET_BAD_HEADER;
		if (end - at < EXTENSION_BYTES)
			return NET_TRUNCATED;
		uint32_t bytes = (ip[at + 1] + 1u) * EXTENSION_BYTES;
		if (bytes > end - at)
			return NET_TRUNCATED;
		if (next == NEXT_HOP_BY_HOP)
			*has_router_alert = options_have_alert(ip + at + 2, bytes - 2);
		next = ip[at];
		at += bytes;
	}
	*protocol = next;
	*offset = at;
	*size = end - at;
	return next == NEXT_FRAGMENT ? NET_FRAGMENT : NET_OK;
}

/* ethernet_parse steps over the Ethernet header and its tags.  NET_OK: *type is the type behind them and
   *offset where that begins. */
static inline enum net_verdict ethernet_parse(
	const uint8_t *frame, uint32_t size_bytes, uint32_t *offset, uint16_t *type, uint16_t *vlan)
{
	uint32_t tags = 0, at = 2 * MAC_BYTES;
	*vlan = 0;
	if (UNLIKELY(size_bytes < ETHERNET_BYTES))
		return NET_TRUNCATED;
	*type = load_be16(frame + at);
	while (*type == TYPE_TAG || *type == TYPE_SERVICE_TAG || *type == TYPE_OLD_TAG) {
		if (tags == TAG_COUNT_MAX)
			return NET_NOT_UDP;
		if (UNLIKELY(size_bytes < at + TAG_BYTES + 2))
			return NET_TRUNCATED;
		if (tags++ == 0)
			*vlan = load_be16(frame + at + 2) & 0x0FFF;
		at += TAG_BYTES;
		*type = load_be16(frame + at);
	}
	*offset = at + 2;
	return NET_OK;
}

enum net_verdict net_parse(const uint8_t *frame, uint32_t size_bytes, struct net_udp *udp)
{
	uint32_t offset, udp_offset, present_bytes;
	uint16_t vlan, type;
	uint8_t protocol;
	bool has_router_alert;
	enum net_verdict verdict = ethernet_parse(frame, size_bytes, &offset, &type, &vlan);
	if (UNLIKELY(verdict != NET_OK))
		return verdict;
	const uint8_t *ip = frame + offset;
	bool is_ipv6 = type == TYPE_IPV6;
	if (LIKELY(type == TYPE_IPV4))
		verdict =
			ipv4_parse(ip, size_bytes - offset, &protocol, &udp_offset, &present_bytes);
	else if (is_ipv6)
		verdict = ipv6_parse(ip, size_bytes - offset, &protocol, &udp_offset,
			&present_bytes, &has_router_alert);
	else
		return NET_NOT_UDP;
	/* Of a fragmented IPv4 packet the protocol is known: one that is not UDP is no fragment of ours. */
	if (UNLIKELY(verdict == NET_FRAGMENT) && !is_ipv6 && protocol != PROTOCOL_UDP)
		return NET_NOT_UDP;
	if (UNLIKELY(verdict != NET_OK))
		return verdict;
	if (protocol != PROTOCOL_UDP)
		return NET_NOT_UDP;
	if (UNLIKELY(present_bytes < UDP_BYTES))
		return NET_TRUNCATED;
	const uint8_t *header = ip + udp_offset;
	uint32_t length = load_be16(header + 4);
	if (UNLIKELY(length < UDP_BYTES || length > present_bytes))
		return NET_TRUNCATED;
	if (UNLIKELY(is_ipv6) && load_be16(header + 6) == 0)
		return NET_BAD_HEADER;
	udp->source_ip = is_ipv6 ? 0 : load_be32(ip + ADDRESSES_OFFSET);
	udp->target_ip = is_ipv6 ? 0 : load_be32(ip + ADDRESSES_OFFSET + 4);
	udp->source_ip6 = is_ipv6 ? ip + ADDRESSES6_OFFSET : NULL;
	udp->target_ip6 = is_ipv6 ? ip + ADDRESSES6_OFFSET + IPV6_ADDRESS_BYTES : NULL;
	udp->source_port = load_be16(header);
	udp->target_port = load_be16(header + 2);
	udp->vlan = vlan;
	udp->payload_bytes = length - UDP_BYTES;
	udp->payload = header + UDP_BYTES;
	return NET_OK;
}

enum net_verdict net_open(const uint8_t *frame, uint32_t size_bytes, struct net_layer *layer)
{
	uint32_t offset, at = 0;
	uint16_t vlan, type;
	memset(layer, 0, sizeof *layer);
	enum net_verdict verdict = ethernet_parse(frame, size_bytes, &offset, &type, &vlan);
	if (verdict != NET_OK)
		return verdict;
	layer->ip = frame + offset;
	layer->is_ipv6 = type == TYPE_IPV6;
	if (type == TYPE_IPV4)
		verdict = ipv4_parse(
			layer->ip, size_bytes - offset, &layer->protocol, &at, &layer->size_bytes);
	else if (layer->is_ipv6)
		verdict = ipv6_parse(layer->ip, size_bytes - offset, &layer->protocol, &at,
			&layer->size_bytes, &layer->has_router_alert);
	else
		return NET_NOT_UDP;
	layer->bytes = layer->ip + at;
	return verdict;
}

void net_group_mac(uint32_t group_ip, uint8_t mac[6])
{
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5E;
	mac[3] = (uint8_t)(group_ip >> 16 & 0x7F);
	mac[4] = (uint8_t)(group_ip >> 8);
	mac[5] = (uint8_t)group_ip;
}

void net_group6_mac(const uint8_t group_ip6[IPV6_ADDRESS_BYTES], uint8_t mac[6])
{
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, group_ip6 + IPV6_ADDRESS_BYTES - 4, 4);
}

uint8_t *net_write_ethernet(
	uint8_t *frame, const uint8_t source_mac[6], const uint8_t target_mac[6], bool is_ipv6)
{
	memcpy(frame, target_mac, MAC_BYTES);
	memcpy(frame + MAC_BYTES, source_mac, MAC_BYTES);
	store_be16(frame + 2 * MAC_BYTES, is_ipv6 ? TYPE_IPV6 : TYPE_IPV4);
	return frame + ETHERNET_BYTES;
}

void net_write_ipv4(uint8_t *ip, uint32_t header_bytes, uint32_t total_bytes, uint8_t protocol,
	uint8_t ttl, uint32_t source_ip, uint32_t target_ip)
{
	ip[0] = (uint8_t)(0x40 | header_bytes / 4);
	ip[1] = protocol == PROTOCOL_IGMP ? CLASS_CONTROL : 0;
	store_be16(ip + 2, (uint16_t)total_bytes);
	store_be16(ip + 4, 0);
	store_be16(ip + 6, DONT_FRAGMENT);
	ip[8] = ttl;
	ip[9] = protocol;
	store_be16(ip + 10, 0);
	store_be32(ip + ADDRESSES_OFFSET, source_ip);
	store_be32(ip + ADDRESSES_OFFSET + 4, target_ip);
	net_sum_store(ip + 10, net_sum(0, ip, header_bytes));
}

void net_write_ipv6(uint8_t *ip, uint32_t payload_bytes, uint8_t next, uint8_t hop_limit,
	const uint8_t source_ip6[IPV6_ADDRESS_BYTES], const uint8_t target_ip6[IPV6_ADDRESS_BYTES])
{
	store_be32(ip, 6u << 28);
	store_be16(ip + 4, (uint16_t)payload_bytes);
	ip[6] = next;
	ip[7] = hop_limit;
	memcpy(ip + ADDRESSES6_OFFSET, source_ip6, IPV6_ADDRESS_BYTES);
	memcpy(ip + ADDRESSES6_OFFSET + IPV6_ADDRESS_BYTES, target_ip6, IPV6_ADDRESS_BYTES);
}

uint64_t net_sum_pseudo6(const uint8_t source_ip6[IPV6_ADDRESS_BYTES],
	const uint8_t target_ip6[IPV6_ADDRESS_BYTES], uint32_t size_bytes, uint8_t protocol)
{
	uint8_t rest[8] = {0};
	store_be32(rest, size_bytes);
	rest[7] = protocol;
	uint64_t sum = net_sum(0, source_ip6, IPV6_ADDRESS_BYTES);
	sum = net_sum(sum, target_ip6, IPV6_ADDRESS_BYTES);
	return net_sum(sum, rest, sizeof rest);
}

/* udp_write writes the datagram; pseudo is the sum of the pseudo header.  RFC 768: a sum of 0 is sent as
   all ones, because 0 says "no checksum". */
static void udp_write(
	uint8_t *header, const struct net_udp *udp, uint32_t udp_bytes, uint64_t pseudo)
{
	store_be16(header, udp->source_port);
	store_be16(header + 2, udp->target_port);
	store_be16(header + 4, (uint16_t)udp_bytes);
	store_be16(header + 6, 0);
	if (udp->payload_bytes != 0)
		memmove(header + UDP_BYTES, udp->payload, udp->payload_bytes);
	net_sum_store(header + 6, net_sum(pseudo, header, udp_bytes));
	if (load_be16(header + 6) == 0)
		store_be16(header + 6, 0xFFFF);
}

uint32_t net_build_udp(uint8_t *frame, uint32_t frame_bytes, const uint8_t source_mac[6],
	const uint8_t target_mac[6], const struct net_udp *udp)
{
	bool is_ipv6 = udp->target_ip6 != NULL;
	const uint32_t ip_bytes = is_ipv6 ? IPV6_BYTES : IPV4_BYTES;
	const uint32_t overhead = ETHERNET_BYTES + ip_bytes + UDP_BYTES;
	const uint32_t counted = UDP_BYTES + (is_ipv6 ? 0 : IPV4_BYTES); /* by IP's length */
	if (frame_bytes < overhead || udp->payload_bytes > frame_bytes - overhead ||
		udp->payload_bytes > UINT16_MAX - counted)
		return 0;
	uint32_t udp_bytes = UDP_BYTES + udp->payload_bytes;
	uint8_t *ip = net_write_ethernet(frame, source_mac, target_mac, is_ipv6);
	uint64_t pseudo;
	if (is_ipv6) {
		net_write_ipv6(ip, udp_bytes, PROTOCOL_UDP, TTL_MULTICAST, udp->source_ip6,
			udp->target_ip6);
		pseudo = net_sum_pseudo6(udp->source_ip6, udp->target_ip6, udp_bytes, PROTOCOL_UDP);
	} else {
		net_write_ipv4(ip, IPV4_BYTES, IPV4_BYTES + udp_bytes, PROTOCOL_UDP, TTL_MULTICAST,
			udp->source_ip, udp->target_ip);
		/* RFC 768: addresses, protocol and length. */
		uint8_t rest[4] = {0, PROTOCOL_UDP};
		store_be16(rest + 2, (uint16_t)udp_bytes);
		pseudo = net_sum(net_sum(0, ip + ADDRESSES_OFFSET, 8), rest, sizeof rest);
	}
	udp_write(ip + ip_bytes, udp, udp_bytes, pseudo);
	return overhead + udp->payload_bytes;
}
