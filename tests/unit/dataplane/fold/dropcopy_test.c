/* dropcopy_test.c - who listens hears every decision and what became of it, once, in order, and slows nobody.
   Every test is replayed by its rig: the copies of a replay are those of the day. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/fold/dropcopy.h"
#include "tests/support/rig.h"

enum { ALL = 90, ONE = 91, HEARD_MAX = 256, REPLAY = 64 };

/* What one listener heard since it logged in. */
static struct listener {
	uint32_t connection;
	bool is_in, is_closed;
	uint64_t first; /* the number that its login was answered with */
	uint32_t rx_bytes, count;
	uint8_t rx[1 << 16];
	struct heard {
		struct copy_head head;
		struct ouch_in in;
		struct ouch_out out;
		uint32_t size_bytes;
		uint8_t bytes[256];
	} heard[HEARD_MAX];
} listener;

static void edit_copies(struct site_config *site)
{
	site->copy_count = 2;
	for (uint32_t i = 0; i < 2; i++) {
		struct session_config *session = &site->copies[i].session;
		session->id = ALL + i;
		snprintf(session->name, sizeof session->name, "copy%u", i);
		snprintf(session->username, sizeof session->username, "COPY%u", i);
		snprintf(session->password, sizeof session->password, "PASS%u", i);
		session->replay_count = REPLAY;
	}
	site->copies[1].account_count = 1;
	site->copies[1].accounts[0] = RIG_OTHER_ACCOUNT;
}

static void packet_take(const struct soup_packet *packet)
{
	char session[11];
	if (packet->type == SOUP_LOGIN_ACCEPTED)
		listener.is_in = soup_parse_login_accepted(packet, session, &listener.first);
	if (packet->type != SOUP_SEQUENCED)
		return;
	assert_true(listener.count < HEARD_MAX);
	struct heard *heard = &listener.heard[listener.count++];
	memset(heard, 0, sizeof *heard);
	heard->size_bytes = packet->payload_bytes;
	memcpy(heard->bytes, packet->payload, packet->payload_bytes);
	assert_true(copy_parse_head(packet->payload, packet->payload_bytes, &heard->head));
	const uint8_t *message = packet->payload + COPY_HEAD_BYTES;
	uint32_t size = packet->payload_bytes - COPY_HEAD_BYTES;
	if (heard->head.type == COPY_DECISION)
		assert_int_equal(ouch50_parse_in(message, size, &heard->in), OUCH_OK);
	else
		assert_int_equal(ouch50_parse_out(message, size, &heard->out), OUCH_OK);
}

static void hear(struct rig *rig, const struct stream_event *event)
{
	struct soup_packet packet;
	(void)rig;
	if (event->connection != listener.connection)
		return;
	listener.is_closed |= event->kind == STREAM_CLOSED;
	if (event->kind != STREAM_BYTES)
		return;
	memcpy(listener.rx + listener.rx_bytes, event->bytes, event->size_bytes);
	listener.rx_bytes += event->size_bytes;
	while (soup_parse(listener.rx, listener.rx_bytes, &packet) == SOUP_OK) {
		packet_take(&packet);
		listener.rx_bytes -= packet.wire_bytes;
		memmove(listener.rx, listener.rx + packet.wire_bytes, listener.rx_bytes);
	}
}

/* log_in logs one of the copy sessions in and asks for what begins at `sequence`. */
static void log_in(struct rig *rig, uint32_t session, uint64_t sequence)
{
	struct soup_login login = {.sequence = sequence};
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	memset(&listener, 0, sizeof listener);
	snprintf(login.username, sizeof login.username, "COPY%u", session - ALL);
	snprintf(login.password, sizeof login.password, "PASS%u", session - ALL);
	listener.connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
	rig_poll(rig, 1000);
	assert_true(stream_send(rig->peer_stream, listener.connection, packet,
		soup_build_login_request(packet, &login)));
	rig_poll(rig, 1000);
	assert_true(listener.is_in);
}

