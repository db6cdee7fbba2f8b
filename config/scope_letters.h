/* scope_letters.h - the letters by which limits.def and binds.def write scopes, a bit each: see there.

   For who includes one of the two, and in a .c file alone: names this short are nobody else's. */
#ifndef SLUICE_CONFIG_SCOPE_LETTERS_H
#define SLUICE_CONFIG_SCOPE_LETTERS_H

#include "config/types.h"

enum {
	F = 1 << SCOPE_FIRM,
	S = 1 << SCOPE_SESSION,
	A = 1 << SCOPE_ACCOUNT,
	T = 1 << SCOPE_STRATEGY,
	Y = 1 << SCOPE_SYMBOL,
	AY = 1 << SCOPE_ACCOUNT_SYMBOL,
	C = 1 << SCOPE_SECTOR,
	E = F | A | Y | AY, /* every scope that covers one order alone */
};

#endif
