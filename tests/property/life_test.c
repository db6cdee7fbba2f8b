/* Every situation an order can be in, against everything that can be said of it: each cell of that table is played on
   a whole gate and compared with a second, plain account of what the protocol documents say must follow - what is
   open, executed and held, who is told what, and what is counted.  Each rig replays itself at its end.

   From OUCH 5.0: Accepted and its dead state, Replaced (the size is that of the chain; a replace of an order that is
   finished is answered with silence), Executed, Canceled, AIQ Canceled, Rejected after Accepted, Cancel Pending and
   Cancel Reject, Modified, Restated, Priority Update, Broken Trade and Trade Correction; SoupBinTCP for the lost connection.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

enum {
	SIZE = 100,
	CHAIN = 150,
	PART = 30,
	PRICE = 1630000,
	FILLS = 8,
	CLIENT_REFS = 10,
	STRANGER = 900000
};

/* --- the plain account --- */

enum standing { NEVER, SENT, LIVE, MAYBE, GONE };

struct plain_order {
	enum standing standing;
	int64_t size, open, executed, price;
	uint32_t ref, client_ref;
	char clordid[14];                 /* that the gate gave it */
	bool is_cancel_asked, is_nobodys; /* adopted: no client hears of it */
};

struct plain_fill {
	uint64_t match;
	uint32_t ref;
	int64_t qty;
	bool is_broken;
};

/* What is counted; each must have moved by just so much. */
struct counts {
	uint64_t unknown, repeated, late, nobody, broken, corrected;
};

struct account {
	struct plain_order first, second; /* second replaces first, while is_replacing */
	bool is_replacing;
	int64_t position;
	struct plain_fill fills[FILLS];
	uint32_t fill_count;
	char told[8];
	uint32_t told_count;
	struct counts counts;
	bool is_halted;
};

static bool stands(const struct plain_order *order)
{
	return order->standing == SENT || order->standing == LIVE || order->standing == MAYBE;
}

static bool is_unanswered(const struct plain_order *order)
{
	return order->standing == SENT || order->standing == MAYBE;
}

static void tell(struct account *w, const struct plain_order *order, char type)
{
	if (!order->is_nobodys)
		w->told[w->told_count++] = type;
}

static void finish(struct account *w, struct plain_order *order)
{
	order->standing = GONE;
	order->open = 0;
	if (w->is_replacing && order == &w->first)
		w->second.standing = GONE; /* silence */
	w->is_replacing = false;
}

static struct plain_fill *find_fill(struct account *w, uint32_t ref, uint64_t match)
{
	for (uint32_t i = 0; i < w->fill_count; i++) {
		if (w->fills[i].match == match && w->fills[i].ref == ref)
			return &w->fills[i];
	}
	return NULL;
}

static void plain_accepted(struct account *w, struct plain_order *order, const struct ouch_out *out)
{
	bool is_dead = out->order_state == 'D';
	if (order->standing == NEVER || (order->standing == LIVE && !is_dead)) {
		w->counts.unknown++;
		return;
	}
	if (order->standing == GONE) { /* our name is on it: it is ours, whoever forgot it */
		order->standing = is_dead ? GONE : LIVE;
		order->is_nobodys = true;
		order->size = order->open = is_dead ? 0 : out->qty;
		order->executed = 0;
		order->price = (int64_t)out->price_e4;
		return;
	}
	tell(w, order, 'A');
	if (is_dead) {
		finish(w, order);
		return;
	}
	order->standing = LIVE;
	order->open = out->qty;
	order->price = (int64_t)out->price_e4;
}

static void plain_replaced(struct account *w, struct plain_order *order, const struct ouch_out *out)
{
	if (order != &w->second || !w->is_replacing) {
		if (order->standing == GONE)
			plain_accepted(w, order, out);
		else
			w->counts.unknown++;
		return;
	}
	w->is_replacing = false;
	order->standing = LIVE;
	order->executed = w->first.executed;
	order->open = out->qty;
	order->price = (int64_t)out->price_e4;
	order->is_cancel_asked = w->first.is_cancel_asked;
	w->first.standing = GONE;
	w->first.open = 0;
	tell(w, order, 'U');
	if (out->order_state == 'D')
		finish(w, order);
}

