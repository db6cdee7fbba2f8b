#include "dataplane/risk/money.h"

#include "dataplane/risk/exposure.h"
#include "dataplane/risk/sums.h"

_Static_assert(LANE_CONCENTRATION == LANE_PORTFOLIO_RISK + 1 &&
		       LANE_CONCENTRATION == LANE_GROSS_EXPOSURE + MONEY_WIDTH - 1,
	"what money_name names, and money_measure fills");
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

/* The highest bit is set if a number is 2^62 or further from zero: differences and sums of numbers that are not
   fit 64 bits, and a sum of such a number and such a difference that wraps does not come out near again. */
static inline uint64_t is_far(uint64_t number)
{
	return number + (UINT64_C(1) << 62);
}

static inline bool stake_is_far(const struct stake *stake)
{
	uint64_t far = 0;
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++)
		far |= is_far((uint64_t)stake->parts[i]);
	return (int64_t)far < 0;
}

/* stake_far values what 64 bits may not hold. */
__attribute__((noinline, cold)) static void stake_far(struct stake *stake,
	const struct position *position, const struct position_totals *totals,
	const struct instrument *instrument, uint32_t mark_e4)
{
	bool is_over = false;
	int64_t up = saturating_add(position->shares, position->working_qty[SIDE_BUY]);
	int64_t down = saturating_subtract(position->working_qty[SIDE_SELL], position->shares);
	int64_t long_e4 = valued(up, mark_e4, &is_over);
	int64_t short_e4 = valued(down, mark_e4, &is_over);
	int64_t gross_e4 = long_e4 > short_e4 ? long_e4 : short_e4;
	int128_t pnl_e4 = totals->value_e4[SIDE_SELL] - totals->value_e4[SIDE_BUY] -
			  totals->fees_e4 +
			  (totals->qty[SIDE_BUY] - totals->qty[SIDE_SELL]) * mark_e4;
	gross_e4 = gross_e4 > 0 ? gross_e4 : 0;
	uint64_t whole = (uint64_t)gross_e4 / RATE_WHOLE, rest = (uint64_t)gross_e4 % RATE_WHOLE;
	stake->parts[STAKE_GROSS] = gross_e4;
	stake->parts[STAKE_LONG] = long_e4;
	stake->parts[STAKE_SHORT] = short_e4;
	stake->parts[STAKE_PNL] = narrow(pnl_e4);
	stake->parts[STAKE_MARGIN] = part_of(whole, rest, instrument->margin_bps);
	stake->parts[STAKE_STRESS] = part_of(whole, rest, instrument->stress_bps);
	stake->is_saturated = is_over | (pnl_e4 != stake->parts[STAKE_PNL]);
	stake->is_far = stake_is_far(stake);
}

/* A part of a value below 2^48, rounded up; the rate is below 2^15. */
static inline int64_t rated(uint64_t gross_e4, uint32_t rate_bps)
{
	return (int64_t)((gross_e4 * rate_bps + RATE_WHOLE - 1) / RATE_WHOLE);
}

_Static_assert(PRICE_E4_MAX < INT64_C(1) << 31, "a mark, which is a price, is below 2^31");

/* stake_near values shares, and what works of either side, at a mark; cash is that of the row's stake.  Shares and what works
   below 2^29 and a mark below 2^31 make products up to 2^61, and with cash below 2^61 beside them a sum that is near; rates of
   values that fit one product are near too.  All else, and a symbol without rates, is for stake_far: then it returns other
   than 0, and only cash_e4 is as it should be. */
