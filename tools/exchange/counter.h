/* counter.h - where orders are taken: what the venue does with each message of a participant.

   The answer is the market's, by the rules in force (terms.h), unless a reaction asks for another
   (reaction.h): one that comes with the message, or one that waited for it.

   Source     OUCH 5.0 rev. 1.04, section 6. */
#ifndef SLUICE_EXCHANGE_COUNTER_H
#define SLUICE_EXCHANGE_COUNTER_H

#include "tools/exchange/desk.h"

/* counter_take takes one message of a user, in what its port speaks, counter_hear one in the desk's own words: it is served at
   once, or waits (heard.h). */
void counter_take(struct desk *desk, uint32_t user, const uint8_t *bytes, uint32_t size_bytes);
void counter_hear(struct desk *desk, uint32_t user, const struct ouch_in *in);

/* counter_serve does what a message asks for; reaction NULL: what the desk's rules say. */
void counter_serve(struct desk *desk, uint32_t user, const struct ouch_in *in,
	const struct reaction *reaction);

#endif
