/* levels.h - the price levels of every symbol and side, and which of them is best.

   Seven neighbouring ticks make a leaf: one cache line of seven levels and a key that says whose they
   are.  All leaves of the market live in one hash, so the level of an order to be added is found from its
   symbol, side and price alone, with no pointer to follow; an order keeps the number of its level, which
   never changes.  Which leaves a side has is kept in shelves, a bit for each of 64 neighbouring leaves.  The
   shelf of the best level is held in the side's own line, so that a leaf near the best comes and goes
   without another; the others hang in lists from the best price down.

   Tried and dropped: 8 or 64 neighbouring leaves side by side in the hash, so that what moves together is in few pages.
   They crowd each other out: 1.03 and 1.05 of gen30m.  Zones of 16 lines of both sides, each line in every other leaf of one
   page: 0.91 of gen30m where a page is 4 KiB whatever is asked for, as in some guests, and where it is not nothing; but the
   place of a level is found later, and a message by itself takes 5 ns more everywhere.

   A tick is a cent where the price is a whole number of cents; all other prices live on a second grid of
   1/10,000, so that stub quotes and prices below a cent are as exact as the rest.

   Both sides count ticks so that a better price is a lower tick; `rank` makes prices of both grids comparable,
   the higher the better.

   Owner      the book.
   Units      prices in 1 .. LEVEL_PRICE_MAX_E4; a level is qty << 20 | order count.
   Invariant  (1) a level is 0 if and only if no order is in it, and then its bit in the leaf's mask is 0;
              (2) a leaf is free if and only if its mask is 0;
              (3) a leaf in use has its bit in a shelf of its side, and no other leaf has;
              (4) a shelf in a list has a bit; the shelves of a grid are listed in rising order;
              (5) a leaf's spill is the number of leaves at home there that live elsewhere;
              (6) best is the level of highest rank of the side, and its shelf is near; 0 if it has none.
   Errors     full: no leaf or no shelf: levels_open returns NULL; a level's own bounds (LEVEL_ORDER_COUNT_MAX,
              LEVEL_QTY_MAX): levels_after returns 0; nothing changed. */
#ifndef SLUICE_BOOK_LEVELS_H
#define SLUICE_BOOK_LEVELS_H

#include "config/types.h"

