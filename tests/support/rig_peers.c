/* The two sides of a rig: the venue and the clients as peers, what they send, and what they got. */
#include "tests/support/rig.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/orders/names.h"
#include "dataplane/wire/ouch42_inner.h"

/* --- numbers and tokens --- */

static void rig_token(char token[14], uint32_t ref)
{
	char text[16];
	snprintf(text, sizeof text, "T%013u", ref);
	memcpy(token, text, 14);
}

static uint32_t rig_token_ref(const char token[14])
{
	char text[15] = {0};
	memcpy(text, token, 14);
	return text[0] == 'T' ? (uint32_t)strtoul(text + 1, NULL, 10) : 0;
}

static uint32_t rig_client_bytes(
	const struct rig *rig, uint32_t client, const struct ouch_in *message, uint8_t bytes[256])
{
	struct ouch_in in = *message;
	struct ouch42_in said;
	if (rig->site.sessions[client].protocol != ORDERS_OUCH42)
		return ouch50_build_in(bytes, 256, message);
	rig_token(in.clordid, in.ref);
	rig_token(in.original_clordid, in.original_ref);
	assert_true(ouch42_inner_say_in(&in, &said));
	return ouch42_build_in(bytes, 256, &said);
}

static void rig_client_hear(const struct rig *rig, const struct rig_peer *client,
	const struct soup_packet *packet, struct ouch_out *out)
{
	struct ouch42_out said;
	if (rig->site.sessions[client - rig->clients].protocol != ORDERS_OUCH42) {
		assert_int_equal(
			ouch50_parse_out(packet->payload, packet->payload_bytes, out), OUCH_OK);
		return;
	}
	assert_int_equal(ouch42_parse_out(packet->payload, packet->payload_bytes, &said), OUCH_OK);
	ouch42_inner_hear_out(&said, out);
	out->ref = rig_token_ref(said.token);
	out->original_ref = rig_token_ref(said.previous);
}

static uint32_t rig_ours(const char token[14])
{
	uint64_t account, order_id = 0;
	assert_true(names_clordid_read(token, &account, &order_id));
	return (uint32_t)order_id;
}

static void rig_venue_hear(struct rig *rig, const struct soup_packet *packet, struct ouch_in *in)
{
	struct ouch42_in said;
	if (rig->site.venues[0].protocol != ORDERS_OUCH42) {
		assert_int_equal(
			ouch50_parse_in(packet->payload, packet->payload_bytes, in), OUCH_OK);
		return;
	}
	assert_int_equal(ouch42_parse_in(packet->payload, packet->payload_bytes, &said), OUCH_OK);
	ouch42_inner_hear_in(&said, in);
	in->ref = rig_ours(said.token);
	if (in->type == 'U')
		in->original_ref = rig_ours(said.previous);
	memcpy(rig->tokens[in->ref % RIG_TOKEN_COUNT], said.token, 14);
}

static void rig_venue_token(const struct rig *rig, char token[14], uint32_t ref)
{
	memcpy(token, rig->tokens[ref % RIG_TOKEN_COUNT], 14);
	if (token[0] == 0)
		names_clordid(token, RIG_ACCOUNT, ref);
}

static uint32_t rig_venue_bytes(
	const struct rig *rig, const struct ouch_out *message, uint8_t bytes[256])
{
	struct ouch_out out = *message;
	struct ouch42_out said;
	if (rig->site.venues[0].protocol != ORDERS_OUCH42)
		return ouch50_build_out(bytes, 256, message);
	rig_venue_token(rig, out.clordid, out.ref);
	rig_venue_token(rig, out.original_clordid, out.original_ref);
	assert_true(ouch42_inner_say_out(&out, &said));
	return ouch42_build_out(bytes, 256, &said);
}

void rig_put(struct rig *rig, struct rig_peer *peer, enum soup_type type, const uint8_t *payload,
	uint32_t size)
{
	uint8_t packet[SOUP_PACKET_BYTES_MAX];
	assert_true(stream_send(rig->peer_stream, peer->connection, packet,
		soup_build(packet, type, payload, size)));
}

