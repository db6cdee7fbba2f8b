/* What an operator may ask of a gate: each kind of question, pages that are full, and what there is not.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "dataplane/shm/ports.h"
#include "tests/support/copy_rig.h"
#include "tests/unit/dataplane/gate/ready.h"

static const uint64_t second_ns = 1000000000ull;

static void hold_100(struct rig *rig)
{
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &at_venue, 100, 1630000);
}

static void what_is_held_is_told_by_account_and_of_all(void **state)
{
	struct rig *rig = *state;
	struct position_row row;
	static const struct {
		uint32_t kind, id, count;
	} asked[] = {{REQUEST_POSITIONS, 0, 2} /* the firm's too */,
		{REQUEST_POSITIONS, RIG_ACCOUNT, 1}, {REQUEST_POSITIONS, RIG_OTHER_ACCOUNT, 0},
		{REQUEST_HOLDINGS, 0, 1}};
	struct mailbox_request nothing = {.kind = REQUEST_POSITIONS};
	assert_int_equal(rig_ask(rig, &nothing)->row_count, 0);
	hold_100(rig);
	for (size_t i = 0; i < ARRAY_COUNT(asked); i++) {
		struct mailbox_request request = {.kind = asked[i].kind, .id = asked[i].id};
		const struct mailbox_answer *answer = rig_ask(rig, &request);
		assert_int_equal(answer->code, 0);
		assert_int_equal(answer->row_count, asked[i].count);
		if (answer->row_count == 0)
			continue;
		for (uint32_t at = 0; at < answer->row_count; at++) {
			memcpy(&row, answer->rows[at], sizeof row);
			assert_true(row.account == RIG_ACCOUNT || row.account == 0);
			assert_int_equal(row.symbol, RIG_AAPL);
			assert_int_equal(row.position, 100);
		}
	}
}

static void limits_in_force_are_told_with_their_owner(void **state)
{
	struct rig *rig = *state;
	struct mailbox_request request = {
		.kind = REQUEST_EFFECTIVE, .id = RIG_ACCOUNT, .symbol = RIG_AAPL};
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	struct effective_row row;
	bool is_found = false;
	assert_int_equal(answer->code, 0);
	for (uint32_t i = 0; i < answer->row_count; i++) {
		memcpy(&row, answer->rows[i], sizeof row);
		if (row.limit != LIMIT_max_order_quantity)
			continue;
		is_found = true;
		assert_int_not_equal(row.owner_scope, SCOPE_COUNT);
		assert_int_equal(row.in_force, row.value.value);
	}
	assert_true(is_found);
}

static void the_state_hash_is_told_and_is_in_the_journal(void **state)
{
	struct rig *rig = *state;
	struct mailbox_request request = {.kind = REQUEST_STATE_HASH};
	struct state_hash_record row, journaled = {.turn = 0};
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 1);
	memcpy(&row, answer->rows[0], sizeof row);
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		if (record->type == RECORD_STATE_HASH)
			memcpy(&journaled, record_body(record), sizeof journaled);
		at += record->size_bytes;
	}
	assert_memory_equal(row.hash, journaled.hash, sizeof row.hash);
}

static void a_release_of_what_there_is_not_is_refused(void **state)
{
	struct rig *rig = *state;
	struct mailbox_request request = {.kind = REQUEST_RELEASE,
		.release = {.scope = SCOPE_SYMBOL, .id = UINT32_MAX, .uid = 1}};
	uint64_t records = rig->gate->writer.sequence;
	assert_int_equal(rig_ask(rig, &request)->code, EINVAL);
	request.release.id = RIG_AAPL; /* it is, and is not stopped */
	assert_int_equal(rig_ask(rig, &request)->code, ESTALE);
	assert_int_equal(rig->gate->writer.sequence, records);
}

static void a_gate_without_a_drop_copy_has_no_breaks(void **state)
{
	struct mailbox_request request = {.kind = REQUEST_BREAKS};
	const struct mailbox_answer *answer = rig_ask(*state, &request);
	assert_int_equal(answer->code, 0);
	assert_int_equal(answer->row_count, 0);
	assert_int_equal(answer->next, 0);
}

