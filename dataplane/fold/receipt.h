/* receipt.h - a decision written down: once in the journal, and for everybody who listens.

   Owner      the fold. */
#ifndef SLUICE_FOLD_RECEIPT_H
#define SLUICE_FOLD_RECEIPT_H

#include "dataplane/fold/decision.h"

/* receipt_write writes the RECEIPT record; venue_ref is the number that a passed order has at its venue, 0: it goes to none. */
void receipt_write(struct fold *fold, const struct decision *d, uint32_t venue_ref);

/* receipt_copy tells the drop copies; order as it stands, if a cancel of it was judged, NULL: it is asked for. */
void receipt_copy(struct fold *fold, const struct decision *d, uint32_t venue_ref,
	const struct own_order *order);

/* receipt_wire_side gives how the order is sold: a replace says it where it is another kind of sale. */
uint8_t receipt_wire_side(const struct fold *fold, const struct decision *d);

#endif
