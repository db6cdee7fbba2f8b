#include "dataplane/risk/limits.h"

#include "dataplane/risk/position.h"

enum {
	F = 1 << SCOPE_FIRM,
	S = 1 << SCOPE_SESSION,
	A = 1 << SCOPE_ACCOUNT,
	Y = 1 << SCOPE_SYMBOL,
	AY = 1 << SCOPE_ACCOUNT_SYMBOL,
	ANY = F | A | Y | AY,
};

void limits_clear(struct limits *limits)
{
	limits->epoch = 0;
	limits->row_count = 0;
	limits->firm = 0;
	memset(limits->sessions, 0, sizeof limits->sessions);
	memset(limits->accounts, 0, sizeof limits->accounts);
	memset(limits->symbols, 0, sizeof limits->symbols);
	memset(limits->pairs, 0, sizeof limits->pairs);
}

static int64_t rate_max(enum scope scope)
{
	if (scope == SCOPE_SESSION)
		return SESSION_RATE_MAX;
	return scope == SCOPE_ACCOUNT ? ACCOUNT_RATE_MAX : SYMBOL_RATE_MAX;
}

static bool limit_value_is_good(enum limit limit, enum scope scope, const struct limit_value *value)
{
	bool window_is_good = value->window_ns >= 1 && value->window_ns <= LIMIT_WINDOW_NS_MAX;
	if (value->value < 0 || !(limit_keys[limit].scopes >> scope & 1))
		return false;
	if (limit_is_small(limit))
		return value->value <= SHARE_BPS_MAX;
	if (limit == LIMIT_max_slicing && value->value > SLICING_BPS_MAX)
		return false;
	switch ((enum limit_unit)limit_keys[limit].unit) {
	case RATE:
		return window_is_good && value->value <= rate_max(scope) &&
		       value->burst <= BURST_MAX;
	case COUNT:
		return window_is_good && value->value <= limit_times_max(limit);
	case WALK:
		return window_is_good;
	case RATIO:
		return value->value <= ORDER_TO_TRADE_MAX;
	case SHARES:
	case MONEY:
	case BPS:
	case TICKS:
	case AGE:
		break;
	case FLAG:
		return value->value <= 1;
	}
	return true;
}

static bool limit_row_is_good(const struct limit_row *row)
{
	if (row->stated >> (LIMIT_COUNT - 1) >> 1 != 0)
		return false;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if ((row->stated >> i & 1) != 0 && !limit_value_is_good((enum limit)i,
							   (enum scope)row->scope, &row->limits[i]))
			return false;
	return true;
}

/* The slot that holds a key or, if none does, the free one where it belongs.  Half of the slots are
   always free. */
static uint32_t pair_slot(const struct limits *limits, uint32_t key)
{
	uint32_t at =
		(uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 40) & (PAIR_SLOT_COUNT - 1);
	while (limits->pairs[at].row != 0 && limits->pairs[at].key != key)
		at = (at + 1) & (PAIR_SLOT_COUNT - 1);
	return at;
}

/* Claims the place of a scope for a row; false if it is taken. */
static bool limits_claim(struct limits *limits, const struct limit_row *row, uint16_t index)
{
	uint16_t *place = &limits->firm;
	if (row->scope == SCOPE_ACCOUNT_SYMBOL) {
		uint32_t key = row_key((uint16_t)row->id, row->symbol);
		struct pair_slot *slot = &limits->pairs[pair_slot(limits, key)];
		if (slot->row != 0)
			return false;
		*slot = (struct pair_slot){.key = key, .row = index};
		return true;
	}
	if (row->scope == SCOPE_SESSION)
		place = &limits->sessions[row->id];
	else if (row->scope == SCOPE_ACCOUNT)
		place = &limits->accounts[row->id];
	else if (row->scope == SCOPE_SYMBOL)
		place = &limits->symbols[row->symbol];
	if (*place != 0)
		return false;
	*place = index;
	return true;
}

/* Keeps a statement: what its unit does not have is zero.  limits (2) */
static void limit_keep(struct limit_value *kept, const struct limit_value *stated, unsigned unit)
{
	kept->value = stated->value < INT64_MAX ? stated->value : INT64_MAX - 1;
	if (unit == RATE || unit == COUNT || unit == WALK)
		kept->window_ns = stated->window_ns;
	if (unit == RATE || unit == RATIO)
		kept->burst = stated->burst;
}

