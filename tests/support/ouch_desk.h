/* ouch_desk.h - strategies of OUCH 5.0 and 4.2 at the rig's clients, who keep books from what they are told alone.

   They keep them as OUCH 5.0, section 6 and OUCH 4.2, section 4 say.  After every step each order that lives at the gate is
   believed to live, with the same size, executions, price, side and name at the exchange, and none besides; what was
   executed is its position; a cancel that is believed to be under way is; what has no answer yet is under way, and no
   answer comes twice.  A number used before is passed over in silence.  A strategy that logs in again from an older number
   hears the same again, byte by byte.

   Client 0 speaks OUCH 5.0 in three channels, client 1 OUCH 4.2.  SLUICE_TRACE=1 shows what they say and hear.

   Owner      the test: one game at a time. */
#ifndef SLUICE_TESTS_SUPPORT_OUCH_DESK_H
#define SLUICE_TESTS_SUPPORT_OUCH_DESK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/fold/mass.h"
#include "dataplane/fold/option.h"
#include "tests/support/dice.h"
#include "tests/support/rig.h"

enum { CHANNELS = 3, WISH_MAX = 1024, TRADE_MAX = 2048, LOG_MAX = 8192, OPEN_WANTED = 24 };

/* A request, by its number in its channel; one that was taken is an order's name. */
struct wish {
	struct ouch_in said;
	bool is_answered;
	bool is_alive;    /* the current name of an order that lives */
	bool is_leaving;  /* a cancel of all of it was asked for, and not refused */
	bool was_shrunk;  /* a smaller size was ever asked for */
	bool was_refused; /* a cancel or a replace of it was ever refused by the venue */
	uint32_t first;   /* the name that its chain of replaces began with */
	uint32_t
		changed_qty; /* by how much executions of its chain were broken and corrected in all */
	uint32_t total_wanted; /* the smaller size that was asked for, and not refused; 0: none */
	uint32_t open, executed;
	uint64_t price_e4, reference;
	uint8_t side;
};

struct trade {
	uint64_t match;
	uint32_t ref, qty;
	uint8_t channel, side;
	bool is_broken;
};

/* A strategy and its books. */
struct desk {
	uint32_t client, channels, next[CHANNELS], alive_count;
	struct wish wishes[CHANNELS][WISH_MAX];
	bool is_disabled;
	uint32_t queries, queries_channel;
	struct trade trades[TRADE_MAX];
	uint32_t trade_count;
	int64_t position;
	struct ouch_out log[LOG_MAX]; /* message n at n - 1 */
	uint64_t heard;
};

/* The game: the rig that it is played at, and its chance. */
static struct {
	struct rig *rig;
	struct dice *dice;
	struct desk desks[RIG_CLIENT_COUNT];
	/* what breaks may make the venue open another size than a replace asked for, by no more than that (fold/standing.h) */
	bool has_loose_sizes;
} game;

static struct shown {
	uint32_t executed, broken, replaced, cancelled, refused, again, repeated;
} shown;

static inline uint32_t any(uint32_t below)
{
	return dice_any(game.dice, below);
}

/* --- what it hears --- */

static inline struct wish *wish_of(struct desk *desk, const struct ouch_out *out, uint32_t ref)
{
	uint8_t channel = option_index(&out->options);
	assert_true(channel < desk->channels && ref >= 1 && ref < desk->next[channel]);
	assert_true(desk->wishes[channel][ref - 1].said.type != 0);
	return &desk->wishes[channel][ref - 1];
}

static inline struct wish *answered(
	struct desk *desk, const struct ouch_out *out, const char *types)
{
	struct wish *wish = wish_of(desk, out, out->ref);
	assert_non_null(strchr(types, wish->said.type));
	assert_false(wish->is_answered);
	wish->is_answered = true;
	return wish;
}

static inline struct wish *living(struct desk *desk, const struct ouch_out *out, uint32_t ref)
{
	struct wish *wish = wish_of(desk, out, ref);
	assert_true(wish->is_alive);
	return wish;
}

static inline void over(struct desk *desk, struct wish *order)
{
	order->is_alive = false;
	desk->alive_count--;
}

