#include "tools/exchange/ledger.h"

#include <stdlib.h>

#include "tools/exchange/sequence.h"

void ledger_begin(struct ledger *ledger)
{
	memset(ledger, 0, sizeof *ledger);
	refmap_init(&ledger->by_match);
}

void ledger_end(struct ledger *ledger)
{
	refmap_free(&ledger->by_match);
	free(ledger->rows);
}

struct ledger_row *ledger_of_match(const struct ledger *ledger, uint64_t match)
{
	uint64_t at;
	return match != 0 && refmap_get(&ledger->by_match, match, &at) ? &ledger->rows[at] : NULL;
}

void ledger_add(struct ledger *ledger, const struct match_fill *fill, uint16_t locate)
{
	struct ledger_row *row = ledger_of_match(ledger, fill->match);
	if (row == NULL) {
		ledger->rows = sequence_grow(
			ledger->rows, ledger->count, &ledger->capacity, sizeof ledger->rows[0]);
		refmap_put(&ledger->by_match, fill->match, ledger->count);
		row = &ledger->rows[ledger->count++];
		*row = (struct ledger_row){.match = fill->match,
			.price_e4 = fill->price_e4,
			.qty = fill->qty,
			.locate = locate};
	}
	CHECK(row->side_count < 2 && row->qty == fill->qty);
	row->sides[row->side_count].user = fill->owner - 1;
	row->sides[row->side_count].order = fill->owner_index;
	row->sides[row->side_count].is_maker = fill->is_maker;
	row->side_count++;
}

struct ledger_row *ledger_last(const struct ledger *ledger, uint32_t user)
{
	for (uint64_t i = ledger->count; i > 0; i--) {
		struct ledger_row *row = &ledger->rows[i - 1];
		for (uint32_t s = 0; s < row->side_count; s++)
			if (user == UINT32_MAX || row->sides[s].user == user)
				return row;
	}
	return NULL;
}