static inline uint64_t stake_near(struct stake *stake, int64_t shares, int64_t buys, int64_t sells,
	int64_t cash_e4, const struct instrument *instrument, uint32_t mark_e4)
{
	int64_t long_e4 = (int64_t)(((uint64_t)shares + (uint64_t)buys) * mark_e4);
	int64_t short_e4 = (int64_t)(((uint64_t)sells - (uint64_t)shares) * mark_e4);
	int64_t gross_e4 = long_e4 > short_e4 ? long_e4 : short_e4;
	/* Of what works, which is not negative, one end is not either; were both, it would be far. */
	uint64_t far = ((uint64_t)shares + (UINT64_C(1) << 28)) >> 29 |
		       ((uint64_t)buys | (uint64_t)sells) >> 29 | (uint64_t)gross_e4 >> 48 |
		       (instrument->has_rates == 0) | (cash_e4 == STAKE_CASH_FAR);
	stake->cash_e4 = cash_e4;
	stake->parts[STAKE_GROSS] = gross_e4;
	stake->parts[STAKE_LONG] = long_e4;
	stake->parts[STAKE_SHORT] = short_e4;
	stake->parts[STAKE_PNL] = (int64_t)((uint64_t)cash_e4 + (uint64_t)shares * mark_e4);
	stake->parts[STAKE_MARGIN] = rated((uint64_t)gross_e4, instrument->margin_bps);
	stake->parts[STAKE_STRESS] = rated((uint64_t)gross_e4, instrument->stress_bps);
	stake->mark_e4 = mark_e4;
	stake->is_saturated = 0;
	stake->is_far = 0;
	return far;
}

/* stake_of values a position at a mark. */
static inline void stake_of(struct stake *stake, const struct position *position,
	const struct position_totals *totals, int64_t cash_e4, const struct instrument *instrument,
	uint32_t mark_e4)
{
	uint64_t far = stake_near(stake, position->shares, position->working_qty[SIDE_BUY],
		position->working_qty[SIDE_SELL], cash_e4, instrument, mark_e4);
	if (UNLIKELY(far != 0))
		stake_far(stake, position, totals, instrument, mark_e4);
}

/* stake_convert brings a stake from its instrument's currency into the base.  What is saturated stays so, at any rate: it
   must be far from every sum. */
__attribute__((noinline)) static void stake_convert(
	struct stake *stake, const struct instrument *instrument, int64_t rate_e8)
{
	if (UNLIKELY(stake->is_saturated != 0))
		return;
	int64_t long_e4 = currency_up(stake->parts[STAKE_LONG], rate_e8);
	int64_t short_e4 = currency_up(stake->parts[STAKE_SHORT], rate_e8);
	int64_t pnl_e4 = currency_down(stake->parts[STAKE_PNL], rate_e8);
	int64_t gross_e4 = long_e4 > short_e4 ? long_e4 : short_e4;
	gross_e4 = gross_e4 > 0 ? gross_e4 : 0;
	uint64_t whole = (uint64_t)gross_e4 / RATE_WHOLE, rest = (uint64_t)gross_e4 % RATE_WHOLE;
	stake->parts[STAKE_GROSS] = gross_e4;
	stake->parts[STAKE_LONG] = long_e4;
	stake->parts[STAKE_SHORT] = short_e4;
	stake->parts[STAKE_PNL] = pnl_e4;
	stake->parts[STAKE_MARGIN] = part_of(whole, rest, instrument->margin_bps);
	stake->parts[STAKE_STRESS] = part_of(whole, rest, instrument->stress_bps);
	stake->is_saturated = (gross_e4 == INT64_MAX) | (long_e4 == -INT64_MAX) |
			      (short_e4 == -INT64_MAX) | (pnl_e4 == INT64_MAX) |
			      (pnl_e4 == -INT64_MAX);
	stake->is_far = stake_is_far(stake);
}

/* money (1) */
static inline int128_t sum_of(const struct money *money, unsigned part)
{
	return money->is_wide != 0 ? money->wide[part] : money->sums[part];
}

/* money_exchange_far does it in 128 bits; once everything is near again, the short way goes on from there. */
__attribute__((noinline, cold)) static void money_exchange_far(
	struct money *money, const struct stake *old, const struct stake *new)
{
	uint64_t over = (money->over & ~OVER_SUM) + new->is_saturated - old->is_saturated;
	uint64_t far = 0;
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++) {
		money->wide[i] = sum_of(money, i) + ((int128_t) new->parts[i] - old->parts[i]);
		money->sums[i] = narrow(money->wide[i]);
		over |= i < STAKE_MARGIN && money->sums[i] != money->wide[i] ? OVER_SUM : 0;
		far |= is_far((uint64_t)money->sums[i]);
	}
	money->over = over;
	money->is_wide = over != 0 || (int64_t)far < 0;
}

