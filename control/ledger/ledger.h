/* ledger.h - every trade of a journal, in order, with the venue's second thoughts applied.

   The journal is the truth and the ledger is made from it: POSITION records say what was held when it began, TRADE
   records what was executed, broken and corrected.  A broken trade is as if it had never been, also for the lots that
   later trades took; a corrected one has its new quantity and price in its old place.

   Owner      one command, or a test.
   Errors     full (LEDGER_TRADE_COUNT_MAX) or out of memory: is_full, and nothing that it says may be used.
   Invariant  (1) positions, quantities and values traded are those of the gate that wrote the journal. */
#ifndef SLUICE_CONTROL_LEDGER_H
#define SLUICE_CONTROL_LEDGER_H

#include "control/ledger/lots.h"
#include "dataplane/shm/record.h"

enum { LEDGER_TRADE_COUNT_MAX = 1 << 24 };

struct ledger_trade {
	uint32_t pair; /* account << 16 | symbol */
	uint32_t venue_ref;
	uint64_t match, order_id;
	int64_t price_e4;
	uint32_t qty;
	uint8_t venue, side, is_broken, liquidity;
};

struct ledger {
	struct ledger_trade *trades;
	struct position_record *starts;
	uint32_t trade_count, trade_room, start_count, start_room;
	uint32_t unknown_count; /* breaks and corrections of what is not there */
	bool is_full;
};

void ledger_init(struct ledger *ledger);
void ledger_free(struct ledger *ledger);

/* ledger_record takes a record of any type, whole by its type's size. */
void ledger_record(struct ledger *ledger, const struct record *record);

/* ledger_pairs writes the pairs that were ever held or traded, rising, each once; returns how many.  pairs has room for
   trade_count and start_count together. */
uint32_t ledger_pairs(const struct ledger *ledger, uint32_t *pairs);

static inline uint32_t ledger_pair(uint32_t account, uint32_t symbol)
{
	return account << 16 | (symbol & 0xFFFF);
}

/* ledger_lots works out one pair; space has room for one lot more than there are trades. */
void ledger_lots(const struct ledger *ledger, uint32_t pair, struct lots *lots, struct lot *space);

#endif