static void breaks_are_told_in_pages_the_oldest_first(void **state)
{
	struct copy_rig *copy = copy_rig_open(DROP_ALERTS);
	struct mailbox_request request = {.kind = REQUEST_BREAKS};
	struct mismatch_row row;
	uint64_t last = 0;
	(void)state;
	/* Executions of orders that nobody here sent. */
	for (uint32_t i = 0; i < MAILBOX_ROW_COUNT + 6; i++) {
		struct ouch_out word = {.type = 'E',
			.code = 'A',
			.ref = 900 + i,
			.qty = 1,
			.match = 700 + i,
			.price_e4 = 1630000};
		copy_rig_say(copy, &word);
	}
	rig_poll(copy->rig, 2 * second_ns);
	const struct mailbox_answer *answer = rig_ask(copy->rig, &request);
	assert_int_equal(answer->row_count, MAILBOX_ROW_COUNT);
	for (uint32_t page = 0; page < 2; page++) {
		for (uint32_t i = 0; i < answer->row_count; i++) {
			memcpy(&row, answer->rows[i], sizeof row);
			assert_true(row.number > last);
			assert_true(row.age_ns >= 2 * second_ns);
			last = row.number;
		}
		request.cursor = answer->next;
		answer = rig_ask(copy->rig, &request);
	}
	assert_int_equal(request.cursor, 0);
	copy_rig_close(copy);
}

/* As many clients as fill a page, and a few. */
static void crowd(struct site_config *site)
{
	for (uint32_t i = site->session_count; i < MAILBOX_ROW_COUNT + 3; i++) {
		site->sessions[i] = site->sessions[0];
		site->sessions[i].id = i + 1;
		site->sessions[i].replay_count = 1;
		snprintf(site->sessions[i].name, sizeof site->sessions[i].name, "crowd%u", i);
		snprintf(site->sessions[i].username, sizeof site->sessions[i].username, "CR%u", i);
	}
	site->session_count = MAILBOX_ROW_COUNT + 3;
}

static void sessions_are_told_in_pages_and_venues_are_last(void **state)
{
	static const struct rig_hooks hooks = {.site = crowd};
	struct mailbox_request request = {.kind = REQUEST_SESSIONS};
	struct session_row row;
	(void)state;
	struct rig *rig = rig_open_with(&hooks, NULL);
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, MAILBOX_ROW_COUNT);
	request.cursor = answer->next;
	answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 4);
	assert_int_equal(answer->next, 0);
	memcpy(&row, answer->rows[0], sizeof row);
	assert_int_equal(row.id, MAILBOX_ROW_COUNT + 1);
	memcpy(&row, answer->rows[3], sizeof row);
	assert_int_equal(row.peer, SESSION_PEER_VENUE);
	assert_int_equal(row.state, SESSION_READY);
	rig_close(rig);
}

static struct order_row row_of(struct rig *rig, uint32_t kind, uint32_t client_ref)
{
	struct mailbox_request request = {.kind = kind};
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	struct order_row row;
	for (uint32_t i = 0; i < answer->row_count; i++) {
		memcpy(&row, answer->rows[i], sizeof row);
		if (row.client_ref == client_ref)
			return row;
	}
	fail_msg("order %u is not told", client_ref);
	return row;
}

static void an_order_says_what_is_asked_of_the_venue(void **state)
{
	struct rig *rig = *state;
	struct ouch_in one = rig_order(1), two = rig_order(2), three = rig_order(3);
	struct ouch_in cancel = rig_cancel(1, 0), replace = rig_replace(2, 4, 50, 1629000);
	two.price_e4 -= 100, three.price_e4 -= 200;
	rig_pass_and_accept(rig, 0, &one);
	rig_pass_and_accept(rig, 0, &two);
	rig_pass_and_accept(rig, 0, &three);
	rig_pass(rig, 0, &cancel);
	rig_pass(rig, 0, &replace);
	assert_string_equal(row_of(rig, REQUEST_ORDERS, 1).state_name, "live-cancel");
	assert_string_equal(row_of(rig, REQUEST_ORDERS, 2).state_name, "live-replace");
	assert_string_equal(row_of(rig, REQUEST_ORDERS, 3).state_name, "live");
}

/* A stack of our own: it counts its frames, as drivers/stream/stream_lwip.c does. */
static struct {
	struct stream stream;
	struct stream *inside;
	struct stream_ops ops;
	struct stream_counts now;
	bool is_silent; /* it has no counts to give */
} stack;

