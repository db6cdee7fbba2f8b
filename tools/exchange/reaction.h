/* reaction.h - what the venue is to do with a message, other than what its rules say.

   A rule waits for the next messages of a kind and is spent by them, the oldest rule first.  Without one
   the market answers by itself.

   Owner      one thread. */
#ifndef SLUICE_EXCHANGE_REACTION_H
#define SLUICE_EXCHANGE_REACTION_H

#include "config/base.h"

enum { REACTION_RULE_MAX = 64, REACTION_ANYONE = 0xFFFF };

enum reaction_kind {
	REACTION_MARKET = 0, /* as the venue's rules say                               */
	REACTION_REJECT,     /* Enter, Replace: rejected with code                      */
	REACTION_DEAD,       /* Enter, Replace: accepted and over, order state D        */
	REACTION_PEND,       /* Cancel: cancel pending                                  */
	REACTION_REFUSE,     /* Cancel: cancel reject                                   */
	REACTION_IGNORE,     /* anything: as if it had never come                       */
};

struct reaction {
	uint8_t kind;   /* enum reaction_kind */
	uint8_t letter; /* of a port of OUCH 4.2; 0: that which says the code best */
	uint16_t code;
};

struct reaction_rule {
	uint32_t user, left; /* REACTION_ANYONE; so many messages more */
	uint8_t type;        /* of OUCH 5.0; 0: any                    */
	struct reaction reaction;
};

struct reactions {
	struct reaction_rule rules[REACTION_RULE_MAX];
	uint32_t count;
};

/* reactions_add adds a rule behind those there are; false: there are REACTION_RULE_MAX, or it is for
   no message. */
bool reactions_add(struct reactions *reactions, const struct reaction_rule *rule);

/* reactions_take gives what is to be done with a message, and spends the rule. */
struct reaction reactions_take(struct reactions *reactions, uint32_t user, uint8_t type);

/* reaction_fits tells whether a reaction means anything for a type of message. */
bool reaction_fits(uint8_t kind, uint8_t type);

/* reaction_read reads `reject CODE` (a single letter is one of OUCH 4.2), `dead`, `pend`, `refuse`, `ignore` or `market`; detail is the word
   behind, and *words says how many of the two were used.  false: it is none of them. */
bool reaction_read(
	const char *word, const char *detail, struct reaction *reaction, uint32_t *words);

#endif
