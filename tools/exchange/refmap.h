/* refmap.h - from a 64-bit order reference to a number, growing as it fills.

   Open addressing with backward-shift deletion: no tombstones, so a long day is as quick as a short
   one.  Key 0 is not a key.

   Owner      one thread.  A tool's table: it grows by itself and stops the process without memory. */
#ifndef SLUICE_EXCHANGE_REFMAP_H
#define SLUICE_EXCHANGE_REFMAP_H

#include "config/base.h"

struct refmap_slot {
	uint64_t key, value;
};

struct refmap {
	struct refmap_slot *slots;
	uint64_t mask, count;
};

void refmap_init(struct refmap *map);
void refmap_free(struct refmap *map);

/* refmap_put sets a key's value, new or not. */
void refmap_put(struct refmap *map, uint64_t key, uint64_t value);

/* refmap_get finds a value; false: no such key. */
bool refmap_get(const struct refmap *map, uint64_t key, uint64_t *value);

/* refmap_remove forgets a key; one that is not there is no error. */
void refmap_remove(struct refmap *map, uint64_t key);

#endif