/* Takes one stake out of the sums and puts another in.  money (1); sums that are not wide are near. */
static inline void money_exchange(
	struct money *money, const struct stake *old, const struct stake *new)
{
	uint64_t sums[STAKE_PART_COUNT], far = 0;
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++) {
		sums[i] = (uint64_t)money->sums[i] +
			  ((uint64_t) new->parts[i] - (uint64_t)old->parts[i]);
		far |= is_far(sums[i]);
	}
	/* What is saturated is far. */
	if (UNLIKELY((int64_t)far < 0 || (money->is_wide | old->is_far | new->is_far) != 0))
		money_exchange_far(money, old, new);
	else
		memcpy(money->sums, sums, sizeof sums);
}

static inline int64_t money_credit(
	const struct money *money, const int64_t open_e4[2], int64_t add_e4)
{
	return saturating_add(
		money->executed_e4, saturating_add(open_e4[0], saturating_add(open_e4[1], add_e4)));
}

/* What is used of every kind when the sums become these. */
static inline void money_kinds(int64_t used[MONEY_KIND_COUNT], const int64_t *sums,
	const struct money *money, const int64_t open_e4[2], int64_t add_e4)
{
	used[MONEY_GROSS] = sums[STAKE_GROSS];
	used[MONEY_NET] =
		sums[STAKE_LONG] > sums[STAKE_SHORT] ? sums[STAKE_LONG] : sums[STAKE_SHORT];
	used[MONEY_CREDIT] = money_credit(money, open_e4, add_e4);
	used[MONEY_LOSS] = saturating_subtract(0, sums[STAKE_PNL]);
	used[MONEY_DRAWDOWN] = saturating_subtract(money->peak_e4, sums[STAKE_PNL]);
	used[MONEY_MARGIN] = sums[STAKE_MARGIN];
	used[MONEY_STRESS] = sums[STAKE_STRESS];
}

void money_used(const struct money *money, const int64_t open_e4[2], int64_t used[MONEY_KIND_COUNT])
{
	money_kinds(used, money->sums, money, open_e4, 0);
}

/* The stake of a row becomes another. */
static inline void money_replace(
	struct risk *risk, const struct row *row, struct stake *stake, const struct stake *next)
{
	money_exchange(&risk->accounts[row->key >> 16].money, stake, next);
	money_exchange(&risk->money, stake, next);
	concentration_move(risk, row, stake, next);
	losses_move(risk, row, stake, next);
	*stake = *next;
}

/* Sums become what was judged of them. */
static inline void money_settle(struct money *money, const int64_t sums[STAKE_PART_COUNT])
{
	memcpy(money->sums, sums, sizeof money->sums);
	if (sums[STAKE_PNL] > money->peak_e4)
		money->peak_e4 = sums[STAKE_PNL];
}

static void execute(struct money *money, int128_t value_e4)
{
	money->executed_wide += value_e4;
	money->executed_e4 = narrow(money->executed_wide);
}

void money_execute(struct risk *risk, uint32_t account, int128_t value_e4)
{
	execute(&risk->accounts[account].money, value_e4);
	execute(&risk->money, value_e4);
}

void money_take(struct risk *risk, struct row *row, const struct money_verdict *judged)
{
	struct stake *stake = &row->stake;
	if (UNLIKELY(risk->symbols[row->key & 0xFFFF].instrument.currency != 0))
		money_execute(risk, row->key >> 16, rates_row(risk, row));
	if (UNLIKELY(judged->is_far != 0)) {
		money_replace(risk, row, stake, &judged->stake);
		money_best(&risk->accounts[row->key >> 16].money);
		money_best(&risk->money);
		losses_best(risk, row);
		return;
	}
	money_settle(&risk->accounts[row->key >> 16].money, judged->sums[MONEY_OF_ACCOUNT]);
	money_settle(&risk->money, judged->sums[MONEY_OF_FIRM]);
	concentration_move(risk, row, stake, &judged->stake);
	losses_move(risk, row, stake, &judged->stake);
	losses_best(risk, row);
	*stake = judged->stake;
}

