/* store.h - many small pieces of memory that are given back all at once.

   A file that is read becomes thousands of texts and rows which live and end together.  A store takes memory in large pieces and cuts
   them; who has done with the file frees the store, and nothing has to be found again to be freed.

   Owner      whoever holds the store; it begins all zero.
   Errors     none: a process that finds no memory while it reads its files stops (CHECK). */
#ifndef SLUICE_CONFIG_STORE_H
#define SLUICE_CONFIG_STORE_H

#include "config/base.h"

struct store_piece;

struct store {
	struct store_piece *newest; /* NULL: nothing is taken */
};

/* store_take returns size_bytes of zeroed memory, aligned for any structure. */
void *store_take(struct store *store, size_t size_bytes);

/* store_copy returns a copy of size bytes of text and a zero behind it; no two copies stand at one address. */
char *store_copy(struct store *store, const void *text, size_t size);

/* store_free returns all that was taken. */
void store_free(struct store *store);

#endif
