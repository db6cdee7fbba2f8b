/* copyin.h - the venue's drop copy: a second word on every order, held against the order session's.

   A venue whose site names a drop copy (config.h, drop_config) tells us what became of our orders on a second session,
   to which we only listen.  Its messages are VENUE_IN records of that session's number, whatever they are told in
   (protocol.h, copy_in); what FIX counts both ways is in fix_copyin.h.  Each is paired with what
   the order session said (breaks.h): accepted, replaced, cancelled, modified, executed, broken, corrected.

   What only the copy has told is not only shown, it counts, once nobody else can be expected to tell it in time:

      at once        the order session is away, so an uncertain order is resolved; a trade of an order that is
                     finished here, for which nothing is reserved any more; another word of a row that is a break
                     already; a trade that found no row
      at the limit   everything else, an order session that is up having been silent on it for alarm_after

   Until then the order's own reservation holds for it.  What was applied goes the way of the order session's
   words: order, position, client and our own copies hear of it.  When the order session tells the same later
   it is taken for told: the row goes, nothing is applied and nobody is told again.  A trade is counted once
   whatever happens to the row, because position goes by match number (fills.h).  Cancels have no number: an
   order is reduced by as much as the one told that told more of them.  An order that the copy ended stays ended,
   though its session tells only later that it began.

   While the copy is away nothing is a break: the age of a row counts from when it came back.

   Owner      the fold.
   Invariant  (1) no word is applied twice; (2) a row's word is applied in the order in which the copy told it. */
#ifndef SLUICE_FOLD_COPYIN_H
#define SLUICE_FOLD_COPYIN_H

#include "dataplane/fold/state.h"

/* copyin_open takes memory if a venue has a copy, whose row is set; before the first record. */
void copyin_open(struct fold *fold);
void copyin_close(struct fold *fold);

/* copyin_venue_of gives the venue whose copy a session number is, or UINT32_MAX. */
uint32_t copyin_venue_of(const struct fold *fold, uint32_t session);

/* copyin_changed takes a SESSION record of a copy, copyin_message a VENUE_IN record. */
void copyin_changed(struct fold *fold, uint32_t venue, const struct session_record *record);
void copyin_message(struct fold *fold, uint32_t venue, const struct message_record *message);

/* copyin_heard pairs a word of the order session; true: the copy's was applied, nothing is left to do.  Of a cancel
   that says more than the copy's did what is left to do stays in out. */
bool copyin_heard(struct fold *fold, uint32_t venue, struct ouch_out *out);

/* copyin_venue_lost applies what only the copy has told, now that the order session is away. */
void copyin_venue_lost(struct fold *fold, uint32_t venue);

/* copyin_acknowledge takes an ACKNOWLEDGE record. */
void copyin_acknowledge(struct fold *fold, const struct acknowledge_record *seen);

/* copyin_turn makes breaks of what is old; copyin_is_due tells that it would, at now_ns of the turns' clock. */
void copyin_turn(struct fold *fold);
bool copyin_is_due(const struct fold *fold, uint64_t now_ns);

/* copyin_write feeds the copies' state to `add`. */
void copyin_write(const struct fold *fold,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

#endif
