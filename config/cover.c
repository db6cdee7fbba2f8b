#include "config/cover.h"

#include "config/haircut.h"

static bool is_stated_by(const struct row_index *index, const struct limit_bind *bind,
	enum scope scope, uint32_t id, uint32_t symbol)
{
	return (bind->scopes >> scope & 1) != 0 &&
	       limit_row_states(row_index_find(index, scope, id, symbol), bind->limit);
}

/* The firm's statement binds every pair; where there is none, those of accounts and of symbols leave a rectangle bare, and pairs
   that have their own are holes in it. */
struct cover cover_of(const struct row_index *index, const struct site_config *site,
	const struct limit_row *row, const struct limit_bind *bind)
{
	enum limit limit = (enum limit)bind->limit;
	if (bind->absence == ABSENCE_SYMBOLS)
		return haircut_cover(index, site, row, limit);
	bool of_account = row->scope == SCOPE_ACCOUNT || row->scope == SCOPE_ACCOUNT_SYMBOL;
	bool of_symbol = row->symbol != SYMBOL_NONE;
	uint64_t account_count = of_account ? 1 : site->account_count;
	uint64_t symbol_count = of_symbol ? 1 : site->symbol_count;
	struct cover cover = {.pairs = account_count * symbol_count};
	if (is_stated_by(index, bind, SCOPE_FIRM, 0, SYMBOL_NONE))
		return cover;
	if (of_account)
		account_count -= is_stated_by(index, bind, SCOPE_ACCOUNT, row->id, SYMBOL_NONE);
	else if ((bind->scopes >> SCOPE_ACCOUNT & 1) != 0)
		account_count -= index->account_stated[limit];
	if (of_symbol)
		symbol_count -= is_stated_by(index, bind, SCOPE_SYMBOL, 0, row->symbol);
	else if ((bind->scopes >> SCOPE_SYMBOL & 1) != 0)
		symbol_count -= index->symbol_stated[limit];
	cover.bare = account_count * symbol_count;
	if ((bind->scopes >> SCOPE_ACCOUNT_SYMBOL & 1) == 0 || cover.bare == 0)
		return cover;
	const struct row_range within = row_index_within(index, row);
	for (uint32_t i = 0; i < within.count; i++) {
		const struct limit_row *pair = row_index_row(index, within.at[i]);
		cover.bare -= limit_row_states(pair, limit) &&
			      !is_stated_by(index, bind, SCOPE_ACCOUNT, pair->id, SYMBOL_NONE) &&
			      !is_stated_by(index, bind, SCOPE_SYMBOL, 0, pair->symbol);
	}
	return cover;
}
