/* fold.h - the gate's whole state, as a fold over the journal.

   fold_apply takes one input record and changes the state by it; decisions come out through `out`.  Live,
   the gate publishes an input record and then applies it; at boot and in `sluice-dataplane --replay` the
   same records are read from the journal and applied by the same function.  There is no other way to
   change an order, a latch, a limit or a position.

   The room stands in layers, and a file calls only those above it in this list:

      the state                   protocol parts option state fix_moment
      what is told                dropcopy tell, in FIX fix_client fix_report fix_copy
      what is small               leases epochs parents booking truth sweep stops clients hours mass cancel
      an order's life             said life
      what a client asks          fix_orders protocol_ouch42 decision receipt settle prevention entry
      what a venue answers        trade resolved answer resolve, in FIX fix_status fix_answer fix_venue
      what ends by itself         day walk
      the other ends              fix_copyin copyin peers hear protocols
      the records                 fold, hash and open beside it
      a day again                 replay whatif

   To read it: entry.c (what a client asks), life.c (an order and what risk holds for it), answer.c (what the venue says),
   walk.c (cancelling what a kill covers).

   Owner      one gate stage, or one replay.
   Time       from the TURN record in force.
   Invariant  (1) nothing outside the records changes the state (metrics and the page are told, never
                  asked);
              (2) a passed decision is published before it stands in the egress queue;
              (3) in = passed + refused + ignored and passed = sent + withheld + waiting, always;
              (4) a passed order stands wherever it counts before anything else is applied (fold_settle). */
#ifndef SLUICE_FOLD_FOLD_H
#define SLUICE_FOLD_FOLD_H

#include "dataplane/fold/settle.h"
#include "dataplane/fold/state.h"

/* fold_open takes the tables for a site.  metrics and page may be the live region's or a replay's own. */
struct fold *fold_open(const struct site_config *site, const struct fold_out *out,
	struct metrics *metrics, struct gate_page *page);
void fold_close(struct fold *fold);

/* fold_apply applies one input record.  Output types are not applied: callers skip or compare them. */
void fold_apply(struct fold *fold, const struct record *record);

/* fold_turn, fold_take_top and fold_client_in apply one whose type its writer knows. */
void fold_turn(struct fold *fold, const struct turn_inputs *turn);
void fold_take_top(struct fold *fold, const struct top_used *top);
void fold_client_in(struct fold *fold, const struct message_record *message);

/* fold_needs_turn tells that the fold has work of its own (a sweep) for another turn, the venues of
   slow_mask holding unsent bytes. */
bool fold_needs_turn(const struct fold *fold, uint32_t slow_mask);

/* fold_may_need_turn tells whether that is worth asking: which venues are slow is a question to each of them. */
static inline bool fold_may_need_turn(const struct fold *fold)
{
	return fold->is_sweeping || fold->sweep_due_mask != 0;
}

/* fold_is_due tells whether a turn of this time has cancels to ask for again (walk.h). */
static inline bool fold_is_due(const struct fold *fold, uint64_t now_ns)
{
	return UNLIKELY(fold->sweep_again_ns != 0) && now_ns >= fold->sweep_again_ns;
}

/* fold_hash computes the hash of the whole state, canonical: equal states give equal hashes. */
void fold_hash(struct fold *fold, uint64_t hash[2]);

/* fold_hash_before computes what builds that hashed less would have: for their journals. */
void fold_hash_before(struct fold *fold, uint64_t hash[2]);

#endif
