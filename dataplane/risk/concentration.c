#include "dataplane/risk/concentration.h"

#include "dataplane/risk/event.h"
#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"
#include "drivers/machine/memory.h"

static const unsigned symbol_scopes[] = {
	[MONEY_OF_ACCOUNT] = 1u << SCOPE_ACCOUNT | 1u << SCOPE_ACCOUNT_SYMBOL,
	[MONEY_OF_FIRM] = 1u << SCOPE_FIRM | 1u << SCOPE_SYMBOL};
static const unsigned owner_scopes[] = {
	[MONEY_OF_ACCOUNT] = 1u << SCOPE_ACCOUNT, [MONEY_OF_FIRM] = 1u << SCOPE_FIRM};

void sectors_init(struct sectors *sectors)
{
	sectors->sums =
		memory_take("exposure by sector", sizeof *sectors->sums * SECTOR_OWNER_COUNT);
	sectors->gauges =
		memory_take("gauges of sectors", sizeof *sectors->gauges * SECTOR_OWNER_COUNT);
}

void sectors_free(struct sectors *sectors)
{
	memory_return(sectors->sums, sizeof *sectors->sums * SECTOR_OWNER_COUNT);
	memory_return(sectors->gauges, sizeof *sectors->gauges * SECTOR_OWNER_COUNT);
}

void concentration_move(
	struct risk *risk, const struct row *row, const struct stake *old, const struct stake *next)
{
	struct symbol_entry *symbol = &risk->symbols[row->key & 0xFFFF];
	uint32_t sector = symbol->instrument.sector;
	uint64_t change_e4 = (uint64_t)next->parts[STAKE_GROSS] - (uint64_t)old->parts[STAKE_GROSS];
	int64_t *const sums[] = {&symbol->gross_e4,
		&risk->sectors.sums[SECTORS_OF_FIRM][sector].gross_e4,
		&risk->sectors.sums[row->key >> 16][sector].gross_e4};
	/* Of what does not fit its owner's own sum tells: OVERFLOW refuses. */
	for (unsigned i = 0; i < ARRAY_COUNT(sums); i++)
		*sums[i] = (int64_t)((uint64_t)*sums[i] + change_e4);
}

/* What an order's row would have at stake, how much more than now, and each owner in all. */
struct concentration {
	int64_t row_e4, change_e4;
	int64_t total_e4[MONEY_OWNER_COUNT];
};

static inline struct concentration concentration_of(
	const struct measure_inputs *in, const struct money_verdict *judged)
{
	int64_t old_e4 = in->row->stake.parts[STAKE_GROSS];
	int64_t row_e4 = judged->stake.parts[STAKE_GROSS];
	return (struct concentration){.row_e4 = row_e4,
		.change_e4 = saturating_subtract(row_e4, old_e4),
		.total_e4 = {[MONEY_OF_ACCOUNT] = judged->used[MONEY_OF_ACCOUNT][MONEY_GROSS],
			[MONEY_OF_FIRM] = judged->used[MONEY_OF_FIRM][MONEY_GROSS]}};
}

static int64_t base_of(int64_t total_e4, int64_t capital_e4)
{
	return total_e4 > capital_e4 ? total_e4 : capital_e4;
}

/* A share that nobody states is exceeded by everything. */
static bool share_is_above(int64_t part_e4, int32_t share_bps, int64_t base_e4)
{
	return share_bps < 0 || (int128_t)part_e4 * SHARE_BPS_WHOLE > (int128_t)share_bps * base_e4;
}

/* Rounded up.  A base is at least each of its parts. */
static int64_t share_of(int64_t part_e4, int64_t base_e4)
{
	if (part_e4 <= 0)
		return 0;
	CHECK(base_e4 > 0);
	return saturate_128(((int128_t)part_e4 * SHARE_BPS_WHOLE + base_e4 - 1) / base_e4);
}

/* What an owner would have in the order's symbol or sector. */
static inline int64_t part_after(const struct measure_inputs *in,
	const struct concentration *concentration, enum money_owner owner, bool is_sector)
{
	uint32_t account = in->order->account < ACCOUNT_COUNT_MAX ? in->order->account : 0;
	uint32_t place = owner == MONEY_OF_FIRM ? (uint32_t)SECTORS_OF_FIRM : account;
	if (is_sector)
		return saturating_add(
			in->risk->sectors.sums[place][in->symbol->instrument.sector].gross_e4,
			concentration->change_e4);
	return owner == MONEY_OF_ACCOUNT
		       ? concentration->row_e4
		       : saturating_add(in->symbol->gross_e4, concentration->change_e4);
}