static inline void restake(struct risk *risk, struct row *row, int64_t mark_e4)
{
	uint32_t at = (uint32_t)(row - risk->rows.rows);
	struct stake *stake = &row->stake;
	uint32_t mark = price_is_absurd(mark_e4) ? stake->mark_e4 : (uint32_t)mark_e4;
	const struct instrument *instrument = &risk->symbols[row->key & 0xFFFF].instrument;
	struct stake next;
	stake_of(&next, &row->position, &risk->rows.totals[at], stake->cash_e4, instrument, mark);
	if (UNLIKELY(instrument->currency != 0)) {
		stake_convert(&next, instrument, risk->rates.rows[instrument->currency].rate_e8);
		money_execute(risk, row->key >> 16, rates_row(risk, row));
	}
	money_replace(risk, row, stake, &next);
}

void money_restake(struct risk *risk, struct row *row, int64_t mark_e4)
{
	restake(risk, row, mark_e4);
}

void money_row(struct risk *risk, struct row *row, int64_t mark_e4)
{
	restake(risk, row, mark_e4);
	money_best(&risk->accounts[row->key >> 16].money);
	money_best(&risk->money);
	losses_best(risk, row);
}

void money_cash(struct risk *risk, struct row *row)
{
	size_t at = (size_t)(row - risk->rows.rows);
	const struct position_totals *totals = &risk->rows.totals[at];
	int128_t cash_e4 =
		totals->value_e4[SIDE_SELL] - totals->value_e4[SIDE_BUY] - totals->fees_e4;
	bool is_near = cash_e4 == (int64_t)cash_e4 && (int64_t)is_far((uint64_t)cash_e4 * 2) >= 0 &&
		       cash_e4 * 2 == (int64_t)(cash_e4 * 2);
	row->stake.cash_e4 = is_near ? (int64_t)cash_e4 : STAKE_CASH_FAR;
}

/* The order's row as it would be, at the reference the order is judged by, and as it is. */
static inline const struct stake *money_change(
	const struct measure_inputs *in, const struct verdict *verdict, struct stake *new)
{
	static const struct position_totals no_totals;
	size_t at = (size_t)(in->row - in->risk->rows.rows);
	const struct position_totals *totals =
		in->has_row ? &in->risk->rows.totals[at] : &no_totals;
	const struct stake *old = &in->row->stake;
	struct position position = in->row->position;
	position_reserve(&position, in->order->side & 1, verdict->add_qty, 0);
	stake_of(new, &position, totals, old->cash_e4, &in->symbol->instrument,
		(uint32_t)verdict->reference_e4);
	uint32_t currency = in->symbol->instrument.currency;
	if (UNLIKELY(currency != 0))
		stake_convert(new, &in->symbol->instrument, in->risk->rates.rows[currency].rate_e8);
	return old;
}

/* The sums of either owner with one stake taken out and another put in, and what is used then: saturated where they do not
   fit. */
__attribute__((noinline, cold)) static void money_uses_far(const struct measure_inputs *in,
	const struct stake *old, struct money_verdict *judged, int64_t add_open_e4,
	int64_t exceeded[MONEY_WIDTH])
{
	const struct money *const owners[] = {&in->account->money, &in->risk->money};
	const int64_t *const opens_e4[] = {in->account->open_value_e4, in->risk->open_value_e4};
	memset(exceeded, 0, MONEY_WIDTH * sizeof *exceeded);
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
		int64_t *sums = judged->sums[owner], *used = judged->used[owner];
		for (unsigned i = 0; i < STAKE_PART_COUNT; i++)
			sums[i] = narrow(sum_of(owners[owner], i) +
					 ((int128_t)judged->stake.parts[i] - old->parts[i]));
		money_kinds(used, sums, owners[owner], opens_e4[owner], add_open_e4);
		for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
			exceeded[kind] |= used[kind] > in->profile->money.limits[owner][kind];
	}
}

