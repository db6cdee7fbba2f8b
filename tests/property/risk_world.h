/* risk_world.h - a long random day: sites, epochs of limits, time, market, and orders near every boundary.

   Owner      risk_test.c, which judges what is made here.
   Invariant  (1) all chance comes from world.seed. */
#ifndef SLUICE_TESTS_RISK_WORLD_H
#define SLUICE_TESTS_RISK_WORLD_H

#include "tests/property/risk_model.h"

/* The wall clock of a day is set now and then: to where it began, or to where an approval ends. */
#define WALL_BEGIN_NS   UINT64_C(1000005000000000)
#define APPROVAL_END_NS (WALL_BEGIN_NS + UINT64_C(10000000000))

enum { LIVE_COUNT = 256, UNKNOWN = 3 };

struct live {
	uint16_t account, strategy;
	uint8_t side, venue;
	uint32_t symbol, left, executed, located;
	int64_t price_e4, value_e4;
};

/* A trade that may still be broken. */
struct traded {
	uint16_t account, strategy;
	uint8_t side;
	uint32_t symbol, qty;
	int64_t price_e4;
	int64_t fee_e4; /* that was taken for it, and is given back with it */
};

enum { TRADED_COUNT = 32 };

struct world {
	struct traded traded[TRADED_COUNT];
	uint64_t traded_count, broken;
	struct site_config site;
	struct account_config accounts[4];
	struct symbol_config symbols[5];
	struct risk *risk, *twin;
	struct model model;
	struct turn_inputs turn;
	struct top_used tops[5];
	struct live live[LIVE_COUNT];
	uint32_t live_count, epoch;
	uint64_t seed, passed, refused, way_outs, slip_trips[2];
	/* Of symbols, of strategies, each its loss and its fall: refused; found lost. */
	uint64_t own_losses[2][2], lost[2][2];
	uint64_t own_paces; /* refused for the rate of a strategy */
	uint64_t extended;  /* refused for a size outside of market hours */
	uint64_t lanes[LANE_COUNT];
	bool has_foreign;         /* some limits of the epoch are in another currency */
	uint64_t abroad, unrated; /* passed in another currency; refused for want of a rate */
	uint64_t
		walks_unsure; /* COLLAR_WINDOW by what a row of the gate remembers beyond the list */
	uint64_t
		paid_abroad; /* executions whose fee was of another currency than what was traded */
	/* Market orders, in other phases and within regular hours: refused, without a price, and converted ones that
	   passed. */
	struct world_markets {
		uint64_t refused[2], unpriced[2], passed[2];
	} markets;
};

/* Rates as old as the day's beginning do for most of it. */
#define RATE_AGE_NS UINT64_C(60000000000)

static inline uint64_t rnd(struct world *w, uint64_t below)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (w->seed * UINT64_C(2685821657736338717) >> 11) % below;
}

static inline bool one_in(struct world *w, uint64_t n)
{
	return rnd(w, n) == 0;
}

static inline int64_t around(struct world *w, int64_t value)
{
	return value + (int64_t)rnd(w, 3) - 1;
}

/* The first two may use market orders within regular hours; in other phases who may is left to chance. */
static inline void world_account(struct world *w, uint32_t i)
{
	w->accounts[i].id = i + 1;
	w->accounts[i].session_count = i == 2 ? 1 : 2;
	w->accounts[i].approved_until_wall_ns = i == 1 ? APPROVAL_END_NS : UINT64_MAX;
	w->accounts[i].sessions[0] = i == 2 ? 2 : 1;
	w->accounts[i].sessions[1] = 2;
	w->accounts[i].converts_market[0] = (uint8_t)rnd(w, 2);
	w->accounts[i].converts_market[1] = i != 2;
	w->accounts[i].strategy_count = 2;
	w->accounts[i].strategies[0].id = 10 * (i + 1);
	w->accounts[i].strategies[1].id = 10 * (i + 1) + 1;
}

