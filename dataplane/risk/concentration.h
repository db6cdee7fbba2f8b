/* concentration.h - how much of what is at stake is in one symbol, and in one sector.

   Whoever has all in one thing is not diversified, however small it is beside his limits (CONTROLS, 27).  The gross
   exposure of a symbol (its worst case at its mark, money.h), and of all symbols of its sector, is held against the whole
   gross exposure of its owner or, as long as that is less, the owner's capital: a first order is not 100 %.  A symbol that
   is in no sector is refused by name.

     base = max(gross, capital)           breached: gross of the symbol or sector x 10,000 > share x base

   Few orders need the products: the base is at least the capital, and what is within the share of the capital is within
   that of any base.  That part of the capital is worked out when the limits come.

   Owners are the account and the firm, and both bind: what the firm or a symbol states is of the firm's exposure, over all
   accounts together; what an account or a symbol within it states is of the account's.  Only the symbol and sector of an
   order are looked at, as they would be once it is in.

   What is shown of them is looked at likewise: up to `still` what is at stake is no new peak of a share and passes no mark,
   whatever the base.

   Owner      the gate stage.
   Units      money_e4; shares in basis points.
   Invariant  (1) an owner's sum of a sector is the sum of the gross stakes of its rows whose symbols are in it, a
                  symbol's that of its rows; each is at most its owner's gross exposure. */
#ifndef SLUICE_RISK_CONCENTRATION_H
#define SLUICE_RISK_CONCENTRATION_H

#include "dataplane/risk/gauge.h"
#include "dataplane/risk/money.h"

struct usage_row;

/* What a profile states. */
struct concentration_limits {
	int64_t capital_e4[MONEY_OWNER_COUNT]; /* INT64_MIN: nothing */
	int32_t symbol_bps[MONEY_OWNER_COUNT]; /* -1: nothing */
	int32_t sector_bps[MONEY_OWNER_COUNT];
	/* exposure below which no share is exceeded, whatever the whole: the capital's part.  Where nobody states one of the two, 1
	   or less: an order that opens has that at stake */
	int64_t symbol_from_e4[MONEY_OWNER_COUNT];
	int64_t sector_from_e4[MONEY_OWNER_COUNT];
};

/* What is at stake by account and sector, with what is looked at of its gauge beside it: every order moves the one and asks
   the other, and of the gauges, which are far, none.  The firm stands behind the accounts.  Bounds in the gauges, and the best
   of a symbol (tables.h) beside its gauges, cost an order and its release four more lines that were not in the nearest cache,
   and in bursts 1.07 times the time: the median of twelve runs in turn (tools/bench, "order:"). */
enum { SECTORS_OF_FIRM = ACCOUNT_COUNT_MAX, SECTOR_OWNER_COUNT };
struct sectors {
	struct sector {
		int64_t gross_e4;
		int64_t still_e4; /* shown only */
	} (*sums)[SECTOR_COUNT_MAX];
	struct gauge (*gauges)[SECTOR_COUNT_MAX];
};

void sectors_init(struct sectors *sectors);
void sectors_free(struct sectors *sectors);

/* concentration_move brings the sums of a row's symbol and sector up to date before its stake becomes another. */
void concentration_move(struct risk *risk, const struct row *row, const struct stake *old,
	const struct stake *next);

/* concentration_is_asked tells whether a share may be exceeded; mostly no owner has so much of a symbol or sector that it is
   asked.  concentration_measure tells whether a share is exceeded once an order is in that was judged so; INT64_MAX: the symbol has
   no sector.  concentration_name says of one that breached how much is used of whose limit. */
bool concentration_is_asked(const struct measure_inputs *in, const struct money_verdict *judged);
int64_t concentration_measure(const struct measure_inputs *in, const struct money_verdict *judged);
void concentration_name(struct verdict *verdict, const struct measure_inputs *in);

/* concentration_feed shows what the symbol and the sector of a row come to.  concentration_adopt gives the gauges of an
   owner's sectors (account 0: the firm), and concentration_adopt_row and _symbol those of shares of a symbol, their limit. */
void concentration_feed(struct risk *risk, struct row *row);
void concentration_adopt(
	struct risk *risk, uint32_t account, const struct concentration_limits *shares);
void concentration_adopt_row(
	struct risk *risk, struct row *row, const struct concentration_limits *shares);
void concentration_adopt_symbol(
	struct risk *risk, uint32_t symbol, const struct concentration_limits *shares);

/* Usage for people: the largest sector of an owner, and a symbol's share of its account and of the firm. */
struct usage_row concentration_sector(
	const struct risk *risk, uint32_t account, const struct concentration_limits *shares);
struct usage_row concentration_row(
	const struct risk *risk, const struct row *row, const struct concentration_limits *shares);
struct usage_row concentration_symbol(
	const struct risk *risk, uint32_t symbol, const struct concentration_limits *shares);

#endif