static void rig_put_out(struct rig *rig, const struct ouch_out *message)
{
	uint8_t bytes[256];
	uint32_t size = rig_venue_bytes(rig, message, bytes);
	assert_true(size > 0);
	assert_true(rig->venue.sequence < RIG_TOLD_COUNT);
	rig->told[rig->venue.sequence++] = *message;
	if (rig->venue.is_up)
		rig_put(rig, &rig->venue, SOUP_SEQUENCED, bytes, size);
}

/* The venue sends again, from the number asked for, what it said before. */
static void rig_venue_login(struct rig *rig, const struct soup_packet *packet)
{
	struct rig_peer *venue = &rig->venue;
	struct soup_login login;
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES], bytes[256];
	assert_true(soup_parse_login_request(packet, &login));
	if (login.session[0] != '\0' && strcmp(login.session, rig->venue_session) != 0) {
		stream_send(rig->peer_stream, venue->connection, reply,
			soup_build_login_rejected(reply, 'S'));
		return;
	}
	assert_true(login.sequence >= 1 && login.sequence <= venue->sequence + 1);
	uint32_t size = soup_build_login_accepted(reply, rig->venue_session, login.sequence);
	venue->is_up = true;
	assert_true(stream_send(rig->peer_stream, venue->connection, reply, size));
	for (uint64_t i = login.sequence - 1; i < venue->sequence; i++) {
		size = rig_venue_bytes(rig, &rig->told[i], bytes);
		rig_put(rig, venue, SOUP_SEQUENCED, bytes, size);
	}
}

static void rig_venue_packet(struct rig *rig, const struct soup_packet *packet)
{
	struct rig_peer *venue = &rig->venue;
	if (packet->type == SOUP_LOGIN_REQUEST) {
		rig_venue_login(rig, packet);
		return;
	}
	if (packet->type != SOUP_UNSEQUENCED)
		return;
	struct ouch_in in;
	rig_venue_hear(rig, packet, &in);
	if (in.type == 'Q') {
		if (rig->before_query != NULL)
			rig->before_query(rig);
		struct ouch_out out = {.type = 'Q',
			.ref = (uint32_t)(rig->venue_is_mute ? 1 : rig->next_reference)};
		rig_put_out(rig, &out);
		return;
	}
	if (rig->before_query == NULL && in.type != 'X' && in.ref >= rig->next_reference)
		rig->next_reference = (uint64_t)in.ref + 1;
	assert_true(venue->count < ARRAY_COUNT(venue->in));
	venue->in[venue->count++] = in;
}

static void rig_second_put(struct rig *rig, const struct ouch_out *message)
{
	uint8_t bytes[256];
	uint32_t size = ouch50_build_out(bytes, sizeof bytes, message);
	if (rig->second.peer.is_up)
		rig_put(rig, &rig->second.peer, SOUP_SEQUENCED, bytes, size);
}

static void rig_second_tell(struct rig *rig, const struct ouch_out *message)
{
	struct rig_second *second = &rig->second;
	assert_true(second->peer.sequence < ARRAY_COUNT(second->told));
	second->told[second->peer.sequence++] = *message;
	rig_second_put(rig, message);
}

static void rig_second_packet(struct rig *rig, const struct soup_packet *packet)
{
	struct rig_second *second = &rig->second;
	struct soup_login login;
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES];
	if (packet->type == SOUP_LOGIN_REQUEST) {
		assert_true(soup_parse_login_request(packet, &login));
		second->peer.is_up = true;
		stream_send(rig->peer_stream, second->peer.connection, reply,
			soup_build_login_accepted(reply, second->session, login.sequence));
		for (uint64_t i = login.sequence - 1; i < second->peer.sequence; i++)
			rig_second_put(rig, &second->told[i]);
	}
	struct ouch_in in;
	if (packet->type != SOUP_UNSEQUENCED)
		return;
	assert_int_equal(ouch50_parse_in(packet->payload, packet->payload_bytes, &in), OUCH_OK);
	if (in.type == 'Q') {
		struct ouch_out out = {.type = 'Q', .ref = (uint32_t)second->next_reference};
		rig_second_tell(rig, &out);
		return;
	}
	if (in.type != 'X')
		second->next_reference = (uint64_t)in.ref + 1;
	second->peer.in[second->peer.count++] = in;
}

