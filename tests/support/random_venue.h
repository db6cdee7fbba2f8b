/* random_venue.h - a venue of OUCH at the rig that does as it pleases, by a seed: what it may, in every order.

   It accepts, refuses and kills at birth; replaces or answers a replace with a Canceled, a Rejected or silence; executes,
   reduces and cancels by itself; breaks and corrects what it executed, also of orders that are over; moves, restates,
   keeps a cancel waiting.  When its connection is cut it may never have read the last of what was sent.

   Owner      the test, whose dice the venue's are too. */
#ifndef SLUICE_TESTS_SUPPORT_RANDOM_VENUE_H
#define SLUICE_TESTS_SUPPORT_RANDOM_VENUE_H

#include "tests/support/dice.h"
#include "tests/support/rig.h"

enum { RANDOM_ORDER_COUNT = 512, RANDOM_TRADE_COUNT = 64 };

struct random_order {
	uint32_t ref, open, executed;
	uint64_t symbol, price_e4;
	uint8_t side;
};

/* An execution that may still be broken; qty 0: it was. */
struct random_trade {
	uint32_t ref, qty;
	uint64_t match, price_e4;
};

struct random_venue {
	struct rig *rig;
	struct dice dice;
	bool is_plain; /* it neither breaks nor corrects */
	struct random_order open[RANDOM_ORDER_COUNT];
	uint32_t open_count;
	struct random_trade trades[RANDOM_TRADE_COUNT]; /* trade n at n % RANDOM_TRADE_COUNT */
	uint32_t trade_count;
};

/* random_venue_join makes it the rig's venue, which is up; every seed gives another. */
void random_venue_join(struct random_venue *venue, struct rig *rig, uint64_t seed);

/* random_any throws the dice: 0 to below - 1. */
uint32_t random_any(struct random_venue *venue, uint32_t below);

/* random_venue_reads takes one message and answers it, or not; false: there is none. */
bool random_venue_reads(struct random_venue *venue);

/* random_venue_acts reads, or does something by itself. */
void random_venue_acts(struct random_venue *venue);

/* random_venue_cuts breaks its connection and lets the gate come back. */
void random_venue_cuts(struct random_venue *venue);

/* random_venue_ends reads all that is left and cancels all that is open. */
void random_venue_ends(struct random_venue *venue);

#endif
