/* fix_status.h - what is still uncertain at a FIX venue that has told all it had is asked for, one by one.

   Numbers that began anew with a Logon (141=Y), or a venue that took an order and has not answered it, leave orders uncertain
   though the venue is ready.  For each an OrderStatusRequest (35=H) is sent, a few in each 20 ms, and again half a minute
   later while any is left.  An ExecutionReport that tells a state (150=I, or 20=3 in 4.2) settles it:

      39=8              nothing of it is there: it never arrived, or was refused
      39=0 1 6 E ...    it works; 39=2 3 4 C: it is over
      39=A 5            nothing is settled, nor by E of a replacement, which has not its original's place yet
      14 above ours     executed meanwhile, at the average of what is missing, under no number of the venue's: what its
                        executions tell later takes the place of it, share by share (resolve.h)

   Nothing is settled of an order that is not uncertain.  A venue that does not know the question answers with a Reject:
   its orders stay as they are, for the drop copy or persons.

   Owner      the fold. */
#ifndef SLUICE_FOLD_FIX_STATUS_H
#define SLUICE_FOLD_FIX_STATUS_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/state.h"

/* Where a venue's round of questions stands. */
struct fix_status {
	uint64_t next_ns; /* next look at what is uncertain, on the clock of turns */
	uint32_t slot;    /* where it goes on in the table of orders */
};

/* fix_status_begin begins a round: the venue is ready. */
void fix_status_begin(const struct fold *fold, struct fix_status *status);

/* fix_status_due_ns tells when fix_status_tick would ask on the venue's session, UINT64_MAX: never. */
uint64_t fix_status_due_ns(const struct fold *fold, uint32_t venue, const struct fix_status *status,
	const struct fix_session *session);
void fix_status_tick(
	struct fold *fold, uint32_t venue, struct fix_status *status, struct fix_session *session);

/* fix_status_read settles the order of number ref by an answer, if it is uncertain. */
void fix_status_read(struct fold *fold, uint32_t venue, uint32_t ref, const struct fix_message *m);

#endif
