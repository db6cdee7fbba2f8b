#include "config/binds.h"
#include "config/config.h"
#include "config/cover.h"
#include "config/scalar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct unit_row {
	uint64_t factor;
	const char *word;
};

/* format_duration writes the largest unit that is exact. */
static void format_duration(uint64_t duration_ns, char *text, size_t size)
{
	static const struct unit_row rows[] = {{3600ull * 1000000000, "h"},
		{60ull * 1000000000, "min"}, {1000000000, "s"}, {1000000, "ms"}, {1000, "us"},
		{1, "ns"}};
	size_t i = 0;
	while (duration_ns % rows[i].factor != 0)
		i++;
	if (duration_ns > 0 && duration_ns % (24 * rows[0].factor) == 0)
		snprintf(text, size, "%" PRIu64 " days", duration_ns / (24 * rows[0].factor));
	else
		snprintf(text, size, "%" PRIu64 " %s", duration_ns / rows[i].factor, rows[i].word);
}

const char *limit_read(const struct site_config *site, enum limit limit, const char *text,
	struct limit_value *value)
{
	enum limit_unit unit = (enum limit_unit)limit_keys[limit].unit;
	const char *space = strrchr(text, ' ');
	uint32_t currency = UINT32_MAX;
	if (unit == MONEY && space != NULL)
		currency = site_currency_find(site, space + 1);
	/* What names no currency of the site is no money in the base. */
	if (currency == UINT32_MAX || currency == 0)
		return scalar_limit(text, unit, site_currency(site), value);
	const char *expected = scalar_limit(text, unit, site->currencies[currency].name, value);
	if (expected == NULL)
		value->currency = currency;
	return expected;
}

bool limit_base(const struct site_config *site, const struct limit_value *value, int64_t *base_e4)
{
	*base_e4 = value->value;
	if (value->currency == 0)
		return true;
	if (value->currency >= site->currency_count ||
		site->currencies[value->currency].rate_e8 == 0)
		return false;
	*base_e4 = currency_down(value->value, site->currencies[value->currency].rate_e8);
	return true;
}

static const char *currency_of(const struct site_config *site, const struct limit_value *value)
{
	if (value->currency == 0)
		return site_currency(site);
	return value->currency < site->currency_count ? site->currencies[value->currency].name
						      : "?";
}

/* format_money writes two decimals where they say it all, else four. */
static void format_money(int64_t money_e4, const char *currency, char *text, size_t size)
{
	if (money_e4 % 100 == 0)
		snprintf(text, size, "%" PRId64 ".%02" PRId64 " %s", money_e4 / 10000,
			money_e4 % 10000 / 100, currency);
	else
		snprintf(text, size, "%" PRId64 ".%04" PRId64 " %s", money_e4 / 10000,
			money_e4 % 10000, currency);
}

void limit_format(const struct site_config *site, enum limit limit, const struct limit_value *value,
	char *text, size_t size)
{
	char window[40];
	if (value->value == INT64_MIN) {
		snprintf(text, size, "unstated");
		return;
	}
	format_duration(value->window_ns, window, sizeof window);
	switch ((enum limit_unit)limit_keys[limit].unit) {
	case SHARES:
		snprintf(text, size, "%" PRId64 " shares", value->value);
		break;
	case MONEY:
		format_money(value->value, currency_of(site, value), text, size);
		break;
	case BPS:
		snprintf(text, size, "%" PRId64 " bps", value->value);
		break;
	case TICKS:
		snprintf(text, size, "%" PRId64 " ticks", value->value);
		break;
	case AGE:
		format_duration((uint64_t)value->value, text, size);
		break;
	case RATE:
		snprintf(text, size, "%" PRId64 " per %s burst %" PRIu32, value->value, window,
			value->burst);
		break;
	case RATIO:
		snprintf(text, size, "%" PRId64 " per trade after %" PRIu32, value->value,
			value->burst);
		break;
	case COUNT:
		snprintf(text, size, "%" PRId64 " per %s", value->value, window);
		break;
	case FLAG:
		snprintf(text, size, "%s", value->value != 0 ? "yes" : "no");
		break;
	case WALK:
		snprintf(text, size, "%" PRId64 " bps per %s", value->value, window);
		break;
	}
}

/* Where a diff writes: what does not fit is cut, the counting goes on. */
struct report {
	const struct site_config *site;
	char *text;
	size_t size, used;
	uint32_t count, loosened;
};

void limit_scope_format(
	const struct site_config *site, const struct limit_row *row, char *text, size_t size)
{
	char symbol[9] = "?";
	if (row->symbol != SYMBOL_NONE && row->symbol < site->symbol_count)
		symbol_unpack(site->symbols[row->symbol].name, symbol);
	if (row->scope == SCOPE_FIRM)
		snprintf(text, size, "firm");
	else if (row->scope == SCOPE_SYMBOL)
		snprintf(text, size, "symbol %s", symbol);
	else if (row->scope == SCOPE_ACCOUNT_SYMBOL)
		snprintf(text, size, "account %" PRIu32 " symbol %s", row->id, symbol);
	else if (row->scope == SCOPE_SECTOR && row->id < SECTOR_COUNT_MAX)
		snprintf(text, size, "sector %s", site->sectors[row->id]);
	else
		snprintf(text, size, "%s %" PRIu32, scope_name((enum scope)row->scope), row->id);
}

