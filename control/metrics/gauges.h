/* gauges.h - what is used of each limit, asked of the gate page by page, as metrics.

   The firm's, the sessions' and the symbols' rows come first, then each account's with those of its
   symbols.  A gate that does not answer ends the asking, and so does the bound of time or rows: what came
   until then is written, and that some is missing.

     begun --page--> asking --page--> ... --the last account's last page--> complete
                        '--silence, GAUGES_WAIT_NS, GAUGES_ROW_MAX--> cut

   Owner      the call that writes the metrics; gauges_end frees it and what it still asks.
   Time       now_ns from the caller.
   Units      of the samples: as the limits file spells them; ages in seconds. */
#ifndef SLUICE_CONTROL_GAUGES_H
#define SLUICE_CONTROL_GAUGES_H

#include "control/plane/question.h"
#include "control/socket/answer.h"

enum { GAUGES_ROW_MAX = 1400 };

#define GAUGES_WAIT_NS UINT64_C(1000000000)

struct gauges {
	struct question question;
	const struct site_config *site;
	uint32_t account_next; /* index in the site of the account asked after this one */
	bool is_cut;
	uint64_t until_ns;
	uint32_t count;
	struct usage_row rows[GAUGES_ROW_MAX];
	uint8_t gates[GAUGES_ROW_MAX]; /* who told each */
};

/* gauges_begin asks the first question.  NULL: out of memory. */
struct gauges *gauges_begin(const struct site_config *site, struct plane *plane, uint64_t now_ns);

/* gauges_look takes what came and asks on.  true: there is nothing more to wait for. */
bool gauges_look(struct gauges *gauges, struct plane *plane, uint64_t now_ns);

/* gauges_write adds the samples: now, peak and limit of each, and whether some are missing. */
void gauges_write(const struct gauges *gauges, struct answer *answer);

void gauges_end(struct gauges *gauges, struct plane *plane);

#endif
