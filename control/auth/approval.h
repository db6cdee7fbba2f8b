/* approval.h - what one person asked for and a second must repeat.

     none --first person--> awaited --second, other person--> granted (and gone)
                              |  same person: refused by name, stays awaited
                              +--five minutes--> none

   The text binds everything that makes it the same action: the command's words, the latch or the
   limits' hash and the epoch it was judged against.  Reasons are the persons' own and not bound.

   Owner      control's thread.
   Time       an argument, monotonic.
   Invariant  (1) one approval starts one action; (2) at most APPROVAL_COUNT_MAX are awaited, a further
              one takes the place of the oldest. */
#ifndef SLUICE_CONTROL_APPROVAL_H
#define SLUICE_CONTROL_APPROVAL_H

#include "control/auth/person.h"

enum { APPROVAL_COUNT_MAX = 32, APPROVAL_TEXT_BYTES = 512, APPROVAL_REASON_BYTES = 256 };
#define APPROVAL_LIFE_NS (300ull * 1000000000u)

enum approval_verdict { APPROVAL_AWAITED, APPROVAL_SAME_PERSON, APPROVAL_GRANTED };

struct approval {
	char text[APPROVAL_TEXT_BYTES]; /* empty: free */
	struct person first;
	char reason[APPROVAL_REASON_BYTES]; /* the first's; "": none */
	uint64_t asked_ns;
};

struct approvals {
	struct approval rows[APPROVAL_COUNT_MAX];
};

/* Who asks, and why; reason NULL: none was given. */
struct approval_asker {
	const struct person *person;
	const char *reason;
};

/* approval_ask says what a request for `text` comes to.  GRANTED: *first gets who asked before, reason why, as far as it fits,
   and the approval is used up.  SAME_PERSON: *first is that person; nothing changed. */
enum approval_verdict approval_ask(struct approvals *approvals, const char *text,
	const struct approval_asker *asker, uint64_t now_ns, struct person *first,
	char reason[APPROVAL_REASON_BYTES]);

#endif
