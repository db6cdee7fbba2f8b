/* names.h - a locate for each name, for venues that write names and no numbers.

   Books are found by a locate of 16 bits.  Where the wire has none, the channel gives each name the next free one when
   it first appears, for the day.  The site's own instruments are given theirs before the day begins, so that no flood of
   names can leave one of them without.

   Owner      one channel.
   Invariant  (1) a name keeps its locate; (2) locates in use are 1 .. count.
   Errors     full: names_locate gives 0, which is nobody's: such names share a book that nobody is shown, and the
              feed counts their messages. */
#ifndef SLUICE_FEED_NAMES_H
#define SLUICE_FEED_NAMES_H

#include "config/config.h"

enum { NAMES_COUNT_MAX = SYMBOL_COUNT_MAX - 1, NAMES_SLOT_COUNT = 2 * SYMBOL_COUNT_MAX };

struct names {
	uint64_t *packed;  /* hash: a name or 0 */
	uint16_t *locates; /* beside it         */
	uint32_t count;
};

/* names_init takes memory and gives the site's instruments their locates, in their order; names_return gives it back. */
void names_init(struct names *names, const struct site_config *site);
void names_return(struct names *names);

/* names_locate gives a name's locate, a new one if it has none yet; 0: there is none left, or no name. */
uint16_t names_locate(struct names *names, uint64_t name);

#endif
