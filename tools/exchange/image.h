/* image.h - the state of one Cboe unit, as its own messages told it: what a spin says.

   Every message of the unit is shown to it (image_take); a spin then is the time, the last of every state, and every order in the
   order in which it came to its place, so that books that begin empty become what they are at those who heard all.

   Owner      one thread.
   A tool's table: it grows by itself and stops the process without memory. */
#ifndef SLUICE_EXCHANGE_IMAGE_H
#define SLUICE_EXCHANGE_IMAGE_H

#include "dataplane/wire/pitch.h"
#include "tools/exchange/sequence.h"

/* An order in the book; qty 0: it is gone, and its place is free at the next clearing up. */
struct image_order {
	uint64_t id, symbol, other, exch_ns;
	int64_t price_e4;
	uint32_t qty;
	uint8_t side;
};

/* The last message of a type and a name. */
struct image_state {
	uint64_t symbol;
	uint32_t size_bytes;
	uint8_t bytes[PITCH_SIZE_MAX];
};

struct image {
	struct pitch clock;
	struct image_order *orders; /* the eldest first */
	uint64_t order_count, order_capacity;
	uint64_t *places; /* hash of an id: its place in orders + 1, 0: free */
	uint64_t place_mask;
	struct image_state *states;
	uint64_t state_count, state_capacity;
};

/* image_init begins with nothing; image_free gives back what it took. */
void image_init(struct image *image);
void image_free(struct image *image);

/* image_take takes the next message of the unit. */
void image_take(struct image *image, const uint8_t *message, uint32_t size_bytes);

/* image_order_of finds an order that is in the book.  false: there is none. */
bool image_order_of(const struct image *image, uint64_t id, struct image_order *order);

/* image_spin appends what a spin says and returns how many orders are in it. */
uint32_t image_spin(const struct image *image, struct sequence *spin);

#endif
