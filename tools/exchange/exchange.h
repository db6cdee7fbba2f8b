/* exchange.h - the venue put together: market, desk, door, background and feed on one thread.

   One turn takes what participants sent, lets the background flow as far as it is due, sends the
   answers and the feed's packets of that turn, and then serves those who missed some: requests for old
   messages, and snapshots.  Where the options ask for it, the feed is told as a Cboe unit too (unit.h).

   Time       monotonic time paces; the venue's day clock starts at the file's first message (09:30
              without a file) when the day begins, runs at the file's speed, and never runs backwards.
              Under a script it is counted (desk.h), so that a conversation repeated says the same bytes.
   States     waiting -> open (the feed's day has begun, exchange_begin) -> stopped (exchange_stop) -> open
              (exchange_session, which may also come while open); any -> ended (exchange_end) */
#ifndef SLUICE_EXCHANGE_EXCHANGE_H
#define SLUICE_EXCHANGE_EXCHANGE_H

#include "tools/exchange/background.h"
#include "tools/exchange/door.h"
#include "tools/exchange/fix_door.h"
#include "tools/exchange/glimpse.h"
#include "tools/exchange/lines.h"
#include "tools/exchange/options.h"
#include "tools/exchange/rewind.h"
#include "tools/exchange/unit.h"

struct exchange {
	struct options options;
	struct desk *desk;
	struct match *match;
	struct stream *stream;
	struct door door;
	struct fix_door fix;
	struct tape tape;
	struct lines lines;
	struct rewind rewind;
	struct glimpse glimpse;
	struct unit unit;
	struct background background;
	uint64_t symbols[SYMBOL_COUNT_MAX];   /* by locate; 0: none */
	uint8_t short_sale[SYMBOL_COUNT_MAX]; /* Reg SHO action last said; 0: none */
	uint64_t begun_ns, first_exch_ns;
	uint64_t rate_ns, rate_messages; /* PACE_RATE: since when, and how many had been played */
	uint64_t budget;                 /* messages to play at once, beside the pace */
	uint64_t strays; /* packets that belong to no place of the feed, sent on purpose */
	uint16_t port, glimpse_port, fix_port;
	bool is_open, is_paused;
};

/* exchange_open builds the venue; false: error says why, what was built is for exchange_close. */
bool exchange_open(struct exchange *x, const struct options *options, struct config_error *error);
void exchange_close(struct exchange *x);

/* exchange_begin begins the feed's day; once, later calls do nothing. */
void exchange_begin(struct exchange *x, uint64_t now_ns);

/* exchange_turn does one turn.  Returns true if there was anything to do. */
bool exchange_turn(struct exchange *x, uint64_t now_ns);

/* exchange_halt stops or resumes a symbol and says so on the feed; false: no such symbol. */
bool exchange_halt(struct exchange *x, const char *symbol, bool is_halted);

/* exchange_rate plays the rest of the file at so many messages a second, whatever it was before. */
void exchange_rate(struct exchange *x, uint64_t rate_per_s, uint64_t now_ns);

/* exchange_symbol makes a new symbol tradable; returns its locate. */
uint16_t exchange_symbol(struct exchange *x, uint64_t symbol);

/* exchange_stop ends the feed's session: nothing is traded or said until exchange_session. */
void exchange_stop(struct exchange *x);

/* exchange_session begins the feed anew with message 1 under a name: it says the market as it stands,
   states and orders, and goes on.  The day must have begun. */
void exchange_session(struct exchange *x, const char *name);

/* exchange_end ends the day for all; the caller takes some more turns until exchange_is_quiet. */
void exchange_end(struct exchange *x, uint64_t now_ns);
bool exchange_is_quiet(struct exchange *x);

#endif