static inline void lives(struct desk *desk, struct wish *order, const struct ouch_out *out)
{
	order->side = out->side;
	order->price_e4 = out->price_e4;
	order->reference = out->order_reference;
	order->open = out->qty;
	order->is_alive = true;
	desk->alive_count++;
	assert_int_equal(out->symbol, symbol_pack("AAPL"));
	assert_int_equal(out->price_e4, order->said.price_e4);
	if (out->order_state == 'D')
		over(desk, order);
}

static inline void less(struct desk *desk, struct wish *order, uint32_t qty)
{
	assert_in_range(qty, 1, order->open);
	order->open -= qty;
	if (order->executed + order->open <= order->total_wanted)
		order->total_wanted = 0;
	if (order->open == 0)
		over(desk, order);
}

static inline void hear_replaced(struct desk *desk, const struct ouch_out *out)
{
	struct wish *order = answered(desk, out, "U");
	struct wish *old = living(desk, out, out->original_ref);
	assert_int_equal(order->said.original_ref, out->original_ref);
	assert_int_equal(out->side, old->side);
	uint32_t loose = game.has_loose_sizes ? old->changed_qty : 0;
	assert_in_range(
		out->qty + old->executed + loose, order->said.qty, order->said.qty + 2 * loose);
	order->executed = old->executed;
	order->first = old->first;
	order->changed_qty = old->changed_qty;
	order->is_leaving |= old->is_leaving;
	order->was_shrunk |= old->was_shrunk;
	order->was_refused |= old->was_refused;
	over(desk, old);
	lives(desk, order, out);
	shown.replaced++;
}

static inline int64_t signed_qty(uint8_t side, int64_t qty)
{
	return side == 'B' ? qty : -qty;
}

/* The newest execution of an order by that match number; NULL: there is none. */
static inline struct trade *trade_of(struct desk *desk, const struct ouch_out *out)
{
	struct trade *found = NULL;
	for (uint32_t i = 0; i < desk->trade_count; i++) {
		struct trade *trade = &desk->trades[i];
		if (trade->match == out->match && trade->ref == out->ref &&
			trade->channel == option_index(&out->options))
			found = trade;
	}
	return found;
}

static inline void hear_executed(struct desk *desk, const struct ouch_out *out)
{
	struct wish *order = living(desk, out, out->ref);
	assert_true(desk->trade_count < TRADE_MAX);
	const struct trade *before = trade_of(desk, out);
	assert_true(before == NULL || before->is_broken);
	desk->trades[desk->trade_count++] = (struct trade){.match = out->match,
		.ref = out->ref,
		.qty = out->qty,
		.channel = option_index(&out->options),
		.side = order->side};
	desk->position += signed_qty(order->side, out->qty);
	order->executed += out->qty;
	less(desk, order, out->qty);
	shown.executed++;
}

/* The names of a trade's chain know by how much it is another. */
static inline void changes(struct desk *desk, const struct trade *trade, uint32_t qty)
{
	struct wish *wishes = desk->wishes[trade->channel];
	for (uint32_t i = 0; i + 1 < desk->next[trade->channel]; i++)
		if (wishes[i].first == wishes[trade->ref - 1].first && wishes[i].first != 0)
			wishes[i].changed_qty +=
				qty > trade->qty ? qty - trade->qty : trade->qty - qty;
}

static inline void hear_second_thought(struct desk *desk, const struct ouch_out *out)
{
	struct trade *trade = trade_of(desk, out);
	assert_non_null(trade);
	assert_false(trade->is_broken);
	trade->is_broken = out->type == 'B';
	uint32_t qty = out->type == 'B' ? 0 : out->qty;
	changes(desk, trade, qty);
	desk->position += signed_qty(trade->side, (int64_t)qty - trade->qty);
	trade->qty = qty;
	shown.broken++;
}

static inline void hear_modified(struct desk *desk, const struct ouch_out *out)
{
	struct wish *order = living(desk, out, out->ref);
	assert_in_range(out->qty, 0, order->open);
	assert_int_equal(out->side, order->side);
	if (out->qty < order->open)
		less(desk, order, order->open - out->qty);
	else
		order->total_wanted = 0;
}

