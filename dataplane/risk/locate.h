/* locate.h - shares located for short sales, of an account in a symbol.

   A sale marked short (or short exempt) of a symbol that is not easy to borrow needs shares that somebody has located
   (Reg SHO, Rule 203(b)(1)).  Located shares are a limit of the account and symbol; short sales use them as they
   begin to work, what is cancelled gives its own back, and what is executed has used them up, also where it is
   bought back later or broken (CONTROLS, 22).  A replacement uses what it needs beyond its original, whichever the
   venue takes.  What was executed counts for the day: shares are located for one.  A symbol that is easy to borrow is so by a list: the limits file says so, for it or for everybody.

     used = working + executed                     breached by a sale that needs more: used + more > locates

   Owner      the gate stage.
   Units      shares.
   Invariant  (1) working is the sum of what the fold's orders hold. */
#ifndef SLUICE_RISK_LOCATE_H
#define SLUICE_RISK_LOCATE_H

#include "config/config.h"
#include "dataplane/risk/gauge.h"

/* cold: short sales only */
struct located {
	int64_t working, executed;
	/* shown only */
	struct gauge gauge;
};

struct risk;
struct row;
struct profile;
struct measure_inputs;
struct verdict;
struct usage_row;

/* locate_move moves what short sales of a row use: by so many shares that work, and that were executed. */
void locate_move(struct risk *risk, const struct row *row, int64_t working, int64_t executed);

/* locate_excess measures how many shares too many an order would use: above 0 is a breach; locate_name says of whose. */
int64_t locate_excess(const struct measure_inputs *in);
void locate_name(struct verdict *verdict, const struct measure_inputs *in);

/* locate_day begins a day for a row: nothing is executed, and what still works uses what it did. */
void locate_day(struct risk *risk, const struct row *row);

/* locate_adopt gives a row's gauge its limit of the epoch in force; locate_row shows it by a profile of that epoch; false:
   there is nothing to show. */
void locate_adopt(struct risk *risk, const struct row *row);
bool locate_row(const struct risk *risk, const struct row *row, const struct profile *profile,
	struct usage_row *shown);

#endif