/* The first takes what is traded, the second euros, the third what had no rate when the day began. */
static inline void world_venue(struct world *w, uint32_t i)
{
	struct fees_config *fees = &w->site.venues[i].fees;
	fees->is_stated = true;
	fees->has_currency = i != 0;
	fees->currency = i;
	fees->rates_e6['A'] = -(int32_t)rnd(w, 3000);
	fees->rates_e6['R'] = (int32_t)rnd(w, 5000);
	fees->order_e4 = (int64_t)rnd(w, 200);
	fees->minimum_e4 = (int64_t)rnd(w, 400);
}

static inline void world_build(struct world *w, enum silent_policy policy, uint64_t seed)
{
	static const int64_t ticks[] = {100, 1, 100, 50, 7};
	static const uint32_t lots[] = {1, 1, 100, 10, 3};
	memset(w, 0, sizeof *w);
	w->seed = seed;
	w->site.kind = SITE_SIMULATION;
	w->site.silent_policy = (uint8_t)policy;
	w->site.control_max_silence_ns = 1000000;
	w->site.journal_max_behind = 100;
	w->site.clock_max_offset_ns = 500;
	w->site.session_count = 2;
	w->site.sessions[0].id = 1;
	w->site.sessions[1].id = 2;
	w->site.accounts = w->accounts;
	w->site.account_count = 3;
	for (uint32_t i = 0; i < 3; i++)
		world_account(w, i);
	w->site.venue_count = 3;
	for (uint32_t i = 0; i < 3; i++)
		world_venue(w, i);
	w->site.currency_count = 3;
	w->site.currencies[1] = (struct currency_config){
		.max_age_ns = RATE_AGE_NS, .rate_e8 = 108500001, .as_of_wall_ns = WALL_BEGIN_NS};
	w->site.currencies[2] = (struct currency_config){.max_age_ns = RATE_AGE_NS};
	w->model.rates[1] = (struct model_rate){108500001, WALL_BEGIN_NS, RATE_AGE_NS, false};
	w->model.rates[2].max_age_ns = RATE_AGE_NS;
	w->site.symbols = w->symbols;
	w->site.symbol_count = 5;
	for (uint32_t i = 0; i < 5; i++) {
		w->symbols[i].tick_e4 = ticks[i];
		w->symbols[i].currency = i == 1 ? 1 : i == 3 ? 2 : 0;
		w->symbols[i].lot = lots[i];
		w->symbols[i].previous_close_e4 = i == 3 ? 0 : 100000 * (i + 1);
		w->symbols[i].previous_close_wall_ns = UINT64_C(1000000000000);
		w->symbols[i].adv_qty =
			i == 4 && rnd(w, 4) == 0 ? 0 : (i < 2 ? 300000 : 30000000) + 100000 * i;
		w->symbols[i].margin_bps = i == 4 && rnd(w, 4) == 0 ? 0 : 2500 + 1000 * i;
		w->symbols[i].stress_bps = i == 4 && rnd(w, 4) == 0 ? 0 : 1999;
		w->symbols[i].sector = i == 4 && rnd(w, 8) == 0 ? 0 : 1 + i % 2;
		w->symbols[i].outstanding_qty = i == 3 && rnd(w, 4) == 0 ? 0
						: i < 2                  ? 3000000
									 : 300000000;
		w->tops[i] = (struct top_used){.symbol = i,
			.top = {.bid_e4 = 100000 * (i + 1),
				.ask_e4 = 100000 * (i + 1) + 200,
				.last_e4 = 100000 * (i + 1) + 100,
				.state = 'T'}};
	}
	w->turn = (struct turn_inputs){.turn = 1,
		.now_ns = UINT64_C(5000000000),
		.wall_ns = WALL_BEGIN_NS,
		.venue_up_mask = 7};
	w->risk = risk_open(&w->site);
	w->twin = risk_open(&w->site);
	w->model.site = &w->site;
}

static inline void world_end(struct world *w)
{
	risk_close(w->risk);
	risk_close(w->twin);
	free(w->model.log);
	free(w->model.slips);
}

