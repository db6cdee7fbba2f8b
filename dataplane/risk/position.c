#include "dataplane/risk/position.h"

#include "dataplane/risk/locate.h"
#include "dataplane/risk/losses.h"
#include "dataplane/risk/money.h"
#include "dataplane/risk/rates.h"
#include "drivers/machine/memory.h"

/* No account and symbol have its key. */
static struct row nobody = {.key = UINT32_MAX};
_Static_assert(ACCOUNT_COUNT_MAX < 1 << 16, "no account is the last of 16 bits");

/* A table of rows; of it those that accounts and symbols can make are present. */
static void *rows_take(const char *what, size_t row_bytes, uint32_t used_count)
{
	return memory_take_part(what, row_bytes * ROW_COUNT_MAX, row_bytes * used_count);
}

void rows_init(struct rows *rows, uint32_t used_count)
{
	rows->rows = rows_take("account-symbol rows", sizeof *rows->rows, used_count);
	rows->locates = rows_take("locates of rows", sizeof *rows->locates, used_count);
	rows->totals = rows_take("totals of rows", sizeof *rows->totals, used_count);
	rows->trails = rows_take("trails of rows", sizeof *rows->trails, used_count);
	rows->gauges = rows_take("gauges of rows", sizeof *rows->gauges, used_count);
	rows->meters = rows_take("meters of rows", sizeof *rows->meters, used_count);
	rows->starts = rows_take("starts of rows", sizeof *rows->starts, used_count);
	rows->abroad = rows_take("other currencies of rows", sizeof *rows->abroad, used_count);
	rows->portions = rows_take("portions of strategies",
		sizeof *rows->portions * ACCOUNT_STRATEGY_MAX, used_count);
	rows->slicings = rows_take("slicings of rows", sizeof *rows->slicings * 2, used_count);
	rows->slots = memory_take("hash of rows", sizeof *rows->slots * ROW_SLOT_COUNT);
	rows->count = 0;
	rows->last = &nobody;
}

void rows_free(struct rows *rows)
{
	memory_return(rows->rows, sizeof *rows->rows * ROW_COUNT_MAX);
	memory_return(rows->locates, sizeof *rows->locates * ROW_COUNT_MAX);
	memory_return(rows->totals, sizeof *rows->totals * ROW_COUNT_MAX);
	memory_return(rows->trails, sizeof *rows->trails * ROW_COUNT_MAX);
	memory_return(rows->gauges, sizeof *rows->gauges * ROW_COUNT_MAX);
	memory_return(rows->meters, sizeof *rows->meters * ROW_COUNT_MAX);
	memory_return(rows->starts, sizeof *rows->starts * ROW_COUNT_MAX);
	memory_return(rows->abroad, sizeof *rows->abroad * ROW_COUNT_MAX);
	memory_return(
		rows->portions, sizeof *rows->portions * ACCOUNT_STRATEGY_MAX * ROW_COUNT_MAX);
	memory_return(rows->slicings, sizeof *rows->slicings * 2 * ROW_COUNT_MAX);
	memory_return(rows->slots, sizeof *rows->slots * ROW_SLOT_COUNT);
}

struct row *rows_make(struct rows *rows, uint32_t key)
{
	uint32_t at = row_slot_at(key);
	struct row *row = rows_find(rows, key);
	if (row != NULL)
		return row;
	if (rows->count == ROW_COUNT_MAX)
		return NULL;
	CHECK(rows->rows != NULL);
	/* Half of the slots are always free, so this ends. */
	while (rows->slots[at] != 0)
		at = (at + 1) & (ROW_SLOT_COUNT - 1);
	row = &rows->rows[rows->count++];
	row->key = key;
	rows->slots[at] = row_slot_mark(key) | rows->count;
	return row;
}

enum { BYTE_VALUE_COUNT = 1 << 8 };

/* A radix sort, a byte of the key at a time: it needs no memory but what it is given. */
void rows_order(const struct rows *rows, uint32_t *order, uint32_t *spare)
{
	uint32_t *from = order, *to = spare;
	for (uint32_t i = 0; i < rows->count; i++)
		from[i] = i;
	for (unsigned shift = 0; shift < 32; shift += 8) {
		uint32_t places[BYTE_VALUE_COUNT] = {0}, next = 0;
		for (uint32_t i = 0; i < rows->count; i++)
			places[rows->rows[from[i]].key >> shift & 0xFF]++;
		for (unsigned value = 0; value < BYTE_VALUE_COUNT; value++) {
			uint32_t count = places[value];
			places[value] = next;
			next += count;
		}
		for (uint32_t i = 0; i < rows->count; i++)
			to[places[rows->rows[from[i]].key >> shift & 0xFF]++] = from[i];
		uint32_t *swap = from;
		from = to;
		to = swap;
	}
}

/* What is left of a reservation; a venue that fills more than it was sent does not make it negative. */
static int64_t reservation_less(int64_t reserved, int64_t part)
{
	return reserved > part ? reserved - part : 0;
}

void position_release(struct position *position, unsigned side, int64_t qty, int64_t value_e4)
{
	position->working_qty[side] = reservation_less(position->working_qty[side], qty);
	position->working_value_e4[side] =
		reservation_less(position->working_value_e4[side], value_e4);
}

int64_t saturate_128(int128_t total)
{
	if (total > INT64_MAX)
		return INT64_MAX;
	return total < INT64_MIN ? INT64_MIN : (int64_t)total;
}

void position_start(
	struct position *position, struct position_totals *totals, int64_t shares, int64_t price_e4)
{
	unsigned side = shares < 0 ? SIDE_SELL : SIDE_BUY;
	int128_t qty = shares < 0 ? -(int128_t)shares : shares;
	totals->qty[side] += qty;
	totals->value_e4[side] += qty * price_e4;
	position->shares = saturate_128(totals->qty[SIDE_BUY] - totals->qty[SIDE_SELL]);
}

void position_fill(struct position *position, struct position_totals *totals, unsigned side,
	uint32_t qty, int64_t price_e4)
{
	totals->qty[side] += qty;
	totals->value_e4[side] += (int128_t)price_e4 * qty;
	position->shares = saturate_128(totals->qty[SIDE_BUY] - totals->qty[SIDE_SELL]);
}

void position_unfill(struct position *position, struct position_totals *totals, unsigned side,
	uint32_t qty, int64_t price_e4)
{
	totals->qty[side] -= qty;
	totals->value_e4[side] -= (int128_t)price_e4 * qty;
	position->shares = saturate_128(totals->qty[SIDE_BUY] - totals->qty[SIDE_SELL]);
}
