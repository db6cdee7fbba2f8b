/* risk_model.h - the controls written down slowly: what risk must answer, without any of its code.

   Straight from the table of controls: lists instead of hashes, a scan of every order ever passed
   instead of rings and buckets of references, 128-bit arithmetic instead of saturation, one `if` per
   rule instead of lanes.  It knows only the vocabulary (config, records, struct risk_order).

   Units      price_e4, shares, money_e4; everything in 128 bits.
   Invariant  (1) nothing here is fast, shared with risk, or clever. */
#ifndef SLUICE_TESTS_RISK_MODEL_H
#define SLUICE_TESTS_RISK_MODEL_H

#include "tests/property/risk_rules.h"

/* What is known of an order: who asks, for what, at which market. */
static inline struct model_case model_case_of(const struct model *m, const struct turn_inputs *turn,
	const struct top_used *top, const struct risk_order *o, struct model_verdict *v)
{
	struct model_case c = {.m = m, .turn = turn, .o = o, .v = v, .symbol_index = SYMBOL_NONE};
	memset(v, 0, sizeof *v);
	if (top != NULL && top->symbol == o->symbol)
		c.top = top;
	for (uint32_t i = 0; i < m->site->account_count; i++)
		if (m->site->accounts[i].id == o->account && o->account != 0)
			c.account = &m->site->accounts[i];
	if (c.account != NULL)
		c.account_id = o->account;
	if (o->symbol < m->site->symbol_count) {
		c.symbol = &m->site->symbols[o->symbol];
		c.symbol_index = o->symbol;
	}
	c.price_is_bad = !model_is_price(o->price_e4);
	return c;
}

/* Control 23: whether a market order becomes a limit order, as its account says for this phase of the market; else it is
   refused, and so it is where nothing is known of either. */
static inline bool model_converts(const struct model *m, const struct turn_inputs *turn,
	const struct top_used *top, const struct risk_order *o)
{
	struct model_verdict v;
	const struct model_case c = model_case_of(m, turn, top, o, &v);
	if (c.account == NULL || c.top == NULL)
		return false;
	return c.account->converts_market[c.top->top.phase == 'Q' ? 1 : 0];
}

/* And at which price: that of the furthest tick where its collars end; 0: there is none.  is_most: by the
   most that its row may remember. */
static inline wide model_market_price(const struct model *m, const struct turn_inputs *turn,
	const struct top_used *top, const struct risk_order *o, bool is_most)
{
	struct model_verdict v;
	struct model_case c = model_case_of(m, turn, top, o, &v);
	return model_price_of(&c, is_most);
}

static inline void model_judge(const struct model *m, const struct turn_inputs *turn,
	const struct top_used *top, const struct risk_order *o, struct model_verdict *v)
{
	struct model_case c = model_case_of(m, turn, top, o, v);
	model_way_out(&c);
	model_identity(&c);
	model_market(&c);
	model_permission(&c);
	model_collars(&c);
	model_exposure(&c);
	model_slicing(&c);
	model_money(&c);
	model_rates(&c);
	model_exempt(&c);
	v->lane = LANE_NONE;
	v->owner = SCOPE_COUNT;
	for (unsigned lane = LANE_COUNT; lane-- > 0;)
		if (v->mask >> lane & 1) {
			v->lane = lane;
			v->owner = v->owners[lane];
		}
}

static inline void model_commit(struct model *m, const struct turn_inputs *turn,
	const struct risk_order *o, const struct model_verdict *v)
{
	struct model_holding *h = &m->held[o->account][o->symbol];
	unsigned owner;
	m->messages[o->account]++;
	m->rates[model_currency(m, o->symbol)].is_used = true;
	h->located_working += o->locate_qty;
	h->working_qty[o->side] += v->add_qty;
	h->working_value[o->side] += v->add_value;
	h->mark = v->reference;
	model_peak(m, o->account);
	if (v->is_way_out) {
		model_bucket_take(&m->exits[o->account], turn->now_ns);
	} else {
		model_bucket_take(&m->session[o->session], turn->now_ns);
		model_bucket_take(&m->account[o->account], turn->now_ns);
		if (m->strategy[o->strategy].is_stated)
			model_bucket_take(&m->strategy[o->strategy], turn->now_ns);
		model_bucket_take(&m->symbol[o->symbol], turn->now_ns);
	}
	struct model_slices *s = &m->slices[o->account][o->symbol][o->side];
	const struct limit_value *slicing = model_limit(
		m, LIMIT_max_slicing, MODEL_ANY, o->session, o->account, o->symbol, &owner);
	s->is_open =
		s->is_open && slicing != NULL && turn->now_ns - s->began_ns < slicing->window_ns;
	s->passed_qty += v->add_qty;
	s->passed_value += v->add_value;
	if (m->log_count == m->log_room) {
		m->log_room = m->log_room * 2 + 1024;
		m->log = realloc(m->log, m->log_room * sizeof *m->log);
		CHECK(m->log != NULL);
	}
	m->log[m->log_count++] = (struct model_order){
		.time_ns = turn->now_ns,
		.session = o->session,
		.account = o->account,
		.strategy = o->strategy,
		.is_paced = m->strategy[o->strategy].is_stated,
		.side = o->side,
		.is_way_out = v->is_way_out,
		.symbol = o->symbol,
		.qty = o->qty,
		.price_e4 = o->price_e4,
		.reference = v->reference,
	};
}

