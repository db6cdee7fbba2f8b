/* talker.c - see talker.h. */
#include "tests/support/talker.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/ouch42_inner.h"

static const uint64_t ms_ns = 1000000, second_ns = 1000000000;

struct talker_order *talker_find(struct talker *t, uint32_t ref)
{
	return ref > t->base_ref && ref <= t->base_ref + t->count
		       ? &t->orders[ref - t->base_ref - 1]
		       : NULL;
}

static void talker_put(struct talker *t, enum soup_type type, const uint8_t *payload, uint32_t size)
{
	uint8_t packet[SOUP_HEADER_BYTES + 256];
	size = soup_build(packet, type, payload, size);
	if (t->connection != CONNECTION_NONE)
		stream_send(t->talk->talker_stream, t->connection, packet, size);
	t->told_ns = t->talk->rig->now_ns;
}

static bool is_fix(const struct talker *t)
{
	return t->speech == ORDERS_FIX42 || t->speech == ORDERS_FIX44;
}

static void token_of(char token[14], uint32_t ref)
{
	char text[16];
	snprintf(text, sizeof text, "T%013u", ref);
	memcpy(token, text, 14);
}

static uint32_t ref_of_token(const char token[14])
{
	char text[15] = {0};
	memcpy(text, token, 14);
	return text[0] == 'T' ? (uint32_t)strtoul(text + 1, NULL, 10) : 0;
}

static uint32_t bytes_of(const struct talker *t, const struct ouch_in *in, uint8_t bytes[256])
{
	struct ouch_in named = *in;
	struct ouch42_in said;
	if (t->speech == ORDERS_OUCH50)
		return ouch50_build_in(bytes, 256, in);
	token_of(named.clordid, in->ref);
	token_of(named.original_clordid, in->original_ref);
	assert_true(ouch42_inner_say_in(&named, &said));
	return ouch42_build_in(bytes, 256, &said);
}

static void read_out(const struct talker *t, const struct soup_packet *packet, struct ouch_out *out)
{
	struct ouch42_out said;
	if (t->speech == ORDERS_OUCH50) {
		assert_int_equal(
			ouch50_parse_out(packet->payload, packet->payload_bytes, out), OUCH_OK);
		return;
	}
	assert_int_equal(ouch42_parse_out(packet->payload, packet->payload_bytes, &said), OUCH_OK);
	ouch42_inner_hear_out(&said, out);
	out->ref = ref_of_token(said.token);
	out->original_ref = ref_of_token(said.previous);
}

static void talker_message(struct talker *t, const struct ouch_in *in)
{
	uint8_t bytes[256];
	if (is_fix(t)) {
		talker_fix_say(t, in);
		return;
	}
	uint32_t size = bytes_of(t, in, bytes);
	assert_true(size > 0);
	talker_put(t, SOUP_UNSEQUENCED, bytes, size);
}

void talker_recover(struct talker *t, uint32_t next_ref)
{
	for (uint32_t i = 0; i < t->count; i++) {
		const struct talker_order *order = &t->orders[i];
		/* What a session of FIX has numbered it tells again by itself. */
		if (order->said.ref >= next_ref && order->is_waiting && !order->is_numbered)
			talker_message(t, &order->said);
	}
	for (uint32_t i = 0; i < t->count; i++) {
		struct ouch_in cancel = rig_cancel(t->orders[i].said.ref, t->orders[i].keep_qty);
		if (t->orders[i].is_unwanted && (t->orders[i].open > 0 || t->orders[i].is_waiting))
			talker_message(t, &cancel);
	}
	t->is_settled = true;
}

void talker_order_is(struct talker_order *order, uint32_t open)
{
	order->is_waiting = false;
	order->open = open;
}

/* The number that the strategy gave what stands at the gate under a number of the gate's. */
static uint32_t number_of_gate(const struct talker *t, uint32_t client_ref)
{
	if (t->speech == ORDERS_OUCH50)
		return client_ref;
	const struct id *id =
		ids_text(&t->talk->rig->gate->fold->ids, (uint16_t)(t->index + 1), client_ref);
	return is_fix(t) ? talker_fix_ref(id->text, id->size_bytes) : ref_of_token(id->text);
}

