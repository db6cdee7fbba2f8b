/* gate.h - the gate stage: sessions on one side, the venue on the other, the fold between.

   One poll is at most one turn.  The gate takes what came from its streams, what control and the door
   want, and the time; writes each as an input record, publishes it, applies it to the fold, and hands over
   what the fold decided, after reading the stop words once more.  Everything it knows of the outside
   stands in a record, so the journal alone rebuilds it.

   Owner      its stage's thread, after gate_recover.
   Time       now_ns of the poll.
   Invariant  (1) no input is taken while the journal link lacks room for a whole turn; a reserve of it is
                  kept for stops, the venue's word and cancels: before it is touched the clients are let
                  go, so that a kill works and is written down while the disk hangs;
              (2) an order is handed over only after its receipt was published, after the stop boards were
                  read again, and only to a stream without unsent bytes of an earlier turn;
              (3) until the journal was replayed and control attached, no client is let in. */
#ifndef SLUICE_GATE_GATE_H
#define SLUICE_GATE_GATE_H

#include "dataplane/fix/session.h"
#include "dataplane/fold/fold.h"
#include "dataplane/fold/replay.h"
#include "dataplane/gate/session.h"
#include "dataplane/risk/gauge.h"
#include "dataplane/shm/market.h"
#include "dataplane/wire/soup.h"
#include "drivers/machine/clock.h"
#include "drivers/stream/stream.h"

enum {
	GATE_RX_BYTES = SOUP_PACKET_BYTES_MAX,
	/* Of the link: more than one turn without clients can write.  The venue's shortest message is 21 bytes
	   and costs a record of 64; stops beyond what has room wait in their words for the next poll. */
	GATE_STOP_COUNT = 4096,
	GATE_RESERVE_BYTES = BURST_COUNT_MAX * STREAM_EVENT_BYTES_MAX * 4 + (1 << 20) +
			     GATE_STOP_COUNT * (sizeof(struct record) + sizeof(struct stop_record)),
	/* And with clients: a poll brings at most 32 events of STREAM_EVENT_BYTES_MAX; the most records a byte
	   can cost is 16 (a 12-byte cancel that is refused writes 192). */
	GATE_ROOM_BYTES = BURST_COUNT_MAX * STREAM_EVENT_BYTES_MAX * 16 + GATE_RESERVE_BYTES,
	GATE_CONNECTION_MAX = SESSION_COUNT_MAX + 64,
	GATE_HINT_COUNT = 1024,
};

/* A TCP connection of either side, before and after its login. */
struct gate_connection {
	uint32_t number;                 /* of the stream driver; CONNECTION_NONE: free */
	uint32_t place;                  /* index in gate.connections, or of a venue */
	uint32_t session;                /* session id once logged in; 0 before */
	const struct session_kind *kind; /* NULL: a client's that has not said a byte */
	bool is_open;
	bool is_leaving;    /* shut; its peer has a moment to close its end */
	uint32_t rx_bytes;  /* bytes of an unfinished packet in rx */
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
	uint32_t refusals;   /* logins refused in a row */
	uint64_t queries;    /* sent, of those the fold asked for */
	bool is_session_any; /* the one we knew is over: log in to the current one */
	bool is_resting; /* its day is over and ours is, or its hours are: nobody logs in (roll.h) */
	uint64_t ref_pending[2], ref_durable; /* sequence and number of the last reservation */
};

/* Our session at a venue's drop copy (copylink.h). */
struct gate_copylink {
	struct gate_connection connection;
	uint64_t retry_ns, backoff_ns;
	bool is_session_any; /* as a venue's */
	bool is_resting;
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

	bool is_unbalanced; /* orders are missing, and that was told (balance.h) */
	bool is_turn_open;
	bool is_journal_full; /* only the reserve of the link is left: clients are kept out */
	bool lacks_room;      /* the journal's disk is full: trips (4) */
	bool is_closed;       /* and it will stay so: what was open is cancelled */
	uint64_t now_ns;
	uint64_t time_offset_ns;
	struct gate_wall {
		uint64_t wall_ns; /* as last read; 0: never */
		uint64_t read_ns; /* now_ns of the poll that read it */
	} wall;
	uint64_t (*read_wall_ns)(void); /* for ticks, and for what people ask */
	uint64_t message_cycles;        /* when the bytes being worked on came in */

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
	struct gate_venue venues[VENUE_COUNT_MAX];
	struct gate_copylink copylinks[VENUE_COUNT_MAX];
	uint32_t dirty_count; /* sessions with new messages in their store */
	uint32_t dirty[SESSION_COUNT_MAX];
	bool is_dirty[SESSION_COUNT_MAX];
};

