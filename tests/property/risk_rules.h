/* risk_rules.h - the table of controls as one `if` per rule: usage, limit and owner of each lane of one order.

   Units      price_e4, shares, money_e4; everything in 128 bits. */
#ifndef SLUICE_TESTS_RISK_RULES_H
#define SLUICE_TESTS_RISK_RULES_H

#include "tests/property/risk_ledger.h"
#include "tests/property/risk_walk.h"

struct model_case {
	const struct model *m;
	const struct turn_inputs *turn;
	const struct top_used *top; /* NULL: none */
	const struct risk_order *o;
	const struct account_config *account; /* NULL: none */
	const struct symbol_config *symbol;   /* NULL: none */
	uint32_t account_id, symbol_index;    /* 0, SYMBOL_NONE: none */
	bool price_is_bad;
	struct model_verdict *v;
};

#define MODEL_MISSING ((wide)INT64_MAX)

static inline wide model_saturate(wide x)
{
	if (x > INT64_MAX)
		return INT64_MAX;
	return x < INT64_MIN ? (wide)INT64_MIN : x;
}

/* One rule: usage against limit (NULL: unstated, refuses). */
static inline void rule(
	struct model_case *c, unsigned lane, wide usage, const wide *limit, unsigned owner)
{
	usage = model_saturate(usage);
	c->v->usage[lane] = usage;
	c->v->limit[lane] = limit == NULL ? (wide)INT64_MIN : *limit;
	c->v->owners[lane] = limit == NULL ? (unsigned)SCOPE_COUNT : owner;
	if (limit == NULL || usage > *limit || usage == MODEL_MISSING)
		c->v->mask |= UINT64_C(1) << lane;
}

static inline void rule_yes(struct model_case *c, unsigned lane, bool is_wrong)
{
	wide zero = 0;
	rule(c, lane, is_wrong ? 1 : 0, &zero, SCOPE_COUNT);
}

static inline void rule_limit(
	struct model_case *c, unsigned lane, unsigned limit, unsigned scopes, wide usage)
{
	unsigned owner;
	const struct limit_value *v = model_limit(
		c->m, limit, scopes, c->o->session, c->account_id, c->symbol_index, &owner);
	wide value = v != NULL ? v->value : 0;
	rule(c, lane, usage, v != NULL ? &value : NULL, owner);
}

static inline const struct model_holding *model_held(const struct model_case *c)
{
	static const struct model_holding nothing;
	if (c->account_id == 0 || c->symbol_index == SYMBOL_NONE)
		return &nothing;
	return &c->m->held[c->account_id][c->symbol_index];
}

static inline void model_identity(struct model_case *c)
{
	const struct risk_order *o = c->o;
	const struct turn_inputs *t = c->turn;
	bool speaks = false, knows = false, is_covered = false, paced = false, gate_paced = false;
	bool has_far = false, lacks_slips = false, has_firm_slips = false;
	wide silence = (wide)c->m->site->control_max_silence_ns;
	wide behind = c->m->site->journal_max_behind, one = 1;
	if (c->account != NULL) {
		for (unsigned i = 0; i < c->account->session_count; i++)
			speaks |= c->account->sessions[i] == o->session;
		for (unsigned i = 0; i < c->account->strategy_count; i++)
			knows |= o->strategy != 0 && c->account->strategies[i].id == o->strategy;
	}
	for (uint32_t i = 0; i < c->m->row_count; i++)
		is_covered |=
			c->m->rows[i].scope != SCOPE_SESSION &&
			model_row_covers(&c->m->rows[i], 0,
				c->account_id == 0 ? UINT32_MAX : c->account_id,
				c->symbol_index == SYMBOL_NONE ? UINT32_MAX - 1 : c->symbol_index);
	/* What trips must be stated too: each strategy's executions and the gate's. */
	for (uint32_t i = 0; i < c->m->row_count; i++) {
		const struct limit_row *row = &c->m->rows[i];
		bool is_firms = row->scope == SCOPE_FIRM;
		bool is_its = is_firms || (row->scope == SCOPE_ACCOUNT && c->account_id != 0 &&
						  row->id == c->account_id);
		paced |= is_its && (row->stated >> LIMIT_max_fills & 1) != 0;
		gate_paced |= is_firms && (row->stated >> LIMIT_max_fill_rate & 1) != 0;
		has_firm_slips |= is_firms && (row->stated >> LIMIT_max_slips & 1) != 0;
		lacks_slips |= is_its && !is_firms && (row->stated >> LIMIT_max_slips & 1) == 0;
	}
	unsigned owner;
	has_far = model_limit(c->m, LIMIT_max_slippage, MODEL_ANY, o->session, c->account_id,
			  c->symbol_index, &owner) != NULL;
	is_covered &= paced & gate_paced & has_far & !lacks_slips & has_firm_slips;
	rule_yes(c, LANE_KILLED, o->stop_state >= STATE_KILLED);
	rule_yes(c, LANE_HALTED, o->stop_state == STATE_HALTED);
	rule_yes(c, LANE_REDUCE_ONLY, o->stop_state == STATE_REDUCE_ONLY);
	one = c->m->epoch != 0 && is_covered ? 1 : 0;
	rule(c, LANE_NOT_CONFIGURED, 1, &one, SCOPE_COUNT);
	rule(c, LANE_CONTROL_SILENT, t->control_silent_ns, &silence, SCOPE_COUNT);
	rule(c, LANE_JOURNAL_BEHIND, t->journal_behind, &behind, SCOPE_COUNT);
	rule_yes(c, LANE_UNKNOWN_ACCOUNT, !speaks);
	rule_yes(c, LANE_UNKNOWN_STRATEGY, !knows);
	rule_yes(c, LANE_UNKNOWN_TRADER, !o->has_trader);
	rule_yes(c, LANE_UNKNOWN_SYMBOL, c->symbol == NULL);
	rule_yes(c, LANE_NOT_SUPPORTED, !o->is_supported);
	rule_yes(c, LANE_NO_ROUTE, o->is_unrouted);
	rule_yes(c, LANE_DUPLICATE_ID, o->is_duplicate_id);
	rule_yes(c, LANE_SELF_TRADE, o->is_self_trade);
	rule_yes(c, LANE_DISABLED, o->is_disabled);
	rule_yes(c, LANE_TABLE_FULL, o->is_table_full);
	rule_yes(c, LANE_VENUE_DOWN,
		o->venue_index >= 32 || !(t->venue_up_mask & UINT32_C(1) << o->venue_index));
	rule_yes(c, LANE_VENUE_SLOW,
		o->venue_index < 32 && (t->venue_slow_mask & UINT32_C(1) << o->venue_index));
}

/* What a venue takes its fees in; 0: the base currency, or whatever is traded. */
static inline unsigned model_fee_currency(const struct model *m, uint8_t venue)
{
	return venue < m->site->venue_count && m->site->venues[venue].fees.has_currency
		       ? m->site->venues[venue].fees.currency
		       : 0;
}