/* The four that bind, in the order in which they are named. */
struct share_asked {
	enum money_owner owner;
	bool is_sector;
};
static const struct share_asked asked[] = {{MONEY_OF_ACCOUNT, false}, {MONEY_OF_ACCOUNT, true},
	{MONEY_OF_FIRM, false}, {MONEY_OF_FIRM, true}};

static inline bool share_breaches(const struct measure_inputs *in,
	const struct concentration *concentration, struct share_asked ask)
{
	const struct concentration_limits *shares = &in->profile->shares;
	int64_t capital_e4 = shares->capital_e4[ask.owner];
	int32_t most_bps =
		ask.is_sector ? shares->sector_bps[ask.owner] : shares->symbol_bps[ask.owner];
	return (capital_e4 == INT64_MIN) |
	       share_is_above(part_after(in, concentration, ask.owner, ask.is_sector), most_bps,
		       base_of(concentration->total_e4[ask.owner], capital_e4));
}

/* What an owner has of a symbol or sector from which on a share has to be worked out. */
static inline int64_t share_from(const struct measure_inputs *in, struct share_asked ask)
{
	const struct concentration_limits *shares = &in->profile->shares;
	return ask.is_sector ? shares->sector_from_e4[ask.owner]
			     : shares->symbol_from_e4[ask.owner];
}

bool concentration_is_asked(const struct measure_inputs *in, const struct money_verdict *judged)
{
	const struct concentration concentration = concentration_of(in, judged);
	bool is_asked = in->symbol->instrument.sector == 0;
	for (unsigned i = 0; i < ARRAY_COUNT(asked); i++)
		is_asked |= part_after(in, &concentration, asked[i].owner, asked[i].is_sector) >=
			    share_from(in, asked[i]);
	return is_asked;
}

int64_t concentration_measure(const struct measure_inputs *in, const struct money_verdict *judged)
{
	const struct concentration concentration = concentration_of(in, judged);
	bool is_above = false;
	for (unsigned i = 0; i < ARRAY_COUNT(asked); i++)
		is_above |= share_breaches(in, &concentration, asked[i]);
	return missing_if(in->symbol->instrument.sector == 0, is_above);
}

/* There are a price, rates and a capital: without one of them GROSS_EXPOSURE comes first. */
void concentration_name(struct verdict *verdict, const struct measure_inputs *in)
{
	const struct concentration concentration = concentration_of(in, &verdict->money);
	const struct profile *profile = in->profile;
	unsigned at = 0;
	while (at < ARRAY_COUNT(asked) && !share_breaches(in, &concentration, asked[at]))
		at++;
	/* None, and refused all the same: the sector is not known. */
	struct share_asked ask = asked[at < ARRAY_COUNT(asked) ? at : 1];
	enum limit limit = ask.is_sector ? LIMIT_max_sector_share : LIMIT_max_symbol_share;
	struct limit_value room;
	const struct limit_value *value = limits_tightest(in->risk->limits, &profile->coverage,
		limit, ask.is_sector ? owner_scopes[ask.owner] : symbol_scopes[ask.owner], &room,
		&verdict->owner_scope);
	int64_t base_e4 =
		base_of(concentration.total_e4[ask.owner], profile->shares.capital_e4[ask.owner]);
	bool is_missing = in->symbol->instrument.sector == 0 && value != NULL;
	verdict->is_second = ask.is_sector;
	verdict->limit = value != NULL ? value->value : INT64_MIN;
	verdict->usage =
		is_missing ? MEASURE_MISSING
			   : share_of(part_after(in, &concentration, ask.owner, ask.is_sector),
				     base_e4);
}

static struct usage_row share_head(
	enum scope scope, enum limit limit, uint32_t account, uint32_t symbol)
{
	return (struct usage_row){.scope = (uint8_t)scope,
		.lane = LANE_CONCENTRATION,
		.key = (uint8_t)limit,
		.id = account,
		.symbol = symbol};
}

static int64_t share_limit(int32_t bps)
{
	return bps < 0 ? INT64_MIN : bps;
}

/* Whose share it is: what is told of it is put together only where something is. */
struct share_place {
	enum scope scope;
	enum limit limit;
	uint32_t account, symbol;
};

/* A share that is a new peak or passes a mark is divided out. */
__attribute__((noinline, cold)) static void share_move(struct risk *risk, struct gauge *gauge,
	struct share_place place, int32_t bps, int64_t part_e4, int64_t base_e4)
{
	struct usage_row head = share_head(place.scope, place.limit, place.account, place.symbol);
	head.limit = share_limit(bps);
	head.usage = share_of(part_e4, base_e4);
	if (!gauge_feed(gauge, head.usage) || !gauge_move(gauge, head.limit, head.usage))
		return;
	head.peak = gauge->peak;
	event_keep(risk, head);
}

