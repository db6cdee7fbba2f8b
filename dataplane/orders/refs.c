#include "dataplane/orders/refs.h"

#include "drivers/machine/memory.h"

static size_t refs_bytes(const struct refs *refs)
{
	return ((size_t)refs->mask + 1) * sizeof refs->entries[0];
}

void refs_open(struct refs *refs, uint32_t count_max)
{
	uint32_t size = 16;
	while (size < 2 * count_max)
		size *= 2;
	*refs = (struct refs){.mask = size - 1, .count_max = count_max};
	refs->entries = memory_take("order references", refs_bytes(refs));
}

void refs_close(struct refs *refs)
{
	memory_return(refs->entries, refs_bytes(refs));
	refs->entries = NULL;
}

bool refs_put(struct refs *refs, uint64_t key, uint32_t slot)
{
	CHECK(key != 0);
	if (refs->count == refs->count_max)
		return false;
	uint32_t i = refs_home(refs, key);
	while (refs->entries[i].key != 0) {
		CHECK(refs->entries[i].key != key); /* refs (1) */
		i = (i + 1) & refs->mask;
	}
	refs->entries[i] = (struct refs_entry){.key = key, .slot = slot};
	refs->count++;
	return true;
}

void refs_clear(struct refs *refs)
{
	memset(refs->entries, 0, refs_bytes(refs));
	refs->count = 0;
}

uint32_t refs_find(const struct refs *refs, uint64_t key)
{
	for (uint32_t i = refs_home(refs, key); refs->entries[i].key != 0;
		i = (i + 1) & refs->mask) {
		if (refs->entries[i].key == key)
			return refs->entries[i].slot;
	}
	return REFS_NONE;
}

void refs_remove(struct refs *refs, uint64_t key)
{
	uint32_t hole = refs_home(refs, key);
	while (refs->entries[hole].key != key) {
		if (refs->entries[hole].key == 0)
			return;
		hole = (hole + 1) & refs->mask;
	}
	/* Move back whatever probes past the hole, so that no chain is broken. */
	for (uint32_t i = (hole + 1) & refs->mask; refs->entries[i].key != 0;
		i = (i + 1) & refs->mask) {
		uint32_t home = refs_home(refs, refs->entries[i].key);
		if (((i - home) & refs->mask) >= ((i - hole) & refs->mask)) {
			refs->entries[hole] = refs->entries[i];
			hole = i;
		}
	}
	refs->entries[hole].key = 0;
	refs->count--;
}
