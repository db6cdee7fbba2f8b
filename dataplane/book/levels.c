#include "dataplane/book/levels.h"

#include "drivers/machine/memory.h"

enum {
	LEAVES_MIN = 1024,
	LEAVES_FLOOR = 1 << 18,
	CENT_TICK_MAX = LEVEL_PRICE_MAX_E4 / GRID_CENT_E4
};

static const size_t sides_bytes = 2 * SYMBOL_COUNT_MAX * sizeof(struct level_side);

static size_t leaves_bytes(const struct levels *levels)
{
	return ((size_t)levels->leaf_mask + 1) * LEAF_WORDS * sizeof *levels->words;
}

static size_t shelves_bytes(const struct levels *levels)
{
	return ((size_t)levels->shelf_count_max + 1) * sizeof *levels->shelves;
}

void levels_init(struct levels *levels, uint32_t order_count)
{
	/* A small book may have every order on a leaf of its own; in a large one orders share. */
	uint64_t want = (uint64_t)order_count * 4;
	uint64_t limit = order_count / 4 > LEAVES_FLOOR ? order_count / 4 : LEAVES_FLOOR;
	uint32_t bits = 10;
	_Static_assert(LEAVES_MIN == 1 << 10, "the smallest table");
	if (want > limit)
		want = limit;
	while (1ull << bits < want)
		bits++;
	memset(levels, 0, sizeof *levels);
	levels->shift = 64 - bits;
	levels->leaf_mask = (1u << bits) - 1;
	levels->leaf_count_max = (1u << bits) / 4 * 3;
	levels->shelf_count_max = order_count < SHELF_COUNT_MAX ? order_count : SHELF_COUNT_MAX;
	levels->words = memory_take("book levels", leaves_bytes(levels));
	levels->sides = memory_take("book sides", sides_bytes);
	levels->shelves = memory_take("book shelves", shelves_bytes(levels));
}

void levels_return(struct levels *levels)
{
	memory_return(levels->words, leaves_bytes(levels));
	memory_return(levels->sides, sides_bytes);
	memory_return(levels->shelves, shelves_bytes(levels));
}

void levels_clear(struct levels *levels)
{
	memset(levels->words, 0, leaves_bytes(levels));
	memset(levels->sides, 0, sides_bytes);
	memset(levels->shelves, 0, shelves_bytes(levels));
	levels->leaf_count = levels->level_count = 0;
	levels->shelf_used = levels->shelf_free = 0;
}

static uint64_t *leaf_behind(const struct levels *levels, const uint64_t *home, uint32_t steps)
{
	uint32_t index = (uint32_t)((size_t)(home - levels->words) / LEAF_WORDS);
	return &levels->words[(size_t)((index + steps) & levels->leaf_mask) * LEAF_WORDS];
}

static uint32_t leaf_spill(const uint64_t *leaf)
{
	return leaf[0] >> LEAF_SPILL_SHIFT & LEAF_SPILL_MAX;
}

/* Each leaf that is at home where the search began is one fewer to look for. */
uint64_t *levels_search(const struct levels *levels, uint64_t name)
{
	uint64_t *home = levels_home(levels, name);
	uint32_t spill = leaf_spill(home);
	for (uint32_t i = 1; spill > 0 && i <= LEAF_PROBE_COUNT_MAX; i++) {
		uint64_t *leaf = leaf_behind(levels, home, i);
		uint64_t found = leaf[0] >> LEAF_NAME_SHIFT;
		if ((leaf[0] & LEAF_MASK) == 0)
			continue;
		if (found == name)
			return leaf;
		spill -= levels_home(levels, found) == home;
	}
	return NULL;
}

uint32_t levels_price_e4(const struct levels *levels, uint32_t level)
{
	uint64_t name = levels_key_of(levels, level) >> LEAF_NAME_SHIFT;
	uint32_t ticks = (uint32_t)(name >> 18) * LEAF_TICKS + level % LEAF_WORDS - 1;
	uint32_t side = name & 1;
	if (name >> 17 & 1)
		return levels_rank(side, ticks); /* the rank of a rank is the price */
	return (side == SIDE_BUY ? ticks : CENT_TICK_MAX - ticks) * GRID_CENT_E4;
}

