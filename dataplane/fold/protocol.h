/* protocol.h - what an order session may speak: one row for each protocol (protocols.h), and nothing else of the gate knows
   which it is.

   The gate has one language inside, struct ouch_in and struct ouch_out (wire/ouch50.h).  The journal keeps the raw
   message of a client or venue; a row turns it into the inner language inside the fold, and what the fold decided
   into bytes again.  So a strategy may speak one protocol and the venue another, and a replay does the same
   work as the day did.

   A protocol whose session is numbered apart from its messages' meaning (FIX: both numbers, resends,
   heartbeats, all of them messages of the day) lives in the fold too: its Logon was checked outside and
   comes as a SESSION record, every other message, also of the session itself, as CLIENT_IN or VENUE_IN, and its
   timers as SESSION records of change SESSION_TICK, which the stage writes when due_ns says so.

   Owner      the fold; the carrier is the stage's (gate/session.h).
   Invariant  (1) in and out are functions of the record and the fold's state alone;
              (2) a row's functions are never NULL but where it is said. */
#ifndef SLUICE_FOLD_PROTOCOL_H
#define SLUICE_FOLD_PROTOCOL_H

#include "config/config.h"
#include "dataplane/shm/record.h"
#include "dataplane/wire/ouch50.h"

struct fold;
struct fold_egress;
struct own_order;
struct copy_told;

/* What carries the messages of a protocol (gate/session.h). */
enum protocol_carrier { CARRIER_SOUP = 0, CARRIER_FIX = 1 };

enum protocol_verdict {
	PROTOCOL_TAKEN =
		0, /* the result is filled                                                 */
	PROTOCOL_DONE =
		1,        /* it was the session's own affair: there is nothing for the gate in it */
	PROTOCOL_BAD = 2, /* it cannot be decoded                                                 */
	PROTOCOL_FULL =
		3, /* filled, but the table of ids has no room for its id: refused by name */
};

struct protocol_orders {
	enum protocol_carrier carrier;
	uint32_t store_bytes; /* of one message kept for a client, its size included */
	bool has_text_ids;    /* clients name orders by text (ids.h)                 */
	bool has_text_refs; /* a venue is told our ClOrdID and no number: venue_ref is the order's id */
	bool has_query; /* a venue may be asked which number it expects: orders wait for it       */
	bool cancels_whole; /* a venue that takes orders off whole: smaller sizes go by a replace       */
	bool counts_standing; /* the total that a venue is told by a replace is what may stand of its executions and what shall be open */
	bool hears_alone; /* client_in depends on a message's bytes alone and changes nothing: it may be asked early */
	bool says_inner; /* what a venue is told is the inner language: ouch50_build_in's bytes        */
	bool answers_all; /* a client is told of what OUCH passes over in silence: a cancel of an order
	                         that is not open (an 'I'), an id used before (a 'J', DUPLICATE_ID)      */

	/* A client's raw message.  TAKEN and FULL: in is filled. */
	enum protocol_verdict (*client_in)(struct fold *fold, uint32_t session,
		const uint8_t *bytes, uint32_t size_bytes, struct ouch_in *in);
	/* What a client is told, as it will be sent; order: as it stands after what the message tells of, NULL
	   where there is none (a refusal).  Returns its size; 0: this protocol has no word for it. */
	uint32_t (*client_out)(struct fold *fold, uint32_t session, const struct own_order *order,
		const struct ouch_out *message, uint8_t *out, uint32_t out_bytes);
	/* What a session that only listens is told; dropcopy.h.  NULL: no such session speaks it. */
	void (*copy_out)(struct fold *fold, uint32_t session, const struct copy_told *told);
	/* The symbol that a client's message will be judged on, or SYMBOL_NONE; changes nothing. */
	uint32_t (*client_symbol)(const struct fold *fold, uint32_t session, const uint8_t *bytes,
		uint32_t size_bytes);
	/* The account that it will probably be judged for: only what comes nearer depends on it.  NULL: its session's. */
	uint16_t (*client_account)(const struct fold *fold, uint32_t session, const uint8_t *bytes,
		uint32_t size_bytes);

	/* A venue's raw message.  TAKEN: out is filled, with our number in ref. */
	enum protocol_verdict (*venue_in)(struct fold *fold, uint32_t venue, const uint8_t *bytes,
		uint32_t size_bytes, struct ouch_out *out);
	/* A raw message of a venue's drop copy, as the order session would tell it (copyin.h). */
	enum protocol_verdict (*copy_in)(struct fold *fold, uint32_t venue, const uint8_t *bytes,
		uint32_t size_bytes, struct ouch_out *out);
	/* What goes to a venue.  Returns its size, never 0; changes nothing. */
	uint32_t (*venue_out)(const struct fold *fold, const struct fold_egress *egress,
		uint8_t *out, uint32_t out_bytes);
	/* Whether a venue can be told a client's order, replace (of `original`) or modify as it was asked for, our
	   own options taken away; false: it is refused.  NULL: it can be told everything. */
	bool (*venue_may)(const struct ouch_in *message, const struct own_order *original);
	/* It was handed over: a number is taken, a copy kept.  NULL: nothing to do. */
	void (*venue_sent)(struct fold *fold, const struct fold_egress *egress);
	/* The question of has_query. */
	uint32_t (*venue_query)(uint8_t *out);

	/* A client's session has state of its own in the fold (fold_client.own): taken with the fold, given back with it,
	   and fed to the hash.  NULL: it has none. */
	void (*open)(struct fold *fold, uint32_t session);
	void (*close)(struct fold *fold, uint32_t session);
	void (*write)(const struct fold *fold, uint32_t session,
		void (*add)(void *context, const void *bytes, size_t size), void *context);

	/* The same of a venue's session (fold_venue.own), by its index. */
	void (*venue_open)(struct fold *fold, uint32_t venue);
	void (*venue_close)(struct fold *fold, uint32_t venue);
	void (*venue_write)(const struct fold *fold, uint32_t venue,
		void (*add)(void *context, const void *bytes, size_t size), void *context);

	/* A client's or venue's session went up or down, or its time came.  NULL: nothing to do. */
	void (*changed)(struct fold *fold, const struct session_record *record);
	/* When the next SESSION_TICK of a session is due, on the clock of turns; UINT64_MAX: never.  NULL: never. */
	uint64_t (*due_ns)(const struct fold *fold, uint32_t session);
};

#endif
