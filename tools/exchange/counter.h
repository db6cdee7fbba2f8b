/* counter.h - where orders are taken: what the venue does with each message of a participant.

   The answer is the market's, by the rules in force (terms.h), unless a reaction asks for another
   (reaction.h): one that comes with the message, or one that waited for it.

   Source     OUCH 5.0 rev. 1.04, section 6. */
#ifndef SLUICE_EXCHANGE_COUNTER_H
#define SLUICE_EXCHANGE_COUNTER_H

#include "tools/exchange/desk.h"

/* counter_serve does what a message asks for; reaction NULL: what the desk's rules say. */
void counter_serve(struct desk *desk, uint32_t user, const struct ouch_in *in,
	const struct reaction *reaction);

#endif
