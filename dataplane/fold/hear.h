/* hear.h - a venue speaks on its order session.

   Its message becomes one of the inner language (protocol.h) and is held against what its drop copy told (copyin.h); what is left
   to do is answer.h's.  The answer to our account query is the venue's first word after it was away: which of our numbers it never
   saw.

   Owner      the fold. */
#ifndef SLUICE_FOLD_HEAR_H
#define SLUICE_FOLD_HEAR_H

#include "dataplane/fold/state.h"

/* hear_venue takes one message of a VENUE_IN record; what cannot be decoded is counted (gate_venue_bad). */
void hear_venue(struct fold *fold, uint32_t venue, const uint8_t *bytes, uint32_t size_bytes);

#endif
