/* What a limit is held against: beyond it the limit could only stop what cannot happen.

     one order         a day's volume of the most traded symbol that the row covers, and that day's turnover
     a position        ten days' volume of a symbol, or all of its shares, of the symbol where this is most; and of each
                       symbol by itself against the tighter of the firm's and the symbol's own
     money added up    the turnover of a day of all symbols
     a loss            what the row lets be exposed: nobody loses more
     a leverage        the same, in parts of the row's capital
     a part under stress   the row's max_stress, in parts of its capital
     a distance        the whole price: no sale is further away
     a share           all but a hundredth of a percent: no part is more than the whole
     a rate, a count   one each 100 ns; a walk: a window of 1 us
     an age            a day; of a close 30 days
     messages a trade  10000, and as many as 10000000 free
     a haircut         not below it: what symbols.yaml states of each symbol that the row covers; of the firm's, what lets its
                       collateral or max_stress be used up within the max_gross_exposure, of some row

   A symbol whose volume or price nobody states is left out: its orders are refused for that.  What is in another currency
   counts at the rate that the site's files state, against a limit's turnover up, of the limit itself down; where they state
   none it is left out too. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "config/haircut.h"

enum { HELD_DAYS = 10 };

/* What is beyond these stops nothing, whatever trades: how close orders or executions follow each other, within what nothing
   follows at all, how old anything is that is of today, or a close, and how many messages a trade or a day has. */
enum { GAP_NS_LEAST = 100, WALK_NS_LEAST = 1000, SLAB_MOST = 10000, FREE_MOST = 10000000 };
#define DAY_NS            (INT64_C(86400) * 1000000000)
#define AGE_NS_MOST       DAY_NS
#define CLOSE_AGE_NS_MOST (30 * DAY_NS)

enum against {
	AGAINST_NOTHING,
	AGAINST_VOLUME,
	AGAINST_TURNOVER,
	AGAINST_HELD,
	AGAINST_ALL_TURNOVER,
	AGAINST_EXPOSURE,
	AGAINST_LEVERAGE,
	AGAINST_STRESS,
	AGAINST_WHOLE,
	AGAINST_PART,
	AGAINST_TICKS,
};

/* clang-format off */
static const uint8_t against_of[LIMIT_COUNT] = {
	[LIMIT_max_order_quantity] = AGAINST_VOLUME,       [LIMIT_max_order_value] = AGAINST_TURNOVER,
	[LIMIT_max_order_quantity_extended] = AGAINST_VOLUME,
	[LIMIT_max_order_value_extended] = AGAINST_TURNOVER,
	[LIMIT_max_long_position] = AGAINST_HELD,          [LIMIT_max_short_position] = AGAINST_HELD,
	[LIMIT_max_open_buy_value] = AGAINST_ALL_TURNOVER, [LIMIT_max_open_sell_value] = AGAINST_ALL_TURNOVER,
	[LIMIT_max_gross_exposure] = AGAINST_ALL_TURNOVER, [LIMIT_max_net_exposure] = AGAINST_ALL_TURNOVER,
	[LIMIT_credit] = AGAINST_ALL_TURNOVER,             [LIMIT_collateral] = AGAINST_ALL_TURNOVER,
	[LIMIT_max_stress] = AGAINST_ALL_TURNOVER,         [LIMIT_capital] = AGAINST_ALL_TURNOVER,
	[LIMIT_max_leverage] = AGAINST_LEVERAGE,           [LIMIT_max_stress_share] = AGAINST_STRESS,
	[LIMIT_max_symbol_share] = AGAINST_PART,           [LIMIT_max_sector_share] = AGAINST_PART,
	[LIMIT_max_loss] = AGAINST_EXPOSURE,               [LIMIT_max_drawdown] = AGAINST_EXPOSURE,
	[LIMIT_collar] = AGAINST_WHOLE,                    [LIMIT_exit_collar] = AGAINST_WHOLE,
	[LIMIT_collar_window] = AGAINST_WHOLE,             [LIMIT_collar_ticks] = AGAINST_TICKS,
	[LIMIT_max_adv_share] = AGAINST_WHOLE,             [LIMIT_max_outstanding_share] = AGAINST_WHOLE,
};

static const char *const against_words[] = {
	[AGAINST_VOLUME] = "a day's volume of the most traded symbol it covers",
	[AGAINST_TURNOVER] = "a day's turnover of the most traded symbol it covers",
	[AGAINST_HELD] = "ten days' volume, or all shares, of the symbol where this is most",
	[AGAINST_ALL_TURNOVER] = "a day's turnover of all symbols together",
	[AGAINST_EXPOSURE] = "what its max_gross_exposure lets be lost",
	[AGAINST_LEVERAGE] = "its max_gross_exposure in parts of its capital",
	[AGAINST_STRESS] = "its max_stress in parts of its capital",
	[AGAINST_WHOLE] = "the whole",
	[AGAINST_PART] = "a part: nothing is more than the whole",
	[AGAINST_TICKS] = "the highest price it covers, in ticks",
};
/* clang-format on */

