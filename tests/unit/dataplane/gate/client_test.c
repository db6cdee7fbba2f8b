/* Clients that misbehave: late, silent, slow, twice, in pieces.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/gate/clients.h"
#include "tests/support/rig.h"

static const uint64_t second_ns = 1000000000ull;

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig->site.sessions[0].replay_count = 16;
	rig_restart(rig, false);
	*state = rig;
	return 0;
}

static uint32_t stranger(struct rig *rig)
{
	uint32_t connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
	rig_poll(rig, 1000);
	return connection;
}

static uint32_t connections_taken(const struct rig *rig)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < GATE_CONNECTION_MAX; i++)
		count += rig->gate->numbers[i] != CONNECTION_NONE;
	return count;
}

static void one_who_chatters_without_a_login_is_dropped_after_30_seconds(void **state)
{
	struct rig *rig = *state;
	uint8_t packet[16];
	uint32_t size = soup_build(packet, SOUP_DEBUG, (const uint8_t *)"hello", 5);
	rig_ready(rig);
	uint32_t before = connections_taken(rig), connection = stranger(rig);
	for (uint32_t i = 0; i < 30; i++) {
		stream_send(rig->peer_stream, connection, packet, size);
		rig_poll(rig, second_ns - 1000000);
		assert_true(stream_send(rig->peer_stream, connection, packet, size));
	}
	rig_poll(rig, second_ns);
	rig_poll(rig, 2 * second_ns);
	assert_false(stream_send(rig->peer_stream, connection, packet, size));
	assert_true(connections_taken(rig) <= before);
}

/* The last places but `left` have sessions, of connections that say nothing. */
static void sessions_take_places(struct rig *rig, uint32_t left, bool is_taken)
{
	for (uint32_t i = left; i < GATE_CONNECTION_MAX - GATE_CONNECTION_SPARE; i++) {
		rig->gate->numbers[i] = is_taken ? 0x10000 + i : CONNECTION_NONE;
		rig->gate->connections[i].session = is_taken ? 200 : 0;
	}
}

static void a_crowd_of_strangers_shuts_nobody_out(void **state)
{
	struct rig *rig = *state;
	uint8_t packet[16];
	const struct metrics *metrics = &rig->region->metrics;
	uint32_t size = soup_build(packet, SOUP_DEBUG, (const uint8_t *)"hello", 5), all[9];
	rig_ready(rig);
	uint32_t before = connections_taken(rig);
	sessions_take_places(rig, before + 8, true);
	for (uint32_t i = 0; i < 8; i++)
		all[i] = stranger(rig);
	assert_int_equal(metrics_get(metrics, METRIC_gate_logins_crowded), 0);
	all[8] = stranger(rig);
	rig_poll(rig, 1000);
	assert_int_equal(metrics_get(metrics, METRIC_gate_logins_crowded), 1);
	assert_false(stream_send(rig->peer_stream, all[0], packet, size));
	for (uint32_t i = 1; i < 9; i++)
		assert_true(stream_send(rig->peer_stream, all[i], packet, size));
	for (uint32_t i = 0; i < 2 * GATE_CONNECTION_MAX; i++)
		stranger(rig);
	assert_int_equal(
		metrics_get(metrics, METRIC_gate_logins_crowded), 1 + 2 * GATE_CONNECTION_MAX);
	assert_non_null(rig->gate->by_session[1]); /* who has a session stays */
	assert_int_equal(rig->gate->numbers[before + 8], 0x10000 + before + 8);
	sessions_take_places(rig, before + 8, false);
}

static void bytes_that_are_no_packet_end_the_connection(void **state)
{
	struct rig *rig = *state;
	static const uint8_t wrong[][3] = {
		{0, 0, 'L'}, {0xFF, 0xFF, 'L'}, {0, 1, 'O'}, {0, 1, 'S'}};
	rig_ready(rig);
	for (uint32_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		uint32_t before = connections_taken(rig), connection = stranger(rig);
		assert_int_equal(connections_taken(rig), before + 1);
		assert_true(stream_send(rig->peer_stream, connection, wrong[i], 3));
		rig_poll(rig, 1000);
		rig_poll(rig, 2 * second_ns);
		assert_int_equal(connections_taken(rig), before);
	}
	/* Two had no length that can be; the others are packets that only say what may not be said. */
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_garbled), 2);
}

