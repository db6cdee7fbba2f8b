/* membership_test.c - groups joined, repeated, answered in time by a seed, and left. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/feed/membership.h"
#include "drivers/port/port_sim.h"

#define SECOND_NS (1000ull * 1000 * 1000)

enum { IGMP = 38, RECORD = IGMP + 8 };

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
static struct port *port;
static struct membership membership;

static int membership_open(void **state)
{
	(void)state;
	port = port_sim_open("A");
	port_sim_set_mac(port, mac);
	membership_init(&membership, port, 5);
	return 0;
}

static int membership_close(void **state)
{
	(void)state;
	port_close(port);
	return 0;
}

static void want(uint32_t group_ip, uint32_t source_ip)
{
	struct line_config line = {
		.group_ip = group_ip, .source_ip = source_ip, .interface_ip = 0x0A000064};
	membership_add(&membership, &line);
}

static void want6_of(uint8_t group, uint8_t source)
{
	struct line_config line = {.is_ipv6 = 1,
		.group_ip6 = {0xFF, 0x3E, [15] = group},
		.source_ip6 = {0xFD, [15] = source}};
	membership_add(&membership, &line);
}

static void want6(void)
{
	want6_of(1, 9);
}

/* sent_count takes what was sent, checking that each is IGMP of one type; record 0 is any. */
static uint32_t sent_count(uint8_t type, uint8_t record)
{
	struct packet packet;
	uint32_t count = 0;
	for (; port_sim_take_sent(port, &packet); count++) {
		assert_memory_equal(packet.bytes + 6, mac, 6);
		assert_int_equal(packet.bytes[IGMP], type);
		if (record != 0)
			assert_int_equal(packet.bytes[RECORD], record);
	}
	return count;
}

static bool query(uint8_t code, uint32_t ip, uint32_t size_bytes, uint64_t now_ns)
{
	uint8_t frame[64] = {0};
	uint8_t *at = net_write_ethernet(frame, mac, mac, false), *igmp = at + 20;
	igmp[0] = 0x11;
	igmp[1] = code;
	store_be32(igmp + 4, ip);
	net_sum_store(igmp + 2, net_sum(0, igmp, size_bytes));
	net_write_ipv4(at, 20, 20 + size_bytes, 2, 1, 1, 0xE0000001);
	return membership_on_frame(&membership, frame, 34 + size_bytes, now_ns);
}

/* settle joins and lets the repeats pass. */
static uint64_t settle(void)
{
	membership_turn(&membership, SECOND_NS);
	membership_turn(&membership, 3 * SECOND_NS);
	while (port_sim_take_sent(port, &(struct packet){0}))
		;
	return 3 * SECOND_NS;
}

static void a_join_is_repeated_once_and_again_each_minute(void **state)
{
	(void)state;
	want(0xE9360C6F, 0);
	want(0xE9360C6F, 0); /* wanted once */
	want(0x0A000001, 0); /* nobody joins a unicast address */
	want(0, 0);
	assert_int_equal(membership.count, 1);
	membership_turn(&membership, SECOND_NS);
	assert_int_equal(sent_count(0x22, 4), 1);
	uint32_t repeats = 0;
	for (uint64_t now_ns = SECOND_NS; now_ns < 61 * SECOND_NS; now_ns += SECOND_NS / 100) {
		membership_turn(&membership, now_ns);
		repeats += sent_count(0x22, 4);
		if (now_ns > 2 * SECOND_NS)
			assert_int_equal(repeats, 1);
	}
	membership_turn(&membership, 61 * SECOND_NS);
	assert_int_equal(sent_count(0x22, 4), 1);
	assert_int_equal(membership.reports, 3);
}

static void a_source_makes_a_group_another_one(void **state)
{
	(void)state;
	want(0xE9360C6F, 0x0A000009);
	want(0xE9360C6F, 0x0A00000A);
	want(0xE9360C6F, 0x0A000009);
	want6();
	want6();
	assert_int_equal(membership.count, 3);
	want6_of(1, 8);
	want6_of(2, 9);
	assert_int_equal(membership.count, 5);
}

