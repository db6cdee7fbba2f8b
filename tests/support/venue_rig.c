/* venue_rig.c - see venue_rig.h. */
#include "tests/support/venue_rig.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/soup.h"

const struct endpoint venue_rig_servers[VENUE_RIG_SERVER_COUNT] = {
	{0x0A000001, 26400}, {0x0A000002, 26400}};
static const struct endpoint venue_client = {0x0A000064, 40000};

const struct recovery_config venue_rig_recovery = {
	.is_configured = 1,
	.has_requests = 1,
	.has_snapshot = 1,
	.wait_ns = FEED_RIG_WAIT_NS,
	.hold_packets = FEED_RIG_HOLD_COUNT,
	.server_count = VENUE_RIG_SERVER_COUNT,
	.servers = {{0x0A000001, 26400}, {0x0A000002, 26400}},
	.request_messages = 60,
	.request_reach = 200,
	.requests_per_s = 1000,
	.request_tries = 4,
	.request_timeout_ns = 10000000,
	.request_within_ns = 1000000000,
	.snapshot_address = "10.0.0.3",
	.snapshot_port = VENUE_RIG_GLIMPSE_PORT,
	.snapshot_username = "sluice",
	.snapshot_password = "secret",
	.snapshot_tries = 2,
	.snapshot_timeout_ns = 50000000,
};

struct venue_rig *venue_rig_open(struct feed_rig *rig)
{
	struct venue_rig *venue = calloc(1, sizeof *venue);
	struct datagram *datagrams[CHANNEL_COUNT_MAX] = {NULL};
	struct config_error error;
	assert_non_null(venue);
	venue->rig = rig;
	venue->datagrams = datagram_sim_net_open(1);
	for (uint32_t i = 0; i < VENUE_RIG_SERVER_COUNT; i++)
		venue->servers[i] = datagram_sim_open(venue->datagrams, &venue_rig_servers[i]);
	venue->client = datagram_sim_open(venue->datagrams, &venue_client);
	venue->streams = stream_sim_net_open(1, 8, VENUE_RIG_QUEUE_BYTES);
	venue->glimpse = stream_sim_open(venue->streams);
	venue->stream = stream_sim_open(venue->streams);
	assert_int_not_equal(
		stream_listen(venue->glimpse, "10.0.0.3", VENUE_RIG_GLIMPSE_PORT, &error), 0);
	datagrams[0] = venue->client;
	feed_recover_by(rig->feed, venue->stream, datagrams);
	venue->answer_bytes = 1400;
	memcpy(venue->session, "000010059B", sizeof venue->session);
	return venue;
}

void venue_rig_close(struct venue_rig *venue)
{
	stream_close(venue->glimpse);
	stream_close(venue->stream);
	stream_sim_net_close(venue->streams);
	for (uint32_t i = 0; i < VENUE_RIG_SERVER_COUNT; i++)
		datagram_close(venue->servers[i]);
	datagram_close(venue->client);
	datagram_sim_net_close(venue->datagrams);
	free(venue);
}

void venue_rig_begin(struct venue_rig *venue, uint64_t seed, const struct datagram_sim_rates *rates)
{
	datagram_sim_begin(venue->datagrams, seed, rates);
}

static void request_answer(struct venue_rig *venue, uint32_t server,
	const struct datagram_packet *request, uint64_t now_ns)
{
	uint8_t payload[DATAGRAM_BYTES_MAX];
	struct mold64_header wanted;
	assert_int_equal(request->size_bytes, MOLD64_HEADER_BYTES);
	assert_true(mold64_parse_header(request->bytes, request->size_bytes, &wanted));
	venue->requests[server]++;
	venue->last_first = wanted.sequence;
	venue->last_count = wanted.count;
	if (venue->is_deaf[server] || wanted.sequence > venue->published ||
		memcmp(wanted.session, venue->session, sizeof venue->session) != 0)
		return;
	uint32_t size = mold64_begin(payload,
		venue->is_of_other_session ? "ANOTHERONE" : venue->session, wanted.sequence);
	for (uint64_t n = wanted.sequence;
		n < wanted.sequence + wanted.count && n <= venue->published; n++) {
		const struct feed_rig_message *message = &venue->rig->messages[n - 1];
		uint32_t next = mold64_append(payload, size, venue->answer_bytes, message->bytes,
			(uint16_t)message->size_bytes);
		if (next == 0)
			break;
		size = next;
	}
	datagram_send(venue->servers[server], &request->from, payload, size, now_ns);
}

