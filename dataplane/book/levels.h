/* levels.h - the price levels of every symbol and side, and which of them is best.

   Seven neighbouring ticks make a leaf: one cache line of seven levels and a key that says whose they
   are.  All leaves of the market live in one hash, so the level of an order to be added is found from its
   symbol, side and price alone, with no pointer to follow; an order keeps the number of its level, which
   never changes.  Which leaves a side has is kept in shelves, bit maps of 384 leaves, in a list from the
   best price down: a side with far quotes has several, most have one.

   A tick is a cent where the price is a whole number of cents; all other prices live on a second grid of
   1/10,000, so that stub quotes and prices below a cent are as exact as the rest.

   Both sides count ticks so that a better price is a higher tick; `rank` does the same for prices.

   Owner      the book.
   Units      prices in 1 .. LEVEL_PRICE_MAX_E4; a level is qty << 20 | order count.
   Invariant  (1) a level is 0 if and only if no order is in it, and then its bit in the leaf's mask is 0;
              (2) a leaf is free if and only if its mask is 0;
              (3) a leaf in use has its bit in a shelf of its side, a shelf in use has a bit;
              (4) shelves of a side and grid are listed in falling order of their number;
              (5) a leaf's spill is the number of leaves at home there that live elsewhere;
              (6) best_level is the level of highest rank of the side, 0 if it has none.
   Errors     full: no leaf, no shelf, or a level's own bounds (LEVEL_ORDER_COUNT_MAX, LEVEL_QTY_MAX);
              levels_add returns 0 and nothing changed. */
#ifndef SLUICE_BOOK_LEVELS_H
#define SLUICE_BOOK_LEVELS_H

#include "config/types.h"

enum {
	LEAF_TICKS = 7,
	LEAF_WORDS = 8,
	LEAF_PROBE_COUNT_MAX = 512,
	SHELF_WORDS = 6,
	SHELF_LEAVES = 64 * SHELF_WORDS,
	SHELF_COUNT_MAX = 1 << 18,
	LEVEL_COUNT_BITS = 20,
	LEVEL_ORDER_COUNT_MAX = (1 << LEVEL_COUNT_BITS) - 1,
	GRID_CENT = 0,
	GRID_FINE = 1,
	GRID_COUNT = 2,
	GRID_CENT_E4 = 100,
};
#define LEVEL_QTY_MAX      ((1ull << (64 - LEVEL_COUNT_BITS)) - 1)
#define LEVEL_PRICE_MAX_E4 INT32_MAX

/* A leaf's first word: mask 7 bits, spill 10, side 17 (locate * 2 + enum side), grid 1, line 29. */
enum { LEAF_MASK = 0x7F, LEAF_SPILL_SHIFT = 7, LEAF_SPILL_MAX = 1023, LEAF_NAME_SHIFT = 17 };

struct shelf {
	_Alignas(CACHE_LINE_BYTES) uint64_t bits[SHELF_WORDS];
	uint32_t number;        /* of the leaf's line / SHELF_LEAVES    */
	uint32_t worse, better; /* neighbours in the list; 0: none      */
	uint32_t leaf_count;    /* bits that are set                    */
};
_Static_assert(sizeof(struct shelf) == CACHE_LINE_BYTES, "one line");

/* hot: every message */
struct level_side {
	uint32_t best_rank;           /* 0: empty */
	uint32_t best_level;          /* 0: empty */
	uint32_t shelves[GRID_COUNT]; /* the best shelf; 0: none */
};

struct levels {
	uint64_t *words;          /* leaves of LEAF_WORDS words                    */
	struct level_side *sides; /* locate * 2 + enum side                        */
	struct shelf *shelves;    /* [0] is nobody's                               */
	uint32_t shift;           /* 64 - log2 of the number of leaves             */
	uint32_t leaf_mask;       /* number of leaves - 1                          */
	uint32_t leaf_count, leaf_count_max;
	uint32_t shelf_used, shelf_free, shelf_count_max; /* free: list by `worse` */
	uint32_t level_count;
};

/* A level's place: whose leaf, which of its ticks. */
struct level_place {
	uint64_t name; /* line << 18 | grid << 17 | side */
	uint32_t word; /* 1 .. LEAF_TICKS                */
	uint32_t rank;
};

/* levels_init takes memory for the levels of order_count orders; levels_return gives it back. */
void levels_init(struct levels *levels, uint32_t order_count);
void levels_return(struct levels *levels);
void levels_clear(struct levels *levels);

/* levels_rank makes a price comparable: the higher the better, whichever the side. */
static inline uint32_t levels_rank(uint32_t side, uint32_t price_e4)
{
	return (side & 1) == SIDE_BUY ? price_e4 : 0x80000000u - price_e4;
}

/* levels_place tells where the level of a price is; price in 1 .. LEVEL_PRICE_MAX_E4. */
static inline struct level_place levels_place(uint32_t side, uint32_t price_e4)
{
	struct level_place place;
	uint32_t cents = price_e4 / GRID_CENT_E4;
	uint32_t grid = cents * GRID_CENT_E4 == price_e4 ? GRID_CENT : GRID_FINE;
	uint32_t ticks = (side & 1) == SIDE_BUY ? cents : LEVEL_PRICE_MAX_E4 / GRID_CENT_E4 - cents;
	place.rank = levels_rank(side, price_e4);
	if (grid == GRID_FINE)
		ticks = place.rank;
	uint32_t line = ticks / LEAF_TICKS;
	place.word = 1 + ticks - line * LEAF_TICKS;
	place.name = (uint64_t)line << 18 | grid << 17 | side;
	return place;
}