static void plain_executed(struct account *w, struct plain_order *order, const struct ouch_out *out)
{
	if (find_fill(w, out->ref, out->match) != NULL && out->match != 0) {
		w->counts.repeated++;
		return;
	}
	if (order->standing == NEVER) {
		w->counts.nobody++;
		w->is_halted = true;
		return;
	}
	w->position += out->qty;
	if (out->match != 0)
		w->fills[w->fill_count++] =
			(struct plain_fill){out->match, out->ref, out->qty, false};
	tell(w, order, 'E');
	if (order->standing == GONE) {
		w->counts.late++;
		return;
	}
	w->counts.unknown += out->qty > order->open;
	order->executed += out->qty;
	order->open -= out->qty < order->open ? out->qty : order->open;
	order->standing = LIVE;
	if (order->open == 0)
		finish(w, order);
}

static void plain_reduced(struct account *w, struct plain_order *order, const struct ouch_out *out)
{
	w->counts.unknown += out->qty > order->open;
	order->open -= out->qty < order->open ? out->qty : order->open;
	order->standing = LIVE;
	tell(w, order, (char)out->type);
	if (order->open == 0)
		finish(w, order);
}

static void plain_second_thought(
	struct account *w, struct plain_order *order, const struct ouch_out *out)
{
	struct plain_fill *fill = find_fill(w, out->ref, out->match);
	if (fill == NULL) {
		w->counts.nobody++;
		w->is_halted = true;
		return;
	}
	if (fill->is_broken) {
		w->counts.repeated += out->type == 'B';
		w->counts.unknown += out->type == 'F';
		return;
	}
	fill->is_broken = out->type == 'B';
	w->position += (out->type == 'F' ? out->qty : 0) - fill->qty;
	fill->qty = out->qty;
	w->counts.broken += out->type == 'B';
	w->counts.corrected += out->type == 'F';
	tell(w, order, (char)out->type);
}

static void plain_say(struct account *w, struct plain_order *order, const struct ouch_out *out)
{
	if (out->type == 'A') {
		plain_accepted(w, order, out);
	} else if (out->type == 'U') {
		plain_replaced(w, order, out);
	} else if (out->type == 'E') {
		plain_executed(w, order, out);
	} else if (out->type == 'B' || out->type == 'F') {
		plain_second_thought(w, order, out);
	} else if (!stands(order)) {
		w->counts.unknown++;
	} else if (out->type == 'C' || out->type == 'D') {
		plain_reduced(w, order, out);
	} else if (out->type == 'J') {
		tell(w, order, 'J');
		finish(w, order);
	} else {
		w->counts.unknown += out->type == 'M' && out->qty > order->open;
		order->is_cancel_asked &= out->type != 'I';
		if (out->type == 'M')
			order->open = out->qty;
		if (out->type == 'T')
			order->price = (int64_t)out->price_e4;
		if (out->type == 'M' || out->type == 'T')
			order->standing = LIVE;
		tell(w, order, (char)out->type);
		if (order->open == 0)
			finish(w, order);
	}
}

/* The connection breaks and comes back; of numbers from next_ref on the venue has never heard. */
static void plain_cut(struct account *w, uint32_t next_ref)
{
	struct plain_order *orders[] = {&w->first, &w->second};
	for (uint32_t i = 0; i < 2; i++) {
		if (!is_unanswered(orders[i]))
			continue;
		orders[i]->standing = MAYBE;
		if (orders[i]->ref < next_ref)
			continue;
		tell(w, orders[i], 'J');
		finish(w, orders[i]);
	}
}