static void message_send(
	struct venue_rig *venue, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	uint8_t packet[128];
	stream_send(venue->glimpse, connection, packet,
		soup_build(packet, SOUP_SEQUENCED, bytes, size_bytes));
}

static bool is_of_the_state(uint8_t type)
{
	return type == 'R' || type == 'H' || type == 'Y' || type == 'h' || type == 'S' ||
	       type == 'V' || type == 'L';
}

/* The state of the market after `last` messages, in the messages of the live feed. */
static void market_spin(struct venue_rig *venue, uint32_t connection, uint64_t last)
{
	static const char names[][9] = {"ZZZZ", "AAPL", "MSFT"};
	venue->model.count = 0;
	if (venue->is_spoiling)
		message_send(venue, connection, (const uint8_t *)"A", 1);
	for (uint64_t n = 1; n <= last; n++) {
		const struct feed_rig_message *message = &venue->rig->messages[n - 1];
		if (is_of_the_state(message->bytes[0]))
			message_send(venue, connection, message->bytes, message->size_bytes);
		feed_model_apply(&venue->model, message->bytes);
	}
	for (uint32_t i = 0; i < venue->model.count; i++) {
		const struct feed_model_order *order = &venue->model.orders[i];
		uint8_t bytes[ITCH50_SIZE_MAX];
		struct event event = {.kind = EVENT_ADD,
			.type = 'A',
			.locate = order->locate,
			.order = order->reference,
			.side = order->side,
			.qty = order->qty,
			.price_e4 = order->price_e4,
			.symbol = symbol_pack(names[order->locate <= 2 ? order->locate : 0])};
		message_send(venue, connection, bytes, itch50_encode(&event, bytes));
	}
}

void venue_rig_spin_end(struct venue_rig *venue)
{
	char end[32];
	snprintf(end, sizeof end, "G%20llu", (unsigned long long)venue->spun);
	message_send(venue, venue->spinner, (const uint8_t *)end, 21);
}

static void glimpse_serve(struct venue_rig *venue, uint32_t connection)
{
	uint8_t packet[64];
	uint64_t last = venue->published > venue->lag ? venue->published - venue->lag : 0;
	char session[11];
	snprintf(session, sizeof session, "%.10s",
		venue->is_spinning_another ? "ANOTHERONE" : venue->session);
	venue->spins++;
	if (venue->is_rejecting) {
		stream_send(
			venue->glimpse, connection, packet, soup_build_login_rejected(packet, 'A'));
		return;
	}
	if (venue->cut_after_bytes != 0)
		stream_sim_cut(venue->glimpse, connection, venue->cut_after_bytes);
	stream_send(
		venue->glimpse, connection, packet, soup_build_login_accepted(packet, session, 1));
	market_spin(venue, connection, last);
	venue->spun = venue->lie != 0 ? venue->lie : last + 1;
	venue->spinner = connection;
	if (!venue->is_endless)
		venue_rig_spin_end(venue);
}

/* A login request is one small piece here; chunked streams are glimpse_test's. */
static bool glimpse_turn(struct venue_rig *venue)
{
	struct stream_event events[8];
	uint32_t count = stream_poll(venue->glimpse, events, ARRAY_COUNT(events));
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind != STREAM_BYTES || events[i].bytes[2] != SOUP_LOGIN_REQUEST)
			continue;
		assert_memory_equal(events[i].bytes + 3, "sluice", 6);
		if (!venue->is_absent)
			glimpse_serve(venue, events[i].connection);
	}
	return count != 0;
}

bool venue_rig_turn(struct venue_rig *venue)
{
	struct datagram_packet request;
	uint64_t now_ns = venue->rig->now_ns;
	bool has_worked = false;
	for (uint32_t i = 0; i < VENUE_RIG_SERVER_COUNT; i++)
		while (datagram_receive(venue->servers[i], &request, now_ns)) {
			request_answer(venue, i, &request, now_ns);
			has_worked = true;
		}
	return glimpse_turn(venue) || has_worked;
}

void venue_rig_poll(struct venue_rig *venue)
{
	/* Bytes of a stream leave when their sender is polled, which is no work yet. */
	for (uint32_t idle = 0; idle < 3; idle++) {
		if (feed_poll(venue->rig->feed, venue->rig->now_ns))
			idle = 0;
		if (venue_rig_turn(venue))
			idle = 0;
	}
	feed_rig_conserves(venue->rig);
}