/* Whether nobody ever stated a rate of its currency, or of that of its venue's fees. */
static inline bool model_has_no_rate(
	const struct model *m, uint32_t symbol, const struct risk_order *o)
{
	unsigned currency = model_currency(m, symbol);
	unsigned fees = model_fee_currency(m, o->venue_index);
	return (currency != 0 && m->rates[currency].rate_e8 == 0) ||
	       (fees != 0 && m->rates[fees].rate_e8 == 0);
}

/* Whether its own rate, that of its venue's fees, one of what anybody holds, or one that a limit is stated in, is not known, too
   old, or of a later time than now. */
static inline bool model_lacks_rate(const struct model_case *c)
{
	for (unsigned i = 1; i < CURRENCY_COUNT_MAX; i++) {
		const struct model_rate *rate = &c->m->rates[i];
		wide age = (wide)c->turn->wall_ns - rate->as_of_ns;
		bool is_needed = rate->is_used || c->m->is_stated_in[i] ||
				 i == model_currency(c->m, c->symbol_index) ||
				 i == model_fee_currency(c->m, c->o->venue_index);
		if (is_needed && (rate->rate_e8 == 0 || age < 0 || age > rate->max_age_ns))
			return true;
	}
	return false;
}

/* Outside of market hours a size is held to what is stated for then too; what is refused already is named for it. */
static inline void model_extended(struct model_case *c, unsigned lane, unsigned limit, wide usage)
{
	unsigned owner;
	const struct limit_value *v = model_limit(
		c->m, limit, MODEL_ANY, c->o->session, c->account_id, c->symbol_index, &owner);
	bool is_extended = c->top == NULL || c->top->top.phase != 'Q';
	if (!is_extended || v == NULL || (c->v->mask >> lane & 1) != 0 || usage <= v->value)
		return;
	wide value = v->value;
	rule(c, lane, usage, &value, owner);
	c->v->is_second[lane] = true;
}

static inline void model_market(struct model_case *c)
{
	const struct risk_order *o = c->o;
	wide zero = 0, state = MODEL_MISSING, age = MODEL_MISSING;
	bool is_crossed = false;
	wide off_tick = MODEL_MISSING, off_lot = MODEL_MISSING;
	if (c->top != NULL) {
		const struct top_prices *p = &c->top->top;
		if (p->state != 0)
			state = p->state == 'T' && !p->operational && p->phase != 'O' &&
						p->phase != 'E' && p->phase != 'C'
					? 0
					: 1;
		if (!p->stale)
			age = c->top->channel_age_ns;
		is_crossed = p->bid_e4 > 0 && p->ask_e4 > 0 && p->bid_e4 >= p->ask_e4;
	}
	if (c->symbol != NULL && !c->price_is_bad)
		off_tick = o->price_e4 % c->symbol->tick_e4;
	if (c->symbol != NULL && o->qty != 0)
		off_lot = o->qty % c->symbol->lot;
	rule(c, LANE_MARKET_STATE, state, &zero, SCOPE_COUNT);
	rule_limit(c, LANE_STALE_MARKET_DATA, LIMIT_max_market_data_age, MODEL_ANY, age);
	c->v->is_second[LANE_STALE_MARKET_DATA] =
		is_crossed && (c->v->mask >> LANE_STALE_MARKET_DATA & 1) == 0;
	if (is_crossed)
		c->v->mask |= UINT64_C(1) << LANE_STALE_MARKET_DATA;
	rule(c, LANE_TICK_SIZE, off_tick, &zero, SCOPE_COUNT);
	rule(c, LANE_LOT_SIZE, off_lot, &zero, SCOPE_COUNT);
	rule_limit(c, LANE_MAX_ORDER_QUANTITY, LIMIT_max_order_quantity, MODEL_ANY, o->qty);
	wide value = c->price_is_bad || model_has_no_rate(c->m, c->symbol_index, o)
			     ? MODEL_MISSING
			     : model_home(c->m, c->symbol_index, (wide)o->price_e4 * o->qty, true);
	rule_limit(c, LANE_MAX_ORDER_VALUE, LIMIT_max_order_value, MODEL_ANY, value);
	model_extended(c, LANE_MAX_ORDER_QUANTITY, LIMIT_max_order_quantity_extended, o->qty);
	model_extended(c, LANE_MAX_ORDER_VALUE, LIMIT_max_order_value_extended, value);
}

/* What a limit says, or nothing. */
static inline const struct limit_value *model_says(const struct model_case *c, unsigned limit)
{
	unsigned owner;
	return model_limit(
		c->m, limit, MODEL_ANY, c->o->session, c->account_id, c->symbol_index, &owner);
}

/* qty is at most so many bps of a number of shares that is known. */
static inline bool model_is_small(const struct model_case *c, unsigned limit, uint64_t whole)
{
	const struct limit_value *v = model_says(c, limit);
	return v != NULL && whole != 0 && (wide)c->o->qty * 10000 <= (wide)v->value * whole;
}

static inline wide model_share(const struct model_case *c, uint64_t whole)
{
	return whole == 0 ? MODEL_MISSING : ((wide)c->o->qty * 10000 + whole - 1) / whole;
}

/* Sides that are restricted, the venue's band, shares of the symbol, approval, the wall clock. */
static inline void model_permission(struct model_case *c)
{
	static const unsigned asks[] = {LIMIT_allow_sell, LIMIT_allow_short, LIMIT_allow_exempt};
	const struct risk_order *o = c->o;
	unsigned ask = o->side == SIDE_BUY ? LIMIT_allow_buy : asks[o->mark];
	const struct limit_value *said = model_says(c, ask);
	wide bound = (wide)c->m->site->clock_max_offset_ns;
	uint64_t adv = c->symbol != NULL ? c->symbol->adv_qty : 0;
	uint64_t outstanding = c->symbol != NULL ? c->symbol->outstanding_qty : 0;
	bool is_outside = false;
	if (c->top != NULL) {
		wide low = c->top->top.band_lower_e4, high = c->top->top.band_upper_e4;
		is_outside = (low != 0 && o->price_e4 < low) || (high != 0 && o->price_e4 > high);
	}
	rule_limit(c, LANE_RESTRICTED, ask, MODEL_ANY, said != NULL && said->value == 1 ? 0 : 1);
	rule_yes(c, LANE_PRICE_BAND, is_outside);
	if (!model_is_small(c, LIMIT_max_adv_share, adv))
		rule_limit(
			c, LANE_VOLUME_SHARE, LIMIT_max_adv_share, MODEL_ANY, model_share(c, adv));
	else if (!model_is_small(c, LIMIT_max_outstanding_share, outstanding)) {
		rule_limit(c, LANE_VOLUME_SHARE, LIMIT_max_outstanding_share, MODEL_ANY,
			model_share(c, outstanding));
		c->v->is_second[LANE_VOLUME_SHARE] = true;
	}
	rule_yes(c, LANE_ACCOUNT_NOT_APPROVED,
		c->account == NULL || c->account->approved_until_wall_ns == 0 ||
			c->account->approved_until_wall_ns < c->turn->wall_ns);
	rule(c, LANE_CLOCK_IN_DOUBT, c->turn->clock_off_ns, &bound, SCOPE_COUNT);
}

static inline bool model_is_price(wide price)
{
	return price > 0 && price < 2000000000;
}