/* While a replace is under way both may be executed, one after the other, to the larger of both. */
static void plain_held(const struct account *w, int64_t *qty, int64_t *value)
{
	const struct plain_order *first = &w->first, *second = &w->second;
	*qty = *value = 0;
	if (stands(first))
		*qty = first->open, *value = first->open * first->price;
	if (!stands(second))
		return;
	if (!w->is_replacing) {
		*qty += second->open;
		*value += second->open * second->price;
		return;
	}
	int64_t open = second->size > first->executed ? second->size - first->executed : 0;
	*qty = open > *qty ? open : *qty;
	*value = open * second->price > *value ? open * second->price : *value;
}

/* --- the situations --- */

enum situation {
	WHEN_SENT,
	WHEN_SENT_CANCEL,
	WHEN_SENT_REPLACE,
	WHEN_LIVE,
	WHEN_PART,
	WHEN_LIVE_CANCEL,
	WHEN_LIVE_REPLACE,
	WHEN_REPLACEMENT,
	WHEN_PART_REPLACE,
	WHEN_PART_REPLACEMENT,
	WHEN_BUST_REPLACEMENT,
	WHEN_MAYBE,
	WHEN_MAYBE_CANCEL,
	WHEN_MAYBE_REPLACEMENT,
	WHEN_CHAIN,
	WHEN_EXECUTED,
	WHEN_BROKEN,
	WHEN_CANCELLED,
	WHEN_REJECTED,
	WHEN_REPLACED,
	WHEN_NEVER,
	SITUATIONS
};

static const char *const situation_names[SITUATIONS] = {"sent", "sent, cancel under way",
	"sent, replace under way", "live", "live, partly executed", "live, cancel under way",
	"live, replace under way", "the replacement under way",
	"partly executed, replace under way", "the replacement of one partly executed",
	"the replacement of one whose trade broke meanwhile", "uncertain",
	"uncertain, cancel under way", "the uncertain replacement", "live after a replace",
	"executed", "executed, its last trade broken", "cancelled", "rejected", "replaced",
	"of nobody"};

struct play {
	struct rig *rig;
	struct account account;
	struct counts before;
	int64_t position_before;
	uint32_t client_ref;
	uint64_t match;
};

static uint64_t metric(const struct play *p, enum metric name)
{
	return metrics_get(&p->rig->region->metrics, name);
}

static struct counts read_counts(const struct play *p)
{
	return (struct counts){metric(p, METRIC_gate_venue_unknown),
		metric(p, METRIC_gate_fills_repeated), metric(p, METRIC_gate_fills_late),
		metric(p, METRIC_gate_fills_unknown), metric(p, METRIC_gate_fills_broken),
		metric(p, METRIC_gate_fills_corrected)};
}

static void say(struct play *p, struct plain_order *order, const struct ouch_out *out)
{
	plain_say(&p->account, order, out);
	rig_answer(p->rig, out);
}

static struct ouch_out accepted(
	const struct plain_order *order, uint8_t type, int64_t qty, uint8_t state)
{
	struct ouch_in in = rig_order(order->ref);
	in.type = type == 'U' ? 'U' : 'O';
	in.qty = (uint32_t)qty;
	in.price_e4 = (uint64_t)order->price;
	struct ouch_out out = rig_accepted(&in);
	out.order_state = state;
	memcpy(out.clordid, order->clordid, sizeof out.clordid);
	return out;
}

static struct ouch_out executed(struct play *p, const struct plain_order *order, int64_t qty)
{
	return (struct ouch_out){.type = 'E',
		.ref = order->ref,
		.qty = (uint32_t)qty,
		.price_e4 = PRICE,
		.code = 'A',
		.match = ++p->match};
}

static void enter(struct play *p, struct plain_order *order, const struct ouch_in *in)
{
	struct ouch_in sent = rig_pass(p->rig, 0, in);
	*order = (struct plain_order){.standing = SENT,
		.size = in->qty,
		.open = in->qty,
		.price = (int64_t)in->price_e4,
		.ref = sent.ref,
		.client_ref = in->ref};
	memcpy(order->clordid, sent.clordid, sizeof order->clordid);
}

static void enter_first(struct play *p)
{
	struct ouch_in in = rig_order(p->client_ref++);
	enter(p, &p->account.first, &in);
}

