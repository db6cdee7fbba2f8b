/* risk_rules.h - the table of controls as one `if` per rule: usage, limit and owner of each lane of one order.

   Units      price_e4, shares, money_e4; everything in 128 bits. */
#ifndef SLUICE_TESTS_RISK_RULES_H
#define SLUICE_TESTS_RISK_RULES_H

#include "tests/property/risk_money.h"
#include "tests/property/risk_prices.h"

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
