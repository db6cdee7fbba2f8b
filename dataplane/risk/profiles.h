/* profiles.h - what an order is judged by: for each lane the tightest limit of the rows that cover it.

   An account has a profile for all symbols that no row names.  Where a row names the symbol, the pair or the strategy a
   profile is collapsed for the order at hand and kept while nobody needs its place.

   No profile is made when an epoch comes in force: its generation tells whether it is of that epoch, and who asks
   for one of another makes it anew.  What is long about it is done before (limits.h), so that a profile costs a few
   comparisons of whole vectors, and thousands of rows come in force in the time of one (tools/bench, loads).

   Owner      the gate stage.
   Units      as limits.def; limits of token lanes in the bucket's own units.
   Invariant  limits (1) and (2): what no row states is INT64_MIN, and nothing is INT64_MAX. */
#ifndef SLUICE_RISK_PROFILES_H
#define SLUICE_RISK_PROFILES_H

#include "dataplane/risk/concentration.h"
#include "dataplane/risk/lanes.h"
#include "dataplane/risk/limits.h"
#include "dataplane/risk/losses.h"
#include "dataplane/risk/meter.h"
#include "dataplane/risk/money.h"
#include "dataplane/risk/reference.h"

enum {
	PROFILE_KEPT_COUNT = 64,
	PROFILE_COUNT = ACCOUNT_COUNT_MAX + PROFILE_KEPT_COUNT, /* accounts', then those kept */
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

/* What is said against an order of a side and mark by what the profile states, or does not (plain.h). */
enum {
	PERMIT_NOT = 1,       /* it may not be, or a limit of what opens is not stated */
	PERMIT_NOT_SHORT = 2, /* it may not leave the account short */
	PERMIT_UNTESTED = 4,  /* it is held to the price test where there is one */
	PERMIT_LOCATED = 8,   /* what it needs located must be */
};

struct profile {
	_Alignas(CACHE_LINE_BYTES) int64_t limits[LANE_WIDTH];
	struct reference_ages ages;
	uint64_t walk_window_ns, duplicate_window_ns, slicing_window_ns;
	int32_t adv_bps, outstanding_bps, slippage_bps; /* -1: unstated */
	int32_t locates;                                /* shares; -1: unstated */
	int8_t allows[ALLOW_COUNT];                     /* 1: yes, 0: no, -1: unstated */
	uint8_t permits[4][4];                          /* PERMIT_*, by side and mark */
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
_Static_assert(sizeof(struct profile) == 1088 &&
		       offsetof(struct profile, extended) <= (size_t)13 * CACHE_LINE_BYTES,
	"seventeen lines, the judge reads the first thirteen");

/* Limits that the site's file states and no epoch changes. */
struct site_limits {
	int64_t control_silence_ns, journal_behind, clock_off_ns;
};

struct profiles {
	struct profile *profiles; /* PROFILE_COUNT */
	uint32_t generation;      /* of the epoch in force, from 1 */
	struct site_limits site;
};

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