static uint32_t stack_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	(void)s;
	return stream_listen(stack.inside, address, port, error);
}

static uint32_t stack_connect(struct stream *s, const char *address, uint16_t port)
{
	(void)s;
	return stream_connect(stack.inside, address, port);
}

static uint32_t stack_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	(void)s;
	return stream_poll(stack.inside, events, max);
}

static bool stack_send(struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size)
{
	(void)s;
	return stream_send(stack.inside, connection, bytes, size);
}

static uint32_t stack_unsent(struct stream *s, uint32_t connection)
{
	(void)s;
	return stream_unsent_bytes(stack.inside, connection);
}

static void stack_shut(struct stream *s, uint32_t connection, bool reset)
{
	(void)s;
	stream_shut(stack.inside, connection, reset);
}

static void stack_close(struct stream *s)
{
	(void)s;
	stream_close(stack.inside);
}

static bool stack_counts(struct stream *s, struct stream_counts *counts)
{
	(void)s;
	*counts = stack.now;
	return !stack.is_silent;
}

static struct stream *stack_wrap(struct stream *inside)
{
	stack.inside = inside;
	stack.ops = (struct stream_ops){.listen = stack_listen,
		.connect = stack_connect,
		.poll = stack_poll,
		.send = stack_send,
		.unsent_bytes = stack_unsent,
		.shut = stack_shut,
		.close = stack_close,
		.counts = stack_counts};
	stack.stream.ops = &stack.ops;
	return &stack.stream;
}

static void site_with_stack(struct site_config *site)
{
	site->stack.is_used = 1;
	site->stack.port = 1;
}

static uint64_t port_word(const struct rig *rig, enum port_word word)
{
	return port_page_get(&rig->region->ports[1], word);
}

static void a_stack_of_our_own_tells_its_frames_and_a_link_that_goes_down(void **state)
{
	static const struct rig_hooks hooks = {.wrap = stack_wrap, .site = site_with_stack};
	(void)state;
	memset(&stack, 0, sizeof stack);
	struct rig *rig = rig_open_with(&hooks, NULL);
	stack.now = (struct stream_counts){.rx_frames = 10,
		.rx_taken = 6,
		.rx_not_ip = 1,
		.rx_not_ours = 1,
		.rx_bad = 1,
		.rx_no_memory = 1,
		.tx_frames = 4,
		.refused = 2,
		.port = {.link_up = 1}};
	rig_poll(rig, second_ns);
	assert_int_equal(port_word(rig, PORT_WORD_frames), 9);
	assert_int_equal(port_word(rig, PORT_WORD_frames),
		port_word(rig, PORT_WORD_delivered) + port_word(rig, PORT_WORD_not_udp) +
			port_word(rig, PORT_WORD_not_ours) + port_word(rig, PORT_WORD_bad_frames));
	assert_int_equal(port_word(rig, PORT_WORD_no_buffer), 1);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_connections_refused), 2);
	assert_int_equal(port_word(rig, PORT_WORD_link_downs), 0);
	stack.now.port.link_up = 0;
	for (uint32_t i = 0; i < 3; i++)
		rig_poll(rig, second_ns);
	assert_int_equal(port_word(rig, PORT_WORD_link_downs), 1); /* once, however long it lasts */
	assert_int_equal(port_word(rig, PORT_WORD_link_up), 0);
	stack.is_silent = true;
	stack.now.rx_frames = 1000;
	rig_poll(rig, second_ns);
	assert_int_equal(port_word(rig, PORT_WORD_frames), 9);
	rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(what_is_held_is_told_by_account_and_of_all),
		GATE_TEST(limits_in_force_are_told_with_their_owner),
		GATE_TEST(the_state_hash_is_told_and_is_in_the_journal),
		GATE_TEST(a_release_of_what_there_is_not_is_refused),
		GATE_TEST(a_gate_without_a_drop_copy_has_no_breaks),
		cmocka_unit_test(breaks_are_told_in_pages_the_oldest_first),
		cmocka_unit_test(sessions_are_told_in_pages_and_venues_are_last),
		GATE_TEST(an_order_says_what_is_asked_of_the_venue),
		cmocka_unit_test(a_stack_of_our_own_tells_its_frames_and_a_link_that_goes_down),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.report", tests, NULL, NULL);
}
