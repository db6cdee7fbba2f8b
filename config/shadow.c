#include "config/shadow.h"

#include <stdlib.h>

#include "config/binds.h"
#include "config/haircut.h"
#include "config/row_index.h"

/* One row of binds.def in a set, and the looking for what it shadows. */
struct search {
	const struct limitset *set;
	const struct site_config *site;
	const struct row_index *index;
	const struct limit_bind *bind;
	struct limit_shadow *found;
	uint32_t room, count;
};

/* What binds with the row and is stated at a scope; NULL: nothing. */
static const struct limit_row *stated_at(
	const struct search *search, enum scope scope, uint32_t id, uint32_t symbol)
{
	const struct limit_row *row = NULL;
	if ((search->bind->scopes >> scope & 1) != 0)
		row = row_index_find(search->index, scope, id, symbol);
	return limit_row_states(row, search->bind->limit) ? row : NULL;
}

/* Whether one row, which may be NULL, always binds before another. */
static bool is_before(
	const struct search *search, const struct limit_row *by, const struct limit_row *row)
{
	if (by == NULL)
		return false;
	const struct limit_value *a = &by->limits[search->bind->limit];
	const struct limit_value *b = &row->limits[search->bind->limit];
	bool is_floor = limit_is_floor((enum limit)search->bind->limit);
	bool is_no_looser = a->currency == b->currency &&
			    (is_floor ? a->value >= b->value : a->value <= b->value) &&
			    a->window_ns >= b->window_ns && a->burst <= b->burst;
	return is_no_looser && memcmp(a, b, sizeof *a) != 0;
}

static const struct limit_row *looser_of(
	const struct search *search, const struct limit_row *a, const struct limit_row *b)
{
	enum limit limit = (enum limit)search->bind->limit;
	return a == NULL || limit_is_tighter(limit, &a->limits[limit], &b->limits[limit]) ? b : a;
}

static void search_found(struct search *search, const struct limit_row *row,
	const struct limit_row *by, enum shadow_by kind)
{
	if (search->count < search->room)
		search->found[search->count] = (struct limit_shadow){
			.row = row, .by = by, .limit = search->bind->limit, .kind = (uint8_t)kind};
	search->count++;
}

/* What covers all that a row covers, and more, and is tighter; NULL: nothing. */
static const struct limit_row *wider_before(
	const struct search *search, const struct limit_row *row)
{
	const struct limit_row *wider[] = {NULL, NULL, NULL};
	if (row->scope != SCOPE_FIRM)
		wider[0] = stated_at(search, SCOPE_FIRM, 0, SYMBOL_NONE);
	if (row->scope == SCOPE_ACCOUNT_SYMBOL) {
		wider[1] = stated_at(search, SCOPE_ACCOUNT, row->id, SYMBOL_NONE);
		wider[2] = stated_at(search, SCOPE_SYMBOL, 0, row->symbol);
	}
	for (unsigned i = 0; i < ARRAY_COUNT(wider); i++)
		if (is_before(search, wider[i], row))
			return wider[i];
	return NULL;
}

/* What is tighter than an account's or a symbol's row, of all that meets it; *is_each false: something that meets it is not. */
static const struct limit_row *meeting_before(
	const struct search *search, const struct limit_row *row, bool *is_each)
{
	const struct site_config *site = search->site;
	const struct limit_row *loosest = NULL;
	bool of_account = row->scope == SCOPE_ACCOUNT;
	uint32_t count = of_account ? site->symbol_count : site->account_count;
	*is_each = true;
	for (uint32_t i = 0; i < count && *is_each; i++) {
		uint32_t account = of_account ? row->id : site->accounts[i].id;
		uint32_t symbol = of_account ? i : row->symbol;
		const struct limit_row *by =
			of_account ? stated_at(search, SCOPE_SYMBOL, 0, symbol)
				   : stated_at(search, SCOPE_ACCOUNT, account, SYMBOL_NONE);
		if (!is_before(search, by, row))
			by = stated_at(search, SCOPE_ACCOUNT_SYMBOL, account, symbol);
		*is_each = is_before(search, by, row);
		if (*is_each)
			loosest = looser_of(search, loosest, by);
	}
	return loosest;
}

static void search_meeting(struct search *search, const struct limit_row *row)
{
	const struct row_index *index = search->index;
	bool of_account = row->scope == SCOPE_ACCOUNT, is_each;
	unsigned limit = search->bind->limit;
	uint32_t count = of_account ? search->site->symbol_count : search->site->account_count;
	uint64_t stated = of_account ? index->symbol_stated[limit] : index->account_stated[limit];
	/* Fewer are stated than meet it. */
	if (stated + row_index_within(index, row).count < count)
		return;
	const struct limit_row *by = meeting_before(search, row, &is_each);
	if (is_each && by != NULL)
		search_found(search, row, by, of_account ? SHADOW_BY_SYMBOLS : SHADOW_BY_ACCOUNTS);
}

