/* dropcopy.h - sessions that only listen: every decision and what became of it, to who may know.

   A copy session is a client of the fold with a store of its own and nothing to say: its messages (wire/copy.h) are
   made while a record is applied, numbered for the journal's life, kept as far as its `replay` says, and so are the
   same after a restart and in a replay.  It hears of the accounts that the site names for it; without a list of
   all, also of orders that found no account.

   It never slows the gate: a message is bytes in a ring, and who does not read is dropped by client.h when
   the ring has come round.

   Owner      the fold. */
#ifndef SLUICE_FOLD_DROPCOPY_H
#define SLUICE_FOLD_DROPCOPY_H

#include "dataplane/fold/fold.h"
#include "dataplane/wire/copy.h"

/* dropcopy_open makes clients of the site's copy sessions; before the first record. */
void dropcopy_open(struct fold *fold);

/* dropcopy_decision tells what was asked and decided; head: all but type and time.  ref and clordid of `in` are
   the owner's. */
void dropcopy_decision(struct fold *fold, struct copy_head *head, const struct ouch_in *in);

/* dropcopy_answer tells what the owner of an order is told. */
void dropcopy_answer(
	struct fold *fold, const struct own_order *order, const struct ouch_out *message);

#endif