void rig_second_answer(struct rig *rig, const struct ouch_out *message)
{
	rig_second_tell(rig, message);
	rig_poll(rig, 1000);
}

bool rig_second_got(struct rig *rig, struct ouch_in *message)
{
	struct rig_peer *venue = &rig->second.peer;
	if (venue->count == 0)
		return false;
	*message = venue->in[0];
	memmove(venue->in, venue->in + 1, --venue->count * sizeof venue->in[0]);
	return true;
}

static void rig_client_packet(
	const struct rig *rig, struct rig_peer *client, const struct soup_packet *packet)
{
	if (packet->type == SOUP_LOGIN_ACCEPTED)
		client->is_up = true;
	if (packet->type != SOUP_SEQUENCED)
		return;
	client->sequence++;
	assert_true(client->count < ARRAY_COUNT(client->out));
	rig_client_hear(rig, client, packet, &client->out[client->count++]);
}

static void rig_peer_bytes(struct rig *rig, struct rig_peer *peer, const struct stream_event *event)
{
	struct soup_packet packet;
	assert_true(peer->rx_bytes + event->size_bytes <= sizeof peer->rx);
	memcpy(peer->rx + peer->rx_bytes, event->bytes, event->size_bytes);
	peer->rx_bytes += event->size_bytes;
	while (soup_parse(peer->rx, peer->rx_bytes, &packet) == SOUP_OK) {
		if (peer == &rig->venue)
			rig_venue_packet(rig, &packet);
		else if (peer == &rig->second.peer)
			rig_second_packet(rig, &packet);
		else
			rig_client_packet(rig, peer, &packet);
		peer->rx_bytes -= packet.wire_bytes;
		memmove(peer->rx, peer->rx + packet.wire_bytes, peer->rx_bytes);
	}
}

static struct rig_peer *rig_peer_of(struct rig *rig, uint32_t connection)
{
	if (rig->venue.connection == connection)
		return &rig->venue;
	if (rig->second.peer.connection == connection)
		return &rig->second.peer;
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		if (rig->clients[i].connection == connection)
			return &rig->clients[i];
	}
	return NULL;
}

bool rig_poll_peers(struct rig *rig)
{
	struct stream_event events[32];
	uint32_t count = stream_poll(rig->peer_stream, events, 32);
	for (uint32_t i = 0; i < count; i++) {
		const struct stream_event *event = &events[i];
		if (rig->hooks != NULL && rig->hooks->venue != NULL &&
			rig->hooks->venue(rig, event))
			continue;
		if (event->kind == STREAM_OPENED && event->listener != 0) {
			bool is_second =
				event->listener == rig->second.listener; /* 0: there is none */
			struct rig_peer *venue = is_second ? &rig->second.peer : &rig->venue;
			venue->connection = event->connection;
			venue->rx_bytes = 0;
		}
		struct rig_peer *peer = rig_peer_of(rig, event->connection);
		if (peer == NULL && rig->hooks != NULL && rig->hooks->event != NULL)
			rig->hooks->event(rig, event);
		if (peer == NULL)
			continue;
		if (event->kind == STREAM_BYTES)
			rig_peer_bytes(rig, peer, event);
		else if (event->kind == STREAM_CLOSED)
			peer->is_up = false, peer->connection = CONNECTION_NONE;
	}
	return count > 0;
}

