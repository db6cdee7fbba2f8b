/* The venue's door over streams in one process: logins, replay, silence, and bytes in any pieces. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "drivers/stream/stream_sim.h"
#include "tools/exchange/door.h"

#define SECOND_NS 1000000000ull

static struct stream_sim_net *net;
static struct stream *inside, *outside;
static struct desk *desk;
static struct door *door;
static uint16_t port;
static uint64_t now_ns;

/* What one session has heard. */
struct ear {
	uint32_t connection, used, sequenced, heartbeats;
	bool is_closed, is_ended;
	char session[11], reject;
	uint64_t sequence;
	uint8_t last_type;
	uint32_t last_ref;
	uint8_t bytes[65536];
};

static struct ear ear[3];

static void on_event(void *context, const struct event *event)
{
	(void)context, (void)event;
}

static void on_fill(void *context, const struct match_fill *fill)
{
	(void)context;
	desk_on_fill(desk, fill);
}

static int door_begin(void **state)
{
	const struct match_sink sink = {.publish = on_event, .fill = on_fill};
	struct config_error error;
	(void)state;
	net = stream_sim_net_open(3, 8, 1 << 16);
	inside = stream_sim_open(net);
	outside = stream_sim_open(net);
	port = stream_listen_port(inside, stream_listen(inside, "10.0.0.1", 0, &error));
	desk = calloc(1, sizeof *desk);
	door = calloc(1, sizeof *door);
	desk_init(desk);
	desk->match = match_open(&sink, 1000);
	match_symbol(desk->match, 1, symbol_pack("ZVZZT"));
	desk_symbol(desk, 1, symbol_pack("ZVZZT"));
	desk_user_add(desk, "alice", "secret", "");
	desk_user_add(desk, "bob", "secret", "");
	door_init(door, inside, desk, "DAY1");
	now_ns = 100 * SECOND_NS;
	memset(ear, 0, sizeof ear);
	return 0;
}

static int door_finish(void **state)
{
	(void)state;
	stream_close(outside);
	stream_close(inside);
	stream_sim_net_close(net);
	match_close(desk->match);
	desk_free(desk);
	free(desk);
	free(door);
	return 0;
}

static void hear_packet(struct ear *e, const struct soup_packet *packet)
{
	struct ouch_out out;
	if (packet->type == SOUP_LOGIN_ACCEPTED)
		assert_true(soup_parse_login_accepted(packet, e->session, &e->sequence));
	e->reject = packet->type == SOUP_LOGIN_REJECTED ? (char)packet->payload[0] : e->reject;
	e->heartbeats += packet->type == SOUP_SERVER_HEARTBEAT;
	e->is_ended |= packet->type == SOUP_END_OF_SESSION;
	if (packet->type != SOUP_SEQUENCED)
		return;
	assert_int_equal(ouch50_parse_out(packet->payload, packet->payload_bytes, &out), OUCH_OK);
	e->sequenced++;
	e->last_type = out.type;
	e->last_ref = out.ref;
}

static void hear(const struct stream_event *event)
{
	for (size_t i = 0; i < ARRAY_COUNT(ear); i++) {
		struct ear *e = &ear[i];
		struct soup_packet packet;
		uint32_t at = 0;
		if (e->connection != event->connection)
			continue;
		e->is_closed |= event->kind == STREAM_CLOSED;
		if (event->kind != STREAM_BYTES)
			return;
		memcpy(e->bytes + e->used, event->bytes, event->size_bytes);
		e->used += event->size_bytes;
		while (soup_parse(e->bytes + at, e->used - at, &packet) == SOUP_OK) {
			hear_packet(e, &packet);
			at += packet.wire_bytes;
		}
		e->used -= at;
		memmove(e->bytes, e->bytes + at, e->used);
	}
}

static void turns(uint32_t count)
{
	struct stream_event events[8];
	for (uint32_t t = 0; t < count; t++) {
		door_turn(door, now_ns);
		door_pump(door, now_ns);
		uint32_t heard = stream_poll(outside, events, 8);
		for (uint32_t i = 0; i < heard; i++)
			hear(&events[i]);
	}
}

