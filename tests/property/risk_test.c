/* risk_test.c - risk against a slow honest model, over a long random day.

   Two accounts' worth of everything that can happen, biased to boundaries: quantities that just fit or
   just do not, prices one unit inside and outside a collar, time that stands still, steps by one
   nanosecond, by exactly a window, by a year.  After every order the mask, the reason, its owner, usage
   and limit, and whether it is a way out must agree; positions must agree throughout.  A twin that is
   shown only what passed, and what was refused for its size, must have the same state, byte for byte: any
   other refused order changes nothing.  Market orders play along: converted in this phase or not, and at the same price.

   SLUICE_RISK_ORDERS adds days until so many orders were judged, the first of SLUICE_SEED; SLUICE_RISK_STEPS
   shortens the two days of every run, for who only wants to see a fault quickly.

   rooms: dataplane_risk */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/property/risk_world.h"

enum { STEP_COUNT = 300000 }; /* a day */

/* What an order says that says no price. */
#define MARKET_PRICE_E4 INT64_C(2000000000)

/* Where its row may remember more than the list has, risk may be stricter, up to what that comes to. */
static void walk_settle(struct world *w, const struct verdict *v, struct model_verdict *e)
{
	const uint64_t walk = UINT64_C(1) << LANE_COLLAR_WINDOW;
	if (e->walk_most == e->usage[LANE_COLLAR_WINDOW])
		return;
	assert_true(v->walk_bps >= e->usage[LANE_COLLAR_WINDOW] && v->walk_bps <= e->walk_most);
	w->walks_unsure += (v->mask & walk) != (e->mask & walk);
	e->usage[LANE_COLLAR_WINDOW] = v->walk_bps;
	if ((e->mask & walk) != 0 || e->is_way_out || v->walk_bps <= e->limit[LANE_COLLAR_WINDOW])
		return;
	e->mask |= walk;
	e->lane = (unsigned)__builtin_ctzll(e->mask);
	e->owner = e->owners[e->lane];
}

static void verdict_agree(
	struct world *w, uint64_t step, const struct verdict *v, const struct model_verdict *e)
{
	if (v->mask != e->mask || v->lane != e->lane || v->is_way_out != e->is_way_out)
		print_error("step %llu: mask %llx, model %llx; lane %s, model %s; way out %d, "
			    "model %d\n",
			(unsigned long long)step, (unsigned long long)v->mask,
			(unsigned long long)e->mask, lane_name(v->lane), lane_name(e->lane),
			v->is_way_out, e->is_way_out);
	assert_int_equal(v->mask, e->mask);
	assert_int_equal(v->lane, e->lane);
	assert_int_equal(v->is_way_out, e->is_way_out);
	assert_int_equal(v->reference_source, e->source);
	assert_true(v->reference_e4 == e->reference);
	if (e->source != REFERENCE_NONE)
		assert_true(v->reference_age_ns == e->reference_age);
	if (v->owner_scope != e->owner)
		print_error("step %llu: %s owned by %u, model %u; usage %lld limit %lld, model "
			    "%lld %lld\n",
			(unsigned long long)step, lane_name(v->lane), v->owner_scope, e->owner,
			(long long)v->usage, (long long)v->limit, (long long)e->usage[e->lane],
			(long long)e->limit[e->lane]);
	assert_int_equal(v->owner_scope, e->owner);
	if (e->lane == LANE_NONE) {
		assert_true(v->add_qty == e->add_qty && v->add_value_e4 == e->add_value);
		return;
	}
	w->lanes[e->lane]++;
	if (v->usage != e->usage[e->lane] || v->limit != e->limit[e->lane])
		print_error("step %llu: %s usage %lld limit %lld, model %lld %lld\n",
			(unsigned long long)step, lane_name(v->lane), (long long)v->usage,
			(long long)v->limit, (long long)e->usage[e->lane],
			(long long)e->limit[e->lane]);
	assert_int_equal(v->is_second, e->is_second[e->lane]);
	assert_true(v->usage == e->usage[e->lane]);
	assert_true(v->limit == e->limit[e->lane]);
}

