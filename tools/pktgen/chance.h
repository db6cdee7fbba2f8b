/* chance.h - the generator's dice: one seed, the same market on every machine.

   Owner      one generator; nothing here is fit for keys. */
#ifndef SLUICE_PKTGEN_CHANCE_H
#define SLUICE_PKTGEN_CHANCE_H

#include "config/base.h"

struct chance {
	uint64_t state;
};

/* chance_next gives 64 bits (SplitMix64's step and finish). */
static inline uint64_t chance_next(struct chance *chance)
{
	uint64_t z = chance->state += 0x9E3779B97F4A7C15ull;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return z ^ z >> 31;
}

/* chance_below gives 0 .. below - 1; below is above 0. */
static inline uint32_t chance_below(struct chance *chance, uint32_t below)
{
	return (uint32_t)((chance_next(chance) >> 32) * below >> 32);
}

/* chance_of is true in parts of 10,000. */
static inline bool chance_of(struct chance *chance, uint32_t parts_e4)
{
	return chance_below(chance, 10000) < parts_e4;
}

/* Which of many rows, by weight, in constant time. */
struct chance_table {
	uint32_t *other; /* the row that shares this row's place */
	uint32_t *keep;  /* of 2^32: how often the row itself    */
	uint32_t count;
};

/* chance_table_open prepares a draw over count weights; false: no memory. */
bool chance_table_open(struct chance_table *table, const double *weights, uint32_t count);
void chance_table_close(struct chance_table *table);
uint32_t chance_table_draw(const struct chance_table *table, struct chance *chance);

#endif