/* Shares are compared by products: usage between these two moves nothing. */
static inline bool share_is_still(const struct gauge *gauge, int64_t part_e4, int64_t base_e4)
{
	int64_t above = gauge_above(gauge);
	int128_t part = (int128_t)part_e4 * SHARE_BPS_WHOLE;
	return part <= (int128_t)above * base_e4 &&
	       (gauge->down == INT64_MIN || part > (int128_t)(gauge->down - 1) * base_e4);
}

/* The most that may be at stake for a gauge to stay still, whatever the base: the capital's part; of a capital that is not known
   nothing.  INT64_MIN: what is less takes back a mark. */
static int64_t share_still(const struct gauge *gauge, int64_t capital_e4)
{
	if (gauge->down != INT64_MIN)
		return INT64_MIN;
	return saturate_128((int128_t)gauge_above(gauge) * capital_e4 / SHARE_BPS_WHOLE);
}

static inline void share_feed(struct risk *risk, struct gauge *gauge, struct share_place place,
	int32_t bps, int64_t part_e4, int64_t base_e4)
{
	if (UNLIKELY(!share_is_still(gauge, part_e4, base_e4)))
		share_move(risk, gauge, place, bps, part_e4, base_e4);
}

/* One of the shares may be a new peak or pass a mark. */
__attribute__((noinline)) static void shares_feed(struct risk *risk, struct row *row)
{
	uint32_t account = row->key >> 16, symbol = row->key & 0xFFFF;
	size_t at = (size_t)(row - risk->rows.rows);
	struct symbol_entry *entry = &risk->symbols[symbol];
	struct symbol_rest *rest = &risk->rests[symbol];
	const struct concentration_limits *shares = &tables_profile(risk, row->key)->shares;
	uint32_t sector = entry->instrument.sector;
	struct gauge *own_gauge = &risk->sectors.gauges[account][sector];
	struct gauge *all_gauge = &risk->sectors.gauges[SECTORS_OF_FIRM][sector];
	struct sector *own = &risk->sectors.sums[account][sector];
	struct sector *all = &risk->sectors.sums[SECTORS_OF_FIRM][sector];
	int64_t own_capital_e4 = shares->capital_e4[MONEY_OF_ACCOUNT];
	int64_t all_capital_e4 = shares->capital_e4[MONEY_OF_FIRM];
	int64_t own_e4 = base_of(risk->accounts[account].money.sums[STAKE_GROSS], own_capital_e4);
	int64_t all_e4 = base_of(risk->money.sums[STAKE_GROSS], all_capital_e4);
	share_feed(risk, &risk->rows.gauges[at].share,
		(struct share_place){SCOPE_ACCOUNT_SYMBOL, LIMIT_max_symbol_share, account, symbol},
		shares->symbol_bps[MONEY_OF_ACCOUNT], row->stake.parts[STAKE_GROSS], own_e4);
	share_feed(risk, &rest->share_gauge,
		(struct share_place){SCOPE_SYMBOL, LIMIT_max_symbol_share, 0, symbol},
		shares->symbol_bps[MONEY_OF_FIRM], entry->gross_e4, all_e4);
	share_feed(risk, own_gauge,
		(struct share_place){SCOPE_ACCOUNT, LIMIT_max_sector_share, account, symbol},
		shares->sector_bps[MONEY_OF_ACCOUNT], own->gross_e4, own_e4);
	share_feed(risk, all_gauge,
		(struct share_place){SCOPE_FIRM, LIMIT_max_sector_share, 0, symbol},
		shares->sector_bps[MONEY_OF_FIRM], all->gross_e4, all_e4);
	row->share_still_e4 = share_still(&risk->rows.gauges[at].share, own_capital_e4);
	entry->share_still_e4 = share_still(&rest->share_gauge, all_capital_e4);
	own->still_e4 = share_still(own_gauge, own_capital_e4);
	all->still_e4 = share_still(all_gauge, all_capital_e4);
}

void concentration_feed(struct risk *risk, struct row *row)
{
	const struct symbol_entry *entry = &risk->symbols[row->key & 0xFFFF];
	const struct sector *own = &risk->sectors.sums[row->key >> 16][entry->instrument.sector];
	const struct sector *all = &risk->sectors.sums[SECTORS_OF_FIRM][entry->instrument.sector];
	const struct stake *stake = &row->stake;
	bool is_moved = (stake->parts[STAKE_GROSS] > row->share_still_e4) |
			(entry->gross_e4 > entry->share_still_e4) |
			(own->gross_e4 > own->still_e4) | (all->gross_e4 > all->still_e4);
	if (UNLIKELY(is_moved))
		shares_feed(risk, row);
}