/* What the site's symbols amount to; 0: nobody states it. */
struct market {
	int64_t volume, turnover_e4, held, all_turnover_e4, price_ticks;
};

struct lint {
	const struct limitset *set;
	const struct site_config *site;
	struct market all;
	bool is_used[WAIVER_COUNT_MAX];
	char *text;
	size_t size, used;
	struct lint_counts counts;
};

static int64_t whole(uint64_t value)
{
	return value < INT64_MAX ? (int64_t)value : INT64_MAX;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t held_most(const struct symbol_config *symbol)
{
	int64_t days = saturating_multiply(whole(symbol->adv_qty), HELD_DAYS);
	int64_t shares = whole(symbol->outstanding_qty);
	return shares > 0 && (shares < days || days == 0) ? shares : days;
}

/* A day's turnover in the base currency. */
static int64_t turnover_of(const struct site_config *site, const struct symbol_config *symbol)
{
	int64_t turnover_e4 =
		saturating_multiply(whole(symbol->adv_qty), symbol->previous_close_e4);
	if (symbol->currency == 0)
		return turnover_e4;
	return currency_up(turnover_e4, site->currencies[symbol->currency].rate_e8);
}

static void market_add(
	struct market *market, const struct site_config *site, const struct symbol_config *symbol)
{
	int64_t turnover_e4 = turnover_of(site, symbol);
	market->volume = larger(market->volume, whole(symbol->adv_qty));
	market->turnover_e4 = larger(market->turnover_e4, turnover_e4);
	market->held = larger(market->held, held_most(symbol));
	market->all_turnover_e4 = saturating_add(market->all_turnover_e4, turnover_e4);
	if (symbol->tick_e4 > 0)
		market->price_ticks =
			larger(market->price_ticks, symbol->previous_close_e4 / symbol->tick_e4);
}

/* What a row states of a limit, money in the base currency; 0: nothing, or at no rate. */
static int64_t stated_of(
	const struct site_config *site, const struct limit_row *row, enum limit limit)
{
	int64_t base_e4;
	bool is_stated = (row->stated >> limit & 1) != 0;
	return is_stated && limit_base(site, &row->limits[limit], &base_e4) ? base_e4 : 0;
}

/* The parts of the row's capital that a limit in money is, rounded up; 0: it does not state both. */
static int64_t capital_bps(
	const struct site_config *site, const struct limit_row *row, enum limit limit)
{
	int64_t capital_e4 = stated_of(site, row, LIMIT_capital);
	if (capital_e4 <= 0)
		return 0;
	int64_t bps = saturating_multiply(stated_of(site, row, limit), SHARE_BPS_WHOLE);
	return bps / capital_e4 + (bps % capital_e4 != 0);
}

/* The most that can happen beyond which a limit does nothing; 0: it cannot be told. */
static int64_t ceiling_of(const struct site_config *site, const struct market *market,
	const struct limit_row *row, enum against against)
{
	switch (against) {
	case AGAINST_VOLUME:
		return market->volume;
	case AGAINST_TURNOVER:
		return market->turnover_e4;
	case AGAINST_HELD:
		return market->held;
	case AGAINST_ALL_TURNOVER:
		return market->all_turnover_e4;
	case AGAINST_EXPOSURE:
		return stated_of(site, row, LIMIT_max_gross_exposure);
	case AGAINST_LEVERAGE:
		return capital_bps(site, row, LIMIT_max_gross_exposure);
	case AGAINST_STRESS:
		return capital_bps(site, row, LIMIT_max_stress);
	case AGAINST_WHOLE:
		return SHARE_BPS_WHOLE;
	case AGAINST_PART:
		return SHARE_BPS_WHOLE - 1;
	case AGAINST_TICKS:
		return market->price_ticks;
	default:
		return 0;
	}
}

/* The reason why this may be so; NULL: nobody gave one. */
static const char *waiver_of(struct lint *lint, const struct limit_row *row, unsigned limit)
{
	for (uint32_t i = 0; i < lint->set->waiver_count; i++) {
		const struct limit_waiver *waiver = &lint->set->waivers[i];
		if (waiver->scope != row->scope || waiver->id != row->id ||
			waiver->symbol != row->symbol || waiver->limit != limit)
			continue;
		lint->is_used[i] = true;
		return waiver->reason;
	}
	return NULL;
}

__attribute__((format(printf, 2, 3))) static void lint_write(
	struct lint *lint, const char *format, ...)
{
	va_list arguments;
	if (lint->used >= lint->size)
		return;
	va_start(arguments, format);
	int more = vsnprintf(lint->text + lint->used, lint->size - lint->used, format, arguments);
	va_end(arguments);
	lint->used += more > 0 ? (size_t)more : 0;
}

static void lint_find(struct lint *lint, const struct limit_row *row, unsigned limit,
	const struct limit_value *value, const char *why)
{
	char scope[64], found[64];
	const char *reason = waiver_of(lint, row, limit);
	limit_scope_format(lint->site, row, scope, sizeof scope);
	limit_format(lint->site, (enum limit)limit, value, found, sizeof found);
	lint->counts.found += reason == NULL;
	lint->counts.waived += reason != NULL;
	lint_write(lint, "%s: %s %s does nothing: %s%s%s%s\n", scope, limit_keys[limit].key, found,
		why, reason != NULL ? " (waived: " : "", reason != NULL ? reason : "",
		reason != NULL ? ")" : "");
}

static void lint_high(struct lint *lint, const struct limit_row *row, unsigned limit,
	const struct limit_value *value, int64_t ceiling, const char *what)
{
	struct limit_value most = *value;
	char beyond[64], why[200];
	most.value = ceiling;
	most.currency = 0;
	limit_format(lint->site, (enum limit)limit, &most, beyond, sizeof beyond);
	snprintf(why, sizeof why, "more than %s, %s", beyond, what);
	lint_find(lint, row, limit, value, why);
}

/* Why a window, an age or what is free of a limit is such that it does nothing; NULL: it is not. */
static const char *idle_why(enum limit limit, const struct limit_value *value)
{
	int64_t age_ns = limit == LIMIT_max_close_age ? CLOSE_AGE_NS_MOST : AGE_NS_MOST;
	switch ((enum limit_unit)limit_keys[limit].unit) {
	case RATE:
	case COUNT:
		return saturating_multiply(value->value, GAP_NS_LEAST) > (int64_t)value->window_ns
			       ? "more than one each 100 ns: so many never come"
			       : NULL;
	case WALK:
		return value->window_ns < WALK_NS_LEAST
			       ? "its window is shorter than 1 us: nothing comes within it"
			       : NULL;
	case AGE:
		if (value->value <= age_ns)
			return NULL;
		return limit == LIMIT_max_close_age
			       ? "older than 30 days: no close of a symbol that trades is"
			       : "older than a day: nothing that is of today is";
	case RATIO:
		return value->value > SLAB_MOST || value->burst > FREE_MOST
			       ? "above 10000 for each trade, or after 10000000: no day has so many"
			       : NULL;
	default:
		return NULL;
	}
}

static void lint_idle(struct lint *lint, const struct limit_row *row)
{
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		if ((row->stated >> i & 1) == 0)
			continue;
		const char *why = idle_why((enum limit)i, &row->limits[i]);
		if (why != NULL)
			lint_find(lint, row, i, &row->limits[i], why);
	}
}

