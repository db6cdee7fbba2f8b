#include "config/exit_collar.h"

#include <stdlib.h>

/* Collars by whose they are; INT64_MAX: none is stated. */
struct collars {
	int64_t firm, accounts[ACCOUNT_COUNT_MAX], symbols[SYMBOL_COUNT_MAX];
	/* The widest that accounts and symbols state, -1: none does; and whether one of them states none. */
	int64_t widest_account, widest_symbol;
	bool has_bare_account, has_bare_symbol;
};

static int64_t stated_bps(const struct limit_row *row, enum limit limit)
{
	return (row->stated >> limit & 1) != 0 ? row->limits[limit].value : INT64_MAX;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void collars_take(
	struct collars *collars, const struct limitset *set, const struct site_config *site)
{
	uint32_t account_count = 0, symbol_count = 0;
	collars->firm = INT64_MAX;
	for (uint32_t i = 0; i < ACCOUNT_COUNT_MAX; i++)
		collars->accounts[i] = INT64_MAX;
	for (uint32_t i = 0; i < SYMBOL_COUNT_MAX; i++)
		collars->symbols[i] = INT64_MAX;
	collars->widest_account = collars->widest_symbol = -1;
	for (uint32_t i = 0; i < set->row_count; i++) {
		const struct limit_row *row = &set->rows[i];
		int64_t bps = stated_bps(row, LIMIT_collar);
		if (bps == INT64_MAX)
			continue;
		if (row->scope == SCOPE_FIRM)
			collars->firm = bps;
		if (row->scope == SCOPE_ACCOUNT) {
			collars->accounts[row->id] = bps;
			collars->widest_account = larger(collars->widest_account, bps);
			account_count++;
		}
		if (row->scope == SCOPE_SYMBOL) {
			collars->symbols[row->symbol] = bps;
			collars->widest_symbol = larger(collars->widest_symbol, bps);
			symbol_count++;
		}
	}
	collars->has_bare_account = account_count < site->account_count;
	collars->has_bare_symbol = symbol_count < site->symbol_count;
}

/* What binds where an account and a symbol state so much, if anything does, and is wider than what was found before. */
static int64_t wider(int64_t widest, int64_t account, int64_t symbol, int64_t firm)
{
	int64_t binds = smaller(firm, smaller(account, symbol));
	return binds != INT64_MAX ? larger(widest, binds) : widest;
}

/* The widest collar that binds where a row's account and symbol, or whatever account and symbol, meet; -1: none binds.  Pairs
   that state their own are looked at where nothing else binds: elsewhere they only narrow. */
static int64_t widest_for(
	const struct collars *collars, const struct limitset *set, const struct limit_row *of)
{
	bool of_account = of->scope == SCOPE_ACCOUNT || of->scope == SCOPE_ACCOUNT_SYMBOL;
	bool of_symbol = of->symbol != SYMBOL_NONE;
	int64_t accounts[2] = {0}, symbols[2] = {0}, widest = -1;
	unsigned account_count = 0, symbol_count = 0;
	if (of_account)
		accounts[account_count++] = collars->accounts[of->id];
	else if (collars->widest_account >= 0)
		accounts[account_count++] = collars->widest_account;
	if (!of_account && collars->has_bare_account)
		accounts[account_count++] = INT64_MAX;
	if (of_symbol)
		symbols[symbol_count++] = collars->symbols[of->symbol];
	else if (collars->widest_symbol >= 0)
		symbols[symbol_count++] = collars->widest_symbol;
	if (!of_symbol && collars->has_bare_symbol)
		symbols[symbol_count++] = INT64_MAX;
	int64_t firm = collars->firm;
	if (of->scope == SCOPE_ACCOUNT_SYMBOL)
		firm = smaller(firm, stated_bps(of, LIMIT_collar));
	for (unsigned i = 0; i < account_count; i++)
		for (unsigned j = 0; j < symbol_count; j++)
			widest = wider(widest, accounts[i], symbols[j], firm);
	for (uint32_t i = 0; i < set->row_count && firm == INT64_MAX; i++) {
		const struct limit_row *pair = &set->rows[i];
		if (pair->scope == SCOPE_ACCOUNT_SYMBOL && (!of_account || pair->id == of->id) &&
			(!of_symbol || pair->symbol == of->symbol))
			widest = wider(widest, collars->accounts[pair->id],
				collars->symbols[pair->symbol], stated_bps(pair, LIMIT_collar));
	}
	return widest;
}

bool exit_collar_find(
	const struct limitset *set, const struct site_config *site, struct exit_collar *found)
{
	bool is_found = false;
	struct collars *collars = malloc(sizeof *collars);
	CHECK(collars != NULL);
	collars_take(collars, set, site);
	for (uint32_t i = 0; i < set->row_count && !is_found; i++) {
		int64_t exit_bps = stated_bps(&set->rows[i], LIMIT_exit_collar);
		if (exit_bps == INT64_MAX)
			continue;
		int64_t collar_bps = widest_for(collars, set, &set->rows[i]);
		is_found = exit_bps <= collar_bps;
		if (is_found)
			*found = (struct exit_collar){.row = i, .collar_bps = collar_bps};
	}
	free(collars);
	return is_found;
}
