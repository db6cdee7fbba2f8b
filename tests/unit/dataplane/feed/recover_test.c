/* recover_test.c - whom it asks, how fast, how often, and when it stops. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/feed/recover.h"
#include "drivers/datagram/datagram_sim.h"

#define MS_NS UINT64_C(1000000)

static const struct endpoint own = {1, 1}, first_server = {2, 2}, second_server = {3, 3};
static struct recovery_config config;
static struct metrics metrics;
static struct channel_state page;
static struct recover recover;
static struct protocol_stream stream;
static struct datagram_sim_net *net;
static struct datagram *servers[2];
static uint64_t now_ns;

static void take(void *context, const struct mold64_block *blocks, uint32_t count, uint64_t at_ns)
{
	(void)context, (void)blocks, (void)count, (void)at_ns;
}

static void begin_with_seed(uint64_t seed)
{
	struct datagram *datagram = recover.datagram;
	memset(&metrics, 0, sizeof metrics);
	memset(&page, 0, sizeof page);
	protocol_stream_init(&stream, &(struct channel_config){.protocol = PROTOCOL_ITCH50});
	recover_init(&recover, &config, stream.row, &metrics, &page, seed, take, NULL);
	recover.datagram = datagram;
}

static int net_open(void **state)
{
	(void)state;
	config = (struct recovery_config){.is_configured = 1,
		.has_requests = 1,
		.server_count = 2,
		.servers = {first_server, second_server},
		.request_messages = 50,
		.request_reach = 1000,
		.requests_per_s = 100,
		.request_tries = 6,
		.request_timeout_ns = 20 * MS_NS,
		.request_within_ns = 10000 * MS_NS,
		.snapshot_tries = 2,
		.snapshot_timeout_ns = 1000 * MS_NS};
	net = datagram_sim_net_open(1);
	recover.datagram = datagram_sim_open(net, &own);
	servers[0] = datagram_sim_open(net, &first_server);
	servers[1] = datagram_sim_open(net, &second_server);
	now_ns = 1000 * MS_NS;
	begin_with_seed(1);
	return 0;
}

static int net_close(void **state)
{
	(void)state;
	datagram_sim_net_close(net);
	return 0;
}

static bool ask(uint64_t first, uint64_t end)
{
	return recover_ask(&recover, &stream, "SESSION001", first, end, now_ns);
}

/* asked takes one request from a server. */
static bool asked(uint32_t server, uint64_t *first, uint32_t *count)
{
	struct datagram_packet packet;
	struct mold64_header header;
	if (!datagram_receive(servers[server], &packet, now_ns))
		return false;
	assert_int_equal(packet.size_bytes, MOLD64_HEADER_BYTES);
	assert_true(mold64_parse_header(packet.bytes, packet.size_bytes, &header));
	assert_memory_equal(header.session, "SESSION001", 10);
	*first = header.sequence;
	*count = header.count;
	return true;
}

/* However many there are, the dropping of them ends. */
static void what_came_after_it_was_given_up_is_dropped_before_the_next_question(void **state)
{
	const uint8_t late[MOLD64_HEADER_BYTES] = {0};
	(void)state;
	for (uint32_t i = 0; i < RECOVER_DROP_COUNT_MAX; i++)
		assert_true(datagram_send(servers[0], &own, late, sizeof late, now_ns));
	now_ns += MS_NS;
	assert_true(recover_begin(&recover, 70, now_ns));
	assert_int_equal(metrics_get(&metrics, METRIC_feed_answers_old), RECOVER_DROP_COUNT_MAX);
	assert_int_equal(page.recovery, RECOVERY_ASKING);
}

static void one_request_is_under_way_and_asks_for_what_fits(void **state)
{
	uint64_t first;
	uint32_t count;
	(void)state;
	assert_true(recover_begin(&recover, 70, now_ns));
	assert_int_equal(page.recovery, RECOVERY_ASKING);
	assert_true(ask(11, 81));
	assert_true(ask(11, 81));
	assert_true(asked(0, &first, &count));
	assert_int_equal(first, 11);
	assert_int_equal(count, 50);
	assert_false(asked(0, &first, &count));
	recover_answered(&recover, RECOVER_OLD, 0, now_ns);
	assert_true(ask(11, 81));
	assert_false(asked(0, &first, &count));
	/* News: the next one goes as soon as the rate allows. */
	recover_answered(&recover, RECOVER_USED, 0, now_ns);
	now_ns += 10 * MS_NS - 1;
	assert_true(ask(61, 81));
	assert_false(asked(0, &first, &count));
	now_ns += 1;
	assert_true(ask(61, 81));
	assert_true(asked(0, &first, &count));
	assert_int_equal(first, 61);
	assert_int_equal(count, 20);
	assert_int_equal(page.requests, 2);
}

