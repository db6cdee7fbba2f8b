/* progress.h - tells a person who waits that long reading goes on, and how far it came.

   Nothing for the first two seconds, then a line on standard error every two seconds: how many records, and the time of the
   journal that was reached.  On a terminal each line takes the place of the one before it; progress_end clears the last.

   Owner      one command.
   Time       now_ns is the caller's, monotonic. */
#ifndef SLUICE_CONTROL_CLI_PROGRESS_H
#define SLUICE_CONTROL_CLI_PROGRESS_H

#include <stdio.h>

#include "config/base.h"

#define PROGRESS_NS UINT64_C(2000000000)

struct progress {
	FILE *file;
	bool is_terminal, is_told;
	uint64_t told_ns; /* or begun */
};

/* progress_begin begins to wait. */
void progress_begin(struct progress *progress, FILE *file, bool is_terminal, uint64_t now_ns);

/* progress_tell says how far it came, if it is time; wall_ns 0: no time of the journal is known yet. */
void progress_tell(
	struct progress *progress, uint64_t record_count, uint64_t wall_ns, uint64_t now_ns);

/* progress_end leaves the page as a terminal had it before. */
void progress_end(struct progress *progress);

#endif
