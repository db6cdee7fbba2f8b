/* resolved.h - orders that persons resolved (resolve.h), held against what their venue says later.

      said to work     Accepted confirms it and is not told again; a refusal, or a venue that never saw it, contradicts
      said to be done  Accepted brings it back as exposure, to its client, and it is cancelled again; if it is still there when the
                       venue has told all it has, that contradicts

   Owner      the fold. */
#ifndef SLUICE_FOLD_RESOLVED_H
#define SLUICE_FOLD_RESOLVED_H

#include "dataplane/fold/state.h"

/* resolved_heard holds a word of the venue against an open order of which persons said that it works; true: it confirms that,
   and nothing is left to do. */
bool resolved_heard(struct fold *fold, uint32_t slot, const struct ouch_out *out);

/* resolved_back gives an adopted order that persons had ended back to its client, to be cancelled. */
void resolved_back(struct fold *fold, uint32_t slot);

/* resolved_ready: a venue has told all it has.  resolved_unseen: it never saw an order that was said to work. */
void resolved_ready(struct fold *fold, uint32_t venue);
void resolved_unseen(struct fold *fold, uint32_t slot);

#endif
