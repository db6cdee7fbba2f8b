/* scope.h - words of scopes and ids, as people write them and as the site names them.

   An id is its number, or its name in the site's files where nobody has that number; a symbol is its name; a venue's number is its
   place in the site file, from 0; the firm's id is 0.

   Errors     false: nothing of that scope has this name or number at this site. */
#ifndef SLUICE_CONTROL_SCOPE_H
#define SLUICE_CONTROL_SCOPE_H

#include "config/config.h"

/* scope_find reads a scope's word; `all` is the firm. */
bool scope_find(const char *word, enum scope *scope);

/* scope_id_find reads an id: a table index for symbols, the number otherwise. */
bool scope_id_find(
	const struct site_config *site, enum scope scope, const char *word, uint32_t *id);

/* scope_id_name writes "account 17 (alpha)". */
void scope_id_name(
	const struct site_config *site, enum scope scope, uint32_t id, char *text, size_t size);

#endif
