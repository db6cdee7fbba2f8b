/* patience.h - how a boot waits for a disk that is merely slow.

   A disk under load may take long over the first segment of a journal, and a boot that gives up trades nothing.  So it goes on.  What is
   begun is said before it begins, by a line of the log and a metric, which control's health reads: the kernel may keep the thread for
   as long as it likes where room is allocated and a directory is synced.  While the first write is under way a line says so
   after PATIENCE_TELL_NS and now and then; only a signal that stops the process ends it.

   Owner      the main thread, one of these for each journal while it is opened.
   Time       monotonic, since the wait began. */
#ifndef SLUICE_PLAN_PATIENCE_H
#define SLUICE_PLAN_PATIENCE_H

#include <signal.h>

#include "dataplane/shm/metrics.h"

enum { PATIENCE_TELL_NS = 1000 * 1000 * 1000, PATIENCE_TELL_AGAIN = 10 };

struct patience {
	const volatile sig_atomic_t *is_stopping;
	const char *directory; /* of the journal */
	struct metrics *metrics;
	uint64_t tell_ns; /* when it is said next */
};

/* patience_begin says that the journal's first segment is made now. */
void patience_begin(struct patience *patience);

/* patience_goes_on naps, and tells now and then; false: the process is to stop.  A journal_patience. */
bool patience_goes_on(void *patience, uint64_t waited_ns);

/* patience_end says that nobody waits any more. */
void patience_end(struct patience *patience);

#endif
