/* conversation.c - see conversation.h. */
#include "tests/support/conversation.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "dataplane/fold/fix_venue.h"
#include "dataplane/orders/names.h"
#include "drivers/machine/clock.h"
#include "tests/support/talker.h"
#include "tools/exchange/counter.h"
#include "tools/exchange/fix_door.h"

enum { VENUE_PORT = 26001, FAULT_CONNECTIONS = 32, MATCH_ORDERS = 1 << 14, TEXT_IDS = 1 << 14 };

static const uint64_t ms_ns = 1000000, second_ns = 1000000000;
static const uint32_t accounts[TALKER_COUNT] = {RIG_ACCOUNT, RIG_OTHER_ACCOUNT};
static const struct stream_fault_rates no_faults = {.seed = 1};

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
	bool did = false;
	if (talk->fix_door != NULL) {
		did = fix_door_turn(talk->fix_door, rig->now_ns, clock_wall_ns());
	} else {
		did = door_turn(talk->door, rig->now_ns);
		did |= door_pump(talk->door, rig->now_ns);
	}
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

/* What the conversation that is being opened speaks. */
static enum order_protocol strategies_speak, venue_speaks;

static bool is_fix(enum order_protocol protocol)
{
	return protocol == ORDERS_FIX42 || protocol == ORDERS_FIX44;
}

static void site_speaks(struct site_config *site)
{
	struct venue_config *venue = &site->venues[0];
	venue->protocol = (uint8_t)venue_speaks;
	snprintf(venue->fix.comp_id, sizeof venue->fix.comp_id, "VENUE");
	snprintf(venue->fix.our_comp_id, sizeof venue->fix.our_comp_id, "GATE");
	site->text_id_count = strategies_speak == ORDERS_OUCH50 ? 0 : TEXT_IDS;
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		struct session_config *session = &site->sessions[i];
		session->protocol = (uint8_t)strategies_speak;
		snprintf(session->comp_id, sizeof session->comp_id, "TALKER%u", i + 1);
		snprintf(session->our_comp_id, sizeof session->our_comp_id, "SLUICE");
	}
}

static const struct rig_hooks hooks = {
	.wrap = wrap, .turn = turn, .others = others, .site = site_speaks};

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
	counter_take(talk->desk, talk->maker_user, bytes, size);
}

/* open_door lets the gate come to the venue in the protocol that it speaks. */
static void open_door(struct conversation *talk)
{
	struct config_error error = {{0}};
	talk->gate_user = desk_user_add(talk->desk, "GATE", "SECRET", "FIRM");
	if (venue_speaks == ORDERS_OUCH42)
		desk_user_speech(talk->desk, talk->gate_user, SPEECH_OUCH42);
	door_init(talk->door, talk->door_stream, talk->desk, "DAY1");
	if (is_fix(venue_speaks)) {
		talk->fix_door = calloc(1, sizeof *talk->fix_door);
		fix_door_init(talk->fix_door, talk->desk, "VENUE");
		talk->fix_door->stream = talk->door_stream;
		fix_door_port(talk->fix_door, talk->gate_user,
			venue_speaks == ORDERS_FIX42 ? FIX_42 : FIX_44);
	}
	assert_int_not_equal(stream_listen(talk->door_stream, "127.0.0.1", VENUE_PORT, &error), 0);
}

struct conversation *conversation_open(enum order_protocol strategies, enum order_protocol venue)
{
	struct conversation *talk = calloc(1, sizeof *talk);
	assert_non_null(talk);
	strategies_speak = strategies;
	venue_speaks = venue;
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
	talk->door_stream = stream_sim_open(talk->rig->net);
	talk->talker_stream = stream_sim_open(talk->rig->net);
	open_door(talk);
	talk->maker_user = desk_user_add(talk->desk, "MAKER", "MAKER", "");
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		struct talker *t = &talk->talkers[i];
		t->talk = talk;
		t->index = i;
		t->speech = (uint8_t)strategies;
		t->retry_ns = UINT64_MAX;
		if (is_fix(strategies))
			talker_fix_open(t);
	}
	rig_limits(talk->rig, NULL);
	return talk;
}