bool limits_add(struct limits *limits, const struct limit_row *row)
{
	struct limit_row *kept = &limits->rows[limits->row_count];
	if (limits->row_count == LIMIT_ROW_COUNT_MAX || !limit_row_is_good(row))
		return false;
	if (!limits_claim(limits, row, (uint16_t)(limits->row_count + 1)))
		return false;
	limit_row_init(kept, (enum scope)row->scope, row->id, row->symbol);
	kept->stated = row->stated;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if ((row->stated >> i & 1) != 0)
			limit_keep(&kept->limits[i], &row->limits[i], limit_keys[i].unit);
	limits->row_count++;
	return true;
}

struct coverage limits_coverage(const struct limits *limits, uint16_t account, uint32_t symbol)
{
	struct coverage coverage = {.firm = limits->firm};
	if (account != 0)
		coverage.account = limits->accounts[account];
	if (symbol != SYMBOL_NONE)
		coverage.symbol = limits->symbols[symbol];
	if (account != 0 && symbol != SYMBOL_NONE)
		coverage.pair =
			(uint16_t)limits->pairs[pair_slot(limits, row_key(account, symbol))].row;
	return coverage;
}

static bool value_is_tighter(const struct limit_value *a, const struct limit_value *b)
{
	if (a->value != b->value)
		return a->value < b->value;
	if (a->window_ns != b->window_ns)
		return a->window_ns > b->window_ns;
	return a->burst < b->burst;
}

const struct limit_value *limits_tightest(const struct limits *limits,
	const struct coverage *coverage, enum limit limit, unsigned scopes, uint8_t *owner)
{
	const struct limit_value *tightest = NULL;
	const uint16_t indexes[] = {
		coverage->firm, coverage->account, coverage->symbol, coverage->pair};
	*owner = SCOPE_COUNT;
	for (unsigned i = 0; i < ARRAY_COUNT(indexes); i++) {
		const struct limit_row *row = limits_row(limits, indexes[i]);
		if (row == NULL || !(row->stated >> limit & 1) || !(scopes >> row->scope & 1))
			continue;
		if (tightest == NULL || value_is_tighter(&row->limits[limit], tightest)) {
			tightest = &row->limits[limit];
			*owner = row->scope;
		}
	}
	return tightest;
}

/* Which limit a lane takes, and from which scopes.  A lane that has no row here is compared with 0, or
   with a limit of the site. */
/* clang-format off */
static const struct lane_limit {
	uint8_t lane, limit, scopes;
} lane_limits[] = {
	{LANE_STALE_MARKET_DATA,    LIMIT_max_market_data_age, ANY},
	{LANE_MAX_ORDER_QUANTITY,   LIMIT_max_order_quantity,  ANY},
	{LANE_MAX_ORDER_VALUE,      LIMIT_max_order_value,     ANY},
	{LANE_SLICING,              LIMIT_max_slicing,         ANY},
	{LANE_PRICE_COLLAR,         LIMIT_collar,              ANY},
	{LANE_PRICE_COLLAR_TICKS,   LIMIT_collar_ticks,        ANY},
	{LANE_EXIT_COLLAR,          LIMIT_exit_collar,         ANY},
	{LANE_COLLAR_WINDOW,        LIMIT_collar_window,       ANY},
	{LANE_DUPLICATE_ORDER,      LIMIT_max_duplicates,      F | A},
	{LANE_POSITION_LONG,        LIMIT_max_long_position,   A | AY},
	{LANE_POSITION_SHORT,       LIMIT_max_short_position,  A | AY},
	{LANE_FIRM_POSITION_LONG,   LIMIT_max_long_position,   F | Y},
	{LANE_FIRM_POSITION_SHORT,  LIMIT_max_short_position,  F | Y},
	{LANE_OPEN_BUY_VALUE,       LIMIT_max_open_buy_value,  A},
	{LANE_OPEN_SELL_VALUE,      LIMIT_max_open_sell_value, A},
	{LANE_FIRM_OPEN_BUY_VALUE,  LIMIT_max_open_buy_value,  F},
	{LANE_FIRM_OPEN_SELL_VALUE, LIMIT_max_open_sell_value, F},
	{LANE_ACCOUNT_WINDOW,       LIMIT_order_rate,          A},
	{LANE_SYMBOL_WINDOW,        LIMIT_order_rate,          F | Y},
};

/* Lanes of tokens: their limit is burst * window_ns. */
static const struct lane_limit token_limits[] = {
	{LANE_ACCOUNT_RATE, LIMIT_order_rate, A},
	{LANE_SYMBOL_RATE,  LIMIT_order_rate, F | Y},
	{LANE_EXIT_RATE,    LIMIT_exit_rate,  A},
};
/* clang-format on */

