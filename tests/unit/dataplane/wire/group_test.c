/* group_test.c - reports as the standards draw them, queries read and lies refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/group.h"

enum { IP = 14, IGMP = 38, MLD = 62, INTERFACE = 0x0A000001 };

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
static const struct group any4 = {.ip = 0xE9360C6F};
static const struct group one4 = {.ip = 0xE9360C6F, .source_ip = 0x0A000009};
static const struct group any6 = {.is_ipv6 = true, .ip6 = {0xFF, 0x3E, [15] = 1}};
static const struct group one6 = {
	.is_ipv6 = true, .ip6 = {0xFF, 0x3E, [15] = 1}, .source_ip6 = {0xFD, [15] = 9}};

static uint8_t frame[256];

static uint32_t build(const struct group *group, enum group_news news, int version)
{
	memset(frame, 0xEE, sizeof frame);
	return group_build_report(
		frame, GROUP_REPORT_BYTES_MAX, mac, INTERFACE, group, news, version);
}

static bool sum_is_right4(uint32_t size)
{
	return net_sum_fold(net_sum(0, frame + IGMP, size - IGMP)) == 0xFFFF &&
	       net_sum_fold(net_sum(0, frame + IP, 24)) == 0xFFFF;
}

static bool sum_is_right6(uint32_t size)
{
	uint64_t sum = net_sum_pseudo6(frame + IP + 8, frame + IP + 24, size - MLD, 58);
	return net_sum_fold(net_sum(sum, frame + MLD, size - MLD)) == 0xFFFF;
}

static void a_report_of_version_three_says_what_is_wanted(void **state)
{
	(void)state;
	static const uint8_t any_types[] = {2, 4, 3}, one_types[] = {1, 5, 6};
	for (enum group_news news = GROUP_IS; news <= GROUP_LEAVE; news++) {
		uint32_t size = build(&any4, news, 3);
		assert_int_equal(size, 14 + 24 + 16);
		assert_memory_equal(frame, "\x01\x00\x5E\x00\x00\x16", 6);
		assert_memory_equal(frame + 6, mac, 6);
		assert_memory_equal(frame + IP, "\x46\xC0\x00\x28", 4);
		assert_int_equal(frame[IP + 8], 1); /* does not leave the link */
		assert_int_equal(frame[IP + 9], 2);
		assert_memory_equal(
			frame + IP + 12, "\x0A\x00\x00\x01\xE0\x00\x00\x16\x94\x04\x00\x00", 12);
		assert_true(sum_is_right4(size));
		assert_int_equal(frame[IGMP], 0x22);
		assert_memory_equal(frame + IGMP + 4, "\0\0\0\1", 4);
		assert_int_equal(frame[IGMP + 8], any_types[news]);
		assert_memory_equal(frame + IGMP + 9, "\0\0\0\xE9\x36\x0C\x6F", 7);
		size = build(&one4, news, 3);
		assert_int_equal(size, 14 + 24 + 20);
		assert_true(sum_is_right4(size));
		assert_int_equal(frame[IGMP + 8], one_types[news]);
		assert_memory_equal(frame + IGMP + 9, "\0\0\1\xE9\x36\x0C\x6F\x0A\0\0\x09", 11);
	}
}

static void older_versions_name_the_group_alone(void **state)
{
	(void)state;
	static const struct {
		int version;
		enum group_news news;
		uint8_t type;
		uint32_t target;
	} rows[] = {{2, GROUP_JOIN, 0x16, 0xE9360C6F}, {2, GROUP_IS, 0x16, 0xE9360C6F},
		{2, GROUP_LEAVE, 0x17, 0xE0000002}, {1, GROUP_JOIN, 0x12, 0xE9360C6F}};
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint8_t target_mac[6];
		uint32_t size = build(&one4, rows[i].news, rows[i].version);
		assert_int_equal(size, 14 + 24 + 8);
		net_group_mac(rows[i].target, target_mac);
		assert_memory_equal(frame, target_mac, 6);
		assert_int_equal(load_be32(frame + IP + 16), rows[i].target);
		assert_true(sum_is_right4(size));
		assert_int_equal(frame[IGMP], rows[i].type);
		assert_int_equal(load_be32(frame + IGMP + 4), 0xE9360C6F);
	}
	assert_int_equal(build(&one4, GROUP_LEAVE, 1), 0);
	assert_int_equal(group_build_report(frame, GROUP_REPORT_BYTES_MAX - 1, mac, INTERFACE,
				 &any4, GROUP_JOIN, 3),
		0);
}