static inline int64_t limit_pick(struct world *w, unsigned limit)
{
	static const int64_t shares[] = {0, 99, 100, 500, 2000, 5000};
	static const int64_t money[] = {0, 20000000, 200000000, 500000000, 2000000000};
	static const int64_t near[] = {0, 10, 50, 100, 300, 900};
	static const int64_t ages[] = {0, 1000, 1000000, 1000000000, INT64_MAX - 2, INT64_MAX - 1};
	static const int64_t times[] = {0, 1, 2, 5, 20, 60};
	/* What only grows needs room for a day, and losses are small beside values. */
	static const int64_t day[] = {20000000000, 200000000000, 4000000000000, INT64_MAX / 2};
	static const int64_t losses[] = {0, 5000000, 50000000, 500000000, 5000000000};
	if (limit == LIMIT_credit)
		return day[one_in(w, 40) ? rnd(w, 2) : 2 + rnd(w, 2)];
	static const int64_t worths[] = {50000000, 2000000000, 10000000000, 50000000000};
	if (limit == LIMIT_max_gross_exposure || limit == LIMIT_max_net_exposure ||
		limit == LIMIT_collateral || limit == LIMIT_max_stress)
		return worths[one_in(w, 30) ? 0 : 1 + rnd(w, 3)];
	/* One that takes ten times the value as margin ends the day of whoever holds any. */
	if (limit_is_floor((enum limit)limit))
		return one_in(w, 40) ? SYMBOL_RATE_BPS_MAX : 1 + (int64_t)rnd(w, 7000);
	if (limit == LIMIT_capital)
		return worths[one_in(w, 30) ? 0 : 1 + rnd(w, 3)];
	if (limit == LIMIT_max_leverage)
		return one_in(w, 30) ? (int64_t)rnd(w, 5) * 2500
				     : 10000 + (int64_t)rnd(w, 3) * 7777;
	if (limit == LIMIT_max_stress_share)
		return (one_in(w, 30) ? 10 : 2000) * (1 + (int64_t)rnd(w, 3));
	if (limit == LIMIT_max_symbol_share || limit == LIMIT_max_sector_share)
		return one_in(w, 40) ? (int64_t)rnd(w, 10) * 100 : 8000 + (int64_t)rnd(w, 3) * 1000;
	static const int64_t parts[] = {0, 100, 2500, 5000, 9999};
	if (limit == LIMIT_max_slicing)
		return parts[rnd(w, 5)];
	if (limit == LIMIT_max_loss || limit == LIMIT_max_drawdown)
		return losses[one_in(w, 100) ? 0 : one_in(w, 10) ? 1 : 2 + rnd(w, 3)];
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
	case FLAG:
		return one_in(w, 100) ? 0 : 1;
	default:
		return near[one_in(w, 200) ? 0 : 1 + rnd(w, 5)];
	}
}

/* Near what its owner sent or may send by its executions; mostly well above, so that the day goes on. */
static inline void ratio_pick(struct world *w, const struct limit_row *row, struct limit_value *v)
{
	wide messages = 0, trades = 0;
	for (unsigned i = 0; i < MODEL_ACCOUNTS; i++)
		if (row->scope == SCOPE_FIRM || i == row->id) {
			messages += w->model.messages[i];
			trades += w->model.trades[i];
		}
	v->value = 1 + (int64_t)(trades > 0 ? messages / trades : 0) + (int64_t)rnd(w, 3);
	v->burst = (uint32_t)messages + (one_in(w, 10) ? (uint32_t)rnd(w, 30) : 1000000);
	if (one_in(w, 20))
		v->burst = 1;
	/* All but used up: the account is refused before long. */
	if (row->scope == SCOPE_ACCOUNT && one_in(w, 20))
		*v = (struct limit_value){.value = 1, .burst = (uint32_t)messages + 2};
}

/* Near what a symbol or a strategy has lost, or has fallen, if it has. */
static inline void loss_pick(
	struct world *w, const struct limit_row *row, unsigned limit, struct limit_value *v)
{
	wide lost = row->scope == SCOPE_SYMBOL
			    ? model_lost_in(&w->model, NULL, row->symbol)
			    : model_lost_by(&w->model, NULL, row->id / 10, row->id);
	lost = model_own_used(&w->model, row->scope,
		row->scope == SCOPE_SYMBOL ? row->symbol : row->id, limit, lost);
	if (lost > 1 && lost < INT64_MAX / 2)
		v->value = around(w, (int64_t)lost);
}

