/* permission.h - what an order may be at all: side, mark, band, its part of the symbol, approval, the clock.

   CONTROLS 4, 5, 6, 8, 21, 22, 24 and 37.  None of them adds up: each looks at one order, at what the site and the
   limits file say of its account and symbol, and at the venue's own word on the symbol.

     RESTRICTED            the flag of limits.def for this side, or this mark of a sale, says no
     PRICE_BAND            outside the band in which the venue lets the symbol trade; a band that it has not
                           said does not bind
     VOLUME_SHARE          above a part of the daily volume or of the shares outstanding, or these unknown
     MAX_ORDER_QUANTITY,   outside of market hours, above what is stated for then beside the sizes that bind in every
     MAX_ORDER_VALUE       phase (measure.c); a phase that nobody knows is outside
     SHORT_SALE            not marked short, yet it may leave the account short (Reg SHO, Rule 200(g)); or
                           marked short at or below the best bid under the price test (Rule 201(b)), or the
                           venue has not said whether the test is on
     ACCOUNT_NOT_APPROVED  no approval, or wall time is past it
     CLOCK_IN_DOUBT        how far the wall clock is off, against the site's bound

   Owner      pure.
   Units      the excess of VOLUME_SHARE is in 10^-4 shares. */
#ifndef SLUICE_RISK_PERMISSION_H
#define SLUICE_RISK_PERMISSION_H

#include "dataplane/risk/measure_inputs.h"
#include "dataplane/risk/tables.h"

/* permission_asks tells which flag an order asks for. */
static inline enum allow permission_asks(const struct risk_order *order)
{
	unsigned mark = order->mark < SALE_MARK_COUNT ? order->mark : SALE_SHORT;
	return (order->side & 1) == SIDE_BUY ? ALLOW_BUY : (enum allow)(ALLOW_SELL + mark);
}

/* permission_is_extended tells whether an order comes outside of market hours. */
static inline bool permission_is_extended(const struct measure_inputs *in)
{
	return in->top->top.phase != 'Q';
}

/* permission_measure fills the lanes above, the sizes' after measure.c has; but SHORT_SALE, whose measure permission_short_sale gives; worst
   is the worst-case position in the direction of the order's side. */
void permission_measure(const struct measure_inputs *in, int64_t *m);
int64_t permission_short_sale(const struct measure_inputs *in, int64_t worst);

/* permission_name says of RESTRICTED, VOLUME_SHARE, the sizes or an unmarked SHORT_SALE how much was used of whose limit. */
void permission_name(struct verdict *verdict, const struct measure_inputs *in);

#endif