/* Own side, other side, last trade, previous close: the first that is fresh. */
static inline void model_reference(struct model_case *c)
{
	static const unsigned age_limits[] = {
		LIMIT_max_bbo_age, LIMIT_max_bbo_age, LIMIT_max_trade_age, LIMIT_max_close_age};
	const struct turn_inputs *t = c->turn;
	wide prices[4] = {0}, ages[4];
	bool is_usable[4] = {false};
	if (c->top != NULL && !c->top->top.stale && c->top->channel_age_ns != UINT64_MAX) {
		const struct top_prices *p = &c->top->top;
		prices[0] = c->o->side == SIDE_BUY ? p->bid_e4 : p->ask_e4;
		prices[1] = c->o->side == SIDE_BUY ? p->ask_e4 : p->bid_e4;
		prices[2] = p->last_e4;
		ages[0] = ages[1] = (wide)c->top->channel_age_ns;
		ages[2] = wide_max(0, (wide)t->now_ns - (wide)p->last_ns);
		is_usable[0] = is_usable[1] = true;
		is_usable[2] = (wide)p->last_ns - (wide)t->now_ns <= 1000000000;
	}
	if (c->symbol != NULL) {
		prices[3] = c->symbol->previous_close_e4;
		ages[3] = (wide)t->wall_ns - (wide)c->symbol->previous_close_wall_ns;
		is_usable[3] = ages[3] >= 0;
	}
	if (is_usable[0] && c->top->top.close_e4 != 0 && c->top->close_age_s != UINT32_MAX) {
		prices[3] = c->top->top.close_e4;
		ages[3] = (wide)c->top->close_age_s * 1000000000;
		is_usable[3] = true;
	}
	for (unsigned i = 0; i < 4; i++) {
		unsigned owner;
		const struct limit_value *limit = model_limit(c->m, age_limits[i], MODEL_ANY,
			c->o->session, c->account_id, c->symbol_index, &owner);
		if (is_usable[i] && model_is_price(prices[i]) && limit != NULL &&
			ages[i] <= limit->value) {
			c->v->source = i + 1;
			c->v->reference = prices[i];
			c->v->reference_age = ages[i];
			return;
		}
	}
}

static inline wide model_distance(wide a, wide b)
{
	return a > b ? a - b : b - a;
}

/* |price - reference| <= bps of the reference, without dividing; usage is rounded up. */
static inline void model_collar(struct model_case *c, unsigned lane, unsigned limit, wide reference)
{
	wide distance = model_distance(c->o->price_e4, reference) * 10000;
	unsigned owner;
	const struct limit_value *v = model_limit(
		c->m, limit, MODEL_ANY, c->o->session, c->account_id, c->symbol_index, &owner);
	wide value = v != NULL ? v->value : 0;
	if (c->price_is_bad || reference == 0) {
		rule(c, lane, MODEL_MISSING, v != NULL ? &value : NULL, owner);
		return;
	}
	rule(c, lane, (distance + reference - 1) / reference, v != NULL ? &value : NULL, owner);
	if (v != NULL) {
		bool is_wrong = distance > value * reference;
		c->v->mask &= ~(UINT64_C(1) << lane);
		c->v->mask |= (uint64_t)is_wrong << lane;
	}
}

/* The walk of an order's account and symbol; of nobody's, nothing ever passed. */
static inline struct model_walk model_walk_of(const struct model_case *c)
{
	unsigned owner;
	const struct limit_value *limit = model_limit(c->m, LIMIT_collar_window, MODEL_ANY,
		c->o->session, c->account_id, c->symbol_index, &owner);
	bool is_somebody = c->account_id != 0 && c->symbol_index != SYMBOL_NONE;
	return (struct model_walk){.m = c->m,
		.account = c->account_id,
		.symbol = is_somebody ? c->symbol_index : 0,
		.now_ns = c->turn->now_ns,
		.window_ns = is_somebody && limit != NULL ? (wide)limit->window_ns : 0};
}

static inline void model_collar_window(struct model_case *c)
{
	struct model_walk walk = model_walk_of(c);
	wide own = c->v->reference, price = c->o->price_e4, furthest = 0, most = 0;
	if (own != 0 && !c->price_is_bad) {
		wide window_ns = walk.window_ns;
		furthest = most = model_walk_furthest(&walk, own, price);
		walk.window_ns = model_walk_most(walk);
		if (walk.window_ns != window_ns)
			most = model_walk_furthest(&walk, own, price);
	}
	model_collar(c, LANE_COLLAR_WINDOW, LIMIT_collar_window, most);
	c->v->walk_most = c->v->usage[LANE_COLLAR_WINDOW];
	c->v->mask &= ~(UINT64_C(1) << LANE_COLLAR_WINDOW);
	model_collar(c, LANE_COLLAR_WINDOW, LIMIT_collar_window, furthest);
}

static inline void model_collars(struct model_case *c)
{
	static const unsigned ages[] = {
		LIMIT_max_bbo_age, LIMIT_max_trade_age, LIMIT_max_close_age};
	wide zero = 0, reference, ticks = MODEL_MISSING;
	bool all_stated = true;
	unsigned owner;
	model_reference(c);
	reference = c->v->reference;
	for (unsigned i = 0; i < 3; i++)
		all_stated &= model_limit(c->m, ages[i], MODEL_ANY, c->o->session, c->account_id,
				      c->symbol_index, &owner) != NULL;
	rule(c, LANE_NO_REFERENCE, reference == 0 ? MODEL_MISSING : 0, all_stated ? &zero : NULL,
		SCOPE_COUNT);
	model_collar(c, LANE_PRICE_COLLAR, LIMIT_collar, reference);
	model_collar(c, LANE_EXIT_COLLAR, LIMIT_exit_collar, reference);
	if (c->symbol != NULL && reference != 0 && !c->price_is_bad) {
		wide tick = c->symbol->tick_e4;
		ticks = (model_distance(c->o->price_e4, reference) + tick - 1) / tick;
	}
	rule_limit(c, LANE_PRICE_COLLAR_TICKS, LIMIT_collar_ticks, MODEL_ANY, ticks);
	model_collar_window(c);
}

/* Whether a price is no further on its own side of a reference than so many bps of it. */
static inline bool model_is_near(unsigned side, wide price, wide reference, wide bps)
{
	wide further = side == SIDE_BUY ? price - reference : reference - price;
	return further * 10000 <= bps * reference;
}

/* What ends a market order: its collars, and the venue's band where there is one. */
struct model_reach {
	unsigned side;
	wide reference, walk[2], tick, bps, ticks, walk_bps, band; /* band 0: none */
};

static inline bool model_reaches(const struct model_reach *r, wide price)
{
	wide further = r->side == SIDE_BUY ? price - r->reference : r->reference - price;
	bool is_inside =
		r->band == 0 || (r->side == SIDE_BUY ? price <= r->band : price >= r->band);
	return is_inside && further <= r->ticks * r->tick &&
	       model_is_near(r->side, price, r->reference, r->bps) &&
	       model_is_near(r->side, price, r->walk[0], r->walk_bps) &&
	       model_is_near(r->side, price, r->walk[1], r->walk_bps);
}