/* Refused for a size above a limit: a window opens, or an open one begins anew with the smaller size. */
static inline void model_refuse(struct model *m, const struct turn_inputs *turn,
	const struct risk_order *o, const struct model_verdict *v)
{
	const uint64_t nobodys =
		UINT64_C(1) << LANE_UNKNOWN_ACCOUNT | UINT64_C(1) << LANE_UNKNOWN_SYMBOL;
	const uint64_t qty_bit = UINT64_C(1) << LANE_MAX_ORDER_QUANTITY,
		       value_bit = UINT64_C(1) << LANE_MAX_ORDER_VALUE;
	unsigned owner;
	if ((v->mask & nobodys) != 0)
		return;
	bool is_qty =
		(v->mask & qty_bit) != 0 && v->limit[LANE_MAX_ORDER_QUANTITY] != (wide)INT64_MIN;
	/* A value that is known, however large it is in the base currency. */
	bool is_known = model_is_price(o->price_e4) && !model_has_no_rate(m, o->symbol, o);
	bool is_value = (v->mask & value_bit) != 0 && is_known &&
			v->limit[LANE_MAX_ORDER_VALUE] != (wide)INT64_MIN;
	if (!is_qty && !is_value)
		return;
	struct model_slices *s = &m->slices[o->account][o->symbol][o->side];
	const struct limit_value *limit = model_limit(
		m, LIMIT_max_slicing, MODEL_ANY, o->session, o->account, o->symbol, &owner);
	if (!s->is_open || limit == NULL || turn->now_ns - s->began_ns >= limit->window_ns)
		memset(s, 0, sizeof *s);
	s->is_open = true;
	s->began_ns = turn->now_ns;
	if (is_qty && (s->qty == 0 || s->qty > o->qty))
		s->qty = o->qty;
	if (is_value && (s->value == 0 || s->value > (wide)o->price_e4 * o->qty))
		s->value = (wide)o->price_e4 * o->qty;
}

static inline bool model_cancel_take(
	struct model *m, const struct turn_inputs *turn, uint16_t session)
{
	struct model_bucket *b = &m->cancels[session];
	if (!b->is_stated)
		return true;
	if (model_bucket_orders(b, turn->now_ns) > b->limit.burst)
		return false;
	model_bucket_take(b, turn->now_ns);
	return true;
}

static inline void model_release(
	struct model *m, uint32_t account, uint32_t symbol, unsigned side, wide qty, wide value)
{
	struct model_holding *h = &m->held[account][symbol];
	h->working_qty[side] -= qty;
	h->working_value[side] -= value;
	model_peak(m, account);
}

static inline wide model_up(wide product, wide divisor)
{
	wide rest = product % divisor;
	return (product - rest) / divisor + (rest > 0);
}

/* Money of a venue's schedule in the currency of a symbol, at the rates of now. */
static inline wide model_paid(const struct model *m, uint8_t venue, uint32_t symbol, wide amount)
{
	const struct fees_config *fees = &m->site->venues[venue].fees;
	unsigned own = model_currency(m, symbol);
	if (!fees->has_currency || fees->currency == own)
		return amount;
	wide from = fees->currency == 0 ? 100000000 : m->rates[fees->currency].rate_e8;
	return model_up(amount * from, own == 0 ? 100000000 : m->rates[own].rate_e8);
}

/* What a venue takes for an execution: by the share, rounded up, and at least its minimum where it takes anything. */
static inline wide model_fee(
	const struct model *m, uint8_t venue, uint32_t symbol, uint8_t flag, wide qty)
{
	const struct fees_config *fees = &m->site->venues[venue].fees;
	wide product = qty * fees->rates_e6[flag], fee = model_up(product, 100);
	if (product > 0)
		fee = wide_max(fee, fees->minimum_e4);
	return model_paid(m, venue, symbol, fee);
}

/* A strategy's part of a fill; qty below 0: of one taken back. */
static inline void model_traded(struct model *m, uint32_t strategy, uint32_t symbol, unsigned side,
	wide qty, wide price, wide fee)
{
	wide shares = side == SIDE_BUY ? qty : -qty;
	m->own[strategy][symbol].shares += shares;
	m->own[strategy][symbol].cash -= shares * price + fee;
}

static inline void model_fill(struct model *m, uint32_t account, uint32_t symbol, unsigned side,
	wide qty, wide value, wide price)
{
	struct model_holding *h = &m->held[account][symbol];
	if (side == SIDE_BUY) {
		h->bought += qty;
		h->bought_value += qty * price;
	} else {
		h->sold += qty;
		h->sold_value += qty * price;
	}
	model_release(m, account, symbol, side, qty, value);
}

/* Everything in the currency is worth something else. */
static inline void model_rate(struct model *m, unsigned currency, wide rate_e8, wide as_of_ns)
{
	m->rates[currency].rate_e8 = rate_e8;
	m->rates[currency].as_of_ns = as_of_ns;
	model_convert(m);
	for (uint32_t account = 0; account < MODEL_ACCOUNTS; account++)
		model_peak(m, account);
}

static inline void model_mark(struct model *m, uint32_t account, uint32_t symbol, wide price)
{
	m->held[account][symbol].mark = price;
	model_peak(m, account);
}

static inline void model_unfill(
	struct model *m, uint32_t account, uint32_t symbol, unsigned side, wide qty, wide price)
{
	struct model_holding *h = &m->held[account][symbol];
	if (side == SIDE_BUY) {
		h->bought -= qty;
		h->bought_value -= qty * price;
	} else {
		h->sold -= qty;
		h->sold_value -= qty * price;
	}
	model_peak(m, account);
}

#endif
