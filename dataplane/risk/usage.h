/* usage.h - how much of each limit is used: peaks, and events at 50, 80 and 100 %.

   Fed at every commit, fill and release; read by operators.  Limits that look at one order alone have
   their usage in a meter: the account's, against what the firm's and the account's rows state, or where
   rows of the symbol or of the pair state one of them the account-symbol row's own, against the tightest
   of all.  Limits with state have gauges where the state is: session, account, symbol, account-symbol
   row, firm.  A source's age is used by the orders whose reference came from it.

   Owner      the gate stage.
   Units      of the lane; token lanes in orders, rounded up; ages in nanoseconds.
   Invariant  (1) nothing here is read by a judgement (gauge (1), meter (1));
              (2) every limit of limits.def has its place here: meters the first METER_COUNT, gauges
                  the others;
              (3) what a row keeps of its window, so that it need not be found at each judgement, is brought up to date
                  with what is shown of it: until then the judgement finds it (trail (2)). */
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

/* usage_money feeds what the account and the firm have at stake, in all and in the symbol of a row and its sector. */
void usage_money(struct risk *risk, uint32_t account, struct row *row);

/* usage_slippage feeds how far an execution was on the worse side of its order's reference. */
void usage_slippage(struct risk *risk, struct row *row, int64_t bps);

/* usage_meter gives the meter of a row's orders: its own or the account's. */
static inline struct meter *usage_meter(const struct risk *risk, const struct row *row)
{
	return row->has_meter ? &risk->rows.meters[row - risk->rows.rows]
			      : &risk->accounts[row->key >> 16].meter;
}

/* usage_limit gives what a profile states for a limit of a meter, INT64_MIN if nothing, and usage_lane its
   lane: LANE_NONE for the ages of references, which share NO_REFERENCE. */
int64_t usage_limit(const struct profile *profile, enum limit limit);
uint8_t usage_lane(enum limit limit);

/* usage_adopt gives the gauges of accounts and the firm their limits of the epoch in force.  usage_row gives them to what is
   shown of a row, and of its symbol, that was last used under another epoch: before the row changes, so that a mark that
   it passes is told. */
void usage_adopt(struct risk *risk);
void usage_row_adopt(struct risk *risk, struct row *row);
static inline void usage_row(struct risk *risk, struct row *row)
{
	if (UNLIKELY(row->generation != risk->profiles.generation))
		usage_row_adopt(risk, row);
}

#endif