/* The furthest price that reaches, by halving what is between one that does and one that does not: nothing is divided by
   what a limit is made of.  0: a sale may go down to nothing.  Above every price: a buy may go up to anything. */
static inline wide model_furthest(const struct model_reach *r)
{
	const wide far = (wide)1 << 33;
	wide good = r->side == SIDE_BUY ? 0 : far, bad = r->side == SIDE_BUY ? far : 0;
	if (model_reaches(r, bad))
		return bad;
	while (model_distance(good, bad) > 1) {
		wide middle = (good + bad) / 2;
		if (model_reaches(r, middle))
			good = middle;
		else
			bad = middle;
	}
	return good;
}

/* The furthest price on the tick, or by the most that the row may remember; where collars are as wide as that, a buy gets the reference and a sale a tick. */
static inline wide model_price_of(struct model_case *c, bool is_most)
{
	const struct limit_value *collar = model_says(c, LIMIT_collar);
	const struct limit_value *ticks = model_says(c, LIMIT_collar_ticks);
	const struct limit_value *walk = model_says(c, LIMIT_collar_window);
	struct model_walk walked = model_walk_of(c);
	model_reference(c);
	if (c->v->reference == 0 || c->symbol == NULL || collar == NULL || ticks == NULL ||
		walk == NULL)
		return 0;
	struct model_reach reach = {.side = c->o->side,
		.reference = c->v->reference,
		.tick = c->symbol->tick_e4,
		.bps = collar->value,
		.ticks = ticks->value,
		.walk_bps = walk->value};
	walked.window_ns = is_most ? model_walk_most(walked) : walked.window_ns;
	model_walk_ends(&walked, c->v->reference, &reach.walk[0], &reach.walk[1]);
	if (c->top != NULL)
		reach.band = c->o->side == SIDE_BUY ? c->top->top.band_upper_e4
						    : c->top->top.band_lower_e4;
	wide price = model_furthest(&reach);
	if (!model_is_price(price))
		price = c->o->side == SIDE_BUY ? reach.reference : reach.tick;
	wide over = price % reach.tick;
	if (over == 0)
		return price;
	return c->o->side == SIDE_BUY ? price - over : price - over + reach.tick;
}

/* Worst case in the direction of a side: position and everything that works on that side. */
static inline wide model_worst(const struct model_holding *h, unsigned side)
{
	wide shares = h->bought - h->sold;
	return (side == SIDE_BUY ? shares : -shares) + h->working_qty[side];
}

static inline void model_way_out(struct model_case *c)
{
	const struct risk_order *o = c->o;
	const struct model_holding *h = model_held(c);
	wide shares = h->bought - h->sold, value = (wide)o->price_e4 * o->open_qty;
	wide old_price_by_qty = o->reserved_value_e4, new_price_by_qty;
	c->v->add_qty = wide_max(0, (wide)o->open_qty - o->reserved_qty);
	if (c->price_is_bad)
		value = INT64_MAX;
	c->v->add_value = wide_max(0, value - o->reserved_value_e4);
	/* It closes what is held, even if every order working on its side fills first. */
	if (o->side == SIDE_SELL && shares > 0 &&
		shares - h->working_qty[SIDE_SELL] - c->v->add_qty >= 0)
		c->v->is_way_out = true;
	if (o->side == SIDE_BUY && shares < 0 &&
		-shares - h->working_qty[SIDE_BUY] - c->v->add_qty >= 0)
		c->v->is_way_out = true;
	/* A replace that only goes down: less quantity, no more value, no keener price. */
	new_price_by_qty = (wide)o->price_e4 * o->reserved_qty;
	if (o->kind == DECISION_REPLACE && o->open_qty < o->reserved_qty &&
		value <= o->reserved_value_e4 &&
		(o->side == SIDE_BUY ? new_price_by_qty <= old_price_by_qty
				     : new_price_by_qty >= old_price_by_qty))
		c->v->is_way_out = true;
}

/* A sale that may leave the account short is marked so; a short one is above the bid under the price test. */
static inline void model_short_sale(struct model_case *c, wide worst_short)
{
	const struct risk_order *o = c->o;
	const struct limit_value *said = model_says(c, LIMIT_allow_unmarked_short);
	const struct top_prices *p = c->top != NULL ? &c->top->top : NULL;
	rule_yes(c, LANE_SHORT_SALE, false);
	if (o->side != SIDE_SELL || o->mark == SALE_EXEMPT)
		return;
	if (o->mark == SALE_LONG) {
		if (worst_short > 0 && (said == NULL || said->value != 1))
			rule_limit(c, LANE_SHORT_SALE, LIMIT_allow_unmarked_short, MODEL_ANY, 1);
		return;
	}
	if (p == NULL || p->short_sale == 0 || (p->short_sale != '0' && p->bid_e4 <= 0)) {
		wide zero = 0;
		rule(c, LANE_SHORT_SALE, MODEL_MISSING, &zero, SCOPE_COUNT);
	} else {
		rule_yes(c, LANE_SHORT_SALE, p->short_sale != '0' && o->price_e4 <= p->bid_e4);
	}
}

/* What was refused for its size and still holds, and all that passed there since: none of it may come back. */
static inline void model_slicing(struct model_case *c)
{
	const struct limit_value *limit = model_says(c, LIMIT_max_slicing);
	wide qty = 0, value = 0, bps = 0;
	const struct model_slices *s =
		c->account_id != 0 && c->symbol_index != SYMBOL_NONE
			? &c->m->slices[c->account_id][c->symbol_index][c->o->side]
			: NULL;
	if (s != NULL && s->is_open && limit != NULL &&
		c->turn->now_ns - s->began_ns < limit->window_ns) {
		if (s->qty != 0 && c->v->add_qty != 0)
			qty = ((s->passed_qty + c->v->add_qty) * 10000 + s->qty - 1) / s->qty;
		if (s->value != 0 && c->v->add_value != 0)
			value = ((s->passed_value + c->v->add_value) * 10000 + s->value - 1) /
				s->value;
		bps = wide_max(qty, value);
	}
	rule_limit(c, LANE_SLICING, LIMIT_max_slicing, MODEL_ANY, bps);
}

/* What a short sale needs beyond what was located, where the symbol is not easy to borrow. */
static inline void model_locate(struct model_case *c)
{
	const struct model_holding *held = model_held(c);
	const struct limit_value *easy = model_says(c, LIMIT_easy_to_borrow);
	const struct limit_value *most = model_says(c, LIMIT_locates);
	wide used = held->located_working + held->located_executed + c->o->locate_qty;
	wide limit = most != NULL ? most->value : 0;
	bool needs = c->o->locate_qty > 0 && (easy == NULL || easy->value != 1);
	rule_yes(c, LANE_NO_LOCATE, false);
	if (needs)
		rule(c, LANE_NO_LOCATE, used, most != NULL ? &limit : NULL, SCOPE_ACCOUNT_SYMBOL);
}