/* An exempt order never increases the worst-case position, and no stop lets anything through. */
static void verdict_is_safe(
	const struct world *w, const struct risk_order *o, const struct verdict *v)
{
	const struct model_holding *h = &w->model.held[o->account][o->symbol];
	wide before = wide_max(model_worst(h, SIDE_BUY), model_worst(h, SIDE_SELL)), after;
	assert_true(o->stop_state < STATE_HALTED);
	if (!v->is_way_out) {
		assert_true(o->stop_state < STATE_REDUCE_ONLY);
		return;
	}
	after = wide_max(before, model_worst(h, o->side) + v->add_qty);
	assert_true(after == before);
}

static const struct account_config *account_of(const struct world *w, uint32_t id)
{
	for (uint32_t i = 0; i < w->site.account_count; i++)
		if (w->accounts[i].id == id)
			return &w->accounts[i];
	return NULL;
}

/* The order says no price: it gets one, or goes on without to be refused.  The price is asked for whoever converts. */
static void world_market(struct world *w, uint64_t step, struct risk_order *o, struct top_used *top)
{
	bool is_open = top != NULL && top->symbol == o->symbol && top->top.phase == 'Q';
	bool converts = model_converts(&w->model, &w->turn, top, o);
	int64_t price_e4 = risk_market_price(w->risk, &w->turn, top, o);
	wide expected = model_market_price(&w->model, &w->turn, top, o, false);
	wide most = model_market_price(&w->model, &w->turn, top, o, true);
	/* Stricter, but where that is no price and the reference stands in for it. */
	if (most != expected && (o->side == SIDE_BUY) == (price_e4 < expected))
		expected = price_e4;
	if (price_e4 != expected)
		print_error("step %llu: a market order gets %lld, model %lld\n",
			(unsigned long long)step, (long long)price_e4, (long long)expected);
	assert_true(price_e4 == expected);
	assert_int_equal(risk_converts_market(account_of(w, o->account),
				 top != NULL && top->symbol == o->symbol ? top : NULL),
		converts);
	o->price_e4 = converts ? price_e4 : MARKET_PRICE_E4;
	o->is_supported &= converts;
	w->markets.refused[is_open] += !converts;
	w->markets.unpriced[is_open] += converts && price_e4 == 0;
}

/* The market that an order is judged by: mostly its own; none, or another symbol's. */
static struct top_used *world_top(struct world *w, const struct risk_order *o)
{
	struct top_used *top = o->symbol < 5 && !one_in(w, 60) ? &w->tops[o->symbol] : NULL;
	return one_in(w, 200) ? &w->tops[rnd(w, 5)] : top;
}

static void world_refused(struct world *w, const struct verdict *v)
{
	w->refused++;
	for (unsigned own = 0; own < 2; own++) {
		bool is_its = v->lane == LANE_LOSS + own;
		w->own_losses[0][own] += is_its && v->owner_scope == SCOPE_SYMBOL;
		w->own_losses[1][own] += is_its && v->owner_scope == SCOPE_STRATEGY;
	}
	w->own_paces += v->owner_scope == SCOPE_STRATEGY &&
			(v->lane == LANE_ACCOUNT_RATE || v->lane == LANE_ACCOUNT_WINDOW);
	w->extended += v->is_second &&
		       (v->lane == LANE_MAX_ORDER_QUANTITY || v->lane == LANE_MAX_ORDER_VALUE);
	w->unrated += v->lane == LANE_GROSS_EXPOSURE && v->usage == INT64_MAX;
}

