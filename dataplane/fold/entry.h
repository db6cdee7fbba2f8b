/* entry.h - what a client asks: enter, replace, cancel, modify, query; mass cancel and disable are mass.h's.

   Every new order and replace gets one decision and one receipt, passed or refused, unless its UserRefNum
   is not above the last one taken: that is a retransmission and is ignored, as the venue would (OUCH
   5.0, section 2).  A refused order is told to the client as Rejected with the reason's code; nothing is
   queued for later.

   Owner      the fold. */
#ifndef SLUICE_FOLD_ENTRY_H
#define SLUICE_FOLD_ENTRY_H

#include "dataplane/fold/state.h"

/* entry_apply takes one message of a client's CLIENT_IN record. */
void entry_apply(struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes);

#endif
