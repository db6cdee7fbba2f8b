/* symbols.h - the site's instruments as the feed finds them: by name, once, then by locate.

   A wire names an instrument only in some messages; the others carry a locate, a number that is good
   for one channel and one day.  Each channel keeps a map from locate to the site's symbol index, learnt from
   messages that carry both; names are looked up here, in a hash built at boot.

   An instrument belongs to the channel that names it first; another channel may book it but does not
   publish it, because a top has one writer.  Among several feed stages the first is found by compare and swap.

   Owner      the feed stage. */
#ifndef SLUICE_FEED_SYMBOLS_H
#define SLUICE_FEED_SYMBOLS_H

#include <stdatomic.h>

#include "config/config.h"

enum { INSTRUMENT_NO_CHANNEL = 0xFF };

/* What the feed remembers of an instrument beside its published top. */
struct instrument {
	uint16_t locate;    /* on its channel                       */
	uint8_t channel;    /* INSTRUMENT_NO_CHANNEL: not named yet */
	bool is_doubted;    /* its book met what a complete stream never has          */
	bool is_unnamed;    /* not named since the books began anew: locate is no one */
	bool is_unfinished; /* its top waits for the end of the venue's own event     */
};

struct symbols {
	uint64_t *names;   /* hash: a name or 0     */
	uint32_t *indexes; /* beside it             */
	uint32_t mask;
	uint32_t count;
	struct instrument *instruments;
	_Atomic uint8_t *
		claims; /* shared by all feed stages, by symbol: a channel and 1, 0 free; NULL: one stage */
};

/* symbols_init takes memory for the site's instruments; symbols_return gives it back. */
void symbols_init(struct symbols *symbols, const struct site_config *site);
void symbols_return(struct symbols *symbols);

/* symbols_claim takes a symbol for a channel.  false: another channel has it, here or in another stage. */
bool symbols_claim(struct symbols *symbols, uint32_t symbol, uint8_t channel);

/* symbols_find gives the index of a packed name; SYMBOL_NONE: not one of the site's. */
uint32_t symbols_find(const struct symbols *symbols, uint64_t name);

#endif
