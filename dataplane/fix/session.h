/* session.h - the session of FIX 4.2 and 4.4, one machine for both ends of a connection.

   A session counts what it sends and what it expects, across connections, days included.  Whatever is sent has a
   number and is kept; a peer who missed something asks, and is told again: reports with the number they had,
   everything else as one gap.  Orders are never told twice: what a venue did not get in its time is filled
   as a gap, and whoever asked for the order learns that it never arrived.

      idle --connect--> waiting --Logon--> up --our Logout--> leaving --theirs, or its time--> over
        ^                  |                |                                                     |
        |                  |                +--their Logout, a fault, silence-------------------->+
        |                  +--no Logon, a refused one-------------------------------------------->+
        +-------------------------------------disconnect------------------------------------------+

      from      to        by                                  what is sent
      idle      waiting   fix_session_connect                 initiator: Logon
      waiting   up        Logon that is right                 acceptor: Logon; both: ResendRequest if behind
      waiting   over      anything else, or nothing in time   Logout with why, if the peer is the right one
      up        up        Logon with ResetSeqNumFlag, agreed  acceptor: Logon; both at 1 again
      up        leaving   fix_session_logout                  Logout
      up        over      Logout; number too low; BeginString, CompID or SendingTime wrong; silence
      leaving   over      Logout, or logout_wait_ns
      any       idle      fix_session_disconnect              nothing

   Over means: let what is owed go out (fix_line_next gives no more), then close the connection.

   The machine is pure: messages, moments and its own memory in, messages out.  Its state is the fold's.  Where a
   connection stands in sending it (struct fix_line) is the stage's, is not journaled, and begins anew with
   each connection.

   Owner      the fold (the session), the stage (the line), or a simulator.
   Time       struct fix_moment: now_ns for timers, wall_ns for what is written.
   Invariant  (1) next_in only rises but by a reset that both ends agreed; a number is taken once, so nothing is
                  delivered twice;
              (2) every number below next_out that is not below kept_from is in the store;
              (3) KEPT_ONCE is put on a line once, in its turn, and never again;
              (4) what is no longer kept is never passed over in silence: whoever asks for it is logged out
                  with the number from which it may ask. */
#ifndef SLUICE_FIX_SESSION_H
#define SLUICE_FIX_SESSION_H

#include "dataplane/wire/fix.h"

enum {
	FIX_COMP_ID_BYTES = 32,
	FIX_BODY_BYTES = 496, /* longest body that is kept */
	FIX_TEST_BYTES = 248, /* of a TestReqID that is answered */
	FIX_HEARTBEAT_S_MAX = 3600,
};

enum fix_state {
	FIX_STATE_IDLE = 0,
	FIX_STATE_WAITING = 1,
	FIX_STATE_UP = 2,
	FIX_STATE_LEAVING = 3,
	FIX_STATE_OVER = 4,
};

/* Why a connection is over. */
enum fix_end {
	FIX_END_NONE = 0,
	FIX_END_LOGOUT = 1,     /* either side said goodbye                      */
	FIX_END_REFUSED = 2,    /* their Logon or ours                           */
	FIX_END_TOO_LOW = 3,    /* a number was used again                       */
	FIX_END_HEADER = 4,     /* BeginString, CompID, SendingTime, no number   */
	FIX_END_SILENT = 5,     /* nothing came, a TestRequest included          */
	FIX_END_NOT_KEPT = 6,   /* asked for what the store no longer has        */
	FIX_END_NOT_LOGGED = 7, /* the first message was no Logon                */
	FIX_END_COUNT = 8,
};

/* What is done with a message that is asked for again. */
enum fix_kept_kind {
	KEPT_ADMIN = 0, /* a gap                                         */
	KEPT_AGAIN = 1, /* sent again, as a possible duplicate           */
	KEPT_ONCE = 2,  /* a gap: an order that is late is no order      */
};

struct fix_kept {
	uint64_t wall_ns; /* its SendingTime */
	uint32_t ref;     /* the caller's, of KEPT_ONCE */
	uint16_t body_bytes;
	uint8_t type; /* enum fix_type */
	uint8_t kind; /* enum fix_kept_kind */
	uint8_t body[FIX_BODY_BYTES];
};
_Static_assert(sizeof(struct fix_kept) == 512, "whole lines");