/* What is used of every kind by either owner once the order is in, and whether that exceeds a limit of one; true: a sum does
   not fit. */
static inline bool money_uses(
	const struct measure_inputs *in, struct verdict *verdict, int64_t exceeded[MONEY_WIDTH])
{
	const struct money *own = &in->account->money, *all = &in->risk->money;
	struct money_verdict *judged = &verdict->money;
	const struct stake *new = &judged->stake, *old = money_change(in, verdict, &judged->stake);
	int64_t add_open_e4 = verdict->add_value_e4;
	if (UNLIKELY(in->symbol->instrument.currency != 0))
		add_open_e4 = exposure_abroad(in, add_open_e4);
	judged->used[MONEY_OF_ACCOUNT][MONEY_CREDIT] =
		money_credit(own, in->account->open_value_e4, add_open_e4);
	judged->used[MONEY_OF_FIRM][MONEY_CREDIT] =
		money_credit(all, in->risk->open_value_e4, add_open_e4);
	uint64_t far = sums_judge((const struct money *const[]){own, all}, old, &in->profile->money,
		judged, exceeded);
	judged->is_far = far | own->is_wide | all->is_wide | old->is_far | new->is_far;
	if (LIKELY(judged->is_far == 0))
		return false;
	money_uses_far(in, old, judged, add_open_e4, exceeded);
	return (new->is_saturated | own->over | all->over) != 0;
}

/* Margin and stress cannot be reckoned without the symbol's rate. */
static bool has_no_rate(const struct instrument *instrument, unsigned kind)
{
	return (kind == MONEY_MARGIN && instrument->margin_bps == 0) ||
	       (kind == MONEY_STRESS && instrument->stress_bps == 0);
}

/* Whether a rate that the order's sums need may not be used. */
static inline bool lacks_rate(const struct measure_inputs *in)
{
	const struct rates *rates = &in->risk->rates;
	uint64_t wall_ns = in->turn->wall_ns;
	return UNLIKELY(rates->count > 1) &&
	       (rates_are_old(rates, in->symbol->instrument.currency, wall_ns) ||
		       rate_is_old(rates_of_fees(rates, in->order->venue_index), wall_ns));
}

void money_measure(const struct measure_inputs *in, int64_t *m, struct verdict *verdict)
{
	/* A vector of lanes: the last, CONCENTRATION's, is measured below. */
	bool is_over = money_uses(in, verdict, m + LANE_GROSS_EXPOSURE);
	if (UNLIKELY(in->profile->losses.is_stated != 0))
		for (unsigned i = 0; i < OWN_COUNT; i++)
			m[LANE_LOSS + i] |= losses_exceed(in, &verdict->money, i);
	for (unsigned kind = MONEY_MARGIN; kind <= MONEY_STRESS; kind++)
		if (UNLIKELY(has_no_rate(&in->symbol->instrument, kind)))
			m[LANE_GROSS_EXPOSURE + kind] = MEASURE_MISSING;
	bool is_missing = verdict->reference_e4 == 0 || lacks_rate(in);
	m[LANE_CONCENTRATION] = missing_if(is_missing, concentration_measure(in, &verdict->money));
	if (UNLIKELY(is_missing))
		for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
			m[LANE_GROSS_EXPOSURE + kind] = MEASURE_MISSING;
	m[LANE_OVERFLOW] = missing_if(is_over, m[LANE_OVERFLOW]);
}

/* Whether a rate that the order needs is another than the base's, or missing: what nobody stated is old. */
static inline bool needs_rate(const struct measure_inputs *in)
{
	const struct rates *rates = &in->risk->rates;
	return UNLIKELY(rates->count > 1) &&
	       (in->symbol->instrument.currency != 0 || lacks_rate(in));
}