static void an_answer_comes_within_the_time_that_the_query_gives(void **state)
{
	(void)state;
	want(0xE9360C6F, 0);
	want(0xE9360C70, 0x0A000009);
	uint64_t now_ns = settle(), spread[10] = {0};
	for (uint32_t round = 0; round < 400; round++, now_ns += SECOND_NS) {
		membership.joined_ns = now_ns;
		assert_true(query(10, 0, 12, now_ns)); /* one second */
		assert_int_equal(sent_count(0, 0), 0);
		uint32_t answers = 0;
		for (uint32_t tenth = 0; tenth < 10; tenth++) {
			membership_turn(&membership, now_ns + (tenth + 1) * SECOND_NS / 10);
			struct packet packet;
			for (; port_sim_take_sent(port, &packet); answers++, spread[tenth]++)
				assert_int_equal(
					packet.bytes[RECORD], packet.bytes[IGMP + 11] == 0 ? 2 : 1);
		}
		assert_int_equal(answers, 2);
	}
	/* 800 answers over ten tenths: none is empty, none holds a quarter. */
	for (uint32_t tenth = 0; tenth < 10; tenth++)
		assert_in_range(spread[tenth], 40, 200);
	assert_int_equal(membership.queries, 400);
}

static void a_query_about_one_group_is_answered_for_it_alone(void **state)
{
	(void)state;
	want(0xE9360C6F, 0);
	want(0xE9360C70, 0);
	uint64_t now_ns = settle();
	assert_true(query(10, 0xE9360C70, 12, now_ns));
	membership_turn(&membership, now_ns + SECOND_NS);
	assert_int_equal(sent_count(0x22, 2), 1);
	assert_true(query(10, 0xE9360C71, 12, now_ns + SECOND_NS));
	membership_turn(&membership, now_ns + 2 * SECOND_NS);
	assert_int_equal(sent_count(0x22, 0), 0);
}

static void two_queries_have_one_answer_at_the_earlier_time(void **state)
{
	(void)state;
	want(0xE9360C6F, 0);
	uint64_t now_ns = settle();
	assert_true(query(0xFF, 0, 12, now_ns));
	assert_true(query(1, 0, 12, now_ns));
	membership_turn(&membership, now_ns + SECOND_NS / 10);
	assert_int_equal(sent_count(0x22, 2), 1);
	assert_int_equal(membership.due_ns, UINT64_MAX);
	assert_true(query(1, 0, 12, now_ns));
	uint64_t due_ns = membership.due_ns;
	assert_true(query(0xFF, 0, 12, now_ns));
	assert_int_equal(membership.due_ns, due_ns);
}

static void an_older_router_is_spoken_to_in_its_version_until_it_is_gone(void **state)
{
	(void)state;
	want(0xE9360C6F, 0x0A000009);
	uint64_t now_ns = settle();
	assert_true(query(10, 0, 8, now_ns));
	membership_turn(&membership, now_ns + SECOND_NS);
	assert_int_equal(sent_count(0x16, 0), 1);
	assert_true(query(0, 0, 8, now_ns + SECOND_NS)); /* version 1 */
	membership_turn(&membership, now_ns + 11 * SECOND_NS);
	assert_int_equal(sent_count(0x12, 0), 1);
	/* version 2 does not make it younger */
	assert_true(query(10, 0, 8, now_ns + 12 * SECOND_NS));
	membership_turn(&membership, now_ns + 13 * SECOND_NS);
	assert_int_equal(sent_count(0x12, 0), 1);
	membership_turn(&membership, now_ns + SECOND_NS + MEMBERSHIP_OLDER_NS);
	assert_int_equal(sent_count(0x22, 5), 1);
}

static void a_query_that_gives_no_time_is_answered_at_once(void **state)
{
	(void)state;
	want(0xE9360C6F, 0);
	uint64_t now_ns = settle();
	assert_true(query(0, 0, 12, now_ns));
	membership_turn(&membership, now_ns + 1);
	assert_int_equal(sent_count(0x22, 2), 1);
}

static void version_one_knows_no_leave(void **state)
{
	(void)state;
	want(0xE9360C6F, 0);
	uint64_t now_ns = settle(), reports = membership.reports;
	assert_true(query(0, 0, 8, now_ns));
	membership_leave(&membership, now_ns + 1);
	assert_int_equal(membership.reports, reports);
	assert_int_equal(sent_count(0, 0), 0);
}

