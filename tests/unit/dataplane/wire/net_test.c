/* net_test.c - frames that are whole, frames that lie, frames we build. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/net.h"

#define GROUP 0xE9360C6Fu /* 233.54.12.111 */

enum { SOURCE = 0x0A000001, IP = 14, UDP = 34 };

static const uint8_t source_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t source6[16] = {0xFD, [15] = 1}, group6[16] = {0xFF, 0x3E, [15] = 1};
static const char text[] = "multicast";

static uint32_t frame_build(uint8_t *frame, uint32_t room)
{
	uint8_t target_mac[6];
	struct net_udp udp = {.source_ip = SOURCE,
		.target_ip = GROUP,
		.source_port = 40000,
		.target_port = 26477,
		.payload_bytes = sizeof text,
		.payload = (const uint8_t *)text};
	net_group_mac(GROUP, target_mac);
	return net_build_udp(frame, room, source_mac, target_mac, &udp);
}

/* parse_exact parses a copy without a byte of room behind it. */
static enum net_verdict parse_exact(const uint8_t *frame, uint32_t size, struct net_udp *udp)
{
	uint8_t *bytes = malloc(size != 0 ? size : 1);
	assert_non_null(bytes);
	if (size != 0)
		memcpy(bytes, frame, size);
	enum net_verdict verdict = net_parse(bytes, size, udp);
	if (verdict == NET_OK && udp->payload_bytes != 0)
		assert_true(
			udp->payload >= bytes && udp->payload + udp->payload_bytes <= bytes + size);
	free(bytes);
	return verdict;
}

static uint16_t checksum_of(const uint8_t *bytes, uint32_t size, uint32_t sum)
{
	for (uint32_t i = 0; i + 1 < size; i += 2)
		sum += load_be16(bytes + i);
	if (size % 2 != 0)
		sum += (uint32_t)bytes[size - 1] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t)~sum;
}

/* header_seal makes the IPv4 checksum right again after a change. */
static void header_seal(uint8_t *ip)
{
	store_be16(ip + 10, 0);
	store_be16(ip + 10, checksum_of(ip, (ip[0] & 15u) * 4, 0));
}

static void a_built_frame_reads_back(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame);
	assert_int_equal(size, 42 + sizeof text);
	assert_int_equal(net_parse(frame, size, &udp), NET_OK);
	assert_int_equal(udp.source_ip, SOURCE);
	assert_int_equal(udp.target_ip, GROUP);
	assert_int_equal(udp.source_port, 40000);
	assert_int_equal(udp.target_port, 26477);
	assert_int_equal(udp.vlan, 0);
	assert_int_equal(udp.payload_bytes, sizeof text);
	assert_memory_equal(udp.payload, text, sizeof text);
	assert_ptr_equal(udp.payload, frame + 42);
}

static void a_built_frame_carries_right_checksums(void **state)
{
	(void)state;
	uint8_t frame[128];
	uint32_t size = frame_build(frame, sizeof frame), sum = 17 + (size - UDP);
	assert_int_equal(checksum_of(frame + IP, 20, 0), 0);
	for (uint32_t i = 12; i < 20; i += 2)
		sum += load_be16(frame + IP + i);
	assert_int_equal(checksum_of(frame + UDP, size - UDP, sum), 0);
	assert_int_not_equal(load_be16(frame + UDP + 6), 0);
}

static void a_checksum_of_zero_is_sent_as_all_ones(void **state)
{
	(void)state;
	uint8_t frame[64], payload[2] = {0};
	struct net_udp udp = {.payload_bytes = 2, .payload = payload};
	uint32_t size = net_build_udp(frame, sizeof frame, source_mac, source_mac, &udp);
	/* Without addresses and ports the sum is the protocol and twice the length: fill up to ones. */
	store_be16(payload, (uint16_t)(0xFFFF - 17 - 10 - 10));
	assert_int_equal(net_build_udp(frame, sizeof frame, source_mac, source_mac, &udp), size);
	assert_int_equal(load_be16(frame + UDP + 6), 0xFFFF);
}

