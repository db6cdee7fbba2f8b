/* whatif.h - a recorded day judged again with other limits: which verdicts would be others?

   Two folds go through the journal side by side.  The first is the day: its limits, its verdicts, compared with
   the journal like in any replay.  The second has the other limits, and everything else of the day.  Each order is
   judged by both; then the second goes on with the first one's verdict.

   The rule, therefore: an order is judged on the state that the day really had when it came.  Once one verdict
   differs, what the venue answered afterwards no longer fits any other history, so no other history is invented:
   an order that the other limits would have refused keeps its position, its credit and its tokens, and one that they
   would have let pass has none.  "so many would have been refused" counts orders one by one; it is not what a day
   under those limits would have been.

   The other limits come in force where the day's first epoch did and stay, whatever the day loaded or raised later; before
   that nothing may trade in either.  A gate of several has of the other limits what it had of the day's, at each moment: where
   an amount was moved to or from it, or another whole was loaded, its part of theirs is another too (portions.h).  A journal of a
   build that did not write down what parts are of is judged by whole limits, and says so.  Tokens and windows of the other limits count the orders that passed in the day.
   Stops are the day's: a loss limit that would have been broken earlier refuses by its lane, and latches nothing.
   Cancels go as they went.

   Owner      the replay program.
   Time       from the journal. */
#ifndef SLUICE_FOLD_WHATIF_H
#define SLUICE_FOLD_WHATIF_H

#include "dataplane/fold/portions.h"
#include "dataplane/fold/replay.h"

/* One order that the two sets of limits judge differently; a verdict's lane is LANE_NONE where it passed. */
struct whatif_change {
	uint64_t order_id;
	const struct risk_order *order;
	const struct verdict *day, *other;
};

struct whatif_counts {
	uint64_t orders;  /* judged */
	uint64_t refused; /* passed in the day, refused by the other limits */
	uint64_t passed;  /* refused in the day, passed by the other limits */
	uint64_t renamed; /* refused by both, for another reason */
	uint64_t
		by_wholes; /* of several gates: judged while the journal does not say what its parts are of */
	uint32_t portion_count, portions_dropped;
};

/* Limits whose other whole is not the day's are kept, each where the gate had most of it. */
enum { WHATIF_PORTION_COUNT = 64 };

struct whatif;

/* whatif_open begins with a day that has no record yet; changed is called for every verdict that differs, and for
   every verdict where wants_all.  set and replay must outlive it. */
struct whatif *whatif_open(struct replay *replay, const struct limitset *set, bool wants_all,
	void (*changed)(void *context, const struct whatif_change *change), void *context);
void whatif_close(struct whatif *whatif);

/* whatif_counts gives what was counted so far; is_adopted: the other limits were in force. */
struct whatif_counts whatif_counts(const struct whatif *whatif, bool *is_adopted);

/* whatif_portions gives those limits, portion_count of them. */
const struct portion *whatif_portions(const struct whatif *whatif);

#endif