/* Those of accounts, or of symbols, that are tighter than the firm's: how many, and the loosest. */
static uint32_t count_before(const struct search *search, const struct limit_row *firm,
	enum scope scope, const struct limit_row **loosest)
{
	uint32_t count = 0;
	*loosest = NULL;
	for (uint32_t i = 0; i < search->set->row_count; i++) {
		const struct limit_row *row = &search->set->rows[i];
		if (row->scope != scope || stated_at(search, scope, row->id, row->symbol) == NULL ||
			!is_before(search, row, firm))
			continue;
		*loosest = looser_of(search, *loosest, row);
		count++;
	}
	return count;
}

/* The accounts and the symbols that state nothing tighter leave a rectangle, and each pair in it must. */
static void search_firm(struct search *search, const struct limit_row *firm)
{
	const struct limit_row *of_accounts, *of_symbols, *loosest = NULL;
	uint64_t bare_accounts = search->site->account_count -
				 count_before(search, firm, SCOPE_ACCOUNT, &of_accounts);
	uint64_t bare_symbols =
		search->site->symbol_count - count_before(search, firm, SCOPE_SYMBOL, &of_symbols);
	if (bare_accounts == 0 && of_accounts != NULL) {
		search_found(search, firm, of_accounts, SHADOW_BY_ACCOUNTS);
		return;
	}
	if (bare_symbols == 0 && of_symbols != NULL) {
		search_found(search, firm, of_symbols, SHADOW_BY_SYMBOLS);
		return;
	}
	uint64_t bare = bare_accounts * bare_symbols;
	const struct row_range within = row_index_within(search->index, firm);
	for (uint32_t i = 0; i < within.count; i++) {
		const struct limit_row *pair = row_index_row(search->index, within.at[i]);
		const struct limit_row *own =
			stated_at(search, SCOPE_ACCOUNT_SYMBOL, pair->id, pair->symbol);
		if (!is_before(search, own, firm) ||
			is_before(search, stated_at(search, SCOPE_ACCOUNT, pair->id, SYMBOL_NONE),
				firm) ||
			is_before(search, stated_at(search, SCOPE_SYMBOL, 0, pair->symbol), firm))
			continue;
		loosest = looser_of(search, loosest, own);
		bare--;
	}
	if (bare == 0 && loosest != NULL)
		search_found(search, firm, loosest, SHADOW_BY_PAIRS);
}

/* What binds before a haircut's row for a symbol that it covers: the firm's, the sector's or the symbol's. */
static const struct limit_row *haircut_before(
	const struct search *search, const struct limit_row *row, uint32_t symbol)
{
	const struct limit_row *by[] = {stated_at(search, SCOPE_FIRM, 0, SYMBOL_NONE),
		stated_at(search, SCOPE_SECTOR, search->site->symbols[symbol].sector, SYMBOL_NONE),
		stated_at(search, SCOPE_SYMBOL, 0, symbol)};
	for (unsigned i = 0; i < ARRAY_COUNT(by); i++)
		if (is_before(search, by[i], row))
			return by[i];
	return NULL;
}

static void search_haircut(struct search *search, const struct limit_row *row)
{
	const struct limit_row *loosest = NULL;
	bool is_one = true;
	for (uint32_t i = 0; i < search->site->symbol_count; i++) {
		if (!haircut_covers(search->site, row, i))
			continue;
		const struct limit_row *by = haircut_before(search, row, i);
		if (by == NULL)
			return;
		is_one &= loosest == NULL || by == loosest;
		loosest = looser_of(search, loosest, by);
	}
	if (loosest != NULL)
		search_found(search, row, loosest, is_one ? SHADOW_BY_ONE : SHADOW_BY_SYMBOLS);
}

static void search_row(struct search *search, const struct limit_row *row)
{
	enum scope scope = (enum scope)row->scope;
	if (!limit_row_states(row, search->bind->limit) || (search->bind->scopes >> scope & 1) == 0)
		return;
	if (search->bind->absence == ABSENCE_SYMBOLS) {
		search_haircut(search, row);
		return;
	}
	const struct limit_row *by = wider_before(search, row);
	if (by != NULL)
		search_found(search, row, by, SHADOW_BY_ONE);
	else if (scope == SCOPE_FIRM)
		search_firm(search, row);
	else if (scope == SCOPE_ACCOUNT || scope == SCOPE_SYMBOL)
		search_meeting(search, row);
}

uint32_t limitset_shadows(const struct limitset *set, const struct site_config *site,
	struct limit_shadow *found, uint32_t room)
{
	struct row_index *index = row_index_make(set);
	struct search search = {
		.set = set, .site = site, .index = index, .found = found, .room = room};
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++) {
		search.bind = &limit_binds[i];
		/* A scope alone meets no other. */
		if ((search.bind->scopes & (search.bind->scopes - 1)) == 0)
			continue;
		for (uint32_t at = 0; at < set->row_count; at++)
			search_row(&search, &set->rows[at]);
	}
	free(index);
	return search.count;
}

const char *shadow_by_name(enum shadow_by kind)
{
	static const char *const names[] = {[SHADOW_BY_ONE] = "it alone",
		[SHADOW_BY_ACCOUNTS] = "the loosest of each account",
		[SHADOW_BY_SYMBOLS] = "the loosest of each symbol",
		[SHADOW_BY_PAIRS] =
			"the loosest of each account, symbol and symbol within account"};
	return names[kind];
}
