/* risk_test.c - risk against a slow honest model, over a long random day.

   Two accounts' worth of everything that can happen, biased to boundaries: quantities that just fit or
   just do not, prices one unit inside and outside a collar, time that stands still, steps by one
   nanosecond, by exactly a window, by a year.  After every order the mask, the reason, its owner, usage
   and limit, and whether it is a way out must agree; positions must agree throughout.  A twin that is
   shown only what passed must have the same state, byte for byte: a refused order changes nothing.

   rooms: dataplane_risk */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/property/risk_model.h"

enum { STEP_COUNT = 300000, LIVE_COUNT = 256, UNKNOWN = 3 };

struct live {
	uint16_t account;
	uint8_t side;
	uint32_t symbol, left, executed;
	int64_t price_e4, value_e4;
};

struct world {
	struct site_config site;
	struct account_config accounts[4];
	struct symbol_config symbols[5];
	struct risk *risk, *twin;
	struct model model;
	struct turn_inputs turn;
	struct top_used tops[5];
	struct live live[LIVE_COUNT];
	uint32_t live_count, epoch;
	uint64_t seed, passed, refused, way_outs;
	uint64_t lanes[LANE_COUNT];
};

static uint64_t rnd(struct world *w, uint64_t below)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (w->seed * UINT64_C(2685821657736338717) >> 11) % below;
}

static bool one_in(struct world *w, uint64_t n)
{
	return rnd(w, n) == 0;
}

static int64_t around(struct world *w, int64_t value)
{
	return value + (int64_t)rnd(w, 3) - 1;
}

static void world_build(struct world *w, enum silent_policy policy, uint64_t seed)
{
	static const int64_t ticks[] = {100, 1, 100, 50, 7};
	static const uint32_t lots[] = {1, 1, 100, 10, 3};
	memset(w, 0, sizeof *w);
	w->seed = seed;
	w->site.kind = SITE_SIMULATION;
	w->site.silent_policy = (uint8_t)policy;
	w->site.control_max_silence_ns = 1000000;
	w->site.journal_max_behind = 100;
	w->site.session_count = 2;
	w->site.sessions[0].id = 1;
	w->site.sessions[1].id = 2;
	w->site.accounts = w->accounts;
	w->site.account_count = 3;
	for (uint32_t i = 0; i < 3; i++) {
		w->accounts[i].id = i + 1;
		w->accounts[i].session_count = i == 2 ? 1 : 2;
		w->accounts[i].sessions[0] = i == 2 ? 2 : 1;
		w->accounts[i].sessions[1] = 2;
		w->accounts[i].strategy_count = 2;
		w->accounts[i].strategies[0].id = 10 * (i + 1);
		w->accounts[i].strategies[1].id = 10 * (i + 1) + 1;
	}
	w->site.symbols = w->symbols;
	w->site.symbol_count = 5;
	for (uint32_t i = 0; i < 5; i++) {
		w->symbols[i].tick_e4 = ticks[i];
		w->symbols[i].lot = lots[i];
		w->symbols[i].previous_close_e4 = i == 3 ? 0 : 100000 * (i + 1);
		w->symbols[i].previous_close_wall_ns = UINT64_C(1000000000000);
		w->tops[i] = (struct top_used){.symbol = i,
			.top = {.bid_e4 = 100000 * (i + 1),
				.ask_e4 = 100000 * (i + 1) + 200,
				.last_e4 = 100000 * (i + 1) + 100,
				.state = 'T'}};
	}
	w->turn = (struct turn_inputs){.turn = 1,
		.now_ns = UINT64_C(5000000000),
		.wall_ns = UINT64_C(1000005000000000),
		.venue_up_mask = 1};
	w->risk = risk_open(&w->site);
	w->twin = risk_open(&w->site);
	w->model.site = &w->site;
}

static void world_end(struct world *w)
{
	risk_close(w->risk);
	risk_close(w->twin);
	free(w->model.log);
}

