/* trips.h - what the gate itself latches, and whoever has lost its limit: the firm, an account, a strategy, a symbol.

   A trip is a STOP of the gate's own.  It refuses like any stop and raises an alert: the gate's page keeps it for
   control, which writes it into the audit and says in health that nothing is armed while one stands; `show stops`
   names it, and sluice_gate_trips_total counts it.  A person releases it, as the trading state it led to demands
   (DESIGN, 6); nothing else does.

   The lanes LOSS and DRAWDOWN refuse while the loss lasts; a trip stays after the market came back, until a
   person has looked and releases it (CONTROLS, 26).  The way out stays open: cancels and orders that reduce.

   An account, or the firm, that uses 70 % of its credit or its collateral is warned, and from 90 % on it may only reduce (CONTROLS,
   16 and 35).  That passes: below 80 % it is warned again, below 60 % it is active, by a RELEASE of the gate's own.

                 70 %             90 %
       active  ------>  warn  ------>  reduce-only
       active  <------  warn  <------  reduce-only
               below 60        below 80

   Owner      the gate stage.
   Time       TRIP_ACCOUNT_COUNT accounts with their strategies and TRIP_SYMBOL_COUNT symbols a tick of 1 ms, in rotation, and
              the firm at every tick.
   Invariant  (1) a trip is in the journal: what the gate sees is an input (STOP by the gate), so a replay latches at
                  the same place; what the fold sees in its inputs (executions too fast, a trade of nobody, a
                  message that is not what was decided) is an output (TRIP), as a replay sees it again;
              (2) who releases a trip while the loss lasts is not tripped again by the same loss: the lanes refuse;
              (3) what passes takes back only its own latch, and one that a person released while it lasted comes back
                  no sooner than it fell below its mark and rose again; what else latches the same takes its place;
              (4) a journal that has no room trips the firm once for as long as that lasts: the lane JOURNAL_BEHIND refuses all
                  of it, and a person looks before anything but what reduces passes again;
              (5) what trips while another word stops its scope stands under that (latch.h), and credit that is used up under it trips
                  when that is lifted: whoever lifts it has looked at his own. */
#ifndef SLUICE_GATE_TRIPS_H
#define SLUICE_GATE_TRIPS_H

#include "dataplane/gate/state.h"

enum {
	TRIP_ACCOUNT_COUNT = 64,
	TRIP_SYMBOL_COUNT = 256,
	FILLED_WARN_PERCENT = 70,
	FILLED_REDUCE_ONLY_PERCENT = 90,
	FILLED_ROOM_PERCENT = 10, /* a mark is left so far below it */
};

/* gate_trip latches a scope by the gate's own judgement; id 0 of the firm.  A reason longer than a record's is cut.
   Nothing is written twice by it, but the caller says once what it saw once: a latch already as strict stays as
   it is, and a trip that stands under it is no alert before it is in force. */
void gate_trip(struct gate *gate, enum scope scope, uint32_t id, enum trading_state state,
	const char *reason);

/* trips_tick looks at the next accounts, strategies and symbols, and at the firm. */
void trips_tick(struct gate *gate);

#endif
