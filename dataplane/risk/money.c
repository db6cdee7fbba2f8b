#include "dataplane/risk/money.h"

#include "dataplane/risk/measure.h"

_Static_assert(LANE_PORTFOLIO_RISK == LANE_GROSS_EXPOSURE + MONEY_STRESS, "lanes by kind");
_Static_assert(LIMIT_max_stress == LIMIT_max_gross_exposure + MONEY_STRESS, "limits by kind");

enum { RATE_WHOLE = 10000 };

#define OVER_SUM (UINT64_C(1) << 63)

/* Saturated above INT64_MIN, so that any use exceeds a limit that nobody states. */
static inline int64_t narrow(int128_t wide)
{
	if (LIKELY(wide == (int64_t)wide))
		return wide == INT64_MIN ? -INT64_MAX : (int64_t)wide;
	return wide > 0 ? INT64_MAX : -INT64_MAX;
}

/* A part of whole * 10,000 + rest, rounded up.  A rate that is not known takes everything. */
static inline int64_t part_of(uint64_t whole, uint64_t rest, uint32_t rate_bps)
{
	uint64_t product, last = (rest * rate_bps + RATE_WHOLE - 1) / RATE_WHOLE;
	bool is_over = __builtin_mul_overflow(whole, (uint64_t)rate_bps, &product);
	is_over |= __builtin_add_overflow(product, last, &product);
	is_over |= product > INT64_MAX;
	is_over |= (rate_bps == 0) & ((whole | rest) != 0);
	return is_over ? INT64_MAX : (int64_t)product;
}

static inline int64_t valued(int64_t shares, int64_t mark_e4, bool *is_over)
{
	int64_t value_e4 = saturating_multiply(shares, mark_e4);
	*is_over |= (value_e4 == INT64_MAX) | (value_e4 == INT64_MIN);
	return value_e4;
}

struct stake stake_of(const struct position *position, const struct position_totals *totals,
	const struct instrument *instrument, uint32_t mark_e4)
{
	bool is_over = false;
	int64_t up = saturating_add(position->shares, position->working_qty[SIDE_BUY]);
	int64_t down = saturating_subtract(position->working_qty[SIDE_SELL], position->shares);
	int64_t long_e4 = valued(up, mark_e4, &is_over);
	int64_t short_e4 = valued(down, mark_e4, &is_over);
	int64_t gross_e4 = long_e4 > short_e4 ? long_e4 : short_e4;
	int128_t pnl_e4 = totals->value_e4[SIDE_SELL] - totals->value_e4[SIDE_BUY] +
			  (totals->qty[SIDE_BUY] - totals->qty[SIDE_SELL]) * mark_e4;
	gross_e4 = gross_e4 > 0 ? gross_e4 : 0;
	uint64_t whole = (uint64_t)gross_e4 / RATE_WHOLE, rest = (uint64_t)gross_e4 % RATE_WHOLE;
	struct stake stake = {.parts = {gross_e4, long_e4, short_e4, narrow(pnl_e4),
				      part_of(whole, rest, instrument->margin_bps),
				      part_of(whole, rest, instrument->stress_bps)},
		.mark_e4 = mark_e4};
	stake.is_saturated = is_over | (pnl_e4 != stake.parts[STAKE_PNL]);
	return stake;
}

/* Takes one stake out of the sums and puts another in. */
static inline void money_exchange(
	struct money *money, const struct stake *old, const struct stake *new)
{
	uint64_t over = (money->over & ~OVER_SUM) + new->is_saturated - old->is_saturated;
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++) {
		money->wide[i] += (int128_t) new->parts[i] - old->parts[i];
		money->sums[i] = narrow(money->wide[i]);
		over |= money->sums[i] != money->wide[i] ? OVER_SUM : 0;
	}
	money->over = over;
	if (money->sums[STAKE_PNL] > money->peak_e4)
		money->peak_e4 = money->sums[STAKE_PNL];
}