static int64_t limit_pick(struct world *w, unsigned limit)
{
	static const int64_t shares[] = {0, 99, 100, 500, 2000, 5000};
	static const int64_t money[] = {0, 20000000, 200000000, 500000000, 2000000000};
	static const int64_t near[] = {0, 10, 50, 100, 300, 900};
	static const int64_t ages[] = {0, 1000, 1000000, 1000000000, INT64_MAX - 2, INT64_MAX - 1};
	static const int64_t times[] = {0, 1, 2, 5, 20, 60};
	switch (limit_keys[limit].unit) {
	case SHARES:
		return shares[one_in(w, 300) ? 0 : one_in(w, 8) ? 1 + rnd(w, 2) : 3 + rnd(w, 3)];
	case MONEY:
		return money[one_in(w, 300) ? 0 : one_in(w, 6) ? 1 : 2 + rnd(w, 3)];
	case AGE:
		return ages[one_in(w, 30) ? rnd(w, 6) : 2 + rnd(w, 3)];
	case COUNT:
	case RATE:
		return times[one_in(w, 200) ? 0 : one_in(w, 3) ? 1 + rnd(w, 3) : 4 + rnd(w, 2)];
	default:
		return near[one_in(w, 200) ? 0 : 1 + rnd(w, 5)];
	}
}

static void row_fill(struct world *w, struct limit_row *row, uint64_t leave_out)
{
	static const uint64_t windows[] = {1, 1000, 1000, 1000, 1000000, 1000000000};
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		if (!(limit_keys[i].scopes >> row->scope & 1) || one_in(w, leave_out))
			continue;
		row->stated |= UINT32_C(1) << i;
		row->limits[i].value = limit_pick(w, i);
		if (limit_keys[i].unit == RATE || limit_keys[i].unit == COUNT ||
			limit_keys[i].unit == WALK)
			row->limits[i].window_ns = windows[one_in(w, 12) ? 5 : rnd(w, 5)];
		if (limit_keys[i].unit == RATE)
			row->limits[i].burst =
				(uint32_t)(one_in(w, 4) ? rnd(w, 4) : 10 + rnd(w, 60));
	}
}

static void world_add_row(
	struct world *w, enum scope scope, uint32_t id, uint32_t symbol, uint64_t leave_out)
{
	struct limit_row row;
	limit_row_init(&row, scope, id, symbol);
	row_fill(w, &row, leave_out);
	assert_true(risk_limits_row(w->risk, &row));
	assert_true(risk_limits_row(w->twin, &row));
	w->model.pending[w->model.pending_count++] = row;
}

static void world_new_epoch(struct world *w)
{
	uint64_t leave_out = one_in(w, 8) ? 40 : 1000000;
	risk_limits_begin(w->risk);
	risk_limits_begin(w->twin);
	w->model.pending_count = 0;
	if (!one_in(w, 100))
		world_add_row(w, SCOPE_FIRM, 0, SYMBOL_NONE, leave_out);
	for (uint32_t i = 1; i <= 2; i++)
		if (!one_in(w, 100))
			world_add_row(w, SCOPE_SESSION, i, SYMBOL_NONE, leave_out);
	for (uint32_t i = 1; i <= 3; i++)
		if (!one_in(w, 100))
			world_add_row(w, SCOPE_ACCOUNT, i, SYMBOL_NONE, leave_out);
	for (uint32_t i = 0; i < 5; i++)
		if (one_in(w, 6))
			world_add_row(w, SCOPE_SYMBOL, 0, i, 2);
	for (uint32_t i = 0; i < 4; i++)
		if (one_in(w, 6))
			world_add_row(w, SCOPE_ACCOUNT_SYMBOL, 1 + i % 3, i, 2);
	w->epoch++;
	risk_limits_adopt(w->risk, w->epoch);
	risk_limits_adopt(w->twin, w->epoch);
	model_adopt(&w->model, w->epoch);
}

