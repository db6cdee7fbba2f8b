/* lots.h - what one account holds of one symbol, by FIFO tax lots and by average cost.

   Trades go in as they stand (a broken one left out, a corrected one at its last word), in the order in which they
   were first told.  A trade that opens makes a lot; one that closes takes the oldest lots first.  The average cost is
   kept beside: what is open was bought, or sold short, at so much together, and a closing trade takes its part of it,
   rounded so that less is gained.

   Owner      the caller gives the memory of the lots.
   Units      shares, short is negative; money_e4 in 128 bits: no day overflows it.
   Invariant  (1) by either way realised - open cost = sold - bought - cost of the start, to the last unit;
              (2) all lots have the same sign, and their shares sum to the position. */
#ifndef SLUICE_CONTROL_LOTS_H
#define SLUICE_CONTROL_LOTS_H

#include "config/types.h"

__extension__ typedef __int128 money_wide;

struct lot {
	int64_t shares; /* what is left of it; short is negative */
	int64_t price_e4;
	uint64_t order_id; /* that opened it; 0: held when the day began */
};

struct lots_trade {
	uint64_t order_id;
	int64_t price_e4;
	uint32_t qty;
	uint8_t side; /* enum side */
};

struct lots {
	struct lot *lots; /* the caller's, with room for one more than there are trades */
	uint32_t head, tail;
	int64_t shares;
	money_wide realised_e4,
		cost_e4; /* FIFO: gained by closing; open lots at their prices, short is negative */
	money_wide average_realised_e4, average_cost_e4; /* the same by average cost */
};

/* lots_init begins with what was held: start_shares of 0, nothing. */
void lots_init(struct lots *lots, struct lot *space, int64_t start_shares, int64_t start_cost_e4);

/* lots_take takes a trade. */
void lots_take(struct lots *lots, const struct lots_trade *trade);

#endif
