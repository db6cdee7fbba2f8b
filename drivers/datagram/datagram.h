/* datagram.h - small messages to one peer and back, whoever carries them; any of them may be lost.

   One datagram is one socket with a port of its own: it sends to whom it is told and receives from
   anybody.  Kinds: udp (kernel UDP, never blocking), sim (many ends in one process, lossy by a seed).
   It is for the slow way round, such as asking a venue for what was lost; market data itself comes by
   drivers/port.

   Owner      one stage; nobody else touches it.  The bytes of a received packet belong to the driver
              and stay until the next datagram_receive.
   Time       now_ns comes from the caller; the kernel has its own and does not look at it.
   Units      addresses and ports in host order.
   Errors     what could not be sent counts as lost: the caller has a timeout anyway; of what came longer than
              DATAGRAM_BYTES_MAX the beginning is there, and that it is cut, so that somebody counts it. */
#ifndef SLUICE_DRIVERS_DATAGRAM_H
#define SLUICE_DRIVERS_DATAGRAM_H

#include "config/config.h"

/* Behind every packet so much more memory is readable. */
enum { DATAGRAM_BYTES_MAX = PACKET_BYTES_MAX, DATAGRAM_READ_PAST_BYTES = 64 };

struct datagram_packet {
	struct endpoint from;
	uint32_t size_bytes; /* may be 0: an empty datagram is one */
	bool is_cut;         /* more came than there is room for: not to be read */
	const uint8_t *bytes;
};

struct datagram;

struct datagram_ops {
	bool (*send)(struct datagram *d, const struct endpoint *to, const uint8_t *bytes,
		uint32_t size_bytes, uint64_t now_ns);
	bool (*receive)(struct datagram *d, struct datagram_packet *packet, uint64_t now_ns);
	void (*close)(struct datagram *d);
};

struct datagram {
	const struct datagram_ops *ops;
};

/* datagram_udp_open takes a free port on every local address.  NULL: error has the reason and the mend. */
struct datagram *datagram_udp_open(struct config_error *error);

/* datagram_send hands one datagram over without waiting.  false: it was not taken. */
static inline bool datagram_send(struct datagram *d, const struct endpoint *to,
	const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	return d->ops->send(d, to, bytes, size_bytes, now_ns);
}

/* datagram_receive gives the oldest that has come; false: none. */
static inline bool datagram_receive(
	struct datagram *d, struct datagram_packet *packet, uint64_t now_ns)
{
	return d->ops->receive(d, packet, now_ns);
}

static inline void datagram_close(struct datagram *d)
{
	d->ops->close(d);
}

#endif
