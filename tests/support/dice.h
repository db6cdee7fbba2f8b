/* dice.h - chance by a seed, for tests that play many games: xorshift64.

   Owner      the test. */
#ifndef SLUICE_TESTS_SUPPORT_DICE_H
#define SLUICE_TESTS_SUPPORT_DICE_H

#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline struct dice dice_of(uint64_t seed)
{
	return (struct dice){(seed + 1) * 0x9E3779B97F4A7C15ull};
}

/* dice_any throws: 0 to below - 1. */
static inline uint32_t dice_any(struct dice *dice, uint32_t below)
{
	dice->state ^= dice->state << 13;
	dice->state ^= dice->state >> 7;
	dice->state ^= dice->state << 17;
	return (uint32_t)((dice->state >> 20) % below);
}

#endif
