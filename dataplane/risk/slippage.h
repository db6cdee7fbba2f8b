/* slippage.h - executions at prices worse than the market that their orders were judged by.

   An order that passes was judged by a reference price (reference.h) and keeps it.  An execution above it is worse for
   a buy, below it for a sale; one that is worse by more than max_slippage slips.  Whose slips within the window of
   max_slips are one more than its value may only reduce until a person has looked (CONTROLS, 34): an account, and the
   firm over all of its accounts.  The marks at 50, 80 and 100 % of max_slips are the warning before.

   Fail closed: an execution slips where nobody knows the reference (an order that the venue told us of, a fill after
   the last word of its order), where its price is absurd, and where max_slippage is stated nowhere; there no order
   passes either (NOT_CONFIGURED).

   Owner      the gate stage; nobody else writes.
   Time       comes from the caller and never runs backwards; windows are exact as in tempo.h.
   Units      basis points of the reference, rounded up.
   Invariant  (1) a ring holds more times than max_slips allows, so a change of the limit forgets nothing. */
#ifndef SLUICE_RISK_SLIPPAGE_H
#define SLUICE_RISK_SLIPPAGE_H

#include "dataplane/risk/tempo.h"

enum { SLIP_RING = 128 };
_Static_assert((int)SLIPS_MAX < (int)SLIP_RING, "slippage (1)");

struct slips {
	struct tempo *accounts; /* ACCOUNT_COUNT_MAX */
	struct tempo firm;
	uint64_t *times;
	size_t times_bytes;
};

/* slips_open takes a ring for every account of the site and one for the firm; slips_close gives them back. */
void slips_open(struct slips *slips, const struct site_config *site);
void slips_close(struct slips *slips);

/* slips_adopt gives every gauge its limit of the epoch in force. */
void slips_adopt(struct risk *risk);

/* slips_row gives an account's slips (account 0: the firm's) for people. */
void slips_row(const struct risk *risk, uint32_t account, uint64_t now_ns, struct usage_row *row);

#endif
