/* roll.h - the gate's side of a day's end and beginning (fold/day.h).

   A day that is closed is told to the clients once its last orders are: End of Session, Logout.  Nobody may log in
   until the next begins, under another session's name.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_ROLL_H
#define SLUICE_GATE_ROLL_H

#include "dataplane/gate/gate.h"

/* roll_write writes down a change of the day; false: it does not follow the phase in force, nothing is written.
   midnight_wall_ns: of the day that begins. */
bool roll_write(struct gate *gate, enum day_change change, uint32_t uid, const char *reason,
	uint64_t midnight_wall_ns);

/* roll_tick lets the clients of a closed day go. */
void roll_tick(struct gate *gate);

#endif
