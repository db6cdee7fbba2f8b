/* conversation.c - see conversation.h. */
#include "tests/support/conversation.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "dataplane/fold/names.h"

enum { VENUE_PORT = 26001, FAULT_CONNECTIONS = 32, MATCH_ORDERS = 1 << 14 };

static const uint64_t ms_ns = 1000000, second_ns = 1000000000;
static const uint32_t accounts[TALKER_COUNT] = {RIG_ACCOUNT, RIG_OTHER_ACCOUNT};
static const struct stream_fault_rates no_faults = {.seed = 1};

/* --- the talkers --- */

static struct talker_order *talker_find(struct talker *t, uint32_t ref)
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

static void talker_message(struct talker *t, const struct ouch_in *in)
{
	uint8_t bytes[256];
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, in);
	assert_true(size > 0);
	talker_put(t, SOUP_UNSEQUENCED, bytes, size);
}

/* The gate has told its next number: what it never got is said again, and cancels that may be lost. */
static void talker_recover(struct talker *t, uint32_t next_ref)
{
	for (uint32_t i = 0; i < t->count; i++) {
		if (t->orders[i].said.ref >= next_ref)
			talker_message(t, &t->orders[i].said);
	}
	for (uint32_t i = 0; i < t->count; i++) {
		struct ouch_in cancel = rig_cancel(t->orders[i].said.ref, t->orders[i].keep_qty);
		if (t->orders[i].is_unwanted && (t->orders[i].open > 0 || t->orders[i].is_waiting))
			talker_message(t, &cancel);
	}
	t->is_settled = true;
}

static void talker_order_is(struct talker_order *order, uint32_t open)
{
	order->is_waiting = false;
	order->open = open;
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
	assert_int_equal(ouch50_parse_out(packet->payload, packet->payload_bytes, &out), OUCH_OK);
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
		talker_put(t, SOUP_UNSEQUENCED, &query, 1);
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

static bool talkers_poll(struct conversation *talk)
{
	struct stream_event events[32];
	uint32_t count = stream_poll(talk->talker_stream, events, 32);
	for (uint32_t i = 0; i < count * TALKER_COUNT; i++) {
		const struct stream_event *event = &events[i / TALKER_COUNT];
		struct talker *t = &talk->talkers[i % TALKER_COUNT];
		if (event->connection != t->connection)
			continue;
		t->heard_ns = talk->rig->now_ns;
		if (event->kind == STREAM_OPENED) {
			t->inbox.used = 0;
			talker_login(t);
		} else if (event->kind == STREAM_BYTES) {
			assert_true(inbox_take(
				&t->inbox, event->bytes, event->size_bytes, talker_packet, t));
		} else {
			t->connection = CONNECTION_NONE;
			t->is_up = t->is_settled = false;
			t->retry_ns = talk->rig->now_ns + 20 * ms_ns;
		}
	}
	return count > 0;
}

/* Heartbeats, and coming back: from a gate that says nothing too. */
static void talker_tick(struct talker *t)
{
	struct stream *s = t->talk->talker_stream;
	uint64_t now_ns = t->talk->rig->now_ns;
	if (t->connection == CONNECTION_NONE) {
		if (now_ns >= t->retry_ns)
			t->connection = stream_connect(s, "127.0.0.1", 25000);
		t->heard_ns = now_ns;
		return;
	}
	if (now_ns > t->heard_ns + 5 * second_ns)
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
	if (t->is_settled)
		talker_message(t, &cancel);
}

/* --- the gate's process --- */

static struct stream *wrap(struct stream *inside)
{
	return stream_fault_open(inside, FAULT_CONNECTIONS, &no_faults);
}

static bool others(struct rig *rig)
{
	struct conversation *talk = rig->context;
	match_now(talk->match, rig->now_ns);
	talk->desk->exch_ns = rig->now_ns;
	bool did = door_poll(talk->door, rig->now_ns);
	did |= door_pump(talk->door, rig->now_ns);
	return talkers_poll(talk) || did;
}

static void die(void *context)
{
	struct conversation *talk = context;
	if (talk->death != LIFE_GOES_ON && talk->grave != NULL)
		longjmp(*talk->grave, 1);
}

/* A new process over what the old one published.  What the old one had queued may be on its way or gone. */
static void rise(struct conversation *talk)
{
	struct rig *rig = talk->rig;
	struct stream_event events[8];
	if (talk->death == DEATH_SENDS_THE_QUEUE) {
		stream_poll(stream_fault_wrapped(rig->gate_stream), events, 8);
		others(rig);
		others(rig);
	}
	talk->death = LIFE_GOES_ON;
	talk->deaths++;
	rig_restart(rig, true);
	stream_fault_begin(rig->gate_stream, &talk->rates);
	stream_fault_watch(rig->gate_stream, die, talk);
}

static bool turn(struct rig *rig)
{
	struct conversation *talk = rig->context;
	jmp_buf grave;
	if (setjmp(grave) != 0) {
		talk->grave = NULL;
		rise(talk);
		return true;
	}
	talk->grave = &grave;
	bool had_work = gate_poll(rig->gate, rig->now_ns);
	talk->grave = NULL;
	return had_work;
}

static const struct rig_hooks hooks = {.wrap = wrap, .turn = turn, .others = others};

/* --- the venue --- */

static void ignore(void *context, const struct event *event)
{
	(void)context;
	(void)event;
}

static void book_fill(void *context, const struct match_fill *fill)
{
	if (fill->owner != MATCH_OWNER_NONE)
		desk_on_fill(context, fill);
}

void conversation_make(
	struct conversation *talk, char side, uint32_t qty, uint64_t price_e4, char tif)
{
	uint8_t bytes[256];
	struct ouch_in in = rig_order(++talk->maker_ref);
	in.side = (uint8_t)side;
	in.qty = qty;
	in.price_e4 = price_e4;
	in.time_in_force = (uint8_t)tif;
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, &in);
	desk_on_message(talk->desk, talk->maker_user, bytes, size);
}