static void say(struct rig *rig, enum soup_type type, const char *payload)
{
	uint8_t packet[64];
	assert_true(stream_send(rig->peer_stream, listener.connection, packet,
		soup_build(packet, type, (const uint8_t *)payload, (uint32_t)strlen(payload))));
	rig_poll(rig, 1000);
}

static int open_copies(void **state)
{
	static const struct rig_hooks hooks = {.site = edit_copies, .event = hear};
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static int close_copies(void **state)
{
	rig_close(*state);
	return 0;
}

static void head_is(const struct heard *heard, enum copy_type type, enum copy_verdict verdict)
{
	assert_int_equal(heard->head.type, type);
	assert_int_equal(heard->head.verdict, verdict);
}

static void the_life_of_an_order_is_told_with_its_owners_ids(void **state)
{
	struct rig *rig = *state;
	log_in(rig, ALL, 1);
	struct ouch_in order = rig_order(7);
	memcpy(order.clordid, "MINE-7        ", sizeof order.clordid);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &sent, 40, 1630000);
	struct ouch_in cancel = rig_cancel(7, 0);
	rig_send(rig, 0, &cancel);
	rig_cancelled(rig, sent.ref, 60, 'U');
	assert_int_equal(listener.count, 5);
	const struct heard *heard = listener.heard;
	head_is(&heard[0], COPY_DECISION, COPY_PASSED);
	assert_int_equal(heard[0].head.session, 1);
	assert_int_equal(heard[0].head.account, RIG_ACCOUNT);
	assert_int_equal(heard[0].head.strategy, RIG_STRATEGY);
	assert_int_equal(heard[0].head.venue_ref, sent.ref);
	assert_int_equal(heard[0].head.lane, COPY_LANE_NONE);
	assert_int_equal(heard[0].head.venue, rig->site.venues[0].session_id);
	assert_int_equal(heard[0].in.type, 'O');
	assert_int_equal(heard[0].in.ref, 7);
	assert_int_equal(heard[0].in.qty, 100);
	assert_memory_equal(heard[0].in.clordid, "MINE-7        ", 14);
	for (uint32_t i = 1; i < 5; i++) {
		assert_int_equal(heard[i].head.order_id, heard[0].head.order_id);
		assert_int_equal(heard[i].head.account, RIG_ACCOUNT);
		assert_int_equal(heard[i].head.venue, rig->site.venues[0].session_id);
	}
	head_is(&heard[1], COPY_ANSWER, COPY_NO_VERDICT);
	assert_int_equal(heard[1].out.type, 'A');
	assert_int_equal(heard[1].out.ref, 7);
	assert_memory_equal(heard[1].out.clordid, "MINE-7        ", 14);
	assert_int_equal(heard[2].out.type, 'E');
	assert_int_equal(heard[2].out.ref, 7);
	assert_int_equal(heard[2].out.qty, 40);
	head_is(&heard[3], COPY_DECISION, COPY_PASSED);
	assert_int_equal(heard[3].in.type, 'X');
	assert_int_equal(heard[3].in.ref, 7);
	assert_int_equal(heard[3].head.cause, CANCEL_BY_CLIENT);
	assert_int_equal(heard[4].out.type, 'C');
	assert_int_equal(heard[4].out.qty, 60);
}

static void a_refusal_is_told_whole_with_its_reason(void **state)
{
	struct rig *rig = *state;
	log_in(rig, ALL, 1);
	struct ouch_in order = rig_order(1);
	order.price_e4 = 1700001; /* off its tick */
	enum lane lane = rig_refuse(rig, 0, &order);
	assert_int_equal(listener.count, 1);
	const struct heard *heard = &listener.heard[0];
	head_is(heard, COPY_DECISION, COPY_REFUSED);
	assert_int_equal(heard->head.lane, lane);
	assert_int_equal(heard->head.reject_code, lane_rows[lane].ouch_code);
	assert_int_equal(heard->head.venue_ref, 0);
	assert_int_equal(heard->head.venue, 0);
	assert_int_equal(heard->in.price_e4, 1700001);
	assert_int_equal(heard->in.symbol, order.symbol);
}

