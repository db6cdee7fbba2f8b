/* follow.h - one market's tapes, read into a store: the work of the archive's thread without the thread.

   follow_pass reads at most a batch from every tape and writes what it says of bars in one transaction; what
   says nothing of bars is passed over without one.  If a transaction fails, nothing was read: the next
   pass reads the same again.

   Events carry the time since their venue's midnight, and a dataplane lives for days: a channel's day is that on which
   its event was heard, looked for when its first comes, when its times begin anew, and after FOLLOW_NIGHT_NS
   without one.  A venue's clock and ours may disagree about which side of a midnight it is.

   Owner      the archive's thread; a test.
   Invariant  (1) what the store says of a tape's place is what it holds of that tape, or less: what was passed
                  over since is passed over again after a restart;
              (2) every event between two places was looked at, or lies in a hole. */
#ifndef SLUICE_CONTROL_FOLLOW_H
#define SLUICE_CONTROL_FOLLOW_H

#include "control/archive/archive.h"
#include "dataplane/shm/market.h"

/* The day that a channel's events are of, and the last of them. */
struct follow_day {
	int64_t begin_s; /* 0: none has come yet */
	uint64_t exch_ns, recv_ns;
	uint64_t
		whole_ns; /* when it said it was whole again, of which nothing was heard since; 0: no */
};

struct follow_tape {
	struct sluice_tape tape;
	uint64_t time_ns; /* of the last event with a time; 0: none yet */
	uint64_t placed;  /* the place the store has                    */
	bool is_begun;    /* the store has its place */
	bool is_waiting;  /* the next event with a time ends what was missed */
};

struct follow {
	const struct market_region *market;
	struct sluice sluice;
	int64_t day_s; /* on which the dataplane was started */
	struct follow_day days[CHANNEL_COUNT_MAX];
	bool is_writing; /* a transaction is open */
	struct follow_tape tapes[FEED_STAGE_COUNT_MAX];
	struct archive_facts facts; /* is_writing and trouble are the archive's */
};

/* follow_join begins to read a mapped market; the mapping stays the caller's and must last.  false: error
   has why. */
bool follow_join(
	struct follow *follow, const struct market_region *market, struct config_error *error);

/* follow_pass reads and writes once.  false: store_trouble has why and nothing was read; *events counts what
   was read, 0: nothing is new. */
bool follow_pass(struct follow *follow, struct store *store, uint64_t *events);

/* follow_rest writes the places of what was passed over since: for whoever ends. */
bool follow_rest(struct follow *follow, struct store *store);

#endif
