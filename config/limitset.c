#include "config/limitset.h"

#include <stdio.h>

#include "config/scope_letters.h"

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

void limit_keys_near(const char *name, char *text, size_t size)
{
	enum { LIKE_MIN = 3 };
	size_t most = LIKE_MIN, used = 0;
	text[0] = '\0';
	for (unsigned limit = 0; limit < LIMIT_COUNT && used < size; limit++) {
		const char *key = limit_keys[limit].key;
		size_t same = 0;
		while (key[same] != '\0' && key[same] == name[same])
			same++;
		if (same < most)
			continue;
		used = same == most ? used : 0;
		most = same;
		int more = snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", key);
		used += more > 0 ? (size_t)more : 0;
	}
}
