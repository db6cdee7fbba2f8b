/* shadow.h - what the generated market looks like, kept in the plainest way.

   For each symbol: the live orders from the oldest to the newest, and for each side the levels in a
   sorted array with the best at the end.  The generator decides by it and the oracle is printed from it;
   it shares nothing with dataplane/book, which is checked against it.

   Owner      the generator.
   Units      price_e4, shares. */
#ifndef SLUICE_PKTGEN_SHADOW_H
#define SLUICE_PKTGEN_SHADOW_H

#include <stdio.h>

#include "config/types.h"

struct shadow_order {
	uint64_t reference;
	uint32_t price_e4, qty;
	uint8_t side;
};

struct shadow_level {
	uint32_t price_e4, order_count;
	uint64_t qty;
};

struct shadow_side {
	struct shadow_level *levels; /* the best is the last */
	uint32_t count, room;
};

struct shadow_symbol {
	uint64_t name; /* symbol_pack */
	struct shadow_side sides[2];
	struct shadow_order *orders; /* the newest is the last */
	uint32_t count, room;
	uint32_t start_e4, tick_e4; /* where its market begins */
};

/* shadow_add puts a new order in; the process stops with a sentence if memory is short. */
void shadow_add(struct shadow_symbol *symbol, const struct shadow_order *order);

/* shadow_reduce takes qty shares from the order at index, the order with the last of them. */
void shadow_reduce(struct shadow_symbol *symbol, uint32_t index, uint32_t qty);

/* shadow_best gives a side's best level; NULL: the side is empty. */
const struct shadow_level *shadow_best(const struct shadow_symbol *symbol, enum side side);

void shadow_close(struct shadow_symbol *symbol);

/* shadow_print writes the oracle's row of a locate: symbol, bid, bid qty, ask, ask qty, bid levels, ask
   levels, orders. */
void shadow_print(const struct shadow_symbol *symbol, uint32_t locate, FILE *file);

#endif
