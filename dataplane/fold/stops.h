/* stops.h - what is stopped: words of people and of the gate itself become latches, and a release undoes one.

   A stop latches its scope at the strictest state that anybody asked for (orders/latch.h), is answered by a result (sweep.h),
   and if it kills, what it covers is cancelled.  What the gate judges by itself is a trip: it no longer knows what it must know.
   A trip that latched is written, so that readers of the journal learn of it, and is told as an alert: control is not ready to
   trade until somebody has looked.

   Owner      the fold: only STOP and RELEASE records, and what the fold finds while it applies another, come here.
   Errors     a word of a scope, writer or state that nobody has changes nothing. */
#ifndef SLUICE_FOLD_STOPS_H
#define SLUICE_FOLD_STOPS_H

#include "dataplane/fold/state.h"

/* stops_apply takes a STOP record, stops_release a RELEASE record. */
void stops_apply(struct fold *fold, const struct stop_record *stop);
void stops_release(struct fold *fold, const struct release_record *release);

/* stops_trip halts a scope by the gate's own judgement, stops_latch leaves it in another state; a venue is named by its
   index.  reason is cut to what a record holds. */
void stops_trip(struct fold *fold, enum scope scope, uint32_t id, const char *reason);
void stops_latch(struct fold *fold, enum scope scope, uint32_t id, enum trading_state state,
	const char *reason);

/* stops_tell tells page and metrics how many latches stand: they are another process's. */
void stops_tell(struct fold *fold);

#endif
