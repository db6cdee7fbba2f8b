/* mailbox.h - questions of control and the rows a stage answers with.

   Control asks one question at a time per stage; the stage answers in its own page when it has a free
   moment, up to MAILBOX_ROW_COUNT rows; `next` says where to go on.  Nothing waits on the dataplane's
   side, and an unanswered question costs it nothing.

   Owner      request: control.  answer: the stage.
   Invariant  (1) the number is stored last; answer.number == request.number means answered;
              (2) a gate takes only what was asked of its own process: what an earlier one answered, or left, still lies there,
                  and might be granted now though it was refused then. */
#ifndef SLUICE_SHM_MAILBOX_H
#define SLUICE_SHM_MAILBOX_H

#include <stdatomic.h>

#include "dataplane/shm/record.h"

enum { MAILBOX_ROW_COUNT = 64, MAILBOX_ROW_BYTES = 160 };

enum request_kind {
	REQUEST_NONE = 0,
	REQUEST_ORDERS = 1,    /* id: account or 0; cursor -> struct order_row         (gate) */
	REQUEST_POSITIONS = 2, /* id: account or 0; cursor -> struct position_row      (gate) */
	REQUEST_SESSIONS = 3,  /* cursor -> struct session_row                         (gate) */
	REQUEST_USAGE = 4,     /* id: account or 0; cursor -> struct usage_row         (gate) */
	REQUEST_EFFECTIVE =
		5, /* id: account, symbol, strategy, session, cursor -> struct effective_row (gate) */
	REQUEST_RELEASE = 6,    /* release -> nothing; code 0 or ESTALE                 (gate) */
	REQUEST_STOPS = 7,      /* cursor -> struct latch_row                           (gate) */
	REQUEST_STATE_HASH = 8, /* -> one struct state_hash_record; journals it too    (gate) */
	REQUEST_BREAKS = 9,     /* cursor -> struct mismatch_row                       (gate) */
	REQUEST_LIMITS = 10,    /* limits -> nothing; code 0, ESTALE or EINVAL         (gate) */
	REQUEST_DAY = 11, /* id: enum day_change to make, release: by whom and why; 0: none.  -> one
	                     struct day_row; code 0, EALREADY, EBUSY                   (gate) */
	REQUEST_HOLDINGS =
		12, /* cursor -> struct position_row of accounts, none of the firm (gate) */
	REQUEST_RATES =
		13, /* rate: to be in force, currency 0: none -> struct rate_row of each currency; code 0,
	                       EINVAL: the rate is of a later time than now, or none        (gate) */
	REQUEST_UNCERTAIN = 20, /* as REQUEST_ORDERS, of those that may be resolved    (gate) */
	REQUEST_RESOLVE = 21,   /* resolve -> nothing; code 0, ENOENT, ESTALE, EINVAL   (gate) */
	REQUEST_ACKNOWLEDGE =
		22,         /* release: latch is the break's number, by whom and why -> nothing;
	                     code 0, ENOENT, ESTALE: no break yet, EALREADY             (gate) */
	REQUEST_LEASE = 24, /* lease -> nothing; code 0, or why not: leases_may         (gate) */
	REQUEST_BOOK = 16,  /* symbol, id: depth -> struct level_row, bids then asks (feed) */
	REQUEST_AHEAD =
		17, /* symbol, cursor: a venue's reference -> one struct ahead_row; code 0, ENOENT: no book,
	                       ESRCH: no such order in it, ENOSYS: a build without queues (feed) */
};

struct mailbox_request {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t number;
	uint32_t kind; /* enum request_kind */
	uint32_t id;
	uint32_t symbol;
	uint16_t strategy, session; /* 0: none */
	uint64_t instance;          /* of the dataplane that is asked (region_header) */
	uint64_t cursor;            /* 0: from the beginning */
	struct release_record release;
	struct limit_word_record limits;
	struct rate_record rate; /* as_of_wall_ns 0: now */
	struct resolve_record resolve;
	struct lease_record lease;
};

