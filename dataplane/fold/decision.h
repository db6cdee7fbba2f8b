/* decision.h - what the judge is asked: a client's new order or replace, with all that the fold knows of it.

   Whose it is (session, account, strategy), which way and how it is marked, where it would go, whether it asks
   for something that cannot be judged or that its venue has no words for, and the strictest state that covers it.

   Owner      the fold. */
#ifndef SLUICE_FOLD_DECISION_H
#define SLUICE_FOLD_DECISION_H

#include "dataplane/fold/state.h"

/* What one decision is made of. */
struct decision {
	const struct ouch_in *in;
	struct ouch_in message; /* the last of any client; what `in` points to */
	/* Of that message, since it was read (entry.h): */
	uint32_t
		looked_bytes; /* it was read before its record is applied, of so many bytes; 0: it was not */
	uint8_t heard;    /* enum protocol_verdict */
	uint16_t account; /* of a new order: whose it is, or 0 */
	uint32_t symbol;  /* and of what, or SYMBOL_NONE */
	uint64_t order_id;
	uint64_t venue_ref; /* the number that the order has at its venue */
	uint32_t original;  /* slot a replace names, or ORDER_NONE */
	bool is_converted;  /* a market order that is judged as a limit order */
	uint32_t parent;    /* that it names; 0: none */
	uint32_t slot;      /* of the order, once it passed */
	uint32_t met;       /* slot of the open order that it would trade with, or ORDER_NONE */
	struct risk_order order;
	struct verdict verdict;
};

/* decision_begin makes a decision of nothing yet.  The verdict, which is long, is left to the judgement. */
static inline void decision_begin(struct decision *d, const struct ouch_in *in, uint64_t order_id)
{
	d->in = in;
	d->order_id = order_id;
	d->original = d->met = ORDER_NONE;
	d->is_converted = false;
	d->parent = 0;
	d->order = (struct risk_order){.session = 0};
}

/* decision_name finds whose and of what a new order is that was read: both stand in the site, and nothing changes them. */
void decision_name(const struct fold *fold, struct decision *d, uint32_t session);

/* decision_describe fills the order that is to be judged. */
void decision_describe(struct fold *fold, struct decision *d, uint32_t session);

/* decision_can_be_told tells whether a venue's protocol has words for all that a message asks; what has none is
   refused, so that nothing is sent with less than was asked for. */
bool decision_can_be_told(
	const struct fold_venue *venue, const struct ouch_in *in, const struct own_order *original);

#endif
