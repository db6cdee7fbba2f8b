/* selftrade.h - would an order trade with an order of its own group?

   Every open order of ours stands in a heap of its group, symbol and side, the keenest price at the top: an
   order from its decision to its last word, so what is only decided, sent, uncertain, being cancelled or being
   replaced counts like what rests; a replacement stands beside its original until the venue has said which of
   them works.  A group is an account, or the accounts that share a name in accounts.yaml (self_trade_group).

   The heaps are pairing heaps through the orders themselves: looking is one lookup, joining is constant, and
   leaving is logarithmic on average.  They hold nothing that the orders do not say, so the state hash needs
   no word of them.

   Owner      the fold.
   Invariant  (1) an order stands in the heap of its group, symbol and side exactly while it is open;
              (2) no order of a heap is keener than its top. */
#ifndef SLUICE_ORDERS_SELFTRADE_H
#define SLUICE_ORDERS_SELFTRADE_H

#include "config/config.h"
#include "dataplane/orders/order.h"

struct selftrade {
	struct order_table *orders;
	uint16_t groups[ACCOUNT_COUNT_MAX]; /* by account: the lowest id among those of its group */
	uint8_t modes[ACCOUNT_COUNT_MAX];   /* by account: enum self_trade_mode of its group */
	struct refs tops;                   /* group, symbol and side -> slot at the top */
};

/* selftrade_open takes memory for as many heaps as there may be orders; selftrade_close gives it back. */
void selftrade_open(
	struct selftrade *selftrade, struct order_table *orders, const struct site_config *site);
void selftrade_close(struct selftrade *selftrade);

/* selftrade_join puts an open order, its account, symbol, side and price given, where it belongs;
   selftrade_leave takes it out, before any of these changes. */
void selftrade_join(struct selftrade *selftrade, uint32_t slot);
void selftrade_leave(struct selftrade *selftrade, uint32_t slot);

/* selftrade_reprice gives an order that has joined another price. */
void selftrade_reprice(struct selftrade *selftrade, uint32_t slot, int64_t price_e4);

/* selftrade_prefetch announces an order that will be looked for and may join. */
void selftrade_prefetch(const struct selftrade *selftrade, uint16_t account, uint32_t symbol);

/* selftrade_find gives the keenest order of the account's group that an order on `side` at price_e4 would
   trade with; ORDER_NONE: none. */
uint32_t selftrade_find(const struct selftrade *selftrade, uint16_t account, uint32_t symbol,
	unsigned side, int64_t price_e4);

/* selftrade_next gives another that an order at price_e4 would trade with, in no order that matters, after one that
   selftrade_find or this gave; ORDER_NONE: no more, or no looks left. */
uint32_t selftrade_next(
	const struct selftrade *selftrade, uint32_t slot, int64_t price_e4, uint32_t *looks);

/* selftrade_mode gives what an account's group does with what rests (prevention.h). */
static inline enum self_trade_mode selftrade_mode(
	const struct selftrade *selftrade, uint16_t account)
{
	return (enum self_trade_mode)selftrade->modes[account & (ACCOUNT_COUNT_MAX - 1)];
}

#endif
