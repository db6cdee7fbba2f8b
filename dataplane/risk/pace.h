/* pace.h - how fast a strategy may send, where the limits file states a rate for it.

   The session's, the account's and the symbol's order_rate always bind (CONTROLS, 17).  A strategy may have one of its own
   beside them: a bucket and a window like theirs (throttle.h).  Where it is used up the account's lanes refuse, and the verdict names
   the strategy; the account's own comes first.  What only reduces takes the account's way-out tokens, and none of these.

   Orders count from when a rate is stated, and while it is.  What counted stays so when the rate changes, or goes and comes again.

   Owner      the gate stage.
   Invariant  (1) an order of a strategy that states no rate touches nothing of this but that it does not. */
#ifndef SLUICE_RISK_PACE_H
#define SLUICE_RISK_PACE_H

#include "dataplane/risk/throttle.h"

struct measure_inputs;
struct risk;
struct site_config;

struct paces {
	struct throttle *strategies; /* STRATEGY_COUNT_MAX; only those of the site have rings */
	uint64_t *times;
	size_t times_bytes;
};

/* paces_open takes a ring for every strategy of the site, with no rate stated; paces_close gives them back. */
void paces_open(struct paces *paces, const struct site_config *site);
void paces_close(struct paces *paces);

/* pace_measure makes the account's lanes breach where the strategy's rate is used up; to be asked where it states one
   (tables_pace). */
void pace_measure(const struct measure_inputs *in, const struct throttle *pace, int64_t *m);

/* pace_named gives the throttle by which one of the account's lanes refused: the account's own, or its strategy's. */
const struct throttle *pace_named(const struct measure_inputs *in, unsigned lane);

#endif
