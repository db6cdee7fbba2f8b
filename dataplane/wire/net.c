/* net.c - see net.h. */
#include "dataplane/wire/net.h"

enum {
	MAC_BYTES = 6,
	ETHERNET_BYTES = 14,
	TAG_BYTES = 4,
	TAG_COUNT_MAX = 2,
	IPV4_BYTES = 20,
	ROUTER_ALERT_BYTES = 4, /* RFC 2113 */
	UDP_BYTES = 8,
	IGMP2_BYTES = 8,
	IGMP3_BYTES = 16, /* with one record without sources */
	SOURCE_BYTES = 4,
	ADDRESSES_OFFSET = 12, /* source and target in the IPv4 header */
};

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_TAG = 0x8100,         /* IEEE 802.1Q  */
	TYPE_SERVICE_TAG = 0x88A8, /* IEEE 802.1ad */
	TYPE_OLD_TAG = 0x9100,
	PROTOCOL_IGMP = 2,
	PROTOCOL_UDP = 17,
	FRAGMENT_MASK = 0x3FFF, /* more fragments, and the offset */
	DONT_FRAGMENT = 0x4000,
	TTL_MULTICAST = 32,
	TTL_LINK = 1,
	CLASS_CONTROL = 0xC0, /* RFC 3376, 4 */
};

/* IGMP message and record types (RFC 3376, 4.2; RFC 2236, 2.1). */
enum {
	IGMP3_REPORT = 0x22,
	IGMP2_REPORT = 0x16,
	RECORD_TO_EXCLUDE = 4,
	RECORD_ALLOW_NEW_SOURCES = 5,
};

#define IGMP3_ROUTERS 0xE0000016u /* 224.0.0.22: all IGMPv3 routers */

/* sum_bytes adds 16-bit words in the machine's order; ones' complement sums do not mind. */
static uint64_t sum_bytes(uint64_t sum, const uint8_t *bytes, uint32_t size_bytes)
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

static uint16_t sum_fold(uint64_t sum)
{
	sum = (sum & 0xFFFFFFFFu) + (sum >> 32);
	sum = (sum & 0xFFFFFFFFu) + (sum >> 32);
	sum = (sum & 0xFFFFu) + (sum >> 16);
	sum = (sum & 0xFFFFu) + (sum >> 16);
	return (uint16_t)sum;
}

static void checksum_store(uint8_t *at, uint64_t sum)
{
	uint16_t checksum = (uint16_t)~sum_fold(sum);
	memcpy(at, &checksum, sizeof checksum);
}

/* header_sum is sum_bytes with its common size known, which unrolls it. */
static inline uint16_t header_sum(const uint8_t *ip, uint32_t header_bytes)
{
	uint32_t words[IPV4_BYTES / 4];
	if (UNLIKELY(header_bytes != IPV4_BYTES))
		return sum_fold(sum_bytes(0, ip, header_bytes));
	memcpy(words, ip, sizeof words);
	return sum_fold((uint64_t)words[0] + words[1] + words[2] + words[3] + words[4]);
}

/* ipv4_parse checks one IPv4 header with size_bytes present; on NET_OK it holds UDP of
   *udp_bytes at *udp_offset. */
static inline enum net_verdict ipv4_parse(
	const uint8_t *ip, uint32_t size_bytes, uint32_t *udp_offset, uint32_t *udp_bytes)
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
	if (ip[9] != PROTOCOL_UDP)
		return NET_NOT_UDP;
	if (UNLIKELY((load_be16(ip + 6) & FRAGMENT_MASK) != 0))
		return NET_FRAGMENT;
	*udp_offset = header_bytes;
	*udp_bytes = total_bytes - header_bytes;
	return NET_OK;
}

