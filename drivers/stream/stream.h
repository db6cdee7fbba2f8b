/* stream.h - ordered bytes between two ends, whoever carries them.

   A stream driver owns many connections: it listens, connects, delivers bytes as they come and
   takes bytes to send.  Kinds: uring (kernel TCP on io_uring, polled, never blocking), lwip (a TCP stack of
   our own), shm (a process on the same machine), tls (wraps another), pair (two as one), sim (two ends in one
   process, byte-exact, driven by a test), fault (wraps another and cuts, delays and splits by a seed).

   Owner      one stage polls a driver; bytes of an event belong to the driver until the next
              stream_poll.
   Invariant  (1) stream_send takes all or nothing, so a message is never half queued;
              (2) a connection's number is not used again until its 32-bit counter has come round;
              (3) every connection ends in exactly one STREAM_CLOSED, also when stream_shut ended it.
   Errors     a refused or broken connection is an event (STREAM_CLOSED with errno; ECONNABORTED when
              stream_shut reset it), never a return value; the driver never reconnects by itself. */
#ifndef SLUICE_DRIVERS_STREAM_H
#define SLUICE_DRIVERS_STREAM_H

#include "config/config.h"
#include "drivers/port/port.h"

#define CONNECTION_NONE 0u

/* No event carries more bytes, so that a poll's work has a bound. */
enum { STREAM_EVENT_BYTES_MAX = 8192 };

enum stream_event_kind {
	STREAM_OPENED = 1, /* accepted (listener set) or connected (listener 0)          */
	STREAM_BYTES = 2,  /* bytes, size_bytes                                          */
	STREAM_CLOSED = 3, /* the connection is gone; error is an errno, 0 for orderly   */
};

struct stream_event {
	uint8_t kind; /* enum stream_event_kind */
	uint32_t connection;
	uint32_t listener; /* which stream_listen accepted it; 0: stream_connect */
	uint32_t size_bytes;
	int32_t error;
	const uint8_t *bytes;
};

/* What a driver with a stack of its own over a port did with its frames; never decreases, but for the ring. */
struct stream_counts {
	uint64_t rx_frames, rx_bytes; /* taken from the port; each is one of the next five       */
	uint64_t rx_taken;            /* handed to the stack                                     */
	uint64_t rx_not_ip;           /* neither IPv4 nor ARP                                    */
	uint64_t rx_not_ours;         /* for another address                                     */
	uint64_t rx_bad;              /* a length or checksum lies                               */
	uint64_t rx_no_memory;        /* no buffer                                               */
	uint64_t tx_frames;
	uint64_t tx_refused; /* frames the port did not take: TCP sends them again */
	uint64_t refused;    /* connections refused: no place for one more */
	struct port_stats port;
};

struct stream;

/* Who is at the other end, as far as the driver can prove it. */
struct stream_peer {
	bool has_uid; /* shm: uid and pid, by the kernel */
	uint32_t uid, pid;
	char certificate[64]; /* tls: the verified certificate's name; empty: none was shown */
};

struct stream_ops {
	uint32_t (*listen)(
		struct stream *s, const char *address, uint16_t port, struct config_error *error);
	uint32_t (*connect)(struct stream *s, const char *address, uint16_t port);
	uint32_t (*poll)(struct stream *s, struct stream_event *events, uint32_t max);
	bool (*send)(
		struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes);
	uint32_t (*unsent_bytes)(struct stream *s, uint32_t connection);
	void (*shut)(struct stream *s, uint32_t connection, bool reset);
	uint16_t (*listen_port)(struct stream *s, uint32_t listener);
	void (*close)(struct stream *s);
	/* May be NULL: the driver can prove nothing. */
	bool (*peer)(struct stream *s, uint32_t connection, struct stream_peer *peer);
	/* May be NULL: the frames are the kernel's. */
	bool (*counts)(struct stream *s, struct stream_counts *counts);
};

struct stream {
	const struct stream_ops *ops;
};

/* stream_uring_open sets up one ring for up to connection_max connections, each with a send buffer of
   at least send_bytes.  Open, listen and connect may happen on one thread at boot; from the first
   stream_poll on, the thread that polled owns the driver.  The send buffers of expected_count connections at once are present
   before the first of them.  What stream_send queued leaves with the
   next stream_poll, one write for all messages of a turn.  NULL: error has the reason and the mend. */
struct stream *stream_uring_open(uint32_t connection_max, uint32_t expected_count,
	uint32_t send_bytes, struct config_error *error);

/* stream_listen listens on a numeric IPv4 address; port 0 takes a free one (stream_listen_port tells).
   Returns a listener number > 0, or 0 with error filled. */
static inline uint32_t stream_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	return s->ops->listen(s, address, port, error);
}

/* stream_connect starts a connection and returns its number at once; STREAM_OPENED or STREAM_CLOSED
   follows.  CONNECTION_NONE: the table is full. */
static inline uint32_t stream_connect(struct stream *s, const char *address, uint16_t port)
{
	return s->ops->connect(s, address, port);
}

/* stream_poll returns up to max events without waiting. */
static inline uint32_t stream_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	return s->ops->poll(s, events, max);
}

/* stream_send queues bytes in order.  false: no room for all, or not open; then nothing is queued. */
static inline bool stream_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	return s->ops->send(s, connection, bytes, size_bytes);
}

/* stream_unsent_bytes tells how much the kernel (or the peer) has not confirmed to have taken. */
static inline uint32_t stream_unsent_bytes(struct stream *s, uint32_t connection)
{
	return s->ops->unsent_bytes(s, connection);
}

/* stream_shut closes one connection: by reset at once, what is queued is thrown away; or orderly, after
   what is queued.  An orderly end waits for the peer's own: one who never closes is reset by a second
   call.  From the call on no STREAM_BYTES comes and nothing more can be sent. */
static inline void stream_shut(struct stream *s, uint32_t connection, bool reset)
{
	s->ops->shut(s, connection, reset);
}

static inline uint16_t stream_listen_port(struct stream *s, uint32_t listener)
{
	return s->ops->listen_port(s, listener);
}

/* stream_peer_of fills in who is at the other end of an open connection.  false: the driver cannot prove
   anything, and *peer is empty. */
static inline bool stream_peer_of(struct stream *s, uint32_t connection, struct stream_peer *peer)
{
	*peer = (struct stream_peer){.has_uid = false};
	return s->ops->peer != NULL && s->ops->peer(s, connection, peer);
}

static inline void stream_close(struct stream *s)
{
	s->ops->close(s);
}

/* stream_get_counts fills counts; false: the kernel has the frames. */
static inline bool stream_get_counts(struct stream *s, struct stream_counts *counts)
{
	return s->ops->counts != NULL && s->ops->counts(s, counts);
}

#endif
