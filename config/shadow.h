/* shadow.h - statements that can never bind, because others that bind with them are always tighter.

   Of what binds together the tightest of each component binds (binds.def), so an account's 20000 shares under a firm's 10000 mean
   nothing, and neither does the firm's where each account states less.  Whoever wrote it may think that it does.  It stops no load:
   a second, wider fence is no fault, and what is meant is not to be told from a file.

   A statement is shadowed if for every order that it covers there is another of the same row of binds.def, in the same currency,
   that is no looser in value, window and burst and tighter in one of them.  What says the same twice is not: loosen one of the
   two, and the other binds. */
#ifndef SLUICE_CONFIG_SHADOW_H
#define SLUICE_CONFIG_SHADOW_H

#include "config/config.h"

/* Who is tighter: the one named, or of each of these the one that is named as the loosest. */
enum shadow_by { SHADOW_BY_ONE, SHADOW_BY_ACCOUNTS, SHADOW_BY_SYMBOLS, SHADOW_BY_PAIRS };

struct limit_shadow {
	const struct limit_row *row, *by; /* of the set */
	uint8_t limit;                    /* enum limit, of both */
	uint8_t kind;                     /* enum shadow_by */
};

/* limitset_shadows writes as many as there is room for, and returns how many there are. */
uint32_t limitset_shadows(const struct limitset *set, const struct site_config *site,
	struct limit_shadow *found, uint32_t room);

/* shadow_by_name gives the operator's word: "it alone", "the loosest of each account". */
const char *shadow_by_name(enum shadow_by kind);

#endif