static inline void hear_moved(struct desk *desk, const struct ouch_out *out)
{
	struct wish *order = living(desk, out, out->ref);
	order->price_e4 = out->price_e4;
	order->reference = out->order_reference;
}

static inline void hear_cancel_refused(struct desk *desk, const struct ouch_out *out)
{
	struct wish *order = wish_of(desk, out, out->ref);
	order->is_leaving = false;
	order->was_refused = true;
	order->total_wanted = 0;
}

static inline void hear_asked(struct desk *desk, const struct ouch_out *out)
{
	assert_true(desk->queries > 0);
	desk->queries--;
	assert_int_equal(option_index(&out->options), desk->queries_channel);
	assert_int_equal(out->ref, desk->next[desk->queries_channel]);
}

static inline void hear(struct desk *desk, const struct ouch_out *out)
{
	const struct wish *wish;
	switch (out->type) {
	case 'A':
		wish = answered(desk, out, "O");
		assert_int_equal(out->side, wish->said.side);
		assert_int_equal(out->qty, wish->said.qty);
		wish_of(desk, out, out->ref)->first = out->ref;
		lives(desk, wish_of(desk, out, out->ref), out);
		break;
	case 'U':
		hear_replaced(desk, out);
		break;
	case 'J':
		answered(desk, out, "OUCDE");
		shown.refused++;
		break;
	case 'X':
		answered(desk, out, "C");
		break;
	case 'G':
	case 'K':
		answered(desk, out, out->type == 'G' ? "D" : "E");
		desk->is_disabled = out->type == 'G';
		break;
	case 'C':
	case 'D':
		less(desk, living(desk, out, out->ref), out->qty);
		shown.cancelled++;
		break;
	case 'E':
		hear_executed(desk, out);
		break;
	case 'B':
	case 'F':
		hear_second_thought(desk, out);
		break;
	case 'M':
		hear_modified(desk, out);
		break;
	case 'T':
		hear_moved(desk, out);
		break;
	case 'I':
		hear_cancel_refused(desk, out);
		break;
	case 'Q':
		hear_asked(desk, out);
		break;
	default:
		assert_true(out->type == 'P' || out->type == 'R');
		living(desk, out, out->ref);
		break;
	}
}

/* SLUICE_TRACE=1 shows the conversation. */
static inline void trace(const char *way, uint32_t client, uint8_t type, uint32_t ref,
	uint32_t original, uint32_t qty, uint8_t channel)
{
	if (getenv("SLUICE_TRACE") == NULL)
		return;
	printf("%s %u: %c %u.%u of %u, %u\n", way, client, type, ref, channel, original, qty);
	fflush(stdout);
}

/* What was heard before comes again as it was. */
static inline void hear_again(const struct ouch_out *before, const struct ouch_out *out)
{
	uint8_t first[256], second[256];
	uint32_t size = ouch50_build_out(first, sizeof first, before);
	assert_int_equal(ouch50_build_out(second, sizeof second, out), size);
	assert_memory_equal(first, second, size);
	shown.again++;
}

static inline void hear_all(struct desk *desk)
{
	struct ouch_out out;
	uint64_t number =
		game.rig->clients[desk->client].sequence - game.rig->clients[desk->client].count;
	while (rig_client_got(game.rig, desk->client, &out)) {
		if (number++ < desk->heard) {
			hear_again(&desk->log[number - 1], &out);
			continue;
		}
		trace("<-", desk->client, out.type, out.ref, out.original_ref, out.qty,
			option_index(&out.options));
		assert_true(desk->heard < LOG_MAX);
		desk->log[desk->heard++] = out;
		hear(desk, &out);
	}
	assert_true(number == desk->heard || !game.rig->clients[desk->client].is_up);
}

/* --- the strategies --- */

static inline void say(struct desk *desk, struct ouch_in *in, uint8_t channel)
{
	trace("->", desk->client, in->type, in->ref, in->original_ref, in->qty, channel);
	option_answer(&in->options, channel);
	rig_send(game.rig, desk->client, in);
}