enum {
	LEAF_TICKS = 7,
	LEAF_WORDS = 8,
	LEAF_PROBE_COUNT_MAX = 512,
	LEAF_BITS_MAX = 26, /* log2 of the most leaves */
	SHELF_BITS = 6,
	SHELF_LEAVES = 1 << SHELF_BITS,
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
#define CENT_TICK_MAX      (LEVEL_PRICE_MAX_E4 / GRID_CENT_E4)
/* 2^32 / LEAF_TICKS, rounded up by less than 1: its product with a tick below 2^32 / LEAF_TICKS has the right line above
   32 bits, where the compiler's own division must be right for all numbers and costs five instructions more. */
#define LEAF_RECIPROCAL    ((uint32_t)((1ull << 32) / LEAF_TICKS + 1))
_Static_assert(CENT_TICK_MAX < (1ull << 32) / LEAF_TICKS, "the line of every cent is exact");

/* A leaf's key: whether it lives away from home 1 bit, mask 7 (a bit for each word, by the word's number), spill 9, name
   47.  A name is grid 1, line (tick / LEAF_TICKS) 29, side (locate * 2 + enum side) 17; without its side it is the
   leaf's number, and that without six bits its shelf's. */
enum {
	LEAF_AWAY = 1,
	LEAF_MASK = 0xFE,
	LEAF_SPILL_SHIFT = 8,
	LEAF_SPILL_MAX = 511,
	LEAF_SPILL_MASK = LEAF_SPILL_MAX << LEAF_SPILL_SHIFT,
	LEAF_LOW_MASK = 0x1FFFF,
	LEAF_NAME_SHIFT = 17,
	NAME_NUMBER_SHIFT = 17,
	NAME_SIDE_MASK = 0x1FFFF,
	NUMBER_GRID_SHIFT = 29,
	SHELF_GRID_SHIFT = 23,
};

/* hot: every message */
struct level_side {
	uint64_t best;    /* rank << 32 | level; 0: empty                */
	uint64_t bits;    /* of the near shelf, which has the best level */
	uint32_t near;    /* its number                                  */
	uint32_t tick_e4; /* of the near shelf's grid; 0: the side has shelves of the other, too */
	uint32_t lists[GRID_COUNT]; /* the first of the other shelves; 0: none */
};
_Static_assert(sizeof(struct level_side) == CACHE_LINE_BYTES / 2, "both sides in one line");

struct shelf {
	uint64_t bits;
	uint32_t number, worse;
};

struct levels {
	uint64_t *words;          /* leaves of LEAF_WORDS words                    */
	struct level_side *sides; /* locate * 2 + enum side                        */
	struct shelf *shelves;    /* [0] is nobody's                               */
	uint32_t shift;           /* 64 - log2 of the number of leaves             */
	uint32_t leaf_mask;       /* number of leaves - 1                          */
	uint32_t shelf_used, shelf_free, shelf_count_max; /* free: list by `worse` */
	uint32_t level_count;
};

/* A level's place: whose leaf, which of its ticks. */
struct level_place {
	uint64_t name;
	uint32_t word; /* 1 .. LEAF_TICKS */
};

/* levels_init takes memory for the levels of order_count orders; levels_return gives it back. */
void levels_init(struct levels *levels, uint32_t order_count);
void levels_return(struct levels *levels);
void levels_clear(struct levels *levels);

/* levels_rank makes a price comparable: the higher the better, whichever the side.  Which side comes next
   cannot be foreseen, so numbers are turned round by arithmetic: ~n + (max + 1) is max - n. */
static inline uint32_t levels_rank(uint32_t side, uint32_t price_e4)
{
	uint32_t all_if_sell = 0u - (side & 1);
	return (price_e4 ^ all_if_sell) + (all_if_sell & 0x80000001u);
}

/* levels_place tells where the level of a price is; price in 1 .. LEVEL_PRICE_MAX_E4. */
static inline struct level_place levels_place(uint32_t side, uint32_t price_e4)
{
	struct level_place place;
	uint32_t cents = price_e4 / GRID_CENT_E4;
	uint32_t all_if_buy = (side & 1) - 1;
	uint32_t tick = (cents ^ all_if_buy) + (all_if_buy & (CENT_TICK_MAX + 1));
	uint32_t line = (uint32_t)(tick * (uint64_t)LEAF_RECIPROCAL >> 32), grid = 0;
	if (UNLIKELY(cents * GRID_CENT_E4 != price_e4)) {
		tick = (price_e4 ^ all_if_buy) + (all_if_buy & (LEVEL_PRICE_MAX_E4 + 1u));
		grid = 1u << NUMBER_GRID_SHIFT;
		line = tick / LEAF_TICKS;
	}
	place.word = (1 + tick + line) %
		     LEAF_WORDS; /* 1 + tick - line * LEAF_TICKS, for LEAF_WORDS is one more */
	place.name = (uint64_t)(grid | line) << NAME_NUMBER_SHIFT | side;
	return place;
}

/* levels_at_home gives the number that a place's level has if its leaf is at home, where it is looked for first. */
static inline uint32_t levels_at_home(const struct levels *levels, const struct level_place *place)
{
	uint64_t hash = place->name * 0x9E3779B97F4A7C15ull;
	return (uint32_t)(hash >> levels->shift) * LEAF_WORDS + place->word;
}

/* levels_home gives the first word of the leaf at home. */
static inline uint64_t *levels_home(const struct levels *levels, uint64_t name)
{
	struct level_place place = {name, 0};
	return &levels->words[levels_at_home(levels, &place)];
}

/* levels_find looks everywhere a leaf may be; NULL: it is not there. */
uint64_t *levels_find(const struct levels *levels, uint64_t name);

/* The two halves of a side's best. */
static inline uint32_t side_best_rank(const struct level_side *side)
{
	return (uint32_t)(side->best >> 32);
}

static inline uint32_t side_best_level(const struct level_side *side)
{
	return (uint32_t)side->best;
}

/* leaf_of gives the first word of a level's leaf: leaves are cache lines. */
static inline uint64_t *leaf_of(uint64_t *level)
{
	return (uint64_t *)((uintptr_t)level & ~(uintptr_t)(CACHE_LINE_BYTES - 1));
}

/* levels_key_of gives the key of a level's leaf; level_side_of whose it is: locate * 2 + enum side. */
static inline uint64_t levels_key_of(const struct levels *levels, uint32_t level)
{
	return levels->words[level & ~(LEAF_WORDS - 1u)];
}

static inline uint32_t levels_side_of(const struct levels *levels, uint32_t level)
{
	return (levels_key_of(levels, level) >> LEAF_NAME_SHIFT) & NAME_SIDE_MASK;
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

/* levels_open makes ready a leaf for a place: it has one already, or takes one.  It brings near the shelf of a place that
   is better than the best.  NULL: full, and nothing changed.  levels_put must follow. */
uint64_t *levels_open(struct levels *levels, const struct level_place *place, uint32_t rank);

/* levels_settle ends what levels_take could not: it frees a leaf that is empty and away from home or not near,
   and finds the side's best level anew if `level` was it.  Returns whether it was. */
bool levels_settle(struct levels *levels, uint32_t side, uint32_t level);

/* level_best makes of a level and its rank what a side's best is compared with and becomes. */
static inline uint64_t level_best(uint32_t rank, uint32_t level)
{
	return (uint64_t)rank << 32 | level;
}

/* levels_is_ready tells that the leaf of a level at home needs no levels_open: it is the name's own, or nobody's and the
   name has none elsewhere; and it is near, or in use and not better than the best.  A leaf that was last the name's
   own is still known by it: while it is free, its name has none elsewhere. */
static inline bool levels_is_ready(
	const struct level_side *side, uint64_t key, uint64_t name, uint64_t best)
{
	bool is_used = (key & LEAF_MASK) != 0, is_spilt = (key & LEAF_SPILL_MASK) != 0;
	bool is_other = key >> LEAF_NAME_SHIFT != name;
	bool is_far = name >> (NAME_NUMBER_SHIFT + SHELF_BITS) != side->near;
	bool is_better = best > side->best;
	return !((is_other & (is_used | is_spilt)) | (is_far & (!is_used | is_better)));
}

/* levels_put writes the word, not 0, of a level into the leaf of a name and makes it the best of its side if it is.
   Whether the level or its leaf is new and whether it is the best cannot be foreseen, so none is a branch.
   Returns whether it is the best. */
static inline bool levels_put(struct levels *levels, uint64_t name, uint64_t best, uint64_t word)
{
	struct level_side *side = &levels->sides[name & NAME_SIDE_MASK];
	uint32_t level = (uint32_t)best;
	uint64_t *place = &levels->words[level], *key = &levels->words[level & ~(LEAF_WORDS - 1u)];
	uint64_t before = side->best;
	bool is_near = name >> (NAME_NUMBER_SHIFT + SHELF_BITS) == side->near;
	side->bits |= (uint64_t)is_near << (name >> NAME_NUMBER_SHIFT) % SHELF_LEAVES;
	side->best = best > before ? best : before;
	levels->level_count += *place == 0;
	*place = word;
	*key = name << LEAF_NAME_SHIFT | (*key & LEAF_LOW_MASK) | 1u << level % LEAF_WORDS;
	return best >= before;
}

/* level_share is what an order is of its level's word. */
static inline uint64_t level_share(uint32_t qty, bool is_whole)
{
	return ((uint64_t)qty << LEVEL_COUNT_BITS) + is_whole;
}

/* levels_after tells what becomes of a level's word by one more order; 0: more than a level counts. */
static inline uint64_t levels_after(uint64_t word, uint32_t qty)
{
	uint64_t after = word + level_share(qty, true);
	bool is_full = (after & LEVEL_ORDER_COUNT_MAX) == 0;
	return (is_full | (after < word)) ? 0 : after;
}

/* level_is_roomy tells that a level has something in it and is not half full: levels_after need not be asked. */
static inline bool level_is_roomy(uint64_t word)
{
	return (int64_t)word > 0 && (word & 1u << (LEVEL_COUNT_BITS - 1)) == 0;
}

/* levels_leave changes what hangs on a level of a side when nothing is left in it.  If it was the best, the next is the
   lowest bit left in its leaf.  Returns true if levels_settle must follow. */
static inline bool levels_leave(struct levels *levels, uint32_t number, uint32_t level)
{
	struct level_side *side = &levels->sides[number];
	uint64_t *leaf = &levels->words[level & ~(LEAF_WORDS - 1u)];
	uint64_t best = side->best, key = leaf[0] & ~(1ull << level % LEAF_WORDS);
	bool is_lost = (uint32_t)best == level;
	bool is_free = (key & LEAF_MASK) == 0;
	uint64_t leaf_number = key >> (LEAF_NAME_SHIFT + NAME_NUMBER_SHIFT);
	bool is_far = leaf_number >> SHELF_BITS != side->near;
	levels->level_count--;
	leaf[0] = key;
	side->bits &= ~((uint64_t)(is_free & !is_far) << leaf_number % SHELF_LEAVES);
	if (UNLIKELY((is_free & (is_far | ((key & LEAF_AWAY) != 0))) |
		     (is_lost & (is_free | (side->tick_e4 == 0)))))
		return true;
	uint32_t next = (uint32_t)__builtin_ctz((uint32_t)(key & LEAF_MASK) | 1 << LEAF_WORDS);
	uint32_t apart = (next - level % LEAF_WORDS) & (0u - is_lost);
	side->best = best + apart - ((uint64_t)(apart * side->tick_e4) << 32);
	return false;
}

/* levels_take removes qty shares from a level of a side, and the order if it is gone.  A level that stays is one word,
   which is worth a branch.  Returns true if levels_settle must follow. */
static inline bool levels_take(
	struct levels *levels, uint32_t number, uint32_t level, uint32_t qty, bool is_gone)
{
	uint64_t after = levels->words[level] - level_share(qty, is_gone);
	levels->words[level] = after;
	return after == 0 && levels_leave(levels, number, level);
}

/* levels_below finds the best level of a side whose rank is below rank; 0: none. */
uint32_t levels_below(const struct levels *levels, uint32_t side, uint32_t rank);

#endif
