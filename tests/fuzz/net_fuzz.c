/* net_fuzz.c - any bytes as a frame: the payload stays inside it, and a rebuilt frame reads the same.
   rooms: dataplane_wire */
#include <stdlib.h>

#include "dataplane/wire/group.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	static uint8_t frame[UINT16_MAX + 64];
	struct net_udp udp, again;
	struct group_query query;
	if (group_parse_query(bytes, (uint32_t)size, &query) && query.source_count != 0 &&
		(query.sources < bytes ||
			query.sources + query.source_count * (query.is_ipv6 ? 16 : 4) >
				bytes + size))
		abort();
	if (net_parse(bytes, (uint32_t)size, &udp) != NET_OK)
		return 0;
	if (udp.payload < bytes || udp.payload + udp.payload_bytes > bytes + size)
		abort();
	uint32_t built = net_build_udp(frame, sizeof frame, mac, mac, &udp);
	if (net_parse(frame, built, &again) != NET_OK || again.payload_bytes != udp.payload_bytes ||
		(again.target_ip6 == NULL) != (udp.target_ip6 == NULL) ||
		again.source_ip != udp.source_ip || again.target_ip != udp.target_ip ||
		again.source_port != udp.source_port || again.target_port != udp.target_port ||
		memcmp(again.payload, udp.payload, udp.payload_bytes) != 0)
		abort();
	return 0;
}
