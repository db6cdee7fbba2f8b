/* limitset.h - one limits file, read and flattened: the rows that control publishes as an epoch.

   A row states limits for one scope.  Position and open-value limits stated for the firm or a symbol
   hold over all accounts together; stated for an account (or a symbol within it) they hold for that
   account alone; a loss stated for a strategy or a symbol is its own.  A part of its value that is margin, or lost under stress,
   is the largest that anybody states for a symbol (haircut.h).  Every other limit applies per order, and of those that cover an
   order the smallest wins.

   Units      value as limits.def says; window_ns and burst only where the unit has them.  Money is in the currency that it is
              stated in, any of the site's; what it is held against is in the base (dataplane/risk/limits.h).
   Invariant  (1) a limit whose bit is not in `stated` has value INT64_MIN: whatever is measured
              against it breaches, so what nobody set cannot trade. */
#ifndef SLUICE_CONFIG_LIMITSET_H
#define SLUICE_CONFIG_LIMITSET_H

#include "config/types.h"

enum limit {
#define LIMIT(key, unit, scopes, sentence) LIMIT_##key,
#include "config/limits.def"
#undef LIMIT
	LIMIT_COUNT
};
_Static_assert(LIMIT_COUNT <= 64, "stated is a 64-bit mask");

enum limit_unit { SHARES, MONEY, BPS, TICKS, AGE, RATE, COUNT, WALK, FLAG, RATIO };

struct limit_key {
	const char *key;
	const char *sentence;
	uint8_t unit;   /* enum limit_unit */
	uint8_t scopes; /* bits 1 << enum scope */
};
extern const struct limit_key limit_keys[LIMIT_COUNT];

struct limit_value {
	int64_t value;
	uint64_t window_ns;
	uint32_t burst;
	uint32_t currency; /* MONEY: index into site.currencies, 0: the base; else 0 */
};
_Static_assert(sizeof(struct limit_value) == 24, "journaled layout");

/* One scope's statements.  Journaled whole when an epoch is adopted. */
struct limit_row {
	uint8_t scope; /* enum scope: any but a venue */
	uint8_t reserved[3];
	uint32_t id;     /* session, account or strategy id, index of a sector; else 0 */
	uint32_t symbol; /* symbol index for symbol scopes, else SYMBOL_NONE */
	uint32_t reserved2;
	uint64_t stated; /* bit per enum limit */
	struct limit_value limits[LIMIT_COUNT];
};
_Static_assert(sizeof(struct limit_row) == 24 + 24 * LIMIT_COUNT, "no padding");

/* Why a limit of one scope may be so high that it does nothing (limitset_lint).  No part of the hash: it changes no verdict. */
enum { WAIVER_COUNT_MAX = 64, WAIVER_REASON_BYTES = 96 };
struct limit_waiver {
	uint8_t scope, limit; /* enum scope, enum limit */
	uint16_t reserved;    /* 0: limitset_waivers_hash */
	uint32_t id, symbol;  /* as a row's */
	char reason[WAIVER_REASON_BYTES];
};

/* A whole file.  hash is XXH3-128 of the canonical rows; it names the set to people and in the
   journal. */
struct limitset {
	uint64_t hash[2];
	uint32_t row_count;
	uint32_t waiver_count;
	uint32_t lease_count, reserved; /* limits that hold for a time in place of the file's own */
	struct limit_waiver waivers[WAIVER_COUNT_MAX];
	struct limit_row rows[LIMIT_ROW_COUNT_MAX];
};

/* One limit of one scope: where a row states it. */
struct limit_place {
	uint8_t scope, limit; /* enum scope, enum limit */
	uint16_t reserved;    /* zero */
	uint32_t id, symbol;  /* as a row's */
};

/* limit_is_floor tells whether a limit is the least that is reckoned, and not the most that may be: of those alone the larger
   value is the tighter. */
static inline bool limit_is_floor(enum limit limit)
{
	return limit == LIMIT_margin_rate || limit == LIMIT_stress_rate;
}

/* limit_is_tighter tells which of two statements of a limit, in the same currency, is named as the tighter: that of the smaller
   value, of a floor that of the larger; of equal ones that of the longer window, then of the smaller burst.  Where both bind
   neither alone does (limit_tighten). */
static inline bool limit_is_tighter(
	enum limit limit, const struct limit_value *a, const struct limit_value *b)
{
	if (a->value != b->value)
		return (a->value < b->value) != limit_is_floor(limit);
	if (a->window_ns != b->window_ns)
		return a->window_ns > b->window_ns;
	return a->burst < b->burst;
}

/* limit_tighten lets the window and the burst of another statement of the same limit bind too: the longer, the smaller.  Which
   value is the smaller depends on currencies, and is the caller's. */
static inline void limit_tighten(struct limit_value *tightest, const struct limit_value *with)
{
	if (with->window_ns > tightest->window_ns)
		tightest->window_ns = with->window_ns;
	if (with->burst < tightest->burst)
		tightest->burst = with->burst;
}

/* limit_times_max gives the largest value of a limit that counts within a window (COUNT): as many times are kept. */
static inline uint32_t limit_times_max(enum limit limit)
{
	return limit == LIMIT_max_fills       ? STRATEGY_FILLS_MAX
	       : limit == LIMIT_max_fill_rate ? GATE_FILLS_MAX
	       : limit == LIMIT_max_slips     ? SLIPS_MAX
					      : DUPLICATE_TIMES_MAX;
}

/* limit_rate_max gives the largest value of a rate stated for a scope: the time of each order within a window is kept. */
static inline uint32_t limit_rate_max(enum scope scope)
{
	return scope == SCOPE_SESSION    ? SESSION_RATE_MAX
	       : scope == SCOPE_STRATEGY ? STRATEGY_RATE_MAX
	       : scope == SCOPE_ACCOUNT  ? ACCOUNT_RATE_MAX
					 : SYMBOL_RATE_MAX;
}

/* limit_is_small tells whether a limit in basis points is kept as a small number, at most SHARE_BPS_MAX. */
static inline bool limit_is_small(enum limit limit)
{
	return limit == LIMIT_max_adv_share || limit == LIMIT_max_outstanding_share ||
	       limit == LIMIT_max_slippage || limit == LIMIT_max_leverage ||
	       limit == LIMIT_max_stress_share || limit == LIMIT_max_symbol_share ||
	       limit == LIMIT_max_sector_share;
}

/* limit_keys_near writes the keys that begin most like a name which is none, ", " between them; "": none begins with three of its letters. */
void limit_keys_near(const char *name, char *text, size_t size);

/* limit_row_init clears a row: nothing stated, every value INT64_MIN. */
void limit_row_init(struct limit_row *row, enum scope scope, uint32_t id, uint32_t symbol);

#endif
