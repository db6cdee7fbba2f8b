/* background.h - other people's order flow, from a file of ITCH 5.0 messages.

   A file holds messages as a daily file does: a 16-bit length, then the message.  Its orders enter
   the market as anyone's do, with new references; its executions, cancels and replaces apply to what
   is left of them.  So participants trade with the flow, the flow with them, and one feed tells it.

   Owner      one thread.
   Units      times are the file's own: nanoseconds of the venue's day.
   Errors     a file that is cut short or has a message shorter than its type is refused at open. */
#ifndef SLUICE_EXCHANGE_BACKGROUND_H
#define SLUICE_EXCHANGE_BACKGROUND_H

#include "config/config.h"
#include "tools/exchange/desk.h"
#include "tools/exchange/tape.h"

struct background_counts {
	uint64_t messages;
	uint64_t gone;    /* for orders that participants had taken, or that were never there */
	uint64_t skipped; /* breaks, and what the venue says itself */
};

struct background {
	uint8_t *bytes;
	uint64_t size_bytes, at;
	uint64_t first_ns; /* time of the first message */
	uint64_t message_count;
	struct refmap references; /* the file's to ours */
	struct background_counts counts;
};

/* background_open reads and checks a file.  false: error says what is wrong, nothing is held. */
bool background_open(struct background *b, const char *path, struct config_error *error);
void background_close(struct background *b);

/* background_symbols calls back for each locate and symbol of the file, once or more often. */
void background_symbols(const struct background *b,
	void (*symbol)(void *context, uint16_t locate, uint64_t name), void *context);

/* background_next tells the next message's time; false: the file is at its end. */
bool background_next(const struct background *b, uint64_t *exch_ns);

/* background_step applies the next message to the market and the tape. */
void background_step(struct background *b, struct desk *desk, struct tape *tape);

#endif
