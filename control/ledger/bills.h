/* bills.h - what each venue of a gate has billed today: fees and rebates of executions and what orders cost, in its own
   currency.

   A trade's record says what was taken in the currency of what was traded, at the rate of its moment.  A venue that takes its
   fees in a currency of its own writes its bill in that, so what it takes is worked out again here from its schedule
   (config/fees.h), by the flag of the execution's first telling, as the gate did before it converted.  A venue without one
   bills in the currency of each symbol.

   A broken trade gives back what it took, what its order cost stays; a corrected one is billed anew.  As in the ledger what an
   earlier day's trades give back or cost anew counts in the day that said so.

   Owner      the ledger's owner; the ledger calls (ledger.h).
   Units      money_e4 of the bill's currency, in 128 bits; a rebate is counted as what it brings. */
#ifndef SLUICE_CONTROL_BILLS_H
#define SLUICE_CONTROL_BILLS_H

#include "config/config.h"
#include "control/ledger/lots.h"

struct bill {
	int64_t executions; /* that stand; of today's, less those of earlier days that were broken */
	money_wide fees_e4, rebates_e4, orders_e4;
};

struct bills {
	const struct site_config *site; /* as the gate sees it: its venues, by its numbers */
	struct bill venues[VENUE_COUNT_MAX][CURRENCY_COUNT_MAX];
};

/* What was executed, as a venue bills it. */
struct billed {
	uint8_t venue, flag;
	uint32_t symbol, qty;
};

void bills_init(struct bills *bills, const struct site_config *site);

/* bills_count bills an execution, or takes it back by a sign below 0. */
void bills_count(struct bills *bills, const struct billed *of, int sign);

/* bills_order bills what an order costs, with its first execution. */
void bills_order(struct bills *bills, const struct billed *of);

/* bills_begin begins a day: nothing is billed. */
void bills_begin(struct bills *bills);

/* bills_currency gives the currency that a venue bills in whatever is traded; where it has none, the base. */
uint32_t bills_currency(const struct bills *bills, uint32_t venue);

/* bill_net gives what is to be paid; below 0 the venue pays. */
static inline money_wide bill_net(const struct bill *bill)
{
	return bill->fees_e4 + bill->orders_e4 - bill->rebates_e4;
}

#endif