static void dial(struct ear *e)
{
	memset(e, 0, sizeof *e);
	e->connection = stream_connect(outside, "10.0.0.1", port);
	turns(3);
}

static void login(struct ear *e, const char *user, const char *password, const char *session,
	uint64_t sequence)
{
	uint8_t bytes[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login request = {.sequence = sequence};
	strcpy(request.username, user);
	strcpy(request.password, password);
	strcpy(request.session, session);
	dial(e);
	uint32_t size = soup_build_login_request(bytes, &request);
	assert_true(stream_send(outside, e->connection, bytes, size));
	turns(100);
}

static void enter(struct ear *e, uint32_t ref)
{
	uint8_t bytes[MESSAGE_BYTES_MAX], packet[MESSAGE_BYTES_MAX + SOUP_HEADER_BYTES];
	struct ouch_in in = {.type = 'O',
		.ref = ref,
		.side = 'B',
		.qty = 100,
		.symbol = symbol_pack("ZVZZT"),
		.price_e4 = 100000,
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, &in);
	size = soup_build(packet, SOUP_UNSEQUENCED, bytes, size);
	assert_true(stream_send(outside, e->connection, packet, size));
}

static void a_login_hears_the_day_from_where_it_asks(void **state)
{
	(void)state;
	login(&ear[0], "ALICE", "Secret", "", 1);
	assert_string_equal(ear[0].session, "DAY1");
	assert_int_equal(ear[0].sequence, 1);
	assert_int_equal(ear[0].sequenced, 1);
	assert_int_equal(ear[0].last_type, 'S');
	enter(&ear[0], 1);
	enter(&ear[0], 2);
	turns(10);
	assert_int_equal(ear[0].sequenced, 3);
	assert_int_equal(ear[0].last_ref, 2);
}

static void a_session_that_comes_back_hears_what_it_missed(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	for (uint32_t ref = 1; ref <= 20; ref++)
		enter(&ear[0], ref);
	turns(10);
	stream_shut(outside, ear[0].connection, true);
	turns(10);
	for (uint64_t from = 2; from <= 21; from++) {
		login(&ear[1], "alice", "secret", "day1", from);
		assert_int_equal(ear[1].sequence, from);
		assert_int_equal(ear[1].sequenced, 22 - from);
		assert_int_equal(ear[1].last_ref, 20);
		stream_shut(outside, ear[1].connection, true);
		turns(10);
	}
}

static void zero_and_the_future_begin_with_what_is_new(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 0);
	assert_int_equal(ear[0].sequence, 2);
	assert_int_equal(ear[0].sequenced, 0);
	stream_shut(outside, ear[0].connection, true);
	login(&ear[1], "alice", "secret", "", 99);
	assert_int_equal(ear[1].sequence, 2);
}

static void a_wrong_login_is_refused_and_closed(void **state)
{
	(void)state;
	login(&ear[0], "alice", "wrong", "", 1);
	assert_int_equal(ear[0].reject, 'A');
	assert_int_equal(ear[0].sequenced, 0);
	login(&ear[1], "alice", "secret", "DAY2", 1);
	assert_int_equal(ear[1].reject, 'S');
	stream_shut(outside, ear[0].connection, false);
	stream_shut(outside, ear[1].connection, false);
	turns(10);
	assert_true(ear[0].is_closed && ear[1].is_closed);
	assert_int_equal(door->counts.login_rejects, 2);
}

static void a_second_login_takes_the_place_of_the_first(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	login(&ear[1], "alice", "secret", "", 1);
	assert_true(ear[0].is_closed);
	assert_int_equal(ear[1].sequenced, 1);
	login(&ear[2], "bob", "secret", "", 1);
	turns(10);
	assert_false(ear[1].is_closed);
	assert_int_equal(door->counts.replaced_sessions, 1);
}

static void silence_brings_heartbeats_and_at_last_the_end(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	now_ns += SECOND_NS - 1;
	turns(5);
	assert_int_equal(ear[0].heartbeats, 0);
	now_ns += 1;
	turns(5);
	assert_int_equal(ear[0].heartbeats, 1);
	now_ns += 14 * SECOND_NS;
	turns(5);
	assert_false(ear[0].is_closed);
	now_ns += 1;
	turns(5);
	assert_true(ear[0].is_closed);
	assert_int_equal(door->counts.timeouts, 1);
}