static void world_pass_time(struct world *w)
{
	static const uint64_t steps[] = {
		1, 1, 999, 1000, 1001, 100000, 500000, 999999, 1000000, 1000001, 1000000000};
	uint64_t step = one_in(w, 4) ? 0 : steps[rnd(w, 11)];
	if (one_in(w, 20000))
		step = UINT64_C(31536000000000000);
	w->turn.now_ns += step;
	w->turn.wall_ns += step;
	w->turn.turn++;
	w->turn.control_silent_ns = one_in(w, 60) ? (uint64_t)around(w, 1000000) : rnd(w, 1000);
	w->turn.journal_behind = one_in(w, 60) ? (uint64_t)around(w, 100) : rnd(w, 50);
	if (one_in(w, 100))
		w->turn.control_silent_ns = UINT64_MAX;
	w->turn.venue_up_mask = one_in(w, 60) ? (uint32_t)rnd(w, 4) : 1;
	w->turn.venue_slow_mask = one_in(w, 60) ? (uint32_t)rnd(w, 4) : 0;
}

static void world_move_market(struct world *w)
{
	static const uint64_t ages[] = {
		0, 999, 1000, 1001, 1000000, 1000001, 1000000000, 1000000001};
	static const uint8_t states[] = {'T', 'T', 'X', 'H', 'P', 'Q', 0};
	static const uint8_t phases[] = {'O', 'S', 'Q', 'M', 'E', 'C', 0};
	struct top_used *top = &w->tops[rnd(w, 5)];
	int64_t mid = 100000 * ((int64_t)top->symbol + 1) + (int64_t)rnd(w, 2000) - 1000;
	top->channel_age_ns = one_in(w, 5) ? ages[rnd(w, 8)] : rnd(w, 500);
	if (one_in(w, 50))
		top->channel_age_ns = UINT64_MAX;
	top->top.bid_e4 = one_in(w, 10) ? 0 : mid;
	top->top.ask_e4 = one_in(w, 10) ? 0 : mid + 100 + (int64_t)rnd(w, 40) * 100;
	if (one_in(w, 40))
		top->top.ask_e4 = mid - (int64_t)rnd(w, 2);
	if (one_in(w, 100))
		top->top.bid_e4 = one_in(w, 2) ? -5 : INT64_C(2000000000);
	top->top.last_e4 = one_in(w, 10) ? 0 : mid + 100;
	top->top.last_ns = w->turn.now_ns - ages[rnd(w, 8)];
	if (one_in(w, 20))
		top->top.last_ns = w->turn.now_ns + (uint64_t)around(w, 1000000000);
	top->top.state = one_in(w, 10) ? states[rnd(w, 7)] : 'T';
	top->top.operational = one_in(w, 50);
	top->top.phase = one_in(w, 60) ? phases[rnd(w, 7)] : 'Q';
	top->top.close_e4 = one_in(w, 4) ? (uint32_t)mid : 0;
	if (one_in(w, 200))
		top->top.close_e4 = UINT32_MAX;
	top->close_age_s = one_in(w, 10) ? UINT32_MAX : (uint32_t)rnd(w, 3);
	top->top.stale = one_in(w, 60);
}

/* What a limit states for an order, or a number where nothing does. */
static int64_t limit_of(
	struct world *w, const struct risk_order *o, unsigned limit, unsigned scopes)
{
	unsigned owner;
	const struct limit_value *v =
		model_limit(&w->model, limit, scopes, o->session, o->account, o->symbol, &owner);
	return v != NULL ? v->value : 100;
}

/* A quantity that just fits some limit, or just does not. */
static uint32_t quantity_near(struct world *w, const struct risk_order *o)
{
	const struct model_holding *h = &w->model.held[o->account][o->symbol];
	wide shares = h->bought - h->sold, open = 0, room;
	for (uint32_t s = 0; s < 5; s++)
		open += w->model.held[o->account][s].working_value[o->side];
	switch (rnd(w, 7)) {
	case 0:
		room = limit_of(w, o, LIMIT_max_order_quantity, MODEL_ANY);
		break;
	case 1:
		room = limit_of(w, o, LIMIT_max_order_value, MODEL_ANY) / o->price_e4;
		break;
	case 2:
		room = limit_of(w, o,
			       o->side == SIDE_BUY ? LIMIT_max_long_position
						   : LIMIT_max_short_position,
			       MODEL_A | MODEL_AY) -
		       model_worst(h, o->side);
		break;
	case 3:
		room = (limit_of(w, o,
				o->side == SIDE_BUY ? LIMIT_max_open_buy_value
						    : LIMIT_max_open_sell_value,
				MODEL_A) -
			       open) /
		       o->price_e4;
		break;
	case 4:
		room = (shares > 0 ? shares : -shares) - h->working_qty[o->side];
		break;
	case 5:
		return 1 + (uint32_t)rnd(w, 50);
	default:
		return 100 * (1 + (uint32_t)rnd(w, 4));
	}
	room += (wide)rnd(w, 3) - 1;
	return room > 0 && room < UINT32_MAX ? (uint32_t)room : (uint32_t)rnd(w, 3) * 100;
}

