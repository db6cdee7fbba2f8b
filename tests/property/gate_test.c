/* The gate against clients and a venue that do as they please within the protocol, by a seed.

   After every step: what risk holds is exactly what open orders reserve; every decision is accounted for;
   and what the venue holds or could still do never exceeds what the gate counts with.  In between the
   connections break, processes die with and without their last records, and people stop and release.  At the
   end everything is finished and nothing is held.  The rig then replays it all to the same hash.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/rig.h"

enum {
	STEPS = 4000,
	RESTARTS_MAX = 8,
	/* drivers a simulated net takes */ VENUE_OPEN_MAX = 400,
	OPEN_WANTED = 60,
	TRADES_KEPT = 64,
	SYMBOLS = 2,
	ACCOUNTS = 2
};

static const uint32_t account_ids[ACCOUNTS] = {RIG_ACCOUNT, RIG_OTHER_ACCOUNT};

/* An order as the venue has it. */
struct venue_order {
	uint32_t ref, executed, open, account, symbol;
	uint8_t side;
	uint64_t price_e4;
};

/* A trade as the venue has it. */
struct venue_trade {
	uint64_t match;
	uint32_t ref, qty, account, symbol;
	uint8_t side;
	bool is_broken;
};

struct world {
	struct rig *rig;
	uint64_t trade_count;
	struct venue_trade trades[TRADES_KEPT];
	uint64_t random;
	uint32_t open_count;
	struct venue_order open[VENUE_OPEN_MAX];
	uint64_t filled[ACCOUNTS][SYMBOLS][2];
	int64_t fees_e4[ACCOUNTS][SYMBOLS];
	uint32_t client_refs[RIG_CLIENT_COUNT];
	bool is_tail_lost; /* until the venue has told again what the journal forgot */
	uint32_t restarts;
};

static struct world *world_now; /* the rig's hook has no context */

static uint32_t any(struct world *w, uint32_t below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)((w->random >> 20) % below);
}

static uint32_t index_of_account(uint32_t id)
{
	return id == account_ids[0] ? 0 : 1;
}

enum { EUR = 1, EUR_E8 = 108500001 };

/* 0.00295 EUR for R, 0.0020 back for A, and 7 is named by nobody.  AAPL is priced in dollars, ZVZZT in euros. */
static void venue_takes(struct site_config *site)
{
	site->currency_count = 2;
	site->currencies[EUR] = (struct currency_config){
		.name = "EUR", .max_age_ns = UINT64_MAX, .rate_e8 = EUR_E8, .as_of_wall_ns = 1};
	site->symbols[RIG_ZVZZT].currency = EUR;
	site->venues[0].fees.has_currency = true;
	site->venues[0].fees.currency = EUR;
	struct fees_config *fees = &site->venues[0].fees;
	fees->is_stated = fees->is_named['A'] = fees->is_named['R'] = true;
	for (unsigned i = 0; i < FEE_FLAG_COUNT; i++)
		fees->rates_e6[i] = i == 'A' ? -2000 : 2950;
}

static uint8_t venue_flag(uint64_t match)
{
	return (uint8_t) "AR7"[match % 3];
}

/* In the symbol's currency: up. */
static int64_t venue_fee(uint64_t match, int64_t qty, uint32_t symbol)
{
	int64_t fee_e4 = venue_flag(match) == 'A' ? -20 * qty : (295 * qty + 9) / 10;
	int64_t product = fee_e4 * EUR_E8;
	return symbol == RIG_ZVZZT ? fee_e4 : product / RATE_E8_ONE + (product % RATE_E8_ONE > 0);
}

static struct venue_order *venue_find(struct world *w, uint32_t ref)
{
	for (uint32_t i = 0; i < w->open_count; i++) {
		if (w->open[i].ref == ref)
			return &w->open[i];
	}
	return NULL;
}

static void venue_drop_if_done(struct world *w, struct venue_order *order)
{
	if (order->open == 0)
		*order = w->open[--w->open_count];
}

static void venue_say(struct world *w, const struct ouch_out *out)
{
	rig_answer(w->rig, out);
}

static void venue_cancel(struct world *w, struct venue_order *order, uint32_t qty, uint8_t reason)
{
	struct ouch_out out = {.type = 'C', .ref = order->ref, .qty = qty, .code = reason};
	order->open -= qty;
	venue_drop_if_done(w, order);
	venue_say(w, &out);
}

