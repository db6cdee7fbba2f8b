/* losses.h - what each strategy and each symbol won or lost today, and how far it fell from its best, where the limits file says
   how much it may: stop-losses.

   The account's and the firm's are money's (money.h) and always bind.  A strategy's is that of what it traded itself:
   each account-symbol row keeps of every strategy that was executed in it today a portion, its shares and cash, valued at
   the row's mark.  A symbol's is that of all accounts in it.  Both count from when the day began, at the marks of then, in
   the base currency, fees included; what was held before a journal began is no strategy's.  The best of the day is looked for
   whether or not a limit is stated, whenever a change is complete (a new rate changes many rows), and is at least nothing: a fall
   from it begins with the day.

     an order is refused LOSS, or  while the loss or the fall, at the reference it is judged by, is above what is stated
       DRAWDOWN
     a trip latches reduce-only    as soon as the gate's walk sees it (gate/trips.h), until a person releases it

   Where neither states one nothing is asked but that.

   Owner      the gate stage.
   Units      money_e4.
   Invariant  (1) a strategy's sum is exact: that of its portions; a portion that does not fit 64 bits is the largest
                  or smallest there is, as a stake (money (2));
              (2) a row has a bit of every strategy that traded in it today or holds any of it;
              (3) a best is at least 0 and at least the sum it is of. */
#ifndef SLUICE_RISK_LOSSES_H
#define SLUICE_RISK_LOSSES_H

#include "config/types.h"
#include "dataplane/risk/gauge.h"
#include "dataplane/risk/stake.h"

enum { ACCOUNT_STRATEGY_MAX = 8 };

struct account_entry;
struct measure_inputs;
struct risk;
struct row;
struct usage_row;
struct verdict;

/* What a strategy has of a row; at its place among its account's. */
struct portion {
	int128_t cash_e4; /* sold value - bought value - fees, in the instrument's currency */
	int64_t shares;
	int64_t pnl_e4; /* at the row's mark, in the base currency */
};
_Static_assert(sizeof(struct portion) == 32, "two of a line");

/* What of an owner has a limit: kinds of money (stake.h) from MONEY_LOSS, lanes from LOSS, limits from max_loss. */
enum { OWN_LOSS, OWN_DRAWDOWN, OWN_COUNT };

struct losses {
	struct strategy_loss {
		int128_t pnl_e4;  /* losses (1) */
		int128_t best_e4; /* losses (3) */
		/* shown only */
		struct gauge gauges[OWN_COUNT];
	} * strategies; /* STRATEGY_COUNT_MAX */
};

/* What a profile states; INT64_MAX: nothing. */
struct loss_limits {
	int64_t symbol_e4[OWN_COUNT], strategy_e4[OWN_COUNT];
	uint64_t is_stated; /* any of them is */
};

void losses_init(struct losses *losses);
void losses_free(struct losses *losses);

/* losses_place gives a strategy's place among its account's, ACCOUNT_STRATEGY_MAX if it is none of them. */
unsigned losses_place(const struct account_entry *account, uint16_t strategy);

/* losses_move brings the sums of a row's symbol and strategies up to date when its stake becomes another. */
void losses_move(struct risk *risk, const struct row *row, const struct stake *old,
	const struct stake *next);

/* losses_best remembers where a row's symbol and strategies stand if that is better than ever; once a change is complete. */
void losses_best(struct risk *risk, const struct row *row);

/* losses_exceed tells whether the order's symbol or strategy has lost more than it states, or fallen further, at what was
   judged; to be asked where one of them states it.  losses_name says whose it is, and how much. */
bool losses_exceed(
	const struct measure_inputs *in, const struct money_verdict *judged, unsigned own);
void losses_name(struct verdict *verdict, const struct measure_inputs *in, unsigned own);

/* losses_day takes over what a strategy holds of a row at its mark; the row's stake is brought up to date after it.
   losses_begin, when all rows are, begins the falls of the day. */
void losses_day(struct risk *risk, struct row *row);
void losses_begin(struct risk *risk);

/* losses_feed shows what the symbol and the strategies of a row have lost.  losses_adopt gives the gauges of strategies their
   limits, losses_adopt_symbol that of a symbol, and losses_adopt_row tells a row whether there is anything to show. */
void losses_feed(struct risk *risk, const struct row *row);
void losses_adopt(struct risk *risk);
void losses_adopt_symbol(struct risk *risk, uint32_t symbol);
void losses_adopt_row(struct risk *risk, struct row *row);

/* Usage for people; false: nothing is stated. */
bool losses_row_of_strategy(
	const struct risk *risk, uint32_t strategy, unsigned own, struct usage_row *shown);
bool losses_row_of_symbol(
	const struct risk *risk, uint32_t symbol, unsigned own, struct usage_row *shown);

#endif
