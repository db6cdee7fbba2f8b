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

static const uint8_t windowed_limits[WINDOWED_COUNT] = {
	[WINDOWED_WALK] = LIMIT_collar_window,
	[WINDOWED_SLICING] = LIMIT_max_slicing,
	[WINDOWED_DUPLICATES] = LIMIT_max_duplicates,
};

/* What indexes collapse to where there is no row. */
static void part_clear(struct limit_part *part)
{
	*part = (struct limit_part){.order_tokens = INT64_MIN, .exit_tokens = INT64_MIN};
	for (unsigned i = 0; i < PART_WIDTH; i++)
		part->values[i] = INT64_MAX;
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

/* Where the index of a scope's row stands. */
static uint16_t *limits_place(struct limits *limits, const struct limit_row *row)
{
	if (row->scope == SCOPE_SESSION)
		return &limits->sessions[row->id];
	if (row->scope == SCOPE_ACCOUNT)
		return &limits->accounts[row->id];
	return row->scope == SCOPE_SYMBOL ? &limits->symbols[row->symbol] : &limits->firm;
}

/* Claims the place of a scope for a row; false if it is taken. */
static bool limits_claim(struct limits *limits, const struct limit_row *row, uint16_t index)
{
	if (row->scope == SCOPE_ACCOUNT_SYMBOL) {
		uint32_t key = row_key((uint16_t)row->id, row->symbol);
		struct pair_slot *slot = &limits->pairs[pair_slot(limits, key)];
		if (slot->row != 0)
			return false;
		*slot = (struct pair_slot){.key = key, .row = index};
		limits->pair_count++;
		return true;
	}
	uint16_t *place = limits_place(limits, row);
	if (*place != 0)
		return false;
	*place = index;
	return true;
}

/* Only what rows claimed is given back: whole tables would push out of the cache what orders need. */
void limits_clear(struct limits *limits)
{
	for (uint32_t i = 0; i < limits->row_count; i++)
		*limits_place(limits, &limits->rows[i]) = 0;
	if (limits->pair_count != 0)
		memset(limits->pairs, 0, sizeof limits->pairs);
	limits->pair_count = 0;
	limits->epoch = 0;
	limits->row_count = 0;
	limits->duplicate_window_ns = 0;
	part_clear(&limits->parts[0]);
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

static int64_t tokens_of(const struct limit_value *rate)
{
	return (int64_t)rate->burst * (int64_t)rate->window_ns;
}

/* What a row states as it collapses. */
static void part_fill(struct limit_part *part, const struct limit_row *row)
{
	part_clear(part);
	part->stated = row->stated;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if ((row->stated >> i & 1) != 0)
			part->values[i] = row->limits[i].value;
	for (unsigned i = 0; i < WINDOWED_COUNT; i++)
		if ((row->stated >> windowed_limits[i] & 1) != 0)
			part->windows_ns[i] = row->limits[windowed_limits[i]].window_ns;
	if ((row->stated >> LIMIT_order_rate & 1) != 0) {
		part->order_tokens = tokens_of(&row->limits[LIMIT_order_rate]);
		part->order_window_ns = row->limits[LIMIT_order_rate].window_ns;
	}
	if ((row->stated >> LIMIT_exit_rate & 1) != 0)
		part->exit_tokens = tokens_of(&row->limits[LIMIT_exit_rate]);
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
	struct limit_part *part = &limits->parts[++limits->row_count];
	part_fill(part, kept);
	if (part->windows_ns[WINDOWED_DUPLICATES] > limits->duplicate_window_ns)
		limits->duplicate_window_ns = part->windows_ns[WINDOWED_DUPLICATES];
	return true;
}

struct coverage limits_coverage(const struct limits *limits, uint16_t account, uint32_t symbol)
{
	struct coverage coverage = {.firm = limits->firm};
	if (account != 0)
		coverage.account = limits->accounts[account];
	if (symbol != SYMBOL_NONE)
		coverage.symbol = limits->symbols[symbol];
	if (limits->pair_count != 0 && account != 0 && symbol != SYMBOL_NONE)
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

/* Lanes of tokens: their limit is burst * window_ns (tokens_of). */
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

uint8_t limits_owner(const struct limits *limits, const struct coverage *coverage, unsigned lane)
{
	uint8_t owner = SCOPE_COUNT;
	for (unsigned i = 0; i < ARRAY_COUNT(lane_limits); i++)
		if (lane_limits[i].lane == lane)
			limits_tightest(limits, coverage, (enum limit)lane_limits[i].limit,
				lane_limits[i].scopes, &owner);
	for (unsigned i = 0; i < ARRAY_COUNT(token_limits); i++)
		if (token_limits[i].lane == lane)
			limits_tightest(limits, coverage, (enum limit)token_limits[i].limit,
				token_limits[i].scopes, &owner);
	return owner;
}

bool limits_are_metered(const struct limits *limits, uint16_t index)
{
	return (limits->parts[index].stated & ((UINT64_C(1) << METER_COUNT) - 1)) != 0;
}

/* The parts of a coverage, and what they collapse to: of the account and of the pair, of the firm and of the
   symbol, of all.  INT64_MAX: nobody states it. */
struct collapsed {
	const struct limit_part *firm, *account, *symbol, *pair;
	_Alignas(CACHE_LINE_BYTES) int64_t own[PART_WIDTH], shared[PART_WIDTH], any[PART_WIDTH];
};

static inline int64_t tighter(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void collapse(
	struct collapsed *to, const struct limits *limits, const struct coverage *coverage)
{
	to->firm = &limits->parts[coverage->firm];
	to->account = &limits->parts[coverage->account];
	to->symbol = &limits->parts[coverage->symbol];
	to->pair = &limits->parts[coverage->pair];
	for (unsigned i = 0; i < PART_WIDTH; i++) {
		to->own[i] = tighter(to->account->values[i], to->pair->values[i]);
		to->shared[i] = tighter(to->firm->values[i], to->symbol->values[i]);
		to->any[i] = tighter(to->own[i], to->shared[i]);
	}
}

/* limits (1) */
static inline int64_t stated_or_none(int64_t value)
{
	return value != INT64_MAX ? value : INT64_MIN;
}

static inline int64_t collapsed_value(const struct collapsed *of, unsigned limit, unsigned scopes)
{
	const int64_t *values = of->any;
	if ((scopes & (F | Y)) == 0)
		values = of->own;
	else if ((scopes & (A | AY)) == 0)
		values = of->shared;
	return stated_or_none(values[limit]);
}

/* Of equal values the longer window is the tighter. */
static uint64_t collapsed_window(const struct collapsed *of, enum windowed windowed)
{
	const struct limit_part *parts[] = {of->firm, of->account, of->symbol, of->pair};
	unsigned limit = windowed_limits[windowed];
	uint64_t longest_ns = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(parts); i++)
		if (parts[i]->values[limit] == of->any[limit] &&
			parts[i]->windows_ns[windowed] > longest_ns)
			longest_ns = parts[i]->windows_ns[windowed];
	return longest_ns;
}

/* A statement as a small number; -1: nobody states it. */
static int32_t collapsed_small(const struct collapsed *of, enum limit limit)
{
	int64_t value = of->any[limit];
	if (value == INT64_MAX)
		return -1;
	return value < INT32_MAX ? (int32_t)value : INT32_MAX;
}

/* What an order may be and which share of the symbol: what nobody states is -1, and no order passes by it. */
static void profile_allow(struct profile *profile, const struct collapsed *from)
{
	for (unsigned i = 0; i < ALLOW_COUNT; i++)
		profile->allows[i] =
			(int8_t)collapsed_small(from, (enum limit)(LIMIT_allow_buy + i));
	profile->adv_bps = collapsed_small(from, LIMIT_max_adv_share);
	profile->outstanding_bps = collapsed_small(from, LIMIT_max_outstanding_share);
	profile->locates = collapsed_small(from, LIMIT_locates);
	profile->slippage_bps = collapsed_small(from, LIMIT_max_slippage);
}

static int64_t leveraged(int64_t capital_e4, int64_t leverage_bps)
{
	int128_t most_e4 = (int128_t)capital_e4 * leverage_bps / SHARE_BPS_WHOLE;
	return most_e4 < INT64_MAX - 1 ? (int64_t)most_e4 : INT64_MAX - 1; /* limits (2) */
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
	return leveraged(capital->value, leverage->value);
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
static void profile_leverage(struct profile *profile, const struct collapsed *from)
{
	const struct limit_part *parts[] = {
		[MONEY_OF_ACCOUNT] = from->account, [MONEY_OF_FIRM] = from->firm};
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
		int64_t *gross_e4 = &profile->money.limits[owner][MONEY_GROSS];
		int64_t capital_e4 = parts[owner]->values[LIMIT_capital];
		int64_t leverage_bps = parts[owner]->values[LIMIT_max_leverage];
		bool is_stated = capital_e4 != INT64_MAX && leverage_bps != INT64_MAX;
		int64_t most_e4 = is_stated ? leveraged(capital_e4, leverage_bps) : INT64_MIN;
		*gross_e4 = tighter(most_e4, *gross_e4);
	}
}

static void profile_money(struct profile *profile, const struct collapsed *from)
{
	const struct limit_part *parts[] = {
		[MONEY_OF_ACCOUNT] = from->account, [MONEY_OF_FIRM] = from->firm};
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++)
		for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
			profile->money.limits[owner][kind] = stated_or_none(
				parts[owner]->values[LIMIT_max_gross_exposure + kind]);
}

static int32_t share_or_none(int64_t bps)
{
	return bps != INT64_MAX ? (int32_t)bps : -1;
}

/* A symbol's share may be stated for it alone; a sector's is its owner's. */
static void profile_shares(struct profile *profile, const struct collapsed *from)
{
	const struct limit_part *parts[] = {
		[MONEY_OF_ACCOUNT] = from->account, [MONEY_OF_FIRM] = from->firm};
	const int64_t *of_symbol[] = {
		[MONEY_OF_ACCOUNT] = from->own, [MONEY_OF_FIRM] = from->shared};
	struct concentration_limits *shares = &profile->shares;
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
		shares->capital_e4[owner] = stated_or_none(parts[owner]->values[LIMIT_capital]);
		shares->symbol_bps[owner] = share_or_none(of_symbol[owner][LIMIT_max_symbol_share]);
		shares->sector_bps[owner] =
			share_or_none(parts[owner]->values[LIMIT_max_sector_share]);
	}
}

/* What trips has no lane: where it is not stated, nothing passes.  An account without a row of its own is refused by the
   lanes that only such a row states. */
static bool trips_are_stated(const struct collapsed *from, const struct coverage *coverage)
{
	const uint64_t account = from->account->stated, firm = from->firm->stated;
	const uint64_t any = account | firm | from->symbol->stated | from->pair->stated;
	const uint64_t of_firm = UINT64_C(1) << LIMIT_max_fill_rate | UINT64_C(1)
									      << LIMIT_max_slips;
	bool are_own = coverage->account == 0 || (account >> LIMIT_max_slips & 1) != 0;
	return ((firm | account) >> LIMIT_max_fills & 1) != 0 && (firm & of_firm) == of_firm &&
	       (any >> LIMIT_max_slippage & 1) != 0 && are_own;
}

/* The tokens of the tighter of two rates, which a smaller number of tokens does not tell. */
static int64_t symbol_tokens(const struct collapsed *from)
{
	const struct limit_part *firm = from->firm, *symbol = from->symbol;
	int64_t firm_value = firm->values[LIMIT_order_rate];
	int64_t symbol_value = symbol->values[LIMIT_order_rate];
	bool is_symbols = symbol_value < firm_value;
	if (symbol_value == firm_value)
		is_symbols = symbol->order_window_ns > firm->order_window_ns ||
			     (symbol->order_window_ns == firm->order_window_ns &&
				     symbol->order_tokens < firm->order_tokens);
	return is_symbols ? symbol->order_tokens : firm->order_tokens;
}

static void profile_lanes(struct profile *profile, const struct collapsed *from)
{
	for (unsigned i = 0; i < ARRAY_COUNT(lane_limits); i++)
		profile->limits[lane_limits[i].lane] =
			collapsed_value(from, lane_limits[i].limit, lane_limits[i].scopes);
	profile->limits[LANE_ACCOUNT_RATE] = from->account->order_tokens;
	profile->limits[LANE_SYMBOL_RATE] = symbol_tokens(from);
	profile->limits[LANE_EXIT_RATE] = from->account->exit_tokens;
}

void profile_fill(struct profile *profile, const struct limits *limits,
	const struct site_limits *site, const struct coverage *coverage)
{
	const struct reference_ages *ages = &profile->ages;
	struct collapsed from;
	bool is_covered =
		(coverage->firm | coverage->account | coverage->symbol | coverage->pair) != 0;
	collapse(&from, limits, coverage);
	memset(profile->limits, 0, sizeof profile->limits);
	profile->coverage = *coverage;
	profile->limits[LANE_NOT_CONFIGURED] =
		limits->epoch != 0 && is_covered && trips_are_stated(&from, coverage);
	profile->limits[LANE_CONTROL_SILENT] = site->control_silence_ns;
	profile->limits[LANE_JOURNAL_BEHIND] = site->journal_behind;
	profile->limits[LANE_CLOCK_IN_DOUBT] = site->clock_off_ns;
	profile_lanes(profile, &from);
	profile->ages.bbo_ns = stated_or_none(from.any[LIMIT_max_bbo_age]);
	profile->ages.trade_ns = stated_or_none(from.any[LIMIT_max_trade_age]);
	profile->ages.close_ns = stated_or_none(from.any[LIMIT_max_close_age]);
	if (ages->bbo_ns == INT64_MIN || ages->trade_ns == INT64_MIN || ages->close_ns == INT64_MIN)
		profile->limits[LANE_NO_REFERENCE] = INT64_MIN;
	profile->walk_window_ns = collapsed_window(&from, WINDOWED_WALK);
	profile->slicing_window_ns = collapsed_window(&from, WINDOWED_SLICING);
	profile->duplicate_window_ns = collapsed_window(&from, WINDOWED_DUPLICATES);
	for (unsigned i = 0; i < METER_COUNT; i++)
		profile->metered[i] = stated_or_none(from.any[i]);
	profile_allow(profile, &from);
	profile_money(profile, &from);
	profile_leverage(profile, &from);
	profile_shares(profile, &from);
}
