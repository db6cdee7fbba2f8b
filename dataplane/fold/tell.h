/* tell.h - what is said of an order, to whom it concerns: its client, under the client's own numbers, and whoever listens.

   Owner      the fold. */
#ifndef SLUICE_FOLD_TELL_H
#define SLUICE_FOLD_TELL_H

#include "dataplane/fold/state.h"

/* tell_owner passes a message on to the client that an order is of, and to the copies that may hear of it; order as it stands
   after what the message tells of.  ref, ClOrdID and options of `out` become the client's. */
void tell_owner(struct fold *fold, const struct own_order *order, struct ouch_out *out);

/* tell_gone tells the owner of an order that nothing of it is open any more, with a reason as OUCH's Canceled has it. */
void tell_gone(struct fold *fold, const struct own_order *order, uint8_t code);

/* tell_trader tells of an execution the one whose it was, under the number that it had then, whether or not the order is still
   open or has become another. */
void tell_trader(struct fold *fold, const struct fill *whose, struct ouch_out *out);

/* tell_too_late answers what the owner of an order that is over asked of it and nobody will answer any more, where its protocol
   has a word for what OUCH passes over in silence (protocol.h, answers_all): its cancel, and the replacement that goes with
   it. */
void tell_too_late(struct fold *fold, const struct own_order *order);

#endif