static void accept_first(struct play *p)
{
	struct ouch_out out = accepted(&p->account.first, 'A', SIZE, 'L');
	say(p, &p->account.first, &out);
}

static void replace_first(struct play *p)
{
	struct plain_order *first = &p->account.first, *second = &p->account.second;
	struct ouch_in in = rig_replace(first->client_ref, p->client_ref++, CHAIN, PRICE + 100);
	enter(p, second, &in);
	second->open -= first->executed;
	p->account.is_replacing = true;
}

static void execute_first(struct play *p, int64_t qty)
{
	struct ouch_out out = executed(p, &p->account.first, qty);
	say(p, &p->account.first, &out);
}

static void break_first(struct play *p)
{
	struct plain_order *first = &p->account.first;
	struct ouch_out out = {.type = 'B', .ref = first->ref, .match = p->match, .code = 'E'};
	say(p, first, &out);
}

static void ask_cancel(struct play *p)
{
	struct ouch_in in = rig_cancel(p->account.first.client_ref, 0), at_venue;
	rig_send(p->rig, 0, &in);
	assert_true(rig_venue_got(p->rig, &at_venue));
	assert_int_equal(at_venue.type, 'X');
	p->account.first.is_cancel_asked = true;
}

static void cut(struct play *p, uint32_t next_ref)
{
	struct rig *rig = p->rig;
	plain_cut(&p->account, next_ref);
	rig->next_reference = next_ref;
	rig_venue_cut(rig);
	rig_venue_up(rig);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
}

static void finish_first(struct play *p, enum situation situation)
{
	struct plain_order *first = &p->account.first;
	struct ouch_out out = {.type = 'J', .ref = first->ref, .reject_code = 0x15};
	if (situation == WHEN_EXECUTED || situation == WHEN_BROKEN)
		out = executed(p, first, SIZE);
	else if (situation == WHEN_CANCELLED)
		out = (struct ouch_out){.type = 'C', .ref = first->ref, .qty = SIZE, .code = 'U'};
	say(p, first, &out);
	if (situation == WHEN_BROKEN)
		break_first(p);
}

static void replace_done(struct play *p)
{
	struct plain_order *second = &p->account.second;
	struct ouch_out out = accepted(second, 'U', second->open, 'L');
	out.original_ref = p->account.first.ref;
	say(p, second, &out);
}

/* Brings an order into a situation; returns the one that will be spoken of. */
static struct plain_order *bring(struct play *p, enum situation situation)
{
	struct plain_order *first = &p->account.first, *second = &p->account.second;
	static struct plain_order nobody;
	nobody = (struct plain_order){.standing = NEVER, .ref = STRANGER, .price = PRICE};
	if (situation == WHEN_NEVER)
		return &nobody;
	enter_first(p);
	bool is_part_replaced = situation == WHEN_PART_REPLACE ||
				situation == WHEN_PART_REPLACEMENT ||
				situation == WHEN_BUST_REPLACEMENT || situation == WHEN_CHAIN;
	bool is_accepted = is_part_replaced || situation == WHEN_LIVE || situation == WHEN_PART ||
			   situation == WHEN_LIVE_CANCEL || situation == WHEN_LIVE_REPLACE ||
			   situation == WHEN_REPLACEMENT || situation == WHEN_MAYBE_REPLACEMENT ||
			   situation >= WHEN_CHAIN;
	if (is_accepted && situation != WHEN_REJECTED)
		accept_first(p);
	if (situation == WHEN_PART || is_part_replaced)
		execute_first(p, PART);
	if (situation == WHEN_SENT_CANCEL || situation == WHEN_LIVE_CANCEL ||
		situation == WHEN_MAYBE_CANCEL)
		ask_cancel(p);
	if (is_part_replaced || situation == WHEN_SENT_REPLACE || situation == WHEN_LIVE_REPLACE ||
		situation == WHEN_REPLACEMENT || situation == WHEN_MAYBE_REPLACEMENT ||
		situation == WHEN_REPLACED)
		replace_first(p);
	if (situation == WHEN_BUST_REPLACEMENT)
		break_first(p);
	if (situation == WHEN_CHAIN || situation == WHEN_REPLACED)
		replace_done(p);
	if (situation == WHEN_MAYBE || situation == WHEN_MAYBE_CANCEL ||
		situation == WHEN_MAYBE_REPLACEMENT)
		cut(p, (second->ref != 0 ? second->ref : first->ref) + 1);
	if (situation >= WHEN_EXECUTED && situation <= WHEN_REJECTED)
		finish_first(p, situation);
	return situation == WHEN_REPLACEMENT || situation == WHEN_PART_REPLACEMENT ||
			       situation == WHEN_BUST_REPLACEMENT ||
			       situation == WHEN_MAYBE_REPLACEMENT || situation == WHEN_CHAIN
		       ? second
		       : first;
}