static inline void model_exposure(struct model_case *c)
{
	const unsigned side = c->o->side, other = side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
	const struct model *m = c->m;
	const wide none = (wide)INT64_MIN + 1;
	wide works = model_held(c)->working_value[side], worst, firm = c->v->add_qty;
	wide open, firm_open;
	c->v->add_open = model_home(m, c->symbol_index, works + c->v->add_value, true) -
			 model_home(m, c->symbol_index, works, true);
	if (c->price_is_bad && model_currency(m, c->symbol_index) != 0)
		c->v->add_open = INT64_MAX;
	open = firm_open = c->v->add_open;
	worst = model_worst(model_held(c), side) + c->v->add_qty;
	for (uint32_t a = 0; a < MODEL_ACCOUNTS; a++)
		for (uint32_t s = 0; s < MODEL_SYMBOLS; s++) {
			if (s == c->symbol_index)
				firm += model_worst(&m->held[a][s], side);
			if (a == c->account_id && a != 0)
				open += model_home(m, s, m->held[a][s].working_value[side], true);
			firm_open += model_home(m, s, m->held[a][s].working_value[side], true);
		}
	model_short_sale(c, worst);
	model_locate(c);
	wide parent = c->o->parent_qty, zero = 0;
	if (c->o->parent_word == PARENT_WRONG)
		rule(c, LANE_PARENT, MODEL_MISSING, &zero, SCOPE_COUNT);
	else if (c->o->parent_word == PARENT_NAMED && c->v->add_qty != 0)
		rule(c, LANE_PARENT, (wide)c->o->parent_used + c->v->add_qty, &parent,
			SCOPE_STRATEGY);
	else
		rule_yes(c, LANE_PARENT, false);
	static const unsigned own[] = {LIMIT_max_long_position, LIMIT_max_short_position};
	static const unsigned money[] = {LIMIT_max_open_buy_value, LIMIT_max_open_sell_value};
	rule_limit(c, LANE_POSITION_LONG + side, own[side], MODEL_A | MODEL_AY, worst);
	rule_limit(c, LANE_POSITION_LONG + other, own[other], MODEL_A | MODEL_AY, none);
	rule_limit(c, LANE_FIRM_POSITION_LONG + side, own[side], MODEL_F | MODEL_Y, firm);
	rule_limit(c, LANE_FIRM_POSITION_LONG + other, own[other], MODEL_F | MODEL_Y, none);
	rule_limit(c, LANE_OPEN_BUY_VALUE + side, money[side], MODEL_A, open);
	rule_limit(c, LANE_OPEN_BUY_VALUE + other, money[other], MODEL_A, none);
	rule_limit(c, LANE_FIRM_OPEN_BUY_VALUE + side, money[side], MODEL_F, firm_open);
	rule_limit(c, LANE_FIRM_OPEN_BUY_VALUE + other, money[other], MODEL_F, none);
	rule_yes(c, LANE_OVERFLOW,
		worst >= INT64_MAX || firm >= INT64_MAX || open >= INT64_MAX ||
			firm_open >= INT64_MAX);
	if (c->v->usage[LANE_OVERFLOW] != 0)
		c->v->usage[LANE_OVERFLOW] = MODEL_MISSING;
}

/* What one holding is worth at a mark, in the ways money is looked at; credit is summed apart. */
struct model_worth {
	wide gross, up, down, profit, margin, stress;
};

static inline wide model_part(wide amount, wide bps)
{
	if (bps == 0) /* not known */
		return amount > 0 ? (wide)INT64_MAX : 0;
	return (amount * bps + 9999) / 10000;
}

/* What of a symbol's value is asked as margin, or lost under stress: of all that is said of it, by symbols.yaml, for the firm, for
   the sector that it is in and for itself, the most; 0: nobody says it. */
static inline wide model_haircut(const struct model *m, uint32_t symbol, unsigned limit)
{
	const struct symbol_config *of = &m->site->symbols[symbol];
	wide most = limit == LIMIT_margin_rate ? of->margin_bps : of->stress_bps;
	for (uint32_t i = 0; i < m->row_count; i++) {
		const struct limit_row *row = &m->rows[i];
		bool is_its = row->scope == SCOPE_FIRM ||
			      (row->scope == SCOPE_SECTOR && of->sector == row->id) ||
			      (row->scope == SCOPE_SYMBOL && row->symbol == symbol);
		if (is_its && (row->stated >> limit & 1) != 0)
			most = wide_max(most, row->limits[limit].value);
	}
	return most;
}

static inline struct model_worth model_worth_of(
	const struct model *m, const struct model_holding *h, uint32_t symbol, wide mark)
{
	wide shares = h->bought - h->sold;
	struct model_worth worth = {.up = (shares + h->working_qty[SIDE_BUY]) * mark,
		.down = (h->working_qty[SIDE_SELL] - shares) * mark,
		.profit = h->sold_value + shares * mark - h->bought_value - h->fees};
	worth.up = model_home(m, symbol, worth.up, true);
	worth.down = model_home(m, symbol, worth.down, true);
	worth.profit = model_home(m, symbol, worth.profit, false);
	worth.gross = wide_max(0, wide_max(worth.up, worth.down));
	if (symbol < m->site->symbol_count) {
		worth.margin = model_part(worth.gross, model_haircut(m, symbol, LIMIT_margin_rate));
		worth.stress = model_part(worth.gross, model_haircut(m, symbol, LIMIT_stress_rate));
	}
	return worth;
}

/* An execution against the reference of its order: a bit for each owner, account and firm, whose slips within the
   window are more than it may have. */
static inline unsigned model_slip(
	struct model *m, uint64_t now_ns, const struct risk_execution *execution)
{
	wide price = execution->price_e4, reference = execution->reference_e4;
	wide worse = execution->side == SIDE_BUY ? price - reference : reference - price;
	unsigned owner, trips = 0;
	const struct limit_value *far = model_limit(
		m, LIMIT_max_slippage, MODEL_ANY, 0, execution->account, execution->symbol, &owner);
	if (far != NULL && reference > 0 && model_is_price(price) &&
		worse * 10000 <= (wide)far->value * reference)
		return 0;
	if (m->slip_count == m->slip_room) {
		m->slip_room = m->slip_room * 2 + 1024;
		m->slips = realloc(m->slips, m->slip_room * sizeof *m->slips);
		CHECK(m->slips != NULL);
	}
	m->slips[m->slip_count++] = (struct model_slip){now_ns, execution->account};
	for (unsigned is_firm = 0; is_firm < 2; is_firm++) {
		const struct limit_value *most = model_limit(m, LIMIT_max_slips,
			is_firm ? MODEL_F : MODEL_A, 0, execution->account, SYMBOL_NONE, &owner);
		wide count = 0;
		for (size_t i = m->slip_count; i-- > 0 && most != NULL;) {
			if (now_ns - m->slips[i].time_ns >= most->window_ns)
				break;
			count += is_firm || m->slips[i].account == execution->account;
		}
		if (most != NULL && count > most->value)
			trips |= is_firm ? RISK_TRIP_FIRM_SLIPS : RISK_TRIP_ACCOUNT_SLIPS;
	}
	return trips;
}