struct ouch_in rig_order(uint32_t ref)
{
	struct ouch_in in = {.type = 'O',
		.side = 'B',
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N',
		.ref = ref,
		.qty = 100,
		.price_e4 = 1630000,
		.symbol = symbol_pack("AAPL")};
	memset(in.clordid, ' ', sizeof in.clordid);
	snprintf(in.clordid, sizeof in.clordid, "C%u", ref);
	return in;
}

struct ouch_in rig_replace(uint32_t original_ref, uint32_t ref, uint32_t qty, uint64_t price_e4)
{
	struct ouch_in in = rig_order(ref);
	in.type = 'U';
	in.side = in.capacity = in.cross_type = 0;
	in.symbol = 0;
	in.original_ref = original_ref;
	in.qty = qty;
	in.price_e4 = price_e4;
	return in;
}

struct ouch_in rig_cancel(uint32_t ref, uint32_t qty)
{
	return (struct ouch_in){.type = 'X', .ref = ref, .qty = qty};
}

void rig_send(struct rig *rig, uint32_t client, const struct ouch_in *message)
{
	uint8_t bytes[256];
	uint32_t size = rig_client_bytes(rig, client, message, bytes);
	assert_true(size > 0);
	rig_put(rig, &rig->clients[client], SOUP_UNSEQUENCED, bytes, size);
	atomic_store(&rig->market->channels[0].heard_ns, rig->now_ns);
	rig_poll(rig, 1000);
}

void rig_answer(struct rig *rig, const struct ouch_out *message)
{
	rig_put_out(rig, message);
	rig_poll(rig, 1000);
}

struct ouch_out rig_accepted(const struct ouch_in *message)
{
	struct ouch_out out = {.type = message->type == 'U' ? 'U' : 'A',
		.ref = message->ref,
		.original_ref = message->original_ref,
		.side = message->type == 'U' ? 'B' : message->side,
		.qty = message->qty,
		.symbol = message->symbol,
		.price_e4 = message->price_e4,
		.time_in_force = message->time_in_force,
		.display = message->display,
		.capacity = message->type == 'U' ? 'P' : message->capacity,
		.iso = 'N',
		.cross_type = 'N',
		.order_state = 'L'};
	out.order_reference = 5000 + message->ref;
	memcpy(out.clordid, message->clordid, sizeof out.clordid);
	return out;
}

void rig_accept(struct rig *rig, const struct ouch_in *message)
{
	struct ouch_out out = rig_accepted(message);
	rig_answer(rig, &out);
}

void rig_execute(struct rig *rig, const struct ouch_in *message, uint32_t qty, uint64_t price_e4)
{
	struct ouch_out out = {
		.type = 'E', .ref = message->ref, .qty = qty, .price_e4 = price_e4, .code = 'A'};
	out.match = rig->venue.sequence + 1;
	rig_answer(rig, &out);
}

void rig_cancelled(struct rig *rig, uint32_t venue_ref, uint32_t qty, uint8_t reason)
{
	struct ouch_out out = {.type = 'C', .ref = venue_ref, .qty = qty, .code = reason};
	rig_answer(rig, &out);
}

bool rig_venue_got(struct rig *rig, struct ouch_in *message)
{
	struct rig_peer *venue = &rig->venue;
	if (venue->count == 0)
		return false;
	*message = venue->in[0];
	memmove(venue->in, venue->in + 1, --venue->count * sizeof venue->in[0]);
	return true;
}

bool rig_client_got(struct rig *rig, uint32_t client, struct ouch_out *message)
{
	struct rig_peer *peer = &rig->clients[client];
	if (peer->count == 0)
		return false;
	*message = peer->out[0];
	memmove(peer->out, peer->out + 1, --peer->count * sizeof peer->out[0]);
	return true;
}

bool rig_receipt(const struct rig *rig, struct receipt *receipt)
{
	bool is_found = false;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		if (record->type == RECORD_RECEIPT) {
			memcpy(receipt, record_body(record), sizeof *receipt);
			is_found = true;
		}
		at += record->size_bytes;
	}
	return is_found;
}

