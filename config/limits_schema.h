/* limits_schema.h - what a limits file looks like before its words are read: one string for each.

   Owner      the document that loaded them (document.h). */
#ifndef SLUICE_CONFIG_LIMITS_SCHEMA_H
#define SLUICE_CONFIG_LIMITS_SCHEMA_H

#include "config/document.h"
#include "config/limitset.h"

/* One scope of the limits file: whose it is, and one string per limit that it states. */
struct raw_scope {
	char *of; /* id of a session, account or strategy, name of a sector or symbol; NULL for the firm */
	char *limits[LIMIT_COUNT];
	struct raw_scope *symbols; /* of an account */
	unsigned symbols_count;
};

struct raw_defaults {
	struct raw_scope account;
};

/* Without account, session, strategy, sector and symbol it is the firm's. */
struct raw_waiver {
	char *account, *session, *strategy, *sector, *symbol, *limit, *reason;
};

/* A limit of a scope for a time, in place of what the file states there. */
struct raw_lease {
	char *account, *session, *strategy, *sector, *symbol, *limit, *value, *reason;
};

struct raw_file {
	char *version, *site;
	struct raw_scope firm;
	struct raw_defaults defaults;
	struct raw_scope *accounts, *sessions, *strategies, *sectors, *symbols;
	unsigned accounts_count, sessions_count, strategies_count, sectors_count, symbols_count;
	struct raw_waiver *waivers;
	unsigned waivers_count;
	struct raw_lease *leases;
	unsigned leases_count;
};

/* limits_schema is of a struct raw_file. */
extern const cyaml_schema_value_t limits_schema;

#endif
