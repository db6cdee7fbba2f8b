#include "config/cover.h"

const struct limit_row *limitset_row_find(
	const struct limitset *set, enum scope scope, uint32_t id, uint32_t symbol)
{
	for (uint32_t i = 0; i < set->row_count; i++) {
		const struct limit_row *row = &set->rows[i];
		if (row->scope == scope && row->id == id && row->symbol == symbol)
			return row;
	}
	return NULL;
}

/* Marks what rows of one scope state: bits by id or symbol; returns how many. */
static uint64_t mark_stated(
	const struct limitset *set, enum limit limit, enum scope scope, uint64_t *marks)
{
	uint64_t count = 0;
	for (uint32_t i = 0; i < set->row_count; i++) {
		const struct limit_row *row = &set->rows[i];
		uint32_t at = scope == SCOPE_ACCOUNT ? row->id : row->symbol;
		if (row->scope != scope || !limit_row_states(row, limit))
			continue;
		marks[at / 64] |= UINT64_C(1) << (at & 63);
		count++;
	}
	return count;
}

static bool is_marked(const uint64_t *marks, uint32_t at)
{
	return (marks[at / 64] >> (at & 63) & 1) != 0;
}

static bool is_within(const struct limit_row *pair, const struct limit_row *row)
{
	bool of_account = row->scope == SCOPE_ACCOUNT || row->scope == SCOPE_ACCOUNT_SYMBOL;
	return pair->scope == SCOPE_ACCOUNT_SYMBOL && (!of_account || pair->id == row->id) &&
	       (row->symbol == SYMBOL_NONE || pair->symbol == row->symbol);
}

/* The firm's statement binds every pair; where there is none, those of accounts and of symbols leave a rectangle bare, and pairs
   that have their own are holes in it. */
struct cover cover_of(const struct limitset *set, const struct site_config *site,
	const struct limit_row *row, const struct limit_bind *bind)
{
	uint64_t accounts[ACCOUNT_COUNT_MAX / 64] = {0}, symbols[SYMBOL_COUNT_MAX / 64] = {0};
	enum limit limit = (enum limit)bind->limit;
	bool of_account = row->scope == SCOPE_ACCOUNT || row->scope == SCOPE_ACCOUNT_SYMBOL;
	bool of_symbol = row->symbol != SYMBOL_NONE;
	struct cover cover = {.pairs = (of_account ? 1 : (uint64_t)site->account_count) *
				       (of_symbol ? 1 : (uint64_t)site->symbol_count)};
	if ((bind->scopes >> SCOPE_FIRM & 1) != 0 &&
		limit_row_states(limitset_row_find(set, SCOPE_FIRM, 0, SYMBOL_NONE), limit))
		return cover;
	uint64_t account_count = site->account_count, symbol_count = site->symbol_count;
	if ((bind->scopes >> SCOPE_ACCOUNT & 1) != 0)
		account_count -= mark_stated(set, limit, SCOPE_ACCOUNT, accounts);
	if ((bind->scopes >> SCOPE_SYMBOL & 1) != 0)
		symbol_count -= mark_stated(set, limit, SCOPE_SYMBOL, symbols);
	cover.bare = (of_account ? !is_marked(accounts, row->id) : account_count) *
		     (of_symbol ? !is_marked(symbols, row->symbol) : symbol_count);
	if ((bind->scopes >> SCOPE_ACCOUNT_SYMBOL & 1) == 0)
		return cover;
	for (uint32_t i = 0; i < set->row_count; i++) {
		const struct limit_row *pair = &set->rows[i];
		cover.bare -= is_within(pair, row) && limit_row_states(pair, limit) &&
			      !is_marked(accounts, pair->id) && !is_marked(symbols, pair->symbol);
	}
	return cover;
}