static void a_message_longer_than_any_can_be_ends_the_session_and_is_counted(void **state)
{
	struct rig *rig = *state;
	static const uint8_t longer[MESSAGE_BYTES_MAX + 1] = "O";
	uint8_t packet[SOUP_PACKET_BYTES_MAX];
	rig_ready(rig);
	uint32_t size = soup_build(packet, SOUP_UNSEQUENCED, longer, sizeof longer);
	assert_true(stream_send(rig->peer_stream, rig->clients[0].connection, packet, size));
	rig_poll(rig, 1000);
	assert_false(rig->clients[0].is_up);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_bad_messages), 1);
	assert_int_equal(rig->gate->fold->clients[1].messages_in, 0);
}

static void an_order_before_the_login_ends_the_connection(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), at_venue;
	uint8_t bytes[256], packet[300];
	rig_ready(rig);
	uint32_t connection = stranger(rig);
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, &order);
	stream_send(rig->peer_stream, connection, packet,
		soup_build(packet, SOUP_UNSEQUENCED, bytes, size));
	rig_poll(rig, 1000);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_orders_in), 0);
}

static void an_empty_message_is_counted_and_changes_nothing(void **state)
{
	struct rig *rig = *state;
	uint8_t packet[SOUP_HEADER_BYTES];
	rig_ready(rig);
	stream_send(rig->peer_stream, rig->clients[0].connection, packet,
		soup_build(packet, SOUP_UNSEQUENCED, NULL, 0));
	rig_poll(rig, 1000);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_bad_messages), 1);
	struct ouch_in order = rig_order(1);
	rig_pass(rig, 0, &order);
}

/* What a store has written over may not go out under the old numbers. */
/* The last of a piece was announced before it was read; what lies there in the next piece was not. */
static void orders_that_come_in_one_piece_are_announced_and_then_forgotten(void **state)
{
	struct rig *rig = *state;
	struct gate_ahead *ahead = &rig->gate->ahead;
	struct ouch_in at_venue;
	uint32_t ref = 0;
	rig_ready(rig);
	for (uint32_t count = 1; count <= 4; count++) {
		uint8_t piece[1024], bytes[256];
		uint32_t size = 0;
		ahead->aim.symbol = SYMBOL_NONE;
		for (uint32_t i = 0; i < count; i++) {
			struct ouch_in order = rig_order(++ref);
			size += soup_build(piece + size, SOUP_UNSEQUENCED, bytes,
				ouch50_build_in(bytes, sizeof bytes, &order));
		}
		assert_true(stream_send(rig->peer_stream, rig->clients[0].connection, piece, size));
		atomic_store(&rig->market->channels[0].heard_ns, rig->now_ns);
		rig_poll(rig, 1000);
		for (uint32_t i = 0; i < count; i++)
			assert_true(rig_venue_got(rig, &at_venue));
		assert_int_equal(ahead->aim.symbol, count > 1 ? RIG_AAPL : SYMBOL_NONE);
		assert_null(ahead->bytes);
	}
}

static void a_client_whose_store_wrapped_is_dropped_and_never_told_another_message(void **state)
{
	struct rig *rig = *state;
	rig_ready(rig);
	for (uint32_t i = 1; i <= 17; i++) {
		struct ouch_in order = rig_order(i);
		order.iso = 'Y'; /* refused */
		rig_send(rig, 0, &order);
	}
	struct gate_connection *connection = rig->gate->by_session[1];
	assert_int_equal(connection->next_sent, 18);
	connection->next_sent = 2; /* as if its window had been full: 16 are owed and kept */
	client_serve(rig->gate, 1);
	assert_int_equal(connection->next_sent, 18);
	connection->next_sent = 1; /* and one more, which is lost */
	client_serve(rig->gate, 1);
	assert_int_equal(connection->next_sent, 1);
	rig_poll(rig, second_ns);
	assert_null(rig->gate->by_session[1]);
}

static void a_login_that_asks_beyond_the_end_gets_what_comes_next(void **state)
{
	struct rig *rig = *state;
	rig_ready(rig);
	stream_shut(rig->peer_stream, rig->clients[0].connection, true);
	rig_poll(rig, 1000);
	rig->clients[0].sequence = 1000;
	rig_client_up(rig, 0);
	assert_int_equal(
		rig->gate->by_session[1]->next_sent, rig->gate->fold->clients[1].last_sequence + 1);
}

