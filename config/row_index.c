#include "config/row_index.h"

#include <stdlib.h>

static int of_two(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int by_account(const void *a, const void *b, void *context)
{
	const struct limit_row *rows = context;
	const struct limit_row *left = &rows[*(const uint16_t *)a];
	const struct limit_row *right = &rows[*(const uint16_t *)b];
	int order = of_two(left->id, right->id);
	return order != 0 ? order : of_two(left->symbol, right->symbol);
}

static int by_symbol(const void *a, const void *b, void *context)
{
	const struct limit_row *rows = context;
	int order = of_two(rows[*(const uint16_t *)a].symbol, rows[*(const uint16_t *)b].symbol);
	return order != 0 ? order : by_account(a, b, context);
}

/* Where the position of a scope's row stands; NULL: among the pairs, or nowhere. */
static const uint16_t *place_of(
	const struct row_index *index, enum scope scope, uint32_t id, uint32_t symbol)
{
	switch (scope) {
	case SCOPE_FIRM:
		return &index->firm;
	case SCOPE_ACCOUNT:
		return id < ACCOUNT_COUNT_MAX ? &index->accounts[id] : NULL;
	case SCOPE_STRATEGY:
		return id < STRATEGY_COUNT_MAX ? &index->strategies[id] : NULL;
	case SCOPE_SESSION:
		return id < SESSION_COUNT_MAX ? &index->sessions[id] : NULL;
	case SCOPE_SECTOR:
		return id < SECTOR_COUNT_MAX ? &index->sectors[id] : NULL;
	case SCOPE_SYMBOL:
		return symbol < SYMBOL_COUNT_MAX ? &index->symbols[symbol] : NULL;
	default:
		return NULL;
	}
}

static void row_take(struct row_index *index, uint16_t at)
{
	const struct limit_row *row = &index->set->rows[at];
	enum scope scope = (enum scope)row->scope;
	uint16_t *place = (uint16_t *)(uintptr_t)place_of(index, scope, row->id, row->symbol);
	if (place != NULL)
		*place = at;
	if (scope == SCOPE_ACCOUNT_SYMBOL)
		index->pairs[index->pair_count++] = at;
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		index->account_stated[i] += scope == SCOPE_ACCOUNT && limit_row_states(row, i);
		index->symbol_stated[i] += scope == SCOPE_SYMBOL && limit_row_states(row, i);
	}
}

struct row_index *row_index_make(const struct limitset *set)
{
	struct row_index *index = malloc(sizeof *index);
	CHECK(index != NULL);
	/* Positions of all ones are none. */
	memset(index, 0xff, sizeof *index);
	index->set = set;
	index->pair_count = 0;
	memset(index->account_stated, 0, sizeof index->account_stated);
	memset(index->symbol_stated, 0, sizeof index->symbol_stated);
	for (uint32_t i = 0; i < set->row_count; i++)
		row_take(index, (uint16_t)i);
	memcpy(index->crossed, index->pairs, sizeof index->crossed);
	void *rows = (void *)(uintptr_t)set->rows;
	qsort_r(index->pairs, index->pair_count, sizeof index->pairs[0], by_account, rows);
	qsort_r(index->crossed, index->pair_count, sizeof index->crossed[0], by_symbol, rows);
	return index;
}

/* How many of them stand before an account, and a symbol of it, or before a symbol, and an account of it. */
static uint32_t before(
	const struct row_index *index, bool is_crossed, uint32_t major, uint32_t minor)
{
	const uint16_t *pairs = is_crossed ? index->crossed : index->pairs;
	uint32_t low = 0, high = index->pair_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct limit_row *row = &index->set->rows[pairs[middle]];
		uint32_t first = is_crossed ? row->symbol : row->id;
		uint32_t second = is_crossed ? row->id : row->symbol;
		if (first < major || (first == major && second < minor))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct row_range row_index_within(const struct row_index *index, const struct limit_row *row)
{
	bool of_account = row->scope == SCOPE_ACCOUNT || row->scope == SCOPE_ACCOUNT_SYMBOL;
	bool of_symbol = row->symbol != SYMBOL_NONE;
	if (!of_account && !of_symbol)
		return (struct row_range){.at = index->pairs, .count = index->pair_count};
	bool is_crossed = !of_account;
	uint32_t major = is_crossed ? row->symbol : row->id;
	uint32_t least = of_account && of_symbol ? row->symbol : 0;
	uint32_t most = of_account && of_symbol ? row->symbol + 1 : UINT32_MAX;
	uint32_t from = before(index, is_crossed, major, least);
	return (struct row_range){.at = (is_crossed ? index->crossed : index->pairs) + from,
		.count = before(index, is_crossed, major, most) - from};
}

const struct limit_row *row_index_find(
	const struct row_index *index, enum scope scope, uint32_t id, uint32_t symbol)
{
	struct limit_row pair = {.scope = SCOPE_ACCOUNT_SYMBOL, .id = id, .symbol = symbol};
	if (scope == SCOPE_ACCOUNT_SYMBOL) {
		struct row_range found = row_index_within(index, &pair);
		return found.count != 0 ? &index->set->rows[found.at[0]] : NULL;
	}
	const uint16_t *place = place_of(index, scope, id, symbol);
	return place != NULL ? row_index_row(index, *place) : NULL;
}