/* A price near the market, at the edge of a collar, or absurd. */
static int64_t price_near(struct world *w, const struct risk_order *o)
{
	static const unsigned collars[] = {LIMIT_collar, LIMIT_exit_collar, LIMIT_collar_window};
	int64_t reference = 100000 * ((int64_t)o->symbol + 1), bps, distance;
	const struct top_prices *p = &w->tops[o->symbol].top;
	int64_t tick = w->symbols[o->symbol].tick_e4;
	if (p->bid_e4 > 0)
		reference = o->side == SIDE_BUY || p->ask_e4 <= 0 ? p->bid_e4 : p->ask_e4;
	if (one_in(w, 300))
		return around(w, one_in(w, 2) ? 0 : INT64_C(2000000000));
	if (one_in(w, 500))
		return one_in(w, 2) ? INT64_MAX : INT64_MIN;
	if (!one_in(w, 4))
		return reference / tick * tick + tick * (int64_t)rnd(w, 3);
	bps = limit_of(w, o, collars[rnd(w, 3)], MODEL_ANY);
	distance = reference * bps / 10000;
	if (one_in(w, 3))
		distance = tick * limit_of(w, o, LIMIT_collar_ticks, MODEL_ANY);
	return one_in(w, 2) ? around(w, reference + distance) : around(w, reference - distance);
}

static void order_spoil(struct world *w, struct risk_order *o)
{
	switch (rnd(w, 14)) {
	case 0:
		o->account = (uint16_t)(one_in(w, 2) ? 0 : 4);
		break;
	case 1:
		o->session = (uint16_t)(one_in(w, 2) ? 0 : UNKNOWN);
		break;
	case 2:
		o->strategy = (uint16_t)(one_in(w, 2) ? 0 : 12);
		break;
	case 3:
		o->symbol = one_in(w, 2) ? SYMBOL_NONE : 5;
		break;
	case 4:
		o->has_trader = 0;
		break;
	case 5:
		o->is_supported = 0;
		break;
	case 6:
		o->is_duplicate_id = 1;
		break;
	case 7:
		o->is_table_full = 1;
		break;
	case 8:
		o->venue_index = (uint8_t)(one_in(w, 2) ? 1 : 40);
		break;
	case 9:
		o->qty = o->open_qty = 0;
		break;
	case 10:
		o->qty = o->open_qty = UINT32_MAX;
		break;
	default:
		o->stop_state = (uint8_t)rnd(w, 6);
		break;
	}
}

