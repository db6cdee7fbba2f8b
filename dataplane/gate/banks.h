/* banks.h - the gate takes an epoch of limits out of control's bank.

   A row costs six polls under full order flow and a part of one without: an epoch of n rows is in force at most 6 n + 48
   polls after control offered it, however many accounts and symbols trade.  Stop words are read before each order and wait
   for no load.

   Owner      the gate stage.
   Invariant  (1) an epoch that was in force once, or a lower one, is not taken again: limits that have returned to the
                  former stay returned although control's bank still holds them. */
#ifndef SLUICE_GATE_BANKS_H
#define SLUICE_GATE_BANKS_H

#include "dataplane/gate/state.h"

/* banks_take goes on with the epoch that control offers, more slowly in a poll that brought events; returns whether it
   did. */
bool banks_take(struct gate *gate, bool has_events);

#endif
