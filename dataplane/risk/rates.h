/* rates.h - what is priced in another currency than the base, in sums that are in the base.

   A row's position, its cash and what works of it stay in the currency of its instrument and are exact there.  What of them
   stands in sums over rows is converted at the rate in force, each row by itself, rounded against us:

     long, short, open value, executed   up       profit and loss   down
     gross, margin, stress               of the greater of long and short as converted

   Another rate takes every row of its currency out of the sums and puts it in again, so sums are those of the rows and the
   rates in force, whatever the rates were before.  What was won or lost is in the currency that it was won in and moves
   with its rate; what is held was paid in that currency too, so of a position only its gain or loss does.

   A rate that is older than the site allows, or of a later time than now, does not do for an order that needs it:
   one in its currency, that of what its venue takes, any other as long as something is held, works or was traded today in
   it, for the account's or the firm's sums hold it, and every one that a limit in force is stated in (limits.h).  All lanes of money measure as missing then, and GROSS_EXPOSURE, the first, is the reason.  A way
   out goes on at the last rate there was; where there was none its value or its fee is not known and MAX_ORDER_VALUE refuses it.

   What a venue takes in a currency of its own (config/fees.h) is paid when it is taken: at the rates of that moment it is money
   of the symbol's currency, and stays that, whatever the rates are later.

   Owner      the gate stage.
   Time       the turn's wall clock; CLOCK_IN_DOUBT refuses where that is not to be believed.
   Units      rate_e8, money_e4.
   Invariant  (1) of a row in another currency, abroad holds what of it stands in open values and credit. */
#ifndef SLUICE_RISK_RATES_H
#define SLUICE_RISK_RATES_H

#include "config/config.h"
#include "dataplane/risk/wide.h"

struct risk;
struct row;

struct rate {
	int64_t rate_e8; /* 0: nobody stated one      */
	uint64_t from_wall_ns,
		until_wall_ns; /* when it may be used: never where nobody stated one */
	uint64_t max_age_ns;
};

enum { RATES_VENUE_COUNT = 32 /* as bits of venue masks */ };

struct rates {
	/* every order of a site with several currencies; of one, count alone */
	uint32_t count;
	uint32_t used;                        /* a bit per other currency that sums hold */
	uint32_t stated;                      /* and per one that limits in force are stated in */
	uint64_t from_wall_ns, until_wall_ns; /* when all of these may be used */
	struct rate rows[CURRENCY_COUNT_MAX]; /* the first: the base currency's */
	uint8_t of_venues[RATES_VENUE_COUNT]; /* whose fees are in another: which; 0: are not */
};

/* What of a row stands in sums; all zero for the base currency. */
struct abroad {
	int64_t open_e4[2]; /* by enum side */
	int128_t executed_e4;
	int128_t
		before_e4; /* executions of days before among what was traded today, in its currency */
};

/* rates_init takes the rates of the site. */
void rates_init(struct rates *rates, const struct site_config *site);

static inline bool rate_is_old(const struct rate *rate, uint64_t wall_ns)
{
	return (wall_ns < rate->from_wall_ns) | (wall_ns > rate->until_wall_ns);
}

/* rates_are_old tells whether a rate that an order of a currency needs may not be used. */
static inline bool rates_are_old(const struct rates *rates, uint32_t currency, uint64_t wall_ns)
{
	return rate_is_old(&rates->rows[currency], wall_ns) | (wall_ns < rates->from_wall_ns) |
	       (wall_ns > rates->until_wall_ns);
}

/* rates_of_fees gives the rate of what a venue takes; the base currency's where that is in none of its own. */
static inline const struct rate *rates_of_fees(const struct rates *rates, uint8_t venue_index)
{
	return &rates->rows[rates->of_venues[venue_index % RATES_VENUE_COUNT]];
}

/* rates_are_stated tells whether it can be told what an order of a currency is worth, and what its venue takes. */
static inline bool rates_are_stated(
	const struct rates *rates, uint32_t currency, uint8_t venue_index)
{
	return (rates->rows[currency].rate_e8 != 0) &
	       (rates_of_fees(rates, venue_index)->rate_e8 != 0);
}

/* rates_put puts the rate of another currency than the base in force; what stands in sums is brought up to date by whoever
   asks (risk_rate).  false: there is no such currency or it is no rate, and nothing has changed. */
bool rates_put(struct rates *rates, uint32_t currency, int64_t rate_e8, uint64_t as_of_wall_ns);

/* rates_state says which other currencies, a bit each, limits in force are stated in. */
void rates_state(struct rates *rates, uint32_t currencies);

/* rates_row brings what of a row in another currency stands in open values up to date, and says that its currency is in use.
   Returns how much more of it was executed since it was asked last, for credit (money_execute). */
int128_t rates_row(struct risk *risk, const struct row *row);

/* rates_day forgets what sums held; the rows of the day that begins say it again. */
void rates_day(struct rates *rates);

/* rates_value gives what an order of a currency is worth that goes to a venue; INT64_MAX: there is no rate of it, or of the
   venue's fees.  rates_open gives what add_value_e4 more of it would add to open values where open_e4 of it works. */
int64_t rates_value(
	const struct rates *rates, uint32_t currency, uint8_t venue_index, int64_t value_e4);
int64_t rates_open(
	const struct rates *rates, uint32_t currency, int64_t open_e4, int64_t add_value_e4);

#endif