static void lint_row(struct lint *lint, const struct limit_row *row)
{
	struct market own = {0};
	bool has_symbol = row->symbol < lint->site->symbol_count;
	if (has_symbol)
		market_add(&own, lint->site, &lint->site->symbols[row->symbol]);
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		enum against against = (enum against)against_of[i];
		int64_t ceiling =
			ceiling_of(lint->site, has_symbol ? &own : &lint->all, row, against);
		if (against != AGAINST_NOTHING && ceiling > 0 &&
			stated_of(lint->site, row, (enum limit)i) > ceiling)
			lint_high(lint, row, i, &row->limits[i], ceiling, against_words[against]);
	}
}

/* A firm's position that suits its largest symbol lets anything be held of a small one. */
static void lint_symbols(struct lint *lint, unsigned limit, const uint8_t *has_own)
{
	const struct limit_row *firm = &lint->set->rows[0];
	if (lint->set->row_count == 0 || firm->scope != SCOPE_FIRM ||
		(firm->stated >> limit & 1) == 0)
		return;
	const struct limit_value *value = &firm->limits[limit];
	for (uint32_t i = 0; i < lint->site->symbol_count; i++) {
		int64_t held = held_most(&lint->site->symbols[i]);
		struct limit_row row = {.scope = SCOPE_SYMBOL, .symbol = i};
		if (has_own[i] == 0 && held > 0 && value->value > held &&
			value->value <= lint->all.held)
			lint_high(lint, &row, limit, value, held,
				"ten days' volume, or all shares, of this symbol (the firm's limit "
				"stands for it)");
	}
}

