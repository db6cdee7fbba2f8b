/* entry.h - what a client asks: enter, replace, cancel, modify, query; mass cancel and disable are mass.h's.

   Every new order and replace gets one decision and one receipt, passed or refused, unless its UserRefNum
   is not above the last one taken: that is a retransmission and is ignored, as the venue would (OUCH
   5.0, section 2).  A refused order is told to the client as Rejected with the reason's code; nothing is
   queued for later.

   Owner      the fold. */
#ifndef SLUICE_FOLD_ENTRY_H
#define SLUICE_FOLD_ENTRY_H

#include "dataplane/fold/state.h"

/* What a client's message will be judged on. */
struct entry_aim {
	uint32_t symbol;  /* SYMBOL_NONE: nothing */
	uint16_t account; /* probably */
};

/* entry_look tells it of a message, which is read here if that changes nothing: then it is what entry_apply takes next. */
struct entry_aim entry_look(
	struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes);

/* entry_peek tells it too, and leaves what was read last as it was. */
struct entry_aim entry_peek(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes);

/* entry_apply takes one message of a client's CLIENT_IN record. */
void entry_apply(struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes);

#endif
