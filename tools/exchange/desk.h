/* desk.h - what a participant may say to the venue in OUCH 5.0, and what it hears.

   A user is one order port: its UserRefNums rise, a number at or below the last one is a repetition
   and is ignored without a word.  Every answer is kept as a numbered message from 1 on, so that a
   session that comes back may ask for any of them again.

   Owner      one thread.
   Units      the wire's: shares, price_e4, nanoseconds of the venue's day.
   Invariant  user (1) to (3);
              (4) a port that hears another's copies hears what becomes of its orders, in order, and may
              say nothing.
   Limits     day and IOC limit orders of the continuous market; crosses, pegs, reserves, minimum
              quantities, routing and channels (tag 28) are rejected by their code (terms.h).
   Source     OUCH 5.0 rev. 1.04.
   See        counter.h takes the orders, hand.h is the desk's own hand. */
#ifndef SLUICE_EXCHANGE_DESK_H
#define SLUICE_EXCHANGE_DESK_H

#include "tools/exchange/heard.h"
#include "tools/exchange/ledger.h"
#include "tools/exchange/match.h"
#include "tools/exchange/reaction.h"
#include "tools/exchange/reason.h"
#include "tools/exchange/user.h"

enum { DESK_USER_MAX = 64 };

/* Why a symbol does not trade; bits. */
enum {
	DESK_HALT = 1,      /* its state on every market is not T     */
	DESK_HALT_HERE = 2, /* an operational halt of this market     */
};

struct desk {
	struct match *match;
	struct refmap locates; /* symbol_pack to locate */
	uint64_t exch_ns;
	bool is_counted; /* the clock moves by a microsecond with each thing that is done, and not else */
	uint8_t halts[SYMBOL_COUNT_MAX]; /* DESK_HALT, DESK_HALT_HERE */
	bool is_closed;                  /* before the day begins: orders are rejected as halted */
	uint8_t liquidity;               /* of the next fills, if a script has chosen it; 0: A, R */
	bool is_self_port;               /* a side of its own is a port, else a firm */
	struct terms terms;
	struct ledger ledger;
	struct reactions reactions;
	struct heard heard;
	uint32_t user_count;
	struct desk_user users[DESK_USER_MAX];
};

void desk_init(struct desk *desk);
void desk_free(struct desk *desk);

/* desk_symbol makes a symbol tradable under a locate. */
void desk_symbol(struct desk *desk, uint16_t locate, uint64_t symbol);

/* desk_halt sets or lifts one reason why a symbol does not trade. */
static inline void desk_halt(struct desk *desk, uint16_t locate, uint8_t reason, bool is_halted)
{
	uint8_t *halts = &desk->halts[locate];
	*halts = (uint8_t)(is_halted ? *halts | reason : *halts & ~reason);
}

/* desk_tick moves a clock that is counted. */
void desk_tick(struct desk *desk);

/* desk_user_add adds a port; firm may be "".  Returns its index, which is its owner number less one;
   UINT32_MAX: the table is full.  The port's first message is start of day. */
uint32_t desk_user_add(struct desk *desk, const char *name, const char *password, const char *firm);

/* desk_day_begin forgets what a user was told and begins again with message 1, start of day; orders and
   numbers stay. */
void desk_day_begin(struct desk *desk, struct desk_user *user);

/* desk_user_find compares as SoupBinTCP does, without case; UINT32_MAX: unknown or wrong. */
uint32_t desk_user_find(const struct desk *desk, const char *name, const char *password);

/* desk_user_speech chooses what a port speaks; it must not have spoken yet. */
void desk_user_speech(struct desk *desk, uint32_t user, enum desk_speech speech);

/* desk_user_ear makes a port hear by a function; it must not have spoken yet. */
void desk_user_ear(struct desk *desk, uint32_t user, desk_ear *ear, void *context);

/* desk_not_done tells who wants to know that a cancel or replace changed nothing. */
void desk_not_done(struct desk_user *user, const struct ouch_in *in);

/* desk_user_named finds a user by its exact name; UINT32_MAX: nobody has it. */
uint32_t desk_user_named(const struct desk *desk, const char *name);

/* desk_copies lets a port hear what becomes of another's orders, and take no orders itself. */
void desk_copies(struct desk *desk, uint32_t user, uint32_t of);

/* desk_on_fill books one fill of the market and tells its owner. */
void desk_on_fill(struct desk *desk, const struct match_fill *fill);

/* desk_cancel_all takes every live order of a user out, with a reason character. */
void desk_cancel_all(struct desk *desk, uint32_t user, uint8_t reason);

/* desk_day_end tells every user that the day is over. */
void desk_day_end(struct desk *desk);

/* For those who serve at the desk (counter.c, hand.c). */

/* desk_say tells a user, and who hears its copies; the time is filled in. */
void desk_say(struct desk *desk, struct desk_user *user, struct ouch_out *message);

/* desk_order_add adds an order, whose number is above all there are; earlier orders may move. */
struct desk_order *desk_order_add(struct desk_user *user, const struct desk_order *order);

/* desk_reduce takes so many of its open shares off an order, without a word. */
void desk_reduce(struct desk_order *order, uint32_t qty);

/* desk_canceled books qty off an order and says so. */
void desk_canceled(struct desk *desk, struct desk_user *user, struct desk_order *order,
	uint32_t qty, uint8_t reason);

/* desk_prevented books shares off an order that would have traded with its own side, and says so under a
   strategy's letter. */
void desk_prevented(struct desk *desk, const struct match_prevented *prevented, uint8_t strategy);

/* desk_take makes the market's order of ours. */
struct match_order desk_take(
	const struct desk *desk, const struct desk_user *user, const struct desk_order *order);

/* desk_firm reads up to four characters as option 2 carries them; 0: none. */
uint32_t desk_firm(const char *firm, size_t size);

#endif
