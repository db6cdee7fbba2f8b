/* uring.h - the inside of stream_uring: connections as slots, and the turn that serves them.

   Private to this room.  stream_uring.c has the verbs a caller sees, uring.c the turn: what each
   connection wants is prepared, one call enters the kernel, completions become events.

   Owner      the polling thread; open, listen and connect may come before it.
   Invariant  (1) a slot is freed only when no operation of it is left in the ring, so a completion
                  always finds its connection;
              (2) at most one send of a connection is in the ring, so bytes keep their order;
              (3) a connection that wants something is in the list once. */
#ifndef SLUICE_DRIVERS_STREAM_URING_H
#define SLUICE_DRIVERS_STREAM_URING_H

#include <liburing.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drivers/stream/stream.h"

/* A connection's life.  Its slot is free again only when no operation of it is left in the ring.

     FREE -> CONNECTING -> OPEN -> DRAINING (we shut) -> DYING -> FREE
                               \-> ENDING (the peer ended; what is queued still goes)
                               \-> BROKEN (a send failed; what came before is still delivered) */
enum phase {
	PHASE_FREE = 0,
	PHASE_CONNECTING,
	PHASE_OPEN,
	PHASE_DRAINING,
	PHASE_ENDING,
	PHASE_BROKEN,
	PHASE_DYING,
};

enum operation {
	OPERATION_ACCEPT = 1,
	OPERATION_CONNECT,
	OPERATION_RECV,
	OPERATION_SEND,
	OPERATION_CANCEL
};

enum {
	LISTENER_MAX = 8,
	BUFFER_COUNT = 256,
	BUFFER_BYTES = STREAM_EVENT_BYTES_MAX,
	BUFFER_GROUP = 1,
	BACKLOG = 256
};

struct connection {
	uint32_t number;
	uint32_t listener;
	uint64_t head, tail; /* bytes ever queued, bytes ever confirmed */
	uint8_t *out;
	int fd;
	int32_t error;
	uint8_t phase;                                /* enum phase */
	bool is_connecting, is_receiving, is_sending; /* operations in the ring */
	bool is_listed, is_fin_sent, is_cancelled;
	struct sockaddr_in peer;
};

struct listener {
	int fd;
	uint16_t port;
	bool is_armed;
};

struct uring {
	struct stream stream;
	struct io_uring ring;
	struct io_uring_buf_ring *buffer_ring;
	uint8_t *buffers;
	uint32_t connection_max, slot_mask, send_bytes;
	uint32_t last_number, used_count;
	struct connection *connections;
	uint8_t **
		outs; /* send buffers that no connection has, behind used_count: the last given back is the next taken */
	uint32_t *list; /* slots that want something at the next poll */
	uint32_t list_count;
	uint32_t listener_count;
	struct listener listeners[LISTENER_MAX];
	uint32_t handed_count; /* buffers the caller may read until its next poll */
	uint16_t handed[BUFFER_COUNT];
	bool is_enabled;
	size_t size_bytes;
};

static inline struct connection *uring_find(struct uring *u, uint32_t number)
{
	struct connection *c = &u->connections[number & u->slot_mask];
	return c->phase != PHASE_FREE && c->number == number ? c : NULL;
}

static inline uint32_t uring_unsent(const struct connection *c)
{
	return (uint32_t)(c->head - c->tail);
}

/* uring_register is the register call that liburing 2.3 declares but does not export for every opcode. */
static inline int uring_register(
	struct io_uring *ring, unsigned opcode, void *argument, unsigned count)
{
	return (int)syscall(__NR_io_uring_register, ring->ring_fd, opcode, argument, count);
}

/* uring_list notes that a connection wants something at the next poll. */
void uring_list(struct uring *u, struct connection *c);

/* uring_take finds a free slot and gives it the next number; NULL: connection_max are in use. */
struct connection *uring_take(struct uring *u, int fd, enum phase phase, uint32_t listener);

/* uring_poll is the stream's poll: tends what is listed, enters the ring, turns completions into events. */
uint32_t uring_poll(struct stream *s, struct stream_event *events, uint32_t max);

#endif
