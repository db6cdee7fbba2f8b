/* hearsay.h - stops that were said at the door of the dataplane, written into the audit once.

   The door stops without control, and while control is away nobody writes an audit: what was said there the journal alone has.
   The clerk comes by it (bookkeeping.h), and each such stop becomes a line of the audit that says that it came from the door,
   whose uid, when, and which record of the journal it is.  Up to which record lines are on the disk a file beside the journal
   keeps, so that a control that starts does not write them again.

     in the journal --the clerk came by--> heard --the audit took the line--> on its way --durable--> kept in the file

   Owner      control's thread; the file is written by a thread of its own.
   Invariant  (1) what the file says is told has a durable line in the audit.
   Errors     a file that cannot be read or means nothing: all is written again, better twice than never; so a line may come
              twice where control ended between a line and the file.  A line carries its record's number. */
#ifndef SLUICE_CONTROL_HEARSAY_H
#define SLUICE_CONTROL_HEARSAY_H

#include "control/audit/audit.h"
#include "control/ledger/bookkeeping.h"
#include "control/plane/durable_file.h"

#define HEARSAY_AGAIN_NS UINT64_C(1000000000)

/* Up to where a gate's stops are told: a record of a journal that was taken away may have a higher number, but is older. */
struct hearsay_mark {
	uint64_t sequence, wall_ns;
};

struct hearsay {
	const struct site_config *site;
	char path[PATH_BYTES + 32];
	uint64_t started_wall_ns;
	struct hearsay_mark marks[GATE_COUNT_MAX]; /* by gate: written into the audit */
	uint64_t
		line; /* of the audit, that must be durable before the marks are kept; 0: nothing is owed */
	struct durable_file *file; /* under way; NULL: none                                */
	uint64_t again_ns; /* not before: a disk that takes nothing is asked once a second */
};

/* hearsay_open reads what was told before.  For boot. */
void hearsay_open(struct hearsay *hearsay, const struct site_config *site, uint64_t wall_ns);
void hearsay_close(struct hearsay *hearsay);

/* hearsay_turn writes what the clerks came by since. */
void hearsay_turn(struct hearsay *hearsay, struct bookkeeping *const bookkeeping[GATE_COUNT_MAX],
	struct audit *audit, uint64_t now_ns);

#endif