enum net_verdict net_parse(const uint8_t *frame, uint32_t size_bytes, struct net_udp *udp)
{
	uint32_t offset = 2 * MAC_BYTES, tags = 0, udp_offset, present_bytes;
	uint16_t vlan = 0;
	if (UNLIKELY(size_bytes < ETHERNET_BYTES))
		return NET_TRUNCATED;
	uint16_t type = load_be16(frame + offset);
	while (type == TYPE_TAG || type == TYPE_SERVICE_TAG || type == TYPE_OLD_TAG) {
		if (tags == TAG_COUNT_MAX)
			return NET_NOT_UDP;
		if (UNLIKELY(size_bytes < offset + TAG_BYTES + 2))
			return NET_TRUNCATED;
		if (tags++ == 0)
			vlan = load_be16(frame + offset + 2) & 0x0FFF;
		offset += TAG_BYTES;
		type = load_be16(frame + offset);
	}
	if (type != TYPE_IPV4)
		return NET_NOT_UDP;
	const uint8_t *ip = frame + offset + 2;
	enum net_verdict verdict =
		ipv4_parse(ip, size_bytes - offset - 2, &udp_offset, &present_bytes);
	if (UNLIKELY(verdict != NET_OK))
		return verdict;
	if (UNLIKELY(present_bytes < UDP_BYTES))
		return NET_TRUNCATED;
	const uint8_t *header = ip + udp_offset;
	uint32_t length = load_be16(header + 4);
	if (UNLIKELY(length < UDP_BYTES || length > present_bytes))
		return NET_TRUNCATED;
	udp->source_ip = load_be32(ip + ADDRESSES_OFFSET);
	udp->target_ip = load_be32(ip + ADDRESSES_OFFSET + 4);
	udp->source_port = load_be16(header);
	udp->target_port = load_be16(header + 2);
	udp->vlan = vlan;
	udp->payload_bytes = length - UDP_BYTES;
	udp->payload = header + UDP_BYTES;
	return NET_OK;
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

static uint8_t *ethernet_write(
	uint8_t *frame, const uint8_t source_mac[6], const uint8_t target_mac[6])
{
	memcpy(frame, target_mac, MAC_BYTES);
	memcpy(frame + MAC_BYTES, source_mac, MAC_BYTES);
	store_be16(frame + 2 * MAC_BYTES, TYPE_IPV4);
	return frame + ETHERNET_BYTES;
}

/* ipv4_write writes a header of header_bytes, options (if any) already in place behind the first 20. */
static void ipv4_write(uint8_t *ip, uint32_t header_bytes, uint32_t total_bytes, uint8_t protocol,
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
	checksum_store(ip + 10, sum_bytes(0, ip, header_bytes));
}

uint32_t net_build_udp(uint8_t *frame, uint32_t frame_bytes, const uint8_t source_mac[6],
	const uint8_t target_mac[6], const struct net_udp *udp)
{
	const uint32_t overhead = ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES;
	if (frame_bytes < overhead || udp->payload_bytes > frame_bytes - overhead ||
		udp->payload_bytes > UINT16_MAX - IPV4_BYTES - UDP_BYTES)
		return 0;
	uint32_t udp_bytes = UDP_BYTES + udp->payload_bytes;
	uint8_t *ip = ethernet_write(frame, source_mac, target_mac);
	ipv4_write(ip, IPV4_BYTES, IPV4_BYTES + udp_bytes, PROTOCOL_UDP, TTL_MULTICAST,
		udp->source_ip, udp->target_ip);
	uint8_t *header = ip + IPV4_BYTES;
	store_be16(header, udp->source_port);
	store_be16(header + 2, udp->target_port);
	store_be16(header + 4, (uint16_t)udp_bytes);
	store_be16(header + 6, 0);
	if (udp->payload_bytes != 0)
		memmove(header + UDP_BYTES, udp->payload, udp->payload_bytes);
	/* RFC 768: the pseudo header is the addresses, the protocol and the length; a sum of 0 is
	   sent as all ones, because 0 says "no checksum". */
	uint8_t pseudo[4] = {0, PROTOCOL_UDP};
	store_be16(pseudo + 2, (uint16_t)udp_bytes);
	uint64_t sum = sum_bytes(0, ip + ADDRESSES_OFFSET, 8);
	sum = sum_bytes(sum, pseudo, sizeof pseudo);
	checksum_store(header + 6, sum_bytes(sum, header, udp_bytes));
	if (load_be16(header + 6) == 0)
		store_be16(header + 6, 0xFFFF);
	return ETHERNET_BYTES + IPV4_BYTES + udp_bytes;
}

/* igmp_write fills the message itself and returns its size. */
static uint32_t igmp_write(uint8_t *igmp, uint32_t group_ip, uint32_t source_ip, bool is_v2)
{
	uint32_t size = is_v2 ? IGMP2_BYTES : IGMP3_BYTES + (source_ip != 0 ? SOURCE_BYTES : 0);
	memset(igmp, 0, size);
	if (is_v2) {
		igmp[0] = IGMP2_REPORT;
		store_be32(igmp + 4, group_ip);
	} else {
		igmp[0] = IGMP3_REPORT;
		store_be16(igmp + 6, 1); /* one record */
		igmp[8] = source_ip != 0 ? RECORD_ALLOW_NEW_SOURCES : RECORD_TO_EXCLUDE;
		store_be16(igmp + 10, source_ip != 0);
		store_be32(igmp + 12, group_ip);
		if (source_ip != 0)
			store_be32(igmp + 16, source_ip);
	}
	checksum_store(igmp + 2, sum_bytes(0, igmp, size));
	return size;
}

uint32_t net_build_igmp_join(uint8_t *frame, uint32_t frame_bytes, const uint8_t source_mac[6],
	uint32_t interface_ip, uint32_t group_ip, uint32_t source_ip, int version)
{
	static const uint8_t router_alert[ROUTER_ALERT_BYTES] = {0x94, 0x04, 0x00, 0x00};
	const uint32_t header_bytes = IPV4_BYTES + ROUTER_ALERT_BYTES;
	bool is_v2 = version == 2;
	uint32_t target_ip = is_v2 ? group_ip : IGMP3_ROUTERS;
	uint8_t target_mac[MAC_BYTES];
	if (frame_bytes < ETHERNET_BYTES + header_bytes + IGMP3_BYTES + SOURCE_BYTES)
		return 0;
	net_group_mac(target_ip, target_mac);
	uint8_t *ip = ethernet_write(frame, source_mac, target_mac);
	memcpy(ip + IPV4_BYTES, router_alert, ROUTER_ALERT_BYTES);
	uint32_t igmp_bytes = igmp_write(ip + header_bytes, group_ip, source_ip, is_v2);
	ipv4_write(ip, header_bytes, header_bytes + igmp_bytes, PROTOCOL_IGMP, TTL_LINK,
		interface_ip, target_ip);
	return ETHERNET_BYTES + header_bytes + igmp_bytes;
}
