/* fix_answer.h - what a FIX venue says of our orders, in the gate's own words.

   An order is known by the name that we gave it (orders/names.h).  Nothing is rounded in our favour: a price of more than four
   decimals is taken as the worse one for us.

   Owner      the fold; but for the state of what is uncertain (fix_status.h) and the names of corrections nothing is changed. */
#ifndef SLUICE_FOLD_FIX_ANSWER_H
#define SLUICE_FOLD_FIX_ANSWER_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/state.h"

/* An order's name as it goes to a venue of FIX; a cancel's is that between an X and four digits of its own. */
enum { OWN_NAME_BYTES = 14, CANCEL_NAME_BYTES = 1 + OWN_NAME_BYTES + 4 };

/* fix_answer_read turns a report of a venue's session into the inner language; out is zero but for its time. */
enum protocol_verdict fix_answer_read(struct fold *fold, uint32_t venue,
	const struct fix_session *session, const struct fix_message *m, struct ouch_out *out);

/* fix_answer_report does it for an execution report, which names the order ref and the one that it replaced original_ref; what
   a report of state (fix_answer_is_status) says is no word of its own.  Shared with a venue's drop copy. */
enum protocol_verdict fix_answer_report(
	const struct fold *fold, uint32_t venue, const struct fix_message *m, struct ouch_out *out);
bool fix_answer_is_status(const struct fix_message *m);

/* fix_answer_find leads a bust or a correction that was read to the execution that it names: its ClOrdID may be the newest of
   the chain (trade.h), and its ExecRefID the report that corrected it last; of a correction it keeps the name (orders/fills.h). */
void fix_answer_find(
	struct fold *fold, uint32_t venue, const struct fix_message *m, struct ouch_out *out);

/* fix_answer_order_id leads from one of our names, an order's or a cancel's, to the order's id; 0: it is none of ours. */
uint32_t fix_answer_order_id(const struct fix_text *name);

#endif
