/* portions.h - how much of each limit of the whole firm a gate had in the day, and what it would have had of other limits.

   A row of a gate of several has the gate's part of each limit that is cut, and behind it what the part is of
   (config/cut.h).  Of another whole the gate would have had as much of it as its part was of the day's, rounded down.  A limit
   that the day did not state, or that let nothing, would have been cut in equal parts, as control cuts one that is new.

     day: 500 of 1000 --a move--> 200 of 1000        other: 601 is 300 of 601 --the same move--> 120 of 601

   Control gives what rounding leaves over to the first gates, so a gate would have had at most one more than is said here.

   Owner      judging again (whatif.h).
   Units      the limits' own.
   Invariant  (1) the parts of all gates together are never more than the other whole;
              (2) of the day's own whole it is the day's part, exactly. */
#ifndef SLUICE_FOLD_PORTIONS_H
#define SLUICE_FOLD_PORTIONS_H

#include "config/cut.h"
#include "dataplane/fold/state.h"

struct portions;

/* What a gate had of one limit, and would have had of another whole.  Parts are of this gate. */
struct portion {
	struct slice_key key;
	int64_t part, whole;             /* of the day; whole PORTION_NONE: it did not state it */
	int64_t other_part, other_whole; /* of the other limits */
};
#define PORTION_NONE INT64_C(-1)

/* portions_open takes memory for one gate's view of a site. */
struct portions *portions_open(const struct site_config *site);
void portions_close(struct portions *portions);

/* portions_take takes a record that the day's fold has applied. */
void portions_take(
	struct portions *portions, const struct record *record, const struct epochs *epochs);

/* portions_are_told tells whether the journal says what each part of an epoch is of: those of an older build do not. */
bool portions_are_told(const struct portions *portions, uint32_t epoch);

/* portions_cut makes of a row of other limits what the gate would have had of it while that epoch was in force; each limit that
   is cut is told. */
void portions_cut(const struct portions *portions, uint32_t epoch, struct limit_row *row,
	void (*tell)(void *context, const struct portion *portion), void *context);

#endif
