/* limits.h - one epoch of limits, and what of it covers one account and symbol.

   An epoch is the rows of one limits file.  An order is covered by up to five of them: firm, account, strategy,
   symbol, symbol within account.  What they state together is its profile (profiles.h).  Row by row, as the epoch comes
   in, a part is made of what the row states, in the order in which parts collapse.

   Money may be stated in any currency that the site names.  Rows keep it as stated; parts hold what it comes to in the base
   currency, which everything is measured in, rounded down: a limit never grows by being converted.  Another rate makes the
   parts of its currency again (limits_convert).  Where nobody stated a rate yet a part is INT64_MIN; one too old refuses like
   that of a currency that sums hold (rates.h).

   Owner      the gate stage.
   Units      as limits.def; limits of token lanes in the bucket's own units; money of rows in their currency, of parts in the
              base.
   Invariant  (1) a limit that no row states is INT64_MIN: everything measured breaches it;
              (2) no limit is INT64_MAX, so a missing measure breaches every limit;
              (3) parts, of limits that are collected or may return too, are at the rates in force. */
#ifndef SLUICE_RISK_LIMITS_H
#define SLUICE_RISK_LIMITS_H

#include "config/base.h"
#include "config/limitset.h"

struct rates;
struct site_config;

enum {
	PAIR_SLOT_COUNT = 2 * LIMIT_ROW_COUNT_MAX,
	PART_WIDTH = (LIMIT_COUNT + 7) / 8 * 8,
};

/* Limits whose window binds with their value, and not only beside it. */
enum windowed { WINDOWED_WALK, WINDOWED_SLICING, WINDOWED_DUPLICATES, WINDOWED_COUNT };
extern const uint8_t windowed_limits[WINDOWED_COUNT]; /* enum limit of each */

/* What one row states; what it does not state is INT64_MAX here, which collapses into anything. */
struct limit_part {
	_Alignas(CACHE_LINE_BYTES) int64_t values[PART_WIDTH]; /* by enum limit */
	uint64_t windows_ns[WINDOWED_COUNT];
	uint64_t order_window_ns;          /* of order_rate */
	int64_t order_burst;               /* of order_rate; INT64_MAX: none */
	int64_t order_tokens, exit_tokens; /* of order_rate and exit_rate, in a bucket's units;
	                                      INT64_MIN: none */
	uint64_t stated;
};

/* Indexes hold a row's number + 1; 0: no row. */
struct limits {
	uint32_t epoch;
	uint32_t row_count;
	uint16_t firm;
	uint16_t sessions[SESSION_COUNT_MAX];
	uint16_t accounts[ACCOUNT_COUNT_MAX];
	uint16_t strategies[STRATEGY_COUNT_MAX];
	uint16_t sectors[SECTOR_COUNT_MAX];
	uint16_t symbols[SYMBOL_COUNT_MAX];
	struct pair_slot {
		uint32_t key; /* account << 16 | symbol */
		uint32_t row;
	} pairs[PAIR_SLOT_COUNT];
	uint64_t duplicate_window_ns; /* the longest that any row states */
	const struct rates *rates;    /* NULL: the base currency alone */
	uint32_t currencies;          /* a bit per other currency that a row states money in */
	uint32_t foreign_count;
	uint16_t foreign[LIMIT_ROW_COUNT_MAX]; /* indexes of those rows */
	uint32_t pair_count;
	struct limit_row rows[LIMIT_ROW_COUNT_MAX];
	struct limit_part parts[LIMIT_ROW_COUNT_MAX + 1]; /* by index; 0: nothing */
};

/* Which rows cover an order. */
struct coverage {
	uint16_t firm, account, strategy, symbol, pair;
};

/* limits_take takes the memory of an epoch, all zero; of it what a site's limits file may state is present, now or behind the boot.
   limits_return gives it back. */
enum limits_presence { LIMITS_NOW, LIMITS_LATER };
struct limits *limits_take(
	const char *what, const struct site_config *site, enum limits_presence presence);
void limits_return(struct limits *limits);

/* limits_clear empties an epoch. */
void limits_clear(struct limits *limits);

/* limits_add takes a row whose account, session and symbol the caller knows.  false: nothing is taken,
   because the table is full, the scope has a row already, or a limit may not be stated so: at that
   scope, negative, or beyond the bounds of limits.h. */
bool limits_add(struct limits *limits, const struct limit_row *row);

/* limits_stated gives what the row of a place states, whose account, session and symbol the caller knows; NULL: nothing. */
const struct limit_value *limits_stated(
	const struct limits *limits, const struct limit_place *place);

/* limits_put states another value where one is stated (limits_stated).  false: it may not be stated so; nothing is changed. */
bool limits_put(
	struct limits *limits, const struct limit_place *place, const struct limit_value *value);

/* limits_convert makes the parts of rows again whose money is in another currency, after a rate changed. */
void limits_convert(struct limits *limits, uint32_t currency);

/* limits_may_be tells whether a value may be stated at a place. */
bool limits_may_be(const struct limit_place *place, const struct limit_value *value);

/* limits_row returns a row by an index's value; NULL for 0. */
static inline const struct limit_row *limits_row(const struct limits *limits, uint16_t index)
{
	return index == 0 ? NULL : &limits->rows[index - 1];
}

/* limits_coverage finds the rows that cover an account (0: none) and symbol (SYMBOL_NONE: none), whatever the strategy. */
struct coverage limits_coverage(const struct limits *limits, uint16_t account, uint32_t symbol);

/* limits_tightest gives into `tightest` what binds by the statements of a limit, no floor, among the rows of a coverage whose scopes
   are in the mask (bits 1 << enum scope), as stated, component by component: the smallest value, the longest window, the smallest
   burst.  So whatever one of them alone would refuse is refused.  Owner is whose value it is.  Returns it; NULL, and
   SCOPE_COUNT, if there is none.  limits_in_force gives what the value comes to; INT64_MIN: nothing is stated, or in a currency
   without a rate. */
const struct limit_value *limits_tightest(const struct limits *limits,
	const struct coverage *coverage, enum limit limit, unsigned scopes,
	struct limit_value *tightest, uint8_t *owner);
int64_t limits_in_force(const struct limits *limits, const struct coverage *coverage,
	enum limit limit, unsigned scopes);

/* limits_burst_owner tells whose the burst is that binds; of equal ones the widest scope's.  SCOPE_COUNT: none is stated. */
uint8_t limits_burst_owner(const struct limits *limits, const struct coverage *coverage,
	enum limit limit, unsigned scopes);

/* limits_share names the share of the capital that bounds a kind of money beside its own limit; LIMIT_COUNT: none. */
enum limit limits_share(unsigned kind);

/* limits_is_share tells whether what binds a scope of such a kind is its share of the capital, not the kind's own limit; other
   kinds: false. */
bool limits_is_share(const struct limits *limits, const struct coverage *coverage, enum scope scope,
	unsigned kind, int64_t bound_e4);

/* limits_owner tells whose statement a lane of a profile was taken from; SCOPE_COUNT: no row owns it. */
uint8_t limits_owner(const struct limits *limits, const struct coverage *coverage, unsigned lane);

/* limits_are_metered tells whether a row states a limit of a meter; index as in coverage. */
bool limits_are_metered(const struct limits *limits, uint16_t index);

#endif
