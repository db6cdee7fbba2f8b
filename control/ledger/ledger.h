/* ledger.h - every trade of a journal, in order, with the venue's second thoughts applied.

   The journal is the truth and the ledger is made from it: POSITION records say what was held when it began, TRADE
   records what was executed, broken and corrected.  A broken trade is as if it had never been, also for the lots that
   later trades took; a corrected one has its new quantity and price in its old place.

   Each pair of account and symbol has a row with its trades in a chain, so that a pair is worked out by its own trades
   alone, and in as many pieces as the caller likes: who reads may have a heartbeat to keep.  What a pair holds and
   traded stands in its row at any time, without working anything out.

   A journal may have several days (DAY records).  Lots and what they gained go on over them; what was bought and sold and
   its fees count by day, as the gate's own totals do: a trade of an earlier day that is broken or corrected today is taken
   out of today.

   Owner      one command, the clerk (clerk.h), or a test.
   Errors     full (LEDGER_TRADE_COUNT_MAX, LEDGER_ROW_COUNT_MAX) or out of memory: is_full, and nothing that it says
              may be used.
   Invariant  (1) positions, and quantities and values traded in the newest day, are those of the gate that wrote the
                  journal;
              (2) places name the rows in the order of their pairs, each once;
              (3) a row's totals are the sums over its trades of the day that stand, fees as their records say that they were
                  taken; what orders cost stays when they are broken. */
#ifndef SLUICE_CONTROL_LEDGER_H
#define SLUICE_CONTROL_LEDGER_H

#include "config/config.h"
#include "control/ledger/bills.h"
#include "control/ledger/lots.h"
#include "dataplane/shm/record.h"

enum {
	LEDGER_TRADE_COUNT_MAX = 1 << 24,
	LEDGER_ROW_COUNT_MAX = 2 * ROW_COUNT_MAX,
	LEDGER_CHAIN_COUNT = 1 << 20
};

struct ledger_trade {
	uint32_t next; /* the pair's next: index + 1; 0: none */
	uint32_t like; /* the next of those whose numbers lead to the same chain */
	uint32_t venue_ref;
	uint32_t pair;
	uint64_t match, order_id;
	int64_t price_e4, fee_e4;
	uint32_t qty;
	uint8_t venue, side, is_broken;
	uint8_t liquidity; /* the flag of its first telling */
};

/* What was traded in the newest day and stands: by enum side. */
struct ledger_totals {
	money_wide qty[2], value_e4[2];
	money_wide fees_e4; /* that venues took; below 0: gave */
};

struct ledger_row {
	uint32_t pair;               /* account << 16 | symbol */
	uint32_t first, last, count; /* its trades: index + 1; 0: none */
	uint32_t round;              /* of the ledger, when it was made or last looked at */
	int64_t start_shares, start_cost_e4;
	money_wide day_shares;     /* held when the newest day began */
	money_wide fees_before_e4; /* of the days before */
	struct ledger_totals totals;
};

struct ledger {
	struct ledger_trade *trades;
	struct ledger_row *rows; /* as they were made */
	uint32_t *places;        /* their indexes */
	uint32_t *
		chains; /* the newest trade whose numbers lead here: index + 1; NULL: no trade yet */
	uint32_t trade_count, trade_room, row_count, row_room, place_room;
	uint32_t start_count;   /* rows of the positions file */
	uint32_t round;         /* the caller's */
	uint32_t unknown_count; /* breaks and corrections of what is not there */
	uint64_t told_count;    /* executed, broken, corrected, days begun: records */
	uint32_t phase;         /* enum day_phase */
	struct bills *bills;    /* of venues, beside the rows; the caller's.  NULL: nobody asks */
	bool is_full;
};

void ledger_init(struct ledger *ledger);
void ledger_free(struct ledger *ledger);

/* ledger_record takes a record of any type, whole by its type's size. */
void ledger_record(struct ledger *ledger, const struct record *record);

static inline uint32_t ledger_pair(uint32_t account, uint32_t symbol)
{
	return account << 16 | (symbol & 0xFFFF);
}

/* ledger_row gives the row of a pair, made where there was none; NULL: is_full.  The next one made moves it. */
struct ledger_row *ledger_row(struct ledger *ledger, uint32_t pair);

/* ledger_find gives the row of a pair, NULL: there is none. */
struct ledger_row *ledger_find(const struct ledger *ledger, uint32_t pair);

/* ledger_row_at gives the row in a place, below row_count. */
static inline const struct ledger_row *ledger_row_at(const struct ledger *ledger, uint32_t place)
{
	return &ledger->rows[ledger->places[place]];
}

/* ledger_shares gives what a row holds now. */
money_wide ledger_shares(const struct ledger_row *row);

/* ledger_lots takes at most count trades of a chain into lots, from trade on (a row's first, or what the last call
   gave); returns where to go on, 0: it was the last.  The lots need room for the row's count and one. */
uint32_t ledger_lots(
	const struct ledger *ledger, uint32_t trade, uint32_t count, struct lots *lots);

#endif