/* --- what can be said --- */

enum word {
	SAY_ACCEPTED,
	SAY_ACCEPTED_SMALLER,
	SAY_ACCEPTED_DEAD,
	SAY_REPLACED,
	SAY_REPLACED_DEAD,
	SAY_EXECUTED_PART,
	SAY_EXECUTED_WHOLE,
	SAY_EXECUTED_MORE,
	SAY_EXECUTED_AGAIN,
	SAY_EXECUTED_UNNAMED,
	SAY_CANCELLED_PART,
	SAY_CANCELLED_WHOLE,
	SAY_CANCELLED_MORE,
	SAY_SELF_MATCHED,
	SAY_REJECTED,
	SAY_CANCEL_REJECTED,
	SAY_MODIFIED,
	SAY_MODIFIED_AWAY,
	SAY_MODIFIED_MORE,
	SAY_MOVED,
	SAY_CANCEL_PENDING,
	SAY_RESTATED,
	SAY_BROKEN,
	SAY_BROKEN_UNKNOWN,
	SAY_CORRECTED,
	SAY_CORRECTED_UNKNOWN,
	SAY_CUT,
	SAY_CUT_NOT_SEEN,
	WORDS
};

static const char *const word_names[WORDS] = {"accepted", "accepted smaller", "accepted dead",
	"replaced", "replaced dead", "executed in part", "executed whole", "executed beyond",
	"executed, told again", "executed without a match", "cancelled in part", "cancelled whole",
	"cancelled beyond", "self-matched", "rejected", "cancel rejected", "modified",
	"modified to nothing", "modified larger", "moved", "cancel pending", "restated",
	"its last trade broken", "an unknown trade broken", "its last trade corrected",
	"an unknown trade corrected", "the connection breaks",
	"the connection breaks and it was never seen"};

static int64_t some(const struct plain_order *order, int64_t whole)
{
	return order->open != 0 ? whole : SIZE;
}

static const uint8_t word_types[WORDS] = {[SAY_CANCELLED_PART] = 'C',
	[SAY_CANCELLED_WHOLE] = 'C',
	[SAY_CANCELLED_MORE] = 'C',
	[SAY_SELF_MATCHED] = 'D',
	[SAY_REJECTED] = 'J',
	[SAY_CANCEL_REJECTED] = 'I',
	[SAY_MODIFIED] = 'M',
	[SAY_MODIFIED_AWAY] = 'M',
	[SAY_MODIFIED_MORE] = 'M',
	[SAY_MOVED] = 'T',
	[SAY_CANCEL_PENDING] = 'P',
	[SAY_RESTATED] = 'R',
	[SAY_BROKEN] = 'B',
	[SAY_BROKEN_UNKNOWN] = 'B',
	[SAY_CORRECTED] = 'F',
	[SAY_CORRECTED_UNKNOWN] = 'F'};

/* What takes no size of the order's own. */
static const uint8_t word_qty[WORDS] = {[SAY_CANCELLED_PART] = 40,
	[SAY_SELF_MATCHED] = 40,
	[SAY_MODIFIED] = 40,
	[SAY_CANCELLED_MORE] = 250,
	[SAY_MODIFIED_MORE] = 250,
	[SAY_CORRECTED] = 20,
	[SAY_CORRECTED_UNKNOWN] = 20};