struct conversation *conversation_open(void)
{
	struct config_error error = {{0}};
	struct conversation *talk = calloc(1, sizeof *talk);
	assert_non_null(talk);
	talk->rig = rig_open_with(&hooks, talk);
	talk->rig->site.venues[0].tcp_port = VENUE_PORT;
	talk->desk = calloc(1, sizeof *talk->desk);
	talk->door = calloc(1, sizeof *talk->door);
	desk_init(talk->desk);
	const struct match_sink sink = {
		.context = talk->desk, .publish = ignore, .fill = book_fill};
	talk->match = match_open(&sink, MATCH_ORDERS);
	talk->desk->match = talk->match;
	match_symbol(talk->match, 1, symbol_pack("AAPL"));
	desk_symbol(talk->desk, 1, symbol_pack("AAPL"));
	talk->gate_user = desk_user_add(talk->desk, "GATE", "SECRET", "FIRM");
	talk->maker_user = desk_user_add(talk->desk, "MAKER", "MAKER", "");
	talk->door_stream = stream_sim_open(talk->rig->net);
	talk->talker_stream = stream_sim_open(talk->rig->net);
	door_init(talk->door, talk->door_stream, talk->desk, "DAY1");
	assert_int_not_equal(stream_listen(talk->door_stream, "127.0.0.1", VENUE_PORT, &error), 0);
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		talk->talkers[i].talk = talk;
		talk->talkers[i].index = i;
		talk->talkers[i].retry_ns = UINT64_MAX;
	}
	rig_limits(talk->rig, NULL);
	return talk;
}

void conversation_close(struct conversation *talk)
{
	struct match *match = talk->match;
	struct desk *desk = talk->desk;
	stream_close(talk->door_stream);
	stream_close(talk->talker_stream);
	rig_close(talk->rig);
	desk_free(desk);
	match_close(match);
	free(desk);
	free(talk->door);
	free(talk);
}

void conversation_rates(struct conversation *talk, const struct stream_fault_rates *rates)
{
	talk->rates = *rates;
	stream_fault_begin(talk->rig->gate_stream, rates);
}