static void venue_execute(struct world *w, struct venue_order *order, uint32_t qty)
{
	struct ouch_out out = {.type = 'E', .ref = order->ref, .qty = qty};
	out.price_e4 = order->price_e4;
	out.match = ++w->trade_count;
	out.code = venue_flag(out.match);
	w->trades[w->trade_count % TRADES_KEPT] = (struct venue_trade){.match = out.match,
		.ref = order->ref,
		.qty = qty,
		.account = index_of_account(order->account),
		.symbol = order->symbol,
		.side = order->side};
	w->filled[index_of_account(order->account)][order->symbol][order->side] += qty;
	w->fees_e4[index_of_account(order->account)][order->symbol] +=
		venue_fee(out.match, qty, order->symbol);
	order->open -= qty;
	order->executed += qty;
	venue_drop_if_done(w, order);
	venue_say(w, &out);
}

/* Tells one of the last trades again, or breaks it, perhaps twice. */
static void venue_think_again(struct world *w)
{
	struct venue_trade *trade = &w->trades[any(w, TRADES_KEPT)];
	struct ouch_out out = {.type = 'E', .ref = trade->ref, .qty = trade->qty};
	if (trade->match == 0)
		return;
	out.match = trade->match;
	out.code = venue_flag(trade->match);
	if (any(w, 2)) {
		out = (struct ouch_out){.type = 'B', .ref = trade->ref, .code = 'E'};
		out.match = trade->match;
		if (!trade->is_broken) {
			w->filled[trade->account][trade->symbol][trade->side] -= trade->qty;
			w->fees_e4[trade->account][trade->symbol] -=
				venue_fee(trade->match, trade->qty, trade->symbol);
		}
		trade->is_broken = true;
	}
	venue_say(w, &out);
}

static void venue_reject(struct world *w, const struct ouch_in *in)
{
	struct ouch_out out = {.type = 'J', .ref = in->ref, .reject_code = 0x15};
	memcpy(out.clordid, in->clordid, sizeof out.clordid);
	venue_say(w, &out);
}

static struct ouch_out venue_echo(const struct ouch_in *in, uint8_t type, uint32_t open)
{
	struct ouch_out out = {.type = type,
		.ref = in->ref,
		.original_ref = in->original_ref,
		.side = in->side,
		.qty = open,
		.symbol = in->symbol,
		.price_e4 = in->price_e4,
		.time_in_force = in->time_in_force,
		.display = in->display,
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N',
		.order_state = 'L'};
	out.order_reference = 5000 + in->ref;
	memcpy(out.clordid, in->clordid, sizeof out.clordid);
	return out;
}

static uint32_t account_of(const char *clordid)
{
	char digits[4] = {clordid[0], clordid[1], clordid[2], 0};
	return (uint32_t)strtoul(digits, NULL, 16);
}

static void venue_enter(struct world *w, const struct ouch_in *in)
{
	uint32_t dice = any(w, 20);
	if (in->ref < w->rig->next_reference)
		return; /* a retransmission: silence */
	w->rig->next_reference = (uint64_t)in->ref + 1;
	if (dice < 3) {
		venue_reject(w, in);
		return;
	}
	struct ouch_out out = venue_echo(in, 'A', in->qty);
	if (dice == 3)
		out.order_state = 'D';
	assert_true(w->open_count < VENUE_OPEN_MAX);
	if (dice != 3)
		w->open[w->open_count++] = (struct venue_order){.ref = in->ref,
			.open = in->qty,
			.account = account_of(in->clordid),
			.symbol = in->symbol == symbol_pack("AAPL") ? RIG_AAPL : RIG_ZVZZT,
			.side = in->side == 'B' ? SIDE_BUY : SIDE_SELL,
			.price_e4 = in->price_e4};
	venue_say(w, &out);
}

/* OUCH 5.0, section 6: silence, C, J or U. */
static void venue_replace(struct world *w, const struct ouch_in *in)
{
	struct venue_order *order = venue_find(w, in->original_ref);
	uint32_t dice = any(w, 10);
	if (order == NULL || in->ref < w->rig->next_reference)
		return;
	if (dice == 0 || in->qty <= order->executed) {
		venue_cancel(w, order, order->open, 'U');
		return;
	}
	w->rig->next_reference = (uint64_t)in->ref + 1;
	if (dice == 1) {
		venue_reject(w, in);
		return;
	}
	order->ref = in->ref;
	order->open = in->qty - order->executed;
	order->price_e4 = in->price_e4;
	struct ouch_out out = venue_echo(in, 'U', order->open);
	out.side = order->side == SIDE_BUY ? 'B' : 'S';
	out.symbol = symbol_pack(order->symbol == RIG_AAPL ? "AAPL" : "ZVZZT");
	if (dice == 2) {
		out.order_state = 'D';
		order->open = 0;
	}
	venue_drop_if_done(w, order);
	venue_say(w, &out);
}