enum limit limits_of_lane(unsigned lane)
{
	for (unsigned i = 0; i < ARRAY_COUNT(lane_limits); i++)
		if (lane_limits[i].lane == lane)
			return (enum limit)lane_limits[i].limit;
	for (unsigned i = 0; i < ARRAY_COUNT(token_limits); i++)
		if (token_limits[i].lane == lane)
			return (enum limit)token_limits[i].limit;
	if (lane >= LANE_GROSS_EXPOSURE && lane <= LANE_PORTFOLIO_RISK)
		return (enum limit)(LIMIT_max_gross_exposure + lane - LANE_GROSS_EXPOSURE);
	if (lane == LANE_CONCENTRATION)
		return LIMIT_max_symbol_share;
	if (lane == LANE_NO_LOCATE)
		return LIMIT_locates;
	if (lane == LANE_ORDER_TO_TRADE)
		return LIMIT_order_to_trade;
	/* A profile covers no session. */
	return lane == LANE_SESSION_RATE || lane == LANE_SESSION_WINDOW ? LIMIT_order_rate
									: LIMIT_COUNT;
}

static int64_t age_of_limit(
	const struct limits *limits, const struct coverage *coverage, enum limit limit)
{
	uint8_t owner;
	const struct limit_value *value = limits_tightest(limits, coverage, limit, ANY, &owner);
	return value != NULL ? value->value : INT64_MIN;
}

static uint64_t window_of_limit(const struct limits *limits, const struct coverage *coverage,
	enum limit limit, unsigned scopes)
{
	uint8_t owner;
	const struct limit_value *value = limits_tightest(limits, coverage, limit, scopes, &owner);
	return value != NULL ? value->window_ns : 0;
}

/* A statement as a small number; -1: nobody states it. */
static int32_t small_of_limit(
	const struct limits *limits, const struct coverage *coverage, enum limit limit)
{
	int64_t value = age_of_limit(limits, coverage, limit);
	if (value == INT64_MIN)
		return -1;
	return value < INT32_MAX ? (int32_t)value : INT32_MAX;
}

/* What an order may be and which share of the symbol: what nobody states is -1, and no order passes by it. */
static void profile_allow(
	struct profile *profile, const struct limits *limits, const struct coverage *coverage)
{
	for (unsigned i = 0; i < ALLOW_COUNT; i++)
		profile->allows[i] =
			(int8_t)small_of_limit(limits, coverage, (enum limit)(LIMIT_allow_buy + i));
	profile->adv_bps = small_of_limit(limits, coverage, LIMIT_max_adv_share);
	profile->outstanding_bps = small_of_limit(limits, coverage, LIMIT_max_outstanding_share);
	profile->locates = small_of_limit(limits, coverage, LIMIT_locates);
	profile->slippage_bps = small_of_limit(limits, coverage, LIMIT_max_slippage);
}

int64_t limits_leveraged(
	const struct limits *limits, const struct coverage *coverage, enum scope scope)
{
	uint8_t owner;
	const struct limit_value *capital =
		limits_tightest(limits, coverage, LIMIT_capital, 1u << scope, &owner);
	const struct limit_value *leverage =
		limits_tightest(limits, coverage, LIMIT_max_leverage, 1u << scope, &owner);
	if (capital == NULL || leverage == NULL)
		return INT64_MIN;
	int128_t most_e4 = (int128_t)capital->value * leverage->value / SHARE_BPS_WHOLE;
	return most_e4 < INT64_MAX - 1 ? (int64_t)most_e4 : INT64_MAX - 1; /* limits (2) */
}

bool limits_is_leverage(const struct limits *limits, const struct coverage *coverage,
	enum scope scope, int64_t gross_e4)
{
	uint8_t owner;
	const struct limit_value *own =
		limits_tightest(limits, coverage, LIMIT_max_gross_exposure, 1u << scope, &owner);
	return own != NULL && own->value != gross_e4;
}

/* The tighter of what a scope states of gross exposure and what its capital bears; where either is missing, none. */
static void profile_leverage(
	struct profile *profile, const struct limits *limits, const struct coverage *coverage)
{
	static const enum scope scopes[] = {
		[MONEY_OF_ACCOUNT] = SCOPE_ACCOUNT, [MONEY_OF_FIRM] = SCOPE_FIRM};
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
		int64_t *gross_e4 = &profile->money.limits[owner][MONEY_GROSS];
		int64_t most_e4 = limits_leveraged(limits, coverage, scopes[owner]);
		*gross_e4 = most_e4 < *gross_e4 ? most_e4 : *gross_e4;
	}
}

