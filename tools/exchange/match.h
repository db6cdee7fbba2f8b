/* match.h - one market: full-depth books, matched by price, then display, then time.

   An order enters, trades with what it crosses, and rests or goes.  Every change of what the public
   may see comes out as an event in the order in which it happened, and every trade of a participant
   as a fill, so a feed made of the events and a book made of the feed can never disagree with the
   market.

   Owner      one thread.  The caller sets exch_ns before it changes anything.
   Units      price_e4, shares, nanoseconds of the venue's day.
   Invariant  (1) after each call no two displayed or hidden orders of a symbol cross;
              (2) events of displayed orders rebuild exactly the displayed book;
              (3) at one price displayed orders trade before hidden ones, older before younger.
   Errors     a full table: the order is refused, nothing happened. */
#ifndef SLUICE_EXCHANGE_MATCH_H
#define SLUICE_EXCHANGE_MATCH_H

#include "dataplane/wire/event.h"

#define MATCH_OWNER_NONE 0u /* the background: nobody is told of its fills */

struct match_order {
	uint64_t reference; /* the venue's number; the key on the feed */
	uint64_t other;     /* attribution on the feed; 0: none        */
	int64_t price_e4;
	uint32_t qty;
	uint32_t owner, owner_index; /* whose, and which of theirs; come back with each fill */
	uint64_t self; /* who must not trade with each other have the same; 0: nobody */
	uint16_t locate;
	uint8_t side; /* enum side */
	bool is_hidden;
	bool is_ioc; /* what does not trade at once does not rest */
};

/* What happens when an order meets one of its own side (AIQ). */
enum match_self { SELF_TRADES = 0, SELF_CANCELS_OLDEST, SELF_CANCELS_NEWEST, SELF_DECREMENTS };

/* Shares that were taken off an order because they would have traded with its own side. */
struct match_prevented {
	uint32_t owner, owner_index, qty;
	uint32_t prevented; /* that would have traded */
	int64_t price_e4;   /* at which               */
};

struct match_fill {
	uint32_t owner, owner_index, qty;
	int64_t price_e4;
	uint64_t match;
	bool is_maker;
};

/* Who is told. */
struct match_sink {
	void *context;
	void (*publish)(void *context, const struct event *event);
	void (*fill)(void *context, const struct match_fill *fill);
	void (*prevent)(
		void *context, const struct match_prevented *prevented); /* NULL: SELF_TRADES */
};

struct match_level {
	int64_t price_e4;
	uint64_t qty; /* displayed */
	uint32_t order_count;
};

struct match;

struct match *match_open(const struct match_sink *sink, uint32_t order_max);
void match_close(struct match *m);

/* match_self chooses what happens among the same side from now on. */
void match_self(struct match *m, enum match_self self);

/* match_symbol makes a symbol known under its locate. */
void match_symbol(struct match *m, uint16_t locate, uint64_t symbol);

/* match_symbol_of gives a locate's symbol; 0: unknown. */
uint64_t match_symbol_of(const struct match *m, uint16_t locate);

/* match_now sets the time that events carry; it never runs backwards. */
void match_now(struct match *m, uint64_t exch_ns);

/* match_reference takes the next order reference. */
uint64_t match_reference(struct match *m);

/* match_has_room tells whether one more order may rest. */
bool match_has_room(const struct match *m);

/* match_enter trades an order with a reference from match_reference and rests what is left, unless it
   is IOC.  Returns the shares that did not trade. */
uint32_t match_enter(struct match *m, const struct match_order *order);

/* match_crosses tells whether an order would trade at once. */
bool match_crosses(const struct match *m, const struct match_order *order);

/* match_say publishes an event that changes no book. */
void match_say(struct match *m, struct event *event, uint16_t locate);

/* match_replace takes old out and enters order in its place, at the end of its price.  Returns the
   shares that did not trade.  old must rest. */
uint32_t match_replace(struct match *m, uint64_t old, const struct match_order *order);

/* match_reduce takes shares off a resting order, which keeps its place; all of them or more: it goes.
   Returns the shares taken off; 0: no such order. */
uint32_t match_reduce(struct match *m, uint64_t reference, uint32_t qty);

/* match_hit trades a resting order as if someone came for it and left: participants' orders that stand
   before it trade first.  Returns the shares that traded. */
uint32_t match_hit(struct match *m, uint64_t reference, uint32_t qty);

/* match_print executes a resting order at another price than its own (a cross, a price improvement). */
uint32_t match_print(
	struct match *m, uint64_t reference, uint32_t qty, int64_t price_e4, uint8_t printable);

/* match_fill executes this resting order, whoever stands before it, at its own price or another.  Returns the
   shares that traded. */
uint32_t match_fill(struct match *m, uint64_t reference, uint32_t qty, int64_t price_e4);

/* match_find gives a resting order; NULL: it does not rest. */
const struct match_order *match_find(const struct match *m, uint64_t reference);

/* match_each calls back for every displayed order, oldest first, with the time it came to its place. */
void match_each(const struct match *m,
	void (*each)(void *context, const struct match_order *order, uint64_t exch_ns),
	void *context);

/* match_trade_number takes the next match number, for prints that touch no order. */
uint64_t match_trade_number(struct match *m);

/* match_levels copies up to max displayed levels, best first; returns how many. */
uint32_t match_levels(const struct match *m, uint16_t locate, enum side side,
	struct match_level *levels, uint32_t max);

#endif
