/* tape.h - the public feed: ITCH 5.0 messages, numbered, in MoldUDP64 packets.

   Events become messages, messages are numbered and kept (history.h), and each turn every line cuts
   its own packets from what is new, so that packets of A and B may end at different messages; who
   sends them is another's matter.

   Owner      one thread.  Units: now_ns is monotonic and only paces heartbeats.
   Invariant  (1) on each line message n is in exactly one packet, in order; (2) a second without a
              packet brings a heartbeat, after the end of a session an end-of-session packet.
   States     going -> ended (tape_end) -> going (tape_session) */
#ifndef SLUICE_EXCHANGE_TAPE_H
#define SLUICE_EXCHANGE_TAPE_H

#include "config/limits.h"
#include "dataplane/wire/event.h"
#include "tools/exchange/board.h"
#include "tools/exchange/history.h"

enum {
	TAPE_PACKET_BYTES = 1400,
	TAPE_CUT_MAX = 65534,    /* messages a packet may have          */
	TAPE_PENDING_MAX = 1024, /* messages that wait for a turn's end */
};

typedef void tape_packet(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns);

/* Who hears every message as it is said; NULL: nobody. */
typedef void tape_ear(void *context, const uint8_t *bytes, uint32_t size_bytes);

struct tape_line {
	uint64_t next; /* number of the first message it has not cut */
	uint64_t last_packet_ns;
	uint32_t cut; /* messages a packet, at most */
};

struct tape {
	char session[10]; /* padded right with spaces */
	tape_packet *packet;
	void *context;
	tape_ear *ear;
	void *ear_context;
	struct history history;
	struct board board; /* the last of everything that is a state */
	uint64_t next;      /* number of the next message */
	uint64_t now_ns, packets;
	uint32_t line_count;
	bool is_ended;
	struct tape_line lines[LINE_COUNT_MAX];
};

/* tape_init begins a session with message 1 on line_count lines; history_max messages are kept. */
void tape_init(struct tape *tape, const char *session, uint32_t line_count, uint64_t history_max,
	tape_packet *packet, void *context);
void tape_free(struct tape *tape);

/* tape_event adds the message an event stands for. */
void tape_event(struct tape *tape, const struct event *event);

/* tape_raw adds a message as it is. */
void tape_raw(struct tape *tape, const uint8_t *bytes, uint32_t size_bytes);

/* tape_turn sends what is new, or a heartbeat where a second was silent. */
void tape_turn(struct tape *tape, uint64_t now_ns);

/* tape_forget sends what is new and lets go of all that was said: nobody is told it again. */
void tape_forget(struct tape *tape);

/* tape_skip does so and goes on count numbers later: those in between never were. */
void tape_skip(struct tape *tape, uint64_t count);

/* tape_end sends what is new and says that the session is over. */
void tape_end(struct tape *tape);

/* tape_session sends what is new, forgets it, and begins another session, or the same anew, with
   message 1. */
void tape_session(struct tape *tape, const char *session);

#endif
