/* position.h - what is held and what may still become of it, for one symbol of one account or the firm.

   Orders that work reserve; a fill turns a reservation into shares held; a cancel gives it back.  The
   worst case lets every working order of one side fill and none of the other:

       worst-case long  =  shares + working buys
       worst-case short = -(shares - working sells)

   Positions of accounts live in a bounded hash of rows (account and symbol are the key) that only
   grows: a day's rows stay until the process ends.

   Owner      the gate stage.
   Units      shares; money_e4.  Totals are 128-bit: no day overflows them.
   Invariant  (1) working quantities and values are never negative and sides are never netted;
              (2) shares = bought - sold, saturated only when shown. */
#ifndef SLUICE_RISK_POSITION_H
#define SLUICE_RISK_POSITION_H

#include "config/types.h"
#include "dataplane/risk/meter.h"
#include "dataplane/risk/slicing.h"
#include "dataplane/risk/stake.h"
#include "dataplane/risk/steps.h"

/* hot: every order */
struct position {
	int64_t shares;
	int64_t working_qty[2]; /* by enum side */
	int64_t working_value_e4[2];
};
_Static_assert(sizeof(struct position) == 40, "leaves room in a line for who it belongs to");

/* cold: fills only */
struct position_totals {
	int128_t qty[2]; /* bought, sold */
	int128_t value_e4[2];
	int128_t fees_e4; /* that venues took, and below 0 gave */
};

/* One account and symbol.  An order goes to one of many, far from the one before it, and where pages are small the way to
   another page costs more than the way to another line: the four lines that an order touches stand in one page.  An
   order of a burst took 1.3 times as long with stakes and steps in places of their own, of which nobody asked for the steps,
   and 1.1 times where they were asked for (tools/bench, "order: ... bursts of 32"). */
struct row {
	_Alignas(CACHE_LINE_BYTES) struct position position;
	uint32_t key;            /* account << 16 | symbol */
	uint32_t generation;     /* of the limits that what is shown of it has (usage.h) */
	uint64_t trail_began_ns; /* the older extreme within the window: trail.h */
	uint32_t trail_low_e4;
	uint8_t has_meter;  /* 1: the symbol or the pair states limits of a meter */
	uint8_t is_sliced;  /* a bit per side of which something was refused for its size */
	uint8_t portions;   /* a bit per strategy of the account that has one (losses.h) */
	uint8_t has_losses; /* 1: the symbol or a strategy of the account states a loss of its own */
	_Alignas(CACHE_LINE_BYTES) uint64_t trail_window_ns; /* of the extremes; 0: never */
	uint32_t trail_high_e4;
	uint32_t trail_last_e4; /* reference of the newest order; 0: there was none */
	uint64_t trail_last_ns;
	/* every commit; shown only */
	int64_t positions_still[2];                    /* long, short: gauge.h */
	int64_t share_still_e4;                        /* concentration.h */
	_Alignas(CACHE_LINE_BYTES) struct stake stake; /* money.h */
	_Alignas(CACHE_LINE_BYTES) struct trail_side trail_sides[2];
};
_Static_assert(sizeof(struct row) == 256, "four lines");

/* cold: marks and peaks only */
struct row_gauges {
	struct gauge positions[2]; /* long, short */
	struct gauge share;
};

/* What a row began with; all zero: nothing. */
struct start {
	int64_t shares, cost_e4, price_e4;
};

struct abroad;
struct portion;
struct located;

enum { ROW_SLOT_COUNT = 2 * ROW_COUNT_MAX, ROW_SLOT_INDEX = (1 << 17) - 1 };
_Static_assert((int)ROW_COUNT_MAX < (int)ROW_SLOT_INDEX, "an index + 1 in 17 bits");

struct rows {
	struct row *rows;
	struct position_totals *totals; /* beside rows */
	struct located *locates;        /* beside rows (locate.h) */
	struct trail *trails;           /* beside rows (steps.h) */
	struct row_gauges *gauges;      /* beside rows */
	struct meter *meters;           /* beside rows; in use where has_meter */
	struct start *starts;           /* beside rows */
	struct abroad *abroad;          /* beside rows (rates.h) */
	struct portion *portions;       /* beside rows, ACCOUNT_STRATEGY_MAX each (losses.h) */
	struct slicing *slicings; /* beside rows, two each: by enum side; in use where is_sliced */
	uint32_t *slots;          /* a row's index + 1, its key's mark above it; 0: free */
	uint32_t count;
	struct row *
		last; /* that was asked for last, or that is expected: looked at first; never NULL */
};

