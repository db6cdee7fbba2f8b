#include "config/limitset.h"

enum {
	F = 1 << SCOPE_FIRM,
	S = 1 << SCOPE_SESSION,
	A = 1 << SCOPE_ACCOUNT,
	T = 1 << SCOPE_STRATEGY,
	Y = 1 << SCOPE_SYMBOL,
	AY = 1 << SCOPE_ACCOUNT_SYMBOL,
};

const struct limit_key limit_keys[LIMIT_COUNT] = {
#define LIMIT(key, unit, scopes, sentence) {#key, sentence, unit, (uint8_t)(scopes)},
#include "config/limits.def"
#undef LIMIT
};

void limit_row_init(struct limit_row *row, enum scope scope, uint32_t id, uint32_t symbol)
{
	memset(row, 0, sizeof *row);
	row->scope = (uint8_t)scope;
	row->id = id;
	row->symbol = symbol;
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		row->limits[i].value = INT64_MIN;
}