/* Of what an earlier conversation left uncertain only a lost reduction is told (fold/answer.h), when the venue is back. */
static bool was_left_uncertain(const struct talker *t, uint32_t ref)
{
	const struct order_table *orders = &t->talk->rig->gate->fold->orders;
	for (uint32_t slot = orders->open_head; slot != ORDER_NONE;
		slot = orders->slots[slot].next) {
		const struct own_order *own = &orders->slots[slot];
		if (own->state == ORDER_UNCERTAIN && own->session == t->index + 1 &&
			number_of_gate(t, own->client_ref) == ref)
			return ref <= t->base_ref;
	}
	return false;
}

static void talker_hears(struct talker *t, const struct ouch_out *out)
{
	struct talker_order *order = talker_find(t, out->ref), *old;
	if (out->type == 'Q') {
		if (!t->is_settled)
			talker_recover(t, out->ref);
		return;
	}
	if (out->type == 'S')
		return;
	if (out->type == 'I' && was_left_uncertain(t, out->ref))
		return;
	assert_non_null(order);
	switch (out->type) {
	case 'A':
		assert_true(order->is_waiting);
		talker_order_is(order, out->order_state == 'L' ? out->qty : 0);
		break;
	case 'U':
		assert_true(order->is_waiting);
		old = talker_find(t, out->original_ref);
		assert_non_null(old);
		talker_order_is(old, 0);
		talker_order_is(order, out->order_state == 'L' ? out->qty : 0);
		break;
	case 'E':
	case 'C':
		assert_true(out->qty <= order->open);
		talker_order_is(order, order->open - out->qty);
		break;
	case 'J':
		talker_order_is(order, 0);
		break;
	default: /* a cancel was refused */
		assert_int_equal(out->type, 'I');
	}
}

/* What comes must be the next message of the store, byte for byte. */
static void talker_numbered(struct talker *t, const struct soup_packet *packet)
{
	const struct fold_client *client = &t->talk->rig->gate->fold->clients[t->index + 1];
	struct ouch_out out;
	t->heard++;
	assert_true(t->heard <= client->last_sequence);
	const struct fold_stored *stored = fold_stored(client, t->heard);
	assert_int_equal(packet->payload_bytes, stored->size_bytes);
	assert_memory_equal(packet->payload, stored->bytes, stored->size_bytes);
	read_out(t, packet, &out);
	talker_hears(t, &out);
}

static bool talker_packet(void *context, const struct soup_packet *packet)
{
	struct talker *t = context;
	char session[11];
	uint64_t next;
	const uint8_t query = 'Q';
	if (packet->type == SOUP_LOGIN_ACCEPTED) {
		assert_true(soup_parse_login_accepted(packet, session, &next));
		assert_int_equal(next, t->heard + 1); /* nothing skipped, nothing again */
		t->is_up = true;
		if (t->speech == ORDERS_OUCH50)
			talker_put(t, SOUP_UNSEQUENCED, &query, 1);
		else /* nobody can be asked: a token that was used is ignored */
			talker_recover(t, 0);
	} else if (packet->type == SOUP_SEQUENCED) {
		assert_true(t->is_up);
		talker_numbered(t, packet);
	} else if (packet->type == SOUP_LOGIN_REJECTED) {
		stream_shut(t->talk->talker_stream, t->connection, true);
	} else {
		assert_int_equal(packet->type, SOUP_SERVER_HEARTBEAT);
	}
	return true;
}

static void talker_login(struct talker *t)
{
	struct soup_login login = {.sequence = t->heard + 1};
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	const struct session_config *config = &t->talk->rig->site.sessions[t->index];
	memcpy(login.username, config->username, sizeof login.username);
	memcpy(login.password, config->password, sizeof login.password);
	stream_send(t->talk->talker_stream, t->connection, packet,
		soup_build_login_request(packet, &login));
}