static void world_order(struct world *w, uint64_t step)
{
	struct live *original = NULL;
	struct top_used *top;
	struct risk_order o;
	struct verdict v, again;
	struct model_verdict e;
	if (w->live_count > 0 && one_in(w, 4))
		original = &w->live[rnd(w, w->live_count)];
	order_make(w, &o, original);
	top = world_top(w, &o);
	bool is_market = original == NULL && one_in(w, 16);
	if (is_market)
		world_market(w, step, &o, top);
	risk_announce(w->risk, o.account, o.symbol);
	risk_prefetch(w->risk, &o);
	risk_judge(w->risk, &w->turn, top, &o, &v);
	model_judge(&w->model, &w->turn, top, &o, &e);
	walk_settle(w, &v, &e);
	verdict_agree(w, step, &v, &e);
	risk_measure(w->risk, &w->turn, top, &o, &again);
	assert_memory_equal(&v, &again, sizeof v); /* plain (2) */
	if (v.mask != 0) {
		world_refused(w, &v);
		risk_refuse(w->risk, &w->turn, &o, &v, step + 1);
		/* The twin hears only of sizes. */
		if ((v.mask >> LANE_MAX_ORDER_QUANTITY & 1) != 0 ||
			(v.mask >> LANE_MAX_ORDER_VALUE & 1) != 0)
			risk_refuse(w->twin, &w->turn, &o, &v, step + 1);
		model_refuse(&w->model, &w->turn, &o, &e);
		return;
	}
	if (original == NULL && w->live_count == LIVE_COUNT)
		return;
	risk_judge(w->twin, &w->turn, top, &o, &again);
	assert_memory_equal(&v, &again, sizeof v);
	verdict_is_safe(w, &o, &v);
	risk_commit(w->risk, &w->turn, &o, &v);
	risk_commit(w->twin, &w->turn, &o, &v);
	model_commit(&w->model, &w->turn, &o, &e);
	w->passed++;
	w->way_outs += v.is_way_out;
	w->abroad += w->symbols[o.symbol].currency != 0;
	w->markets.passed[top != NULL && top->top.phase == 'Q'] += is_market;
	if (original == NULL) {
		original = &w->live[w->live_count++];
		*original = (struct live){.account = o.account,
			.strategy = o.strategy,
			.side = o.side,
			.venue = o.venue_index,
			.symbol = o.symbol};
	}
	original->price_e4 = o.price_e4;
	original->left += v.add_qty;
	original->located += o.locate_qty;
	original->value_e4 += v.add_value_e4;
}

/* How far the execution was from a reference, at the limit and one past it, is held against what happened before. */
static void world_slip(struct world *w, const struct live *live)
{
	struct risk_execution execution = {
		.account = live->account, .side = live->side, .symbol = live->symbol};
	unsigned owner;
	const struct limit_value *far = model_limit(
		&w->model, LIMIT_max_slippage, MODEL_ANY, 0, live->account, live->symbol, &owner);
	int64_t bps = far != NULL ? far->value : 100, sign = one_in(w, 4) ? -1 : 1;
	execution.price_e4 = one_in(w, 50) ? around(w, 0) : 100000 * ((int64_t)live->symbol + 1);
	execution.reference_e4 = execution.price_e4 + (live->side == SIDE_BUY ? -1 : 1) * sign *
							      execution.price_e4 * bps / 10000;
	execution.reference_e4 = one_in(w, 50) ? 0 : around(w, execution.reference_e4);
	unsigned trips = risk_slipped(w->risk, &w->turn, &execution);
	assert_int_equal(trips, model_slip(&w->model, w->turn.now_ns, &execution));
	assert_int_equal(risk_slipped(w->twin, &w->turn, &execution), trips);
	w->slip_trips[0] += (trips & RISK_TRIP_ACCOUNT_SLIPS) != 0;
	w->slip_trips[1] += (trips & RISK_TRIP_FIRM_SLIPS) != 0;
}

/* What is executed has used up what was located for it; what is given back has not. */
static void world_locate(struct world *w, struct live *live, uint32_t qty, bool is_executed)
{
	struct model_holding *held = &w->model.held[live->account][live->symbol];
	uint32_t part = qty < live->located ? qty : live->located;
	int64_t executed = is_executed ? part : 0;
	risk_located(w->risk, live->account, live->symbol, -(int64_t)part, executed);
	risk_located(w->twin, live->account, live->symbol, -(int64_t)part, executed);
	held->located_working -= part;
	held->located_executed += executed;
	live->located -= part;
}

/* What is worth next to nothing costs beyond everything that the day's limits leave: then nothing is taken. */
static bool is_worth_something(const struct world *w, uint32_t symbol)
{
	unsigned currency = w->symbols[symbol].currency;
	return currency == 0 || w->model.rates[currency].rate_e8 > 1000;
}

/* What the venue takes for a fill, and with the first of an order for that; what is given back with it stays in it. */
static int64_t world_fee(struct world *w, const struct live *live, struct traded *t)
{
	static const uint8_t flags[] = {'A', 'R'};
	const struct fees_config *fees = &w->site.venues[live->venue].fees;
	uint8_t flag = flags[rnd(w, 2)];
	int64_t order_e4 = live->executed == 0 ? fees->order_e4 : 0;
	if (!is_worth_something(w, t->symbol))
		return 0;
	t->fee_e4 = fee_of(fees, flag, t->qty);
	if (fees->has_currency) {
		t->fee_e4 = risk_fee(w->risk, t->symbol, fees->currency, t->fee_e4);
		order_e4 = risk_fee(w->risk, t->symbol, fees->currency, order_e4);
		w->paid_abroad += fees->currency != w->symbols[t->symbol].currency;
	}
	assert_true(t->fee_e4 == model_fee(&w->model, live->venue, t->symbol, flag, t->qty));
	assert_true(order_e4 == model_paid(&w->model, live->venue, t->symbol,
					live->executed == 0 ? fees->order_e4 : 0));
	return t->fee_e4 + order_e4;
}

