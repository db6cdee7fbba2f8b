/* user.h - one order port of the venue: its orders, how it speaks, and all that it was told.

   Owner      one thread; the desk (desk.h) changes it, whoever speaks for it reads it.
   Units      the wire's: shares, price_e4, nanoseconds of the venue's day.
   Invariant  (1) of each order accepted = executed + cancelled + replaced away + open;
              (2) a number is used by at most one order;
              (3) the numbered messages only ever grow. */
#ifndef SLUICE_EXCHANGE_USER_H
#define SLUICE_EXCHANGE_USER_H

#include "dataplane/wire/ouch50.h"
#include "tools/exchange/refmap.h"
#include "tools/exchange/sequence.h"
#include "tools/exchange/terms.h"

enum { DESK_DISABLED_MAX = 64 };

/* What a port speaks (speech.h). */
enum desk_speech { SPEECH_OUCH50 = 0, SPEECH_OUCH42, SPEECH_FIX42, SPEECH_FIX44 };

struct desk_user;

/* desk_ear hears, in the desk's own words, what a port is told of an order of `of`, and what OUCH passes over in
   silence: an `I` whose code is the type of a cancel or replace that changes nothing. */
typedef void desk_ear(void *context, const struct desk_user *of, const struct ouch_out *message);

/* What became of an order, as its state character. */
enum desk_state {
	DESK_LIVE = 'L',
	DESK_FILLED = 'F',
	DESK_CANCELED = 'C',
	DESK_REPLACED = 'U',
	DESK_REJECTED = 'J',
};

struct desk_order {
	uint64_t symbol, price_e4, reference;
	uint32_t ref, original_ref, replaced_by;
	uint32_t qty;             /* shares open when this number was accepted       */
	uint32_t executed_before; /* of the chain, under earlier numbers             */
	uint32_t executed, canceled, open;
	uint32_t busted;      /* of what the chain executed */
	uint32_t gone;        /* of its size, while it was open: busted, or taken off by halves */
	uint64_t notional_e4; /* of what the chain executed and was not busted */
	uint32_t firm;        /* option 2 as on the wire; 0: the port's own      */
	int32_t group;        /* option 24; 0: none                              */
	uint16_t locate, reject_code;
	uint8_t side, time_in_force, display, capacity, iso;
	uint8_t state; /* enum desk_state                                 */
	char clordid[14];
};

/* Counts of a user; never decrease. */
struct desk_counts {
	uint64_t messages, malformed, entered, accepted, rejected, replaced, executions,
		executed_shares;
	uint64_t canceled, canceled_shares;
	uint64_t repeated;    /* numbers used before: ignored     */
	uint64_t superfluous; /* cancels and replaces of what is not live: ignored */
	uint64_t ignored;     /* because a rule says so, or the port may only listen  */
	uint64_t broken, modified;
	int64_t fees_e4; /* what it owes: fees less rebates */
};

struct desk_user {
	char name[21], password[11];
	uint32_t firm;   /* the port's default; 0: any */
	uint64_t copies; /* bit u: hears what becomes of the orders of user u; 0: an order port */
	struct terms_tokens throttle;
	uint8_t speech;       /* enum desk_speech */
	struct refmap tokens; /* of a port that names its orders by text: to their numbers */
	desk_ear *ear;        /* NULL: what it is told is kept as messages in said */
	void *ear_context;
	uint32_t last_ref;
	uint32_t given; /* numbers that were given to orders which the port names by text */
	struct desk_order *orders; /* in the order of their numbers */
	uint64_t order_count, order_capacity;
	struct sequence said; /* every answer, numbered */
	uint32_t disabled[DESK_DISABLED_MAX];
	uint32_t disabled_count;
	struct desk_counts counts;
};

/* desk_user_number gives a port's next order a number. */
static inline uint32_t desk_user_number(struct desk_user *user)
{
	if (user->given < user->last_ref)
		user->given = user->last_ref;
	return ++user->given;
}

/* desk_order_find finds an order by its number, which rise, so a search by halves will do; NULL: never used. */
static inline struct desk_order *desk_order_find(const struct desk_user *user, uint32_t ref)
{
	uint64_t low = 0, high = user->order_count;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (user->orders[middle].ref < ref)
			low = middle + 1;
		else
			high = middle;
	}
	return low < user->order_count && user->orders[low].ref == ref ? &user->orders[low] : NULL;
}

#endif