void limit_scopes_format(unsigned scopes, char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (unsigned scope = 0; scope < SCOPE_COUNT && used < size; scope++) {
		if (!(scopes >> scope & 1))
			continue;
		int more = snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
			scope == SCOPE_ACCOUNT_SYMBOL ? "symbol within account"
						      : scope_name((enum scope)scope));
		used += more > 0 ? (size_t)more : 0;
	}
}

/* A quote or a trade that is too old is no reference, and what comes behind it is, whatever its price: of these ages neither
   direction is the tighter. */
static bool makes_way(unsigned limit)
{
	return limit == LIMIT_max_bbo_age || limit == LIMIT_max_trade_age;
}

/* A limit stated anew tightens where something was stated that binds with it, for of two the tightest of each component binds,
   and where its absence let everything pass.  Where nothing was, its absence refused everything. */
static bool is_looser_stated(const struct row_index *old, const struct site_config *site,
	const struct limit_row *row, unsigned limit)
{
	const struct limit_bind *bind = limit_bind_of((enum limit)limit, (enum scope)row->scope);
	if (bind->absence == ABSENCE_PASSES)
		return false;
	if (limit_keys[limit].unit == FLAG && row->limits[limit].value == 0)
		return false;
	return makes_way(limit) || bind->scopes == 1u << row->scope ||
	       cover_of(old, site, row, bind).bare != 0;
}

/* One that is stated no more loosens but where nothing is left that binds, and so everything is refused. */
static bool is_looser_unstated(const struct row_index *new, const struct site_config *site,
	const struct limit_row *row, unsigned limit)
{
	const struct limit_bind *bind = limit_bind_of((enum limit)limit, (enum scope)row->scope);
	if (bind->absence == ABSENCE_PASSES)
		return true;
	if (bind->scopes == 1u << row->scope)
		return false;
	const struct cover cover = cover_of(new, site, row, bind);
	return cover.bare != cover.pairs;
}

/* Looser in one component is looser; of a floor the smaller value is.  Which of two currencies is worth more is another matter tomorrow: a limit in another one
   takes two persons. */
static bool is_looser(
	enum limit limit, const struct limit_value *old, const struct limit_value *new)
{
	bool is_value_looser =
		limit_is_floor(limit) ? new->value < old->value : new->value > old->value;
	return new->currency != old->currency || is_value_looser ||
	       new->window_ns < old->window_ns || new->burst > old->burst;
}

/* A value that is NULL is stated nowhere in the row. */
static void report_limit(struct report *r, const struct limit_row *row, enum limit limit,
	const struct limit_value *old, const struct limit_value *new, bool looser)
{
	static const struct limit_value unstated = {.value = INT64_MIN};
	char scope[64], before[64], after[64];
	limit_scope_format(r->site, row, scope, sizeof scope);
	limit_format(r->site, limit, old != NULL ? old : &unstated, before, sizeof before);
	limit_format(r->site, limit, new != NULL ? new : &unstated, after, sizeof after);
	r->count++;
	r->loosened += looser ? 1 : 0;
	if (r->used >= r->size)
		return;
	int more = snprintf(r->text + r->used, r->size - r->used, "%s: %s %s -> %s (%s)\n", scope,
		limit_keys[limit].key, before, after, looser ? "looser" : "tighter");
	r->used += more > 0 ? (size_t)more : 0;
}

/* The two sets that are compared. */
struct change {
	struct row_index *old, *new;
};

/* report_rows compares one scope of two sets; either may be NULL. */
static void report_rows(struct report *r, const struct change *sets, const struct limit_row *old,
	const struct limit_row *new)
{
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		enum limit limit = (enum limit)i;
		bool before = limit_row_states(old, i), after = limit_row_states(new, i);
		if (before && after) {
			const struct limit_value *was = &old->limits[i], *is = &new->limits[i];
			if (memcmp(was, is, sizeof *was) != 0)
				report_limit(r, new, limit, was, is,
					makes_way(i) || is_looser(limit, was, is));
		} else if (after) {
			report_limit(r, new, limit, NULL, &new->limits[i],
				is_looser_stated(sets->old, r->site, new, i));
		} else if (before) {
			report_limit(r, old, limit, &old->limits[i], NULL,
				is_looser_unstated(sets->new, r->site, old, i));
		}
	}
}

/* The row of another set of the same scope; NULL: there is none. */
static const struct limit_row *row_of(const struct row_index *index, const struct limit_row *row)
{
	return row_index_find(index, (enum scope)row->scope, row->id, row->symbol);
}

uint32_t limitset_diff(const struct limitset *old, const struct limitset *new,
	const struct site_config *site, char *text, size_t size, uint32_t *loosened)
{
	struct report r = {.site = site, .text = text, .size = size};
	const struct change sets = {.old = row_index_make(old), .new = row_index_make(new)};
	if (size > 0)
		text[0] = '\0';
	for (uint32_t i = 0; i < new->row_count; i++) {
		const struct limit_row *row = &new->rows[i];
		report_rows(&r, &sets, row_of(sets.old, row), row);
	}
	for (uint32_t i = 0; i < old->row_count; i++) {
		const struct limit_row *row = &old->rows[i];
		if (row_of(sets.new, row) == NULL)
			report_rows(&r, &sets, row, NULL);
	}
	free(sets.old);
	free(sets.new);
	if (loosened != NULL)
		*loosened = r.loosened;
	return r.count;
}
