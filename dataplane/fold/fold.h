/* fold.h - the gate's whole state, as a fold over the journal.

   fold_apply takes one input record and changes the state by it; decisions come out through `out`.  Live,
   the gate publishes an input record and then applies it; at boot and in `sluice-dataplane --replay` the
   same records are read from the journal and applied by the same function.  There is no other way to
   change an order, a latch, a limit or a position.

   Reading order: entry.c (what a client asks), life.c (an order and what risk holds for it), answer.c
   (what the venue says), sweep.c (cancelling what a kill covers).

   Owner      one gate stage, or one replay.
   Time       from the TURN record in force.
   Invariant  (1) nothing outside the records changes the state (metrics and the page are told, never
                  asked);
              (2) a passed decision is published before it stands in the egress queue;
              (3) in = passed + refused + ignored and passed = sent + withheld + waiting, always;
              (4) a passed order stands wherever it counts before anything else is applied (fold_settle). */
#ifndef SLUICE_FOLD_FOLD_H
#define SLUICE_FOLD_FOLD_H

#include "dataplane/orders/breaks.h"
#include "dataplane/fold/day.h"
#include "dataplane/fold/epochs.h"
#include "dataplane/orders/fills.h"
#include "dataplane/orders/ids.h"
#include "dataplane/orders/latch.h"
#include "dataplane/fold/mass.h"
#include "dataplane/orders/order.h"
#include "dataplane/fold/parents.h"
#include "dataplane/fold/protocol.h"
#include "dataplane/orders/routes.h"
#include "dataplane/orders/selftrade.h"
#include "dataplane/risk/risk.h"
#include "dataplane/shm/region.h"
#include "dataplane/wire/ouch50.h"

enum { FOLD_EGRESS_COUNT = 256, FOLD_STORE_BYTES = 256, RESERVE_STEP = 4096, RESERVE_AHEAD = 2048 };

/* Where decisions go.  Live: the journal link and the sessions.  Replay: compared and dropped. */
struct fold_out {
	void *context;
	struct link_writer
		*link; /* live: output records are claimed here.  NULL: record is asked for them */
	/* record gives the zeroed body of an output record to fill; published later with its turn. */
	void *(*record)(void *context, enum record_type type, uint32_t body_bytes);
	/* client says that a session's store has a new sequenced message. */
	void (*client)(void *context, uint32_t session);
};

/* Who stands beside a fold that is judged twice (whatif.h): told what limits allow, and may say otherwise. */
struct fold_beside {
	void *context;
	/* judged may put another verdict in place of an order's. */
	void (*judged)(void *context, uint64_t order_id, const struct risk_order *order,
		struct verdict *verdict);
	/* cancel gives whether a cancel may go, where the session's tokens say may_go. */
	bool (*cancel)(void *context, bool may_go);
};

/* Something to hand to the venue; answered by a SENT or WITHHELD record. */
struct fold_egress {
	uint64_t order_id;
	uint32_t slot;
	uint32_t venue_ref;
	uint16_t session;
	uint8_t kind; /* enum decision_kind */
	uint8_t venue;
	struct ouch_in message; /* with our UserRefNum, ClOrdID and firm */
};

/* One numbered message kept for a client that reconnects. */
struct fold_stored {
	uint16_t size_bytes;
	uint8_t bytes[]; /* up to the row's store_bytes */
};

/* What became of a session's new orders and replaces (balance.h). */
struct session_balance {
	uint64_t in, passed, refused, ignored; /* in = passed + refused + ignored        */
	uint64_t sent, withheld;               /* passed = sent + withheld + the queue's */
};

struct fold_client {
	const struct session_config *config; /* NULL: no such session */
	const struct copy_config *copy; /* NULL: it has orders; else it only listens (dropcopy.h) */
	const struct protocol_orders *protocol;
	uint32_t is_up;
	uint64_t
		cancel_up_to; /* its orders with ids up to here are cancelled, whoever is logged in now */
	uint8_t cancel_cause;                         /* enum cancel_cause of those */
	uint64_t strategies[STRATEGY_COUNT_MAX / 64]; /* bit per strategy that it may use */
	uint32_t last_refs[256];                      /* highest UserRefNum taken, by channel */
	uint64_t disabled[ACCOUNT_COUNT_MAX / 64];    /* accounts it wants no orders for (mass.h) */
	uint64_t last_sequence;                       /* sequenced messages so far */
	uint32_t store_count;
	uint8_t *store; /* ring; message n at place (n - 1) % store_count */
	uint64_t messages_in, orders_open;
	void *own; /* the row's own state of this session (protocol.h, open) */
	struct session_balance balance;
};

