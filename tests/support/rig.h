/* rig.h - a whole gate on the table: clients and venue on simulated streams, control's region in hand.

   Nothing here waits or reads a clock: the test moves time and polls.  Every record that the gate
   publishes is kept; rig_close replays them all into a fresh fold and fails the test unless every decision
   and the state hash are equal, so each test of the gate is a test of the replay too.  A test may also write inputs
   of its own (turn.h) and flush what came of them (client.h).

   Owner      the test. */
#ifndef SLUICE_TESTS_RIG_H
#define SLUICE_TESTS_RIG_H

#include "dataplane/gate/client.h"
#include "dataplane/gate/gate.h"
#include "dataplane/gate/turn.h"
#include "dataplane/wire/soup.h"
#include "drivers/stream/stream_sim.h"

enum {
	RIG_CLIENT_COUNT = 2,
	RIG_RECORD_BYTES = 64 << 20,
	RIG_TOLD_COUNT = 1 << 17,
	RIG_TOKEN_COUNT = 1 << 18
};

enum {
	RIG_AAPL = 0,
	RIG_ZVZZT = 1,
	RIG_ACCOUNT = 17,
	RIG_OTHER_ACCOUNT = 18,
	RIG_STRATEGY = 3,
	RIG_OTHER_STRATEGY = 4
};

/* One end of a session as the peer sees it: bytes that came, cut into messages. */
struct rig_peer {
	uint32_t connection;
	bool is_up;
	uint32_t rx_bytes;
	uint8_t rx[1 << 16];
	uint64_t sequence;        /* sequenced messages received (client) or sent (venue) */
	uint32_t count;           /* messages kept, oldest first; rig_take_* removes them */
	struct ouch_out out[512]; /* client: what the gate told it */
	struct ouch_in in[512];   /* venue: what the gate sent it  */
};

struct rig {
	struct site_config site;
	struct stream_sim_net *net;
	struct stream *gate_stream, *peer_stream;
	struct dataplane_region *region;
	struct market_region *market;
	struct control_region *control;
	int region_fd, market_fd, control_fd;
	struct gate *gate;
	uint64_t now_ns;
	bool is_journal_stuck; /* nothing becomes durable */
	bool is_link_stuck;    /* the journal stage takes nothing from the link */
	uint64_t clock_off_ns; /* that control tells; 0: exact, UINT64_MAX: nobody knows */
	bool is_control_silent;
	uint8_t *records;
	uint64_t record_bytes, taken_bytes;
	uint32_t venue_listener;
	const char *venue_session; /* its SoupBinTCP session of today */
	bool is_polling;           /* what peers say meanwhile is taken by the poll under way */
	bool venue_is_mute;        /* the venue answers nothing by itself */
	struct rig_peer venue, clients[RIG_CLIENT_COUNT];
	/* A second venue, for a site that has two: it answers logins and queries, and says what the test
	   has it say (rig_second_*). */
	struct rig_second {
		struct rig_peer peer;
		uint32_t listener;
		const char *session;
		struct ouch_out told[512];
		uint64_t next_reference;
	} second;
	struct ouch_out
		*told; /* all the venue said, for who logs in again; venue.sequence of them */
	/* Where the site's venue or a client speaks OUCH 4.2 the test goes on in the inner language: numbers become
	   tokens on the way, and back. */
	char tokens[RIG_TOKEN_COUNT][14]; /* the venue's, by our number */
	uint64_t next_reference;
	void (*before_query)(struct rig *rig); /* a venue that reads before it answers; or NULL */
	const struct rig_hooks *hooks;         /* or NULL */
	void *context;                         /* of the hooks */
};

/* What a test may put around the gate; each may be NULL. */
struct rig_hooks {
	struct stream *(*wrap)(struct stream *inside); /* the gate's stream at every boot */
	bool (*turn)(struct rig *rig);                 /* in place of gate_poll                   */
	bool (*others)(struct rig *rig);               /* more peers: polled like the rig's own   */
	void (*site)(struct site_config *site);        /* changes the site before it is used      */
	uint64_t (*wall_ns)(void);                     /* the wall clock by which days roll       */
	/* what came on a connection of the peers' stream that is none of the rig's */
	void (*event)(struct rig *rig, const struct stream_event *event);
	/* takes what came in place of the rig's own venue; false: it was not the venue's */
	bool (*venue)(struct rig *rig, const struct stream_event *event);
};

/* rig_open builds the site and a gate over an empty journal; nobody is connected yet. */
struct rig *rig_open(void);
struct rig *rig_open_with(const struct rig_hooks *hooks, void *context);

/* rig_close replays what happened and compares; then frees everything. */
void rig_close(struct rig *rig);