static void a_frame_that_does_not_fit_is_not_built(void **state)
{
	(void)state;
	uint8_t frame[128];
	uint32_t size = frame_build(frame, sizeof frame);
	assert_int_equal(frame_build(frame, size), size);
	for (uint32_t room = 0; room < size; room++)
		assert_int_equal(frame_build(frame, room), 0);
	static uint8_t huge[UINT16_MAX + 64], payload[UINT16_MAX];
	struct net_udp udp = {.payload_bytes = UINT16_MAX - 28, .payload = payload};
	assert_int_equal(
		net_build_udp(huge, sizeof huge, source_mac, source_mac, &udp), 14 + UINT16_MAX);
	assert_int_equal(net_build_udp(frame, sizeof frame, source_mac, source_mac,
				 &(struct net_udp){.payload_bytes = 0}),
		14 + 28);
	udp.payload_bytes++;
	assert_int_equal(net_build_udp(huge, sizeof huge, source_mac, source_mac, &udp), 0);
}

static void a_frame_cut_at_any_byte_is_truncated(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame);
	for (uint32_t cut = 0; cut < size; cut++)
		assert_int_equal(parse_exact(frame, cut, &udp), NET_TRUNCATED);
	assert_int_equal(parse_exact(frame, size, &udp), NET_OK);
}

static void padding_behind_the_datagram_is_not_payload(void **state)
{
	(void)state;
	uint8_t frame[128] = {0};
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame);
	for (uint32_t more = 0; more < 40; more++) {
		assert_int_equal(parse_exact(frame, size + more, &udp), NET_OK);
		assert_int_equal(udp.payload_bytes, sizeof text);
	}
}

static void every_total_length_but_the_true_one_is_seen(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame), true_bytes = size - IP;
	for (uint32_t total = 0; total <= UINT16_MAX; total++) {
		store_be16(frame + IP + 2, (uint16_t)total);
		header_seal(frame + IP);
		assert_int_equal(parse_exact(frame, size, &udp),
			total == true_bytes ? NET_OK : NET_TRUNCATED);
	}
}

static void every_udp_length_is_kept_inside_the_datagram(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame), true_bytes = size - UDP;
	for (uint32_t length = 0; length <= UINT16_MAX; length++) {
		store_be16(frame + UDP + 4, (uint16_t)length);
		bool fits = length >= 8 && length <= true_bytes;
		assert_int_equal(parse_exact(frame, size, &udp), fits ? NET_OK : NET_TRUNCATED);
		if (fits)
			assert_int_equal(udp.payload_bytes, length - 8);
	}
}

static void every_header_byte_but_one_value_is_a_bad_header(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame);
	for (uint32_t first = 0; first < 256; first++) {
		frame[IP] = (uint8_t)first;
		enum net_verdict verdict = parse_exact(frame, size, &udp);
		if (first == 0x45)
			assert_int_equal(verdict, NET_OK);
		else
			assert_true(verdict == NET_BAD_HEADER || verdict == NET_TRUNCATED);
	}
}

static void a_flipped_bit_in_the_header_is_a_bad_checksum(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame);
	for (uint32_t bit = 4 * 8; bit < 20 * 8; bit++) {
		frame[IP + bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(parse_exact(frame, size, &udp), NET_BAD_HEADER);
		frame[IP + bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(parse_exact(frame, size, &udp), NET_OK);
}

static void fragments_are_named(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame);
	for (uint32_t flags = 0; flags <= UINT16_MAX; flags++) {
		store_be16(frame + IP + 6, (uint16_t)flags);
		header_seal(frame + IP);
		assert_int_equal(net_parse(frame, size, &udp),
			(flags & 0x3FFF) == 0 ? NET_OK : NET_FRAGMENT);
	}
	/* A piece of what is not UDP is none of ours. */
	frame[IP + 9] = 6;
	store_be16(frame + IP + 6, 0x2000);
	header_seal(frame + IP);
	assert_int_equal(net_parse(frame, size, &udp), NET_NOT_UDP);
}

static void other_protocols_are_not_udp(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct net_udp udp;
	uint32_t size = frame_build(frame, sizeof frame);
	for (uint32_t protocol = 0; protocol < 256; protocol++) {
		frame[IP + 9] = (uint8_t)protocol;
		header_seal(frame + IP);
		assert_int_equal(
			net_parse(frame, size, &udp), protocol == 17 ? NET_OK : NET_NOT_UDP);
	}
	frame_build(frame, sizeof frame);
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		if (type == 0x8100 || type == 0x88A8 || type == 0x9100)
			continue;
		store_be16(frame + 12, (uint16_t)type);
		assert_int_equal(net_parse(frame, size, &udp), type == 0x0800   ? NET_OK
							       : type == 0x86DD ? NET_TRUNCATED
										: NET_NOT_UDP);
	}
}

