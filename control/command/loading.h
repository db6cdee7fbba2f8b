/* loading.h - limits on their way into force, by whichever command.

   Owner      the call. */
#ifndef SLUICE_CONTROL_LOADING_H
#define SLUICE_CONTROL_LOADING_H

#include "control/command/call.h"

/* loading_begin_lease goes on with a reading as limits load does, for a term that nobody confirms, and takes it over.
   NULL: the answer is coded. */
void loading_begin_lease(struct call *call, struct reading *reading, uint64_t length_ns);

#endif
