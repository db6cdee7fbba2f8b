/* fix_long.h - a FIX message that is longer than is taken, as a SESSION record has it.

   The journal takes no message of more than MESSAGE_BYTES_MAX, the gate reads none of more than FIX_FRAME_BYTES_MAX.  One that
   must not be passed over in silence, for it would be sent again for ever, is written down by its header: change SESSION_LONG,
   sequence its MsgSeqNum, flags 1 if it is a possible duplicate, in soup_session its type (4 bytes, zeros behind) and its length.

   Owner      the gate writes, the fold reads. */
#ifndef SLUICE_FOLD_FIX_LONG_H
#define SLUICE_FOLD_FIX_LONG_H

#include "config/limits.h"
#include "dataplane/fix/session.h"
#include "dataplane/shm/record.h"

_Static_assert(sizeof(((struct session_record *)0)->soup_session) >=
		       sizeof(((struct fix_long *)0)->type) + sizeof(uint32_t),
	"a type and a length have room");

static inline void fix_long_pack(struct session_record *record, const struct fix_long *message)
{
	record->change = SESSION_LONG;
	record->sequence = message->sequence;
	record->flags = message->is_poss_dup;
	memcpy(record->soup_session, message->type, sizeof message->type);
	memcpy(record->soup_session + sizeof message->type, &message->size_bytes,
		sizeof message->size_bytes);
}

/* fix_long_of reads it.  What is told to be the most that is taken is of a client the journal's, of others what they are heard to. */
static inline struct fix_long fix_long_of(const struct session_record *record, bool is_client)
{
	struct fix_long message = {.sequence = record->sequence, .is_poss_dup = record->flags != 0};
	memcpy(message.type, record->soup_session, sizeof message.type);
	message.type[sizeof message.type - 1] = '\0';
	memcpy(&message.size_bytes, record->soup_session + sizeof message.type,
		sizeof message.size_bytes);
	bool is_read = !is_client && message.size_bytes > FIX_FRAME_BYTES_MAX;
	message.bytes_max = is_read ? FIX_FRAME_BYTES_MAX : MESSAGE_BYTES_MAX;
	return message;
}

#endif