/* A request with a number of its own; now and then one is left out. */
static inline struct wish *wish_new(struct desk *desk, struct ouch_in *in, uint8_t channel)
{
	if (desk->next[channel] + 2 >= WISH_MAX)
		return NULL;
	desk->next[channel] += desk->channels > 1 && any(8) == 0;
	in->ref = desk->next[channel]++;
	option_answer(&in->options, channel);
	struct wish *wish = &desk->wishes[channel][in->ref - 1];
	wish->said = *in;
	return wish;
}

/* One of the newest names, mostly one that lives; NULL: there is none. */
static inline struct wish *some_wish(struct desk *desk, uint8_t channel)
{
	uint32_t count = desk->next[channel] - 1, back = count < 30 ? count : 30;
	struct wish *wish = NULL;
	for (uint32_t tries = 1 + any(12); tries > 0 && count > 0; tries--) {
		wish = &desk->wishes[channel][count - 1 - any(back)];
		if (wish->is_alive)
			break;
	}
	return wish == NULL || wish->said.type == 0 ? NULL : wish;
}

static inline bool is_order(const struct wish *wish)
{
	return wish->said.type == 'O' || wish->said.type == 'U';
}

static inline void step_enters(struct desk *desk, uint8_t channel)
{
	bool is_sale = any(4) == 0;
	struct ouch_in in = rig_order(0);
	in.qty = 100 * (1 + any(3));
	in.side = is_sale ? 'S' : 'B';
	in.price_e4 = is_sale ? 1631000 : 1629900;
	if (wish_new(desk, &in, channel) != NULL)
		say(desk, &in, channel);
}

static inline void step_replaces(struct desk *desk, uint8_t channel, const struct wish *old)
{
	struct ouch_in in = rig_replace(old->said.ref, 0, 100 * (1 + any(4)), 1629800);
	if (old->said.side == 'S')
		in.price_e4 = 1632000;
	struct wish *wish = wish_new(desk, &in, channel);
	if (wish == NULL)
		return;
	wish->said.side = old->said.side;
	say(desk, &in, channel);
}

/* Whether a cancel of it would find something: it lives, or is under way. */
static inline bool is_there(const struct wish *wish)
{
	return is_order(wish) && (wish->is_alive || !wish->is_answered);
}

/* Whole, or down to a smaller size, by one message or the other. */
static inline void step_cancels(struct desk *desk, uint8_t channel, struct wish *order)
{
	bool is_modify = any(4) == 0, is_part = is_modify || any(3) == 0;
	uint32_t total = is_part ? 1 + any(300) : 0;
	struct ouch_in in = rig_cancel(order->said.ref, total);
	in.type = is_modify ? 'M' : 'X';
	in.side = is_modify ? order->side : 0;
	if (!is_part && is_there(order))
		order->is_leaving = true;
	if (is_part && order->is_alive && total < order->executed + order->open)
		order->total_wanted = total;
	order->was_shrunk |= is_part;
	say(desk, &in, channel);
}

/* A number that was used, or left out, is passed over. */
static inline void step_repeats(struct desk *desk, uint8_t channel)
{
	struct wish *wish = some_wish(desk, channel);
	uint32_t left = 1 + any(desk->next[channel]);
	uint64_t ignored = game.rig->gate->fold->orders_ignored;
	struct ouch_in in = rig_order(left);
	bool is_left_out = left < desk->next[channel] &&
			   desk->wishes[channel][left - 1].said.type == 0 && desk->channels > 1;
	if (wish == NULL && !is_left_out)
		return;
	if (!is_left_out)
		in = wish->said;
	bool counts = in.type == 'O' || in.type == 'U';
	say(desk, &in, channel);
	assert_int_equal(game.rig->gate->fold->orders_ignored, ignored + counts);
	shown.repeated++;
}

static inline bool is_covered(const struct wish *wish, const struct ouch_in *in)
{
	bool has_side = (in->options.present & option_bit(OPTION_SIDE)) != 0;
	return is_there(wish) && (!has_side || wish->said.side == in->options.value[OPTION_SIDE]);
}

