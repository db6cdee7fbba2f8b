/* fix_copy.h - what a session that only listens is told in FIX (dropcopy.h).

   Execution reports and cancel rejects as the owner gets them, with
   the firm's number of the order (37), the venue's (198), the venue by its name in the site (30, of what was not refused), the
   account (1) and in Text whose it is; and of what was decided
   and passed, Pending New, Pending Replace or Pending Cancel.  A ClOrdID is the owner's own text; an owner of OUCH
   has a number, written so, and behind a point its channel where that is not 0.

   Owner      the fold. */
#ifndef SLUICE_FOLD_FIX_COPY_H
#define SLUICE_FOLD_FIX_COPY_H

#include "dataplane/fold/dropcopy.h"

/* fix_copy_out is the rows' copy_out (protocol.h). */
void fix_copy_out(struct fold *fold, uint32_t session, const struct copy_told *told);

#endif