static struct ouch_out spoken(struct play *p, const struct plain_order *order, enum word word)
{
	int64_t whole = some(order, order->open);
	struct ouch_out out = {.type = word_types[word],
		.ref = order->ref,
		.qty = word == SAY_CANCELLED_WHOLE ? (uint32_t)whole : word_qty[word],
		.price_e4 = word == SAY_MOVED ? PRICE - 100 : PRICE,
		.code = 'U',
		.side = 'B'};
	out.match = word == SAY_BROKEN || word == SAY_CORRECTED ? p->match : UINT32_MAX;
	switch (word) {
	case SAY_ACCEPTED:
		return accepted(order, 'A', whole, 'L');
	case SAY_ACCEPTED_SMALLER:
		return accepted(order, 'A', 60, 'L');
	case SAY_ACCEPTED_DEAD:
		return accepted(order, 'A', whole, 'D');
	case SAY_REPLACED:
	case SAY_REPLACED_DEAD:
		out = accepted(order, 'U', whole, word == SAY_REPLACED ? 'L' : 'D');
		out.original_ref = p->account.is_replacing ? p->account.first.ref : STRANGER + 1;
		return out;
	case SAY_EXECUTED_PART:
		return executed(p, order, 40);
	case SAY_EXECUTED_WHOLE:
		return executed(p, order, whole);
	case SAY_EXECUTED_MORE:
		return executed(p, order, 500);
	case SAY_EXECUTED_AGAIN:
	case SAY_EXECUTED_UNNAMED:
		out = executed(p, order, 40);
		p->match--;
		out.match = word == SAY_EXECUTED_UNNAMED ? 0 : p->match;
		return out;
	default:
		return out;
	}
}

/* A venue that speaks of a replacement before it says Replaced breaks the protocol: what is executed must count and
   what it could still do be held, but not to the share. */
static bool is_only_safe(const struct account *w, const struct plain_order *order, enum word word)
{
	return w->is_replacing && order == &w->second && word != SAY_REPLACED &&
	       word != SAY_REPLACED_DEAD && word != SAY_CUT && word != SAY_CUT_NOT_SEEN &&
	       word != SAY_REJECTED && word != SAY_CANCEL_PENDING && word != SAY_RESTATED &&
	       word != SAY_CANCEL_REJECTED;
}

/* --- a cell --- */

static uint32_t findings;

static void expect(
	const char *what, int64_t found, int64_t expected, enum situation situation, enum word word)
{
	if (found == expected)
		return;
	findings++;
	print_error("an order %s, %s: found %s %lld, expected %lld\n", situation_names[situation],
		word_names[word], what, (long long)found, (long long)expected);
}

static enum standing found_standing(const struct play *p, const struct plain_order *order)
{
	const struct order_table *orders = &p->rig->gate->fold->orders;
	uint32_t slot = order_table_find_venue(orders, 0, order->ref);
	if (slot == ORDER_NONE)
		return GONE;
	return orders->slots[slot].state == ORDER_SENT   ? SENT
	       : orders->slots[slot].state == ORDER_LIVE ? LIVE
							 : MAYBE;
}

static void check_told(struct play *p, enum situation situation, enum word word)
{
	struct ouch_out out;
	for (uint32_t i = 0; i < p->account.told_count; i++) {
		bool is_told = rig_client_got(p->rig, 0, &out);
		expect("told", is_told ? out.type : 0, p->account.told[i], situation, word);
	}
	expect("told beyond", rig_client_got(p->rig, 0, &out) ? out.type : 0, 0, situation, word);
}