/* fold_may_speak tells whether a client's messages are heard: who only listens has nothing to say but what a session
   needs that counts both ways. */
static inline bool fold_may_speak(const struct fold_client *client)
{
	return client->config != NULL && (client->copy == NULL || client->own != NULL);
}

/* Of a venue with a calendar of its own (hours.h). */
enum venue_hours { HOURS_OPEN = 0, HOURS_ENDING = 1, HOURS_CLOSED = 2 };

struct fold_venue {
	const struct venue_config *config;
	const struct protocol_orders *protocol;
	uint32_t is_connected;  /* logged in */
	uint32_t is_ready;      /* its account query was answered: orders may go */
	uint64_t last_sequence; /* sequenced messages taken from it */
	/* next UserRefNum; numbers below reserved_ref are taken from the counter, and below durable_ref, once
	   that is known to be on the disk, they may be used */
	uint64_t next_ref, reserved_ref, durable_ref;
	char soup_session[10];
	uint64_t session_first_ref; /* lower numbers were of a session before this one */
	uint64_t over_ref;          /* lower numbers were of a session that is over     */
	uint32_t over_day;          /* the journal's day, from 1, in which the last one was over */
	uint32_t hours;             /* enum venue_hours */
	uint32_t hours_count;       /* times that they began in this journal */
	uint64_t hours_ns;          /* since when they are so, on the clock of turns */
	uint64_t hours_wall_ns; /* when they last began or ended; the first: as the journal did */
	/* Account queries: an answer that a broken connection kept back comes with the replay, and tells of
	   a time before the orders that followed it. */
	uint64_t queries_asked; /* so far; the gate sends what it lacks */
	uint32_t queries_open;  /* asked and not answered */
	uint32_t queries_stale; /* of these, asked on connections before this one */
	uint64_t messages_in;
	uint32_t orders_open, orders_uncertain; /* of ours, there */
	uint32_t *exposed;                      /* open orders there by account */
	void *own;                              /* as a client's */
	/* New orders and replaces; unanswered follows the orders' states (life.h), and so checks the others. */
	uint64_t orders_sent, orders_acked, orders_unanswered;
};

/* The venue's drop copy, as far as we heard it (copyin.h). */
struct fold_copy {
	uint32_t is_up; /* logged in */
	uint64_t up_ns; /* since when */
	uint64_t last_sequence;
	char soup_session[10];
	uint32_t over_day; /* FIX: the journal's day, from 1, in which its last one was over */
	const struct protocol_orders *protocol;
	void *own; /* FIX: its session (fix_copyin.h) */
};

struct decision;

struct fold {
	const struct site_config *site;
	struct risk *risk;
	struct decision *decision; /* of the order that was judged last (decision.h) */
	bool is_unsettled;         /* it passed, and does not stand yet wherever it counts */
	struct order_table orders;
	struct selftrade selftrade; /* the same orders by price */
	struct parents parents;     /* whose children they are */
	struct fills fills;         /* what was executed, and whose what is finished was */
	struct latches latches;
	struct fold_day day;
	struct fold_client clients[SESSION_COUNT_MAX]; /* by session id */
	struct fold_venue venues[VENUE_COUNT_MAX];
	struct fold_copy copies[VENUE_COUNT_MAX]; /* the venues' */
	struct breaks breaks;                     /* what only one of both has told */
	enum speaker speaker;                     /* whose word is being applied */
	uint64_t resolved_count; /* orders that persons or an answered question resolved */
	uint64_t said_fills;     /* executions of theirs that no venue has told */
	uint32_t gone_mask;      /* bit per venue that is not ready */
	struct routes routes;
	uint64_t midnight_wall_ns;
	bool has_booted;
	uint32_t positions_taken; /* rows of the positions file, all of which come once */