static void a_report_of_mld_comes_from_the_link_with_an_alert(void **state)
{
	(void)state;
	static const uint8_t any_types[] = {2, 4, 3}, one_types[] = {1, 5, 6};
	for (enum group_news news = GROUP_IS; news <= GROUP_LEAVE; news++) {
		uint32_t size = build(&any6, news, 3);
		assert_int_equal(size, 14 + 40 + 8 + 28);
		assert_memory_equal(frame, "\x33\x33\0\0\0\x16", 6);
		assert_memory_equal(frame + 12, "\x86\xDD\x60\0\0\0\0\x24\0\1", 10);
		/* fe80::200:0:ff:fe00:1 by RFC 4291, the universal bit turned over */
		assert_memory_equal(frame + IP + 8, "\xFE\x80\0\0\0\0\0\0\0\0\0\xFF\xFE\0\0\1", 16);
		assert_memory_equal(frame + IP + 24, "\xFF\2\0\0\0\0\0\0\0\0\0\0\0\0\0\x16", 16);
		assert_memory_equal(frame + IP + 40, "\x3A\0\5\2\0\0\1\0", 8);
		assert_true(sum_is_right6(size));
		assert_int_equal(frame[MLD], 143);
		assert_int_equal(frame[MLD + 8], any_types[news]);
		assert_memory_equal(frame + MLD + 12, any6.ip6, 16);
		size = build(&one6, news, 3);
		assert_int_equal(size, GROUP_REPORT_BYTES_MAX - 4);
		assert_true(sum_is_right6(size));
		assert_int_equal(frame[MLD + 8], one_types[news]);
		assert_memory_equal(frame + MLD + 28, one6.source_ip6, 16);
	}
	uint32_t size = build(&one6, GROUP_JOIN, 2);
	assert_int_equal(size, 14 + 40 + 8 + 24);
	assert_memory_equal(frame, "\x33\x33\0\0\0\1", 6);
	assert_true(sum_is_right6(size));
	assert_int_equal(frame[MLD], 131);
	size = build(&one6, GROUP_LEAVE, 2);
	assert_memory_equal(frame, "\x33\x33\0\0\0\2", 6);
	assert_true(sum_is_right6(size));
	assert_int_equal(frame[MLD], 132);
}

/* query4 writes an IGMP query of size_bytes with its checksum made right. */
static uint32_t query4(uint8_t code, uint32_t ip, uint32_t size_bytes, uint16_t sources)
{
	memset(frame, 0, sizeof frame);
	uint8_t *at = net_write_ethernet(frame, mac, mac, false), *igmp = at + 20;
	igmp[0] = 0x11;
	igmp[1] = code;
	store_be32(igmp + 4, ip);
	if (size_bytes >= 12)
		store_be16(igmp + 10, sources);
	for (uint32_t i = 0; 12 + i * 4 < size_bytes; i++)
		store_be32(igmp + 12 + i * 4, 0x0A000008 + i);
	net_sum_store(igmp + 2, net_sum(0, igmp, size_bytes));
	net_write_ipv4(at, 20, 20 + size_bytes, 2, 1, INTERFACE, 0xE0000001);
	return 34 + size_bytes;
}

/* read_exact reads a copy without a byte of room behind it. */
static bool read_exact(uint32_t size, struct group_query *query)
{
	uint8_t *bytes = malloc(size);
	assert_non_null(bytes);
	memcpy(bytes, frame, size);
	bool is_query = group_parse_query(bytes, size, query);
	free(bytes);
	return is_query;
}