static void order_make(struct world *w, struct risk_order *o, const struct live *original)
{
	*o = (struct risk_order){
		.session = (uint16_t)(1 + rnd(w, 2)),
		.account = (uint16_t)(1 + rnd(w, 3)),
		.side = (uint8_t)rnd(w, 2),
		.kind = DECISION_ENTER,
		.is_supported = 1,
		.has_trader = 1,
		.symbol = (uint32_t)rnd(w, 5),
	};
	if (original != NULL) {
		o->kind = DECISION_REPLACE;
		o->account = original->account;
		o->side = original->side;
		o->symbol = original->symbol;
		o->reserved_qty = original->left;
		o->reserved_value_e4 = original->value_e4;
	}
	if (o->account == 3)
		o->session = 2;
	o->strategy = (uint16_t)(10 * o->account + rnd(w, 2));
	o->price_e4 = price_near(w, o);
	if (original != NULL && one_in(w, 2))
		o->price_e4 = original->price_e4 +
			      w->symbols[o->symbol].tick_e4 * ((int64_t)rnd(w, 3) - 1);
	o->qty = o->price_e4 > 0 ? quantity_near(w, o) : 100;
	if (original != NULL && one_in(w, 2))
		o->qty = (uint32_t)around(w, (int64_t)original->left + original->executed);
	if (!one_in(w, 8) && o->qty > w->symbols[o->symbol].lot)
		o->qty -= o->qty % w->symbols[o->symbol].lot;
	if (!one_in(w, 8) && o->price_e4 > w->symbols[o->symbol].tick_e4)
		o->price_e4 -= o->price_e4 % w->symbols[o->symbol].tick_e4;
	o->open_qty = o->qty;
	if (original != NULL)
		o->open_qty = o->qty > original->executed ? o->qty - original->executed : 0;
	if (one_in(w, 12))
		order_spoil(w, o);
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
	top = o.symbol < 5 && !one_in(w, 60) ? &w->tops[o.symbol] : NULL;
	if (one_in(w, 200))
		top = &w->tops[rnd(w, 5)];
	risk_prefetch(w->risk, &o);
	risk_judge(w->risk, &w->turn, top, &o, &v);
	model_judge(&w->model, &w->turn, top, &o, &e);
	verdict_agree(w, step, &v, &e);
	if (v.mask != 0) {
		w->refused++;
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
	if (original == NULL) {
		original = &w->live[w->live_count++];
		*original = (struct live){.account = o.account, .side = o.side, .symbol = o.symbol};
	}
	original->price_e4 = o.price_e4;
	original->left += v.add_qty;
	original->value_e4 += v.add_value_e4;
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
		risk_fill(w->risk, live->account, live->symbol, (enum side)live->side, qty,
			value_e4, live->price_e4);
		risk_fill(w->twin, live->account, live->symbol, (enum side)live->side, qty,
			value_e4, live->price_e4);
		model_fill(&w->model, live->account, live->symbol, live->side, qty, value_e4);
		live->executed += qty;
	} else {
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
		assert_true(rows[i].working_buy_qty == h->working_qty[0]);
		assert_true(rows[i].working_sell_qty == h->working_qty[1]);
		assert_true(rows[i].working_buy_value_e4 == h->working_value[0]);
		assert_true(rows[i].working_sell_value_e4 == h->working_value[1]);
	}
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

static void world_run(enum silent_policy policy, uint64_t seed, uint64_t steps)
{
	static struct world world;
	struct world *w = &world;
	unsigned reasons = 0;
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
			world_cancel(w);
		else
			world_order(w, step);
		if (step % 64 == 0)
			positions_agree(w);
		if (step % 300 == 100)
			world_new_epoch(w);
		if (step % 20000 == 0)
			twins_agree(w);
	}
	twins_agree(w);
	for (unsigned i = 0; i < LANE_COUNT; i++)
		reasons += w->lanes[i] != 0;
	printf("seed %llu: %llu passed (%llu ways out), %llu refused for %u reasons\n",
		(unsigned long long)seed, (unsigned long long)w->passed,
		(unsigned long long)w->way_outs, (unsigned long long)w->refused, reasons);
	for (unsigned i = 0; i < LANE_COUNT; i++)
		printf("%s%s %llu", i % 6 ? ", " : "\n  ", lane_name(i),
			(unsigned long long)w->lanes[i]);
	printf("\n");
	assert_true(w->passed > steps / 20);
	assert_true(w->way_outs > steps / 200);
	/* A sum that overflows takes more than a day of orders; unit tests force it. */
	assert_true(reasons >= LANE_COUNT - 1);
	world_end(w);
}

static void risk_agrees_with_the_model_where_silence_leaves_the_way_out(void **state)
{
	(void)state;
	world_run(SILENT_REDUCE_ONLY, 1, STEP_COUNT);
}

static void risk_agrees_with_the_model_where_silence_halts(void **state)
{
	(void)state;
	world_run(SILENT_HALTED, 20261120, STEP_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(risk_agrees_with_the_model_where_silence_leaves_the_way_out),
		cmocka_unit_test(risk_agrees_with_the_model_where_silence_halts),
	};
	return !!cmocka_run_group_tests_name("property.risk", tests, NULL, NULL);
}
