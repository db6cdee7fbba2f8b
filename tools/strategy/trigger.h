/* trigger.h - when a strategy acts, and what it then does.

     --when 'AAPL ask <= 163.02'          SYMBOL  bid|ask|last  <=|>=  PRICE
     --then 'buy 100 AAPL at 163.02'      an order of tools/client/script.h

   A trigger looks at the top and fires when its condition becomes true: once, until it was false again.  It does
   not look at a top that is stale, of a symbol that does not trade, or of a channel that nobody hears.

   Owner      one strategy.
   Units      price_e4.
   Errors     a sentence: found, expected; nothing is kept. */
#ifndef SLUICE_STRATEGY_TRIGGER_H
#define SLUICE_STRATEGY_TRIGGER_H

#include "config/config.h"
#include "dataplane/shm/sluice.h"

#define TRIGGER_AGE_NS_MAX 1000000000u /* a channel that is silent for longer is not believed */

enum trigger_price { TRIGGER_BID = 0, TRIGGER_ASK = 1, TRIGGER_LAST = 2 };

struct trigger {
	char symbol[9];
	uint8_t price; /* enum trigger_price */
	bool is_below; /* <=; else >= */
	int64_t limit_e4;
	bool is_set;  /* there is one */
	bool is_true; /* as it was last looked at */
};

/* trigger_parse reads the words of --when. */
bool trigger_parse(struct trigger *trigger, const char *text, struct config_error *error);

/* trigger_fires looks at a top, age_ns old; true: the condition has just become true. */
bool trigger_fires(struct trigger *trigger, const struct sluice_top *top, uint64_t age_ns);

#endif