void conversation_begin(struct conversation *talk, const struct stream_fault_rates *rates,
	const struct stream_fault_cut *cut, enum conversation_death death)
{
	struct rig *rig = talk->rig;
	conversation_rates(talk, rates);
	door_drop(talk->door, talk->gate_user);
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		struct talker *t = &talk->talkers[i];
		if (t->connection != CONNECTION_NONE)
			stream_shut(talk->talker_stream, t->connection, true);
		t->count = 0;
		t->base_ref = t->ref;
		t->retry_ns = UINT64_MAX;
	}
	rig_poll(rig, 1000);
	/* The places are taken one after the other, so that it is known whose connection is cut. */
	for (uint32_t i = 0; i < TALKER_COUNT; i++)
		talk->talkers[i].retry_ns = rig->now_ns + (1 + i) * ms_ns;
	talk->death = (uint8_t)death;
	if (cut != NULL)
		stream_fault_cut(rig->gate_stream, cut);
	stream_fault_watch(rig->gate_stream, die, talk);
	for (uint32_t i = 0; i < TALKER_COUNT; i++)
		conversation_poll(talk, ms_ns);
	conversation_poll(talk, 2 * second_ns); /* longer than any back-off of the gate's */
}

uint64_t conversation_passed(
	const struct conversation *talk, uint32_t talker, enum stream_fault_way way)
{
	const struct gate *gate = talk->rig->gate;
	uint32_t number = talker == TALKER_COUNT ? gate->venues[0].connection.number
						 : gate->by_session[talker + 1]->number;
	return stream_fault_passed(talk->rig->gate_stream, number, way);
}

/* --- the judge --- */

static uint32_t talker_of(const struct desk_order *order)
{
	return memcmp(order->clordid, "011", 3) == 0 ? 0 : 1; /* account 17 is 11h */
}

/* What the venue executed and what it could still, by talker and side. */
static void venue_worst(const struct conversation *talk, uint64_t executed[TALKER_COUNT][2],
	uint64_t open[TALKER_COUNT][2])
{
	const struct desk_user *user = &talk->desk->users[talk->gate_user];
	memcpy(executed, talk->executed, sizeof talk->executed);
	memset(open, 0, TALKER_COUNT * sizeof open[0]);
	for (uint64_t i = talk->first_order; i < user->order_count; i++) {
		const struct desk_order *order = &user->orders[i];
		executed[talker_of(order)][order->side != 'B'] += order->executed;
		open[talker_of(order)][order->side != 'B'] += order->open;
	}
}

static void check_positions(const struct conversation *talk, bool is_settled)
{
	uint64_t executed[TALKER_COUNT][2], open[TALKER_COUNT][2];
	venue_worst(talk, executed, open);
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		struct position_row row = rig_position(talk->rig, accounts[i], RIG_AAPL);
		assert_true((uint64_t)(row.bought_qty + row.working_buy_qty) >=
			    executed[i][0] + open[i][0]);
		assert_true((uint64_t)(row.sold_qty + row.working_sell_qty) >=
			    executed[i][1] + open[i][1]);
		if (!is_settled)
			continue;
		assert_int_equal(row.bought_qty, executed[i][0]);
		assert_int_equal(row.sold_qty, executed[i][1]);
		assert_int_equal(row.working_buy_qty, open[i][0]);
		assert_int_equal(row.working_sell_qty, open[i][1]);
	}
}

void conversation_poll(struct conversation *talk, uint64_t ns)
{
	rig_market(talk->rig, RIG_AAPL, 1630000, 1630200); /* a new process has a new one */
	atomic_store(&talk->rig->market->channels[0].heard_ns, talk->rig->now_ns + ns);
	for (uint32_t i = 0; i < TALKER_COUNT; i++)
		talker_tick(&talk->talkers[i]);
	rig_poll(talk->rig, ns);
	check_positions(talk, false);
}

