/* order.h - our own orders, from the decision to the last word of the venue.

   Life of an order.  A replace makes a new order that points at the one it replaces.

      decided --sent--> sent --accepted--> live --executed, cancelled--> done
         |                |                  ^
         | withheld       | rejected         | accepted
         v                v                  |
        done             done     sent --venue lost--> uncertain --not seen--> done

   The table in order.c is the whole truth of what may follow what; what is not in it is counted as the
   venue's mistake and changes nothing.  Pending cancel and pending replace are flags over sent, live and
   uncertain, because both may be pending at once.

   Owner      the gate stage; nobody else touches an order.
   Units      price_e4, shares; value_e4 = price_e4 * reserved shares.
   Invariant  (1) an order that is not done stands in the open list, in the order of its id, and in both
                  reference tables (a decided one without a venue number only in the client's);
              (2) executed_qty + open_qty <= qty;
              (3) reserved_qty, reserved_value_e4 and located_qty are exactly what risk holds for it;
              (4) uncertain is still reserved. */
#ifndef SLUICE_ORDERS_ORDER_H
#define SLUICE_ORDERS_ORDER_H

#include "config/types.h"
#include "dataplane/orders/refs.h"

#define ORDER_NONE UINT32_MAX

enum order_state {
	ORDER_FREE = 0,
	ORDER_DECIDED = 1,   /* passed; not handed over yet                       */
	ORDER_SENT = 2,      /* handed to the venue's stream; no answer yet       */
	ORDER_LIVE = 3,      /* the venue accepted it                             */
	ORDER_UNCERTAIN = 4, /* sent, not answered; lost, or lacking at the venue  */
	ORDER_DONE = 5,      /* nothing of it is at the venue                     */
	ORDER_STATE_COUNT = 6,
};

enum order_event {
	ORDER_WAS_SENT = 0,
	ORDER_WAS_WITHHELD = 1,
	ORDER_WAS_ACCEPTED = 2, /* A or U with state live                                */
	ORDER_WAS_REJECTED = 3, /* J, or A with state dead                               */
	ORDER_WAS_REDUCED = 4,  /* E, C, D and something is left                         */
	ORDER_WAS_FINISHED = 5, /* E, C, D and nothing is left; replaced by another      */
	ORDER_VENUE_LOST = 6,   /* disconnect, restart, or its message goes as a gap     */
	ORDER_NOT_SEEN = 7,     /* the venue says it never got the number                */
	ORDER_ORPHANED = 8,     /* what it would replace is finished                     */
	ORDER_EVENT_COUNT = 9,
};

enum order_flags {
	ORDER_PENDING_CANCEL = 1,
	ORDER_PENDING_REPLACE = 2,
	ORDER_WAS_ANSWERED = 4, /* counted in gate_acked */
	ORDER_IS_REPLACE = 8,
	ORDER_CANCEL_LOST =
		16,            /* a cancel was withheld or lost with the connection: sent again when
	                           the venue takes it, because a cancel repeated does no harm     */
	ORDER_WAS_KILLED = 32, /* a kill covered it: counted in gate_orders_killed               */
	ORDER_KILL_SENT = 64,  /* counted in cancels_sent of the stops that count it             */
	ORDER_HAS_OPTIONS = 128, /* it asked for options, which a replace keeps by silence */
};

struct own_order {
	/* hot: every message about it */
	_Alignas(CACHE_LINE_BYTES) uint64_t id;
	int64_t price_e4;
	int64_t reserved_value_e4;
	uint32_t qty, open_qty, executed_qty, reserved_qty; /* executed: broken or not */
	uint32_t client_ref, venue_ref;
	uint32_t symbol;
	uint32_t original, replacement; /* slots, or ORDER_NONE */
	uint16_t session, account, strategy;
	uint8_t state; /* enum order_state */
	uint8_t flags; /* enum order_flags */
	uint8_t side, time_in_force, display, capacity, iso, cross_type;
	uint8_t wire_side;                          /* B S T E */
	uint8_t venue;                              /* index */
	uint32_t next, previous;                    /* open list */
	uint32_t keen_child, keen_next, keen_above; /* heap of selftrade.h: slots, or ORDER_NONE */
	uint64_t stops; /* a bit per result slot of the kills that count it */
	/* cold: answers to people */
	char clordid[14];
	uint8_t cancel_cause;
	uint8_t client_index; /* the channel in which the client's number counts (OUCH 5.0, UserRefIdx) */
	uint64_t entered_wall_ns;
	uint64_t order_reference;  /* the venue's */
	int64_t executed_value_e4; /* of the chain's executions that stand, saturating */
	uint64_t passing;          /* a sum of the options it carries (truth.h) */
	/* of executed_qty, what busts and corrections left: what FIX counts by */
	uint32_t standing_qty;
	uint32_t cancel_qty; /* of the last cancel or modify: new intended total; 0: all */
	uint8_t cancel_type; /* X or M                                                   */
	uint8_t resolved;    /* what persons said of it (resolve.h); 0: nothing          */
	/* the total in cancel_qty was on its way when the connection broke */
	uint8_t is_size_lost;
	/* a "no" of the venue need not be of the cancel that is lost: a smaller size was asked for as well, or that cancel never went */
	uint8_t is_no_vague;
	uint32_t located_qty;  /* what risk holds of located shares for what works of it */
	uint32_t reference_e4; /* that it was judged by; 0: the venue told us of it */
	/* of executed_qty, what a venue counts at least: it may take out what broke, and take up a correction, or not */
	uint32_t least_qty;
	uint64_t cancel_passing; /* as passing, of the last cancel or modify */
	uint32_t first_ref; /* number at the venue of the first of the chain; 0: it is the first */
	uint32_t
		row; /* of risk, as its verdict named it: where to look first (risk_expect); 0: none */
};
_Static_assert(sizeof(struct own_order) == 3 * CACHE_LINE_BYTES, "no more lines than it has");

