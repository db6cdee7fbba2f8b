/* fees.h - what a venue takes for an execution, or gives.

   A schedule has a rate of a share for each liquidity flag that it names: a fee, or a rebate as a negative one.  What
   it does not name, or the venue does not say, costs the worst rate that it has, and never earns anything.  An order may cost
   something of its own, with its first execution, and an execution that costs may cost a minimum.

   A schedule is in a currency that it names, one of the site's, or in that of whatever is traded.  Of a currency that it names
   each execution is charged at the rates of its moment, in the currency of its symbol (dataplane/fold/booking.h).

   Units      rates in 1e-6 of the currency a share; fees in money_e4 of it, rounded up: a fee costs more, a rebate brings less.
   Invariant  (1) no product of a quantity and a rate exceeds 2^63. */
#ifndef SLUICE_CONFIG_FEES_H
#define SLUICE_CONFIG_FEES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	FEE_FLAG_COUNT = 256,
	FEE_ROW_COUNT_MAX = 64,
	FEE_RATE_E6_MAX = 100000000, /* 100 a share */
	FEE_MONEY_E4_MAX = 100000000 /* 10,000 an order or execution */
};

/* All zero: a venue that takes nothing. */
struct fees_config {
	bool is_stated;
	bool has_currency; /* else each symbol's own */
	bool is_named[FEE_FLAG_COUNT];
	int32_t rates_e6
		[FEE_FLAG_COUNT]; /* by liquidity flag; of one that is not named: the worst */
	int64_t order_e4, minimum_e4;
	uint32_t currency; /* index of the site's currencies, where it has one */
};

/* fee_of gives the fee of an execution, a rebate below 0; without what its order costs. */
int64_t fee_of(const struct fees_config *fees, uint8_t flag, uint32_t qty);

#endif