static void check(struct play *p, enum situation situation, enum word word, bool is_only_held)
{
	const struct account *w = &p->account;
	struct counts now = read_counts(p);
	struct position_row row = rig_position(p->rig, RIG_ACCOUNT, RIG_AAPL);
	int64_t qty, value;
	plain_held(w, &qty, &value);
	expect("position", row.position - p->position_before, w->position, situation, word);
	expect("halts", p->rig->gate->fold->latches.stopped_count != 0, w->is_halted, situation,
		word);
	if (is_only_held) {
		expect("held at least",
			row.working_buy_qty >= (w->is_replacing ? w->first.open : 0), 1, situation,
			word);
		return;
	}
	expect("held", row.working_buy_qty, qty, situation, word);
	expect("held value", row.working_buy_value_e4, value, situation, word);
	if (w->first.ref != 0)
		expect("standing", found_standing(p, &w->first), w->first.standing, situation,
			word);
	if (w->second.ref != 0)
		expect("replacement standing", found_standing(p, &w->second), w->second.standing,
			situation, word);
	expect("unknown", (int64_t)(now.unknown - p->before.unknown), (int64_t)w->counts.unknown,
		situation, word);
	expect("repeated", (int64_t)(now.repeated - p->before.repeated),
		(int64_t)w->counts.repeated, situation, word);
	expect("late", (int64_t)(now.late - p->before.late), (int64_t)w->counts.late, situation,
		word);
	expect("of nobody", (int64_t)(now.nobody - p->before.nobody), (int64_t)w->counts.nobody,
		situation, word);
	expect("broken", (int64_t)(now.broken - p->before.broken), (int64_t)w->counts.broken,
		situation, word);
	expect("corrected", (int64_t)(now.corrected - p->before.corrected),
		(int64_t)w->counts.corrected, situation, word);
	check_told(p, situation, word);
}

/* Ends whatever a cell left open, so that the next begins with nothing. */
static void sweep_away(struct play *p)
{
	const struct order_table *orders = &p->rig->gate->fold->orders;
	while (orders->open_head != ORDER_NONE) {
		const struct own_order *order = &orders->slots[orders->open_head];
		struct ouch_out out = {.type = 'J', .ref = order->venue_ref, .reject_code = 0x15};
		rig_answer(p->rig, &out);
	}
	assert_int_equal(rig_position(p->rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	p->rig->clients[0].count = p->rig->venue.count = 0;
}

static void open_play(struct play *p)
{
	p->rig = rig_open();
	rig_ready(p->rig);
	p->client_ref = 1;
}

static bool is_impossible(const struct play *p, enum word word)
{
	return (word == SAY_EXECUTED_AGAIN || word == SAY_BROKEN || word == SAY_CORRECTED) &&
	       p->account.fill_count == 0;
}

static void play_cell(struct play *p, enum situation situation, enum word word)
{
	p->account = (struct account){0};
	p->before = read_counts(p);
	p->position_before = rig_position(p->rig, RIG_ACCOUNT, RIG_AAPL).position;
	struct plain_order *order = bring(p, situation);
	bool is_only_held = is_only_safe(&p->account, order, word);
	if (word == SAY_CUT || word == SAY_CUT_NOT_SEEN) {
		uint32_t last =
			p->account.second.ref != 0 ? p->account.second.ref : p->account.first.ref;
		cut(p, word == SAY_CUT ? last + 1 : order->ref);
	} else if (!is_impossible(p, word)) {
		struct ouch_out out = spoken(p, order, word);
		if (word == SAY_BROKEN || word == SAY_CORRECTED || word == SAY_EXECUTED_AGAIN)
			out.ref = p->account.fills[p->account.fill_count - 1].ref;
		say(p, order, &out);
	}
	check(p, situation, word, is_only_held);
	bool is_halted = p->rig->gate->fold->latches.stopped_count != 0;
	sweep_away(p);
	if (is_halted) {
		rig_close(p->rig);
		open_play(p);
	}
}

static void every_word_about_an_order_in_every_situation_does_what_the_protocol_says(void **state)
{
	struct play p = {0};
	(void)state;
	open_play(&p);
	for (uint32_t situation = 0; situation < SITUATIONS; situation++) {
		for (uint32_t word = 0; word < WORDS; word++)
			play_cell(&p, (enum situation)situation, (enum word)word);
	}
	rig_close(p.rig);
	assert_int_equal(findings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_word_about_an_order_in_every_situation_does_what_the_protocol_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