struct order_table {
	struct own_order *slots;
	uint32_t count_max;
	uint32_t free_head;
	uint32_t open_head, open_tail, open_count;
	uint64_t last_id;
	uint64_t id_end;       /* the first id that is another gate's */
	struct refs by_client; /* order_client << 32 | UserRefNum */
	struct refs by_venue;  /* (venue + 1) << 32 | UserRefNum */
	struct refs
		by_chain; /* (venue + 1) << 32 | first_ref: of a replacement that took its original's place */
	struct refs by_id; /* not open: nobody asks for an order by its id */
};

/* order_client gives what numbers of a client's count in: its session, and its channel if it has several. */
static inline uint16_t order_client(uint16_t session, uint8_t index)
{
	_Static_assert(SESSION_COUNT_MAX <= 256, "a channel stands above a session");
	return (uint16_t)(session | index << 8);
}

/* order_first_ref gives the number at the venue that names the chain of replaces which an order stands in. */
static inline uint32_t order_first_ref(const struct own_order *order)
{
	return order->first_ref != 0 ? order->first_ref : order->venue_ref;
}

/* order_inherit gives a replacement what was executed of the orders before it. */
static inline void order_inherit(struct own_order *order, const struct own_order *original)
{
	order->executed_qty = original->executed_qty;
	order->standing_qty = original->standing_qty;
	order->least_qty = original->least_qty;
	order->executed_value_e4 = original->executed_value_e4;
	order->first_ref = order_first_ref(original);
}

/* order_restated gives how much more (modulo 2^32) a size is as OUCH counts it, with broken executions, than as FIX does: its
   OrderQty is LeavesQty and what stands of CumQty. */
static inline uint32_t order_restated(const struct own_order *order)
{
	return order->executed_qty - order->standing_qty;
}

/* order_table_open takes memory for count_max orders at once not done; order_table_close gives it back. */
void order_table_open(struct order_table *orders, uint32_t count_max);
void order_table_close(struct order_table *orders);

/* order_table_index keeps orders by their ids too, from now on; before the first is taken. */
void order_table_index(struct order_table *orders);

/* order_table_is_full tells whether order_table_take would fail. */
static inline bool order_table_is_full(const struct order_table *orders)
{
	return orders->free_head == ORDER_NONE;
}

/* order_table_prefetch announces an order that may be taken: its places in both tables, and its slot. */
void order_table_prefetch(const struct order_table *orders, uint16_t client, uint32_t client_ref,
	uint8_t venue, uint32_t venue_ref);

/* order_table_expect announces that an order may leave: its places in both tables. */
void order_table_expect(const struct order_table *orders, const struct own_order *order);

/* order_table_take gives a zeroed slot at the tail of the open list, in both tables; CHECKs that there is
   one.  id, client (order_client), client_ref, venue and venue_ref must be given; client 0 is nobody,
   and has no number. */
uint32_t order_table_take(struct order_table *orders, uint64_t id, uint16_t client,
	uint32_t client_ref, uint8_t venue, uint32_t venue_ref);

/* order_table_claim and order_table_enter are its two halves: the slot, and its places in the open list and in both tables, which
   are far away.  Between them nobody finds the order. */
uint32_t order_table_claim(struct order_table *orders, uint64_t id, uint16_t client,
	uint32_t client_ref, uint8_t venue, uint32_t venue_ref);
void order_table_enter(struct order_table *orders, uint32_t slot);

/* order_table_disown takes an order from its client, who may use its number again: it is nobody's. */
void order_table_disown(struct order_table *orders, uint32_t slot);

/* order_table_own gives an order that is nobody's to a client; false: the client has another of that number. */
bool order_table_own(
	struct order_table *orders, uint32_t slot, uint16_t client, uint32_t client_ref);

/* order_table_follow notes that an order has the place of those that it replaces: the chain is found by it from now on.
   order_table_find_chain gives that order of a chain, unless it is its first, or ORDER_NONE: nothing of it but its first can be
   open. */
void order_table_follow(struct order_table *orders, uint32_t slot);
uint32_t order_table_find_chain(
	const struct order_table *orders, uint8_t venue, uint32_t first_ref);

/* order_table_return frees a slot that is done. */
void order_table_return(struct order_table *orders, uint32_t slot);

/* orders_find_client, order_table_find_venue return a slot that is not done, or ORDER_NONE. */
uint32_t order_table_find_client(
	const struct order_table *orders, uint16_t client, uint32_t client_ref);
uint32_t order_table_find_venue(
	const struct order_table *orders, uint8_t venue, uint32_t venue_ref);

/* order_table_find_id does so by id, in an indexed table. */
uint32_t order_table_find_id(const struct order_table *orders, uint64_t id);

/* order_next looks up the transition; ORDER_FREE: not allowed, nothing may change. */
enum order_state order_next(enum order_state state, enum order_event event);

const char *order_state_name(enum order_state state);

#endif
