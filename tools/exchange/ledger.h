/* ledger.h - every execution by its match number: who was told, so that it may be broken or corrected.

   Owner      one thread.
   Invariant  an execution has one or two sides; the other side of one is the background's.
   A tool's table: it grows by itself and stops the process without memory. */
#ifndef SLUICE_EXCHANGE_LEDGER_H
#define SLUICE_EXCHANGE_LEDGER_H

#include "tools/exchange/match.h"
#include "tools/exchange/refmap.h"

struct ledger_row {
	uint64_t match;
	int64_t price_e4;
	uint32_t qty;
	uint16_t locate;
	bool is_broken;
	uint8_t side_count;
	struct {
		uint32_t user, order; /* index of both */
		bool is_maker;
	} sides[2];
};

struct ledger {
	struct refmap by_match; /* row + 1 */
	struct ledger_row *rows;
	uint64_t count, capacity;
};

void ledger_begin(struct ledger *ledger);
void ledger_end(struct ledger *ledger);

/* ledger_add books one side of an execution. */
void ledger_add(struct ledger *ledger, const struct match_fill *fill, uint16_t locate);

/* ledger_of_match finds an execution; NULL: no participant had part in it. */
struct ledger_row *ledger_of_match(const struct ledger *ledger, uint64_t match);

/* ledger_last gives a user's latest execution (UINT32_MAX: anybody's); NULL: there is none. */
struct ledger_row *ledger_last(const struct ledger *ledger, uint32_t user);

#endif