static void profile_money(
	struct profile *profile, const struct limits *limits, const struct coverage *coverage)
{
	static const unsigned scopes[] = {[MONEY_OF_ACCOUNT] = A, [MONEY_OF_FIRM] = F};
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++)
		for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++) {
			uint8_t scope;
			const struct limit_value *value = limits_tightest(limits, coverage,
				(enum limit)(LIMIT_max_gross_exposure + kind), scopes[owner],
				&scope);
			profile->money.limits[owner][kind] =
				value != NULL ? value->value : INT64_MIN;
		}
}

/* What trips has no lane: where it is not stated, nothing passes.  An account without a row of its own is refused by the
   lanes that only such a row states. */
static bool trips_are_stated(const struct limits *limits, const struct coverage *coverage)
{
	static const struct {
		enum limit limit;
		unsigned scopes;
	} needs[] = {{LIMIT_max_fills, F | A}, {LIMIT_max_fill_rate, F}, {LIMIT_max_slippage, ANY},
		{LIMIT_max_slips, F}, {LIMIT_max_slips, A}};
	bool are_stated = true;
	uint8_t owner;
	for (unsigned i = 0; i < ARRAY_COUNT(needs); i++)
		are_stated &= (needs[i].scopes == A && coverage->account == 0) ||
			      limits_tightest(limits, coverage, needs[i].limit, needs[i].scopes,
				      &owner) != NULL;
	return are_stated;
}

void profile_fill(struct profile *profile, const struct limits *limits,
	const struct site_limits *site, const struct coverage *coverage)
{
	const struct reference_ages *ages = &profile->ages;
	bool is_covered =
		(coverage->firm | coverage->account | coverage->symbol | coverage->pair) != 0;
	memset(profile, 0, sizeof *profile);
	memset(profile->owners, SCOPE_COUNT, sizeof profile->owners);
	profile->coverage = *coverage;
	profile->limits[LANE_NOT_CONFIGURED] =
		limits->epoch != 0 && is_covered && trips_are_stated(limits, coverage);
	profile->limits[LANE_CONTROL_SILENT] = site->control_silence_ns;
	profile->limits[LANE_JOURNAL_BEHIND] = site->journal_behind;
	profile->limits[LANE_CLOCK_IN_DOUBT] = site->clock_off_ns;
	for (unsigned i = 0; i < ARRAY_COUNT(lane_limits); i++) {
		const struct lane_limit *from = &lane_limits[i];
		const struct limit_value *value = limits_tightest(limits, coverage,
			(enum limit)from->limit, from->scopes, &profile->owners[from->lane]);
		profile->limits[from->lane] = value != NULL ? value->value : INT64_MIN;
	}
	for (unsigned i = 0; i < ARRAY_COUNT(token_limits); i++) {
		const struct lane_limit *from = &token_limits[i];
		const struct limit_value *value = limits_tightest(limits, coverage,
			(enum limit)from->limit, from->scopes, &profile->owners[from->lane]);
		profile->limits[from->lane] =
			value == NULL ? INT64_MIN
				      : (int64_t)value->burst * (int64_t)value->window_ns;
	}
	profile->ages.bbo_ns = age_of_limit(limits, coverage, LIMIT_max_bbo_age);
	profile->ages.trade_ns = age_of_limit(limits, coverage, LIMIT_max_trade_age);
	profile->ages.close_ns = age_of_limit(limits, coverage, LIMIT_max_close_age);
	if (ages->bbo_ns == INT64_MIN || ages->trade_ns == INT64_MIN || ages->close_ns == INT64_MIN)
		profile->limits[LANE_NO_REFERENCE] = INT64_MIN;
	profile->walk_window_ns = window_of_limit(limits, coverage, LIMIT_collar_window, ANY);
	profile->slicing_window_ns = window_of_limit(limits, coverage, LIMIT_max_slicing, ANY);
	profile->duplicate_window_ns =
		window_of_limit(limits, coverage, LIMIT_max_duplicates, F | A);
	profile_allow(profile, limits, coverage);
	profile_money(profile, limits, coverage);
	profile_leverage(profile, limits, coverage);
	concentration_fill(&profile->shares, limits, coverage);
}