/* What is used of every kind when the sums become these. */
static inline void money_kinds(int64_t used[MONEY_KIND_COUNT], const int64_t *sums,
	const struct money *money, const int64_t open_e4[2], int64_t add_e4)
{
	used[MONEY_GROSS] = sums[STAKE_GROSS];
	used[MONEY_NET] =
		sums[STAKE_LONG] > sums[STAKE_SHORT] ? sums[STAKE_LONG] : sums[STAKE_SHORT];
	used[MONEY_CREDIT] = saturating_add(
		money->executed_e4, saturating_add(open_e4[0], saturating_add(open_e4[1], add_e4)));
	used[MONEY_LOSS] = saturating_subtract(0, sums[STAKE_PNL]);
	used[MONEY_DRAWDOWN] = saturating_subtract(money->peak_e4, sums[STAKE_PNL]);
	used[MONEY_MARGIN] = sums[STAKE_MARGIN];
	used[MONEY_STRESS] = sums[STAKE_STRESS];
}

void money_used(const struct money *money, const int64_t open_e4[2], int64_t used[MONEY_KIND_COUNT])
{
	money_kinds(used, money->sums, money, open_e4, 0);
}

void money_row(struct risk *risk, struct row *row, int64_t mark_e4)
{
	uint32_t at = (uint32_t)(row - risk->rows.rows);
	struct stake *stake = &risk->rows.stakes[at];
	uint32_t mark = price_is_absurd(mark_e4) ? stake->mark_e4 : (uint32_t)mark_e4;
	struct stake next = stake_of(&row->position, &risk->rows.totals[at],
		&risk->symbols[row->key & 0xFFFF].instrument, mark);
	money_exchange(&risk->accounts[row->key >> 16].money, stake, &next);
	money_exchange(&risk->money, stake, &next);
	*stake = next;
}

static void execute(struct money *money, int128_t value_e4)
{
	money->executed_wide += value_e4;
	money->executed_e4 = narrow(money->executed_wide);
}

void money_execute(struct risk *risk, uint32_t account, int64_t qty, int64_t price_e4)
{
	int128_t value_e4 = (int128_t)qty * price_e4;
	execute(&risk->accounts[account].money, value_e4);
	execute(&risk->money, value_e4);
}

/* The order's row as it would be, at the reference the order is judged by, less what it is. */
static inline bool money_change(const struct measure_inputs *in, const struct measured *measured,
	int64_t change[STAKE_PART_COUNT])
{
	static const struct position_totals no_totals;
	static const struct stake no_stake;
	size_t at = (size_t)(in->row - in->risk->rows.rows);
	const struct position_totals *totals =
		in->has_row ? &in->risk->rows.totals[at] : &no_totals;
	const struct stake *old = in->has_row ? &in->risk->rows.stakes[at] : &no_stake;
	struct position position = in->row->position;
	position_reserve(&position, in->order->side & 1, measured->add_qty, 0);
	struct stake new = stake_of(
		&position, totals, &in->symbol->instrument, (uint32_t)measured->reference.price_e4);
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++)
		change[i] = saturating_subtract(new.parts[i], old->parts[i]);
	return new.is_saturated;
}

/* What is used of every kind by either owner once the order is in. */
static inline bool money_uses(const struct measure_inputs *in, const struct measured *measured,
	int64_t used[MONEY_OWNER_COUNT][MONEY_KIND_COUNT])
{
	int64_t change[STAKE_PART_COUNT], own[STAKE_PART_COUNT], all[STAKE_PART_COUNT];
	bool is_over = money_change(in, measured, change);
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++) {
		own[i] = saturating_add(in->account->money.sums[i], change[i]);
		all[i] = saturating_add(in->risk->money.sums[i], change[i]);
	}
	money_kinds(used[MONEY_OF_ACCOUNT], own, &in->account->money, in->account->open_value_e4,
		measured->add_value_e4);
	money_kinds(used[MONEY_OF_FIRM], all, &in->risk->money, in->risk->open_value_e4,
		measured->add_value_e4);
	return is_over | ((in->account->money.over | in->risk->money.over) != 0);
}