static void venue_reduce(struct world *w, const struct ouch_in *in)
{
	struct venue_order *order = venue_find(w, in->ref);
	if (order == NULL)
		return;
	uint32_t left = in->qty > order->executed ? in->qty - order->executed : 0;
	if (left < order->open)
		venue_cancel(w, order, order->open - left, 'U');
}

/* The venue deals with the oldest message it holds. */
static bool venue_read(struct world *w)
{
	struct ouch_in in;
	if (!rig_venue_got(w->rig, &in))
		return false;
	if (in.type == 'O')
		venue_enter(w, &in);
	else if (in.type == 'U')
		venue_replace(w, &in);
	else if (in.type == 'X')
		venue_reduce(w, &in);
	return true;
}

static void venue_read_all(struct rig *rig)
{
	assert_ptr_equal(rig, world_now->rig);
	while (venue_read(world_now))
		;
}

static void client_send(struct world *w, uint32_t client, const struct ouch_in *in)
{
	if (!w->rig->clients[client].is_up)
		rig_client_up(w->rig, client);
	rig_send(w->rig, client, in);
}

static const struct own_order *any_order_of(struct world *w, uint32_t client)
{
	const struct fold *fold = w->rig->gate->fold;
	const struct own_order *found = NULL;
	uint32_t seen = 0;
	for (uint32_t i = fold->orders.open_head; i != ORDER_NONE; i = fold->orders.slots[i].next) {
		if (fold->orders.slots[i].session == client + 1 && any(w, ++seen) == 0)
			found = &fold->orders.slots[i];
	}
	return found;
}

static struct ouch_in some_order(struct world *w, uint32_t client)
{
	struct ouch_in in = rig_order(++w->client_refs[client]);
	in.side = any(w, 2) ? 'B' : 'S';
	in.qty = 100 * (1 + any(w, 5));
	in.price_e4 = 1630000 + 100ull * any(w, 100);
	if (any(w, 4) == 0)
		in.symbol = symbol_pack("ZVZZT");
	if (any(w, 3) == 0) {
		in.options.present = 1u << 2;
		in.options.value[2] = 'A' << 24 | 'C' << 16 | '1' << 8 | (any(w, 2) ? '7' : '8');
	}
	return in;
}

static void step_client(struct world *w)
{
	uint32_t client = any(w, RIG_CLIENT_COUNT), dice = any(w, 10);
	const struct own_order *order = any_order_of(w, client);
	struct ouch_in in;
	if (order == NULL || (dice < 4 && w->rig->gate->fold->orders.open_count < OPEN_WANTED)) {
		in = some_order(w, client);
	} else if (dice < 8) {
		in = rig_replace(order->client_ref, ++w->client_refs[client], 100 * (1 + any(w, 8)),
			1630000 + 100ull * any(w, 100));
	} else {
		in = rig_cancel(order->client_ref, any(w, 2) ? 0 : 100 * any(w, 6));
	}
	client_send(w, client, &in);
}

static void step_venue(struct world *w)
{
	uint32_t dice = any(w, 10);
	if (dice == 9 && any(w, 4) == 0) {
		venue_think_again(w);
		return;
	}
	if (dice < 6 || w->open_count == 0) {
		venue_read(w);
		return;
	}
	struct venue_order *order = &w->open[any(w, w->open_count)];
	if (dice < 9)
		venue_execute(w, order, any(w, 3) == 0 ? order->open : 1 + any(w, order->open));
	else
		venue_cancel(w, order, any(w, 2) ? order->open : 1 + any(w, order->open), 'S');
}

/* A connection breaks; perhaps with an order in it that the venue never reads. */
static void step_cut(struct world *w)
{
	struct rig *rig = w->rig;
	if (!rig->venue.is_up)
		return;
	if (any(w, 2) && rig->clients[0].is_up) {
		struct ouch_in in = some_order(w, 0);
		uint8_t bytes[256], packet[300];
		uint32_t size = ouch50_build_in(bytes, sizeof bytes, &in);
		stream_send(rig->peer_stream, rig->clients[0].connection, packet,
			soup_build(packet, SOUP_UNSEQUENCED, bytes, size));
		gate_poll(rig->gate, rig->now_ns += 1000);
		gate_poll(rig->gate, rig->now_ns += 1000);
	}
	rig_venue_cut(rig);
}

