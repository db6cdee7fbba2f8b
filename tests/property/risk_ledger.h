/* risk_ledger.h - what the slow model of the controls remembers: limits as stated, holdings, tokens, every order ever
   passed.  Lists instead of hashes; see risk_model.h.

   Units      price_e4, shares, money_e4; everything in 128 bits. */
#ifndef SLUICE_TESTS_RISK_LEDGER_H
#define SLUICE_TESTS_RISK_LEDGER_H

#include <stdlib.h>

#include "config/rejects.h"
#include "dataplane/risk/risk.h"

__extension__ typedef __int128 wide;

enum {
	MODEL_ACCOUNTS = 5,
	MODEL_SYMBOLS = 6,
	MODEL_SESSIONS = 4,
	MODEL_ROWS = 64,
	MODEL_STRATEGIES = 64
};

struct model_order {
	uint64_t time_ns;
	uint16_t session, account, strategy;
	uint8_t side;
	bool is_way_out, is_paced; /* is_paced: its strategy stated a rate then */
	uint32_t symbol, qty;
	int64_t price_e4;
	wide reference;
};

struct model_bucket {
	wide used; /* in 1/window of an order */
	uint64_t seen_ns;
	struct limit_value limit;
	bool is_stated;
};

struct model_holding {
	wide bought, sold, working_qty[2], working_value[2];
	wide located_working, located_executed;
	wide bought_value, sold_value, fees, mark; /* mark 0: never valued */
};

/* What was refused of one account, symbol and side, and what passed since. */
struct model_slices {
	bool is_open;
	uint64_t began_ns;
	wide qty, value; /* 0: not refused for it */
	wide passed_qty, passed_value;
};

struct model {
	const struct site_config *site;
	uint32_t epoch, row_count, pending_count;
	struct limit_row rows[MODEL_ROWS],
		pending[MODEL_ROWS];           /* money of rows in the base, of pending as stated */
	bool is_stated_in[CURRENCY_COUNT_MAX]; /* some row in force states money in it */
	struct model_holding held[MODEL_ACCOUNTS][MODEL_SYMBOLS];
	struct model_own {
		wide shares, cash;
	} own[MODEL_STRATEGIES][MODEL_SYMBOLS]; /* what each strategy traded */
	struct model_slices slices[MODEL_ACCOUNTS][MODEL_SYMBOLS][2];
	struct model_bucket session[MODEL_SESSIONS], account[MODEL_ACCOUNTS], symbol[MODEL_SYMBOLS];
	struct model_bucket strategy[MODEL_STRATEGIES];
	struct model_bucket exits[MODEL_ACCOUNTS], cancels[MODEL_SESSIONS];
	uint64_t walk_window_ns[MODEL_ACCOUNTS][MODEL_SYMBOLS];  /* in force */
	uint64_t unsure_until_ns[MODEL_ACCOUNTS][MODEL_SYMBOLS]; /* risk_walk.h */
	struct model_order *log;
	size_t log_count, log_room;
	struct model_slip {
		uint64_t time_ns;
		uint16_t account;
	} * slips;
	size_t slip_count, slip_room;
	wide messages[MODEL_ACCOUNTS], trades[MODEL_ACCOUNTS];
	wide peak[MODEL_ACCOUNTS + 1]; /* the last: the firm's */
	wide symbol_peak[MODEL_SYMBOLS], strategy_peak[MODEL_STRATEGIES];
	struct model_rate {
		wide rate_e8, as_of_ns, max_age_ns; /* rate 0: none */
		bool is_used;
	} rates[CURRENCY_COUNT_MAX]; /* the first is never looked at */
};

struct model_verdict {
	uint64_t mask;
	unsigned lane, owner;
	wide usage[LANE_COUNT], limit[LANE_COUNT];
	unsigned owners[LANE_COUNT];
	bool is_second[LANE_COUNT]; /* of two limits that the lane looks at */
	bool is_way_out;
	wide add_qty, add_value, add_open;
	wide reference, reference_age;
	unsigned source;
	wide walk_most; /* usage of COLLAR_WINDOW, where the gate may be stricter */
};

static inline wide wide_max(wide a, wide b)
{
	return a > b ? a : b;
}

static inline unsigned model_currency(const struct model *m, uint32_t symbol)
{
	return symbol < m->site->symbol_count ? m->site->symbols[symbol].currency : 0;
}

