/* state.h - struct gate: what the gate has outside of its fold, in which connections it stands and what it was told last.

   Nothing here decides about an order: that is the fold's, which is one member of it.  What the files of this room do to it,
   they do through a turn (turn.h); gate.h tells which file stands on which.

   Owner      the gate stage; `control` alone is another's, who hands it in. */
#ifndef SLUICE_GATE_STATE_H
#define SLUICE_GATE_STATE_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/entry.h"
#include "dataplane/fold/fold.h"
#include "dataplane/gate/passing.h"
#include "dataplane/gate/session.h"
#include "dataplane/risk/gauge.h"
#include "dataplane/shm/market.h"
#include "dataplane/wire/soup.h"
#include "drivers/stream/stream.h"

enum {
	GATE_RX_BYTES = FIX_FRAME_BYTES_MAX, /* the longest of any protocol */
	GATE_CONNECTION_MAX = SESSION_COUNT_MAX + 64,
	GATE_CONNECTION_SPARE = 32, /* kept free for who comes next: clients.h */
	GATE_HINT_COUNT = 1024,
};
_Static_assert((int)GATE_RX_BYTES >= (int)SOUP_PACKET_BYTES_MAX, "a packet has room");

/* A TCP connection of either side, before and after its login. */
struct gate_connection {
	uint32_t number;                 /* of the stream driver; CONNECTION_NONE: free */
	uint32_t place;                  /* index in gate.connections, or of a venue */
	uint32_t session;                /* session id once logged in; 0 before */
	const struct session_kind *kind; /* NULL: a client's that has not said a byte */
	bool is_open;
	bool is_welcome;   /* client: its login was answered with yes (client_welcome) */
	bool is_leaving;   /* shut; its peer has a moment to close its end */
	uint32_t rx_bytes; /* bytes of an unfinished packet in rx */
	struct passing passing;
	uint64_t opened_ns; /* or shut, when leaving */
	uint64_t heard_ns, told_ns;
	uint64_t next_sent; /* client: next sequenced message to put on the stream */
	uint64_t dead_ns;   /* client: the heard_ns for which its dead man was told */
	uint8_t rx[GATE_RX_BYTES];
};

/* Our session at a venue. */
struct gate_venue {
	struct gate_connection connection;
	uint64_t retry_ns, backoff_ns;
	uint64_t entered_ns;  /* when the newest login was taken */
	uint32_t brief_count; /* sessions in a row that did not last (leaving.h) */
	uint32_t hang_ups;    /* on our login, in a row (leaving.h) */
	uint64_t queries;     /* sent, of those the fold asked for */
	bool is_session_any;  /* the one we knew is over: log in to the current one */
	bool is_resting; /* its day is over and ours is, or its hours are: nobody logs in (roll.h) */
	uint32_t
		parted; /* the connection before, which may not be gone yet (leaving.h); CONNECTION_NONE: none */
	uint64_t ref_pending[2]; /* sequence and number of the last reservation */
};

/* Our session at a venue's drop copy (copylink.h). */
struct gate_copylink {
	struct gate_connection connection;
	uint64_t retry_ns, backoff_ns;
	uint64_t entered_ns;  /* when the newest login was taken */
	uint32_t brief_count; /* sessions in a row that did not last (leaving.h) */
	uint32_t hang_ups;    /* on our login, in a row (leaving.h) */
	bool is_session_any;  /* as a venue's */
	bool is_resting;
	uint32_t parted; /* as a venue's */
};

struct gate {
	const struct site_config *site;
	struct dataplane_region *region;
	struct metrics *metrics; /* its own pages and link of the region */
	struct gate_page *page;
	struct link *journal;
	const struct market_region *market;
	struct fold *fold;
	struct stream *stream;
	uint32_t listener;
	struct link_writer writer;

	const struct control_region *_Atomic control; /* handed in by gate_attach */
	const struct control_region *control_seen;
	uint64_t heartbeat_seen, heartbeat_ns;
	uint64_t stop_epoch[2]; /* seen, by enum stop_writer */
	uint32_t bank_row;      /* next row of the epoch being taken */
	uint32_t bank_cut;      /* and the next of its cuts */
	uint32_t bank_taken;    /* rows of it that are this gate's */
	uint32_t bank_epoch;    /* epoch being taken or taken */
	uint32_t bank_waits;    /* polls that had events while there was one to take */
	uint64_t request_seen;
	/* shown only: usage of the site's own limits, looked at each tick */
	struct gate_gauge {
		struct gauge gauge;
		int64_t now, limit;
	} silence, behind, clock, rate_ages[CURRENCY_COUNT_MAX];

	uint32_t reserving_mask; /* a bit per venue: a reservation is not durable yet */
	bool is_unbalanced;      /* orders are missing, and that was told (balance.h) */
	bool is_turn_open;
	bool is_over;           /* stopped: sessions are only let go */
	uint32_t leaving_count; /* connections that were there then, and are still */
	bool is_journal_full;   /* only the reserve of the link is left: clients are kept out */
	bool lacks_room;        /* the journal's disk is full: trips (4) */
	bool is_closed;         /* and it will stay so: what was open is cancelled */
	uint64_t now_ns;
	uint64_t time_offset_ns;
	struct gate_wall {
		uint64_t wall_ns; /* as last read; 0: never */
		uint64_t read_ns; /* now_ns of the poll that read it */
	} wall;
	uint64_t (*read_wall_ns)(void); /* for ticks, and for what people ask */
	uint64_t turns_with_events;
	uint64_t
		message_cycles; /* when the bytes being worked on came in, of one turn in so many; else 0 */

	struct gate_ahead {
		const uint8_t *bytes;
		struct entry_aim aim;
	} ahead; /* the message announced last (client.h); bytes NULL: none, or its piece is over */

	char soup_session[10]; /* of our client side, for the journal's life */
	struct gate_connection *connections;
	uint32_t
		numbers[GATE_CONNECTION_MAX]; /* connections[i].number, dense: searched per event */
	uint16_t hints[GATE_HINT_COUNT]; /* by the number's low bits: where it was last found */
	uint64_t ticked_ns;
	uint32_t mark_at; /* next account-symbol row to value (marks.h) */
	uint32_t
		trip_at; /* last account looked at, and who has lost its limit; 0: the firm (trips.h) */
	uint64_t is_lost[STOP_WORD_COUNT / 64 + 1]; /* by stop word */
	uint32_t trip_symbol_at;
	uint8_t filled
		[ACCOUNT_COUNT_MAX]; /* enum trading_state that was told; 0: the firm (trips.h) */
	struct gate_connection *by_session[SESSION_COUNT_MAX];
	struct fix_line fix_venue_lines[VENUE_COUNT_MAX];
	struct fix_line fix_copy_lines[VENUE_COUNT_MAX];
	struct fix_line fix_lines[SESSION_COUNT_MAX]; /* where a FIX session's connection stands */
	uint8_t fix_turned_away
		[SESSION_COUNT_MAX]; /* Logons answered by a Logout since one was taken */
	uint64_t fix_turned_number
		[SESSION_COUNT_MAX]; /* of the newest such Logout; 0: there is none */
	struct gate_venue venues[VENUE_COUNT_MAX];
	struct gate_copylink copylinks[VENUE_COUNT_MAX];
	struct session_event leaving; /* what was noted and is not told yet (leaving.h) */
	uint32_t dirty_count;         /* sessions with new messages in their store */
	uint32_t dirty[SESSION_COUNT_MAX];
	bool is_dirty[SESSION_COUNT_MAX];
};

#endif