static void begin_with_protocol(enum protocol protocol)
{
	protocol_stream_init(&stream, &(struct channel_config){.protocol = (uint8_t)protocol});
	recover.row = stream.row;
}

/* The server told a part of it, the other line the rest. */
static void a_request_is_over_when_its_range_is_there_whoever_brought_it(void **state)
{
	const enum protocol protocols[] = {PROTOCOL_ITCH50, PROTOCOL_DEEP};
	struct datagram_packet packet;
	for (uint32_t i = 0; i < ARRAY_COUNT(protocols); i++) {
		if (i > 0)
			net_open(state);
		begin_with_protocol(protocols[i]);
		assert_true(recover_begin(&recover, 90, now_ns));
		assert_true(ask(11, 101));
		assert_true(datagram_receive(servers[0], &packet, now_ns));
		if (recover.row->has_long_answers)
			recover_answered(&recover, RECOVER_USED, 31, now_ns);
		now_ns += 19 * MS_NS;
		assert_true(ask(60, 101));
		assert_false(datagram_receive(servers[0], &packet, now_ns));
		assert_true(ask(61, 101));
		assert_true(datagram_receive(servers[0], &packet, now_ns));
		now_ns += 19 * MS_NS; /* later than the first would have been */
		assert_true(ask(61, 101));
		assert_int_equal(page.timeouts, 0);
		assert_int_equal(page.requests, 2);
		/* Late and over at once is over. */
		now_ns += 40 * MS_NS;
		assert_true(ask(101, 111));
		assert_int_equal(page.timeouts, 0);
		assert_true(datagram_receive(servers[0], &packet, now_ns));
		if (i + 1 < ARRAY_COUNT(protocols))
			net_close(state);
	}
}

/* silence_of tells the times of all requests that nobody answers, in ms after the first. */
static uint32_t silence_of(uint64_t *times, uint32_t *server_of)
{
	uint64_t first, began_ns = now_ns;
	uint32_t count, sent = 0;
	assert_true(recover_begin(&recover, 5, now_ns));
	while (ask(11, 16)) {
		for (uint32_t server = 0; server < 2; server++)
			if (asked(server, &first, &count)) {
				times[sent] = (now_ns - began_ns) / MS_NS;
				server_of[sent++] = server;
			}
		now_ns += MS_NS;
	}
	return sent;
}

static void servers_take_turns_with_pauses_that_double(void **state)
{
	uint64_t times[16], again[16], other[16];
	uint32_t server_of[16];
	(void)state;
	assert_int_equal(silence_of(times, server_of), config.request_tries);
	for (uint32_t i = 0; i < config.request_tries; i++)
		assert_int_equal(server_of[i], i % 2);
	assert_int_equal(times[1] - times[0], 20);
	/* After a round of both: 20 ms and up to a quarter, then 40. */
	assert_in_range(times[2] - times[1], 40, 46);
	assert_in_range(times[4] - times[3], 60, 71);
	assert_int_equal(page.timeouts, 6);
	assert_int_equal(page.sources_tried, 3);
	begin_with_seed(1);
	silence_of(again, server_of);
	assert_memory_equal(times, again, config.request_tries * sizeof times[0]);
	begin_with_seed(2);
	silence_of(other, server_of);
	assert_memory_not_equal(times, other, config.request_tries * sizeof times[0]);
}

static void pauses_double_up_to_a_bound(void **state)
{
	uint64_t times[64];
	uint32_t server_of[64];
	(void)state;
	config.request_tries = 40;
	config.request_within_ns = UINT64_MAX;
	assert_int_equal(silence_of(times, server_of), 40);
	for (uint32_t i = 2; i < 40; i += 2)
		assert_in_range(times[i] - times[i - 1], 20,
			20 + (RECOVER_PAUSE_NS_MAX + RECOVER_PAUSE_NS_MAX / 4) / MS_NS);
	assert_true(times[38] - times[37] >= RECOVER_PAUSE_NS_MAX / MS_NS);
}

static void news_begins_the_count_anew(void **state)
{
	(void)state;
	assert_true(recover_begin(&recover, 5, now_ns));
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(ask(11, 16));
		now_ns += 100 * MS_NS;
		recover_answered(&recover, RECOVER_USED, 0, now_ns);
	}
	assert_int_equal(page.requests, 20);
}

static void time_is_up_although_answers_come(void **state)
{
	(void)state;
	assert_true(recover_begin(&recover, 5, now_ns));
	for (uint32_t i = 0; i < 100; i++) {
		assert_true(ask(11, 16));
		now_ns += 100 * MS_NS;
		recover_answered(&recover, RECOVER_USED, 0, now_ns);
	}
	assert_false(ask(11, 16));
	assert_false(recover_escalate(&recover, now_ns));
	assert_int_equal(page.recovery, RECOVERY_GIVEN_UP);
}