	struct turn_inputs turn;
	struct top_used tops[BURST_COUNT_MAX];
	uint32_t top_count;
	struct epochs epochs;

	/* sweep of what a kill covers (sweep.h) */
	bool is_sweeping, is_sweep_again;
	uint32_t sweep_due_mask; /* bit per venue in whose stream cancels found no room */
	uint32_t sweep_slot;
	uint64_t sweep_walk; /* number of the walk under way, or of the last one */

	/* Mass cancels under way: a bit per place taken. */
	uint64_t masses_open;
	struct mass masses[MASS_COUNT];

	/* What stops did; the page gets copies. */
	uint64_t result_count;
	uint64_t kills_counting; /* a bit per slot: orders found now count for it */
	uint64_t result_walks[STOP_RESULT_COUNT]; /* walk that has counted all; 0: it was walked */
	struct stop_result results[STOP_RESULT_COUNT];

	struct fold_egress *egress; /* ring */
	uint64_t egress_head, egress_tail;

	/* symbol name -> index: open addressing, twice the symbols */
	struct refs symbols;
	/* session << 32 | MPID -> account */
	struct refs grants;
	struct ids ids; /* what clients call their orders, where that is text */
	/* order counts of this fold, for the conservation equation */
	uint64_t orders_in, orders_passed, orders_refused, orders_ignored, orders_sent,
		orders_withheld, orders_acked;

	struct fold_out out;
	const struct fold_beside *beside; /* NULL: nobody, as in every gate */
	struct metrics *metrics;          /* told, never asked */
	struct gate_page *page;           /* told, never asked */
};

/* fold_open takes the tables for a site.  metrics and page may be the live region's or a replay's own. */
struct fold *fold_open(const struct site_config *site, const struct fold_out *out,
	struct metrics *metrics, struct gate_page *page);
void fold_close(struct fold *fold);

/* fold_settle has the order that passed last stand wherever it counts, if it does not yet: in risk, in both tables of
   orders, among its account's and its parent's, and on the drop copies.  Its receipt does not depend on that, so the gate
   hands the order over first, a fifth sooner: the record that says so settles it, and whatever else is applied does. */
void fold_settle(struct fold *fold);

/* fold_apply applies one input record.  Output types are not applied: callers skip or compare them. */
void fold_apply(struct fold *fold, const struct record *record);

/* fold_symbol_of peeks which symbol a client's message will be judged on; SYMBOL_NONE: none.  The gate
   captures that symbol's top before it applies the message. */
static inline uint32_t fold_symbol_of(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	return fold->clients[session].protocol->client_symbol(fold, session, bytes, size_bytes);
}

/* fold_account_of peeks which account it will probably be judged for. */
static inline uint16_t fold_account_of(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	const struct fold_client *client = &fold->clients[session];
	return client->protocol->client_account == NULL
		       ? (uint16_t)client->config->default_account
		       : client->protocol->client_account(fold, session, bytes, size_bytes);
}

/* fold_symbol_of_order gives the symbol of a client's open order, or SYMBOL_NONE. */
uint32_t fold_symbol_of_order(const struct fold *fold, uint32_t session, uint32_t client_ref);

/* fold_top gives a symbol's top if this turn already holds it, or NULL. */
const struct top_used *fold_top(const struct fold *fold, uint32_t symbol);

/* fold_egress_front gives what is to be handed over next, or NULL. */
const struct fold_egress *fold_egress_front(const struct fold *fold);

/* fold_egress_slot gives the slot of what is handed over, or ORDER_NONE if the venue finished it meanwhile: what
   order_table_find_venue would find, without looking for it. */
static inline uint32_t fold_egress_slot(const struct fold *fold, const struct fold_egress *egress)
{
	const struct own_order *order = &fold->orders.slots[egress->slot];
	bool is_it = order->state != ORDER_FREE && order->id == egress->order_id &&
		     order->venue_ref == egress->venue_ref && order->venue == egress->venue;
	return is_it ? egress->slot : ORDER_NONE;
}

/* fold_needs_turn tells that the fold has work of its own (a sweep) for another turn, the venues of
   slow_mask holding unsent bytes. */
bool fold_needs_turn(const struct fold *fold, uint32_t slow_mask);

