/* answer.h - what the venue says, and whom it concerns.

   Each sequenced message of the venue moves at most one order (two for Replaced) and is passed on to the
   client that owns it, under the client's own numbers.  A message for an order we do not have is counted;
   an Accepted that carries our ClOrdID is adopted instead, so that what a lost journal tail forgot still
   counts as exposure.  Not so one that comes after the drop copy has ended its order (copyin.h).

   Owner      the fold. */
#ifndef SLUICE_FOLD_ANSWER_H
#define SLUICE_FOLD_ANSWER_H

#include "dataplane/fold/state.h"

/* answer_said applies a word on an order, whoever said it: its session or the venue's drop copy (copyin.h). */
void answer_said(struct fold *fold, uint32_t venue, struct ouch_out *out);

/* answer_reject tells the client of an order that it is refused, by a lane's reason; the order stays as it is. */
void answer_reject(struct fold *fold, const struct own_order *order, enum lane lane);

/* answer_withheld tells the client of an order that the gate kept back at the last moment. */
void answer_withheld(struct fold *fold, const struct own_order *order, enum withheld_reason reason);

/* answer_cancel_withheld tells the client that its reduction was not passed on, or not done. */
void answer_cancel_withheld(struct fold *fold, struct own_order *order);

/* answer_lose notes that a reduction of an order may have been lost with its venue's connection; answer_ready tells the clients of
   those that were not done, now that the venue has said what it did.  Where it cannot be asked (OUCH 4.2) it may still say
   that it did. */
void answer_lose(struct own_order *order);
void answer_ready(struct fold *fold, uint32_t venue);

#endif