struct mailbox_answer {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t number;
	int32_t code; /* 0, or an errno: ENOENT, ESTALE, EINVAL */
	uint32_t row_count;
	uint64_t next;     /* cursor to go on with; 0: that was all */
	uint64_t sequence; /* gate: the journal's last record that the rows know of */
	uint8_t rows[MAILBOX_ROW_COUNT][MAILBOX_ROW_BYTES];
};

struct order_row {
	uint64_t order_id;
	int64_t price_e4;
	uint64_t entered_wall_ns;
	uint32_t symbol, qty, open_qty, executed_qty;
	uint32_t client_ref, venue_ref;
	uint16_t account, strategy, session, venue;
	uint8_t side, state; /* with its mark (mark.h); enum order_state of fold/order.h */
	char state_name[22];
	char clordid[14];
	char venue_name[14];     /* what the venue knows it by, where orders have names there */
	uint8_t is_session_over; /* it lived in a session of its venue's that is over: resolvable */
	uint8_t reserved[3];
};

struct position_row {
	uint32_t account, symbol; /* account 0: the firm */
	int64_t position;         /* shares, short is negative */
	int64_t working_buy_qty, working_sell_qty;
	int64_t working_buy_value_e4, working_sell_value_e4;
	int64_t bought_qty, sold_qty;
	int64_t bought_value_e4, sold_value_e4;
	int64_t fees_e4;      /* that venues took; below 0: gave */
	int64_t start_shares; /* when the day began: in position, not in bought and sold */
	int64_t start_cost_e4, start_price_e4; /* of one; 0: nothing, or the firm's row; cost:
	                                          or held over from the day before */
	int64_t mark_e4,
		pnl_e4; /* last valued at; realised and unrealised of the day, less fees: an account's row */
};

enum session_state {
	SESSION_AWAY = 0,    /* not logged in                                             */
	SESSION_JOINING = 1, /* a venue where we are logged in and that takes no order yet: what it
	                        knows of ours is not told, or our numbers are not durable */
	SESSION_READY = 2,
};

/* Who is at the other end. */
enum session_peer {
	SESSION_PEER_CLIENT = 0,
	SESSION_PEER_VENUE = 1,
	SESSION_PEER_LISTENER = 2, /* who may only listen (fold/dropcopy.h) */
	SESSION_PEER_COPY = 3,     /* a venue's drop copy (fold/copyin.h)   */
};

struct session_row {
	uint32_t id;
	uint32_t peer; /* enum session_peer */
	char name[32];
	uint8_t is_up, protocol, state; /* enum order_protocol, enum session_state */
	uint8_t reserved;
	uint32_t orders_uncertain; /* venue: sent, and not known to have arrived */
	uint32_t reserved2;
	uint32_t last_ref; /* client: last UserRefNum taken; venue: last one used */
	uint64_t sequence_out,
		sequence_in; /* numbers of the last sequenced message; FIX: of the last of either side */
	uint64_t messages_in, messages_out, orders_open;
	/* New orders and replaces.  Client: in = refused + ignored + sent + withheld + pending, and of sent acked were answered;
	   venue: sent = acked + pending.  What that leaves is residue. */
	uint64_t orders_in, orders_refused, orders_ignored, orders_sent, orders_withheld,
		orders_acked, orders_pending, residue;
};

/* What else there is to say of a row of usage. */
enum usage_flag {
	USAGE_HAS_FORECAST = 1, /* forecast_ns is told */
	USAGE_LACKS_RATE = 2,   /* limit is INT64_MIN because nobody gave a rate yet of the currency
	                           that it, or the capital that it is a part of, is stated in */
};

struct usage_row {
	uint8_t scope;
	uint8_t lane;  /* LANE_NONE: no lane is this limit's alone */
	uint8_t key;   /* enum limit */
	uint8_t flags; /* enum usage_flag */
	uint32_t id, symbol;
	uint32_t parent;            /* LANE_PARENT: which, by the account's own number; else 0 */
	int64_t usage, peak, limit; /* limit INT64_MIN: nothing passes */
	uint64_t
		forecast_ns; /* until usage reaches the limit as it goes now; UINT64_MAX: it does not */
};