/* Agreed beforehand; outlives the session. */
struct fix_session_config {
	uint8_t version; /* enum fix_version */
	bool is_initiator;
	bool takes_reset; /* the peer may begin numbers anew with its Logon (141=Y)          */
	bool asks_reset;  /* initiator: each Logon begins numbers anew                       */
	bool tells_next_expected; /* 789 in our Logon (4.4); a peer's is followed and answered anyway */
	uint8_t precision;    /* enum fix_precision of the times we write                        */
	uint32_t heartbeat_s; /* initiator: what our Logon says                                  */
	uint32_t heartbeat_s_min,
		heartbeat_s_max; /* what a peer's may say                         */
	uint32_t store_count;    /* messages kept                                  */
	uint64_t
		time_tolerance_ns; /* SendingTime may be that far from our clock                   */
	uint64_t logon_wait_ns, logout_wait_ns;
	uint64_t
		resend_wait_ns; /* without progress a resend is asked for again                    */
	char sender[FIX_COMP_ID_BYTES],
		target[FIX_COMP_ID_BYTES]; /* ours and theirs, ended        */
};

struct fix_moment {
	uint64_t now_ns, wall_ns;
};

/* A TestRequest that came ahead of a gap: answered when its turn has come. */
struct fix_early_test {
	uint64_t sequence; /* 0: none */
	uint32_t size_bytes, reserved;
	uint8_t id[FIX_TEST_BYTES];
};

struct fix_session {
	const struct fix_session_config *config;
	struct fix_kept *store; /* ring: number n at n % store_count */
	uint64_t next_out, next_in;
	uint64_t kept_from; /* lowest number the store has */
	uint8_t state;      /* enum fix_state */
	uint8_t end;        /* enum fix_end   */
	uint8_t is_test_open;
	uint8_t reserved;
	uint32_t heartbeat_s; /* in force; 0: none */
	uint64_t state_ns;    /* since when it is in this state */
	uint64_t heard_ns, told_ns;
	uint64_t test_count; /* TestRequests sent: the newest one's id */
	uint64_t answered;   /* the newest of them that was answered with its id */
	/* A gap we asked to be filled; gap_from 0: none. */
	uint64_t gap_from, gap_to, gap_ns;
	/* What the peer asked for again; a line follows when again_count moves. */
	uint64_t again_from, again_to, again_count;
	uint64_t reset_count;               /* times that numbers began anew */
	uint64_t skipped;                   /* numbers that a peer's reset passed over */
	uint64_t rejected_in, rejected_out; /* Rejects (35=3) got and sent */
	struct fix_early_test early_test;
};

/* What a Logon says, without who says it: names and passwords are checked before. */
struct fix_logon {
	uint64_t sequence;
	uint64_t next_expected; /* 0: not said */
	uint32_t heartbeat_s;
	bool is_reset;
	bool is_encrypted;
};

enum fix_take {
	FIX_TAKE_NOTHING = 0, /* the session's own affair               */
	FIX_TAKE_MESSAGE = 1, /* an application's message, or a Reject  */
};

/* fix_session_init begins a session at 1 and 1; store has config->store_count entries. */
void fix_session_init(struct fix_session *session, const struct fix_session_config *config,
	struct fix_kept *store);

/* fix_session_renew begins another day on a session without connection: at 1 and 1, as both ends agreed. */
void fix_session_renew(struct fix_session *session);

/* fix_session_connect says that a connection stands; an initiator's Logon is the first it sends. */
void fix_session_connect(struct fix_session *session, struct fix_moment at);

/* fix_session_disconnect says that it is gone. */
void fix_session_disconnect(struct fix_session *session);

/* fix_session_logon takes a Logon whose sender was checked by the caller; fix_session_receive does it for a whole
   message.  For a session that waits, or that is up and whose numbers begin anew. */
void fix_session_logon(
	struct fix_session *session, const struct fix_logon *logon, struct fix_moment at);

/* fix_session_turn_away answers a Logon that the caller did not take: a Logout with why, under the session's next number, which
   the peer counts too.  For a session without connection; it is without one again. */
void fix_session_turn_away(struct fix_session *session, const char *why, struct fix_moment at);

/* fix_logon_of picks what the session needs out of a Logon. */
struct fix_logon fix_logon_of(const struct fix_message *message);

/* fix_session_receive takes one parsed message.  FIX_TAKE_MESSAGE: it is the next one, and the caller's. */
enum fix_take fix_session_receive(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at);

/* A message that is longer than is taken: what its header says, and how long it is. */
struct fix_long {
	uint64_t sequence; /* 0: none, which ends the connection */
	uint32_t size_bytes, bytes_max;
	bool is_poss_dup;
	char type[4]; /* ended; empty: not said */
};

/* fix_session_long takes one by its number alone, and rejects it.  true: it was the next, and an application's, or a Reject: the caller
   must do without what it said. */
bool fix_session_long(
	struct fix_session *session, const struct fix_long *message, struct fix_moment at);