static void a_silent_client_is_dropped_and_a_beating_one_is_not(void **state)
{
	struct rig *rig = *state;
	uint8_t packet[SOUP_HEADER_BYTES];
	rig_ready(rig);
	for (uint32_t i = 0; i < 16; i++) {
		stream_send(rig->peer_stream, rig->clients[0].connection, packet,
			soup_build(packet, SOUP_CLIENT_HEARTBEAT, NULL, 0));
		rig_poll(rig, second_ns);
	}
	assert_non_null(rig->gate->by_session[1]);
	assert_null(rig->gate->by_session[2]);
	assert_true(rig->gate->fold->clients[1].is_up);
	assert_false(rig->gate->fold->clients[2].is_up);
}

/* A hint is a guess: numbers of the same low bits, one that went and one that came back elsewhere are found all the
   same, and none is found in another's place. */
static void a_connection_is_found_where_it_is_and_not_where_it_was(void **state)
{
	struct rig *rig = *state;
	struct gate *gate = rig->gate;
	const uint32_t number = 7000, twin = number + GATE_HINT_COUNT;
	gate->numbers[40] = number;
	gate->numbers[50] = twin;
	for (unsigned i = 0; i < 2; i++) {
		assert_ptr_equal(clients_find(gate, number), &gate->connections[40]);
		assert_ptr_equal(clients_find(gate, twin), &gate->connections[50]);
	}
	gate->numbers[50] = CONNECTION_NONE;
	assert_null(clients_find(gate, twin));
	gate->numbers[60] = twin;
	assert_ptr_equal(clients_find(gate, twin), &gate->connections[60]);
	gate->numbers[40] = gate->numbers[60] = CONNECTION_NONE;
	assert_null(clients_find(gate, number));
	assert_null(clients_find(gate, twin));
}

static void with_more_doors(struct site_config *site)
{
	site->tls.is_used = true;
	snprintf(site->tls_address, sizeof site->tls_address, "127.0.0.1");
	site->tls_port = 25443;
	site->shm.is_used = true;
	snprintf(site->shm.socket, sizeof site->shm.socket, "order.sock");
}

/* Each is open, or the gate is not. */
static void a_gate_listens_at_all_of_its_doors_or_at_none(void **state)
{
	static const struct rig_hooks hooks = {.site = with_more_doors};
	static const struct {
		const char *address;
		uint16_t port;
	} doors[] = {{"127.0.0.1", 25000}, {"127.0.0.1", 25443}};
	struct rig *rig = rig_open_with(&hooks, NULL);
	struct config_error error = {{0}};
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(doors); i++) {
		stream_connect(rig->peer_stream, doors[i].address, doors[i].port);
		rig_poll(rig, 1000);
		assert_int_equal(connections_taken(rig), i + 1);
	}
	/* The first is taken by now: by the gate itself. */
	assert_false(clients_listen(rig->gate, &error));
	rig->site.listen_port = 25001;
	assert_false(clients_listen(rig->gate, &error));
	rig->site.listen_port = 25000;
	rig_close(rig);
}

/* Its room is for the way out of who is here. */
static void nobody_comes_in_while_the_journal_is_full(void **state)
{
	struct rig *rig = *state;
	rig_ready(rig);
	uint32_t before = connections_taken(rig);
	uint32_t connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
	rig->gate->is_journal_full = true;
	clients_opened(rig->gate, connection);
	rig->gate->is_journal_full = false;
	assert_int_equal(connections_taken(rig), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, rig_teardown)
		CLIENT_TEST(one_who_chatters_without_a_login_is_dropped_after_30_seconds),
		CLIENT_TEST(a_crowd_of_strangers_shuts_nobody_out),
		CLIENT_TEST(bytes_that_are_no_packet_end_the_connection),
		CLIENT_TEST(a_message_longer_than_any_can_be_ends_the_session_and_is_counted),
		CLIENT_TEST(an_order_before_the_login_ends_the_connection),
		CLIENT_TEST(an_empty_message_is_counted_and_changes_nothing),
		CLIENT_TEST(orders_that_come_in_one_piece_are_announced_and_then_forgotten),
		CLIENT_TEST(a_client_whose_store_wrapped_is_dropped_and_never_told_another_message),
		CLIENT_TEST(a_login_that_asks_beyond_the_end_gets_what_comes_next),
		CLIENT_TEST(a_silent_client_is_dropped_and_a_beating_one_is_not),
		CLIENT_TEST(a_connection_is_found_where_it_is_and_not_where_it_was),
		cmocka_unit_test(a_gate_listens_at_all_of_its_doors_or_at_none),
		CLIENT_TEST(nobody_comes_in_while_the_journal_is_full),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.client", tests, NULL, NULL);
}