/* Cuts up to `most` records off the journal's end, but none that numbers were reserved by. */
static void lose_tail(struct world *w, uint32_t most)
{
	struct rig *rig = w->rig;
	static uint64_t ends[1 << 10];
	uint64_t count = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		at += record->size_bytes;
		if (record->type == RECORD_RESERVE || record->type == RECORD_BOOT)
			count = 0;
		ends[count++ % ARRAY_COUNT(ends)] = at;
	}
	if (most >= count)
		most = (uint32_t)count - 1;
	rig->record_bytes = ends[(count - 1 - most) % ARRAY_COUNT(ends)];
	w->is_tail_lost |= most > 0;
}

static void market(struct world *w)
{
	rig_market(w->rig, RIG_AAPL, 1634000, 1634200);
	rig_market(w->rig, RIG_ZVZZT, 1634000, 1634200);
}

static void step_restart(struct world *w)
{
	bool with_region = any(w, 2) != 0;
	if (w->restarts++ >= RESTARTS_MAX)
		return;
	if (with_region) {
		for (uint32_t i = any(w, 3); i > 0; i--) /* published, and not yet taken away */
			gate_poll(w->rig->gate, w->rig->now_ns += 1000);
	} else if (any(w, 2)) {
		lose_tail(w, any(w, 40));
	}
	rig_restart(w->rig, with_region);
	market(w);
}

static void step_stop(struct world *w)
{
	const struct fold *fold = w->rig->gate->fold;
	static const enum scope scopes[] = {SCOPE_ACCOUNT, SCOPE_SYMBOL, SCOPE_SESSION};
	static const uint32_t ids[] = {RIG_ACCOUNT, RIG_ZVZZT, 2};
	uint32_t which = any(w, 3);
	uint32_t index = stop_index(scopes[which], ids[which]);
	if (fold->latches.states[index] == STATE_ACTIVE) {
		rig_stop(w->rig, scopes[which], ids[which], STATE_KILLED);
		return;
	}
	struct mailbox_request request = {.kind = REQUEST_RELEASE};
	request.release = (struct release_record){.scope = (uint8_t)scopes[which],
		.id = ids[which],
		.latch = fold->latches.rows[index].number};
	assert_int_equal(rig_ask(w->rig, &request)->code, 0);
}

/* An order and its replacement under way hold at least the larger of what either may become. */
static void check_pair(const struct fold *fold, const struct own_order *order)
{
	if (order->replacement == ORDER_NONE || order->original != ORDER_NONE)
		return; /* further down a chain the orders before hold their part */
	const struct own_order *next = &fold->orders.slots[order->replacement];
	uint32_t open = next->qty > order->executed_qty ? next->qty - order->executed_qty : 0;
	open = open > order->open_qty ? open : order->open_qty;
	assert_true(order->reserved_qty + next->reserved_qty >= open);
}

static void check_held(struct world *w)
{
	const struct fold *fold = w->rig->gate->fold;
	int64_t qty[ACCOUNTS][SYMBOLS][2] = {0}, value_e4[ACCOUNTS][SYMBOLS][2] = {0};
	uint64_t unanswered = 0;
	for (uint32_t i = fold->orders.open_head; i != ORDER_NONE; i = fold->orders.slots[i].next) {
		const struct own_order *order = &fold->orders.slots[i];
		uint32_t account = index_of_account(order->account);
		qty[account][order->symbol][order->side] += order->reserved_qty;
		value_e4[account][order->symbol][order->side] += order->reserved_value_e4;
		check_pair(fold, order);
		unanswered += (order->flags & ORDER_WAS_ANSWERED) == 0;
	}
	assert_int_equal(
		fold->orders_in, fold->orders_passed + fold->orders_refused + fold->orders_ignored);
	assert_int_equal(fold->orders_passed, fold->orders_sent + fold->orders_withheld);
	assert_int_equal(fold->orders_sent - fold->orders_acked, unanswered);
	for (uint32_t a = 0; a < ACCOUNTS; a++) {
		for (uint32_t s = 0; s < SYMBOLS; s++) {
			struct position_row row = rig_position(w->rig, account_ids[a], s);
			assert_int_equal(row.working_buy_qty, qty[a][s][SIDE_BUY]);
			assert_int_equal(row.working_sell_qty, qty[a][s][SIDE_SELL]);
			assert_int_equal(row.working_buy_value_e4, value_e4[a][s][SIDE_BUY]);
			assert_int_equal(row.working_sell_value_e4, value_e4[a][s][SIDE_SELL]);
		}
	}
}