void conversation_close(struct conversation *talk)
{
	struct match *match = talk->match;
	struct desk *desk = talk->desk;
	if (talk->fix_door != NULL)
		fix_door_close(talk->fix_door); /* and its stream */
	else
		stream_close(talk->door_stream);
	stream_close(talk->talker_stream);
	for (uint32_t i = 0; i < TALKER_COUNT; i++)
		talker_fix_close(&talk->talkers[i]);
	rig_close(talk->rig);
	desk_free(desk);
	match_close(match);
	free(desk);
	free(talk->door);
	free(talk->fix_door);
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
	if (talk->fix_door != NULL)
		fix_door_drop(talk->fix_door, talk->gate_user);
	else
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

/* What the gate holds for orders of which nobody knows, and that the venue does not have. */
static void add_uncertain(const struct conversation *talk, uint64_t open[TALKER_COUNT][2])
{
	const struct order_table *orders = &talk->rig->gate->fold->orders;
	for (uint32_t slot = orders->open_head; slot != ORDER_NONE;
		slot = orders->slots[slot].next) {
		const struct own_order *own = &orders->slots[slot];
		if (own->state == ORDER_UNCERTAIN)
			open[own->account == RIG_ACCOUNT ? 0 : 1][own->wire_side != 'B'] +=
				own->reserved_qty;
	}
}

static void check_positions(const struct conversation *talk, bool is_settled)
{
	uint64_t executed[TALKER_COUNT][2], open[TALKER_COUNT][2];
	venue_worst(talk, executed, open);
	if (is_settled)
		add_uncertain(talk, open);
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

/* The decision that made an order of the venue's: our name for it leads back. */
static uint32_t decision_of(const struct conversation *talk, const struct desk_order *order)
{
	uint32_t d = 0;
	for (; d < talk->decision_count; d++) {
		const struct receipt *receipt = &talk->decisions[d].receipt;
		char clordid[14];
		names_clordid(clordid, receipt->account, receipt->order_id);
		if (memcmp(order->clordid, clordid, sizeof clordid) == 0)
			break;
	}
	assert_true(d < talk->decision_count);
	return d;
}

/* The venue's orders: each of them is one decision, word for word, and none came twice. */
static void judge_venue(struct conversation *talk)
{
	const struct desk_user *user = &talk->desk->users[talk->gate_user];
	assert_int_equal(user->counts.repeated, 0);
	assert_int_equal(user->counts.malformed, 0);
	for (uint64_t i = talk->first_order; i < user->order_count; i++) {
		const struct desk_order *order = &user->orders[i];
		uint32_t d = decision_of(talk, order);
		const struct receipt *receipt = &talk->decisions[d].receipt;
		if (talk->rig->site.venues[0].protocol == ORDERS_OUCH50)
			assert_int_equal(receipt->venue_ref, order->ref);
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
	uint32_t live = 0, told = 0, uncertain = fold->venues[0].orders_uncertain;
	for (uint64_t i = talk->first_order; i < user->order_count; i++) {
		const struct desk_order *order = &user->orders[i];
		const struct receipt *receipt = &talk->decisions[decision_of(talk, order)].receipt;
		uint32_t slot = order_table_find_venue(&fold->orders, 0, receipt->venue_ref);
		assert_int_equal(slot != ORDER_NONE, order->state == DESK_LIVE);
		if (slot == ORDER_NONE)
			continue;
		const struct own_order *own = &fold->orders.slots[slot];
		live++;
		assert_int_equal(own->state, ORDER_LIVE);
		assert_int_equal(own->open_qty, order->open);
		assert_int_equal(own->price_e4, order->price_e4);
		const struct talker_order *believed =
			talker_of_gate(&talk->talkers[own->session - 1], own->client_ref);
		assert_non_null(believed);
		assert_int_equal(believed->open, order->open);
	}
	assert_int_equal(fold->orders.open_count, live + uncertain);
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		const struct talker *t = &talk->talkers[i];
		assert_true(talker_has_heard(t));
		for (uint32_t j = 0; j < t->count; j++)
			told += t->orders[j].open > 0;
	}
	assert_int_equal(told, live);
	assert_int_equal(
		metrics_get(&talk->rig->region->metrics, METRIC_gate_conservation_residue), 0);
	assert_int_equal(fold->latches.states[0], STATE_ACTIVE);
}

/* The gate waits for a word that may never come, and so does its strategy. */
static bool is_uncertain(
	const struct conversation *talk, struct talker *t, const struct talker_order *order)
{
	const struct order_table *orders = &talk->rig->gate->fold->orders;
	for (uint32_t slot = orders->open_head; slot != ORDER_NONE;
		slot = orders->slots[slot].next) {
		const struct own_order *own = &orders->slots[slot];
		if (own->state == ORDER_UNCERTAIN && own->session == t->index + 1 &&
			talker_of_gate(t, own->client_ref) == order)
			return true;
	}
	return false;
}

/* What the venue has said into a silence is still to come, once the gate has noticed. */
static bool venue_is_heard(const struct conversation *talk)
{
	const struct fold *fold = talk->rig->gate->fold;
	if (talk->fix_door == NULL)
		return fold->venues[0].last_sequence ==
		       talk->desk->users[talk->gate_user].said.count;
	const struct fix_session *gates = &fix_venue_of(fold, 0)->session;
	const struct fix_session *venues = &talk->fix_door->ports[talk->gate_user]->session;
	return gates->next_in == venues->next_out && venues->next_in == gates->next_out;
}

static bool is_quiet(struct conversation *talk)
{
	const struct fold *fold = talk->rig->gate->fold;
	if (!fold->venues[0].is_ready || fold->is_sweeping || fold->sweep_due_mask != 0 ||
		fold->orders_sent - fold->orders_acked != fold->venues[0].orders_uncertain ||
		!venue_is_heard(talk))
		return false;
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		const struct own_order *own = &fold->orders.slots[slot];
		if (own->state != ORDER_UNCERTAIN &&
			(own->flags & (ORDER_PENDING_CANCEL | ORDER_CANCEL_LOST)))
			return false;
	}
	for (uint32_t i = 0; i < TALKER_COUNT; i++) {
		struct talker *t = &talk->talkers[i];
		if (!t->is_settled || !talker_has_heard(t))
			return false;
		for (uint32_t j = 0; j < t->count; j++) {
			if (talker_waits(t, &t->orders[j]) && !is_uncertain(talk, t, &t->orders[j]))
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

uint32_t conversation_end(struct conversation *talk)
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
	uint32_t uncertain = talk->rig->gate->fold->venues[0].orders_uncertain;
	assert_int_equal(talk->rig->gate->fold->orders.open_count, uncertain);
	memcpy(talk->executed, executed, sizeof talk->executed);
	talk->orders += user->order_count - talk->first_order;
	talk->fills = user->counts.executions;
	talk->first_order = user->order_count;
	talk->decision_count = 0;
	return uncertain;
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