/* What was decided and then refused was traded nowhere: copy.h, offset 32. */
static void a_refusal_by_the_venue_names_none(void **state)
{
	struct rig *rig = *state;
	log_in(rig, ALL, 1);
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass(rig, 0, &order);
	rig_answer(rig, &(struct ouch_out){.type = 'J', .ref = sent.ref, .reject_code = 17});
	assert_int_equal(listener.count, 2);
	assert_int_equal(listener.heard[1].out.type, 'J');
	assert_int_equal(listener.heard[1].head.venue, 0);
}

static void a_replace_and_a_kill_are_told_too(void **state)
{
	struct rig *rig = *state;
	log_in(rig, ALL, 1);
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 50, 1629900);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in sent = rig_pass(rig, 0, &replace);
	rig_answer(rig, &(struct ouch_out){.type = 'U',
				.ref = sent.ref,
				.original_ref = sent.original_ref,
				.side = 'B',
				.qty = 50,
				.symbol = symbol_pack("AAPL"),
				.price_e4 = 1629900,
				.order_state = 'L'});
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	assert_int_equal(listener.count, 5);
	const struct heard *heard = listener.heard;
	head_is(&heard[2], COPY_DECISION, COPY_PASSED);
	assert_int_equal(heard[2].in.type, 'U');
	assert_int_equal(heard[2].in.original_ref, 1);
	assert_int_equal(heard[3].out.type, 'U');
	assert_int_equal(heard[3].out.ref, 2);
	assert_int_equal(heard[3].out.original_ref, 1);
	assert_int_equal(heard[3].head.order_id, heard[2].head.order_id);
	assert_int_equal(heard[4].in.type, 'X');
	assert_int_equal(heard[4].in.ref, 2);
	assert_int_equal(heard[4].head.cause, CANCEL_BY_KILL);
}

static void a_trade_that_is_broken_after_its_orders_end_is_told_with_whose_it_was(void **state)
{
	struct rig *rig = *state;
	log_in(rig, ALL, 1);
	struct ouch_in order = rig_order(7);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_answer(rig, &(struct ouch_out){.type = 'E',
				.ref = sent.ref,
				.qty = 100,
				.price_e4 = 1630000,
				.code = 'A',
				.match = 501});
	rig_answer(
		rig, &(struct ouch_out){.type = 'B', .ref = sent.ref, .match = 501, .code = 'E'});
	assert_int_equal(listener.count, 4);
	const struct heard *heard = &listener.heard[3];
	assert_int_equal(heard->out.type, 'B');
	assert_int_equal(heard->out.ref, 7);
	assert_int_equal(heard->out.match, 501);
	assert_int_equal(heard->head.order_id, listener.heard[0].head.order_id);
	assert_int_equal(heard->head.account, RIG_ACCOUNT);
	assert_int_equal(heard->head.strategy, RIG_STRATEGY);
}

static void a_list_of_accounts_is_a_fence(void **state)
{
	struct rig *rig = *state;
	log_in(rig, ONE, 1);
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(listener.count, 0);
	rig_pass_and_accept(rig, 1, &order);
	assert_int_equal(listener.count, 2);
	assert_int_equal(listener.heard[0].head.account, RIG_OTHER_ACCOUNT);
	assert_int_equal(listener.heard[0].head.session, 2);
	/* An order of no account is told to those who hear of all. */
	order.ref = 2;
	order.options.present = 1u << 2;
	order.options.value[2] = 0x4E4F4E45; /* NONE */
	rig_refuse(rig, 1, &order);
	assert_int_equal(listener.count, 2);
	assert_int_equal(rig->gate->fold->clients[ALL].last_sequence, 5);
}