/* What has traded and what may still trade is counted with, whatever is under way. */
static void check_worst(struct world *w)
{
	uint64_t venue[ACCOUNTS][SYMBOLS][2];
	memcpy(venue, w->filled, sizeof venue);
	if (w->is_tail_lost)
		return;
	for (uint32_t i = 0; i < w->open_count; i++)
		venue[index_of_account(w->open[i].account)][w->open[i].symbol][w->open[i].side] +=
			w->open[i].open;
	for (uint32_t a = 0; a < ACCOUNTS; a++) {
		for (uint32_t s = 0; s < SYMBOLS; s++) {
			struct position_row row = rig_position(w->rig, account_ids[a], s);
			assert_true((uint64_t)(row.bought_qty + row.working_buy_qty) >=
				    venue[a][s][SIDE_BUY]);
			assert_true((uint64_t)(row.sold_qty + row.working_sell_qty) >=
				    venue[a][s][SIDE_SELL]);
		}
	}
}

static void step(struct world *w)
{
	uint32_t dice = any(w, 1000);
	w->rig->clients[0].count = w->rig->clients[1].count = 0;
	if (dice < 5)
		step_restart(w);
	else if (dice < 15)
		step_cut(w);
	else if (dice < 25)
		step_stop(w);
	else if (dice < 450)
		step_client(w);
	else
		step_venue(w);
	w->rig->clients[0].count = w->rig->clients[1].count = 0;
	rig_poll(w->rig, 10000000);
	if (w->rig->gate->fold->venues[0].is_ready)
		w->is_tail_lost = false;
	check_held(w);
	check_worst(w);
}

static void finish(struct world *w)
{
	struct rig *rig = w->rig;
	rig_venue_up(rig);
	while (venue_read(w))
		;
	while (w->open_count > 0)
		venue_cancel(w, &w->open[0], w->open[0].open, 'Z');
	rig->clients[0].count = rig->clients[1].count = 0;
	rig_venue_cut(rig);
	rig_venue_up(rig);
	check_held(w);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_fills_unknown), 0);
	for (uint32_t a = 0; a < ACCOUNTS; a++) {
		for (uint32_t s = 0; s < SYMBOLS; s++) {
			struct position_row row = rig_position(rig, account_ids[a], s);
			assert_int_equal(row.working_buy_qty, 0);
			assert_int_equal(row.working_sell_value_e4, 0);
			assert_int_equal(row.bought_qty, w->filled[a][s][SIDE_BUY]);
			assert_int_equal(row.sold_qty, w->filled[a][s][SIDE_SELL]);
			assert_int_equal(row.fees_e4, w->fees_e4[a][s]);
			if (s == RIG_AAPL) /* the other is told in the base currency */
				assert_int_equal(row.pnl_e4,
					row.sold_value_e4 - row.bought_value_e4 - row.fees_e4 +
						row.position * row.mark_e4);
		}
	}
	const struct gate_page *page = &rig->region->gate;
	for (uint32_t i = 0; i < STOP_RESULT_COUNT && i < page->result_count; i++) {
		assert_int_equal(page->results[i].cancels_confirmed, page->results[i].open_count);
		assert_true(page->results[i].done_ns != 0);
	}
}

static void run(uint64_t seed)
{
	static const struct rig_hooks hooks = {.site = venue_takes};
	struct world *w = calloc(1, sizeof *w);
	*w = (struct world){
		.rig = rig_open_with(&hooks, NULL), .random = seed * 0x9E3779B97F4A7C15ull};
	world_now = w;
	w->rig->before_query = venue_read_all;
	rig_ready(w->rig);
	market(w);
	for (uint32_t i = 0; i < STEPS; i++)
		step(w);
	finish(w);
	const struct fold *fold = w->rig->gate->fold;
	print_message("seed %llu: %llu orders passed, %llu refused, %llu stops, %u restarts\n",
		(unsigned long long)seed, (unsigned long long)fold->orders_passed,
		(unsigned long long)fold->orders_refused, (unsigned long long)fold->result_count,
		w->restarts);
	rig_close(w->rig);
	free(w);
}

static void nothing_leaks_whatever_clients_and_venue_do(void **state)
{
	(void)state;
	const char *only = getenv("SLUICE_SEED");
	if (only != NULL) {
		run(strtoull(only, NULL, 10));
		return;
	}
	for (uint64_t seed = 1; seed <= 5; seed++)
		run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_leaks_whatever_clients_and_venue_do),
	};
	return !!cmocka_run_group_tests_name("property.gate", tests, NULL, NULL);
}
