/* itch50_state.h - the rare messages of ITCH 5.0, every field: S R H Y L V W K J h Q I N O.

   The kernels of itch50.h give the hot path what it needs of them and leave the rest; this reads such a
   message once more, byte by byte.  It is called for messages that come a few thousand times a day, so
   nothing here is clever.

   Pure.
   Errors     another type, and a message shorter than its type, gives STATE_EVENT_NONE. */
#ifndef SLUICE_WIRE_ITCH50_STATE_H
#define SLUICE_WIRE_ITCH50_STATE_H

#include "dataplane/wire/mold64.h"
#include "dataplane/wire/state_event.h"

/* itch50_state_decode fills event, all of it, padding included.  Returns its kind. */
enum state_event_kind itch50_state_decode(
	const struct mold64_block *block, struct state_event *event);

#endif
