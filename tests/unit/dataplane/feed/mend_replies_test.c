/* mend_replies_test.c - what a channel takes of the lines on which a gap request proxy answers everybody.
   rooms: tools_exchange dataplane_feed */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/stream/stream_sim.h"
#include "tests/support/feed_rig.h"
#include "tools/exchange/cboe.h"

#define MS_NS UINT64_C(1000000)

enum { UNIT = 7, PORT = 30000, TOLD = 100, MESSAGE_BYTES = 6 };

static struct feed_rig *rig;
static const struct channel_state *page;
static struct stream_sim_net *net;
static struct stream *client;
static struct cboe cboe;
static const uint8_t message[MESSAGE_BYTES] = {MESSAGE_BYTES, 0x20}; /* Time */

static void on_reply(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size_bytes, uint64_t at_ns)
{
	(void)context, (void)at_ns;
	feed_rig_reply(rig, 0, line, bytes, size_bytes);
}

static void edit(struct site_config *site)
{
	struct channel_config *channel = &site->channels[0];
	channel->protocol = PROTOCOL_PITCH;
	channel->has_number = 1;
	channel->number = UNIT;
	channel->recovery = (struct recovery_config){.is_configured = 1,
		.has_requests = 1,
		.wait_ns = FEED_RIG_WAIT_NS,
		.hold_packets = FEED_RIG_HOLD_COUNT,
		.server_count = 1,
		.servers = {{0x0A000001, PORT}},
		.request_messages = 100,
		.request_reach = 1000,
		.requests_per_s = 1000,
		.request_tries = 4,
		.request_timeout_ns = 20 * MS_NS,
		.request_within_ns = 1000 * MS_NS,
		.request_sub_id = "0001",
		.request_username = "FIRM",
		.request_password = "secret",
		.reply_count = 2,
		.replies = {feed_rig_reply_line(0, 0), feed_rig_reply_line(0, 1)}};
}

static int unit_open(void **state)
{
	struct datagram *datagrams[CHANNEL_COUNT_MAX] = {NULL};
	struct config_error error;
	(void)state;
	rig = feed_rig_open_edited("", 1, edit);
	page = &rig->market->channels[0];
	net = stream_sim_net_open(1, 16, 1 << 16);
	client = stream_sim_open(net);
	cboe_init(&cboe, UNIT, 1 << 16, on_reply, NULL);
	cboe.session_sub_id = "0001";
	cboe.username = "FIRM";
	cboe.password = "secret";
	cboe.gaps = stream_sim_open(net);
	assert_int_not_equal(stream_listen(cboe.gaps, "10.0.0.1", PORT, &error), 0);
	for (uint32_t n = 0; n < TOLD; n++)
		cboe_say(&cboe, message, sizeof message);
	feed_recover_by(rig->feed, client, datagrams);
	return 0;
}

static int unit_close(void **state)
{
	(void)state;
	feed_rig_close(rig);
	stream_close(cboe.gaps);
	stream_close(client);
	cboe_free(&cboe);
	stream_sim_net_close(net);
	return 0;
}

static uint32_t payload_make(uint8_t *payload, uint32_t first, uint32_t count)
{
	uint32_t size = pitch_unit_begin(payload, UNIT, first);
	for (uint32_t i = 0; i < count; i++)
		size = pitch_unit_append(payload, size, CBOE_PACKET_BYTES, message, sizeof message);
	return size;
}

static void tell(uint32_t first, uint32_t count)
{
	uint8_t payload[CBOE_PACKET_BYTES];
	feed_rig_put(rig, 0, 0, payload, payload_make(payload, first, count));
	feed_rig_poll(rig);
}

static void reply(uint32_t first, uint32_t count)
{
	uint8_t payload[CBOE_PACKET_BYTES];
	feed_rig_reply(rig, 0, 0, payload, payload_make(payload, first, count));
	feed_rig_poll(rig);
}

static void turns(void)
{
	for (uint32_t i = 0; i < 20; i++) {
		feed_rig_poll(rig);
		cboe_turn(&cboe, rig->now_ns);
	}
}

/* Units name no session: what others asked for may be of the day before. */
static void what_nobody_asked_for_is_not_taken(void **state)
{
	(void)state;
	tell(1, 10);
	tell(21, 10);
	assert_int_equal(page->recovery, RECOVERY_WAITING);
	reply(11, 10);
	assert_int_equal(page->next_sequence, 11);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_old), 1);
	/* Nor while a connection is made. */
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_int_equal(page->recovery, RECOVERY_ASKING);
	reply(11, 10);
	assert_int_equal(page->next_sequence, 11);
	assert_int_equal(feed_rig_metric(rig, METRIC_feed_answers_old), 2);
	turns();
	assert_int_equal(page->next_sequence, 31);
	assert_int_equal(page->closed_by, RECOVERY_ASKING);
	assert_int_equal(page->recovery, RECOVERY_NONE);
	reply(11, 10);
	assert_int_equal(page->next_sequence, 31);
}

/* Nor does the asking for one hole let in what comes before the next is asked for. */
static void what_was_asked_for_once_is_not_asked_for_again(void **state)
{
	(void)state;
	tell(1, 10);
	tell(21, 10);
	rig->now_ns += FEED_RIG_WAIT_NS;
	turns();
	assert_int_equal(page->next_sequence, 31);
	tell(41, 10);
	rig->now_ns += FEED_RIG_WAIT_NS;
	feed_rig_poll(rig);
	assert_int_equal(page->recovery, RECOVERY_ASKING);
	reply(31, 10);
	assert_int_equal(page->next_sequence, 31);
	turns();
	assert_int_equal(page->next_sequence, 51);
}

static void while_something_is_asked_for_what_others_asked_for_helps(void **state)
{
	(void)state;
	cboe.deaf = 1;
	tell(1, 10);
	tell(21, 10);
	rig->now_ns += FEED_RIG_WAIT_NS;
	turns();
	assert_int_equal(cboe.counts.requests, 1);
	reply(6, 10);
	assert_int_equal(page->next_sequence, 16);
	/* In the pause after it was given up, too. */
	rig->now_ns += 20 * MS_NS;
	feed_rig_poll(rig);
	assert_int_equal(page->timeouts, 1);
	reply(16, 5);
	assert_int_equal(page->next_sequence, 31);
	assert_int_equal(page->closed_by, RECOVERY_ASKING);
}

#define UNIT_TEST(name) cmocka_unit_test_setup_teardown(name, unit_open, unit_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_nobody_asked_for_is_not_taken),
		UNIT_TEST(what_was_asked_for_once_is_not_asked_for_again),
		UNIT_TEST(while_something_is_asked_for_what_others_asked_for_helps),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.mend_replies", tests, NULL, NULL);
}
