/* pitch_state.h - what Cboe says beside orders and trades, every field: 0x31 0x95 0x96 0x98 0x2D.

   pitch.h gives the hot path what it needs of such a message; this reads it once more into the groups of state_event.h,
   with ITCH's letters.  Time, symbol and locate are those of the event.  A trading status tells
   the short sale rule in the same message: two events.

   Pure.
   Errors     another type gives none. */
#ifndef SLUICE_WIRE_PITCH_STATE_H
#define SLUICE_WIRE_PITCH_STATE_H

#include "dataplane/wire/event.h"
#include "dataplane/wire/mold64.h"
#include "dataplane/wire/state_event.h"

/* pitch_state_decode reads the message that pitch_decode made event of (not EVENT_NONE).  Returns how many
   of said are filled: 0 to 2. */
uint32_t pitch_state_decode(const struct mold64_block *block, const struct event *event,
	struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX]);

#endif
