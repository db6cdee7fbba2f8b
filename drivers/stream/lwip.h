/* lwip.h - the inside of stream_lwip: a TCP stack in this process over a packet port of ours.

   Private to this room.  stream_lwip.c has the verbs a caller sees and the life of a connection, lwip_port.c
   the way between the stack and the port.

   Frames go from the port into the stack in bursts, the stack's timers run in the same turn, and what happened
   to connections is kept in a list until the caller has taken it as events.

   Owner      the thread that polls; listen and connect may come before it, on one thread.
   Time       the stack reads the monotonic clock for its timers.
   Invariant  (1) a connection's pcb is NULL from the moment the stack has let go of it;
              (2) a connection with something to tell is in the list once;
              (3) bytes handed out stay until the next poll, and the peer's window opens when they are
                  handed out. */
#ifndef SLUICE_DRIVERS_STREAM_LWIP_H
#define SLUICE_DRIVERS_STREAM_LWIP_H

#include <lwip/netif.h>
#include <lwip/tcp.h>

#include "drivers/port/port.h"
#include "drivers/stream/stream_lwip.h"

enum {
	LWIP_LISTENER_MAX = 8,
	LWIP_HANDED_MAX = 256, /* pieces of one poll that the caller may read until the next */
	LWIP_BURSTS_A_POLL = 4,
	LWIP_FRAME_BYTES_MIN = 60, /* shorter frames are filled up (IEEE 802.3, without FCS) */
};

/* A connection's life, as uring.h draws it.

     FREE -> CONNECTING -> OPEN -> DRAINING (we shut) -> DYING -> FREE
                               \-> ENDING (the peer ended; what is queued still goes)

   DYING: it has ended and the caller has not been told. */
enum lwip_phase {
	LWIP_FREE = 0,
	LWIP_CONNECTING,
	LWIP_OPEN,
	LWIP_DRAINING,
	LWIP_ENDING,
	LWIP_DYING,
};

struct lwip_connection {
	struct lwip *stack;
	struct tcp_pcb *pcb;
	struct pbuf *rx; /* received, not handed out */
	uint32_t number, listener;
	int32_t error;
	uint8_t phase; /* enum lwip_phase */
	bool is_news;  /* its opening is to be told */
	bool is_dirty; /* bytes were queued since the last poll */
	bool is_listed;
	bool has_ended; /* the peer's end was seen */
};

struct lwip {
	struct stream stream;
	struct port *port;
	struct netif netif;
	uint64_t last_poll_ns;
	uint32_t connection_max, slot_mask, last_number, used_count, list_count, handed_count;
	struct lwip_connection *connections;
	uint32_t *list; /* slots with something to tell or to do */
	struct {
		struct lwip *stack;
		struct tcp_pcb *pcb;
	} listeners[LWIP_LISTENER_MAX];
	uint32_t listener_count;
	struct pbuf *handed[LWIP_HANDED_MAX];
	struct stream_counts counts; /* but for the port's */
	size_t size_bytes;
};

/* lwip_port_open makes the interface over the port.  false: error has why. */
bool lwip_port_open(
	struct lwip *stack, const struct stream_lwip_config *config, struct config_error *error);

/* lwip_port_receive gives the stack what the port has now. */
void lwip_port_receive(struct lwip *stack, uint64_t now_ns);

#endif