/* Mass cancel, of one channel or of all, of one side or of both; stop entering orders, and go on. */
static inline void step_at_once(struct desk *desk)
{
	uint8_t channel = (uint8_t)any(desk->channels);
	struct ouch_in in = {.type = (uint8_t) "CCDE"[any(4)], .symbol = symbol_pack("AAPL")};
	memcpy(in.firm, "AC17", 4);
	if (desk->is_disabled)
		in.type = 'E';
	if (any(2) == 0)
		memset(&in.symbol, ' ', sizeof in.symbol);
	if (in.type == 'C' && any(2) == 0) {
		in.options.present |= option_bit(OPTION_SIDE);
		in.options.value[OPTION_SIDE] = any(2) ? 'B' : 'S';
	}
	struct wish *wish = wish_new(desk, &in, channel);
	if (wish == NULL)
		return;
	for (uint32_t c = 0; in.type == 'C' && c < desk->channels; c++) {
		for (uint32_t i = 0; i + 1 < desk->next[c]; i++) {
			struct wish *one = &desk->wishes[c][i];
			one->is_leaving |= (channel == 0 || channel == c) && is_covered(one, &in);
		}
	}
	say(desk, &in, channel);
}

static inline void step_asks(struct desk *desk, uint8_t channel)
{
	struct ouch_in in = {.type = 'Q'};
	desk->queries++;
	desk->queries_channel = channel;
	say(desk, &in, channel);
}

/* It may have lost the last that it heard. */
static inline void back_in(struct desk *desk)
{
	hear_all(desk);
	struct rig_peer *peer = &game.rig->clients[desk->client];
	uint32_t lost = any(2) ? any(20) : 0;
	peer->rx_bytes = 0;
	peer->sequence -= lost < peer->sequence ? lost : peer->sequence;
	rig_client_up(game.rig, desk->client);
}

static inline void step_strategy(void)
{
	struct desk *desk = &game.desks[any(RIG_CLIENT_COUNT)];
	uint8_t channel = any(2) ? 0 : (uint8_t)any(desk->channels);
	uint32_t dice = any(100);
	if (!game.rig->clients[desk->client].is_up) {
		if (dice < 25)
			back_in(desk);
		return;
	}
	struct wish *wish = some_wish(desk, channel);
	bool has_order = wish != NULL && is_order(wish);
	if (dice < 4 && desk->channels > 1)
		step_at_once(desk);
	else if (dice < 8 && desk->channels > 1)
		step_asks(desk, channel);
	else if (dice < 16)
		step_repeats(desk, channel);
	else if (has_order && (dice < 40 || desk->alive_count > OPEN_WANTED))
		step_cancels(desk, channel, wish);
	else if (has_order && dice < 65)
		step_replaces(desk, channel, wish);
	else
		step_enters(desk, channel);
}

/* --- the two are of one mind --- */

static inline void check_order(const struct own_order *order, const struct wish *wish)
{
	assert_int_equal(wish->open, order->open_qty);
	assert_int_equal(wish->executed, order->executed_qty);
	assert_int_equal(wish->price_e4, order->price_e4);
	assert_int_equal(wish->side, order->wire_side);
	assert_int_equal(wish->reference, order->order_reference);
	bool is_asked = (order->flags & (ORDER_PENDING_CANCEL | ORDER_CANCEL_LOST)) != 0;
	if (wish->is_leaving)
		assert_true(is_asked);
	/* A "no" that may be of another request is told, and the cancel is owed still (answer.c). */
	bool is_owed = wish->was_shrunk || (order->is_no_vague != 0 && wish->was_refused);
	if (is_asked && order->cancel_cause == CANCEL_BY_CLIENT && !is_owed)
		assert_true(wish->is_leaving);
}

