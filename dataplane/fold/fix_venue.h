/* fix_venue.h - FIX 4.2 and 4.4 as rows of the protocol table: our orders to a venue, and its reports.

   We are the initiator.  An order is named to the venue by our ClOrdID of 14 characters (names.h), a cancel by that name
   between an X and four digits of its own, so every report leads back to the order.  Orders are numbered when they are
   handed over and kept to be never sent again: what the venue asks for a second time is a gap.

   After a logon a TestRequest stands where OUCH has its account query.  The venue answers it in order, so by then it
   has said what it lacks: if it asked for everything from some number on, the orders with that number and above
   never arrived and never will.  A request that ends earlier says nothing of what followed, nor does any of what was
   sent after it: those orders stay uncertain.

   So it is while the session goes on.  What the venue asks for and has not spoken of becomes uncertain, a TestRequest is sent
   behind the gap, and its answer settles what was covered to the end; what was not is asked for (fix_status.h).  A cancel that
   it lacks goes again.  Orders sent after its request are above unseen_end.

   What its reports say is read by fix_answer.h.

   Owner      the fold. */
#ifndef SLUICE_FOLD_FIX_VENUE_H
#define SLUICE_FOLD_FIX_VENUE_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/fix_status.h"
#include "dataplane/fold/state.h"

struct fix_venue {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_kept *store;
	uint64_t asked;      /* TestRequest that stands for the query; 0: none is open */
	uint64_t unseen_ref; /* lowest order the venue said it lacks, with all after; 0: none */
	uint64_t
		unseen_end; /* the order that would have been next when it said so: not among them */
	struct fix_status status;
};

static inline struct fix_venue *fix_venue_of(const struct fold *fold, uint32_t venue)
{
	return fold->venues[venue].own;
}

/* The functions of the rows (protocol.h). */
void fix_venue_open(struct fold *fold, uint32_t venue);
void fix_venue_close(struct fold *fold, uint32_t venue);
void fix_venue_write(const struct fold *fold, uint32_t venue,
	void (*add)(void *context, const void *bytes, size_t size), void *context);
enum protocol_verdict fix_venue_in(struct fold *fold, uint32_t venue, const uint8_t *bytes,
	uint32_t size_bytes, struct ouch_out *out);
uint32_t fix_venue_out(const struct fold *fold, const struct fold_egress *egress, uint8_t *out,
	uint32_t out_bytes);
bool fix_venue_may(const struct ouch_in *message, const struct own_order *original);
void fix_venue_sent(struct fold *fold, const struct fold_egress *egress);
void fix_venue_changed(struct fold *fold, uint32_t venue, const struct session_record *record);

/* fix_venue_due_ns tells when the next SESSION_TICK is due, UINT64_MAX: never. */
uint64_t fix_venue_due_ns(const struct fold *fold, uint32_t venue);

#endif
