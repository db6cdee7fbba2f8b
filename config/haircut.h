/* haircut.h - margin_rate and stress_rate: which part of its value a symbol's worst case needs as margin, and loses under stress.

   symbols.yaml may state both for a symbol, a limits file for the firm, which is every symbol, for a sector and for a symbol.
   All that is stated for a symbol binds together, and the largest is in force: a haircut is a floor, so that to raise one is to
   tighten and to lower one is to loosen.  Where nothing is stated orders that would add to a position are refused.

   Units      basis points of a value, 1 to SYMBOL_RATE_BPS_MAX; 0: not stated. */
#ifndef SLUICE_CONFIG_HAIRCUT_H
#define SLUICE_CONFIG_HAIRCUT_H

#include "config/cover.h"

/* haircut_listed gives what symbols.yaml states. */
static inline uint32_t haircut_listed(const struct symbol_config *symbol, enum limit limit)
{
	return limit == LIMIT_margin_rate ? symbol->margin_bps : symbol->stress_bps;
}

/* haircut_in_force gives the largest that symbols.yaml and a set's rows state for a symbol. */
int64_t haircut_in_force(const struct row_index *index, const struct site_config *site,
	enum limit limit, uint32_t symbol);

/* haircut_covers tells whether a row of the firm, a sector or a symbol covers a symbol. */
bool haircut_covers(const struct site_config *site, const struct limit_row *row, uint32_t symbol);

/* haircut_cover counts as cover_of does: a pair is bare where neither symbols.yaml nor a row of the set states it for its symbol. */
struct cover haircut_cover(const struct row_index *index, const struct site_config *site,
	const struct limit_row *row, enum limit limit);

/* haircut_is_below tells whether symbols.yaml states more than a row for every symbol that the row covers. */
bool haircut_is_below(
	const struct site_config *site, const struct limit_row *row, enum limit limit);

#endif