/* rig_ready brings up venue, both clients, generous limits and a fresh AAPL market at 163.00 / 163.02. */
void rig_ready(struct rig *rig);

/* rig_setup, rig_teardown are both around a test: a ready rig is its state, and is replayed at its end. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* rig_poll moves time by ns and polls gate and peers until nothing more happens. */
void rig_poll(struct rig *rig, uint64_t ns);

/* rig_restart kills the gate where it stands and boots another over the records; with_region: control still
   held the old region.  Connections are gone. */
void rig_restart(struct rig *rig, bool with_region);

/* rig_limits publishes rows as the next epoch: firm and both accounts generous, then `change` edits. */
void rig_limits(struct rig *rig, void (*change)(struct limit_row *row, uint32_t account));

/* rig_limits_more does it with one row more, which `fill` states from nothing. */
void rig_limits_more(struct rig *rig, void (*change)(struct limit_row *row, uint32_t account),
	void (*fill)(struct limit_row *row));

/* rig_market publishes a top for a symbol, its channel heard now. */
void rig_market(struct rig *rig, uint32_t symbol, int64_t bid_e4, int64_t ask_e4);

/* Connections. */
void rig_venue_up(struct rig *rig);
void rig_venue_cut(struct rig *rig);
void rig_client_up(struct rig *rig, uint32_t client);

/* rig_venue_day ends the venue's session and begins another: nobody may log in to the old one. */
void rig_venue_day(struct rig *rig, const char *session);

/* rig_two_venues makes the site one of two venues; ZVZZT goes to the second.  Before rig_ready. */
void rig_two_venues(struct rig *rig);
void rig_second_up(struct rig *rig);
void rig_second_cut(struct rig *rig);
void rig_second_answer(struct rig *rig, const struct ouch_out *message);
bool rig_second_got(struct rig *rig, struct ouch_in *message);

/* rig_order is a passing order: buy 100 AAPL at 163.00. */
struct ouch_in rig_order(uint32_t ref);
struct ouch_in rig_replace(uint32_t original_ref, uint32_t ref, uint32_t qty, uint64_t price_e4);
struct ouch_in rig_cancel(uint32_t ref, uint32_t qty);

/* rig_send sends a client's message and polls; rig_answer sends the venue's, or keeps it for the next login. */
void rig_send(struct rig *rig, uint32_t client, const struct ouch_in *message);
void rig_answer(struct rig *rig, const struct ouch_out *message);

/* The venue's usual answers to a message it got. */
struct ouch_out rig_accepted(const struct ouch_in *message);
void rig_accept(struct rig *rig, const struct ouch_in *message);
void rig_execute(struct rig *rig, const struct ouch_in *message, uint32_t qty, uint64_t price_e4);
void rig_cancelled(struct rig *rig, uint32_t venue_ref, uint32_t qty, uint8_t reason);

/* rig_venue_got, rig_client_got take the oldest message kept; false: there is none. */
bool rig_venue_got(struct rig *rig, struct ouch_in *message);
bool rig_client_got(struct rig *rig, uint32_t client, struct ouch_out *message);

/* rig_pass sends a message that must pass and returns what the venue got of it; rig_pass_and_accept lets the
   venue accept it too, and takes the client's answer; rig_refuse sends one that must be refused, checks
   what the client is told, and returns the reason. */
struct ouch_in rig_pass(struct rig *rig, uint32_t client, const struct ouch_in *order);
struct ouch_in rig_pass_and_accept(struct rig *rig, uint32_t client, const struct ouch_in *order);
enum lane rig_refuse(struct rig *rig, uint32_t client, const struct ouch_in *order);

/* rig_receipt copies the newest receipt; false: there is none. */
bool rig_receipt(const struct rig *rig, struct receipt *receipt);

/* rig_position gives an account's position row in a symbol (zeros when there is none). */
struct position_row rig_position(const struct rig *rig, uint32_t account, uint32_t symbol);

/* rig_stop sets a stop word on control's board and polls. */
uint64_t rig_stop(struct rig *rig, enum scope scope, uint32_t id, enum trading_state state);

/* Between rig.c and rig_peers.c: rig_put sends a packet from a peer, rig_poll_peers lets both sides take and
   answer what came; true: something did. */
void rig_put(struct rig *rig, struct rig_peer *peer, enum soup_type type, const uint8_t *payload,
	uint32_t size);
bool rig_poll_peers(struct rig *rig);

/* rig_ask puts a question into the gate's mailbox, polls, and returns the answer. */
const struct mailbox_answer *rig_ask(struct rig *rig, const struct mailbox_request *request);

/* rig_session asks for the row of a session, which must be there. */
struct session_row rig_session(struct rig *rig, uint32_t id);

#endif
