/* bookkeeping.h - the ledger beside the gate, all day: the clerk in a thread of its own, and what control makes of it.

   Control asks the gate for what accounts hold, a page at a time, all of it once a second; the clerk's thread reads the journal
   up to where the gate was and compares.  Control's loop never waits for the disk, and the gate is asked for few rows
   at once.

     resting --a second has passed--> asking --a page came--> comparing --there are more--> asking
        ^                               |                         '--that was all--.
        '--the gate is away or silent---'------------------------------------------'

   Owner      control's thread calls; the clerk's thread reads and compares.
   Time       now_ns is monotonic, from the caller.
   Errors     what differs, and what could not be compared for BOOKKEEPING_AGE_NS, is no reason to stop but one not to be
              ready; it is logged and written into the audit when it begins and when it ends. */
#ifndef SLUICE_CONTROL_BOOKKEEPING_H
#define SLUICE_CONTROL_BOOKKEEPING_H

#include "control/audit/audit.h"
#include "control/ledger/clerk.h"
#include "control/plane/question.h"

#define BOOKKEEPING_ROUND_NS UINT64_C(1000000000) /* from one round's begin to the next         */
#define BOOKKEEPING_PAGE_NS  UINT64_C(4000000)    /* from one page to the next                  */
#define BOOKKEEPING_AGE_NS   UINT64_C(5000000000) /* CONTROLS 33: told when not compared so long */

struct bookkeeping;

enum bookkeeping_state {
	BOOKKEEPING_EQUAL,
	BOOKKEEPING_NOT_YET, /* this dataplane's rows were not compared yet */
	BOOKKEEPING_WRONG,
};

struct bookkeeping_verdict {
	enum bookkeeping_state state;
	char reason[480]; /* what was found; but for EQUAL also what was expected */
};

/* bookkeeping_open starts the thread over the journal of a gate, whose view of the site it is; NULL: out of memory or threads. */
struct bookkeeping *bookkeeping_open(const struct site_config *site);

/* bookkeeping_turn goes on.  true: it wants to be called again at once rather than after a rest. */
bool bookkeeping_turn(
	struct bookkeeping *bookkeeping, struct plane *plane, struct audit *audit, uint64_t now_ns);

/* bookkeeping_look gives what the clerk found so far. */
void bookkeeping_look(struct bookkeeping *bookkeeping, struct clerk_facts *facts);

/* bookkeeping_judge tells whether ledger and gate are equal. */
void bookkeeping_judge(
	struct bookkeeping *bookkeeping, uint64_t now_ns, struct bookkeeping_verdict *verdict);

/* bookkeeping_stop gives the oldest stop from the door that the clerk came by and nobody has taken; false: there is none.
   bookkeeping_stop_take takes it: the next one follows. */
bool bookkeeping_stop(struct bookkeeping *bookkeeping, struct clerk_stop *stop);
void bookkeeping_stop_take(struct bookkeeping *bookkeeping);

/* bookkeeping_close ends the thread. */
void bookkeeping_close(struct bookkeeping *bookkeeping);

#endif
