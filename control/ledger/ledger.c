#include "control/ledger/ledger.h"

#include <stdlib.h>

void ledger_init(struct ledger *ledger)
{
	*ledger = (struct ledger){0};
}

void ledger_free(struct ledger *ledger)
{
	free(ledger->trades);
	free(ledger->starts);
	ledger_init(ledger);
}

/* Room for one more; NULL: there is none, and rows are as they were. */
static void *rows_grow(void *rows, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return rows;
	uint32_t more = *room == 0 ? 1024 : *room * 2;
	void *grown = more > LEDGER_TRADE_COUNT_MAX ? NULL : realloc(rows, more * size);
	*room = grown != NULL ? more : *room;
	return grown;
}

static void ledger_start(struct ledger *ledger, const struct position_record *position)
{
	/* A row is taken once, in its order (record.h). */
	if (position->place != ledger->start_count)
		return;
	void *rows = rows_grow(
		ledger->starts, ledger->start_count, &ledger->start_room, sizeof ledger->starts[0]);
	ledger->is_full |= rows == NULL;
	if (rows == NULL)
		return;
	ledger->starts = rows;
	ledger->starts[ledger->start_count++] = *position;
}

static void ledger_add(struct ledger *ledger, const struct trade_record *trade)
{
	void *rows = rows_grow(
		ledger->trades, ledger->trade_count, &ledger->trade_room, sizeof ledger->trades[0]);
	ledger->is_full |= rows == NULL;
	if (rows == NULL)
		return;
	ledger->trades = rows;
	ledger->trades[ledger->trade_count++] =
		(struct ledger_trade){.pair = ledger_pair(trade->account, trade->symbol),
			.venue_ref = trade->venue_ref,
			.match = trade->match,
			.order_id = trade->order_id,
			.price_e4 = trade->price_e4,
			.qty = trade->qty,
			.venue = trade->venue,
			.side = trade->side,
			.liquidity = trade->liquidity};
}

/* The newest that has these numbers and stands: second thoughts come soon. */
static struct ledger_trade *ledger_find(struct ledger *ledger, const struct trade_record *trade)
{
	for (uint32_t i = ledger->trade_count; i-- > 0;) {
		struct ledger_trade *row = &ledger->trades[i];
		if (row->match == trade->match && row->venue_ref == trade->venue_ref &&
			row->venue == trade->venue && !row->is_broken)
			return row;
	}
	return NULL;
}

static void ledger_trade_record(struct ledger *ledger, const struct trade_record *trade)
{
	if (trade->kind == TRADE_EXECUTED) {
		ledger_add(ledger, trade);
		return;
	}
	struct ledger_trade *row = ledger_find(ledger, trade);
	if (row == NULL) {
		ledger->unknown_count++;
	} else if (trade->kind == TRADE_BROKEN) {
		row->is_broken = 1;
	} else {
		row->qty = trade->qty;
		row->price_e4 = trade->price_e4;
	}
}

void ledger_record(struct ledger *ledger, const struct record *record)
{
	if (record->type == RECORD_POSITION && record->body_bytes >= sizeof(struct position_record))
		ledger_start(ledger, record_body(record));
	else if (record->type == RECORD_TRADE && record->body_bytes >= sizeof(struct trade_record))
		ledger_trade_record(ledger, record_body(record));
}

static int compare_pairs(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

uint32_t ledger_pairs(const struct ledger *ledger, uint32_t *pairs)
{
	uint32_t count = 0, kept = 0;
	for (uint32_t i = 0; i < ledger->start_count; i++)
		pairs[count++] = ledger_pair(ledger->starts[i].account, ledger->starts[i].symbol);
	for (uint32_t i = 0; i < ledger->trade_count; i++)
		pairs[count++] = ledger->trades[i].pair;
	if (count > 0)
		qsort(pairs, count, sizeof pairs[0], compare_pairs);
	for (uint32_t i = 0; i < count; i++) {
		if (i == 0 || pairs[i] != pairs[i - 1])
			pairs[kept++] = pairs[i];
	}
	return kept;
}

void ledger_lots(const struct ledger *ledger, uint32_t pair, struct lots *lots, struct lot *space)
{
	int64_t shares = 0, cost_e4 = 0;
	for (uint32_t i = 0; i < ledger->start_count; i++) {
		const struct position_record *start = &ledger->starts[i];
		if (ledger_pair(start->account, start->symbol) == pair) {
			shares = start->shares;
			cost_e4 = start->cost_e4;
		}
	}
	lots_init(lots, space, shares, cost_e4);
	for (uint32_t i = 0; i < ledger->trade_count; i++) {
		const struct ledger_trade *row = &ledger->trades[i];
		const struct lots_trade trade = {.order_id = row->order_id,
			.price_e4 = row->price_e4,
			.qty = row->qty,
			.side = row->side};
		if (row->pair == pair && !row->is_broken)
			lots_take(lots, &trade);
	}
}
