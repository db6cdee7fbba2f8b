/* fills.h - what was executed, kept for second thoughts, and whose the orders were that are gone.

   A venue may tell an execution twice, break it, or correct its price, long after the order had its last word.
   It names it by the order's number and a match number; each execution stays here under both until newer
   ones push it out, and an order that is finished leaves behind whose it was, so that even a fill after its
   last word finds an owner.

   Owner      the fold.
   Units      price_e4; fee_e4 money_e4 in the symbol's currency; shares.
   Invariant  (1) an execution stands under (venue, number, match) at most once;
              (2) as many executions are kept as there are own orders, at least FILLS_COUNT_MIN; of finished
                  orders those of the last PAST_COUNT numbers of a venue, unless another venue's took their
                  place;
              (3) a match number of 0 names nothing: such an execution is counted and not kept;
              (4) a venue whose executions have names of their own finds one by that alone, the newest of a name and side;
              (5) of such a venue each report that corrects an execution is another name of it, until ALIAS_COUNT newer ones
                  took their place. */
#ifndef SLUICE_ORDERS_FILLS_H
#define SLUICE_ORDERS_FILLS_H

#include "config/types.h"
#include "dataplane/orders/order.h"
#include "dataplane/orders/refs.h"

enum { FILLS_COUNT_MIN = 16384, PAST_COUNT = 65536, ALIAS_COUNT = 4096 };

/* Whose word is being applied: the order session's, its venue's drop copy's (copyin.h), persons' (resolve.h). */
enum speaker { SPEAKER_SESSION = 0, SPEAKER_COPY = 1, SPEAKER_PERSONS = 2 };

enum fill_state { FILL_NONE = 0, FILL_COUNTED = 1, FILL_BROKEN = 2 };

/* An execution; or, without a match, whose a finished order was, and what stands of its executions. */
struct fill {
	uint64_t match;
	uint64_t order_id;
	union {
		int64_t price_e4; /* of an execution */
		int64_t value_e4; /* of a finished order: of what stands, saturating */
	};
	union {
		int64_t fee_e4; /* of an execution: what was taken for it, and is given back with it */
		struct {        /* of a finished order */
			uint32_t order_qty; /* its size as it was told last   */
			uint32_t
				next_ref; /* of what replaced it; 0: nothing, it was the last of its chain */
		};
	};
	uint32_t qty; /* executed, or what stands of a finished order */
	uint32_t venue_ref, client_ref;
	uint16_t symbol;
	uint8_t client_index;
	union {
		uint8_t ended_by; /* of a finished order: enum speaker, whose word was its last */
		uint8_t liquidity; /* of an execution: the venue's flag, which its fee follows from */
	};
	uint16_t session, account, strategy;
	uint8_t venue, side;
	uint8_t state; /* enum fill_state */
	uint8_t wire_side;
	char clordid[14];
	uint32_t
		first_ref; /* number at the venue of the first of its order's chain; 0: it was the first */
	uint32_t
		first_qty; /* of an execution that was corrected: what it was told with first; else 0 */
};
_Static_assert(sizeof(struct fill) == 80, "hashed whole: no padding");

/* A later name of an execution. */
struct fill_alias {
	uint64_t name, match;
	uint64_t venue;
};

struct fills {
	struct fill *ring;  /* execution n at n % count_max */
	uint64_t total;     /* kept so far */
	uint64_t day_total; /* kept when the day began */
	uint32_t count_max;
	struct refs by_match;
	uint32_t named_mask; /* a bit per venue whose executions are found by their names alone */
	struct refs by_name; /* not open: there is none */
	struct fill_alias *aliases; /* ring: alias n at n % ALIAS_COUNT; NULL: as by_name */
	uint64_t alias_total;
	struct fill *past;         /* by number */
	struct refs past_by_chain; /* of a chain of replaces the last, if it is over */
	struct refs past_by_id;    /* not open: nobody asks for one by its id */
};

/* fills_open takes memory for count_max executions, fills_close gives it back. */
void fills_open(struct fills *fills, uint32_t count_max);
void fills_close(struct fills *fills);

/* fills_whose makes a fill of nothing but whose the order is. */
void fills_whose(struct fill *fill, const struct own_order *order);

/* fills_add keeps an execution that is not there; the oldest gives way.  false: not kept, because it has no
   match number or, by chance, its key stands for another; then it cannot be broken or corrected. */
bool fills_add(struct fills *fills, const struct fill *fill);

/* fills_find gives an execution, or NULL; it may be changed but for what it is found by. */
struct fill *fills_find(
	const struct fills *fills, uint8_t venue, uint32_t venue_ref, uint64_t match);

/* fills_name lets the executions of a venue be found by match and side alone, before the first is kept; fills_named finds one
   of it, of whichever order, or gives NULL. */
void fills_name(struct fills *fills, uint8_t venue);
const struct fill *fills_named(
	const struct fills *fills, uint8_t venue, enum side side, uint64_t match);

/* fills_rename notes a later name of the execution that another name stands for, fills_first_name gives the first of a name: that
   itself where it is none of a correction.  A venue's whose executions have no names of their own have no later ones. */
void fills_rename(struct fills *fills, uint8_t venue, uint64_t name, uint64_t other);
uint64_t fills_first_name(const struct fills *fills, uint8_t venue, uint64_t name);

/* fill_first_ref gives the number that names the chain which an execution, or a finished order, is of. */
static inline uint32_t fill_first_ref(const struct fill *fill)
{
	return fill->first_ref != 0 ? fill->first_ref : fill->venue_ref;
}

/* fills_leave remembers a finished order, fills_past finds it; NULL: not known, or no longer.  fills_follow notes what has its
   place, fills_end that the order which just left was the last of its chain, and not the first. */
void fills_leave(struct fills *fills, const struct own_order *order, enum speaker speaker);
struct fill *fills_past(const struct fills *fills, uint8_t venue, uint32_t venue_ref);
void fills_follow(struct fills *fills, uint8_t venue, uint32_t venue_ref, uint32_t next_ref);
void fills_end(struct fills *fills, const struct own_order *order);

/* fills_last finds the last order of the chain that an execution is of, which is over; NULL: it is not known, or no longer. */
struct fill *fills_last(const struct fills *fills, const struct fill *execution);

/* fills_index keeps finished orders by their ids too, for fills_past_of; before the first has left. */
void fills_index(struct fills *fills);
const struct fill *fills_past_of(const struct fills *fills, uint64_t order_id);

/* fills_day begins a day: what is kept is of days before, which fills_is_before tells of an execution that is kept. */
void fills_day(struct fills *fills);
bool fills_is_before(const struct fills *fills, const struct fill *execution);

/* fills_disown takes every order and execution that is kept from its client: they are nobody's. */
void fills_disown(struct fills *fills);

/* fills_write feeds all that is kept to `add`, the same bytes for the same history; or, not whole, what builds before fed that
   kept less. */
void fills_write(const struct fills *fills, bool is_whole,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

#endif