static void who_does_not_log_in_is_sent_away_after_thirty_seconds(void **state)
{
	(void)state;
	dial(&ear[0]);
	now_ns += 30 * SECOND_NS;
	turns(5);
	assert_false(ear[0].is_closed);
	now_ns += 1;
	turns(5);
	assert_true(ear[0].is_closed);
}

static void packets_in_any_pieces_mean_the_same(void **state)
{
	(void)state;
	for (uint32_t most = 1; most <= 200; most = most * 3 + 1) {
		stream_sim_chunk(net, 1, most);
		login(&ear[0], "alice", "secret", "", 0);
		uint64_t before = desk->users[0].counts.accepted;
		for (uint32_t ref = 1; ref <= 30; ref++)
			enter(&ear[0], desk->users[0].last_ref + ref);
		turns(8000);
		assert_int_equal(desk->users[0].counts.accepted - before, 30);
		assert_int_equal(ear[0].sequenced, 30);
		assert_int_equal(desk->users[0].counts.malformed, 0);
		stream_shut(outside, ear[0].connection, true);
		turns(5);
	}
}

static void nonsense_is_reset(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	assert_true(stream_send(outside, ear[0].connection, (const uint8_t *)"\0\0", 2));
	turns(10);
	assert_true(ear[0].is_closed);
	dial(&ear[1]);
	assert_true(stream_send(outside, ear[1].connection, (const uint8_t *)"\0\1U", 3));
	turns(10);
	assert_true(ear[1].is_closed);
	assert_int_equal(door->counts.broken, 2);
}

static void a_slow_listener_loses_nothing(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 0);
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++)
		if (door->clients[i].connection != CONNECTION_NONE)
			stream_sim_hold(inside, door->clients[i].connection, true);
	for (uint32_t ref = 1; ref <= 2000; ref++) {
		enter(&ear[0], ref);
		turns(1);
	}
	assert_int_equal(ear[0].sequenced, 0);
	assert_int_equal(desk->users[0].counts.accepted, 1000); /* the market's room */
	for (uint32_t i = 0; i < DOOR_CLIENT_MAX; i++)
		if (door->clients[i].connection != CONNECTION_NONE)
			stream_sim_hold(inside, door->clients[i].connection, false);
	turns(100);
	assert_int_equal(ear[0].sequenced, 2000);
	assert_int_equal(ear[0].last_ref, 2000);
}

static void orders_end_with_their_session_where_that_is_asked_for(void **state)
{
	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		door->is_cancel_on_disconnect = asked;
		login(&ear[0], "alice", "secret", "", 0);
		enter(&ear[0], desk->users[0].last_ref + 1);
		turns(5);
		stream_shut(outside, ear[0].connection, true);
		turns(5);
		const struct desk_order *order =
			&desk->users[0].orders[desk->users[0].order_count - 1];
		assert_int_equal(order->state, asked ? DESK_CANCELED : DESK_LIVE);
	}
}

static void the_day_ends_for_all(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	desk_day_end(desk);
	door_pump(door, now_ns);
	door_end(door);
	turns(10);
	assert_int_equal(ear[0].sequenced, 2);
	assert_int_equal(ear[0].last_type, 'S');
	assert_true(ear[0].is_ended);
	assert_true(ear[0].is_closed);
}

/* heard_on adds up what a session heard. */
static void heard_on(struct ear *e, uint64_t *sequence, uint32_t *last_ref)
{
	*sequence += e->sequenced;
	if (e->last_ref != 0)
		*last_ref = e->last_ref;
}