/* Whose sectors they are; account 0: the firm's. */
struct sector_owner {
	uint32_t place;
	enum money_owner owner;
	int64_t base_e4;
};

static struct sector_owner sector_owner_of(
	const struct risk *risk, uint32_t account, const struct concentration_limits *shares)
{
	const struct money *money = account == 0 ? &risk->money : &risk->accounts[account].money;
	enum money_owner owner = account == 0 ? MONEY_OF_FIRM : MONEY_OF_ACCOUNT;
	return (struct sector_owner){.place = account == 0 ? (uint32_t)SECTORS_OF_FIRM : account,
		.owner = owner,
		.base_e4 = base_of(money->sums[STAKE_GROSS], shares->capital_e4[owner])};
}

struct usage_row concentration_sector(
	const struct risk *risk, uint32_t account, const struct concentration_limits *shares)
{
	struct sector_owner of = sector_owner_of(risk, account, shares);
	struct usage_row row = share_head(account == 0 ? SCOPE_FIRM : SCOPE_ACCOUNT,
		LIMIT_max_sector_share, account, SYMBOL_NONE);
	row.limit = share_limit(shares->sector_bps[of.owner]);
	for (unsigned i = 0; i < SECTOR_COUNT_MAX; i++) {
		int64_t usage = share_of(risk->sectors.sums[of.place][i].gross_e4, of.base_e4);
		int64_t peak = risk->sectors.gauges[of.place][i].peak;
		row.usage = usage > row.usage ? usage : row.usage;
		row.peak = peak > row.peak ? peak : row.peak;
	}
	return row;
}

struct usage_row concentration_row(
	const struct risk *risk, const struct row *row, const struct concentration_limits *shares)
{
	uint32_t account = row->key >> 16;
	size_t at = (size_t)(row - risk->rows.rows);
	struct usage_row shown = share_head(
		SCOPE_ACCOUNT_SYMBOL, LIMIT_max_symbol_share, account, row->key & 0xFFFF);
	shown.usage = share_of(row->stake.parts[STAKE_GROSS],
		base_of(risk->accounts[account].money.sums[STAKE_GROSS],
			shares->capital_e4[MONEY_OF_ACCOUNT]));
	shown.peak = risk->rows.gauges[at].share.peak;
	shown.limit = share_limit(shares->symbol_bps[MONEY_OF_ACCOUNT]);
	return shown;
}

struct usage_row concentration_symbol(
	const struct risk *risk, uint32_t symbol, const struct concentration_limits *shares)
{
	const struct symbol_entry *entry = &risk->symbols[symbol];
	struct usage_row shown = share_head(SCOPE_SYMBOL, LIMIT_max_symbol_share, 0, symbol);
	shown.usage = share_of(entry->gross_e4,
		base_of(risk->money.sums[STAKE_GROSS], shares->capital_e4[MONEY_OF_FIRM]));
	shown.peak = risk->rests[symbol].share_gauge.peak;
	shown.limit = share_limit(shares->symbol_bps[MONEY_OF_FIRM]);
	return shown;
}

void concentration_adopt(
	struct risk *risk, uint32_t account, const struct concentration_limits *shares)
{
	struct sector_owner of = sector_owner_of(risk, account, shares);
	for (unsigned i = 0; i < SECTOR_COUNT_MAX; i++) {
		struct sector *sector = &risk->sectors.sums[of.place][i];
		struct gauge *gauge = &risk->sectors.gauges[of.place][i];
		gauge_set(gauge, share_limit(shares->sector_bps[of.owner]),
			share_of(sector->gross_e4, of.base_e4));
		sector->still_e4 = share_still(gauge, shares->capital_e4[of.owner]);
	}
}

void concentration_adopt_row(
	struct risk *risk, struct row *row, const struct concentration_limits *shares)
{
	struct usage_row shown = concentration_row(risk, row, shares);
	struct gauge *gauge = &risk->rows.gauges[row - risk->rows.rows].share;
	gauge_set(gauge, shown.limit, shown.usage);
	row->share_still_e4 = share_still(gauge, shares->capital_e4[MONEY_OF_ACCOUNT]);
}

void concentration_adopt_symbol(
	struct risk *risk, uint32_t symbol, const struct concentration_limits *shares)
{
	struct usage_row shown = concentration_symbol(risk, symbol, shares);
	struct symbol_entry *entry = &risk->symbols[symbol];
	struct symbol_rest *rest = &risk->rests[symbol];
	gauge_set(&rest->share_gauge, shown.limit, shown.usage);
	entry->share_still_e4 = share_still(&rest->share_gauge, shares->capital_e4[MONEY_OF_FIRM]);
}
