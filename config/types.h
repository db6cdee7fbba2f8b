/* types.h - the shapes that more than one floor speaks of: sides, states, scopes, names.

   Units      price_e4 is int64 in 1/10,000 of the currency; qty is uint32 shares; money_e4 is int64
              in 1/10,000; times are uint64 nanoseconds.  A name of eight bytes is the wire's: ASCII,
              left justified, padded right with spaces, kept as a uint64 for comparing (read with
              memcpy, so the first character is the lowest byte). */
#ifndef SLUICE_CONFIG_TYPES_H
#define SLUICE_CONFIG_TYPES_H

#include "config/base.h"
#include "config/limits.h"

/* Side of an order.  Sell short and sell short exempt are sells to the position. */
enum side { SIDE_BUY = 0, SIDE_SELL = 1 };

/* A production site refuses simulators, test keys and debug. */
enum site_kind { SITE_PRODUCTION = 1, SITE_CERTIFICATION = 2, SITE_SIMULATION = 3 };

/* Trading states, strictest last: the strictest that covers an order wins (DESIGN, section 6). */
enum trading_state {
	STATE_ACTIVE = 0,
	STATE_WARN = 1,
	STATE_REDUCE_ONLY = 2,
	STATE_HALTED = 3,
	STATE_KILLED = 4,
	TRADING_STATE_COUNT = 5,
};

/* What a stop, a limit or a permission covers. */
enum scope {
	SCOPE_FIRM = 0, /* everything; id 0 */
	SCOPE_VENUE = 1,
	SCOPE_SESSION = 2,
	SCOPE_ACCOUNT = 3,
	SCOPE_STRATEGY = 4,
	SCOPE_SYMBOL = 5,
	SCOPE_ACCOUNT_SYMBOL = 6, /* limits only: id is the account, symbol apart */
	SCOPE_SECTOR = 7,         /* limits only: id is the index into site.sectors */
	SCOPE_COUNT = 8,
};

/* Who states what binds where no scope does: SCOPE_COUNT, nobody; or symbols.yaml. */
enum { OWNER_SYMBOLS = SCOPE_COUNT + 1 };

/* trading_state_name, scope_name give the operator's word, as commands and the config spell it. */
const char *trading_state_name(enum trading_state state);
const char *scope_name(enum scope scope);

/* Where a reference price came from, best first (CONTROLS, 7). */
enum reference_source {
	REFERENCE_NONE = 0,
	REFERENCE_OWN_SIDE = 1,
	REFERENCE_OTHER_SIDE = 2,
	REFERENCE_LAST_TRADE = 3,
	REFERENCE_PREVIOUS_CLOSE = 4,
};
const char *reference_source_name(enum reference_source source);

#define SYMBOL_NONE UINT32_MAX

/* symbol_pack pads a name to eight bytes with spaces.  Longer names are cut: callers check. */
static inline uint64_t symbol_pack(const char *name)
{
	char padded[8] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
	uint64_t packed;
	for (char *at = padded; at < padded + sizeof padded && *name != '\0'; at++)
		*at = *name++;
	memcpy(&packed, padded, sizeof packed);
	return packed;
}

/* symbol_unpack writes the name without its padding and ends it; name holds 9 bytes. */
static inline void symbol_unpack(uint64_t packed, char name[9])
{
	size_t size = 8;
	memcpy(name, &packed, 8);
	while (size > 0 && (name[size - 1] == ' ' || name[size - 1] == '\0'))
		size--;
	name[size] = '\0';
}

#endif
