#include "dataplane/book/levels.h"

#include "drivers/machine/memory.h"

enum { LEAVES_MIN = 1024, LEAVES_FLOOR = 1 << 18 };

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
	/* A small book may have every order on a leaf of its own; in a large one orders share.  With half as many leaves
	   as now one of six on gen30m lives away from home, and a message costs 1.03 x; with a quarter 1.1 x. */
	uint64_t want = (uint64_t)order_count * 4;
	uint64_t limit = order_count > LEAVES_FLOOR ? order_count : LEAVES_FLOOR;
	uint32_t bits = 10;
	_Static_assert(LEAVES_MIN == 1 << 10, "the smallest table");
	if (want > limit)
		want = limit;
	while (1ull << bits < want && bits < LEAF_BITS_MAX)
		bits++;
	memset(levels, 0, sizeof *levels);
	levels->shift = 64 - bits;
	levels->leaf_mask = (1u << bits) - 1;
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
	levels->level_count = levels->shelf_used = levels->shelf_free = 0;
}

static uint64_t *leaf_behind(const struct levels *levels, const uint64_t *home, uint32_t steps)
{
	uint32_t index = (uint32_t)((size_t)(home - levels->words) / LEAF_WORDS);
	return &levels->words[(size_t)((index + steps) & levels->leaf_mask) * LEAF_WORDS];
}

static bool leaf_is_free(const uint64_t *leaf)
{
	return (leaf[0] & LEAF_MASK) == 0;
}

/* Each leaf that is at home where the search began is one fewer to look for. */
uint64_t *levels_find(const struct levels *levels, uint64_t name)
{
	uint64_t *home = levels_home(levels, name);
	uint64_t spill = (home[0] & LEAF_SPILL_MASK) >> LEAF_SPILL_SHIFT;
	if (!leaf_is_free(home) && home[0] >> LEAF_NAME_SHIFT == name)
		return home;
	for (uint32_t i = 1; spill > 0 && i <= LEAF_PROBE_COUNT_MAX; i++) {
		uint64_t *leaf = leaf_behind(levels, home, i);
		uint64_t found = leaf[0] >> LEAF_NAME_SHIFT;
		if (leaf_is_free(leaf))
			continue;
		if (found == name)
			return leaf;
		spill -= levels_home(levels, found) == home;
	}
	return NULL;
}

static uint32_t number_of(const uint64_t *leaf)
{
	return (uint32_t)(leaf[0] >> (LEAF_NAME_SHIFT + NAME_NUMBER_SHIFT));
}

uint32_t levels_price_e4(const struct levels *levels, uint32_t level)
{
	const uint64_t *leaf = &levels->words[level & ~(LEAF_WORDS - 1u)];
	uint32_t number = number_of(leaf), line = number & ((1u << NUMBER_GRID_SHIFT) - 1);
	uint32_t tick = line * LEAF_TICKS + level % LEAF_WORDS - 1;
	bool is_buy = (leaf[0] >> LEAF_NAME_SHIFT & 1) == SIDE_BUY;
	if (number >> NUMBER_GRID_SHIFT == GRID_FINE)
		return is_buy ? LEVEL_PRICE_MAX_E4 - tick : tick;
	return (is_buy ? CENT_TICK_MAX - tick : tick) * GRID_CENT_E4;
}

static uint32_t level_rank(const struct levels *levels, uint32_t side, uint32_t level)
{
	return level == 0 ? 0 : levels_rank(side, levels_price_e4(levels, level));
}

/* shelf_link gives the link of a list that leads to the shelf of a number, or where it belongs. */
static uint32_t *shelf_link(struct levels *levels, struct level_side *side, uint32_t number)
{
	uint32_t *link = &side->lists[number >> SHELF_GRID_SHIFT];
	while (*link != 0 && levels->shelves[*link].number < number)
		link = &levels->shelves[*link].worse;
	return link;
}

static bool link_leads_to(const struct levels *levels, const uint32_t *link, uint32_t number)
{
	return *link != 0 && levels->shelves[*link].number == number;
}

/* shelf_insert puts a new shelf where a link leads; false: full. */
static bool shelf_insert(struct levels *levels, uint32_t *link, uint32_t number, uint64_t bits)
{
	uint32_t at = levels->shelf_free;
	if (at != 0)
		levels->shelf_free = levels->shelves[at].worse;
	else if (levels->shelf_used < levels->shelf_count_max)
		at = ++levels->shelf_used;
	else
		return false;
	levels->shelves[at] = (struct shelf){bits, number, *link};
	*link = at;
	return true;
}