/* Everything an owner has at stake; account 0 is the firm.  The order's own row stands as it would be. */
static inline void model_stake(const struct model_case *c, uint32_t account, wide used[7])
{
	const struct model *m = c->m;
	struct model_worth sum = {0};
	wide credit = c->v->add_open;
	for (uint32_t a = 0; a < MODEL_ACCOUNTS; a++)
		for (uint32_t s = 0; s < MODEL_SYMBOLS; s++) {
			struct model_holding h = m->held[a][s];
			if (account != 0 && a != account)
				continue;
			credit += model_home(m, s, h.bought_value + h.sold_value, true) +
				  model_home(m, s, h.working_value[0], true) +
				  model_home(m, s, h.working_value[1], true);
			if (a == c->account_id && s == c->symbol_index) {
				h.working_qty[c->o->side] += c->v->add_qty;
				h.mark = c->v->reference;
			}
			struct model_worth worth = model_worth_of(m, &h, s, h.mark);
			sum.gross += worth.gross;
			sum.up += worth.up;
			sum.down += worth.down;
			sum.profit += worth.profit;
			sum.margin += worth.margin;
			sum.stress += worth.stress;
		}
	used[0] = sum.gross;
	used[1] = wide_max(sum.up, sum.down);
	used[2] = credit;
	used[3] = -sum.profit;
	used[4] = m->peak[account == 0 ? (uint32_t)MODEL_ACCOUNTS : account] - sum.profit;
	used[5] = sum.margin;
	used[6] = sum.stress;
}

/* So large a part of the capital is a limit of gross exposure, or of stress, too; false: one of them is unstated. */
static inline bool model_of_capital(
	const struct model_case *c, unsigned share, unsigned scopes, wide *limit)
{
	unsigned owner;
	const struct limit_value *capital = model_limit(
		c->m, LIMIT_capital, scopes, c->o->session, c->account_id, c->symbol_index, &owner);
	const struct limit_value *times = model_limit(
		c->m, share, scopes, c->o->session, c->account_id, c->symbol_index, &owner);
	if (capital == NULL || times == NULL)
		return false;
	wide most = (wide)capital->value * times->value / 10000;
	*limit = most < *limit ? most : *limit;
	return true;
}

/* What all accounts lost in a symbol; c, if there is one, is the order whose row stands at its reference. */
static inline wide model_lost_in(const struct model *m, const struct model_case *c, uint32_t symbol)
{
	wide lost = 0;
	for (uint32_t a = 0; a < MODEL_ACCOUNTS; a++) {
		const struct model_holding *h = &m->held[a][symbol];
		bool is_its = c != NULL && a == c->account_id && symbol == c->symbol_index;
		wide mark = is_its ? c->v->reference : h->mark;
		lost -= model_worth_of(m, h, symbol, mark).profit;
	}
	return lost;
}

/* What a strategy of an account lost in all symbols. */
static inline wide model_lost_by(
	const struct model *m, const struct model_case *c, uint32_t account, uint32_t strategy)
{
	wide lost = 0;
	for (uint32_t s = 0; s < MODEL_SYMBOLS; s++) {
		const struct model_own *own = &m->own[strategy][s];
		bool is_its = c != NULL && account == c->account_id && s == c->symbol_index;
		wide mark = is_its ? c->v->reference : m->held[account][s].mark;
		lost -= model_home(m, s, own->cash + own->shares * mark, false);
	}
	return lost;
}

/* The best that an account, the firm, every symbol and every strategy have stood at; called after every change. */
static inline void model_peak(struct model *m, uint32_t account)
{
	wide own = 0, all = 0;
	for (uint32_t a = 0; a < MODEL_ACCOUNTS; a++)
		for (uint32_t s = 0; s < MODEL_SYMBOLS; s++) {
			const struct model_holding *h = &m->held[a][s];
			wide profit = model_worth_of(m, h, s, h->mark).profit;
			own += a == account ? profit : 0;
			all += profit;
		}
	m->peak[account] = wide_max(m->peak[account], own);
	m->peak[MODEL_ACCOUNTS] = wide_max(m->peak[MODEL_ACCOUNTS], all);
	for (uint32_t s = 0; s < MODEL_SYMBOLS; s++)
		m->symbol_peak[s] = wide_max(m->symbol_peak[s], -model_lost_in(m, NULL, s));
	for (uint32_t t = 0; t < MODEL_ACCOUNTS * 10; t++)
		m->strategy_peak[t] =
			wide_max(m->strategy_peak[t], -model_lost_by(m, NULL, t / 10, t));
}

/* How far a symbol or a strategy that lost so much has fallen from its best; LIMIT_max_loss: what it lost. */
static inline wide model_own_used(
	const struct model *m, unsigned scope, uint32_t id, unsigned limit, wide lost)
{
	if (limit == LIMIT_max_loss)
		return lost;
	return lost + (scope == SCOPE_SYMBOL ? m->symbol_peak[id] : m->strategy_peak[id]);
}

/* Where neither the account nor the firm lost too much, or fell too far: the order's symbol, then its strategy. */
static inline void model_own_losses(struct model_case *c, unsigned lane, unsigned limit)
{
	const uint32_t strategy = c->o->strategy, symbol = c->symbol_index;
	const struct limit_value *stated;
	wide most, used;
	if (symbol == SYMBOL_NONE)
		return;
	stated = model_own_stated(c->m, SCOPE_SYMBOL, 0, symbol, limit);
	most = stated != NULL ? stated->value : 0;
	used = model_own_used(c->m, SCOPE_SYMBOL, symbol, limit, model_lost_in(c->m, c, symbol));
	if (stated != NULL && used > most) {
		rule(c, lane, used, &most, SCOPE_SYMBOL);
		return;
	}
	stated = model_own_stated(c->m, SCOPE_STRATEGY, strategy, SYMBOL_NONE, limit);
	most = stated != NULL ? stated->value : 0;
	used = model_own_used(c->m, SCOPE_STRATEGY, strategy, limit,
		model_lost_by(c->m, c, strategy / 10, strategy));
	if (stated != NULL && used > most)
		rule(c, lane, used, &most, SCOPE_STRATEGY);
}

/* One kind of money: the account's limit first, then the firm's; both bind. */
static inline void model_money_rule(
	struct model_case *c, unsigned lane, unsigned limit, wide own, wide all, bool is_priced)
{
	unsigned owner;
	const struct limit_value *a = model_limit(
		c->m, limit, MODEL_A, c->o->session, c->account_id, c->symbol_index, &owner);
	const struct limit_value *f = model_limit(
		c->m, limit, MODEL_F, c->o->session, c->account_id, c->symbol_index, &owner);
	wide a_limit = a != NULL ? a->value : 0, f_limit = f != NULL ? f->value : 0;
	const struct limit_value *said[] = {a, f};
	unsigned share = limit == LIMIT_max_gross_exposure ? LIMIT_max_leverage
			 : limit == LIMIT_max_stress       ? LIMIT_max_stress_share
							   : LIMIT_COUNT;
	if (share != LIMIT_COUNT) {
		a = a != NULL && model_of_capital(c, share, MODEL_A, &a_limit) ? a : NULL;
		f = f != NULL && model_of_capital(c, share, MODEL_F, &f_limit) ? f : NULL;
	}
	const struct limit_value *chosen = a == NULL || own > a_limit ? a : f;
	bool is_own = chosen == a;
	c->v->is_second[lane] = share != LIMIT_COUNT && said[is_own ? 0 : 1] != NULL &&
				(chosen == NULL || chosen->value > (is_own ? a_limit : f_limit));
	if (chosen == a)
		rule(c, lane, own, a != NULL ? &a_limit : NULL, SCOPE_ACCOUNT);
	else
		rule(c, lane, all, f != NULL ? &f_limit : NULL, SCOPE_FIRM);
	if (f == NULL)
		c->v->mask |= UINT64_C(1) << lane;
	bool has_own = lane == LANE_LOSS || lane == LANE_DRAWDOWN;
	if (is_priced && has_own && (c->v->mask >> lane & 1) == 0)
		model_own_losses(c, lane, limit);
	if (is_priced)
		return;
	c->v->mask |= UINT64_C(1) << lane;
	if (chosen != NULL)
		c->v->usage[lane] = MODEL_MISSING;
}

