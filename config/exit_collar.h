/* exit_collar.h - whether the way out is wider than the way in.

   A way out is judged by the exit collar alone, everything else by the collar (CONTROLS: the exit collar is wider than the
   collar).  Which of each binds is known only where an order is: the smallest of what the firm, its account, its symbol and the
   symbol within the account state.  So whole sets are looked at, leases included, and not rows.

   Units      basis points. */
#ifndef SLUICE_CONFIG_EXIT_COLLAR_H
#define SLUICE_CONFIG_EXIT_COLLAR_H

#include "config/config.h"

/* Why a set is not good. */
struct exit_collar {
	uint32_t row;       /* whose exit collar it is: index into the set's rows */
	int64_t collar_bps; /* the widest collar that binds some order which it covers */
};

/* exit_collar_find looks for an exit collar that is not wider than a collar that binds an order which it covers.  An order that
   no collar binds has no way in.  false: there is none, and nothing is written. */
bool exit_collar_find(
	const struct limitset *set, const struct site_config *site, struct exit_collar *found);

#endif
