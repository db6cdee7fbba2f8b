/* lease.h - a word on a limit that is raised for a time.

   Owner      the call. */
#ifndef SLUICE_COMMAND_LEASE_H
#define SLUICE_COMMAND_LEASE_H

#include "control/command/call.h"

/* lease_undo gives up the lease that is named by "lease N"; with no word, where nothing is on trial, the only one there is. */
void lease_undo(struct call *call, uint64_t now_ns);

#endif
