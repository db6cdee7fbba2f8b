/* usage.h - how much of each limit is used: peaks, and events at 50, 80 and 100 %.

   Fed at every commit, fill and release; read by operators.  Limits that look at one order alone
   (quantity, value, collar) have their usage per account: the largest that passed, against what the
   firm's and the account's rows state.  Limits with state have it where the state is: session, account,
   symbol, account-symbol row, firm.

   Owner      the gate stage.
   Units      of the lane; token lanes in orders, rounded up.
   Invariant  (1) nothing here is read by a judgement (gauge (1)). */
#ifndef SLUICE_RISK_USAGE_H
#define SLUICE_RISK_USAGE_H

#include "dataplane/risk/tables.h"

/* usage_order feeds what a committed order used. */
void usage_order(struct risk *risk, const struct risk_order *order, const struct verdict *verdict,
	struct row *row);

/* usage_cancel feeds a session's cancel tokens. */
void usage_cancel(struct risk *risk, uint32_t session);

/* usage_position feeds the worst case and the open value of one side after they changed. */
void usage_position(
	struct risk *risk, uint32_t account, uint32_t symbol, unsigned side, struct row *row);

/* usage_adopt gives every gauge its limit of the epoch in force; usage_row_adopt those of one row. */
void usage_adopt(struct risk *risk);
void usage_row_adopt(struct risk *risk, struct row *row);

#endif
