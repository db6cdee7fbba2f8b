/* parts.h - what the state of a gate is made of, beside the tables of dataplane/orders and risk.

   Who sits at the other ends (clients, venues, their drop copies), what waits to be handed over, and the small states that a
   file of this room keeps: the day, the limits' epochs, mass cancels, parents.  What happens to each, and its invariants, is told
   in the header that it names; here is only how it lies in memory, so that struct fold (state.h) can hold them all.

   Owner      the fold that holds them.
   Units      _ns on the clock of turns, _wall_ns since 1970; a number named ref is a UserRefNum. */
#ifndef SLUICE_FOLD_PARTS_H
#define SLUICE_FOLD_PARTS_H

#include "config/config.h"
#include "dataplane/fold/protocol.h"
#include "dataplane/orders/order.h"
#include "dataplane/orders/refs.h"
#include "dataplane/risk/gauge.h"
#include "dataplane/shm/record.h"
#include "dataplane/shm/region.h"
#include "dataplane/wire/ouch50.h"

enum { FOLD_EGRESS_COUNT = 256, FOLD_STORE_BYTES = 256, RESERVE_STEP = 4096, RESERVE_AHEAD = 2048 };

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
	uint32_t store_at; /* place of the next message */
	uint8_t *
		store; /* ring; the newest message is right before store_at, older ones before that */
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

/* The day of the gate (day.h). */
struct fold_day {
	uint32_t phase;         /* enum day_phase                                     */
	uint32_t count;         /* days that began in this journal after the first    */
	uint64_t last_id;       /* orders up to here are of a day that ended          */
	uint64_t phase_ns;      /* since when, on the clock of turns                  */
	uint64_t begin_wall_ns; /* by the wall; the first day: since the journal      */
	uint64_t end_wall_ns;   /* by the wall; of the day that ended last            */
	uint64_t ended_count;   /* orders ended without a word of their venue         */
	uint64_t kept_count;    /* open orders that the newest day began with         */
	uint32_t end_uid;       /* who ended that day, or DAY_BY_CALENDAR             */
	struct day_record last; /* the newest change; all zero: none yet              */
};

/* One limit that is raised for a time (leases.h). */
struct lease {
	struct lease_record is;
	struct limit_value base; /* what the epoch states there */
	uint64_t until_ns, until_wall_ns;
};

struct leases {
	uint32_t count, last; /* last: the highest number that ever was in force */
	struct lease rows[LEASE_COUNT_MAX];
	/* told, never asked */
	uint64_t end_count;
	struct lease_ended ends[LEASE_COUNT_MAX];
};

/* Which limits are in force, and for how long (epochs.h). */
struct epochs {
	struct limit_epoch_record now, former; /* now.epoch 0: none was ever in force */
	uint64_t until_ns, until_wall_ns;      /* of now's term */
	uint32_t taken;                        /* the highest that was in force */
	uint32_t row_count, rows_bad;          /* collected for the next */
	/* told, never asked */
	struct limit_end_record ended;
	uint64_t end_count;
	struct leases leases; /* over now's rows */
};

enum { MASS_COUNT = 64 };

/* A mass cancel under way (mass.h). */
struct mass {
	uint64_t last_id; /* orders above came later */
	uint64_t walk;    /* done when this walk of the sweep has ended */
	uint32_t symbol;  /* SYMBOL_NONE: every one */
	uint16_t session, account;
	uint16_t strategy;   /* 0: regardless */
	uint8_t wire_side;   /* 0: regardless */
	uint8_t has_channel; /* 0: regardless */
	uint8_t channel;
	uint8_t reserved[3];
};

/* An order that a strategy works in pieces (parents.h). */
struct parent {
	int64_t filled, working;
	uint32_t id, qty;
	uint32_t symbol;
	uint16_t account;
	uint8_t side;
	uint8_t reserved; /* zero */
};
_Static_assert(sizeof(struct parent) == 32, "hashed whole: no padding");

struct parents {
	struct parent *rows;
	struct refs by_id; /* account << 32 | id */
	uint32_t count, count_max;
	struct gauge *gauges; /* one a row: of the shares used */
	uint64_t *at_work;    /* one bit a row */
};

#endif
