/* truth.h - what leaves is what was decided.

   Before an order or cancel is handed over, its bytes are made a second time: from the order as the table has it,
   which the judge's verdict filled, and not from the message that waited in the egress queue.  A byte that
   differs means that something changed the message after it was judged: it stays here, and the firm is
   halted (Latour, 2010-14: orders changed after the check).

   Owner      the gate stage.
   Invariant  (1) a message whose order is not in the table is not true;
              (2) what has options has those that it was decided with, by their sum. */
#ifndef SLUICE_FOLD_TRUTH_H
#define SLUICE_FOLD_TRUTH_H

#include "dataplane/fold/state.h"

/* truth_options sums up the options that an order carries to the venue, for own_order.passing and cancel_passing; 0: none. */
uint64_t truth_options(const struct ouch_options *options);

/* truth_holds compares the bytes that are to leave for egress with what was decided.  Never inlined: beside the code that
   writes the bytes a compiler may take for granted what it should read. */
__attribute__((noinline)) bool truth_holds(const struct fold *fold,
	const struct fold_egress *egress, const uint8_t *bytes, uint32_t size_bytes);

#endif