/* Money of a symbol in the currency that limits are in, rounded up or down. */
static inline wide model_home(const struct model *m, uint32_t symbol, wide amount, bool is_up)
{
	unsigned currency = model_currency(m, symbol);
	if (currency == 0)
		return amount;
	wide product = amount * m->rates[currency].rate_e8, rest = product % 100000000;
	product = (product - rest) / 100000000;
	if (is_up && rest > 0)
		return product + 1;
	return !is_up && rest < 0 ? product - 1 : product;
}

static inline bool model_row_covers(
	const struct limit_row *row, uint32_t session, uint32_t account, uint32_t symbol)
{
	switch (row->scope) {
	case SCOPE_FIRM:
		return true;
	case SCOPE_SESSION:
		return row->id == session;
	case SCOPE_ACCOUNT:
		return row->id == account;
	case SCOPE_SYMBOL:
		return row->symbol == symbol;
	case SCOPE_ACCOUNT_SYMBOL:
		return row->id == account && row->symbol == symbol;
	default:
		return false;
	}
}

/* The next row after *at that states a limit for what is asked; NULL: no more. */
static inline const struct limit_row *model_next(const struct model *m, uint32_t *at,
	unsigned limit, unsigned scopes, uint32_t session, uint32_t account, uint32_t symbol)
{
	while (*at < m->row_count) {
		const struct limit_row *row = &m->rows[(*at)++];
		if ((scopes >> row->scope & 1) && (row->stated >> limit & 1) &&
			model_row_covers(row, session, account, symbol))
			return row;
	}
	return NULL;
}

/* How wide a scope is: the lower, the wider. */
static inline unsigned model_narrowness(unsigned scope)
{
	return scope == SCOPE_FIRM      ? 0
	       : scope == SCOPE_SESSION ? 1
	       : scope == SCOPE_ACCOUNT ? 2
	       : scope == SCOPE_SYMBOL  ? 3
					: 4;
}

/* Whether a statement is named rather than another: its value is smaller, or as small and it holds for longer, or for as long
   and of fewer at once, or is all the same and a wider scope's. */
static inline bool model_is_named(const struct limit_row *a, const struct limit_row *b, unsigned l)
{
	const struct limit_value *x = &a->limits[l], *y = &b->limits[l];
	if (x->value != y->value)
		return x->value < y->value;
	if (x->window_ns != y->window_ns)
		return x->window_ns > y->window_ns;
	if (x->burst != y->burst)
		return x->burst < y->burst;
	return model_narrowness(a->scope) < model_narrowness(b->scope);
}

/* "The tightest limit wins", and none is given up for another: as small a value as any of them, for as long as any, of as few
   at once as any.  Owner is whose value it is.  Good until 64 more were asked for. */
static inline const struct limit_value *model_limit(const struct model *m, unsigned limit,
	unsigned scopes, uint32_t session, uint32_t account, uint32_t symbol, unsigned *owner)
{
	static struct limit_value asked[64];
	static unsigned next;
	const struct limit_row *row, *named = NULL;
	uint64_t window_ns = 0;
	uint32_t at = 0, burst = UINT32_MAX;
	while ((row = model_next(m, &at, limit, scopes, session, account, symbol)) != NULL) {
		const struct limit_value *v = &row->limits[limit];
		window_ns = v->window_ns > window_ns ? v->window_ns : window_ns;
		burst = v->burst < burst ? v->burst : burst;
		if (named == NULL || model_is_named(row, named, limit))
			named = row;
	}
	*owner = named != NULL ? named->scope : SCOPE_COUNT;
	if (named == NULL)
		return NULL;
	struct limit_value *v = &asked[next++ % 64];
	*v = (struct limit_value){.value = named->limits[limit].value,
		.window_ns = window_ns,
		.burst = burst,
		.currency = named->limits[limit].currency};
	return v;
}

/* Whose the burst is that binds: of equal ones the widest scope's. */
static inline unsigned model_burst_owner(const struct model *m, unsigned limit, unsigned scopes,
	uint32_t session, uint32_t account, uint32_t symbol)
{
	const struct limit_row *row, *owner = NULL;
	uint32_t at = 0;
	while ((row = model_next(m, &at, limit, scopes, session, account, symbol)) != NULL) {
		uint32_t burst = row->limits[limit].burst;
		if (owner == NULL || burst < owner->limits[limit].burst ||
			(burst == owner->limits[limit].burst &&
				model_narrowness(row->scope) < model_narrowness(owner->scope)))
			owner = row;
	}
	return owner != NULL ? owner->scope : SCOPE_COUNT;
}

