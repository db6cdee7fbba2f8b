/* limits.h - one epoch of limits, and what of it covers one account and symbol.

   An epoch is the rows of one limits file.  An order is covered by up to five of them (firm, account, strategy,
   symbol, symbol within account) and a lane needs one number, so the rows collapse into a profile: for
   each lane the tightest limit.  An account has a profile for all symbols that no row names.  Where a row names
   the symbol, the pair or the strategy a profile is collapsed for the order at hand and kept while nobody needs its place.

   No profile is made when an epoch comes in force: its generation tells whether it is of that epoch, and who asks
   for one of another makes it anew.  What is long about it is done before, row by row as the epoch comes in: a part holds
   what one row states in the order in which parts collapse, so that a profile costs a few comparisons of whole
   vectors, and thousands of rows come in force in the time of one (tools/bench, loads).

   Owner      the gate stage.
   Units      as limits.def; limits of token lanes in the bucket's own units.
   Invariant  (1) a limit that no row states is INT64_MIN: everything measured breaches it;
              (2) no limit is INT64_MAX, so a missing measure breaches every limit. */
#ifndef SLUICE_RISK_LIMITS_H
#define SLUICE_RISK_LIMITS_H

#include "config/limitset.h"
#include "dataplane/risk/concentration.h"
#include "dataplane/risk/lanes.h"
#include "dataplane/risk/losses.h"
#include "dataplane/risk/money.h"
#include "dataplane/risk/reference.h"

enum {
	PAIR_SLOT_COUNT = 2 * LIMIT_ROW_COUNT_MAX,
	PROFILE_KEPT_COUNT = 64,
	PROFILE_COUNT = ACCOUNT_COUNT_MAX + PROFILE_KEPT_COUNT, /* accounts', then those kept */
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
	uint16_t symbols[SYMBOL_COUNT_MAX];
	struct pair_slot {
		uint32_t key; /* account << 16 | symbol */
		uint32_t row;
	} pairs[PAIR_SLOT_COUNT];
	uint64_t duplicate_window_ns; /* the longest that any row states */
	uint32_t pair_count;
	struct limit_row rows[LIMIT_ROW_COUNT_MAX];
	struct limit_part parts[LIMIT_ROW_COUNT_MAX + 1]; /* by index; 0: nothing */
};

/* Which rows cover an order. */
struct coverage {
	uint16_t firm, account, strategy, symbol, pair;
};

/* What a profile allows, in the order of limits.def; a buy or a sale asks for its own, and for what it lacks. */
enum allow {
	ALLOW_BUY,
	ALLOW_SELL,
	ALLOW_SHORT,
	ALLOW_EXEMPT,
	ALLOW_UNMARKED_SHORT,
	ALLOW_EASY_TO_BORROW,
	ALLOW_COUNT,
};

struct profile {
	_Alignas(CACHE_LINE_BYTES) int64_t limits[LANE_WIDTH];
	struct reference_ages ages;
	uint64_t walk_window_ns, duplicate_window_ns, slicing_window_ns;
	int32_t adv_bps, outstanding_bps, slippage_bps; /* -1: unstated */
	int32_t locates;                                /* shares; -1: unstated */
	int8_t allows[ALLOW_COUNT];                     /* 1: yes, 0: no, -1: unstated */
	struct money_limits money;
	struct concentration_limits shares;
	struct loss_limits losses;
	struct size_limits {
		int64_t qty, value_e4;
	} extended; /* outside of market hours; INT64_MAX: nothing stated */
	struct coverage coverage;
	uint16_t strategy;   /* whom it was made for, where it is kept: 0: any that has no row */
	uint32_t generation; /* of the epoch that it was made of */
	uint32_t key;        /* whom it was made for, where it is kept: account << 16 | symbol */
	/* operators and what is shown: limits of meters, INT64_MIN if unstated */
	int64_t metered[METER_COUNT];
};
_Static_assert(sizeof(struct profile) == 1024, "sixteen lines, the judge reads the first twelve");

/* Limits that the site's file states and no epoch changes. */
struct site_limits {
	int64_t control_silence_ns, journal_behind, clock_off_ns;
};

struct profiles {
	struct profile *profiles; /* PROFILE_COUNT */
	uint32_t generation;      /* of the epoch in force, from 1 */
	struct site_limits site;
};

/* limits_clear empties an epoch. */
void limits_clear(struct limits *limits);