/* levels_home gives the first word of the leaf in which a name is looked for first. */
static inline uint64_t *levels_home(const struct levels *levels, uint64_t name)
{
	return &levels->words[((name * 0x9E3779B97F4A7C15ull) >> levels->shift) * LEAF_WORDS];
}

/* levels_search looks everywhere a leaf may be but its first place; NULL: it is not there. */
uint64_t *levels_search(const struct levels *levels, uint64_t name);

static inline uint64_t *levels_find(const struct levels *levels, uint64_t name)
{
	uint64_t *leaf = levels_home(levels, name);
	if (LIKELY((leaf[0] >> LEAF_NAME_SHIFT == name) & ((leaf[0] & LEAF_MASK) != 0)))
		return leaf;
	return levels_search(levels, name);
}

/* levels_key_of gives the key of a level's leaf; level_side_of whose it is: locate * 2 + enum side. */
static inline uint64_t levels_key_of(const struct levels *levels, uint32_t level)
{
	return levels->words[level & ~(LEAF_WORDS - 1u)];
}

static inline uint32_t levels_side_of(const struct levels *levels, uint32_t level)
{
	return (levels_key_of(levels, level) >> LEAF_NAME_SHIFT) & 0x1FFFF;
}

static inline uint64_t levels_qty(const struct levels *levels, uint32_t level)
{
	return levels->words[level] >> LEVEL_COUNT_BITS;
}

static inline uint32_t levels_order_count(const struct levels *levels, uint32_t level)
{
	return levels->words[level] & LEVEL_ORDER_COUNT_MAX;
}

/* levels_price_e4 reads a level's price from its place. */
uint32_t levels_price_e4(const struct levels *levels, uint32_t level);

/* levels_open takes a leaf for a name that has none; NULL: full. */
uint64_t *levels_open(struct levels *levels, uint64_t name);

/* levels_close gives up a leaf whose mask is 0. */
void levels_close(struct levels *levels, uint64_t *leaf);

/* levels_rest finds a side's best level anew. */
void levels_rest(struct levels *levels, uint32_t side);

/* levels_add puts one order of qty shares into the level at place.  Returns the level; 0: full.
   Whether the level is new and whether it is the best cannot be foreseen, so neither is a branch. */
static inline uint32_t levels_add(
	struct levels *levels, const struct level_place *place, uint32_t qty)
{
	struct level_side *side = &levels->sides[place->name & 0x1FFFF];
	uint64_t *leaf = levels_find(levels, place->name);
	uint64_t after;
	if (leaf == NULL && (leaf = levels_open(levels, place->name)) == NULL)
		return 0;
	uint64_t before = leaf[place->word];
	if (UNLIKELY((before & LEVEL_ORDER_COUNT_MAX) == LEVEL_ORDER_COUNT_MAX ||
		     __builtin_add_overflow(
			     before, ((uint64_t)qty << LEVEL_COUNT_BITS) + 1, &after)))
		return 0; /* never of a leaf just opened */
	leaf[place->word] = after;
	leaf[0] |= 1u << (place->word - 1);
	levels->level_count += before == 0;
	uint32_t level = (uint32_t)(leaf - levels->words) + place->word;
	bool is_better = place->rank > side->best_rank;
	side->best_rank = is_better ? place->rank : side->best_rank;
	side->best_level = is_better ? level : side->best_level;
	return level;
}

/* levels_take removes qty shares from a level of a side, and the order if it is gone.  If that empties
   the best level, the next is the highest left in its leaf, unless the leaf is empty or the side has
   prices on both grids. */
static inline void levels_take(
	struct levels *levels, uint32_t number, uint32_t level, uint32_t qty, bool is_gone)
{
	struct level_side *side = &levels->sides[number];
	uint64_t *leaf = &levels->words[level & ~(LEAF_WORDS - 1u)];
	uint64_t after = levels->words[level] - (((uint64_t)qty << LEVEL_COUNT_BITS) + is_gone);
	bool is_empty = after == 0;
	bool is_lost = is_empty & (side->best_level == level);
	levels->words[level] = after;
	levels->level_count -= is_empty;
	leaf[0] &= ~((uint64_t)is_empty << (level % LEAF_WORDS - 1));
	uint32_t mask = leaf[0] & LEAF_MASK;
	if (UNLIKELY(mask == 0))
		levels_close(levels, leaf);
	uint32_t grid = leaf[0] >> (LEAF_NAME_SHIFT + 17) & 1;
	if (UNLIKELY(is_lost & ((mask == 0) | (side->shelves[grid ^ 1] != 0)))) {
		levels_rest(levels, number);
		return;
	}
	uint32_t next = (level & ~(LEAF_WORDS - 1u)) + 32 - (uint32_t)__builtin_clz(mask | 1);
	uint32_t apart = (level - next) * (grid == GRID_CENT ? GRID_CENT_E4 : 1u);
	uint32_t all_if_lost = 0u - is_lost;
	side->best_level ^= (side->best_level ^ next) & all_if_lost;
	side->best_rank -= apart & all_if_lost;
}

/* levels_below finds the best level of a side whose rank is below rank; 0: none. */
uint32_t levels_below(const struct levels *levels, uint32_t side, uint32_t rank);

#endif