static void queries_of_all_versions_of_igmp_are_read(void **state)
{
	(void)state;
	struct group_query query;
	assert_true(group_parse_query(frame, query4(0, 0, 8, 0), &query));
	assert_int_equal(query.version, 1);
	assert_int_equal(query.max_response_ns, 10000000000);
	assert_null(query.group);
	assert_true(group_parse_query(frame, query4(25, 0xE9360C6F, 8, 0), &query));
	assert_int_equal(query.version, 2);
	assert_int_equal(query.max_response_ns, 2500000000);
	assert_int_equal(load_be32(query.group), 0xE9360C6F);
	assert_true(group_parse_query(frame, query4(127, 0, 12, 0), &query));
	assert_int_equal(query.version, 3);
	assert_int_equal(query.max_response_ns, 12700000000);
	/* RFC 3376, 4.1.1: (mantissa | 16) << (exponent + 3) tenths */
	assert_true(group_parse_query(frame, query4(0x80, 0, 12, 0), &query));
	assert_int_equal(query.max_response_ns, 12800000000);
	assert_true(group_parse_query(frame, query4(0xFF, 0, 12, 0), &query));
	assert_int_equal(query.max_response_ns, 3174400000000);
	assert_true(group_parse_query(frame, query4(10, 0xE9360C6F, 20, 2), &query));
	assert_int_equal(query.source_count, 2);
	assert_int_equal(load_be32(query.sources + 4), 0x0A000009);
}