/* fix_session_tick does what time asks for; due_ns tells when that is at the earliest, UINT64_MAX: never. */
void fix_session_tick(struct fix_session *session, struct fix_moment at);
uint64_t fix_session_due_ns(const struct fix_session *session);

/* fix_session_send numbers and keeps a message whose body is set; it goes out in its turn, or when a peer that was
   away asks.  Returns its number; 0: its body cannot be written or is too long, and nothing happened. */
uint64_t fix_session_send(struct fix_session *session, const struct fix_message *message,
	enum fix_kept_kind kind, uint32_t ref, struct fix_moment at);

/* fix_session_reject answers a message with Reject (35=3), fix_session_refuse with BusinessMessageReject (35=j).
   tag 0: not said.  text NULL: the reason's own words in a Reject, none in the other. */
void fix_session_reject(struct fix_session *session, const struct fix_message *message,
	enum fix_reason reason, uint32_t tag, const char *text, struct fix_moment at);
void fix_session_refuse(struct fix_session *session, const struct fix_message *message,
	uint32_t business_reason, const char *text, struct fix_moment at);

/* fix_session_logout says goodbye; nothing is taken back: what still comes is taken until the peer's Logout. */
void fix_session_logout(struct fix_session *session, const char *text, struct fix_moment at);

/* fix_session_test asks the peer for a sign of life now; `answered` reaches the count that it returns when all we
   sent before was taken in order by the peer. */
uint64_t fix_session_test(struct fix_session *session, struct fix_moment at);

/* fix_session_kept gives what was sent under a number, or NULL if it is not kept. */
const struct fix_kept *fix_session_kept(const struct fix_session *session, uint64_t number);

/* fix_session_write feeds all that decides what a session says next to `add`: its numbers, its state and times, and every
   message that it keeps, in their order. */
void fix_session_write(const struct fix_session *session,
	void (*add)(void *context, const void *bytes, size_t size), void *context);

/* --- a connection --- */

struct fix_line {
	uint64_t fresh;                 /* next number that was never on this line       */
	uint64_t again_next, again_end; /* being sent again; next == end: nothing        */
	uint64_t again_seen;            /* of session.again_count                        */
	uint64_t reset_seen;            /* of session.reset_count                        */
};

/* Added to our Logon as it leaves, in 553 and 554, of 4.2 the password alone in 96; never kept. */
struct fix_credentials {
	const char *username, *password; /* neither is empty */
};

enum fix_line_verdict {
	FIX_LINE_EMPTY = 0, /* nothing is owed                                          */
	FIX_LINE_SEND = 1,  /* out holds a message; call fix_line_sent when it is away  */
	FIX_LINE_LOST = 2,  /* what is owed is no longer kept: close the connection     */
};

struct fix_step {
	uint32_t size_bytes;
	uint64_t fresh, again_next; /* where the line stands after it */
};

/* fix_line_begin is called before fix_session_connect. */
void fix_line_begin(struct fix_line *line, const struct fix_session *session);

/* fix_line_next writes the next message that the peer is owed.  out holds FIX_MESSAGE_BYTES_MAX. */
enum fix_line_verdict fix_line_next(struct fix_line *line, const struct fix_session *session,
	const struct fix_credentials *credentials, uint64_t wall_ns, uint8_t *out,
	struct fix_step *step);
void fix_line_sent(struct fix_line *line, const struct fix_step *step);

/* fix_line_logout_again writes a Logout that went out under a number a second time, as a possible duplicate, with what is to be said
   now: it takes no number.  Who had it passes it over, who had not counts it.  Returns its size; 0: no Logout is kept under it. */
uint32_t fix_line_logout_again(const struct fix_session *session, uint64_t number, const char *why,
	uint64_t wall_ns, uint8_t *out);

/* --- for fix_receive.c --- */

void fix_session_begin(
	const struct fix_session *session, struct fix_message *message, enum fix_type type);
void fix_session_admin(
	struct fix_session *session, const struct fix_message *message, struct fix_moment at);
void fix_session_state(struct fix_session *session, enum fix_state state, struct fix_moment at);
void fix_session_over(
	struct fix_session *session, enum fix_end end, const char *why, struct fix_moment at);
void fix_session_over_numbers(struct fix_session *session, enum fix_end end, const char *first,
	uint64_t one, const char *second, uint64_t other, struct fix_moment at);
void fix_session_expect(struct fix_session *session, uint64_t next, struct fix_moment at);
void fix_session_ask(struct fix_session *session, struct fix_moment at);
void fix_session_gap(
	struct fix_session *session, uint64_t number, bool is_again, struct fix_moment at);

#endif