/* What an owner (account 0: the firm) has in all, in the order's symbol and in its sector, once the order is in. */
static inline void model_parts(
	const struct model_case *c, uint32_t account, wide *total, wide *of_symbol, wide *of_sector)
{
	*total = *of_symbol = *of_sector = 0;
	for (uint32_t a = 0; a < MODEL_ACCOUNTS; a++)
		for (uint32_t s = 0; s < c->m->site->symbol_count; s++) {
			struct model_holding h = c->m->held[a][s];
			if (account != 0 && a != account)
				continue;
			if (a == c->account_id && s == c->symbol_index) {
				h.working_qty[c->o->side] += c->v->add_qty;
				h.mark = c->v->reference;
			}
			wide gross = model_worth_of(c->m, &h, s, h.mark).gross;
			*total += gross;
			*of_symbol += s == c->symbol_index ? gross : 0;
			*of_sector +=
				c->m->site->symbols[s].sector == c->symbol->sector ? gross : 0;
		}
}

/* A share of an owner's exposure, or of its capital if that is more; false: it is not exceeded. */
static inline bool model_share_rule(
	struct model_case *c, uint32_t account, bool is_sector, bool is_known, bool is_forced)
{
	const bool is_firm = account == 0;
	unsigned owner, whose = is_firm ? MODEL_F : MODEL_A;
	unsigned scopes = is_sector ? whose : is_firm ? MODEL_F | MODEL_Y : MODEL_A | MODEL_AY;
	const struct limit_value *capital = model_limit(
		c->m, LIMIT_capital, whose, c->o->session, c->account_id, c->symbol_index, &owner);
	const struct limit_value *most =
		model_limit(c->m, is_sector ? LIMIT_max_sector_share : LIMIT_max_symbol_share,
			scopes, c->o->session, c->account_id, c->symbol_index, &owner);
	wide total, of_symbol, of_sector;
	model_parts(c, account, &total, &of_symbol, &of_sector);
	wide part = is_sector ? of_sector : of_symbol;
	wide base = capital != NULL ? wide_max(total, capital->value) : total;
	wide share = part == 0 ? 0 : base == 0 ? MODEL_MISSING : (part * 10000 + base - 1) / base;
	bool is_stated = capital != NULL && most != NULL;
	wide limit = most != NULL ? most->value : 0;
	if (!is_forced && is_stated && part * 10000 <= limit * base)
		return false;
	rule(c, LANE_CONCENTRATION, is_stated && !is_known ? MODEL_MISSING : share,
		is_stated ? &limit : NULL, owner);
	c->v->mask |= UINT64_C(1) << LANE_CONCENTRATION;
	c->v->is_second[LANE_CONCENTRATION] = is_sector;
	return true;
}

/* The account's symbol, its sector, the firm's symbol, its sector: the first that is too much is named. */
static inline void model_concentration(struct model_case *c)
{
	bool is_known = c->symbol != NULL && c->symbol->sector != 0 && c->v->reference != 0 &&
			!model_lacks_rate(c);
	wide zero = 0;
	rule(c, LANE_CONCENTRATION, 0, &zero, SCOPE_COUNT);
	if (c->symbol == NULL || c->account_id == 0) {
		c->v->mask |= UINT64_C(1) << LANE_CONCENTRATION;
		return;
	}
	for (unsigned i = 0; i < 4; i++)
		if (model_share_rule(c, i < 2 ? c->account_id : 0, i % 2 != 0, is_known, false))
			return;
	if (!is_known)
		model_share_rule(c, c->account_id, true, false, true);
}

static inline void model_money(struct model_case *c)
{
	static const unsigned limits[] = {LIMIT_max_gross_exposure, LIMIT_max_net_exposure,
		LIMIT_credit, LIMIT_max_loss, LIMIT_max_drawdown, LIMIT_collateral,
		LIMIT_max_stress};
	static const unsigned lanes[] = {LANE_GROSS_EXPOSURE, LANE_NET_EXPOSURE, LANE_CREDIT,
		LANE_LOSS, LANE_DRAWDOWN, LANE_MARGIN, LANE_PORTFOLIO_RISK};
	wide own[7] = {0}, all[7];
	bool has_margin =
		c->symbol != NULL && model_haircut(c->m, c->symbol_index, LIMIT_margin_rate) != 0;
	bool has_stress =
		c->symbol != NULL && model_haircut(c->m, c->symbol_index, LIMIT_stress_rate) != 0;
	bool has_mark = c->v->reference != 0 && !model_lacks_rate(c);
	model_concentration(c);
	if (c->account_id != 0)
		model_stake(c, c->account_id, own);
	model_stake(c, 0, all);
	for (unsigned i = 0; i < 7; i++)
		model_money_rule(c, lanes[i], limits[i], own[i], all[i],
			has_mark && (i != 5 || has_margin) && (i != 6 || has_stress));
}

/* Orders of the log that one scope saw within the window, this one counted. */
static inline wide model_window(const struct model_case *c, unsigned scope, uint64_t window_ns)
{
	wide count = 1;
	for (size_t i = c->m->log_count; i-- > 0;) {
		const struct model_order *past = &c->m->log[i];
		if (c->turn->now_ns - past->time_ns >= window_ns)
			break;
		if (past->is_way_out)
			continue;
		count += (scope == SCOPE_SESSION && past->session == c->o->session) ||
			 (scope == SCOPE_ACCOUNT && past->account == c->account_id) ||
			 (scope == SCOPE_STRATEGY && past->is_paced &&
				 past->strategy == c->o->strategy) ||
			 (scope == SCOPE_SYMBOL && past->symbol == c->symbol_index);
	}
	return count;
}

static inline void model_throttle(struct model_case *c, unsigned lane, unsigned scope,
	unsigned scopes, const struct model_bucket *b)
{
	unsigned owner;
	const struct limit_value *limit = model_limit(c->m, LIMIT_order_rate, scopes, c->o->session,
		c->account_id, c->symbol_index, &owner);
	wide burst = limit != NULL ? limit->burst : 0, value = limit != NULL ? limit->value : 0;
	const wide *has = limit != NULL ? &burst : NULL;
	uint64_t window_ns = b != NULL ? b->limit.window_ns : 0;
	rule(c, lane, b != NULL ? model_bucket_orders(b, c->turn->now_ns) : 0, has,
		model_burst_owner(c->m, LIMIT_order_rate, scopes, c->o->session, c->account_id,
			c->symbol_index));
	has = limit != NULL ? &value : NULL;
	rule(c, lane + 1, b != NULL ? model_window(c, scope, window_ns) : 1, has, owner);
}