/* The strategy whose order it was has its part of a fill and of what it costs; qty below 0: it is taken back. */
static void world_traded(struct world *w, const struct traded *t, int64_t qty, int64_t fee_e4)
{
	const struct risk_trade trade = {.account = t->account,
		.strategy = t->strategy,
		.side = t->side,
		.symbol = t->symbol,
		.qty = qty,
		.price_e4 = t->price_e4,
		.fee_e4 = fee_e4};
	risk_charge(w->risk, t->account, t->symbol, fee_e4);
	risk_charge(w->twin, t->account, t->symbol, fee_e4);
	w->model.held[t->account][t->symbol].fees += fee_e4;
	risk_traded(w->risk, &trade);
	risk_traded(w->twin, &trade);
	model_traded(&w->model, t->strategy, t->symbol, t->side, qty, t->price_e4, fee_e4);
}

/* Mostly its own price; now and then a worse one, so that whoever trades loses by it. */
static int64_t fill_price(struct world *w, const struct live *live)
{
	int64_t worse_e4 = one_in(w, 4) ? live->price_e4 / 80 : 0;
	return live->side == SIDE_BUY ? live->price_e4 + worse_e4 : live->price_e4 - worse_e4;
}

/* Part or all of a live order fills or is given back; what is left keeps at least its share. */
static void world_finish(struct world *w)
{
	struct live *live;
	uint32_t qty;
	int64_t value_e4;
	if (w->live_count == 0)
		return;
	live = &w->live[rnd(w, w->live_count)];
	qty = one_in(w, 2) ? live->left : (uint32_t)rnd(w, (uint64_t)live->left + 1);
	value_e4 = qty == live->left ? live->value_e4
				     : live->value_e4 / (live->left > 0 ? live->left : 1) * qty;
	if (one_in(w, 2)) {
		struct traded *t = &w->traded[w->traded_count++ % TRADED_COUNT];
		*t = (struct traded){live->account, live->strategy, live->side, live->symbol, qty,
			fill_price(w, live), 0};
		world_traded(w, t, qty, world_fee(w, live, t));
		risk_fill(w->risk, live->account, live->symbol, (enum side)live->side, qty,
			value_e4, t->price_e4);
		risk_fill(w->twin, live->account, live->symbol, (enum side)live->side, qty,
			value_e4, t->price_e4);
		model_fill(&w->model, live->account, live->symbol, live->side, qty, value_e4,
			t->price_e4);
		world_slip(w, live);
		risk_executed(w->risk, &w->turn, live->account, 0);
		risk_executed(w->twin, &w->turn, live->account, 0);
		w->model.trades[live->account]++;
		live->executed += qty;
		world_locate(w, live, qty, true);
	} else {
		world_locate(w, live, qty, false);
		risk_cancelled(w->risk, &w->turn, live->account);
		risk_cancelled(w->twin, &w->turn, live->account);
		w->model.messages[live->account]++;
		risk_release(
			w->risk, live->account, live->symbol, (enum side)live->side, qty, value_e4);
		risk_release(
			w->twin, live->account, live->symbol, (enum side)live->side, qty, value_e4);
		model_release(&w->model, live->account, live->symbol, live->side, qty, value_e4);
	}
	live->left -= qty;
	live->value_e4 -= value_e4;
	if (live->left == 0)
		*live = w->live[--w->live_count];
}

/* The venue breaks one of the last trades. */
static void world_break(struct world *w)
{
	struct traded *t = &w->traded[rnd(w, TRADED_COUNT)];
	if (t->qty == 0)
		return;
	world_traded(w, t, -(int64_t)t->qty, -t->fee_e4);
	risk_unfill(w->risk, t->account, t->symbol, (enum side)t->side, t->qty, t->price_e4);
	risk_unfill(w->twin, t->account, t->symbol, (enum side)t->side, t->qty, t->price_e4);
	model_unfill(&w->model, t->account, t->symbol, t->side, t->qty, t->price_e4);
	t->qty = 0;
	w->broken++;
}

