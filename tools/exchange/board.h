/* board.h - the state of the market as the venue last published it, message by message.

   Of every message that is a state (S R H Y L V W K J h N O) the last one of its symbol is kept; of L
   the last of each participant, of h of each market.  Whoever joins late is told these (glimpse.h).
   Orders are the market's (match.h); trades, breaks and imbalances are not states.

   Owner      one thread.
   A tool's table: it grows by itself and stops the process without memory. */
#ifndef SLUICE_EXCHANGE_BOARD_H
#define SLUICE_EXCHANGE_BOARD_H

#include "dataplane/wire/itch50.h"
#include "tools/exchange/refmap.h"

struct board_row {
	uint8_t bytes[ITCH50_SIZE_MAX];
	uint8_t size_bytes;
};

struct board {
	struct refmap index; /* type, locate and what else distinguishes, to the row */
	struct board_row *rows;
	uint64_t count, capacity;
};

void board_init(struct board *board);
void board_free(struct board *board);

/* board_take remembers a message if it is a state. */
void board_take(struct board *board, const uint8_t *bytes, uint32_t size_bytes);

/* board_each calls back for every state: by type in the order above, then as first published. */
void board_each(const struct board *board,
	void (*message)(void *context, const uint8_t *bytes, uint32_t size_bytes), void *context);

#endif