static inline void row_fill(struct world *w, struct limit_row *row, uint64_t leave_out)
{
	static const uint64_t windows[] = {1, 1000, 1000, 1000, 1000000, 1000000000};
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		bool has_own = (i == LIMIT_max_loss || i == LIMIT_max_drawdown) &&
			       (row->scope == SCOPE_SYMBOL || row->scope == SCOPE_STRATEGY);
		if (!(limit_keys[i].scopes >> row->scope & 1) ||
			one_in(w, has_own                         ? 20
				  : limit_is_floor((enum limit)i) ? 2
								  : leave_out))
			continue;
		row->stated |= UINT64_C(1) << i;
		row->limits[i].value = limit_pick(w, i);
		/* What few rows say that is hard to borrow, the others are easy. */
		if (i == LIMIT_easy_to_borrow)
			row->limits[i].value = row->scope != SCOPE_ACCOUNT_SYMBOL || one_in(w, 4);
		if (limit_keys[i].unit == RATE || limit_keys[i].unit == COUNT ||
			limit_keys[i].unit == WALK)
			row->limits[i].window_ns = windows[one_in(w, 12) ? 5 : rnd(w, 5)];
		if (limit_keys[i].unit == RATIO)
			ratio_pick(w, row, &row->limits[i]);
		if (has_own && one_in(w, 2))
			loss_pick(w, row, i, &row->limits[i]);
		/* Of this one there always is a rate. */
		if (limit_keys[i].unit == MONEY && w->has_foreign && one_in(w, 5))
			row->limits[i].currency = 1;
		if (i == LIMIT_max_slicing) /* refusals are many here */
			row->limits[i].window_ns = windows[one_in(w, 12) ? 4 : rnd(w, 4)];
		if (limit_keys[i].unit == RATE)
			row->limits[i].burst =
				(uint32_t)(one_in(w, 4) ? rnd(w, 4) : 10 + rnd(w, 60));
	}
}

static inline void world_add_row(
	struct world *w, enum scope scope, uint32_t id, uint32_t symbol, uint64_t leave_out)
{
	struct limit_row row;
	limit_row_init(&row, scope, id, symbol);
	row_fill(w, &row, leave_out);
	assert_true(risk_limits_row(w->risk, &row));
	assert_true(risk_limits_row(w->twin, &row));
	w->model.pending[w->model.pending_count++] = row;
}

static inline void world_new_epoch(struct world *w)
{
	uint64_t leave_out = one_in(w, 8) ? 40 : 1000000;
	w->has_foreign = one_in(w, 3);
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
	for (uint32_t i = 0; i < 6; i++)
		if (one_in(w, 6))
			world_add_row(w, SCOPE_STRATEGY, 10 * (1 + i / 2) + i % 2, SYMBOL_NONE, 20);
	for (uint32_t i = 1; i <= 2; i++)
		if (one_in(w, 3))
			world_add_row(w, SCOPE_SECTOR, i, SYMBOL_NONE, 2);
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
	model_walk_adopt(&w->model, w->turn.now_ns);
}

static inline void world_pass_time(struct world *w)
{
	static const uint64_t steps[] = {
		1, 1, 999, 1000, 1001, 100000, 500000, 999999, 1000000, 1000001, 1000000000};
	uint64_t step = one_in(w, 4) ? 0 : steps[rnd(w, 11)];
	if (one_in(w, 20000))
		step = UINT64_C(31536000000000000);
	w->turn.now_ns += step;
	w->turn.wall_ns += step;
	if (one_in(w, 8))
		w->turn.wall_ns = WALL_BEGIN_NS;
	if (one_in(w, 300))
		w->turn.wall_ns = (uint64_t)around(w, (int64_t)APPROVAL_END_NS);
	w->turn.turn++;
	w->turn.control_silent_ns = one_in(w, 60) ? (uint64_t)around(w, 1000000) : rnd(w, 1000);
	w->turn.journal_behind = one_in(w, 60) ? (uint64_t)around(w, 100) : rnd(w, 50);
	if (one_in(w, 100))
		w->turn.control_silent_ns = UINT64_MAX;
	w->turn.clock_off_ns = one_in(w, 60) ? (uint64_t)around(w, 500) : rnd(w, 400);
	if (one_in(w, 200))
		w->turn.clock_off_ns = UINT64_MAX;
	w->turn.venue_up_mask = one_in(w, 60) ? (uint32_t)rnd(w, 8) : 7;
	w->turn.venue_slow_mask = one_in(w, 60) ? (uint32_t)rnd(w, 8) : 0;
}