/* The gate walks over what is held and values it anew. */
static void world_mark(struct world *w)
{
	uint16_t account = (uint16_t)(1 + rnd(w, 3));
	uint32_t symbol = (uint32_t)rnd(w, 5);
	int64_t price_e4 = w->tops[symbol].top.last_e4;
	struct risk_held held;
	bool is_there = false;
	for (uint32_t at = 0; risk_held(w->risk, at, &held); at++)
		is_there |= held.account == account && held.symbol == symbol;
	if (!is_there || price_e4 <= 0)
		return;
	risk_mark(w->risk, account, symbol, price_e4);
	risk_mark(w->twin, account, symbol, price_e4);
	model_mark(&w->model, account, symbol, price_e4);
}

static void world_cancel(struct world *w)
{
	uint16_t session = (uint16_t)(1 + rnd(w, 2));
	bool may = model_cancel_take(&w->model, &w->turn, session);
	assert_int_equal(risk_cancel_take(w->risk, &w->turn, session), may);
	assert_int_equal(risk_cancel_take(w->twin, &w->turn, session), may);
}

static void positions_agree(struct world *w)
{
	struct position_row rows[32];
	uint32_t count;
	assert_int_equal(risk_positions(w->risk, 0, 0, rows, 32, &count), 0);
	for (uint32_t i = 0; i < count; i++) {
		const struct model_holding *h = &w->model.held[rows[i].account][rows[i].symbol];
		if (rows[i].account == 0)
			continue;
		assert_true(rows[i].position == h->bought - h->sold);
		assert_true(rows[i].bought_qty == h->bought && rows[i].sold_qty == h->sold);
		assert_true(rows[i].fees_e4 == h->fees);
		assert_true(rows[i].working_buy_qty == h->working_qty[0]);
		assert_true(rows[i].working_sell_qty == h->working_qty[1]);
		assert_true(rows[i].working_buy_value_e4 == h->working_value[0]);
		assert_true(rows[i].working_sell_value_e4 == h->working_value[1]);
	}
}

/* Whoever stands beyond a loss or a fall of its own, and nobody else, is found, for the loss first; scope is a symbol's or a
   strategy's. */
static void loss_agrees(struct world *w, enum scope scope, uint32_t id)
{
	const bool is_symbol = scope == SCOPE_SYMBOL;
	wide lost = is_symbol ? model_lost_in(&w->model, NULL, id)
			      : model_lost_by(&w->model, NULL, id / 10, id);
	struct risk_loss loss;
	bool is_lost = risk_stop_loss(w->risk, scope, id, &loss), is_expected = false;
	for (unsigned own = 0; own < 2 && !is_expected; own++) {
		const unsigned limit = own == 0 ? LIMIT_max_loss : LIMIT_max_drawdown;
		const struct limit_value *stated = model_own_stated(
			&w->model, scope, is_symbol ? 0 : id, is_symbol ? id : SYMBOL_NONE, limit);
		wide used = model_own_used(&w->model, scope, id, limit, lost);
		is_expected = stated != NULL && used > stated->value;
		if (!is_expected)
			continue;
		assert_true(is_lost && loss.lane == LANE_LOSS + own);
		assert_true(loss.used_e4 == used && loss.limit_e4 == stated->value);
		w->lost[is_symbol ? 0 : 1][own]++;
	}
	assert_int_equal(is_lost, is_expected);
}

static void losses_agree(struct world *w)
{
	for (uint32_t i = 0; i < 5; i++)
		loss_agrees(w, SCOPE_SYMBOL, i);
	for (uint32_t i = 0; i < 6; i++)
		loss_agrees(w, SCOPE_STRATEGY, 10 * (1 + i / 2) + i % 2);
}

static void hash_add(void *context, const void *bytes, size_t size)
{
	uint64_t *hash = context;
	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
}

static void twins_agree(struct world *w)
{
	uint64_t a = 1, b = 1;
	risk_state_write(w->risk, hash_add, &a);
	risk_state_write(w->twin, hash_add, &b);
	assert_true(a == b);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *given = getenv(name);
	return given != NULL ? strtoull(given, NULL, 10) : otherwise;
}