struct position_row rig_position(const struct rig *rig, uint32_t account, uint32_t symbol)
{
	struct position_row rows[64];
	uint64_t cursor = 0;
	uint32_t count = 0;
	do {
		cursor = risk_positions(rig->gate->fold->risk, account, cursor, rows, 64, &count);
		for (uint32_t i = 0; i < count; i++) {
			if (rows[i].account == account && rows[i].symbol == symbol)
				return rows[i];
		}
	} while (cursor != 0);
	return (struct position_row){.account = account, .symbol = symbol};
}

uint64_t rig_stop(struct rig *rig, enum scope scope, uint32_t id, enum trading_state state)
{
	static uint64_t wall_ns = 1000;
	uint64_t stamp =
		stop_set(&rig->control->stops, scope, id, state, ++wall_ns, 1000, "a test");
	rig_poll(rig, 1000);
	return stamp;
}

static uint64_t rig_put_question(struct rig *rig, const struct mailbox_request *request)
{
	struct mailbox_request *asked = &rig->control->requests[STAGE_GATE];
	uint64_t number = atomic_load(&asked->number) + 1;
	asked->kind = request->kind;
	asked->id = request->id;
	asked->symbol = request->symbol;
	asked->instance = rig->region->header.instance;
	asked->cursor = request->cursor;
	asked->release = request->release;
	asked->limits = request->limits;
	asked->rate = request->rate;
	asked->resolve = request->resolve;
	asked->lease = request->lease;
	atomic_store(&asked->number, number);
	return number;
}

const struct mailbox_answer *rig_ask(struct rig *rig, const struct mailbox_request *request)
{
	const struct mailbox_answer *answer;
	uint64_t number, instance;
	/* What a gate did not answer before it died is asked of the one that came up. */
	do {
		instance = rig->region->header.instance;
		number = rig_put_question(rig, request);
		rig_poll(rig, 1000);
		answer = &rig->region->answers[STAGE_GATE];
	} while (
		atomic_load(&answer->number) != number && rig->region->header.instance != instance);
	assert_int_equal(atomic_load(&answer->number), number);
	return answer;
}

struct ouch_in rig_pass(struct rig *rig, uint32_t client, const struct ouch_in *order)
{
	struct ouch_in at_venue;
	rig_send(rig, client, order);
	assert_true(rig_venue_got(rig, &at_venue));
	return at_venue;
}

struct ouch_in rig_pass_and_accept(struct rig *rig, uint32_t client, const struct ouch_in *order)
{
	struct ouch_out told;
	struct ouch_in at_venue = rig_pass(rig, client, order);
	rig_accept(rig, &at_venue);
	assert_true(rig_client_got(rig, client, &told));
	assert_int_equal(told.type, order->type == 'U' ? 'U' : 'A');
	return at_venue;
}

enum lane rig_refuse(struct rig *rig, uint32_t client, const struct ouch_in *order)
{
	struct ouch_in at_venue;
	struct ouch_out told;
	struct receipt receipt;
	rig_send(rig, client, order);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_true(rig_client_got(rig, client, &told));
	assert_int_equal(told.type, 'J');
	assert_int_equal(told.ref, order->ref);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.client_ref, order->ref);
	assert_int_equal(receipt.flags & RECEIPT_PASSED, 0);
	assert_int_equal(told.reject_code, lane_rows[receipt.lane].ouch_code);
	return receipt.lane;
}

struct session_row rig_session(struct rig *rig, uint32_t id)
{
	struct mailbox_request request = {.kind = REQUEST_SESSIONS};
	struct session_row row;
	do {
		const struct mailbox_answer *answer = rig_ask(rig, &request);
		for (uint32_t i = 0; i < answer->row_count; i++) {
			memcpy(&row, answer->rows[i], sizeof row);
			if (row.id == id)
				return row;
		}
		request.cursor = answer->next;
	} while (request.cursor != 0);
	fail_msg("expected a row of session %u", id);
	return row;
}
