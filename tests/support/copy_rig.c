/* rooms: dataplane_gate */
#include "tests/support/copy_rig.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static void copy_put(
	struct copy_rig *copy, enum soup_type type, const uint8_t *bytes, uint32_t size)
{
	uint8_t packet[512];
	assert_true(stream_send(copy->rig->peer_stream, copy->connection, packet,
		soup_build(packet, type, bytes, size)));
}

static void copy_put_word(struct copy_rig *copy, const struct ouch_out *word)
{
	uint8_t bytes[256];
	copy_put(copy, SOUP_SEQUENCED, bytes, ouch50_build_out(bytes, sizeof bytes, word));
}

static void copy_login(struct copy_rig *copy, const struct soup_packet *packet)
{
	struct soup_login login;
	uint8_t reply[SOUP_LOGIN_ACCEPTED_BYTES];
	struct stream *stream = copy->rig->peer_stream;
	assert_true(soup_parse_login_request(packet, &login));
	assert_memory_equal(login.username, "DROP", 5);
	copy->asked = login.sequence;
	if (login.session[0] != '\0' && strcmp(login.session, copy->session) != 0) {
		stream_send(stream, copy->connection, reply, soup_build_login_rejected(reply, 'S'));
		return;
	}
	assert_true(login.sequence >= 1 && login.sequence <= copy->count + 1);
	assert_true(stream_send(stream, copy->connection, reply,
		soup_build_login_accepted(reply, copy->session, login.sequence)));
	copy->is_up = true;
	for (uint64_t i = login.sequence - 1; i < copy->count; i++)
		copy_put_word(copy, &copy->words[i]);
}

static void copy_bytes(struct copy_rig *copy, const struct stream_event *event)
{
	const uint8_t *bytes = event->bytes;
	uint32_t left = event->size_bytes;
	struct soup_packet packet;
	while (left > 0 && soup_parse(bytes, left, &packet) == SOUP_OK) {
		if (packet.type == SOUP_LOGIN_REQUEST)
			copy_login(copy, &packet);
		else if (packet.type == SOUP_LOGOUT)
			copy->logouts++;
		else
			assert_int_equal(packet.type, SOUP_CLIENT_HEARTBEAT);
		bytes += packet.wire_bytes;
		left -= packet.wire_bytes;
	}
	assert_int_equal(left, 0); /* the gate's packets are short and come whole */
}

static bool copy_event(struct rig *rig, const struct stream_event *event)
{
	struct copy_rig *copy = rig->context;
	bool is_new = event->kind == STREAM_OPENED && event->listener != 0 &&
		      event->listener == copy->listener;
	if (is_new && copy->is_away) {
		stream_shut(rig->peer_stream, event->connection, true);
		return true;
	}
	if (is_new)
		copy->connection = event->connection;
	if (event->connection != copy->connection)
		return false;
	if (event->kind == STREAM_BYTES) {
		copy_bytes(copy, event);
	} else if (event->kind == STREAM_CLOSED) {
		copy->connection = CONNECTION_NONE;
		copy->is_up = false;
	}
	return true;
}

/* A venue that is heard each second, as venues are: time passes in the tests. */
static bool copy_others(struct rig *rig)
{
	static const uint64_t beat_ns = 1000000000ull;
	struct copy_rig *copy = rig->context;
	static uint64_t beaten_ns;
	if (rig->now_ns - beaten_ns < beat_ns)
		return false;
	beaten_ns = rig->now_ns;
	if (copy->is_up)
		copy_put(copy, SOUP_SERVER_HEARTBEAT, NULL, 0);
	return copy->is_up;
}

static enum drop_policy copy_policy;

static void copy_site(struct site_config *site)
{
	struct drop_config *drop = &site->venues[0].drop;
	drop->session_id = COPY_RIG_SESSION;
	snprintf(drop->address, sizeof drop->address, "127.0.0.1");
	drop->tcp_port = COPY_RIG_PORT;
	memcpy(drop->username, "DROP", 5);
	memcpy(drop->password, "SECRET", 7);
	drop->alarm_after_ns = 5000000000ull;
	drop->policy = (uint8_t)copy_policy;
}

struct copy_rig *copy_rig_open(enum drop_policy policy)
{
	static const struct rig_hooks hooks = {
		.venue = copy_event, .others = copy_others, .site = copy_site};
	struct config_error error = {{0}};
	struct copy_rig *copy = calloc(1, sizeof *copy);
	assert_non_null(copy);
	copy->session = "COPY1";
	copy_policy = policy;
	copy->rig = rig_open_with(&hooks, copy);
	copy->listener = stream_listen(copy->rig->peer_stream, "127.0.0.1", COPY_RIG_PORT, &error);
	assert_true(copy->listener != 0);
	rig_ready(copy->rig);
	copy_rig_up(copy);
	return copy;
}

void copy_rig_close(struct copy_rig *copy)
{
	rig_close(copy->rig);
	free(copy);
}

void copy_rig_say(struct copy_rig *copy, const struct ouch_out *word)
{
	assert_true(copy->count < COPY_RIG_WORD_COUNT);
	copy->words[copy->count++] = *word;
	if (copy->is_up)
		copy_put_word(copy, word);
	rig_poll(copy->rig, 1000);
}

void copy_rig_cut(struct copy_rig *copy)
{
	copy->is_away = true;
	if (copy->connection != CONNECTION_NONE)
		stream_shut(copy->rig->peer_stream, copy->connection, true);
	copy->connection = CONNECTION_NONE;
	copy->is_up = false;
	rig_poll(copy->rig, 1000);
}

void copy_rig_up(struct copy_rig *copy)
{
	copy->is_away = false;
	for (uint32_t i = 0; i < 8 && !copy->rig->gate->fold->copies[0].is_up; i++)
		rig_poll(copy->rig, 2100000000ull);
	assert_true(copy->rig->gate->fold->copies[0].is_up);
}