/* The journal's records since the last time: each order decided once and handed over once at most. */
static void judge_records(struct conversation *talk)
{
	const struct rig *rig = talk->rig;
	while (talk->judged_bytes < rig->record_bytes) {
		const struct record *record =
			(const struct record *)(rig->records + talk->judged_bytes);
		const struct receipt *receipt = record_body(record);
		const struct sent_record *sent = record_body(record);
		talk->judged_bytes += record->size_bytes;
		if (record->type == RECORD_RECEIPT && (receipt->flags & RECEIPT_PASSED) != 0) {
			assert_true(talk->decision_count < CONVERSATION_ORDER_MAX);
			memset(&talk->decisions[talk->decision_count], 0,
				sizeof talk->decisions[0]);
			talk->decisions[talk->decision_count++].receipt = *receipt;
		}
		if ((record->type != RECORD_SENT && record->type != RECORD_WITHHELD) ||
			sent->kind == DECISION_CANCEL)
			continue;
		uint32_t i = 0;
		while (i < talk->decision_count &&
			talk->decisions[i].receipt.order_id != sent->order_id)
			i++;
		assert_true(i < talk->decision_count);
		assert_int_equal(talk->decisions[i].receipt.venue_ref, sent->venue_ref);
		talk->decisions[i].sent += record->type == RECORD_SENT;
		talk->decisions[i].withheld += record->type == RECORD_WITHHELD;
		assert_int_equal(talk->decisions[i].sent + talk->decisions[i].withheld, 1);
	}
}

/* The venue's orders: each of them is one decision, word for word, and none came twice. */
static void judge_venue(struct conversation *talk)
{
	const struct desk_user *user = &talk->desk->users[talk->gate_user];
	char clordid[14];
	assert_int_equal(user->counts.repeated, 0);
	assert_int_equal(user->counts.malformed, 0);
	for (uint64_t i = talk->first_order; i < user->order_count; i++) {
		const struct desk_order *order = &user->orders[i];
		uint32_t d = 0;
		while (d < talk->decision_count &&
			talk->decisions[d].receipt.venue_ref != order->ref)
			d++;
		assert_true(d < talk->decision_count);
		const struct receipt *receipt = &talk->decisions[d].receipt;
		names_clordid(clordid, receipt->account, receipt->order_id);
		assert_memory_equal(order->clordid, clordid, sizeof clordid);
		assert_int_equal(order->price_e4, receipt->price_e4);
		assert_int_equal(order->qty + order->executed_before, receipt->qty);
		assert_int_equal(order->side != 'B', receipt->side == SIDE_SELL);
		assert_int_equal(talk->decisions[d].withheld, 0);
		talk->decisions[d].at_venue++;
		assert_int_equal(talk->decisions[d].at_venue, 1);
	}
	for (uint32_t d = 0; d < talk->decision_count; d++)
		talk->decisions[d].at_venue = 0;
}

/* The gate's orders: known to the venue and open there, all of them, with what is open. */
static void judge_gate(struct conversation *talk)
{
	const struct desk_user *user = &talk->desk->users[talk->gate_user];
	const struct fold *fold = talk->rig->gate->fold;
	uint32_t live = 0, told = 0;
	for (uint64_t i = talk->first_order; i < user->order_count; i++) {
		const struct desk_order *order = &user->orders[i];
		uint32_t slot = order_table_find_venue(&fold->orders, 0, order->ref);
		assert_int_equal(slot != ORDER_NONE, order->state == DESK_LIVE);
		if (slot == ORDER_NONE)
			continue;
		const struct own_order *own = &fold->orders.slots[slot];
		live++;
		assert_int_equal(own->state, ORDER_LIVE);
		assert_int_equal(own->open_qty, order->open);
		assert_int_equal(own->price_e4, order->price_e4);
		const struct talker_order *believed =
			talker_find(&talk->talkers[own->session - 1], own->client_ref);
		assert_non_null(believed);
		assert_int_equal(believed->open, order->open);
	}
	assert_int_equal(fold->orders.open_count, live);
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		const struct talker *t = &talk->talkers[i];
		assert_int_equal(t->heard, fold->clients[i + 1].last_sequence);
		for (uint32_t j = 0; j < t->count; j++)
			told += t->orders[j].open > 0;
	}
	assert_int_equal(told, live);
	assert_int_equal(
		metrics_get(&talk->rig->region->metrics, METRIC_gate_conservation_residue), 0);
	assert_int_equal(fold->latches.states[0], STATE_ACTIVE);
}

