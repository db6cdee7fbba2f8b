/* deep_state.h - what IEX says beside levels, orders and trades, every field: S D H O P I A.

   deep.h gives the hot path what it needs of such a message; this reads it once more into the groups of state_event.h, with
   ITCH's letters.  Time, symbol and locate are those of the event.  Security events and official prices are no group: what
   they say is in the event.

   Pure.
   Errors     another type gives none. */
#ifndef SLUICE_WIRE_DEEP_STATE_H
#define SLUICE_WIRE_DEEP_STATE_H

#include "dataplane/wire/event.h"
#include "dataplane/wire/mold64.h"
#include "dataplane/wire/state_event.h"

/* deep_state_decode reads the message that deep_decode made event of (not EVENT_NONE).  Returns how many
   of said are filled: 0 or 1. */
uint32_t deep_state_decode(const struct mold64_block *block, const struct event *event,
	struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX]);

#endif
