/* roll.h - the gate's side of a day's end and beginning (fold/day.h).

   A day that is closed is told to the clients once its last orders are: End of Session, Logout.  Nobody may log in
   until the next begins, under another session's name.

   With a calendar (config/calendar.h) days roll by time.  What is compared are its edges, never how long ago they
   were: a gate that was down over an end and a beginning takes both, one after the other, and a clock that is stepped back
   over an edge does not bring it twice.  A fresh journal is open if the calendar is, else its day ends at once.

   A person may end a day before its time and begin one at any time.  What a person ended within the calendar's hours the
   calendar does not begin again: it goes on with its next beginning.  A day that a person began lasts until its next end.

   Venues over SoupBinTCP say themselves when their session is over.  FIX has no word for it: such a venue's day ends when
   the calendar's does and ours is closed; then we log out, stay away until the next day begins, and where the site says
   that numbers begin anew they do, once.  A venue with a calendar of its own has its own days (hours.h).

   Owner      the gate stage.
   Time       wall_ns is the wall's, of the caller. */
#ifndef SLUICE_GATE_ROLL_H
#define SLUICE_GATE_ROLL_H

#include "dataplane/gate/state.h"

/* roll_write writes down a change of the day; false: it does not follow the phase in force, nothing is written.
   A day that begins counts from the midnight of New York before wall_ns. */
bool roll_write(struct gate *gate, enum day_change change, uint32_t uid, const char *reason,
	uint64_t wall_ns);

/* roll_tick writes down what is due: by the calendar, because nothing is open any more, because a venue is away; and lets
   the clients of a closed day go. */
void roll_tick(struct gate *gate, uint64_t wall_ns);

/* roll_ask ends or begins a day for a person (uid and reason of asked).  0; EALREADY: it is so; EBUSY: a day is not
   yet closed, or its last words are under way; EINVAL: only these two can be asked for.  But for 0 nothing is written. */
int32_t roll_ask(struct gate *gate, const struct release_record *asked, enum day_change change,
	uint64_t wall_ns);

/* roll_show tells how the day stands. */
void roll_show(const struct gate *gate, uint64_t wall_ns, struct day_row *row);

#endif
