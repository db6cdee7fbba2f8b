#include "dataplane/risk/profiles.h"

#include "drivers/machine/memory.h"

void profiles_init(struct profiles *profiles)
{
	profiles->profiles =
		memory_take("limit profiles", sizeof *profiles->profiles * PROFILE_COUNT);
	profiles->generation = 1;
}

void profiles_free(struct profiles *profiles)
{
	memory_return(profiles->profiles, sizeof *profiles->profiles * PROFILE_COUNT);
}

void profiles_clear(struct profiles *profiles)
{
	profiles->generation++;
}

static const struct profile *profile_keep(struct profiles *profiles, const struct limits *limits,
	struct profile *profile, const struct coverage *coverage)
{
	profile_fill(profile, limits, &profiles->site, coverage);
	profile->generation = profiles->generation;
	return profile;
}

APART const struct profile *profiles_renew(
	struct profiles *profiles, const struct limits *limits, uint16_t account)
{
	struct coverage coverage = limits_coverage(limits, account, SYMBOL_NONE);
	return profile_keep(profiles, limits, &profiles->profiles[account], &coverage);
}

/* Neighbours in key have neighbouring places: the symbols of one account, or one symbol of many. */
static uint32_t kept_place(uint32_t key)
{
	return ACCOUNT_COUNT_MAX + ((key ^ key >> 16) & (PROFILE_KEPT_COUNT - 1));
}

const struct profile *profiles_of_named(
	struct profiles *profiles, const struct limits *limits, uint32_t key)
{
	struct profile *profile = &profiles->profiles[kept_place(key)];
	if (profile->generation == profiles->generation && profile->key == key &&
		profile->strategy == 0)
		return profile;
	struct coverage coverage = limits_coverage(limits, (uint16_t)(key >> 16), key & 0xFFFF);
	if ((coverage.symbol | coverage.pair) == 0)
		return profiles_of_account(profiles, limits, (uint16_t)(key >> 16));
	profile->key = key;
	profile->strategy = 0;
	return profile_keep(profiles, limits, profile, &coverage);
}

const struct profile *profiles_of_strategy(
	struct profiles *profiles, const struct limits *limits, uint32_t key, uint16_t strategy)
{
	if (LIKELY(limits->strategies[strategy] == 0))
		return profiles_of_pair(profiles, limits, key);
	/* Not where the pair's own is, which the commit of the order needs beside it. */
	struct profile *profile = &profiles->profiles[kept_place(key + 1 + strategy)];
	if (profile->generation == profiles->generation && profile->key == key &&
		profile->strategy == strategy)
		return profile;
	struct coverage coverage = limits_coverage(limits, (uint16_t)(key >> 16), key & 0xFFFF);
	coverage.strategy = limits->strategies[strategy];
	profile->key = key;
	profile->strategy = strategy;
	return profile_keep(profiles, limits, profile, &coverage);
}
