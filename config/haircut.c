#include "config/haircut.h"

bool haircut_covers(const struct site_config *site, const struct limit_row *row, uint32_t symbol)
{
	if (row->scope == SCOPE_SECTOR)
		return site->symbols[symbol].sector == row->id;
	return row->scope == SCOPE_FIRM || row->symbol == symbol;
}

static int64_t stated_by(const struct row_index *index, enum scope scope, uint32_t id,
	uint32_t symbol, enum limit limit)
{
	const struct limit_row *row = row_index_find(index, scope, id, symbol);
	return limit_row_states(row, limit) ? row->limits[limit].value : 0;
}

int64_t haircut_in_force(const struct row_index *index, const struct site_config *site,
	enum limit limit, uint32_t symbol)
{
	const struct symbol_config *config = &site->symbols[symbol];
	const int64_t stated[] = {haircut_listed(config, limit),
		stated_by(index, SCOPE_FIRM, 0, SYMBOL_NONE, limit),
		stated_by(index, SCOPE_SECTOR, config->sector, SYMBOL_NONE, limit),
		stated_by(index, SCOPE_SYMBOL, 0, symbol, limit)};
	int64_t most = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(stated); i++)
		most = stated[i] > most ? stated[i] : most;
	return most;
}

struct cover haircut_cover(const struct row_index *index, const struct site_config *site,
	const struct limit_row *row, enum limit limit)
{
	struct cover cover = {0};
	for (uint32_t i = 0; i < site->symbol_count; i++) {
		if (!haircut_covers(site, row, i))
			continue;
		cover.pairs += site->account_count;
		if (haircut_in_force(index, site, limit, i) == 0)
			cover.bare += site->account_count;
	}
	return cover;
}

bool haircut_is_below(const struct site_config *site, const struct limit_row *row, enum limit limit)
{
	bool is_any = false;
	for (uint32_t i = 0; i < site->symbol_count; i++) {
		if (!haircut_covers(site, row, i))
			continue;
		if (haircut_listed(&site->symbols[i], limit) <= row->limits[limit].value)
			return false;
		is_any = true;
	}
	return is_any;
}