struct effective_row {
	uint32_t limit;      /* enum limit */
	uint8_t owner_scope; /* enum scope; SCOPE_COUNT: stated nowhere; OWNER_SYMBOLS */
	uint8_t scopes;      /* whose statements bind together here (binds.h) */
	uint8_t absence;     /* enum absence: what becomes of orders where none of them states it */
	uint8_t reserved;
	struct limit_value value; /* as stated, of each component the tightest */
	int64_t in_force; /* what orders are held to: money in the base currency, INT64_MIN: nothing passes */
};

struct latch_row {
	uint8_t scope, state, writer;
	uint8_t under_state; /* of the gate's own trip that it stands over, in force when it is released; STATE_ACTIVE: there is none */
	uint32_t id, uid;
	uint64_t latch; /* the number a re-arm names */
	uint64_t since_wall_ns, under_wall_ns;
	char reason[44], under_reason[44];
};

/* A word on an order that only one of a venue's two sessions has told, or that they tell differently. */
struct mismatch_row {
	uint64_t order_id; /* 0: of no order we know */
	uint64_t match;    /* of a trade; else 0 */
	uint64_t age_ns;
	uint64_t qty[2];       /* as the order session and as the drop copy told it, added up */
	uint64_t price_sum[2]; /* the same of its prices in 1e-4 */
	uint32_t count[2];     /* words */
	uint32_t venue_ref, applied;
	uint16_t account, session;
	uint8_t venue, type; /* type: OUCH 5.0's letter of it */
	uint8_t is_alarmed, side[2];
	uint8_t is_acknowledged;
	uint8_t reserved[2];
	uint32_t acknowledged_uid;
	uint64_t number; /* that an acknowledgement names */
	char seen_reason[48];
};

struct day_row {
	uint32_t phase;                        /* enum day_phase */
	uint32_t count;                        /* days of this journal so far */
	uint64_t begin_wall_ns, since_wall_ns; /* the day; its phase */
	uint64_t next_wall_ns; /* the next change if nobody makes one before; 0: by hand alone */
	uint64_t open_orders;
	uint64_t kept_orders;  /* open when the newest day began */
	uint64_t ended_orders; /* so far ended with their venues' sessions */
	uint32_t
		uid; /* who made the newest change, or DAY_BY_CALENDAR; 0 and no reason: the journal */
	char reason[40];
	char soup_session[10];
	uint8_t is_next_half; /* next_wall_ns is of a half day */
	uint8_t reserved;
};

struct rate_row {
	uint32_t currency;  /* index */
	uint8_t is_used;    /* 1: something is held, works or was traded today in it */
	uint8_t is_good;    /* 0: nobody stated a rate, or it is too old */
	uint8_t is_stated;  /* 1: a limit in force is stated in it */
	uint8_t is_charged; /* 1: a venue's fees are in it */
	int64_t rate_e8;    /* 0: nobody stated one */
	uint64_t as_of_wall_ns, max_age_ns; /* max_age 0: the base currency */
};

struct level_row {
	int64_t price_e4;
	uint64_t qty;
	uint32_t order_count;
	uint8_t side;
	uint8_t reserved[3];
};

/* Where an order stands in the queue of its price. */
struct ahead_row {
	int64_t price_e4;
	uint64_t qty_ahead; /* shares that would be executed before it */
	uint32_t qty, orders_ahead;
	uint8_t side;
	uint8_t reserved[7];
};

_Static_assert(sizeof(struct order_row) <= MAILBOX_ROW_BYTES, "fits");
_Static_assert(sizeof(struct session_row) <= MAILBOX_ROW_BYTES, "fits");
_Static_assert(sizeof(struct mismatch_row) <= MAILBOX_ROW_BYTES, "fits");
_Static_assert(sizeof(struct position_row) <= MAILBOX_ROW_BYTES, "fits");
_Static_assert(sizeof(struct day_row) <= MAILBOX_ROW_BYTES, "fits");
_Static_assert(sizeof(struct latch_row) <= MAILBOX_ROW_BYTES, "fits");

#endif
