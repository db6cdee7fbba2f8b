#include "tools/exchange/refmap.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1024 };

static uint64_t refmap_home(const struct refmap *map, uint64_t key)
{
	return (key * 0x9E3779B97F4A7C15ull >> 20) & map->mask;
}

void refmap_init(struct refmap *map)
{
	map->slots = calloc(FIRST_SLOTS, sizeof map->slots[0]);
	CHECK(map->slots != NULL);
	map->mask = FIRST_SLOTS - 1;
	map->count = 0;
}

void refmap_free(struct refmap *map)
{
	free(map->slots);
	map->slots = NULL;
}

static uint64_t refmap_find(const struct refmap *map, uint64_t key)
{
	uint64_t at = refmap_home(map, key);
	while (map->slots[at].key != 0 && map->slots[at].key != key)
		at = (at + 1) & map->mask;
	return at;
}

static void refmap_grow(struct refmap *map)
{
	struct refmap old = *map;
	map->mask = old.mask * 2 + 1;
	map->slots = calloc(map->mask + 1, sizeof map->slots[0]);
	CHECK(map->slots != NULL);
	for (uint64_t i = 0; i <= old.mask; i++)
		if (old.slots[i].key != 0)
			map->slots[refmap_find(map, old.slots[i].key)] = old.slots[i];
	free(old.slots);
}

void refmap_put(struct refmap *map, uint64_t key, uint64_t value)
{
	CHECK(key != 0);
	if (map->count * 2 > map->mask)
		refmap_grow(map);
	uint64_t at = refmap_find(map, key);
	map->count += map->slots[at].key == 0;
	map->slots[at] = (struct refmap_slot){.key = key, .value = value};
}

bool refmap_get(const struct refmap *map, uint64_t key, uint64_t *value)
{
	uint64_t at = refmap_find(map, key);
	*value = map->slots[at].value;
	return key != 0 && map->slots[at].key == key;
}

void refmap_remove(struct refmap *map, uint64_t key)
{
	uint64_t hole = refmap_find(map, key);
	if (key == 0 || map->slots[hole].key != key)
		return;
	map->count--;
	/* Move up whoever probed past the hole, so that no search stops short. */
	for (uint64_t at = (hole + 1) & map->mask; map->slots[at].key != 0;
		at = (at + 1) & map->mask) {
		uint64_t home = refmap_home(map, map->slots[at].key);
		if (((at - home) & map->mask) < ((at - hole) & map->mask))
			continue;
		map->slots[hole] = map->slots[at];
		hole = at;
	}
	map->slots[hole].key = 0;
}