/* rows_init takes room for the most rows that there may be; of it used_count rows are present. */
void rows_init(struct rows *rows, uint32_t used_count);
void rows_free(struct rows *rows);

static inline uint32_t row_key(uint16_t account, uint32_t symbol)
{
	return (uint32_t)account << 16 | (symbol & 0xFFFF);
}

static inline uint64_t row_hash(uint32_t key)
{
	return key * UINT64_C(0x9E3779B97F4A7C15);
}

/* row_slot_at gives the first slot in which a key's row may stand, row_slot_mark what the slot says of the key. */
static inline uint32_t row_slot_at(uint32_t key)
{
	return (uint32_t)(row_hash(key) >> 32) & (ROW_SLOT_COUNT - 1);
}

static inline uint32_t row_slot_mark(uint32_t key)
{
	return (uint32_t)(row_hash(key) >> 49) << 17;
}

/* rows_find returns the row of a key, NULL if it was never used.  Slots are small, so that more of them are near, and
   their marks let it look at hardly any row but the right one. */
static inline struct row *rows_find(const struct rows *rows, uint32_t key)
{
	uint32_t at = row_slot_at(key), mark = row_slot_mark(key), slot;
	while ((slot = rows->slots[at]) != 0) {
		struct row *row = &rows->rows[(slot & ROW_SLOT_INDEX) - 1];
		if (LIKELY((slot & ~(uint32_t)ROW_SLOT_INDEX) == mark && row->key == key))
			return row;
		at = (at + 1) & (ROW_SLOT_COUNT - 1);
	}
	return NULL;
}

/* rows_guess gives the index + 1 of the row that a key most likely has, without a look at the row; 0: it has none. */
static inline uint32_t rows_guess(const struct rows *rows, uint32_t key)
{
	uint32_t at = row_slot_at(key), mark = row_slot_mark(key), slot;
	while ((slot = rows->slots[at]) != 0 && (slot & ~(uint32_t)ROW_SLOT_INDEX) != mark)
		at = (at + 1) & (ROW_SLOT_COUNT - 1);
	return slot & ROW_SLOT_INDEX;
}

/* rows_make returns a row, making it if it is new.  NULL: the table is full and nothing was made. */
struct row *rows_make(struct rows *rows, uint32_t key);

/* rows_slicing returns what was refused of a row's side. */
static inline struct slicing *rows_slicing(
	const struct rows *rows, const struct row *row, unsigned side)
{
	return &rows->slicings[2 * (size_t)(row - rows->rows) + side];
}

/* rows_order writes the indexes of all rows by account, then symbol.  order and spare hold
   ROW_COUNT_MAX each; the result is in order. */
void rows_order(const struct rows *rows, uint32_t *order, uint32_t *spare);

/* position_worst gives the worst case in the direction of a side, with add_qty more working there:
   long for buys, short (as a positive number) for sells.  Saturated. */
static inline int64_t position_worst(
	const struct position *position, unsigned side, int64_t add_qty)
{
	int64_t held =
		side == SIDE_BUY ? position->shares : saturating_subtract(0, position->shares);
	return saturating_add(held, saturating_add(position->working_qty[side], add_qty));
}

/* position_reserve adds to a side's working orders.  The caller has judged that it fits. */
static inline void position_reserve(
	struct position *position, unsigned side, int64_t qty, int64_t value_e4)
{
	position->working_qty[side] = saturating_add(position->working_qty[side], qty);
	position->working_value_e4[side] =
		saturating_add(position->working_value_e4[side], value_e4);
}

/* position_release takes back; more than is reserved leaves nothing reserved. */
void position_release(struct position *position, unsigned side, int64_t qty, int64_t value_e4);

/* position_start counts what is held when a journal or a day begins, as if it were bought or sold at the price it is valued at:
   the day's profit and loss begins at nothing.  shares is negative for a short position. */
void position_start(struct position *position, struct position_totals *totals, int64_t shares,
	int64_t price_e4);

/* position_fill counts a fill and brings shares up to date. */
void position_fill(struct position *position, struct position_totals *totals, unsigned side,
	uint32_t qty, int64_t price_e4);

/* position_unfill takes a fill back: totals and shares are as if it had never been. */
void position_unfill(struct position *position, struct position_totals *totals, unsigned side,
	uint32_t qty, int64_t price_e4);

/* saturate_128 brings a total into 64 bits for showing. */
int64_t saturate_128(int128_t total);

#endif
