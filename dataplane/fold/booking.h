/* booking.h - what an execution does to position, cash, fees and the journal; taken back, the exact opposite.

   Shares and cash of an account, what the venue takes by the flag of the execution (config/fees.h), at the rates in force where
   that is in a currency of its own, and a TRADE record for whoever keeps books by the journal.  What stood open for it, and
   whose turn it is, are trade.h's.

   Owner      the fold.
   Units      qty in shares, prices in price_e4, fees in money_e4 of the symbol's currency.
   Invariant  (1) what was taken for an execution stands in the execution and in its record, and that is what is given back. */
#ifndef SLUICE_FOLD_BOOKING_H
#define SLUICE_FOLD_BOOKING_H

#include "dataplane/fold/state.h"

/* booking_write writes the TRADE record of an execution that was charged, or of its end; is_first: it is the first of its
   order. */
void booking_write(struct fold *fold, const struct fill *fill, enum trade_kind kind,
	const struct ouch_out *out, bool is_first);

/* booking_charge takes what the venue takes for it, which the fill has from then on, and for its order where it is the first. */
void booking_charge(struct fold *fold, struct fill *fill, bool is_first);

/* booking_count counts an execution that no reservation stands for: position, cash and charge. */
void booking_count(struct fold *fold, struct fill *fill, bool is_first);

/* booking_take_back gives back position, cash and the fee of an execution that is kept, not what its order cost; booking_again
   counts it as it is by now.  Of one of a day before credit knows nothing, and nothing changes for it. */
void booking_take_back(struct fold *fold, const struct fill *fill);
void booking_again(struct fold *fold, struct fill *fill);

#endif