/* Margin and stress cannot be reckoned without the symbol's rate. */
static bool has_no_rate(const struct instrument *instrument, unsigned kind)
{
	return (kind == MONEY_MARGIN && instrument->margin_bps == 0) ||
	       (kind == MONEY_STRESS && instrument->stress_bps == 0);
}

void money_measure(const struct measure_inputs *in, int64_t *m, const struct measured *measured)
{
	const struct money_limits *limits = &in->profile->money;
	int64_t used[MONEY_OWNER_COUNT][MONEY_KIND_COUNT];
	bool is_unknown = measured->reference.price_e4 == 0;
	bool is_over = money_uses(in, measured, used);
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++) {
		int64_t own = saturating_subtract(
			used[MONEY_OF_ACCOUNT][kind], limits->limits[MONEY_OF_ACCOUNT][kind]);
		int64_t all = saturating_subtract(
			used[MONEY_OF_FIRM][kind], limits->limits[MONEY_OF_FIRM][kind]);
		m[LANE_GROSS_EXPOSURE + kind] =
			missing_if(is_unknown | has_no_rate(&in->symbol->instrument, kind),
				own > all ? own : all);
	}
	m[LANE_OVERFLOW] = missing_if(is_over, m[LANE_OVERFLOW]);
}

void money_name(struct verdict *verdict, const struct measure_inputs *in)
{
	unsigned kind = (unsigned)verdict->lane - LANE_GROSS_EXPOSURE;
	const struct money_limits *limits = &in->profile->money;
	struct measured measured = {.reference = {.price_e4 = verdict->reference_e4},
		.add_qty = verdict->add_qty,
		.add_value_e4 = verdict->add_value_e4};
	int64_t used[MONEY_OWNER_COUNT][MONEY_KIND_COUNT];
	money_uses(in, &measured, used);
	int64_t own = limits->limits[MONEY_OF_ACCOUNT][kind];
	bool is_own = used[MONEY_OF_ACCOUNT][kind] > own || own == INT64_MIN;
	unsigned owner = is_own ? MONEY_OF_ACCOUNT : MONEY_OF_FIRM;
	verdict->limit = limits->limits[owner][kind];
	bool is_missing = verdict->reference_e4 == 0 || has_no_rate(&in->symbol->instrument, kind);
	verdict->usage =
		is_missing && verdict->limit != INT64_MIN ? MEASURE_MISSING : used[owner][kind];
	verdict->owner_scope = verdict->limit == INT64_MIN ? SCOPE_COUNT
			       : is_own                    ? SCOPE_ACCOUNT
							   : SCOPE_FIRM;
}

bool risk_loss(const struct risk *risk, uint32_t account, struct risk_loss *loss)
{
	const bool is_firm = account == 0;
	const struct money *money = is_firm ? &risk->money : &risk->accounts[account].money;
	const int64_t *open_e4 =
		is_firm ? risk->open_value_e4 : risk->accounts[account].open_value_e4;
	struct coverage coverage = limits_coverage(risk->limits, (uint16_t)account, SYMBOL_NONE);
	unsigned scopes = is_firm ? 1u << SCOPE_FIRM : 1u << SCOPE_ACCOUNT;
	int64_t used[MONEY_KIND_COUNT];
	money_used(money, open_e4, used);
	for (unsigned kind = MONEY_LOSS; kind <= MONEY_DRAWDOWN; kind++) {
		uint8_t owner;
		const struct limit_value *value = limits_tightest(risk->limits, &coverage,
			(enum limit)(LIMIT_max_gross_exposure + kind), scopes, &owner);
		/* What nobody states is refused by its lane; there is nothing to lose against. */
		if (value == NULL || used[kind] <= value->value)
			continue;
		*loss = (struct risk_loss){.used_e4 = used[kind],
			.limit_e4 = value->value,
			.lane = (uint8_t)(LANE_GROSS_EXPOSURE + kind)};
		return true;
	}
	return false;
}
