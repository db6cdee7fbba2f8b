#include "dataplane/risk/limits.h"

#include "drivers/machine/memory.h"

void profiles_init(struct profiles *profiles)
{
	profiles->profiles =
		memory_take("limit profiles", sizeof *profiles->profiles * PROFILE_COUNT_MAX);
	profiles->slots =
		memory_take("hash of profiles", sizeof *profiles->slots * PROFILE_SLOT_COUNT);
	profiles->count = 0;
}

void profiles_free(struct profiles *profiles)
{
	memory_return(profiles->profiles, sizeof *profiles->profiles * PROFILE_COUNT_MAX);
	memory_return(profiles->slots, sizeof *profiles->slots * PROFILE_SLOT_COUNT);
}

void profiles_clear(struct profiles *profiles)
{
	memset(profiles->slots, 0, sizeof *profiles->slots * PROFILE_SLOT_COUNT);
	profiles->count = 0;
}

static bool coverage_equal(const struct coverage *a, const struct coverage *b)
{
	return a->firm == b->firm && a->account == b->account && a->symbol == b->symbol &&
	       a->pair == b->pair;
}

/* The slot that holds a coverage or the free one where it belongs.  There are at most as many profiles
   as account-symbol rows and accounts, so a slot is always free. */
static uint32_t profile_slot(const struct profiles *profiles, const struct coverage *coverage)
{
	uint64_t key = (uint64_t)coverage->account << 32 | (uint64_t)coverage->symbol << 16 |
		       coverage->pair;
	uint32_t at =
		(uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 40) & (PROFILE_SLOT_COUNT - 1);
	while (profiles->slots[at] != 0 &&
		!coverage_equal(&profiles->profiles[profiles->slots[at] - 1].coverage, coverage))
		at = (at + 1) & (PROFILE_SLOT_COUNT - 1);
	return at;
}

uint32_t profiles_find(const struct profiles *profiles, const struct coverage *coverage)
{
	/* 0 for a free slot becomes UINT32_MAX. */
	return profiles->slots[profile_slot(profiles, coverage)] - 1;
}

uint32_t profiles_make(
	struct profiles *profiles, const struct limits *limits, const struct coverage *coverage)
{
	uint32_t at = profile_slot(profiles, coverage);
	if (profiles->slots[at] == 0) {
		CHECK(profiles->count < PROFILE_COUNT_MAX);
		profile_fill(
			&profiles->profiles[profiles->count], limits, &profiles->site, coverage);
		profiles->slots[at] = ++profiles->count;
	}
	return profiles->slots[at] - 1;
}
