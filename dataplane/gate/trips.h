/* trips.h - an account or the firm that has lost its limit is latched to reduce-only, by the gate itself.

   The lanes LOSS and DRAWDOWN refuse while the loss lasts; a trip stays after the market came back, until a
   person has looked and releases it (CONTROLS, 26).  The way out stays open: cancels and orders that reduce.

   Owner      the gate stage.
   Time       TRIP_ACCOUNT_COUNT accounts a tick of 1 ms, in rotation, and the firm at every tick.
   Invariant  (1) a trip is an input record (STOP by the gate), so a replay latches at the same place;
              (2) who releases a trip while the loss lasts is not tripped again by the same loss: the lanes refuse. */
#ifndef SLUICE_GATE_TRIPS_H
#define SLUICE_GATE_TRIPS_H

#include "dataplane/gate/gate.h"

enum { TRIP_ACCOUNT_COUNT = 64 };

/* trips_tick looks at the next accounts and at the firm. */
void trips_tick(struct gate *gate);

#endif
