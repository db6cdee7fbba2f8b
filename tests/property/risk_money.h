/* risk_money.h - what is at stake, in money: exposure, credit, margin, stress, losses and shares of it (controls 14, 16, 26, 27, 35, 36);
   see risk_model.h. */
#ifndef SLUICE_TESTS_RISK_MONEY_H
#define SLUICE_TESTS_RISK_MONEY_H

#include "tests/property/risk_case.h"

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

#endif
