/* money.h - what an account, and the firm, has at stake at the last marks: exposure, credit, profit and loss.

   Each account-symbol row has a mark, the price that its shares are valued at, and a stake worked out of
   position and mark.  Sums of stakes are kept per account and for the firm, so that an order is measured by
   taking its row's stake out and putting in what it would become.

     long  = (shares + working buys) x mark         the worst case upwards
     short = (working sells - shares) x mark        the worst case downwards
     gross = the greater of the two, never below 0; net is the greater of the sums of each
     pnl   = sold value - bought value - fees + shares x mark    realised and unrealised together, exact
     margin, stress = gross x the symbol's rate, rounded up

   All of it is in the base currency; rates.h converts what an instrument of another one is priced in.

   Credit counts both sides: what was executed since the day began, at its price, and what works.

   A mark comes with each order that passes (the reference it was judged by), with the first fill where there
   was none before, and from the gate's walk over positions (gate/marks.h).

   Limits are stated for the account and for the firm, and both bind: a lane measures whether either is
   exceeded, against 0.  What nobody states is exceeded by everything.

   Sums are kept in 64 bits as long as they and all that goes into them are below 2^62, which is seen at once for all
   of them; beyond that, in 128.

   Owner      the gate stage.
   Units      money_e4; rates in basis points.
   Invariant  (1) sums are exact: the sum over rows of their stakes; in `sums` while is_wide is 0, else in `wide`;
              (2) a stake that does not fit 64 bits is the largest there is, and so is a sum of stakes; then OVERFLOW refuses;
              (3) but of margin and stress the largest there is exceeds every limit, which says all: what is held of a symbol
                  that lost its rate needs so much, and its way out is open. */
#ifndef SLUICE_RISK_MONEY_H
#define SLUICE_RISK_MONEY_H

#include "dataplane/risk/instrument.h"
#include "dataplane/risk/position.h"
#include "dataplane/risk/stake.h"

struct risk;
struct measure_inputs;
struct verdict;

struct money {
	/* hot: every order.  The sums below as far as they fit, what was executed, and the best pnl */
	_Alignas(CACHE_LINE_BYTES) int64_t sums[STAKE_PART_COUNT];
	int64_t executed_e4;
	int64_t peak_e4; /* at least 0: what a drawdown falls from */
	/* every commit.  Usage from below to above is no new peak and moves no mark of its gauge.  Beside either, in the
	   word that its vector has left, what the judge asks */
	int64_t above[MONEY_KIND_COUNT];
	uint64_t is_wide; /* 0, or 1: the sums are in `wide` */
	int64_t below[MONEY_KIND_COUNT];
	uint64_t
		over; /* rows whose stake does not fit, and a bit for a sum that does not; 0 where is_wide is */
	/* fills, and sums that are far */
	int128_t executed_wide;          /* value of all fills that stand */
	int128_t wide[STAKE_PART_COUNT]; /* money (1) */
	/* shown only */
	struct gauge gauges[MONEY_KIND_COUNT];
};

_Static_assert(offsetof(struct money, executed_e4) == SUMS_EXECUTED * sizeof(int64_t) &&
		       offsetof(struct money, peak_e4) == SUMS_PEAK * sizeof(int64_t) &&
		       offsetof(struct money, below) ==
			       offsetof(struct money, above) + MONEY_WIDTH * sizeof(int64_t),
	"three vectors (sums.h)");

/* What a profile states; INT64_MIN: nothing. */
struct money_limits {
	int64_t limits[MONEY_OWNER_COUNT][MONEY_WIDTH];
};

/* money_used gives what is used of every kind; open_e4 is the value of working orders, buys and sells. */
void money_used(
	const struct money *money, const int64_t open_e4[2], int64_t used[MONEY_KIND_COUNT]);

/* money_take brings a row's stake and the sums to what was judged of an order, after its row's position took the order: for
   an order that was judged by a reference the same as money_row at that reference, which is not reckoned again. */
void money_take(struct risk *risk, struct row *row, const struct money_verdict *judged);

/* money_row brings a row's stake and the sums up to date after its position changed; a mark of 0 keeps the
   row's own. */
void money_row(struct risk *risk, struct row *row, int64_t mark_e4);

/* money_restake does it without looking whether somebody stands better than ever, which money_best does. */
void money_restake(struct risk *risk, struct row *row, int64_t mark_e4);

static inline void money_best(struct money *money)
{
	if (money->sums[STAKE_PNL] > money->peak_e4)
		money->peak_e4 = money->sums[STAKE_PNL];
}

/* money_cash brings a row's cash up to date after its totals changed, before money_row. */
void money_cash(struct risk *risk, struct row *row);

/* money_execute counts the value of fills in the base currency, or takes it back where it is negative. */
void money_execute(struct risk *risk, uint32_t account, int128_t value_e4);

/* money_is_plain tells whether the order exceeds nothing that money_measure measures, by numbers that are near and in the base
   currency; then it filled the same of the verdict.  verdict as for money_measure, of an order that has a row (plain.h). */
bool money_is_plain(const struct measure_inputs *in, struct verdict *verdict);

/* money_measure fills the seven lanes of an order that would add to its row, and CONCENTRATION, and what its commit takes;
   money_name says of one that breached how much is used of whose limit. */
void money_measure(const struct measure_inputs *in, int64_t *m, struct verdict *verdict);
void money_name(struct verdict *verdict, const struct measure_inputs *in);

#endif