static void a_cards_own_address_stays_as_it_is(void **state)
{
	(void)state;
	static const uint8_t card[6] = {0x00, 0x1B, 0, 0, 0, 0};
	struct packet packet;
	port_sim_set_mac(port, card);
	membership_init(&membership, port, 5);
	want(0xE9360C6F, 0);
	membership_join(&membership, SECOND_NS);
	assert_true(port_sim_take_sent(port, &packet));
	assert_memory_equal(packet.bytes + 6, card, sizeof card);
}

static void a_frame_that_is_no_query_is_left_alone(void **state)
{
	(void)state;
	uint8_t frame[64] = {0};
	want(0xE9360C6F, 0);
	settle();
	assert_false(membership_on_frame(&membership, frame, sizeof frame, SECOND_NS));
	assert_int_equal(membership.queries, 0);
	assert_int_equal(membership.due_ns, UINT64_MAX);
}

static void what_was_joined_is_left_at_the_end(void **state)
{
	(void)state;
	want(0xE9360C6F, 0);
	want(0xE9360C70, 0);
	membership_leave(&membership, SECOND_NS); /* nothing was joined yet */
	assert_int_equal(sent_count(0x22, 3), 0);
	settle();
	membership_leave(&membership, 4 * SECOND_NS);
	assert_int_equal(sent_count(0x22, 3), 2);
}

static void a_report_that_the_port_refuses_is_not_counted(void **state)
{
	(void)state;
	want(0xE9360C6F, 0);
	port_sim_set_link(port, false);
	membership_join(&membership, SECOND_NS);
	assert_int_equal(membership.reports, 0);
}

static void without_an_address_of_its_own_a_port_speaks_from_its_interface(void **state)
{
	(void)state;
	struct packet packet;
	struct port *plain = port_sim_open("B");
	membership_init(&membership, plain, 5);
	want(0xE9360C6F, 0);
	membership_join(&membership, SECOND_NS);
	assert_true(port_sim_take_sent(plain, &packet));
	assert_memory_equal(packet.bytes + 6, "\x02\0\x0A\0\0\x64", 6);
	port_close(plain);
}

static void the_port_lets_groups_and_queries_through(void **state)
{
	(void)state;
	uint8_t macs[PORT_FILTER_COUNT_MAX][6];
	want(0xE9360C6F, 0);
	want(0xE9360C6F, 0x0A000009);
	want(0xE9B60C6F, 0); /* another group with the same address */
	want6();
	membership_filter(&membership, false);
	assert_int_equal(
		port_sim_filter(port, macs), 3); /* MLD queries come to the address of ff3e::1 */
	assert_memory_equal(macs[0], "\x01\x00\x5E\0\0\1", 6);
	assert_memory_equal(macs[1], "\x33\x33\0\0\0\1", 6);
	assert_memory_equal(macs[2], "\x01\x00\x5E\x36\x0C\x6F", 6);
	membership_filter(&membership, true);
	assert_int_equal(port_sim_filter(port, macs), 0);
}

#define MEMBERSHIP_TEST(name)                                                                      \
	cmocka_unit_test_setup_teardown(name, membership_open, membership_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMBERSHIP_TEST(a_join_is_repeated_once_and_again_each_minute),
		MEMBERSHIP_TEST(a_source_makes_a_group_another_one),
		MEMBERSHIP_TEST(an_answer_comes_within_the_time_that_the_query_gives),
		MEMBERSHIP_TEST(a_query_about_one_group_is_answered_for_it_alone),
		MEMBERSHIP_TEST(two_queries_have_one_answer_at_the_earlier_time),
		MEMBERSHIP_TEST(an_older_router_is_spoken_to_in_its_version_until_it_is_gone),
		MEMBERSHIP_TEST(a_query_that_gives_no_time_is_answered_at_once),
		MEMBERSHIP_TEST(version_one_knows_no_leave),
		MEMBERSHIP_TEST(a_cards_own_address_stays_as_it_is),
		MEMBERSHIP_TEST(a_frame_that_is_no_query_is_left_alone),
		MEMBERSHIP_TEST(what_was_joined_is_left_at_the_end),
		MEMBERSHIP_TEST(a_report_that_the_port_refuses_is_not_counted),
		MEMBERSHIP_TEST(without_an_address_of_its_own_a_port_speaks_from_its_interface),
		MEMBERSHIP_TEST(the_port_lets_groups_and_queries_through),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.membership", tests, NULL, NULL);
}