static void whoever_comes_back_is_told_from_any_number_also_after_a_restart(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	static struct listener before;
	log_in(rig, ALL, 1);
	for (uint32_t ref = 1; ref <= 5; ref++) {
		order.ref = ref;
		rig_pass_and_accept(rig, 0, &order);
	}
	assert_int_equal(listener.count, 10);
	before = listener;
	rig_restart(rig, false);
	log_in(rig, ALL, 4);
	assert_int_equal(listener.first, 4);
	assert_int_equal(listener.count, 7);
	for (uint32_t i = 0; i < 7; i++) {
		assert_int_equal(listener.heard[i].size_bytes, before.heard[3 + i].size_bytes);
		assert_memory_equal(listener.heard[i].bytes, before.heard[3 + i].bytes,
			listener.heard[i].size_bytes);
	}
	/* And goes on where it was. */
	assert_int_equal(rig->gate->fold->clients[ALL].last_sequence, 10);
}

static void whoever_says_anything_is_let_go(void **state)
{
	static const struct {
		enum soup_type type;
		const char *payload;
	} rows[] = {{SOUP_UNSEQUENCED, "Q"}, {SOUP_DEBUG, "hello"}, {SOUP_LOGIN_REQUEST, ""},
		{SOUP_SEQUENCED, "x"}};
	struct rig *rig = *state;
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		log_in(rig, ALL, 1);
		say(rig, SOUP_CLIENT_HEARTBEAT, "");
		assert_false(listener.is_closed);
		uint64_t came = rig->gate->fold->clients[ALL].messages_in;
		say(rig, rows[i].type, rows[i].payload);
		assert_true(listener.is_closed);
		assert_int_equal(rig->gate->fold->clients[ALL].messages_in, came);
	}
}

static void whoever_does_not_read_is_let_go_and_slows_nobody(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	log_in(rig, ALL, 1);
	/* The gate's end of the connection takes no more: nothing is read at the other. */
	struct gate_connection *connection = rig->gate->by_session[ALL];
	assert_non_null(connection);
	stream_sim_hold(rig->gate_stream, connection->number, true);
	for (uint32_t ref = 1; ref <= 2000 && rig->gate->by_session[ALL] != NULL; ref++) {
		order.ref = ref;
		order.price_e4 = 1700001; /* refused, so no table fills */
		rig_refuse(rig, 0, &order);
		rig_poll(rig, 2000000);
	}
	assert_null(rig->gate->by_session[ALL]);
	assert_true(rig->clients[0].is_up);
	order.ref = 5000;
	order.price_e4 = 1630000;
	rig_pass(rig, 0, &order);
	/* It comes back, and gets what is kept. */
	log_in(rig, ALL, 1);
	uint64_t last = rig->gate->fold->clients[ALL].last_sequence;
	assert_int_equal(listener.first, last - REPLAY + 1);
	assert_int_equal(listener.count, REPLAY);
}

#define COPY_TEST(name) cmocka_unit_test_setup_teardown(name, open_copies, close_copies)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COPY_TEST(the_life_of_an_order_is_told_with_its_owners_ids),
		COPY_TEST(a_refusal_is_told_whole_with_its_reason),
		COPY_TEST(a_refusal_by_the_venue_names_none),
		COPY_TEST(a_replace_and_a_kill_are_told_too),
		COPY_TEST(a_trade_that_is_broken_after_its_orders_end_is_told_with_whose_it_was),
		COPY_TEST(a_list_of_accounts_is_a_fence),
		COPY_TEST(whoever_comes_back_is_told_from_any_number_also_after_a_restart),
		COPY_TEST(whoever_says_anything_is_let_go),
		COPY_TEST(whoever_does_not_read_is_let_go_and_slows_nobody),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.dropcopy", tests, NULL, NULL);
}
