/* row_index.h - the rows of a limits file by whose they are.

   A file states up to 16,384 rows.  What compares two of them, or asks what one leaves out, asks of each row for others: those of
   the same scope, those that bind with it, the symbols within its account.  Each is found here at once, or in as many steps as
   there are such symbols, so that twice the rows take twice the time.

   Owner      whoever makes it, beside the set that it is of, which may not change meanwhile.
   Units      a position is one among set.rows; ROW_INDEX_NONE: there is no such row.
   Invariant  (1) pairs stands by account, then by symbol; crossed by symbol, then by account. */
#ifndef SLUICE_CONFIG_ROW_INDEX_H
#define SLUICE_CONFIG_ROW_INDEX_H

#include "config/limitset.h"

#define ROW_INDEX_NONE UINT16_MAX
_Static_assert(LIMIT_ROW_COUNT_MAX < ROW_INDEX_NONE, "a position fits, and none is another");

struct row_index {
	const struct limitset *set;
	uint16_t firm, accounts[ACCOUNT_COUNT_MAX], strategies[STRATEGY_COUNT_MAX];
	uint16_t sessions[SESSION_COUNT_MAX], sectors[SECTOR_COUNT_MAX], symbols[SYMBOL_COUNT_MAX];
	uint32_t pair_count;
	uint16_t pairs[LIMIT_ROW_COUNT_MAX], crossed[LIMIT_ROW_COUNT_MAX];
	/* How many accounts and how many symbols state each limit. */
	uint32_t account_stated[LIMIT_COUNT], symbol_stated[LIMIT_COUNT];
};

/* row_index_make reads a set; the caller frees it by free(). */
struct row_index *row_index_make(const struct limitset *set);

/* row_index_find gives the row of a scope; NULL: there is none. */
const struct limit_row *row_index_find(
	const struct row_index *index, enum scope scope, uint32_t id, uint32_t symbol);

/* row_index_within gives the pairs within a row of the firm, an account, a symbol or a pair: positions one behind another. */
struct row_range {
	const uint16_t *at;
	uint32_t count;
};
struct row_range row_index_within(const struct row_index *index, const struct limit_row *row);

/* row_index_row gives the row at a position; NULL: none. */
static inline const struct limit_row *row_index_row(const struct row_index *index, uint16_t at)
{
	return at != ROW_INDEX_NONE ? &index->set->rows[at] : NULL;
}

/* limit_row_states tells whether a row, which may be NULL, states a limit. */
static inline bool limit_row_states(const struct limit_row *row, unsigned limit)
{
	return row != NULL && (row->stated >> limit & 1) != 0;
}

#endif