static inline void world_move_market(struct world *w)
{
	static const uint64_t ages[] = {
		0, 999, 1000, 1001, 1000000, 1000001, 1000000000, 1000000001};
	static const uint8_t states[] = {'T', 'T', 'X', 'H', 'P', 'Q', 0};
	static const uint8_t phases[] = {'O', 'S', 'Q', 'M', 'E', 'C', 0};
	struct top_used *top = &w->tops[rnd(w, 5)];
	int64_t mid = 100000 * ((int64_t)top->symbol + 1) + (int64_t)rnd(w, 2000) - 1000;
	top->channel_age_ns = one_in(w, 15) ? ages[rnd(w, 8)] : rnd(w, 500);
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
	top->top.state = one_in(w, 30) ? states[rnd(w, 7)] : 'T';
	top->top.operational = one_in(w, 50);
	top->top.phase = one_in(w, 20) ? phases[rnd(w, 7)] : 'Q';
	top->top.close_e4 = one_in(w, 4) ? (uint32_t)mid : 0;
	if (one_in(w, 200))
		top->top.close_e4 = UINT32_MAX;
	top->top.short_sale = one_in(w, 10) ? (uint8_t)("012")[rnd(w, 3)] : '0';
	if (one_in(w, 100))
		top->top.short_sale = 0;
	top->top.band_lower_e4 = one_in(w, 30) ? (uint32_t)(mid - (int64_t)rnd(w, 300)) : 0;
	top->top.band_upper_e4 = one_in(w, 30) ? (uint32_t)(mid + (int64_t)rnd(w, 300)) : 0;
	top->close_age_s = one_in(w, 10) ? UINT32_MAX : (uint32_t)rnd(w, 3);
	top->top.stale = one_in(w, 60);
}

/* A currency has another rate: as of the day's beginning, or at the edges of what may be used. */
static inline void world_rate(struct world *w)
{
	unsigned currency = 1 + (unsigned)rnd(w, 2);
	int64_t rate_e8 = (currency == 1 ? 108000000 : 73210007) + (int64_t)rnd(w, 1000000);
	uint64_t as_of_ns = WALL_BEGIN_NS - rnd(w, 1000);
	if (one_in(w, 200))
		rate_e8 = 1 + (int64_t)rnd(w, 2);
	if (one_in(w, 25))
		as_of_ns = (uint64_t)around(
			w, (int64_t)(w->turn.wall_ns - (one_in(w, 2) ? RATE_AGE_NS : 0)));
	assert_true(risk_rate(w->risk, currency, rate_e8, as_of_ns));
	assert_true(risk_rate(w->twin, currency, rate_e8, as_of_ns));
	model_rate(&w->model, currency, rate_e8, as_of_ns);
}

/* What a limit states for an order, or a number where nothing does. */
static inline int64_t limit_of(
	struct world *w, const struct risk_order *o, unsigned limit, unsigned scopes)
{
	unsigned owner;
	const struct limit_value *v =
		model_limit(&w->model, limit, scopes, o->session, o->account, o->symbol, &owner);
	return v != NULL ? v->value : 100;
}

/* The piece of what was refused that may just come back. */
static inline wide piece_near(struct world *w, const struct risk_order *o)
{
	const struct model_slices *s = &w->model.slices[o->account][o->symbol][o->side];
	wide bps = limit_of(w, o, LIMIT_max_slicing, MODEL_ANY);
	if (s->qty == 0 || (s->value != 0 && one_in(w, 2)))
		return (bps * s->value / 10000 - s->passed_value) / o->price_e4;
	return bps * s->qty / 10000 - s->passed_qty;
}