/* tag_insert puts a VLAN tag before the type at offset 12. */
static uint32_t tag_insert(uint8_t *frame, uint32_t size, uint16_t type, uint16_t tag)
{
	memmove(frame + 16, frame + 12, size - 12);
	store_be16(frame + 12, type);
	store_be16(frame + 14, tag);
	return size + 4;
}

static void up_to_two_tags_are_read_and_the_outer_one_is_told(void **state)
{
	(void)state;
	static const uint16_t types[] = {0x8100, 0x88A8, 0x9100};
	for (uint32_t t = 0; t < ARRAY_COUNT(types); t++) {
		uint8_t frame[128];
		struct net_udp udp;
		uint32_t size = frame_build(frame, sizeof frame);
		size = tag_insert(frame, size, 0x8100, 0xE064);
		assert_int_equal(parse_exact(frame, size, &udp), NET_OK);
		assert_int_equal(udp.vlan, 0x064);
		size = tag_insert(frame, size, types[t], 0x0FFF);
		assert_int_equal(parse_exact(frame, size, &udp), NET_OK);
		assert_int_equal(udp.vlan, 0x0FFF);
		assert_int_equal(udp.payload_bytes, sizeof text);
		for (uint32_t cut = 0; cut < size; cut++)
			assert_int_equal(parse_exact(frame, cut, &udp), NET_TRUNCATED);
		size = tag_insert(frame, size, 0x8100, 1);
		assert_int_equal(parse_exact(frame, size, &udp), NET_NOT_UDP);
	}
}

static void options_in_the_header_are_stepped_over(void **state)
{
	(void)state;
	for (uint32_t words = 1; words <= 10; words++) {
		uint8_t frame[256] = {0};
		struct net_udp udp;
		uint32_t size = frame_build(frame, sizeof frame), more = words * 4;
		memmove(frame + UDP + more, frame + UDP, size - UDP);
		memset(frame + UDP, 1, more);
		frame[IP] = (uint8_t)(0x45 + words);
		store_be16(frame + IP + 2, (uint16_t)(size - IP + more));
		header_seal(frame + IP);
		assert_int_equal(parse_exact(frame, size + more, &udp), NET_OK);
		assert_int_equal(udp.payload_bytes, sizeof text);
		assert_int_equal(udp.target_port, 26477);
		frame[UDP] ^= 1;
		assert_int_equal(parse_exact(frame, size + more, &udp), NET_BAD_HEADER);
	}
}

static void a_group_gets_its_ethernet_address(void **state)
{
	(void)state;
	uint8_t mac[6];
	net_group_mac(
		0xE9B60C6F, mac); /* 233.182.12.111: the highest bit of the second byte is lost */
	assert_memory_equal(mac, "\x01\x00\x5E\x36\x0C\x6F", 6);
}

/* frame6_build builds the same datagram over IPv6 with `extensions` of extension_bytes in all; *udp_at is
   where UDP begins. */
static uint32_t frame6_build(uint8_t *frame, uint32_t room, const uint8_t *extensions,
	uint32_t extension_bytes, uint8_t first, uint32_t *udp_at)
{
	static const uint8_t mac[6] = {0x33, 0x33, 0, 0, 0, 1};
	struct net_udp udp = {.source_ip6 = source6,
		.target_ip6 = group6,
		.source_port = 40000,
		.target_port = 26477,
		.payload_bytes = sizeof text,
		.payload = (const uint8_t *)text};
	uint32_t size = net_build_udp(frame, room, source_mac, mac, &udp);
	assert_int_equal(size, 14 + 40 + 8 + sizeof text);
	*udp_at = IP + 40 + extension_bytes;
	if (extension_bytes == 0)
		return size;
	memmove(frame + *udp_at, frame + IP + 40, size - IP - 40);
	memcpy(frame + IP + 40, extensions, extension_bytes);
	frame[IP + 6] = first;
	store_be16(frame + IP + 4, (uint16_t)(load_be16(frame + IP + 4) + extension_bytes));
	return size + extension_bytes;
}

