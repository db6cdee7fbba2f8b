/* binds.h - what binds together: the rows of binds.def, which says what they mean.

   A limit may bind several things, each by the statements of scopes of its own: max_long_position of the account, and a symbol
   within it, the account's position; that of the firm and a symbol the position of all accounts.  What one of them lacks no
   other gives it.

   Invariant  (1) each scope of a limit (limits.def) is in exactly one row of it. */
#ifndef SLUICE_CONFIG_BINDS_H
#define SLUICE_CONFIG_BINDS_H

#include "config/limitset.h"

enum {
#define BIND(limit, lane, scopes, absence) +1
	LIMIT_BIND_COUNT = 0
#include "config/binds.def"
#undef BIND
};

/* What becomes of what a row binds where nobody states it. */
enum absence { ABSENCE_REFUSES, ABSENCE_PASSES, ABSENCE_SYMBOLS };

struct limit_bind {
	uint8_t limit;   /* enum limit */
	uint8_t lane;    /* enum lane, or LANE_NONE */
	uint8_t scopes;  /* bits 1 << enum scope */
	uint8_t absence; /* enum absence */
};
extern const struct limit_bind limit_binds[LIMIT_BIND_COUNT];

/* limit_bind_of gives the row that a statement of a limit at a scope belongs to; the scope is one of the limit's. */
const struct limit_bind *limit_bind_of(enum limit limit, enum scope scope);

/* limit_bind_of_lane gives the row of a lane; that of a bucket is its window's, the lane behind it.  NULL: there is none.
   limit_of_lane names the limit that a lane is compared with; LIMIT_COUNT: no row of limits.def. */
const struct limit_bind *limit_bind_of_lane(unsigned lane);
enum limit limit_of_lane(unsigned lane);

#endif
