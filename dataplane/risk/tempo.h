/* tempo.h - how fast executions come: of each strategy, and of the whole gate.

   An algorithm that is executed again and again may be running away, whatever each of its orders looks like.  Every
   execution's time is kept, so that at any moment the number of the last window_ns is exact: one of time t counts at
   t + window_ns - 1 and no longer at t + window_ns.  One more than the limit trips: the strategy (CONTROLS, 18) or the
   firm (28) is halted until a person has looked.  What was executed was executed; a trip only stops what follows.

   max_fills is stated for the firm or an account and counts for each strategy by itself; max_fill_rate is the firm's.
   Where one is stated nowhere no order passes (NOT_CONFIGURED) and nothing trips.

   Owner      the gate stage; nobody else writes.
   Time       comes from the caller and never runs backwards.
   Invariant  (1) a ring holds more times than any limit allows, so a change of the limit forgets nothing and one more
                  than it is always seen. */
#ifndef SLUICE_RISK_TEMPO_H
#define SLUICE_RISK_TEMPO_H

#include "config/limitset.h"
#include "dataplane/risk/gauge.h"

enum { STRATEGY_FILL_RING = 1024, GATE_FILL_RING = 16384 };
_Static_assert((int)STRATEGY_FILLS_MAX < (int)STRATEGY_FILL_RING, "tempo (1)");
_Static_assert((int)GATE_FILLS_MAX < (int)GATE_FILL_RING, "tempo (1)");

struct tempo {
	uint64_t *times; /* ring of the last ring_mask + 1; NULL: nobody's */
	uint64_t ring_mask, recorded;
	/* shown only */
	struct gauge gauge;
};

struct tempos {
	struct tempo *strategies; /* STRATEGY_COUNT_MAX */
	struct tempo gate;
	uint64_t *times;
	size_t times_bytes;
};

struct risk;
struct site_config;
struct usage_row;

/* tempo_take records an execution, tempo_count counts those within the window, at most as many as the ring holds. */
void tempo_take(struct tempo *tempo, uint64_t now_ns);
int64_t tempo_count(const struct tempo *tempo, uint64_t window_ns, uint64_t now_ns);

/* tempos_open takes a ring for every strategy of the site and one for the gate, whose gauges have no limit before
   tempo_adopt; tempos_close gives them back. */
void tempos_open(struct tempos *tempos, const struct site_config *site);
void tempos_close(struct tempos *tempos);

/* tempo_exceeds takes one and tells whether it is one too many; a mark that it reaches is told as the head's.  limit
   NULL: unstated, and nothing trips. */
bool tempo_exceeds(struct risk *risk, struct tempo *tempo, struct usage_row head,
	const struct limit_value *limit, uint64_t now_ns);

/* tempo_set gives a gauge its limit; tempo_show fills in the numbers of a head. */
void tempo_set(struct tempo *tempo, const struct limit_value *limit, uint64_t now_ns);
void tempo_show(const struct tempo *tempo, const struct limit_value *limit, uint64_t now_ns,
	struct usage_row *head);

/* tempo_limit finds what an account's strategies (or, with account 0, the gate) may be executed, into `limit`, which it returns;
   NULL: unstated. */
const struct limit_value *tempo_limit(
	const struct risk *risk, uint32_t account, struct limit_value *limit);

/* tempo_adopt gives every gauge its limit of the epoch in force. */
void tempo_adopt(struct risk *risk);

/* tempo_row gives a strategy's usage (strategy 0: the gate's) for people. */
void tempo_row(const struct risk *risk, uint32_t account, uint32_t strategy, uint64_t now_ns,
	struct usage_row *row);

#endif