static void an_ipv6_frame_reads_back(void **state)
{
	(void)state;
	uint8_t frame[160];
	struct net_udp udp;
	uint32_t at, size = frame6_build(frame, sizeof frame, NULL, 0, 0, &at);
	assert_int_equal(net_parse(frame, size, &udp), NET_OK);
	assert_memory_equal(udp.source_ip6, source6, 16);
	assert_memory_equal(udp.target_ip6, group6, 16);
	assert_int_equal(udp.source_ip, 0);
	assert_int_equal(udp.target_ip, 0);
	assert_int_equal(udp.target_port, 26477);
	assert_int_equal(udp.payload_bytes, sizeof text);
	assert_ptr_equal(udp.payload, frame + at + 8);
	/* RFC 8200, 8.1: addresses, length, three zeros and the next header, then the datagram. */
	uint32_t sum = 17 + (size - at);
	for (uint32_t i = 8; i < 40; i += 2)
		sum += load_be16(frame + IP + i);
	assert_int_equal(checksum_of(frame + at, size - at, sum), 0);
	for (uint32_t cut = 0; cut < size; cut++)
		assert_int_equal(parse_exact(frame, cut, &udp), NET_TRUNCATED);
	uint8_t tagged[192];
	memcpy(tagged, frame, size);
	assert_int_equal(parse_exact(tagged, tag_insert(tagged, size, 0x8100, 7), &udp), NET_OK);
	assert_int_equal(udp.vlan, 7);
	store_be16(frame + at + 6, 0);
	assert_int_equal(parse_exact(frame, size, &udp), NET_BAD_HEADER);
}

static void ipv6_lengths_and_versions_that_lie_are_seen(void **state)
{
	(void)state;
	uint8_t frame[160];
	struct net_udp udp;
	uint32_t at, size = frame6_build(frame, sizeof frame, NULL, 0, 0, &at);
	uint32_t payload = size - IP - 40;
	for (uint32_t length = 0; length <= UINT16_MAX; length++) {
		store_be16(frame + IP + 4, (uint16_t)length);
		assert_int_equal(
			net_parse(frame, size, &udp), length == payload ? NET_OK : NET_TRUNCATED);
	}
	store_be16(frame + IP + 4, (uint16_t)payload);
	for (uint32_t version = 0; version < 16; version++) {
		frame[IP] = (uint8_t)(version << 4);
		assert_int_equal(
			net_parse(frame, size, &udp), version == 6 ? NET_OK : NET_BAD_HEADER);
	}
	assert_int_equal(net_build_udp(frame, 61, source_mac, source_mac, &udp), 0);
}

static void extension_headers_are_stepped_over_within_a_bound(void **state)
{
	(void)state;
	static const uint8_t protocols[] = {0, 43, 60};
	uint8_t frame[512], extensions[256];
	struct net_udp udp;
	uint32_t at;
	for (uint32_t p = 0; p < ARRAY_COUNT(protocols); p++)
		for (uint32_t count = 1; count <= NET_EXTENSION_COUNT_MAX + 1; count++) {
			for (uint32_t i = 0; i < count; i++) {
				memset(extensions + i * 8, 0, 8);
				extensions[i * 8] = i + 1 == count ? 17 : 60;
			}
			uint32_t size = frame6_build(
				frame, sizeof frame, extensions, count * 8, protocols[p], &at);
			assert_int_equal(parse_exact(frame, size, &udp),
				count <= NET_EXTENSION_COUNT_MAX ? NET_OK : NET_BAD_HEADER);
			for (uint32_t cut = 54; cut < size; cut++)
				assert_int_not_equal(parse_exact(frame, cut, &udp), NET_OK);
		}
	/* Longer ones count in eights; one that runs out of the packet is cut short. */
	memset(extensions, 0, sizeof extensions);
	extensions[0] = 17;
	extensions[1] = 3;
	uint32_t size = frame6_build(frame, sizeof frame, extensions, 32, 60, &at);
	assert_int_equal(parse_exact(frame, size, &udp), NET_OK);
	frame[IP + 41] = 255;
	assert_int_equal(parse_exact(frame, size, &udp), NET_TRUNCATED);
	store_be16(frame + IP + 4, 7);
	frame[IP + 41] = 0;
	assert_int_equal(parse_exact(frame, size, &udp), NET_TRUNCATED);
	/* Hop-by-hop options stand first or not at all. */
	extensions[0] = 0;
	extensions[1] = 0;
	extensions[8] = 17;
	size = frame6_build(frame, sizeof frame, extensions, 16, 60, &at);
	assert_int_equal(parse_exact(frame, size, &udp), NET_BAD_HEADER);
}

