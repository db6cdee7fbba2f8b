/* participants.h - how each market participant stands in each symbol (ITCH L).

   The venue tells changes; counts per symbol need what was said before, so the last word of every
   participant in every symbol is kept in one hash of bounded size.  One that finds no room is counted as
   not kept, in the symbol's facts, and nowhere else.

   Owner      the feed stage.
   Invariant  (1) active + excused + withdrawn + suspended of a symbol are the participants kept for it
                  whose last word was one of these. */
#ifndef SLUICE_FEED_PARTICIPANTS_H
#define SLUICE_FEED_PARTICIPANTS_H

#include "dataplane/wire/state_event.h"

enum { PARTICIPANT_SLOT_COUNT_MAX = 1 << 19, PARTICIPANTS_PER_SYMBOL = 64 };

struct participant {
	uint32_t symbol; /* index + 1; 0: free */
	char mpid[4];
	uint32_t generation; /* of its symbol; an older one counts nothing */
	uint8_t state;       /* A E W S D */
	uint8_t is_primary;
	uint8_t reserved[2];
};

struct participants {
	struct participant *slots;
	uint32_t *generations; /* by symbol index */
	uint32_t mask, count, symbol_count;
};

/* participants_init takes memory for symbol_count symbols; participants_return gives it back. */
void participants_init(struct participants *participants, uint32_t symbol_count);
void participants_return(struct participants *participants);

/* participants_note takes what was said of one participant in a symbol into the symbol's facts. */
void participants_note(struct participants *participants, uint32_t symbol,
	const struct participant_position *position, struct participant_facts *facts);

/* participants_forget forgets all of a symbol's; its facts are the caller's to zero. */
void participants_forget(struct participants *participants, uint32_t symbol);

#endif
