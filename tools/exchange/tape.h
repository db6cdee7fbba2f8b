/* tape.h - the public feed: ITCH 5.0 messages, numbered, in MoldUDP64 packets.

   Events become messages, messages are gathered until a packet is full or the turn ends, and each
   packet is handed out once; who sends it on which line is another's matter.

   Owner      one thread.  Units: now_ns is monotonic and only paces heartbeats.
   Invariant  (1) message n is in exactly one packet; (2) a second without a packet brings a heartbeat. */
#ifndef SLUICE_EXCHANGE_TAPE_H
#define SLUICE_EXCHANGE_TAPE_H

#include "dataplane/wire/event.h"

enum { TAPE_PACKET_BYTES = 1400 };

typedef void tape_packet(void *context, const uint8_t *bytes, uint32_t size_bytes);

struct tape {
	char session[10]; /* padded right with spaces */
	tape_packet *packet;
	void *context;
	uint64_t next; /* number of the next message */
	uint64_t last_packet_ns, packets;
	uint32_t size; /* of the packet that is being gathered; 0: none */
	uint8_t bytes[TAPE_PACKET_BYTES];
};

/* tape_init begins a session with message 1. */
void tape_init(struct tape *tape, const char *session, tape_packet *packet, void *context);

/* tape_event adds the message an event stands for. */
void tape_event(struct tape *tape, const struct event *event);

/* tape_raw adds a message as it is. */
void tape_raw(struct tape *tape, const uint8_t *bytes, uint32_t size_bytes);

/* tape_turn sends what was gathered, or a heartbeat if a second was silent. */
void tape_turn(struct tape *tape, uint64_t now_ns);

/* tape_end sends what was gathered and says that the session is over. */
void tape_end(struct tape *tape);

#endif
