/* expect.h - what a script expects of a participant, in words, and whether it is what was heard.

       sluice logs in [session S] [sequence N]        logs out | goes | is refused
       sluice buys|sells|shorts|shorts-exempt QTY SYMBOL at PRICE      QTY, SYMBOL, PRICE may be `any`
       sluice replaces N|last with QTY at PRICE
       sluice cancels N|last [to QTY]                 QTY as in the message: 0, all of it
       sluice modifies N|last to QTY [as B|S|T|E]
       sluice mass-cancels [FIRM] | disables FIRM | enables FIRM
       sluice asks                                    account query
       sluice garbles                                 a message that cannot be read
       sluice beats                                   a heartbeat
       sluice is silent TIME                          nothing but heartbeats

   Behind it may stand fields by their names in ouch50.def (`clordid T0001`, `time_in_force 3`), options
   (`min_qty 100`), `within TIME`, and `-> REACTION` (reaction.h): what the venue does with the message if it
   waits to be served.  Orders are named by place: 1 is the user's first of the day, `last` the latest.

   Owner      one thread. */
#ifndef SLUICE_EXCHANGE_PLAY_EXPECT_H
#define SLUICE_EXCHANGE_PLAY_EXPECT_H

#include "tools/exchange/exchange.h"
#include "tools/exchange/fields.h"
#include "tools/exchange/words.h"

enum { EXPECT_FIELD_MAX = 8 };

/* Beside the kinds of heard_kind. */
enum { EXPECT_SILENCE = 100, EXPECT_BEAT = 101 };

struct expect {
	uint32_t user;
	uint8_t kind; /* enum heard_kind, or one above */
	bool has_qty, has_symbol, has_price, has_firm, has_session, has_sequence;
	uint32_t place;                        /* of the order concerned; 0: none */
	uint64_t sequence, time_ns, within_ns; /* within_ns 0: not said */
	char session[11];
	struct ouch_in in;
	const struct field *fields[EXPECT_FIELD_MAX];
	uint32_t field_count, tags; /* tags: options to compare, a bit each */
	struct reaction reaction;
};

/* expect_read reads an expectation whose first word is a user's name.  false: trouble says why. */
bool expect_read(struct expect *expect, const struct exchange *x, struct words *words,
	char *trouble, size_t size);

/* expect_is tells whether an item is what was expected. */
bool expect_is(
	const struct expect *expect, const struct exchange *x, const struct heard_item *item);

/* expect_tell writes what was heard, in the words of an expectation. */
void expect_tell(const struct exchange *x, const struct heard_item *item, char *text, size_t size);

#endif