static void too_long_a_hole_is_not_asked_for(void **state)
{
	(void)state;
	assert_false(recover_begin(&recover, 1001, now_ns));
	assert_int_equal(page.recovery, RECOVERY_GIVEN_UP);
	assert_true(recover_begin(&recover, 1000, now_ns));
	/* And one that grew. */
	assert_false(ask(1, 1002));
}

static void without_a_socket_nobody_is_asked(void **state)
{
	struct datagram_packet packet;
	(void)state;
	recover.datagram = NULL;
	assert_false(recover_begin(&recover, 1, now_ns));
	assert_false(recover_receive(&recover, &packet, now_ns));
}

static void strangers_are_refused_and_cost_a_turn_no_more_than_so_many(void **state)
{
	enum { STRANGERS = 40, OF_A_TURN = 16 };
	struct datagram_packet packet;
	(void)state;
	/* The server's host is not enough: it is the server's port that answers. */
	struct datagram *stranger = datagram_sim_open(net, &(struct endpoint){2, 9});
	for (uint32_t i = 0; i < STRANGERS; i++)
		assert_true(datagram_send(stranger, &own, (const uint8_t *)"x", 1, now_ns));
	assert_true(datagram_send(servers[0], &own, (const uint8_t *)"y", 1, now_ns));
	assert_false(recover_receive(&recover, &packet, now_ns));
	assert_int_equal(metrics_get(&metrics, METRIC_feed_answers_refused), OF_A_TURN);
	assert_false(recover_receive(&recover, &packet, now_ns));
	assert_true(recover_receive(&recover, &packet, now_ns));
	assert_int_equal(packet.bytes[0], 'y');
	assert_int_equal(metrics_get(&metrics, METRIC_feed_answers_refused), STRANGERS);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_answers), STRANGERS + 1);
}

static void an_answer_longer_than_a_packet_may_be_is_refused_and_counted(void **state)
{
	static const uint8_t large[DATAGRAM_BYTES_MAX + 1];
	struct datagram_packet packet;
	(void)state;
	assert_true(datagram_send(servers[0], &own, large, sizeof large, now_ns));
	assert_true(datagram_send(servers[0], &own, large, sizeof large - 1, now_ns));
	assert_true(recover_receive(&recover, &packet, now_ns));
	assert_int_equal(packet.size_bytes, DATAGRAM_BYTES_MAX);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_answers), 2);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_answers_refused), 1);
}

static void a_snapshot_without_a_connection_to_ask_by_is_none(void **state)
{
	(void)state;
	config.has_requests = 0;
	config.has_snapshot = 1;
	assert_false(recover_begin(&recover, 5, now_ns));
	assert_int_equal(page.recovery, RECOVERY_GIVEN_UP);
}

static bool send_nothing(struct datagram *d, const struct endpoint *to, const uint8_t *bytes,
	uint32_t size_bytes, uint64_t at_ns)
{
	(void)d, (void)to, (void)bytes, (void)size_bytes, (void)at_ns;
	return false;
}

static bool receive_nothing(struct datagram *d, struct datagram_packet *packet, uint64_t at_ns)
{
	(void)d, (void)packet, (void)at_ns;
	return false;
}

static void a_request_that_was_not_taken_counts_as_unanswered(void **state)
{
	static struct datagram_ops full;
	static struct datagram socket = {.ops = &full};
	(void)state;
	full.send = send_nothing;
	full.receive = receive_nothing;
	recover.datagram = &socket;
	assert_true(recover_begin(&recover, 1, now_ns));
	assert_true(ask(1, 2));
	now_ns += 20 * MS_NS;
	assert_true(ask(1, 2));
	assert_int_equal(metrics_get(&metrics, METRIC_feed_request_timeouts), 1);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_requests), 0);
	assert_int_equal(metrics_get(&metrics, METRIC_feed_requests_unsent), 2);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_open, net_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(one_request_is_under_way_and_asks_for_what_fits),
		NET_TEST(what_came_after_it_was_given_up_is_dropped_before_the_next_question),
		NET_TEST(a_request_is_over_when_its_range_is_there_whoever_brought_it),
		NET_TEST(servers_take_turns_with_pauses_that_double),
		NET_TEST(pauses_double_up_to_a_bound),
		NET_TEST(news_begins_the_count_anew),
		NET_TEST(time_is_up_although_answers_come),
		NET_TEST(too_long_a_hole_is_not_asked_for),
		NET_TEST(without_a_socket_nobody_is_asked),
		NET_TEST(strangers_are_refused_and_cost_a_turn_no_more_than_so_many),
		NET_TEST(an_answer_longer_than_a_packet_may_be_is_refused_and_counted),
		NET_TEST(a_snapshot_without_a_connection_to_ask_by_is_none),
		NET_TEST(a_request_that_was_not_taken_counts_as_unanswered),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.recover", tests, NULL, NULL);
}
