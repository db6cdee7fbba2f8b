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
	free(ledger->places);
	free(ledger->chains);
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

/* The first place of a row that is not below pair. */
static uint32_t row_place(const struct ledger *ledger, uint32_t pair)
{
	uint32_t low = 0, high = ledger->row_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (ledger_row_at(ledger, middle)->pair < pair)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The row of a pair, if it has this place. */
static struct ledger_row *row_in(const struct ledger *ledger, uint32_t place, uint32_t pair)
{
	if (place == ledger->row_count || ledger_row_at(ledger, place)->pair != pair)
		return NULL;
	return &ledger->rows[ledger->places[place]];
}

struct ledger_row *ledger_find(const struct ledger *ledger, uint32_t pair)
{
	return row_in(ledger, row_place(ledger, pair), pair);
}

struct ledger_row *ledger_row(struct ledger *ledger, uint32_t pair)
{
	uint32_t place = row_place(ledger, pair);
	struct ledger_row *row = row_in(ledger, place, pair);
	if (row != NULL)
		return row;
	void *rows = rows_grow(ledger->rows, ledger->row_count, &ledger->row_room,
		LEDGER_ROW_COUNT_MAX, sizeof ledger->rows[0]);
	ledger->rows = rows != NULL ? rows : ledger->rows;
	void *places = rows_grow(ledger->places, ledger->row_count, &ledger->place_room,
		LEDGER_ROW_COUNT_MAX, sizeof ledger->places[0]);
	ledger->places = places != NULL ? places : ledger->places;
	ledger->is_full |= rows == NULL || places == NULL;
	if (ledger->is_full)
		return NULL;
	uint32_t *at = &ledger->places[place];
	memmove(at + 1, at, (ledger->row_count - place) * sizeof *at);
	*at = ledger->row_count;
	row = &ledger->rows[ledger->row_count++];
	*row = (struct ledger_row){.pair = pair, .round = ledger->round};
	return row;
}

money_wide ledger_shares(const struct ledger_row *row)
{
	return row->day_shares + row->totals.qty[SIDE_BUY] - row->totals.qty[SIDE_SELL];
}

/* Counts a trade, or takes it back. */
static void row_count(struct ledger_row *row, const struct ledger_trade *trade, int sign)
{
	unsigned side = trade->side == SIDE_BUY ? SIDE_BUY : SIDE_SELL;
	row->totals.qty[side] += sign * (money_wide)trade->qty;
	row->totals.value_e4[side] += sign * (money_wide)trade->qty * trade->price_e4;
	row->totals.fees_e4 += sign * (money_wide)trade->fee_e4;
}

static struct billed billed_of(const struct ledger_trade *trade)
{
	return (struct billed){.venue = trade->venue,
		.flag = trade->liquidity,
		.symbol = trade->pair & 0xFFFF,
		.qty = trade->qty};
}

/* The same, in its row and in its venue's bill. */
static void trade_count(
	struct ledger *ledger, struct ledger_row *row, const struct ledger_trade *trade, int sign)
{
	const struct billed billed = billed_of(trade);
	row_count(row, trade, sign);
	if (ledger->bills != NULL)
		bills_count(ledger->bills, &billed, sign);
}

/* What an order costs, with its first execution. */
static void order_count(struct ledger *ledger, struct ledger_row *row,
	const struct ledger_trade *told, const struct trade_record *trade)
{
	const struct billed billed = billed_of(told);
	row->totals.fees_e4 += trade->order_fee_e4;
	if (ledger->bills != NULL && trade->is_first)
		bills_order(ledger->bills, &billed);
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
	row->day_shares = position->shares;
	row->start_cost_e4 = position->cost_e4;
	ledger->start_count++;
}

static void ledger_day_record(struct ledger *ledger, const struct day_record *record)
{
	if (!day_follow(&ledger->phase, record->change) || record->change != DAY_BEGINS)
		return;
	for (uint32_t i = 0; i < ledger->row_count; i++) {
		struct ledger_row *row = &ledger->rows[i];
		row->day_shares = ledger_shares(row);
		row->fees_before_e4 += row->totals.fees_e4;
		row->totals = (struct ledger_totals){.fees_e4 = 0};
	}
	if (ledger->bills != NULL)
		bills_begin(ledger->bills);
	ledger->told_count++;
}

/* Where the trades with these numbers are found; NULL: out of memory. */
static uint32_t *chain_of(struct ledger *ledger, const struct trade_record *trade)
{
	if (ledger->chains == NULL)
		ledger->chains = calloc(LEDGER_CHAIN_COUNT, sizeof ledger->chains[0]);
	uint64_t numbers = trade->match * 31 + trade->venue_ref;
	numbers = (numbers * 31 + trade->venue) * 31 + ledger_pair(trade->account, trade->symbol);
	numbers *= 0x9E3779B97F4A7C15u;
	return ledger->chains == NULL ? NULL
				      : &ledger->chains[(numbers >> 40) & (LEDGER_CHAIN_COUNT - 1)];
}

/* Puts a trade at the end of its row's and at the head of its numbers'. */
static struct ledger_trade *ledger_append(
	struct ledger *ledger, struct ledger_row *row, const struct trade_record *trade)
{
	uint32_t *chain = chain_of(ledger, trade);
	void *trades = rows_grow(ledger->trades, ledger->trade_count, &ledger->trade_room,
		LEDGER_TRADE_COUNT_MAX, sizeof ledger->trades[0]);
	ledger->trades = trades != NULL ? trades : ledger->trades;
	ledger->is_full |= trades == NULL || chain == NULL;
	if (ledger->is_full)
		return NULL;
	struct ledger_trade *told = &ledger->trades[ledger->trade_count++];
	*told = (struct ledger_trade){.like = *chain,
		.venue_ref = trade->venue_ref,
		.pair = row->pair,
		.match = trade->match,
		.order_id = trade->order_id,
		.price_e4 = trade->price_e4,
		.qty = trade->qty,
		.venue = trade->venue,
		.side = trade->side,
		.liquidity = trade->liquidity,
		.fee_e4 = trade->fee_e4};
	*chain = ledger->trade_count;
	if (row->last != 0)
		ledger->trades[row->last - 1].next = ledger->trade_count;
	else
		row->first = ledger->trade_count;
	row->last = ledger->trade_count;
	row->count++;
	return told;
}

/* What has these numbers and stands: numbers come again only when the trade that had them is broken. */
static struct ledger_trade *ledger_told(struct ledger *ledger, const struct trade_record *trade)
{
	const uint32_t *chain = chain_of(ledger, trade);
	uint32_t pair = ledger_pair(trade->account, trade->symbol);
	for (uint32_t at = chain != NULL ? *chain : 0; at != 0;) {
		struct ledger_trade *told = &ledger->trades[at - 1];
		if (told->match == trade->match && told->venue_ref == trade->venue_ref &&
			told->venue == trade->venue && told->pair == pair && !told->is_broken)
			return told;
		at = told->like;
	}
	return NULL;
}

static void ledger_trade_record(struct ledger *ledger, const struct trade_record *trade)
{
	struct ledger_row *row = ledger_row(ledger, ledger_pair(trade->account, trade->symbol));
	struct ledger_trade *told = NULL;
	ledger->told_count++;
	if (row == NULL)
		return;
	if (trade->kind == TRADE_EXECUTED) {
		told = ledger_append(ledger, row, trade);
		if (told == NULL)
			return;
		trade_count(ledger, row, told, 1);
		order_count(ledger, row, told, trade);
		return;
	}
	told = ledger_told(ledger, trade);
	if (told == NULL) {
		ledger->unknown_count++;
		return;
	}
	trade_count(ledger, row, told, -1);
	if (trade->kind == TRADE_BROKEN) {
		told->is_broken = 1;
		return;
	}
	told->qty = trade->qty;
	told->price_e4 = trade->price_e4;
	told->fee_e4 = trade->fee_e4;
	trade_count(ledger, row, told, 1);
}

void ledger_record(struct ledger *ledger, const struct record *record)
{
	if (record->type == RECORD_POSITION && record->body_bytes >= sizeof(struct position_record))
		ledger_start(ledger, record_body(record));
	else if (record->type == RECORD_TRADE && record->body_bytes >= sizeof(struct trade_record))
		ledger_trade_record(ledger, record_body(record));
	else if (record->type == RECORD_DAY && record->body_bytes >= sizeof(struct day_record))
		ledger_day_record(ledger, record_body(record));
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
