/* cells.c - the limits that are cut, in their order. */
#include "control/slices/slices.h"

static uint64_t key_order(const struct slice_key *key)
{
	return (uint64_t)key->scope << 56 | (uint64_t)key->symbol << 16 |
	       (uint64_t)key->limit << 8 | key->part;
}

int slices_order(const struct slice_key *a, const struct slice_key *b)
{
	uint64_t left = key_order(a), right = key_order(b);
	return (left > right) - (left < right);
}

uint32_t slices_find(const struct slices *slices, struct slice_key key)
{
	uint64_t wanted = key_order(&key);
	uint32_t low = 0, high = slices->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint64_t order = key_order(&slices->cells[middle].key);
		if (order == wanted)
			return middle;
		if (order < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return UINT32_MAX;
}