static void shelf_remove(struct levels *levels, uint32_t *link)
{
	uint32_t at = *link;
	*link = levels->shelves[at].worse;
	levels->shelves[at].worse = levels->shelf_free;
	levels->shelf_free = at;
}

/* side_tick notes whether a side has shelves of both grids. */
static void side_tick(struct level_side *side)
{
	uint32_t grid = side->near >> SHELF_GRID_SHIFT;
	side->tick_e4 = grid == GRID_CENT ? GRID_CENT_E4 : 1;
	if (side->lists[grid ^ 1] != 0)
		side->tick_e4 = 0;
}

/* side_turn makes another shelf the near one; false: the one that was near finds no room in the list. */
static bool side_turn(struct levels *levels, struct level_side *side, uint32_t number)
{
	uint32_t *link = shelf_link(levels, side, number);
	uint64_t bits = 0;
	if (link_leads_to(levels, link, number)) {
		bits = levels->shelves[*link].bits;
		shelf_remove(levels, link);
	}
	if (side->bits != 0 &&
		!shelf_insert(levels, shelf_link(levels, side, side->near), side->near, side->bits))
		return false;
	side->near = number;
	side->bits = bits;
	side_tick(side);
	return true;
}

/* side_list notes a leaf that is not near; false: no shelf left. */
static bool side_list(struct levels *levels, struct level_side *side, uint32_t number)
{
	uint32_t *link = shelf_link(levels, side, number / SHELF_LEAVES);
	uint64_t bit = 1ull << number % SHELF_LEAVES;
	if (link_leads_to(levels, link, number / SHELF_LEAVES)) {
		levels->shelves[*link].bits |= bit;
		return true;
	}
	if (!shelf_insert(levels, link, number / SHELF_LEAVES, bit))
		return false;
	side_tick(side);
	return true;
}

/* leaf_place finds a free leaf for a name; NULL: none that a search would reach. */
static uint64_t *leaf_place(const struct levels *levels, uint64_t *home)
{
	uint64_t *leaf = home;
	for (uint32_t steps = 0; !leaf_is_free(leaf); leaf = leaf_behind(levels, home, steps))
		if (++steps > LEAF_PROBE_COUNT_MAX ||
			(home[0] & LEAF_SPILL_MASK) == LEAF_SPILL_MASK)
			return NULL;
	return leaf;
}

uint64_t *levels_open(struct levels *levels, const struct level_place *place, uint32_t rank)
{
	struct level_side *side = &levels->sides[place->name & NAME_SIDE_MASK];
	uint32_t number = (uint32_t)(place->name >> NAME_NUMBER_SHIFT);
	uint64_t *home = levels_home(levels, place->name);
	uint64_t *leaf = levels_find(levels, place->name);
	bool is_new = leaf == NULL;
	if (is_new && (leaf = leaf_place(levels, home)) == NULL)
		return NULL;
	if (number / SHELF_LEAVES != side->near) {
		if (rank > side_best_rank(side)) {
			if (!side_turn(levels, side, number / SHELF_LEAVES))
				return NULL;
		} else if (is_new && !side_list(levels, side, number)) {
			return NULL;
		}
	}
	if (is_new && leaf != home) {
		home[0] += 1u << LEAF_SPILL_SHIFT;
		leaf[0] |= LEAF_AWAY;
	}
	return leaf;
}

static void leaf_close(struct levels *levels, uint64_t *leaf)
{
	uint64_t name = leaf[0] >> LEAF_NAME_SHIFT;
	uint32_t number = number_of(leaf);
	struct level_side *side = &levels->sides[name & NAME_SIDE_MASK];
	if ((leaf[0] & LEAF_AWAY) != 0) {
		leaf[0] &= ~(uint64_t)LEAF_AWAY;
		levels_home(levels, name)[0] -= 1u << LEAF_SPILL_SHIFT;
	}
	if (number / SHELF_LEAVES == side->near)
		return;
	uint32_t *link = shelf_link(levels, side, number / SHELF_LEAVES);
	CHECK(link_leads_to(levels, link, number / SHELF_LEAVES)); /* levels (3) */
	levels->shelves[*link].bits &= ~(1ull << number % SHELF_LEAVES);
	if (levels->shelves[*link].bits == 0) {
		shelf_remove(levels, link);
		side_tick(side);
	}
}

