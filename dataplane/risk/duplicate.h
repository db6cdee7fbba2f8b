/* duplicate.h - the same order again: how often it came within the window.

   A log of the last orders that passed, in time order, with a hash over session, symbol, side, price
   and quantity.  Each entry names the entry before it in its hash bucket, so a count walks only what is
   young enough.  An entry is overwritten when the log comes round; if it is still young enough to
   matter, the log is full and orders are refused.

   Owner      the gate stage.
   Time       from the caller; never runs backwards.
   Invariant  (1) the log holds every order that came within the longest window in force, or
              duplicate_is_full says so before one is lost;
              (2) entries are in time order, so the log itself is its canonical form. */
#ifndef SLUICE_RISK_DUPLICATE_H
#define SLUICE_RISK_DUPLICATE_H

#include "config/limits.h"
#include "config/types.h"

struct duplicate_key {
	uint32_t symbol, price_e4, qty;
	uint16_t session;
	uint8_t side;
	uint8_t reserved; /* zero */
};

struct duplicate_entry {
	uint64_t time_ns;
	struct duplicate_key key;
	uint64_t previous; /* number + 1 of the entry before in its bucket; 0: none */
};
_Static_assert(sizeof(struct duplicate_entry) == 32, "two to a line");

/* The newest entry of a bucket: its time is here too, because mostly it is too old and the log need not be looked at. */
struct duplicate_newest {
	uint64_t link; /* number + 1; 0: none */
	uint64_t time_ns;
};

struct duplicate {
	struct duplicate_entry *log;      /* DUPLICATE_COUNT_MAX */
	struct duplicate_newest *buckets; /* DUPLICATE_COUNT_MAX */
	uint64_t count;                   /* entries ever written */
	uint64_t keep_ns;                 /* longest window in force */
};

void duplicate_init(struct duplicate *duplicate);
void duplicate_free(struct duplicate *duplicate);

uint32_t duplicate_bucket(const struct duplicate_key *key);

/* duplicate_measure counts the orders like this one within the window, this one included; bucket is its key's.
   INT64_MAX: its bucket is too crowded to say. */
int64_t duplicate_measure(const struct duplicate *duplicate, const struct duplicate_key *key,
	uint32_t bucket, uint64_t window_ns, uint64_t now_ns);

/* duplicate_is_full: the next entry would overwrite one that may still matter. */
bool duplicate_is_full(const struct duplicate *duplicate, uint64_t now_ns);

/* duplicate_add writes an order into the log; bucket is its key's. */
void duplicate_add(struct duplicate *duplicate, const struct duplicate_key *key, uint32_t bucket,
	uint64_t now_ns);

#endif
