/* collapse.c - rows to a profile: see profiles.h. */
#include "config/binds.h"
#include "config/scope_letters.h"
#include "dataplane/risk/profiles.h"
#include "dataplane/risk/risk.h"

uint8_t limits_owner(const struct limits *limits, const struct coverage *coverage, unsigned lane)
{
	const struct limit_bind *bind = limit_bind_of_lane(lane);
	struct limit_value tightest;
	uint8_t owner = SCOPE_COUNT;
	if (bind == NULL)
		return SCOPE_COUNT;
	if (lane == LANE_ACCOUNT_RATE || lane == LANE_SYMBOL_RATE || lane == LANE_EXIT_RATE)
		return limits_burst_owner(limits, coverage, (enum limit)bind->limit, bind->scopes);
	limits_tightest(limits, coverage, (enum limit)bind->limit, bind->scopes, &tightest, &owner);
	return owner;
}

bool limits_are_metered(const struct limits *limits, uint16_t index)
{
	return (limits->parts[index].stated & ((UINT64_C(1) << METER_COUNT) - 1)) != 0;
}

/* The parts of a coverage, and what they collapse to: of the account and of the pair, of the firm and of the
   symbol, of all.  INT64_MAX: nobody states it. */
struct collapsed {
	const struct limit_part *firm, *account, *strategy, *symbol, *pair;
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
	to->strategy = &limits->parts[coverage->strategy];
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

/* The longest: what passes a shorter one as well is held to both. */
static uint64_t collapsed_window(const struct collapsed *of, enum windowed windowed)
{
	uint64_t longest_ns = of->firm->windows_ns[windowed];
	const struct limit_part *parts[] = {of->account, of->symbol, of->pair};
	for (unsigned i = 0; i < ARRAY_COUNT(parts); i++)
		if (parts[i]->windows_ns[windowed] > longest_ns)
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

/* Kinds of money that may be so large a part of the capital; of the others none is said. */
static const struct borne {
	uint8_t kind, share;
} bornes[] = {{MONEY_GROSS, LIMIT_max_leverage}, {MONEY_STRESS, LIMIT_max_stress_share}};

enum limit limits_share(unsigned kind)
{
	for (unsigned i = 0; i < ARRAY_COUNT(bornes); i++)
		if (bornes[i].kind == kind)
			return (enum limit)bornes[i].share;
	return LIMIT_COUNT;
}

bool limits_is_share(const struct limits *limits, const struct coverage *coverage, enum scope scope,
	unsigned kind, int64_t bound_e4)
{
	if (limits_share(kind) == LIMIT_COUNT)
		return false;
	int64_t own_e4 = limits_in_force(
		limits, coverage, (enum limit)(LIMIT_max_gross_exposure + kind), 1u << scope);
	return own_e4 != INT64_MIN && own_e4 != bound_e4;
}

/* Rounded down.  limits (2) */
static int64_t part_of_capital(int64_t capital_e4, int64_t share_bps)
{
	return tighter(
		saturate_128((int128_t)capital_e4 * share_bps / SHARE_BPS_WHOLE), INT64_MAX - 1);
}

/* The tighter of what a scope states of a kind and the part of its capital; where one of the three is missing, none. */
static void profile_borne(
	int64_t limits[MONEY_KIND_COUNT], const struct limit_part *part, const struct borne *borne)
{
	int64_t capital_e4 = part->values[LIMIT_capital];
	int64_t share_bps = part->values[borne->share];
	bool is_stated =
		capital_e4 != INT64_MAX && capital_e4 != INT64_MIN && share_bps != INT64_MAX;
	int64_t most_e4 = is_stated ? part_of_capital(capital_e4, share_bps) : INT64_MIN;
	limits[borne->kind] = tighter(most_e4, limits[borne->kind]);
}

static void profile_money(struct profile *profile, const struct collapsed *from)
{
	const struct limit_part *parts[] = {
		[MONEY_OF_ACCOUNT] = from->account, [MONEY_OF_FIRM] = from->firm};
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++) {
		int64_t *limits = profile->money.limits[owner];
		for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++)
			limits[kind] = stated_or_none(
				parts[owner]->values[LIMIT_max_gross_exposure + kind]);
		for (unsigned i = 0; i < ARRAY_COUNT(bornes); i++)
			profile_borne(limits, parts[owner], &bornes[i]);
	}
}

static int32_t share_or_none(int64_t bps)
{
	return bps != INT64_MAX ? (int32_t)bps : -1;
}

