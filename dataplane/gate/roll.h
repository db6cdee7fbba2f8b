/* roll.h - the gate's side of a day's end and beginning (fold/day.h).

   A day that is closed is told to the clients once its last orders are: End of Session, Logout.  Nobody may log in
   until the next begins, under another session's name.

   With a calendar (config/calendar.h) days roll by time.  What is compared are its edges, never how long ago they
   were: a gate that was down over an end and a beginning takes both, one after the other, and a clock that is stepped back
   over an edge does not bring it twice.  A fresh journal is open if the calendar is, else its day ends at once.

   Owner      the gate stage.
   Time       wall_ns is the wall's, of the caller. */
#ifndef SLUICE_GATE_ROLL_H
#define SLUICE_GATE_ROLL_H

#include "dataplane/gate/gate.h"

/* roll_write writes down a change of the day; false: it does not follow the phase in force, nothing is written.
   A day that begins counts from the midnight of New York before wall_ns. */
bool roll_write(struct gate *gate, enum day_change change, uint32_t uid, const char *reason,
	uint64_t wall_ns);

/* roll_tick writes down what the calendar says is due and lets the clients of a closed day go. */
void roll_tick(struct gate *gate, uint64_t wall_ns);

#endif
