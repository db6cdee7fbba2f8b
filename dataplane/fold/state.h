/* state.h - struct fold, the gate's whole state, and what every file of this room may do with it.

   A record changes the state by the files that stand on this one (fold.h tells in which order); here are the steps that all of
   them take: write an output record, number a message for a client, queue one for a venue, ask what a number may still be.

   Owner      one gate stage, or one replay. */
#ifndef SLUICE_FOLD_STATE_H
#define SLUICE_FOLD_STATE_H

#include "dataplane/fold/parts.h"
#include "dataplane/orders/breaks.h"
#include "dataplane/orders/fills.h"
#include "dataplane/orders/ids.h"
#include "dataplane/orders/latch.h"
#include "dataplane/orders/routes.h"
#include "dataplane/orders/selftrade.h"
#include "dataplane/risk/risk.h"

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
	uint32_t copy_mask;      /* bit per venue whose drop copy is heard; of the site */
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
	uint64_t sweep_again_ns; /* when refused cancels are asked for again; 0: none is */
	uint32_t sweep_refusals; /* how often in a row, at most SWEEP_AGAIN_DOUBLINGS */
	uint64_t sweep_walk;     /* number of the walk under way, or of the last one */

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

/* fold_symbol_of_order gives the symbol of a client's open order, or SYMBOL_NONE. */
uint32_t fold_symbol_of_order(const struct fold *fold, uint32_t session, uint32_t client_ref);

/* fold_account_named gives the account that a session speaks for under a firm's MPID, as option 2 carries it; 0: none. */
uint16_t fold_account_named(const struct fold *fold, uint32_t session, uint32_t mpid);

/* fold_ref_of leads from an order's id, as its ClOrdID names it, to the number that its venue knows it by; 0: to none. */
uint32_t fold_ref_of(const struct fold *fold, uint32_t venue, uint64_t order_id);

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

/* fold_record gives the zeroed body of an output record to fill. */
static inline void *fold_record(struct fold *fold, enum record_type type, uint32_t body_bytes)
{
	if (UNLIKELY(fold->out.link == NULL))
		return fold->out.record(fold->out.context, type, body_bytes);
	void *body = link_claim(fold->out.link, type, body_bytes);
	CHECK(body != NULL); /* whoever applies an input has made sure of room */
	return body;
}

/* fold_record_whole gives the body of one of which every byte is written; live it is not zeroed first. */
static inline void *fold_record_whole(struct fold *fold, enum record_type type, uint32_t body_bytes)
{
	if (UNLIKELY(fold->out.link == NULL))
		return fold->out.record(fold->out.context, type, body_bytes);
	void *body = link_claim_whole(fold->out.link, type, body_bytes);
	CHECK(body != NULL); /* as above */
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
	uint64_t back = client->last_sequence - n + 1;
	uint64_t at = client->store_at + (back > client->store_at ? client->store_count : 0) - back;
	return (const struct fold_stored *)(client->store + at * client->protocol->store_bytes);
}

/* fold_queue_egress puts an item at the tail; CHECKs that there is room. */
struct fold_egress *fold_queue_egress(struct fold *fold, uint32_t slot, enum decision_kind kind);

/* fold_tell_unanswered tells how many orders their venues have not answered. */
static inline void fold_tell_unanswered(const struct fold *fold)
{
	metrics_set(fold->metrics, METRIC_gate_unanswered, fold->orders_sent - fold->orders_acked);
}

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
