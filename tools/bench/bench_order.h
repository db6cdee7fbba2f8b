/* bench_order.h - what judging an order costs.

   Two works: 8,714 symbols and 64 accounts, orders drawn over 60,000 account-symbol rows, in bursts of 32
   that are announced first; and one account on one symbol.  Every limit is stated and every order passes:
   a refusal would be cheaper.  The yardstick is the comparison of all lanes alone.

   Owner      the bench; memory is given back at the end. */
#ifndef SLUICE_BENCH_ORDER_H
#define SLUICE_BENCH_ORDER_H

#include "tools/bench/round.h"

/* bench_order_run adds the figures.  false: an order was refused, told on standard error by its reason. */
bool bench_order_run(struct figures *figures);

#endif