static void a_session_cut_at_any_byte_hears_all_when_it_comes_back(void **state)
{
	(void)state;
	uint32_t bytes = 0;
	for (bool was_cut = true; was_cut; bytes++) {
		uint64_t heard = 0, cut = door->counts.cut;
		uint32_t last_ref = 0, first = desk->users[0].last_ref;
		uint64_t before = desk->users[0].said.count;
		match_close(desk->match);
		desk->match = match_open(
			&(struct match_sink){.publish = on_event, .fill = on_fill}, 1000);
		match_symbol(desk->match, 1, symbol_pack("ZVZZT"));
		door->harms[0].is_cut_sent = true;
		door->harms[0].cut_sent = bytes;
		login(&ear[0], "alice", "secret", "", before + 1);
		for (uint32_t i = 1; i <= 2; i++)
			if (!ear[0].is_closed)
				enter(&ear[0], first + i);
		turns(20);
		heard_on(&ear[0], &heard, &last_ref);
		was_cut = door->counts.cut > cut;
		assert_int_equal(ear[0].is_closed, was_cut);
		stream_shut(outside, ear[0].connection, true);
		turns(5);
		door->harms[0].is_cut_sent = false;
		login(&ear[1], "alice", "secret", "", before + 1 + heard);
		for (uint32_t i = 1; i <= 2; i++)
			enter(&ear[1], first + i); /* a repetition does no harm */
		turns(20);
		heard_on(&ear[1], &heard, &last_ref);
		assert_int_equal(heard, 2);
		assert_int_equal(last_ref, first + 2);
		stream_shut(outside, ear[1].connection, true);
		turns(5);
	}
	assert_int_equal(bytes, SOUP_LOGIN_ACCEPTED_BYTES + 2 * (64 + SOUP_HEADER_BYTES) + 2);
}

static void a_message_that_was_not_heard_whole_was_not_heard(void **state)
{
	(void)state;
	for (uint32_t bytes = 0; bytes <= 50; bytes++) {
		login(&ear[0], "alice", "secret", "", 0);
		uint32_t ref = desk->users[0].last_ref + 1;
		door->harms[0].is_cut_heard = true;
		door->harms[0].cut_heard = bytes;
		enter(&ear[0], ref);
		turns(10);
		assert_true(ear[0].is_closed);
		assert_int_equal(desk->users[0].last_ref, bytes < 50 ? ref - 1 : ref);
		turns(5);
	}
}

static void a_wrong_number_is_told_once(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	for (uint32_t ref = 1; ref <= 9; ref++)
		enter(&ear[0], ref);
	turns(10);
	const struct {
		int64_t shift;
		uint64_t told;
		uint32_t heard;
	} rows[] = {{3, 8, 3}, {-2, 3, 8}, {-9, 1, 10}, {100, 105, 6}, {0, 5, 6}};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		stream_shut(outside, ear[0].connection, true);
		turns(5);
		door->harms[0].shift = rows[i].shift;
		login(&ear[0], "alice", "secret", "", 5);
		assert_int_equal(ear[0].sequence, rows[i].told);
		assert_int_equal(ear[0].sequenced, rows[i].heard);
		assert_int_equal(door->harms[0].shift, 0);
	}
}

static void logins_are_refused_and_heartbeats_kept_back_as_long_as_asked(void **state)
{
	(void)state;
	door->harms[0].refuse = 2;
	door->harms[0].refusal = 'S';
	login(&ear[0], "alice", "secret", "", 1);
	assert_int_equal(ear[0].reject, 'S');
	login(&ear[1], "bob", "secret", "", 1);
	assert_int_equal(ear[1].reject, 0);
	login(&ear[0], "alice", "secret", "", 1);
	assert_int_equal(ear[0].reject, 'S');
	login(&ear[0], "alice", "secret", "", 1);
	assert_int_equal(ear[0].reject, 0);
	door->harms[0].is_mute = true;
	now_ns += SECOND_NS;
	turns(5);
	assert_int_equal(ear[0].heartbeats, 0);
	door_calm(door);
	turns(5);
	assert_int_equal(ear[0].heartbeats, 1);
}

static void a_flood_of_what_means_nothing_passes_whole(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	door->harms[0].flood = 10000;
	door->harms[0].flood_type = SOUP_DEBUG;
	enter(&ear[0], 1);
	turns(200);
	assert_int_equal(door->counts.flooded, 10000);
	assert_int_equal(ear[0].sequenced, 2);
	door->harms[0].flood = 7;
	door->harms[0].flood_type = SOUP_SERVER_HEARTBEAT;
	turns(5);
	assert_int_equal(ear[0].heartbeats, 7);
	assert_true(door_debug(door, 0, "hello"));
	assert_false(door_debug(door, 1, "hello"));
}

