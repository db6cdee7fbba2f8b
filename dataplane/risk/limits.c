#include "dataplane/risk/limits.h"

#include "config/config.h"
#include "dataplane/risk/position.h"
#include "dataplane/risk/rates.h"
#include "drivers/machine/memory.h"

const uint8_t windowed_limits[WINDOWED_COUNT] = {
	[WINDOWED_WALK] = LIMIT_collar_window,
	[WINDOWED_SLICING] = LIMIT_max_slicing,
	[WINDOWED_DUPLICATES] = LIMIT_max_duplicates,
};

/* What indexes collapse to where there is no row. */
static void part_clear(struct limit_part *part)
{
	*part = (struct limit_part){
		.order_burst = INT64_MAX, .order_tokens = INT64_MIN, .exit_tokens = INT64_MIN};
	for (unsigned i = 0; i < PART_WIDTH; i++)
		part->values[i] = INT64_MAX;
}

static bool limit_value_is_good(enum limit limit, enum scope scope, const struct limit_value *value)
{
	bool window_is_good = value->window_ns >= 1 && value->window_ns <= LIMIT_WINDOW_NS_MAX;
	bool is_money = limit_keys[limit].unit == MONEY;
	if (value->value < 0 || !(limit_keys[limit].scopes >> scope & 1))
		return false;
	if (value->currency >= (is_money ? CURRENCY_COUNT_MAX : 1))
		return false;
	if (limit_is_small(limit))
		return value->value <= SHARE_BPS_MAX;
	if (limit_is_floor(limit))
		return value->value >= 1 && value->value <= SYMBOL_RATE_BPS_MAX;
	if (limit == LIMIT_max_slicing && value->value > SLICING_BPS_MAX)
		return false;
	switch ((enum limit_unit)limit_keys[limit].unit) {
	case RATE:
		return window_is_good && value->value <= limit_rate_max(scope) &&
		       value->burst <= BURST_MAX;
	case COUNT:
		return window_is_good && value->value <= limit_times_max(limit);
	case WALK:
		return window_is_good;
	case RATIO:
		return value->value <= ORDER_TO_TRADE_MAX;
	case FLAG:
		return value->value <= 1;
	default: /* shares, money, basis points, ticks, ages */
		return true;
	}
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
	if (row->scope == SCOPE_STRATEGY)
		return &limits->strategies[row->id];
	if (row->scope == SCOPE_SECTOR)
		return &limits->sectors[row->id];
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

struct limits *limits_take(
	const char *what, const struct site_config *site, enum limits_presence presence)
{
	void (*make)(const char *, void *, size_t) =
		presence == LIMITS_NOW ? memory_make : memory_make_later;
	const size_t rows = site_limit_rows(site);
	struct limits *limits = memory_reserve(what, sizeof *limits);
	memory_make(what, limits, offsetof(struct limits, rows));
	make(what, limits->rows, rows * sizeof limits->rows[0]);
	make(what, limits->parts, (rows + 1) * sizeof limits->parts[0]);
	return limits;
}

void limits_return(struct limits *limits)
{
	memory_return(limits, sizeof *limits);
}

/* Only what rows claimed is given back: whole tables would push out of the cache what orders need. */
void limits_clear(struct limits *limits)
{
	for (uint32_t i = 0; i < limits->row_count; i++)
		*limits_place(limits, &limits->rows[i]) = 0;
	if (limits->pair_count != 0)
		memset(limits->pairs, 0, sizeof limits->pairs);
	limits->pair_count = 0;
	limits->currencies = limits->foreign_count = 0;
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
	if (unit == MONEY)
		kept->currency = stated->currency;
}

/* The other currencies, a bit each, that a row states money in. */
static uint32_t currencies_of(const struct limit_row *row)
{
	uint32_t currencies = 0;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if ((row->stated >> i & 1) != 0)
			currencies |= 1u << row->limits[i].currency;
	return currencies & ~1u;
}

static bool has_currencies(const struct limits *limits, uint32_t currencies)
{
	uint32_t count = limits->rates != NULL ? limits->rates->count : 1;
	return currencies >> count == 0;
}

/* What a statement comes to in the base currency.  limits (2) */
static int64_t worth(const struct limits *limits, const struct limit_value *stated)
{
	if (stated->currency == 0)
		return stated->value;
	int64_t rate_e8 = limits->rates->rows[stated->currency].rate_e8;
	int64_t base_e4 = currency_down(stated->value, rate_e8);
	if (rate_e8 == 0)
		return INT64_MIN;
	return base_e4 < INT64_MAX ? base_e4 : INT64_MAX - 1;
}

static int64_t tokens_of(const struct limit_value *rate)
{
	return (int64_t)rate->burst * (int64_t)rate->window_ns;
}

/* What a row states as it collapses. */
static void part_fill(struct limits *limits, uint16_t index)
{
	struct limit_part *part = &limits->parts[index];
	const struct limit_row *row = &limits->rows[index - 1];
	part_clear(part);
	part->stated = row->stated;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if ((row->stated >> i & 1) != 0)
			part->values[i] = worth(limits, &row->limits[i]);
	for (unsigned i = 0; i < WINDOWED_COUNT; i++)
		if ((row->stated >> windowed_limits[i] & 1) != 0)
			part->windows_ns[i] = row->limits[windowed_limits[i]].window_ns;
	if ((row->stated >> LIMIT_order_rate & 1) != 0) {
		part->order_burst = row->limits[LIMIT_order_rate].burst;
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
	uint32_t currencies = currencies_of(row);
	if (!has_currencies(limits, currencies))
		return false;
	if (!limits_claim(limits, row, (uint16_t)(limits->row_count + 1)))
		return false;
	limit_row_init(kept, (enum scope)row->scope, row->id, row->symbol);
	kept->stated = row->stated;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		if ((row->stated >> i & 1) != 0)
			limit_keep(&kept->limits[i], &row->limits[i], limit_keys[i].unit);
	struct limit_part *part = &limits->parts[++limits->row_count];
	part_fill(limits, (uint16_t)limits->row_count);
	limits->currencies |= currencies;
	if (currencies != 0)
		limits->foreign[limits->foreign_count++] = (uint16_t)limits->row_count;
	if (part->windows_ns[WINDOWED_DUPLICATES] > limits->duplicate_window_ns)
		limits->duplicate_window_ns = part->windows_ns[WINDOWED_DUPLICATES];
	return true;
}

/* The index of a place's row; 0: there is none. */
static uint16_t place_index(const struct limits *limits, const struct limit_place *place)
{
	switch (place->scope) {
	case SCOPE_FIRM:
		return limits->firm;
	case SCOPE_SESSION:
		return limits->sessions[place->id];
	case SCOPE_ACCOUNT:
		return limits->accounts[place->id];
	case SCOPE_STRATEGY:
		return limits->strategies[place->id];
	case SCOPE_SECTOR:
		return limits->sectors[place->id];
	case SCOPE_SYMBOL:
		return limits->symbols[place->symbol];
	default:
		return limits_coverage(limits, (uint16_t)place->id, place->symbol).pair;
	}
}

const struct limit_value *limits_stated(
	const struct limits *limits, const struct limit_place *place)
{
	const struct limit_row *row = limits_row(limits, place_index(limits, place));
	bool is_stated = row != NULL && (row->stated >> place->limit & 1) != 0;
	return is_stated ? &row->limits[place->limit] : NULL;
}

bool limits_may_be(const struct limit_place *place, const struct limit_value *value)
{
	return limit_value_is_good((enum limit)place->limit, (enum scope)place->scope, value);
}

bool limits_put(
	struct limits *limits, const struct limit_place *place, const struct limit_value *value)
{
	struct limit_value kept = {0};
	const struct limit_value *stated = limits_stated(limits, place);
	CHECK(stated != NULL);
	if (stated->currency != value->currency || !limits_may_be(place, value))
		return false;
	uint16_t index = place_index(limits, place);
	limit_keep(&kept, value, limit_keys[place->limit].unit);
	limits->rows[index - 1].limits[place->limit] = kept;
	part_fill(limits, index);
	/* What was kept for a longer window does no harm. */
	uint64_t window_ns = limits->parts[index].windows_ns[WINDOWED_DUPLICATES];
	if (window_ns > limits->duplicate_window_ns)
		limits->duplicate_window_ns = window_ns;
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

void limits_convert(struct limits *limits, uint32_t currency)
{
	if ((limits->currencies >> currency & 1) == 0)
		return;
	for (uint32_t i = 0; i < limits->foreign_count; i++)
		part_fill(limits, limits->foreign[i]);
}

/* Whether what a row states of a limit is tighter than what another does. */
static bool is_tighter(
	const struct limits *limits, enum limit limit, uint16_t index, uint16_t other)
{
	struct limit_value a = limits->rows[index - 1].limits[limit];
	struct limit_value b = limits->rows[other - 1].limits[limit];
	a.value = limits->parts[index].values[limit];
	b.value = limits->parts[other].values[limit];
	return limit_is_tighter(limit, &a, &b);
}

/* The rows of a coverage that state a limit at the scopes of a mask, widest scope first. */
struct statements {
	uint16_t indexes[5];
	unsigned count;
};

static void statements_find(struct statements *found, const struct limits *limits,
	const struct coverage *coverage, enum limit limit, unsigned scopes)
{
	const uint16_t indexes[] = {coverage->firm, coverage->account, coverage->strategy,
		coverage->symbol, coverage->pair};
	found->count = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(indexes); i++) {
		const struct limit_row *row = limits_row(limits, indexes[i]);
		if (row != NULL && (row->stated >> limit & 1) != 0 &&
			(scopes >> row->scope & 1) != 0)
			found->indexes[found->count++] = indexes[i];
	}
}

/* The index of the one whose value is the smallest; 0: there is none. */
static uint16_t tightest_index(
	const struct statements *found, const struct limits *limits, enum limit limit)
{
	uint16_t tightest = found->count != 0 ? found->indexes[0] : 0;
	for (unsigned i = 1; i < found->count; i++)
		if (is_tighter(limits, limit, found->indexes[i], tightest))
			tightest = found->indexes[i];
	return tightest;
}

const struct limit_value *limits_tightest(const struct limits *limits,
	const struct coverage *coverage, enum limit limit, unsigned scopes,
	struct limit_value *tightest, uint8_t *owner)
{
	struct statements found;
	statements_find(&found, limits, coverage, limit, scopes);
	*owner = SCOPE_COUNT;
	if (found.count == 0)
		return NULL;
	const struct limit_row *row = limits_row(limits, tightest_index(&found, limits, limit));
	*owner = row->scope;
	*tightest = row->limits[limit];
	for (unsigned i = 0; i < found.count; i++)
		limit_tighten(tightest, &limits_row(limits, found.indexes[i])->limits[limit]);
	return tightest;
}

uint8_t limits_burst_owner(const struct limits *limits, const struct coverage *coverage,
	enum limit limit, unsigned scopes)
{
	struct statements found;
	uint64_t smallest = UINT64_MAX;
	uint8_t owner = SCOPE_COUNT;
	statements_find(&found, limits, coverage, limit, scopes);
	for (unsigned i = 0; i < found.count; i++) {
		const struct limit_row *row = limits_row(limits, found.indexes[i]);
		if (row->limits[limit].burst < smallest) {
			smallest = row->limits[limit].burst;
			owner = row->scope;
		}
	}
	return owner;
}

int64_t limits_in_force(const struct limits *limits, const struct coverage *coverage,
	enum limit limit, unsigned scopes)
{
	struct statements found;
	statements_find(&found, limits, coverage, limit, scopes);
	uint16_t index = tightest_index(&found, limits, limit);
	return index != 0 ? limits->parts[index].values[limit] : INT64_MIN;
}