/* fold_may_need_turn tells whether that is worth asking: which venues are slow is a question to each of them. */
static inline bool fold_may_need_turn(const struct fold *fold)
{
	return fold->is_sweeping || fold->sweep_due_mask != 0;
}

/* fold_hash computes the hash of the whole state, canonical: equal states give equal hashes. */
void fold_hash(struct fold *fold, uint64_t hash[2]);

/* --- for the other files of the room --- */

/* fold_record gives the zeroed body of an output record to fill. */
static inline void *fold_record(struct fold *fold, enum record_type type, uint32_t body_bytes)
{
	if (UNLIKELY(fold->out.link == NULL))
		return fold->out.record(fold->out.context, type, body_bytes);
	void *body = link_claim(fold->out.link, type, body_bytes);
	CHECK(body != NULL); /* whoever applies an input has made sure of room */
	return body;
}

/* fold_send_client numbers a message for a client and keeps it; order as in client_out (protocol.h). */
void fold_send_client(struct fold *fold, uint32_t session, const struct own_order *order,
	const struct ouch_out *message);

/* fold_claim_stored gives the place of a client's next message, with room for the row's store_bytes; fold_publish_stored
   numbers it.  For rows that speak without a message of the inner language. */
struct fold_stored *fold_claim_stored(struct fold *fold, uint32_t session);
void fold_publish_stored(struct fold *fold, uint32_t session);

/* fold_stored gives message n of a client, one of the newest store_count. */
static inline const struct fold_stored *fold_stored(const struct fold_client *client, uint64_t n)
{
	return (const struct fold_stored *)(client->store + (n - 1) % client->store_count *
								    client->protocol->store_bytes);
}

/* fold_trip latches a scope as halted by the gate's own judgement: what it needs to know it no longer knows. */
void fold_trip(struct fold *fold, enum scope scope, uint32_t id, const char *reason);

/* fold_latch does it to another state.  What latched is written as a TRIP, so that readers of the journal learn of it. */
void fold_latch(struct fold *fold, enum scope scope, uint32_t id, enum trading_state state,
	const char *reason);

/* fold_queue_egress puts an item at the tail; CHECKs that there is room. */
struct fold_egress *fold_queue_egress(struct fold *fold, uint32_t slot, enum decision_kind kind);

/* fold_cancel_take takes a cancel token of a session. */
static inline bool fold_cancel_take(struct fold *fold, uint32_t session)
{
	bool may_go = risk_cancel_take(fold->risk, &fold->turn, (uint16_t)session);
	return fold->beside == NULL ? may_go : fold->beside->cancel(fold->beside->context, may_go);
}

static inline uint32_t fold_egress_room(const struct fold *fold)
{
	return FOLD_EGRESS_COUNT - (uint32_t)(fold->egress_tail - fold->egress_head);
}

/* fold_next_ref gives the next number for a venue that may still be used. */
static inline uint64_t fold_next_ref(const struct fold *fold, const struct fold_venue *venue)
{
	uint64_t next_id = fold->orders.last_id + 1;
	return venue->protocol->has_text_refs && next_id > venue->next_ref ? next_id
									   : venue->next_ref;
}

/* fold_takes_orders tells whether a venue answered, is within its hours, and there are numbers for it that no restart can give twice. */
static inline bool fold_takes_orders(const struct fold *fold, const struct fold_venue *venue)
{
	return venue->is_ready && venue->hours == HOURS_OPEN &&
	       fold_next_ref(fold, venue) < venue->durable_ref;
}

/* fold_is_exposed tells whether an account has open orders at a venue that is gone, other than `venue`. */
static inline bool fold_is_exposed(const struct fold *fold, uint32_t account, uint32_t venue)
{
	uint32_t exposed = 0;
	for (uint32_t gone = fold->gone_mask & ~(1u << venue); gone != 0; gone &= gone - 1)
		exposed |= fold->venues[__builtin_ctz(gone)].exposed[account];
	return exposed != 0;
}

/* fold_time_ns is the OUCH timestamp of this turn: since midnight US Eastern. */
static inline uint64_t fold_time_ns(const struct fold *fold)
{
	return fold->turn.wall_ns - fold->midnight_wall_ns;
}

#endif
