/* trades.h - the last trades of each symbol, so that a broken one leaves the one before it.

   A venue may break a trade minutes after it: the last price then is that of the trade before.  The last
   few are remembered by their match number; when all of them are broken there is no last trade, because
   what came before them is not known any more.

   Owner      the feed stage.
   Units      price_e4; now_ns of the turn in which a trade came.
   Invariant  (1) what was broken is never a last trade again;
              (2) a trade older than the oldest remembered is never told. */
#ifndef SLUICE_FEED_TRADES_H
#define SLUICE_FEED_TRADES_H

#include "config/base.h"

enum { TRADE_COUNT = 8 };

struct trade {
	uint64_t match;
	uint64_t time_ns;
	int64_t price_e4;
};

/* hot: every trade of a symbol */
struct trade_memory {
	_Alignas(CACHE_LINE_BYTES) uint32_t count; /* remembered                    */
	uint32_t next;                             /* where the next one goes       */
	struct trade trades[TRADE_COUNT];          /* a ring; next - 1 is the newest */
};

struct trades {
	struct trade_memory *memories; /* by symbol index */
	uint32_t symbol_count;
};

/* trades_init takes memory for symbol_count symbols; trades_return gives it back. */
void trades_init(struct trades *trades, uint32_t symbol_count);
void trades_return(struct trades *trades);

/* trades_add remembers a symbol's newest trade and forgets its oldest if there is no room. */
static inline void trades_add(struct trades *trades, uint32_t symbol, const struct trade *trade)
{
	struct trade_memory *memory = &trades->memories[symbol];
	memory->trades[memory->next] = *trade;
	memory->next = (memory->next + 1) % TRADE_COUNT;
	if (memory->count < TRADE_COUNT)
		memory->count++;
}

/* trades_break takes a trade out.  false: it is not remembered, and nothing is changed. */
bool trades_break(struct trades *trades, uint32_t symbol, uint64_t match);

/* trades_has tells whether a trade is remembered. */
bool trades_has(const struct trades *trades, uint32_t symbol, uint64_t match);

/* trades_last gives the newest trade; false: none, and trade is zero. */
bool trades_last(const struct trades *trades, uint32_t symbol, struct trade *trade);

/* trades_forget forgets all of a symbol's. */
void trades_forget(struct trades *trades, uint32_t symbol);

#endif
