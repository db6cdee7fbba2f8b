#include "dataplane/plan/patience.h"

#include <inttypes.h>
#include <time.h>

#include "drivers/machine/log.h"

void patience_begin(struct patience *p)
{
	p->tell_ns = PATIENCE_TELL_NS;
	metrics_set(p->metrics, METRIC_journal_waits, 1);
	log_write(LOG_LEVEL_INFO, "journal", "%s: has its disk make and write the first segment",
		p->directory);
}

bool patience_goes_on(void *context, uint64_t waited_ns)
{
	static const struct timespec nap = {.tv_nsec = 50 * 1000};
	struct patience *p = context;
	if (*p->is_stopping)
		return false;
	if (waited_ns >= p->tell_ns) {
		log_write(LOG_LEVEL_WARNING, "journal",
			"%s: waits for its disk, which has not written the first block of a "
			"segment in %" PRIu64 " s: look at its load (iostat -x 1); goes on by "
			"itself",
			p->directory, waited_ns / PATIENCE_TELL_NS);
		p->tell_ns += (uint64_t)PATIENCE_TELL_AGAIN * PATIENCE_TELL_NS;
	}
	nanosleep(&nap, NULL);
	return true;
}

void patience_end(struct patience *p)
{
	metrics_set(p->metrics, METRIC_journal_waits, 0);
}