/* What a row of its own states for a strategy or a symbol beside what binds all. */
static inline const struct limit_value *model_own_stated(
	const struct model *m, unsigned scope, uint32_t id, uint32_t symbol, unsigned limit)
{
	for (uint32_t i = 0; i < m->row_count; i++) {
		const struct limit_row *row = &m->rows[i];
		if (row->scope == scope && row->id == id && row->symbol == symbol &&
			(row->stated >> limit & 1) != 0)
			return &row->limits[limit];
	}
	return NULL;
}

enum {
	MODEL_F = 1 << SCOPE_FIRM,
	MODEL_S = 1 << SCOPE_SESSION,
	MODEL_A = 1 << SCOPE_ACCOUNT,
	MODEL_Y = 1 << SCOPE_SYMBOL,
	MODEL_AY = 1 << SCOPE_ACCOUNT_SYMBOL,
	MODEL_ANY = MODEL_F | MODEL_A | MODEL_Y | MODEL_AY,
};

/* Tokens: `value` of them come back per window, `burst` is the most, usage is kept across epochs. */

static inline void model_bucket_limit(struct model_bucket *b, const struct limit_value *limit)
{
	if (limit == NULL) {
		b->is_stated = false;
		return;
	}
	if (b->limit.window_ns != 0 && b->limit.window_ns != limit->window_ns) {
		wide scaled = b->used * (wide)limit->window_ns;
		wide old = (wide)b->limit.window_ns;
		b->used = (scaled + old - 1) / old;
	}
	b->limit = *limit;
	b->is_stated = true;
}

static inline wide model_bucket_used(const struct model_bucket *b, uint64_t now_ns)
{
	wide back = b->is_stated ? (wide)(now_ns - b->seen_ns) * b->limit.value : 0;
	return wide_max(0, b->used - back);
}

/* Tokens in use with one more, in orders rounded up. */
static inline wide model_bucket_orders(const struct model_bucket *b, uint64_t now_ns)
{
	wide unit = (wide)b->limit.window_ns;
	return unit == 0 ? 0 : (model_bucket_used(b, now_ns) + unit + unit - 1) / unit;
}

static inline void model_bucket_take(struct model_bucket *b, uint64_t now_ns)
{
	b->used = model_bucket_used(b, now_ns) + (wide)b->limit.window_ns;
	b->seen_ns = now_ns;
}

/* What is stated in other currencies, in the base at the rates of now, and never more than it is worth. */
static inline void model_convert(struct model *m)
{
	memset(m->is_stated_in, 0, sizeof m->is_stated_in);
	for (uint32_t i = 0; i < m->row_count; i++)
		for (unsigned limit = 0; limit < LIMIT_COUNT; limit++) {
			const struct limit_value *said = &m->pending[i].limits[limit];
			if (!(m->rows[i].stated >> limit & 1) || said->currency == 0)
				continue;
			wide base =
				(wide)said->value * m->rates[said->currency].rate_e8 / 100000000;
			m->is_stated_in[said->currency] = true;
			m->rows[i].limits[limit].value =
				base < INT64_MAX ? (int64_t)base : INT64_MAX - 1;
		}
}

static inline void model_adopt(struct model *m, uint32_t epoch)
{
	unsigned owner;
	memcpy(m->rows, m->pending, sizeof m->rows);
	m->row_count = m->pending_count;
	model_convert(m);
	m->epoch = epoch;
	for (uint32_t i = 1; i < MODEL_SESSIONS; i++) {
		model_bucket_limit(&m->session[i],
			model_limit(m, LIMIT_order_rate, MODEL_S, i, 0, SYMBOL_NONE, &owner));
		model_bucket_limit(&m->cancels[i],
			model_limit(m, LIMIT_cancel_rate, MODEL_S, i, 0, SYMBOL_NONE, &owner));
	}
	for (uint32_t i = 1; i < MODEL_ACCOUNTS; i++) {
		model_bucket_limit(&m->account[i],
			model_limit(m, LIMIT_order_rate, MODEL_A, 0, i, SYMBOL_NONE, &owner));
		model_bucket_limit(&m->exits[i],
			model_limit(m, LIMIT_exit_rate, MODEL_A, 0, i, SYMBOL_NONE, &owner));
	}
	for (uint32_t i = 1; i < MODEL_STRATEGIES; i++)
		model_bucket_limit(&m->strategy[i],
			model_own_stated(m, SCOPE_STRATEGY, i, SYMBOL_NONE, LIMIT_order_rate));
	for (uint32_t i = 0; i < MODEL_SYMBOLS; i++)
		model_bucket_limit(&m->symbol[i],
			model_limit(m, LIMIT_order_rate, MODEL_F | MODEL_Y, 0, 0, i, &owner));
}

#endif