/* shelf_find finds the first level of a shelf at or behind a leaf's word; 0: none. */
static uint32_t shelf_find(const struct levels *levels, const struct shelf *shelf, uint32_t side,
	uint32_t number, uint32_t word)
{
	uint64_t bits = shelf->bits;
	if (number / SHELF_LEAVES > shelf->number)
		return 0;
	if (number / SHELF_LEAVES == shelf->number)
		bits &= ~0ull << number % SHELF_LEAVES;
	for (; bits != 0; bits &= bits - 1) {
		uint32_t found = shelf->number * SHELF_LEAVES + (uint32_t)__builtin_ctzll(bits);
		const uint64_t *leaf =
			levels_find(levels, (uint64_t)found << NAME_NUMBER_SHIFT | side);
		CHECK(leaf != NULL); /* levels (3) */
		uint32_t mask = leaf[0] & LEAF_MASK;
		if (found == number)
			mask &= (uint32_t)LEAF_MASK << (word - 1);
		if (mask != 0)
			return (uint32_t)(leaf - levels->words) + (uint32_t)__builtin_ctz(mask);
	}
	return 0;
}

/* shelf_best finds the best level of a shelf that has one. */
static uint32_t shelf_best(const struct levels *levels, const struct shelf *shelf, uint32_t side)
{
	return shelf->bits == 0 ? 0 : shelf_find(levels, shelf, side, 0, 1);
}

/* side_rest finds a side's best level anew. */
static void side_rest(struct levels *levels, uint32_t number)
{
	struct level_side *side = &levels->sides[number];
	const uint32_t grid = side->near >> SHELF_GRID_SHIFT;
	const struct shelf near = {side->bits, side->near, 0};
	const struct shelf *first = &near, *other = &levels->shelves[side->lists[grid ^ 1]];
	if (near.bits == 0)
		first = &levels->shelves[side->lists[grid]];
	uint32_t level = shelf_best(levels, first, number);
	uint32_t rank = level_rank(levels, number, level);
	uint32_t rival = shelf_best(levels, other, number);
	uint32_t rival_rank = level_rank(levels, number, rival);
	if (rival_rank > rank) {
		first = other;
		level = rival;
		rank = rival_rank;
	}
	if (level != 0 && first != &near)
		CHECK(side_turn(levels, side, first->number)); /* it leaves its place in the list */
	side->best = (uint64_t)rank << 32 | level;
	side_tick(side);
}

bool levels_settle(struct levels *levels, uint32_t number, uint32_t level)
{
	uint64_t *leaf = &levels->words[level & ~(LEAF_WORDS - 1u)];
	bool is_lost = side_best_level(&levels->sides[number]) == level;
	if (leaf_is_free(leaf))
		leaf_close(levels, leaf);
	if (is_lost)
		side_rest(levels, number);
	return is_lost;
}

/* grid_find finds the best level of one grid at or behind tick; 0: none. */
static uint32_t grid_find(
	const struct levels *levels, uint32_t number, uint32_t grid, uint32_t tick)
{
	const struct level_side *side = &levels->sides[number];
	const struct shelf near = {side->bits, side->near, 0};
	uint32_t line = grid << NUMBER_GRID_SHIFT | tick / LEAF_TICKS;
	uint32_t word = tick % LEAF_TICKS + 1, level = 0, rival = 0;
	if (near.number >> SHELF_GRID_SHIFT == grid)
		rival = shelf_find(levels, &near, number, line, word);
	for (uint32_t at = side->lists[grid]; at != 0 && level == 0; at = levels->shelves[at].worse)
		level = shelf_find(levels, &levels->shelves[at], number, line, word);
	return level_rank(levels, number, rival) > level_rank(levels, number, level) ? rival
										     : level;
}

uint32_t levels_below(const struct levels *levels, uint32_t side, uint32_t rank)
{
	uint32_t cent = 0, fine = 0;
	if (rank == 0)
		return 0;
	if (rank != UINT32_MAX && (side & 1) == SIDE_BUY) {
		cent = CENT_TICK_MAX - (rank - 1) / GRID_CENT_E4;
		fine = LEVEL_PRICE_MAX_E4 - (rank - 1);
	} else if (rank != UINT32_MAX) {
		cent = (0x80000000u - rank) / GRID_CENT_E4 + 1;
		fine = 0x80000000u - rank + 1;
	}
	uint32_t best = grid_find(levels, side, GRID_CENT, cent);
	uint32_t rival = grid_find(levels, side, GRID_FINE, fine);
	return level_rank(levels, side, rival) > level_rank(levels, side, best) ? rival : best;
}
