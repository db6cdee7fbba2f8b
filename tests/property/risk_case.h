/* risk_case.h - one order as every rule sees it, and what a rule is: usage against limit, with its owner; see risk_model.h. */
#ifndef SLUICE_TESTS_RISK_CASE_H
#define SLUICE_TESTS_RISK_CASE_H

#include "tests/property/risk_ledger.h"

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

/* What a limit says, or nothing. */
static inline const struct limit_value *model_says(const struct model_case *c, unsigned limit)
{
	unsigned owner;
	return model_limit(
		c->m, limit, MODEL_ANY, c->o->session, c->account_id, c->symbol_index, &owner);
}

static inline bool model_is_price(wide price)
{
	return price > 0 && price < 2000000000;
}

#endif