/* What many days came to. */
struct days {
	uint64_t steps, abroad, unrated, paid_abroad, passed, refused, way_outs, broken, epochs,
		slip_trips[2], own_losses[2][2], lost[2][2], own_paces, extended, lanes[LANE_COUNT],
		walks_unsure;
	struct world_markets markets;
};

static void days_add(struct days *days, const struct world *w, uint64_t steps)
{
	days->steps += steps;
	days->passed += w->passed;
	days->refused += w->refused;
	days->way_outs += w->way_outs;
	days->broken += w->broken;
	days->epochs += w->epoch;
	days->abroad += w->abroad;
	days->unrated += w->unrated;
	days->paid_abroad += w->paid_abroad;
	days->own_paces += w->own_paces;
	days->extended += w->extended;
	days->walks_unsure += w->walks_unsure;
	for (unsigned i = 0; i < 2; i++) {
		days->markets.refused[i] += w->markets.refused[i];
		days->markets.unpriced[i] += w->markets.unpriced[i];
		days->markets.passed[i] += w->markets.passed[i];
		days->slip_trips[i] += w->slip_trips[i];
		for (unsigned own = 0; own < 2; own++) {
			days->own_losses[i][own] += w->own_losses[i][own];
			days->lost[i][own] += w->lost[i][own];
		}
	}
	for (unsigned i = 0; i < LANE_COUNT; i++)
		days->lanes[i] += w->lanes[i];
}

static void days_tell(const struct days *days, uint64_t seed)
{
	printf("from seed %llu: %llu passed (%llu ways out), %llu refused, %llu trades broken, "
	       "%llu "
	       "epochs\n",
		(unsigned long long)seed, (unsigned long long)days->passed,
		(unsigned long long)days->way_outs, (unsigned long long)days->refused,
		(unsigned long long)days->broken, (unsigned long long)days->epochs);
	for (unsigned i = 0; i < LANE_COUNT; i++)
		printf("%s%s %llu", i % 6 ? ", " : "\n  ", lane_name(i),
			(unsigned long long)days->lanes[i]);
	printf("\nof COLLAR_WINDOW refused by what a row may remember %llu",
		(unsigned long long)days->walks_unsure);
	printf("\nslips of an account too often %llu, of the firm %llu\n",
		(unsigned long long)days->slip_trips[0], (unsigned long long)days->slip_trips[1]);
	for (unsigned own = 0; own < 2; own++)
		printf("refused for the %s of a symbol %llu, of a strategy %llu; found %llu, "
		       "%llu\n",
			own == 0 ? "loss" : "drawdown",
			(unsigned long long)days->own_losses[0][own],
			(unsigned long long)days->own_losses[1][own],
			(unsigned long long)days->lost[0][own],
			(unsigned long long)days->lost[1][own]);
	printf("refused for the rate of a strategy %llu, for a size outside of market hours %llu\n",
		(unsigned long long)days->own_paces, (unsigned long long)days->extended);
	for (unsigned i = 0; i < 2; i++)
		printf("market orders %s: refused %llu, without a price %llu, passed %llu\n",
			i == 0 ? "in other phases" : "in regular hours",
			(unsigned long long)days->markets.refused[i],
			(unsigned long long)days->markets.unpriced[i],
			(unsigned long long)days->markets.passed[i]);
	printf("passed in other currencies %llu, refused for want of a rate %llu, executed with "
	       "fees "
	       "in another currency %llu\n",
		(unsigned long long)days->abroad, (unsigned long long)days->unrated,
		(unsigned long long)days->paid_abroad);
}

/* The least of what is counted that any days must come to: a tenth of what an average day has, and less where days differ much
   (losses, rates that are too old): one seed in ten fell below a demand that was near the average. */
static bool is_much(const struct days *days, uint64_t count, uint64_t a_day)
{
	return count * STEP_COUNT >= a_day * days->steps;
}

/* So many that what a day may do without was in one of them. */
static bool are_many(const struct days *days)
{
	return days->steps >= 5 * (uint64_t)STEP_COUNT;
}

