/* dropcopy.h - sessions that only listen: every decision and what became of it, to who may know.

   A copy session is a client of the fold with a store of its own and nothing to say: its messages are made while a
   record is applied, numbered for the journal's life, kept as far as its `replay` says, and so are the same
   after a restart and in a replay.  It hears of the accounts that the site names for it; without a list of
   all, also of orders that found no account.

   How it is told is its protocol's (protocol.h, copy_out): a head and a message of OUCH 5.0 (wire/copy.h), or the
   execution reports and cancel rejects of FIX that the owner gets, and more (fix_copy.h).

   It never slows the gate: a message is bytes in a ring, and who does not read is dropped by clients.h when
   the ring has come round.

   Owner      the fold. */
#ifndef SLUICE_FOLD_DROPCOPY_H
#define SLUICE_FOLD_DROPCOPY_H

#include "dataplane/fold/state.h"
#include "dataplane/wire/copy.h"

/* What a copy session is told of. */
struct copy_told {
	struct copy_head head;
	const struct own_order *order; /* as it stands, or as it would stand, if it passed */
	const struct ouch_in *in;   /* a decision: what was judged, ids as the owner's; else NULL */
	const struct ouch_out *out; /* an answer: what the owner is told; else NULL               */
};

/* dropcopy_venue gives what names a venue, by its place, in a head. */
static inline uint16_t dropcopy_venue(const struct fold *fold, uint32_t venue)
{
	return (uint16_t)fold->site->venues[venue].session_id;
}

/* dropcopy_decision tells what was asked and decided; head: all but type and time. */
void dropcopy_decision(struct fold *fold, const struct copy_head *head,
	const struct own_order *order, const struct ouch_in *in);

/* dropcopy_answer tells what the owner of an order is told. */
void dropcopy_answer(
	struct fold *fold, const struct own_order *order, const struct ouch_out *message);

/* dropcopy_trade tells of an execution what its owner is told (tell.h): under the order that it was of, with what the order is
   now. */
void dropcopy_trade(struct fold *fold, const struct fill *execution, const struct own_order *order,
	const struct ouch_out *out);

/* dropcopy_ouch50 is the row of OUCH 5.0. */
void dropcopy_ouch50(struct fold *fold, uint32_t session, const struct copy_told *told);

#endif
