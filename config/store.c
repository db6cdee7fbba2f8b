#include "config/store.h"

#include <stdlib.h>

enum { PIECE_BYTES = 256 * 1024, ALIGN_BYTES = 16 };

struct store_piece {
	struct store_piece *older;
	size_t used, size;
	_Alignas(ALIGN_BYTES) uint8_t bytes[];
};

/* store_cut cuts size bytes off the newest piece, or off one more. */
static void *store_cut(struct store *store, size_t size, size_t align)
{
	struct store_piece *piece = store->newest;
	size_t from = piece == NULL ? 0 : (piece->used + align - 1) / align * align;
	CHECK(size < SIZE_MAX / 2);
	if (piece == NULL || from > piece->size || size > piece->size - from) {
		size_t room = size > PIECE_BYTES ? size : PIECE_BYTES;
		piece = calloc(1, sizeof *piece + room);
		CHECK(piece != NULL);
		piece->older = store->newest;
		piece->size = room;
		store->newest = piece;
		from = 0;
	}
	piece->used = from + size;
	return piece->bytes + from;
}

void *store_take(struct store *store, size_t size_bytes)
{
	return store_cut(store, size_bytes, ALIGN_BYTES);
}

char *store_copy(struct store *store, const void *text, size_t size)
{
	char *copy = store_cut(store, size + 1, 1);
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

void store_free(struct store *store)
{
	while (store->newest != NULL) {
		struct store_piece *piece = store->newest;
		store->newest = piece->older;
		free(piece);
	}
}