static void money_was_everywhere(const struct days *days)
{
	assert_true(is_much(days, days->abroad, 750) && is_much(days, days->unrated, 20));
	assert_true(is_much(days, days->paid_abroad, 300));
	assert_true(is_much(days, days->own_paces, 2) && is_much(days, days->extended, 25));
	for (unsigned i = 0; i < 2; i++) {
		assert_true(is_much(days, days->slip_trips[i], 8));
		/* Losses first: a day may have none of a symbol.  From its best everybody falls. */
		for (unsigned own = !are_many(days); own < 2; own++) {
			assert_true(is_much(days, days->own_losses[i][own], 3));
			assert_true(is_much(days, days->lost[i][own], 6));
		}
	}
}

/* The days were everywhere; one too short for what is rare is held to the model alone. */
static void days_were_everywhere(const struct days *days)
{
	unsigned reasons = 0;
	if (days->steps < STEP_COUNT)
		return;
	assert_true(is_much(days, days->passed - days->way_outs, 400));
	assert_true(is_much(days, days->way_outs, 900));
	assert_true(is_much(days, days->broken, 50) && is_much(days, days->epochs, 500));
	money_was_everywhere(days);
	assert_true(is_much(days, days->markets.refused[0], 30));
	assert_true(is_much(days, days->markets.refused[1], 200));
	assert_true(is_much(days, days->markets.passed[1], 50));
	assert_true(is_much(days, days->markets.unpriced[1], 25));
	/* A sum that overflows takes more than a day of orders, unit tests force it; a table that is full is met seven times a day
	   on average, so not on every single one. */
	for (unsigned i = 0; i < LANE_COUNT; i++)
		reasons += days->lanes[i] != 0 && i != LANE_OVERFLOW && i != LANE_TABLE_FULL;
	assert_int_equal(reasons, LANE_COUNT - 2);
	assert_true(days->lanes[LANE_TABLE_FULL] != 0 || !are_many(days));
}

static void world_run(struct days *days, enum silent_policy policy, uint64_t seed, uint64_t steps)
{
	static struct world world;
	struct world *w = &world;
	world_build(w, policy, seed);
	for (uint64_t step = 0; step < steps; step++) {
		uint64_t what = rnd(w, 100);
		if (what < 20)
			world_pass_time(w);
		else if (what < 35)
			world_move_market(w);
		else if (what < 55)
			world_finish(w);
		else if (what < 57)
			one_in(w, 10) ? world_break(w) : world_cancel(w);
		else if (what < 58 && one_in(w, 3))
			world_rate(w);
		else if (what < 58)
			world_mark(w);
		else
			world_order(w, step);
		if (step % 64 == 0) {
			positions_agree(w);
			losses_agree(w);
		}
		if (step % 300 == 100)
			world_new_epoch(w);
		if (step % 20000 == 0)
			twins_agree(w);
	}
	twins_agree(w);
	days_add(days, w, steps);
	world_end(w);
}

static void one_day(enum silent_policy policy, uint64_t seed)
{
	struct days days = {0};
	world_run(&days, policy, seed, number_of("SLUICE_RISK_STEPS", STEP_COUNT));
	days_tell(&days, seed);
	days_were_everywhere(&days);
}

static void risk_agrees_with_the_model_where_silence_leaves_the_way_out(void **state)
{
	(void)state;
	one_day(SILENT_REDUCE_ONLY, 2);
}

static void risk_agrees_with_the_model_where_silence_halts(void **state)
{
	(void)state;
	one_day(SILENT_HALTED, 20261120);
}

/* Days of seeds that follow each other, until as many orders were judged as SLUICE_RISK_ORDERS says. */
static void risk_agrees_with_the_model_day_after_day(void **state)
{
	static const enum silent_policy policies[] = {SILENT_REDUCE_ONLY, SILENT_HALTED};
	uint64_t wanted = number_of("SLUICE_RISK_ORDERS", 0),
		 first = number_of("SLUICE_SEED", 1000);
	struct days days = {0};
	(void)state;
	for (uint64_t day = 0; days.passed + days.refused < wanted; day++) {
		printf("day of seed %llu\n", (unsigned long long)(first + day));
		world_run(&days, policies[day % 2], first + day, STEP_COUNT);
	}
	days_tell(&days, first);
	days_were_everywhere(&days);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(risk_agrees_with_the_model_where_silence_leaves_the_way_out),
		cmocka_unit_test(risk_agrees_with_the_model_where_silence_halts),
		cmocka_unit_test(risk_agrees_with_the_model_day_after_day),
	};
	return !!cmocka_run_group_tests_name("property.risk", tests, NULL, NULL);
}
