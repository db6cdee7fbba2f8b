/* word.h - what persons say of orders: looked at, then written down as an input and applied.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_WORD_H
#define SLUICE_GATE_WORD_H

#include "dataplane/gate/state.h"

/* word_resolve writes down what became of an uncertain order.  0, or as resolve_may (fold/resolve.h); EBUSY: the journal has
   no room.  But for 0 nothing is written. */
int32_t word_resolve(struct gate *gate, const struct resolve_record *asked);

/* word_acknowledge writes down that a person has seen the break whose number is asked->latch.  0, or as breaks_acknowledge
   (fold/breaks.h); EBUSY: the journal has no room.  But for 0 nothing is written. */
int32_t word_acknowledge(struct gate *gate, const struct release_record *asked);

#endif