static void other_headers_behind_ipv6_are_named(void **state)
{
	(void)state;
	uint8_t frame[160];
	struct net_udp udp;
	uint32_t at, size = frame6_build(frame, sizeof frame, NULL, 0, 0, &at);
	for (uint32_t next = 0; next < 256; next++) {
		if (next == 0 || next == 43 || next == 60)
			continue;
		frame[IP + 6] = (uint8_t)next;
		assert_int_equal(net_parse(frame, size, &udp), next == 17   ? NET_OK
							       : next == 44 ? NET_FRAGMENT
									    : NET_NOT_UDP);
	}
}

static void a_packet_is_opened_whatever_it_carries(void **state)
{
	(void)state;
	uint8_t frame[160];
	struct net_layer layer;
	uint32_t at, size = frame_build(frame, sizeof frame);
	frame[IP + 9] = 2;
	header_seal(frame + IP);
	assert_int_equal(net_open(frame, size, &layer), NET_OK);
	assert_int_equal(layer.protocol, 2);
	assert_ptr_equal(layer.bytes, frame + UDP);
	assert_int_equal(layer.size_bytes, size - UDP);
	assert_int_equal(net_open(frame, 13, &layer), NET_TRUNCATED);
	store_be16(frame + 12, 0x0806);
	assert_int_equal(net_open(frame, size, &layer), NET_NOT_UDP);
	uint8_t options[8] = {17, 0, 0, 0, 5, 2, 0, 0};
	size = frame6_build(frame, sizeof frame, options, 8, 0, &at);
	assert_int_equal(net_open(frame, size, &layer), NET_OK);
	assert_true(layer.is_ipv6 && layer.has_router_alert);
	frame[IP + 40 + 4] = 6;
	assert_int_equal(net_open(frame, size, &layer), NET_OK);
	assert_false(layer.has_router_alert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_built_frame_reads_back),
		cmocka_unit_test(a_built_frame_carries_right_checksums),
		cmocka_unit_test(a_checksum_of_zero_is_sent_as_all_ones),
		cmocka_unit_test(a_frame_that_does_not_fit_is_not_built),
		cmocka_unit_test(a_frame_cut_at_any_byte_is_truncated),
		cmocka_unit_test(padding_behind_the_datagram_is_not_payload),
		cmocka_unit_test(every_total_length_but_the_true_one_is_seen),
		cmocka_unit_test(every_udp_length_is_kept_inside_the_datagram),
		cmocka_unit_test(every_header_byte_but_one_value_is_a_bad_header),
		cmocka_unit_test(a_flipped_bit_in_the_header_is_a_bad_checksum),
		cmocka_unit_test(fragments_are_named),
		cmocka_unit_test(other_protocols_are_not_udp),
		cmocka_unit_test(up_to_two_tags_are_read_and_the_outer_one_is_told),
		cmocka_unit_test(options_in_the_header_are_stepped_over),
		cmocka_unit_test(a_group_gets_its_ethernet_address),
		cmocka_unit_test(an_ipv6_frame_reads_back),
		cmocka_unit_test(ipv6_lengths_and_versions_that_lie_are_seen),
		cmocka_unit_test(extension_headers_are_stepped_over_within_a_bound),
		cmocka_unit_test(other_headers_behind_ipv6_are_named),
		cmocka_unit_test(a_packet_is_opened_whatever_it_carries),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.net", tests, NULL, NULL);
}
