/* haircuts.h - the haircuts in force: which part of its value each symbol's worst case needs as margin, and loses under stress.

   Of what symbols.yaml states of a symbol, and the limits in force for the firm, its sector and the symbol, the largest is in
   force (config/haircut.h).  It stands in the symbol's instrument, where the judge finds it without asking who stated it.  Other
   limits make it anew, and with it what every row of a symbol whose haircut is another now has at stake, before the next order is
   judged: what sums held is exchanged row by row, so they are exact, and the same after a restart.

   Owner      the gate stage.
   Units      basis points, 1 to SYMBOL_RATE_BPS_MAX; 0: nobody states it. */
#ifndef SLUICE_RISK_HAIRCUTS_H
#define SLUICE_RISK_HAIRCUTS_H

#include "config/limitset.h"

struct effective_row;
struct risk;

/* What symbols.yaml states of a symbol. */
struct haircuts {
	uint32_t margin_bps, stress_bps;
	bool is_new; /* the limits in force brought it others than those before them */
};

/* haircuts_adopt puts those of the limits in force in place.  Gauges of money are the caller's (usage_adopt). */
void haircuts_adopt(struct risk *risk);

/* haircuts_put does it where one limit in force was another before. */
void haircuts_put(struct risk *risk, const struct limit_place *place);

/* haircuts_owner gives the one of a symbol that is in force, and whose statement it is: enum scope, or OWNER_SYMBOLS.  Of no symbol
   it is the firm's.  0, and SCOPE_COUNT: nobody states it. */
int64_t haircuts_owner(const struct risk *risk, enum limit limit, uint32_t symbol, uint8_t *owner);

/* haircuts_effective tells the same as a row of what binds: of a symbol, whoever trades it. */
void haircuts_effective(
	const struct risk *risk, enum limit limit, uint32_t symbol, struct effective_row *row);

#endif
