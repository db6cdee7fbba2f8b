/* route.h - the last look before an order leaves.

   What the fold decided stands in its egress queue.  route_one reads the stop boards once more (two loads
   when nothing changed), encodes the message and hands it to the venue's stream, or withholds it; either
   way a SENT or WITHHELD record follows and is applied.  What is to go is compared with what was decided
   (truth.h); a difference stays here and halts the firm.

   Owner      the gate stage.
   Invariant  (1) an order never goes to a stream that still holds unsent bytes of an earlier turn;
              (2) cancels pass whatever the stop words say. */
#ifndef SLUICE_GATE_ROUTE_H
#define SLUICE_GATE_ROUTE_H

#include "dataplane/gate/state.h"

/* route_one deals with the front of the egress queue; false: it is empty. */
bool route_one(struct gate *gate);

#endif