/* From what on a share is asked about: one above its part of the capital; where either is missing, always. */
static int64_t share_from(int64_t capital_e4, int32_t share_bps)
{
	return capital_e4 == INT64_MIN || share_bps < 0
		       ? INT64_MIN
		       : part_of_capital(capital_e4, share_bps) + 1;
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
		shares->symbol_from_e4[owner] =
			share_from(shares->capital_e4[owner], shares->symbol_bps[owner]);
		shares->sector_from_e4[owner] =
			share_from(shares->capital_e4[owner], shares->sector_bps[owner]);
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

/* The smaller burst, in the units of the longer window, which is the bucket's (tables.c). */
static int64_t symbol_tokens(const struct collapsed *from)
{
	const struct limit_part *firm = from->firm, *symbol = from->symbol;
	uint64_t window_ns = firm->order_window_ns > symbol->order_window_ns
				     ? firm->order_window_ns
				     : symbol->order_window_ns;
	int64_t burst = tighter(firm->order_burst, symbol->order_burst);
	return burst == INT64_MAX ? INT64_MIN : burst * (int64_t)window_ns;
}

/* A loss and a fall of its own: what nobody states is never exceeded, because the account's and the firm's bind. */
static void profile_losses(struct profile *profile, const struct collapsed *from)
{
	struct loss_limits *losses = &profile->losses;
	losses->is_stated = 0;
	for (unsigned own = 0; own < OWN_COUNT; own++) {
		losses->symbol_e4[own] = from->symbol->values[LIMIT_max_loss + own];
		losses->strategy_e4[own] = from->strategy->values[LIMIT_max_loss + own];
		losses->is_stated |= losses->symbol_e4[own] != INT64_MAX ||
				     losses->strategy_e4[own] != INT64_MAX;
	}
}

/* What nobody states is never exceeded, because the sizes of every phase bind. */
static void profile_extended(struct profile *profile, const struct collapsed *from)
{
	profile->extended =
		(struct size_limits){.qty = from->any[LIMIT_max_order_quantity_extended],
			.value_e4 = from->any[LIMIT_max_order_value_extended]};
}

static void profile_lanes(struct profile *profile, const struct collapsed *from)
{
#define BIND(limit, lane, scopes, absence)                                                         \
	if (LANE_##lane != LANE_NONE)                                                              \
		profile->limits[LANE_##lane % LANE_COUNT_MAX] =                                    \
			collapsed_value(from, LIMIT_##limit, scopes);
#include "config/binds.def"
#undef BIND
	profile->limits[LANE_ACCOUNT_RATE] = from->account->order_tokens;
	profile->limits[LANE_SYMBOL_RATE] = symbol_tokens(from);
	profile->limits[LANE_EXIT_RATE] = from->account->exit_tokens;
}

/* Whether a limit that binds what opens is missing; what binds the way out alone is asked of it. */
static bool profile_is_partial(const struct profile *profile)
{
	bool is_partial = profile->limits[LANE_NOT_CONFIGURED] == 0;
	for (unsigned lane = 0; lane < LANE_COUNT; lane++)
		is_partial |=
			lane_rows[lane].applies != EXITING && profile->limits[lane] == INT64_MIN;
	return is_partial;
}

static void profile_permit(struct profile *profile)
{
	const int8_t *allows = profile->allows;
	unsigned located = allows[ALLOW_EASY_TO_BORROW] != 1 ? PERMIT_LOCATED : 0;
	unsigned unmarked = allows[ALLOW_UNMARKED_SHORT] != 1 ? PERMIT_NOT_SHORT : 0;
	const uint8_t lacks[SALE_MARK_COUNT] = {[SALE_LONG] = (uint8_t)(located | unmarked),
		[SALE_SHORT] = (uint8_t)(located | PERMIT_UNTESTED),
		[SALE_EXEMPT] = (uint8_t)located};
	memset(profile->permits, PERMIT_NOT, sizeof profile->permits);
	if (profile_is_partial(profile))
		return;
	for (unsigned mark = 0; mark < SALE_MARK_COUNT; mark++) {
		if (allows[ALLOW_BUY] == 1)
			profile->permits[SIDE_BUY][mark] = (uint8_t)located;
		if (allows[ALLOW_SELL + mark] == 1)
			profile->permits[SIDE_SELL][mark] = lacks[mark];
	}
}

void profile_fill(struct profile *profile, const struct limits *limits,
	const struct site_limits *site, const struct coverage *coverage)
{
	const struct reference_ages *ages = &profile->ages;
	struct collapsed from;
	collapse(&from, limits, coverage);
	memset(profile->limits, 0, sizeof profile->limits);
	profile->coverage = *coverage;
	profile->limits[LANE_NOT_CONFIGURED] =
		limits->epoch != 0 && trips_are_stated(&from, coverage);
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
	profile_permit(profile);
	profile_money(profile, &from);
	profile_shares(profile, &from);
	profile_losses(profile, &from);
	profile_extended(profile, &from);
}