/* A quantity that just fits some limit, or just does not. */
static inline uint32_t quantity_near(struct world *w, const struct risk_order *o)
{
	const struct model_holding *h = &w->model.held[o->account][o->symbol];
	wide shares = h->bought - h->sold, open = 0, room;
	for (uint32_t s = 0; s < 5; s++)
		open += w->model.held[o->account][s].working_value[o->side];
	if (w->model.slices[o->account][o->symbol][o->side].is_open && one_in(w, 3)) {
		room = piece_near(w, o) + (wide)rnd(w, 3) - 1;
		if (room > 0 && room < UINT32_MAX)
			return (uint32_t)room;
	}
	switch (one_in(w, 16) ? 7 : !one_in(w, 3) ? 5 + rnd(w, 2) : rnd(w, 7)) {
	case 7:
		room = one_in(w, 2) ? limit_of(w, o, LIMIT_max_adv_share, MODEL_ANY) *
					      (wide)w->symbols[o->symbol].adv_qty / 10000
				    : limit_of(w, o, LIMIT_max_outstanding_share, MODEL_ANY) *
					      (wide)w->symbols[o->symbol].outstanding_qty / 10000;
		break;
	case 0:
		room = limit_of(w, o,
			w->tops[o->symbol].top.phase == 'Q' ? LIMIT_max_order_quantity
							    : LIMIT_max_order_quantity_extended,
			MODEL_ANY);
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
		return w->symbols[o->symbol].lot * (1 + (uint32_t)rnd(w, 5));
	default:
		return 100 * (1 + (uint32_t)rnd(w, 4));
	}
	room += (wide)rnd(w, 3) - 1;
	return room > 0 && room < UINT32_MAX ? (uint32_t)room : (uint32_t)rnd(w, 3) * 100;
}

/* A price near the market, at the edge of a collar, or absurd. */
static inline int64_t price_near(struct world *w, const struct risk_order *o)
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

static inline void order_spoil(struct world *w, struct risk_order *o)
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
		o->is_duplicate_id = one_in(w, 2);
		o->is_disabled = !o->is_duplicate_id;
		break;
	case 7:
		o->is_table_full = one_in(w, 2);
		o->is_self_trade = !o->is_table_full || one_in(w, 2);
		break;
	case 8:
		o->is_unrouted = (uint8_t)one_in(w, 3);
		o->venue_index = (uint8_t)(one_in(w, 2) ? 3 : 40);
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

static inline void order_make(struct world *w, struct risk_order *o, const struct live *original)
{
	*o = (struct risk_order){
		.session = (uint16_t)(1 + rnd(w, 2)),
		.account = (uint16_t)(1 + rnd(w, 3)),
		.side = (uint8_t)rnd(w, 2),
		.mark = (uint8_t)rnd(w, SALE_MARK_COUNT),
		.kind = DECISION_ENTER,
		.is_supported = 1,
		.has_trader = 1,
		.symbol = (uint32_t)rnd(w, 5),
		.venue_index = (uint8_t)(one_in(w, 2) ? 0 : 1 + one_in(w, 4)),
	};
	if (original != NULL) {
		o->kind = DECISION_REPLACE;
		o->account = original->account;
		o->side = original->side;
		o->symbol = original->symbol;
		o->venue_index = original->venue;
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
	if (!one_in(w, 20) && o->qty > w->symbols[o->symbol].lot)
		o->qty -= o->qty % w->symbols[o->symbol].lot;
	if (!one_in(w, 8) && o->price_e4 > w->symbols[o->symbol].tick_e4)
		o->price_e4 -= o->price_e4 % w->symbols[o->symbol].tick_e4;
	o->open_qty = o->qty;
	if (original != NULL)
		o->open_qty = o->qty > original->executed ? o->qty - original->executed : 0;
	uint32_t held = original != NULL ? original->located : 0;
	if (o->side == SIDE_SELL && o->mark != SALE_LONG && o->open_qty > held)
		o->locate_qty = o->open_qty - held;
	if (one_in(w, 3)) {
		o->parent_word = one_in(w, 400) ? PARENT_WRONG : PARENT_NAMED;
		o->parent_qty = (uint32_t)rnd(w, 1000000);
		o->parent_used = one_in(w, 40) ? around(w, (int64_t)o->parent_qty - (int64_t)o->qty)
					       : (int64_t)rnd(w, 1000);
	}
	if (one_in(w, 30))
		order_spoil(w, o);
}

#endif
