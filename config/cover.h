/* cover.h - for which orders a limits file states nothing that binds.

   Orders are of an account and a symbol; what a row covers are pairs of them.  What nobody states that has to be stated refuses
   (binds.h), so a pair is bare of a limit where none of the scopes that bind it there states it.

   Units      pairs are counted over all accounts and symbols of the site. */
#ifndef SLUICE_CONFIG_COVER_H
#define SLUICE_CONFIG_COVER_H

#include "config/binds.h"
#include "config/config.h"
#include "config/row_index.h"

/* Of the pairs of account and symbol that a row covers: how many there are, and for how many a set states nothing that binds
   with the row. */
struct cover {
	uint64_t pairs, bare;
};

/* cover_of counts them for a row of the firm, an account, a sector, a symbol or a symbol within an account, which need not be the
   set's: in the time of the pairs within it that have rows of their own, of a haircut (haircut.h) of all symbols. */
struct cover cover_of(const struct row_index *index, const struct site_config *site,
	const struct limit_row *row, const struct limit_bind *bind);

#endif