/* What the clocks say when a gate begins. */
struct gate_time {
	uint64_t now_ns;           /* monotonic, of the stage's own polls */
	uint64_t wall_ns;          /* since the epoch                     */
	uint64_t midnight_wall_ns; /* of the venue's day                  */
};

/* gate_open prepares a gate over a region and the market it judges by; nothing is recovered yet and no socket is open. */
struct gate *gate_open(const struct site_config *site, struct dataplane_region *region,
	const struct market_region *market, struct stream *stream);

/* gate_recovered takes the fold that replay rebuilt from the journal, writes what the journal lacks (unwritten
   outputs, BOOT) and halts the firm if halt_reason is not NULL.  old is the link of the process before, or
   NULL: records it published that are not in the journal are written again and applied.  The journal
   stage must be draining the region's link.  replay is left without its fold. */
void gate_recovered(struct gate *gate, struct replay *replay, const struct link *old,
	uint64_t build_id, const struct gate_time *time, const char *halt_reason);

/* gate_listen opens the client door and starts towards the venue; after gate_recovered. */
bool gate_listen(struct gate *gate, struct config_error *error);

/* gate_attach hands in the newest control region; may be called from the door's thread. */
void gate_attach(struct gate *gate, const struct control_region *control);

/* gate_poll is the stage's turn (stage_poll). */
bool gate_poll(void *gate, uint64_t now_ns);

/* gate_stop ends the day in order: says goodbye to the sessions and writes the state's hash. */
void gate_stop(struct gate *gate, uint64_t now_ns);
void gate_close(struct gate *gate);

/* --- for the other files of the room --- */

/* gate_journal_behind counts the records that are not durable; UINT64_MAX once the journal cannot write, however few
   they are: none that follows would survive this machine. */
uint64_t gate_journal_behind(const struct gate *gate);

/* gate_control_silent_ns tells how long control's heartbeat has stood; UINT64_MAX: it never beat. */
uint64_t gate_control_silent_ns(const struct gate *gate);

/* gate_turn opens this poll's turn if it is not open.  It is published with what follows it. */
void gate_turn(struct gate *gate);

/* gate_input claims an input record's body; gate_commit publishes and applies it. */
static inline void *gate_input(struct gate *gate, enum record_type type, uint32_t body_bytes)
{
	void *body = link_claim(&gate->writer, type, body_bytes);
	CHECK(body != NULL); /* gate (1): room was made sure of before the turn */
	return body;
}

/* gate_input_whole leaves it to its caller to write every byte of the body. */
static inline void *gate_input_whole(struct gate *gate, enum record_type type, uint32_t body_bytes)
{
	void *body = link_claim_whole(&gate->writer, type, body_bytes);
	CHECK(body != NULL); /* gate (1) */
	return body;
}

static inline void gate_commit(struct gate *gate, const void *body)
{
	link_publish(&gate->writer); /* record (1) */
	fold_apply(gate->fold, (const struct record *)body - 1);
	/* record (2): what was decided is published before route hands anything over */
	link_publish(&gate->writer);
}

/* gate_commit_open applies an input that nothing leaves for, and publishes it with the next one, or as the poll flushes.
   Each publication takes a line back from the core that reads the journal: in turns on one machine an order's bytes were out in
   352 ns with nobody reading, 450 with a reader near and 1,080 with one on a far core.  Turn, top and message at once, and nothing
   read wider than it was just written (turn_inputs_copy, ouch50_is_in): 347, 420 and 970. */
static inline void gate_commit_open(struct gate *gate, const void *body)
{
	fold_apply(gate->fold, (const struct record *)body - 1);
}

/* gate_flush publishes what was decided, hands it over and sends what clients are owed. */
void gate_flush(struct gate *gate);

enum { GATE_WALL_APART_NS = 1000 * 1000 };

/* gate_wall_at tells the wall clock as of a poll.  Reading it costs more than comparing an order's lanes: between
   readings it goes as the stage's clock does.  A step of the clock is followed at the next reading, backwards too, and
   a reading that came late in its poll is ahead by that much until then: a turn's wall time is for people and records,
   and nothing orders by it.  A time before the last reading (boot read its clock after the stage did) reads again. */
static inline uint64_t gate_wall_at(
	struct gate_wall *wall, uint64_t now_ns, uint64_t (*read_wall_ns)(void))
{
	if (wall->wall_ns == 0 || now_ns - wall->read_ns >= GATE_WALL_APART_NS)
		*wall = (struct gate_wall){.wall_ns = read_wall_ns(), .read_ns = now_ns};
	return wall->wall_ns + (now_ns - wall->read_ns);
}

#endif