/* limits_add takes a row whose account, session and symbol the caller knows.  false: nothing is taken,
   because the table is full, the scope has a row already, or a limit may not be stated so: at that
   scope, negative, or beyond the bounds of limits.h. */
bool limits_add(struct limits *limits, const struct limit_row *row);

/* limits_stated gives what the row of a place states, whose account, session and symbol the caller knows; NULL: nothing. */
const struct limit_value *limits_stated(
	const struct limits *limits, const struct limit_place *place);

/* limits_put states another value where one is stated.  false: none is, or it may not be stated so; nothing is changed. */
bool limits_put(
	struct limits *limits, const struct limit_place *place, const struct limit_value *value);

/* limits_may_be tells whether a value may be stated at a place. */
bool limits_may_be(const struct limit_place *place, const struct limit_value *value);

/* limits_row returns a row by an index's value; NULL for 0. */
static inline const struct limit_row *limits_row(const struct limits *limits, uint16_t index)
{
	return index == 0 ? NULL : &limits->rows[index - 1];
}

/* limits_coverage finds the rows that cover an account (0: none) and symbol (SYMBOL_NONE: none), whatever the strategy. */
struct coverage limits_coverage(const struct limits *limits, uint16_t account, uint32_t symbol);

/* limits_tightest returns the tightest statement of a limit among the rows of a coverage whose scopes
   are in the mask (bits 1 << enum scope) and its owner; NULL and SCOPE_COUNT if there is none. */
const struct limit_value *limits_tightest(const struct limits *limits,
	const struct coverage *coverage, enum limit limit, unsigned scopes, uint8_t *owner);

/* limits_share names the share of the capital that bounds a kind of money beside its own limit; LIMIT_COUNT: none. */
enum limit limits_share(unsigned kind);

/* limits_is_share tells whether what binds a scope of such a kind is its share of the capital, not the kind's own limit; other
   kinds: false. */
bool limits_is_share(const struct limits *limits, const struct coverage *coverage, enum scope scope,
	unsigned kind, int64_t bound_e4);

/* limits_of_lane names the limit that a lane is compared with; LIMIT_COUNT: no row of limits.def. */
enum limit limits_of_lane(unsigned lane);

/* limits_owner tells whose statement a lane of a profile was taken from; SCOPE_COUNT: no row owns it. */
uint8_t limits_owner(const struct limits *limits, const struct coverage *coverage, unsigned lane);

/* limits_are_metered tells whether a row states a limit of a meter; index as in coverage. */
bool limits_are_metered(const struct limits *limits, uint16_t index);

/* profile_fill collapses the rows of a coverage. */
void profile_fill(struct profile *profile, const struct limits *limits,
	const struct site_limits *site, const struct coverage *coverage);

void profiles_init(struct profiles *profiles);
void profiles_free(struct profiles *profiles);

/* profiles_clear forgets all profiles: another epoch is in force. */
void profiles_clear(struct profiles *profiles);

/* profiles_renew makes an account's profile of the epoch in force. */
const struct profile *profiles_renew(
	struct profiles *profiles, const struct limits *limits, uint16_t account);

/* profiles_of_account gives the profile of an account in every symbol that no row names; 0: of nobody's. */
static inline const struct profile *profiles_of_account(
	struct profiles *profiles, const struct limits *limits, uint16_t account)
{
	const struct profile *profile = &profiles->profiles[account];
	if (LIKELY(profile->generation == profiles->generation))
		return profile;
	return profiles_renew(profiles, limits, account);
}

/* profiles_of_named gives the one of an account in a symbol where a row may name the symbol or the pair. */
const struct profile *profiles_of_named(
	struct profiles *profiles, const struct limits *limits, uint32_t key);

/* profiles_of_pair gives the one of an account in a symbol, by row_key, which is the account's where no row names the
   symbol or the pair; it stays until the next is asked for.  An order asks three times, so the common answer is near. */
static inline const struct profile *profiles_of_pair(
	struct profiles *profiles, const struct limits *limits, uint32_t key)
{
	if ((limits->symbols[key & 0xFFFF] | limits->pair_count) != 0)
		return profiles_of_named(profiles, limits, key);
	return profiles_of_account(profiles, limits, (uint16_t)(key >> 16));
}

/* profiles_of_strategy gives the one of a strategy, which is the account's or the pair's where no row names it; it stays
   likewise. */
const struct profile *profiles_of_strategy(
	struct profiles *profiles, const struct limits *limits, uint32_t key, uint16_t strategy);

#endif