/* What was said into a silence is said again when it is noticed.  A replace of what is finished gets no answer
   from the venue. */
static bool talker_waits(const struct talker *t, const struct talker_order *order)
{
	if (order->is_unwanted && order->keep_qty == 0 && order->open > 0)
		return true;
	if (!order->is_waiting || order->said.type == 'O')
		return order->is_waiting;
	uint32_t original = order->said.original_ref - t->base_ref - 1;
	return t->orders[original].open > 0 || talker_waits(t, &t->orders[original]);
}

static bool is_quiet(const struct conversation *talk)
{
	const struct fold *fold = talk->rig->gate->fold;
	if (!fold->venues[0].is_ready || fold->is_sweeping || fold->sweep_due_mask != 0 ||
		fold->orders_sent != fold->orders_acked)
		return false;
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		if (fold->orders.slots[slot].flags & (ORDER_PENDING_CANCEL | ORDER_CANCEL_LOST))
			return false;
	}
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		const struct talker *t = &talk->talkers[i];
		if (!t->is_settled || t->heard != fold->clients[i + 1].last_sequence)
			return false;
		for (uint32_t j = 0; j < t->count; j++) {
			if (talker_waits(t, &t->orders[j]))
				return false;
		}
	}
	return true;
}

void conversation_settle(struct conversation *talk)
{
	uint32_t quiet = 0;
	for (uint32_t i = 0; i < 200 && quiet < 3; i++) {
		conversation_poll(talk, 400 * ms_ns);
		quiet = is_quiet(talk) ? quiet + 1 : 0;
	}
	assert_int_equal(quiet, 3);
	judge_records(talk);
	judge_venue(talk);
	judge_gate(talk);
	check_positions(talk, true);
}

void conversation_end(struct conversation *talk)
{
	uint64_t executed[TALKER_COUNT][2], open[TALKER_COUNT][2];
	const struct desk_user *user = &talk->desk->users[talk->gate_user];
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		struct talker *t = &talk->talkers[i];
		for (uint32_t j = 0; j < t->count; j++) {
			if (t->orders[j].open > 0)
				talker_cancel(t, t->orders[j].said.ref, 0);
		}
	}
	conversation_settle(talk);
	venue_worst(talk, executed, open);
	assert_int_equal(talk->rig->gate->fold->orders.open_count, 0);
	memcpy(talk->executed, executed, sizeof talk->executed);
	talk->orders += user->order_count - talk->first_order;
	talk->fills = user->counts.executions;
	talk->first_order = user->order_count;
	talk->decision_count = 0;
}

/* --- the operator --- */

void conversation_kill(struct conversation *talk)
{
	rig_stop(talk->rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
}

void conversation_release(struct conversation *talk)
{
	struct mailbox_request stops = {.kind = REQUEST_STOPS};
	rig_stop(talk->rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_ACTIVE);
	const struct mailbox_answer *answer = rig_ask(talk->rig, &stops);
	assert_int_equal(answer->row_count, 1);
	struct mailbox_request release = {.kind = REQUEST_RELEASE};
	release.release = (struct release_record){.scope = SCOPE_ACCOUNT,
		.id = RIG_ACCOUNT,
		.latch = ((const struct latch_row *)answer->rows[0])->latch,
		.uid = 1,
		.second_uid = 2};
	rig_ask(talk->rig, &release); /* who died over it is asked again, and finds it done */
	assert_int_equal(latches_state(&talk->rig->gate->fold->latches, 0, 1, RIG_ACCOUNT,
				 RIG_STRATEGY, RIG_AAPL),
		STATE_ACTIVE);
}