/* shelf_find walks a side's list.  Returns the shelf of that number, or 0, and then *better is the one
   behind which it belongs (0: first). */
static uint32_t shelf_find(
	const struct levels *levels, uint32_t first, uint32_t number, uint32_t *better)
{
	uint32_t at = first;
	*better = 0;
	while (at != 0 && levels->shelves[at].number > number) {
		*better = at;
		at = levels->shelves[at].worse;
	}
	return at != 0 && levels->shelves[at].number == number ? at : 0;
}

/* shelf_insert puts a new shelf into a side's list.  0: full. */
static uint32_t shelf_insert(
	struct levels *levels, uint32_t *first, uint32_t number, uint32_t better)
{
	uint32_t at = levels->shelf_free;
	if (at != 0)
		levels->shelf_free = levels->shelves[at].worse;
	else if (levels->shelf_used < levels->shelf_count_max)
		at = ++levels->shelf_used;
	else
		return 0;
	struct shelf *shelf = &levels->shelves[at];
	memset(shelf, 0, sizeof *shelf);
	shelf->number = number;
	shelf->better = better;
	shelf->worse = better == 0 ? *first : levels->shelves[better].worse;
	if (better == 0)
		*first = at;
	else
		levels->shelves[better].worse = at;
	if (shelf->worse != 0)
		levels->shelves[shelf->worse].better = at;
	return at;
}

static void shelf_remove(struct levels *levels, uint32_t *first, uint32_t at)
{
	struct shelf *shelf = &levels->shelves[at];
	if (shelf->better == 0)
		*first = shelf->worse;
	else
		levels->shelves[shelf->better].worse = shelf->worse;
	if (shelf->worse != 0)
		levels->shelves[shelf->worse].better = shelf->better;
	shelf->worse = levels->shelf_free;
	levels->shelf_free = at;
}

/* leaf_list notes a leaf in its side's shelves; false: no shelf left. */
static bool leaf_list(struct levels *levels, uint64_t name)
{
	uint32_t line = (uint32_t)(name >> 18);
	uint32_t *first = &levels->sides[name & 0x1FFFF].shelves[name >> 17 & 1];
	uint32_t better;
	uint32_t at = shelf_find(levels, *first, line / SHELF_LEAVES, &better);
	if (at == 0)
		at = shelf_insert(levels, first, line / SHELF_LEAVES, better);
	if (at == 0)
		return false;
	uint32_t bit = line % SHELF_LEAVES;
	levels->shelves[at].bits[bit / 64] |= 1ull << bit % 64;
	levels->shelves[at].leaf_count++;
	return true;
}

static void leaf_unlist(struct levels *levels, uint64_t name)
{
	uint32_t line = (uint32_t)(name >> 18);
	uint32_t *first = &levels->sides[name & 0x1FFFF].shelves[name >> 17 & 1];
	uint32_t better;
	uint32_t at = shelf_find(levels, *first, line / SHELF_LEAVES, &better);
	uint32_t bit = line % SHELF_LEAVES;
	CHECK(at != 0); /* levels (3) */
	levels->shelves[at].bits[bit / 64] &= ~(1ull << bit % 64);
	if (--levels->shelves[at].leaf_count == 0)
		shelf_remove(levels, first, at);
}

uint64_t *levels_open(struct levels *levels, uint64_t name)
{
	uint64_t *home = levels_home(levels, name);
	uint64_t *leaf = home;
	uint32_t steps = 0;
	if (levels->leaf_count >= levels->leaf_count_max)
		return NULL;
	while ((leaf[0] & LEAF_MASK) != 0) {
		if (++steps > LEAF_PROBE_COUNT_MAX || leaf_spill(home) == LEAF_SPILL_MAX)
			return NULL;
		leaf = leaf_behind(levels, home, steps);
	}
	if (!leaf_list(levels, name))
		return NULL;
	if (leaf != home)
		home[0] += 1u << LEAF_SPILL_SHIFT;
	leaf[0] = name << LEAF_NAME_SHIFT | (uint64_t)leaf_spill(leaf) << LEAF_SPILL_SHIFT;
	levels->leaf_count++;
	return leaf;
}

