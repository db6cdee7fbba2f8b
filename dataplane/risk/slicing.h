/* slicing.h - what was refused for its size may not come back in pieces.

   An order above max_order_quantity or max_order_value is refused; a strategy, or a person, that cuts it up and
   sends the parts would get by order of size what the limit forbids (CONTROLS, 30).  So a refusal opens a window
   for the account, the symbol and the side: until it ends, what passes there may add up to no more than max_slicing
   says, in basis points of what was refused.

     refused for its quantity   the pieces' shares against the refused shares
     refused for its value      the pieces' price times quantity against the refused one's; a price that is none
                                has no value, nor has one in a currency without a rate
     both                       both, the larger counts

   Every order that passed counts as a piece by what it added to what works, filled or not; a replace by what it
   adds to its original.  What adds nothing is no piece.  A way out is not held back, for a position larger than an
   order may be has no other, but counts like any other piece.  Another refusal while the window is open begins it
   anew, keeps the pieces, and the smaller of the refused sizes counts: never less strict than each by itself.

   Owner      the gate stage.
   Time       from the caller; never runs backwards.  One of time t holds at t + window - 1, no longer at t + window.
   Units      shares, money_e4; the measure in basis points, rounded up: against us.
   Invariant  (1) while a window is open, passed_qty and passed_value_e4 are all that passed since it began. */
#ifndef SLUICE_RISK_SLICING_H
#define SLUICE_RISK_SLICING_H

#include "config/limitset.h"

/* One account, symbol and side. */
struct slicing {
	uint64_t began_ns;
	uint64_t order_id; /* that was refused last; 0: none, and the rest says nothing */
	int64_t refused_qty, refused_value_e4; /* 0: not for it */
	int64_t passed_qty, passed_value_e4;
};

/* slicing_is_open tells whether a refusal still holds. */
static inline bool slicing_is_open(
	const struct slicing *slicing, uint64_t window_ns, uint64_t now_ns)
{
	return slicing->order_id != 0 && now_ns - slicing->began_ns < window_ns;
}

/* slicing_measure gives how much of what was refused would have come back with a piece more. */
int64_t slicing_measure(const struct slicing *slicing, uint32_t add_qty, int64_t add_value_e4);

/* slicing_refuse opens the window, or begins an open one anew; a size of 0 was not what it was refused for. */
void slicing_refuse(struct slicing *slicing, uint64_t order_id, int64_t qty, int64_t value_e4,
	uint64_t window_ns, uint64_t now_ns);

/* slicing_take counts what passed; one that is over is forgotten. */
void slicing_take(struct slicing *slicing, uint32_t add_qty, int64_t add_value_e4,
	uint64_t window_ns, uint64_t now_ns);

/* slicing_commit counts what passed of a row's side of which something was refused (risk_commit). */
struct risk;
struct row;
struct verdict;
void slicing_commit(struct risk *risk, struct row *row, unsigned side,
	const struct verdict *verdict, uint64_t now_ns);

#endif