static void a_query_that_lies_is_none(void **state)
{
	(void)state;
	struct group_query query;
	uint32_t size = query4(10, 0xE9360C6F, 20, 2);
	assert_true(read_exact(size, &query));
	for (uint32_t cut = 0; cut < size; cut++)
		assert_false(read_exact(cut, &query));
	for (uint32_t bit = 34 * 8; bit < size * 8; bit++) {
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(group_parse_query(frame, size, &query));
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_false(group_parse_query(frame, query4(10, 0, 20, 3), &query));
	assert_false(group_parse_query(frame, query4(10, 0, 10, 0), &query));
	assert_false(group_parse_query(frame, query4(10, 0, 7, 0), &query));
	assert_false(group_parse_query(frame, build(&any4, GROUP_IS, 3), &query));
	size = query4(10, 0, 8, 0);
	net_write_ipv4(frame + IP, 20, 28, 6, 1, INTERFACE, 0xE0000001);
	assert_false(group_parse_query(frame, size, &query));
}

/* query6 writes an MLD query, its checksum made right. */
static uint32_t query6(
	uint16_t code, const struct group *group, uint32_t size_bytes, uint16_t sources)
{
	static const uint8_t router[16] = {0xFE, 0x80, [15] = 1}, all[16] = {0xFF, 2, [15] = 1};
	static const uint8_t alert[8] = {58, 0, 5, 2, 0, 0, 1, 0};
	memset(frame, 0, sizeof frame);
	uint8_t *at = net_write_ethernet(frame, mac, mac, true), *mld = at + 48;
	net_write_ipv6(at, 8 + size_bytes, 0, 1, router, all);
	memcpy(at + 40, alert, sizeof alert);
	mld[0] = 130;
	store_be16(mld + 4, code);
	if (group != NULL)
		memcpy(mld + 8, group->ip6, 16);
	if (size_bytes >= 28)
		store_be16(mld + 26, sources);
	for (uint32_t i = 0; 28 + i * 16 < size_bytes; i++)
		memcpy(mld + 28 + i * 16, one6.source_ip6, 16);
	net_sum_store(
		mld + 2, net_sum(net_sum_pseudo6(router, all, size_bytes, 58), mld, size_bytes));
	return 62 + size_bytes;
}

static void queries_of_both_versions_of_mld_are_read(void **state)
{
	(void)state;
	struct group_query query;
	assert_true(group_parse_query(frame, query6(10000, NULL, 24, 0), &query));
	assert_true(query.is_ipv6 && query.version == 2 && query.group == NULL);
	assert_int_equal(query.max_response_ns, 10000000000);
	assert_true(group_parse_query(frame, query6(0x7FFF, &any6, 28, 0), &query));
	assert_int_equal(query.version, 3);
	assert_int_equal(query.max_response_ns, 32767000000);
	assert_memory_equal(query.group, any6.ip6, 16);
	/* RFC 3810, 5.1.3: (mantissa | 0x1000) << (exponent + 3) milliseconds */
	assert_true(group_parse_query(frame, query6(0xFFFF, NULL, 28, 0), &query));
	assert_int_equal(query.max_response_ns, (uint64_t)0x1FFF * 1024 * 1000000);
	assert_true(group_parse_query(frame, query6(1, &any6, 44, 1), &query));
	assert_int_equal(query.source_count, 1);
}

static void an_mld_query_from_afar_or_with_lies_is_none(void **state)
{
	(void)state;
	struct group_query query;
	uint32_t size = query6(10, &any6, 44, 1);
	for (uint32_t cut = 0; cut < size; cut++)
		assert_false(read_exact(cut, &query));
	assert_true(read_exact(size, &query));
	for (uint32_t bit = MLD * 8; bit < size * 8; bit++) {
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(group_parse_query(frame, size, &query));
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	frame[IP + 7] = 2; /* hops */
	assert_false(group_parse_query(frame, size, &query));
	frame[IP + 7] = 1;
	frame[IP + 42] = 6; /* no alert */
	assert_false(group_parse_query(frame, size, &query));
	frame[IP + 42] = 5;
	frame[IP + 8] = 0xFD; /* not of the link; the checksum would not be right either */
	assert_false(group_parse_query(frame, size, &query));
	frame[IP + 8] = 0xFE;
	frame[IP + 9] = 0xC0;
	assert_false(group_parse_query(frame, size, &query));
	assert_false(group_parse_query(frame, query6(10, NULL, 44, 2), &query));
	assert_false(group_parse_query(frame, query6(10, NULL, 26, 0), &query));
	assert_false(group_parse_query(frame, query6(10, NULL, 23, 0), &query));
	size = query6(10, NULL, 24, 0);
	frame[IP + 40] = 59;
	assert_false(group_parse_query(frame, size, &query));
	frame[12] = 9;
	assert_false(group_parse_query(frame, size, &query));
}

static void a_query_is_about_the_groups_it_names(void **state)
{
	(void)state;
	struct group_query query;
	static const struct group other4 = {.ip = 0xE9360C70};
	static const struct group stranger4 = {.ip = 0xE9360C6F, .source_ip = 0x0A0000FF};
	group_parse_query(frame, query4(10, 0, 12, 0), &query);
	assert_true(group_is_asked(&query, &any4) && group_is_asked(&query, &other4));
	assert_false(group_is_asked(&query, &any6));
	group_parse_query(frame, query4(10, 0xE9360C6F, 12, 0), &query);
	assert_true(group_is_asked(&query, &any4) && group_is_asked(&query, &one4));
	assert_false(group_is_asked(&query, &other4));
	group_parse_query(frame, query4(10, 0xE9360C6F, 20, 2), &query);
	assert_true(group_is_asked(&query, &any4) && group_is_asked(&query, &one4));
	assert_false(group_is_asked(&query, &stranger4));
	group_parse_query(frame, query6(10, &any6, 44, 1), &query);
	assert_true(group_is_asked(&query, &any6) && group_is_asked(&query, &one6));
	assert_false(group_is_asked(&query, &any4));
}

static void a_group_has_its_familys_ethernet_address(void **state)
{
	(void)state;
	uint8_t address[6];
	group_mac(&any4, address);
	assert_memory_equal(address, "\x01\x00\x5E\x36\x0C\x6F", 6);
	group_mac(&any6, address);
	assert_memory_equal(address, "\x33\x33\0\0\0\1", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_of_version_three_says_what_is_wanted),
		cmocka_unit_test(older_versions_name_the_group_alone),
		cmocka_unit_test(a_report_of_mld_comes_from_the_link_with_an_alert),
		cmocka_unit_test(queries_of_all_versions_of_igmp_are_read),
		cmocka_unit_test(a_query_that_lies_is_none),
		cmocka_unit_test(queries_of_both_versions_of_mld_are_read),
		cmocka_unit_test(an_mld_query_from_afar_or_with_lies_is_none),
		cmocka_unit_test(a_query_is_about_the_groups_it_names),
		cmocka_unit_test(a_group_has_its_familys_ethernet_address),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.group", tests, NULL, NULL);
}