void levels_close(struct levels *levels, uint64_t *leaf)
{
	uint64_t name = leaf[0] >> LEAF_NAME_SHIFT;
	uint64_t *home = levels_home(levels, name);
	leaf_unlist(levels, name);
	if (leaf != home)
		home[0] -= 1u << LEAF_SPILL_SHIFT;
	levels->leaf_count--;
}

static uint32_t highest_bit(uint64_t bits)
{
	return 63 - (uint32_t)__builtin_clzll(bits);
}

void levels_rest(struct levels *levels, uint32_t number)
{
	struct level_side *side = &levels->sides[number];
	uint32_t level = levels_below(levels, number, UINT32_MAX);
	side->best_level = level;
	side->best_rank = level == 0 ? 0 : levels_rank(number, levels_price_e4(levels, level));
}

/* shelf_highest finds the highest set bit at or below bit; -1: none. */
static int32_t shelf_highest(const struct shelf *shelf, int32_t bit)
{
	if (bit < 0)
		return -1;
	int32_t word = bit / 64;
	uint64_t bits = shelf->bits[word] & (~0ull >> (63 - bit % 64));
	while (bits == 0 && word > 0)
		bits = shelf->bits[--word];
	return bits == 0 ? -1 : word * 64 + (int32_t)highest_bit(bits);
}

/* grid_best finds the best level of one grid at or below tick; 0: none. */
static uint32_t grid_best(const struct levels *levels, uint32_t side, uint32_t grid, uint32_t tick)
{
	uint32_t line = tick / LEAF_TICKS;
	uint32_t at = levels->sides[side].shelves[grid];
	for (; at != 0; at = levels->shelves[at].worse) {
		const struct shelf *shelf = &levels->shelves[at];
		if (shelf->number > line / SHELF_LEAVES)
			continue;
		int32_t bit = SHELF_LEAVES - 1;
		if (shelf->number == line / SHELF_LEAVES)
			bit = (int32_t)(line % SHELF_LEAVES);
		for (; (bit = shelf_highest(shelf, bit)) >= 0; bit--) {
			uint32_t found = shelf->number * SHELF_LEAVES + (uint32_t)bit;
			const uint64_t *leaf =
				levels_find(levels, (uint64_t)found << 18 | grid << 17 | side);
			CHECK(leaf != NULL); /* levels (3) */
			uint64_t mask = leaf[0] & LEAF_MASK;
			if (found == line)
				mask &= (2u << tick % LEAF_TICKS) - 1;
			if (mask != 0)
				return (uint32_t)(leaf - levels->words) + highest_bit(mask) + 1;
		}
	}
	return 0;
}

uint32_t levels_below(const struct levels *levels, uint32_t side, uint32_t rank)
{
	uint32_t best = 0, best_rank = 0;
	if (rank == 0)
		return 0;
	for (uint32_t grid = 0; grid < GRID_COUNT; grid++) {
		uint32_t tick = rank - 1;
		if (levels->sides[side].shelves[grid] == 0)
			continue;
		if (grid == GRID_CENT && rank == UINT32_MAX)
			tick = CENT_TICK_MAX;
		else if (grid == GRID_CENT && (side & 1) == SIDE_BUY)
			tick = (rank - 1) / GRID_CENT_E4;
		else if (grid ==
			 GRID_CENT) { /* the first whole cent above the price of that rank */
			uint32_t cents = (0x80000000u - rank) / GRID_CENT_E4 + 1;
			if (cents > CENT_TICK_MAX)
				continue;
			tick = CENT_TICK_MAX - cents;
		}
		uint32_t level = grid_best(levels, side, grid, tick);
		if (level == 0)
			continue;
		uint32_t level_rank = levels_rank(side, levels_price_e4(levels, level));
		if (level_rank > best_rank) {
			best_rank = level_rank;
			best = level;
		}
	}
	return best;
}