bool talkers_poll(struct conversation *talk)
{
	struct stream_event events[32];
	uint32_t count = stream_poll(talk->talker_stream, events, 32);
	for (uint32_t i = 0; i < count * TALKER_COUNT; i++) {
		const struct stream_event *event = &events[i / TALKER_COUNT];
		struct talker *t = &talk->talkers[i % TALKER_COUNT];
		if (event->connection != t->connection)
			continue;
		t->heard_ns = talk->rig->now_ns;
		if (event->kind == STREAM_OPENED && is_fix(t)) {
			talker_fix_opened(t);
		} else if (event->kind == STREAM_OPENED) {
			t->inbox.used = 0;
			talker_login(t);
		} else if (event->kind == STREAM_BYTES && is_fix(t)) {
			talker_fix_bytes(t, event->bytes, event->size_bytes);
		} else if (event->kind == STREAM_BYTES) {
			assert_true(inbox_take(
				&t->inbox, event->bytes, event->size_bytes, talker_packet, t));
		} else {
			if (is_fix(t))
				talker_fix_gone(t);
			t->connection = CONNECTION_NONE;
			t->is_up = t->is_settled = false;
			t->retry_ns = talk->rig->now_ns + 20 * ms_ns;
		}
	}
	return count > 0;
}

void talker_tick(struct talker *t)
{
	struct stream *s = t->talk->talker_stream;
	uint64_t now_ns = t->talk->rig->now_ns;
	if (t->connection == CONNECTION_NONE) {
		if (now_ns >= t->retry_ns)
			t->connection = stream_connect(s, "127.0.0.1", 25000);
		t->heard_ns = now_ns;
		return;
	}
	/* Heartbeats, and leaving a gate that says nothing. */
	if (is_fix(t))
		talker_fix_tick(t);
	else if (now_ns > t->heard_ns + 5 * second_ns)
		stream_shut(s, t->connection, true);
	else if (t->is_up && now_ns > t->told_ns + second_ns)
		talker_put(t, SOUP_CLIENT_HEARTBEAT, NULL, 0);
}

static struct talker_order *talker_say(struct talker *t, const struct ouch_in *in)
{
	assert_true(t->count < TALKER_SENT_MAX);
	struct talker_order *order = &t->orders[t->count++];
	*order = (struct talker_order){.said = *in, .is_waiting = true};
	if (t->is_settled)
		talker_message(t, in);
	return order;
}

uint32_t talker_enter(struct talker *t, char side, uint32_t qty, uint64_t price_e4, char tif)
{
	struct ouch_in in = rig_order(++t->ref);
	in.side = (uint8_t)side;
	in.qty = qty;
	in.price_e4 = price_e4;
	in.time_in_force = (uint8_t)tif;
	talker_say(t, &in);
	return t->ref;
}

uint32_t talker_replace(struct talker *t, uint32_t original, uint32_t qty, uint64_t price_e4)
{
	struct ouch_in in = rig_replace(original, ++t->ref, qty, price_e4);
	talker_say(t, &in);
	return t->ref;
}

void talker_cancel(struct talker *t, uint32_t ref, uint32_t keep_qty)
{
	struct talker_order *order = talker_find(t, ref);
	struct ouch_in cancel = rig_cancel(ref, keep_qty);
	assert_non_null(order);
	order->is_unwanted = true;
	order->keep_qty = keep_qty;
	if (is_fix(t)) /* a cancel is of all */
		order->keep_qty = cancel.qty = 0;
	if (t->is_settled)
		talker_message(t, &cancel);
}

struct talker_order *talker_of_gate(struct talker *t, uint32_t client_ref)
{
	return talker_find(t, number_of_gate(t, client_ref));
}

bool talker_waits(const struct talker *t, const struct talker_order *order)
{
	if (order->is_unwanted && order->keep_qty == 0 && order->open > 0)
		return true;
	if (!order->is_waiting || order->said.type == 'O')
		return order->is_waiting;
	uint32_t original = order->said.original_ref - t->base_ref - 1;
	return t->orders[original].open > 0 || talker_waits(t, &t->orders[original]);
}

bool talker_has_heard(const struct talker *t)
{
	if (is_fix(t))
		return talker_fix_has_heard(t);
	return t->heard == t->talk->rig->gate->fold->clients[t->index + 1].last_sequence;
}
