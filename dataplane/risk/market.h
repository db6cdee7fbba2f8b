/* market.h - the limit price that a market order gets: where the collars end.

   A market order says no price, so nothing bounds what it may pay (CONTROLS, 23).  The gate sends none: where the
   account may have them at all in this phase (risk_converts_market), it becomes a limit order at the furthest price that its collars let it have, and is
   judged, valued and held against its own group's orders at that price (fold/decision.c).

   The furthest price is the tightest of the collar, the collar in ticks, the collar from the reference within the window
   that is furthest back, and the venue's band, brought back onto the tick; a way out gets the same, not the wider exit collar.

   Owner      pure.
   Units      price_e4. */
#ifndef SLUICE_RISK_MARKET_H
#define SLUICE_RISK_MARKET_H

#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"

/* market_price gives it; 0, which is no price: there is no reference, no instrument, or a collar is not stated. */
int64_t market_price(const struct measure_inputs *in);

#endif
