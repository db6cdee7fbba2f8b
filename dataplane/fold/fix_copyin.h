/* fix_copyin.h - a venue's drop copy told in FIX 4.2 or 4.4: its session, and its reports in the gate's own words.

   We are the initiator and say nothing but what the session needs: Logon, heartbeats, what we ask for again.  Both numbers
   and what was sent live here, so a gate that died asks for what it missed, and a report that is told twice under one
   number is taken once; a trade that is told twice under two numbers is known by its match (copyin.c).

   An order is named by our ClOrdID, whoever its order session speaks with.  What FIX tells otherwise than OUCH is said as the
   order session would say it:

     cancelled   by how much: what was left by the copy's report before, less what is left now
     restated    of an OUCH venue: 378=5 (part of it declined) is a cancel, 378=3 (repriced) is not compared, others are
                 a modify; of a FIX venue always a modify, as its order session tells it
     a trade     of an OUCH venue: its match number, which stands in 880, or is the whole of 17 (of a bust, 19).  A report
                 that has none is bad: it could be counted twice.  Of a FIX venue: the name in 17

   Owner      the fold. */
#ifndef SLUICE_FOLD_FIX_COPYIN_H
#define SLUICE_FOLD_FIX_COPYIN_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/state.h"

struct fix_copyin {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_kept *store;
	struct refs leaves; /* order's number -> shares that its last report left open */
};

static inline struct fix_copyin *fix_copyin_of(const struct fold *fold, uint32_t venue)
{
	return fold->copies[venue].own;
}

/* fix_copyin_open takes the session of a venue's copy, fix_copyin_close gives it back. */
void fix_copyin_open(struct fold *fold, uint32_t venue);
void fix_copyin_close(struct fold *fold, uint32_t venue);

/* fix_copyin_write feeds its state to `add`. */
void fix_copyin_write(const struct fold *fold, uint32_t venue,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

/* fix_copyin_changed takes a SESSION record of it, fix_copyin_in a message: the row's copy_in (protocol.h). */
void fix_copyin_changed(struct fold *fold, uint32_t venue, const struct session_record *record);
enum protocol_verdict fix_copyin_in(struct fold *fold, uint32_t venue, const uint8_t *bytes,
	uint32_t size_bytes, struct ouch_out *out);

#endif
