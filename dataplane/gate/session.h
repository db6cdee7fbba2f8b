/* session.h - how the bytes of a connection become messages, and who is at its other end.

   A kind of session is a row of functions for both sides: it cuts a stream into messages, logs clients in
   and us at venues, and keeps connections alive.  Several protocols may share one (OUCH 5.0 and 4.2 are both
   carried by SoupBinTCP).  All of it lies outside of the fold: sockets, timers and passwords end here, and what
   they come to is written down as SESSION records, raw messages as CLIENT_IN and VENUE_IN.  What is numbered,
   or decides what is said later, is the fold's (protocol.h).

   A client's connection is of no kind until its first byte: kinds_of tells.

   Owner      the gate stage.
   Invariant  (1) client_put, client_send and venue_put are asked from below, by who flushes (client.h, route.h): they put bytes on
                  a stream and write no input. */
#ifndef SLUICE_GATE_SESSION_H
#define SLUICE_GATE_SESSION_H

#include "config/config.h"

struct gate;
struct gate_connection;
struct gate_venue;

enum session_cut {
	SESSION_WHOLE = 0,  /* a message stands at the head             */
	SESSION_MORE = 1,   /* not whole yet                            */
	SESSION_SKIP = 2,   /* wire_bytes mean nothing: thrown away     */
	SESSION_BROKEN = 3, /* nothing more can be read: close          */
	SESSION_PASS =
		4, /* longer than a connection holds: size_bytes of it are passed over (passing.h) */
};

struct session_message {
	uint8_t type;
	uint32_t size_bytes;
	const uint8_t *bytes; /* what goes into the journal */
	uint32_t
		gone_bytes; /* of its end, which were passed over: bytes has them no more; 0 of all that is taken whole */
	uint32_t wire_bytes;   /* with all that is around it: advance by this */
	const uint8_t *behind; /* what came behind it in one piece */
	uint32_t behind_bytes;
};

/* Room that every message to a venue is given in front, for what its kind of session puts there. */
enum { SESSION_HEADER_BYTES = 3 };

struct session_kind {
	enum session_cut (*cut)(
		const uint8_t *bytes, uint32_t size_bytes, struct session_message *message);

	/* What came from a client, by session_bytes (session_bytes.h); false: its connection is to be ended. */
	bool (*client_bytes)(struct gate *gate, struct gate_connection *connection,
		const uint8_t *bytes, uint32_t size_bytes);
	/* A message of its store; false: the stream has no room, nothing was sent. */
	bool (*client_put)(struct gate *gate, struct gate_connection *connection,
		const uint8_t *bytes, uint32_t size_bytes);
	/* Each tick of a client that is logged in: heartbeats.  false: to be ended. */
	bool (*client_tick)(struct gate *gate, struct gate_connection *connection);
	/* What its session is owed; NULL: the messages of its store, by client_put. */
	void (*client_send)(struct gate *gate, struct gate_connection *connection);
	bool has_timers; /* client_tick alone says who was silent for too long */
	/* The day is over: a last word before the connection is shut. */
	void (*client_end)(struct gate *gate, struct gate_connection *connection);

	/* The venue's connection stands: log in. */
	void (*venue_open)(struct gate *gate, struct gate_venue *venue);
	bool (*venue_take)(
		struct gate *gate, struct gate_venue *venue, const struct session_message *message);
	/* An order or cancel of size_bytes, which stands at packet + SESSION_HEADER_BYTES; false: no room,
	   nothing was sent. */
	bool (*venue_put)(
		struct gate *gate, struct gate_venue *venue, uint8_t *packet, uint32_t size_bytes);
	/* Each tick of a venue where we are logged in: heartbeats.  false: to be ended. */
	bool (*venue_tick)(struct gate *gate, struct gate_venue *venue);
	/* The day is over, ours and the venue's by the calendar: a last word where none was said.  NULL: the venue says
	   itself when its session is over. */
	void (*venue_end)(struct gate *gate, struct gate_venue *venue);
	/* The gate closes where we are logged in: a last word before the connection is shut. */
	void (*venue_leave)(struct gate *gate, struct gate_venue *venue);
};

#endif