static void a_deaf_door_hears_later(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	door->deaf_until_ns = now_ns + 5;
	enter(&ear[0], 1);
	turns(20);
	assert_int_equal(desk->users[0].counts.messages, 0);
	now_ns += 5;
	turns(20);
	assert_int_equal(desk->users[0].counts.messages, 1);
}

static void another_session_begins_with_message_one(void **state)
{
	(void)state;
	login(&ear[0], "alice", "secret", "", 1);
	enter(&ear[0], 1);
	turns(5);
	door_session(door, "DAY2");
	turns(10);
	assert_true(ear[0].is_ended);
	login(&ear[1], "alice", "secret", "DAY1", 3);
	assert_int_equal(ear[1].reject, 'S');
	login(&ear[1], "alice", "secret", "", 1);
	assert_string_equal(ear[1].session, "DAY2");
	assert_int_equal(ear[1].sequenced, 1);
	enter(&ear[1], 1); /* numbers of orders go on */
	enter(&ear[1], 2);
	turns(5);
	assert_int_equal(ear[1].last_ref, 2);
	assert_int_equal(ear[1].sequenced, 2);
}

static void what_participants_do_is_heard_in_order(void **state)
{
	(void)state;
	const uint8_t kinds[] = {HEARD_REFUSED, HEARD_LOGIN, HEARD_MESSAGE, HEARD_MALFORMED,
		HEARD_LOGOUT, HEARD_GONE};
	const uint8_t garbage[] = {0, 2, 'U', '?'}, logout[] = {0, 1, 'O'};
	desk->heard.is_kept = true;
	login(&ear[0], "alice", "wrong", "", 1);
	login(&ear[0], "alice", "secret", "day1", 7);
	enter(&ear[0], 1);
	stream_send(outside, ear[0].connection, garbage, sizeof garbage);
	stream_send(outside, ear[0].connection, logout, sizeof logout);
	turns(10);
	for (size_t i = 0; i < sizeof kinds; i++) {
		struct heard_item *item = heard_oldest(&desk->heard, UINT32_MAX);
		assert_non_null(item);
		assert_int_equal(item->kind, kinds[i]);
		if (item->kind == HEARD_LOGIN) {
			assert_int_equal(item->sequence, 7);
			assert_string_equal(item->session, "day1");
		}
		heard_take(&desk->heard, item);
	}
	assert_null(heard_oldest(&desk->heard, UINT32_MAX));
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, door_begin, door_finish)
	const struct CMUnitTest tests[] = {
		EACH(a_login_hears_the_day_from_where_it_asks),
		EACH(a_session_that_comes_back_hears_what_it_missed),
		EACH(zero_and_the_future_begin_with_what_is_new),
		EACH(a_wrong_login_is_refused_and_closed),
		EACH(a_second_login_takes_the_place_of_the_first),
		EACH(silence_brings_heartbeats_and_at_last_the_end),
		EACH(who_does_not_log_in_is_sent_away_after_thirty_seconds),
		EACH(packets_in_any_pieces_mean_the_same),
		EACH(nonsense_is_reset),
		EACH(a_slow_listener_loses_nothing),
		EACH(orders_end_with_their_session_where_that_is_asked_for),
		EACH(the_day_ends_for_all),
		EACH(a_session_cut_at_any_byte_hears_all_when_it_comes_back),
		EACH(a_message_that_was_not_heard_whole_was_not_heard),
		EACH(a_wrong_number_is_told_once),
		EACH(logins_are_refused_and_heartbeats_kept_back_as_long_as_asked),
		EACH(a_flood_of_what_means_nothing_passes_whole),
		EACH(a_deaf_door_hears_later),
		EACH(another_session_begins_with_message_one),
		EACH(what_participants_do_is_heard_in_order),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.door", tests, NULL, NULL);
}
