/* mark.h - how a sale is marked (Reg SHO) where the journal or a row says of an order which side it is.

   A receipt has its mark among its flags, an order's row beside its side: a buy, and a sale marked long, have none. */
#ifndef SLUICE_SHM_MARK_H
#define SLUICE_SHM_MARK_H

#include <stdint.h>

#include "config/types.h"

/* Of a receipt: more of enum receipt_flags. */
enum receipt_mark {
	RECEIPT_SHORT = 32,  /* a sale marked short        */
	RECEIPT_EXEMPT = 64, /* a sale marked short exempt */
};

/* Of order_row.side: enum side with one of these. */
enum row_mark { ROW_SHORT = 2, ROW_EXEMPT = 4 };

/* mark_row gives it of a side as OUCH 5.0 says it: B, S, T, E. */
static inline uint8_t mark_row(uint8_t side, uint8_t wire_side)
{
	return (uint8_t)(side | (wire_side == 'T' ? ROW_SHORT : wire_side == 'E' ? ROW_EXEMPT : 0));
}

/* mark_of_row and mark_of_receipt name the side with its mark: buy, sell, sell-short, sell-short-exempt. */
static inline const char *mark_name(unsigned side, unsigned is_short, unsigned is_exempt)
{
	if ((side & 1) == SIDE_BUY)
		return "buy";
	return is_short != 0 ? "sell-short" : is_exempt != 0 ? "sell-short-exempt" : "sell";
}

static inline const char *mark_of_row(uint8_t side)
{
	return mark_name(side, side & ROW_SHORT, side & ROW_EXEMPT);
}

static inline const char *mark_of_receipt(uint8_t side, uint8_t flags)
{
	return mark_name(side, flags & RECEIPT_SHORT, flags & RECEIPT_EXEMPT);
}

#endif