/* What has no answer is there; a replacement of what is over has none, and is not (OUCH 5.0, section 6). */
static inline void check_waiting(const struct desk *desk, uint8_t channel, const struct wish *wish)
{
	uint32_t slot = order_table_find_client(&game.rig->gate->fold->orders,
		order_client((uint16_t)(desk->client + 1), channel), wish->said.ref);
	const struct wish *original =
		wish->said.type == 'U' ? &desk->wishes[channel][wish->said.original_ref - 1] : NULL;
	if (wish->said.type == 'O' || original->is_alive)
		assert_true(slot != ORDER_NONE);
	else if (original->is_answered)
		assert_true(slot == ORDER_NONE);
}

static inline void check_wishes(const struct desk *desk)
{
	for (uint8_t channel = 0; channel < desk->channels; channel++) {
		for (uint32_t i = 0; i + 1 < desk->next[channel]; i++) {
			const struct wish *wish = &desk->wishes[channel][i];
			if (wish->said.type == 0 || wish->is_answered)
				continue;
			assert_true(is_order(wish));
			check_waiting(desk, channel, wish);
		}
	}
}

static inline void check_books(const struct desk *desk)
{
	const struct fold *fold = game.rig->gate->fold;
	uint32_t alive = 0, account = desk->client == 0 ? RIG_ACCOUNT : RIG_OTHER_ACCOUNT;
	for (uint32_t i = fold->orders.open_head; i != ORDER_NONE; i = fold->orders.slots[i].next) {
		const struct own_order *order = &fold->orders.slots[i];
		assert_true(order->session != 0 || fold->day.count > 0);
		if (order->session != desk->client + 1)
			continue;
		const struct wish *wish = &desk->wishes[order->client_index][order->client_ref - 1];
		if (!wish->is_alive) { /* under way */
			assert_false(wish->is_answered);
			continue;
		}
		check_order(order, wish);
		alive++;
	}
	assert_int_equal(alive, desk->alive_count);
	check_wishes(desk);
	assert_int_equal(rig_position(game.rig, account, RIG_AAPL).position, desk->position);
	assert_int_equal(desk->queries, 0);
	assert_int_equal(
		mass_is_disabled(fold, desk->client + 1, (uint16_t)account), desk->is_disabled);
}

/* What may or may not be at the venue stays, and what a session of the venue's that is over left (day.h). */
static inline bool is_nobodys_guess(const struct own_order *order)
{
	const struct own_order *slots = game.rig->gate->fold->orders.slots;
	return order->state == ORDER_UNCERTAIN ||
	       order->venue_ref < game.rig->gate->fold->venues[0].session_first_ref ||
	       (order->replacement != ORDER_NONE &&
		       slots[order->replacement].state == ORDER_UNCERTAIN);
}

/* A venue that is asked answers a smaller size by it, or the gate says that it was not done. */
static inline void check_sizes(const struct desk *desk)
{
	const struct fold *fold = game.rig->gate->fold;
	for (uint32_t i = fold->orders.open_head; i != ORDER_NONE; i = fold->orders.slots[i].next) {
		const struct own_order *order = &fold->orders.slots[i];
		if (order->session != desk->client + 1 || is_nobodys_guess(order))
			continue;
		if (desk->wishes[order->client_index][order->client_ref - 1].total_wanted != 0)
			fail_msg("a smaller size of %u has no answer", order->client_ref);
	}
}

static inline void hear_and_check(void)
{
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++)
		hear_all(&game.desks[i]);
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		if (game.rig->clients[i].is_up)
			check_books(&game.desks[i]);
	}
}

/* desks_open begins a game at a ready rig. */
static inline void desks_open(struct rig *rig, struct dice *dice)
{
	memset(&game, 0, sizeof game);
	game.rig = rig;
	game.dice = dice;
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		game.desks[i].client = i;
		game.desks[i].channels = i == 0 ? CHANNELS : 1;
		for (uint32_t c = 0; c < CHANNELS; c++)
			game.desks[i].next[c] = 1;
	}
}

/* desks_site lets client 1 speak OUCH 4.2, whose orders do not outlive its connection. */
static inline void desks_site(struct site_config *site)
{
	site->sessions[1].protocol = ORDERS_OUCH42;
	site->sessions[1].cancel_on_disconnect = 1;
	site->text_id_count = 2 * WISH_MAX;
}

#endif
