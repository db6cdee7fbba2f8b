#include "control/ledger/ledger.h"

#include <stdlib.h>

void ledger_init(struct ledger *ledger)
{
	*ledger = (struct ledger){0};
}

void ledger_free(struct ledger *ledger)
{
	free(ledger->trades);
	free(ledger->rows);
	ledger_init(ledger);
}

/* Room for one more of at most most; NULL: there is none, and rows are as they were. */
static void *rows_grow(void *rows, uint32_t count, uint32_t *room, uint32_t most, size_t size)
{
	if (count < *room)
		return rows;
	uint32_t more = *room == 0 ? 1024 : *room * 2;
	void *grown = more > most ? NULL : realloc(rows, more * size);
	*room = grown != NULL ? more : *room;
	return grown;
}

/* The place of the first row that is not below pair. */
static uint32_t row_place(const struct ledger *ledger, uint32_t pair)
{
	uint32_t low = 0, high = ledger->row_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (ledger->rows[middle].pair < pair)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct ledger_row *ledger_row(struct ledger *ledger, uint32_t pair)
{
	uint32_t at = row_place(ledger, pair);
	if (at < ledger->row_count && ledger->rows[at].pair == pair)
		return &ledger->rows[at];
	void *rows = rows_grow(ledger->rows, ledger->row_count, &ledger->row_room,
		LEDGER_ROW_COUNT_MAX, sizeof ledger->rows[0]);
	ledger->is_full |= rows == NULL;
	if (rows == NULL)
		return NULL;
	ledger->rows = rows;
	struct ledger_row *row = &ledger->rows[at];
	memmove(row + 1, row, (ledger->row_count - at) * sizeof *row);
	*row = (struct ledger_row){.pair = pair};
	ledger->row_count++;
	return row;
}

static void ledger_start(struct ledger *ledger, const struct position_record *position)
{
	/* A row is taken once, in its order (record.h). */
	if (position->place != ledger->start_count)
		return;
	struct ledger_row *row =
		ledger_row(ledger, ledger_pair(position->account, position->symbol));
	if (row == NULL)
		return;
	row->start_shares = position->shares;
	row->start_cost_e4 = position->cost_e4;
	ledger->start_count++;
}

static void ledger_add(struct ledger *ledger, const struct trade_record *trade)
{
	struct ledger_row *row = ledger_row(ledger, ledger_pair(trade->account, trade->symbol));
	if (row == NULL)
		return;
	void *trades = rows_grow(ledger->trades, ledger->trade_count, &ledger->trade_room,
		LEDGER_TRADE_COUNT_MAX, sizeof ledger->trades[0]);
	ledger->is_full |= trades == NULL;
	if (trades == NULL)
		return;
	ledger->trades = trades;
	ledger->trades[ledger->trade_count++] = (struct ledger_trade){.venue_ref = trade->venue_ref,
		.match = trade->match,
		.order_id = trade->order_id,
		.price_e4 = trade->price_e4,
		.qty = trade->qty,
		.venue = trade->venue,
		.side = trade->side};
	if (row->last != 0)
		ledger->trades[row->last - 1].next = ledger->trade_count;
	else
		row->first = ledger->trade_count;
	row->last = ledger->trade_count;
	row->count++;
}

/* What has these numbers and stands: numbers come again only when the trade that had them is broken. */
static struct ledger_trade *ledger_find(struct ledger *ledger, const struct trade_record *trade)
{
	const struct ledger_row *row =
		ledger_row(ledger, ledger_pair(trade->account, trade->symbol));
	for (uint32_t at = row != NULL ? row->first : 0; at != 0;) {
		struct ledger_trade *told = &ledger->trades[at - 1];
		if (told->match == trade->match && told->venue_ref == trade->venue_ref &&
			told->venue == trade->venue && !told->is_broken)
			return told;
		at = told->next;
	}
	return NULL;
}

static void ledger_trade_record(struct ledger *ledger, const struct trade_record *trade)
{
	ledger->told_count++;
	if (trade->kind == TRADE_EXECUTED) {
		ledger_add(ledger, trade);
		return;
	}
	struct ledger_trade *told = ledger_find(ledger, trade);
	if (told == NULL) {
		ledger->unknown_count++;
	} else if (trade->kind == TRADE_BROKEN) {
		told->is_broken = 1;
	} else {
		told->qty = trade->qty;
		told->price_e4 = trade->price_e4;
	}
}

void ledger_record(struct ledger *ledger, const struct record *record)
{
	if (record->type == RECORD_POSITION && record->body_bytes >= sizeof(struct position_record))
		ledger_start(ledger, record_body(record));
	else if (record->type == RECORD_TRADE && record->body_bytes >= sizeof(struct trade_record))
		ledger_trade_record(ledger, record_body(record));
}

uint32_t ledger_lots(const struct ledger *ledger, uint32_t trade, uint32_t count, struct lots *lots)
{
	for (; trade != 0 && count > 0; count--) {
		const struct ledger_trade *told = &ledger->trades[trade - 1];
		const struct lots_trade taken = {.order_id = told->order_id,
			.price_e4 = told->price_e4,
			.qty = told->qty,
			.side = told->side};
		if (!told->is_broken)
			lots_take(lots, &taken);
		trade = told->next;
	}
	return trade;
}