/* Where the account's tokens or window have room: those of the strategy, if it states a rate. */
static inline void model_pace(struct model_case *c)
{
	const struct limit_value *limit = model_own_stated(
		c->m, SCOPE_STRATEGY, c->o->strategy, SYMBOL_NONE, LIMIT_order_rate);
	if (limit == NULL)
		return;
	wide burst = limit->burst, value = limit->value;
	wide tokens = model_bucket_orders(&c->m->strategy[c->o->strategy], c->turn->now_ns);
	wide orders = model_window(c, SCOPE_STRATEGY, limit->window_ns);
	if ((c->v->mask >> LANE_ACCOUNT_RATE & 1) == 0 && tokens > burst)
		rule(c, LANE_ACCOUNT_RATE, tokens, &burst, SCOPE_STRATEGY);
	if ((c->v->mask >> LANE_ACCOUNT_WINDOW & 1) == 0 && orders > value)
		rule(c, LANE_ACCOUNT_WINDOW, orders, &value, SCOPE_STRATEGY);
}

/* Messages of an owner, this one counted, against what is free or earned: the account's first, then the firm's. */
static inline void model_order_to_trade(struct model_case *c)
{
	unsigned owner;
	const struct limit_value *own = model_limit(c->m, LIMIT_order_to_trade, MODEL_A, 0,
		c->account_id == 0 ? UINT32_MAX : c->account_id, SYMBOL_NONE, &owner);
	const struct limit_value *all =
		model_limit(c->m, LIMIT_order_to_trade, MODEL_F, 0, 0, SYMBOL_NONE, &owner);
	wide messages = c->m->messages[c->account_id], trades = c->m->trades[c->account_id];
	wide own_limit = own == NULL ? 0 : wide_max(own->burst, own->value * trades), all_limit;
	bool is_own = own == NULL || messages + 1 > own_limit;
	if (!is_own) {
		messages = trades = 0;
		for (unsigned i = 0; i < MODEL_ACCOUNTS; i++) {
			messages += c->m->messages[i];
			trades += c->m->trades[i];
		}
	}
	all_limit = all == NULL ? 0 : wide_max(all->burst, all->value * trades);
	if (is_own)
		rule(c, LANE_ORDER_TO_TRADE, messages + 1, own != NULL ? &own_limit : NULL,
			SCOPE_ACCOUNT);
	else
		rule(c, LANE_ORDER_TO_TRADE, messages + 1, all != NULL ? &all_limit : NULL,
			SCOPE_FIRM);
}

static inline void model_rates(struct model_case *c)
{
	const struct model *m = c->m;
	const struct risk_order *o = c->o;
	const struct model_bucket *session = NULL, *account = NULL, *symbol = NULL, *exits = NULL;
	const struct limit_value *limit;
	unsigned owner;
	wide same = 1, burst = 0;
	if (o->session > 0 && o->session < MODEL_SESSIONS)
		session = &m->session[o->session];
	if (c->account_id != 0) {
		account = &m->account[c->account_id];
		exits = &m->exits[c->account_id];
	}
	if (c->symbol_index != SYMBOL_NONE)
		symbol = &m->symbol[c->symbol_index];
	model_order_to_trade(c);
	model_throttle(c, LANE_SESSION_RATE, SCOPE_SESSION, MODEL_S, session);
	model_throttle(c, LANE_ACCOUNT_RATE, SCOPE_ACCOUNT, MODEL_A, account);
	model_pace(c);
	/* What no symbol is has no throttle, whatever the firm states for each symbol. */
	model_throttle(c, LANE_SYMBOL_RATE, SCOPE_SYMBOL, MODEL_F | MODEL_Y, symbol);
	limit = model_limit(
		m, LIMIT_exit_rate, MODEL_A, o->session, c->account_id, c->symbol_index, &owner);
	burst = limit != NULL ? limit->burst : 0;
	rule(c, LANE_EXIT_RATE, exits != NULL ? model_bucket_orders(exits, c->turn->now_ns) : 0,
		limit != NULL ? &burst : NULL, owner);
	limit = model_limit(m, LIMIT_max_duplicates, MODEL_F | MODEL_A, o->session, c->account_id,
		c->symbol_index, &owner);
	for (size_t i = m->log_count; i-- > 0 && limit != NULL;) {
		const struct model_order *past = &m->log[i];
		if (c->turn->now_ns - past->time_ns >= limit->window_ns)
			break;
		same += past->session == o->session && past->symbol == o->symbol &&
			past->side == o->side && past->price_e4 == o->price_e4 &&
			past->qty == o->qty;
	}
	rule_limit(c, LANE_DUPLICATE_ORDER, LIMIT_max_duplicates, MODEL_F | MODEL_A, same);
}

/* Lanes that do not bind: some only a way out, some only other orders. */
static inline void model_exempt(struct model_case *c)
{
	static const unsigned not_way_out[] = {LANE_REDUCE_ONLY, LANE_PRICE_COLLAR,
		LANE_CLOCK_IN_DOUBT, LANE_ACCOUNT_NOT_APPROVED, LANE_PRICE_COLLAR_TICKS,
		LANE_SLICING, LANE_COLLAR_WINDOW, LANE_POSITION_LONG, LANE_POSITION_SHORT,
		LANE_FIRM_POSITION_LONG, LANE_FIRM_POSITION_SHORT, LANE_OPEN_BUY_VALUE,
		LANE_OPEN_SELL_VALUE, LANE_FIRM_OPEN_BUY_VALUE, LANE_FIRM_OPEN_SELL_VALUE,
		LANE_GROSS_EXPOSURE, LANE_NET_EXPOSURE, LANE_CREDIT, LANE_LOSS, LANE_DRAWDOWN,
		LANE_MARGIN, LANE_PORTFOLIO_RISK, LANE_SESSION_RATE, LANE_SESSION_WINDOW,
		LANE_ACCOUNT_RATE, LANE_ACCOUNT_WINDOW, LANE_SYMBOL_RATE, LANE_SYMBOL_WINDOW,
		LANE_ORDER_TO_TRADE, LANE_CONCENTRATION};
	uint64_t exempt = UINT64_C(1) << LANE_EXIT_COLLAR | UINT64_C(1) << LANE_EXIT_RATE;
	if (c->v->is_way_out) {
		exempt = 0;
		for (size_t i = 0; i < sizeof not_way_out / sizeof not_way_out[0]; i++)
			exempt |= UINT64_C(1) << not_way_out[i];
		if (c->m->site->silent_policy == SILENT_REDUCE_ONLY)
			exempt |= UINT64_C(1) << LANE_CONTROL_SILENT;
	}
	c->v->mask &= ~exempt;
}

#endif
