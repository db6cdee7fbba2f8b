/* strategy.h - a strategy on the same machine: reads the tape and the tops, says how late it heard, acts.

   It is a sample: what a strategy must do about the market is all here, what it makes of it is little.  From
   prints it keeps each symbol's volume and last price; where events were lost it says so and begins anew
   from the tops, and until then it does not call its own sums whole:

      whole ──the reader was overrun (tape.lost rose)──────────▶ partial   all symbols
      whole ──SLUICE_STALE: the feed itself lost messages──────▶ partial   the symbol, or the channel's
      partial ──it starts again──▶ whole: only a day heard from its first event has whole sums

   Latency is from recv_ns (the feed took the burst with the frame from its port) to the moment this process has
   the event in its hands, on the feed's clock: both read the same TSC by the same rule.

   Owner      one thread.
   Units      nanoseconds, price_e4, shares. */
#ifndef SLUICE_STRATEGY_STRATEGY_H
#define SLUICE_STRATEGY_STRATEGY_H

#include "dataplane/shm/histogram.h"
#include "dataplane/shm/sluice.h"
#include "tools/client/client.h"
#include "tools/strategy/trigger.h"

enum { STRATEGY_BATCH = 32, STRATEGY_WATCH_MAX = 32 };

struct strategy_options {
	char run_directory[PATH_BYTES];
	char watched[STRATEGY_WATCH_MAX][9]; /* symbols that are told */
	uint32_t watched_count;
	uint64_t wait_ns;      /* keep trying to open for so long */
	uint64_t for_ns;       /* stop after so long; 0: when the dataplane ends */
	uint64_t every_ns;     /* tell in between; 0: only at the end */
	uint64_t stall_ns;     /* play a slow reader: sleep so long ... */
	uint64_t stall_events; /* ... each time so many events were read; 0: never */
	uint64_t order_max;    /* orders sent at most */
	uint8_t idle;          /* enum idle_kind, when there is nothing */
	uint64_t nap_ns;
	bool is_json, is_once, is_oldest, is_reopening, has_orders;
	struct trigger when;
	struct client_options client;
	struct script then; /* one step */
};

/* What the sample keeps of a symbol. */
struct strategy_symbol {
	uint64_t prints, volume; /* shares */
	int64_t last_e4;
	uint8_t channel;
	bool is_partial; /* events are missing in these sums */
};

struct strategy {
	const struct strategy_options *options;
	struct sluice market;
	uint32_t tape_count;
	struct sluice_tape tapes[FEED_STAGE_COUNT_MAX];
	uint64_t lost_seen[FEED_STAGE_COUNT_MAX];
	struct strategy_symbol *symbols; /* by index */
	uint32_t symbol_count, trigger_symbol;
	struct trigger when;
	struct client client;
	bool has_client;
	uint64_t events, losses, opens, orders, stall_count;
	struct histogram heard_ns; /* frame -> event in hand */
	struct histogram acted_ns; /* frame -> order handed to the session's stream */
};

/* strategy_open opens the market (again, after a dataplane ended) and, once, the order session.  false: error
   has why. */
bool strategy_open(struct strategy *strategy, const struct strategy_options *options,
	struct config_error *error);
void strategy_close(struct strategy *strategy);

/* strategy_turn reads every tape once and acts.  Returns how many events there were. */
size_t strategy_turn(struct strategy *strategy);

/* strategy_take takes events of one tape as they were read at now_ns. */
void strategy_take(struct strategy *strategy, const struct sluice_event *events, size_t count,
	uint64_t now_ns);

/* strategy_lose forgets what can no longer be known after a loss. */
void strategy_lose(struct strategy *strategy);

#endif