bool money_is_plain(const struct measure_inputs *in, struct verdict *verdict)
{
	const struct risk *risk = in->risk;
	const struct money *own = &in->account->money, *all = &risk->money;
	const struct stake *old = &in->row->stake;
	const struct position *position = &in->row->position;
	const int64_t *own_e4 = in->account->open_value_e4, *all_e4 = risk->open_value_e4;
	struct money_verdict *judged = &verdict->money;
	int64_t exceeded[MONEY_WIDTH], is_exceeded = 0, add_e4 = verdict->add_value_e4;
	uint32_t sold = in->order->side != SIDE_BUY ? verdict->add_qty : 0;
	uint64_t far = stake_near(&judged->stake, position->shares,
		exposure_plus(true, position->working_qty[SIDE_BUY], verdict->add_qty - sold),
		exposure_plus(true, position->working_qty[SIDE_SELL], sold), old->cash_e4,
		&in->symbol->instrument, (uint32_t)verdict->reference_e4);
	far |= (is_far((uint64_t)own->executed_e4) | is_far((uint64_t)all->executed_e4)) >> 63;
	judged->used[MONEY_OF_ACCOUNT][MONEY_CREDIT] =
		(int64_t)((uint64_t)own->executed_e4 + (uint64_t)(own_e4[0] + own_e4[1] + add_e4));
	judged->used[MONEY_OF_FIRM][MONEY_CREDIT] =
		(int64_t)((uint64_t)all->executed_e4 + (uint64_t)(all_e4[0] + all_e4[1] + add_e4));
	far |= sums_judge((const struct money *const[]){own, all}, old, &in->profile->money, judged,
		exceeded);
	far |= own->is_wide | all->is_wide | old->is_far;
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
		is_exceeded |= exceeded[kind];
	judged->is_far = 0;
	return (far | (uint64_t)is_exceeded | in->profile->losses.is_stated) == 0 &&
	       !needs_rate(in) && !concentration_is_asked(in, judged);
}

/* There is a price: without one NO_REFERENCE comes first.  Where a rate is missing every kind is, and the first is named. */
void money_name(struct verdict *verdict, const struct measure_inputs *in)
{
	if (verdict->lane == LANE_CONCENTRATION) {
		concentration_name(verdict, in);
		return;
	}
	unsigned kind = (unsigned)verdict->lane - LANE_GROSS_EXPOSURE;
	const struct money_limits *limits = &in->profile->money;
	const int64_t *own_used = verdict->money.used[MONEY_OF_ACCOUNT];
	const int64_t *all_used = verdict->money.used[MONEY_OF_FIRM];
	bool is_own = own_used[kind] > limits->limits[MONEY_OF_ACCOUNT][kind];
	if ((kind == MONEY_LOSS || kind == MONEY_DRAWDOWN) && !is_own &&
		all_used[kind] <= limits->limits[MONEY_OF_FIRM][kind]) {
		losses_name(verdict, in, kind - MONEY_LOSS);
		return;
	}
	unsigned owner = is_own ? MONEY_OF_ACCOUNT : MONEY_OF_FIRM;
	verdict->limit = limits->limits[owner][kind];
	bool is_missing = lacks_rate(in) || has_no_rate(&in->symbol->instrument, kind);
	verdict->usage = is_missing && verdict->limit != INT64_MIN
				 ? MEASURE_MISSING
				 : verdict->money.used[owner][kind];
	verdict->owner_scope = verdict->limit == INT64_MIN ? SCOPE_COUNT
			       : is_own                    ? SCOPE_ACCOUNT
							   : SCOPE_FIRM;
	verdict->is_second = limits_is_share(in->risk->limits, &in->profile->coverage,
		is_own ? SCOPE_ACCOUNT : SCOPE_FIRM, kind, limits->limits[owner][kind]);
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
		int64_t limit_e4 = limits_in_force(risk->limits, &coverage,
			(enum limit)(LIMIT_max_gross_exposure + kind), scopes);
		/* What nobody states is refused by its lane; there is nothing to lose against. */
		if (limit_e4 == INT64_MIN || used[kind] <= limit_e4)
			continue;
		*loss = (struct risk_loss){.used_e4 = used[kind],
			.limit_e4 = limit_e4,
			.lane = (uint8_t)(LANE_GROSS_EXPOSURE + kind)};
		return true;
	}
	return false;
}
