/* risk_prices.h - the references of an order, its collars, and the price that ends a market order (controls 7 and 23); see risk_model.h. */
#ifndef SLUICE_TESTS_RISK_PRICES_H
#define SLUICE_TESTS_RISK_PRICES_H

#include "tests/property/risk_case.h"
#include "tests/property/risk_walk.h"

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

#endif