static void lint_positions(struct lint *lint)
{
	static const unsigned limits[] = {LIMIT_max_long_position, LIMIT_max_short_position};
	uint8_t *has_own = calloc(lint->site->symbol_count + 1u, 1);
	CHECK(has_own != NULL);
	for (size_t l = 0; l < ARRAY_COUNT(limits); l++) {
		memset(has_own, 0, lint->site->symbol_count);
		for (uint32_t i = 0; i < lint->set->row_count; i++) {
			const struct limit_row *row = &lint->set->rows[i];
			if (row->scope == SCOPE_SYMBOL && (row->stated >> limits[l] & 1) != 0)
				has_own[row->symbol] = 1;
		}
		lint_symbols(lint, limits[l], has_own);
	}
	free(has_own);
}

/* Whether no row that bounds both can use up its collateral, or its max_stress, within its max_gross_exposure, at the largest
   haircut that any symbol has: then nothing is ever refused by it.  false, where no row states both. */
static bool haircuts_are_free(
	const struct lint *lint, const struct row_index *index, enum limit limit)
{
	enum limit bound = limit == LIMIT_margin_rate ? LIMIT_collateral : LIMIT_max_stress;
	int64_t most_bps = 0;
	bool is_any = false;
	for (uint32_t i = 0; i < lint->site->symbol_count; i++)
		most_bps = larger(most_bps, haircut_in_force(index, lint->site, limit, i));
	for (uint32_t i = 0; i < lint->set->row_count; i++) {
		const struct limit_row *row = &lint->set->rows[i];
		int64_t gross_e4 = stated_of(lint->site, row, LIMIT_max_gross_exposure);
		int64_t bound_e4 = stated_of(lint->site, row, bound);
		if (gross_e4 == 0 || bound_e4 == 0)
			continue;
		if (saturating_multiply(gross_e4, most_bps) / SHARE_BPS_WHOLE > bound_e4)
			return false;
		is_any = true;
	}
	return is_any;
}

/* A haircut that is too low does nothing. */
static void lint_haircuts(struct lint *lint, enum limit limit)
{
	struct row_index *index = row_index_make(lint->set);
	bool is_free = haircuts_are_free(lint, index, limit);
	for (uint32_t i = 0; i < lint->set->row_count; i++) {
		const struct limit_row *row = &lint->set->rows[i];
		if (!limit_row_states(row, limit))
			continue;
		if (haircut_is_below(lint->site, row, limit))
			lint_find(lint, row, limit, &row->limits[limit],
				"symbols.yaml states more for every symbol that it covers");
		else if (row->scope == SCOPE_FIRM && is_free)
			lint_find(lint, row, limit, &row->limits[limit],
				limit == LIMIT_margin_rate
					? "no max_gross_exposure needs more than its collateral"
					: "no max_gross_exposure loses more than its max_stress");
	}
	free(index);
}

/* A waiver that is not needed hides the next limit that is too high. */
static void lint_waivers(struct lint *lint)
{
	for (uint32_t i = 0; i < lint->set->waiver_count; i++) {
		const struct limit_waiver *waiver = &lint->set->waivers[i];
		const struct limit_row row = {
			.scope = waiver->scope, .id = waiver->id, .symbol = waiver->symbol};
		char scope[64];
		if (lint->is_used[i])
			continue;
		limit_scope_format(lint->site, &row, scope, sizeof scope);
		lint->counts.found++;
		lint_write(lint,
			"%s: found a waiver of %s, which is not too high there, expected none\n",
			scope, limit_keys[waiver->limit].key);
	}
}

struct lint_counts limitset_lint(
	const struct limitset *set, const struct site_config *site, char *text, size_t size)
{
	struct lint lint = {.set = set, .site = site, .text = text, .size = size};
	if (size > 0)
		text[0] = '\0';
	for (uint32_t i = 0; i < site->symbol_count; i++)
		market_add(&lint.all, site, &site->symbols[i]);
	for (uint32_t i = 0; i < set->row_count; i++) {
		lint_row(&lint, &set->rows[i]);
		lint_idle(&lint, &set->rows[i]);
	}
	lint_positions(&lint);
	lint_haircuts(&lint, LIMIT_margin_rate);
	lint_haircuts(&lint, LIMIT_stress_rate);
	lint_waivers(&lint);
	return lint.counts;
}

uint64_t limitset_waivers_hash(const struct limitset *set)
{
	return XXH3_64bits(set->waivers, set->waiver_count * sizeof set->waivers[0]);
}
