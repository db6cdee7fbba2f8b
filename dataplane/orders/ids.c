#include "dataplane/orders/ids.h"

#include <xxhash.h>

#include "drivers/machine/memory.h"

static uint64_t ids_key(uint16_t session, uint32_t ref)
{
	return (uint64_t)session << 32 | ref;
}

static void ids_describe(
	struct id *id, uint16_t session, uint32_t ref, const char *text, uint32_t size_bytes)
{
	memset(id, 0, sizeof *id);
	memcpy(id->text, text, size_bytes);
	id->size_bytes = (uint8_t)size_bytes;
	id->session = session;
	id->ref = ref;
}

static void ids_digest(struct ids *ids, const struct id *id)
{
	uint64_t seed = ids->digest[0] + 31 * ids->digest[1];
	XXH128_hash_t digest = XXH3_128bits_withSeed(id, sizeof *id, seed);
	ids->digest[0] = digest.low64;
	ids->digest[1] = digest.high64;
}

/* Where a text stands or would stand. */
static uint32_t ids_place(const struct ids *ids, const struct id *id)
{
	uint32_t i =
		(uint32_t)XXH3_64bits_withSeed(id->text, sizeof id->text, id->session) & ids->mask;
	while (ids->by_text[i] != 0) {
		const struct id *other = &ids->entries[ids->by_text[i] - 1];
		if (other->session == id->session &&
			memcmp(other->text, id->text, sizeof id->text) == 0)
			break;
		i = (i + 1) & ids->mask;
	}
	return i;
}

void ids_open(struct ids *ids, uint32_t count_max)
{
	memset(ids, 0, sizeof *ids);
	if (count_max == 0)
		return;
	uint32_t size = 16;
	while (size < 2 * count_max)
		size *= 2;
	ids->count_max = count_max;
	ids->mask = size - 1;
	ids->entries = memory_take("client ids", (size_t)count_max * sizeof ids->entries[0]);
	ids->by_text = memory_take("client ids by text", (size_t)size * sizeof ids->by_text[0]);
	refs_open(&ids->by_ref, count_max);
}

void ids_close(struct ids *ids)
{
	if (ids->count_max == 0)
		return;
	memory_return(ids->entries, (size_t)ids->count_max * sizeof ids->entries[0]);
	memory_return(ids->by_text, ((size_t)ids->mask + 1) * sizeof ids->by_text[0]);
	refs_close(&ids->by_ref);
}

uint32_t ids_find(const struct ids *ids, uint16_t session, const char *text, uint32_t size_bytes)
{
	struct id id;
	if (size_bytes == 0 || size_bytes > ID_TEXT_BYTES || ids->count_max == 0)
		return 0;
	ids_describe(&id, session, 0, text, size_bytes);
	uint32_t entry = ids->by_text[ids_place(ids, &id)];
	return entry == 0 ? 0 : ids->entries[entry - 1].ref;
}

bool ids_put(struct ids *ids, uint16_t session, uint32_t ref, const char *text, uint32_t size_bytes)
{
	struct id id;
	CHECK(size_bytes > 0 && size_bytes <= ID_TEXT_BYTES && ref != 0);
	ids_describe(&id, session, ref, text, size_bytes);
	if (ids->count == ids->count_max) { /* ids (3) */
		ids->unkept = id;
		return false;
	}
	uint32_t place = ids_place(ids, &id);
	CHECK(ids->by_text[place] == 0); /* ids (1) */
	CHECK(refs_put(&ids->by_ref, ids_key(session, ref), ids->count));
	ids->entries[ids->count++] = id;
	ids->by_text[place] = ids->count;
	ids_digest(ids, &id);
	return true;
}

const struct id *ids_text(const struct ids *ids, uint16_t session, uint32_t ref)
{
	static const struct id none;
	uint32_t entry = ref == 0 || ids->count_max == 0
				 ? REFS_NONE
				 : refs_find(&ids->by_ref, ids_key(session, ref));
	if (entry != REFS_NONE)
		return &ids->entries[entry];
	return ids->unkept.session == session ? &ids->unkept : &none;
}

void ids_link(struct ids *ids, uint16_t session, uint32_t ref, uint32_t link)
{
	uint32_t entry =
		ids->count_max == 0 ? REFS_NONE : refs_find(&ids->by_ref, ids_key(session, ref));
	if (entry == REFS_NONE)
		return;
	ids->entries[entry].link = link;
	ids_digest(ids, &ids->entries[entry]);
}

void ids_move_link(struct ids *ids, uint16_t session, uint32_t from, uint32_t to)
{
	uint32_t link = ids_text(ids, session, from)->link;
	if (link == 0 || ids_text(ids, session, to)->link != 0)
		return;
	ids_link(ids, session, from, 0);
	ids_link(ids, session, to, link);
}

void ids_forget(struct ids *ids)
{
	if (ids->count_max == 0)
		return;
	for (uint32_t i = 0; i < ids->count; i++)
		refs_remove(&ids->by_ref, ids_key(ids->entries[i].session, ids->entries[i].ref));
	memset(ids->by_text, 0, ((size_t)ids->mask + 1) * sizeof ids->by_text[0]);
	memset(&ids->unkept, 0, sizeof ids->unkept);
	ids->count = 0;
	ids->digest[0] = ids->digest[1] = 0;
}
